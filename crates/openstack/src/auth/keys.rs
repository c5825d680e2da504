//! The token: asked for once, kept until shortly before its end, and asked for anew when Keystone calls it expired.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use polity_model::{Secret, units::Timestamp};
use polity_provider::{Error, Problem, Reply, Wire, together::patiently};
use serde_json::Value as Json;
use tokio::{sync::Mutex, time::Instant};

use super::{Login, Proof, Reach};
use crate::{catalog::Catalog, faults};

/// A token is renewed this long before its end, so that no call meets it.
const MARGIN: Duration = Duration::from_secs(60);
/// A token younger than this is not renewed again: calls that were on their way together fail together.
const YOUNG: Duration = Duration::from_secs(1);

/// Keeps a token.
pub(crate) struct Keys {
    pub(crate) login: Login,
    platform: String,
    wire: Arc<Wire>,
    kept: Mutex<Option<Arc<Token>>>,
}

/// A token and what Keystone says with it.
pub(crate) struct Token {
    pub(crate) value: Secret,
    pub(crate) catalog: Catalog,
    /// Who we are: `ada@Default`.
    pub(crate) actor: String,
    /// By what we get in.
    pub(crate) own: Own,
    pub(crate) since: Instant,
    /// How long it was good for when it was given: by Keystone's own clock, which may not be ours.
    pub(crate) life: Duration,
}

/// By what we get in: whoever takes one of these away is shut out in the middle of the work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) user: String,
    /// The project, or the domain, that the token is good for.
    pub(crate) place: String,
    pub(crate) roles: Vec<String>,
}

impl Own {
    fn of(token: &Json) -> Self {
        let id = |object: &Json| object.get("id").and_then(Json::as_str).map(str::to_owned);
        let member = |name: &str| token.get(name).and_then(id).unwrap_or_default();
        let place = Some(member("project")).filter(|project| !project.is_empty());
        let roles = token.get("roles").and_then(Json::as_array).into_iter().flatten();
        Self {
            user: member("user"),
            place: place.unwrap_or_else(|| member("domain")),
            roles: roles.filter_map(id).collect(),
        }
    }
}

impl Token {
    fn is_fresh(&self) -> bool {
        // A life shorter than twice the margin is used to its half.
        self.since.elapsed() < self.life.saturating_sub(MARGIN).max(self.life / 2)
    }
}

impl Keys {
    pub(crate) fn new(login: Login, platform: &str, wire: Arc<Wire>) -> Self {
        Self { login, platform: platform.to_owned(), wire, kept: Mutex::new(None) }
    }

