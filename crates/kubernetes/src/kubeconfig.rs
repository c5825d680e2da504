//! Kubeconfig files: which server, whom it trusts, and who we are there. Pure but for the certificates that a file names.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use polity_provider::{Error, Problem};
use serde::Deserialize;

const READING: &str = "reading the kubeconfig";

/// What the files say together: where two say the same name, the first holds, as in all other tools.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kubeconfig {
    current: Option<String>,
    clusters: BTreeMap<String, Placed<Cluster>>,
    users: BTreeMap<String, Placed<User>>,
    contexts: BTreeMap<String, Placed<Context>>,
    paths: Vec<PathBuf>,
}

/// Something, and the folder of the file that it stands in: paths in it are relative to that.
#[derive(Clone, Debug)]
struct Placed<T> {
    folder: PathBuf,
    value: T,
}

/// One way into one cluster.
pub(crate) struct Entry {
    /// Address of the server, without a slash at its end.
    pub(crate) server: String,
    /// Certificate authorities, PEM.
    pub(crate) authorities: Option<Vec<u8>>,
    /// Name of the user, for messages.
    pub(crate) user: String,
    /// How we prove who we are.
    pub(crate) proof: Proof,
}

/// How we prove who we are.
pub(crate) enum Proof {
    /// Not at all.
    Nothing,
    /// By a token.
    Token(String),
    /// By a token in a file, which somebody else renews.
    TokenFile(PathBuf),
    /// By a certificate: certificate and key, PEM.
    Certificate(Vec<u8>),
    /// By what a program answers.
    Exec(Exec),
}

/// A program that answers credentials. Has no `Debug`: its words and variables may hold secrets.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exec {
    pub(crate) command: String,
    #[serde(default)]
    pub(crate) args: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) env: Option<Vec<Variable>>,
    #[serde(default)]
    pub(crate) api_version: Option<String>,
    #[serde(default)]
    pub(crate) install_hint: Option<String>,
    #[serde(default)]
    pub(crate) interactive_mode: Option<String>,
    /// The folder that a relative path in `command` begins at.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// A variable of the environment. Has no `Debug`, as its value may be a secret.
#[derive(Clone, Deserialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct File {
    current_context: Option<String>,
    clusters: Option<Vec<Named<Cluster>>>,
    users: Option<Vec<Named<User>>>,
    contexts: Option<Vec<Named<Context>>>,
}

