//! What somebody does by hand, as the scenario tells: method and path as the service has them, the body as input, and
//! `${project:shop}` wherever an id stands.
//!
//! ```yaml
//! call: {service: identity, operation: "PATCH /projects/${project:shop}", input: {project: {enabled: false}}}
//! ```

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    route::{SERVICES, Way},
    turn::Turn,
    world::World,
};
use crate::{
    cloud::{Access, Handled, Tuning},
    scenario::Hand,
};

/// Does it; `None` when it is no service of an OpenStack.
pub(super) fn tamper(world: &mut World, hand: &Hand, now: Timestamp) -> Option<Handled> {
    let (prefix, version, service) = *SERVICES.iter().find(|(.., known)| *known == hand.call.service)?;
    let failed = act(world, hand, &format!("/{prefix}/{version}"), now).err();
    Some(Handled { service, access: Access::Write, place: "openstack".to_owned(), region: String::new(), failed })
}

fn act(world: &mut World, hand: &Hand, root: &str, now: Timestamp) -> Result<(), String> {
    let operation = resolved(world, &hand.call.operation)?;
    let (method, path) =
        operation.split_once(' ').ok_or("an operation is a method and a path: `DELETE /users/${user:ada}`")?;
    let body = match &hand.call.input {
        Value::Null => String::new(),
        input => resolved(world, &input.to_string())?,
    };
    let request = http::Request::builder().method(method).uri(format!("http://sandbox{root}{path}"));
    let request = request.body(Bytes::from(body)).map_err(|error| error.to_string())?;
    let way = Way::of(&request).ok_or("this leads nowhere")?;
    let run = way.operation.ok_or_else(|| format!("the sandbox does not simulate `{method} {path}`"))?.run;
    let parts: Vec<&str> = way.parts.iter().map(String::as_str).collect();
    let tuning = Tuning::default();
    let answered = Turn::new(world, &request, &tuning, now, way.service).and_then(|mut turn| run(&mut turn, &parts));
    answered.map(drop).map_err(|refusal| format!("{}: {}", refusal.code(), refusal.message))
}

/// A text with the ids of what it names.
fn resolved(world: &World, text: &str) -> Result<String, String> {
    let (mut resolved, mut rest) = (String::new(), text);
    while let Some((before, from)) = rest.split_once("${") {
        let (reference, behind) =
            from.split_once('}').ok_or_else(|| format!("`{text}` has a `${{` without its end"))?;
        let (noun, name) = reference.split_once(':').unwrap_or((reference, ""));
        let mut found = world.ids_where(&format!("{noun}s"), "name", name).into_iter();
        match (found.next(), found.next()) {
            (Some(id), None) => resolved.push_str(&format!("{before}{id}")),
            (Some(_), Some(_)) => return Err(format!("`${{{reference}}}` names several")),
            (None, _) => return Err(format!("`${{{reference}}}` names nothing")),
        }
        rest = behind;
    }
    Ok(resolved + rest)
}
