//! Hand-made plans: every action, risk, notice, brake and kind of access, a thousand changes, and the cap on size.

use polity_model::{
    Address, Digest, Map, Origin, Value,
    inventory::Gap,
    plan::{AccessChange, Action, Because, Brake, Change, Difference, Notice, Plan, Risk, VERSION},
    resource::{Group, MARK_ATTRIBUTE},
};
use serde_json::json;

use super::{Commit, Context, human::human, json::json, markdown::markdown};
use crate::views::{names::Names, plain};

pub(crate) fn origin(file: &str, line: u32) -> Origin {
    Origin { file: file.into(), line, column: 3, start: 0, end: 0 }
}

/// A change of this kind and name with nothing else to it.
pub(crate) fn change(action: Action, kind: &str, name: &str) -> Change {
    Change {
        address: Address::new("nimbus", kind, name),
        action,
        scope: "nimbus".to_owned(),
        id: (action != Action::Create).then(|| format!("{kind}-1")),
        after: Map::new(),
        before: Map::new(),
        diff: Vec::new(),
        because: Because::Written(vec![origin("org.yaml", 7)]),
        needs: Vec::new(),
        risks: Vec::new(),
        group: Group::default(),
        renamed_from: None,
    }
}

pub(crate) fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        version: VERSION.to_owned(),
        organization: "acme".to_owned(),
        manifest: Digest::of(b"manifest"),
        platforms: [("nimbus".to_owned(), "o-1".to_owned())].into(),
        today: "2026-11-22".to_owned(),
        changes,
        notices: Vec::new(),
        access: Vec::new(),
        brakes: Vec::new(),
        gaps: Vec::new(),
        scopes: Vec::new(),
    }
}

fn place(zone: Option<&str>, project: Option<&str>) -> Group {
    Group { landing_zone: zone.map(str::to_owned), project: project.map(str::to_owned), tenant: None }
}

fn diff(attribute: &str, before: impl Into<Value>, after: impl Into<Value>) -> Difference {
    Difference { attribute: attribute.to_owned(), before: before.into(), after: after.into() }
}

