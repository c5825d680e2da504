//! The way into one cluster: gives each request its address and its token, and judges the answers.

pub(crate) mod faults;

use std::sync::Arc;

use polity_provider::{Error, Operation, Problem, Reply, Request, Session};

use crate::{auth::Keys, client::encode};

/// A server, and who we are there.
pub(crate) struct KubernetesSession {
    pub(crate) keys: Arc<Keys>,
}

#[async_trait::async_trait]
impl Session for KubernetesSession {
    async fn prepare(&self, operation: &Operation, request: &Request) -> Result<http::Request<Vec<u8>>, Error> {
        let token = self.keys.token().await?;
        let mut uri = format!("{}{}", self.keys.server, request.path);
        for (place, (name, value)) in request.query.iter().enumerate() {
            let separator = if place == 0 { '?' } else { '&' };
            uri.push_str(&format!("{separator}{}={}", encode(name), encode(value)));
        }
        let mut builder = http::Request::builder().method(request.method).uri(uri).header("accept", "application/json");
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(token) = token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        builder.body(request.body.clone()).map_err(|error| {
            let name = format!("{}:{}", operation.service, operation.name);
            Error::new(Problem::Invalid, name, error.to_string()).help("check the server's address in the kubeconfig")
        })
    }

    fn judge(&self, operation: &Operation, reply: &Reply) -> Option<Error> {
        faults::judge(operation, reply)
    }

    async fn renew(&self) -> bool {
        self.keys.renew().await
    }

    fn request_id(&self, reply: &Reply) -> Option<String> {
        reply.header("audit-id").map(str::to_owned)
    }
}
