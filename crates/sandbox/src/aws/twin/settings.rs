//! What is set within the accounts of a twin, and what is kept about them in the management account.

use polity_model::{Value as Attribute, resource::Observed};
use serde_json::{Map, Value, json};

use super::{Builder, HUB, organization, text, texts, value};

pub(super) fn build(builder: &mut Builder<'_>) {
    // A contact that nobody has set is read as one without a name.
    for one in builder.all("alternate-contact").into_iter().filter(|one| !text(one, "contact_name").is_empty()) {
        let account = text(one, "account");
        let other = (account != builder.management).then(|| builder.id(&account));
        builder.make(one, "account", "PutAlternateContact", organization::contact(one, other));
    }
    for one in builder.all("budget") {
        budget(builder, one);
    }
    for kind in ["region-opt-in", "account-alias", "password-policy", "s3-public-access-block"] {
        for one in builder.all(kind) {
            set(builder, one);
        }
    }
    let regional =
        ["ebs-encryption-default", "imds-defaults", "snapshot-public-access-block", "image-public-access-block"];
    for kind in regional {
        for one in builder.all(kind) {
            set(builder, one);
        }
    }
}

fn budget(builder: &mut Builder<'_>, one: &Observed) {
    let subscribers: Vec<Value> =
        texts(one, "notify").iter().map(|email| json!({"SubscriptionType": "EMAIL", "Address": email})).collect();
    let alerts = one.attributes.get("alerts").and_then(Attribute::as_list).unwrap_or_default();
    let notifications: Vec<Value> = alerts
        .iter()
        .filter_map(Attribute::as_int)
        .map(|percent| {
            let notification = json!({
                "NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            });
            json!({"Notification": notification, "Subscribers": subscribers})
        })
        .collect();
    let mut budget = json!({
        "BudgetName": text(one, "name"),
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": text(one, "amount"), "Unit": text(one, "currency")},
    });
    let account = builder.id_in(one, "account");
    if let (false, Some(members)) = (account.is_empty(), budget.as_object_mut()) {
        members.insert("CostFilters".to_owned(), json!({"LinkedAccount": [account]}));
    }
    let management = builder.management.clone();
    let input = json!({"AccountId": management, "Budget": budget, "NotificationsWithSubscribers": notifications});
    builder.make(one, "budgets", "CreateBudget", input);
}

/// One setting, written within its account.
fn set(builder: &mut Builder<'_>, one: &Observed) {
    let entry = builder.scope(one).and_then(|scope| scope.entry.as_ref());
    let (account, region) =
        (entry.and_then(|entry| entry.get("account_id")), entry.and_then(|entry| entry.get("region")));
    let Some(real) = account else {
        builder.lose(format!("{} in `{}`: its account is not known", one.kind, one.scope));
        return;
    };
    let (account, region) = (builder.id(real), region.map_or(HUB, String::as_str));
    let Some((service, operation, input)) = call(one, &account) else { return };
    let made = builder.call_in(&account, region, service, operation, input);
    builder.told(one, made);
}

/// The call that sets it; nothing where it is as AWS has it by default.
fn call(one: &Observed, account: &str) -> Option<(&'static str, &'static str, Value)> {
    Some(match one.kind.as_str() {
        "region-opt-in" => ("account", "EnableRegion", json!({"RegionName": text(one, "region")})),
        "account-alias" if !text(one, "alias").is_empty() => {
            ("iam", "CreateAccountAlias", json!({"AccountAlias": text(one, "alias")}))
        }
        "password-policy" if one.attributes.contains_key("minimum_length") => {
            ("iam", "UpdateAccountPasswordPolicy", members(one, &PASSWORDS))
        }
        "s3-public-access-block" if !one.attributes.is_empty() => {
            let mut input = members(one, &BLOCKS);
            if let Some(members) = input.as_object_mut() {
                members.insert("AccountId".to_owned(), account.into());
            }
            ("s3-control", "PutPublicAccessBlock", input)
        }
        "ebs-encryption-default" if value(one, "enabled") == json!(true) => {
            ("ec2", "EnableEbsEncryptionByDefault", json!({}))
        }
        "imds-defaults" if !one.attributes.is_empty() => {
            ("ec2", "ModifyInstanceMetadataDefaults", members(one, &METADATA))
        }
        "snapshot-public-access-block" if text(one, "state").starts_with("block") => {
            ("ec2", "EnableSnapshotBlockPublicAccess", json!({"State": text(one, "state")}))
        }
        "image-public-access-block" if text(one, "state").starts_with("block") => {
            let state = json!({"ImageBlockPublicAccessState": text(one, "state")});
            ("ec2", "EnableImageBlockPublicAccess", state)
        }
        _ => return None,
    })
}

/// Attributes by the names that the service's own interface has for them.
fn members(one: &Observed, names: &[(&str, &str)]) -> Value {
    let members = names.iter().map(|(attribute, member)| ((*member).to_owned(), value(one, attribute)));
    Value::Object(members.filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
}

const PASSWORDS: [(&str, &str); 9] = [
    ("minimum_length", "MinimumPasswordLength"),
    ("max_age_days", "MaxPasswordAge"),
    ("reuse_prevention", "PasswordReusePrevention"),
    ("require_symbols", "RequireSymbols"),
    ("require_numbers", "RequireNumbers"),
    ("require_uppercase", "RequireUppercaseCharacters"),
    ("require_lowercase", "RequireLowercaseCharacters"),
    ("allow_change", "AllowUsersToChangePassword"),
    ("hard_expiry", "HardExpiry"),
];

const BLOCKS: [(&str, &str); 4] = [
    ("block_public_acls", "BlockPublicAcls"),
    ("ignore_public_acls", "IgnorePublicAcls"),
    ("block_public_policy", "BlockPublicPolicy"),
    ("restrict_public_buckets", "RestrictPublicBuckets"),
];

const METADATA: [(&str, &str); 4] = [
    ("http_tokens", "HttpTokens"),
    ("hop_limit", "HttpPutResponseHopLimit"),
    ("http_endpoint", "HttpEndpoint"),
    ("instance_tags", "InstanceMetadataTags"),
];
