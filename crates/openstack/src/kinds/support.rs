//! What several kinds need: our platform, the domain, and members of answers.

use polity_model::{
    Address, Value,
    organization::{Organization, Platform},
    resource::Scope,
};
pub(crate) use polity_provider::found::{attributes, observed};
use polity_provider::{Error, Problem, Reader};
use serde_json::Value as Json;

use super::{TYPE, domain};
use crate::{scopes::DOMAIN, session::encode};

/// The platform of a scope at the top, if it is one of ours.
pub(crate) fn platform<'a>(organization: &'a Organization, scope: &Scope) -> Option<&'a Platform> {
    let platform = organization.platforms.get(&scope.platform)?;
    (scope.level == DOMAIN && platform.kind == TYPE).then_some(platform)
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
