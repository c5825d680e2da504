//! One way into AWS: gives each request its address and its signature, and judges the answers.

use std::sync::Arc;

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use polity_provider::{Error, Operation, Problem, Reply, Request, Session};

use crate::{
    auth::Keys,
    client::{encode, faults},
    services::{self, Endpoint, Endpoints, Service},
};

/// Credentials, a region, and in member accounts the account.
pub(crate) struct AwsSession {
    pub(crate) keys: Arc<Keys>,
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) region: String,
    pub(crate) account: Option<String>,
}

#[async_trait::async_trait]
impl Session for AwsSession {
    async fn prepare(&self, operation: &Operation, request: &Request) -> Result<http::Request<Vec<u8>>, Error> {
        let credentials = self.keys.get().await?;
        let wrong = |why: String| {
            Error::new(Problem::Invalid, format!("{}:{}", operation.service, operation.name), why)
                .help("check `AWS_ENDPOINT_URL` and the region")
        };
        let service =
            services::find(operation.service).ok_or_else(|| wrong("the service has no known endpoint".to_owned()))?;
        let endpoint = self.endpoints.of(service, &self.region, self.account.as_deref());
        let mut prepared = self.address(service, &endpoint, request).map_err(|error| wrong(error.to_string()))?;

        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&endpoint.region)
            .name(service.signing)
            .time(self.keys.now())
            .settings(settings(service))
            .build()
            .map_err(|error| wrong(error.to_string()))?
            .into();
        let uri = prepared.uri().to_string();
        let headers = prepared.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(prepared.body());
        let signable = SignableRequest::new(prepared.method().as_str(), uri, headers, body)
            .map_err(|error| wrong(error.to_string()))?;
        let (instructions, _) = sign(signable, &parameters).map_err(|error| wrong(error.to_string()))?.into_parts();
        instructions.apply_to_request_http1x(&mut prepared);
        Ok(prepared)
    }

    fn judge(&self, operation: &Operation, reply: &Reply) -> Option<Error> {
        faults::judge(operation, reply)
    }

    async fn renew(&self) -> bool {
        self.keys.renew().await
    }

    fn request_id(&self, reply: &Reply) -> Option<String> {
        faults::request_id(reply)
    }
}

impl AwsSession {
    fn address(
        &self,
        service: &Service,
        endpoint: &Endpoint,
        request: &Request,
    ) -> Result<http::Request<Vec<u8>>, http::Error> {
        let path = if request.path.is_empty() { "/" } else { &request.path };
        let mut uri = format!("{}{path}", endpoint.base);
        for (place, (name, value)) in request.query.iter().enumerate() {
            let separator = if place == 0 { '?' } else { '&' };
            uri.push_str(&format!("{separator}{}={}", encode(name), encode(value)));
        }
        let method = if request.method.is_empty() { "POST" } else { request.method };
        let mut builder = http::Request::builder().method(method).uri(uri);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if service.name == "s3-control"
            && let Some(account) = &self.account
        {
            builder = builder.header("x-amz-account-id", account);
        }
        builder.body(request.body.clone())
    }
}

/// S3 signs its path as it is, and wants the digest of the body in a header.
fn settings(service: &Service) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service.signing == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}
