//! A real Keystone of one's own, on a free port.

use std::{fs, path::Path, process::Command};

use serde_json::{Value as Json, json};

use super::server::{self, Server, Told, printed, support, tool};

/// Its name among the servers.
const NAME: &str = "keystone";
/// The administrator that every Keystone here is born with.
pub(crate) const ADMIN: &str = "admin";
/// The administrator's password.
pub(crate) const PASSWORD: &str = "s3cret";
/// Address that the kept state was made for.
const BORN_AT: &str = "http://127.0.0.1:5000";

/// A running server; it ends with this value.
pub(crate) struct Keystone(Server);

impl Keystone {
    /// Starts one as it was born: the administrator, the domain `Default`, and the roles of its birth.
    pub(crate) fn start() -> Result<Self, String> {
        let server = Server::start(NAME, "/v3", &|folder, port| {
            configure(folder, port).map_err(|error| error.to_string())?;
            move_endpoints(folder, port)?;
            let variables = vec![("OS_KEYSTONE_CONFIG_FILES".to_owned(), folder.join("keystone.conf"))];
            Ok(Told { application: "keystone.wsgi.api:application", words: Vec::new(), variables })
        });
        server.map(Self)
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        self.0.endpoint()
    }

    /// How many requests it has answered.
    pub(crate) fn calls(&self) -> u64 {
        self.0.calls()
    }

    /// Gives a command what it needs to be the administrator there, and nothing of the caller's own settings.
    pub(crate) fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OS_")) {
            command.env_remove(name);
        }
        command
            .env("OS_AUTH_URL", format!("{}/v3", self.endpoint()))
            .env("OS_USERNAME", ADMIN)
            .env("OS_PASSWORD", PASSWORD)
            .env("OS_PROJECT_NAME", ADMIN)
            .env("OS_USER_DOMAIN_NAME", "Default")
            .env("OS_PROJECT_DOMAIN_NAME", "Default")
            .env("OS_IDENTITY_API_VERSION", "3")
    }

    /// Runs a program of its environment as the administrator, and returns what it printed.
    pub(crate) fn run(&self, program: &str, words: &[&str]) -> Result<String, String> {
        printed(self.enter(Command::new(tool(program)).args(words)))
    }

    /// Makes calls as the administrator, and returns what was answered: method, path (of Keystone, or `<service>:<path>`), body.
    pub(crate) fn ask(&self, calls: &[(&str, &str, Json)]) -> Result<Vec<Json>, String> {
        let mut words = vec![support("ask.py").display().to_string()];
        for (method, path, body) in calls {
            words.extend([(*method).to_owned(), (*path).to_owned(), body.to_string()]);
        }
        let told = self.run("python", &words.iter().map(String::as_str).collect::<Vec<_>>())?;
        serde_json::from_str(&told).map_err(|error| format!("{error}: {told}"))
    }

    /// Puts services into the catalog: their types and addresses.
    pub(crate) fn register(&self, services: &[(&str, String)]) -> Result<(), String> {
        let calls = |one: &(&str, String)| ("POST", "/services", json!({"service": {"type": one.0, "name": one.0}}));
        let made = self.ask(&services.iter().map(calls).collect::<Vec<_>>())?;
        let endpoints = made.iter().zip(services).map(|(made, (_, url))| {
            let service = made.pointer("/service/id").unwrap_or(&Json::Null);
            let endpoint = json!({"service_id": service, "interface": "public", "url": url, "region_id": "RegionOne"});
            ("POST", "/endpoints", json!({ "endpoint": endpoint }))
        });
        self.ask(&endpoints.collect::<Vec<_>>()).map(drop)
    }
}

/// Makes the state that every start begins with a copy of.
pub(crate) fn bootstrap(stamp: &str) -> Result<(), String> {
    server::prepare(NAME, stamp, &|state| {
        let failed = |error: std::io::Error| error.to_string();
        for keys in ["fernet", "credential"] {
            fs::create_dir_all(state.join(keys)).map_err(failed)?;
        }
        configure(state, 5000).map_err(failed)?;
        let file = state.join("keystone.conf");
        let manage = |words: &[&str]| {
            printed(Command::new(tool("keystone-manage")).arg("--config-file").arg(&file).args(words)).map(drop)
        };
        let whoami = printed(Command::new("id").arg("-un"))?;
        let group = printed(Command::new("id").arg("-gn"))?;
        let owner = ["--keystone-user", whoami.trim(), "--keystone-group", group.trim()];
        manage(&["db_sync"])?;
        manage(&[&["fernet_setup"], &owner[..]].concat())?;
        manage(&[&["credential_setup"], &owner[..]].concat())?;
        let url = format!("{BORN_AT}/v3");
        let names =
            ["--bootstrap-username", ADMIN, "--bootstrap-project-name", ADMIN, "--bootstrap-region-id", "RegionOne"];
        let urls = ["--bootstrap-public-url", &url, "--bootstrap-internal-url", &url, "--bootstrap-admin-url", &url];
        manage(&[&["bootstrap", "--bootstrap-password", PASSWORD], &names[..], &urls[..]].concat())
    })
}

fn configure(folder: &Path, port: u16) -> std::io::Result<()> {
    let at = folder.display();
    let text = format!(
        "[DEFAULT]\nlog_file = {at}/keystone.log\nuse_stderr = false\npublic_endpoint = http://127.0.0.1:{port}\n\
         [database]\nconnection = sqlite:///{at}/keystone.db\n\
         [fernet_tokens]\nkey_repository = {at}/fernet\n\
         [credential]\nkey_repository = {at}/credential\n\
         [cache]\nenabled = true\nbackend = dogpile.cache.memory\n\
         [identity]\npassword_hash_rounds = 4\n\
         [oslo_policy]\nenforce_scope = true\nenforce_new_defaults = true\n"
    );
    fs::write(folder.join("keystone.conf"), text)
}

/// The catalog names addresses as a whole.
fn move_endpoints(folder: &Path, port: u16) -> Result<(), String> {
    let script = "import sqlite3, sys\nfound = sqlite3.connect(sys.argv[1])\n\
                  found.execute('update endpoint set url = replace(url, ?, ?)', (sys.argv[2], sys.argv[3]))\nfound.commit()";
    let mut command = Command::new(tool("python"));
    command.args(["-c", script]).arg(folder.join("keystone.db")).arg(BORN_AT).arg(format!("http://127.0.0.1:{port}"));
    printed(&mut command).map(drop)
}
