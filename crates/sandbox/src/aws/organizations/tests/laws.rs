//! Whatever is done, what is kept about it agrees with itself.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::DENY;
use crate::aws::{organizations::Organizations, testing::Bench};

/// One step: which operation, and which of the things that are there it is about.
fn step() -> impl Strategy<Value = (u8, u8, u8)> {
    (0..12_u8, any::<u8>(), any::<u8>())
}

fn pick(from: &[String], by: u8) -> String {
    from.get(usize::from(by) % from.len().max(1)).cloned().unwrap_or_else(|| "999999999999".to_owned())
}

fn take(bench: &mut Bench, (what, one, two): (u8, u8, u8)) {
    let state = &bench.aws.world.organizations;
    let root = state.organization.as_ref().unwrap().root.clone();
    let units: Vec<String> = state.units.keys().cloned().collect();
    let accounts: Vec<String> = state.accounts.keys().cloned().collect();
    let policies: Vec<String> = state.policies.keys().cloned().collect();
    let parents: Vec<String> = std::iter::once(root.clone()).chain(units.iter().cloned()).collect();
    let targets = [parents.clone(), accounts.clone()].concat();
    let at = state.parent_of(&pick(&accounts, one)).unwrap_or(&root).to_owned();
    let pair = json!({"PolicyId": pick(&policies, one), "TargetId": pick(&targets, two)});
    let named = format!("{}", one % 8);
    let kind = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"][usize::from(one) % 3];
    let typed = json!({"RootId": root, "PolicyType": kind});
    let (operation, input) = match what {
        0 | 1 => ("CreateOrganizationalUnit", json!({"ParentId": pick(&parents, two), "Name": named})),
        2 => ("DeleteOrganizationalUnit", json!({"OrganizationalUnitId": pick(&units, one)})),
        3 => ("CreateAccount", json!({"Email": format!("{one}@example.com"), "AccountName": "n"})),
        4 => {
            let to = pick(&parents, two);
            ("MoveAccount", json!({"AccountId": pick(&accounts, one), "SourceParentId": at, "DestinationParentId": to}))
        }
        5 => ("CloseAccount", json!({"AccountId": pick(&accounts, one)})),
        6 => {
            let content = if kind == "TAG_POLICY" { r#"{"tags":{}}"# } else { DENY };
            ("CreatePolicy", json!({"Name": named, "Description": "", "Type": kind, "Content": content}))
        }
        7 => ("AttachPolicy", pair),
        8 => ("DetachPolicy", pair),
        9 => ("EnablePolicyType", typed),
        10 => ("DisablePolicyType", typed),
        _ => ("DeletePolicy", json!({"PolicyId": pick(&policies, one)})),
    };
    let (status, answer) = bench.call("organizations", operation, input);
    assert!(status == 200 || status == 400, "{operation}: {status} {answer}");
    bench.pass(Duration::from_secs(u64::from(two) * 3600));
}

fn agrees(state: &Organizations) {
    for (parent, below) in &state.below {
        assert!(state.is_parent(parent), "{parent} is no parent");
        for id in below.units.iter().chain(&below.accounts) {
            assert_eq!(state.parent_of(id), Some(parent.as_str()));
        }
    }
    let placed: usize = state.below.values().map(|below| below.units.len() + below.accounts.len()).sum();
    assert_eq!(placed, state.units.len() + state.accounts.len());
    for (target, attached) in &state.attached {
        assert!(attached.is_empty() || state.is_target(target), "{target} is gone");
        assert_eq!(attached.iter().collect::<BTreeSet<_>>().len(), attached.len());
        assert!(attached.iter().all(|policy| state.policies[policy].targets.contains(target)));
    }
    for policy in state.policies.values() {
        assert!(policy.targets.iter().all(|target| state.attached[target].contains(&policy.id)));
    }
    let enabled = &state.organization.as_ref().unwrap().enabled;
    for target in state.targets() {
        assert!(state.lineage(&target).len() <= 7);
        for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
            let there = state.attached_to(&target).filter(|policy| policy.kind == kind).count();
            assert_eq!(there > 0, enabled.contains_key(kind), "{kind} on {target}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_walk_ends_in_a_state_that_agrees_with_itself(steps in prop::collection::vec(step(), 1..80)) {
        let (mut bench, root) = Bench::organized();
        bench.enable(&root, "SERVICE_CONTROL_POLICY");
        for step in steps {
            take(&mut bench, step);
            agrees(&bench.aws.world.organizations);
        }
        let saved = serde_json::to_value(bench.aws.world.organizations.as_ref()).unwrap();
        let loaded: Organizations = serde_json::from_value(saved.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&loaded).unwrap(), saved);
    }

    #[test]
    fn no_document_breaks_the_merge(text in r#"[{}"@a,:\[\]]{0,40}"#, kind in 0..13_usize) {
        let kind = &crate::aws::organizations::kinds::KINDS[kind];
        let _ = crate::aws::organizations::document::check(kind, &text);
        let parsed: Result<Value, _> = serde_json::from_str(&text);
        prop_assert!(parsed.is_ok() || crate::aws::organizations::document::check(kind, &text).is_err());
    }
}
