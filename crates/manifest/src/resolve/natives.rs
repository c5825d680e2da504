//! What becomes native objects: do the sections exist that are needed, and do no two objects want one name?

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polity_model::{
    Diagnostic, Origin, Value,
    organization::{Guardrail, LifeState, Named, Organization},
};

use crate::syntax::Draft;

pub(super) fn check(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let organization = &draft.organization;
    attachments(organization, diagnostics);
    let title = |name: &str, title: &Option<String>| title.clone().unwrap_or_else(|| name.to_owned());
    let roles = organization.roles.values().map(|role| (title(&role.name, &role.title), &role.name, &role.origin));
    same_name("role", roles, diagnostics);
    let teams = organization.teams.values().map(|team| (title(&team.name, &team.title), &team.name, &team.origin));
    same_name("team", teams, diagnostics);
    guardrail_names(organization, diagnostics);
    logins(organization, diagnostics);
}

/// A guardrail without a document for the platform where it is attached would prevent nothing there.
fn attachments(organization: &Organization, diagnostics: &mut Vec<Diagnostic>) {
    let all: BTreeSet<&str> = organization.platforms.values().map(|platform| platform.kind.as_str()).collect();
    let kind = |platform: &Named| organization.platforms.get(&platform.name).map(|platform| platform.kind.as_str());
    let mut check = |attached: &[Named], kinds: &BTreeSet<&str>, place: &dyn Fn() -> String| {
        for named in attached {
            let Some(guardrail) = organization.guardrail_documents.get(&named.name) else { continue };
            let known = guardrail.native.keys().any(|section| kinds.contains(section.as_str()));
            if !known && !kinds.is_empty() {
                diagnostics.push(without_section(guardrail, named, kinds, &place()));
            }
        }
    };
    check(&organization.guardrails, &all, &|| "any platform".to_owned());
    for zone in organization.landing_zones.values() {
        let kinds =
            if zone.platforms.is_empty() { all.clone() } else { zone.platforms.iter().filter_map(kind).collect() };
        check(&zone.guardrails, &kinds, &|| format!("the platforms of `{}`", zone.name));
    }
    for tenant in organization.tenants.values().filter(|tenant| !tenant.guardrails.is_empty()) {
        let kinds = kind(&tenant.platform).into_iter().collect();
        check(&tenant.guardrails, &kinds, &|| format!("the platform `{}`", tenant.platform.name));
    }
}

fn without_section(guardrail: &Guardrail, named: &Named, kinds: &BTreeSet<&str>, place: &str) -> Diagnostic {
    let message = format!("the guardrail `{}` has no document for {place}: it would prevent nothing here", named.name);
    let section = kinds.first().copied().unwrap_or_default();
    Diagnostic::error("guardrail-without-section", &named.origin, message)
        .related(&guardrail.origin, "the guardrail")
        .help(format!("write a section `{section}:` in the guardrail, or do not attach it here"))
}

fn same_name<'o>(
    noun: &str,
    objects: impl Iterator<Item = (String, &'o String, &'o Origin)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<String, (&str, &Origin)> = BTreeMap::new();
    for (title, name, origin) in objects {
        match seen.get(&title.to_lowercase()) {
            Some((other, first)) => {
                let message = format!("the {noun}s `{other}` and `{name}` have the same native name `{title}`");
                diagnostics.push(
                    Diagnostic::error("same-title", origin, message)
                        .related(first, "the other one")
                        .help("write another `title` for one of them"),
                );
            }
            None => drop(seen.insert(title.to_lowercase(), (name, origin))),
        }
    }
}

/// Guardrails of one name may stand side by side on a platform only where its documents have types, and these differ.
fn guardrail_names(organization: &Organization, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<(&str, &str, Option<&Value>), &Guardrail> = BTreeMap::new();
    for guardrail in organization.guardrail_documents.values() {
        let title = guardrail.title.as_deref().unwrap_or(&guardrail.name);
        for (kind, section) in &guardrail.native {
            let key = (title, kind.as_str(), section.value.get("type"));
            if let Some(other) = seen.get(&key) {
                let message = format!(
                    "the guardrails `{}` and `{}` have the same native name `{title}`",
                    other.name, guardrail.name
                );
                diagnostics.push(
                    Diagnostic::error("same-title", &guardrail.origin, message)
                        .related(&other.origin, "the other one")
                        .help("write another `title` for one of them"),
                );
            } else {
                seen.insert(key, guardrail);
            }
        }
    }
}

/// A login name belongs to one person, whatever its case; so, most likely, does an e-mail address.
fn logins(organization: &Organization, diagnostics: &mut Vec<Diagnostic>) {
    let mut logins: HashMap<String, &Origin> = HashMap::new();
    let mut emails: HashMap<String, &Origin> = HashMap::new();
    for person in organization.people.values().filter(|person| person.state == LifeState::Active) {
        if person.user_name.is_empty() {
            continue; // its address was wrong, which was said
        }
        let email_again = emails.insert(person.email.to_lowercase(), &person.origin);
        if let Some(first) = logins.insert(person.user_name.to_lowercase(), &person.origin) {
            let message = format!("two people have the login name `{}`", person.user_name);
            diagnostics.push(
                Diagnostic::error("duplicate-login", &person.origin, message)
                    .related(first, "the other person")
                    .help("write another `user_name` or `email`; upper and lower case mean the same"),
            );
        } else if let Some(first) = email_again {
            let message = format!("two people have the address `{}`", person.email);
            diagnostics.push(
                Diagnostic::warning("duplicate-login", &person.origin, message)
                    .related(first, "the other person")
                    .help("write the address of each person"),
            );
        }
    }
}
