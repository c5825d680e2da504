//! What several kinds need: our platform, the domain, and members of answers.

use polity_model::{
    Address, Value,
    organization::{LifeState, Organization, Platform, Tenant},
    resource::Scope,
};
pub(crate) use polity_provider::found::{attributes, observed};
use polity_provider::{Ask, Error, Problem, ReadOperation, Reader};
use serde_json::Value as Json;

use super::{TYPE, domain};
use crate::{
    client::list,
    scopes::{DOMAIN, PROJECT},
    session::encode,
};

/// The platform of a scope at the top, if it is one of ours.
pub(crate) fn platform<'a>(organization: &'a Organization, scope: &Scope) -> Option<&'a Platform> {
    let platform = organization.platforms.get(&scope.platform)?;
    (scope.level == DOMAIN && platform.kind == TYPE).then_some(platform)
}

/// The living tenant whose project this scope is, if it is one of ours.
pub(crate) fn tenant<'a>(organization: &'a Organization, scope: &Scope) -> Option<&'a Tenant> {
    let of_us = organization.platforms.get(&scope.platform)?.kind == TYPE;
    let tenant = organization.tenants.get(scope.tenant.as_ref()?)?;
    (of_us && scope.level == PROJECT && tenant.state == LifeState::Active).then_some(tenant)
}

/// Why the domain of a platform ends, if it does: all in it ends before.
pub(crate) fn retiring(platform: &Platform) -> Option<String> {
    platform.native.get("retired").and_then(Value::as_text).map(str::to_owned)
}

/// A reference to the domain of a platform.
pub(crate) fn domain_of(platform: &str) -> Value {
    Value::id_of(domain::address(platform))
}

/// The id of our domain; `None` where it is not born yet, so that nothing can be in it.
pub(crate) fn domain_id(reader: &Reader) -> Option<&str> {
    reader.fact("domain_id")
}

/// All `projects`, `users` or `groups` of our domain. A server that does not heed the filter must not give us other people's.
pub(crate) async fn all_of_domain(reader: &Reader, operation: &ReadOperation, noun: &str) -> Result<Vec<Json>, Error> {
    let Some(domain) = domain_id(reader) else { return Ok(Vec::new()) };
    let mut all = list(reader, operation, &format!("/{noun}"), &[("domain_id", domain)], noun).await?;
    all.retain(|one| text(one, "domain_id") == Some(domain));
    Ok(all)
}

/// Facts about by what Polity itself gets in; see [`crate::auth::keys::Own`].
pub(crate) mod own {
    /// Its user.
    pub(crate) const USER: &str = "own_user";
    /// The project, or domain, that its token is for.
    pub(crate) const PLACE: &str = "own_place";
    /// Its roles there, parted by spaces.
    pub(crate) const ROLES: &str = "own_roles";
}

/// Why a link that Polity itself gets in by is left alone, whoever made it.
pub(crate) const OWN_LINK: &str = "by which Polity itself gets in";

/// Refuses to end or switch off what Polity itself gets in by: it would be shut out in the middle of the work.
pub(crate) fn spare_own(reader: &Reader, ask: &Ask<'_>, fact: &str, what: &str) -> Result<(), Error> {
    let (id, own) = (ask.id()?, reader.fact(fact).unwrap_or_default());
    if !own.split(' ').any(|one| one == id) {
        return Ok(());
    }
    let message = format!("Polity itself gets in by this {what}, and would shut itself out");
    Err(Error::new(Problem::Invalid, ask.address.to_string(), message).help(format!(
        "log in with credentials that do not rest on this {what} (`openstack token issue` shows on what they rest)"
    )))
}

/// Whether this is the answer to a question for what is not there. An answer to `HEAD` has no body that could say more.
pub(crate) fn is_absent(error: &Error) -> bool {
    error.is(Problem::NotFound) || error.code.as_deref() == Some("404")
}

/// A text member of an answer, if it is there and says something.
pub(crate) fn text<'a>(answer: &'a Json, member: &str) -> Option<&'a str> {
    answer.get(member).and_then(Json::as_str).filter(|text| !text.is_empty())
}

/// A text member that every answer has.
pub(crate) fn expected<'a>(answer: &'a Json, member: &str, kind: &str) -> Result<&'a str, Error> {
    text(answer, member).ok_or_else(|| {
        let what = format!("reading a {kind}");
        Error::new(Problem::Unexpected, what, format!("the member `{member}` is missing: {answer}"))
    })
}

/// The path of one object.
pub(crate) fn path(collection: &str, id: &str) -> String {
    format!("/{collection}/{}", encode(id))
}

/// Former addresses of an object of this kind.
pub(crate) fn former(platform: &str, kind: &str, names: &[String]) -> Vec<Address> {
    names.iter().map(|name| Address::new(platform, kind, name)).collect()
}

/// Success also where it is gone already.
pub(crate) fn gone(deleted: Result<Json, Error>) -> Result<(), Error> {
    match deleted {
        Err(error) if !error.is(Problem::NotFound) => Err(error),
        _ => Ok(()),
    }
}
