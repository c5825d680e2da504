//! Resource types and properties of templates, under the names that Terraform has for them.

use polity_model::Origin;

use super::embedded;
use crate::{
    native::Native,
    tree::{Node, Target, Tree},
};

/// Properties by other names, and where they lie.
type Renames = &'static [(&'static str, &'static str)];

/// Types, and the properties whose names differ by more than their case.
const TYPES: &[(&str, &str, Renames)] = &[
    ("AWS::S3::Bucket", "aws_s3_bucket", &[("bucket_name", "bucket")]),
    ("AWS::S3::BucketPolicy", "aws_s3_bucket_policy", &[("policy_document", "policy")]),
    (
        "AWS::EC2::SecurityGroup",
        "aws_security_group",
        &[("group_name", "name"), ("security_group_ingress", "ingress"), ("security_group_egress", "egress")],
    ),
    ("AWS::EC2::SecurityGroupIngress", "aws_vpc_security_group_ingress_rule", &[("group_id", "security_group_id")]),
    ("AWS::EC2::SecurityGroupEgress", "aws_vpc_security_group_egress_rule", &[("group_id", "security_group_id")]),
    ("AWS::EC2::Volume", "aws_ebs_volume", &[]),
    ("AWS::EC2::Instance", "aws_instance", &[]),
    ("AWS::EC2::LaunchTemplate", "aws_launch_template", &[("launch_template_name", "name")]),
    ("AWS::EC2::VPC", "aws_vpc", &[]),
    ("AWS::EC2::Subnet", "aws_subnet", &[]),
    ("AWS::EC2::FlowLog", "aws_flow_log", &[("resource_id", "vpc_id")]),
    ("AWS::EC2::VPCGatewayAttachment", "aws_internet_gateway", &[]),
    ("AWS::EC2::VPCEndpoint", "aws_vpc_endpoint", &[]),
    ("AWS::EC2::SnapshotBlockPublicAccess", "aws_ebs_snapshot_block_public_access", &[]),
    (
        "AWS::KMS::Key",
        "aws_kms_key",
        &[
            ("key_policy", "policy"),
            ("enabled", "is_enabled"),
            ("key_spec", "customer_master_key_spec"),
            ("pending_window_in_days", "deletion_window_in_days"),
        ],
    ),
    ("AWS::RDS::DBInstance", "aws_db_instance", DATABASE),
    ("AWS::RDS::DBCluster", "aws_rds_cluster", DATABASE),
    ("AWS::Lambda::Function", "aws_lambda_function", &[]),
    (
        "AWS::Lambda::Url",
        "aws_lambda_function_url",
        &[("target_function_arn", "function_name"), ("auth_type", "authorization_type")],
    ),
    ("AWS::Lambda::Permission", "aws_lambda_permission", &[]),
    ("AWS::IAM::User", "aws_iam_user", &[("user_name", "name")]),
    ("AWS::IAM::Role", "aws_iam_role", &[("role_name", "name"), ("assume_role_policy_document", "assume_role_policy")]),
    ("AWS::IAM::Group", "aws_iam_group", &[("group_name", "name")]),
    ("AWS::IAM::Policy", "aws_iam_inline_policies", &[("policy_document", "policy"), ("policy_name", "name")]),
    ("AWS::IAM::ManagedPolicy", "aws_iam_policy", &[("policy_document", "policy"), ("managed_policy_name", "name")]),
    ("AWS::IAM::AccessKey", "aws_iam_access_key", &[("user_name", "user")]),
    (
        "AWS::CloudTrail::Trail",
        "aws_cloudtrail",
        &[
            ("trail_name", "name"),
            ("is_logging", "enable_logging"),
            ("cloud_watch_logs_log_group_arn", "cloud_watch_logs_group_arn"),
            ("event_selectors", "event_selector"),
            ("advanced_event_selectors", "advanced_event_selector"),
            ("data_resources", "data_resource"),
            ("field_selectors", "field_selector"),
        ],
    ),
    ("AWS::Logs::LogGroup", "aws_cloudwatch_log_group", &[("log_group_name", "name")]),
    ("AWS::SecretsManager::Secret", "aws_secretsmanager_secret", &[]),
    ("AWS::SecretsManager::RotationSchedule", "aws_secretsmanager_secret_rotation", &[]),
    (
        "AWS::SecretsManager::ResourcePolicy",
        "aws_secretsmanager_secret_policy",
        &[("secret_id", "secret_arn"), ("resource_policy", "policy")],
    ),
];

const DATABASE: Renames = &[
    ("db_instance_identifier", "identifier"),
    ("db_cluster_identifier", "cluster_identifier"),
    ("enable_iam_database_authentication", "iam_database_authentication_enabled"),
    ("enable_cloudwatch_logs_exports", "enabled_cloudwatch_logs_exports"),
];

/// Below these, names are the user's own or those of a policy.
const VERBATIM: &[&str] =
    &["PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy", "ResourcePolicy", "Tags", "Variables"];

/// The resource, and those that it holds within where Terraform has them beside it.
pub(super) fn natives(name: &str, kind: &str, origin: &Origin, properties: Option<Tree>) -> Vec<Native> {
    let known = TYPES.iter().find(|(called, ..)| *called == kind);
    let (translated, renames) = known.map_or((kind, &[][..]), |(_, translated, renames)| (*translated, *renames));
    let tree =
        properties.map_or_else(|| Tree::new(origin, Node::Map(Vec::new())), |properties| rename(&properties, renames));
    let native = Native {
        address: name.to_owned(),
        plain: name.to_owned(),
        module: String::new(),
        key: None,
        kind: translated.to_owned(),
        called: kind.to_owned(),
        data: false,
        tree,
        origin: origin.clone(),
    };
    embedded::spread(native)
}

fn rename(tree: &Tree, renames: Renames) -> Tree {
    let node = match &tree.node {
        Node::Map(entries) => Node::Map(
            entries
                .iter()
                .map(|(key, value)| {
                    let name = snake(key);
                    let name = renames.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| (*to).to_owned());
                    (name, if VERBATIM.contains(&key.as_str()) { value.clone() } else { rename(value, renames) })
                })
                .collect(),
        ),
        Node::List(items) => Node::List(items.iter().map(|item| rename(item, renames)).collect()),
        node => node.clone(),
    };
    Tree::new(&tree.origin, node)
}

/// `DBInstanceIdentifier` as `db_instance_identifier`.
fn snake(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut text = String::with_capacity(name.len() + 4);
    for (index, character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| characters.get(index));
        let lower_before = before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit());
        let lower_behind = characters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let upper_before = before.is_some_and(char::is_ascii_uppercase);
        if character.is_ascii_uppercase() && (lower_before || (upper_before && lower_behind)) {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

/// A reference to a resource of the template.
pub(super) fn reference(name: &str, origin: &Origin) -> Tree {
    let target = Target { address: name.to_owned(), key: None, attribute: "Ref".to_owned() };
    Tree::new(origin, Node::Open(vec![target]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_snake_case() {
        for (camel, name) in [
            ("DBInstanceIdentifier", "db_instance_identifier"),
            ("MultiAZ", "multi_az"),
            ("EnableIAMDatabaseAuthentication", "enable_iam_database_authentication"),
            ("KMSKeyId", "kms_key_id"),
            ("CidrIpv6", "cidr_ipv6"),
            ("PrincipalOrgID", "principal_org_id"),
            ("S3BucketName", "s3_bucket_name"),
        ] {
            assert_eq!(snake(camel), name);
        }
    }
}
