//! A living organization that Polity did not make becomes a manifest that plans to no changes.

use crate::support::{ACCOUNT, On, Story, on_both};

fn adopted(on: On, accounts: &str, units: &str, policies: &str, more: &[&str]) -> Story {
    let story = Story::empty(on);
    story.cloud.script("seed.py", &[&[accounts, units, policies], more].concat()).unwrap();
    let before = story.held_outside();
    // `empty` made the folder; `adopt` wants to write it itself.
    let into = story.folder();
    let into = into.to_str().unwrap();
    story.polity(&["adopt", "aws", "--into", into, "--name", "found", "--management-account", ACCOUNT]).expect(0);
    story.polity(&["check"]).expect(0);
    story.settled();
    assert_eq!(story.held_outside(), before, "adopting writes nothing to the cloud");
    story
}

#[test]
fn two_hundred_accounts_plan_to_no_changes() {
    on_both(|on| adopted(on, "200", "40", "60", &[]));
}

#[test]
fn people_teams_roles_and_access_are_adopted_too() {
    on_both(|on| {
        let story = adopted(on, "20", "8", "6", &["--identities"]);
        let again = story.polity(&["fmt", "--check"]);
        assert_eq!(again.code, 0, "adopt writes the canonical layout: {}{}", again.out, again.err);
        story
    });
}
