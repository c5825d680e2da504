//! Audit trails and log groups.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    facts::key_of,
    native::{Native, World},
    tree::{Known, OPEN, any},
};

pub(super) fn trail(world: &World, native: &Native) -> Vec<Found> {
    let tree = &native.tree;
    let (management, data) = events(native);
    Facts::of("log_trail", world, native)
        .all([
            ("logging", tree.flag_or("enable_logging", true)),
            ("organization_wide", tree.flag_or("is_organization_trail", false)),
            ("all_regions", tree.flag_or("is_multi_region_trail", false)),
            ("management_events", management),
            ("data_events", data),
            ("validation", tree.flag_or("enable_log_file_validation", false)),
            ("store", tree.text("s3_bucket_name").unwritten(OPEN)),
            ("store_account", OPEN),
            ("streamed", tree.has("cloud_watch_logs_group_arn").into()),
            ("delivered_at", OPEN),
            ("encrypted", true.into()),
            ("encryption_key", key_of(world, native, "kms_key_id")),
            ("encryption_key_account", if tree.has("kms_key_id") { OPEN } else { Datum::Absent }),
        ])
        .rows()
}

/// Whether it has management events, which it has if nothing else is written, and events of data.
fn events(native: &Native) -> (Datum, Datum) {
    let tree = &native.tree;
    let (simple, advanced) = (tree.items("event_selector"), tree.items("advanced_event_selector"));
    let (Some(simple), Some(advanced)) = (simple, advanced) else { return (OPEN, OPEN) };
    if simple.is_empty() && advanced.is_empty() {
        return (true.into(), false.into());
    }
    let category = |word: &'static str| {
        any(advanced.iter().map(|selector| {
            let Some(fields) = selector.items("field_selector") else { return OPEN };
            any(fields.iter().filter(|field| field.known("field").as_deref() == Some("eventCategory")).map(|field| {
                match field.texts("equals") {
                    Datum::List(words) => any(words.iter().map(|written| written.is_one_of(&[word]))),
                    other => other,
                }
            }))
        }))
    };
    let management = simple.iter().map(|selector| selector.flag_or("include_management_events", true));
    let data =
        simple.iter().map(|selector| selector.items("data_resource").map_or(OPEN, |items| (!items.is_empty()).into()));
    (any(management.chain([category("Management")])), any(data.chain([category("Data")])))
}

pub(super) fn group(world: &World, native: &Native) -> Vec<Found> {
    let days = match native.tree.int_or("retention_in_days", 0) {
        // For ever.
        Datum::Int(0) => Datum::Absent,
        other => other,
    };
    Facts::of("log_store", world, native)
        .all([
            ("kind", "log_group".into()),
            ("retention_days", days),
            ("locked", false.into()),
            ("versioning", false.into()),
            ("deletion_protection", native.tree.flag_or("deletion_protection_enabled", false)),
            ("public", false.into()),
            ("encrypted", true.into()),
            ("encryption_key", key_of(world, native, "kms_key_id")),
            ("encryption_key_account", if native.tree.has("kms_key_id") { OPEN } else { Datum::Absent }),
        ])
        .rows()
}
