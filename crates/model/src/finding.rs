//! What controls come to: findings, how often each verdict fell, and what was not read; as one document with a version.
//!
//! What passes is counted, tenant by tenant; what does not is a [`Finding`] of its own. So the document stays readable where
//! sixty controls are asked of a million resources, and nothing is left out of the sums.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    Digest, Origin,
    facet::Reason,
    inventory::Gap,
    units::{Date, Timestamp},
};

/// Version of the document.
pub const VERSION: &str = "polity.audit/v1";

/// How bad it is if a control does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A matter of good order.
    Low,
    /// Helps an attacker who is already in.
    Medium,
    /// A way in, or out.
    High,
    /// An open door.
    Critical,
}

impl Severity {
    /// All of them, the worst first.
    pub const WORST_FIRST: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// When an organization on its way should have a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// At once.
    Basic,
    /// When the basic ones hold.
    Standard,
    /// When there is much to lose.
    Advanced,
}

impl Stage {
    /// All of them, the first one first.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Standard, Self::Advanced];

    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Standard => "standard",
            Self::Advanced => "advanced",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// All that an audit came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// [`VERSION`].
    pub version: String,
    /// Name of the organization.
    pub organization: String,
    /// When the reading began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Digest of the manifest.
    pub manifest: Digest,
    /// Name and version of what judged.
    pub evaluator: String,
    /// What was asked, by name of the control.
    pub controls: BTreeMap<String, Judged>,
    /// What does not pass (and what does, if that was asked for), the worst first.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What else must be said; sentences for people.
    pub notices: Vec<String>,
}

/// One control, and how its verdicts fell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// A few words.
    pub title: String,
    /// What an auditor reads.
    pub statement: String,
    /// Why it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    /// How bad it is if it does not hold.
    pub severity: Severity,
    /// When to have it.
    pub stage: Stage,
    /// Requirements that it helps to meet: `framework/id`.
    pub satisfies: Vec<String>,
    /// Facets that it is asked on; nothing is asked of resources if there are none.
    pub facets: Vec<String>,
    /// Digest of its text.
    pub digest: Digest,
    /// By manifest name of the tenant; `""` holds for what lies in no tenant of the manifest.
    pub tenants: BTreeMap<String, Judgement>,
}

/// One control in one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// How often each verdict fell.
    #[serde(flatten)]
    pub counts: Counts,
    /// What keeps it so, beside the resources themselves.
    pub protection: Protection,
    /// Its parameters, defaults included, as they could be written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, serde_json::Value>,
    /// Where it was attached.
    pub attached: Attached,
}

/// How often each verdict fell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// It holds.
    pub pass: u64,
    /// It does not hold.
    pub fail: u64,
    /// It cannot be said.
    pub unknown: u64,
    /// It does not hold, or cannot be said, and that is accepted.
    pub exempt: u64,
    /// It is not asked of that resource.
    pub not_applicable: u64,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.unknown += other.unknown;
        self.exempt += other.exempt;
        self.not_applicable += other.not_applicable;
    }

    /// How many resources were asked.
    pub const fn asked(self) -> u64 {
        self.pass + self.fail + self.unknown + self.exempt
    }
}

/// Whether something keeps a control from being broken again, beside good will.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Protection {
    /// The cloud itself refuses what would break it.
    Prevented {
        /// Names of the guardrails or settings.
        by: Vec<String>,
    },
    /// The manifest asks for what would prevent it, but that is not known to have been applied.
    Declared {
        /// Names of the guardrails or settings.
        by: Vec<String>,
    },
    /// Nothing prevents it, though the platform could: what passes is compliant only by luck.
    Luck,
    /// The platform cannot prevent it: what passes is compliant only by luck.
    Impossible {
        /// Why.
        reason: String,
    },
}

impl Protection {
    /// Whether what passes is compliant only by luck.
    pub const fn is_luck(&self) -> bool {
        matches!(self, Self::Luck | Self::Impossible { .. })
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prevented { by } => write!(f, "prevented by {}", by.join(", ")),
            Self::Declared { by } => write!(f, "to be prevented by {}, not applied yet", by.join(", ")),
            Self::Luck => f.write_str("not prevented, though the platform could"),
            Self::Impossible { reason } => write!(f, "not preventable: {reason}"),
        }
    }
}

/// Where a control was attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The place, in words: `organization`, `landing zone prod`.
    pub place: String,
    /// Where that is written.
    pub origin: Origin,
}

/// A control on one resource. It says all by itself, so that one can be sent to whoever has to act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it came to.
    #[serde(flatten)]
    pub status: Status,
    /// The control's name.
    pub control: Arc<str>,
    /// A few words.
    pub title: Arc<str>,
    /// What should hold.
    pub statement: Arc<str>,
    /// How bad it is if that does not hold.
    pub severity: Severity,
    /// Of what.
    pub resource: Subject,
    /// Where it lies.
    pub place: Arc<Whereabouts>,
    /// What keeps it from being broken again.
    pub protection: Arc<Protection>,
    /// Whether the control says how it is put right on this platform, and the manifest lets it be.
    pub correctable: bool,
    /// Where the control was attached.
    pub attached: Arc<Attached>,
}

