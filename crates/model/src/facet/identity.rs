//! Who may do what: identities, their credentials, and grants.

use super::{Facet, table::*};

pub(super) fn facets() -> Vec<Facet> {
    vec![identity(), credential(), grant()]
}

fn identity() -> Facet {
    const KINDS: &[&str] = &["person", "machine", "root"];
    let trust = vec![
        text("principal", "Who may act as this identity, as the cloud writes it."),
        flag("public", "Whether that is anybody at all."),
        flag("external", "Whether that is outside the organization."),
        flag("service", "Whether that is a service of the cloud itself."),
        text("issuer", "The identity provider that vouches for it; absent where none does.").optional(),
        texts("audiences", "Audiences that its token must name."),
        texts("subjects", "Subjects that its token must name."),
        flag("external_id", "Whether it must name an agreed external id."),
    ];
    let fields = vec![
        word("kind", KINDS, "A human being, a machine principal, or the identity that owns the tenant."),
        flag("enabled", "Whether it can act."),
        flag("federated", "Whether it signs in through an identity provider."),
        flag("console", "Whether it can sign in with a local password."),
        flag("mfa", "Whether it signs in with a second factor."),
        flag("mfa_phishing_resistant", "Whether that factor cannot be phished."),
        int("active_keys", "How many long-lived keys of it can be used."),
        moment("password_changed_at", "When its password was last changed; absent where there is none.").optional(),
        moment("last_used_at", "When it was last used; absent if never.").optional(),
        flag("admin", "Whether it may do everything."),
        flag("default", "Whether the cloud made it for services that name no identity of their own."),
        flag("boundary", "Whether a boundary limits what grants can give it."),
        texts("teams", "Names of the groups that it belongs to."),
        texts("direct_grants", "Roles or policies that are given to it alone, not through a group."),
        records("trusts", trust, "Who may act as this identity."),
    ];
    Facet {
        name: "identity",
        title: "identities",
        doc: "A person, a machine principal or the owner of a tenant.",
        fields: resource(fields),
    }
}

fn credential() -> Facet {
    const KINDS: &[&str] = &["key", "password", "certificate", "token"];
    const OWNERS: &[&str] = &["person", "machine", "root"];
    let fields = vec![
        word("kind", KINDS, "What it is."),
        text("identity", "Native id of the identity that it belongs to."),
        word("identity_kind", OWNERS, "What that identity is."),
        flag("active", "Whether it can be used."),
        flag("long_lived", "Whether it works until somebody ends it."),
        moment("rotated_at", "When it was last changed, or made."),
        moment("last_used_at", "When it was last used; absent if never.").optional(),
        moment("expires_at", "When it stops working; absent if never.").optional(),
    ];
    Facet {
        name: "credential",
        title: "credentials",
        doc: "A key, password, certificate or token of an identity; never its secret part.",
        fields: resource(fields),
    }
}

fn grant() -> Facet {
    const KINDS: &[&str] = &["person", "team", "machine", "service", "tenant", "everyone"];
    let fields = vec![
        text("principal", "Who it is given to, as the cloud writes it."),
        word("principal_kind", KINDS, "What that is."),
        flag("public", "Whether it is given to anybody at all."),
        flag("external", "Whether it is given to somebody outside the organization."),
        text("role", "The role or policy that is given."),
        text("place", "Native id of the place in which it holds."),
        flag("direct", "Whether it is given to a single identity, not to a group."),
        flag("inline", "Whether it is written into the identity instead of a role of its own."),
        flag("admin", "Whether it allows everything."),
        flag("escalates", "Whether it allows to give oneself more."),
        texts("actions", "The actions that it allows; `*` for all."),
        texts("resources", "The resources on which it allows them; `*` for all."),
        flag("conditional", "Whether a condition limits it."),
        flag("key_admin", "Whether it allows to decide about keys."),
        flag("key_use", "Whether it allows to use keys."),
        moment("expires_at", "When it ends; absent if never.").optional(),
    ];
    Facet {
        name: "grant",
        title: "grants",
        doc: "Something that a principal may do in a place.",
        fields: resource(fields),
    }
}
