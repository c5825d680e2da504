//! What holds whatever is done, however much there is, and after a restart.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::assignments::{Assignments, Kind, Principal},
    NOBODY, Room, SERVICE,
};
use crate::{aws::Aws, cloud::Cloud};

fn principal(index: u8) -> Principal {
    let kind = if index.is_multiple_of(2) { Kind::User } else { Kind::Group };
    Principal { kind, id: format!("p{index}") }
}

proptest! {
    /// Everything that is found by set, by account and by principal is found in a plain set too.
    #[test]
    fn assignments_are_found_from_all_sides(
        steps in prop::collection::vec((any::<bool>(), 0..3u8, 0..3u8, 0..3u8), 0..60)
    ) {
        let mut assignments = Assignments::default();
        let mut plain = BTreeSet::new();
        for (add, set, account, who) in steps {
            let (set, account, who) = (format!("s{set}"), format!("a{account}"), principal(who));
            if add {
                assignments.add(&set, &account, who.clone(), 1);
                plain.insert((set, account, who));
            } else {
                let there = assignments.remove(&set, &account, &who);
                prop_assert_eq!(there, plain.remove(&(set, account, who)));
            }
        }
        let written = serde_json::to_value(&assignments).unwrap();
        let read: Assignments = serde_json::from_value(written.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&read).unwrap(), written);
        for assignments in [assignments, read] {
            let mut seen = BTreeSet::new();
            for index in 0..3 {
                for (account, set) in assignments.held(&principal(index)) {
                    seen.insert((set.clone(), account.clone(), principal(index)));
                }
                let here = |account: &str| assignments.sets(account).cloned().collect::<BTreeSet<_>>();
                let account = format!("a{index}");
                let expected = plain.iter().filter(|(_, at, _)| *at == account).map(|(set, ..)| set.clone());
                prop_assert_eq!(here(&account), expected.collect::<BTreeSet<_>>());
                let set = format!("s{index}");
                let there: BTreeSet<_> = assignments.accounts(&set).map(|(account, _)| account.clone()).collect();
                let expected = plain.iter().filter(|(of, ..)| *of == set).map(|(_, account, _)| account.clone());
                prop_assert_eq!(there, expected.collect::<BTreeSet<_>>());
            }
            prop_assert_eq!(&seen, &plain);
        }
    }
}

#[test]
fn a_saved_instance_finds_everything_again() {
    let mut room = Room::new();
    let (set, user, group) = (room.set("a"), room.user("ada"), room.group("admins"));
    room.join(&user, &group);
    room.assign(&set, 0, &user);
    let input = room.assignment(&set, 1, &user);
    let begun = room.ok("CreateAccountAssignment", input);
    let saved = Cloud::save(&room.bench.aws);
    room.bench.aws = Aws::load(&saved).unwrap();
    assert_eq!(Cloud::save(&room.bench.aws), saved);
    assert_eq!(room.assigned(&set, 0).len(), 1);
    assert_eq!(room.ended("Creation", &begun)["Status"], "SUCCEEDED");
    assert_eq!(room.outdated(&set), Vec::<Value>::new());
    let held = json!({"PrincipalId": user, "PrincipalType": "USER"});
    assert_eq!(room.ok("ListAccountAssignmentsForPrincipal", held)["AccountAssignments"].as_array().unwrap().len(), 2);
    let name = json!({"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ADA"}});
    let input = json!({"IdentityStoreId": room.store, "AlternateIdentifier": name});
    assert_eq!(room.bench.ok("identitystore", "GetUserId", input)["UserId"], user);
    let input = json!({"IdentityStoreId": room.store, "GroupId": group, "MemberId": {"UserId": user}});
    assert!(room.bench.ok("identitystore", "GetGroupMembershipId", input)["MembershipId"].is_string());
}

/// A thousand accounts and a hundred thousand assignments.
#[test]
fn many_assignments_are_listed_as_quickly_as_few() {
    let mut room = Room::with_accounts(0);
    let set = room.set("a");
    let user = room.user("ada");
    let began = Instant::now();
    let center = room.bench.aws.world.center_mut();
    let assignments = Arc::make_mut(&mut center.assignments);
    let set_id = set.rsplit('/').next().unwrap();
    for account in 0..1000 {
        for index in 0..100 {
            let id = if index == 0 { user.clone() } else { format!("{index:08x}{}", &NOBODY[8..]) };
            let account = format!("{account:012}");
            assignments.add(set_id, &account, Principal { kind: Kind::User, id }, 1);
        }
    }
    let making = began.elapsed();
    let began = Instant::now();
    for account in 0..100 {
        let input = json!({"PermissionSetArn": set, "AccountId": format!("{account:012}"), "MaxResults": 10});
        assert_eq!(room.ok("ListAccountAssignments", input)["AccountAssignments"].as_array().unwrap().len(), 10);
        let input = json!({"PermissionSetArn": set, "MaxResults": 10});
        let accounts = room.ok("ListAccountsForProvisionedPermissionSet", input);
        assert_eq!(accounts["AccountIds"].as_array().unwrap().len(), 10);
    }
    // Making all took one step for each; two hundred looks at all of them would take two hundred.
    assert!(began.elapsed() < making, "{:?} to make, {:?} to look", making, began.elapsed());
    let input = room.with(json!({"PrincipalId": user, "PrincipalType": "USER"}));
    let held = room.bench.all(SERVICE, "ListAccountAssignmentsForPrincipal", input, "AccountAssignments", "NextToken");
    assert_eq!(held.len(), 1000);
}
