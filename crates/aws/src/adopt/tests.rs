//! Adoption is right when the folder plans to nothing: these tests go the whole way, from an inventory over documents
//! and YAML text to a plan.

use std::collections::BTreeMap;

use polity_model::{
    Address, Map,
    inventory::Gap,
    organization::Organization,
    plan::{Notice, Plan},
    resource::{Key, Mark, Scope},
    units::Date,
    vocabulary::Vocabulary,
};
use polity_planner::Input;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use polity_model::resource::Observed;

const SUBJECT: Subject<'_> =
    Subject { organization: "acme", platform: "aws", management_account: "111111111111", region: "eu-central-1" };
const ROOT: &str = "r-root";

fn seen(kind: &str, id: &str, name: &str, attributes: Json) -> Observed {
    let identity = ["user", "group", "group-membership", "permission-set", "account-assignment"].contains(&kind);
    let attributes: Map = Value::from_json(&attributes).as_map().cloned().unwrap_or_default();
    let of = |names: &[&str]| -> Vec<Value> { names.iter().map(|name| attributes[*name].clone()).collect() };
    let key = match kind {
        "organization" => Some(Key::new("organization", "self")),
        "policy-type" => Some(Key::new("type", attributes["type"].clone())),
        "trusted-access" => Some(Key::new("service", attributes["service"].clone())),
        "delegated-administrator" => Some(Key::new("account+service", of(&["account", "service"]))),
        "policy-attachment" => Some(Key::new("policy+target", of(&["policy", "target"]))),
        "group-membership" => Some(Key::new("group+member", of(&["group", "member"]))),
        "alternate-contact" => Some(Key::new("account+type", of(&["account", "type"]))),
        "budget" => Some(Key::new("name", attributes["name"].clone())),
        "account-assignment" => {
            Some(Key::new("assignment", of(&["permission_set", "account", "principal_type", "principal"])))
        }
        _ => None,
    };
    Observed {
        kind: kind.to_owned(),
        scope: if identity { "aws/identity" } else { "aws" }.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        attributes,
        keys: key.into_iter().collect(),
        mark: None,
        vendor: None,
        ended: None,
    }
}

fn unit(id: &str, name: &str, parent: &str) -> Observed {
    seen("organizational-unit", id, name, json!({"name": name, "parent": parent, "tags": {}}))
}

fn account(id: &str, name: &str, parent: &str) -> Observed {
    let email = format!("aws+{id}@acme.example");
    seen("account", id, name, json!({"name": name, "email": email, "parent": parent, "tags": {}, "state": "ACTIVE"}))
}

fn policy(id: &str, name: &str, kind: &str) -> Observed {
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
    seen("policy", id, name, json!({"name": name, "type": kind, "description": "", "document": document}))
}

fn attachment(policy: &str, target: &str) -> Observed {
    let id = format!("{policy}@{target}");
    seen("policy-attachment", &id, &id, json!({"policy": policy, "target": target, "type": "SERVICE_CONTROL_POLICY"}))
}

fn user(id: &str, login: &str) -> Observed {
    let email = format!("{login}@acme.example");
    let attributes = json!({
        "user_name": login, "display_name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "email": email,
    });
    seen("user", id, login, attributes)
}

fn group(id: &str, name: &str) -> Observed {
    seen("group", id, name, json!({"display_name": name, "description": "a team"}))
}

fn membership(group: &str, member: &str) -> Observed {
    let id = format!("{group}/m-{member}");
    seen("group-membership", &id, &id, json!({"group": group, "member": member}))
}

fn permission_set(id: &str, name: &str, more: Json) -> Observed {
    let mut attributes = json!({
        "name": name, "session_seconds": 3600, "managed_policies": [], "customer_managed_policies": [], "unprovisioned": [],
    });
    for (name, value) in more.as_object().unwrap() {
        attributes[name] = value.clone();
    }
    seen("permission-set", id, name, attributes)
}

fn assignment(set: &str, account: &str, kind: &str, principal: &str) -> Observed {
    let id = format!("{set}/{account}/{kind}/{principal}");
    let values = json!({"permission_set": set, "account": account, "principal_type": kind, "principal": principal});
    seen("account-assignment", &id, &id, values)
}

fn marked(mut object: Observed, organization: &str, name: &str) -> Observed {
    let address = Address::new("aws", object.kind.clone(), name);
    object.mark = Some(Mark { organization: organization.to_owned(), address });
    object
}

fn made_by(mut object: Observed, vendor: &str) -> Observed {
    object.vendor = Some(vendor.to_owned());
    object
}

