//! Laws of the packer on random policies. How many is the environment's word: `PROPTEST_CASES=10000`.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::Value;
use proptest::prelude::*;

use crate::prevent::{
    condition::{Condition, Operator},
    decide::{Answer, Request, denies},
    pack::{Bin, Room, merge, pack},
    proof::{equivalent, keeps},
    statement::{Effect, Layer, Matter, Pattern, Statement, document, parse},
};

const ACTIONS: [&str; 10] = [
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "S3:getobject",
    "s3:Put?bject",
    "ec2:RunInstances",
    "ec2:*",
    "*:Get*",
    "iam:Get?*",
];
const RESOURCES: [&str; 7] = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::logs",
    "arn:aws:s3:::logs/*",
    "arn:aws:s3:::logs/${aws:username}",
    "arn:*:s3:::l?gs/*",
    "arn:aws:ec2:*:*:instance/*",
];
const TESTS: [(&str, &str, &[&str]); 9] = [
    ("StringEquals", "aws:RequestedRegion", &["eu-west-1", "us-east-1"]),
    ("StringNotEquals", "aws:RequestedRegion", &["eu-west-1", "eu-central-1"]),
    ("StringLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/a*", "arn:aws:iam::*:root"]),
    ("ArnNotLike", "aws:PrincipalArn", &["arn:*:iam::*:role/polity", "arn:*:iam::*:role/a*"]),
    ("ForAllValues:StringEquals", "aws:TagKeys", &["env", "owner"]),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", &["env"]),
    ("BoolIfExists", "aws:SecureTransport", &["false"]),
    ("Null", "aws:TokenIssueTime", &["true"]),
    ("NumericLessThan", "s3:signatureAge", &["100", "5"]),
];

fn matter(texts: &'static [&'static str], read: fn(&str) -> Pattern) -> impl Strategy<Value = Matter> {
    (proptest::collection::btree_set(0..texts.len(), 1..4), proptest::bool::weighted(0.2)).prop_map(
        move |(chosen, except)| {
            let patterns = chosen.into_iter().map(|one| read(texts[one])).collect();
            if except { Matter::Except(patterns) } else { Matter::Only(patterns) }
        },
    )
}

fn condition() -> impl Strategy<Value = Condition> {
    let test = (0..TESTS.len(), 1usize..4);
    proptest::collection::vec(test, 0..3).prop_map(|tests| {
        let mut condition = Condition::default();
        for (test, mask) in tests {
            let (operator, key, values) = TESTS[test];
            let values = values.iter().enumerate().filter(|(place, _)| *place == 0 || mask & 2 == 2);
            let values = values.map(|(_, value)| (*value).to_owned()).collect();
            let _ = condition.and(Operator::of(operator).unwrap(), key, &values);
        }
        condition
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    (matter(&ACTIONS, Pattern::action), matter(&RESOURCES, Pattern::resource), condition())
        .prop_map(|(actions, resources, condition)| Statement { effect: Effect::Deny, actions, resources, condition })
}

fn controls() -> impl Strategy<Value = BTreeMap<String, Vec<Statement>>> {
    proptest::collection::btree_map("[a-f]{1,3}", proptest::collection::vec(statement(), 1..5), 1..8)
}

fn request() -> impl Strategy<Value = Request> {
    let one_of = |texts: &'static [&'static str]| (0..texts.len()).prop_map(move |place| texts[place].to_owned());
    let several = |texts: &'static [&'static str]| {
        proptest::collection::btree_set(0..texts.len(), 0..=texts.len().min(2))
            .prop_map(move |places| places.into_iter().map(|place| texts[place].to_owned()).collect::<Vec<_>>())
    };
    let action =
        one_of(&["s3:GetObject", "s3:PutObject", "s3:ListBucket", "ec2:RunInstances", "iam:GetRole", "kms:Decrypt"]);
    let resource = one_of(&[
        "arn:aws:s3:::logs",
        "arn:aws:s3:::logs/a",
        "arn:aws:s3:::legs/ada",
        "arn:aws:ec2:eu-west-1:1:instance/i",
        "*",
    ]);
    let facts = (
        several(&["eu-west-1"]),
        several(&["arn:aws:iam::1:role/admin"]),
        several(&["env", "owner", "cost"]),
        several(&["false"]),
        several(&["50"]),
        several(&["ada"]),
        any::<bool>(),
    );
    (action, resource, facts, any::<bool>()).prop_map(|(action, resource, facts, root)| {
        let (region, arn, tags, secure, age, user, token) = facts;
        let arn = if root { vec!["arn:aws:iam::1:root".to_owned()] } else { arn };
        let mut known = BTreeMap::from([
            ("aws:requestedregion".to_owned(), region),
            ("aws:principalarn".to_owned(), arn),
            ("aws:tagkeys".to_owned(), tags),
            ("aws:securetransport".to_owned(), secure),
            ("s3:signatureage".to_owned(), age),
            ("aws:username".to_owned(), user),
        ]);
        if token {
            known.insert("aws:tokenissuetime".to_owned(), vec!["2026-01-01T00:00:00Z".to_owned()]);
        }
        Request { action, resource: Some(resource), facts: known, whole: true }
    })
}

