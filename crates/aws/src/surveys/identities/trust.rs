//! Who may take a role.

use std::collections::BTreeSet;

use polity_model::facet::{Datum, Reason};
use serde_json::Value as Json;

use super::outside;
use crate::surveys::{
    amid::Amid,
    answer::{list, text},
    policy_document::{self, Statement, account_of, is_anybody},
    support::{Known, datum},
};

/// One principal that may take a role, and on which terms.
#[derive(Clone, Debug)]
pub(super) struct Trust {
    pub(super) principal: String,
    pub(super) public: bool,
    /// Accounts and organizations that this comes to.
    others: BTreeSet<String>,
    service: bool,
    provider: bool,
    issuer: Option<String>,
    audiences: Vec<String>,
    subjects: Vec<String>,
    external_id: bool,
    pub(super) conditional: bool,
}

/// All who may take this role.
pub(super) fn of(role: &Json) -> Known<Vec<Trust>> {
    let document = text(role, "AssumeRolePolicyDocument").ok_or(Reason::NotInApi)?;
    let policy = policy_document::parse(document)?;
    Ok(policy.statements.iter().filter(|statement| statement.allow).flat_map(of_statement).collect())
}

fn of_statement(statement: &Statement) -> Vec<Trust> {
    let pinned = statement.pinned();
    let external_id = statement.values(|key| key == "sts:externalid").next().is_some();
    let plain = |principal: &str| Trust {
        principal: principal.to_owned(),
        public: false,
        others: BTreeSet::new(),
        service: false,
        provider: false,
        issuer: None,
        audiences: Vec::new(),
        subjects: Vec::new(),
        external_id,
        conditional: !statement.conditions.is_empty(),
    };
    let who = &statement.principals;
    let mut trusts = Vec::new();
    if who.inverted {
        trusts.push(Trust { public: pinned.is_none(), others: pinned.clone().unwrap_or_default(), ..plain("*") });
        return trusts;
    }
    for principal in who.aws.iter().chain(&who.canonical) {
        let anybody = is_anybody(principal);
        let named = account_of(principal).map(str::to_owned).into_iter().collect();
        let others = if anybody { pinned.clone().unwrap_or_default() } else { named };
        trusts.push(Trust { public: anybody && pinned.is_none(), others, ..plain(principal) });
    }
    trusts.extend(who.services.iter().map(|service| Trust { service: true, ..plain(service) }));
    for provider in &who.federated {
        let issuer = provider.split_once(":oidc-provider/").map_or(provider.as_str(), |(_, issuer)| issuer);
        let about = |part: &str| -> Vec<String> {
            let key = format!("{issuer}:{part}").to_lowercase();
            let saml = format!("saml:{part}");
            statement.values(|found| found == key || found == saml).cloned().collect()
        };
        trusts.push(Trust {
            provider: true,
            audiences: about("aud"),
            subjects: about("sub"),
            issuer: Some(issuer.to_owned()),
            ..plain(provider)
        });
    }
    trusts
}

impl Trust {
    /// Whether an identity provider vouches for whoever takes it.
    pub(super) fn federated(&self) -> bool {
        self.provider
    }

    /// Whether that identity provider is one of people.
    pub(super) fn people(&self) -> bool {
        self.provider && self.principal.contains(":saml-provider/")
    }

    /// The accounts and organizations that may take it besides the own account.
    pub(super) fn others(&self, own: &str) -> BTreeSet<String> {
        self.others.iter().filter(|who| *who != own).cloned().collect()
    }

    /// As an entry of `trusts`, in the order of the facet's fields.
    pub(super) async fn record(&self, amid: &Amid, own: &str) -> Datum {
        let external = if self.public { Ok(true) } else { outside(amid, &self.others(own)).await };
        Datum::Record(vec![
            self.principal.as_str().into(),
            self.public.into(),
            datum(external),
            self.service.into(),
            Datum::maybe(self.issuer.as_deref()),
            list(&self.audiences),
            list(&self.subjects),
            self.external_id.into(),
        ])
    }
}
