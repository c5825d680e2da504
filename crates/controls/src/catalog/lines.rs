//! Which lines of a framework are met, by which controls, and how.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Catalog, Framework};
use crate::coverage::{Cover, Extent};

/// A line of a framework and the controls that help to meet it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Met {
    /// The line's id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The controls that help to meet it, by name, and how far they go on every platform type that was asked for.
    pub controls: BTreeMap<String, How>,
}

/// How far a control goes for a requirement: what it does on all of the platform types that were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct How {
    /// It keeps it from happening.
    pub prevented: bool,
    /// It finds it.
    pub detected: bool,
}

/// How far the lines of a framework are met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Lines that a control prevents for.
    pub prevented: usize,
    /// Lines that no control prevents for, but one detects.
    pub detected: usize,
    /// Lines that controls name, which neither prevent nor detect on these platform types.
    pub named: usize,
    /// Lines that no control names.
    pub open: usize,
}

impl Met {
    /// What the controls of this line do, taken together.
    pub fn how(&self) -> How {
        How {
            prevented: self.controls.values().any(|how| how.prevented),
            detected: self.controls.values().any(|how| how.detected),
        }
    }
}

impl Catalog {
    /// Every line of a framework in the order written, with the controls of `covers` that help to meet it. A control that is
    /// in no cover does not count: whoever asks what is met today gives the covers of the controls that hold today.
    pub fn met(&self, framework: &Framework, covers: &[Cover]) -> Vec<Met> {
        let mut hows: BTreeMap<&str, How> = BTreeMap::new();
        for cover in covers {
            let how = hows.entry(&cover.control).or_insert(How { prevented: true, detected: true });
            how.prevented &= cover.prevent == Extent::Exact;
            how.detected &= cover.detect == Extent::Exact;
        }
        let mut by_line: BTreeMap<&str, BTreeMap<String, How>> = BTreeMap::new();
        for (name, how) in hows {
            let Some(control) = self.controls.get(name) else { continue };
            for one in control.satisfies.iter().filter(|one| one.framework == framework.name) {
                by_line.entry(&one.id).or_default().insert(name.to_owned(), how);
            }
        }
        let line = |(id, line): (&str, &super::Line)| Met {
            id: id.to_owned(),
            title: line.title.clone(),
            controls: by_line.remove(id).unwrap_or_default(),
        };
        framework.in_order().into_iter().map(line).collect()
    }
}

/// Counts lines by how they are met.
pub fn tally(lines: &[Met]) -> Tally {
    let mut tally = Tally::default();
    for line in lines {
        let how = line.how();
        let count = match (how.prevented, how.detected, line.controls.is_empty()) {
            (true, _, _) => &mut tally.prevented,
            (false, true, _) => &mut tally.detected,
            (false, false, false) => &mut tally.named,
            (false, false, true) => &mut tally.open,
        };
        *count += 1;
    }
    tally
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use polity_model::{Origin, Value, written::Written};
    use serde_json::{Value as Json, json};

    use super::*;

    fn catalog() -> Catalog {
        let control = |name: &str, satisfies: Json| {
            json!({
                "kind": "control", "name": name, "title": "T", "statement": "S.", "severity": "low",
                "prevent": {"nimbus": [{"deny": name}]}, "satisfies": satisfies,
                "detect": {"on": "image", "assert": "!resource.public"},
                "cases": [{"pass": {"public": false}}, {"fail": {"public": true}}],
            })
        };
        let lines =
            json!([{"id": "H.2", "title": "Two"}, {"id": "H.1", "title": "One"}, {"id": "H.3", "title": "Three"}]);
        let documents = [
            json!({"kind": "framework", "name": "house", "title": "House", "lines": lines}),
            json!({"kind": "framework", "name": "other", "title": "Other", "lines": [{"id": "H.1", "title": "Else"}]}),
            control("doors", json!(["house/H.1", "house/H.2"])),
            control("lights", json!(["house/H.2", "other/H.1"])),
        ];
        let written = documents.map(|json| Written::of(&Value::from_json(&json), &Origin::file("x.yaml")));
        let (catalog, diagnostics) = Catalog::read(&written);
        assert_eq!(diagnostics, []);
        catalog
    }

    fn cover(control: &str, platform_type: &str, prevents: bool, detects: bool) -> Cover {
        let extent = |can: bool| if can { Extent::Exact } else { Extent::Impossible("no switch".to_owned()) };
        let (control, platform_type) = (control.to_owned(), platform_type.to_owned());
        Cover { control, platform_type, prevent: extent(prevents), detect: extent(detects), correct: extent(false) }
    }

    #[test]
    fn lines_are_met_by_what_holds() {
        let catalog = catalog();
        let house = &catalog.frameworks["house"];
        let covers = [cover("doors", "nimbus", false, true), cover("lights", "nimbus", true, true)];
        let met = catalog.met(house, &covers);
        assert_eq!(met.iter().map(|met| met.id.as_str()).collect::<Vec<_>>(), ["H.2", "H.1", "H.3"]);
        assert_eq!(met[0].controls.keys().collect::<Vec<_>>(), ["doors", "lights"]);
        assert_eq!(met[0].how(), How { prevented: true, detected: true });
        assert_eq!(met[1].how(), How { prevented: false, detected: true });
        assert_eq!(tally(&met), Tally { prevented: 1, detected: 1, named: 0, open: 1 });
        // The same id in another framework is another line.
        assert_eq!(
            catalog.met(&catalog.frameworks["other"], &covers)[0].controls.keys().collect::<Vec<_>>(),
            ["lights"]
        );
    }

    #[test]
    fn what_one_platform_cannot_do_is_not_done() {
        let catalog = catalog();
        let house = &catalog.frameworks["house"];
        let covers = [cover("doors", "nimbus", true, true), cover("doors", "stratus", false, false)];
        assert_eq!(tally(&catalog.met(house, &covers)), Tally { prevented: 0, detected: 0, named: 2, open: 1 });
        assert_eq!(tally(&catalog.met(house, &[])), Tally { prevented: 0, detected: 0, named: 0, open: 3 });
    }
}