fn scope(name: &str, level: &str) -> Scope {
    Scope {
        name: name.to_owned(),
        platform: "aws".to_owned(),
        level: level.to_owned(),
        tenant: None,
        entry: Some(BTreeMap::from([("account_id".to_owned(), SUBJECT.management_account.to_owned())])),
    }
}

fn inventory(mut resources: Vec<Observed>) -> Inventory {
    resources.push(seen("organization", "o-acme", "o-acme", json!({"feature_set": "ALL", "root_id": ROOT})));
    resources.push(account(SUBJECT.management_account, "acme", ROOT));
    let kind = "SERVICE_CONTROL_POLICY";
    resources.push(seen("policy-type", kind, kind, json!({"type": kind, "status": "ENABLED"})));
    let scopes = vec![scope("aws", "organization"), scope("aws/identity", "identity")];
    let mut inventory = Inventory { scopes, resources, ..Inventory::default() };
    inventory.normalize();
    inventory
}

/// Reads the folder that the documents make.
fn read(documents: &[Document]) -> (Organization, BTreeMap<String, String>) {
    let files = polity_manifest::write(documents);
    let texts: BTreeMap<String, String> =
        files.iter().map(|file| (file.path.clone(), String::from_utf8(file.bytes.clone()).unwrap())).collect();
    let types = BTreeMap::from([("aws".to_owned(), crate::vocabulary::platform_type())]);
    let reading = polity_manifest::read(&files, &Vocabulary { types }, Date::constant(2026, 11, 22));
    let whole: Vec<String> = texts.values().cloned().collect();
    let organization = reading.organization;
    (organization.unwrap_or_else(|| panic!("{:#?}\n{}", reading.diagnostics, whole.join("---\n"))), texts)
}

/// The plan over the folder that adoption makes of an inventory.
fn plan(inventory: &Inventory) -> Plan {
    let (organization, _) = read(&documents(&SUBJECT, inventory));
    let kinds = crate::kinds::all();
    let schemas =
        kinds.iter().map(|kind| (("aws".to_owned(), kind.schema().kind.to_owned()), kind.schema().clone())).collect();
    let of = |scope: &Scope| {
        let here: Vec<_> = kinds.iter().filter(|kind| kind.schema().level == scope.level).collect();
        here.into_iter().flat_map(|kind| kind.wanted(&organization, scope)).collect::<Vec<_>>()
    };
    polity_planner::plan(&Input {
        names: BTreeMap::new(),
        organization: &organization,
        manifest: polity_model::Digest::of(b"manifest"),
        platforms: BTreeMap::new(),
        schemas: &schemas,
        desired: inventory.scopes.iter().flat_map(of).collect(),
        inventory,
        last: &BTreeMap::new(),
        limits: &[],
        applier: None,
    })
}

/// Nothing to change, and nothing that the manifest names is in the way of itself.
fn is_quiet(plan: &Plan) -> Result<(), String> {
    let in_the_way =
        plan.notices.iter().find(|notice| matches!(notice, Notice::Conflict { .. } | Notice::Blocked { .. }));
    match (plan.changes.first(), in_the_way) {
        (None, None) => Ok(()),
        (change, notice) => Err(format!("{change:#?}\n{notice:#?}")),
    }
}

