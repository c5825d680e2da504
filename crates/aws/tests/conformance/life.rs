//! The whole life of one object against moto, or against a server without its gaps.
//!
//! A `life.json` holds:
//! - `given`: what must be there first: `{kind, as, attributes}` is made by our own kinds, `{service, operation, arguments,
//!   learn: {name: pointer}}` by boto3;
//! - `account`, `region`: the scope, for kinds within accounts;
//! - `create`, `update`: attributes; `update` may be missing, or `{"unsupported": true}` if moto cannot;
//! - `setting: true`: it is there before and after, with the values of `reset` after its end;
//! - `ends: <state>`: it stays visible after its end; `stays: true`: it cannot be ended;
//! - `unread`: attributes that moto cannot tell;
//! - `beyond_moto`: what of all this is otherwise on a server that keeps closer to AWS;
//! - `witness`: `{service, operation, arguments, created, updated, deleted}`: JSON pointers and what boto3 finds there.

use polity_model::{
    Map, Value,
    resource::{MARK_ATTRIBUTE, Observed, Scope},
    schema::Ownership,
};
use polity_provider::{Ask, Kind, Problem, Wire, wire::Settings};
use serde_json::Value as Json;

use crate::{
    cloud::Cloud,
    world::{Learned, MANAGEMENT, World, address, differing, mark, scope},
};

struct Life<'a> {
    cloud: &'a mut Cloud,
    world: World,
    content: Json,
    kind: &'a str,
    scope: Scope,
    learned: Learned,
}

pub(crate) async fn live(cloud: &mut Cloud, kind: &str, content: &Json) -> Result<(), String> {
    let wire = Wire::new(Settings::default()).map_err(|error| error.to_string())?;
    let world = World::new(wire, &cloud.endpoint);
    let mut learned = Learned::default();
    learned.insert("management", MANAGEMENT);
    let here = scope(world.kind(kind).schema(), MANAGEMENT, "us-east-1");
    let mut content = content.clone();
    if !cloud.moto
        && let Some(Json::Object(otherwise)) = content.get("beyond_moto").cloned()
        && let Some(content) = content.as_object_mut()
    {
        content.extend(otherwise);
    }
    let given = content["given"].as_array().cloned().unwrap_or_default();
    let mut life = Life { cloud, world, content, kind, scope: here, learned };
    for given in &given {
        life.prepare(given).await.map_err(|failure| format!("given {given}: {failure}"))?;
    }
    let account = life.learned.fill(life.content.get("account").unwrap_or(&MANAGEMENT.into()));
    let region = life.content["region"].as_str().unwrap_or("us-east-1");
    life.scope = scope(life.kind().schema(), account.as_str().unwrap_or(MANAGEMENT), region);
    life.walk().await
}

