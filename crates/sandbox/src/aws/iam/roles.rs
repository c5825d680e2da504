//! Roles: what they are called, whom they let in, what they may do.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Iam, exists, listed, no_such, trust};
use crate::{
    aws::{
        input::{Input, invalid, misfit},
        refusal::Refusal,
        service::{Answer, Turn},
    },
    ids::Ids,
};

/// Quotas that AWS gives every account to begin with.
const ROLES_MOST: usize = 1000;
const ATTACHED_MOST: usize = 10;
const TRUST_LONGEST: usize = 2048;
const INLINE_LONGEST: usize = 10_240;
const TAGS_MOST: usize = 50;

/// Documents are answered in percent encoding (RFC 3986).
const DOCUMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(super) path: String,
    /// The document that says who may assume it.
    pub(super) trust: String,
    created: Option<Timestamp>,
    description: Option<String>,
    /// Longest session, in seconds.
    pub(crate) session: i64,
    boundary: Option<String>,
    tags: BTreeMap<String, String>,
    /// Managed policies, by ARN.
    attached: BTreeSet<String>,
    /// Documents of its own, by name.
    inline: BTreeMap<String, String>,
}

impl Role {
    /// One that an account may assume and that may do everything.
    pub(super) fn administrator(trusted_account: &str) -> Self {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{trusted_account}:root")},
            "Action": "sts:AssumeRole",
        }]});
        Self {
            path: "/".to_owned(),
            trust: trust.to_string(),
            created: None,
            description: None,
            session: 3600,
            boundary: None,
            tags: BTreeMap::new(),
            attached: BTreeSet::from(["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()]),
            inline: BTreeMap::new(),
        }
    }

    /// The id of this role in this account: another one after it was deleted and made again.
    pub(crate) fn id(&self, account: &str, name: &str) -> String {
        let mut hasher = DefaultHasher::new();
        (account, name, self.created.map(|created| created.as_nanosecond())).hash(&mut hasher);
        format!("AROA{}", Ids::new(hasher.finish()).text(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
    }

    fn render(&self, turn: &Turn<'_>, name: &str) -> Value {
        let account = turn.caller.account.as_str();
        // Roles that came with the account are as old as it.
        let created = self.created.or_else(|| turn.world.organizations.joined(account));
        let boundary = self
            .boundary
            .as_ref()
            .map(|arn| json!({"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}));
        json!({
            "Path": self.path,
            "RoleName": name,
            "RoleId": self.id(account, name),
            "Arn": format!("arn:{}:iam::{account}:role{}{name}", turn.world.partition, self.path),
            "CreateDate": created.unwrap_or(Timestamp::UNIX_EPOCH).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "AssumeRolePolicyDocument": utf8_percent_encode(&self.trust, DOCUMENT).to_string(),
            "Description": self.description,
            "MaxSessionDuration": self.session,
            "PermissionsBoundary": boundary,
        })
    }

    fn render_whole(&self, turn: &Turn<'_>, name: &str) -> Value {
        let mut role = self.render(turn, name);
        if let (Some(members), false) = (role.as_object_mut(), self.tags.is_empty()) {
            members.insert("Tags".to_owned(), self.tags.iter().map(tag).collect());
        }
        role
    }
}

fn tag((key, value): (&String, &String)) -> Value {
    json!({"Key": key, "Value": value})
}

pub(super) fn create_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?.to_owned();
    let path = path(input, "Path")?.unwrap_or("/").to_owned();
    let trust = document(input, "AssumeRolePolicyDocument")?.to_owned();
    let description = description(input)?;
    let session = input.within("MaxSessionDuration", 3600, 43_200)?.unwrap_or(3600);
    let boundary = input.maybe("PermissionsBoundary", |input| input.sized("PermissionsBoundary", 20, 2048))?;
    let tags = tags(input)?;
    let account = turn.caller.account.clone();
    let iam = &mut turn.world.inside_mut(&account).iam;
    // Names that differ in nothing but case are the same to IAM.
    if iam.roles.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
        return Err(exists(format!("Role with name {name} already exists.")));
    }
    trust::check_trust(&trust)?;
    fits(&trust, TRUST_LONGEST, "ACLSizePerRole")?;
    if iam.roles.len() >= ROLES_MOST {
        return Err(limit(format!("Cannot exceed quota for RolesPerAccount: {ROLES_MOST}")));
    }
    let role = Role {
        path,
        trust,
        created: Some(turn.now),
        description,
        session,
        boundary: boundary.map(ToOwned::to_owned),
        tags,
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
    };
    iam.roles.insert(name.clone(), role.clone());
    Ok(json!({"Role": role.render_whole(turn, &name)}))
}

pub(super) fn get_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    Ok(json!({"Role": seen(turn, name)?.render_whole(turn, name)}))
}

pub(super) fn list_roles(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let prefix = input.maybe("PathPrefix", |input| input.sized("PathPrefix", 1, 512))?.unwrap_or("/");
    let roles = turn.world.inside(&turn.caller.account).map(|inside| &inside.iam.roles);
    let found: Vec<_> = roles.into_iter().flatten().filter(|(_, role)| role.path.starts_with(prefix)).collect();
    listed(turn, "Roles", found.into_iter(), |(name, role)| role.render(turn, name))
}

pub(super) fn update_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    let description = description(input)?;
    let session = input.within("MaxSessionDuration", 3600, 43_200)?;
    let role = changed(turn, name)?;
    role.description = description.or(role.description.take());
    role.session = session.unwrap_or(role.session);
    Ok(json!({}))
}

pub(super) fn update_assume_role_policy(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    let trust = document(input, "PolicyDocument")?.to_owned();
    let role = changed(turn, name)?;
    trust::check_trust(&trust)?;
    fits(&trust, TRUST_LONGEST, "ACLSizePerRole")?;
    role.trust = trust;
    Ok(json!({}))
}

pub(super) fn delete_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    let role = seen(turn, name)?;
    let conflict = |message: &str| Refusal::new("DeleteConflict", message).status(409);
    if !role.attached.is_empty() {
        return Err(conflict("Cannot delete entity, must detach all policies first."));
    }
    if !role.inline.is_empty() {
        return Err(conflict("Cannot delete entity, must delete policies first."));
    }
    let account = turn.caller.account.clone();
    turn.world.inside_mut(&account).iam.roles.remove(name);
    Ok(json!({}))
}