/// An organization with everything that could go wrong.
fn awkward() -> Vec<Observed> {
    let mut tagged = account("222222222222", "shop", "ou-a-prod1");
    tagged.attributes.insert("tags".to_owned(), Value::from_json(&json!({"project": "Web Shop", "stage": "prod"})));
    let mut suspended = account("333333333333", "old", ROOT);
    suspended.ended = Some("SUSPENDED".to_owned());
    let mut without_email = account("444444444444", "mute", ROOT);
    let mut twins = [account("888888888888", "one", ROOT), account("999999999999", "two", ROOT)];
    twins.iter_mut().for_each(|twin| drop(twin.attributes.insert("email".to_owned(), "same@acme.example".into())));
    let [one, two] = twins;
    without_email.attributes.insert("email".to_owned(), "nobody".into());
    let mut nameless = user("u-nameless", "robot");
    nameless.attributes.remove("given_name");
    let mut without_mail = user("u-nomail", "mailless");
    without_mail.attributes.remove("email");
    let mut prose = policy("p-prose", "Prose", "SERVICE_CONTROL_POLICY");
    prose.attributes.insert("document".to_owned(), "not JSON".into());
    let inline =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]});
    let admin = json!({"managed_policies": ["arn:aws:iam::aws:policy/AdministratorAccess"], "session_seconds": 43200,
        "inline_policy": inline, "boundary": "/guard/Max", "relay_state": "https://acme.example", "description": "all"});
    vec![
        unit("ou-a-shop", "Shop", ROOT),
        unit("ou-a-bank", "Bank", ROOT),
        unit("ou-a-prod1", "Prod", "ou-a-shop"),
        unit("ou-a-prod2", "Prod", "ou-a-bank"),
        unit("ou-a-twin1", "Twin", ROOT),
        unit("ou-a-twin2", "twin", ROOT),
        unit("ou-a-nihon", "日本", ROOT),
        unit("ou-a-groesse", "Größe: \"XL\" #1", ROOT),
        marked(unit("ou-a-other", "Other", ROOT), "rival", "other"),
        unit("ou-a-below", "Below", "ou-a-other"),
        marked(unit("ou-a-ours", "Renamed meanwhile", ROOT), "acme", "known-zone"),
        tagged,
        account("555555555555", "shop", "ou-a-prod2"),
        account("666666666666", "true", "ou-a-nihon"),
        account("777777777777", "lost", "ou-a-below"),
        suspended,
        without_email,
        one,
        two,
        unit("ou-a-twin3", "Twin", ROOT),
        group("g-pay2", "payments"),
        made_by(policy("p-FullAWSAccess", "FullAWSAccess", "SERVICE_CONTROL_POLICY"), "managed by AWS"),
        made_by(attachment("p-FullAWSAccess", ROOT), "managed by AWS"),
        policy("p-deny", "Deny all", "SERVICE_CONTROL_POLICY"),
        attachment("p-deny", ROOT),
        attachment("p-deny", "ou-a-prod1"),
        attachment("p-deny", "222222222222"),
        attachment("p-deny", "ou-a-gone"),
        policy("p-tags", "Deny all", "TAG_POLICY"),
        policy("p-new", "Tomorrow", "TELEPATHY_POLICY"),
        prose,
        seen("trusted-access", "sso.amazonaws.com", "sso.amazonaws.com", json!({"service": "sso.amazonaws.com"})),
        made_by(
            seen(
                "trusted-access",
                "controltower.amazonaws.com",
                "ct",
                json!({"service": "controltower.amazonaws.com"}),
            ),
            "AWS Control Tower",
        ),
        seen("delegated-administrator", "x", "x", json!({"service": "sso.amazonaws.com", "account": "222222222222"})),
        seen("delegated-administrator", "y", "y", json!({"service": "sso.amazonaws.com", "account": "333333333333"})),
        user("u-ada", "ada"),
        user("u-ada2", "ADA.lab"),
        nameless,
        without_mail,
        group("g-pay", "Payments"),
        made_by(group("g-tower", "AWSControlTowerAdmins"), "AWS Control Tower"),
        marked(group("g-other", "Rivals"), "rival", "rivals"),
        membership("g-pay", "u-ada"),
        membership("g-pay", "u-nomail"),
        membership("g-tower", "u-ada"),
        permission_set("ps-admin", "Admin", admin),
        permission_set("ps-behind", "Behind", json!({"unprovisioned": ["222222222222"]})),
        made_by(permission_set("ps-tower", "AWSReadOnlyAccess", json!({})), "AWS Control Tower"),
        assignment("ps-admin", "222222222222", "GROUP", "g-pay"),
        assignment("ps-admin", "222222222222", "USER", "u-ada"),
        assignment("ps-admin", "222222222222", "USER", "u-nomail"),
        assignment("ps-admin", "333333333333", "USER", "u-ada"),
        assignment("ps-tower", "222222222222", "GROUP", "g-pay"),
        assignment("ps-admin", "222222222222", "GROUP", "g-tower"),
        seen("budget", "polity-prod-shop", "b", json!({"name": "polity-prod-shop", "amount": "1", "currency": "USD"})),
        seen("budget", "mine", "mine", json!({"name": "mine", "amount": "10", "currency": "USD"})),
    ]
}

#[test]
fn an_awkward_organization_plans_to_nothing() {
    let plan = plan(&inventory(awkward()));
    is_quiet(&plan).unwrap();
    assert!(plan.brakes.is_empty(), "{:?}", plan.brakes);
}

#[test]
fn an_awkward_organization_reads_well() {
    let (_, texts) = read(&documents(&SUBJECT, &inventory(awkward())));
    let whole: Vec<String> = texts.iter().map(|(path, text)| format!("==> {path}\n{text}")).collect();
    insta::assert_snapshot!(whole.join("\n"));
}

#[test]
fn the_order_of_the_inventory_does_not_matter() {
    let there = inventory(awkward());
    let mut turned = there.clone();
    turned.resources.reverse();
    assert_eq!(documents(&SUBJECT, &there), documents(&SUBJECT, &turned));
}

