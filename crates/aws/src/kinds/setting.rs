//! What all setting kinds share: one object per account or per account and region that is always there, has a
//! current value, and goes back to AWS's default when it is taken back.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{LifeState, Organization},
    resource::{Desired, Group, Key, Observed, Scope},
    schema::{Attribute, Effect, Nature, Ownership, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::Value as Json;

use super::support;

/// What differs from one setting to the next.
#[async_trait]
pub(crate) trait Setting: Send + Sync {
    /// Its schema.
    fn schema(&self) -> &Schema;

    /// Its field in the `settings` of a manifest.
    fn field(&self) -> &'static str;

    /// The attributes that a written value asks for.
    fn asked(&self, written: &Value, tenant: &str) -> Map;

    /// Its current value.
    async fn get(&self, reader: &Reader) -> Result<Map, Error>;

    /// Gives it this value; every attribute of the schema that is known is there.
    async fn set(&self, writer: &Writer, value: &Map) -> Result<(), Error>;

    /// Sets it back to AWS's default.
    async fn reset(&self, writer: &Writer, now: &Map) -> Result<(), Error>;
}

/// Makes a kind of a setting.
pub(crate) struct SettingKind<S>(pub(crate) S);

#[async_trait]
impl<S: Setting> Kind for SettingKind<S> {
    fn schema(&self) -> &Schema {
        self.0.schema()
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(tenant) = scope.tenant.as_ref().and_then(|name| organization.tenants.get(name)) else {
            return Vec::new();
        };
        // An account that is being closed takes no settings any more.
        if matches!(tenant.state, LifeState::Retired { .. }) {
            return Vec::new();
        }
        let settings = organization.settings_of(tenant);
        let Some((written, origin)) = settings.get(self.0.field()) else { return Vec::new() };
        let place = place(scope);
        let mut desired = Desired::new(Address::new(&scope.platform, self.schema().kind, &place), &scope.name, origin);
        desired.attributes = self.0.asked(written, &tenant.name);
        desired.keys = vec![key()];
        desired.mode =
            organization.mode_at(&scope.platform, tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()));
        desired.renamed_from = tenant
            .renamed_from
            .iter()
            .map(|old| Address::new(&scope.platform, self.schema().kind, place.replacen(&tenant.name, old, 1)))
            .collect();
        desired.group = group(organization, &tenant.name);
        vec![desired]
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let attributes = self.0.get(reader).await?;
        let scope = reader.scope();
        // The scope is all that identifies it: there is one setting of a kind in each.
        let id = reader.fact("region").filter(|_| self.schema().level == "region").or(reader.fact("account_id"));
        let place = place(scope);
        let mut seen = support::observed(self.schema().kind, scope, id.unwrap_or(&place), &place, attributes);
        seen.keys = vec![key()];
        Ok(vec![seen].into())
    }

    async fn read(&self, reader: &Reader, _id: &str) -> Result<Option<Observed>, Error> {
        Ok(self.present(reader).await?.resources.pop())
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        self.update(writer, ask).await?;
        let read = self.read(writer.reader(), "").await?;
        Ok(read.map(|setting| setting.id).unwrap_or_default())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        // What the manifest does not speak of stays as it is: several of these calls clear what they are not told.
        let mut value = ask.before.clone();
        value.extend(ask.after.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.0.set(writer, &value).await
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        self.0.reset(writer, ask.before).await
    }
}

/// The schema of a setting.
pub(crate) fn schema(
    kind: &'static str,
    title: &'static str,
    level: &'static str,
    effect: Effect,
    attributes: Vec<Attribute>,
) -> Schema {
    Schema {
        kind,
        title,
        level,
        nature: Nature::Setting,
        ownership: Ownership::Journal,
        effect,
        attributes,
        lane: None,
        irreversible: false,
    }
}

/// Fields of `settings` for member accounts and their regions.
pub(crate) fn fields() -> Vec<Field> {
    let all_regions = || Shape::Set(Box::new(Shape::Region));
    vec![
        super::s3_public_access_block::field(),
        super::password_policy::field(),
        super::account_alias::field(),
        super::ebs_encryption_default::field(),
        super::imds_defaults::field(),
        super::snapshot_public_access_block::field(),
        super::image_public_access_block::field(),
        Field::new("regions_opt_in", all_regions(), "regions to opt in to, beyond those that every account has"),
        Field::new("regions", all_regions(), "regions in which the settings of regions hold"),
    ]
}

/// `<tenant>` or `<tenant>/<region>`.
fn place(scope: &Scope) -> String {
    let tenant = scope.tenant.as_deref().unwrap_or(&scope.name);
    match scope.name.rsplit('/').next() {
        Some(region) if scope.level == "region" => format!("{tenant}/{region}"),
        _ => tenant.to_owned(),
    }
}

/// There is one in each scope, so its natural key says no more than that.
fn key() -> Key {
    Key::new("scope", "self")
}

/// Where what belongs to a tenant is shown.
pub(crate) fn group(organization: &Organization, tenant: &str) -> Group {
    let tenant = organization.tenants.get(tenant);
    Group {
        landing_zone: tenant.and_then(|tenant| tenant.landing_zone.as_ref()).map(|zone| zone.name.clone()),
        project: tenant.map(|tenant| tenant.project.clone()),
        tenant: tenant.map(|tenant| tenant.name.clone()),
    }
}

/// The first element of this name in an answer that was XML, however deep the service wraps it.
pub(crate) fn find<'a>(answer: &'a Json, name: &str) -> Option<&'a Json> {
    match answer {
        Json::Object(entries) => entries.get(name).or_else(|| entries.values().find_map(|inner| find(inner, name))),
        Json::Array(items) => items.iter().find_map(|inner| find(inner, name)),
        _ => None,
    }
}

