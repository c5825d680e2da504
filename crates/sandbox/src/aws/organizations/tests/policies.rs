//! Policies: documents, types, attachments.

use serde_json::json;

use super::{DENY, text};
use crate::aws::{organizations::kinds::KINDS, testing::Bench};

const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";

#[test]
fn a_policy_lives() {
    let (mut bench, root) = Bench::organized();
    bench.enable(&root, SCP);
    let id = bench.policy(SCP, "no-ec2", DENY);
    let input = json!({"PolicyId": id, "Name": "no-compute", "Description": "why"});
    let updated = bench.org("UpdatePolicy", input);
    assert_eq!(text(&updated, "/Policy/PolicySummary/Name"), "no-compute");
    assert_eq!(text(&updated, "/Policy/Content"), DENY);
    bench.attach(&id, &root);
    assert_eq!(bench.org_refused("DeletePolicy", json!({"PolicyId": id})), "PolicyInUseException");
    let targets = bench.org("ListTargetsForPolicy", json!({"PolicyId": id}));
    assert_eq!(
        (text(&targets, "/Targets/0/TargetId"), text(&targets, "/Targets/0/Type")),
        (root.clone(), "ROOT".into())
    );
    bench.org("DetachPolicy", json!({"PolicyId": id, "TargetId": root}));
    bench.org("DeletePolicy", json!({"PolicyId": id}));
    assert_eq!(bench.org_refused("DescribePolicy", json!({"PolicyId": id})), "PolicyNotFoundException");
}

#[test]
fn full_access_is_everywhere_while_its_type_is_enabled_and_only_then() {
    let (mut bench, root) = Bench::organized();
    let unit = bench.unit(&root, "before");
    for (kind, name) in [(SCP, "FullAWSAccess"), (RCP, "RCPFullAWSAccess")] {
        assert_eq!(bench.attached(&root, kind), [""; 0]);
        bench.enable(&root, kind);
        let again = bench.org_refused("EnablePolicyType", json!({"RootId": root, "PolicyType": kind}));
        assert_eq!(again, "PolicyTypeAlreadyEnabledException");
        let account = bench.account(if kind == SCP { "one" } else { "two" });
        let later = bench.unit(&unit, kind);
        for target in [&root, &unit, &account, &later] {
            assert_eq!(bench.attached(target, kind), [name], "{target}");
        }
        let id = format!("p-{name}");
        for operation in ["DeletePolicy", "UpdatePolicy"] {
            let refused = bench.org_refused(operation, json!({"PolicyId": id}));
            assert_eq!(refused, "InvalidInputException/IMMUTABLE_POLICY");
        }
        let root_shown = bench.org("DisablePolicyType", json!({"RootId": root, "PolicyType": kind}));
        assert_eq!(root_shown["Root"]["PolicyTypes"], json!([]));
        for target in [&root, &unit, &account, &later] {
            assert_eq!(bench.attached(target, kind), [""; 0], "{target}");
        }
    }
}

