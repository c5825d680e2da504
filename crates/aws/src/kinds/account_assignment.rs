//! Account assignments of Identity Center: access x role x tenant.

use std::collections::BTreeMap;

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{EffectiveAccess, LifeState, Organization, Principal, Tenant},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, ReadOperation, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    group,
    identity::{Progress, expected, instance, settle, store, text, vendor_of_group},
    permission_set, setting,
    support::{self, each},
    user,
};
use crate::{
    client::{Caller, pages},
    operations::{
        identity_store::{LIST_GROUPS, LIST_USERS},
        sso_admin::{
            CREATE_ASSIGNMENT, DELETE_ASSIGNMENT, DESCRIBE_ASSIGNMENT_CREATION, DESCRIBE_ASSIGNMENT_DELETION,
            LIST_ASSIGNMENTS, LIST_ASSIGNMENTS_FOR_PRINCIPAL,
        },
    },
};

/// Name of the kind.
pub(crate) const KIND: &str = "account-assignment";

/// The four attributes that are its identity, in the order of its key.
const PARTS: [&str; 4] = ["permission_set", "account", "principal_type", "principal"];

/// The kind.
pub(crate) fn kind() -> AccountAssignment {
    AccountAssignment {
        schema: Schema {
            kind: KIND,
            title: "account assignment",
            level: "identity",
            nature: Nature::Link,
            ownership: Ownership::Through { kind: permission_set::KIND, attribute: "permission_set" },
            effect: Effect::Grants { principal: "principal", role: "permission_set", place: "account", below: None },
            attributes: vec![
                Attribute::new("principal", "the user or group").change(Change::Replace),
                Attribute::new("principal_type", "`USER` or `GROUP`").change(Change::Replace),
                Attribute::new("permission_set", "the permission set").change(Change::Replace),
                Attribute::new("account", "the account").change(Change::Replace),
            ],
            lane: None,
            irreversible: false,
        },
    }
}

pub(crate) struct AccountAssignment {
    schema: Schema,
}

#[async_trait]
impl Kind for AccountAssignment {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let mut wanted = Vec::new();
        for tenant in organization.tenants_on(&scope.platform) {
            for access in organization.access_on(tenant) {
                wanted.extend(desired(organization, scope, tenant, &access));
            }
        }
        wanted
    }

    /// Asks principal by principal. AWS offers two ways: pairs of permission set and account (one call for each set
    /// to learn its accounts, then one for each pair), or principals (one call each). There are as many pairs as
    /// permission sets in use times accounts, which grow with each other; groups and users grow with the staff alone,
    /// and each answer carries many accounts. An assignment to a principal that was deleted gives nobody anything.
    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let here = json!({ "IdentityStoreId": store(reader)? });
        let groups = pages(reader, &LIST_GROUPS, here.clone(), "Groups").await?;
        let users = pages(reader, &LIST_USERS, here, "Users").await?;
        let vendors: BTreeMap<&str, String> = groups
            .iter()
            .filter_map(|group| Some((text(group, "GroupId")?, vendor_of_group(text(group, "DisplayName")?)?)))
            .collect();
        let groups = groups.iter().filter_map(|group| Some((text(group, "GroupId")?, "GROUP")));
        let users = users.iter().filter_map(|user| Some((text(user, "UserId")?, "USER")));
        let principals: Vec<_> = groups.chain(users).map(|(id, noun)| (id.to_owned(), noun.to_owned())).collect();
        let answers = each(principals, |(id, noun)| async move { assignments_of(reader, &id, &noun).await }).await?;
        // A user's answer repeats what reaches it through its groups, under the groups' ids: the map drops repeats.
        let mut found = BTreeMap::new();
        for assignment in answers.iter().flatten() {
            let mut assignment = observed(reader.scope(), assignment)?;
            let principal = assignment.attributes.get("principal").and_then(Value::as_text);
            assignment.vendor = principal.and_then(|id| vendors.get(id)).cloned();
            found.insert(assignment.id.clone(), assignment);
        }
        Ok(found.into_values().collect::<Vec<_>>().into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let [permission_set, account, _, _] = parts(id)?;
        let body = json!({
            "InstanceArn": instance(reader)?, "AccountId": account, "PermissionSetArn": permission_set,
        });
        let assignments = match pages(reader, &LIST_ASSIGNMENTS, body, "AccountAssignments").await {
            // The permission set itself is gone, and its assignments with it.
            Err(error) if error.is(Problem::NotFound) => return Ok(None),
            assignments => assignments?,
        };
        let all: Result<Vec<_>, _> = assignments.iter().map(|one| observed(reader.scope(), one)).collect();
        Ok(all?.into_iter().find(|one| one.id == id))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let [permission_set, account, principal_type, principal] =
            [ask.text("permission_set")?, ask.text("account")?, ask.text("principal_type")?, ask.text("principal")?];
        let id = format!("{permission_set}/{account}/{principal_type}/{principal}");
        let request = Request::creation(&id);
        // A run that was cut off may have left a request behind: it is waited for, not repeated.
        if let Some(noted) = writer.notebook().noted(ask.address, request.note)
            && request.wait(writer, ask, &noted, Progress::Running).await.is_ok()
            && self.read(writer.reader(), &id).await?.is_some()
        {
            return Ok(id);
        }
        let answer = writer.json(&CREATE_ASSIGNMENT, body(writer.reader(), &id)?).await.map_err(still_at_work)?;
        request.follow(writer, ask, &answer).await?;
        Ok(id)
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // all attributes are its identity: another value is another assignment
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        let failed = match writer.json(&DELETE_ASSIGNMENT, body(writer.reader(), id)?).await {
            Ok(answer) => Request::deletion(id).follow(writer, ask, &answer).await.err(),
            Err(error) if error.is(Problem::NotFound) => None,
            Err(error) => return Err(still_at_work(error)),
        };
        // A request for what is gone already is taken, and fails.
        match failed {
            Some(error) if !matches!(self.read(writer.reader(), id).await, Ok(None)) => Err(error),
            _ => Ok(()),
        }
    }
}