/// Text of an XML element.
pub(crate) fn text(answer: &Json, name: &str) -> Value {
    find(answer, name).and_then(Json::as_str).filter(|text| !text.is_empty()).map_or(Value::Null, Value::text)
}

/// Truth value of an XML element.
pub(crate) fn flag(answer: &Json, name: &str) -> Value {
    match find(answer, name) {
        Some(Json::Bool(value)) => Value::Bool(*value),
        Some(Json::String(text)) => Value::Bool(text == "true"),
        _ => Value::Null,
    }
}

/// Number of an XML element.
pub(crate) fn number(answer: &Json, name: &str) -> Value {
    match find(answer, name) {
        Some(Json::Number(number)) => number.as_i64().map_or(Value::Null, Value::Int),
        Some(Json::String(text)) => text.parse().map_or(Value::Null, Value::Int),
        _ => Value::Null,
    }
}

/// A value as a Query parameter; `None` for what is not there.
pub(crate) fn parameter(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// Parameters of a Query call from attributes: `(parameter, attribute)`; what is not there is not sent.
pub(crate) fn parameters<'p>(value: &Map, names: &[(&'p str, &str)]) -> Vec<(&'p str, String)> {
    names.iter().filter_map(|(name, attribute)| Some((*name, parameter(value.get(*attribute))?))).collect()
}

/// Text that a setting must have to be written.
pub(crate) fn needed<'m>(value: &'m Map, kind: &str, name: &str) -> Result<&'m str, Error> {
    value.get(name).and_then(Value::as_text).ok_or_else(|| {
        Error::new(Problem::Unexpected, kind, format!("the attribute `{name}` of the setting has no value"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_however_deep() {
        let answer =
            serde_json::json!({"Response": {"Result": {"Max": "90", "Hard": "true", "Name": "x", "Empty": ""}}});
        assert_eq!(number(&answer, "Max"), Value::Int(90));
        assert_eq!(flag(&answer, "Hard"), Value::Bool(true));
        assert_eq!(text(&answer, "Name"), Value::text("x"));
        assert_eq!(text(&answer, "Empty"), Value::Null);
        assert_eq!(flag(&answer, "Missing"), Value::Null);
    }

    #[test]
    fn places_are_tenants_and_regions_in_them() {
        let scope = |name: &str, level: &str, tenant: &str| Scope {
            name: name.to_owned(),
            platform: "aws".to_owned(),
            level: level.to_owned(),
            tenant: Some(tenant.to_owned()),
            entry: None,
        };
        assert_eq!(place(&scope("aws/shop-prod", "account", "shop-prod")), "shop-prod");
        assert_eq!(place(&scope("aws/shop-prod/eu-central-1", "region", "shop-prod")), "shop-prod/eu-central-1");
        assert_eq!(place(&scope("aws/tenant:identity/eu-west-1", "region", "identity")), "identity/eu-west-1");
    }
}
