//! The words of `prevent: {aws: ...}`: what is understood, and what is said about what is not.

use polity_controls::control;
use polity_model::{Diagnostic, written::Written};

use super::told;
use crate::prevent::{
    check,
    statement::{Layer, document},
    words::{Measure, read},
};

fn written(text: &str) -> (Vec<Written>, Vec<Diagnostic>) {
    polity_manifest::documents(&polity_manifest::File { path: "c.yaml".to_owned(), bytes: text.as_bytes().to_vec() })
}

fn measures(text: &str) -> (Vec<Measure>, Vec<String>) {
    let (documents, wrong) = written(text);
    assert!(wrong.is_empty(), "{:#?}", told(&wrong));
    let mut wrong = Vec::new();
    let measures = read(&documents[0], &mut wrong);
    (measures, told(&wrong))
}

#[test]
fn measures_become_statements() {
    let (measures, wrong) = measures(
        r#"
- scp:
    deny: [s3:PutAccountPublicAccessBlock, S3:DeleteBucket]
- scp:
    not_actions: [iam:*, sts:*]
    resources: ["arn:aws:s3:::logs/*"]
    when: {StringNotEquals: {aws:RequestedRegion: [eu-central-1, eu-west-1]}}
    unless:
      StringLike: {aws:PrincipalTag/team: platform}
      Bool: {aws:ViaAWSService: true}
- rcp:
    deny: s3:*
    not_resources: ["arn:aws:s3:::public/*"]
    unless: {StringEqualsIfExists: {aws:PrincipalOrgID: o-1}}
- rcp:
    deny: sts:AssumeRole
    when: {StringNotEqualsIfExists: {aws:PrincipalOrgID: o-1}, BoolIfExists: {aws:PrincipalIsAWSService: "false"}}
- declarative_ec2: {ec2_attributes: {serial_console_access: {status: {"@@assign": disabled}}}}
- tag_policy: {tags: {env: {tag_key: {"@@assign": env}}}}
- setting: {s3_public_access_block: true, imds: required}
"#,
    );
    // What holds without its key has no opposite in one test.
    assert_eq!(
        wrong,
        [
            "c.yaml:14 no-opposite: `StringEqualsIfExists` on `aws:PrincipalOrgID` cannot be turned around; say it under `when` with the operator that means the opposite"
        ]
    );
    let lines: Vec<String> = measures
        .iter()
        .map(|measure| match measure {
            Measure::Deny(layer, statements) => {
                let document = document(*layer, statements).to_json();
                format!("{}: {:#}", if *layer == Layer::Principals { "scp" } else { "rcp" }, document["Statement"])
            }
            Measure::Document(kind, written) => format!("{kind}: {}", written.value().to_json()),
            Measure::Setting(name, written) => format!("setting {name}: {}", written.value().to_json()),
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let (_, wrong) = measures(
        r#"
- nothing
- scp: {deny: [s3:PutObject], rcp: 1}
- {scp: {deny: [a:B]}, rcp: {deny: [a:B]}}
- policy: {deny: [s3:*]}
- guard_duty: {x: 1}
- scp: {deny: [PutObject, "s3 :x", 7]}
- scp: {deny: []}
- scp: {when: {Bool: {aws:SecureTransport: false}}}
- scp: {deny: [s3:*], not_actions: [iam:*]}
- rcp: {not_actions: [s3:*]}
- scp: {deny: [s3:*], resources: [bucket]}
- scp: {deny: [s3:*], when: {StringsEqual: {aws:PrincipalArn: x}}}
- scp: {deny: [s3:*], when: {StringEquals: {region: x}}}
- scp: {deny: [s3:*], when: {Bool: {aws:SecureTransport: maybe}}}
- scp: {deny: [s3:*], when: {NumericLessThan: {s3:max-keys: NaN}}}
- scp: {deny: [s3:*], when: {IpAddress: {aws:SourceIp: 10.0.0.0/40}}}
- scp: {deny: [s3:*], when: {DateLessThan: {aws:CurrentTime: 31.12.2026}}}
- scp: {deny: [s3:*], when: {StringEquals: {aws:PrincipalArn: []}}}
- scp: {deny: [s3:*], when: {}}
- setting: {public_access: true, imds: maybe, ebs_encryption: 1, password_policy: {minimum_length: 1000}}
- tag_policy: []
"#,
    );
    insta::assert_snapshot!(wrong.join("\n"));
    assert_eq!(measures("a: 1").1.len(), 1);
}

fn checked(prevent: &str) -> Vec<String> {
    let text = super::control("no-use", "params: {regions: {type: texts, default: [eu-west-1]}}\n", prevent);
    let (documents, wrong) = written(text.trim_start_matches("---\n"));
    assert!(wrong.is_empty(), "{:#?}", told(&wrong));
    let (control, wrong) = control::read(&documents[0]);
    told(&check(&control.unwrap_or_else(|| panic!("{:#?}", told(&wrong)))))
}

#[test]
fn a_control_is_checked_with_its_parameters_open() {
    let region = |name: &str| {
        format!(
            "    - scp: {{deny: [ec2:*], when: {{StringNotEquals: {{aws:RequestedRegion: \"${{params.{name}}}\"}}}}}}"
        )
    };
    assert_eq!(checked(&region("regions")), [""; 0]);
    assert_eq!(
        checked(&region("places")),
        [
            "c.yaml:9 unknown-param: there is no parameter `places`; known here: `regions`; or declare it under `params:`"
        ]
    );
}

#[test]
fn a_megabyte_of_policy_is_refused_at_once() {
    let actions: Vec<String> = (0..40_000).map(|number| format!("\"s3:PutSomethingNumber{number}\"")).collect();
    let wrong = checked(&format!("    - scp: {{deny: [{}]}}", actions.join(", ")));
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].contains("too-large") && wrong[0].contains("200000 are the most"), "{wrong:?}");
    // A policy of a size that is read, but that AWS would not take.
    let wrong = checked(&format!("    - scp: {{deny: [{}]}}", actions[..800].join(", ")));
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].contains("AWS takes 10240 of the type `service-control`"), "{wrong:?}");
}

#[test]
fn an_alias_of_itself_is_told_and_ends() {
    let (documents, wrong) = written("a: &a\n  - scp: {deny: [s3:*]}\n  - *a\n");
    assert!(wrong.iter().any(Diagnostic::is_error), "{documents:?}");
}