const ROOM: Room = Room { slots: 1_000, size: 1_400 };

fn packed(controls: &BTreeMap<String, Vec<Statement>>) -> BTreeMap<u64, Bin> {
    let controls = controls.iter().map(|(name, statements)| (name.as_str(), statements.as_slice())).collect();
    pack(Layer::Principals, &controls, Room { size: ROOM.size * 4, ..ROOM }).unwrap()
}

/// The documents of all policies together.
fn documents(bins: &BTreeMap<u64, Bin>) -> Vec<Value> {
    bins.values().map(|bin| document(Layer::Principals, &bin.statements)).collect()
}

fn decide(documents: &[Value], request: &Request) -> bool {
    documents.iter().any(|document| denies(document, request) == Answer::Yes)
}

proptest! {
    /// Packed and unpacked are proved equal on their normal form, and decide alike on requests, by an evaluator that knows
    /// neither the packer nor the proof.
    #[test]
    fn packing_changes_no_meaning(controls in controls(), requests in proptest::collection::vec(request(), 20)) {
        let bins = packed(&controls);
        let documents = documents(&bins);
        let read: Vec<Statement> =
            documents.iter().flat_map(|document| parse(Layer::Principals, document).unwrap()).collect();
        let unpacked: Vec<&Statement> = controls.values().flatten().collect();
        prop_assert_eq!(equivalent(unpacked.iter().copied(), &read), Ok(()));
        let before: Vec<Value> =
            unpacked.iter().map(|one| document(Layer::Principals, std::slice::from_ref(*one))).collect();
        for request in &requests {
            prop_assert_eq!(decide(&before, request), decide(&documents, request), "{:?}", request);
        }
        let held: BTreeSet<&String> = bins.values().flat_map(|bin| &bin.controls).collect();
        prop_assert_eq!(held, controls.keys().collect::<BTreeSet<_>>());
    }

    /// What the proof calls equal decides alike; a packer that is broken in one of many ways is caught.
    #[test]
    fn a_broken_packer_is_caught(
        statements in proptest::collection::vec(statement(), 1..6),
        broken in 0usize..7,
        at in any::<prop::sample::Index>(),
        requests in proptest::collection::vec(request(), 30),
    ) {
        let good = merge(statements.clone());
        let mut bad = good.clone();
        let place = at.index(bad.len());
        break_it(&mut bad, place, broken);
        let documents = |all: &[Statement]| vec![document(Layer::Principals, all)];
        let (right, wrong) = (documents(&good), documents(&bad));
        let differ = requests.iter().any(|request| decide(&right, request) != decide(&wrong, request));
        if differ {
            prop_assert!(equivalent(&statements, &bad).is_err(), "{:?}", bad);
        }
        if equivalent(&statements, &bad).is_ok() {
            prop_assert!(!differ);
        }
    }

    /// A changed control changes the policy that it is in, and no other: unless that one overflows or two have room in one.
    #[test]
    fn one_changed_control_changes_one_policy(controls in controls(), more in statement(), at in any::<prop::sample::Index>()) {
        let mut changed = controls.clone();
        let name = changed.keys().nth(at.index(controls.len())).unwrap().clone();
        changed.get_mut(&name).unwrap().push(more);
        let (before, after) = (packed(&controls), packed(&changed));
        if before.len() == after.len() {
            let differ: Vec<u64> = before.keys().filter(|number| before.get(number) != after.get(number)).copied().collect();
            prop_assert!(differ.len() <= 1, "{differ:?}");
            let holds = |number: &u64| before[number].controls.contains(&name);
            prop_assert!(differ.iter().all(holds));
        } else {
            // The one that overflows keeps its number, and what is new stands beside it.
            let same = before.iter().filter(|(number, bin)| after.get(number) == Some(bin)).count();
            prop_assert!(same + 1 >= before.len());
        }
    }

    /// What is merged again is merged already, and never larger.
    #[test]
    fn merging_ends(statements in proptest::collection::vec(statement(), 1..6)) {
        let size = |all: &[Statement]| crate::prevent::statement::size(&document(Layer::Principals, all));
        let merged = merge(statements.clone());
        prop_assert!(size(&merged) <= size(&statements));
        prop_assert_eq!(&merge(merged.clone()), &merged);
    }

    /// A document that keeps what another one prevents denies all that the other one denies.
    #[test]
    fn what_keeps_denies_as_much(
        one in proptest::collection::vec(statement(), 1..4),
        other in proptest::collection::vec(statement(), 1..4),
        requests in proptest::collection::vec(request(), 20),
    ) {
        let all: Vec<Statement> = one.iter().chain(&other).cloned().collect();
        let (one, both) = (document(Layer::Principals, &merge(one)), document(Layer::Principals, &merge(all)));
        prop_assert!(keeps(&one, &both));
        for request in requests.iter().filter(|_| keeps(&both, &one)) {
            prop_assert_eq!(denies(&both, request), denies(&one, request));
        }
    }
}