#[test]
fn attachments_follow_the_rules() {
    let (mut bench, root) = Bench::organized();
    let id = bench.policy(SCP, "no-ec2", DENY);
    let pair = json!({"PolicyId": id, "TargetId": root});
    assert_eq!(bench.org_refused("AttachPolicy", pair.clone()), "PolicyTypeNotEnabledException");
    bench.enable(&root, SCP);
    assert_eq!(bench.org_refused("DetachPolicy", pair.clone()), "PolicyNotAttachedException");
    bench.org("AttachPolicy", pair.clone());
    assert_eq!(bench.org_refused("AttachPolicy", pair.clone()), "DuplicatePolicyAttachmentException");
    let nowhere = bench.org_refused("AttachPolicy", json!({"PolicyId": id, "TargetId": "999999999999"}));
    assert_eq!(nowhere, "TargetNotFoundException");
    let bad = bench.org_refused("AttachPolicy", json!({"PolicyId": id, "TargetId": "here"}));
    assert_eq!(bad, "InvalidInputException/INVALID_PATTERN_TARGET_ID");
    bench.org("DetachPolicy", json!({"PolicyId": "p-FullAWSAccess", "TargetId": root}));
    let last = bench.org_refused("DetachPolicy", pair);
    assert_eq!(last, "ConstraintViolationException/MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
    bench.enable(&root, RCP);
    let own = bench.org_refused("DetachPolicy", json!({"PolicyId": "p-RCPFullAWSAccess", "TargetId": root}));
    assert_eq!(own, "InvalidInputException/NON_DETACHABLE_POLICY");
}

#[test]
fn every_type_has_its_limits() {
    let (mut bench, root) = Bench::organized();
    bench.org("EnableAWSServiceAccess", json!({"ServicePrincipal": "securityhub.amazonaws.com"}));
    for kind in &KINDS {
        bench.enable(&root, kind.name);
        let minimal = match kind.name {
            SCP => DENY.to_owned(),
            RCP => DENY.replace(r#""Effect""#, r#""Principal":"*","Effect""#),
            _ => format!(r#"{{"{}":{{}}}}"#, kind.member.unwrap_or("anything")),
        };
        let fits = format!("{minimal}{}", " ".repeat(kind.size - minimal.len()));
        let input = |name: String, content: String| json!({"Name": name, "Description": "", "Type": kind.name, "Content": content});
        bench.org("CreatePolicy", input("fits".into(), fits.clone()));
        let larger = bench.org_refused("CreatePolicy", input("larger".into(), format!("{fits} ")));
        assert_eq!(larger, "ConstraintViolationException/POLICY_CONTENT_LIMIT_EXCEEDED", "{}", kind.name);
        let again = bench.org_refused("CreatePolicy", input("fits".into(), minimal.clone()));
        assert_eq!(again, "DuplicatePolicyException", "{}", kind.name);
        let there = bench.attached(&root, kind.name).len();
        for number in there..kind.per_target {
            let id = bench.policy(kind.name, &format!("p{number}"), &minimal);
            bench.attach(&id, &root);
        }
        let id = bench.policy(kind.name, "one more", &minimal);
        let refused = bench.org_refused("AttachPolicy", json!({"PolicyId": id, "TargetId": root}));
        assert_eq!(refused, "ConstraintViolationException/MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", "{}", kind.name);
    }
    let types = bench.org("ListRoots", json!({}))["Roots"][0]["PolicyTypes"].as_array().unwrap().len();
    assert_eq!(types, KINDS.len());
}

#[test]
fn documents_are_read_before_they_are_kept() {
    let (mut bench, _) = Bench::organized();
    let statement = |statement: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let good = [
        (SCP, statement(r#"{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}"#)),
        (
            SCP,
            r#"{"Statement":{"Sid":"A","Effect":"Deny","Action":"s3:Get*","NotResource":["arn:aws:s3:::x"]}}"#.into(),
        ),
        (SCP, statement(r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"a":"b"}}}"#)),
        (RCP, statement(r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#)),
        ("TAG_POLICY", r#"{"tags":{"k":{"tag_key":{"@@assign":"K"}}}}"#.into()),
        ("BACKUP_POLICY", r#"{"plans":{}}"#.into()),
        ("S3_POLICY", r#"{"s3_attributes":{"public_access_block_configuration":{"@@assign":"all"}}}"#.into()),
    ];
    for (number, (kind, content)) in good.into_iter().enumerate() {
        bench.policy(kind, &format!("good {number}"), &content);
    }
    let bad = [
        (SCP, "no json".to_owned()),
        (SCP, "[]".into()),
        (SCP, "{}".into()),
        (SCP, r#"{"Statement":[]}"#.into()),
        (SCP, r#"{"Version":"2020-01-01","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#.into()),
        (SCP, statement(r#"{"Effect":"Refuse","Action":"*","Resource":"*"}"#)),
        (SCP, statement(r#"{"Effect":"Deny","Resource":"*"}"#)),
        (SCP, statement(r#"{"Effect":"Deny","Action":"*"}"#)),
        (SCP, statement(r#"{"Effect":"Deny","Action":"*","NotAction":"*","Resource":"*"}"#)),
        (SCP, statement(r#"{"Effect":"Deny","Action":"everything","Resource":"*"}"#)),
        (SCP, statement(r#"{"Effect":"Deny","Action":[],"Resource":"*"}"#)),
        (SCP, statement(r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#)),
        (
            SCP,
            statement(
                r#"{"Sid":"A","Effect":"Deny","Action":"a:b","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"a:b","Resource":"*"}"#,
            ),
        ),
        (RCP, statement(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#)),
        (RCP, statement(r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#)),
        (RCP, statement(r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#)),
        (RCP, statement(r#"{"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"}"#)),
        ("TAG_POLICY", r#"{"plans":{}}"#.into()),
        ("TAG_POLICY", r#"{"tags":{"k":{"tag_key":{"@@set":"K"}}}}"#.into()),
        ("TAG_POLICY", r#"{"tags":{"k":{"tag_value":{"@@append":"K"}}}}"#.into()),
        ("BACKUP_POLICY", r#"{"plans":{"@@operators_allowed_for_child_policies":["@@some"]}}"#.into()),
    ];
    for (kind, content) in bad {
        let input = json!({"Name": "bad", "Description": "", "Type": kind, "Content": content});
        assert_eq!(bench.org_refused("CreatePolicy", input), "MalformedPolicyDocumentException", "{kind} {content}");
    }
    let id = bench.policy(SCP, "later bad", DENY);
    let worse = bench.org_refused("UpdatePolicy", json!({"PolicyId": id, "Content": "{"}));
    assert_eq!(worse, "MalformedPolicyDocumentException");
}

#[test]
fn guardrails_are_what_is_attached_on_the_way_down() {
    let (mut bench, root) = Bench::organized();
    bench.enable(&root, SCP);
    bench.enable(&root, "TAG_POLICY");
    let unit = bench.unit(&root, "unit");
    let account = bench.account("app");
    let (scp, tag) = (bench.policy(SCP, "no-ec2", DENY), bench.policy("TAG_POLICY", "keys", r#"{"tags":{}}"#));
    bench.attach(&scp, &unit);
    bench.attach(&tag, &root);
    let of = |bench: &Bench, id: &str| -> Vec<String> {
        bench.aws.world.organizations.guardrails_of(id).into_iter().collect()
    };
    assert_eq!(of(&bench, &account), [format!("{SCP}/FullAWSAccess"), "TAG_POLICY/keys".into()]);
    assert_eq!(of(&bench, "111111111111"), ["TAG_POLICY/keys"]);
    bench.org("MoveAccount", json!({"AccountId": account, "SourceParentId": root, "DestinationParentId": unit}));
    let there = of(&bench, &account);
    assert_eq!(there, [format!("{SCP}/FullAWSAccess"), format!("{SCP}/no-ec2"), "TAG_POLICY/keys".into()]);
    assert_eq!(of(&bench, "999999999999"), [""; 0]);
}

#[test]
fn billing_alone_has_no_policies() {
    let mut bench = Bench::new();
    bench.org("CreateOrganization", json!({"FeatureSet": "CONSOLIDATED_BILLING"}));
    let root = bench.root();
    let enable = bench.org_refused("EnablePolicyType", json!({"RootId": root, "PolicyType": SCP}));
    assert_eq!(enable, "PolicyTypeNotAvailableForOrganizationException");
    let input = json!({"Name": "x", "Description": "", "Type": SCP, "Content": DENY});
    assert_eq!(bench.org_refused("CreatePolicy", input), "PolicyTypeNotAvailableForOrganizationException");
    let trust = bench.org_refused("EnableAWSServiceAccess", json!({"ServicePrincipal": "sso.amazonaws.com"}));
    assert_eq!(trust, "ConstraintViolationException/ORGANIZATION_NOT_IN_ALL_FEATURES_MODE");
}