/// What a control came to on one resource, exemptions applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It cannot be said; never counts as a pass.
    Unknown {
        /// Why not.
        reasons: Vec<Why>,
    },
    /// It does not hold, or cannot be said, and that is accepted for a time.
    Exempt {
        /// Name of the exemption.
        exemption: String,
        /// The last day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
        /// Who answers for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
        /// Why nothing can be said, where that is what was accepted; it does not hold if there is none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<Why>,
    },
}

impl Status {
    /// The word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown { .. } => "unknown",
            Self::Exempt { .. } => "exempt",
        }
    }

    /// Order in which they are shown: what does not hold first.
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Fail => 0,
            Self::Unknown { .. } => 1,
            Self::Exempt { .. } => 2,
            Self::Pass => 3,
        }
    }

    /// Why nothing can be said.
    pub fn reasons(&self) -> &[Why] {
        match self {
            Self::Unknown { reasons } | Self::Exempt { reasons, .. } => reasons,
            Self::Pass | Self::Fail => &[],
        }
    }
}

/// One thing that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Why {
    /// The field (`resource.public`); or the survey that could not list (`object-stores in sky/checkout-prod`).
    pub at: String,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.reason)
    }
}

/// What a finding is about: one resource, or, where not even a list could be had, all of a facet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// Name of the facet.
    pub facet: Arc<str>,
    /// Native id; `None`: whatever there is of the facet, for it could not be listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Arc<str>>,
    /// Native name; the id where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Arc<str>>,
    /// Where it is written, if it was judged before it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Origin>,
}

impl Subject {
    /// What to call it.
    pub fn called(&self) -> &str {
        self.name.as_deref().or(self.id.as_deref()).unwrap_or(&self.facet)
    }
}

/// Where a resource lies, in the manifest's words and in the cloud's.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Whereabouts {
    /// Manifest name of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Type of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_type: Option<String>,
    /// Manifest name of the tenant; none for what no manifest declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Native id of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The landing zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_zone: Option<String>,
    /// The person who answers for the unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Whereabouts {
    /// The tenant, as people call it.
    pub fn tenant(&self) -> &str {
        self.tenant.as_deref().or(self.tenant_id.as_deref()).unwrap_or("outside of all tenants")
    }
}

fn shared<T: Ord + ?Sized>(one: &Arc<T>, other: &Arc<T>) -> std::cmp::Ordering {
    if Arc::ptr_eq(one, other) { std::cmp::Ordering::Equal } else { one.cmp(other) }
}

impl Finding {
    /// The order in which findings are shown: by status, severity, control, tenant and resource.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |finding: &Self| (finding.status.rank(), std::cmp::Reverse(finding.severity));
        // Most of what stands side by side shares its control and its place.
        key(self)
            .cmp(&key(other))
            .then_with(|| shared(&self.control, &other.control))
            .then_with(|| shared(&self.place, &other.place))
            .then_with(|| self.resource.cmp(&other.resource))
    }
}

impl Audit {
    /// How often each verdict fell, over all controls and tenants.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.controls.values().for_each(|judged| sum.add(judged.counts()));
        sum
    }

    /// Whether a control of this severity or worse does not hold somewhere.
    pub fn fails_at(&self, severity: Severity) -> bool {
        self.controls.values().any(|judged| judged.severity >= severity && judged.counts().fail > 0)
    }
}

impl Judged {
    /// How often each verdict fell, over all tenants.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.tenants.values().for_each(|judgement| sum.add(judgement.counts));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(status: Status, severity: Severity, control: &str) -> Finding {
        Finding {
            status,
            control: control.into(),
            title: "t".into(),
            statement: "s".into(),
            severity,
            resource: Subject {
                facet: "object_store".into(),
                id: Some("b-1".into()),
                name: None,
                region: None,
                written: None,
            },
            place: Arc::default(),
            protection: Arc::new(Protection::Luck),
            correctable: false,
            attached: Arc::new(Attached { place: "organization".into(), origin: Origin::file("o.yaml") }),
        }
    }

    #[test]
    fn what_fails_comes_first_and_then_the_worst() {
        let mut findings = [
            finding(Status::Unknown { reasons: vec![] }, Severity::Critical, "a"),
            finding(Status::Fail, Severity::Low, "a"),
            finding(Status::Fail, Severity::High, "b"),
            finding(Status::Fail, Severity::High, "a"),
        ];
        findings.sort_by(Finding::order);
        let order: Vec<String> =
            findings.iter().map(|f| format!("{} {} {}", f.status.word(), f.severity, f.control)).collect();
        assert_eq!(order, ["fail high a", "fail high b", "fail low a", "unknown critical a"]);
    }

    #[test]
    fn a_finding_keeps_through_json() {
        let reasons = vec![Why { at: "resource.public".into(), reason: Reason::Denied { permission: "x:Get".into() } }];
        for status in [
            Status::Pass,
            Status::Unknown { reasons: reasons.clone() },
            Status::Exempt { exemption: "old".into(), until: None, owner: Some("ada".into()), reasons },
        ] {
            let finding = finding(status, Severity::Medium, "a");
            let json = serde_json::to_value(&finding).unwrap();
            assert_eq!(json["status"], finding.status.word());
            assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
        }
    }
}
