//! The instance, permission sets and their policies.

use serde_json::{Value, json};

use super::{POLICY, Room, SERVICE};
use crate::aws::testing::MANAGEMENT;

#[test]
fn there_is_one_instance() {
    let mut room = Room::new();
    let described = room.ok("DescribeInstance", json!({}));
    assert_eq!(described["Status"], "ACTIVE");
    assert_eq!(described["OwnerAccountId"], MANAGEMENT);
    assert_eq!(described["IdentityStoreId"], room.store);
    room.ok("UpdateInstance", json!({"Name": "central"}));
    assert_eq!(room.ok("DescribeInstance", json!({}))["Name"], "central");
    let other = json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-0000000000000000"});
    assert_eq!(room.bench.refused(SERVICE, "DescribeInstance", other.clone()), "AccessDeniedException");
    assert_eq!(room.bench.refused(SERVICE, "ListPermissionSets", other), "ResourceNotFoundException");
    assert_eq!(room.bench.refused(SERVICE, "ListPermissionSets", json!({})), "ValidationException");
    assert_eq!(
        room.bench.refused(SERVICE, "ListPermissionSets", json!({"InstanceArn": "arn:aws:sso:::instance/ours"})),
        "ValidationException"
    );
}

#[test]
fn a_permission_set_lives() {
    let mut room = Room::new();
    let arn = room.set("Admin");
    let input = json!({"PermissionSetArn": arn});
    let described = room.ok("DescribePermissionSet", input.clone())["PermissionSet"].clone();
    assert_eq!((&described["Name"], &described["SessionDuration"]), (&json!("Admin"), &json!("PT1H")));
    assert!(described["CreatedDate"].as_f64().unwrap() > 1.7e9);
    assert_eq!(described.get("Description"), None);
    assert_eq!(room.refused("CreatePermissionSet", json!({"Name": "Admin"})), "ConflictException");
    assert_eq!(room.ok("ListPermissionSets", json!({}))["PermissionSets"], json!([arn]));
    room.ok("DeletePermissionSet", input.clone());
    for operation in ["DescribePermissionSet", "DeletePermissionSet", "UpdatePermissionSet"] {
        assert_eq!(room.refused(operation, input.clone()), "ResourceNotFoundException");
    }
}

#[test]
fn an_update_leaves_what_it_does_not_name_but_for_the_relay_state() {
    let mut room = Room::new();
    let input = json!({"Name": "a", "Description": "d", "SessionDuration": "PT4H", "RelayState": "https://a.example"});
    let arn = room.ok("CreatePermissionSet", input)["PermissionSet"]["PermissionSetArn"].clone();
    room.ok("UpdatePermissionSet", json!({"PermissionSetArn": arn, "SessionDuration": "PT2H"}));
    let set = room.ok("DescribePermissionSet", json!({"PermissionSetArn": arn}))["PermissionSet"].clone();
    assert_eq!((&set["Description"], &set["SessionDuration"]), (&json!("d"), &json!("PT2H")));
    assert_eq!(set.get("RelayState"), None);
}

#[test]
fn members_of_a_permission_set_have_a_form() {
    let mut room = Room::new();
    let long = "x".repeat(33);
    for (member, value) in [
        ("Name", ""),
        ("Name", "with space"),
        ("Name", long.as_str()),
        ("Description", ""),
        ("Description", "a\u{7f}"),
        ("SessionDuration", "PT59M"),
        ("SessionDuration", "PT12H1S"),
        ("SessionDuration", "P1D"),
        ("SessionDuration", "1h"),
        ("SessionDuration", "-PT2H"),
        ("SessionDuration", "eight hours"),
        ("RelayState", "https://a.example/<b>"),
    ] {
        let mut input = json!({"Name": "fine"});
        input[member] = value.into();
        assert_eq!(room.refused("CreatePermissionSet", input), "ValidationException", "{member}: {value}");
    }
    for (index, duration) in ["PT1H", "PT12H", "PT90M", "PT1H30M", "PT7200S"].iter().enumerate() {
        room.ok("CreatePermissionSet", json!({"Name": format!("s{index}"), "SessionDuration": duration}));
    }
}

