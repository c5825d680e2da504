//! What a permission set is made of: each part is read and written with calls of its own.

use polity_model::{
    Map, Value,
    resource::{Key, MARK_ATTRIBUTE, Mark, Observed},
};
use polity_provider::{Ask, Error, Problem, Reader, WriteOperation, Writer};
use serde_json::{Value as Json, json};

use super::{DEFAULT_SESSION, KIND, seconds_of, sorted, split_mark};
use crate::{
    client::{Caller, pages},
    kinds::{
        identity::{Progress, expected, instance, settle, text, unmarked, vendor_of_permission_set},
        support::observed,
    },
    operations::sso_admin::{
        ATTACH_CUSTOMER_MANAGED_POLICY, ATTACH_MANAGED_POLICY, DELETE_INLINE_POLICY, DELETE_PERMISSIONS_BOUNDARY,
        DESCRIBE_PERMISSION_SET, DESCRIBE_PROVISIONING, DETACH_CUSTOMER_MANAGED_POLICY, DETACH_MANAGED_POLICY,
        GET_INLINE_POLICY, GET_PERMISSIONS_BOUNDARY, LIST_ACCOUNTS_FOR_PERMISSION_SET, LIST_CUSTOMER_MANAGED_POLICIES,
        LIST_MANAGED_POLICIES, LIST_TAGS_FOR_RESOURCE, PROVISION_PERMISSION_SET, PUT_INLINE_POLICY,
        PUT_PERMISSIONS_BOUNDARY,
    },
};

/// Parts with calls of their own, in the order in which they are written: what narrows comes first.
pub(super) const PARTS: [&str; 4] = ["boundary", "inline_policy", "managed_policies", "customer_managed_policies"];

/// Which operations the endpoint knows: some that speak AWS's protocol lack these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    tags: bool,
    boundary: bool,
    provisioning: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self { tags: true, boundary: true, provisioning: true }
    }
}

