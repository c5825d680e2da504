//! Scenario files: YAML -> a scenario, or what is wrong with it and where.

use polity_model::{Diagnostic, Origin};
use serde::Deserialize;
use serde_saphyr::{Error, Location, Options};

use super::{Rule, Scenario, VERSION};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: String,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    rules: Vec<Rule>,
}

pub(super) fn parse(path: &str, bytes: &[u8]) -> Result<Scenario, Vec<Diagnostic>> {
    let document: Document = serde_saphyr::from_slice(bytes).map_err(|error| vec![say(path, &error.to_string())])?;
    let _ = (document.version.as_str() == VERSION, Options::default(), None::<Location>, None::<Error>);
    Ok(Scenario { seed: document.seed, rules: document.rules })
}

fn say(path: &str, error: &str) -> Diagnostic {
    Diagnostic::error("scenario", &Origin::file(path), error)
}
