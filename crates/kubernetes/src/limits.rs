//! Kubernetes' documented limits, as data. Its servers have no fixed rates: they slow callers down by fair shares, and say
//! so.

use polity_model::limit::{Limit, Measure};

const NAMES: &str = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/";

/// All limits.
pub(crate) fn of(platform: &str) -> Vec<Limit> {
    let limit = |kind: &str, measure, max, what: &str, source: &str| Limit {
        platform: platform.to_owned(),
        kind: kind.to_owned(),
        only: None,
        measure,
        max,
        what: what.to_owned(),
        source: source.to_owned(),
    };
    vec![
        limit("namespace", Measure::Characters("name".to_owned()), 63, "characters of a namespace's name", NAMES),
        limit(
            "cluster-role",
            Measure::Characters("name".to_owned()),
            253,
            "characters of a cluster role's name",
            NAMES,
        ),
    ]
}
