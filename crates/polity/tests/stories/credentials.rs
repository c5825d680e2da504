//! No credentials, wrong ones, insufficient ones: which permission, which scope, what to do; and nothing is deleted.

use crate::support::{Answer, On, Proxy, Story, ended, on_both};

#[test]
fn without_credentials() {
    let story = Story::acme(On::Sandbox);
    let mut command = story.command(&["plan"]);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        command.env_remove(name);
    }
    let failed = ended(&mut command).expect(1);
    assert!(failed.err.contains("credentials"), "{}", failed.err);
}

#[test]
fn with_credentials_that_nobody_knows() {
    let story = Story::acme(On::Moto);
    // From here on the server checks keys and signatures.
    story.cloud.script("lock.py", &[]).unwrap();
    let mut command = story.command(&["plan"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env_remove("AWS_SESSION_TOKEN");
    let failed = ended(&mut command).expect(1);
    assert!(failed.err.contains("InvalidClientTokenId") || failed.err.contains("credentials"), "{}", failed.err);
}

#[test]
fn our_signature_holds_where_the_server_checks_it() {
    let story = Story::acme(On::Moto);
    // A user of the management account who may do everything, and a server that checks from now on.
    let keys = story.cloud.script("lock.py", &["user"]).unwrap();
    let (key, secret) = keys.trim().split_once(' ').unwrap();
    let with_keys = |words: &[&str]| {
        let mut command = story.command(words);
        command.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", secret).env_remove("AWS_SESSION_TOKEN");
        command
    };
    ended(&mut with_keys(&["plan"])).expect(2);
    let mut forged = with_keys(&["plan"]);
    forged.env("AWS_SECRET_ACCESS_KEY", "0000000000000000000000000000000000000000");
    ended(&mut forged).expect(1);
}

#[test]
fn a_scope_that_may_not_be_read_is_a_gap_and_nothing_in_it_is_deleted() {
    on_both(|on| {
        let story = Story::acme(on);
        story.apply();
        story.edit("organization.yaml", "  - {team: security, role: auditor}\n", "");
        let denied = Proxy::with(story.cloud.endpoint(), |call, _| {
            let denied =
                call.operation == "ListAccountAssignments" || call.operation.ends_with("AssignmentsForPrincipal");
            denied.then(|| Answer::error("AccessDeniedException", "User is not authorized to perform this action"))
        });
        let plan = story.polity_through(&denied, &["plan", "-o", "json"]);
        let plan = plan.json();
        let text = plan.to_string();
        assert!(text.contains("sso:ListAccountAssignments"), "the missing permission is named: {plan:#}");
        assert!(!text.contains(r#""action":"delete""#), "nothing is deleted across a gap: {plan:#}");
        story
    });
}
