//! Trusted services, delegated administrators, the resource policy, tags.

use serde_json::json;

use super::text;
use crate::aws::testing::{Bench, MANAGEMENT};

#[test]
fn a_service_is_trusted_before_somebody_administers_it() {
    let (mut bench, _) = Bench::organized();
    let (one, two) = (bench.account("one"), bench.account("two"));
    let register = |bench: &mut Bench, account: &str, service: &str| {
        let input = json!({"AccountId": account, "ServicePrincipal": service});
        let (status, answer) = bench.call("organizations", "RegisterDelegatedAdministrator", input);
        let reason = answer.get("Reason").and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
        if status == 200 { "ok".to_owned() } else { format!("{}/{reason}", text(&answer, "/__type")) }
    };
    let sso = "sso.amazonaws.com";
    assert_eq!(register(&mut bench, &one, sso), "ConstraintViolationException/SERVICE_ACCESS_NOT_ENABLED");
    assert_eq!(register(&mut bench, &one, "nobody.example"), "InvalidInputException/UNRECOGNIZED_SERVICE_PRINCIPAL");
    bench.org("EnableAWSServiceAccess", json!({"ServicePrincipal": sso}));
    bench.org("EnableAWSServiceAccess", json!({"ServicePrincipal": sso}));
    let trusted = bench.org("ListAWSServiceAccessForOrganization", json!({}));
    assert_eq!(trusted["EnabledServicePrincipals"].as_array().unwrap().len(), 1);
    assert_eq!(
        register(&mut bench, MANAGEMENT, sso),
        "ConstraintViolationException/CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"
    );
    assert_eq!(register(&mut bench, "999999999999", sso), "AccountNotFoundException/");
    assert_eq!(register(&mut bench, &one, sso), "ok");
    assert_eq!(register(&mut bench, &one, sso), "AccountAlreadyRegisteredException/");
    assert_eq!(
        register(&mut bench, &two, sso),
        "ConstraintViolationException/DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"
    );
    let listed = bench.org("ListDelegatedAdministrators", json!({"ServicePrincipal": sso}));
    assert_eq!(text(&listed, "/DelegatedAdministrators/0/Id"), one);
    let services = bench.org("ListDelegatedServicesForAccount", json!({"AccountId": one}));
    assert_eq!(text(&services, "/DelegatedServices/0/ServicePrincipal"), sso);
    let key = bench.assume(&one);
    bench.ok_as(&key, "organizations", "ListAccounts", json!({}));
    let input = json!({"Email": "x@example.com", "AccountName": "x"});
    assert_eq!(bench.refused_as(&key, "organizations", "CreateAccount", input), "AccessDeniedException");
    let removed = bench.org_refused("RemoveAccountFromOrganization", json!({"AccountId": one}));
    assert_eq!(removed, "ConstraintViolationException/CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG");
    let pair = json!({"AccountId": one, "ServicePrincipal": sso});
    bench.org("DeregisterDelegatedAdministrator", pair.clone());
    assert_eq!(bench.org_refused("DeregisterDelegatedAdministrator", pair), "AccountNotRegisteredException");
    let none = bench.org_refused("ListDelegatedServicesForAccount", json!({"AccountId": one}));
    assert_eq!(none, "AccountNotRegisteredException");
    assert_eq!(bench.refused_as(&key, "organizations", "ListAccounts", json!({})), "AccessDeniedException");
    bench.org("DisableAWSServiceAccess", json!({"ServicePrincipal": sso}));
}

#[test]
fn a_policy_type_can_need_a_trusted_service() {
    let (mut bench, root) = Bench::organized();
    let kind = json!({"RootId": root, "PolicyType": "SECURITYHUB_POLICY"});
    let service = json!({"ServicePrincipal": "securityhub.amazonaws.com"});
    let early = bench.org_refused("EnablePolicyType", kind.clone());
    assert_eq!(early, "ConstraintViolationException/SERVICE_ACCESS_NOT_ENABLED");
    bench.org("EnableAWSServiceAccess", service.clone());
    bench.org("EnablePolicyType", kind.clone());
    let used = bench.org_refused("DisableAWSServiceAccess", service.clone());
    assert_eq!(used, "ConstraintViolationException/POLICY_TYPE_ENABLED_FOR_THIS_SERVICE");
    bench.org("DisablePolicyType", kind.clone());
    bench.org("DisableAWSServiceAccess", service);
    assert_eq!(bench.org_refused("DisablePolicyType", kind), "PolicyTypeNotEnabledException");
}