#[derive(Debug, Deserialize)]
struct Named<T> {
    name: String,
    #[serde(alias = "cluster", alias = "user", alias = "context")]
    value: Option<T>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Cluster {
    server: Option<String>,
    certificate_authority: Option<String>,
    certificate_authority_data: Option<String>,
    insecure_skip_tls_verify: Option<bool>,
    tls_server_name: Option<String>,
    proxy_url: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct User {
    token: Option<String>,
    #[serde(rename = "tokenFile")]
    token_file: Option<String>,
    client_certificate: Option<String>,
    client_certificate_data: Option<String>,
    client_key: Option<String>,
    client_key_data: Option<String>,
    username: Option<String>,
    exec: Option<Exec>,
    auth_provider: Option<serde_json::Value>,
    #[serde(rename = "as")]
    acts_as: Option<String>,
}

/// Who shows a user must not show a token or a key.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("User(..)")
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Context {
    cluster: Option<String>,
    user: Option<String>,
}

impl Kubeconfig {
    /// Adds a file to what the files before it say.
    pub(crate) fn add(&mut self, path: &Path, text: &str) -> Result<(), Error> {
        let file: File = serde_saphyr::from_str(text).map_err(|error| {
            // The parser may show the text around a mistake, and that may hold a token.
            let place = error.location().map(|place| format!(", line {}", place.line())).unwrap_or_default();
            wrong(format!("`{}` is not a kubeconfig{place}", path.display()))
        })?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_path_buf();
        self.paths.push(path.to_path_buf());
        self.current = self.current.take().or(file.current_context.filter(|name| !name.is_empty()));
        keep(&mut self.clusters, file.clusters, &folder);
        keep(&mut self.users, file.users, &folder);
        keep(&mut self.contexts, file.contexts, &folder);
        Ok(())
    }

    /// The way in that this context names, or else the current one.
    pub(crate) fn entry(&self, context: Option<&str>) -> Result<Entry, Error> {
        let name = context.or(self.current.as_deref()).ok_or_else(|| {
            wrong(format!("{} names no current context", self.spelled()))
                .help("write `context:` on the platform, or choose one with `kubectl config use-context`")
        })?;
        let found = self.contexts.get(name).ok_or_else(|| {
            let known: Vec<String> = self.contexts.keys().map(|name| format!("`{name}`")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            wrong(format!("there is no context `{name}` in {}", self.spelled()))
                .help(format!("correct `context:` on the platform; known are {known}"))
        })?;
        let cluster_name = found.value.cluster.as_deref().unwrap_or_default();
        let cluster = self.clusters.get(cluster_name).ok_or_else(|| {
            wrong(format!("the context `{name}` names the cluster `{cluster_name}`, which is not there"))
        })?;
        let user_name = found.value.user.clone().unwrap_or_default();
        let proof = match self.users.get(&user_name) {
            Some(user) => user.value.proof(&user_name, &user.folder)?,
            None if user_name.is_empty() => Proof::Nothing,
            None => return Err(wrong(format!("the context `{name}` names the user `{user_name}`, who is not there"))),
        };
        let (server, authorities) = cluster.value.address(cluster_name, &cluster.folder)?;
        if !matches!(proof, Proof::Nothing) && !is_private(&server) {
            return Err(wrong(format!(
                "`{server}` would get the credentials of `{user_name}` over a wire that anybody reads"
            ))
            .help("write `https://` in `server` of the kubeconfig"));
        }
        Ok(Entry { server, authorities, user: user_name, proof })
    }

    fn spelled(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(|path| format!("`{}`", path.display())).collect();
        paths.join(", ")
    }
}

/// Whether nobody between can read what is sent there.
fn is_private(server: &str) -> bool {
    let Some(rest) = server.strip_prefix("http://") else { return true };
    let host = rest.split('/').next().unwrap_or_default();
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn keep<T>(into: &mut BTreeMap<String, Placed<T>>, from: Option<Vec<Named<T>>>, folder: &Path) {
    for named in from.into_iter().flatten() {
        if let Some(value) = named.value {
            into.entry(named.name).or_insert(Placed { folder: folder.to_path_buf(), value });
        }
    }
}

impl Cluster {
    fn address(&self, name: &str, folder: &Path) -> Result<(String, Option<Vec<u8>>), Error> {
        let server = self.server.as_deref().unwrap_or_default().trim_end_matches('/');
        if server.is_empty() {
            return Err(wrong(format!("the cluster `{name}` has no server")));
        }
        let refused = |what: &str, help: &str| {
            Err(wrong(format!("the cluster `{name}` asks for `{what}`, which is not supported")).help(help))
        };
        if self.insecure_skip_tls_verify == Some(true) {
            return refused(
                "insecure-skip-tls-verify",
                "write `certificate-authority` instead: who writes access must know to whom",
            );
        }
        if self.tls_server_name.as_deref().is_some_and(|name| !name.is_empty()) {
            return refused("tls-server-name", "address the server by a name that its certificate has");
        }
        if self.proxy_url.as_deref().is_some_and(|url| !url.is_empty()) {
            return refused("proxy-url", "set `HTTPS_PROXY` instead");
        }
        let authorities =
            pem(self.certificate_authority_data.as_deref(), self.certificate_authority.as_deref(), folder)?;
        Ok((server.to_owned(), authorities))
    }
}

impl User {
    fn proof(&self, name: &str, folder: &Path) -> Result<Proof, Error> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(other) = given(&self.acts_as) {
            let why = format!("the user `{name}` acts as `{other}` (`as`), which is not supported");
            return Err(
                wrong(why).help("log in as who you want to be: without `as` it would be done with all your rights")
            );
        }
        if let Some(exec) = &self.exec {
            if exec.interactive_mode.as_deref() == Some("Always") {
                let why = format!(
                    "the program `{}` of the user `{name}` asks people (`interactiveMode: Always`)",
                    exec.command
                );
                return Err(
                    wrong(why).help("use a login that needs nobody to answer, or put its token into `tokenFile`")
                );
            }
            return Ok(Proof::Exec(Exec { folder: folder.to_path_buf(), ..exec.clone() }));
        }
        if let Some(path) = given(&self.token_file) {
            return Ok(Proof::TokenFile(folder.join(path)));
        }
        if let Some(token) = given(&self.token) {
            return Ok(Proof::Token(token));
        }
        let certificate = pem(self.client_certificate_data.as_deref(), self.client_certificate.as_deref(), folder)?;
        let key = pem(self.client_key_data.as_deref(), self.client_key.as_deref(), folder)?;
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Proof::Certificate([certificate, b"\n".to_vec(), key].concat())),
            (None, None) if self.auth_provider.is_some() || self.username.is_some() => Err(wrong(format!(
                "the user `{name}` proves itself in a way that Kubernetes has given up (`auth-provider` or a password)"
            ))
            .help("use a token, a client certificate or `exec`")),
            (None, None) => Ok(Proof::Nothing),
            _ => {
                Err(wrong(format!("the user `{name}` has a client certificate without its key, or a key without one")))
            }
        }
    }
}

/// What is written in the file, or else in the file that it names.
fn pem(data: Option<&str>, path: Option<&str>, folder: &Path) -> Result<Option<Vec<u8>>, Error> {
    if let Some(data) = data.filter(|data| !data.is_empty()) {
        let bytes = STANDARD.decode(data.trim()).map_err(|_| wrong("a certificate or key in it is not base64"))?;
        return Ok(Some(bytes));
    }
    let Some(path) = path.filter(|path| !path.is_empty()) else { return Ok(None) };
    let path = folder.join(path);
    let bytes = std::fs::read(&path).map_err(|error| wrong(format!("`{}` cannot be read: {error}", path.display())))?;
    Ok(Some(bytes))
}

pub(crate) fn wrong(why: impl Into<String>) -> Error {
    Error::new(Problem::Credentials, READING, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
apiVersion: v1
kind: Config
current-context: work
clusters:
- name: one
  cluster: {server: 'https://one.example:6443/', certificate-authority-data: Y2E=}
- name: loose
  cluster: {server: 'https://loose.example', insecure-skip-tls-verify: true}
- name: open
  cluster: {server: 'http://open.example:8080'}
- name: near
  cluster: {server: 'http://[::1]:8080'}
users:
- name: ada
  user: {token: hush}
- name: cert
  user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}
- name: helper
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, args: [--quiet], env: [{name: A, value: b}]}
- name: old
  user: {auth-provider: {name: oidc}}
- name: other
  user: {token: hush, as: root}
- name: asker
  user: {exec: {command: ask, interactiveMode: Always}}
contexts:
- name: work
  context: {cluster: one, user: ada}
- name: by-certificate
  context: {cluster: one, user: cert, namespace: default}
- name: by-program
  context: {cluster: one, user: helper}
- name: unsafe
  context: {cluster: loose, user: ada}
- name: outdated
  context: {cluster: one, user: old}
- name: disguised
  context: {cluster: one, user: other}
- name: asking
  context: {cluster: one, user: asker}
- name: overheard
  context: {cluster: open, user: ada}
- name: tunnel
  context: {cluster: near, user: ada}
- name: broken
  context: {cluster: two, user: ada}
";

