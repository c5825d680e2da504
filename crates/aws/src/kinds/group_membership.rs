//! Memberships of groups: who is in which team, nested teams flattened, because the Identity Store cannot nest.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{LifeState, Organization, Team},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    group,
    identity::{expected, store, text, vendor_of_group},
    support::{each, observed as object},
    user,
};
use crate::{
    client::{Caller, pages},
    operations::identity_store::{
        CREATE_GROUP_MEMBERSHIP, DELETE_GROUP_MEMBERSHIP, DESCRIBE_GROUP_MEMBERSHIP, LIST_GROUP_MEMBERSHIPS,
        LIST_GROUPS,
    },
};

/// Name of the kind.
pub(crate) const KIND: &str = "group-membership";

/// The kind.
pub(crate) fn kind() -> GroupMembership {
    GroupMembership {
        schema: Schema {
            kind: KIND,
            title: "group membership",
            level: "identity",
            nature: Nature::Link,
            ownership: Ownership::Through { kind: group::KIND, attribute: "group" },
            effect: Effect::Joins { member: "member", group: "group" },
            attributes: vec![
                Attribute::new("group", "the group").change(Change::Replace),
                Attribute::new("member", "the user").change(Change::Replace),
            ],
            lane: None,
            irreversible: false,
        },
    }
}

pub(crate) struct GroupMembership {
    schema: Schema,
}

#[async_trait]
impl Kind for GroupMembership {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let teams = organization.teams.values().filter(|team| team.state == LifeState::Active);
        teams
            .flat_map(|team| {
                let people = organization.people_of_team(&team.name);
                people.into_iter().map(move |person| desired(organization, scope, team, person))
            })
            .collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let store = store(reader)?;
        // Memberships can only be listed group by group (or user by user, of whom there are more).
        let groups = pages(reader, &LIST_GROUPS, json!({ "IdentityStoreId": store }), "Groups").await?;
        let ids: Vec<String> = groups.iter().filter_map(|group| text(group, "GroupId")).map(str::to_owned).collect();
        let memberships = each(ids, |group| async move { members(reader, &group).await }).await?;
        let mut found = Vec::new();
        for (group, memberships) in groups.iter().zip(memberships) {
            let vendor = text(group, "DisplayName").and_then(vendor_of_group);
            for membership in &memberships {
                let mut membership = observed(reader.scope(), membership)?;
                membership.vendor.clone_from(&vendor);
                found.push(membership);
            }
        }
        Ok(found.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let (group, membership) = parts(id)?;
        let body = json!({ "IdentityStoreId": store(reader)?, "MembershipId": membership });
        match reader.json(&DESCRIBE_GROUP_MEMBERSHIP, body).await {
            Ok(membership) => Ok(Some(observed(reader.scope(), &membership)?)),
            Err(error) if error.is(Problem::NotFound) => Ok(None),
            Err(error) if error.is(Problem::Unsupported) => {
                let all = members(reader, group).await?;
                let same = all.iter().find(|one| text(one, "MembershipId") == Some(membership));
                same.map(|one| observed(reader.scope(), one)).transpose()
            }
            Err(error) => Err(error),
        }
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (group, member) = (ask.text("group")?, ask.text("member")?);
        let store = store(writer.reader())?;
        let body = json!({ "IdentityStoreId": store, "GroupId": group, "MemberId": { "UserId": member } });
        let membership = match writer.json(&CREATE_GROUP_MEMBERSHIP, body).await {
            Ok(answer) => expected(&answer, "MembershipId", "identitystore:CreateGroupMembership")?.to_owned(),
            // Whoever is in the group already is in it: that is all we want. The service's word for that is also its
            // word for two writers at once, so only the list can tell.
            Err(error) if error.is(Problem::AlreadyExists) || error.code.as_deref() == Some("ConflictException") => {
                let all = members(writer.reader(), group).await?;
                let mine = all.iter().find(|one| user_of(one) == Some(member));
                mine.and_then(|one| text(one, "MembershipId")).ok_or(error)?.to_owned()
            }
            Err(error) => return Err(error),
        };
        Ok(format!("{group}/{membership}"))
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // both attributes are its identity: another value is another membership
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let (_, membership) = parts(ask.id()?)?;
        let body = json!({ "IdentityStoreId": store(writer.reader())?, "MembershipId": membership });
        match writer.json(&DELETE_GROUP_MEMBERSHIP, body).await {
            Err(error) if !error.is(Problem::NotFound) => Err(error),
            _ => Ok(()),
        }
    }
}

fn desired(organization: &Organization, scope: &Scope, team: &Team, person: &str) -> Desired {
    let name = |team: &str| Address::new(&scope.platform, KIND, format!("{person}@{team}"));
    // The line that names the person in this team; else the one that names the team within it.
    let direct = team.people.iter().find(|member| member.name == person);
    let nested = || team.teams.iter().find(|inner| organization.people_of_team(&inner.name).contains(person));
    let origin = direct.or_else(nested).map_or(&team.origin, |named| &named.origin);
    let mut desired = Desired::new(name(&team.name), &scope.name, origin);
    let group = Value::id_of(group::address(&scope.platform, &team.name));
    let member = Value::id_of(user::address(&scope.platform, person));
    desired.keys = vec![Key::new("group+member", vec![group.clone(), member.clone()])];
    desired.attributes = Map::from([("group".to_owned(), group), ("member".to_owned(), member)]);
    desired.renamed_from = team.renamed_from.iter().map(|old| name(old)).collect();
    let former_names = organization.people.get(person).map(|person| person.renamed_from.as_slice()).unwrap_or_default();
    for old in former_names {
        desired.renamed_from.push(Address::new(&scope.platform, KIND, format!("{old}@{}", team.name)));
    }
    desired.mode = organization.mode_at(&scope.platform, None);
    desired
}

async fn members(reader: &Reader, group: &str) -> Result<Vec<Json>, Error> {
    let body = json!({ "IdentityStoreId": store(reader)?, "GroupId": group });
    pages(reader, &LIST_GROUP_MEMBERSHIPS, body, "GroupMemberships").await
}

fn user_of(membership: &Json) -> Option<&str> {
    membership.get("MemberId").and_then(|member| text(member, "UserId"))
}

/// Our id of a membership is `<group>/<membership>`: its own id alone would not tell where to look for it.
fn parts(id: &str) -> Result<(&str, &str), Error> {
    id.split_once('/').ok_or_else(|| {
        Error::new(
            Problem::Unexpected,
            KIND,
            format!("`{id}` is not the id of a membership: expected group/membership"),
        )
    })
}

fn observed(scope: &Scope, membership: &Json) -> Result<Observed, Error> {
    let operation = "identitystore:ListGroupMemberships";
    let group = expected(membership, "GroupId", operation)?;
    let id = expected(membership, "MembershipId", operation)?;
    let member = user_of(membership)
        .ok_or_else(|| Error::new(Problem::Unexpected, operation, format!("the membership `{id}` has no user")))?;
    let attributes = Map::from([("group".to_owned(), Value::text(group)), ("member".to_owned(), Value::text(member))]);
    let (id, name) = (format!("{group}/{id}"), format!("{member} in {group}"));
    let mut seen = object(KIND, scope, &id, &name, attributes);
    seen.keys = vec![Key::new("group+member", vec![group, member])];
    Ok(seen)
}
