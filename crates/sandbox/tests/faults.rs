//! Each kind of fault, shown on calls: what the caller sees, and what was done.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use polity_sandbox::{
    Clock, Effect, Entry, Outcome, Request, Rule, Sandbox, Scenario, Select, When,
    aws::Aws,
    scenario::{Hand, HandCall, Latency, Pace},
};
use serde_json::{Value, json};
use tokio::time::Instant;

/// What a caller sees.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Answer(Value),
    Refused(u16, String),
    Page(u16),
    Cut,
    Silent,
}

struct Cloud {
    sandbox: Sandbox,
    root: String,
    heard: Arc<Mutex<Vec<Entry>>>,
}

impl Cloud {
    /// An organization, and a scenario that begins when it is there.
    async fn under(scenario: Scenario) -> Self {
        let heard: Arc<Mutex<Vec<Entry>>> = Arc::default();
        let notes = Arc::clone(&heard);
        let clock = Clock::from("2026-06-01T08:00:00Z".parse().unwrap());
        let sandbox = Sandbox::new(clock, &Scenario::calm(), Aws::new("111111111111", 7))
            .heard_by(Arc::new(move |entry: &Entry| notes.lock().unwrap().push(entry.clone())));
        let mut cloud = Self { sandbox, root: String::new(), heard };
        cloud.ok("CreateOrganization", json!({"FeatureSet": "ALL"})).await;
        let roots = cloud.ok("ListRoots", json!({})).await;
        cloud.root = roots["Roots"][0]["Id"].as_str().unwrap().to_owned();
        cloud.heard.lock().unwrap().clear();
        cloud.sandbox.play(&scenario);
        cloud
    }

    async fn call(&self, operation: &str, input: Value) -> Seen {
        let outcome =
            self.sandbox.answer(request("organizations", "AWSOrganizationsV20161128", operation, &input)).await;
        seen(outcome)
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        match self.call(operation, input).await {
            Seen::Answer(answer) => answer,
            other => panic!("{operation}: {other:?}"),
        }
    }

    async fn create(&self, name: &str) -> Seen {
        self.call("CreateOrganizationalUnit", json!({"ParentId": self.root, "Name": name})).await
    }

