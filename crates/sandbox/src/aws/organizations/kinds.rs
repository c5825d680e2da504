//! The policy types, with the quotas that AWS documents for each.

/// One policy type.
pub(super) struct Kind {
    /// As in AWS's interface.
    pub(super) name: &'static str,
    /// Greatest document, in characters.
    pub(super) size: usize,
    /// Policies of the type on one root, unit or account at most.
    pub(super) per_target: usize,
    /// Policies of the type in one organization at most.
    pub(super) count: usize,
    /// The one member that its documents have, where that is documented.
    pub(super) member: Option<&'static str>,
}

const fn management(name: &'static str, size: usize, per_target: usize, member: Option<&'static str>) -> Kind {
    Kind { name, size, per_target, count: 1000, member }
}

/// All of them, by name.
pub(super) const KINDS: [Kind; 13] = [
    management("AISERVICES_OPT_OUT_POLICY", 2_500, 5, Some("services")),
    management("BACKUP_POLICY", 10_000, 10, Some("plans")),
    management("BEDROCK_POLICY", 10_000, 10, None),
    management("CHATBOT_POLICY", 10_000, 5, None),
    management("DECLARATIVE_POLICY_EC2", 10_000, 10, Some("ec2_attributes")),
    management("INSPECTOR_POLICY", 10_000, 10, None),
    management("NETWORK_SECURITY_DIRECTOR_POLICY", 10_000, 10, None),
    Kind { name: "RESOURCE_CONTROL_POLICY", size: 5_120, per_target: 5, count: 2_000, member: None },
    management("S3_POLICY", 10_000, 10, None),
    management("SECURITYHUB_POLICY", 10_000, 10, None),
    Kind { name: "SERVICE_CONTROL_POLICY", size: 10_240, per_target: 10, count: 10_000, member: None },
    management("TAG_POLICY", 10_000, 10, Some("tags")),
    management("UPGRADE_ROLLOUT_POLICY", 10_000, 10, None),
];

impl Kind {
    /// Whether it says what may be done, not how things are to be.
    pub(super) fn authorizes(&self) -> bool {
        matches!(self.name, "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY")
    }
}

/// The type of this name.
pub(super) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The policy that AWS attaches everywhere while a type is enabled.
pub(super) fn default_policy(kind: &str) -> Option<&'static str> {
    match kind {
        "SERVICE_CONTROL_POLICY" => Some(FULL_ACCESS),
        "RESOURCE_CONTROL_POLICY" => Some(RESOURCE_FULL_ACCESS),
        _ => None,
    }
}

/// AWS's own service control policy.
pub(super) const FULL_ACCESS: &str = "p-FullAWSAccess";
/// AWS's own resource control policy.
pub(super) const RESOURCE_FULL_ACCESS: &str = "p-RCPFullAWSAccess";

/// The service whose trusted access a type needs, where that is documented.
pub(super) fn needs_service(kind: &str) -> Option<&'static str> {
    (kind == "SECURITYHUB_POLICY").then_some("securityhub.amazonaws.com")
}
