//! Identity Center of a twin: people, groups, permission sets, and who may do what where.

use polity_model::{Value as Attribute, resource::Observed};
use serde_json::{Value, json};

use super::{Builder, marked, organization::string, sparse, tags, text, texts, value};

const SETS: &str = "sso-admin";
const PEOPLE: &str = "identitystore";

pub(super) fn build(builder: &mut Builder<'_>) {
    let instances = builder.call(SETS, "ListInstances", json!({})).unwrap_or_default();
    let instance = string(&instances, "/Instances/0/InstanceArn").to_owned();
    let store = string(&instances, "/Instances/0/IdentityStoreId").to_owned();
    principals(builder, &store);
    for one in builder.all("permission-set") {
        // `arn:aws:sso:::permissionSet/ssoins-.../ps-...` names the instance, too.
        if let (Some(real), Some(here)) = (part(&one.id, 1), part(&instance, 1).map(str::to_owned)) {
            builder.bind(real, &here);
        }
        permission_set(builder, one, &instance);
    }
    for one in builder.all("account-assignment") {
        let input = json!({
            "InstanceArn": instance,
            "TargetId": builder.id_in(one, "account"),
            "TargetType": "AWS_ACCOUNT",
            "PermissionSetArn": builder.id_in(one, "permission_set"),
            "PrincipalType": text(one, "principal_type"),
            "PrincipalId": builder.id_in(one, "principal"),
        });
        builder.make(one, SETS, "CreateAccountAssignment", input);
    }
}

/// A part of a name of the form `.../part`, counted from the start.
fn part(arn: &str, place: usize) -> Option<&str> {
    arn.split('/').nth(place)
}

fn principals(builder: &mut Builder<'_>, store: &str) {
    for one in builder.all("user") {
        let names = sparse(json!({"GivenName": text(one, "given_name"), "FamilyName": text(one, "family_name")}));
        let emails = match text(one, "email") {
            email if email.is_empty() => Value::Null,
            email => json!([{"Value": email, "Type": "work", "Primary": true}]),
        };
        let input = sparse(json!({
            "IdentityStoreId": store,
            "UserName": text(one, "user_name"),
            "DisplayName": text(one, "display_name"),
            "Name": names,
            "Emails": emails,
        }));
        if let Some(made) = builder.make(one, PEOPLE, "CreateUser", input) {
            builder.bind(&one.id, string(&made, "/UserId"));
        }
        if !text(one, "external_id").is_empty() {
            builder.lose(format!("the external id of the user `{}`", one.name));
        }
    }
    for one in builder.all("group") {
        let input = sparse(json!({
            "IdentityStoreId": store, "DisplayName": text(one, "display_name"), "Description": marked(one),
        }));
        if let Some(made) = builder.make(one, PEOPLE, "CreateGroup", input) {
            builder.bind(&one.id, string(&made, "/GroupId"));
        }
    }
    for one in builder.all("group-membership") {
        let member = json!({"UserId": builder.id_in(one, "member")});
        let input = json!({"IdentityStoreId": store, "GroupId": builder.id_in(one, "group"), "MemberId": member});
        if let (Some(made), Some(real)) = (builder.make(one, PEOPLE, "CreateGroupMembership", input), part(&one.id, 1))
        {
            builder.bind(real, string(&made, "/MembershipId"));
        }
    }
}

fn permission_set(builder: &mut Builder<'_>, one: &Observed, instance: &str) {
    let input = sparse(json!({
        "InstanceArn": instance,
        "Name": text(one, "name"),
        "Description": text(one, "description"),
        "SessionDuration": duration(one),
        "RelayState": text(one, "relay_state"),
        "Tags": tags(one),
    }));
    let Some(made) = builder.make(one, SETS, "CreatePermissionSet", input) else { return };
    let here = string(&made, "/PermissionSet/PermissionSetArn").to_owned();
    // The ARN is looked up whole; its last part is what is renamed.
    builder.here.insert(one.id.clone(), here.clone());
    if let (Some(real), Some(here)) = (part(&one.id, 2), part(&here, 2)) {
        builder.bind(real, here);
    }
    let set = |more: Value| {
        let mut input = json!({"InstanceArn": instance, "PermissionSetArn": here});
        if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
            input.extend(more);
        }
        input
    };
    for arn in texts(one, "managed_policies") {
        let input = set(json!({"ManagedPolicyArn": arn}));
        builder.make(one, SETS, "AttachManagedPolicyToPermissionSet", input);
    }
    for name in texts(one, "customer_managed_policies") {
        let input = set(json!({"CustomerManagedPolicyReference": reference(&name)}));
        builder.make(one, SETS, "AttachCustomerManagedPolicyReferenceToPermissionSet", input);
    }
    let inline = value(one, "inline_policy");
    if !inline.is_null() && inline != json!("") && inline != json!({}) {
        let document = inline.as_str().map_or_else(|| inline.to_string(), str::to_owned);
        builder.make(one, SETS, "PutInlinePolicyToPermissionSet", set(json!({"InlinePolicy": document})));
    }
    let boundary = text(one, "boundary");
    if !boundary.is_empty() {
        let boundary = match boundary.starts_with("arn:") {
            true => json!({"ManagedPolicyArn": boundary}),
            false => json!({"CustomerManagedPolicyReference": reference(&boundary)}),
        };
        let input = set(json!({"PermissionsBoundary": boundary}));
        builder.make(one, SETS, "PutPermissionsBoundaryToPermissionSet", input);
    }
    if !texts(one, "unprovisioned").is_empty() {
        builder.lose(format!("which accounts still have a former version of the permission set `{}`", one.name));
    }
}

/// `/path/name` as path and name.
fn reference(name: &str) -> Value {
    let (path, name) = name.rsplit_once('/').unwrap_or(("", name));
    json!({"Path": format!("{path}/"), "Name": name})
}

/// Seconds as ISO 8601 has them.
fn duration(one: &Observed) -> Value {
    match one.attributes.get("session_seconds").and_then(Attribute::as_int) {
        Some(seconds) if seconds % 3600 == 0 => format!("PT{}H", seconds / 3600).into(),
        Some(seconds) => format!("PT{}H{}M{}S", seconds / 3600, seconds / 60 % 60, seconds % 60).into(),
        None => Value::Null,
    }
}
