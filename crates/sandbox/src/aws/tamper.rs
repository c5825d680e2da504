//! What somebody does by hand, as the scenario tells: a call of the cloud's own interface, with names in place of ids,
//! for nobody who writes a scenario knows the ids. Names are looked up with the calls that anybody would use.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    cloudtrail,
    input::Input,
    refusal::Refusal,
    service::{Answer, SERVICES, Turn, find},
    wire::Caller,
    world::World,
};
use crate::{
    cloud::{Access, Call, Handled, Tuning},
    scenario::Hand,
};

/// Where hands work unless a region is named.
const REGION: &str = "us-east-1";

/// Kinds of policies that a name is looked for in.
const POLICY_TYPES: [&str; 8] = [
    "SERVICE_CONTROL_POLICY",
    "RESOURCE_CONTROL_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "TAG_POLICY",
    "BACKUP_POLICY",
    "AISERVICES_OPT_OUT_POLICY",
    "CHATBOT_POLICY",
    "SECURITYHUB_POLICY",
];

/// Does it; `None` when AWS has no such service.
pub(super) fn tamper(world: &mut World, hand: &Hand, now: Timestamp) -> Option<Handled> {
    let service = SERVICES.iter().find(|service| service.name == hand.call.service)?;
    let operation = find(service.name, &hand.call.operation);
    let region = hand.call.region.clone().unwrap_or_else(|| REGION.to_owned());
    let mut names = Names { world, now, region: &region };
    let place = match &hand.call.account {
        Some(account) => names.text(account),
        None => Ok(names.world.management.clone()),
    };
    let input = names.value(&hand.call.input);
    let mut handled = Handled {
        service: service.name,
        access: operation.map_or(Access::Write, |operation| operation.access),
        place: place.clone().unwrap_or_default(),
        region: region.clone(),
        failed: None,
    };
    let done = place.and_then(|place| {
        let call = call(service.name, &hand.call.operation, &place, &region, input?);
        run(world, &hand.by, &call, now).map_err(|refusal| format!("{}: {}", refusal.code, refusal.message))
    });
    handled.failed = done.err();
    Some(handled)
}

pub(super) fn call(service: &'static str, operation: &str, place: &str, region: &str, input: Value) -> Call {
    let known = find(service, operation);
    Call {
        service,
        operation: operation.to_owned(),
        access: known.map_or(Access::Read, |known| known.access),
        family: known.map_or("", |known| known.family),
        place: place.to_owned(),
        region: region.to_owned(),
        credential: String::new(),
        input: if input.is_null() { json!({}) } else { input },
    }
}

/// Carries out a call of a user of the call's own account, and has it recorded as such.
pub(super) fn run(world: &mut World, by: &str, call: &Call, now: Timestamp) -> Answer {
    let operation = find(call.service, &call.operation).ok_or_else(|| Refusal::unknown_operation(call))?;
    let caller = Caller {
        account: call.place.clone(),
        arn: format!("arn:{}:iam::{}:user/{by}", world.partition, call.place),
        user_id: format!("AIDA{}", by.to_ascii_uppercase()),
        access_key: format!("AKIA{}", by.to_ascii_uppercase()),
    };
    let tuning = Tuning::default();
    let mut turn = Turn { world, caller, region: call.region.clone(), now, tuning: &tuning, call };
    let answer = (operation.run)(&mut turn, &Input::new(&call.input));
    if call.access == Access::Write {
        cloudtrail::note(&mut turn, &answer);
    }
    answer
}

/// Finds what is meant by a name.
struct Names<'a> {
    world: &'a mut World,
    now: Timestamp,
    region: &'a str,
}

