//! Memberships of groups: who is in which team, nested teams flattened, because Keystone nests none.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{LifeState, Organization, Team},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer, together::each};
use serde_json::Value as Json;

use super::{
    group,
    support::{OWN_LINK, all_of_domain, expected, gone, is_absent, observed, own, path, platform, retiring, text},
    user,
};
use crate::{
    client::{Caller as _, list},
    operations::identity::{
        ADD_USER_TO_GROUP, CHECK_USER_IN_GROUP, LIST_GROUPS, LIST_USERS_IN_GROUP, REMOVE_USER_FROM_GROUP,
    },
    scopes::{DOMAIN, Fields, Users},
};

/// Name of the kind.
const KIND: &str = "group-membership";

/// The kind.
pub(crate) struct GroupMembership {
    schema: Schema,
    users: Users,
}

impl GroupMembership {
    pub(crate) fn new(fields: &Fields) -> Self {
        let schema = Schema {
            kind: KIND,
            title: "group membership",
            level: DOMAIN,
            nature: Nature::Link,
            ownership: Ownership::Through { kind: group::KIND, attribute: "group" },
            effect: Effect::Joins { member: "member", group: "group" },
            attributes: vec![
                Attribute::new("group", "the group").change(Change::Replace),
                Attribute::new("member", "the user").change(Change::Replace),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema, users: fields.users }
    }
}

fn want(organization: &Organization, scope: &Scope, team: &Team, person: &str) -> Desired {
    let name = |person: &str, team: &str| Address::new(&scope.platform, KIND, format!("{person}@{team}"));
    // The line that names the person in this team; else the one that names the team within it.
    let direct = team.people.iter().find(|member| member.name == person);
    let nested = || team.teams.iter().find(|inner| organization.people_of_team(&inner.name).contains(person));
    let origin = direct.or_else(nested).map_or(&team.origin, |named| &named.origin);
    let mut desired = Desired::new(name(person, &team.name), &scope.name, origin);
    let ends = [
        Value::id_of(group::address(&scope.platform, &team.name)),
        Value::id_of(user::address(&scope.platform, person)),
    ];
    desired.keys = vec![Key::new("group+member", ends.to_vec())];
    desired.attributes = attributes(ends);
    desired.renamed_from = team.renamed_from.iter().map(|old| name(person, old)).collect();
    let former = organization.people.get(person).map(|person| person.renamed_from.as_slice()).unwrap_or_default();
    desired.renamed_from.extend(former.iter().map(|old| name(old, &team.name)));
    desired.mode = organization.mode_at(&scope.platform, None);
    desired
}

fn attributes([group, member]: [Value; 2]) -> Map {
    Map::from([("group".to_owned(), group), ("member".to_owned(), member)])
}

fn observe(scope: &Scope, group: &str, member: &str, name: &str) -> Observed {
    let mut seen = observed(KIND, scope, &format!("{group}/{member}"), name, attributes([group.into(), member.into()]));
    seen.keys = vec![Key::new("group+member", vec![group, member])];
    seen
}

/// Group and user of our id of a membership.
fn parts(id: &str) -> Result<(&str, &str), Error> {
    id.split_once('/').ok_or_else(|| {
        Error::new(Problem::Unexpected, KIND, format!("`{id}` is not the id of a membership: expected group/user"))
    })
}

fn member_path(group: &str, member: &str) -> String {
    format!("{}{}", path("groups", group), path("users", member))
}

#[async_trait]
impl Kind for GroupMembership {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        // Who is in a group of a directory is the directory's to say.
        let lives = platform(organization, scope).is_some_and(|platform| retiring(platform).is_none());
        if !lives || self.users == Users::Existing {
            return Vec::new();
        }
        let teams = organization.teams.values().filter(|team| team.state == LifeState::Active);
        teams
            .flat_map(|team| {
                let people = organization.people_of_team(&team.name).into_iter();
                people.map(move |person| want(organization, scope, team, person))
            })
            .collect()
    }

    /// Keystone lists members group by group; there is no list of them all.
    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        if self.users == Users::Existing {
            return Ok(Found::default());
        }
        let groups = all_of_domain(reader, &LIST_GROUPS, "groups").await?;
        let members = each(groups, |group| async move {
            let id = expected(&group, "id", group::KIND)?;
            let place = format!("{}/users", path("groups", id));
            let users = match list(reader, &LIST_USERS_IN_GROUP, &place, &[], "users").await {
                Err(error) if error.is(Problem::NotFound) => Vec::new(), // deleted since it was listed
                users => users?,
            };
            let name = |user: &Json| {
                format!("{} in {}", text(user, "name").unwrap_or_default(), text(&group, "name").unwrap_or_default())
            };
            let member = |user: &Json| {
                let member = expected(user, "id", user::KIND)?;
                let mut seen = observe(reader.scope(), id, member, &name(user));
                seen.vendor = (reader.fact(own::USER) == Some(member)).then(|| OWN_LINK.to_owned());
                Ok(seen)
            };
            users.iter().map(member).collect::<Result<Vec<_>, Error>>()
        });
        Ok(members.await?.into_iter().flatten().collect::<Vec<_>>().into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let (group, member) = parts(id)?;
        match reader.send(&CHECK_USER_IN_GROUP, "HEAD", &member_path(group, member), Json::Null).await {
            Ok(_) => Ok(Some(observe(reader.scope(), group, member, &format!("{member} in {group}")))),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (group, member) = (ask.text("group")?, ask.text("member")?);
        writer.send(&ADD_USER_TO_GROUP, "PUT", &member_path(group, member), Json::Null).await?;
        Ok(format!("{group}/{member}"))
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // both attributes are its identity: another value is another membership
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let (group, member) = parts(ask.id()?)?;
        let removed = writer.send(&REMOVE_USER_FROM_GROUP, "DELETE", &member_path(group, member), Json::Null).await;
        // Whoever is in no such group is not in it.
        gone(removed)
    }
}
