//! Whom AWS writes to about an account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{field, not_found, subject};
use crate::aws::{
    input::{Input, misfit},
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Somebody beside the primary contact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Alternate {
    name: String,
    title: String,
    email: String,
    phone: String,
}

/// Members of the primary contact: name, longest text, whether it must be there.
const MEMBERS: [(&str, usize, bool); 12] = [
    ("AddressLine1", 60, true),
    ("AddressLine2", 60, false),
    ("AddressLine3", 60, false),
    ("City", 50, true),
    ("CompanyName", 50, false),
    ("CountryCode", 2, true),
    ("DistrictOrCounty", 50, false),
    ("FullName", 50, true),
    ("PhoneNumber", 20, true),
    ("PostalCode", 20, true),
    ("StateOrRegion", 50, false),
    ("WebsiteUrl", 256, false),
];

/// Countries where an address is not whole without a state.
const WITH_STATES: [&str; 7] = ["US", "CA", "GB", "DE", "JP", "IN", "BR"];

pub(super) fn get_alternate_contact(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let kind = kind(input)?;
    let account = subject(turn, input)?;
    let found = turn.world.inside(&account).and_then(|inside| inside.contacts.alternates.get(kind));
    let contact = found.ok_or_else(|| no_contact(kind))?;
    Ok(json!({"AlternateContact": {
        "AlternateContactType": kind,
        "Name": contact.name,
        "Title": contact.title,
        "EmailAddress": contact.email,
        "PhoneNumber": contact.phone,
    }}))
}

pub(super) fn put_alternate_contact(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let kind = kind(input)?;
    let text = |name: &str, most| input.sized(name, 1, most).map_err(|refusal| field(refusal, name));
    let contact = Alternate {
        name: text("Name", 64)?.to_owned(),
        title: text("Title", 50)?.to_owned(),
        email: text("EmailAddress", 254)?.to_owned(),
        phone: text("PhoneNumber", 25)?.to_owned(),
    };
    if !is_email(&contact.email) {
        return Err(pattern("EmailAddress", &contact.email));
    }
    if !contact.phone.chars().all(|letter| letter.is_ascii_digit() || letter.is_whitespace() || "()+-".contains(letter))
    {
        return Err(pattern("PhoneNumber", &contact.phone));
    }
    let account = subject(turn, input)?;
    turn.world.inside_mut(&account).contacts.alternates.insert(kind.to_owned(), contact);
    Ok(json!({}))
}

pub(super) fn delete_alternate_contact(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let kind = kind(input)?;
    let account = subject(turn, input)?;
    let gone = turn.world.inside_mut(&account).contacts.alternates.remove(kind);
    gone.map(|_| json!({})).ok_or_else(|| no_contact(kind))
}

pub(super) fn get_contact_information(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = subject(turn, input)?;
    let found = turn.world.inside(&account).and_then(|inside| inside.contacts.primary.as_ref());
    let primary = found.ok_or_else(|| not_found("No contact information found for the account."))?;
    Ok(json!({"ContactInformation": primary}))
}

pub(super) fn put_contact_information(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let missing = || input.need("ContactInformation").err();
    let Some(given) = input.inner("ContactInformation") else {
        return Err(missing().unwrap_or_else(|| pattern("ContactInformation", "")));
    };
    let mut primary = BTreeMap::new();
    for (name, most, needed) in MEMBERS {
        let least = if name == "CountryCode" { 2 } else { 1 };
        if needed || given.get(name).is_some() {
            let text = given.sized(name, least, most).map_err(|refusal| field(refusal, name))?;
            primary.insert(name.to_owned(), text.to_owned());
        }
    }
    let text = |name: &str| primary.get(name).map(String::as_str).unwrap_or_default();
    let digits = text("PhoneNumber").strip_prefix('+').unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || "()-".contains(letter);
    if digits.is_empty() || !digits.chars().all(plain) {
        return Err(pattern("PhoneNumber", text("PhoneNumber")));
    }
    if WITH_STATES.contains(&text("CountryCode")) && text("StateOrRegion").is_empty() {
        return Err(pattern("StateOrRegion", ""));
    }
    let account = subject(turn, input)?;
    turn.world.inside_mut(&account).contacts.primary = Some(primary);
    Ok(json!({}))
}

fn kind<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    let name = "AlternateContactType";
    input.one_of(name, &["BILLING", "OPERATIONS", "SECURITY"]).map_err(|refusal| field(refusal, name))
}

fn no_contact(kind: &str) -> Refusal {
    not_found(format!("No contact of the inputted alternate contact type found: {kind}."))
}

fn pattern(name: &str, value: &str) -> Refusal {
    field(misfit(name, value, "Member must satisfy regular expression pattern"), name)
}

/// Something, one `@`, and a name with a dot in it; blanks around it do no harm.
fn is_email(text: &str) -> bool {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let Some((local, host)) = text.trim().split_once('@') else { return false };
    let Some((front, last)) = host.rsplit_once('.') else { return false };
    !local.is_empty()
        && !front.is_empty()
        && !last.is_empty()
        && local.chars().all(|letter| word(letter) || "+=.#|!&-".contains(letter))
        && front.chars().all(|letter| word(letter) || ".-".contains(letter))
        && last.chars().all(word)
}