/// One assignment has one request at a time, and AWS may take long over one that an earlier run made.
fn still_at_work(error: Error) -> Error {
    match error.problem {
        Problem::Busy => error.help("AWS is still at work on an earlier request for it: plan again in a while"),
        _ => error,
    }
}

/// A request that AWS works on in the background.
struct Request<'a> {
    id: &'a str,
    what: &'static str,
    operation: &'static str,
    ask: ReadOperation,
    parameter: &'static str,
    status: &'static str,
    note: &'static str,
}

impl<'a> Request<'a> {
    fn creation(id: &'a str) -> Self {
        Self {
            id,
            what: "assigned",
            operation: "sso-admin:CreateAccountAssignment",
            ask: DESCRIBE_ASSIGNMENT_CREATION,
            parameter: "AccountAssignmentCreationRequestId",
            status: "AccountAssignmentCreationStatus",
            note: "creation-request",
        }
    }

    fn deletion(id: &'a str) -> Self {
        Self {
            id,
            what: "taken back",
            operation: "sso-admin:DeleteAccountAssignment",
            ask: DESCRIBE_ASSIGNMENT_DELETION,
            parameter: "AccountAssignmentDeletionRequestId",
            status: "AccountAssignmentDeletionStatus",
            note: "deletion-request",
        }
    }

    /// Notes the request that an answer speaks of, and waits for its end.
    async fn follow(&self, writer: &Writer, ask: &Ask<'_>, answer: &Json) -> Result<(), Error> {
        let status = answer.get(self.status).unwrap_or(&Json::Null);
        let request = expected(status, "RequestId", self.operation)?;
        writer.notebook().note(ask.address, self.note, request)?;
        self.wait(writer, ask, request, Progress::of(status)).await
    }

    async fn wait(&self, writer: &Writer, ask: &Ask<'_>, request: &str, first: Progress) -> Result<(), Error> {
        let reader = writer.reader();
        let instance = instance(reader)?;
        let ended = settle(self.operation, first, || async move {
            let mut body = json!({ "InstanceArn": instance });
            if let Json::Object(body) = &mut body {
                body.insert(self.parameter.to_owned(), json!(request));
            }
            let answer = reader.json(&self.ask, body).await?;
            Ok(Progress::of(answer.get(self.status).unwrap_or(&Json::Null)))
        })
        .await;
        ended.map_err(|mut error| {
            let [permission_set, account, principal_type, principal] = parts(self.id).unwrap_or_default();
            error.message = format!(
                "`{}` (permission set {permission_set} for {} {principal} in account {account}) was not {}: {}",
                ask.address,
                principal_type.to_lowercase(),
                self.what,
                error.message
            );
            error.request_id = Some(request.to_owned());
            error.scope.clone_from(&reader.scope().name);
            error
        })
    }
}