impl Names<'_> {
    /// A value with all of its references resolved.
    fn value(&mut self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.text(text)?.into(),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?,
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| Ok((name.clone(), self.value(value)?)));
                Value::Object(members.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    /// A text with all of its references resolved: `${account:checkout-prod}`.
    fn text(&mut self, text: &str) -> Result<String, String> {
        let Some((before, rest)) = text.split_once("${") else { return Ok(text.to_owned()) };
        let (reference, after) =
            rest.split_once('}').ok_or_else(|| format!("the reference in `{text}` is not closed: write a `}}`"))?;
        let (kind, name) = reference.split_once(':').unwrap_or((reference, ""));
        let id = self.find(kind, name).map_err(|why| format!("`${{{reference}}}` names nothing: {why}"))?;
        Ok(format!("{before}{id}{}", self.text(after)?))
    }

    fn find(&mut self, kind: &str, name: &str) -> Result<String, String> {
        match kind {
            "root" => self.only("organizations", "ListRoots", json!({}), "Roots", |_| true, "Id"),
            "management" => Ok(self.world.management.clone()),
            "account" => self.named("organizations", "ListAccounts", json!({}), "Accounts", ("Name", name), "Id"),
            "ou" => self.unit(name),
            "policy" => self.policy(name),
            "instance" => self.instance("InstanceArn"),
            "store" => self.instance("IdentityStoreId"),
            "group" => {
                let store = json!({"IdentityStoreId": self.instance("IdentityStoreId")?});
                self.named("identitystore", "ListGroups", store, "Groups", ("DisplayName", name), "GroupId")
            }
            "user" => {
                let store = json!({"IdentityStoreId": self.instance("IdentityStoreId")?});
                self.named("identitystore", "ListUsers", store, "Users", ("UserName", name), "UserId")
            }
            "permission_set" => self.permission_set(name),
            _ => Err("write `root`, `management`, `account:NAME`, `ou:PATH`, `policy:NAME`, `instance`, `store`, \
                      `group:NAME`, `user:NAME` or `permission_set:NAME`"
                .to_owned()),
        }
    }

    /// A unit by its path below the root: `Workloads/Production`.
    fn unit(&mut self, path: &str) -> Result<String, String> {
        let mut parent = self.find("root", "")?;
        for name in path.split('/') {
            let below = json!({"ParentId": parent});
            let (operation, key) = ("ListOrganizationalUnitsForParent", "OrganizationalUnits");
            parent = self.named("organizations", operation, below, key, ("Name", name), "Id")?;
        }
        Ok(parent)
    }

    fn policy(&mut self, name: &str) -> Result<String, String> {
        let mut last = Err(format!("there is no policy `{name}`"));
        for kind in POLICY_TYPES {
            let filter = json!({"Filter": kind});
            let found = self.named("organizations", "ListPolicies", filter, "Policies", ("Name", name), "Id");
            if found.is_ok() {
                last = found;
            }
        }
        last
    }

    fn permission_set(&mut self, name: &str) -> Result<String, String> {
        let instance = self.instance("InstanceArn")?;
        for arn in self.all("sso-admin", "ListPermissionSets", json!({"InstanceArn": instance}), "PermissionSets")? {
            let input = json!({"InstanceArn": instance, "PermissionSetArn": arn});
            let shown = self.ask("sso-admin", "DescribePermissionSet", input)?;
            if shown.pointer("/PermissionSet/Name").and_then(Value::as_str) == Some(name) {
                return Ok(arn.as_str().unwrap_or_default().to_owned());
            }
        }
        Err(format!("there is no permission set `{name}`"))
    }

    fn instance(&mut self, member: &str) -> Result<String, String> {
        self.only("sso-admin", "ListInstances", json!({}), "Instances", |_| true, member)
    }

    /// The id of the one item of a list that has this name.
    fn named(
        &mut self,
        service: &'static str,
        operation: &str,
        input: Value,
        key: &str,
        (member, name): (&str, &str),
        id: &str,
    ) -> Result<String, String> {
        let fits = |item: &Value| item.get(member).and_then(Value::as_str) == Some(name);
        self.only(service, operation, input, key, fits, id).map_err(|why| format!("`{name}`: {why}"))
    }

    /// A member of the one item of a list that fits.
    fn only(
        &mut self,
        service: &'static str,
        operation: &str,
        input: Value,
        key: &str,
        fits: impl Fn(&Value) -> bool,
        id: &str,
    ) -> Result<String, String> {
        let items = self.all(service, operation, input, key)?;
        let mut found = items.iter().filter(|item| fits(item)).filter_map(|item| item.get(id).and_then(Value::as_str));
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only.to_owned()),
            (Some(_), Some(_)) => Err(format!("{operation} knows several")),
            (None, _) => Err(format!("{operation} knows none")),
        }
    }

    /// All items of a list.
    fn all(
        &mut self,
        service: &'static str,
        operation: &str,
        mut input: Value,
        key: &str,
    ) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        loop {
            let mut page = self.ask(service, operation, input.clone())?;
            if let Some(Value::Array(more)) = page.get_mut(key) {
                items.append(more);
            }
            let token = page.get("NextToken").filter(|token| token.is_string()).cloned();
            let (Some(token), Some(members)) = (token, input.as_object_mut()) else { return Ok(items) };
            members.insert("NextToken".to_owned(), token);
        }
    }

    fn ask(&mut self, service: &'static str, operation: &str, input: Value) -> Result<Value, String> {
        let place = self.world.management.clone();
        let call = call(service, operation, &place, self.region, input);
        run(self.world, "admin", &call, self.now).map_err(|refusal| format!("{}: {}", refusal.code, refusal.message))
    }
}