    fn config() -> Kubeconfig {
        let mut config = Kubeconfig::default();
        config.add(Path::new("/etc/ada/kube/config"), FILE).unwrap();
        config
    }

    #[test]
    fn the_current_context_is_taken_unless_another_is_named() {
        let entry = config().entry(None).unwrap();
        assert_eq!((entry.server.as_str(), entry.user.as_str()), ("https://one.example:6443", "ada"));
        assert_eq!(entry.authorities.as_deref(), Some(&b"ca"[..]));
        assert!(matches!(entry.proof, Proof::Token(token) if token == "hush"));
        let entry = config().entry(Some("by-certificate")).unwrap();
        assert!(matches!(entry.proof, Proof::Certificate(pem) if pem == b"cert\nkey"));
    }

    #[test]
    fn a_program_is_looked_for_beside_the_file_that_names_it() {
        let Proof::Exec(exec) = config().entry(Some("by-program")).unwrap().proof else { panic!("no program") };
        assert_eq!(exec.folder, Path::new("/etc/ada/kube"));
        assert_eq!((exec.command.as_str(), exec.args.unwrap()), ("./login", vec!["--quiet".to_owned()]));
    }

    #[test]
    fn what_cannot_be_used_is_said_with_what_to_do() {
        for (context, message, help) in [
            ("nowhere", "there is no context `nowhere`", "`by-certificate`"),
            ("unsafe", "`insecure-skip-tls-verify`", "certificate-authority"),
            ("outdated", "given up", "exec"),
            ("disguised", "acts as `root`", "all your rights"),
            ("asking", "`interactiveMode: Always`", "nobody to answer"),
            ("overheard", "`http://open.example:8080`", "https://"),
        ] {
            let Err(error) = config().entry(Some(context)) else { panic!("{context} is taken") };
            assert!(error.message.contains(message), "{error}");
            assert!(error.help.unwrap().contains(help));
        }
        assert!(config().entry(Some("tunnel")).is_ok(), "what does not leave the machine is read by nobody else");
        let Err(error) = config().entry(Some("broken")) else { panic!("taken") };
        assert!(error.message.contains("`two`"), "{error}");
    }

    #[test]
    fn the_first_of_several_files_wins() {
        let mut config = config();
        let other = "current-context: other\nusers: [{name: ada, user: {token: other}}, {name: eve, user: {}}]";
        config.add(Path::new("/etc/kube"), other).unwrap();
        assert!(matches!(config.entry(None).unwrap().proof, Proof::Token(token) if token == "hush"));
        assert!(config.users.contains_key("eve"));
    }

    #[test]
    fn a_broken_file_is_named_and_not_shown() {
        let error =
            Kubeconfig::default().add(Path::new("config"), "users: [{name: ada, user: {token: [hush}}]").unwrap_err();
        assert!(error.message.contains("`config`") && !format!("{error:?}").contains("hush"), "{error:?}");
    }
}
