//! Effective policies. The cases follow what AWS answers for tag policies of the same make.

use serde_json::{Value, json};

use super::text;
use crate::aws::testing::{Bench, MANAGEMENT};

const TAGS: &str = "TAG_POLICY";

/// The effective tag values of an account, when these stand on the root (in turn) and on the account.
fn effective(on_root: &[Value], on_account: Option<Value>) -> Value {
    let (mut bench, root) = Bench::organized();
    bench.enable(&root, TAGS);
    let account = bench.account("app");
    let document = |value: &Value| json!({"tags": {"Key": {"tag_value": value}}}).to_string();
    for (number, value) in on_root.iter().enumerate() {
        let id = bench.policy(TAGS, &format!("root {number}"), &document(value));
        bench.attach(&id, &root);
    }
    if let Some(value) = on_account {
        let id = bench.policy(TAGS, "account", &document(&value));
        bench.attach(&id, &account);
    }
    let shown = bench.org("DescribeEffectivePolicy", json!({"PolicyType": TAGS, "TargetId": account}));
    let content: Value = serde_json::from_str(&text(&shown, "/EffectivePolicy/PolicyContent")).unwrap();
    assert_eq!(content["tags"]["key"]["tag_key"], "key");
    content["tags"]["key"]["tag_value"].clone()
}

#[test]
fn operators_merge_from_the_root_down() {
    let allow = |value: Value, operator: &str| {
        let mut value = value;
        value["@@operators_allowed_for_child_policies"] = json!([operator]);
        value
    };
    let assign = |values: &[&str]| json!({"@@assign": values});
    let append = |values: &[&str]| json!({"@@append": values});
    let remove = |values: &[&str]| json!({"@@remove": values});
    let cases: Vec<(&str, Vec<Value>, Option<Value>, Value)> = vec![
        ("replace", vec![assign(&["red", "blue"])], Some(assign(&["green"])), json!(["green"])),
        ("append", vec![assign(&["red", "blue"])], Some(append(&["blue", "green"])), json!(["red", "blue", "green"])),
        ("remove", vec![assign(&["red", "blue"])], Some(remove(&["red", "missing"])), json!(["blue"])),
        ("lock", vec![allow(assign(&["red"]), "@@none")], Some(assign(&["green"])), json!(["red"])),
        ("append only", vec![allow(assign(&["red"]), "@@append")], Some(append(&["green"])), json!(["red", "green"])),
        (
            "no unlock",
            vec![allow(assign(&["red"]), "@@append")],
            Some(allow(assign(&["green"]), "@@all")),
            json!(["red"]),
        ),
        ("first assigns", vec![assign(&["red"]), assign(&["blue"])], None, json!(["red"])),
        ("remove on one level", vec![assign(&["red", "blue"]), remove(&["red"])], None, json!(["blue"])),
        ("remove comes last", vec![remove(&["red"]), append(&["red"])], None, json!([])),
        ("assign comes first", vec![append(&["red"]), assign(&["blue"])], None, json!(["blue", "red"])),
        (
            "all at once",
            vec![json!({"@@assign": ["red"], "@@append": ["blue"], "@@remove": ["red"]})],
            None,
            json!(["blue"]),
        ),
        (
            "both allow nothing",
            vec![allow(assign(&["red"]), "@@append"), json!({"@@operators_allowed_for_child_policies": ["@@remove"]})],
            Some(append(&["green"])),
            json!(["red"]),
        ),
        ("nothing to remove", vec![], Some(remove(&["red"])), json!(["*"])),
        (
            "all are texts",
            vec![json!({"@@assign": [12, true]})],
            Some(json!({"@@append": ["12", 13]})),
            json!(["12", "true", "13"]),
        ),
    ];
    for (name, on_root, on_account, expected) in cases {
        assert_eq!(effective(&on_root, on_account), expected, "{name}");
    }
}

#[test]
fn a_place_that_is_closed_takes_no_new_members() {
    let (mut bench, root) = Bench::organized();
    bench.enable(&root, "BACKUP_POLICY");
    let account = bench.account("app");
    let above = json!({"plans": {
        "@@operators_allowed_for_child_policies": ["@@none"],
        "daily": {"regions": {"@@assign": ["eu-west-1"]}},
    }});
    let below = json!({"plans": {"mine": {"regions": {"@@assign": ["us-east-1"]}}, "daily": {"regions": {"@@append": ["eu-west-2"]}}}});
    let (above, below) = (
        bench.policy("BACKUP_POLICY", "above", &above.to_string()),
        bench.policy("BACKUP_POLICY", "below", &below.to_string()),
    );
    bench.attach(&above, &root);
    bench.attach(&below, &account);
    let shown = bench.org("DescribeEffectivePolicy", json!({"PolicyType": "BACKUP_POLICY", "TargetId": account}));
    let content: Value = serde_json::from_str(&text(&shown, "/EffectivePolicy/PolicyContent")).unwrap();
    assert_eq!(content, json!({"plans": {"daily": {"regions": ["eu-west-1", "eu-west-2"]}}}));
}

#[test]
fn who_asks_for_what() {
    let (mut bench, root) = Bench::organized();
    let account = bench.account("app");
    let key = bench.assume(&account);
    let ask = |bench: &mut Bench, target: &str, kind: &str| {
        bench.org_refused("DescribeEffectivePolicy", json!({"PolicyType": kind, "TargetId": target}))
    };
    assert_eq!(ask(&mut bench, &account, TAGS), "EffectivePolicyNotFoundException");
    assert_eq!(ask(&mut bench, &root, TAGS), "InvalidInputException/TARGET_NOT_SUPPORTED");
    assert_eq!(ask(&mut bench, "999999999999", TAGS), "TargetNotFoundException");
    let scp = ask(&mut bench, &account, "SERVICE_CONTROL_POLICY");
    assert_eq!(scp, "InvalidInputException/INVALID_ENUM_POLICY_TYPE");
    bench.enable(&root, TAGS);
    // The type is enabled, but nothing of it is attached above the account.
    let own = bench.refused_as(&key, "organizations", "DescribeEffectivePolicy", json!({"PolicyType": TAGS}));
    assert_eq!(own, "EffectivePolicyNotFoundException");
    let other = json!({"PolicyType": TAGS, "TargetId": MANAGEMENT});
    let refused = bench.refused_as(&key, "organizations", "DescribeEffectivePolicy", other);
    assert_eq!(refused, "AccessDeniedException");
    let input = json!({"PolicyType": TAGS, "AccountId": account});
    let errors = bench.org("ListEffectivePolicyValidationErrors", input);
    assert_eq!(errors["EffectivePolicyValidationErrors"], json!([]));
    let invalid = bench.org("ListAccountsWithInvalidEffectivePolicy", json!({"PolicyType": TAGS}));
    assert_eq!(invalid, json!({"Accounts": [], "PolicyType": TAGS}));
}
