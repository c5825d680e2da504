//! Where data lies: object stores, volumes, snapshots, databases; the keys and secrets that guard it.

use super::{Facet, Field, table::*};

pub(super) fn facets() -> Vec<Facet> {
    vec![object_store(), volume(), snapshot(), database(), key(), secret()]
}

fn facet(name: &'static str, title: &'static str, doc: &'static str, parts: Vec<Vec<Field>>) -> Facet {
    Facet { name, title, doc, fields: resource(parts.concat()) }
}

fn backup() -> Field {
    moment("last_backup_at", "When it was last backed up; absent if never.").optional()
}

fn tls() -> Vec<Field> {
    vec![
        flag("tls_required", "Whether it refuses connections that are not encrypted."),
        double("min_tls", "The oldest version of TLS that it takes; absent where the cloud does not say.").optional(),
    ]
}

fn object_store() -> Facet {
    let own = vec![
        flag("public_read", "Whether anybody at all may read."),
        flag("public_write", "Whether anybody at all may write."),
        flag("public_access_blocked", "Whether it cannot be made public, by its own setting or its tenant's."),
        flag("uniform_access", "Whether access is decided by policies alone, without lists on single objects."),
        flag("versioning", "Whether former versions of objects are kept."),
        flag("mfa_delete", "Whether a second factor is asked before versions are deleted."),
        flag("locked", "Whether objects cannot be changed or deleted for a time."),
        int("retention_days", "For how many days they cannot; absent where nothing is set.").optional(),
        flag("lifecycle", "Whether objects end or move by a rule."),
        flag("access_logs", "Whether access to it is logged."),
        flag("data_events", "Whether reads and writes of objects are in an audit trail."),
        flag("replicated", "Whether it is copied to another region or tenant."),
        moment("classified_at", "When it was last searched for personal data; absent if never.").optional(),
        backup(),
    ];
    facet(
        "object_store",
        "object stores",
        "A place for objects: bucket or container.",
        vec![sharing(), encryption(), tls(), own],
    )
}

fn volume() -> Facet {
    let own = vec![
        flag("attached", "Whether a machine uses it."),
        int("size_gib", "Its size in GiB."),
        flag("deleted_with_machine", "Whether it ends with the machine that uses it."),
        backup(),
    ];
    facet("volume", "volumes", "A disk.", vec![encryption(), own])
}

fn snapshot() -> Facet {
    const OF: &[&str] = &["volume", "database"];
    let own = vec![
        word("of", OF, "What it is a copy of."),
        text("source", "Native id of what it is a copy of; absent where that is not kept.").optional(),
    ];
    facet("snapshot", "snapshots", "A copy of a volume or of a database.", vec![sharing(), encryption(), own])
}

fn database() -> Facet {
    let own = vec![
        text("engine", "What it is: `postgres`, `mysql`, `redis` and so on, as the cloud calls it."),
        text("version", "Version of the engine."),
        flag("version_supported", "Whether that version still gets fixes."),
        flag("minor_upgrades", "Whether fixes are installed without asking."),
        texts("ranges", "Address ranges that may reach it."),
        flag("identity_login", "Whether people and machines sign in with the identities of the cloud."),
        text("admin_name", "Login of its administrator; absent where there is none.").optional(),
        flag("deletion_protection", "Whether it must be unlocked before it can be deleted."),
        int("backup_days", "For how many days backups are kept; 0: there are none."),
        flag("zones", "Whether it survives the loss of a zone."),
        texts("logs", "Logs that it delivers."),
        flag("audit_logs", "Whether what is asked of it is logged."),
        backup(),
    ];
    facet("database", "databases", "A managed database or cache.", vec![sharing(), encryption(), tls(), own])
}

fn key() -> Facet {
    const USES: &[&str] = &["encrypt", "sign", "authenticate", "agree"];
    const ORIGINS: &[&str] = &["cloud", "imported", "external"];
    let own = vec![
        flag("customer_managed", "Whether the customer decides about it."),
        flag("enabled", "Whether it can be used."),
        word("usage", USES, "What it is for."),
        word("origin", ORIGINS, "Where its material comes from."),
        flag("hardware", "Whether its material never leaves hardware."),
        flag("rotation", "Whether it is rotated without asking."),
        int("rotation_days", "Days between rotations; absent where it is not rotated.").optional(),
        flag("pending_deletion", "Whether it waits for its end."),
        int("destroy_window_days", "Days that it waits; absent where nothing was set.").optional(),
        moment("expires_at", "When it stops working; absent if never.").optional(),
        texts("administrators", "Principals that decide about it."),
        texts("users", "Principals that use it."),
    ];
    facet("key", "keys", "A cryptographic key in a key service.", vec![sharing(), own])
}

fn secret() -> Facet {
    let own = vec![
        flag("rotation", "Whether it is rotated without asking."),
        int("rotation_days", "Days between rotations; absent where it is not rotated.").optional(),
        moment("rotated_at", "When it was last changed; absent if never.").optional(),
        moment("last_used_at", "When it was last read; absent if never.").optional(),
        moment("expires_at", "When it stops working; absent if never.").optional(),
        flag("pending_deletion", "Whether it waits for its end."),
    ];
    facet(
        "secret",
        "secrets",
        "A password or token in a secret service; never its content.",
        vec![sharing(), encryption(), own],
    )
}
