//! Regions that an account has opted in to, beyond those that every account has.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{LifeState, Organization},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{setting, support};
use crate::{
    client::Caller,
    operations::account::{DISABLE_REGION, ENABLE_REGION, GET_REGION_OPT_STATUS, LIST_REGIONS},
};

/// The kind.
pub(crate) fn kind() -> RegionOptIn {
    let attributes = vec![
        Attribute::new("region", "name of the region").change(Change::Fixed),
        Attribute::new("status", "always `enabled`: a region that is not opted in to is not there"),
        Attribute::new("state", "AWS's own word, as `ENABLING`").change(Change::ReadOnly),
    ];
    RegionOptIn { schema: setting::schema("region-opt-in", "region opt-in", "account", Effect::Neutral, attributes) }
}

pub(crate) struct RegionOptIn {
    schema: Schema,
}

#[async_trait]
impl Kind for RegionOptIn {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(tenant) = scope.tenant.as_ref().and_then(|name| organization.tenants.get(name)) else {
            return Vec::new();
        };
        if matches!(tenant.state, LifeState::Retired { .. }) {
            return Vec::new();
        }
        let settings = organization.settings_of(tenant);
        let Some((regions, origin)) = settings.get("regions_opt_in") else { return Vec::new() };
        let address =
            |tenant: &str, region: &str| Address::new(&scope.platform, self.schema.kind, format!("{tenant}/{region}"));
        let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
        let regions = regions.as_list().unwrap_or_default().iter().filter_map(Value::as_text);
        regions
            .map(|region| {
                let mut desired = Desired::new(address(&tenant.name, region), &scope.name, origin);
                desired.attributes = attributes(region);
                desired.keys = vec![Key::new("region", region)];
                desired.mode = organization.mode_at(&scope.platform, zone);
                desired.renamed_from = tenant.renamed_from.iter().map(|old| address(old, region)).collect();
                desired.group = setting::group(organization, &tenant.name);
                desired
            })
            .collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        // Only what an account can choose, and has chosen: regions that all accounts have are no setting.
        let filter = json!(["ENABLED", "ENABLING"]);
        let mut body = json!({ "RegionOptStatusContains": filter, "MaxResults": 50 });
        let mut found = Vec::new();
        loop {
            let answer = reader.rest_json(&LIST_REGIONS, "POST", "/listRegions", body.clone()).await?;
            let regions = answer.get("Regions").and_then(Json::as_array);
            found.extend(regions.into_iter().flatten().filter_map(|region| observed(reader.scope(), region)));
            let token = answer.get("NextToken").filter(|token| token.as_str().is_some_and(|text| !text.is_empty()));
            match token {
                None => return Ok(found.into()),
                Some(token) if body.get("NextToken") == Some(token) => {
                    return Err(Error::new(
                        Problem::Unexpected,
                        "account:ListRegions",
                        "the service gave the same page token twice, so the list has no end",
                    ));
                }
                Some(token) => {
                    body = json!({ "RegionOptStatusContains": filter, "MaxResults": 50, "NextToken": token });
                }
            }
        }
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let body = json!({ "RegionName": id });
        let answer = reader.rest_json(&GET_REGION_OPT_STATUS, "POST", "/getRegionOptStatus", body).await?;
        Ok(observed(reader.scope(), &answer))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let region = ask.text("region")?.to_owned();
        // Minutes to hours pass until the region can be used; nothing but its own use waits for that, so neither do we.
        writer.rest_json(&ENABLE_REGION, "POST", "/enableRegion", json!({ "RegionName": region })).await?;
        Ok(region)
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        self.create(writer, ask).await.map(drop)
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = json!({ "RegionName": ask.id()? });
        writer.rest_json(&DISABLE_REGION, "POST", "/disableRegion", body).await.map(drop)
    }
}

fn attributes(region: &str) -> Map {
    Map::from([("region".to_owned(), Value::text(region)), ("status".to_owned(), Value::text("enabled"))])
}

/// A region that is opted in to; one that is not is as good as absent.
fn observed(scope: &Scope, region: &Json) -> Option<Observed> {
    let name = region.get("RegionName")?.as_str()?;
    let state = region.get("RegionOptStatus")?.as_str()?;
    if !matches!(state, "ENABLED" | "ENABLING") {
        return None;
    }
    let mut attributes = attributes(name);
    attributes.insert("state".to_owned(), Value::text(state));
    let mut seen = support::observed("region-opt-in", scope, name, name, attributes);
    seen.keys = vec![Key::new("region", name)];
    Some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_not_opted_in_to_is_absent() {
        let scope = Scope {
            name: "aws/shop".to_owned(),
            platform: "aws".to_owned(),
            level: "account".to_owned(),
            tenant: None,
            entry: None,
        };
        let seen = |state: &str| observed(&scope, &json!({"RegionName": "af-south-1", "RegionOptStatus": state}));
        assert!(seen("DISABLED").is_none());
        assert!(seen("DISABLING").is_none());
        assert!(seen("ENABLED_BY_DEFAULT").is_none());
        let enabling = seen("ENABLING").unwrap();
        assert_eq!(enabling.attributes.get("status"), Some(&Value::text("enabled")));
        assert_eq!(enabling.attributes.get("state"), Some(&Value::text("ENABLING")));
    }
}
