//! Takes secrets out of whatever is kept or shown. Works on names, not on values: a header, parameter, JSON member or
//! XML element that is named like a secret loses its content.

use std::borrow::Cow;

use serde_json::Value as Json;

/// What stands where a secret was.
pub const REDACTED: &str = "(redacted)";

/// Names that hold a secret wherever they stand, in lower case and without separators.
const SECRET_NAMES: &[&str] = &["authorization", "cookie", "setcookie", "password", "passphrase", "secret", "idtoken"];

/// Names that end like this hold a secret. Narrow on purpose: page tokens and idempotency tokens are no secrets, and
/// a tape without them could not be replayed.
const SECRET_ENDINGS: &[&str] = &[
    "authorization",
    "securitytoken",
    "sessiontoken",
    "accesstoken",
    "refreshtoken",
    "bearertoken",
    "authtoken",
    "identitytoken",
    "secretaccesskey",
    "secretkey",
    "clientsecret",
    "privatekey",
    "signature",
    "assertion",
];

/// Whether something of this name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET_NAMES.contains(&plain.as_str()) || SECRET_ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// A header's or parameter's value as it may be kept.
pub fn named<'v>(name: &str, value: &'v str) -> &'v str {
    if is_secret(name) { REDACTED } else { value }
}

/// An address as it may be kept.
pub fn uri(uri: &http::Uri) -> String {
    let text = uri.to_string();
    match text.split_once('?') {
        Some((start, query)) => format!("{start}?{}", form(query)),
        None => text,
    }
}

/// A body as it may be kept: JSON, XML, a form, or else text as it is.
pub fn body(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_start();
    if trimmed.starts_with(['{', '['])
        && let Ok(mut value) = serde_json::from_str::<Json>(text)
    {
        return if json(&mut value) { Cow::Owned(value.to_string()) } else { Cow::Borrowed(text) };
    }
    if trimmed.starts_with('<') { xml(text) } else { form(text) }
}

/// Redacts within; answers whether there was anything to redact.
pub fn json(value: &mut Json) -> bool {
    match value {
        Json::Object(members) => {
            let mut found = false;
            for (name, member) in members {
                if is_secret(name) && !member.is_null() {
                    *member = Json::String(REDACTED.to_owned());
                    found = true;
                } else {
                    found |= json(member);
                }
            }
            found
        }
        Json::Array(items) => items.iter_mut().fold(false, |found, item| json(item) | found),
        _ => false,
    }
}

fn form(text: &str) -> Cow<'_, str> {
    let secret = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| is_secret(name));
    if !text.split('&').any(secret) {
        return Cow::Borrowed(text);
    }
    let pairs: Vec<Cow<'_, str>> = text
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => Cow::Owned(format!("{name}={REDACTED}")),
            _ => Cow::Borrowed(pair),
        })
        .collect();
    Cow::Owned(pairs.join("&"))
}

/// Empties every element that is named like a secret. Not a parser: it has to work on answers that are not well-formed too.
fn xml(text: &str) -> Cow<'_, str> {
    let (mut kept, mut rest, mut found) = (String::with_capacity(text.len()), text, false);
    while let Some((before, after)) = rest.split_once('<') {
        kept.push_str(before);
        kept.push('<');
        rest = after;
        let Some((tag, content)) = after.split_once('>') else { break };
        let name = tag.split([' ', '\t', '\n', '/']).next().unwrap_or_default();
        if name.is_empty() || tag.ends_with('/') || !is_secret(name.rsplit(':').next().unwrap_or(name)) {
            continue;
        }
        let end = content.find(&format!("</{name}")).unwrap_or(content.len());
        kept.push_str(tag);
        kept.push('>');
        kept.push_str(REDACTED);
        rest = content.get(end..).unwrap_or_default();
        found = true;
    }
    kept.push_str(rest);
    if found { Cow::Owned(kept) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_and_others_are_left() {
        for name in
            ["Authorization", "X-Amz-Security-Token", "SecretAccessKey", "Password", "client_secret", "Set-Cookie"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in
            ["NextToken", "ClientToken", "PasswordPolicy", "MinimumPasswordLength", "AllowUsersToChangePassword"]
        {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn json_loses_secrets_at_any_depth() {
        let text =
            r#"{"Credentials":{"AccessKeyId":"AKIA","SecretAccessKey":"hush"},"Next":[{"sessionToken":"hush"}]}"#;
        let redacted = body(text);
        assert!(!redacted.contains("hush"), "{redacted}");
        assert!(redacted.contains("AKIA"));
        assert!(matches!(body(r#"{"a": 1}"#), Cow::Borrowed(_)));
    }

    #[test]
    fn xml_loses_secrets_even_when_it_is_cut_off() {
        let text = "<R><AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>hush</SecretAccessKey><SessionToken>hu<sh</R>";
        let redacted = body(text);
        assert!(!redacted.contains("hush") && !redacted.contains("hu<sh"), "{redacted}");
        assert!(redacted.contains("<AccessKeyId>AKIA</AccessKeyId>"));
        assert_eq!(body("<a><Secret/><b>x</b></a>"), "<a><Secret/><b>x</b></a>");
    }

    #[test]
    fn forms_and_addresses_lose_secrets() {
        assert_eq!(body("Action=Do&WebIdentityToken=hush&x=1"), "Action=Do&WebIdentityToken=(redacted)&x=1");
        let address = "https://nimbus.example/a?X-Amz-Signature=hush&page=2".parse().unwrap();
        assert_eq!(uri(&address), "https://nimbus.example/a?X-Amz-Signature=(redacted)&page=2");
    }
}