#[test]
fn tags_are_put_on_and_taken_off() {
    let mut room = Room::new();
    let tags = json!([{"Key": "env", "Value": "prod"}]);
    let input = json!({"Name": "a", "Tags": tags});
    let arn = room.ok("CreatePermissionSet", input)["PermissionSet"]["PermissionSetArn"].clone();
    let input = json!({"ResourceArn": arn});
    assert_eq!(room.ok("ListTagsForResource", input.clone())["Tags"], tags);
    room.ok("TagResource", json!({"ResourceArn": arn, "Tags": [{"Key": "owner", "Value": ""}]}));
    room.ok("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["env", "nothing"]}));
    assert_eq!(room.ok("ListTagsForResource", input)["Tags"], json!([{"Key": "owner", "Value": ""}]));
    let reserved = json!({"ResourceArn": arn, "Tags": [{"Key": "aws:a", "Value": "b"}]});
    assert_eq!(room.refused("TagResource", reserved), "ValidationException");
    let many: Vec<Value> = (0..50).map(|index| json!({"Key": format!("k{index}"), "Value": "v"})).collect();
    assert_eq!(room.refused("TagResource", json!({"ResourceArn": arn, "Tags": many})), "ServiceQuotaExceededException");
    let arn = arn.as_str().unwrap();
    let gone = json!({"ResourceArn": format!("{}0000000000000000", &arn[..arn.len() - 16])});
    assert_eq!(room.refused("ListTagsForResource", gone), "ResourceNotFoundException");
    let instance = room.instance.clone();
    room.ok("TagResource", json!({"ResourceArn": instance, "Tags": tags}));
    assert_eq!(room.ok("ListTagsForResource", json!({"ResourceArn": instance}))["Tags"], tags);
}

#[test]
fn an_inline_policy_is_put_read_and_deleted() {
    let mut room = Room::new();
    let arn = room.set("a");
    let input = json!({"PermissionSetArn": arn});
    assert_eq!(room.ok("GetInlinePolicyForPermissionSet", input.clone()), json!({"InlinePolicy": ""}));
    assert_eq!(room.refused("DeleteInlinePolicyFromPermissionSet", input.clone()), "ResourceNotFoundException");
    room.ok("PutInlinePolicyToPermissionSet", json!({"PermissionSetArn": arn, "InlinePolicy": POLICY}));
    assert_eq!(room.ok("GetInlinePolicyForPermissionSet", input.clone())["InlinePolicy"], POLICY);
    room.ok("DeleteInlinePolicyFromPermissionSet", input.clone());
    assert_eq!(room.ok("GetInlinePolicyForPermissionSet", input)["InlinePolicy"], "");
}

#[test]
fn an_inline_policy_is_a_policy() {
    let mut room = Room::new();
    let arn = room.set("a");
    let statement = |text: &str| format!(r#"{{"Version": "2012-10-17", "Statement": {text}}}"#);
    for wrong in [
        "no JSON".to_owned(),
        "{}".to_owned(),
        statement("[]"),
        POLICY.replace("2012-10-17", "2026-01-01"),
        POLICY.replace("Allow", "Maybe"),
        statement(r#"{"Effect": "Allow", "Resource": "*"}"#),
        statement(r#"{"Effect": "Allow", "Action": "*"}"#),
        statement(r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}"#),
        POLICY.replace("s3:*", "\u{20ac}"),
    ] {
        let input = json!({"PermissionSetArn": arn, "InlinePolicy": wrong});
        assert_eq!(room.refused("PutInlinePolicyToPermissionSet", input), "ValidationException", "{wrong}");
    }
    let padded = |letters: usize| POLICY.replace("s3:*", &format!("s3:{}", "x".repeat(letters)));
    let input = |policy: String| json!({"PermissionSetArn": arn, "InlinePolicy": policy});
    room.ok("PutInlinePolicyToPermissionSet", input(padded(10_000)));
    room.ok("PutInlinePolicyToPermissionSet", input(POLICY.replace(' ', &" ".repeat(2_000))));
    let refused = room.refused("PutInlinePolicyToPermissionSet", input(padded(10_240)));
    assert_eq!(refused, "ServiceQuotaExceededException");
    assert_eq!(room.refused("PutInlinePolicyToPermissionSet", input(padded(33_000))), "ValidationException");
}

#[test]
fn policies_are_attached_once_and_twenty_at_most() {
    let mut room = Room::new();
    let arn = room.set("a");
    let managed =
        |name: &str| json!({"PermissionSetArn": arn, "ManagedPolicyArn": format!("arn:aws:iam::aws:policy/{name}")});
    let reference = |name: &str| json!({"PermissionSetArn": arn, "CustomerManagedPolicyReference": {"Name": name}});
    room.ok("AttachManagedPolicyToPermissionSet", managed("job-function/Billing"));
    assert_eq!(
        room.refused("AttachManagedPolicyToPermissionSet", managed("job-function/Billing")),
        "ConflictException"
    );
    assert_eq!(room.refused("DetachManagedPolicyFromPermissionSet", managed("Other")), "ResourceNotFoundException");
    let own = json!({"PermissionSetArn": arn, "ManagedPolicyArn": "arn:aws:iam::111111111111:policy/Own"});
    assert_eq!(room.refused("AttachManagedPolicyToPermissionSet", own), "ValidationException");
    room.ok("AttachCustomerManagedPolicyReferenceToPermissionSet", reference("Ours"));
    let again = room.refused("AttachCustomerManagedPolicyReferenceToPermissionSet", reference("Ours"));
    assert_eq!(again, "ConflictException");
    let listed = room.ok("ListManagedPoliciesInPermissionSet", json!({"PermissionSetArn": arn}));
    let billing = json!([{"Name": "Billing", "Arn": "arn:aws:iam::aws:policy/job-function/Billing"}]);
    assert_eq!(listed["AttachedManagedPolicies"], billing);
    let listed = room.ok("ListCustomerManagedPolicyReferencesInPermissionSet", json!({"PermissionSetArn": arn}));
    assert_eq!(listed["CustomerManagedPolicyReferences"], json!([{"Name": "Ours", "Path": "/"}]));
    for index in 0..18 {
        room.ok("AttachManagedPolicyToPermissionSet", managed(&format!("P{index}")));
    }
    let over = [
        room.refused("AttachManagedPolicyToPermissionSet", managed("P18")),
        room.refused("AttachCustomerManagedPolicyReferenceToPermissionSet", reference("P18")),
    ];
    assert_eq!(over, ["ServiceQuotaExceededException"; 2]);
    room.ok("DetachManagedPolicyFromPermissionSet", managed("P0"));
    room.ok("DetachCustomerManagedPolicyReferenceFromPermissionSet", reference("Ours"));
    let gone = room.refused("DetachCustomerManagedPolicyReferenceFromPermissionSet", reference("Ours"));
    assert_eq!(gone, "ResourceNotFoundException");
}

#[test]
fn a_boundary_is_of_aws_or_of_the_account() {
    let mut room = Room::new();
    let arn = room.set("a");
    let input = json!({"PermissionSetArn": arn});
    assert_eq!(room.refused("GetPermissionsBoundaryForPermissionSet", input.clone()), "ResourceNotFoundException");
    assert_eq!(room.refused("DeletePermissionsBoundaryFromPermissionSet", input.clone()), "ResourceNotFoundException");
    let managed = json!({"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    let own = json!({"CustomerManagedPolicyReference": {"Name": "limit", "Path": "/org/"}});
    for boundary in [managed.clone(), own.clone()] {
        let put = json!({"PermissionSetArn": arn, "PermissionsBoundary": boundary});
        room.ok("PutPermissionsBoundaryToPermissionSet", put);
        let read = room.ok("GetPermissionsBoundaryForPermissionSet", input.clone());
        assert_eq!(read, json!({"PermissionsBoundary": boundary}));
    }
    let both = json!({"ManagedPolicyArn": managed["ManagedPolicyArn"],
        "CustomerManagedPolicyReference": own["CustomerManagedPolicyReference"]});
    let path = json!({"CustomerManagedPolicyReference": {"Name": "limit", "Path": "org"}});
    for wrong in [both, json!({}), path] {
        let put = json!({"PermissionSetArn": arn, "PermissionsBoundary": wrong});
        assert_eq!(room.refused("PutPermissionsBoundaryToPermissionSet", put), "ValidationException");
    }
    room.ok("DeletePermissionsBoundaryFromPermissionSet", input);
}

#[test]
fn lists_are_paged() {
    let mut room = Room::new();
    for index in 0..23 {
        room.set(&format!("s{index}"));
    }
    let mut input = room.with(json!({"MaxResults": 10}));
    let all = room.bench.all(SERVICE, "ListPermissionSets", input.clone(), "PermissionSets", "NextToken");
    assert_eq!(all.len(), 23);
    input["MaxResults"] = 101.into();
    assert_eq!(room.bench.refused(SERVICE, "ListPermissionSets", input), "ValidationException");
}

#[test]
fn attributes_for_policies_are_there_once() {
    let mut room = Room::new();
    let of = |key: &str| {
        let attribute = json!({"Key": key, "Value": {"Source": ["${path:enterprise.department}"]}});
        json!({"InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": [attribute]}})
    };
    let (create, read) =
        ("CreateInstanceAccessControlAttributeConfiguration", "DescribeInstanceAccessControlAttributeConfiguration");
    assert_eq!(room.refused(read, json!({})), "ResourceNotFoundException");
    room.ok(create, of("department"));
    assert_eq!(room.refused(create, of("department")), "ConflictException");
    room.ok("UpdateInstanceAccessControlAttributeConfiguration", of("team"));
    let mut expected = of("team");
    expected["Status"] = "ENABLED".into();
    assert_eq!(room.ok(read, json!({})), expected);
    room.ok("DeleteInstanceAccessControlAttributeConfiguration", json!({}));
    for operation in ["UpdateInstanceAccessControlAttributeConfiguration", create] {
        assert_eq!(room.refused(operation, of("a\u{7}")), "ValidationException");
    }
    assert_eq!(room.refused(create, json!({"InstanceAccessControlAttributeConfiguration": {}})), "ValidationException");
}