    /// The token, asked for if there is none that is good.
    pub(crate) async fn get(&self) -> Result<Arc<Token>, Error> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh()) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(self.ask().await?);
        *kept = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Drops the token, because Keystone called it expired; whether another can be had.
    pub(crate) async fn renew(&self) -> bool {
        if !self.login.renewable() {
            return false;
        }
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|token| token.since.elapsed() >= YOUNG) {
            *kept = None;
        }
        true
    }

    async fn ask(&self) -> Result<Token, Error> {
        let away = AtomicU32::new(0);
        let lags = |error: &Error| match error.problem {
            Problem::Transient | Problem::Throttled | Problem::Busy => true,
            // Four seconds are enough for a server that starts anew; the other platforms wait for us.
            Problem::Unreachable => away.fetch_add(1, Ordering::Relaxed) < 4,
            _ => false,
        };
        let reply = patiently(|| self.ask_once(), lags).await?;
        let body: Json = serde_json::from_slice(&reply.body).map_err(|_| unexpected("is no JSON"))?;
        let value = reply.header("x-subject-token").ok_or_else(|| unexpected("has no token"))?;
        let token = body.get("token").ok_or_else(|| unexpected("says nothing of the token"))?;
        let user = token.get("user").unwrap_or(&Json::Null);
        let part = |object: &Json, name: &str| object.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let domain = user.get("domain").unwrap_or(&Json::Null);
        Ok(Token {
            value: Secret::new(value),
            catalog: Catalog::of(token.get("catalog").unwrap_or(&Json::Null)),
            actor: format!("{}@{}", part(user, "name"), part(domain, "name")),
            own: Own::of(token),
            since: Instant::now(),
            life: life(&part(token, "issued_at"), &part(token, "expires_at")),
        })
    }

    async fn ask_once(&self) -> Result<Reply, Error> {
        let login = &self.login;
        let url = format!("{}/v3/auth/tokens", login.auth_url);
        let request = match (&login.proof, &login.reach) {
            // Given for another token without a word about its reach, it would be good for nothing: so it is used as it is.
            (Proof::Token(token), Reach::Given) => http::Request::get(url)
                .header("x-auth-token", token.expose())
                .header("x-subject-token", token.expose())
                .body(Vec::new()),
            _ => http::Request::post(url)
                .header("content-type", "application/json")
                .body(login.request().to_string().into_bytes()),
        };
        let request = request.map_err(|error| {
            super::refused(format!("`{}` is no address: {error}", login.auth_url)).help("correct `auth_url`")
        })?;
        let reply = self.wire.send_plain_to(&self.platform, request).await?;
        match faults::judge_status("identity:authenticate", &reply) {
            None => Ok(reply),
            Some(error) => Err(self.explain(error)),
        }
    }

    /// What a refusal means here.
    fn explain(&self, mut error: Error) -> Error {
        let (who, url, found) = (self.login.who(), &self.login.auth_url, &self.login.found);
        match error.problem {
            // Of a token that it does not know Keystone says that it is not found.
            Problem::Credentials | Problem::NotFound if !self.login.renewable() => {
                error.problem = Problem::Credentials;
                error.message = format!("`{url}` does not take {who} ({found}): it has expired, or was withdrawn");
                error.help = Some("get a new one with `openstack token issue`, or use a password or an application credential, which Polity renews itself".to_owned());
            }
            Problem::Credentials => {
                error.message = format!("`{url}` does not take {who} ({found})");
                error.help = Some(
                    "check name, domain and password (Keystone does not say which of them is wrong), whether the user and \
                     the project are enabled, and whether the user has a role in that project"
                        .to_owned(),
                );
            }
            Problem::Unsupported | Problem::NotFound => {
                error.message = format!("there is no Keystone with version 3 at `{url}` ({found})");
                error.help = Some(
                    "correct `auth_url`: it is the address of Keystone, such as `https://cloud.example:5000/v3`"
                        .to_owned(),
                );
            }
            _ => {}
        }
        error
    }
}

fn unexpected(why: &str) -> Error {
    Error::new(Problem::Unexpected, "identity:authenticate", format!("the answer {why}"))
}

fn life(issued: &str, expires: &str) -> Duration {
    let parse = |text: &str| text.parse::<Timestamp>().ok();
    let seconds = parse(issued).zip(parse(expires)).map(|(issued, expires)| expires.as_second() - issued.as_second());
    // Keystone's own default is an hour.
    Duration::from_secs(seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_told_by_keystones_clock_alone() {
        let of = |issued, expires| life(issued, expires).as_secs();
        assert_eq!(of("2031-01-01T00:00:00.000000Z", "2031-01-01T01:00:00.000000Z"), 3600);
        assert_eq!(of("2031-01-01T00:00:00.000000Z", "2031-01-01T00:00:10.000000Z"), 10);
        assert_eq!(of("", "yesterday"), 3600);
    }

    #[test]
    fn by_what_we_get_in_stands_in_the_token() {
        let of = |scope: Json| {
            let mut token = serde_json::json!({"user": {"id": "u"}, "roles": [{"id": "r", "name": "admin"}]});
            token.as_object_mut().unwrap().extend(scope.as_object().cloned().unwrap());
            Own::of(&token)
        };
        let project = of(serde_json::json!({"project": {"id": "p", "domain": {"id": "d"}}}));
        assert_eq!(project, Own { user: "u".into(), place: "p".into(), roles: vec!["r".into()] });
        assert_eq!(of(serde_json::json!({"domain": {"id": "d"}})).place, "d");
        assert_eq!(of(serde_json::json!({"system": {"all": true}})).place, "");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_used_until_shortly_before_its_end() {
        let token = |life| Token {
            value: Secret::new("t"),
            catalog: Catalog::of(&Json::Null),
            actor: String::new(),
            own: Own::default(),
            since: Instant::now(),
            life: Duration::from_secs(life),
        };
        let (long, short) = (token(3600), token(10));
        tokio::time::advance(Duration::from_secs(4)).await;
        assert!(long.is_fresh() && short.is_fresh());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(long.is_fresh() && !short.is_fresh());
        tokio::time::advance(Duration::from_secs(3535)).await;
        assert!(!long.is_fresh());
    }
}
