//! Secrets that somebody wrote down where they do not belong: counted, never shown.

/// Names of what is secret; compared without case and without what joins words.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secretkey",
    "secretaccesskey",
    "clientsecret",
    "apikey",
    "apisecret",
    "apitoken",
    "authtoken",
    "accesstoken",
    "privatekey",
    "encryptionkey",
    "signingkey",
    "connectionstring",
];
/// What ends with one of these is a secret, unless it says where the secret is.
const ENDINGS: &[&str] = &["secret", "token", "pwd"];
/// Beginnings of well-known credentials, with their least length.
const MARKS: &[(&str, usize)] = &[
    ("AKIA", 20),
    ("ASIA", 20),
    ("ghp_", 36),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("xoxb-", 24),
    ("xoxp-", 24),
    ("sk_live_", 24),
    ("AIza", 35),
];

/// Whether a variable with this name and this value gives a secret away.
pub(crate) fn is_one(name: &str, value: &str) -> bool {
    is_mark(value) || (is_named(name) && !is_elsewhere(value))
}

/// How many secrets stand in a text, line by line.
pub(crate) fn in_text(text: &str) -> i64 {
    let found = text.lines().filter(|line| {
        let assigned = line.split_once(['=', ':']).is_some_and(|(name, value)| {
            let name = name.rsplit(char::is_whitespace).find(|word| !word.is_empty()).unwrap_or_default();
            is_one(name, value.trim().trim_matches(['"', '\'']))
        });
        assigned
            || line
                .split(|character: char| !(character.is_ascii_alphanumeric() || "_-".contains(character)))
                .any(is_mark)
            || line.contains("PRIVATE KEY-----")
    });
    i64::try_from(found.count()).unwrap_or(i64::MAX)
}

/// Whether a variable with this name holds a secret.
pub(crate) fn is_named(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect();
    // What only tells where a secret is, or how long it lives, is none.
    let about = ["arn", "name", "id", "file", "path", "url", "ttl", "length", "policy", "ref", "version"];
    !about.iter().any(|ending| plain.ends_with(ending))
        && (NAMES.iter().any(|known| plain.contains(known)) || ENDINGS.iter().any(|ending| plain.ends_with(ending)))
}

/// Whether a value only says where the real one is, or is none at all.
fn is_elsewhere(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || ["arn:", "${", "$(", "{{", "$", "/run/secrets", "file:", "vault:", "ssm:"]
            .iter()
            .any(|mark| value.starts_with(mark))
        || matches!(value, "true" | "false" | "null" | "0" | "1")
}

fn is_mark(value: &str) -> bool {
    let value = value.trim();
    value.starts_with("-----BEGIN") && value.contains("PRIVATE KEY")
        || MARKS.iter().any(|(mark, least)| {
            value.starts_with(mark)
                && value.len() >= *least
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_well_known_forms_give_secrets_away() {
        for (name, value) in
            [("DB_PASSWORD", "hunter2"), ("apiKey", "x1"), ("GITHUB_TOKEN", "abc"), ("x", "AKIAIOSFODNN7EXAMPLE")]
        {
            assert!(is_one(name, value), "{name}");
        }
        for (name, value) in [
            ("DB_PASSWORD", "${DB_PASSWORD}"),
            ("DB_PASSWORD", "arn:aws:secretsmanager:eu-central-1:1:secret:x"),
            ("SECRET_NAME", "db"),
            ("TOKEN_URL", "https://example.org"),
            ("KEYBOARD", "de"),
            ("PASSWORD_FILE", "/etc/x"),
        ] {
            assert!(!is_one(name, value), "{name}");
        }
        assert_eq!(in_text("#!/bin/sh\nexport DB_PASSWORD=hunter2\ncurl -H 'x: AKIAIOSFODNN7EXAMPLE'\necho ok\n"), 2);
    }
}
