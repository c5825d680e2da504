//! The catalog: which services there are, and where.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// Older names of service types, beside the official ones that our operations use.
const ALIASES: [(&str, &[&str]); 2] =
    [("block-storage", &["block-store", "volumev3", "volume"]), ("identity", &["identityv3"])];

/// Endpoints by service type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Catalog(BTreeMap<String, Vec<Endpoint>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Endpoint {
    interface: String,
    region: String,
    url: String,
}

impl Catalog {
    /// Reads the catalog of a token.
    pub(crate) fn of(catalog: &Json) -> Self {
        let mut services: BTreeMap<String, Vec<Endpoint>> = BTreeMap::new();
        for service in catalog.as_array().into_iter().flatten() {
            let text = |object: &Json, name: &str| object.get(name).and_then(Json::as_str).map(str::to_owned);
            let Some(kind) = text(service, "type") else { continue };
            let endpoints = service.get("endpoints").and_then(Json::as_array).into_iter().flatten();
            services.entry(kind).or_default().extend(endpoints.filter_map(|endpoint| {
                Some(Endpoint {
                    interface: text(endpoint, "interface")?,
                    region: text(endpoint, "region_id").or_else(|| text(endpoint, "region")).unwrap_or_default(),
                    url: text(endpoint, "url")?.trim_end_matches('/').to_owned(),
                })
            }));
        }
        Self(services)
    }

    /// Where a service is; `None` where it is not, in this region or at this interface.
    pub(crate) fn endpoint(&self, service: &str, region: Option<&str>, interface: &str) -> Option<&str> {
        let fits = |endpoint: &&Endpoint| {
            endpoint.interface == interface && region.is_none_or(|region| endpoint.region == region)
        };
        names(service).find_map(|kind| self.0.get(kind)?.iter().find(fits)).map(|endpoint| endpoint.url.as_str())
    }

    /// The regions in which a service is, at any interface.
    pub(crate) fn regions(&self, service: &str) -> BTreeSet<&str> {
        let endpoints = names(service).filter_map(|kind| self.0.get(kind)).flatten();
        endpoints.map(|endpoint| endpoint.region.as_str()).collect()
    }

    /// Types of all services, for messages.
    pub(crate) fn services(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The official name of a service type, then the older ones.
fn names(service: &str) -> impl Iterator<Item = &str> {
    let older = ALIASES.iter().find(|(name, _)| *name == service).map_or(&[][..], |(_, aliases)| aliases);
    std::iter::once(service).chain(older.iter().copied())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_is_found_by_type_region_and_interface() {
        let endpoint =
            |interface: &str, region: &str, url: &str| json!({"interface": interface, "region_id": region, "url": url});
        let catalog = Catalog::of(&json!([
            {"type": "compute", "endpoints": [endpoint("public", "one", "http://n1/v2.1/"), endpoint("public", "two", "http://n2/v2.1"), endpoint("internal", "two", "http://n3")]},
            {"type": "volumev3", "endpoints": [endpoint("public", "one", "http://c/v3/p")]},
            {"type": "broken"}, {}, 7,
        ]));
        assert_eq!(catalog.endpoint("compute", None, "public"), Some("http://n1/v2.1"));
        assert_eq!(catalog.endpoint("compute", Some("two"), "public"), Some("http://n2/v2.1"));
        assert_eq!(catalog.endpoint("compute", Some("two"), "internal"), Some("http://n3"));
        assert_eq!(catalog.endpoint("block-storage", Some("one"), "public"), Some("http://c/v3/p"));
        assert_eq!(catalog.endpoint("block-storage", Some("two"), "public"), None);
        assert_eq!(catalog.endpoint("network", None, "public"), None);
        assert_eq!(catalog.regions("compute"), ["one", "two"].into());
        assert_eq!(catalog.regions("block-storage"), ["one"].into());
        assert!(catalog.regions("network").is_empty());
        assert_eq!(Catalog::of(&Json::Null), Catalog::default());
    }
}
