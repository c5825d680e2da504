//! Credentials: where they come from, and how long they are kept.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use polity_provider::{Error, Problem, Wire, wire::Trust};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::kubeconfig::{Entry, Exec, Kubeconfig, Proof, wrong};

/// Credentials are renewed this long before they expire, so that no call meets the end.
const MARGIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);
/// Where a pod finds who it is.
const IN_CLUSTER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// How long a program may take: one that waits for people would keep a run for ever.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
/// What a program is told that it is asked for.
const EXEC_VERSION: &str = "client.authentication.k8s.io/v1";

/// How we log in: which server, whom it trusts, and how we prove who we are.
pub struct Login {
    entry: Entry,
}

impl Login {
    /// As `kubectl` does: the files that `KUBECONFIG` names, `~/.kube/config`, or the service account of the pod that we
    /// run in. `context` chooses among what the files know.
    pub fn from_environment(context: Option<&str>) -> Result<Self, Error> {
        let mut config = Kubeconfig::default();
        let (named, mut found) = (std::env::var_os("KUBECONFIG").filter(|paths| !paths.is_empty()), false);
        let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".kube").join("config"));
        let paths: Vec<PathBuf> = match &named {
            Some(paths) => std::env::split_paths(paths).filter(|path| !path.as_os_str().is_empty()).collect(),
            None => home.into_iter().collect(),
        };
        for path in &paths {
            match std::fs::read_to_string(path) {
                Ok(text) => {
                    config.add(path, &text)?;
                    found = true;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(wrong(format!("`{}` cannot be read: {error}", path.display()))),
            }
        }
        let entry = match (found, context) {
            (true, context) => config.entry(context)?,
            (false, None) => in_cluster().ok_or_else(|| no_kubeconfig(&paths))?,
            (false, Some(_)) => return Err(no_kubeconfig(&paths)),
        };
        Ok(Self { entry })
    }

    /// With this token, at this server, whose certificate these authorities (PEM) vouch for.
    pub fn fixed(server: &str, token: &str, authorities: Option<&[u8]>) -> Self {
        Self {
            entry: Entry {
                server: server.trim_end_matches('/').to_owned(),
                authorities: authorities.map(<[u8]>::to_vec),
                user: "given by the caller".to_owned(),
                proof: Proof::Token(token.to_owned()),
            },
        }
    }

    pub(crate) fn into_keys(self, platform: &str, wire: Arc<Wire>) -> Result<Keys, Error> {
        let Entry { server, authorities, user, proof } = self.entry;
        let identity = if let Proof::Certificate(pem) = &proof { Some(pem.clone()) } else { None };
        wire.set_trust(platform, &Trust { authorities: authorities.clone(), identity })?;
        Ok(Keys { server, user, authorities, proof, platform: platform.to_owned(), wire, kept: Mutex::new(None) })
    }
}

fn no_kubeconfig(paths: &[PathBuf]) -> Error {
    let looked: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    Error::new(Problem::Credentials, "logging in to Kubernetes", format!("there is no kubeconfig: looked at {}", looked.join(", ")))
        .help("set `KUBECONFIG`, or let your cluster's tool write `~/.kube/config`; try it with `kubectl auth can-i list namespaces`")
}

/// The service account of the pod that we run in.
fn in_cluster() -> Option<Entry> {
    let host = std::env::var("KUBERNETES_SERVICE_HOST").ok()?;
    let port = std::env::var("KUBERNETES_SERVICE_PORT").unwrap_or_else(|_| "443".to_owned());
    let folder = Path::new(IN_CLUSTER);
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    Some(Entry {
        server: format!("https://{host}:{port}"),
        authorities: std::fs::read(folder.join("ca.crt")).ok(),
        user: "the service account of this pod".to_owned(),
        proof: Proof::TokenFile(folder.join("token")),
    })
}

/// The way in, and the credentials that were last had.
pub(crate) struct Keys {
    pub(crate) server: String,
    /// Name of the user in the kubeconfig.
    pub(crate) user: String,
    authorities: Option<Vec<u8>>,
    proof: Proof,
    platform: String,
    wire: Arc<Wire>,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone)]
