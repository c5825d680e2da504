//! Documents as people write them, and as they should not.

use serde_json::json;

use super::*;

fn policy(statements: Json) -> Policy {
    parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string()).unwrap()
}

fn reach(statement: Json) -> (bool, Vec<String>) {
    let reach = policy(statement).reach("111111111111", |_| true);
    (reach.public, reach.others.into_iter().collect())
}

fn conditioned(condition: Json) -> Json {
    json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": condition})
}

#[test]
fn anybody_is_anybody_in_every_way_to_write_it() {
    for who in [
        json!({"Principal": "*"}),
        json!({"Principal": {"AWS": "*"}}),
        json!({"Principal": {"AWS": ["arn:aws:iam::222222222222:root", "*"]}}),
        json!({"Principal": {"AWS": "arn:aws:iam::*:role/deploy"}}),
        json!({"NotPrincipal": {"AWS": "arn:aws:iam::222222222222:root"}}),
    ] {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
        statement.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
        assert!(reach(statement.clone()).0, "{statement}");
        statement["Effect"] = json!("Deny");
        assert!(!reach(statement).0);
    }
}

#[test]
fn a_condition_that_pins_down_the_caller_is_not_public() {
    for condition in [
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}),
        json!({"StringEquals": {"AWS:principalorgid": ["o-abc"]}}),
        json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc/r-1/ou-1/*"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::222222222222:distribution/E1"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}),
        json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"]}}),
        json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
        json!({"StringEquals": {"kms:CallerAccount": "222222222222", "kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
        json!({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceAccount": 222_222_222_222_i64}}),
    ] {
        assert!(!reach(conditioned(condition.clone())).0, "{condition}");
    }
}

#[test]
fn a_condition_that_pins_down_nobody_is_public() {
    for condition in [
        json!({}),
        json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abc"}}),
        json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abc"}}),
        json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abc"}}),
        json!({"StringLike": {"aws:PrincipalOrgID": "*"}}),
        json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
        json!({"StringEquals": {"aws:userid": "${aws:username}"}}),
        json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/1"]}}),
        json!({"IpAddress": {"aws:SourceIp": "2001::/16"}}),
        json!({"IpAddress": {"aws:SourceIp": "not an address"}}),
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": []}}),
    ] {
        assert!(reach(conditioned(condition.clone())).0, "{condition}");
    }
}

#[test]
fn others_are_accounts_and_organizations_but_never_oneself_or_a_service() {
    let shared = reach(json!([
        {"Effect": "Allow", "Principal": {"AWS": ["222222222222", "arn:aws:iam::333333333333:role/x"]}, "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root", "Service": "logs.amazonaws.com"}, "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"CanonicalUser": "79a59df900b949e5"}, "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::cloudfront:user/E1"}, "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}},
        {"Effect": "Deny", "Principal": {"AWS": "444444444444"}, "Action": "*", "Resource": "*"},
    ]));
    assert_eq!(
        shared,
        (false, ["222222222222", "333333333333", "79a59df900b949e5", "o-abc"].map(str::to_owned).to_vec())
    );
}

#[test]
fn encryption_on_the_way_is_asked_of_all_for_everything_or_not_at_all() {
    let deny = |action: &str, principal: &str, condition: Json| {
        policy(
            json!({"Effect": "Deny", "Principal": principal, "Action": action, "Resource": "*", "Condition": condition}),
        )
    };
    let insecure = json!({"Bool": {"aws:SecureTransport": "false"}});
    assert!(deny("s3:*", "*", insecure.clone()).requires_tls());
    assert!(deny("*", "*", json!({"Bool": {"aws:SecureTransport": false}})).requires_tls());
    assert!(!deny("s3:GetObject", "*", insecure.clone()).requires_tls());
    assert!(!deny("s3:*", "222222222222", insecure).requires_tls());
    let both = json!({"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}});
    assert!(!deny("s3:*", "*", both).requires_tls());
    assert_eq!(deny("s3:*", "*", json!({"NumericLessThan": {"s3:TlsVersion": 1.2}})).min_tls(), Some(1.2));
    assert_eq!(deny("s3:*", "*", json!({"NumericLessThan": {"s3:TlsVersion": "NaN"}})).min_tls(), None);
}

#[test]
fn power_is_what_is_given_and_not_refused_in_the_same_breath() {
    let allow = |action: Json| json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    let of = |statements: Json| Power::of(&policy(statements));
    assert!(of(allow(json!("*"))).admin && of(allow(json!("*:*"))).admin);
    assert!(of(json!({"Effect": "Allow", "NotAction": [], "Resource": "*"})).admin);
    assert!(!of(json!({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"})).admin);
    assert!(!of(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})).admin);
    assert!(!of(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::one"})).admin);
    assert!(!of(json!([allow(json!("*")), {"Effect": "Deny", "Action": "*", "Resource": "*"}])).admin);

    assert!(of(allow(json!("iam:*"))).escalates && of(allow(json!("IAM:attach*policy"))).escalates);
    assert!(!of(allow(json!("iam:PassRole"))).escalates);
    assert!(of(allow(json!(["iam:PassRole", "lambda:CreateFunction"]))).escalates);
    assert!(!of(json!([allow(json!("iam:*")), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}])).escalates);

    let keys = of(allow(json!(["kms:Decrypt", "s3:GetObject"])));
    assert!(keys.key_use && !keys.key_admin && !keys.admin);
    assert!(of(allow(json!("kms:*"))).key_admin);
    assert_eq!(keys.actions.into_iter().collect::<Vec<_>>(), ["kms:Decrypt", "s3:GetObject"]);
}

#[test]
fn documents_that_cannot_be_read_say_so_and_nothing_panics() {
    let deep = format!("{{\"Statement\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{\"Statement\": 1}",
        "{\"Statement\": {\"Effect\": \"Maybe\"}}",
        "%7B%FF",
        &deep,
        "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": 7}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"Aws\": \"*\"}}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": {\"a\": 1}}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"Condition\": [1]}}",
    ] {
        assert!(matches!(parse(text), Err(Reason::Undefined(_))), "{}", &text[..text.len().min(60)]);
    }
    assert!(parse("%7B%22Statement%22%3A%5B%5D%7D").unwrap().statements.is_empty());
}

#[test]
fn a_megabyte_is_read() {
    let one = json!({"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"});
    let large = policy(Json::Array(vec![one; 9_000]));
    assert_eq!(large.reach("111111111111", |_| true).others.len(), 1);
}

#[test]
fn patterns_match_as_aws_matches_them() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("s3:Get*", "s3:getobject", true),
        ("s3:?et*", "s3:GetObject", true),
        ("s3:*", "s3-x:Get", false),
        ("*Object*", "s3:PutObjectAcl", true),
        ("a*b*c", "abcbc", true),
        ("a*b", "ac", false),
        ("", "", true),
        ("", "a", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
    assert!(!matches(&"*a".repeat(200), &"b".repeat(2_000)), "and in good time");
}
