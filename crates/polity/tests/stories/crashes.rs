//! The process dies at any step of an apply; the next run goes on from there, and nothing is lost or made twice.
//!
//! The binary ends itself, without any cleaning up, right before a given entry of its journal: before an intent nothing
//! of it has happened, before an outcome the write is done and nobody has noted it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use serde_json::Value as Json;

use crate::support::{On, Story, ended};

/// A small organization with an object of every kind that the server can hold.
const SMALL: &str = r#"kind: organization
name: tiny
version: polity/v1
guardrails: [stay]
access: [{team: builders, role: developer}]
settings:
  aws:
    s3_public_access_block: true
    ebs_encryption: true
    password_policy: {minimum_length: 16}
    alternate_contacts:
      security: {name: Desk, title: On call, email: security@tiny.example, phone: "+49 30 5550100"}
---
kind: platform
name: aws
type: aws
mode: adopt
management_account: "123456789012"
tenant_email: "aws+{tenant}@tiny.example"
regions: [us-east-1]
trusted_access: [account.amazonaws.com, guardduty.amazonaws.com]
delegated_administrators: [{service: guardduty.amazonaws.com, tenant: shop}]
---
{kind: unit, name: all}
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@tiny.example}
---
{kind: team, name: builders, people: [ada]}
---
kind: role
name: developer
aws:
  managed_policies: ["arn:aws:iam::aws:policy/PowerUserAccess"]
  inline_policy: {Version: "2012-10-17", Statement: [{Sid: A, Effect: Deny, Action: "iam:*", Resource: "*"}]}
---
kind: guardrail
name: stay
aws:
  type: service-control
  document: {Version: "2012-10-17", Statement: [{Sid: A, Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}]}
---
{kind: landing_zone, name: outer, title: Outer}
---
{kind: landing_zone, name: inner, title: Inner, parent: outer}
---
kind: project
name: shop
unit: all
tags: {env: prod}
tenants:
  - platform: aws
    landing_zone: inner
    name: shop
    budget: {monthly: 10 USD, alert_at: [80], notify: [ada@tiny.example]}
"#;

/// Where the binary reads the step at which it ends itself.
const ABORT: &str = "POLITY_TEST_ABORT_BEFORE";

/// What an uninterrupted apply leads to, and in how many journal entries.
fn uninterrupted(story: &Story) -> (u64, Json) {
    story.apply();
    let log = story.polity(&["journal", "log", "-o", "json"]).expect(0).out;
    let entries = log.lines().filter(|line| line.starts_with('{')).count();
    assert!(entries > 20, "{log}");
    (entries as u64, story.held())
}

/// Dies before one entry, resumes, and compares.
fn dies_and_resumes(story: &Story, step: u64, expected: &Json) {
    story.start_over();
    let died = ended(story.command(&["apply", "--auto-approve"]).env(ABORT, step.to_string()));
    assert!([-1, 0].contains(&died.code), "step {step}: {died:?}");
    let resumed = story.polity(&["apply", "--auto-approve"]);
    assert_eq!(resumed.code, 0, "step {step}: {}\n{}", resumed.out, resumed.err);
    let plan = story.polity(&["plan"]);
    assert_eq!(plan.code, 0, "step {step}: {}\n{}", plan.out, plan.err);
    assert_eq!(&story.held(), expected, "step {step}");
    story.polity(&["journal", "verify"]).expect(0);
}

/// Steps of the small organization, from `first` on, `every` so many.
fn killed(on: On, first: u64, every: usize) {
    let story = Story::of(on, SMALL);
    let (entries, expected) = uninterrupted(&story);
    for step in (first..=entries).step_by(every) {
        dies_and_resumes(&story, step, &expected);
    }
}

#[test]
fn killed_at_a_sample_of_steps() {
    killed(On::Sandbox, 1, 4);
}

#[test]
fn killed_at_another_sample_of_steps() {
    killed(On::Sandbox, 3, 4);
}

#[test]
fn killed_on_a_server_of_somebody_else() {
    killed(On::Moto, 2, 16);
}

/// The whole example, step by step: `cargo xtask kill-loop`. Far too long for every change.
#[test]
#[ignore = "takes long: cargo xtask kill-loop runs it"]
fn killed_at_every_step_of_the_example() {
    let number = |name: &str| std::env::var(name).map_or(1, |text| text.parse::<u64>().unwrap());
    let (first, every) = (number("POLITY_KILL_FIRST"), number("POLITY_KILL_EVERY"));
    let on = if std::env::var_os("POLITY_KILL_ON").is_some_and(|on| on == "moto") { On::Moto } else { On::Sandbox };
    let (entries, expected) = uninterrupted(&Story::acme(on));
    let (next, tried, begun) = (AtomicU64::new(first), AtomicU64::new(0), Instant::now());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let story = Story::acme(on);
                loop {
                    let step = next.fetch_add(every, Ordering::SeqCst);
                    if step > entries {
                        return;
                    }
                    dies_and_resumes(&story, step, &expected);
                    let tried = tried.fetch_add(1, Ordering::SeqCst) + 1;
                    println!("step {step} of {entries}: converged ({tried} tried)");
                }
            });
        }
    });
    println!(
        "kill-loop on {on:?}: {} of {entries} steps, all converged to the uninterrupted organization, {:.0} s",
        tried.load(Ordering::SeqCst),
        begun.elapsed().as_secs_f64()
    );
}
