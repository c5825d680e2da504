//! Keystone's documented limits, as data. There are no rates: every installation has its own, and says when they are reached.

use polity_model::limit::{Limit, Measure};

const API: &str = "https://docs.openstack.org/api-ref/identity/v3/";

/// All limits that hold.
pub(crate) fn of(platform: &str) -> Vec<Limit> {
    let characters = [
        ("project", 64, "characters of the name of a project"),
        ("group", 64, "characters of the name of a group"),
        ("user", 255, "characters of the name of a user"),
        ("role", 255, "characters of the name of a role"),
    ];
    let names = characters.map(|(kind, max, what)| (kind, Measure::Characters("name".to_owned()), max, what));
    let tags = ("project", Measure::Items("tags".to_owned()), 79, "tags of one project, beside our mark");
    names
        .into_iter()
        .chain([tags])
        .map(|(kind, measure, max, what)| Limit {
            platform: platform.to_owned(),
            kind: kind.to_owned(),
            only: None,
            measure,
            max,
            what: what.to_owned(),
            source: API.to_owned(),
        })
        .collect()
}
