//! A large organization: all of it is planned, once.

mod nimbus;

use nimbus::*;
use polity_model::organization::Mode;

fn company(tenants: usize) -> Asking {
    let mut asking = Asking::new(Mode::Adopt);
    let (zones, teams) = (tenants / 50 + 1, tenants / 20 + 1);
    asking.role("admin", &["all"]);
    asking.fence("deny", "hard", &["x"]);
    for zone in 0..zones {
        asking.zone(&format!("z{zone}"), None);
        asking.attach("deny", &format!("zone:z{zone}"));
    }
    for team in 0..teams {
        asking.person(&format!("p{team}"));
        asking.team(&format!("t{team}"), &[&format!("p{team}")]);
    }
    for tenant in 0..tenants {
        let name = format!("n{tenant}");
        asking.tenant(&name, Some(&format!("z{}", tenant % zones)));
        asking.access(("team", &format!("t{}", tenant % teams)), "admin", &name);
        asking.lock(&name, true);
    }
    asking
}

#[test]
fn a_large_organization_is_planned_whole_and_then_nothing_is_left_to_do() {
    let asking = company(2_000);
    let mut cloud = Nimbus::new();
    let plan = Case::new(asking.all.clone(), &cloud).plan();
    assert_eq!(plan.changes.len(), asking.all.len() - 1, "all but the root is made");
    cloud.grow(&plan);
    assert!(Case::new(asking.all, &cloud).plan().is_empty());
}
