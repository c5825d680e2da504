//! A dialogue: steps that a kind is asked to take, and the calls that it must make for them, answered from the file.
//!
//! - `steps`: `{do: present | read | create | update | delete, id, before, after, changed, mark: true, noted: {name: value},
//!   expect}`. `expect` is one of `{id}`, `{attributes}` (of one object), `{ids}` (of all objects), `{absent: true}`,
//!   `{gap: <text>}`, `{error: <problem>, says: <text>}`; without it the step must succeed.
//! - `calls`: `{operation, request, status, reply, times}`; each must happen once, or as many times as it says.

use std::io::Write as _;

use polity_model::{Map, resource::Mark};
use polity_provider::{Ask, Error, Kind, Notebook as _, Wire, wire::Settings};
use serde_json::{Value as Json, json};

use crate::world::{Learned, MANAGEMENT, World, address, differing, mark, scope};

pub(crate) async fn hold(kind: &str, content: &Json) -> Result<(), String> {
    let tape = tape(&polity_aws::kinds::all(), kind, content)?;
    let wire = Wire::replaying(Settings::default(), tape.path()).map_err(|error| error.to_string())?;
    let world = World::new(wire, "http://127.0.0.1:1");
    for (number, step) in content["steps"].as_array().ok_or("no steps")?.iter().enumerate() {
        take(&world, kind, step).await.map_err(|failure| format!("step {}: {failure}", number + 1))?;
    }
    let left = world.calls_left();
    if left.is_empty() { Ok(()) } else { Err(format!("these calls were never made: {left:?}")) }
}

/// The calls as a tape, behind those with which the provider finds its way in.
fn tape(kinds: &[Box<dyn Kind>], kind: &str, content: &Json) -> Result<tempfile::NamedTempFile, String> {
    let schema = kinds.iter().map(|kind| kind.schema()).find(|schema| schema.kind == kind).ok_or("no such kind")?;
    let mut calls = match schema.level {
        "organization" => vec![json!({"operation": "organizations:DescribeOrganization", "reply": {"Organization": {
            "Id": "o-exampleorg", "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL",
            "Arn": "arn:aws:organizations::123456789012:organization/o-exampleorg"}}})],
        "identity" => vec![json!({"operation": "sso-admin:ListInstances", "reply": {"Instances": [{
            "InstanceArn": "arn:aws:sso:::instance/ssoins-1111111111111111", "IdentityStoreId": "d-1111111111",
            "OwnerAccountId": MANAGEMENT, "Status": "ACTIVE"}]}})],
        _ => Vec::new(),
    };
    calls.extend(content["calls"].as_array().ok_or("no calls")?.iter().cloned());
    let mut file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    for mut call in calls {
        if call.get("status").is_none() {
            call["status"] = 200.into();
        }
        for _ in 0..call["times"].as_u64().unwrap_or(1) {
            writeln!(file, "{call}").map_err(|error| error.to_string())?;
        }
    }
    Ok(file)
}

async fn take(world: &World, kind: &str, step: &Json) -> Result<(), String> {
    let scope = scope(world.kind(kind).schema(), MANAGEMENT, "us-east-1");
    let kind_of = world.kind(kind);
    let id = step["id"].as_str();
    let (address, mark): (_, Mark) = (address(kind), mark(kind));
    let map = |name: &str| -> Map { Learned::default().map(&step[name]) };
    let (before, after) = (map("before"), map("after"));
    for (name, value) in step["noted"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        world.notebook.note(&address, name, value).map_err(|error| error.to_string())?;
    }
    let changed: Vec<String> =
        step["changed"].as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
    let ask = Ask {
        address: &address,
        scope: &scope,
        id,
        before: &before,
        after: &after,
        changed: &changed,
        mark: (step["mark"] == true).then_some(&mark),
    };
    let reader = world.reader(&scope).await?;
    let writer = world.writer(&scope).await?;
    let expect = &step["expect"];
    match step["do"].as_str() {
        Some("create") => settle(kind_of.create(&writer, &ask).await, expect, |made| same("id", &expect["id"], made)),
        Some("update") => settle(kind_of.update(&writer, &ask).await, expect, |()| Ok(())),
        Some("delete") => settle(kind_of.delete(&writer, &ask).await, expect, |()| Ok(())),
        Some("read") => settle(kind_of.read(&reader, id.unwrap_or_default()).await, expect, |found| match found {
            None if expect["absent"] == true => Ok(()),
            None => Err("it is not there".to_owned()),
            Some(_) if expect["absent"] == true => Err("it is there".to_owned()),
            Some(found) => {
                let wanted = Learned::default().map(&expect["attributes"]);
                let names = differing(kind_of.schema(), &wanted, &found.attributes);
                if names.is_empty() { Ok(()) } else { Err(format!("{names:?} differ: {:?}", found.attributes)) }
            }
        }),
        Some("present") => settle(kind_of.present(&reader).await, expect, |found| {
            if let Some(gap) = expect["gap"].as_str() {
                let told = found.gaps.iter().any(|one| one.reason.contains(gap));
                return if told { Ok(()) } else { Err(format!("no gap says `{gap}`: {:?}", found.gaps)) };
            }
            if !found.gaps.is_empty() {
                return Err(format!("gaps: {:?}", found.gaps));
            }
            let ids: Vec<&str> = found.resources.iter().map(|one| one.id.as_str()).collect();
            let vendors: Vec<&str> = found.resources.iter().filter_map(|one| one.vendor.as_deref()).collect();
            same("ids", &expect["ids"], &ids)?;
            if expect.get("vendors").is_some() { same("vendors", &expect["vendors"], &vendors) } else { Ok(()) }
        }),
        other => Err(format!("`{other:?}` is nothing that a kind can be asked")),
    }
}

fn settle<T>(result: Result<T, Error>, expect: &Json, check: impl Fn(&T) -> Result<(), String>) -> Result<(), String> {
    match (result, expect["error"].as_str()) {
        (Ok(value), None) => check(&value),
        (Ok(_), Some(error)) => Err(format!("it succeeded, where {error} was expected")),
        (Err(error), None) => Err(format!("{error}; help: {:?}", error.help)),
        (Err(error), Some(problem)) => {
            let whole = format!("{error}; help: {}", error.help.as_deref().unwrap_or_default());
            let says = expect["says"].as_str().unwrap_or_default();
            if format!("{:?}", error.problem) == problem && whole.contains(says) {
                return Ok(());
            }
            Err(format!("expected {problem} with `{says}`, found {:?}: {whole}", error.problem))
        }
    }
}

fn same<T: serde::Serialize>(what: &str, expected: &Json, found: &T) -> Result<(), String> {
    let found = json!(found);
    if *expected == found { Ok(()) } else { Err(format!("{what}: expected {expected}, found {found}")) }
}
