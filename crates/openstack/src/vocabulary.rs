//! What the platform type `openstack` adds to the manifest language.

use polity_model::{
    shape::{Field, Shape},
    vocabulary::PlatformType,
};

use crate::{coverage::COVERAGE, depth, kinds};

/// The platform type.
pub fn platform_type() -> PlatformType {
    PlatformType {
        title: "OpenStack",
        platform: platform_fields(),
        home: "",
        role: kinds::role::fields(),
        guardrail: Vec::new(),
        settings: kinds::project::settings(),
        regions: Vec::new(),
        tenant_name_max: 64,
        tenants_reserved: Vec::new(),
        tenant_email: false,
        currencies: Vec::new(),
        // A tenant is one level more, and the domain is none.
        landing_zone_depth: depth::MAX - 1,
        coverage: COVERAGE.to_vec(),
    }
}

fn platform_fields() -> Vec<Field> {
    vec![
        Field::new("cloud", Shape::Text, "entry of `clouds.yaml`; the one that `OS_CLOUD` names unless written"),
        Field::new(
            "domain",
            Shape::Text,
            "domain that is managed; `Default` unless written. It is made where it is missing",
        ),
        Field::new(
            "users",
            Shape::OneOf(&["managed", "existing"]),
            "whether people and teams are made in the domain, or come from a directory and are found by name; `managed` unless written",
        ),
        Field::new("identity_provider", Shape::Text, "identity provider in Keystone by which people sign in"),
        Field::new("protocol", Shape::Text, "its protocol in Keystone; `openid` unless written"),
        Field::new(
            "quotas",
            Shape::OneOf(&["services", "unified"]),
            "whether each service keeps its quotas, or Keystone as unified limits; `services` unless written",
        ),
        Field::new(
            "retired",
            Shape::Text,
            "why the domain ends: the projects, people and teams that Polity made in it end first, then it is disabled and deleted",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn fields_are_named_once_and_documented() {
        let openstack = platform_type();
        for fields in [&openstack.platform, &openstack.role, &openstack.settings] {
            let names: BTreeSet<&str> = fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), fields.len());
            assert!(fields.iter().all(|field| !field.doc.is_empty() && !field.doc.ends_with('.')));
        }
    }
}
