//! What is done to objects: list, get, create, apply, patch, replace, delete.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    discovery, fields,
    object::{bare, query, selects, set, set_top, text},
    refusal::{Answer, Refusal},
    route::{Resource, Route, find, verb},
    rules,
    world::{OWN_NAMESPACES, World, has_finalizers},
};
use crate::cloud::{Request, Tuning};

/// Objects in one page, unless fewer are asked for.
const PAGE: usize = 500;

/// One request at work.
struct Turn<'t> {
    world: &'t mut World,
    resource: &'static Resource,
    namespace: Option<&'t str>,
    /// Parameters of the query.
    query: Vec<(String, String)>,
    /// Who writes, for the record of fields.
    manager: String,
    now: Timestamp,
}

/// Answers a request.
pub(super) fn answer(
    world: &mut World,
    route: &Route,
    request: &Request,
    body: Value,
    tuning: &Tuning,
    now: Timestamp,
) -> Answer {
    let (resource, namespace, name, part) = match route {
        Route::Objects { resource, namespace, name, part } => {
            (*resource, namespace.as_deref(), name.as_deref(), part.as_deref())
        }
        Route::Discovery(parts) => return discovery::answer(parts),
        Route::Myself => return Ok((201, discovery::myself())),
        Route::Nowhere => return Err(Refusal::no_such_path(request.uri().path())),
    };
    let query = query(request);
    let named = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let agent = request.headers().get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    let agent = agent.and_then(|agent| agent.split('/').next()).unwrap_or("unknown").to_owned();
    let manager = named("fieldManager").filter(|manager| !manager.is_empty()).unwrap_or(agent);
    let mut turn = Turn { world, resource, namespace, query, manager, now };
    match (verb(request, name.is_some()), name) {
        ("get", Some(name)) => turn.live(name).map(|object| (200, object)),
        ("list", None) => turn.list(tuning),
        ("create", None) => turn.create(body),
        ("apply", Some(name)) => turn.apply(name, body),
        ("patch", Some(name)) => turn.patch(name, request, &body),
        ("replace", Some(name)) => turn.replace(name, part, body),
        ("delete", Some(name)) => turn.delete(name, &body),
        (verb, _) => Err(Refusal::method(verb)),
    }
}

