//! A large organization is planned in a time that grows with it and no faster.

mod nimbus;

use std::time::Instant;

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

/// Seconds for a first plan and for one that finds everything in order.
fn seconds(tenants: usize) -> (f64, f64, usize) {
    let asking = company(tenants);
    let mut cloud = Nimbus::new();
    let case = Case::new(asking.all.clone(), &cloud);
    let start = Instant::now();
    let plan = case.plan();
    let first = start.elapsed().as_secs_f64();
    assert_eq!(plan.changes.len(), asking.all.len() - 1, "all but the root is made");
    cloud.grow(&plan);
    let case = Case::new(asking.all, &cloud);
    let start = Instant::now();
    assert!(case.plan().is_empty());
    (first, start.elapsed().as_secs_f64(), plan.changes.len())
}

#[test]
fn ten_times_the_tenants_take_some_ten_times_the_time() {
    seconds(100);
    let small = seconds(400);
    let large = seconds(4_000);
    println!("{small:?} {large:?}");
    // A planner that compares each with each would be a hundred times slower; the rest is for a busy machine.
    assert!(large.0 < small.0.max(0.005) * 40.0, "{small:?} {large:?}");
    assert!(large.1 < small.1.max(0.005) * 40.0, "{small:?} {large:?}");
}

/// For the bench: `cargo test --release -p polity-planner --test large -- --ignored --nocapture`.
#[test]
#[ignore = "takes a while in a debug build"]
fn a_hundred_thousand_resources() {
    println!("first plan, empty plan, resources: {:?}", seconds(31_000));
}
