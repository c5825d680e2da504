//! Credentials: where they come from, how long they are kept, and the role that is assumed in each member account.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_config::{BehaviorVersion, profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};
use aws_smithy_types::date_time::Format;
use aws_types::{SdkConfig, region::Region, service_config::ServiceConfigKey};
use polity_model::resource::Scope;
use polity_provider::{Error, Problem, Wire};
use tokio::{sync::Mutex, time::Instant};

use crate::{
    client::{query_request, xml},
    http_bridge::Bridge,
    operations::sts,
    services::{self, Endpoints},
    session::AwsSession,
};

/// Credentials are renewed this long before they expire, so that no call meets the end.
const MARGIN: Duration = Duration::from_secs(300);
/// Credentials younger than this are not renewed again: calls that were on their way together fail together.
const YOUNG: Duration = Duration::from_secs(10);

/// How we log in: the credentials to begin with, and the endpoints that the user has set.
pub struct Login {
    credentials: SharedCredentialsProvider,
    endpoints: Endpoints,
    watch: Watch,
}

/// The time of day that expiry is judged and requests are signed by.
#[derive(Clone, Copy, Debug)]
enum Watch {
    /// The machine's.
    Machine,
    /// A time that began then, and runs as tokio's does: in a rehearsal nobody waits.
    Rehearsed(SystemTime, Instant),
}

impl Watch {
    fn now(self) -> SystemTime {
        match self {
            Self::Machine => SystemTime::now(),
            Self::Rehearsed(epoch, began) => epoch + began.elapsed(),
        }
    }
}

impl Login {
    /// As AWS's own tools do: environment, profile, single sign-on, process, web identity, container, instance.
    /// `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>` and their lines in the profile are honoured.
    ///
    /// A `profile` that the platform names goes before all of that: what is in the environment is one login, and several
    /// platforms need one each.
    pub async fn from_environment(wire: &Arc<Wire>, region: &str, profile: Option<&str>) -> Result<Self, Error> {
        let region = Region::new(region.to_owned());
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region.clone())
            .http_client(Bridge(Arc::clone(wire)));
        if let Some(profile) = profile {
            let around =
                ProviderConfig::without_region().with_region(Some(region)).with_http_client(Bridge(Arc::clone(wire)));
            let of_profile = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&around).build();
            loader = loader.profile_name(profile).credentials_provider(of_profile);
        }
        let config = loader.load().await;
        let credentials = config.credentials_provider().ok_or_else(no_credentials)?;
        Ok(Self { credentials, endpoints: endpoints(&config), watch: Watch::Machine })
    }

    /// With these keys, and one endpoint for all services.
    pub fn fixed(access_key_id: &str, secret: &str, token: Option<&str>, endpoint: &str) -> Self {
        let credentials =
            Credentials::new(access_key_id, secret, token.map(str::to_owned), None, "given by the caller");
        let endpoints = Endpoints { all: Some(endpoint.to_owned()), ..Endpoints::default() };
        Self { credentials: SharedCredentialsProvider::new(credentials), endpoints, watch: Watch::Machine }
    }

    /// To a simulated AWS: requests are addressed as to AWS itself, so the wire must be one that leads nowhere else. It
    /// is `epoch` there now, and time passes as tokio's does. Looks at neither the environment nor a profile.
    pub fn rehearsed(epoch: SystemTime) -> Self {
        let credentials = Credentials::new("AKIAREHEARSAL0000000", "rehearsal", None, None, "of a rehearsal");
        Self {
            credentials: SharedCredentialsProvider::new(credentials),
            endpoints: Endpoints::default(),
            watch: Watch::Rehearsed(epoch, Instant::now()),
        }
    }

    pub(crate) fn into_parts(self) -> (Arc<Keys>, Arc<Endpoints>) {
        (Arc::new(Keys::new(Source::Chain(self.credentials), self.watch)), Arc::new(self.endpoints))
    }
}

fn endpoints(config: &SdkConfig) -> Endpoints {
    let mut endpoints = Endpoints { all: config.endpoint_url().map(str::to_owned), ..Endpoints::default() };
    let Some(lookup) = config.service_config() else { return endpoints };
    for service in services::names().filter_map(services::find) {
        let key =
            ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
        if let Some(url) = key.ok().and_then(|key| lookup.load_config(key)) {
            endpoints.by_service.insert(service.name, url);
        }
    }
    endpoints
}

/// A role in a member account.
pub(crate) struct Role {
    pub(crate) base: Arc<Keys>,
    pub(crate) wire: Arc<Wire>,
    pub(crate) endpoints: Arc<Endpoints>,
    /// Where its credentials are asked for.
    pub(crate) region: String,
    pub(crate) arn: String,
    /// The scope that the role opens: for messages.
    pub(crate) scope: Scope,
}

