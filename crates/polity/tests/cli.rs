//! The binary without a cloud: what it says about manifests, arguments and files, and how it exits.

// Clippy takes only functions that are marked as tests for tests; the helpers of this file are part of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/binary.rs"]
mod binary;

use std::{fs, path::Path};

use binary::{folder, polity};
use tempfile::TempDir;

/// A manifest without mistakes, small enough to be read in full.
const ORGANIZATION: &str = "\
kind: organization
name: acme
version: polity/v1
access:
  - {team: platform, role: admin}
---
kind: platform
name: aws
type: aws
management_account: \"111111111111\"
tenant_email: \"aws+{tenant}@acme.example\"
---
kind: landing_zone
name: prod
access:
  - {person: ada, role: viewer, until: 2026-12-31, reason: cut-over}
---
kind: unit
name: commerce
owner: ada
---
kind: project
name: checkout
unit: commerce
tenants:
  - {platform: aws, landing_zone: prod}
---
kind: person
name: ada
given_name: Ada
family_name: Lovelace
email: ada@acme.example
---
kind: team
name: platform
people: [ada]
---
kind: role
name: admin
admin: true
aws: {managed_policies: [arn:aws:iam::aws:policy/AdministratorAccess]}
---
kind: role
name: viewer
aws: {managed_policies: [arn:aws:iam::aws:policy/job-function/ViewOnlyAccess]}
";

