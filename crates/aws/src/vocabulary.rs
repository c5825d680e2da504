//! What the platform type `aws` adds to the manifest language.

use polity_model::{
    shape::{Field, Shape},
    vocabulary::PlatformType,
};

use crate::{coverage::COVERAGE, kinds};

/// Short names of the policy types that a guardrail may have.
pub(crate) const POLICY_TYPES: &[&str] = &[
    "service-control",
    "resource-control",
    "tag",
    "backup",
    "ai-opt-out",
    "chat-applications",
    "declarative-ec2",
    "security-hub",
    "inspector",
    "upgrade-rollout",
    "bedrock",
    "s3",
    "network-security-director",
];

/// Regions of the partitions that Polity speaks to.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Currencies that AWS bills in.
pub(crate) const CURRENCIES: [&str; 2] = ["USD", "CNY"];
/// An account number.
const ACCOUNT: Shape = Shape::Pattern { regex: "[0-9]{12}", called: "a 12-digit account number" };
/// A service principal.
const SERVICE: Shape = Shape::Pattern {
    regex: r"[a-z0-9.\-]+\.amazonaws\.com(\.cn)?",
    called: "a service principal such as `sso.amazonaws.com`",
};

/// The platform type.
pub fn platform_type() -> PlatformType {
    let mut settings = kinds::member_settings_fields();
    settings.push(Field::new(
        "alternate_contacts",
        Shape::Record(vec![
            Field::new("security", contact(), "whom AWS tells about security"),
            Field::new("billing", contact(), "whom AWS tells about bills"),
            Field::new("operations", contact(), "whom AWS tells about operations"),
        ]),
        "whom AWS tells about an account, besides its root e-mail address",
    ));
    PlatformType {
        title: "Amazon Web Services",
        platform: platform_fields(),
        home: "management_account",
        role: kinds::role_fields(),
        guardrail: vec![
            Field::required("type", Shape::OneOf(POLICY_TYPES), "type of the organization policy"),
            Field::required("document", Shape::Document, "the policy document, as AWS defines it for this type"),
        ],
        settings,
        regions: REGIONS.to_vec(),
        tenant_name_max: 50,
        tenants_reserved: Vec::new(),
        tenant_email: true,
        currencies: CURRENCIES.to_vec(),
        landing_zone_depth: 5,
        coverage: COVERAGE.to_vec(),
    }
}

fn platform_fields() -> Vec<Field> {
    let delegated = Shape::Record(vec![
        Field::required("service", SERVICE, "service principal that is delegated"),
        Field::required("tenant", Shape::Reference(&["tenant"]), "tenant whose account administers the service"),
    ]);
    vec![
        Field::required("management_account", ACCOUNT, "number of the account that manages the AWS organization"),
        Field::new(
            "profile",
            Shape::Text,
            "profile of AWS's own configuration to log in with; what the environment says unless written",
        ),
        Field::new(
            "tenant_email",
            Shape::Text,
            "e-mail address of each new account, with `{tenant}` where its name goes; a tenant may write its own",
        ),
        Field::new(
            "region",
            Shape::Region,
            "region of Identity Center and of calls that need one; `us-east-1` unless written",
        ),
        Field::new(
            "regions",
            Shape::Set(Box::new(Shape::Region)),
            "regions in which accounts are set up; `region` unless written",
        ),
        Field::new(
            "identity_center",
            Shape::Bool,
            "whether people and access are managed by Identity Center; `true` unless written",
        ),
        Field::new(
            "trusted_access",
            Shape::Set(Box::new(SERVICE)),
            "services that may act in the whole AWS organization",
        ),
        Field::new(
            "delegated_administrators",
            Shape::List(Box::new(delegated)),
            "accounts that administer a service for all",
        ),
        Field::new(
            "assume_role",
            Shape::Pattern { regex: r"[A-Za-z0-9+=,.@_/\-]{1,512}", called: "the name of an IAM role" },
            "role that is assumed in member accounts; `OrganizationAccountAccessRole` unless written",
        ),
        Field::new(
            "reserved_policies",
            Shape::Int { min: 0, max: 9 },
            "policies at each place that are left to others, such as AWS Control Tower, when controls become guardrails",
        ),
        Field::new(
            "quarantine",
            Shape::Reference(&["landing_zone"]),
            "landing zone to which tenants with `state: quarantined` are moved",
        ),
    ]
}

fn contact() -> Shape {
    Shape::Record(vec![
        Field::required("name", Shape::Text, "name of the contact"),
        Field::required("title", Shape::Text, "title of the contact"),
        Field::required("email", Shape::Email, "e-mail address of the contact"),
        Field::required("phone", Shape::Text, "telephone number of the contact"),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        kinds::policy_type::TYPES,
        services::{PARTITIONS, Partition},
    };

    #[test]
    fn every_policy_type_can_be_written() {
        assert_eq!(POLICY_TYPES, TYPES.map(|(short, _)| short));
    }

    #[test]
    fn fields_are_named_once_and_documented() {
        let aws = platform_type();
        for fields in [&aws.platform, &aws.role, &aws.guardrail, &aws.settings] {
            let names: BTreeSet<&str> = fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), fields.len());
            assert!(fields.iter().all(|field| !field.doc.is_empty() && !field.doc.ends_with('.')));
        }
    }

    #[test]
    fn regions_are_sorted_and_cover_every_partition() {
        assert!(REGIONS.is_sorted());
        for partition in &PARTITIONS {
            assert!(REGIONS.contains(&partition.hub));
            assert!(REGIONS.iter().any(|region| Partition::of(region) == partition));
        }
    }
}
