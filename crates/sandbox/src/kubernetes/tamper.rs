//! What somebody does by hand, as the scenario tells: a verb and a resource, with namespace, name and body as input.
//!
//! ```yaml
//! call: {service: kubernetes, operation: patch namespaces, input: {name: shop, body: {metadata: {labels: {team: other}}}}}
//! ```

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    SERVICE,
    object::text,
    route::{RESOURCES, Route},
    verbs,
    world::World,
};
use crate::{
    cloud::{Access, Handled, Request, Tuning},
    scenario::Hand,
};

/// Does it; `None` when it is no service of a cluster.
pub(super) fn tamper(world: &mut World, hand: &Hand, now: Timestamp) -> Option<Handled> {
    if hand.call.service != SERVICE {
        return None;
    }
    let done = request(hand).and_then(|request| {
        let route = Route::of(&request).ok_or("this leads nowhere")?;
        let body = hand.call.input.get("body").cloned().unwrap_or_default();
        let answered = verbs::answer(world, &route, &request, body, &Tuning::default(), now);
        answered.map(drop).map_err(|refusal| format!("{}: {}", refusal.reason, refusal.message))
    });
    Some(Handled {
        service: SERVICE,
        access: Access::Write,
        place: world.name.clone(),
        region: String::new(),
        failed: done.err(),
    })
}

fn request(hand: &Hand) -> Result<Request, String> {
    let (verb, plural) =
        hand.call.operation.split_once(' ').ok_or("an operation is a verb and a resource: `delete roles`")?;
    let resource = RESOURCES.iter().find(|known| known.plural == plural);
    let resource = resource.ok_or_else(|| format!("the sandbox has no resource `{plural}`"))?;
    let (namespace, name) = (text(&hand.call.input, "/namespace"), text(&hand.call.input, "/name"));
    let (method, content) = match verb {
        "create" => (Method::POST, "application/json"),
        "replace" => (Method::PUT, "application/json"),
        "patch" => (Method::PATCH, "application/merge-patch+json"),
        "delete" => (Method::DELETE, "application/json"),
        other => {
            return Err(format!("`{other}` is nothing that somebody does by hand: create, replace, patch or delete"));
        }
    };
    let root = if resource.group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{}/v1", resource.group) };
    let within = namespace.map_or_else(String::new, |namespace| format!("/namespaces/{namespace}"));
    let last = name.filter(|_| verb != "create").map_or_else(String::new, |name| format!("/{name}"));
    http::Request::builder()
        .method(method)
        .uri(format!("{root}{within}/{plural}{last}?fieldManager={}", hand.by))
        .header(http::header::CONTENT_TYPE, content)
        .body(Bytes::from(hand.call.input.get("body").map_or_else(String::new, Value::to_string)))
        .map_err(|error| error.to_string())
}
