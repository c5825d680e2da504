//! Starter organizations: from a handful of answers to the files of a manifest. Pure; `commands/init.rs` asks and writes.
//!
//! The templates are manifests themselves, correct as they stand; what is particular to whoever begins is written in them
//! as the placeholders below, and replaced.

use clap::ValueEnum;
use polity_manifest::File;

use crate::embedded::{self, Folder};

/// Which starter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// One team: a production and a development account, five guardrails
    Team,
    /// A mid-size company: units, nested teams, security and shared accounts, budgets, quarantine
    Company,
    /// An enterprise under regulation: duties separated, data classified, a full set of guardrails, break-glass
    Regulated,
}

impl Profile {
    /// Its name, as on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Company => "company",
            Self::Regulated => "regulated",
        }
    }

    fn folder(self) -> Folder {
        match self {
            Self::Team => embedded::TEAM,
            Self::Company => embedded::COMPANY,
            Self::Regulated => embedded::REGULATED,
        }
    }
}

/// What whoever begins has answered. Each member has passed its check below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) profile: Profile,
    pub(crate) name: String,
    pub(crate) management_account: String,
    pub(crate) domain: String,
    pub(crate) region: String,
    pub(crate) admin: Admin,
}

/// The first administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admin {
    given: String,
    family: String,
}

impl Admin {
    /// From `Given Family`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let admin = match words.as_slice() {
            [given @ .., family] if !given.is_empty() => Self { given: given.join(" "), family: (*family).to_owned() },
            _ => return Err(format!("`{text}` is not a given and a family name, such as `Ada Lovelace`")),
        };
        if text.chars().any(char::is_control) || text.len() > 100 {
            return Err("a name has at most 100 characters, and none that cannot be printed".to_owned());
        }
        Ok(admin)
    }

    /// The name in the manifest: letters, digits and hyphens.
    fn slug(&self) -> String {
        let words = format!("{} {}", self.given, self.family).to_lowercase();
        let words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let slug = words.collect::<Vec<_>>().join("-");
        // Names in other scripts leave nothing to spell an identifier with.
        if slug.starts_with(|c: char| c.is_ascii_lowercase()) { slug } else { "administrator".to_owned() }
    }
}

/// Twelve digits.
pub(crate) fn management_account(text: &str) -> Result<String, String> {
    let bare: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    if bare.len() == 12 && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(bare);
    }
    Err(format!("`{text}` is not the number of an account: twelve digits, as `aws sts get-caller-identity` prints"))
}

/// A domain that receives mail.
pub(crate) fn domain(text: &str) -> Result<String, String> {
    let domain = text.trim_start_matches('@').to_ascii_lowercase();
    let label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    };
    if domain.len() <= 200 && domain.contains('.') && domain.split('.').all(label) {
        return Ok(domain);
    }
    Err(format!("`{text}` is not a domain such as `example.org`"))
}

/// The name of the organization.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.len() <= 100 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(inside) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`{text}` is not a name: letters (a to z), digits, `-`, `_` and `.`, at most 100, a letter or digit first"
    ))
}