/// One permission set, whole; `None` if it is not there.
pub(super) async fn read(reader: &Reader, arn: &str, known: &mut Known) -> Result<Option<Observed>, Error> {
    let one = json!({ "InstanceArn": instance(reader)?, "PermissionSetArn": arn });
    let described = match reader.json(&DESCRIBE_PERMISSION_SET, one.clone()).await {
        Ok(answer) => answer,
        Err(error) if error.is(Problem::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let head = described.get("PermissionSet").unwrap_or(&Json::Null);
    let name = expected(head, "Name", "sso-admin:DescribePermissionSet")?;
    let (description, mark) =
        split_mark(text(head, "Description").unwrap_or_default(), tagged(reader, arn, &mut known.tags).await?);

    let managed = pages(reader, &LIST_MANAGED_POLICIES, one.clone(), "AttachedManagedPolicies").await?;
    let managed = sorted(managed.iter().filter_map(|policy| text(policy, "Arn")).map(str::to_owned));
    let own = "CustomerManagedPolicyReferences";
    let customer = pages(reader, &LIST_CUSTOMER_MANAGED_POLICIES, one.clone(), own).await?;
    let session = text(head, "SessionDuration").and_then(seconds_of).unwrap_or(DEFAULT_SESSION);
    let mut attributes = Map::from([
        ("name".to_owned(), Value::text(name)),
        ("session_seconds".to_owned(), Value::Int(session)),
        ("managed_policies".to_owned(), managed),
        ("customer_managed_policies".to_owned(), sorted(customer.iter().filter_map(path_and_name))),
        ("unprovisioned".to_owned(), unprovisioned(reader, &one, &mut known.provisioning).await?),
    ]);
    if !description.is_empty() {
        attributes.insert("description".to_owned(), Value::text(description));
    }
    if let Some(state) = text(head, "RelayState") {
        attributes.insert("relay_state".to_owned(), Value::text(state));
    }
    if let Some(document) = inline_policy(reader, &one).await? {
        attributes.insert("inline_policy".to_owned(), document);
    }
    if let Some(boundary) = boundary(reader, &one, &mut known.boundary).await? {
        attributes.insert("boundary".to_owned(), Value::Text(boundary));
    }
    let mut seen = observed(KIND, reader.scope(), arn, name, attributes);
    seen.keys = vec![Key::new("name", name)];
    seen.mark = mark;
    seen.vendor = vendor_of_permission_set(name);
    Ok(Some(seen))
}

/// Writes one part as it should be: what is new first, so that nobody loses a permission that is to stay.
pub(super) async fn write(writer: &Writer, arn: &str, part: &str, ask: &Ask<'_>) -> Result<(), Error> {
    let one = json!({ "InstanceArn": instance(writer.reader())?, "PermissionSetArn": arn });
    let (before, after) = (ask.before.get(part), ask.after(part));
    match part {
        "managed_policies" => {
            for new in missing(after, before) {
                let body = with(&one, "ManagedPolicyArn", json!(new));
                unless(writer, &ATTACH_MANAGED_POLICY, body, Problem::AlreadyExists).await?;
            }
            for old in missing(before, after) {
                let body = with(&one, "ManagedPolicyArn", json!(old));
                unless(writer, &DETACH_MANAGED_POLICY, body, Problem::NotFound).await?;
            }
        }
        "customer_managed_policies" => {
            for new in missing(after, before) {
                let body = with(&one, "CustomerManagedPolicyReference", reference(new));
                unless(writer, &ATTACH_CUSTOMER_MANAGED_POLICY, body, Problem::AlreadyExists).await?;
            }
            for old in missing(before, after) {
                let body = with(&one, "CustomerManagedPolicyReference", reference(old));
                unless(writer, &DETACH_CUSTOMER_MANAGED_POLICY, body, Problem::NotFound).await?;
            }
        }
        "inline_policy" => match after.filter(|document| **document != Value::Null) {
            Some(document) => {
                let body = with(&one, "InlinePolicy", json!(document.to_json().to_string()));
                writer.json(&PUT_INLINE_POLICY, body).await?;
            }
            None if before.is_some() => unless(writer, &DELETE_INLINE_POLICY, one, Problem::NotFound).await?,
            None => {}
        },
        _ => match after.and_then(Value::as_text) {
            Some(boundary) => {
                let boundary = if boundary.starts_with("arn:") {
                    json!({ "ManagedPolicyArn": boundary })
                } else {
                    json!({ "CustomerManagedPolicyReference": reference(boundary) })
                };
                writer.json(&PUT_PERMISSIONS_BOUNDARY, with(&one, "PermissionsBoundary", boundary)).await?;
            }
            None if before.is_some() => unless(writer, &DELETE_PERMISSIONS_BOUNDARY, one, Problem::NotFound).await?,
            None => {}
        },
    }
    Ok(())
}

/// Has every account that uses it take over the present version, and waits for that.
pub(super) async fn provision(writer: &Writer, arn: &str, ask: &Ask<'_>) -> Result<(), Error> {
    const NOTE: &str = "provisioning";
    let reader = writer.reader();
    let instance = instance(reader)?;
    let one = json!({ "InstanceArn": instance, "PermissionSetArn": arn });
    let accounts = match pages(reader, &LIST_ACCOUNTS_FOR_PERMISSION_SET, one.clone(), "AccountIds").await {
        Err(error) if error.is(Problem::Unsupported) => return Ok(()),
        accounts => accounts?,
    };
    if accounts.is_empty() {
        return Ok(()); // assigned nowhere: the first assignment provisions it
    }
    let body = with(&one, "TargetType", json!("ALL_PROVISIONED_ACCOUNTS"));
    let answer = writer.json(&PROVISION_PERMISSION_SET, body).await?;
    let status = answer.get("PermissionSetProvisioningStatus").unwrap_or(&Json::Null);
    let Some(request) = text(status, "RequestId") else { return Ok(()) };
    writer.notebook().note(ask.address, NOTE, request)?;
    settle("sso-admin:ProvisionPermissionSet", Progress::of(status), || async move {
        let body = json!({ "InstanceArn": instance, "ProvisionPermissionSetRequestId": request });
        let answer = reader.json(&DESCRIBE_PROVISIONING, body).await?;
        Ok(Progress::of(answer.get("PermissionSetProvisioningStatus").unwrap_or(&Json::Null)))
    })
    .await
}

/// Whether the endpoint keeps tags of permission sets.
pub(super) async fn has_tags(reader: &Reader, arn: &str) -> Result<bool, Error> {
    let mut known = true;
    tagged(reader, arn, &mut known).await?;
    Ok(known)
}

/// The mark within the description, which must survive when the description is written anew.
pub(super) async fn mark_in_text(reader: &Reader, arn: &str) -> Result<Option<Mark>, Error> {
    let one = json!({ "InstanceArn": instance(reader)?, "PermissionSetArn": arn });
    let described = reader.json(&DESCRIBE_PERMISSION_SET, one).await?;
    let head = described.get("PermissionSet").unwrap_or(&Json::Null);
    Ok(unmarked(text(head, "Description").unwrap_or_default()).1)
}

async fn tagged(reader: &Reader, arn: &str, known: &mut bool) -> Result<Option<Mark>, Error> {
    if !*known {
        return Ok(None);
    }
    let body = json!({ "InstanceArn": instance(reader)?, "ResourceArn": arn });
    let tags = match pages(reader, &LIST_TAGS_FOR_RESOURCE, body, "Tags").await {
        Err(error) if error.is(Problem::Unsupported) => {
            *known = false;
            return Ok(None);
        }
        tags => tags?,
    };
    let ours = tags.iter().find(|tag| text(tag, "Key") == Some(MARK_ATTRIBUTE));
    Ok(ours.and_then(|tag| text(tag, "Value")).and_then(Mark::read))
}

async fn inline_policy(reader: &Reader, one: &Json) -> Result<Option<Value>, Error> {
    let answer = reader.json(&GET_INLINE_POLICY, one.clone()).await?;
    let Some(document) = text(&answer, "InlinePolicy") else { return Ok(None) };
    let json: Json = serde_json::from_str(document).map_err(|error| {
        let message = format!("the inline policy is not JSON: {error}");
        Error::new(Problem::Unexpected, "sso-admin:GetInlinePolicyForPermissionSet", message)
    })?;
    Ok(Some(Value::from_json(&json)))
}

async fn boundary(reader: &Reader, one: &Json, known: &mut bool) -> Result<Option<String>, Error> {
    if !*known {
        return Ok(None);
    }
    let answer = match reader.json(&GET_PERMISSIONS_BOUNDARY, one.clone()).await {
        Ok(answer) => answer,
        Err(error) if error.is(Problem::NotFound) => return Ok(None),
        Err(error) if error.is(Problem::Unsupported) => {
            *known = false;
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let boundary = answer.get("PermissionsBoundary").unwrap_or(&Json::Null);
    let arn = text(boundary, "ManagedPolicyArn").map(str::to_owned);
    Ok(arn.or_else(|| boundary.get("CustomerManagedPolicyReference").and_then(path_and_name)))
}

/// Accounts that still have a former version.
async fn unprovisioned(reader: &Reader, one: &Json, known: &mut bool) -> Result<Value, Error> {
    if !*known {
        return Ok(Value::List(Vec::new()));
    }
    let list = |status: &str| {
        let body = with(one, "ProvisioningStatus", json!(status));
        async move { pages(reader, &LIST_ACCOUNTS_FOR_PERMISSION_SET, body, "AccountIds").await }
    };
    let behind = match list("LATEST_PERMISSION_SET_NOT_PROVISIONED").await {
        Err(error) if error.is(Problem::Unsupported) => {
            *known = false;
            return Ok(Value::List(Vec::new()));
        }
        behind => behind?,
    };
    // An account in both lists took the present version over while we asked (or the endpoint ignores the status).
    let current = if behind.is_empty() { Vec::new() } else { list("LATEST_PERMISSION_SET_PROVISIONED").await? };
    let behind = behind.iter().filter(|account| !current.contains(account));
    Ok(sorted(behind.filter_map(Json::as_str).map(str::to_owned)))
}

fn path_and_name(policy: &Json) -> Option<String> {
    Some(format!("{}{}", text(policy, "Path").unwrap_or("/"), text(policy, "Name")?))
}

fn reference(path_and_name: &str) -> Json {
    let (path, name) = path_and_name.rsplit_once('/').unwrap_or(("", path_and_name));
    json!({ "Path": format!("{path}/"), "Name": name })
}

/// Texts of the first set that the second one lacks.
fn missing<'v>(of: Option<&'v Value>, from: Option<&'v Value>) -> Vec<&'v str> {
    let from = from.and_then(Value::as_list).unwrap_or_default();
    let of = of.and_then(Value::as_list).unwrap_or_default();
    of.iter().filter(|item| !from.contains(item)).filter_map(Value::as_text).collect()
}

fn with(body: &Json, name: &str, value: Json) -> Json {
    let mut body = body.clone();
    if let Json::Object(entries) = &mut body {
        entries.insert(name.to_owned(), value);
    }
    body
}

/// Makes a call; an error of this nature means that what it asks for is so already.
async fn unless(writer: &Writer, operation: &WriteOperation, body: Json, fine: Problem) -> Result<(), Error> {
    match writer.json(operation, body).await {
        Err(error) if !error.is(fine) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_in_accounts_are_path_and_name() {
        for written in ["/Deploy", "/ci/Deploy", "/a/b/Deploy"] {
            assert_eq!(path_and_name(&reference(written)).as_deref(), Some(written));
        }
        assert_eq!(path_and_name(&json!({"Name": "X"})).as_deref(), Some("/X"));
    }

    #[test]
    fn only_differences_are_written() {
        let (old, new) = (Value::from(vec!["a", "b"]), Value::from(vec!["b", "c"]));
        assert_eq!(missing(Some(&new), Some(&old)), ["c"]);
        assert_eq!(missing(Some(&old), Some(&new)), ["a"]);
        assert_eq!(missing(Some(&new), None), ["b", "c"]);
        assert!(missing(None, Some(&new)).is_empty());
    }
}
