//! Permission sets of Identity Center: the roles of the manifest.
//!
//! `permission_set/parts.rs` reads and writes what a permission set is made of, each part with calls of its own.

mod parts;

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{Mode, Organization, Role},
    resource::{Desired, Key, MARK_ATTRIBUTE, Mark, Observed, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Ownership, Schema},
    shape::{Field, Shape},
    units::Seconds,
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use self::parts::Known;
use super::{
    identity::{adopted, expected, former, instance, marked, unmarked},
    support::each,
};
use crate::{
    client::{Caller, pages},
    operations::sso_admin::{
        CREATE_PERMISSION_SET, DELETE_PERMISSION_SET, LIST_PERMISSION_SETS, TAG_RESOURCE, UNTAG_RESOURCE,
        UPDATE_PERMISSION_SET,
    },
};

/// Name of the kind.
pub(crate) const KIND: &str = "permission-set";

/// The kind.
pub(crate) fn kind() -> PermissionSet {
    let attributes = vec![
        Attribute::new("name", "native name").change(Change::Replace),
        Attribute::new("description", "one sentence"),
        Attribute::new("session_seconds", "how long a session lasts"),
        Attribute::new("managed_policies", "ARNs of AWS's own policies").compare(Compare::Set).empties(),
        Attribute::new("customer_managed_policies", "path and name of policies in each account")
            .compare(Compare::Set)
            .empties(),
        Attribute::new("inline_policy", "a policy of its own").compare(Compare::Document).empties(),
        Attribute::new("boundary", "what it can never exceed: an ARN, or path and name").empties(),
        Attribute::new("relay_state", "where a session begins").empties(),
        Attribute::new("unprovisioned", "accounts that still have a former version").compare(Compare::Set),
    ];
    PermissionSet {
        schema: Schema {
            kind: KIND,
            title: "permission set",
            level: "identity",
            nature: Nature::Definition,
            ownership: Ownership::Tag,
            effect: Effect::Defines,
            attributes,
            lane: None,
            irreversible: false,
        },
    }
}

/// Fields of the section of this platform type in a `role`.
pub(crate) fn fields() -> Vec<Field> {
    let names = || Shape::Set(Box::new(Shape::Text));
    vec![
        Field::new("managed_policies", names(), "AWS's own policies: ARNs, or names with their path behind `policy/`"),
        Field::new("customer_managed_policies", names(), "policies that each account has: name, or path and name"),
        Field::new("inline_policy", Shape::Document, "a policy document of its own, or the file that holds it"),
        Field::new(
            "boundary",
            Shape::Text,
            "what it can never exceed: an ARN, or `/path/name` of a policy in each account",
        ),
        Field::new("session", Shape::Duration, "how long a session lasts, up to `12h`; `1h` without it"),
        Field::new("relay_state", Shape::Text, "address at which a session begins"),
    ]
}

pub(crate) struct PermissionSet {
    schema: Schema,
}

/// Address of a role's permission set.
pub(crate) fn address(platform: &str, role: &str) -> Address {
    Address::new(platform, KIND, role)
}

