//! Secrets that stand in the open: how many there are in a text or in named values. They are counted, never kept.

/// What a name has in it whose value is a secret.
const NAMES: &[&str] = &["password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "access_key"];
/// Starts of values that only point to a secret.
const POINTERS: &[&str] = &["arn:", "{{resolve:", "${", "$(", "ssm:", "http://", "https://", "/"];
const LEAST: usize = 8;

/// How many secrets are in a text such as a script.
pub(super) fn in_text(text: &str) -> i64 {
    let lines = text.lines().filter(|line| {
        line.contains("-----BEGIN") && line.contains("PRIVATE KEY") || has_key_id(line) || assigns(line)
    });
    i64::try_from(lines.count()).unwrap_or(i64::MAX)
}

/// How many of these named values are secrets.
pub(super) fn in_values<'v>(values: impl IntoIterator<Item = (&'v str, &'v str)>) -> i64 {
    let found = values.into_iter().filter(|(name, value)| is_secret(name, value) || has_key_id(value));
    i64::try_from(found.count()).unwrap_or(i64::MAX)
}

fn is_secret(name: &str, value: &str) -> bool {
    let (name, value) = (name.to_lowercase(), value.trim().trim_matches(['"', '\'']));
    let names = NAMES.iter().any(|word| name.contains(word));
    let points = name.ends_with("_arn") || name.ends_with("_name") || name.ends_with("_id") || name.ends_with("_path");
    names && !points && value.len() >= LEAST && !POINTERS.iter().any(|start| value.starts_with(start))
}

/// `NAME=value` or `name: value`, with `export` or `set` before it or not.
fn assigns(line: &str) -> bool {
    let Some((left, right)) = line.split_once('=').or_else(|| line.split_once(": ")) else { return false };
    let Some(name) = left.split_whitespace().last() else { return false };
    is_secret(name.trim_matches(['"', '\'']), right.split_whitespace().next().unwrap_or_default())
}

/// Whether the id of a long-lived access key of AWS is in it.
fn has_key_id(text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.into_iter().any(|word| {
        word.len() == 20
            && word.starts_with("AKIA")
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_counted_and_pointers_to_them_are_not() {
        let script = "#!/bin/sh\nexport DB_PASSWORD=\"correct-horse\"\nid=AKIAIOSFODNN7EXAMPLE\n-----BEGIN RSA PRIVATE KEY-----\n";
        assert_eq!(in_text(script), 3);
        assert_eq!(in_text("echo hello\nPASSWORD=$(get)\nTOKEN=\nsecret_arn=arn:aws:secretsmanager:x\n# a = b\n"), 0);
        let values = [
            ("DB_PASSWORD", "hunter2-hunter2"),
            ("SECRET_ARN", "arn:aws:x"),
            ("TOKEN", "{{resolve:ssm:x}}"),
            ("MODE", "fast"),
        ];
        assert_eq!(in_values(values), 1);
    }
}