impl Life<'_> {
    fn kind(&self) -> &dyn Kind {
        self.world.kind(self.kind)
    }

    async fn prepare(&mut self, given: &Json) -> Result<(), String> {
        if given.get("service").is_some() {
            let answer = self.cloud.ask(&self.learned.fill(given))?;
            for (name, pointer) in given["learn"].as_object().into_iter().flatten() {
                let value = answer.pointer(pointer.as_str().unwrap_or_default()).and_then(Json::as_str);
                self.learned.insert(name, value.ok_or_else(|| format!("no {pointer} in {answer}"))?);
            }
            return Ok(());
        }
        let kind = given["kind"].as_str().ok_or("a kind")?;
        let attributes = self.learned.map(&given["attributes"]);
        let scope = scope(self.world.kind(kind).schema(), MANAGEMENT, "us-east-1");
        let id = self.create(kind, &scope, &attributes).await?;
        let reader = self.world.reader(&scope).await?;
        let found = self.world.kind(kind).read(&reader, &id).await.map_err(|error| error.to_string())?;
        self.learned.learn(given["as"].as_str().unwrap_or(kind), &found.ok_or("it is not there")?);
        Ok(())
    }

    async fn create(&self, kind: &str, scope: &Scope, attributes: &Map) -> Result<String, String> {
        let writer = self.world.writer(scope).await?;
        let (address, mark, changed) = (address(kind), mark(kind), attributes.keys().cloned().collect::<Vec<_>>());
        let ask = Ask {
            address: &address,
            scope,
            id: None,
            before: &Map::new(),
            after: attributes,
            changed: &changed,
            mark: Some(&mark),
        };
        self.world.kind(kind).create(&writer, &ask).await.map_err(|error| format!("create: {error}"))
    }

    async fn read(&self, id: &str) -> Result<Option<Observed>, String> {
        let reader = self.world.reader(&self.scope).await?;
        let one = self.kind().read(&reader, id).await.map_err(|error| format!("read: {error}"))?;
        let found = self.kind().present(&reader).await.map_err(|error| format!("present: {error}"))?;
        if !found.gaps.is_empty() {
            return Err(format!("gaps: {:?}", found.gaps));
        }
        let listed: Vec<Observed> = found.resources.into_iter().filter(|object| object.id == id).collect();
        if listed.len() > 1 || listed.first() != one.as_ref() {
            return Err(format!("read and present disagree: {one:?} and {listed:?}"));
        }
        Ok(one)
    }

    async fn walk(&mut self) -> Result<(), String> {
        let setting = self.content["setting"] == true;
        let wanted = self.learned.map(&self.content["create"]);
        let reader = self.world.reader(&self.scope).await?;
        let before = self.kind().present(&reader).await.map_err(|error| format!("present at first: {error}"))?;
        let id = self.create(self.kind, &self.scope, &wanted).await?;
        if !setting && before.resources.iter().any(|object| object.id == id) {
            return Err(format!("`{id}` was there before it was made"));
        }
        let found = self.expect(&id, &wanted).await.map_err(|failure| format!("after create: {failure}"))?;
        self.learned.insert("id", &id);
        self.witness("created")?;
        self.update(&id, &wanted, found).await?;
        if self.content["stays"] != true {
            self.end(&id).await?;
        }
        Ok(())
    }

    async fn expect(&self, id: &str, wanted: &Map) -> Result<Observed, String> {
        let found = self.read(id).await?.ok_or_else(|| format!("`{id}` is not there"))?;
        let mut differing = differing(self.kind().schema(), wanted, &found.attributes);
        let unread = self.content["unread"].as_array().filter(|_| self.cloud.moto);
        differing.retain(|name| !unread.is_some_and(|unread| unread.iter().any(|one| one == name)));
        if !differing.is_empty() {
            return Err(format!("{differing:?} differ: wanted {wanted:?}, found {:?}", found.attributes));
        }
        if self.kind().schema().ownership == Ownership::Tag && found.mark != Some(mark(self.kind)) {
            return Err(format!("it carries the mark {:?}", found.mark));
        }
        Ok(found)
    }

    async fn update(&mut self, id: &str, created: &Map, found: Observed) -> Result<(), String> {
        let Some(update) = self.content.get("update").cloned() else { return Ok(()) };
        let unsupported = update["unsupported"] == true;
        let changes = self.learned.map(if unsupported { &update["attributes"] } else { &update });
        let unsupported = unsupported && self.cloud.moto;
        let mut wanted = created.clone();
        wanted.extend(changes.clone());
        let changed: Vec<String> = changes.keys().cloned().collect();
        let writer = self.world.writer(&self.scope).await?;
        let (address, scope) = (address(self.kind), self.scope.clone());
        let ask = Ask {
            address: &address,
            scope: &scope,
            id: Some(id),
            before: &found.attributes,
            after: &wanted,
            changed: &changed,
            mark: None,
        };
        match self.kind().update(&writer, &ask).await {
            Err(error) if unsupported && error.is(Problem::Unsupported) => return Ok(()),
            Ok(()) if unsupported => return Err("moto can do this update now: test it".to_owned()),
            updated => updated.map_err(|error| format!("update: {error}"))?,
        }
        let found = self.expect(id, &wanted).await.map_err(|failure| format!("after update: {failure}"))?;
        self.witness("updated")?;
        if self.kind().schema().ownership == Ownership::Tag {
            let changed = [MARK_ATTRIBUTE.to_owned()];
            let ask = Ask { before: &found.attributes, changed: &changed, ..ask };
            self.kind().update(&writer, &ask).await.map_err(|error| format!("taking off the mark: {error}"))?;
            let found = self.read(id).await?.ok_or("it went with its mark")?;
            if found.mark.is_some() {
                return Err("the mark stays on a forgotten object".to_owned());
            }
        }
        Ok(())
    }

    async fn end(&mut self, id: &str) -> Result<(), String> {
        let before = self.read(id).await?.ok_or("it is gone before its end")?.attributes;
        let writer = self.world.writer(&self.scope).await?;
        let address = address(self.kind);
        let ask = Ask {
            address: &address,
            scope: &self.scope,
            id: Some(id),
            before: &before,
            after: &Map::new(),
            changed: &[],
            mark: None,
        };
        for time in ["first", "second"] {
            self.kind().delete(&writer, &ask).await.map_err(|error| format!("{time} delete: {error}"))?;
        }
        let found = self.read(id).await?;
        if self.content["setting"] == true {
            let found = found.ok_or("a setting is always there")?;
            let reset = self.learned.map(&self.content["reset"]);
            let differing = differing(self.kind().schema(), &reset, &found.attributes);
            if !differing.is_empty() {
                return Err(format!("after its end, {differing:?} differ: {:?}", found.attributes));
            }
        } else {
            let state = found.as_ref().and_then(|found| found.ended.as_deref());
            if state != self.content["ends"].as_str() || (found.is_some() && state.is_none()) {
                return Err(format!("after its end it is still there: {found:?}"));
            }
        }
        self.witness("deleted")
    }

    /// What boto3 finds.
    fn witness(&mut self, stage: &str) -> Result<(), String> {
        let Some(witness) = self.content.get("witness").cloned() else { return Ok(()) };
        let Some(expected) = witness.get(stage).and_then(Json::as_object) else { return Ok(()) };
        let answer = self.cloud.ask(&self.learned.fill(&witness))?;
        for (pointer, value) in expected {
            let value = self.learned.fill(value);
            let found = answer.pointer(pointer).cloned().unwrap_or_default();
            if Value::from_json(&found) != Value::from_json(&value) {
                return Err(format!("{stage}: boto3 finds {found} at `{pointer}`, not {value}: {answer}"));
            }
        }
        Ok(())
    }
}
