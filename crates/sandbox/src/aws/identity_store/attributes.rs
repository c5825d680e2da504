//! What is known of a user: which attributes there are, what their values look like, and how one is changed.

use serde_json::{Map, Value};

use crate::aws::{
    input::{Input, invalid, misfit},
    refusal::Refusal,
};

/// What the value of an attribute is.
#[derive(Clone, Copy)]
enum Form {
    /// What people sign in with.
    SignIn,
    Text,
    /// `YYYY-MM-DD`
    Day,
    /// Texts under these names.
    Parts(&'static [&'static str]),
    /// So many things at most, of texts under these names and `Primary`.
    Things(usize, &'static [&'static str]),
}

const USER: &[(&str, Form)] = &[
    ("UserName", Form::SignIn),
    (
        "Name",
        Form::Parts(&["Formatted", "FamilyName", "GivenName", "MiddleName", "HonorificPrefix", "HonorificSuffix"]),
    ),
    ("DisplayName", Form::Text),
    ("NickName", Form::Text),
    ("ProfileUrl", Form::Text),
    ("Emails", Form::Things(1, &["Value", "Type"])),
    ("Addresses", Form::Things(1, ADDRESS)),
    ("PhoneNumbers", Form::Things(1, &["Value", "Type"])),
    ("UserType", Form::Text),
    ("Title", Form::Text),
    ("PreferredLanguage", Form::Text),
    ("Locale", Form::Text),
    ("Timezone", Form::Text),
    ("Photos", Form::Things(3, &["Value", "Type", "Display"])),
    ("Website", Form::Text),
    ("Birthdate", Form::Day),
    ("Roles", Form::Things(1, &["Value", "Type"])),
];

const ADDRESS: &[&str] = &["StreetAddress", "Locality", "Region", "PostalCode", "Country", "Formatted", "Type"];

/// What Identity Center asks of every user.
const NEEDED: &[(&str, Option<&str>)] =
    &[("UserName", None), ("DisplayName", None), ("Name", Some("FamilyName")), ("Name", Some("GivenName"))];

/// Names that nobody and nothing may have.
const RESERVED: &[&str] = &["Administrator", "AWSAdministrators"];

/// The only extension that there is.
pub(super) const EXTENSION: &str = "aws:identitystore:enterprise";

/// All attributes of a new user, as they must be.
pub(super) fn read_all(input: &Input<'_>) -> Result<Map<String, Value>, Refusal> {
    let mut attributes = Map::new();
    for (name, form) in USER {
        if let Some(value) = input.get(name) {
            attributes.insert((*name).to_owned(), read(name, *form, value)?);
        }
    }
    Ok(attributes)
}

/// The extensions of a new user.
pub(super) fn read_extensions(input: &Input<'_>) -> Result<Map<String, Value>, Refusal> {
    let Some(given) = input.get("Extensions") else { return Ok(Map::new()) };
    let extensions = given.as_object().filter(|map| map.keys().all(|name| name == EXTENSION));
    extensions.cloned().ok_or_else(|| invalid(format!("The only extension that is supported is {EXTENSION}")))
}

/// Whether a user can be like this.
pub(super) fn check(attributes: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, part) in NEEDED {
        let value = attributes.get(*name);
        let value = part.map_or(value, |part| value.and_then(|value| value.get(part)));
        if value.is_none_or(Value::is_null) {
            let path = part.map_or_else(|| (*name).to_owned(), |part| format!("{name}.{part}"));
            return Err(invalid(format!("The attribute {path} is required")));
        }
    }
    Ok(())
}

/// A name of the form that groups and users have, that is not AWS's own.
pub(super) fn check_reserved(name: &str) -> Result<(), Refusal> {
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Err(invalid(format!("{name} is a reserved name")));
    }
    Ok(())
}