#[test]
fn a_manifest_without_mistakes_passes() {
    let folder = folder(&[("org.yaml", ORGANIZATION)]);
    let ran = polity(folder.path(), &["check"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    insta::assert_snapshot!(ran.out, @"no mistakes in 1 file: 1 platform, 1 landing zone, 1 tenant, 1 unit, 1 project, 1 person, 1 team, 2 roles");
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    let wrong = ORGANIZATION.replace("people: [ada]", "people: [adda]").replace("unit: commerce", "unitt: commerce");
    let folder = folder(&[("org/org.yaml", &wrong)]);
    let ran = polity(folder.path(), &["check", "org"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("mistakes", ran.out);
    let ran = polity(folder.path(), &["check", "org", "-o", "github"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.lines().all(|line| line.starts_with("::error file=org/org.yaml,line=")), "{}", ran.out);
}

#[test]
fn machine_outputs_are_json_even_when_there_are_mistakes() {
    let folder = folder(&[("org.yaml", "kind: organisation\n")]);
    for output in ["json", "sarif"] {
        let ran = polity(folder.path(), &["check", "-o", output]);
        assert_eq!(ran.code, 1);
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let version = if output == "json" { "polity.check/v1" } else { "2.1.0" };
        assert_eq!(json["version"], version);
    }
}

#[test]
fn bad_input_is_refused_in_words() {
    let huge = folder(&[("org.yaml", ORGANIZATION)]);
    fs::File::create(huge.path().join("big.yaml")).unwrap().set_len(100 << 20).unwrap();
    let bomb = (0..30).fold(String::from("a0: &a0 [x, x, x]\n"), |text, number| {
        format!("{text}a{}: &a{} [*a{number}, *a{number}, *a{number}]\n", number + 1, number + 1)
    });
    let cases: Vec<(TempDir, &str)> = vec![
        (folder(&[]), "there is no manifest in `.`"),
        (folder(&[("org.yaml", "")]), "organization"),
        (huge, "`big.yaml` is 104 MB large"),
        (folder(&[("org.yaml", &bomb)]), "org.yaml"),
        (folder(&[("org.yaml", "kind: [unclosed\n")]), "org.yaml"),
        (folder(&[("org.yaml", "kind: organization\nname: Zürich 東京\nversion: polity/v1\n")]), "Zürich"),
    ];
    for (folder, expected) in &cases {
        for verb in ["check", "plan"] {
            let ran = polity(folder.path(), &[verb]);
            let said = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, 1, "{expected}: {said}");
            assert!(said.contains(expected), "{expected}: {said}");
            assert!(!said.contains("panicked"), "{said}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let folder = folder(&[]);
    fs::write(folder.path().join("org.yaml"), b"kind: organization\nname: \xff\xfe\n").unwrap();
    let ran = polity(folder.path(), &["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("org.yaml") && ran.out.contains("UTF-8"), "{}", ran.out);
}

#[test]
fn a_missing_folder_names_itself_and_the_way_out() {
    let folder = folder(&[]);
    let ran = polity(folder.path(), &["check", "nowhere"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.err, @r"
    error: the manifest folder `nowhere` cannot be read: no such file or directory
      help: name the folder with `--folder DIR`, or run polity inside it
    ");
    let ran = polity(folder.path(), &["check", "one", "--folder", "other"]);
    assert!(ran.err.contains("two folders are named"), "{}", ran.err);
}

#[test]
fn formatting_is_checked_done_and_done_only_once() {
    let folder =
        folder(&[("org.yaml", "kind: team   # ours\nname: payments\npeople:\n       - ada   \n       - bob\n\n\n\n")]);
    let path = folder.path().join("org.yaml");
    let before = fs::read_to_string(&path).unwrap();
    let ran = polity(folder.path(), &["fmt", "--check"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, "org.yaml\n"));
    assert_eq!(fs::read_to_string(&path).unwrap(), before, "checking writes nothing");
    assert_eq!(polity(folder.path(), &["fmt"]).code, 0);
    let after = fs::read_to_string(&path).unwrap();
    assert!(after.contains("# ours") && after != before, "{after}");
    assert_eq!(polity(folder.path(), &["fmt", "--check"]).code, 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_cannot_be_formatted_is_left_as_it_is() {
    let folder = folder(&[("org.yaml", "kind: [unclosed\n")]);
    let ran = polity(folder.path(), &["fmt"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("left as they are"), "{}", ran.err);
    assert_eq!(fs::read_to_string(folder.path().join("org.yaml")).unwrap(), "kind: [unclosed\n");
}

#[test]
fn the_organization_is_shown_as_trees_and_as_access() {
    let folder = folder(&[("org.yaml", ORGANIZATION)]);
    insta::assert_snapshot!("show", polity(folder.path(), &["show"]).out);
    insta::assert_snapshot!("show_access", polity(folder.path(), &["show", "--person", "ada"]).out);
    let json: serde_json::Value = serde_json::from_str(&polity(folder.path(), &["show", "-o", "json"]).out).unwrap();
    assert_eq!(json["version"], "polity.organization/v1");
    assert_eq!(json["tenants"]["checkout-prod"]["email"], "aws+checkout-prod@acme.example");
    assert_eq!(json["tenants"]["checkout-prod"]["access"][0]["origin"], "org.yaml:16");
    let ran = polity(folder.path(), &["show", "--person", "adda"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("there is no person `adda`") && ran.err.contains("known: ada"), "{}", ran.err);
}

#[test]
fn the_organization_is_drawn() {
    let folder = folder(&[("org.yaml", ORGANIZATION)]);
    let draw = |arguments: &[&str]| polity(folder.path(), &[&["graph"], arguments].concat()).out;
    assert!(draw(&[]).contains("└─ tenant checkout-prod"));
    assert!(draw(&["--of", "units", "-o", "mermaid"]).starts_with("flowchart LR\n"));
    let svg = draw(&["-o", "svg"]);
    assert!(svg.starts_with("<svg ") && svg.contains(">checkout-prod</text>"), "{svg}");
    let json: serde_json::Value = serde_json::from_str(&draw(&["-o", "json"])).unwrap();
    assert_eq!(json["noun"], "organization");
}

#[test]
fn schema_and_permissions_are_json() {
    let folder = folder(&[]);
    let schema: serde_json::Value = serde_json::from_str(&polity(folder.path(), &["schema"]).out).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let policy = |arguments: &[&str]| -> serde_json::Value {
        let ran = polity(folder.path(), &[&["permissions", "aws"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    };
    assert!(policy(&["--read"]).to_string().contains("organizations:ListRoots"));
    assert!(!policy(&["--read"]).to_string().contains("organizations:CreateAccount"));
    assert!(policy(&["--write"]).to_string().contains("organizations:CreateAccount"));
    assert_ne!(policy(&["--read", "--member"]), policy(&["--read"]));
    assert!(policy(&["--remediate"]).to_string().contains("kms:EnableKeyRotation"));
    assert!(!policy(&["--write"]).to_string().contains("kms:EnableKeyRotation"));
}

#[test]
fn help_tells_the_exit_codes_and_wrong_arguments_are_errors() {
    let folder = folder(&[]);
    let ran = polity(folder.path(), &["--help"]);
    assert_eq!(ran.code, 0);
    for line in ["0  nothing to do", "1  error", "2  there are changes", "3  refused", "4  partly", "5  locked"] {
        assert!(ran.out.contains(line), "{line}");
    }
    for wrong in [&["plan", "--colour"][..], &["nonsense"], &["check", "-o", "xml"], &["permissions", "aws"], &[]] {
        let ran = polity(folder.path(), wrong);
        // 2 means "there are changes": a slip on the command line must never look like that.
        assert_eq!(ran.code, 1, "{wrong:?}: {}", ran.err);
    }
}

#[test]
fn every_verb_is_documented() {
    let folder = folder(&[]);
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md")).unwrap();
    let help = polity(folder.path(), &["--help"]).out;
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let verbs: Vec<&str> =
        verbs.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(verbs.len() >= 13, "{verbs:?}");
    for verb in verbs {
        assert!(page.contains(&format!("## polity {verb}")), "docs/commands.md says nothing about `polity {verb}`");
    }
}

#[test]
fn colours_are_only_for_those_who_want_them() {
    let folder = folder(&[("org.yaml", "kind: organisation\n")]);
    assert!(!polity(folder.path(), &["check"]).out.contains('\u{1b}'));
    assert!(polity(folder.path(), &["check", "--color", "always"]).out.contains('\u{1b}'));
}

#[test]
fn a_plan_file_that_is_none_is_refused_before_anything_is_read() {
    let folder = folder(&[("org.yaml", ORGANIZATION), ("old.plan", "{\"version\": \"polity.plan/v0\"}")]);
    let ran = polity(folder.path(), &["apply", "old.plan"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.err, @r"
    error: `old.plan` is not a plan that this version can apply: it has the version `polity.plan/v0`, this is `polity.plan/v1`
      help: make a new one with `polity plan --out FILE`
    ");
    assert!(!folder.path().join(".polity").exists(), "no journal is made for nothing");
    let ran = polity(folder.path(), &["apply", "missing.plan"]);
    assert!(ran.err.contains("`missing.plan` cannot be read: no such file"), "{}", ran.err);
}

#[test]
fn without_credentials_nothing_is_planned() {
    let folder = folder(&[("org.yaml", ORGANIZATION)]);
    let ran = polity(folder.path(), &["plan"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("credentials") && ran.err.contains("help:"), "{}", ran.err);
    assert!(!ran.out.contains("create"), "{}", ran.out);
}

#[test]
fn an_unknown_applier_is_a_slip() {
    let folder = folder(&[("org.yaml", ORGANIZATION)]);
    let ran = polity(folder.path(), &["plan", "--applier", "eve"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("`eve`") || ran.err.contains("credentials"), "{}", ran.err);
}

#[test]
fn a_journal_that_is_not_there_or_none_is_told() {
    let folder = folder(&[("notes.txt", "not a database")]);
    let ran = polity(folder.path(), &["journal", "log"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("there is no journal at `./.polity/journal.db`"), "{}", ran.err);
    let ran = polity(folder.path(), &["journal", "verify", "--journal", "notes.txt"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("`notes.txt`"), "{}", ran.err);
}

#[test]
fn adoption_never_writes_over_anything() {
    let folder = folder(&[("there/a.txt", "")]);
    let adopt = |into: &str, account: &str| {
        polity(folder.path(), &["adopt", "aws", "--into", into, "--name", "acme", "--management-account", account])
    };
    let ran = adopt("there", "111111111111");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the folder `there` is not empty"), "{}", ran.err);
    let ran = adopt("fresh", "eleven");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the arguments cannot be used: ") && ran.err.contains("`eleven`"), "{}", ran.err);
    assert!(!folder.path().join("fresh").exists());
}

#[test]
fn completions_know_the_verbs() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let ran = polity(folder.path(), &["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("permissions"), "{shell}");
    }
}
