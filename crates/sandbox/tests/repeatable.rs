//! The same seed and the same calls meet the same fate, whatever others ask in between.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use bytes::Bytes;
use polity_sandbox::{Clock, Effect, Outcome, Rule, Sandbox, Scenario, Select, When, aws::Aws};
use proptest::prelude::*;

const OPERATIONS: [&str; 4] = ["ListRoots", "ListAccounts", "DescribeOrganization", "CreateOrganization"];

fn scenario(seed: u64, share: f64) -> Scenario {
    Scenario::calm()
        .seeded(seed)
        .with(Rule::new(Effect::CutAfter).at(When::share(share)))
        .with(Rule::new(Effect::BrokenBefore).on(Select::operation("List*")).at(When::share(share)))
}

/// How each of these calls fared: status and whether there was an answer at all.
fn fates(seed: u64, share: f64, calls: &[usize]) -> Vec<(usize, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = Clock::from("2026-06-01T08:00:00Z".parse().unwrap());
        let sandbox = Sandbox::new(clock, &scenario(seed, share), Aws::new("111111111111", 7));
        let mut fates = Vec::new();
        for call in calls {
            let request = http::Request::post("/")
                .header("x-amz-target", format!("AWSOrganizationsV20161128.{}", OPERATIONS[*call]))
                .header("authorization", "AWS4-HMAC-SHA256 Credential=A/2/us-east-1/organizations/aws4_request, x=y")
                .body(Bytes::from_static(b"{}"))
                .unwrap();
            let fate = match sandbox.answer(request).await {
                Outcome::Reply(reply) => reply.status().to_string(),
                other => format!("{other:?}"),
            };
            fates.push((*call, fate));
        }
        fates
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_calls_meet_the_same_fate(
        seed in any::<u64>(),
        share in 0.0..1.0,
        calls in prop::collection::vec(0..OPERATIONS.len(), 1..40),
    ) {
        prop_assert_eq!(fates(seed, share, &calls), fates(seed, share, &calls));
    }

    #[test]
    fn what_befalls_one_operation_does_not_hang_on_what_is_asked_in_between(
        seed in any::<u64>(),
        calls in prop::collection::vec(0..OPERATIONS.len(), 1..40),
    ) {
        let mut sorted = calls.clone();
        sorted.sort_unstable();
        let lost = |fates: Vec<(usize, String)>, one| -> Vec<bool> {
            fates.into_iter().filter(|(call, _)| *call == one).map(|(_, fate)| fate == "Cut").collect()
        };
        for one in 0..OPERATIONS.len() {
            prop_assert_eq!(lost(fates(seed, 0.3, &calls), one), lost(fates(seed, 0.3, &sorted), one));
        }
    }
}

#[test]
fn a_share_is_about_that_share() {
    let lost = (0..2000).filter(|seed| fates(*seed, 0.25, &[2])[0].1 == "Cut").count();
    assert!((400..600).contains(&lost), "{lost} of 2000");
}
