//! The provider against a moto server: identity, facts, accounts, signatures, errors.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use polity_aws::{
    AwsProvider, Login,
    client::{Caller, pages},
    operations::{cloudtrail, ec2, iam, organizations, s3_control, sts},
};
use polity_model::resource::Observed;
use polity_provider::{Notebook, Problem, Provider, WritingProvider};
use serde_json::json;
use support::{ACCOUNT, Moto, member, platform, scope, wire};

struct Nothing;

impl Notebook for Nothing {
    fn note(&self, _: &polity_model::Address, _: &str, _: &str) -> Result<(), polity_provider::Error> {
        Ok(())
    }
    fn noted(&self, _: &polity_model::Address, _: &str) -> Option<String> {
        None
    }
}

#[tokio::test]
async fn an_organization_is_identified_before_and_after_it_exists() {
    let moto = Moto::start();
    let provider = moto.provider().await;
    let identity = provider.identify().await.unwrap();
    assert_eq!(identity.organization, ACCOUNT);
    assert!(identity.actor.starts_with(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/admin/")), "{}", identity.actor);

    let writer = provider.writer(&scope("organization"), std::sync::Arc::new(Nothing)).await.unwrap();
    writer.json(&organizations::CREATE_ORGANIZATION, json!({"FeatureSet": "ALL"})).await.unwrap();
    let provider = moto.provider().await;
    let identity = provider.identify().await.unwrap();
    assert_eq!(identity.organization, ACCOUNT, "one name before it is born and after");
    let reader = provider.reader(&scope("organization")).await.unwrap();
    assert!(reader.fact("organization_id").unwrap().starts_with("o-"));
    assert_eq!(reader.fact("management_account"), Some(ACCOUNT));

    let reader = provider.reader(&scope("identity")).await.unwrap();
    assert!(reader.fact("instance_arn").unwrap().contains(":instance/ssoins-"));
    assert!(reader.fact("identity_store_id").unwrap().starts_with("d-"));
}

#[tokio::test]
async fn credentials_of_another_account_are_refused_by_name() {
    let moto = Moto::start();
    let (id, secret, token) = moto.keys("222222222222").await;
    let login = Login::fixed(&id, &secret, Some(&token), &moto.endpoint);
    let error = AwsProvider::with_login(&platform(ACCOUNT), wire(), login).identify().await.unwrap_err();
    assert_eq!(error.problem, Problem::Credentials);
    assert_eq!(
        error.to_string(),
        "`sts:GetCallerIdentity` in `aws` failed: the credentials are of account `222222222222`, but the management \
         account is `111111111111`"
    );
}

#[tokio::test]
async fn lists_are_read_to_their_end_and_unknown_operations_are_unsupported() {
    let moto = Moto::start();
    let provider = moto.provider().await;
    let writer = provider.writer(&scope("organization"), std::sync::Arc::new(Nothing)).await.unwrap();
    writer.json(&organizations::CREATE_ORGANIZATION, json!({"FeatureSet": "ALL"})).await.unwrap();
    for number in 0..45 {
        let body = json!({"AccountName": format!("a{number}"), "Email": format!("a{number}@nimbus.example")});
        writer.json(&organizations::CREATE_ACCOUNT, body).await.unwrap();
    }
    let reader = writer.reader();
    let accounts = pages(reader, &organizations::LIST_ACCOUNTS, json!({"MaxResults": 20}), "Accounts").await.unwrap();
    assert_eq!(accounts.len(), 46, "the management account is one too");
    let stats = provider.wire().stats();
    assert_eq!(stats.operations["organizations:ListAccounts"].calls, 3, "pages of 20");

    let error = reader.json(&cloudtrail::LOOKUP_EVENTS, json!({})).await.unwrap_err();
    assert_eq!(error.problem, Problem::Unsupported, "{error}");
    assert_eq!(provider.wire().stats().operations["cloudtrail:LookupEvents"].requests, 1, "never repeated");
    let object = Observed {
        kind: "policy".to_owned(),
        scope: "aws".to_owned(),
        id: "p-1".to_owned(),
        name: "p".to_owned(),
        attributes: BTreeMap::new(),
        keys: Vec::new(),
        mark: None,
        vendor: None,
        ended: None,
    };
    assert_eq!(provider.who_changed(&scope("organization"), &object).await.unwrap(), None);
}

#[tokio::test]
async fn each_account_is_entered_by_its_own_role_and_every_protocol_is_spoken() {
    let moto = Moto::start();
    let provider = moto.provider().await;
    let (one, other) = (member("one", "222222222222", "eu-central-1"), member("other", "333333333333", "eu-central-1"));
    let writer = provider.writer(&one, std::sync::Arc::new(Nothing)).await.unwrap();

    // Query, and lists in it.
    writer.query(&iam::CREATE_ACCOUNT_ALIAS, &[("AccountAlias", "nimbus-one".to_owned())]).await.unwrap();
    let aliases = writer.reader().query(&iam::LIST_ACCOUNT_ALIASES, &[]).await.unwrap();
    assert_eq!(aliases["AccountAliases"]["member"], json!(["nimbus-one"]));
    // The EC2 flavour.
    writer.query(&ec2::ENABLE_EBS_ENCRYPTION_BY_DEFAULT, &[]).await.unwrap();
    let encryption = writer.reader().query(&ec2::GET_EBS_ENCRYPTION_BY_DEFAULT, &[]).await.unwrap();
    assert_eq!(encryption["ebsEncryptionByDefault"], json!("true"));
    // REST with XML.
    let path = "/v20180820/configuration/publicAccessBlock";
    let error = writer.reader().rest_xml(&s3_control::GET_PUBLIC_ACCESS_BLOCK, "GET", path, "").await.unwrap_err();
    assert_eq!(error.problem, Problem::NotFound, "{error}");
    let body = "<PublicAccessBlockConfiguration xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">\
        <BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
        <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>\
        </PublicAccessBlockConfiguration>";
    writer.rest_xml(&s3_control::PUT_PUBLIC_ACCESS_BLOCK, "PUT", path, body).await.unwrap();
    let block = writer.reader().rest_xml(&s3_control::GET_PUBLIC_ACCESS_BLOCK, "GET", path, "").await.unwrap();
    assert_eq!(block["BlockPublicAcls"], json!("true"), "{block}");

    // Another account saw nothing of it; its role is assumed once, however many regions are read.
    let reader = provider.reader(&other).await.unwrap();
    let aliases = reader.query(&iam::LIST_ACCOUNT_ALIASES, &[]).await.unwrap();
    assert_eq!(aliases["AccountAliases"], json!(""));
    provider.reader(&member("other", "333333333333", "eu-west-1")).await.unwrap();
    assert_eq!(provider.wire().stats().operations["sts:AssumeRole"].calls, 2);
    // The management account takes no role.
    let home = provider.reader(&member("home", ACCOUNT, "eu-west-1")).await.unwrap();
    assert_eq!(home.query(&sts::GET_CALLER_IDENTITY, &[]).await.unwrap()["Account"], json!(ACCOUNT));
    assert_eq!(provider.wire().stats().operations["sts:AssumeRole"].calls, 2);
}

/// Makes an IAM user that may do what its policy says, and turns on the server's own checks of signatures and permissions.
const GUARD: &str = r#"
import json, sys, urllib.request, boto3
endpoint, key, secret, token = sys.argv[1:]
iam = boto3.client("iam", endpoint_url=endpoint, region_name="us-east-1",
                   aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token)
iam.create_user(UserName="polity")
statement = {"Effect": "Allow", "Action": ["organizations:CreateOrganization", "s3:*"], "Resource": "*"}
iam.put_user_policy(UserName="polity", PolicyName="p",
                    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
made = iam.create_access_key(UserName="polity")["AccessKey"]
urllib.request.urlopen(urllib.request.Request(endpoint + "/moto-api/reset-auth", data=b"0", method="POST",
                                              headers={"Content-Type": "text/plain"}))
print(made["AccessKeyId"], made["SecretAccessKey"])
"#;

async fn guard(moto: &Moto) -> (String, String) {
    let (id, secret, token) = moto.keys(ACCOUNT).await;
    let output = std::process::Command::new(support::tool("python3"))
        .args(["-c", GUARD, &moto.endpoint, &id, &secret, &token])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let (id, secret) = printed.trim().split_once(' ').unwrap();
    (id.to_owned(), secret.to_owned())
}

#[tokio::test]
async fn signatures_hold_and_permissions_are_named_when_they_are_missing() {
    let moto = Moto::start();
    let (id, secret) = guard(&moto).await;

    let login = |secret: &str| {
        AwsProvider::with_login(&platform(ACCOUNT), wire(), Login::fixed(&id, secret, None, &moto.endpoint))
    };
    let provider = login(&secret);
    let writer = provider.writer(&scope("organization"), std::sync::Arc::new(Nothing)).await;
    // Who may not even look is told which permission it takes.
    let error = writer.err().unwrap();
    assert_eq!(error.problem, Problem::Denied, "{error}");
    assert!(error.to_string().contains("`organizations:DescribeOrganization`"), "{error}");

    // What the policy allows goes through, in three protocols, so the signatures were right.
    let home = member("home", ACCOUNT, "us-east-1");
    let writer = provider.writer(&home, std::sync::Arc::new(Nothing)).await.unwrap();
    writer.reader().query(&sts::GET_CALLER_IDENTITY, &[]).await.unwrap();
    writer.json(&organizations::CREATE_ORGANIZATION, json!({"FeatureSet": "ALL"})).await.unwrap();
    let path = "/v20180820/configuration/publicAccessBlock";
    let error = writer.reader().rest_xml(&s3_control::GET_PUBLIC_ACCESS_BLOCK, "GET", path, "").await.unwrap_err();
    assert_eq!(error.problem, Problem::NotFound, "{error}");

    // A wrong secret is one clear sentence, and it is not tried again and again.
    let provider = login("wrong");
    let error = provider.identify().await.unwrap_err();
    assert_eq!(
        (error.problem, error.code.as_deref()),
        (Problem::Credentials, Some("SignatureDoesNotMatch")),
        "{error}"
    );
    assert!(error.help.unwrap().contains("clock"));
    assert_eq!(provider.wire().stats().requests, 1);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_named_with_what_to_look_at() {
    let moto = Moto::start();
    let (id, secret) = guard(&moto).await;
    let login = Login::fixed(&id, &secret, None, &moto.endpoint);
    let provider = AwsProvider::with_login(&platform(ACCOUNT), wire(), login);
    let error = provider.reader(&member("one", "222222222222", "eu-central-1")).await.err().unwrap();
    assert_eq!((error.problem, error.scope.as_str()), (Problem::Denied, "aws/one/eu-central-1"), "{error}");
    assert_eq!(error.permission.as_deref(), Some("sts:AssumeRole"));
    assert!(error.help.unwrap().contains("arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"));
}
