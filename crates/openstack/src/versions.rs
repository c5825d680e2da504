//! Versions: which major version an endpoint is addressed by, which micro-version of it we speak, and whether a server has it.
//!
//! A catalog may name an endpoint with its version or without. A micro-version fixes what answers look like, whatever the
//! server's newest is; the ones asked for here are years old, so that every supported release has them.

use polity_provider::{Error, Problem, Wire};
use serde_json::Value as Json;

/// One version of an API, as its server describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    /// `v3.14`, `v2.1`.
    pub(crate) id: String,
    /// Newest micro-version, if it has any.
    pub(crate) newest: Option<String>,
}

/// Least version of Keystone: the one with project tags, limits and options of resources.
const IDENTITY: (u32, u32) = (3, 11);

/// An endpoint with the version that we speak.
pub(crate) fn versioned(service: &str, url: &str) -> String {
    let url = url.trim_end_matches('/');
    let (segment, path) = match service {
        "identity" => ("v3", "/v3"),
        "network" => ("v2.0", "/v2.0"),
        "compute" => ("v2.1", "/v2.1"),
        _ => ("v3", "/v3"),
    };
    match url.split('/').skip(3).any(|part| part == segment) {
        true => url.to_owned(),
        false => format!("{url}{path}"),
    }
}

/// What the header asks for.
pub(crate) fn micro_version(service: &str) -> Option<&'static str> {
    match service {
        // From here on a quota of Nova is about Nova alone.
        "compute" => Some("compute 2.57"),
        "block-storage" => Some("volume 3.40"),
        _ => None,
    }
}

/// All versions that a server describes at its address.
pub(crate) async fn discover(wire: &Wire, platform: &str, url: &str) -> Result<Vec<Version>, Error> {
    let request = http::Request::get(url).header("accept", "application/json").body(Vec::new());
    let request = request.map_err(|error| Error::new(Problem::Invalid, "asking for versions", error.to_string()))?;
    let reply = wire.send_plain_to(platform, request).await?;
    // `300` is how a list of several versions is answered.
    if !matches!(reply.status, 200 | 300) {
        let why = format!("`{url}` answers with the status {} instead of its versions", reply.status);
        return Err(Error::new(Problem::Unsupported, "asking for versions", why));
    }
    Ok(serde_json::from_slice(&reply.body).map(|body| listed(&body)).unwrap_or_default())
}

fn listed(body: &Json) -> Vec<Version> {
    let several = body.get("versions");
    let several = several.and_then(|versions| versions.get("values").or(Some(versions))).and_then(Json::as_array);
    let one = body.get("version");
    let text = |version: &Json, name: &str| {
        version.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    several
        .into_iter()
        .flatten()
        .chain(one)
        .filter_map(|version| Some(Version { id: text(version, "id")?, newest: text(version, "version") }))
        .collect()
}

/// Makes sure that a Keystone is new enough.
pub(crate) async fn require_identity(wire: &Wire, platform: &str, base: &str) -> Result<(), Error> {
    let url = versioned("identity", base);
    let versions = discover(wire, platform, &url).await?;
    let newest = versions.iter().filter_map(|version| numbers(&version.id)).max();
    match newest {
        Some(found) if found >= IDENTITY => Ok(()),
        // Some front ends hide it; the calls themselves will tell.
        None => Ok(()),
        Some((major, minor)) => {
            let (least_major, least_minor) = IDENTITY;
            let why = format!(
                "the Keystone at `{base}` has version {major}.{minor}, and {least_major}.{least_minor} is needed"
            );
            Err(Error::new(Problem::Unsupported, "asking for versions", why)
                .help("that is the release Rocky (2018) or newer: update Keystone"))
        }
    }
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.trim_start_matches('v').split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_version_is_added_only_where_the_catalog_has_none() {
        for (service, url, expected) in [
            ("identity", "https://c.example/identity", "https://c.example/identity/v3"),
            ("identity", "https://c.example:5000/v3/", "https://c.example:5000/v3"),
            ("network", "https://c.example:9696", "https://c.example:9696/v2.0"),
            ("compute", "https://c.example/v2.1/0123", "https://c.example/v2.1/0123"),
            ("block-storage", "https://v3.example/", "https://v3.example/v3"),
        ] {
            assert_eq!(versioned(service, url), expected);
        }
    }

    #[test]
    fn servers_describe_their_versions_in_three_ways() {
        let one = listed(&json!({"version": {"id": "v2.1", "version": "2.96", "min_version": "2.1"}}));
        assert_eq!(one, [Version { id: "v2.1".into(), newest: Some("2.96".into()) }]);
        let values = listed(&json!({"versions": {"values": [{"id": "v3.14", "status": "stable"}]}}));
        assert_eq!(values, [Version { id: "v3.14".into(), newest: None }]);
        assert_eq!(listed(&json!({"versions": [{"id": "v3.0", "version": "3.71"}]})).len(), 1);
        assert_eq!(listed(&json!([])).len(), 0);
        assert_eq!(numbers("v3.14"), Some((3, 14)));
        assert_eq!(numbers("latest"), None);
    }
}