pub(super) fn attach_role_policy(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    let arn = policy_arn(input)?;
    let role = changed(turn, name)?;
    // Customer managed policies are not simulated, so none of them is there.
    if !arn.contains(":iam::aws:policy/") {
        return Err(no_such(format!("Policy {arn} does not exist or is not attachable.")));
    }
    if role.attached.len() >= ATTACHED_MOST && !role.attached.contains(arn) {
        return Err(limit(format!("Cannot exceed quota for PoliciesPerRole: {ATTACHED_MOST}")));
    }
    role.attached.insert(arn.to_owned());
    Ok(json!({}))
}

pub(super) fn detach_role_policy(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    let arn = policy_arn(input)?;
    if !changed(turn, name)?.attached.remove(arn) {
        return Err(no_such(format!("Policy {arn} was not found.")));
    }
    Ok(json!({}))
}

pub(super) fn list_attached_role_policies(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let role = seen(turn, role_name(input)?)?;
    listed(
        turn,
        "AttachedPolicies",
        role.attached.iter(),
        |arn| json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn}),
    )
}

pub(super) fn put_role_policy(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    let policy = policy_name(input)?;
    let document = document(input, "PolicyDocument")?;
    let role = changed(turn, name)?;
    trust::check_permissions(document)?;
    let others = role.inline.iter().filter(|(known, _)| *known != policy).map(|(_, document)| document.as_str());
    let all: String = others.chain([document]).collect();
    fits(&all, INLINE_LONGEST, &format!("policy size for role {name}"))?;
    role.inline.insert(policy.to_owned(), document.to_owned());
    Ok(json!({}))
}

pub(super) fn get_role_policy(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let (name, policy) = (role_name(input)?, policy_name(input)?);
    let found = seen(turn, name)?.inline.get(policy).ok_or_else(|| no_policy(policy))?;
    let document = utf8_percent_encode(found, DOCUMENT).to_string();
    Ok(json!({"RoleName": name, "PolicyName": policy, "PolicyDocument": document}))
}

