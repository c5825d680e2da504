//! What runs: machines, the images that they start from, functions.

use super::{Facet, table::*};

pub(super) fn facets() -> Vec<Facet> {
    vec![machine(), image(), function()]
}

fn machine() -> Facet {
    const STATES: &[&str] = &["running", "stopped", "other"];
    const TOKENS: &[&str] = &["required", "optional", "off"];
    let image = vec![
        text("id", "Its native id."),
        text("owner", "Native id or name of who made it."),
        moment("created_at", "When it was made; absent where that is not known any more.").optional(),
        flag("public", "Whether anybody may use it."),
    ];
    let disk = vec![text("id", "Its native id."), flag("encrypted", "Whether it is encrypted at rest.")];
    let fields = vec![
        word("state", STATES, "What it does."),
        text("size", "Its size, as the cloud calls it."),
        record("image", image, "The image that it started from."),
        records("disks", disk, "Its disks."),
        text("public_address", "Its public address; absent where it has none.").optional(),
        texts("networks", "Native ids of its networks."),
        word(
            "metadata_tokens",
            TOKENS,
            "Whether its metadata service asks for session tokens; off: there is no such service.",
        ),
        int("metadata_hops", "How many network hops an answer of its metadata service may make."),
        text("identity", "The machine identity that it acts as; absent where it has none.").optional(),
        flag("identity_default", "Whether that identity is one that the cloud made for everybody."),
        flag("identity_admin", "Whether that identity may do everything."),
        flag("secure_boot", "Whether it starts signed software only."),
        flag("measured_boot", "Whether what it starts is measured."),
        flag("password_login", "Whether one can log in with a password."),
        flag("serial_console", "Whether its serial console can be used."),
        flag("managed", "Whether an agent inventories and patches it."),
        moment("patched_at", "When it was last patched; absent if that is not known.").optional(),
        moment("stopped_at", "When it was stopped; absent where it runs.").optional(),
        int("secrets", "How many secrets were found in its start-up data."),
        flag("detailed_monitoring", "Whether it is measured every minute."),
        flag("deletion_protection", "Whether it must be unlocked before it can be deleted."),
        vulnerabilities(),
    ];
    Facet { name: "machine", title: "machines", doc: "A virtual or bare machine.", fields: resource(fields) }
}

fn image() -> Facet {
    let mut fields = sharing();
    fields.extend(encryption());
    fields.extend([
        text("owner", "Native id or name of who made it."),
        moment("deprecated_at", "From when it should not be used; absent where nothing was set.").optional(),
        moment("last_used_at", "When a machine last started from it; absent if never.").optional(),
        flag("scanned", "Whether it was searched for vulnerabilities."),
        vulnerabilities(),
    ]);
    Facet { name: "image", title: "images", doc: "What machines or containers start from.", fields: resource(fields) }
}

fn function() -> Facet {
    const AUTHENTICATION: &[&str] = &["none", "identity", "custom", "internal"];
    const INGRESS: &[&str] = &["all", "internal", "private"];
    let mut fields = vec![
        text("runtime", "What runs it, as the cloud calls it; `container` for an image."),
        flag("runtime_supported", "Whether that still gets fixes."),
        flag("public", "Whether anybody at all may call it."),
        word("authentication", AUTHENTICATION, "How callers prove who they are; internal: no address of its own."),
        word("ingress", INGRESS, "From where it can be called."),
        text("identity", "The machine identity that it acts as; absent where it has none.").optional(),
        flag("identity_default", "Whether that identity is one that the cloud made for everybody."),
        flag("identity_admin", "Whether that identity may do everything."),
        text("network", "Native id of the network that it is in; absent where it is in none of ours.").optional(),
        int("secrets", "How many secrets were found in its environment."),
        flag("code_signing", "Whether it runs signed code only."),
        flag("tracing", "Whether calls are traced."),
        flag("dead_letters", "Whether events that failed are kept."),
        vulnerabilities(),
    ];
    fields.extend(encryption());
    Facet { name: "function", title: "functions", doc: "Code that the cloud runs on call.", fields: resource(fields) }
}
