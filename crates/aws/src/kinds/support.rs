//! What several kinds need: addresses, and answers of the service.

use polity_model::{
    Address, Value,
    organization::{Mode, Organization, Platform},
    resource::{Observed, Scope},
    schema::Lane,
};
use polity_provider::{Error, Found, Problem};
pub(crate) use polity_provider::{
    found::{attributes, observed},
    together::{Flight, each, patiently},
};
use serde_json::Value as Json;

/// The type of our platforms, as the manifest writes it.
pub(crate) const TYPE: &str = "aws";

/// Level of the scope in which the management account is read.
pub(crate) const ORGANIZATION: &str = "organization";

/// The lane of all writers to AWS Organizations: it refuses a second change while one is at work.
pub(crate) const LANE: Option<Lane> = Some(Lane { name: "organizations", width: 1 });

/// The lane of accounts: AWS makes five at a time, and each takes a while.
pub(crate) const ACCOUNTS: Option<Lane> = Some(Lane { name: "accounts", width: 5 });

/// The platform of an organization-level scope, if it is one of ours.
pub(crate) fn platform<'a>(organization: &'a Organization, scope: &Scope) -> Option<&'a Platform> {
    let platform = organization.platforms.get(&scope.platform)?;
    (scope.level == ORGANIZATION && platform.kind == TYPE).then_some(platform)
}

/// The address of something on a platform.
pub(crate) fn address(platform: &Platform, kind: &str, name: &str) -> Address {
    Address::new(&platform.name, kind, name)
}

/// A reference to the root of a platform's organization.
pub(crate) fn root_of(platform: &Platform) -> Value {
    Value::attribute_of(address(platform, "organization", &platform.name), "root_id")
}

/// A reference to the organizational unit of the nearest of these landing zones that is on the platform, or to the
/// root: a landing zone of other platforms only does not interrupt the tree.
pub(crate) fn place_of(organization: &Organization, platform: &Platform, landing_zone: Option<&str>) -> Value {
    organization
        .landing_zone_chain(landing_zone)
        .into_iter()
        .find(|zone| zone.platforms.is_empty() || zone.platforms.iter().any(|named| named.name == platform.name))
        .map_or_else(|| root_of(platform), |zone| Value::id_of(address(platform, "organizational-unit", &zone.name)))
}

/// A reference to a tenant's account.
pub(crate) fn account_of(platform: &Platform, tenant: &str) -> Value {
    Value::id_of(address(platform, "account", tenant))
}

/// The mode that holds for what stands in no landing zone.
pub(crate) fn mode_of(organization: &Organization, platform: &Platform) -> Mode {
    organization.mode_at(&platform.name, None)
}

/// A text member of an answer; an error when the service left it out.
pub(crate) fn text<'a>(answer: &'a Json, member: &str) -> Result<&'a str, Error> {
    optional(answer, member).ok_or_else(|| {
        Error::new(Problem::Unexpected, "an answer of AWS", format!("the member `{member}` is missing: {answer}"))
    })
}

/// A text member of an answer, if it is there.
pub(crate) fn optional<'a>(answer: &'a Json, member: &str) -> Option<&'a str> {
    answer.get(member).and_then(Json::as_str)
}

/// Whether the service gave this code.
pub(crate) fn has_code(error: &Error, code: &str) -> bool {
    error.code.as_deref() == Some(code)
}

/// Whether what was asked for is not there.
pub(crate) fn is_absent(error: &Error) -> bool {
    error.is(Problem::NotFound) || error.code.as_deref().is_some_and(|code| code.ends_with("NotFoundException"))
}

/// Whether the account is in no organization yet, so that nothing of one can be there.
pub(crate) fn is_unborn(error: &Error) -> bool {
    has_code(error, "AWSOrganizationsNotInUseException")
}

/// What was found; nothing where there is no organization yet.
pub(crate) fn found(read: Result<Vec<Observed>, Error>) -> Result<Found, Error> {
    match read {
        Ok(resources) => Ok(resources.into()),
        Err(error) if is_unborn(&error) => Ok(Found::default()),
        Err(error) => Err(error),
    }
}

/// One object; `None` where it is not there.
pub(crate) fn present<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(object) => Ok(Some(object)),
        Err(error) if is_absent(&error) || is_unborn(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Success also where one of these codes says that the wished-for state is there already.
pub(crate) fn already<T: Default>(written: Result<T, Error>, codes: &[&str]) -> Result<T, Error> {
    match written {
        Err(error) if codes.iter().any(|code| has_code(&error, code)) => Ok(T::default()),
        other => other,
    }
}
