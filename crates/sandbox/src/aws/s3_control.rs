//! S3 Control: an account's own lock on public access to its buckets.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Operation, Protocol, Service, Turn, read, write},
};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "s3-control",
    signing: "s3",
    protocol: Protocol::RestXml("http://awss3control.amazonaws.com/doc/2018-08-20/"),
    operations: OPERATIONS,
};

const PATH: &str = "/v20180820/configuration/publicAccessBlock";

const OPERATIONS: &[Operation] = &[
    write("DeletePublicAccessBlock", "s3-control", delete_public_access_block).at("DELETE", PATH),
    read("GetPublicAccessBlock", "s3-control", get_public_access_block).at("GET", PATH),
    write("PutPublicAccessBlock", "s3-control", put_public_access_block).at("PUT", PATH),
];

/// What it holds of one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct S3 {
    block: Option<Block>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Block {
    block_acls: bool,
    ignore_acls: bool,
    block_policy: bool,
    restrict_buckets: bool,
}

fn get_public_access_block(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let Some(block) = turn.world.inside(&account).and_then(|inside| inside.s3.block.as_ref()) else {
        let message = "The public access block configuration was not found";
        return Err(Refusal::new("NoSuchPublicAccessBlockConfiguration", message).status(404));
    };
    Ok(json!({"PublicAccessBlockConfiguration": {
        "BlockPublicAcls": block.block_acls,
        "IgnorePublicAcls": block.ignore_acls,
        "BlockPublicPolicy": block.block_policy,
        "RestrictPublicBuckets": block.restrict_buckets,
    }}))
}

fn put_public_access_block(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    // A switch that is not named is off, whatever it was before.
    let block = Block {
        block_acls: switch(input, "BlockPublicAcls")?,
        ignore_acls: switch(input, "IgnorePublicAcls")?,
        block_policy: switch(input, "BlockPublicPolicy")?,
        restrict_buckets: switch(input, "RestrictPublicBuckets")?,
    };
    turn.world.inside_mut(&account).s3.block = Some(block);
    Ok(Value::Null)
}

/// Deleting what is not there is no mistake to S3.
fn delete_public_access_block(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    turn.world.inside_mut(&account).s3.block = None;
    Ok(Value::Null)
}

fn own_account(turn: &Turn<'_>, input: &Input<'_>) -> Result<String, Refusal> {
    let account = input.text("AccountId").unwrap_or_default();
    if account.len() != 12 || !account.chars().all(|letter| letter.is_ascii_digit()) {
        return Err(Refusal::new("InvalidRequest", "x-amz-account-id must be the 12 digits of an account"));
    }
    if account != turn.caller.account {
        return Err(Refusal::new("AccessDenied", "Access Denied").status(403));
    }
    Ok(account.to_owned())
}

fn switch(input: &Input<'_>, name: &str) -> Result<bool, Refusal> {
    if input.get(name).is_none() {
        return Ok(false);
    }
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    input.truth(name).ok_or_else(|| Refusal::new("MalformedXML", message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::aws::testing::{Bench, MANAGEMENT};

    #[test]
    fn a_lock_is_put_read_and_taken_away() {
        let mut bench = Bench::new();
        let own = json!({"AccountId": MANAGEMENT});
        let (status, error) = bench.call("s3-control", "GetPublicAccessBlock", own.clone());
        assert_eq!((status, &error["Error"]["Code"]), (404, &json!("NoSuchPublicAccessBlockConfiguration")));
        let half = json!({"AccountId": MANAGEMENT,
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "RestrictPublicBuckets": true}});
        bench.ok("s3-control", "PutPublicAccessBlock", half);
        let seen = bench.ok("s3-control", "GetPublicAccessBlock", own.clone());
        let expected = json!({"BlockPublicAcls": "true", "BlockPublicPolicy": "false", "IgnorePublicAcls": "false",
            "RestrictPublicBuckets": "true"});
        assert_eq!(seen, expected);
        bench.ok("s3-control", "DeletePublicAccessBlock", own.clone());
        bench.ok("s3-control", "DeletePublicAccessBlock", own.clone());
        assert_eq!(bench.call("s3-control", "GetPublicAccessBlock", own).0, 404);
    }

    #[test]
    fn another_account_is_out_of_reach() {
        let mut bench = Bench::new();
        let other = json!({"AccountId": "222222222222"});
        assert_eq!(bench.refused("s3-control", "GetPublicAccessBlock", other.clone()), "AccessDenied");
        assert_eq!(bench.refused("s3-control", "PutPublicAccessBlock", other.clone()), "AccessDenied");
        assert_eq!(bench.refused("s3-control", "DeletePublicAccessBlock", other), "AccessDenied");
        assert_eq!(bench.refused("s3-control", "GetPublicAccessBlock", json!({})), "InvalidRequest");
        let bad = json!({"AccountId": MANAGEMENT, "PublicAccessBlockConfiguration": {"BlockPublicAcls": "perhaps"}});
        assert_eq!(bench.refused("s3-control", "PutPublicAccessBlock", bad), "MalformedXML");
    }

    #[test]
    fn members_have_locks_of_their_own() {
        let mut bench = Bench::new();
        bench.aws.world.inside_mut("222222222222").iam.add_role("OrganizationAccountAccessRole", MANAGEMENT);
        let member = bench.assume("222222222222");
        let lock = json!({"AccountId": "222222222222", "PublicAccessBlockConfiguration": {"BlockPublicAcls": true}});
        bench.ok_as(&member, "s3-control", "PutPublicAccessBlock", lock);
        bench.ok_as(&member, "s3-control", "GetPublicAccessBlock", json!({"AccountId": "222222222222"}));
        assert_eq!(bench.call("s3-control", "GetPublicAccessBlock", json!({"AccountId": MANAGEMENT})).0, 404);
    }
}
