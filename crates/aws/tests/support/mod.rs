//! A moto server of one's own, and a provider that is logged in to an account of it.

#![allow(dead_code, reason = "each test uses a part of this")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use polity_aws::{AwsProvider, Login, client::Caller, operations::sts};
use polity_model::{
    Origin, Value,
    organization::{Mode, Platform},
    resource::Scope,
};
use polity_provider::{Provider, Settings, Wire};

/// The management account of tests.
pub(crate) const ACCOUNT: &str = "111111111111";

/// A running server; it ends with this value.
pub(crate) struct Moto {
    server: Child,
    /// Where it listens.
    pub(crate) endpoint: String,
}

impl Moto {
    /// Starts a server.
    pub(crate) fn start() -> Self {
        let program = tool("python");
        let mut server = Command::new(&program)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../polity/tests/support/serve.py"))
            .env("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("`{}` could not be started ({error}): `cargo xtask servers` installs it", program.display())
            });
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let endpoint = loop {
            let Some(Ok(line)) = lines.next() else { panic!("moto ended before it listened: {said:?}") };
            match line.split_once("Running on ") {
                Some((_, address)) => break address.trim().to_owned(),
                None => said.push(line),
            }
        };
        // Whoever does not read what a server writes makes it stop once the pipe is full.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { server, endpoint }
    }

    /// A wire and a provider that is logged in to the management account.
    pub(crate) async fn provider(&self) -> AwsProvider {
        let (id, secret, token) = self.keys(ACCOUNT).await;
        let login = Login::fixed(&id, &secret, Some(&token), &self.endpoint);
        AwsProvider::with_login(&platform(ACCOUNT), wire(), login)
    }

    /// Keys of any account: moto hands them out for the asking.
    pub(crate) async fn keys(&self, account: &str) -> (String, String, String) {
        let anyone = Login::fixed("test", "test", None, &self.endpoint);
        let provider = AwsProvider::with_login(&platform(account), wire(), anyone);
        let scope = scope("organization");
        let reader = provider.reader(&scope).await.unwrap();
        let role = [("RoleArn", format!("arn:aws:iam::{account}:role/admin")), ("RoleSessionName", "test".to_owned())];
        let answer = reader.query(&sts::ASSUME_ROLE, &role).await.unwrap();
        let part = |name: &str| answer["Credentials"][name].as_str().unwrap().to_owned();
        (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken"))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A wire with short patience.
pub(crate) fn wire() -> Arc<Wire> {
    Arc::new(Wire::new(Settings::default()).unwrap())
}

/// A platform `aws` with this management account.
pub(crate) fn platform(account: &str) -> Platform {
    Platform {
        name: "aws".to_owned(),
        kind: "aws".to_owned(),
        mode: Mode::Own,
        native: Value::Map(BTreeMap::from([("management_account".to_owned(), Value::text(account))])),
        origin: Origin::file("polity.yaml"),
    }
}

/// A scope of the platform `aws` at the top.
pub(crate) fn scope(level: &str) -> Scope {
    let name = if level == "organization" { "aws".to_owned() } else { format!("aws/{level}") };
    Scope { name, platform: "aws".to_owned(), level: level.to_owned(), tenant: None, entry: None }
}

/// A scope in an account.
pub(crate) fn member(tenant: &str, account: &str, region: &str) -> Scope {
    let entry = [("account_id", account), ("region", region)];
    Scope {
        name: format!("aws/{tenant}/{region}"),
        platform: "aws".to_owned(),
        level: "region".to_owned(),
        tenant: Some(tenant.to_owned()),
        entry: Some(entry.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
    }
}

/// A program of the virtual environment that `cargo xtask servers` makes, else of the machine.
pub(crate) fn tool(name: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin").join(name);
    if own.exists() { own } else { PathBuf::from(name) }
}