fn map(pairs: &[(&str, Value)]) -> Map {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// One change of every action, each with a reason of its own.
fn every_action() -> Vec<Change> {
    let zone = Address::new("nimbus", "zone", "prod");
    let document = |regions: &[&str]| {
        Value::from_json(&json!({"Statement": [
            {"Sid": "Regions", "Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*", "Condition": {"In": regions}},
            {"Sid": "Stay", "Effect": "Deny", "Action": "org:Leave", "Resource": "*"},
        ]}))
    };
    let mut account = change(Action::Create, "account", "checkout-prod");
    account.after = map(&[
        ("email", "aws+checkout-prod@acme.example".into()),
        ("parent", Value::id_of(zone)),
        ("tags", Value::Map(map(&[("env", "prod".into())]))),
    ]);
    account.group = place(Some("prod"), Some("checkout"));
    let mut policy = change(Action::Update, "guardrail", "regions");
    policy.diff = vec![diff("document", document(&["one"]), document(&["one", "two"]))];
    policy.risks = vec![Risk::WeakensGuardrail];
    policy.because = Because::Drifted(vec![origin("guardrails.yaml", 4)]);
    let mut moved = change(Action::Move, "account", "search-dev");
    moved.diff = vec![diff("parent", "z-1", "z-2")];
    moved.group = place(Some("dev"), Some("search"));
    let mut replaced = change(Action::Replace, "role", "admin");
    replaced.diff = vec![diff("name", "admins", "admin"), diff("session_seconds", Value::Int(3600), Value::Int(28800))];
    replaced.risks = vec![Risk::WidensAccess, Risk::Deletes];
    replaced.renamed_from = Some(Address::new("nimbus", "role", "admins"));
    let mut deleted = change(Action::Delete, "assignment", "person:bob/admin@checkout-prod");
    deleted.because = Because::Removed;
    deleted.risks = vec![Risk::Deletes, Risk::LocksOut];
    deleted.group = place(Some("prod"), Some("checkout"));
    let mut adopted = change(Action::Adopt, "team", "payments");
    adopted.diff = vec![diff(MARK_ATTRIBUTE, Value::Null, "acme:nimbus/team/payments")];
    let mut forgotten = change(Action::Forget, "person", "carol");
    forgotten.because = Because::Removed;
    let mut closed = change(Action::Delete, "account", "old-prod");
    closed.because =
        Because::Retired { origin: vec![origin("tenants.yaml", 30)], reason: "merged into checkout".to_owned() };
    closed.risks = vec![Risk::Deletes, Risk::Irreversible];
    closed.group = place(Some("prod"), None);
    let mut foreign = change(Action::Delete, "attachment", "a-7@z-2");
    foreign.id = Some("a-7@z-2".to_owned());
    foreign.before = map(&[("guardrail", "a-7".into()), ("target", "z-2".into()), ("arn", Value::Null)]);
    foreign.because = Because::Foreign;
    foreign.group = place(Some("prod"), None);
    vec![policy, replaced, adopted, account, moved, deleted, closed, foreign, forgotten]
}

fn loud() -> Plan {
    let mut plan = plan(every_action());
    let access = |gains, person: &str, role: &str, place: &str, through: Option<&str>| AccessChange {
        gains,
        person: person.to_owned(),
        role: role.to_owned(),
        place: place.to_owned(),
        through: through.map(str::to_owned),
        admin: role == "admin",
        by: vec![],
    };
    plan.access = vec![
        access(false, "bob", "admin", "checkout-prod", None),
        access(true, "ada", "developer", "checkout-prod", Some("payments")),
        access(true, "ada", "developer", "checkout-dev", Some("payments")),
        access(true, "grace", "developer", "checkout-prod", Some("payments")),
        access(true, "grace", "developer", "checkout-dev", Some("payments")),
    ];
    let foreign = |id: &str| Notice::Foreign {
        kind: "account".to_owned(),
        scope: "nimbus".to_owned(),
        id: id.to_owned(),
        name: format!("legacy {id}"),
        group: Group::default(),
    };
    plan.notices = vec![
        foreign("1"),
        foreign("2"),
        Notice::Vendor {
            kind: "guardrail".to_owned(),
            scope: "nimbus".to_owned(),
            id: "p-full".to_owned(),
            name: "FullAccess".to_owned(),
            by: "managed by Nimbus".to_owned(),
        },
        Notice::Conflict {
            address: Address::new("nimbus", "zone", "dev"),
            candidates: vec!["z-7".to_owned(), "z-8".to_owned()],
            message: "two zones are called `dev`; write `id:` to say which one is meant".to_owned(),
            origins: vec![origin("zones.yaml", 9)],
        },
        Notice::Blocked {
            address: Address::new("nimbus", "account", "search-test"),
            by: "nimbus/zone/dev".to_owned(),
            origins: vec![origin("tenants.yaml", 40)],
        },
        Notice::Forgotten { address: Address::new("nimbus", "person", "carol"), id: "person-1".to_owned() },
        Notice::Note { message: "three regions were not read".to_owned(), origins: vec![] },
    ];
    plan.gaps = vec![Gap {
        scope: "nimbus/old-prod".to_owned(),
        kind: Some("password-policy".to_owned()),
        reason: "the call was denied".to_owned(),
        permission: Some("iam:GetAccountPasswordPolicy".to_owned()),
        help: Some("let the role in the tenant read it".to_owned()),
    }];
    plan.brakes = vec![Brake {
        name: "removals".to_owned(),
        message: "25 of 60 assignments would be taken back; the limit is 20".to_owned(),
        help: "raise `brakes.removals.assignment` if it is really meant".to_owned(),
        by: vec![Address::new("nimbus", "assignment", "person:bob/admin@checkout-prod")],
    }];
    plan
}

fn context() -> Context {
    let commit = |id: Option<&str>, line| Commit {
        id: id.map(str::to_owned),
        line,
        time: 0,
        author: "Ada Lovelace".to_owned(),
        date: "2026-11-02".to_owned(),
        summary: "Open the second region".to_owned(),
    };
    Context {
        commits: [
            (("guardrails.yaml".to_owned(), 4), commit(Some("3f2a1bc4d5e6f708"), 4)),
            (("org.yaml".to_owned(), 7), commit(None, 9)),
        ]
        .into(),
        actors: [(Address::new("nimbus", "guardrail", "regions"), "mallory on 2026-11-21".to_owned())].into(),
        names: Names::default().with("zone", "z-1", "dev").with("zone", "z-2", "prod").with(
            "attachment",
            "a-7@z-2",
            "stray on z-2",
        ),
        ..Context::default()
    }
}

#[test]
fn every_action_risk_notice_and_brake_is_told() {
    insta::assert_snapshot!(plain(&human(&loud(), &context())));
}

#[test]
fn markdown_says_the_same() {
    insta::assert_snapshot!(markdown(&loud(), &context(), 60_000));
}

#[test]
fn json_holds_the_plan_as_it_is_saved() {
    let plan = loud();
    let view = json(&plan, &context());
    let within: Plan = serde_json::from_value(view["plan"].clone()).unwrap();
    assert_eq!(within, plan);
    assert_eq!(view["digest"], plan.digest().as_str());
    assert_eq!(
        view["summary"]["actions"],
        json!({"adopt": 1, "create": 1, "delete": 3, "forget": 1, "move": 1, "replace": 1, "update": 1})
    );
    assert_eq!(view["commits"]["guardrails.yaml:4"]["author"], "Ada Lovelace");
    assert_eq!(view["actors"]["nimbus/guardrail/regions"], "mallory on 2026-11-21");
}

#[test]
fn no_changes_say_that_all_is_well() {
    let text = plain(&human(&plan(vec![]), &Context::default()));
    assert_eq!(text, "plan for acme on nimbus (o-1)\n\nno changes\nthe clouds are as the manifest asks\n");
    assert!(markdown(&plan(vec![]), &Context::default(), 60_000).starts_with("### Polity: no changes\n"));
}

#[test]
fn a_gap_is_never_called_well() {
    let mut plan = plan(vec![]);
    plan.gaps = loud().gaps;
    let text = plain(&human(&plan, &Context::default()));
    assert!(!text.contains("as the manifest asks"), "{text}");
    assert!(text.contains("missing permission: iam:GetAccountPasswordPolicy"), "{text}");
}

#[test]
fn the_next_step_names_the_saved_plan() {
    let plan = plan(every_action());
    let context = Context { saved: Some("next.plan".to_owned()), folder: Some("org".to_owned()), ..Context::default() };
    let text = plain(&human(&plan, &context));
    let next = format!("next: polity apply --folder org next.plan --approve {}\n", plan.digest().short());
    assert!(text.ends_with(&next), "{text}");
}

fn thousand() -> Plan {
    let mut changes = Vec::new();
    for number in 0..1_000 {
        let mut change = change(Action::Create, "assignment", &format!("team:t{number}/developer@tenant-{number}"));
        change.group = place(Some(if number % 2 == 0 { "prod" } else { "dev" }), None);
        change.risks = vec![Risk::WidensAccess];
        if number == 500 {
            change.risks = vec![Risk::LocksOut];
        }
        changes.push(change);
    }
    let mut plan = plan(changes);
    plan.access = (0..1_000)
        .map(|number| AccessChange {
            gains: true,
            person: format!("p{:02}", number % 20),
            role: "developer".to_owned(),
            place: format!("tenant-{:02}", number / 20),
            through: None,
            admin: false,
            by: vec![],
        })
        .collect();
    plan
}

#[test]
fn a_thousand_changes_are_summed_up_but_the_grave_one_is_shown() {
    insta::assert_snapshot!(plain(&human(&thousand(), &Context::default())));
    let all = plain(&human(&thousand(), &Context { all: true, ..Context::default() }));
    assert_eq!(all.matches("+   assignment ").count(), 1_000);
}

#[test]
fn markdown_keeps_to_its_size_and_closes_what_it_opens() {
    let mut plan = thousand();
    plan.brakes = loud().brakes;
    let context = Context { all: true, ..Context::default() };
    for size in [600, 1_000, 4_000, 60_000, 65_536, 200_000] {
        let text = markdown(&plan, &context, size);
        assert!(text.len() <= size, "{size}: {}", text.len());
        assert_eq!(text.matches("```").count() % 2, 0, "{size}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count(), "{size}");
    }
    let text = markdown(&plan, &context, 4_000);
    assert!(text.contains("Refused: the brakes are on"), "{text}");
    assert!(text.contains("**1,000 changes left out**"), "{text}");
}

#[test]
fn a_hostile_name_breaks_neither_terminal_nor_comment() {
    let mut hostile = change(Action::Create, "team", "```\u{1b}[31m\n</details>");
    hostile.group = place(Some("<script>"), None);
    let plan = plan(vec![hostile]);
    let text = human(&plan, &Context::default());
    assert!(!text.contains("\u{1b}[31m\n"), "{text}");
    let text = markdown(&plan, &Context::default(), 60_000);
    assert!(!text.contains("<script>"), "{text}");
    assert_eq!(text.matches("```").count(), 2, "{text}");
}