/// Sets the attribute at a path, or takes it away where there is no value.
pub(super) fn change(
    attributes: &mut Map<String, Value>,
    extensions: &mut Map<String, Value>,
    path: &str,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    if let Some(rest) = path.strip_prefix(EXTENSION) {
        return change_extension(extensions, rest, value);
    }
    let (name, part) = path.split_once('.').map_or((path, None), |(name, part)| (name, Some(part)));
    let unknown = || invalid(format!("The attribute path {path} is not supported"));
    let (name, form) = USER.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).ok_or_else(unknown)?;
    let Some(part) = part else {
        match value {
            Some(value) => attributes.insert((*name).to_owned(), read(name, *form, value)?),
            None => attributes.remove(*name),
        };
        return Ok(());
    };
    let Form::Parts(parts) = form else { return Err(unknown()) };
    let part = parts.iter().find(|known| known.eq_ignore_ascii_case(part)).ok_or_else(unknown)?;
    let value = value.map(|value| read(part, Form::Text, value)).transpose()?;
    let whole = attributes.entry(*name).or_insert_with(|| Value::Object(Map::new()));
    if let Some(members) = whole.as_object_mut() {
        match value {
            Some(value) => members.insert((*part).to_owned(), value),
            None => members.remove(*part),
        };
    }
    Ok(())
}

fn change_extension(extensions: &mut Map<String, Value>, rest: &str, value: Option<&Value>) -> Result<(), Refusal> {
    let Some(part) = rest.strip_prefix('.') else {
        match value {
            Some(value) => extensions.insert(EXTENSION.to_owned(), value.clone()),
            None => extensions.remove(EXTENSION),
        };
        return Ok(());
    };
    let whole = extensions.entry(EXTENSION).or_insert_with(|| Value::Object(Map::new()));
    let members = whole.as_object_mut().ok_or_else(|| invalid(format!("{EXTENSION} has no members")))?;
    match value {
        Some(value) => members.insert(part.to_owned(), value.clone()),
        None => members.remove(part),
    };
    Ok(())
}

/// A value in the form of its attribute. Documents, as updates carry them, may begin their names with small letters.
fn read(name: &str, form: Form, value: &Value) -> Result<Value, Refusal> {
    match form {
        Form::SignIn => {
            let text = text(name, value, 128)?;
            if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
                return Err(misfit(name, text, "Member must satisfy regular expression pattern"));
            }
            check_reserved(text)?;
            Ok(text.into())
        }
        Form::Text => Ok(sensitive(name, value)?.into()),
        Form::Day => {
            let text = sensitive(name, value)?;
            let day = text.parse::<jiff::civil::Date>().ok().filter(|day| day.to_string() == text);
            day.map(|_| text.into()).ok_or_else(|| misfit(name, text, "Member must be a date (YYYY-MM-DD)"))
        }
        Form::Parts(parts) => read_parts(name, parts, value),
        Form::Things(most, parts) => {
            let things = value.as_array().filter(|things| (1..=most).contains(&things.len()));
            let things = things
                .ok_or_else(|| misfit(name, "a list", &format!("Member must have length between 1 and {most}")))?;
            things.iter().map(|thing| read_parts(name, parts, thing)).collect()
        }
    }
}

fn read_parts(name: &str, parts: &[&str], value: &Value) -> Result<Value, Refusal> {
    let Some(given) = value.as_object() else { return Err(misfit(name, "a value", "Member must be a structure")) };
    let mut read = Map::new();
    for (part, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        if part.eq_ignore_ascii_case("Primary") && !parts.contains(&"FamilyName") {
            let primary =
                value.as_bool().ok_or_else(|| misfit("Primary", "a value", "Member must be true or false"))?;
            read.insert("Primary".to_owned(), primary.into());
            continue;
        }
        let known = parts.iter().find(|known| known.eq_ignore_ascii_case(part));
        let known = known.ok_or_else(|| invalid(format!("{name} has no member {part}")))?;
        read.insert((*known).to_owned(), sensitive(known, value)?.into());
    }
    Ok(Value::Object(read))
}

/// A text of the form that most attributes have.
pub(super) fn sensitive<'a>(name: &str, value: &'a Value) -> Result<&'a str, Refusal> {
    let text = text(name, value, 1024)?;
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r')) {
        return Err(misfit(name, text, "Member must satisfy regular expression pattern"));
    }
    Ok(text)
}

fn text<'a>(name: &str, value: &'a Value, most: usize) -> Result<&'a str, Refusal> {
    let Some(text) = value.as_str() else { return Err(misfit(name, "a value", "Member must be a text")) };
    let length = text.chars().count();
    if length == 0 || length > most {
        return Err(misfit(name, text, &format!("Member must have length between 1 and {most}")));
    }
    Ok(text)
}