pub(super) fn delete_role_policy(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let (name, policy) = (role_name(input)?, policy_name(input)?);
    changed(turn, name)?.inline.remove(policy).map(|_| json!({})).ok_or_else(|| no_policy(policy))
}

pub(super) fn list_role_policies(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let role = seen(turn, role_name(input)?)?;
    listed(turn, "PolicyNames", role.inline.keys(), |name| json!(name))
}

pub(super) fn list_instance_profiles_for_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    seen(turn, role_name(input)?)?;
    listed(turn, "InstanceProfiles", std::iter::empty::<Value>(), |profile| profile)
}

pub(super) fn tag_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    let new = tags(input)?;
    let role = changed(turn, name)?;
    let mut all = role.tags.clone();
    all.extend(new);
    if all.len() > TAGS_MOST {
        return Err(limit(format!("Cannot exceed quota for TagsPerRole: {TAGS_MOST}")));
    }
    role.tags = all;
    Ok(json!({}))
}

pub(super) fn untag_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = role_name(input)?;
    let role = changed(turn, name)?;
    for key in input.list("TagKeys").filter_map(Value::as_str) {
        role.tags.remove(key);
    }
    Ok(json!({}))
}

pub(super) fn list_role_tags(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let role = seen(turn, role_name(input)?)?;
    listed(turn, "Tags", role.tags.iter(), tag)
}

fn seen<'a>(turn: &'a Turn<'_>, name: &str) -> Result<&'a Role, Refusal> {
    let iam: Option<&Iam> = turn.world.inside(&turn.caller.account).map(|inside| &inside.iam);
    iam.and_then(|iam| iam.roles.get(name)).ok_or_else(|| no_role(name))
}

fn changed<'a>(turn: &'a mut Turn<'_>, name: &str) -> Result<&'a mut Role, Refusal> {
    let account = turn.caller.account.clone();
    turn.world.inside_mut(&account).iam.roles.get_mut(name).ok_or_else(|| no_role(name))
}

fn no_role(name: &str) -> Refusal {
    no_such(format!("The role with name {name} cannot be found."))
}

fn no_policy(name: &str) -> Refusal {
    no_such(format!("The role policy with name {name} cannot be found."))
}

fn limit(message: impl Into<String>) -> Refusal {
    Refusal::new("LimitExceeded", message).status(409)
}

/// White space does not count towards the length of a document.
fn fits(document: &str, longest: usize, what: &str) -> Result<(), Refusal> {
    if document.chars().filter(|letter| !letter.is_whitespace()).count() > longest {
        return Err(limit(format!("Cannot exceed quota for {what}: {longest}")));
    }
    Ok(())
}

/// Whether a letter may be part of a name in IAM.
pub(super) fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter)
}

fn role_name<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    input.spelled("RoleName", 1, 64, is_name_letter)
}

fn policy_name<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    input.spelled("PolicyName", 1, 128, is_name_letter)
}

fn policy_arn<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    let arn = input.sized("PolicyArn", 20, 2048)?;
    if !arn.starts_with("arn:") {
        return Err(Refusal::new("InvalidInput", format!("ARN {arn} is not valid.")));
    }
    Ok(arn)
}

fn document<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    input.spelled(name, 1, 131_072, |letter| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
}

fn description(input: &Input<'_>) -> Result<Option<String>, Refusal> {
    let given = input.maybe("Description", |input| input.sized("Description", 0, 1000))?;
    Ok(given.map(ToOwned::to_owned))
}

fn path<'a>(input: &Input<'a>, name: &str) -> Result<Option<&'a str>, Refusal> {
    let Some(path) = input.maybe(name, |input| input.spelled(name, 1, 512, |letter| letter.is_ascii_graphic()))? else {
        return Ok(None);
    };
    if !path.starts_with('/') || !path.ends_with('/') {
        return Err(misfit(name, path, "Member must begin and end with /"));
    }
    Ok(Some(path))
}

