//! Which crate may know which: four floors, no arrow up, no circle.

use super::{Breach, File};

/// Every crate and those it may depend on. A new arrow is a decision record and a line here.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("manifest", &["model"]),
    ("planner", &["model"]),
    ("controls", &["model"]),
    ("provider", &["model"]),
    ("engine", &["model", "manifest", "planner", "controls", "provider"]),
    ("aws", &["model", "controls", "provider"]),
    ("kubernetes", &["model", "provider"]),
    ("openstack", &["model", "provider"]),
    ("sandbox", &["model"]),
    ("iac", &["model"]),
    (
        "polity",
        &[
            "model",
            "manifest",
            "planner",
            "controls",
            "provider",
            "engine",
            "aws",
            "kubernetes",
            "openstack",
            "sandbox",
            "iac",
        ],
    ),
];

/// Arrows of tests alone: they too point down.
const TEST_ARROWS: &[(&str, &[&str])] = &[
    ("aws", &["manifest", "planner"]),
    ("kubernetes", &["manifest", "planner"]),
    ("openstack", &["manifest", "planner"]),
    ("controls", &["manifest"]),
];

/// Checks one `Cargo.toml` of a crate.
pub(super) fn check(file: &File, breaches: &mut Vec<Breach>) {
    let Some(room) = file.path.strip_prefix("crates/").and_then(|path| path.strip_suffix("/Cargo.toml")) else {
        return;
    };
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
        let message = format!("`{room}` has no place in the house: see ARCHITECTURE.md and xtask/src/tidy/arrows.rs");
        breaches.push(Breach::new(&file.path, 1, "arrows", message));
        return;
    };
    let in_tests = TEST_ARROWS.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, known)| known);
    let (mut dependencies, mut tests) = (false, false);
    for (index, line) in file.text.lines().enumerate() {
        if line.starts_with('[') {
            dependencies = line.contains("dependencies");
            tests = line.contains("dev-dependencies");
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        let Some(known) = name.strip_prefix("polity-").filter(|_| dependencies) else { continue };
        let in_order = allowed.contains(&known) || tests && in_tests.contains(&known);
        if !in_order {
            let message = format!("`{room}` may not know `{known}`");
            breaches.push(Breach::new(&file.path, index + 1, "arrows", message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        let mut breaches = Vec::new();
        check(&File { path: path.into(), text: text.into() }, &mut breaches);
        breaches.len()
    }

    #[test]
    fn arrows_point_down() {
        let aws = "[package]\nname = \"polity-aws\"\n[dependencies]\npolity-model.workspace = true\n";
        assert_eq!(count("crates/aws/Cargo.toml", aws), 0);
        let up = format!("{aws}polity-engine.workspace = true\n");
        assert_eq!(count("crates/aws/Cargo.toml", &up), 1);
        let tests = format!("{aws}[dev-dependencies]\npolity-engine = {{ path = \"../engine\" }}\n");
        assert_eq!(count("crates/aws/Cargo.toml", &tests), 1);
        assert_eq!(count("crates/other/Cargo.toml", aws), 1);
    }
}