#[async_trait]
impl Kind for PermissionSet {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        organization.roles.values().filter_map(|role| desired(organization, scope, role)).collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let body = json!({ "InstanceArn": instance(reader)?, "MaxResults": 100 });
        let arns = pages(reader, &LIST_PERMISSION_SETS, body, "PermissionSets").await?;
        let mut arns = arns.iter().filter_map(Json::as_str).map(str::to_owned);
        let Some(first) = arns.next() else { return Ok(Found::default()) };
        // The first one tells which of the operations this endpoint knows at all, so that the others need not ask.
        let mut known = Known::default();
        let mut found: Vec<Observed> = parts::read(reader, &first, &mut known).await?.into_iter().collect();
        let others =
            each(arns.collect::<Vec<_>>(), |arn| async move { parts::read(reader, &arn, &mut known.clone()).await })
                .await?;
        found.extend(others.into_iter().flatten());
        Ok(found.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        parts::read(reader, id, &mut Known::default()).await
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let mut body = head(writer.reader(), ask, None)?;
        if let Json::Object(body) = &mut body {
            body.insert("Name".to_owned(), json!(ask.text("name")?));
            if let Some(mark) = ask.mark {
                body.insert("Tags".to_owned(), tags(mark));
            }
        }
        let answer = writer.json(&CREATE_PERMISSION_SET, body).await?;
        let created = answer.get("PermissionSet").unwrap_or(&Json::Null);
        let arn = expected(created, "PermissionSetArn", "sso-admin:CreatePermissionSet")?.to_owned();
        // An endpoint without tags on permission sets takes them silently and forgets them. One that does not show the
        // new set yet has been asked too early, and knows them.
        if let Some(mark) = ask.mark
            && match parts::has_tags(writer.reader(), &arn).await {
                Err(error) if error.is(Problem::NotFound) => false,
                known => !known?,
            }
        {
            self.describe(writer, &arn, ask, Some(mark)).await?;
        }
        // A boundary comes first, so that the set is never wider than in the end.
        for part in parts::PARTS {
            parts::write(writer, &arn, part, ask).await?;
        }
        Ok(arn)
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let arn = ask.id()?;
        let in_text = self.mark(writer, ask).await?;
        if in_text.is_some() || ["description", "session_seconds", "relay_state"].iter().any(|name| ask.changes(name)) {
            let mark = match in_text {
                Some(mark) => mark,
                None => parts::mark_in_text(writer.reader(), arn).await?,
            };
            self.describe(writer, arn, ask, mark.as_ref()).await?;
        }
        for part in parts::PARTS.into_iter().filter(|part| ask.changes(part)) {
            parts::write(writer, arn, part, ask).await?;
        }
        // Accounts keep the former version until they are told; a mark alone concerns none of them.
        if ask.changed.iter().any(|name| name != MARK_ATTRIBUTE) {
            parts::provision(writer, arn, ask).await
        } else {
            Ok(())
        }
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = json!({ "InstanceArn": instance(writer.reader())?, "PermissionSetArn": ask.id()? });
        match writer.json(&DELETE_PERMISSION_SET, body).await {
            Err(error) if !error.is(Problem::NotFound) => Err(error),
            _ => Ok(()),
        }
    }
}

impl PermissionSet {
    /// Writes or takes off our mark, if that is asked for. Answers the mark that must stand in the description: an
    /// endpoint without tags on permission sets leaves no other place for it.
    async fn mark(&self, writer: &Writer, ask: &Ask<'_>) -> Result<Option<Option<Mark>>, Error> {
        let resource = json!({ "InstanceArn": instance(writer.reader())?, "ResourceArn": ask.id()? });
        let with = |name: &str, value: Json| {
            let mut body = resource.clone();
            if let Json::Object(body) = &mut body {
                body.insert(name.to_owned(), value);
            }
            body
        };
        let written = match ask.mark {
            Some(mark) => writer.json(&TAG_RESOURCE, with("Tags", tags(mark))).await,
            None if ask.changes(MARK_ATTRIBUTE) => {
                writer.json(&UNTAG_RESOURCE, with("TagKeys", json!([MARK_ATTRIBUTE]))).await
            }
            None => return Ok(None),
        };
        match written {
            Ok(_) => Ok(None),
            Err(error) if error.is(Problem::Unsupported) => Ok(Some(ask.mark.cloned())),
            Err(error) => Err(error),
        }
    }

    /// Writes description, session length and relay state. AWS clears what such a call leaves out, so all are sent.
    async fn describe(&self, writer: &Writer, arn: &str, ask: &Ask<'_>, mark: Option<&Mark>) -> Result<(), Error> {
        let mut body = head(writer.reader(), ask, mark)?;
        if let Json::Object(body) = &mut body {
            body.insert("PermissionSetArn".to_owned(), json!(arn));
        }
        writer.json(&UPDATE_PERMISSION_SET, body).await.map(drop)
    }
}

/// The part of a permission set that one call writes as a whole.
fn head(reader: &Reader, ask: &Ask<'_>, mark: Option<&Mark>) -> Result<Json, Error> {
    // What the manifest is silent about stays as it is.
    let text = |name: &str| ask.after(name).or(ask.before.get(name)).and_then(Value::as_text).unwrap_or_default();
    let seconds = ask.after("session_seconds").or(ask.before.get("session_seconds")).and_then(Value::as_int);
    let relay_state = ask.after("relay_state").and_then(Value::as_text).unwrap_or_default();
    let mut body = json!({
        "InstanceArn": instance(reader)?,
        "Description": marked(text("description"), mark),
        "SessionDuration": iso_duration(seconds.unwrap_or(DEFAULT_SESSION)),
        "RelayState": relay_state,
    });
    if let Json::Object(body) = &mut body {
        body.retain(|_, value| value.as_str() != Some("")); // nothing is said by leaving it out, not by an empty text
    }
    Ok(body)
}

fn tags(mark: &Mark) -> Json {
    json!([{ "Key": MARK_ATTRIBUTE, "Value": mark.written() }])
}

/// How long a session lasts when nobody says so: AWS's own default.
const DEFAULT_SESSION: i64 = 3600;