#[test]
fn the_resource_policy_lets_members_do_what_it_names() {
    let (mut bench, _) = Bench::organized();
    let account = bench.account("app");
    let key = bench.assume(&account);
    assert_eq!(bench.org_refused("DescribeResourcePolicy", json!({})), "ResourcePolicyNotFoundException");
    let statement = |principal: &str, action: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": [action], "Resource": "*"},
        ]})
        .to_string()
    };
    let arn = format!("arn:aws:iam::{account}:root");
    for (content, reason) in [
        ("{".to_owned(), "INVALID_RESOURCE_POLICY_JSON"),
        ("{}".to_owned(), "INVALID_RESOURCE_POLICY_JSON"),
        (statement("somebody", "organizations:List*"), "INVALID_PRINCIPAL"),
        (statement(&arn, "s3:*"), "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"),
    ] {
        let refused = bench.org_refused("PutResourcePolicy", json!({"Content": content}));
        assert_eq!(refused, format!("InvalidInputException/{reason}"));
    }
    let tags = json!([{"Key": "k", "Value": "v"}]);
    let put = json!({"Content": statement(&arn, "organizations:CreatePolicy"), "Tags": tags});
    let first = bench.org("PutResourcePolicy", put);
    let input = json!({"Name": "x", "Description": "", "Type": "TAG_POLICY", "Content": "{\"tags\":{}}"});
    bench.ok_as(&key, "organizations", "CreatePolicy", input);
    let other = bench.refused_as(&key, "organizations", "ListPolicies", json!({"Filter": "TAG_POLICY"}));
    assert_eq!(other, "AccessDeniedException");
    let second = bench.org("PutResourcePolicy", json!({"Content": statement(&arn, "organizations:List*")}));
    let id = text(&first, "/ResourcePolicy/ResourcePolicySummary/Id");
    assert_eq!(text(&second, "/ResourcePolicy/ResourcePolicySummary/Id"), id);
    bench.ok_as(&key, "organizations", "ListPolicies", json!({"Filter": "TAG_POLICY"}));
    assert_eq!(bench.org("ListTagsForResource", json!({"ResourceId": id}))["Tags"], tags);
    bench.org("DeleteResourcePolicy", json!({}));
    assert_eq!(bench.org_refused("DeleteResourcePolicy", json!({})), "ResourcePolicyNotFoundException");
}

#[test]
fn tags_are_put_on_everything_up_to_fifty() {
    let (mut bench, root) = Bench::organized();
    let unit = bench.unit(&root, "unit");
    let policy = bench.policy("TAG_POLICY", "p", r#"{"tags":{}}"#);
    for id in [&root, &unit, &policy, &MANAGEMENT.to_owned()] {
        let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]);
        bench.org("TagResource", json!({"ResourceId": id, "Tags": tags}));
        bench.org("TagResource", json!({"ResourceId": id, "Tags": [{"Key": "a", "Value": "2"}]}));
        bench.org("UntagResource", json!({"ResourceId": id, "TagKeys": ["b", "missing"]}));
        let listed = bench.org("ListTagsForResource", json!({"ResourceId": id}));
        assert_eq!(listed, json!({"Tags": [{"Key": "a", "Value": "2"}]}));
    }
    let many: Vec<_> = (0..50).map(|number| json!({"Key": format!("k{number}"), "Value": ""})).collect();
    let full = bench.org_refused("TagResource", json!({"ResourceId": unit, "Tags": many}));
    assert_eq!(full, "ConstraintViolationException/MAX_TAG_LIMIT_EXCEEDED");
    let twice = json!([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]);
    let refused = bench.org_refused("TagResource", json!({"ResourceId": unit, "Tags": twice}));
    assert_eq!(refused, "InvalidInputException/DUPLICATE_TAG_KEY");
    assert_eq!(bench.org_refused("TagResource", json!({"ResourceId": unit})), "InvalidInputException/INPUT_REQUIRED");
    let nobody = bench.org_refused("ListTagsForResource", json!({"ResourceId": "999999999999"}));
    assert_eq!(nobody, "TargetNotFoundException");
}
