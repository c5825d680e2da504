//! Regions that an account opens and closes. Both take minutes.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{conflict, field, subject};
use crate::aws::{
    input::{Input, invalid, misfit},
    paging::{Pages, page},
    refusal::Refusal,
    regions::{REGIONS, Region, find},
    service::{Answer, Turn},
    world::Inside,
};

/// AWS says: minutes for most accounts, hours for some.
const TAKES: SignedDuration = SignedDuration::from_mins(5);

/// As many changes may be under way in one account.
const AT_ONCE: usize = 6;

/// Whether an account may work in a region. Regions that nobody knows are nobody's to close.
pub(crate) fn is_open(inside: Option<&Inside>, region: &str, now: Timestamp) -> bool {
    find(region).is_none_or(|region| matches!(status(inside, region, now), "ENABLED" | "ENABLED_BY_DEFAULT"))
}

fn status(inside: Option<&Inside>, region: &Region, now: Timestamp) -> &'static str {
    if !region.opt_in {
        return "ENABLED_BY_DEFAULT";
    }
    let asked = inside.and_then(|inside| inside.contacts.regions.get(region.name));
    match asked.map(|asked| (asked.coming(now), asked.held(now))) {
        Some((Some(true), _)) => "ENABLING",
        Some((Some(false), _)) => "DISABLING",
        Some((None, true)) => "ENABLED",
        Some((None, false)) | None => "DISABLED",
    }
}

pub(super) fn get_region_opt_status(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let region = region(input)?;
    let account = subject(turn, input)?;
    let status = status(turn.world.inside(&account), region, turn.now);
    Ok(json!({"RegionName": region.name, "RegionOptStatus": status}))
}

pub(super) fn list_regions(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let known = ["ENABLED", "ENABLING", "DISABLING", "DISABLED", "ENABLED_BY_DEFAULT"];
    let wanted: Vec<&str> = input.list("RegionOptStatusContains").filter_map(Value::as_str).collect();
    if let Some(odd) = wanted.iter().find(|wanted| !known.contains(wanted)) {
        return Err(misfit("RegionOptStatusContains", odd, "Member must satisfy enum value set"));
    }
    let account = subject(turn, input)?;
    let inside = turn.world.inside(&account);
    let regions = REGIONS.iter().map(|region| (region.name, status(inside, region, turn.now)));
    let found: Vec<_> = regions.filter(|(_, status)| wanted.is_empty() || wanted.contains(status)).collect();
    let pages = Pages { token: "NextToken", max: "MaxResults", usual: 50, most: 50, error: "ValidationException" };
    page(
        turn,
        pages,
        "Regions",
        found.into_iter(),
        |(name, status)| json!({"RegionName": name, "RegionOptStatus": status}),
    )
}

pub(super) fn enable_region(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    switch(turn, input, true)
}

pub(super) fn disable_region(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    switch(turn, input, false)
}

fn switch(turn: &mut Turn<'_>, input: &Input<'_>, on: bool) -> Answer {
    let region = region(input)?;
    let account = subject(turn, input)?;
    if !region.opt_in {
        let message = format!("{} is enabled by default and can be neither enabled nor disabled", region.name);
        return Err(invalid(message).with("reason", "invalidRegionOptTarget"));
    }
    match (status(turn.world.inside(&account), region, turn.now), on) {
        ("ENABLED" | "ENABLING", true) | ("DISABLED" | "DISABLING", false) => return Ok(json!({})),
        (under_way @ ("ENABLING" | "DISABLING"), _) => {
            let message = format!("{} is {under_way}; wait until that is done", region.name);
            return Err(conflict(message));
        }
        _ => {}
    }
    let (now, due, fails) = (turn.now, turn.due(TAKES), turn.fails());
    let regions = &mut turn.world.inside_mut(&account).contacts.regions;
    if regions.values().filter(|asked| asked.coming(now).is_some()).count() >= AT_ONCE {
        let message = format!("no more than {AT_ONCE} regions of an account can be enabled or disabled at a time");
        return Err(Refusal::new("TooManyRequestsException", message).status(429));
    }
    regions.entry(region.name.to_owned()).or_default().begin(now, due, on, fails);
    Ok(json!({}))
}

fn region(input: &Input<'_>) -> Result<&'static Region, Refusal> {
    let name = "RegionName";
    let given = input.sized(name, 1, 50).map_err(|refusal| field(refusal, name))?;
    let unknown =
        || misfit(name, given, "Member must be the name of a region").with("reason", "invalidRegionOptTarget");
    find(given).ok_or_else(unknown)
}