/// `PT1H30M`: a session length as AWS writes it.
fn iso_duration(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = "PT".to_owned();
    for (count, unit) in [(hours, 'H'), (minutes, 'M'), (seconds, 'S')] {
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    text
}

/// Seconds of `PT1H30M` or `P1D`; `None` for anything else.
fn seconds_of(iso: &str) -> Option<i64> {
    let (days, time) = iso.strip_prefix('P')?.split_once('T').unwrap_or((iso.strip_prefix('P')?, ""));
    let written = format!("{days}{time}").to_ascii_lowercase();
    written.parse::<Seconds>().ok().map(|Seconds(seconds)| seconds)
}

fn desired(organization: &Organization, scope: &Scope, role: &Role) -> Option<Desired> {
    let platform = organization.platforms.get(&scope.platform)?;
    let section = role.native.get(&platform.kind)?;
    let native = &section.value;
    let region = platform.native.get("region").and_then(Value::as_text).unwrap_or_default();
    let texts =
        |name: &str| native.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text);
    let mut desired = Desired::new(address(&scope.platform, &role.name), &scope.name, &role.origin);
    desired.origins.push(section.origin.clone());
    let name = role.title.as_ref().unwrap_or(&role.name);
    let mut attributes = Map::from([
        ("name".to_owned(), Value::text(name)),
        ("session_seconds".to_owned(), native.get("session").cloned().unwrap_or(Value::Int(DEFAULT_SESSION))),
        ("managed_policies".to_owned(), sorted(texts("managed_policies").map(|text| policy_arn(text, region)))),
        ("customer_managed_policies".to_owned(), sorted(texts("customer_managed_policies").map(with_path))),
    ]);
    let boundary = native.get("boundary").and_then(Value::as_text);
    let boundary = boundary.map(|text| if text.starts_with('/') { text.to_owned() } else { policy_arn(text, region) });
    attributes.extend(boundary.map(|boundary| ("boundary".to_owned(), Value::Text(boundary))));
    attributes.extend(role.description.as_ref().map(|text| ("description".to_owned(), Value::text(text))));
    for name in ["inline_policy", "relay_state"] {
        attributes.extend(native.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    desired.mode = organization.mode_at(&scope.platform, None);
    // Who only observes does not push versions into accounts that others made.
    if desired.mode != Mode::Observe {
        attributes.insert("unprovisioned".to_owned(), Value::List(Vec::new()));
    }
    desired.attributes = attributes;
    desired.keys = vec![Key::new("name", name.as_str())];
    desired.adopt = adopted(&role.ids, &scope.platform);
    desired.renamed_from = former(&scope.platform, KIND, &role.renamed_from);
    Some(desired)
}

fn sorted(texts: impl Iterator<Item = String>) -> Value {
    let texts: std::collections::BTreeSet<String> = texts.collect();
    Value::List(texts.into_iter().map(Value::Text).collect())
}

/// ARN of a policy that AWS maintains, in the partition of this region; an ARN stays as it is.
fn policy_arn(text: &str, region: &str) -> String {
    if text.starts_with("arn:") {
        return text.to_owned();
    }
    format!("arn:{}:iam::aws:policy/{text}", crate::services::Partition::of(region).name)
}

/// Path and name of a policy in each account; the path is `/` unless written.
fn with_path(text: &str) -> String {
    if text.starts_with('/') { text.to_owned() } else { format!("/{text}") }
}

/// Description without our mark, and the mark, wherever it stands.
fn split_mark(description: &str, tagged: Option<Mark>) -> (&str, Option<Mark>) {
    let (text, written) = unmarked(description);
    (text, tagged.or(written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_lengths_read_back() {
        for seconds in [900, 3600, 5400, 43_200, 3_661] {
            assert_eq!(seconds_of(&iso_duration(seconds)), Some(seconds));
        }
        assert_eq!(iso_duration(5400), "PT1H30M");
        assert_eq!(seconds_of("PT60M"), Some(3600));
        assert_eq!(seconds_of("nonsense"), None);
    }

    #[test]
    fn policies_are_named_in_full() {
        assert_eq!(policy_arn("ReadOnlyAccess", "eu-central-1"), "arn:aws:iam::aws:policy/ReadOnlyAccess");
        assert_eq!(
            policy_arn("job-function/Billing", "us-gov-west-1"),
            "arn:aws-us-gov:iam::aws:policy/job-function/Billing"
        );
        assert_eq!(policy_arn("arn:aws:iam::aws:policy/X", "cn-north-1"), "arn:aws:iam::aws:policy/X");
        assert_eq!(with_path("Deploy"), "/Deploy");
        assert_eq!(with_path("/ci/Deploy"), "/ci/Deploy");
    }
}
