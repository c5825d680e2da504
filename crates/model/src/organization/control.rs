//! Controls as the manifest speaks of them: attached to places, enforced or not, and with exemptions.
//!
//! What a control says is not known here: only its name, and the parameters as they are written.

use serde::{Deserialize, Serialize};

use super::{LandingZone, Named, Organization, Place, Tenant};
use crate::{Origin, units::Date, written::Written};

/// One item of `controls:` at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The control or baseline.
    pub what: Attached,
    /// Parameters by name, a mapping; empty where none are written.
    pub params: Written,
    /// How far it goes; as above where nothing is written, and [`Enforce::Enforce`] where nothing is above.
    pub enforce: Option<Enforce>,
    /// Whether it may be put right; as above where nothing is written, and [`Correct::Approve`] where nothing is above.
    pub correct: Option<Correct>,
    /// Where the item stands.
    pub origin: Origin,
}

/// What is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attached {
    /// One control.
    Control(Named),
    /// A named set of controls with parameters.
    Baseline(Named),
}

impl Attached {
    /// The name and where it stands.
    pub fn named(&self) -> &Named {
        match self {
            Self::Control(named) | Self::Baseline(named) => named,
        }
    }
}

/// How far a control goes at a place. In order: what comes later is stricter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enforce {
    /// Neither prevented nor judged.
    Off,
    /// Judged, but nothing is prevented.
    Audit,
    /// Judged, and prevented where the platform can.
    #[default]
    Enforce,
}

impl Enforce {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Off, Self::Audit, Self::Enforce];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Audit => "audit",
            Self::Enforce => "enforce",
        }
    }
}

/// Whether what fails may be put right from here. In order: what comes earlier is more careful.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Correct {
    /// Never: people do it.
    Never,
    /// By a plan that somebody approves.
    #[default]
    Approve,
    /// By a plan that nobody has to approve; brakes hold it all the same.
    Auto,
}

impl Correct {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Never, Self::Approve, Self::Auto];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Approve => "approve",
            Self::Auto => "auto",
        }
    }
}

/// An accepted deviation from controls: by whom, why, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// Manifest name.
    pub name: String,
    /// Names of the controls that need not hold.
    pub controls: Vec<Named>,
    /// Where: tenants.
    pub tenants: Vec<Named>,
    /// Where: all tenants of these projects.
    pub projects: Vec<Named>,
    /// Where: all tenants in these landing zones and below. With no tenant, project or landing zone: everywhere.
    pub landing_zones: Vec<Named>,
    /// Which resources: patterns with `*` and `?` over native ids; all of them without one.
    pub resources: Vec<Named>,
    /// The person or team who answers for it.
    pub owner: Named,
    /// Why.
    pub reason: String,
    /// The control that stands in.
    pub compensating: Option<Named>,
    /// Last day on which it holds.
    pub until: Date,
    /// Where it is declared.
    pub origin: Origin,
}

impl Exemption {
    /// Whether its last day is over.
    pub fn expired(&self, today: Date) -> bool {
        self.until < today
    }

    /// Whether it is about this control.
    pub fn is_of(&self, control: &str) -> bool {
        self.controls.iter().any(|named| named.name == control)
    }

    /// Whether it holds everywhere, in tenants that no manifest declares too.
    pub fn is_everywhere(&self) -> bool {
        self.tenants.is_empty() && self.projects.is_empty() && self.landing_zones.is_empty()
    }

    /// Whether it is about resources in this tenant.
    pub fn reaches(&self, organization: &Organization, tenant: &Tenant) -> bool {
        let names = |list: &[Named], name: &str| list.iter().any(|named| named.name == name);
        self.is_everywhere()
            || names(&self.tenants, &tenant.name)
            || names(&self.projects, &tenant.project)
            || tenant.landing_zone.as_ref().is_some_and(|zone| {
                organization
                    .landing_zone_chain(Some(&zone.name))
                    .iter()
                    .any(|zone| names(&self.landing_zones, &zone.name))
            })
    }

    /// Whether it is about the resource with this native id, wherever that lies.
    pub fn names_resource(&self, id: &str) -> bool {
        self.resources.is_empty() || self.resources.iter().any(|pattern| matches(&pattern.name, id))
    }

    /// Whether a pattern of `resources` is about the resource with this native id.
    pub fn pattern_fits(pattern: &str, id: &str) -> bool {
        matches(pattern, id)
    }
}

/// Whether a text fits a pattern in which `*` is any text and `?` any character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    // Where the last star stands, and how much of the text it takes so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = text.get(read) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == character => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((behind, taken)) = star else { return false };
                star = Some((behind, taken + 1));
                at = behind + 1;
                read = taken + 1;
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == '*')
}

impl Place {
    /// The noun, and the name where it has one: `("landing zone", "prod")`.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Organization => ("organization", ""),
            Self::Unit(name) => ("unit", name),
            Self::LandingZone(name) => ("landing zone", name),
            Self::Project(name) => ("project", name),
            Self::Tenant(name) => ("tenant", name),
        }
    }
}

/// In words: `the landing zone `prod``.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.parts() {
            (noun, "") => write!(f, "the {noun}"),
            (noun, name) => write!(f, "the {noun} `{name}`"),
        }
    }
}

impl Organization {
    /// What is written at a place itself.
    pub fn controls_at(&self, place: &Place) -> &[Attachment] {
        match place {
            Place::Organization => Some(&self.controls),
            Place::Unit(name) => self.units.get(name).map(|unit| &unit.controls),
            Place::LandingZone(name) => self.landing_zones.get(name).map(|zone| &zone.controls),
            Place::Project(name) => self.projects.get(name).map(|project| &project.controls),
            Place::Tenant(name) => self.tenants.get(name).map(|tenant| &tenant.controls),
        }
        .map_or(&[], Vec::as_slice)
    }

    /// All places at which controls can be attached: those above before those below.
    pub fn places(&self) -> Vec<Place> {
        let mut zones: Vec<(usize, &LandingZone)> =
            self.landing_zones.values().map(|zone| (self.landing_zone_chain(Some(&zone.name)).len(), zone)).collect();
        zones.sort_by_key(|(depth, zone)| (*depth, &zone.name));
        let mut units: Vec<_> =
            self.units.values().map(|unit| (self.unit_chain(&unit.name).len(), &unit.name)).collect();
        units.sort();
        [Place::Organization]
            .into_iter()
            .chain(zones.into_iter().map(|(_, zone)| Place::LandingZone(zone.name.clone())))
            .chain(units.into_iter().map(|(_, name)| Place::Unit(name.clone())))
            .chain(self.projects.keys().cloned().map(Place::Project))
            .chain(self.tenants.keys().cloned().map(Place::Tenant))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*logs*", "urn:store/old-logs-2", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "a-b-b-c", true),
            ("", "a", false),
            ("**", "a", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_stricter_comes_later() {
        assert!(Enforce::Off < Enforce::Audit && Enforce::Audit < Enforce::Enforce);
        assert_eq!(Enforce::ALL.map(Enforce::word), ["off", "audit", "enforce"]);
        assert!(Correct::Never < Correct::Approve && Correct::Approve < Correct::Auto);
        assert_eq!(Correct::ALL.map(Correct::word), ["never", "approve", "auto"]);
    }
}
