//! Versions, which anybody may ask for.

use serde_json::{Value, json};

use super::{
    COMPUTE, IDENTITY, NETWORK,
    route::SERVICES,
    turn::{Told, Turn},
};

/// What a service says of itself, at its own address and at that of its version.
pub(super) fn answer(turn: &Turn<'_>, service: &'static str) -> Told {
    let Some((prefix, version, _)) = SERVICES.iter().find(|(.., known)| *known == service) else {
        return Told::done();
    };
    let links = json!([{"rel": "self", "href": format!("{}/{prefix}/{version}/", turn.base)}]);
    let one = match service {
        IDENTITY => json!({
            "id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z", "links": links,
            "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
        }),
        NETWORK => json!({"id": version, "status": "CURRENT", "links": links}),
        COMPUTE => json!({
            "id": version, "status": "CURRENT", "version": "2.96", "min_version": "2.1", "updated": "2013-07-23T11:33:21Z",
            "links": links,
        }),
        _ => json!({
            "id": "v3.0", "status": "CURRENT", "version": "3.71", "min_version": "3.0", "updated": "2023-08-31T00:00:00Z",
            "links": links,
        }),
    };
    if turn.is_at_version(version) {
        return Told::ok(json!({"version": one}));
    }
    let all: Value = if service == IDENTITY { json!({"values": [one]}) } else { json!([one]) };
    Told::new(if service == NETWORK { 200 } else { 300 }, json!({"versions": all}))
}