fn tags(input: &Input<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    for tag in input.list("Tags").map(Input::new) {
        let (key, value) = (tag.sized("Key", 1, 128)?, tag.sized("Value", 0, 256)?);
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::new("InvalidInput", "aws: prefixed tag key names are not allowed for external use."));
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(Refusal::new("InvalidInput", format!("Duplicate tag keys found: {key}")));
        }
    }
    if tags.len() > TAGS_MOST {
        return Err(invalid(format!("1 validation error detected: there are more than {TAGS_MOST} tags")));
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::aws::testing::{Bench, MANAGEMENT};

    fn trust() -> String {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "sts:AssumeRole"}]})
        .to_string()
    }

    fn everything() -> String {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}).to_string()
    }

    fn with_role() -> Bench {
        let mut bench = Bench::new();
        bench.ok(
            "iam",
            "CreateRole",
            json!({"RoleName": "Auditor", "Path": "/team/", "AssumeRolePolicyDocument": trust(),
            "Tags": [{"Key": "team", "Value": "a"}]}),
        );
        bench
    }

    #[test]
    fn a_role_reads_back_as_it_was_made() {
        let mut bench = with_role();
        let role = bench.ok("iam", "GetRole", json!({"RoleName": "Auditor"}))["GetRoleResult"]["Role"].clone();
        assert_eq!(role["Arn"], json!("arn:aws:iam::111111111111:role/team/Auditor"));
        assert_eq!(role["CreateDate"], json!("2026-06-01T08:00:00Z"));
        assert_eq!(role["Tags"], json!([{"Key": "team", "Value": "a"}]));
        let document = percent_encoding::percent_decode_str(role["AssumeRolePolicyDocument"].as_str().unwrap());
        assert_eq!(document.decode_utf8_lossy(), trust());
        let listed = bench.ok("iam", "ListRoles", json!({"PathPrefix": "/team/"}));
        assert_eq!(listed["ListRolesResult"]["Roles"][0]["RoleName"], json!("Auditor"));
        assert_eq!(bench.ok("iam", "ListRoles", json!({"PathPrefix": "/x"}))["ListRolesResult"]["Roles"], json!(""));
    }

    #[test]
    fn names_are_unique_and_a_new_role_of_an_old_name_is_another() {
        let mut bench = with_role();
        let again = json!({"RoleName": "AUDITOR", "AssumeRolePolicyDocument": trust()});
        assert_eq!(bench.refused("iam", "CreateRole", again.clone()), "EntityAlreadyExists");
        let id = |bench: &mut Bench, name: &str| {
            bench.ok("iam", "GetRole", json!({"RoleName": name}))["GetRoleResult"]["Role"]["RoleId"].clone()
        };
        let first = id(&mut bench, "Auditor");
        bench.ok("iam", "DeleteRole", json!({"RoleName": "Auditor"}));
        assert_eq!(bench.refused("iam", "GetRole", json!({"RoleName": "Auditor"})), "NoSuchEntity");
        bench.pass(std::time::Duration::from_secs(1));
        bench.ok("iam", "CreateRole", json!({"RoleName": "Auditor", "AssumeRolePolicyDocument": trust()}));
        assert_ne!(id(&mut bench, "Auditor"), first);
    }

    #[test]
    fn what_holds_policies_is_not_deleted() {
        let mut bench = with_role();
        let attached = json!({"RoleName": "Auditor", "PolicyArn": "arn:aws:iam::aws:policy/SecurityAudit"});
        let inline = json!({"RoleName": "Auditor", "PolicyName": "own", "PolicyDocument": everything()});
        bench.ok("iam", "AttachRolePolicy", attached.clone());
        bench.ok("iam", "AttachRolePolicy", attached.clone());
        assert_eq!(bench.refused("iam", "DeleteRole", json!({"RoleName": "Auditor"})), "DeleteConflict");
        let list = bench.ok("iam", "ListAttachedRolePolicies", json!({"RoleName": "Auditor"}));
        assert_eq!(list["ListAttachedRolePoliciesResult"]["AttachedPolicies"][0]["PolicyName"], json!("SecurityAudit"));
        bench.ok("iam", "DetachRolePolicy", attached.clone());
        assert_eq!(bench.refused("iam", "DetachRolePolicy", attached), "NoSuchEntity");
        bench.ok("iam", "PutRolePolicy", inline);
        assert_eq!(bench.refused("iam", "DeleteRole", json!({"RoleName": "Auditor"})), "DeleteConflict");
        let names = bench.ok("iam", "ListRolePolicies", json!({"RoleName": "Auditor"}));
        assert_eq!(names["ListRolePoliciesResult"]["PolicyNames"], json!(["own"]));
        bench.ok("iam", "GetRolePolicy", json!({"RoleName": "Auditor", "PolicyName": "own"}));
        bench.ok("iam", "DeleteRolePolicy", json!({"RoleName": "Auditor", "PolicyName": "own"}));
        assert_eq!(
            bench.refused("iam", "DeleteRolePolicy", json!({"RoleName": "Auditor", "PolicyName": "own"})),
            "NoSuchEntity"
        );
        bench.ok("iam", "DeleteRole", json!({"RoleName": "Auditor"}));
    }

    #[test]
    fn quotas_hold() {
        let mut bench = with_role();
        for number in 0..10 {
            let arn = format!("arn:aws:iam::aws:policy/Policy{number}");
            bench.ok("iam", "AttachRolePolicy", json!({"RoleName": "Auditor", "PolicyArn": arn}));
        }
        let attach = json!({"RoleName": "Auditor", "PolicyArn": "arn:aws:iam::aws:policy/Policy10"});
        assert_eq!(bench.refused("iam", "AttachRolePolicy", attach), "LimitExceeded");
        let own = json!({"RoleName": "Auditor", "PolicyArn": "arn:aws:iam::111111111111:policy/own"});
        assert_eq!(bench.refused("iam", "AttachRolePolicy", own), "NoSuchEntity");
        let long: Vec<Value> = (0..60)
            .map(|number| json!({"Sid": format!("S{number}"), "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}))
            .collect();
        let long = json!({"Version": "2012-10-17", "Statement": long}).to_string();
        let update = json!({"RoleName": "Auditor", "PolicyDocument": long});
        assert_eq!(bench.refused("iam", "UpdateAssumeRolePolicy", update), "LimitExceeded");
    }

    #[test]
    fn a_role_changes() {
        let mut bench = with_role();
        bench.ok(
            "iam",
            "UpdateRole",
            json!({"RoleName": "Auditor", "MaxSessionDuration": 7200, "Description": "reads"}),
        );
        bench.ok("iam", "UpdateRole", json!({"RoleName": "Auditor"}));
        bench.ok("iam", "TagRole", json!({"RoleName": "Auditor", "Tags": [{"Key": "cost", "Value": "42"}]}));
        bench.ok("iam", "UntagRole", json!({"RoleName": "Auditor", "TagKeys": ["team"]}));
        let role = bench.ok("iam", "GetRole", json!({"RoleName": "Auditor"}))["GetRoleResult"]["Role"].clone();
        assert_eq!((&role["MaxSessionDuration"], &role["Description"]), (&json!("7200"), &json!("reads")));
        assert_eq!(role["Tags"], json!([{"Key": "cost", "Value": "42"}]));
        assert_eq!(
            bench.refused("iam", "UpdateRole", json!({"RoleName": "Auditor", "MaxSessionDuration": 60})),
            "ValidationError"
        );
        let bad = json!({"RoleName": "Auditor", "Tags": [{"Key": "aws:x", "Value": ""}]});
        assert_eq!(bench.refused("iam", "TagRole", bad), "InvalidInput");
    }

    #[test]
    fn long_lists_come_in_pages() {
        let mut bench = Bench::new();
        for number in 0..105 {
            bench.aws.world.inside_mut(MANAGEMENT).iam.add_role(&format!("role-{number:03}"), MANAGEMENT);
        }
        let first = bench.ok("iam", "ListRoles", json!({}))["ListRolesResult"].clone();
        assert_eq!((first["Roles"].as_array().unwrap().len(), &first["IsTruncated"]), (100, &json!("true")));
        let rest = bench.ok("iam", "ListRoles", json!({"Marker": first["Marker"]}))["ListRolesResult"].clone();
        assert_eq!((rest["Roles"].as_array().unwrap().len(), &rest["IsTruncated"]), (5, &json!("false")));
        assert_eq!(bench.refused("iam", "ListRoles", json!({"Marker": "elsewhere"})), "ValidationError");
    }
}