    /// Names of the units below the root, as a read sees them now.
    async fn units(&self) -> Vec<String> {
        let list = self.ok("ListOrganizationalUnitsForParent", json!({"ParentId": self.root})).await;
        let units = list["OrganizationalUnits"].as_array().unwrap();
        let mut names: Vec<String> = units.iter().map(|unit| unit["Name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    fn faults(&self) -> Vec<Vec<&'static str>> {
        self.heard.lock().unwrap().iter().map(|entry| entry.faults.clone()).collect()
    }
}

fn request(service: &str, target: &str, operation: &str, input: &Value) -> Request {
    let scope = format!("AKIAMANAGEMENT/20260601/us-east-1/{service}/aws4_request");
    http::Request::post("/")
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"))
        .header("x-amz-target", format!("{target}.{operation}"))
        .body(Bytes::from(input.to_string()))
        .unwrap()
}

fn seen(outcome: Outcome) -> Seen {
    let reply = match outcome {
        Outcome::Cut => return Seen::Cut,
        Outcome::Silent => return Seen::Silent,
        Outcome::Reply(reply) => reply,
    };
    let status = reply.status().as_u16();
    match serde_json::from_slice::<Value>(reply.body()) {
        Err(_) => Seen::Page(status),
        Ok(body) if status == 200 => Seen::Answer(body),
        Ok(body) => Seen::Refused(status, body["__type"].as_str().unwrap_or_default().to_owned()),
    }
}

fn refused(status: u16, code: &str) -> Option<Seen> {
    Some(Seen::Refused(status, code.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn each_fault_at_the_second_write_is_seen_and_did_or_did_not_take_effect() {
    // `None`: an answer like any other.
    let table = [
        (Effect::Throttled, refused(400, "TooManyRequestsException"), false),
        (Effect::BrokenBefore, refused(500, "ServiceException"), false),
        (Effect::BrokenAfter, refused(500, "ServiceException"), true),
        (Effect::CutBefore, Some(Seen::Cut), false),
        (Effect::CutAfter, Some(Seen::Cut), true),
        (Effect::SilentBefore, Some(Seen::Silent), false),
        (Effect::SilentAfter, Some(Seen::Silent), true),
        (Effect::GarbledBefore, Some(Seen::Page(502)), false),
        (Effect::GarbledAfter, Some(Seen::Page(200)), true),
        (Effect::Denied, refused(400, "AccessDeniedException"), false),
        (Effect::Expired, refused(400, "ExpiredTokenException"), false),
        (Effect::Busy, refused(400, "ConcurrentModificationException"), false),
        (Effect::Latency(Latency::fixed(Duration::from_secs(3))), None, true),
    ];
    for (effect, expected, done) in table {
        let name = effect.name();
        let cloud = Cloud::under(Scenario::calm().with(Rule::new(effect).at(When::nth_write(2)))).await;
        assert!(matches!(cloud.create("first").await, Seen::Answer(_)), "{name}");
        let second = cloud.create("second").await;
        match expected {
            Some(expected) => assert_eq!(second, expected, "{name}"),
            None => assert!(matches!(second, Seen::Answer(_)), "{name}"),
        }
        assert!(matches!(cloud.create("third").await, Seen::Answer(_)), "{name}");
        let units = cloud.units().await;
        assert_eq!(units.contains(&"second".to_owned()), done, "{name}");
        assert_eq!(cloud.faults(), [vec![], vec![name], vec![], vec![]]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_halt_silences_everything_until_somebody_else_comes() {
    for (effect, done) in [(Effect::HaltBefore, false), (Effect::HaltAfter, true)] {
        let cloud = Cloud::under(Scenario::calm().with(Rule::new(effect).at(When::nth_write(1)))).await;
        let halted = tokio::spawn({
            let sandbox = cloud.sandbox.clone();
            async move { sandbox.halted().await }
        });
        assert_eq!(cloud.create("only").await, Seen::Silent);
        halted.await.unwrap();
        assert_eq!(cloud.call("ListRoots", json!({})).await, Seen::Silent, "the dead hear nothing");
        cloud.sandbox.resume();
        assert_eq!(cloud.units().await.len(), usize::from(done));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_halts_takes_what_is_under_way_with_them() {
    let late = Rule::new(Effect::Latency(Latency::fixed(Duration::from_secs(5)))).at(When::nth(1));
    let halt = Rule::new(Effect::HaltAfter).at(When::nth_write(2));
    let cloud = Cloud::under(Scenario::calm().with(late).with(halt)).await;
    let (slow, quick) = tokio::join!(cloud.create("slow"), cloud.create("quick"));
    assert_eq!((slow, quick), (Seen::Silent, Seen::Silent));
    cloud.sandbox.resume();
    assert_eq!(cloud.units().await, ["quick"]);
}

#[tokio::test(start_paused = true)]
async fn latency_takes_its_time_and_is_drawn_between_its_ends() {
    let (from, to) = (Duration::from_secs(1), Duration::from_secs(3));
    let cloud = Cloud::under(Scenario::calm().with(Rule::new(Effect::Latency(Latency { from, to })))).await;
    let mut taken = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        cloud.call("ListRoots", json!({})).await;
        taken.push(began.elapsed());
    }
    assert!(taken.iter().all(|took| (from..=to + Duration::from_millis(1)).contains(took)), "{taken:?}");
    assert!(taken.windows(2).any(|pair| pair[0] != pair[1]), "drawn, not fixed");
}

#[tokio::test(start_paused = true)]
async fn a_rate_lets_its_burst_through_and_then_its_pace() {
    let rate = Effect::Rate(Pace { per_second: 2.0, burst: 3 });
    let cloud = Cloud::under(Scenario::calm().with(Rule::new(rate).on(Select::operation("List*")))).await;
    let mut through = 0;
    for _ in 0..10 {
        through += u32::from(matches!(cloud.call("ListRoots", json!({})).await, Seen::Answer(_)));
    }
    assert_eq!(through, 3);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(cloud.units().await.len(), 0);
    assert!(matches!(cloud.call("ListRoots", json!({})).await, Seen::Answer(_)));
    let refused = Seen::Refused(400, "TooManyRequestsException".to_owned());
    assert_eq!(cloud.call("ListRoots", json!({})).await, refused);
    assert!(matches!(cloud.create("free").await, Seen::Answer(_)), "what is not selected is not throttled");
}

#[tokio::test(start_paused = true)]
async fn documented_rates_are_kept_for_each_operation() {
    let cloud = Cloud::under(Scenario::calm().with(Rule::new(Effect::DocumentedRates))).await;
    let mut made = 0;
    while matches!(cloud.create(&format!("unit-{made}")).await, Seen::Answer(_)) {
        made += 1;
    }
    assert_eq!(made, 2, "two at once, as the quotas of AWS Organizations say");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(matches!(cloud.create("later").await, Seen::Answer(_)), "and one more each second");
    assert_eq!(cloud.units().await.len(), 3, "reads have rates of their own");
}

#[tokio::test(start_paused = true)]
async fn stale_reads_see_what_was_there_and_then_what_is() {
    let stale = Rule::new(Effect::Stale(Duration::from_secs(5))).on(Select::service("organizations"));
    let cloud = Cloud::under(Scenario::calm().with(stale)).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    cloud.create("one").await;
    assert!(cloud.units().await.is_empty(), "not seen yet");
    tokio::time::advance(Duration::from_secs(3)).await;
    cloud.create("two").await;
    assert!(cloud.units().await.is_empty());
    tokio::time::advance(Duration::from_secs(3)).await;
    assert_eq!(cloud.units().await, ["one"]);
    tokio::time::advance(Duration::from_secs(3)).await;
    assert_eq!(cloud.units().await, ["one", "two"]);
    let again = cloud.create("two").await;
    assert_eq!(again, Seen::Refused(400, "DuplicateOrganizationalUnitException".to_owned()), "writes see the present");
}

#[tokio::test(start_paused = true)]
async fn two_faults_on_one_call_act_together() {
    let scenario = Scenario::calm()
        .with(Rule::new(Effect::CutAfter).at(When::nth_write(1)))
        .with(Rule::new(Effect::Throttled).at(When::nth_write(1)))
        .with(Rule::new(Effect::Latency(Latency::fixed(Duration::from_secs(2)))).at(When::nth_write(1)))
        .with(Rule::new(Effect::BrokenAfter).at(When::nth_write(2)))
        .with(Rule::new(Effect::Denied).at(When::nth_write(2)));
    let cloud = Cloud::under(scenario).await;
    let began = Instant::now();
    assert_eq!(cloud.create("one").await, Seen::Cut, "refused, and the refusal did not arrive");
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(cloud.create("two").await, Seen::Refused(400, "AccessDeniedException".to_owned()));
    assert!(cloud.units().await.is_empty(), "what was refused was not done");
}

#[tokio::test(start_paused = true)]
async fn slow_and_failing_work_behind_an_account() {
    let slow = Rule::new(Effect::Slow(Duration::from_secs(7200))).on(Select::operation("CreateAccount"));
    let fails = Rule::new(Effect::Failing("EMAIL_ALREADY_EXISTS".to_owned())).on(Select::operation("CreateAccount"));
    let cloud = Cloud::under(Scenario::calm().with(slow).with(fails.at(When::nth(2)))).await;
    let mut ids = Vec::new();
    for name in ["checkout", "payments"] {
        let input = json!({"AccountName": name, "Email": format!("{name}@example.org")});
        let begun = cloud.ok("CreateAccount", input).await;
        ids.push(begun["CreateAccountStatus"]["Id"].clone());
    }
    let mut told = Vec::new();
    for hours in [1, 1, 1] {
        tokio::time::advance(Duration::from_secs(hours * 3600)).await;
        for id in &ids {
            let status = cloud.ok("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": id})).await;
            let status = &status["CreateAccountStatus"];
            told.push(format!("{} {}", status["State"], status["FailureReason"]).replace('"', ""));
        }
    }
    assert_eq!(told.first().map(String::as_str), Some("IN_PROGRESS null"));
    assert_eq!(told.get(4..), Some(&["SUCCEEDED null".to_owned(), "FAILED EMAIL_ALREADY_EXISTS".to_owned()][..]));
}

#[tokio::test(start_paused = true)]
async fn pages_are_small_and_the_first_one_may_be_empty() {
    let scenario = Scenario::calm().with(Rule::new(Effect::SmallPages(2))).with(Rule::new(Effect::EmptyPages));
    let cloud = Cloud::under(scenario).await;
    for name in ["a", "b", "c"] {
        cloud.create(name).await;
    }
    let mut sizes = Vec::new();
    let mut input = json!({"ParentId": cloud.root});
    loop {
        let page = cloud.ok("ListOrganizationalUnitsForParent", input.clone()).await;
        sizes.push(page["OrganizationalUnits"].as_array().unwrap().len());
        match page.get("NextToken").filter(|token| token.is_string()) {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(sizes, [0, 2, 1]);
}

fn hand(operation: &str, input: Value) -> Effect {
    let (service, operation) = ("organizations".to_owned(), operation.to_owned());
    let call = HandCall { service, operation, input, account: None, region: None };
    Effect::Tampering(Hand { by: "mallory".to_owned(), call })
}

#[tokio::test(start_paused = true)]
async fn hands_move_at_their_time_by_name_and_are_told_of_when_they_cannot() {
    let in_shadow = hand("CreateOrganizationalUnit", json!({"ParentId": "${ou:Shadow}", "Name": "deep"}));
    let shadow = hand("CreateOrganizationalUnit", json!({"ParentId": "${root}", "Name": "Shadow"}));
    let nobody = hand("DetachPolicy", json!({"PolicyId": "${policy:Nothing}", "TargetId": "${root}"}));
    let minutes = |minutes: u64| When::after(Duration::from_secs(minutes * 60));
    let scenario = Scenario::calm()
        .with(Rule::new(in_shadow).at(minutes(3)))
        .with(Rule::new(shadow).at(minutes(2)))
        .with(Rule::new(nobody).at(minutes(4)));
    let cloud = Cloud::under(scenario).await;
    assert!(cloud.units().await.is_empty());
    cloud.sandbox.clock().skip(Duration::from_secs(3600));
    assert_eq!(cloud.units().await, ["Shadow"]);
    let heard = cloud.heard.lock().unwrap();
    let told: Vec<_> = heard.iter().filter(|entry| entry.hand.is_some()).collect();
    let at: Vec<String> = told.iter().map(|entry| entry.at.strftime("%H:%M").to_string()).collect();
    assert_eq!(at, ["08:02", "08:03", "08:04"], "each at its own time");
    assert!(told.iter().all(|entry| entry.hand.as_deref() == Some("mallory")));
    assert_eq!((&told[0].error, &told[1].error), (&None, &None));
    let why = told[2].error.as_deref().unwrap();
    assert!(why.starts_with("`${policy:Nothing}` names nothing: "), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_hand_moves_just_before_the_call_that_it_is_told_to_precede() {
    let shadow = hand("CreateOrganizationalUnit", json!({"ParentId": "${root}", "Name": "mine"}));
    let cloud = Cloud::under(Scenario::calm().with(Rule::new(shadow).at(When::nth_write(2)))).await;
    assert!(matches!(cloud.create("first").await, Seen::Answer(_)));
    let lost = cloud.create("mine").await;
    assert_eq!(lost, Seen::Refused(400, "DuplicateOrganizationalUnitException".to_owned()));
    assert_eq!(cloud.faults(), [vec![], vec!["tampering"], vec!["tampering"]]);
}

#[tokio::test(start_paused = true)]
async fn denied_scopes_are_those_of_the_selected_accounts_and_regions() {
    let other = Select { region: vec!["eu-*".to_owned()], ..Select::default() };
    let cloud = Cloud::under(Scenario::calm().with(Rule::new(Effect::Denied).on(other))).await;
    assert!(matches!(cloud.create("one").await, Seen::Answer(_)));
    let own = Select { account: vec!["111111111111".to_owned()], ..Select::default() };
    cloud.sandbox.play(&Scenario::calm().with(Rule::new(Effect::Denied).on(own)));
    assert_eq!(cloud.create("two").await, Seen::Refused(400, "AccessDeniedException".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn short_sessions_end_before_their_time() {
    let short = Rule::new(Effect::ShortSessions(Duration::from_secs(60)));
    let cloud = Cloud::under(Scenario::calm().with(short)).await;
    let begun = cloud.ok("CreateAccount", json!({"AccountName": "a", "Email": "a@example.org"})).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    let id = &begun["CreateAccountStatus"]["Id"];
    let status = cloud.ok("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": id})).await;
    let account = status["CreateAccountStatus"]["AccountId"].as_str().unwrap();
    let form = format!(
        "Action=AssumeRole&RoleSessionName=me&RoleArn=arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2FOrganizationAccountAccessRole"
    );
    let scope = "AKIAMANAGEMENT/20260601/us-east-1/sts/aws4_request";
    let request = http::Request::post("/")
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"))
        .body(Bytes::from(form))
        .unwrap();
    let Outcome::Reply(reply) = cloud.sandbox.answer(request).await else { panic!("no reply") };
    let text = String::from_utf8_lossy(reply.body()).into_owned();
    let expires = text.split("<Expiration>").nth(1).and_then(|rest| rest.split('<').next()).expect(&text);
    assert_eq!(expires, "2026-06-01T09:01:00Z");
}

#[test]
fn every_kind_of_effect_is_listed_once() {
    let mut names: Vec<&str> = Effect::samples().iter().map(Effect::name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert_eq!(count, 24);
}