#[test]
fn budgets_and_contacts_of_ours_come_back() {
    let tenant = "222222222222";
    let budget = json!({"name": "polity-shop", "amount": "99.5", "currency": "USD", "account": tenant,
        "alerts": [80, 100], "notify": ["pay@acme.example"]});
    let contact = json!({"account": tenant, "type": "SECURITY", "contact_name": "Desk", "title": "On call",
        "email": "security@acme.example", "phone": "+49 30 1"});
    let there = inventory(vec![
        account(tenant, "shop", ROOT),
        seen("budget", "polity-shop", "polity-shop", budget),
        seen("alternate-contact", "222222222222/SECURITY", "c", contact),
        seen("alternate-contact", "222222222222/BILLING", "c", json!({"account": tenant, "type": "BILLING"})),
    ]);
    is_quiet(&plan(&there)).unwrap();
    let (organization, _) = read(&documents(&SUBJECT, &there));
    let shop = &organization.tenants["shop"];
    assert_eq!(shop.budget.as_ref().unwrap().monthly.to_string(), "99.5 USD");
    assert!(shop.settings["aws"].value.get("alternate_contacts").and_then(|all| all.get("security")).is_some());
    assert_eq!(shop.email.as_deref(), Some("aws+222222222222@acme.example"));
}

#[test]
fn an_organization_without_identity_center_says_so() {
    let mut there = inventory(Vec::new());
    there.gaps.push(Gap {
        scope: "aws/identity".to_owned(),
        kind: None,
        reason: "IAM Identity Center is not enabled".to_owned(),
        permission: None,
        help: None,
    });
    let (organization, texts) = read(&documents(&SUBJECT, &there));
    assert_eq!(organization.platforms["aws"].native.get("identity_center"), Some(&Value::Bool(false)));
    assert!(texts["organization.yaml"].contains("# - aws/identity: IAM Identity Center is not enabled"));
}

/// Names as people give them, and as they should not.
fn name() -> impl Strategy<Value = String> {
    let words =
        ["Prod", "prod", "Dev", "true", "null", "123", "日本", "Ünï", "a-b", "A B", "x:y #z", "- [q]", "'quoted\""];
    prop_oneof![
        4 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => "[ -~]{1,20}".prop_filter("AWS takes no names of spaces alone", |name| !name.trim().is_empty()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_there_plans_to_nothing(
        units in proptest::collection::vec((name(), 0_usize..8), 0..12),
        accounts in proptest::collection::vec((name(), 0_usize..12), 0..12),
        policies in proptest::collection::vec((name(), 0_usize..12), 0..6),
        groups in proptest::collection::vec(name(), 0..6),
        assigned in proptest::collection::vec((0_usize..6, 0_usize..12, 0_usize..6), 0..12),
    ) {
        let mut resources = Vec::new();
        let place = |number: usize, limit: usize| match number {
            0 => ROOT.to_owned(),
            _ if number > limit => ROOT.to_owned(),
            _ => format!("ou-x-{}", number - 1),
        };
        let depth_of_chain = |parents: &[usize], mut at: usize| {
            let mut depth = 0;
            while at > 0 { depth += 1; at = parents[at - 1]; }
            depth
        };
        // A unit stands under one that was made before it, five deep at most.
        let mut parents: Vec<usize> = Vec::new();
        for (number, (name, parent)) in units.iter().enumerate() {
            let parent = if *parent <= number && depth_of_chain(&parents, *parent) < 5 { *parent } else { 0 };
            parents.push(parent);
            resources.push(unit(&format!("ou-x-{number}"), name, &place(parent, units.len())));
        }
        for (number, (name, parent)) in accounts.iter().enumerate() {
            resources.push(account(&format!("2{number:011}"), name, &place(*parent, units.len())));
        }
        for (number, (name, target)) in policies.iter().enumerate() {
            let id = format!("p-{number}");
            resources.push(policy(&id, name, "SERVICE_CONTROL_POLICY"));
            resources.push(attachment(&id, &place(*target, units.len())));
        }
        for (number, name) in groups.iter().enumerate() {
            resources.push(group(&format!("g-{number}"), name));
            resources.push(permission_set(&format!("ps-{number}"), name, json!({})));
        }
        for (set, account, group) in assigned {
            if set < groups.len() && group < groups.len() && account < accounts.len() {
                resources.push(assignment(&format!("ps-{set}"), &format!("2{account:011}"), "GROUP", &format!("g-{group}")));
            }
        }
        let verdict = is_quiet(&plan(&inventory(resources)));
        prop_assert!(verdict.is_ok(), "{}", verdict.unwrap_err());
    }
}