/// A region that the platform has.
pub(crate) fn region(text: &str, known: &[&'static str]) -> Result<String, String> {
    if known.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is not a region such as `eu-central-1`"))
}

/// The files of the starter, in canonical layout.
pub(crate) fn files(answers: &Answers) -> Vec<File> {
    embedded::files(answers.profile.folder()).into_iter().map(|file| fill(file, answers)).collect()
}

fn fill(file: File, answers: &Answers) -> File {
    let slug = answers.admin.slug();
    let mailbox = format!("{}@{}", slug.replace('-', "."), answers.domain);
    // In this order: the first one holds two of the others.
    let places = [
        ("first-admin@my-domain.example", mailbox),
        ("my-domain.example", answers.domain.clone()),
        ("name: my-organization\n", format!("name: {}\n", scalar(&answers.name))),
        ("\"000000000000\"", format!("\"{}\"", answers.management_account)),
        ("us-east-1", answers.region.clone()),
        ("given_name: First\n", format!("given_name: {}\n", scalar(&answers.admin.given))),
        ("family_name: Admin\n", format!("family_name: {}\n", scalar(&answers.admin.family))),
        ("first-admin", slug),
    ];
    let text = String::from_utf8_lossy(&file.bytes).into_owned();
    let text = places.iter().fold(text, |text, (place, value)| text.replace(place, value));
    let filled = File { bytes: text.into_bytes(), ..file };
    // Values of another length may want another layout.
    match polity_manifest::format(&filled) {
        Ok(text) => File { bytes: text.into_bytes(), ..filled },
        Err(_) => filled,
    }
}

/// Text as a YAML scalar: in quotes unless it can be nothing else than text.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "nan" | "inf");
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use polity_model::organization::Organization;

    use super::*;
    use crate::clouds;

    fn answers(profile: Profile) -> Answers {
        Answers {
            profile,
            name: "acme".to_owned(),
            management_account: "111122223333".to_owned(),
            domain: "acme.example".to_owned(),
            region: "eu-central-1".to_owned(),
            admin: Admin::parse("Grace Brewster Hopper").unwrap(),
        }
    }

    #[track_caller]
    fn read(answers: &Answers) -> Organization {
        let files = files(answers);
        for file in &files {
            let text = String::from_utf8(file.bytes.clone()).unwrap();
            assert_eq!(polity_manifest::format(file).unwrap(), text, "{}", file.path);
            for left in ["my-organization", "my-domain", "first-admin", "000000000000", "us-east-1"] {
                assert!(!text.contains(left), "{}: `{left}` was not replaced", file.path);
            }
        }
        let reading = polity_manifest::read(&files, &clouds::vocabulary(), "2026-11-22".parse().unwrap());
        assert_eq!(reading.diagnostics, [], "a starter has neither mistakes nor warnings");
        reading.organization.unwrap()
    }

    #[test]
    fn every_profile_is_a_manifest_without_mistakes() {
        for profile in Profile::value_variants() {
            let organization = read(&answers(*profile));
            assert_eq!(organization.name, "acme");
            let admin = &organization.people["grace-brewster-hopper"];
            assert_eq!(admin.email, "grace.brewster.hopper@acme.example");
            assert!(
                organization.tenants.values().all(|tenant| tenant.email.as_deref().unwrap().ends_with("@acme.example"))
            );
        }
    }

    #[test]
    fn templates_are_correct_as_they_stand() {
        for profile in Profile::value_variants() {
            for file in embedded::files(profile.folder()) {
                assert_eq!(polity_manifest::format(&file).unwrap().into_bytes(), file.bytes, "{}", file.path);
            }
        }
    }

    #[test]
    fn every_template_teaches() {
        for profile in Profile::value_variants() {
            for (path, text) in profile.folder() {
                assert!(text.contains("# "), "{}/{path} has no comment", profile.name());
            }
        }
    }

    #[test]
    fn odd_answers_stay_text() {
        for (name, admin) in
            [("123", "Jürgen O'Neil: x"), ("null", "\"Quoted\" {flow}"), ("1e5", "山田 太郎"), ("no", "- dash")]
        {
            let organization = read(&Answers {
                name: super::name(name).unwrap(),
                admin: Admin::parse(admin).unwrap(),
                ..answers(Profile::Team)
            });
            assert_eq!(organization.name, name);
            assert!(organization.people.values().any(|person| person.display_name == admin), "{admin}");
        }
    }

    #[test]
    fn a_slip_is_told_by_the_value_and_by_what_was_expected() {
        assert_eq!(super::management_account("1111-2222-3333").unwrap(), "111122223333");
        assert_eq!(super::domain("@Example.ORG").unwrap(), "example.org");
        let slips = [
            super::management_account("12345"),
            super::domain("localhost"),
            super::domain("-a.example"),
            super::name("zürich"),
            super::name(""),
            super::region("mars-1", &["eu-central-1"]),
            Admin::parse("Cher").map(|admin| admin.slug()),
        ];
        for slip in slips {
            let reason = slip.unwrap_err();
            assert!(reason.starts_with('`') && reason.contains("` is not "), "{reason}");
        }
    }
}