struct Kept {
    token: Option<String>,
    until: Option<Timestamp>,
}

impl Keys {
    /// The token to send, if any. Those who ask at the same time wait for one answer.
    pub(crate) async fn token(&self) -> Result<Option<String>, Error> {
        match &self.proof {
            Proof::Nothing | Proof::Certificate(_) => Ok(None),
            Proof::Token(token) => Ok(Some(token.clone())),
            Proof::TokenFile(path) => read_token(path).await.map(Some),
            Proof::Exec(exec) => {
                let mut kept = self.kept.lock().await;
                let ends = |kept: &Kept| kept.until.is_some_and(|until| until < Timestamp::now() + MARGIN);
                if let Some(kept) = kept.as_ref().filter(|kept| !ends(kept)) {
                    return Ok(kept.token.clone());
                }
                let fresh = self.ask(exec).await?;
                *kept = Some(fresh.clone());
                Ok(fresh.token)
            }
        }
    }

    /// Drops what is kept. Answers whether other credentials can be had.
    pub(crate) async fn renew(&self) -> bool {
        match &self.proof {
            Proof::Nothing | Proof::Certificate(_) | Proof::Token(_) => false,
            // Whoever renews the file may have done it since.
            Proof::TokenFile(_) => true,
            Proof::Exec(_) => {
                let old = self.kept.lock().await.take().and_then(|kept| kept.token);
                matches!(self.token().await, Ok(token) if token.is_none() || token != old)
            }
        }
    }

    async fn ask(&self, exec: &Exec) -> Result<Kept, Error> {
        let answer = run(exec, &self.server, PATIENCE).await?;
        let (certificate, key) = (answer.client_certificate_data, answer.client_key_data);
        if let (Some(certificate), Some(key)) = (certificate, key) {
            let identity = Some(format!("{certificate}\n{key}").into_bytes());
            self.wire.set_trust(&self.platform, &Trust { authorities: self.authorities.clone(), identity })?;
        }
        let until = answer.expiration_timestamp.and_then(|text| text.parse().ok());
        Ok(Kept { token: answer.token.filter(|token| !token.is_empty()), until })
    }
}

async fn read_token(path: &Path) -> Result<String, Error> {
    let text = tokio::fs::read_to_string(path).await;
    let text = text.map_err(|error| wrong(format!("the token in `{}` cannot be read: {error}", path.display())))?;
    Ok(text.trim().to_owned())
}

/// What a program answers, as far as we look at it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Credential {
    status: Option<Answer>,
}

