//! What the platform type `kubernetes` adds to the manifest language.

use polity_model::{
    shape::{Field, Shape},
    vocabulary::PlatformType,
};

use crate::{
    coverage::COVERAGE,
    kinds,
    names::{LABEL_MAX, SYSTEM},
};

/// The platform type.
pub fn platform_type() -> PlatformType {
    PlatformType {
        title: "Kubernetes",
        platform: platform_fields(),
        home: "cluster_id",
        role: kinds::role_fields(),
        guardrail: kinds::guardrail_fields(),
        settings: kinds::settings_fields(),
        tenant_name_max: LABEL_MAX,
        tenants_reserved: vec![SYSTEM],
        coverage: COVERAGE.to_vec(),
        ..PlatformType::default()
    }
}

fn platform_fields() -> Vec<Field> {
    let uid = Shape::Pattern {
        regex: "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        called: "the `uid` of the cluster's namespace `kube-system`",
    };
    vec![
        Field::new("context", Shape::Text, "context of the kubeconfig; the current one unless written"),
        Field::new(
            "cluster_id",
            uid,
            "the `uid` of the cluster's namespace `kube-system`: no other cluster is taken for this one",
        ),
        Field::new(
            "user_prefix",
            Shape::Text,
            "what the server puts before the login names of people, such as `oidc:`",
        ),
        Field::new("group_prefix", Shape::Text, "what the server puts before the names of teams, such as `oidc:`"),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn fields_are_named_once_and_documented() {
        let kubernetes = platform_type();
        for fields in [&kubernetes.platform, &kubernetes.role, &kubernetes.guardrail, &kubernetes.settings] {
            let names: BTreeSet<&str> = fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), fields.len());
            assert!(fields.iter().all(|field| !field.doc.is_empty() && !field.doc.ends_with('.')));
        }
    }
}