/// One of the mistakes that a packer could make.
fn break_it(statements: &mut Vec<Statement>, place: usize, how: usize) {
    let statement = &mut statements[place];
    let first = |matter: &mut Matter| match matter {
        Matter::Only(patterns) | Matter::Except(patterns) => patterns.pop_first(),
    };
    match how {
        0 => drop(statements.remove(place)),
        1 => drop(first(&mut statement.actions)),
        2 => drop(first(&mut statement.resources)),
        3 => statement.condition = Condition::default(),
        4 => statement.actions = Matter::Only(BTreeSet::from([Pattern::action("s3:*")])),
        5 => {
            let (Matter::Only(patterns) | Matter::Except(patterns)) = statement.actions.clone();
            statement.actions = match statement.actions {
                Matter::Only(_) => Matter::Except(patterns),
                Matter::Except(_) => Matter::Only(patterns),
            };
        }
        _ => {
            let _ = statement.condition.and(
                Operator::of("StringEquals").unwrap(),
                "aws:RequestedRegion",
                &BTreeSet::from(["us-east-1".to_owned()]),
            );
        }
    }
}

/// Each of those mistakes is seen by the proof itself, on a policy where it matters.
#[test]
fn each_mistake_is_seen() {
    let text = r#"{"Statement": [
        {"Effect": "Deny", "Action": ["iam:Get*", "s3:GetObject"], "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}
    ]}"#;
    let good = parse(Layer::Principals, &Value::from_json(&serde_json::from_str(text).unwrap())).unwrap();
    assert_eq!(equivalent(&good, &merge(good.clone())), Ok(()));
    for place in 0..good.len() {
        for how in 0..7 {
            let mut bad = good.clone();
            break_it(&mut bad, place, how);
            assert!(equivalent(&good, &bad).is_err(), "mistake {how} at {place}");
        }
    }
}