/// Where credentials come from.
enum Source {
    /// AWS's own chain.
    Chain(SharedCredentialsProvider),
    /// A role in a member account.
    Role(Role),
}

/// Credentials that are kept until shortly before they expire.
pub(crate) struct Keys {
    source: Source,
    watch: Watch,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    credentials: Credentials,
    since: Instant,
}

impl Keys {
    fn new(source: Source, watch: Watch) -> Self {
        Self { source, watch, kept: Mutex::new(None) }
    }

    /// The keys of a role that is assumed with other keys.
    pub(crate) fn of_role(role: Role) -> Self {
        let watch = role.base.watch;
        Self::new(Source::Role(role), watch)
    }

    /// The time of day, for signatures.
    pub(crate) fn now(&self) -> SystemTime {
        self.watch.now()
    }

    /// Credentials that hold for a while yet. Those who ask at the same time wait for one answer.
    pub(crate) async fn get(&self) -> Result<Credentials, Error> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref()
            && !self.ends_soon(&kept.credentials)
        {
            return Ok(kept.credentials.clone());
        }
        let credentials = self.fetch().await?;
        *kept = Some(Kept { credentials: credentials.clone(), since: Instant::now() });
        Ok(credentials)
    }

    /// Drops what is kept. Answers whether other credentials were had for it.
    pub(crate) async fn renew(&self) -> bool {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.since.elapsed() < YOUNG) && matches!(self.source, Source::Role(_)) {
            return true;
        }
        let old = kept.take();
        let Ok(credentials) = self.fetch().await else { return false };
        let same = old.is_some_and(|old| {
            old.credentials.access_key_id() == credentials.access_key_id()
                && old.credentials.session_token() == credentials.session_token()
        });
        *kept = Some(Kept { credentials, since: Instant::now() });
        !same
    }

    async fn fetch(&self) -> Result<Credentials, Error> {
        match &self.source {
            Source::Chain(chain) => chain.provide_credentials().await.map_err(|error| unusable(&error)),
            Source::Role(role) => role.assume().await,
        }
    }

    fn ends_soon(&self, credentials: &Credentials) -> bool {
        credentials.expiry().is_some_and(|end| end < self.watch.now() + MARGIN)
    }
}

impl Role {
    async fn assume(&self) -> Result<Credentials, Error> {
        let session = AwsSession {
            keys: Arc::clone(&self.base),
            endpoints: Arc::clone(&self.endpoints),
            region: self.region.clone(),
            account: None,
        };
        let operation = &sts::ASSUME_ROLE.0;
        let parameters = [("RoleArn", self.arn.clone()), ("RoleSessionName", "polity".to_owned())];
        let request = query_request(operation, &parameters)?;
        let reply =
            self.wire.send(&session, &self.scope, operation, request).await.map_err(|error| self.explain(error))?;
        let answer = xml::to_json("sts:AssumeRole", &String::from_utf8_lossy(&reply.body))?;
        credentials(&answer).ok_or_else(|| {
            let mut error = Error::new(Problem::Unexpected, "sts:AssumeRole", "the answer holds no credentials");
            error.scope.clone_from(&self.scope.name);
            error
        })
    }

    /// A denial here nearly always means one of two things; say which role and what to look at.
    fn explain(&self, error: Error) -> Error {
        if !error.is(Problem::Denied) {
            return error;
        }
        let help = format!(
            "our principal needs `sts:AssumeRole` on `{}`, and that role must exist and trust the management account; \
             an account that was invited has no such role yet; another name is set by `assume_role` on the platform",
            self.arn
        );
        error.help(help)
    }
}

fn credentials(answer: &serde_json::Value) -> Option<Credentials> {
    let member = |name: &str| answer.get("Credentials")?.get(name)?.as_str();
    let end = member("Expiration")
        .and_then(|text| aws_smithy_types::DateTime::from_str(text, Format::DateTime).ok())
        .and_then(|end| SystemTime::try_from(end).ok());
    Some(Credentials::new(
        member("AccessKeyId")?,
        member("SecretAccessKey")?,
        Some(member("SessionToken")?.to_owned()),
        end,
        "assumed role",
    ))
}

fn no_credentials() -> Error {
    Error::new(Problem::Credentials, "logging in to AWS", "no credentials were found")
        .help("set `AWS_PROFILE`, or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or log in with `aws sso login`")
}

fn unusable(error: &CredentialsError) -> Error {
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        return no_credentials();
    }
    let mut message = "the credentials cannot be used".to_owned();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        message.push_str(&format!(": {error}"));
        next = error.source();
    }
    Error::new(Problem::Credentials, "logging in to AWS", message).help(
        "set `AWS_PROFILE` or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; with a profile in `~/.aws/config`, log in again \
         (`aws sso login`) if its session has ended",
    )
}
