//! The organization of a twin: tree, accounts, policies, and what stands on them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use polity_model::{Value as Attribute, resource::Observed};
use serde_json::{Value, json};

use super::{Builder, sparse, tags, text, value};

const SERVICE: &str = "organizations";

pub(super) fn build(builder: &mut Builder<'_>) {
    let Some(root) = found(builder) else { return };
    for one in builder.all("policy-type") {
        if text(one, "status") == "ENABLED" {
            let input = json!({"RootId": root, "PolicyType": text(one, "type")});
            builder.make(one, SERVICE, "EnablePolicyType", input);
        }
    }
    // What a service of AWS has switched on is switched on all the same.
    let inventory = builder.inventory;
    for one in inventory.resources.iter().filter(|one| one.kind == "trusted-access") {
        builder.make(one, SERVICE, "EnableAWSServiceAccess", json!({"ServicePrincipal": text(one, "service")}));
    }
    units(builder);
    accounts(builder);
    policies(builder);
    attachments(builder);
    for one in builder.all("delegated-administrator") {
        let input = json!({"AccountId": builder.id_in(one, "account"), "ServicePrincipal": text(one, "service")});
        builder.make(one, SERVICE, "RegisterDelegatedAdministrator", input);
    }
    close(builder);
}

/// Founds the organization. Answers the root's id here; nothing where there is no organization.
fn found(builder: &mut Builder<'_>) -> Option<String> {
    let one = builder.all("organization").pop()?;
    let made = builder.make(one, SERVICE, "CreateOrganization", json!({"FeatureSet": text(one, "feature_set")}))?;
    builder.bind(&one.id, string(&made, "/Organization/Id"));
    let roots = builder.call(SERVICE, "ListRoots", json!({})).unwrap_or_default();
    let root = string(&roots, "/Roots/0/Id").to_owned();
    builder.bind(&text(one, "root_id"), &root);
    Some(root)
}

/// From the root down: a unit is made after the one that it stands in.
fn units(builder: &mut Builder<'_>) {
    let mut left = builder.all("organizational-unit");
    loop {
        let known = |one: &&Observed| builder.here.contains_key(&text(one, "parent"));
        let (ready, waiting): (Vec<&Observed>, Vec<&Observed>) = left.into_iter().partition(known);
        if ready.is_empty() {
            for one in waiting {
                builder.lose(format!("organizational-unit `{}`: what it stands in was not read", one.name));
            }
            return;
        }
        for one in ready {
            let input = json!({"ParentId": builder.id_in(one, "parent"), "Name": text(one, "name"), "Tags": tags(one)});
            if let Some(made) = builder.make(one, SERVICE, "CreateOrganizationalUnit", input) {
                builder.bind(&one.id, string(&made, "/OrganizationalUnit/Id"));
            }
        }
        left = waiting;
    }
}

fn accounts(builder: &mut Builder<'_>) {
    let closed = builder.closed_doors();
    let mut all = builder.all("account");
    // As they were made; whoever lists accounts may see them in this order.
    all.sort_by_key(|one| (joined(one), one.id.clone()));
    for one in all {
        if one.id == builder.management {
            manage(builder, one);
            continue;
        }
        // Where nobody could enter, nobody shall enter here.
        let role = if closed.contains(one.id.as_str()) { "NobodyEnters".to_owned() } else { builder.role.clone() };
        let input = json!({
            "Email": text(one, "email"), "AccountName": text(one, "name"), "RoleName": role, "Tags": tags(one),
        });
        let Some(made) = builder.make(one, SERVICE, "CreateAccount", input) else { continue };
        let request = json!({"CreateAccountRequestId": string(&made, "/CreateAccountStatus/Id")});
        let status = builder.call(SERVICE, "DescribeCreateAccountStatus", request).unwrap_or_default();
        let id = string(&status, "/CreateAccountStatus/AccountId").to_owned();
        if id.is_empty() {
            let why = string(&status, "/CreateAccountStatus/FailureReason");
            builder.lose(format!("account `{}` ({}): {why}", one.name, one.id));
            continue;
        }
        builder.bind(&one.id, &id);
        place(builder, one);
    }
}

/// Moves an account from the root to where it stands.
fn place(builder: &mut Builder<'_>, one: &Observed) {
    let id = builder.id(&one.id);
    let parents = builder.call(SERVICE, "ListParents", json!({"ChildId": id})).unwrap_or_default();
    let (from, to) = (string(&parents, "/Parents/0/Id").to_owned(), builder.id_in(one, "parent"));
    if from != to {
        let input = json!({"AccountId": id, "SourceParentId": from, "DestinationParentId": to});
        builder.make(one, SERVICE, "MoveAccount", input);
    }
}

