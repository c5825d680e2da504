//! Files that are no infrastructure code, or that were made to do harm: said where, and never a panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use polity_iac::{File, Format, Reading, Sources, read};
use polity_model::facet::{self, Datum, Reason};
use proptest::prelude::*;

fn of(path: &str, text: impl AsRef<[u8]>) -> Reading {
    read(File { path, bytes: text.as_ref() }, None, &Sources::default())
}

fn told(reading: &Reading) -> Vec<String> {
    reading.diagnostics.iter().map(|it| format!("{} {}: {}", it.at.origin, it.code, it.message)).collect()
}

/// A plan with one bucket and one of its parts.
fn bucket(policy: &str) -> String {
    let change = |kind: &str, after: serde_json::Value| {
        serde_json::json!({
            "address": format!("{kind}.a"), "mode": "managed", "type": kind, "name": "a",
            "change": {"actions": ["create"], "after": after, "after_unknown": {}},
        })
    };
    let changes = [
        change("aws_s3_bucket", serde_json::json!({"bucket": "a"})),
        change("aws_s3_bucket_policy", serde_json::json!({"bucket": "a", "policy": policy})),
    ];
    serde_json::json!({"format_version": "1.2", "resource_changes": changes}).to_string()
}

fn fact(reading: &Reading, field: &str) -> Datum {
    let found = reading.found.first().unwrap();
    found.row.get(facet::find(&found.row.facet).unwrap(), field).unwrap().clone()
}

#[test]
fn files_that_cannot_be_read() {
    let whole = bucket("{}");
    insta::assert_snapshot!(
        [
            told(&of("cut.json", &whole[..whole.len() / 2])),
            told(&of("latin.json", b"{\"format_version\": \"1.2\", \"a\": \"\xe4\"}")),
            told(&of("plan.bin", b"PK\x03\x04\xff\xfe")),
            told(&of("nan.json", r#"{"format_version": "1.2", "resource_changes": [{"a": NaN}]}"#)),
            told(&of("empty.yaml", "")),
            told(&of("notes.yaml", "just: some words\n")),
            told(&of("future.json", r#"{"format_version": "7.0", "resource_changes": []}"#)),
            told(&of("log.json", r#"{"@level": "info", "@message": "Terraform 1.11"}"#)),
            told(&of("template.yaml", "Resources:\n  A: [1]\n  B: {Type: 3}\nAWSTemplateFormatVersion: x\n")),
            told(&of("chart.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  {{ .Values.x }}\n")),
            told(&of("loop.yaml", "apiVersion: v1\nkind: Pod\nspec: &a {containers: [*a]}\n")),
            told(&of("no-kind.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n---\na: 1\n---\n- 2\n")),
            told(&of("Dockerfile", "# nothing\nRUN x\n")),
            told(&of(
                "odd.json",
                r#"{"format_version": "1.2", "resource_changes": [{"address": "x"}, 3, {"change": {}}]}"#
            )),
        ]
        .concat()
        .join("\n")
    );
}

#[test]
fn a_policy_that_is_no_json_decides_nothing() {
    let reading = of("plan.json", bucket("{\"Statement\": ["));
    insta::assert_snapshot!(told(&reading).join("\n"));
    assert_eq!(fact(&reading, "public"), Datum::Unknown(Reason::AfterApply));
    assert_eq!(fact(&reading, "tls_required"), Datum::Unknown(Reason::AfterApply));
}

#[test]
fn a_policy_of_a_megabyte_is_read_to_its_end() {
    let deny =
        r#"{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"s3:*","Resource":"*"}"#;
    let open = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}"#;
    let policy = format!("{{\"Statement\":[{}{open}]}}", format!("{deny},").repeat(10_000));
    assert!(policy.len() > 1_000_000);
    let reading = of("plan.json", bucket(&policy));
    assert_eq!(told(&reading), Vec::<String>::new());
    // Nothing says that public access is blocked, and nothing says that it is not.
    assert_eq!(fact(&reading, "public_read"), Datum::Unknown(Reason::AfterApply));
}

#[test]
fn ten_thousand_tags_and_huge_numbers() {
    let tags: serde_json::Map<_, _> = (0..10_000).map(|n| (format!("tag-{n}"), n.to_string().into())).collect();
    let plan = bucket("")
        .replace("\"bucket\":\"a\"}", &format!("\"bucket\":\"a\",\"tags\":{}}}", serde_json::Value::from(tags)));
    assert!(matches!(fact(&of("plan.json", plan), "tags"), Datum::Map(tags) if tags.len() == 10_000));
    let number = "9".repeat(400);
    let text =
        format!("Resources:\n  V: {{Type: 'AWS::EC2::Volume', Properties: {{Size: {number}, Encrypted: .nan}}}}\n");
    let reading = of("t.yaml", text);
    assert!(matches!(fact(&reading, "size_gib"), Datum::Unknown(Reason::Undefined(_))), "{reading:?}");
    assert!(matches!(fact(&reading, "encrypted"), Datum::Unknown(Reason::Undefined(_))));
}

#[test]
fn conditions_that_ask_for_each_other_are_not_known() {
    let text = "Resources:\n  V: {Type: 'AWS::EC2::Volume', Properties: {Encrypted: !If [A, true, false]}}\nConditions:\n  A: !Not [!Condition B]\n  B: !Or [!Condition A, !Condition A]\n";
    assert_eq!(fact(&of("t.yaml", text), "encrypted"), Datum::Unknown(Reason::AfterApply));
}

proptest! {
    /// Whatever is cut out of a file, it is read or refused.
    #[test]
    fn parts_of_good_files_are_read_or_refused(at in 0.0..1.0_f64, length in 0_usize..200, which in 0_usize..4) {
        const TEXTS: [&str; 4] = [
            include_str!("cases/terraform/joins/plan.json"),
            include_str!("cases/cloudformation/bad.yaml"),
            include_str!("cases/kubernetes/shop.yaml"),
            include_str!("cases/dockerfile/bad.Dockerfile"),
        ];
        let bytes = TEXTS[which].as_bytes();
        let start = (bytes.len() as f64 * at) as usize;
        let end = (start + length).min(bytes.len());
        let text = [&bytes[..start], &bytes[end..]].concat();
        let reading = of("a", &text);
        prop_assert!(reading.format.is_some() || !reading.diagnostics.is_empty());
        for (_, format) in Format::ALL {
            let _ = read(File { path: "a", bytes: &text }, Some(format), &Sources::default());
        }
    }
}
