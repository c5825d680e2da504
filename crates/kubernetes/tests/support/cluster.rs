//! A test cluster of one's own: etcd, an API server and the controllers that end namespaces, on free ports, stopped when it
//! is dropped. No machine of it runs any pod.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// How long the servers may take to be ready on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often other ports are tried, where somebody took one before the server did.
const TRIES: usize = 3;

/// A running cluster.
pub(crate) struct Cluster {
    folder: Folder,
    address: String,
    processes: Vec<Child>,
}

/// A folder that goes with its value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, String> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("polity-cluster-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("`{}` cannot be made: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Cluster {
    /// Starts one that nobody has used.
    pub(crate) fn start() -> Result<Self, String> {
        let mut why = String::new();
        for _ in 0..TRIES {
            match Self::try_start() {
                Ok(cluster) => return Ok(cluster),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    fn try_start() -> Result<Self, String> {
        let folder = Folder::new()?;
        let [client, peer, secure, controllers] = free_ports()?;
        certificates(&folder.0)?;
        let address = format!("https://127.0.0.1:{secure}");
        let mut cluster = Self { folder, address, processes: Vec::new() };
        cluster.write("tokens.csv", "let-me-in,root,root-id,system:masters\nlet-me-look,alice,alice-id,people\n")?;
        cluster.write("kubeconfig", &cluster.kubeconfig_text())?;
        let store = format!("http://127.0.0.1:{client}");
        let between = format!("http://127.0.0.1:{peer}");
        cluster.spawn(
            "etcd",
            &[
                ("--data-dir", "etcd"),
                ("--listen-client-urls", &store),
                ("--advertise-client-urls", &store),
                ("--listen-peer-urls", &between),
                ("--initial-advertise-peer-urls", &between),
                ("--initial-cluster", &format!("default={between}")),
                // A test that is cut off may lose what it wrote.
                ("--unsafe-no-fsync", "true"),
            ],
        )?;
        cluster.spawn(
            "kube-apiserver",
            &[
                ("--etcd-servers", &store),
                ("--bind-address", "127.0.0.1"),
                ("--secure-port", &secure.to_string()),
                ("--tls-cert-file", "server.crt"),
                ("--tls-private-key-file", "server.key"),
                ("--client-ca-file", "ca.crt"),
                ("--token-auth-file", "tokens.csv"),
                ("--authorization-mode", "RBAC"),
                ("--service-account-key-file", "accounts.key"),
                ("--service-account-signing-key-file", "accounts.key"),
                ("--service-account-issuer", "https://kubernetes.default.svc"),
                ("--api-audiences", "api"),
                ("--service-cluster-ip-range", "10.0.0.0/24"),
                ("--disable-admission-plugins", "ServiceAccount"),
                ("--cert-dir", "."),
            ],
        )?;
        cluster.ready()?;
        cluster.spawn(
            "kube-controller-manager",
            &[
                ("--kubeconfig", "kubeconfig"),
                ("--service-account-private-key-file", "accounts.key"),
                ("--leader-elect", "false"),
                ("--bind-address", "127.0.0.1"),
                ("--secure-port", &controllers.to_string()),
                ("--port", "0"),
                ("--cert-dir", "."),
                ("--controllers", "namespace,resourcequota,serviceaccount,garbagecollector,clusterrole-aggregation"),
            ],
        )?;
        Ok(cluster)
    }

    /// The API of a cluster that somebody else keeps, behind an address that anybody may use.
    pub(crate) fn elsewhere(address: &str) -> Result<Self, String> {
        let cluster = Self { folder: Folder::new()?, address: address.to_owned(), processes: Vec::new() };
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: there\nclusters: [{{name: there, cluster: {{server: \"{address}\"}}}}]\n\
             users: [{{name: me, user: {{token: let-me-in}}}}]\ncontexts: [{{name: there, context: {{cluster: there, user: me}}}}]\n"
        );
        cluster.write("kubeconfig", &text)?;
        Ok(cluster)
    }

    /// Where the API server listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A file of the cluster: `kubeconfig`, `ca.crt`, `kube-apiserver.log`.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// Gives a command what it needs to reach the cluster, and nothing of the caller's own settings.
    pub(crate) fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for name in ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "HTTPS_PROXY", "https_proxy"] {
            command.env_remove(name);
        }
        command.env("KUBECONFIG", self.file("kubeconfig"))
    }

    /// Runs `kubectl`, which is not ours, with this on its standard input; what it printed.
    pub(crate) fn kubectl(&self, words: &[&str], input: &str) -> Result<String, String> {
        let mut command = Command::new(tool("kubectl"));
        // What it learns of a server it would keep in the home folder, for ever.
        command.arg("--cache-dir").arg(self.file("kubectl-cache"));
        self.enter(&mut command).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| missing("kubectl", &error))?;
        if let Some(mut stdin) = child.stdin.take() {
            // What begins with a brace is taken for JSON, and refused where it is YAML.
            let _ = stdin.write_all(b"---\n").and_then(|()| stdin.write_all(input.as_bytes()));
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!("kubectl {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr)))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.file(name), text).map_err(|error| error.to_string())
    }

    /// One context for each way to prove who one is.
    fn kubeconfig_text(&self) -> String {
        let program = self.file("login.sh");
        let users = [
            ("certificate", "{client-certificate: admin.crt, client-key: admin.key}".to_owned()),
            ("token", "{token: let-me-in}".to_owned()),
            ("stranger", "{token: nobody-knows-it}".to_owned()),
            ("alice", "{token: let-me-look}".to_owned()),
            (
                "program",
                format!(
                    "{{exec: {{apiVersion: client.authentication.k8s.io/v1beta1, command: {}}}}}",
                    program.display()
                ),
            ),
        ];
        let mut text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: certificate\nclusters:\n\
             - {{name: test, cluster: {{server: \"{}\", certificate-authority: ca.crt}}}}\nusers:\n",
            self.address
        );
        users.iter().for_each(|(name, user)| text.push_str(&format!("- {{name: {name}, user: {user}}}\n")));
        text.push_str("contexts:\n");
        users.iter().for_each(|(name, _)| {
            text.push_str(&format!("- {{name: {name}, context: {{cluster: test, user: {name}}}}}\n"));
        });
        text
    }

    fn spawn(&mut self, program: &str, flags: &[(&str, &str)]) -> Result<(), String> {
        let log = fs::File::create(self.file(&format!("{program}.log"))).map_err(|error| error.to_string())?;
        let process = Command::new(tool(program))
            .args(flags.iter().map(|(flag, value)| format!("{flag}={value}")))
            .current_dir(&self.folder.0)
            // It lives for a minute: a fifth of its work would be to save memory.
            .env("GOGC", "400")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| missing(program, &error))?;
        self.processes.push(process);
        Ok(())
    }

    fn ready(&mut self) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let answer = self.kubectl(&["get", "--raw", "/readyz"], "");
            // Ready is not all: what every cluster holds is made a moment later.
            if answer.is_ok() && self.kubectl(&["get", "namespace", "default", "kube-system"], "").is_ok() {
                return Ok(());
            }
            if self.processes.iter_mut().any(|process| !matches!(process.try_wait(), Ok(None))) {
                return Err(format!("a server of the test cluster ended at once: {}", self.last_words()));
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the test cluster was not ready in time: {}", self.last_words()));
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn last_words(&self) -> String {
        let last = |name: &str| {
            let text = fs::read_to_string(self.file(name)).unwrap_or_default();
            text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
        };
        format!("{} / {}", last("etcd.log"), last("kube-apiserver.log"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What depends on another goes first; nothing of it is worth an orderly end.
        for process in self.processes.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn free_ports() -> Result<[u16; 4], String> {
    let mut held = Vec::new();
    let mut ports = [0; 4];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        *port = listener.local_addr().map_err(|error| error.to_string())?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// An authority of the cluster's own, and what it signs: the server, and an administrator. And a key for service accounts.
fn certificates(folder: &Path) -> Result<(), String> {
    const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let openssl = |words: &[&str]| -> Result<(), String> {
        let output = Command::new("openssl").args(words).current_dir(folder).output();
        let output = output.map_err(|error| format!("`openssl` could not be started ({error}): install it"))?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    };
    let authority = ["req", "-x509", "-days", "30", "-subj", "/CN=test", "-keyout", "ca.key", "-out", "ca.crt"];
    openssl(&[&authority[..], &KEY].concat())?;
    let names = folder.join("names");
    fs::write(&names, "subjectAltName=IP:127.0.0.1,DNS:localhost\n").map_err(|error| error.to_string())?;
    for (name, subject) in [("server", "/CN=localhost"), ("admin", "/O=system:masters/CN=admin")] {
        let [key, request, certificate] = ["key", "csr", "crt"].map(|end| format!("{name}.{end}"));
        let asked = ["req", "-subj", subject, "-keyout", &key, "-out", &request];
        openssl(&[&asked[..], &KEY].concat())?;
        let signed = ["x509", "-req", "-days", "30", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
        openssl(&[&signed[..], &["-extfile", "names", "-in", &request, "-out", &certificate]].concat())?;
    }
    openssl(&["genrsa", "-out", "accounts.key", "2048"])?;
    let answer = "{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"kind\":\"ExecCredential\",\
                  \"status\":{\"token\":\"let-me-in\"}}";
    let program = folder.join("login.sh");
    fs::write(&program, format!("#!/bin/sh\necho '{answer}'\n")).map_err(|error| error.to_string())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn missing(program: &str, error: &std::io::Error) -> String {
    format!("`{}` could not be started ({error}): `cargo xtask servers` installs it", tool(program).display())
}

/// A program that `cargo xtask servers` installs.
pub(crate) fn tool(name: &str) -> PathBuf {
    home().join("bin").join(name)
}

/// Where the servers of Kubernetes are kept: outside of the checkout, because building them takes minutes.
pub(crate) fn home() -> PathBuf {
    let named = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let cache = named.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("polity").join("servers").join("kubernetes")
}
