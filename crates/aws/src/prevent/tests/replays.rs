//! Events replayed against controls: who would have been stopped, and what cannot be told.

use serde_json::{Value as Json, json};

use super::{Story, control, story};
use crate::prevent::replay::{Accounts, Judge, Replay, parse};

fn scene() -> Story {
    let controls = [
        control(
            "only-europe",
            "",
            "    - scp: {not_actions: [iam:*], when: {StringNotEquals: {aws:RequestedRegion: [eu-west-1]}}}",
        ),
        control("no-open-buckets", "", "    - scp: {deny: [s3:PutBucketAcl], resources: [\"arn:aws:s3:::open*\"]}"),
        control("tagged", "", "    - scp: {deny: [ec2:RunInstances], when: {\"Null\": {aws:RequestTag/env: true}}}"),
        control("not-asked", "", "    - scp: {deny: [s3:*]}"),
    ];
    story(&format!(
        r#"
kind: landing_zone
name: prod
controls: [{{control: only-europe, enforce: audit}}, no-open-buckets, {{control: tagged, enforce: audit}}, {{control: not-asked, enforce: off}}]
---
kind: project
name: shop
unit: shop
tenants: [{{platform: aws, landing_zone: prod}}]
{}"#,
        controls.concat()
    ))
}

fn event(name: &str, region: &str, more: Json) -> Json {
    let (source, name) = name.split_once(':').unwrap();
    let mut event = json!({
        "eventID": format!("id-{name}"), "eventTime": "2026-11-20T10:00:00Z", "eventType": "AwsApiCall",
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "awsRegion": region,
        "sourceIPAddress": "192.0.2.7", "recipientAccountId": "222222222222",
        "userIdentity": {"type": "AssumedRole", "accountId": "222222222222", "arn": "arn:aws:sts::222222222222:assumed-role/dev/ada",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::222222222222:role/dev"}}},
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn replayed(events: &[Json]) -> Replay {
    let accounts = Accounts {
        tenants: [("222222222222".to_owned(), "shop-prod".to_owned())].into(),
        organization: Some("o-1".to_owned()),
    };
    let scene = scene();
    let mut judge = Judge::new(&scene.organization, &scene.rules, &accounts, None);
    events.iter().for_each(|one| judge.event(one));
    judge.finish()
}

#[test]
fn who_would_have_been_stopped() {
    let glass = "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_glass_0123456789abcdef";
    let as_role = |arn: &str| json!({"userIdentity": {"type": "AssumedRole", "accountId": "222222222222", "sessionContext": {"sessionIssuer": {"arn": arn}}}});
    let replay = replayed(&[
        event("ec2:DescribeInstances", "us-east-1", json!({})),
        event("ec2:DescribeInstances", "us-east-1", json!({})),
        event("lambda:CreateFunction20150331v2", "us-west-2", json!({})),
        event("iam:CreateRole", "us-east-1", json!({})),
        event("ec2:DescribeInstances", "eu-west-1", json!({})),
        event("ec2:DescribeInstances", "us-east-1", as_role(glass)),
        event("ec2:DescribeInstances", "us-east-1", as_role("arn:aws:iam::222222222222:role/aws-service-role/x/y")),
        event("ec2:DescribeInstances", "us-east-1", json!({"errorCode": "Client.UnauthorizedOperation"})),
        event("signin:ConsoleLogin", "us-east-1", json!({})),
        event("s3:PutBucketAcl", "eu-west-1", json!({"requestParameters": {"bucketName": "open-data"}})),
        event("s3:PutBucketAcl", "eu-west-1", json!({"requestParameters": {"bucketName": "closed"}})),
        event("s3:PutBucketAcl", "eu-west-1", json!({})),
        event("ec2:RunInstances", "eu-west-1", json!({})),
        event(
            "s3:GetObject",
            "eu-west-1",
            json!({"userIdentity": {"type": "AssumedRole", "accountId": "999999999999", "arn": "arn:aws:iam::999999999999:role/x"}, "recipientAccountId": "999999999999"}),
        ),
    ]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&replay).unwrap());
}

#[test]
fn files_in_every_form() {
    let one = event("s3:GetObject", "eu-west-1", json!({}));
    let wrapped = json!({"Events": [{"EventId": "1", "CloudTrailEvent": one.to_string()}]});
    for text in [
        json!({"Records": [one]}).to_string(),
        wrapped.to_string(),
        json!([one]).to_string(),
        format!("{one}\n{one}\n"),
    ] {
        let events = parse(text.as_bytes()).unwrap();
        assert!(events.iter().all(|event| *event == one) && !events.is_empty(), "{text}");
    }
    for text in ["{}", "7", "{\"Records\": 1}", "{", "\u{1f}\u{8b}", "{\"Events\": [{\"CloudTrailEvent\": \"{\"}]}"] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
    // Whatever stands in an event, it is judged or passed over.
    let replay = replayed(&[json!(1), json!({"eventSource": 7}), json!({"eventSource": "", "eventName": ""})]);
    assert_eq!((replay.events, replay.judged), (3, 0));
}
