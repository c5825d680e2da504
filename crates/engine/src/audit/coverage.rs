//! Of what nothing is known: facets that no survey gives, and what could not be listed. Never silence, and never a pass.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_model::{
    facet::Reason,
    finding::{Whereabouts, Why},
    inventory::Gap,
};

use super::{
    collect::{Batch, Collected},
    judge::outside,
    places::Places,
    question::Questions,
};

/// A facet of which something is not known in a tenant.
pub(super) struct Cover {
    pub(super) tenant: String,
    pub(super) place: Arc<Whereabouts>,
    pub(super) facet: &'static str,
    pub(super) reasons: Vec<Why>,
}

/// All that is asked and not known, in order.
pub(super) fn cover(collected: &Collected, questions: &Questions, places: &Places) -> Vec<Cover> {
    let mut batches: BTreeMap<(&str, &str), Vec<&Batch>> = BTreeMap::new();
    for batch in &collected.batches {
        let tenant = batch.source.tenant.as_deref().unwrap_or_default();
        for facet in &batch.source.facets {
            batches.entry((tenant, facet)).or_default().push(batch);
        }
    }
    let mut found = Vec::new();
    for tenant in questions.0.keys().filter(|tenant| !collected.unborn.contains(*tenant)) {
        for facet in questions.facets(tenant) {
            let own = batches.get(&(tenant.as_str(), facet)).map(Vec::as_slice).unwrap_or_default();
            if tenant.is_empty() {
                // What no manifest declares may not be there at all; but what could not be listed may be.
                for (platform, reasons) in by_platform(own, facet) {
                    found.push(Cover { tenant: String::new(), place: outside(platform, ""), facet, reasons });
                }
                continue;
            }
            let Some(facts) = places.0.get(tenant) else { continue };
            let platform = facts.whereabouts.platform.as_deref().unwrap_or_default();
            let above = batches.get(&("", facet)).map(Vec::as_slice).unwrap_or_default();
            let above: Vec<&Batch> = above.iter().copied().filter(|batch| batch.source.platform == platform).collect();
            // What is read in the tenant itself tells of it; otherwise what is read for the whole platform does.
            let telling = if own.is_empty() { above.as_slice() } else { own };
            let mut reasons = reasons(telling, facet);
            if telling.is_empty() {
                reasons.push(Why { at: format!("`{facet}`"), reason: Reason::NotCollected });
            }
            if !reasons.is_empty() {
                found.push(Cover { tenant: tenant.clone(), place: Arc::clone(&facts.whereabouts), facet, reasons });
            }
        }
    }
    found
}

fn by_platform<'b>(batches: &[&'b Batch], facet: &str) -> BTreeMap<&'b str, Vec<Why>> {
    let platforms: BTreeSet<&'b str> = batches.iter().map(|batch| batch.source.platform.as_str()).collect();
    let of = |platform: &str| -> Vec<Why> {
        let own: Vec<&Batch> = batches.iter().copied().filter(|batch| batch.source.platform == platform).collect();
        reasons(&own, facet)
    };
    platforms.into_iter().map(|platform| (platform, of(platform))).filter(|(_, reasons)| !reasons.is_empty()).collect()
}

/// Why not everything of this facet is known from these batches.
fn reasons(batches: &[&Batch], facet: &str) -> Vec<Why> {
    let gaps = batches.iter().flat_map(|batch| batch.gaps.iter().map(move |gap| (*batch, gap)));
    // A gap that names one facet of a survey is about that one alone.
    let about = |(batch, gap): &(&Batch, &Gap)| match gap.kind.as_deref() {
        Some(kind) if batch.source.facets.iter().any(|of| of == kind) => kind == facet,
        _ => true,
    };
    let reasons: BTreeSet<Why> = gaps.filter(about).map(|(batch, gap)| why(batch, gap)).collect();
    reasons.into_iter().collect()
}

fn why(batch: &Batch, gap: &Gap) -> Why {
    let reason = match &gap.permission {
        Some(permission) => Reason::Denied { permission: permission.clone() },
        None => Reason::Undefined(gap.reason.clone()),
    };
    Why { at: format!("`{}` in `{}`", batch.source.survey, gap.scope), reason }
}