/// The management account is there already; it takes its place, name, address and tags.
fn manage(builder: &mut Builder<'_>, one: &Observed) {
    let shown = builder.call(SERVICE, "DescribeAccount", json!({"AccountId": one.id})).unwrap_or_default();
    for (attribute, member) in [("email", "/Account/Email"), ("name", "/Account/Name")] {
        let (here, really) = (string(&shown, member).to_owned(), text(one, attribute));
        if !here.is_empty() && here != really {
            builder.texts.insert(here, really);
        }
    }
    place(builder, one);
    let tags = tags(one);
    if tags.as_array().is_some_and(|tags| !tags.is_empty()) {
        builder.make(one, SERVICE, "TagResource", json!({"ResourceId": one.id, "Tags": tags}));
    }
}

fn policies(builder: &mut Builder<'_>) {
    for one in builder.all("policy") {
        let document = one.attributes.get("document").map(Attribute::to_json).unwrap_or_default();
        let content = document.as_str().map_or_else(|| document.to_string(), str::to_owned);
        let input = json!({
            "Name": text(one, "name"), "Type": text(one, "type"), "Description": text(one, "description"),
            "Content": content, "Tags": tags(one),
        });
        if let Some(made) = builder.make(one, SERVICE, "CreatePolicy", input) {
            builder.bind(&one.id, string(&made, "/Policy/PolicySummary/Id"));
        }
    }
}

/// First what is attached, then off with what AWS attaches by itself and somebody has taken off.
fn attachments(builder: &mut Builder<'_>) {
    let inventory = builder.inventory;
    let all: Vec<&Observed> = inventory.resources.iter().filter(|one| one.kind == "policy-attachment").collect();
    let mut wanted = BTreeSet::new();
    for one in &all {
        let (policy, target) = (builder.id_in(one, "policy"), builder.id_in(one, "target"));
        let input = json!({"PolicyId": policy, "TargetId": target});
        wanted.insert((policy, target));
        match builder.call(SERVICE, "AttachPolicy", input) {
            Err(refusal) if refusal.code == "DuplicatePolicyAttachmentException" => {}
            made => {
                builder.told(one, made);
            }
        }
    }
    let vendor = inventory.resources.iter().filter(|one| one.kind == "policy" && one.vendor.is_some());
    for one in vendor {
        let targets = builder.call(SERVICE, "ListTargetsForPolicy", json!({"PolicyId": one.id, "MaxResults": 20}));
        for target in everywhere(builder, one, targets.unwrap_or_default()) {
            if !wanted.contains(&(one.id.clone(), target.clone())) {
                let input = json!({"PolicyId": one.id, "TargetId": target});
                builder.make(one, SERVICE, "DetachPolicy", input);
            }
        }
    }
}

/// All targets of a policy, page by page.
fn everywhere(builder: &mut Builder<'_>, one: &Observed, mut page: Value) -> Vec<String> {
    let mut targets = Vec::new();
    loop {
        let items = page.get("Targets").and_then(Value::as_array).cloned().unwrap_or_default();
        targets.extend(items.iter().map(|target| string(target, "/TargetId").to_owned()));
        let Some(token) = page.get("NextToken").filter(|token| token.is_string()).cloned() else { return targets };
        let input = json!({"PolicyId": one.id, "MaxResults": 20, "NextToken": token});
        page = builder.call(SERVICE, "ListTargetsForPolicy", input).unwrap_or_default();
    }
}

/// Accounts that are closed, or on their way there, are closed last: nothing can be done with them afterwards.
fn close(builder: &mut Builder<'_>) {
    for one in builder.all("account").into_iter().filter(|one| one.ended.is_some()) {
        let input = json!({"AccountId": builder.id(&one.id)});
        builder.make(one, SERVICE, "CloseAccount", input);
    }
}

/// Seconds since 1970, as the service tells them: a number, or a text of one.
fn joined(one: &Observed) -> Timestamp {
    let told = value(one, "joined");
    let seconds = told.as_f64().or_else(|| told.as_str()?.parse().ok()).unwrap_or_default();
    Timestamp::from_second(seconds as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A text somewhere in an answer.
pub(super) fn string<'v>(answer: &'v Value, pointer: &str) -> &'v str {
    answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Alternate contacts and budgets are the management account's to write, for everybody.
pub(super) fn contact(one: &Observed, account: Option<String>) -> Value {
    sparse(json!({
        "AccountId": account,
        "AlternateContactType": text(one, "type"),
        "Name": text(one, "contact_name"),
        "Title": text(one, "title"),
        "EmailAddress": text(one, "email"),
        "PhoneNumber": text(one, "phone"),
    }))
}
