//! What holds for a whole tenant.

use super::{Facet, table::*};

pub(super) fn facets() -> Vec<Facet> {
    let root = vec![
        int("keys", "How many long-lived keys the root or owner identity has."),
        flag("mfa", "Whether it signs in with a second factor."),
        flag("mfa_hardware", "Whether that factor is a piece of hardware."),
        flag("password", "Whether it can sign in with a password at all."),
        moment("last_used_at", "When it was last used; absent if never.").optional(),
    ];
    let password = vec![
        int("min_length", "Least number of characters."),
        int("reuse", "How many former passwords may not be used again; 0 where that is not asked."),
        int("max_age_days", "Days after which it must be changed; absent where it need not be.").optional(),
        flag("lockout", "Whether wrong tries lock the identity."),
        flag("mixed", "Whether letters of both cases, digits and symbols are all asked for."),
    ];
    let contact =
        vec![text("name", "Who."), text("email", "E-mail address."), text("phone", "Phone number.").optional()];
    let mut fields = vec![
        flag("management", "Whether this tenant is the one that the organization is managed from."),
        flag("organization_member", "Whether it belongs to the organization."),
        int("workloads", "How many machines, functions and databases run in it."),
        texts("guardrails", "Names of the native guardrails in force on it, inherited ones included."),
        flag("leave_blocked", "Whether a guardrail keeps it from leaving the organization."),
        texts("regions", "The regions that can be used."),
        texts("services", "The services that can be used; `*` where no guardrail limits them."),
        record("root", root, "The identity that owns the tenant."),
        flag("root_central", "Whether the credentials of the root identity are kept by the organization."),
        record("password_policy", password, "What is asked of local passwords; absent where nothing was set.")
            .optional(),
        record("security_contact", contact, "Who is told about security; absent where nobody is.").optional(),
        flag("federated", "Whether people can sign in through an identity provider."),
    ];
    fields.extend(protection());
    fields.extend(watching());
    vec![Facet {
        name: "account_settings",
        title: "account settings",
        doc: "What is set for a whole tenant: one row per tenant, or per tenant and region.",
        fields: resource(fields),
    }]
}

fn protection() -> Vec<super::Field> {
    const TOKENS: &[&str] = &["required", "optional", "none"];
    vec![
        flag("public_stores_blocked", "Whether object stores cannot be made public."),
        flag("public_images_blocked", "Whether images cannot be made public."),
        flag("public_snapshots_blocked", "Whether snapshots cannot be made public."),
        flag("public_networks_blocked", "Whether the internet cannot reach its networks."),
        flag("volumes_encrypted", "Whether new volumes are encrypted."),
        flag("serial_console", "Whether serial consoles can be used."),
        word(
            "metadata_tokens",
            TOKENS,
            "Whether new machines ask session tokens for their metadata; none: nothing is set.",
        ),
        flag("allowed_images", "Whether machines can start from allowed images only."),
        flag("ai_opt_out", "Whether its data may not be used to train models of the cloud."),
        texts("backups", "What is backed up by a plan: names of facets."),
        flag("registry_scanned", "Whether images are scanned when they are pushed to its registry."),
    ]
}

fn watching() -> Vec<super::Field> {
    vec![
        texts("analyzer_regions", "Regions in which access from outside is analyzed."),
        texts("detection_regions", "Regions in which threats are looked for."),
        texts("posture_regions", "Regions in which the cloud's own posture checks run."),
        texts("recording_regions", "Regions in which all changes of configuration are recorded."),
        texts("scanning_regions", "Regions in which vulnerabilities are looked for."),
        texts("discovery_regions", "Regions in which stored data is searched for personal data."),
        texts(
            "alerts",
            "Topics on which somebody is told: `root-use`, `sign-in-failures`, `access`, `audit`, `network`, `keys`, `organization`.",
        ),
        flag("organization_trail", "Whether a trail of the whole organization covers it."),
    ]
}