impl Turn<'_> {
    fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn live(&self, name: &str) -> Result<Value, Refusal> {
        let found = self.world.get(self.resource, self.namespace, name).cloned();
        found.ok_or_else(|| Refusal::not_found(self.resource, name))
    }

    fn list(&self, tuning: &Tuning) -> Answer {
        let here = |object: &&Value| {
            self.namespace.is_none_or(|namespace| text(object, "/metadata/namespace") == Some(namespace))
        };
        let chosen = |object: &&Value| {
            self.asked("labelSelector").is_none_or(|selector| selects(selector, object))
                && self.asked("fieldSelector").is_none_or(|selector| {
                    selector
                        .strip_prefix("metadata.name=")
                        .is_none_or(|name| text(object, "/metadata/name") == Some(name))
                })
        };
        let all: Vec<&Value> =
            self.world.all(self.resource.group, self.resource.plural).filter(here).filter(chosen).collect();
        let from = match self.asked("continue") {
            None | Some("") => 0,
            // A list goes on in the state that it began with, which is kept for as long as nothing else is written.
            Some(token) => match token.split_once(':') {
                Some((version, from)) if version == self.world.version().to_string() => {
                    from.parse().map_err(|_| Refusal::bad_request("the continue key is not valid"))?
                }
                _ => return Err(Refusal::gone()),
            },
        };
        let limit = self.asked("limit").and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0).unwrap_or(PAGE);
        let limit = limit.min(tuning.page_max.unwrap_or(usize::MAX));
        let page: Vec<Value> = all.iter().skip(from).take(limit).map(|object| bare(object)).collect();
        let mut metadata = json!({"resourceVersion": self.world.version().to_string()});
        let left = all.len().saturating_sub(from + page.len());
        if let Some(metadata) = metadata.as_object_mut().filter(|_| left > 0) {
            metadata.insert("continue".to_owned(), format!("{}:{}", self.world.version(), from + page.len()).into());
            metadata.insert("remainingItemCount".to_owned(), left.into());
        }
        let kind = format!("{}List", self.resource.kind);
        Ok((200, json!({"kind": kind, "apiVersion": self.resource.version(), "metadata": metadata, "items": page})))
    }

    fn create(&mut self, body: Value) -> Answer {
        if self.resource.namespaced && self.namespace.is_none() {
            return Err(Refusal::method("create"));
        }
        let mut object = self.received(body, None)?;
        if let Some(prefix) = text(&object, "/metadata/generateName").map(str::to_owned)
            && text(&object, "/metadata/name").is_none()
        {
            let name = format!("{prefix}{}", self.world.ids.lower(5));
            set(&mut object, "metadata", "name", name.into());
        }
        let name = text(&object, "/metadata/name").unwrap_or_default().to_owned();
        // Admission looks at the namespace before the store looks at the name.
        self.place(&name)?;
        if self.world.get(self.resource, self.namespace, &name).is_some() {
            return Err(Refusal::already_exists(self.resource, &name));
        }
        let owned = fields::written_by(&json!({}), object, &self.manager, self.now);
        self.bear(&name, owned).map(|object| (201, object))
    }

    /// Makes an object, once it is known who owns its fields.
    fn bear(&mut self, name: &str, object: Value) -> Result<Value, Refusal> {
        self.place(name)?;
        rules::check(self.resource, &object)?;
        if self.is_rehearsed() {
            return Ok(object);
        }
        let born = self.world.born(self.resource, object, self.now);
        Ok(self.world.put(self.resource, born))
    }

    /// Writes an object that is there.
    fn keep(&mut self, before: &Value, mut after: Value) -> Answer {
        rules::complete(self.resource, &mut after);
        rules::check(self.resource, &after)?;
        rules::check_change(self.resource, before, &after)?;
        if self.is_rehearsed() {
            return Ok((200, after));
        }
        let name = text(&after, "/metadata/name").unwrap_or_default().to_owned();
        // Whoever takes the last finalizer off something that ends, ends it. A namespace is ended by its controller.
        let ends = text(&after, "/metadata/deletionTimestamp").is_some() && !has_finalizers(&after);
        if ends && self.resource.kind != "Namespace" {
            self.world.remove(self.resource, self.namespace, &name);
            return Ok((200, after));
        }
        Ok((200, self.world.put(self.resource, after)))
    }

    fn is_rehearsed(&self) -> bool {
        self.asked("dryRun") == Some("All")
    }

    /// The namespace is there, and does not end.
    fn place(&self, name: &str) -> Result<(), Refusal> {
        let (Some(namespace), Some(namespaces)) = (self.namespace, find("", "namespaces")) else { return Ok(()) };
        let found =
            self.world.get(namespaces, None, namespace).ok_or_else(|| Refusal::not_found(namespaces, namespace))?;
        if text(found, "/metadata/deletionTimestamp").is_some() {
            return Err(Refusal::terminating(self.resource, name, namespace));
        }
        Ok(())
    }

    /// An object as it was sent, at the place that the path names.
    fn received(&self, mut body: Value, name: Option<&str>) -> Result<Value, Refusal> {
        if !body.is_object() {
            return Err(Refusal::bad_request("the body of the request is no object"));
        }
        if text(&body, "/kind").is_some_and(|kind| kind != self.resource.kind) {
            return Err(Refusal::bad_request(&format!("the object provided is no {}", self.resource.kind)));
        }
        if text(&body, "/apiVersion").is_some_and(|version| version != self.resource.version()) {
            return Err(Refusal::bad_request("the API version in the data does not match the expected API version"));
        }
        if let (Some(path), Some(given)) = (name, text(&body, "/metadata/name"))
            && path != given
        {
            return Err(Refusal::bad_request(&format!(
                "the name of the object ({given}) does not match the name on the URL ({path})"
            )));
        }
        if let (Some(path), Some(given)) = (self.namespace, text(&body, "/metadata/namespace"))
            && path != given
        {
            return Err(Refusal::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        if let Some(body) = body.as_object_mut() {
            body.remove("status");
            body.entry("metadata").or_insert_with(|| json!({}));
        }
        if let Some(namespace) = self.namespace {
            set(&mut body, "metadata", "namespace", namespace.into());
        }
        if let Some(name) = name {
            set(&mut body, "metadata", "name", name.into());
        }
        set_top(&mut body, "apiVersion", self.resource.version().into());
        set_top(&mut body, "kind", self.resource.kind.into());
        Ok(body)
    }

    fn apply(&mut self, name: &str, body: Value) -> Answer {
        if self.asked("fieldManager").is_none_or(str::is_empty) {
            return Err(Refusal::bad_request(
                "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
            ));
        }
        if body.pointer("/metadata/managedFields").is_some() {
            return Err(Refusal::bad_request("metadata.managedFields must be nil"));
        }
        let applied = self.received(body, Some(name))?;
        let force = self.asked("force") == Some("true");
        let (manager, now) = (self.manager.clone(), self.now);
        let Some(live) = self.world.get(self.resource, self.namespace, name).cloned() else {
            let born = fields::apply(&applied, &applied, &manager, force, now)
                .map_err(|found| Refusal::foreign_fields(&found))?;
            return self.bear(name, born).map(|object| (201, object));
        };
        self.current(&live, &applied, name)?;
        let merged =
            fields::apply(&live, &applied, &manager, force, now).map_err(|found| Refusal::foreign_fields(&found))?;
        self.keep(&live, merged)
    }

    fn patch(&mut self, name: &str, request: &Request, body: &Value) -> Answer {
        let content =
            request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let live = self.live(name)?;
        let mut after = live.clone();
        match content.split(';').next().unwrap_or_default() {
            // Mappings are merged alike by both; of lists, which differ, none is patched in part here.
            "application/merge-patch+json" | "application/strategic-merge-patch+json" => {
                self.current(&live, body, name)?;
                json_patch::merge(&mut after, body);
            }
            "application/json-patch+json" => {
                let steps: json_patch::Patch =
                    serde_json::from_value(body.clone()).map_err(|error| Refusal::bad_request(&error.to_string()))?;
                json_patch::patch(&mut after, &steps).map_err(|error| Refusal::unfit(&error.to_string()))?;
            }
            _ => return Err(Refusal::media_type(content)),
        }
        let after = self.steady(&live, after);
        let (manager, now) = (self.manager.clone(), self.now);
        self.keep(&live, fields::written_by(&live, after, &manager, now))
    }

    fn replace(&mut self, name: &str, part: Option<&str>, body: Value) -> Answer {
        let live = self.live(name)?;
        if part == Some("finalize") {
            let mut after = live.clone();
            set(
                &mut after,
                "spec",
                "finalizers",
                body.pointer("/spec/finalizers").cloned().unwrap_or_else(|| json!([])),
            );
            let released = after.pointer("/spec/finalizers").and_then(Value::as_array).is_none_or(Vec::is_empty);
            if released && text(&live, "/metadata/deletionTimestamp").is_some() {
                self.world.remove(self.resource, None, name);
                return Ok((200, after));
            }
            return Ok((200, self.world.put(self.resource, after)));
        }
        let received = self.received(body, Some(name))?;
        self.current(&live, &received, name)?;
        let mut after = self.steady(&live, received);
        if let Some(status) = live.get("status") {
            set_top(&mut after, "status", status.clone());
        }
        let (manager, now) = (self.manager.clone(), self.now);
        self.keep(&live, fields::written_by(&live, after, &manager, now))
    }

    fn delete(&mut self, name: &str, options: &Value) -> Answer {
        let live = self.live(name)?;
        if self.resource.kind == "Namespace" && OWN_NAMESPACES.contains(&name) && name != "kube-node-lease" {
            return Err(Refusal::forbidden(self.resource, name, "this namespace may not be deleted"));
        }
        for (wish, held) in [("uid", "/metadata/uid"), ("resourceVersion", "/metadata/resourceVersion")] {
            let wish = options.pointer(&format!("/preconditions/{wish}")).and_then(Value::as_str);
            if wish.is_some_and(|wish| Some(wish) != text(&live, held)) {
                return Err(Refusal::modified(self.resource, name));
            }
        }
        if self.is_rehearsed() {
            return Ok((200, live));
        }
        if self.resource.kind == "Namespace" || has_finalizers(&live) {
            let mut ending = live;
            if text(&ending, "/metadata/deletionTimestamp").is_none() {
                set(&mut ending, "metadata", "deletionTimestamp", fields::moment(self.now).into());
            }
            if self.resource.kind == "Namespace" {
                set(&mut ending, "status", "phase", "Terminating".into());
            }
            return Ok((200, self.world.put(self.resource, ending)));
        }
        self.world.remove(self.resource, self.namespace, name);
        let details = json!({"name": name, "group": self.resource.group, "kind": self.resource.plural, "uid": live.pointer("/metadata/uid")});
        Ok((
            200,
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
        ))
    }

    /// Whoever says which state they read must have read the present one.
    fn current(&self, live: &Value, sent: &Value, name: &str) -> Result<(), Refusal> {
        for pointer in ["/metadata/resourceVersion", "/metadata/uid"] {
            if text(sent, pointer).is_some_and(|read| !read.is_empty() && Some(read) != text(live, pointer)) {
                return Err(Refusal::modified(self.resource, name));
            }
        }
        Ok(())
    }

    /// What no writer changes.
    fn steady(&self, live: &Value, mut after: Value) -> Value {
        for name in
            ["uid", "creationTimestamp", "deletionTimestamp", "managedFields", "resourceVersion", "name", "namespace"]
        {
            match live.pointer(&format!("/metadata/{name}")) {
                Some(held) => set(&mut after, "metadata", name, held.clone()),
                None => {
                    drop(after.get_mut("metadata").and_then(Value::as_object_mut).map(|metadata| metadata.remove(name)))
                }
            }
        }
        after
    }
}
