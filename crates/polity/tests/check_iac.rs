//! `polity check-iac` as a person and as a pipeline see it.

// Clippy takes only functions that are marked as tests for tests; the helpers of this file are part of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/binary.rs"]
mod binary;

use std::fs;

use binary::{folder, polity};

const GROUP: &str = "\
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupName: web
      SecurityGroupEgress: []
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0, Description: for everybody}
        - {IpProtocol: tcp, FromPort: 3389, ToPort: 3389, CidrIp: !Ref Range, Description: for somebody}
Parameters:
  Range: {Type: String}
";

const ORGANIZATION: &str = "\
kind: organization
name: acme
version: polity/v1
controls: [admin-ports-closed]
---
kind: platform
name: aws
type: aws
management_account: \"111111111111\"
tenant_email: \"aws+{tenant}@acme.example\"
---
kind: landing_zone
name: prod
---
kind: unit
name: commerce
---
kind: project
name: checkout
unit: commerce
tenants:
  - {platform: aws, landing_zone: prod}
---
kind: person
name: ada
given_name: Ada
family_name: Lovelace
email: ada@acme.example
---
kind: exemption
name: lab
controls: [admin-ports-closed]
resources: [Group*]
owner: ada
reason: a laboratory
until: 2026-12-31
";

#[test]
fn a_person_sees_the_line_the_reason_and_what_is_not_known() {
    let folder = folder(&[("group.yaml", GROUP)]);
    let ran = polity(folder.path(), &["check-iac", "group.yaml", "--control", "admin-ports-closed"]);
    insta::assert_snapshot!(ran.out);
    assert_eq!((ran.code, ran.err.as_str()), (2, ""));
}

#[test]
fn exit_codes_tell_what_a_pipeline_must_know() {
    let open = GROUP.replace("0.0.0.0/0", "10.0.0.0/8");
    let folder = folder(&[("open.yaml", &open), ("group.yaml", GROUP), ("cut.json", "{\"Resources\": {")]);
    let only = |words: &[&str]| {
        polity(folder.path(), &[&["check-iac", "--control", "admin-ports-closed"], words].concat()).code
    };
    assert_eq!(only(&["group.yaml"]), 2);
    assert_eq!(only(&["open.yaml"]), 0);
    assert_eq!(only(&["open.yaml", "--unknown-fails"]), 2);
    assert_eq!(
        polity(
            folder.path(),
            &[
                "check-iac",
                "group.yaml",
                "--control",
                "network-rules-cared-for",
                "--baseline",
                "regulated",
                "--fail-on",
                "critical"
            ]
        )
        .code,
        0
    );
    assert_eq!(only(&["cut.json"]), 1);
    assert_eq!(only(&["gone.json"]), 1);
    let wrong = polity(folder.path(), &["check-iac", "group.yaml", "--baseline", "none"]);
    assert!(wrong.err.contains("there is no baseline `none`"), "{}", wrong.err);
}

#[test]
fn machines_get_every_form() {
    let folder = folder(&[("group.yaml", GROUP)]);
    let form = |form: &str| {
        polity(folder.path(), &["check-iac", "group.yaml", "--control", "admin-ports-closed", "-o", form]).out
    };
    let json: serde_json::Value = serde_json::from_str(&form("json")).unwrap();
    assert_eq!(
        json["counts"],
        serde_json::json!({"pass": 0, "fail": 1, "unknown": 1, "exempt": 0, "not_applicable": 0})
    );
    assert_eq!(json["findings"][0]["at"]["line"], 8);
    let sarif: serde_json::Value = serde_json::from_str(&form("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"], 8);
    assert_eq!(sarif["runs"][0]["results"][1]["kind"], "open");
    assert!(form("github").starts_with("::error file=group.yaml,line=8,"));
    assert!(form("junit").contains("failures=\"1\" errors=\"1\""));
}

#[test]
fn a_tenant_has_its_own_controls_and_exemptions() {
    let folder = folder(&[("acme.yaml", ORGANIZATION)]);
    fs::create_dir(folder.path().join(".infra")).unwrap();
    fs::write(folder.path().join(".infra/group.yaml"), GROUP).unwrap();
    let ran = polity(folder.path(), &["check-iac", ".infra/group.yaml", "--tenant", "checkout-prod"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("exempt  admin-ports-closed Group ingress[0]  by `lab` until 2026-12-31"), "{}", ran.out);
    let ran = polity(folder.path(), &["check-iac", ".infra/group.yaml", "--tenant", "elsewhere"]);
    assert!(ran.err.contains("there is no tenant `elsewhere`"), "{}", ran.err);
}
