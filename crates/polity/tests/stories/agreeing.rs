//! OpenStack on the sandbox and on a real Keystone: the same story must end in the same state.

use serde_json::{Value as Json, json};

use crate::support::heaven::{Heaven, under_both};

/// What hands do on OpenStack, and the address that `drift` must then speak of.
fn by_hand() -> [(Json, &'static str); 12] {
    [
        (json!(["set", "project", "dome-dev", "enabled", false]), "sky/project/dome-dev"),
        (json!(["untag", "dome-prod", "polity:address"]), "sky/project/dome-prod"),
        (json!(["tag", "variables-dev", "owner=nobody"]), "sky/project/variables-dev"),
        (json!(["unlock", "backup"]), "sky/project/backup"),
        (json!(["delete", "project", "transients-dev"]), "sky/project/transients-dev"),
        (json!(["set", "user", "maria@observatory.example", "enabled", false]), "sky/user/maria"),
        (json!(["set", "user", "annie@observatory.example", "polity_address", null]), "sky/user/annie"),
        (json!(["set", "group", "opticians", "description", "they polish"]), "sky/group/opticians"),
        (json!(["leave", "scientists", "henrietta@observatory.example"]), "sky/group-membership/henrietta@scientists"),
        (json!(["unimply", "operator", "member"]), "sky/role/operator"),
        (
            json!(["revoke", "group", "operators", "operator", "Core", true]),
            "sky/role-assignment/team:operators/operator@zone:core",
        ),
        (json!(["rename", "project", "camera-dev", "kamera"]), "sky/project/camera-dev"),
    ]
}

/// From nothing to the example, through tampering and repair, to the end of a tenant.
fn governs(heaven: &Heaven<'_>) {
    heaven.edit("organization.yaml", "removals: {max: 10, percent: 20}", "removals: {max: 500, percent: 100}");
    heaven.edit("organization.yaml", "people_losing_access: 5", "people_losing_access: 500\n  tenants_retired: 9");
    heaven.apply();
    let before = heaven.held();
    assert_eq!(before["projects"].as_array().unwrap().len(), 25, "twenty tenants and five landing zones");
    heaven.tamper(&by_hand().map(|(deed, _)| deed));
    assert_ne!(heaven.held(), before, "the tampering must be real");
    let drift = heaven.polity(&["drift", "-o", "json"]).expect(2);
    for (deed, address) in by_hand() {
        assert!(drift.out.contains(&format!("\"{address}\"")), "{deed}: {address} is not in {}", drift.out);
    }
    heaven.apply();
    assert_eq!(heaven.held(), before, "repaired to what it was");
    heaven.edit("projects/computing.yaml", "name: images}", "name: pictures, title: images, renamed_from: [images]}");
    heaven.edit("projects/computing.yaml", "name: monitoring}", "name: monitoring, state: retired, reason: moved out}");
    heaven.apply();
}

#[test]
fn a_domain_is_governed_the_same_on_both() {
    under_both(governs);
}
