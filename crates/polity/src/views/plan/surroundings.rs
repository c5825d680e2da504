//! What stands around the changes of a plan: access gained and lost, notices, gaps, brakes. Lines without paint, so
//! that the terminal and Markdown say the same.

use std::collections::BTreeMap;

use polity_model::{
    inventory::Gap,
    plan::{AccessChange, Brake, Notice, Plan},
};

use super::{Context, Line, Sign, because};
use crate::views::{clean, count, some_of};

/// Lines of access, conflicts and gaps each that are shown.
const MOST: usize = 40;

/// Who gains and who loses which role where; people and places that go together are told together.
pub(super) fn access(changes: &[AccessChange], all: bool) -> Vec<Line> {
    // First the places of one person and role, then the people with the same places.
    let mut places: BTreeMap<(What<'_>, &str), Vec<&str>> = BTreeMap::new();
    for change in changes {
        let what =
            What { gains: change.gains, role: &change.role, admin: change.admin, through: change.through.as_deref() };
        places.entry((what, &change.person)).or_default().push(&change.place);
    }
    let mut people: BTreeMap<(What<'_>, Vec<&str>), Vec<&str>> = BTreeMap::new();
    for ((what, person), mut places) in places {
        places.sort_unstable();
        places.dedup();
        people.entry((what, places)).or_default().push(person);
    }
    let mut lines = Vec::new();
    // Losses first: they wake people up.
    for ((What { gains, role, admin, through }, places), who) in people {
        let most = if all { usize::MAX - 1 } else { 6 };
        let who: Vec<String> = who.into_iter().map(clean).collect();
        let places: Vec<String> = places.into_iter().map(clean).collect();
        let verb = match (gains, who.len()) {
            (true, 1) => "gains",
            (true, _) => "gain",
            (false, 1) => "loses",
            (false, _) => "lose",
        };
        let role = clean(role);
        let role = if admin { format!("{role} (an admin role)") } else { role };
        let through = through.map_or_else(String::new, |team| format!(" through team {}", clean(team)));
        let text = format!("{} {verb} {role} on {}{through}", some_of(&who, most), some_of(&places, most));
        lines.push(match gains {
            true => Line::new(Sign::Add, 1, format!("+ {text}")),
            false => Line::new(Sign::Remove, 1, format!("- {text}")),
        });
    }
    capped(lines, all)
}

/// What is gained or lost, whoever it is and wherever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct What<'a> {
    gains: bool,
    role: &'a str,
    admin: bool,
    through: Option<&'a str>,
}

/// How many people gain and lose something.
pub(super) fn access_title(changes: &[AccessChange]) -> String {
    let people = |gains: bool| {
        let mut people: Vec<&str> =
            changes.iter().filter(|change| change.gains == gains).map(|change| change.person.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        people.len()
    };
    match (people(true), people(false)) {
        (gain, 0) => format!("{} more access", gains(gain)),
        (0, lose) => format!("{} access", loses(lose)),
        (gain, lose) => format!("{} access, {} access", gains(gain), loses(lose)),
    }
}

fn gains(people: usize) -> String {
    if people == 1 { "1 person gains".to_owned() } else { format!("{people} people gain") }
}

fn loses(people: usize) -> String {
    if people == 1 { "1 person loses".to_owned() } else { format!("{people} people lose") }
}

/// Conflicts and blocked addresses: what the plan does not do although the manifest asks for it.
pub(super) fn undone(plan: &Plan, context: &Context) -> Vec<Line> {
    let mut lines = Vec::new();
    // All that is asked of a platform which could not be reached is blocked for one reason: one line says it.
    let mut unreached: BTreeMap<&str, usize> = BTreeMap::new();
    let brief = !context.all && !plan.platforms.is_empty();
    for notice in &plan.notices {
        match notice {
            Notice::Blocked { address, .. } if brief && !plan.platforms.contains_key(&address.platform) => {
                *unreached.entry(&address.platform).or_default() += 1;
            }
            Notice::Conflict { address, candidates, message, origins } => {
                lines.push(Line::new(Sign::Risk, 1, format!("conflict: {}", clean(&address.to_string()))));
                lines.push(Line::new(Sign::Plain, 3, clean(message)));
                if candidates.len() > 1 {
                    let candidates: Vec<String> = candidates.iter().map(|id| clean(id)).collect();
                    lines.push(Line::new(Sign::Plain, 3, format!("candidates: {}", some_of(&candidates, 10))));
                }
                lines.extend(
                    because::place(origins, context)
                        .map(|place| Line::new(Sign::Note, 3, format!("asked for at {place}"))),
                );
            }
            Notice::Blocked { address, by, origins } => {
                let text = format!("blocked: {}", clean(&address.to_string()));
                lines.push(Line::new(Sign::Risk, 1, text));
                lines.push(Line::new(Sign::Plain, 3, format!("by {}", clean(by))));
                lines.extend(
                    because::place(origins, context)
                        .map(|place| Line::new(Sign::Note, 3, format!("asked for at {place}"))),
                );
            }
            _ => {}
        }
    }
    lines.extend(unreached.into_iter().map(|(platform, number)| {
        let what = count(number, "object");
        Line::new(Sign::Risk, 1, format!("blocked: {what} on {}, which could not be reached", clean(platform)))
    }));
    capped(lines, context.all)
}

/// Forgotten things, notes, and, summed up by kind, what is foreign or the vendor's.
pub(super) fn notices(plan: &Plan, context: &Context) -> Vec<Line> {
    let (mut said, mut foreign, mut vendor) = (Vec::new(), Vec::new(), Vec::new());
    for notice in &plan.notices {
        match notice {
            Notice::Forgotten { address, id } => said.push(Line::new(
                Sign::Forget,
                1,
                format!(
                    "forgotten: {} ({}) stays in the cloud, unmanaged from now on; `state: retired` would end it",
                    clean(&address.to_string()),
                    clean(id)
                ),
            )),
            Notice::Note { message, origins } => {
                let place = because::place(origins, context).map_or_else(String::new, |place| format!(" ({place})"));
                let sign = if origins.is_empty() { Sign::Note } else { Sign::Plain };
                said.push(Line::new(sign, 1, format!("{}{place}", clean(message))));
            }
            Notice::Foreign { kind, name, id, .. } => foreign.push((kind.as_str(), label(name, id, context))),
            Notice::Vendor { kind, name, id, by, .. } => {
                vendor.push((kind.as_str(), label(name, id, context), by.as_str()));
            }
            Notice::Conflict { .. } | Notice::Blocked { .. } => {}
        }
    }
    let mut lines = capped(said, context.all);
    let most = if context.all { usize::MAX - 1 } else { 4 };
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    foreign.into_iter().for_each(|(kind, name)| kinds.entry(kind).or_default().push(name));
    for (kind, names) in kinds {
        let text = format!("left alone, not ours: {}: {}", count(names.len(), kind), some_of(&names, most));
        lines.push(Line::new(Sign::Plain, 1, text));
    }
    let mut makers: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    vendor.into_iter().for_each(|(kind, name, by)| makers.entry((by, kind)).or_default().push(name));
    for ((by, kind), names) in makers {
        let text = format!("left alone, {}: {}: {}", clean(by), count(names.len(), kind), some_of(&names, most));
        lines.push(Line::new(Sign::Note, 1, text));
    }
    lines
}

fn label(name: &str, id: &str, context: &Context) -> String {
    clean(&context.names.readable(if name.is_empty() { id } else { name }))
}

/// What could not be read, told once for all scopes with the same reason.
pub(crate) fn gaps(gaps: &[Gap], all: bool) -> Vec<Line> {
    let mut reasons: BTreeMap<[Option<&str>; 3], Vec<String>> = BTreeMap::new();
    for gap in gaps {
        let place = match &gap.kind {
            Some(kind) => format!("{kind} in {}", clean(&gap.scope)),
            None => format!("everything in {}", clean(&gap.scope)),
        };
        let told = [Some(gap.reason.as_str()), gap.permission.as_deref(), gap.help.as_deref()];
        reasons.entry(told).or_default().push(place);
    }
    let mut lines = Vec::new();
    for ([reason, permission, help], places) in reasons {
        lines.push(Line::new(Sign::Risk, 1, some_of(&places, if all { usize::MAX - 1 } else { 4 })));
        lines.extend(reason.map(|reason| Line::new(Sign::Plain, 3, clean(reason))));
        lines.extend(permission.map(|name| Line::new(Sign::Plain, 3, format!("missing permission: {}", clean(name)))));
        lines.extend(help.map(|help| Line::new(Sign::Plain, 3, format!("help: {}", clean(help)))));
    }
    capped(lines, all)
}

/// Every brake that is on, whole.
pub(super) fn brakes(brakes: &[Brake], all: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for brake in brakes {
        lines.push(Line::new(Sign::Risk, 1, format!("{}: {}", clean(&brake.name), clean(&brake.message))));
        let by: Vec<String> = brake.by.iter().map(|address| clean(&address.to_string())).collect();
        if !by.is_empty() {
            let most = if all { usize::MAX - 1 } else { 5 };
            lines.push(Line::new(Sign::Note, 3, format!("by {}", some_of(&by, most))));
        }
        lines.push(Line::new(Sign::Plain, 3, format!("help: {}", clean(&brake.help))));
    }
    lines
}

fn capped(mut lines: Vec<Line>, all: bool) -> Vec<Line> {
    if !all && lines.len() > MOST {
        let left_out = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(Line::new(
            Sign::Note,
            1,
            format!("... and {}; `-v` shows all of them", count(left_out, "more line")),
        ));
    }
    lines
}
