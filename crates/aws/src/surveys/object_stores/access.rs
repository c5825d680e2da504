//! Who may reach a bucket: its policy and its access control list, and what public access blocks leave of them.

use std::collections::BTreeSet;

use polity_model::facet::{Datum, Draft, Reason};
use polity_provider::Reader;
use serde_json::Value as Json;

use super::{get, get_sure, switch};
use crate::{
    client::Caller as _,
    operations::{s3, s3_control},
    surveys::{
        answer::{flag, list, text, wrapped},
        policy_document::{self, Policy, Statement},
        support::{Answered as _, Known, all_of, any_of, datum, not},
    },
};

/// Everybody, and everybody with an AWS account, which is the same.
const EVERYBODY: [&str; 2] =
    ["http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"];
const READS: &[&str] = &["s3:GetObject", "s3:ListBucket", "s3:GetObjectVersion"];
const WRITES: &[&str] =
    &["s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:PutObjectAcl"];

/// The switches of a public access block; all off where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::surveys) struct Block {
    block_acls: bool,
    ignore_acls: bool,
    block_policy: bool,
    restrict: bool,
}

impl Block {
    /// Whether all switches are on.
    pub(in crate::surveys) fn is_whole(&self) -> bool {
        self.block_acls && self.ignore_acls && self.block_policy && self.restrict
    }

    fn of(found: Option<&Json>) -> Self {
        let on = |name| found.is_some_and(|found| switch(found, name));
        Self {
            block_acls: on("BlockPublicAcls"),
            ignore_acls: on("IgnorePublicAcls"),
            block_policy: on("BlockPublicPolicy"),
            restrict: on("RestrictPublicBuckets"),
        }
    }
}

/// The public access block of the whole account.
pub(in crate::surveys) async fn account_block(reader: &Reader) -> Known<Block> {
    const PATH: &str = "/v20180820/configuration/publicAccessBlock";
    let found = reader.rest_xml(&s3_control::GET_PUBLIC_ACCESS_BLOCK, "GET", PATH, "").await;
    found.known_or_none().map(|found| Block::of(found.as_ref()))
}

/// What an access control list gives to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Acl {
    read: bool,
    write: bool,
    others: BTreeSet<String>,
}

/// Who may reach one bucket.
pub(super) struct Access {
    policy: Known<Option<Policy>>,
    status: Known<bool>,
    acl: Known<Acl>,
    block: Known<Block>,
}

impl Access {
    pub(super) async fn read(reader: &Reader, bucket: &str) -> Self {
        let policy = async {
            // The only answer of S3 that is neither XML nor an error.
            let found = reader.rest_json(&s3::GET_BUCKET_POLICY, "GET", &format!("/{bucket}?policy"), Json::Null).await;
            match found.known_or_none()? {
                Some(document) => policy_document::parse(&document.to_string()).map(Some),
                None => Ok(None),
            }
        };
        let (policy, acl, block) = tokio::join!(
            policy,
            get(reader, &s3::GET_BUCKET_ACL, bucket, "acl"),
            get(reader, &s3::GET_PUBLIC_ACCESS_BLOCK, bucket, "publicAccessBlock"),
        );
        // Where there is no policy, there is no need to ask what it comes to.
        let status = match &policy {
            Ok(None) => Ok(false),
            _ => status(reader, bucket, &policy).await,
        };
        let block = block.known_or_none().map(|found| Block::of(found.as_ref()));
        Self { policy, status, acl: acl.known().map(|found| access_list(&found)), block }
    }

    /// Sets all fields that say who may reach the bucket.
    pub(super) fn fill<'f>(self, draft: Draft<'f>, own: &str, account: &Known<Block>) -> Draft<'f> {
        let either = |pick: fn(&Block) -> bool| any_of([known(&self.block).map(pick), known(account).map(pick)]);
        let ignored = either(|block| block.ignore_acls);
        let restricted = either(|block| block.restrict);
        let blocked = all_of([
            either(|block| block.block_acls),
            ignored.clone(),
            either(|block| block.block_policy),
            restricted.clone(),
        ]);
        let through_acl = |pick: fn(&Acl) -> bool| all_of([known(&self.acl).map(pick), not(ignored.clone())]);
        let through_policy = |actions: &[&str]| {
            let allowed = known(&self.policy).map(|policy| {
                policy.as_ref().is_some_and(|policy| policy.reach(own, |one| touches(one, actions)).public)
            });
            all_of([self.status.clone(), allowed, not(restricted.clone())])
        };
        let any_policy = all_of([self.status.clone(), not(restricted.clone())]);
        let public = any_of([any_policy, through_acl(|acl| acl.read || acl.write)]);
        let read = any_of([through_policy(READS), through_acl(|acl| acl.read)]);
        let write = any_of([through_policy(WRITES), through_acl(|acl| acl.write)]);
        let tls = known(&self.policy).map(|policy| policy.as_ref().is_some_and(Policy::requires_tls));
        let version = known(&self.policy).map(|policy| Datum::maybe(policy.as_ref().and_then(Policy::min_tls)));
        draft
            .set("public", datum(public))
            .set("public_read", datum(read))
            .set("public_write", datum(write))
            .set("public_access_blocked", datum(blocked))
            .set("shared_with", datum(self.shared_with(own)))
            .set("tls_required", datum(tls))
            .set("min_tls", datum(version))
    }

    fn shared_with(&self, own: &str) -> Known<Datum> {
        let mut others = known(&self.acl)?.others.clone();
        if let Some(policy) = known(&self.policy)? {
            others.extend(policy.reach(own, |_| true).others);
        }
        Ok(list(&others))
    }
}

fn known<T>(value: &Known<T>) -> Known<&T> {
    value.as_ref().map_err(Reason::clone)
}

/// Whether AWS takes the bucket's policy for public; our own reading of it where an endpoint does not judge policies.
async fn status(reader: &Reader, bucket: &str, policy: &Known<Option<Policy>>) -> Known<bool> {
    let found = get_sure(reader, &s3::GET_BUCKET_POLICY_STATUS, bucket, "policyStatus", "IsPublic").await;
    match found.known_or_none() {
        Ok(None) => Ok(false),
        Ok(Some(found)) => {
            let unclear = || Reason::Undefined(format!("the status of the policy is neither true nor false: {found}"));
            flag(&found, "IsPublic").ok_or_else(unclear)
        }
        Err(Reason::NotCollected) => {
            let own = reader.fact("account_id").unwrap_or_default();
            known(policy).map(|policy| policy.as_ref().is_some_and(|policy| policy.reach(own, |_| true).public))
        }
        Err(reason) => Err(reason),
    }
}

fn touches(statement: &Statement, actions: &[&str]) -> bool {
    actions.iter().any(|action| statement.actions.covers(action))
}

fn access_list(found: &Json) -> Acl {
    let owner = text(found, "Owner/ID");
    let mut acl = Acl::default();
    for grant in wrapped(found, "AccessControlList") {
        let permission = text(grant, "Permission").unwrap_or_default();
        if text(grant, "Grantee/URI").is_some_and(|group| EVERYBODY.contains(&group)) {
            acl.read |= matches!(permission, "READ" | "READ_ACP" | "FULL_CONTROL");
            acl.write |= matches!(permission, "WRITE" | "WRITE_ACP" | "FULL_CONTROL");
        } else if let Some(id) = text(grant, "Grantee/ID").filter(|id| Some(*id) != owner) {
            acl.others.insert(id.to_owned());
        }
    }
    acl
}
