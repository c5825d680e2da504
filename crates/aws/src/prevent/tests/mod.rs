//! What controls come to on AWS, whole: words, guardrails, their proof, and who would have been stopped.

mod catalog;
mod guardrails;
mod laws;
mod replays;
mod words;

use polity_controls::{catalog::Catalog, rules::Rules};
use polity_model::{Diagnostic, organization::Organization, vocabulary::Vocabulary};

use super::{Compiled, compile};

/// A manifest with one platform of ours, and controls in it.
pub(super) struct Story {
    pub(super) organization: Organization,
    pub(super) rules: Rules,
}

/// What every manifest of these tests begins with.
pub(super) const START: &str = r#"
kind: organization
name: acme
version: polity/v1
break_glass: {person: ada, role: glass}
---
kind: platform
name: aws
type: aws
management_account: "111111111111"
tenant_email: "aws+{tenant}@acme.example"
---
kind: person
name: ada
given_name: Ada
family_name: Lovelace
email: ada@acme.example
---
kind: role
name: glass
admin: true
aws: {managed_policies: [AdministratorAccess]}
---
kind: unit
name: shop
owner: ada
---
"#;

/// Reads a manifest of these documents. The rest of [`START`]'s organization can be written first.
pub(super) fn story(rest: &str) -> Story {
    let text = format!("{START}{rest}");
    let files = [polity_manifest::File { path: "acme.yaml".to_owned(), bytes: text.into_bytes() }];
    let vocabulary = Vocabulary { types: [("aws".to_owned(), crate::vocabulary::platform_type())].into() };
    let reading = polity_manifest::read(&files, &vocabulary, "2026-11-22".parse().unwrap());
    let organization = reading.organization.unwrap_or_else(|| panic!("{:#?}", told(&reading.diagnostics)));
    let (catalog, wrong) = Catalog::read(&organization.control_documents);
    assert!(wrong.is_empty(), "{:#?}", told(&wrong));
    let (rules, wrong) = Rules::resolve(&organization, &catalog);
    assert!(!wrong.iter().any(Diagnostic::is_error), "{:#?}", told(&wrong));
    Story { organization, rules }
}

impl Story {
    pub(super) fn compiled(&self) -> Compiled {
        compile(&self.organization, &self.rules)
    }
}

pub(super) fn told(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|one| format!("{} {}: {}; {}", one.at.origin, one.code, one.message, one.help.as_deref().unwrap_or("-")))
        .collect()
}

/// A control of this name.
pub(super) fn control(name: &str, more: &str, prevent: &str) -> String {
    format!(
        "---\nkind: control\nname: {name}\ntitle: A title\nstatement: A statement.\nseverity: high\n{more}prevent:\n  aws:\n{prevent}\n"
    )
}
