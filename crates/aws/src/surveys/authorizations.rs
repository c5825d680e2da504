//! Who there is in an account and which policies they have: one bulk read, shared by all surveys that ask at the same time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_model::facet::Reason;
use polity_provider::{Error, Reader};
use serde_json::Value as Json;

use super::{
    amid::Amid,
    answer::{self, text, texts, wrapped},
    policy_document::{self, Policy, Power},
    support::{Answered as _, Known, any_of, each},
};
use crate::{
    client::{Caller as _, query_pages},
    operations::iam,
};

/// Everybody in an account, and what they may do.
#[derive(Debug, Default)]
pub(super) struct Authorizations {
    pub(super) users: Vec<Json>,
    pub(super) groups: Vec<Json>,
    pub(super) roles: Vec<Json>,
    /// Documents of the policies that are attached, by ARN.
    documents: BTreeMap<String, Known<Arc<Policy>>>,
}

/// One policy that somebody has.
pub(super) struct Given {
    /// ARN, or the name of one that is written into its holder.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) inline: bool,
    pub(super) power: Known<Power>,
}

/// Reads the account of this reader.
pub(super) async fn read(amid: &Amid, reader: &Reader) -> Result<Arc<Authorizations>, Error> {
    // Without AWS's own policies: there are more than a thousand, and those that are attached are asked for by name.
    let wanted = ["User", "Role", "Group", "LocalManagedPolicy"];
    let names = ["Filter.member.1", "Filter.member.2", "Filter.member.3", "Filter.member.4"];
    let mut parameters: Vec<(&str, String)> =
        names.into_iter().zip(wanted).map(|(name, kind)| (name, kind.to_owned())).collect();
    parameters.push(("MaxItems", "1000".to_owned()));
    let pages = query_pages(reader, &iam::GET_ACCOUNT_AUTHORIZATION_DETAILS, &parameters, ("Marker", "Marker")).await?;
    let all = |list: &str| -> Vec<Json> { pages.iter().flat_map(|page| wrapped(page, list)).cloned().collect() };
    let mut found = Authorizations {
        users: all("UserDetailList"),
        groups: all("GroupDetailList"),
        roles: all("RoleDetailList"),
        documents: all("Policies").iter().filter_map(own_document).collect(),
    };
    let attached: BTreeSet<String> =
        found.attached().filter(|arn| !found.documents.contains_key(*arn)).map(str::to_owned).collect();
    for (arn, document) in each(attached, |arn| async move {
        let document = amid.vendor_policy(reader, &arn).await;
        (arn, document)
    })
    .await
    {
        found.documents.insert(arn, document);
    }
    Ok(Arc::new(found))
}

/// The document in force of a policy of the account's own.
fn own_document(policy: &Json) -> Option<(String, Known<Arc<Policy>>)> {
    let versions = wrapped(policy, "PolicyVersionList");
    let current = versions.iter().find(|version| answer::flag(version, "IsDefaultVersion") == Some(true));
    let document = match current.and_then(|version| text(version, "Document")) {
        Some(document) => policy_document::parse(document).map(Arc::new),
        None => Err(Reason::NotInApi),
    };
    Some((text(policy, "Arn")?.to_owned(), document))
}

/// The document of one of AWS's own policies, which is the same in all accounts.
pub(super) async fn vendor_document(reader: &Reader, arn: &str) -> Known<Arc<Policy>> {
    let found = reader.query(&iam::GET_POLICY, &[("PolicyArn", arn.to_owned())]).await.known()?;
    let version = text(&found, "Policy/DefaultVersionId").ok_or(Reason::NotInApi)?.to_owned();
    let asked = [("PolicyArn", arn.to_owned()), ("VersionId", version)];
    let found = reader.query(&iam::GET_POLICY_VERSION, &asked).await.known()?;
    policy_document::parse(text(&found, "PolicyVersion/Document").ok_or(Reason::NotInApi)?).map(Arc::new)
}

/// ARNs of the policies that are attached to this user, group or role.
fn attached_to(holder: &Json) -> Vec<&str> {
    wrapped(holder, "AttachedManagedPolicies").into_iter().filter_map(|policy| text(policy, "PolicyArn")).collect()
}

impl Authorizations {
    fn attached(&self) -> impl Iterator<Item = &str> {
        self.users.iter().chain(&self.groups).chain(&self.roles).flat_map(attached_to)
    }

    /// The policies that a user, group or role has of its own.
    pub(super) fn given(&self, holder: &Json) -> Vec<Given> {
        let unread = || Err(Reason::NotInApi);
        let managed = attached_to(holder).into_iter().map(|arn| Given {
            id: arn.to_owned(),
            name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            inline: false,
            power: self.documents.get(arn).cloned().unwrap_or_else(unread).map(|policy| Power::of(&policy)),
        });
        let lists = ["UserPolicyList", "GroupPolicyList", "RolePolicyList"];
        let inline = lists.into_iter().flat_map(|list| wrapped(holder, list)).map(|policy| {
            let name = text(policy, "PolicyName").unwrap_or_default().to_owned();
            let document = text(policy, "PolicyDocument").ok_or(Reason::NotInApi).and_then(policy_document::parse);
            Given { id: name.clone(), name, inline: true, power: document.map(|policy| Power::of(&policy)) }
        });
        managed.chain(inline).collect()
    }

    /// Names of the groups that a user belongs to.
    pub(super) fn teams<'u>(&self, user: &'u Json) -> Vec<&'u str> {
        texts(wrapped(user, "GroupList"))
    }

    /// Whether a user or role may do everything, through what it has and what its groups have.
    pub(super) fn is_admin(&self, holder: &Json) -> Known<bool> {
        let teams = self.teams(holder);
        let groups =
            self.groups.iter().filter(|group| text(group, "GroupName").is_some_and(|name| teams.contains(&name)));
        let all = groups.chain([holder]).flat_map(|holder| self.given(holder));
        any_of(all.map(|given| given.power.map(|power| power.admin)))
    }

    /// The role with this ARN.
    pub(super) fn role(&self, arn: &str) -> Option<&Json> {
        self.roles.iter().find(|role| text(role, "Arn") == Some(arn))
    }

    /// The role in the instance profile with this ARN.
    pub(super) fn role_of_profile(&self, arn: &str) -> Option<&Json> {
        let has = |role: &&Json| wrapped(role, "InstanceProfileList").iter().any(|one| text(one, "Arn") == Some(arn));
        self.roles.iter().find(has)
    }
}