async fn run(exec: &Exec, server: &str, patience: std::time::Duration) -> Result<Answer, Error> {
    // A bare name is looked for in the path; a relative path begins at the file that names it.
    let program = match exec.command.contains('/') {
        true => exec.folder.join(&exec.command),
        false => PathBuf::from(&exec.command),
    };
    let version = exec.api_version.as_deref().unwrap_or(EXEC_VERSION);
    let spec = json!({"interactive": false, "cluster": {"server": server}});
    let asked = json!({"apiVersion": version, "kind": "ExecCredential", "spec": spec});
    let mut command = tokio::process::Command::new(&program);
    command.args(exec.args.iter().flatten()).stdin(Stdio::null()).kill_on_drop(true);
    command.env("KUBERNETES_EXEC_INFO", asked.to_string());
    command.envs(exec.env.iter().flatten().map(|variable| (&variable.name, &variable.value)));
    let failed = |why: String| {
        let error = Error::new(Problem::Credentials, "logging in to Kubernetes", format!("`{}` {why}", exec.command));
        match &exec.install_hint {
            Some(hint) => error.help(hint.trim().to_owned()),
            None => error.help("run it by hand, or log in again with your cluster's tool"),
        }
    };
    let output = tokio::time::timeout(patience, command.output()).await;
    let output = output.map_err(|_| failed(format!("did not answer within {} seconds", patience.as_secs())))?;
    let output = output.map_err(|error| failed(format!("could not be started: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned();
        return Err(failed(format!("gave no credentials ({}): {said}", output.status)));
    }
    let answer: Option<Credential> = serde_json::from_slice(&output.stdout).ok();
    let answer = answer.and_then(|credential| credential.status);
    let answer = answer.ok_or_else(|| failed("answered something that is not an `ExecCredential`".to_owned()))?;
    let certified = answer.client_certificate_data.is_some() && answer.client_key_data.is_some();
    if answer.token.as_deref().is_none_or(str::is_empty) && !certified {
        return Err(failed("answered neither a token nor a certificate with its key".to_owned()));
    }
    Ok(answer)
}

/// The name in a client certificate or token is the server's to read; a service account's token says its own.
pub(crate) fn subject_of(token: &str) -> Option<String> {
    let claims = token.split('.').nth(1)?;
    let bytes =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).or_else(|_| STANDARD.decode(claims)).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(script: &str) -> Exec {
        Exec {
            command: "sh".to_owned(),
            args: Some(vec!["-c".to_owned(), script.to_owned()]),
            env: None,
            api_version: None,
            install_hint: None,
            interactive_mode: None,
            folder: PathBuf::new(),
        }
    }

    fn keys(script: &str) -> Keys {
        let entry = Entry {
            server: "https://one.example".to_owned(),
            authorities: None,
            user: "ada".to_owned(),
            proof: Proof::Exec(exec(script)),
        };
        let wire = Wire::new(polity_provider::Settings::default()).unwrap();
        Login { entry }.into_keys("cluster", Arc::new(wire)).unwrap()
    }

    #[tokio::test]
    async fn a_program_is_asked_once_until_its_answer_ends() {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("count");
        let script = |until: &str| {
            let count = count.display();
            format!(
                "echo x >> {count}; n=$(wc -l < {count}); \
                 echo '{{\"status\":{{\"token\":\"t'$n'\",\"expirationTimestamp\":\"{until}\"}}}}'"
            )
        };
        let lasting = keys(&script("2999-01-01T00:00:00Z"));
        assert_eq!(lasting.token().await.unwrap().as_deref(), Some("t1"));
        assert_eq!(lasting.token().await.unwrap().as_deref(), Some("t1"));
        assert!(lasting.renew().await);
        assert_eq!(lasting.token().await.unwrap().as_deref(), Some("t2"));
        let ended = keys(&script("2001-01-01T00:00:00Z"));
        assert_eq!(ended.token().await.unwrap().as_deref(), Some("t3"));
        assert_eq!(ended.token().await.unwrap().as_deref(), Some("t4"));
    }

    #[tokio::test]
    async fn a_program_that_fails_is_quoted() {
        for (script, said) in [
            ("echo please log in >&2; exit 3", "please log in"),
            ("echo nonsense", "not an `ExecCredential`"),
            ("echo '{\"status\": {}}'", "neither a token nor a certificate"),
            ("echo '{\"status\": {\"clientCertificateData\": \"c\"}}'", "with its key"),
        ] {
            let error = keys(script).token().await.unwrap_err();
            assert!(error.is(Problem::Credentials) && error.message.contains(said), "{error}");
        }
        let missing = Exec { command: "no-such-program-of-ours".to_owned(), ..exec("") };
        let hinted = Exec { install_hint: Some("install it so".to_owned()), ..missing };
        let error = run(&hinted, "", PATIENCE).await.map(drop).unwrap_err();
        assert_eq!(error.help.as_deref(), Some("install it so"));
    }

    #[tokio::test]
    async fn a_program_that_waits_for_people_is_not_waited_for() {
        let soon = std::time::Duration::from_millis(50);
        let error = run(&exec("sleep 30"), "", soon).await.map(drop).unwrap_err();
        assert!(error.message.contains("did not answer"), "{error}");
    }

    #[test]
    fn a_token_of_a_service_account_says_whose_it_is() {
        let token = "e30.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6YTpiIn0.sig";
        assert_eq!(subject_of(token).as_deref(), Some("system:serviceaccount:a:b"));
        assert_eq!(subject_of("opaque"), None);
    }
}