fn desired(
    organization: &Organization,
    scope: &Scope,
    tenant: &Tenant,
    access: &EffectiveAccess<'_>,
) -> Option<Desired> {
    let access = access.access;
    let platform = organization.platforms.get(&scope.platform)?;
    let role = organization.roles.get(&access.role)?;
    role.native.get(&platform.kind)?;
    let (noun, name) = access.principal.parts();
    let alive = |state: &LifeState| *state == LifeState::Active;
    let (principal_type, principal, former) = match &access.principal {
        Principal::Person(name) => {
            let person = organization.people.get(name).filter(|person| alive(&person.state))?;
            ("USER", user::address(&scope.platform, name), &person.renamed_from)
        }
        Principal::Team(name) => {
            let team = organization.teams.get(name).filter(|team| alive(&team.state))?;
            ("GROUP", group::address(&scope.platform, name), &team.renamed_from)
        }
        // Identity Center knows people only; the language has said so where this was written.
        Principal::Workload(_) => return None,
    };
    let address = |principal: &str, role: &str, tenant: &str| {
        Address::new(&scope.platform, KIND, format!("{noun}:{principal}/{role}@{tenant}"))
    };
    let mut desired = Desired::new(address(name, &role.name, &tenant.name), &scope.name, &access.origin);
    let values = [
        Value::id_of(permission_set::address(&scope.platform, &role.name)),
        Value::id_of(Address::new(&scope.platform, "account", &tenant.name)),
        Value::text(principal_type),
        Value::id_of(principal),
    ];
    desired.keys = vec![Key::new("assignment", values.to_vec())];
    desired.attributes = PARTS.iter().map(|part| (*part).to_owned()).zip(values).collect();
    desired.renamed_from = former
        .iter()
        .map(|old| address(old, &role.name, &tenant.name))
        .chain(role.renamed_from.iter().map(|old| address(name, old, &tenant.name)))
        .chain(tenant.renamed_from.iter().map(|old| address(name, &role.name, old)))
        .collect();
    let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
    desired.mode = organization.mode_at(&scope.platform, zone);
    desired.group = setting::group(organization, &tenant.name);
    Some(desired)
}

async fn assignments_of(reader: &Reader, id: &str, principal: &str) -> Result<Vec<Json>, Error> {
    let body = json!({
        "InstanceArn": instance(reader)?, "PrincipalId": id, "PrincipalType": principal, "MaxResults": 100,
    });
    match pages(reader, &LIST_ASSIGNMENTS_FOR_PRINCIPAL, body, "AccountAssignments").await {
        Err(error) if error.is(Problem::NotFound) => Ok(Vec::new()), // deleted since it was listed
        assignments => assignments,
    }
}

/// Permission set, account, principal type and principal of `<permission set>/<account>/<type>/<principal>`; the ARN of
/// the permission set has slashes of its own.
fn parts(id: &str) -> Result<[&str; 4], Error> {
    let mut parts = id.rsplitn(4, '/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(principal), Some(principal_type), Some(account), Some(permission_set)) => {
            Ok([permission_set, account, principal_type, principal])
        }
        _ => Err(Error::new(Problem::Unexpected, KIND, format!("`{id}` is not the id of an account assignment"))),
    }
}

fn body(reader: &Reader, id: &str) -> Result<Json, Error> {
    let [permission_set, account, principal_type, principal] = parts(id)?;
    Ok(json!({
        "InstanceArn": instance(reader)?,
        "TargetId": account,
        "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": permission_set,
        "PrincipalType": principal_type,
        "PrincipalId": principal,
    }))
}

fn observed(scope: &Scope, assignment: &Json) -> Result<Observed, Error> {
    let part = |name: &str| expected(assignment, name, "sso-admin:ListAccountAssignments");
    let values = [part("PermissionSetArn")?, part("AccountId")?, part("PrincipalType")?, part("PrincipalId")?];
    let [permission_set, account, principal_type, principal] = values;
    let attributes: Map = PARTS.iter().map(|name| (*name).to_owned()).zip(values.map(Value::text)).collect();
    let id = format!("{permission_set}/{account}/{principal_type}/{principal}");
    let name = format!("{} {principal} in {account}", principal_type.to_lowercase());
    let mut seen = support::observed(KIND, scope, &id, &name, attributes);
    seen.keys = vec![Key::new("assignment", values.to_vec())];
    Ok(seen)
}
