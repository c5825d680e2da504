//! Coverage: what each control can do on each platform type, and why it cannot do the rest. Never silence.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    catalog::Catalog,
    control::{Control, Prevent},
    words::quoted_list,
};

/// How far one of prevent, detect and correct goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "why")]
pub enum Extent {
    /// It does what the control says.
    Exact,
    /// The platform type cannot do it, for this reason.
    Impossible(String),
    /// Nobody has said how, for this reason.
    NotCovered(String),
}

/// What a control does on one platform type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cover {
    /// The control.
    pub control: String,
    /// The platform type.
    pub platform_type: String,
    /// Whether it is kept from happening.
    pub prevent: Extent,
    /// Whether it is found.
    pub detect: Extent,
    /// Whether it is put right.
    pub correct: Extent,
}

/// What is read on a platform type: facets, and which of their fields.
pub type Surveyed = BTreeMap<String, BTreeSet<String>>;

/// The coverage of all controls, by name, on each of these platform types.
pub fn coverage(catalog: &Catalog, types: &BTreeMap<String, Surveyed>) -> Vec<Cover> {
    let covers = catalog.controls.values().flat_map(|control| {
        types.iter().map(|(platform_type, surveyed)| Cover {
            control: control.name.clone(),
            platform_type: platform_type.clone(),
            prevent: prevent(control, platform_type),
            detect: detect(control, surveyed),
            correct: correct(control, platform_type),
        })
    });
    covers.collect()
}

fn prevent(control: &Control, platform_type: &str) -> Extent {
    match control.prevent.get(platform_type) {
        Some(Prevent::Native(_)) => Extent::Exact,
        Some(Prevent::Impossible { reason }) => Extent::Impossible(reason.clone()),
        None => Extent::NotCovered("the control says nothing about preventing there".to_owned()),
    }
}

/// A part of what is asked is not what is asked.
fn detect(control: &Control, surveyed: &Surveyed) -> Extent {
    if control.detect.is_empty() {
        let nothing = || Extent::NotCovered("the control asks nothing of resources".to_owned());
        return control.undetected.clone().map_or_else(nothing, Extent::Impossible);
    }
    let mut unread: BTreeSet<String> = BTreeSet::new();
    for detect in &control.detect {
        match surveyed.get(detect.on.name) {
            None => drop(unread.insert(detect.on.name.to_owned())),
            Some(fields) => unread.extend(
                detect
                    .fields()
                    .into_iter()
                    .filter(|field| !fields.contains(*field))
                    .map(|field| format!("{}.{field}", detect.on.name)),
            ),
        }
    }
    if unread.is_empty() {
        return Extent::Exact;
    }
    let unread = quoted_list(unread.iter().map(String::as_str)).replace(" or ", " and ");
    Extent::NotCovered(format!("nothing reads {unread} there"))
}

fn correct(control: &Control, platform_type: &str) -> Extent {
    let Some(written) = control.correct.get(platform_type) else {
        return Extent::NotCovered("the control says nothing about putting it right there".to_owned());
    };
    let said = |field: &str| written.get(field).and_then(|reason| reason.as_text()).map(str::to_owned);
    match (said("impossible"), said("by_hand")) {
        (Some(reason), _) => Extent::Impossible(reason),
        (None, Some(how)) => Extent::NotCovered(format!("by hand: {how}")),
        (None, None) => Extent::Exact,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use polity_model::{Origin, Value, written::Written};
    use serde_json::json;

    use super::*;

    #[test]
    fn every_control_says_something_of_every_type() {
        let control = json!({
            "kind": "control", "name": "private", "title": "Private", "statement": "Nobody reads it.", "severity": "high",
            "prevent": {"nimbus": [{"deny": "sharing"}], "stratus": {"impossible": "sharing has no switch"}},
            "correct": {"nimbus": {"set": "private"}, "stratus": {"by_hand": "ask its owner"}},
            "detect": {"on": ["image", "snapshot"], "assert": "!resource.public"},
            "cases": [
                {"on": "image", "pass": {"public": false}}, {"on": "image", "fail": {"public": true}},
                {"on": "snapshot", "pass": {"public": false}}, {"on": "snapshot", "fail": {"public": true}},
            ],
        });
        let written = Written::of(&Value::from_json(&control), &Origin::file("private.yaml"));
        let (catalog, diagnostics) = Catalog::read(&[written]);
        assert_eq!(diagnostics, []);
        let read = |facets: &[(&str, &str)]| -> Surveyed {
            let fields = |field: &str| BTreeSet::from([field.to_owned()]);
            facets.iter().map(|(facet, field)| ((*facet).to_owned(), fields(field))).collect()
        };
        let types = BTreeMap::from([
            ("cirrus".to_owned(), read(&[])),
            ("nimbus".to_owned(), read(&[("image", "public"), ("snapshot", "public")])),
            ("stratus".to_owned(), read(&[("image", "public"), ("snapshot", "id")])),
        ]);
        let [cirrus, nimbus, stratus] = coverage(&catalog, &types).try_into().unwrap();
        assert_eq!((nimbus.prevent, nimbus.detect, nimbus.correct), (Extent::Exact, Extent::Exact, Extent::Exact));
        assert_eq!(stratus.prevent, Extent::Impossible("sharing has no switch".to_owned()));
        assert_eq!(stratus.detect, Extent::NotCovered("nothing reads `snapshot.public` there".to_owned()));
        assert_eq!(stratus.correct, Extent::NotCovered("by hand: ask its owner".to_owned()));
        assert_eq!(cirrus.detect, Extent::NotCovered("nothing reads `image` and `snapshot` there".to_owned()));
        assert!(matches!((cirrus.prevent, cirrus.correct), (Extent::NotCovered(_), Extent::NotCovered(_))));
    }
}
