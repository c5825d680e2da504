//! What is written down about what happened.

use super::{Facet, table::*};

pub(super) fn facets() -> Vec<Facet> {
    vec![log_trail(), log_store()]
}

fn log_trail() -> Facet {
    let mut fields = vec![
        flag("logging", "Whether it writes at this time."),
        flag("organization_wide", "Whether it covers all tenants of the organization."),
        flag("all_regions", "Whether it covers all regions."),
        flag("management_events", "Whether it has what was done to resources."),
        flag("data_events", "Whether it has what was read and written in them."),
        flag("validation", "Whether its files are signed, so that a change of them is seen."),
        text("store", "Native id of the store that it writes to."),
        text("store_account", "Native id of the tenant with that store; absent where the cloud does not say.")
            .optional(),
        flag("streamed", "Whether it is also delivered to where alerts are made."),
        moment("delivered_at", "When it last delivered; absent if never.").optional(),
    ];
    fields.extend(encryption());
    Facet {
        name: "log_trail",
        title: "log trails",
        doc: "An audit trail: who did what, and when.",
        fields: resource(fields),
    }
}

fn log_store() -> Facet {
    const KINDS: &[&str] = &["object_store", "log_group", "workspace"];
    let mut fields = vec![
        word("kind", KINDS, "What it is."),
        texts("sources", "Native ids of the trails, networks and services that write to it."),
        int("retention_days", "For how many days it keeps what it has; absent: for ever.").optional(),
        flag("locked", "Whether what it has cannot be changed or deleted before its time."),
        flag("versioning", "Whether former versions are kept."),
        flag("deletion_protection", "Whether it must be unlocked before it can be deleted."),
        flag("access_logs", "Whether access to it is logged."),
    ];
    fields.extend(sharing());
    fields.extend(encryption());
    Facet { name: "log_store", title: "log stores", doc: "Where logs are kept.", fields: resource(fields) }
}
