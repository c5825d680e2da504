//! Limits of the organization's own that stop a plan before anything is written. Each says the sum, and what to do if
//! it is really meant.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Value,
    organization::{LifeState, Limit},
    plan::{Because, Brake, Risk},
    schema::{self, Effect, Nature},
};

use crate::{
    access::{AccessView, Held, Through, address_of, is_admin, name_of, persons},
    draft::Sketch,
    links::End,
    pair::spelled,
    risk,
    tree::When,
};

pub(crate) type Losses<'v, 'l> = (&'v Held<'l>, &'v Through<'l>);

impl<'a> Sketch<'a> {
    /// All brakes that are on, but those for the clouds' own limits.
    pub(crate) fn brakes(&self, access: &AccessView<'_>, risks: &[Vec<Risk>], circle: &[usize]) -> Vec<Brake> {
        let mut brakes = Vec::new();
        self.brake_contradictions(circle, &mut brakes);
        self.brake_fixed(&mut brakes);
        self.brake_removals(&mut brakes);
        self.brake_people(access, &mut brakes);
        self.brake_guardrails(risks, &mut brakes);
        self.brake_tenants(&mut brakes);
        self.brake_admins(access, &mut brakes);
        self.brake_lock_out(access, &mut brakes);
        brakes
    }

    fn brake_contradictions(&self, circle: &[usize], brakes: &mut Vec<Brake>) {
        for address in &self.world.doubles {
            brakes.push(Brake {
                name: "two-claimants".to_owned(),
                message: format!("`{address}` is asked for twice, with different content"),
                help: "leave one of the two in the manifest".to_owned(),
                by: vec![(*address).clone()],
            });
        }
        for rivals in &self.pairs.rivals {
            brakes.push(Brake {
                name: "two-claimants".to_owned(),
                message: format!("{} claim one and the same object", spelled(rivals)),
                help: "leave one of them in the manifest, or correct `id:` or `renamed_from`".to_owned(),
                by: rivals.clone(),
            });
        }
        if !circle.is_empty() {
            let by = self.addresses(circle);
            brakes.push(Brake {
                name: "cycle".to_owned(),
                message: format!("{} need each other first, so none can be the first", spelled(&by)),
                help: "remove one of the references between them, apply, and write it again".to_owned(),
                by,
            });
        }
    }

    /// What cannot be changed, nor replaced for it.
    fn brake_fixed(&self, brakes: &mut Vec<Brake>) {
        for draft in &self.drafts {
            let Some(wanted) = draft.desired.filter(|_| !draft.replaced).and_then(|desired| self.world.wanted(desired))
            else {
                continue;
            };
            for difference in &draft.change.diff {
                let change = draft.schema.attribute(&difference.attribute).map(|attribute| attribute.change);
                let lost_forever = draft.schema.irreversible && change == Some(schema::Change::Replace);
                if change != Some(schema::Change::Fixed) && !lost_forever {
                    continue;
                }
                let place = wanted.desired.origins.first().map_or_else(String::new, |origin| format!(" ({origin})"));
                let before = self.named(&draft.change.address.platform, &difference.before);
                let after = self.named(&draft.change.address.platform, &difference.after);
                let instead = draft.schema.attribute(&difference.attribute).and_then(|attribute| attribute.instead);
                let again =
                    || format!("write {before} again; a {} with another value is a new one", draft.schema.title);
                brakes.push(Brake {
                    name: "fixed".to_owned(),
                    message: format!(
                        "`{}` of `{}`{place} is {before} and can never be {after}",
                        difference.attribute, draft.change.address
                    ),
                    help: instead.map_or_else(again, str::to_owned),
                    by: vec![draft.change.address.clone()],
                });
            }
        }
    }

    /// A value as people know it: a native id of something that was read by that one's name.
    fn named(&self, platform: &str, value: &Value) -> String {
        let known = value.as_text().and_then(|id| self.world.by_native(platform, id).first());
        let known = known.and_then(|number| self.world.seen(*number)).filter(|seen| !seen.object.name.is_empty());
        known.map_or_else(|| shown(value), |seen| format!("`{}`", seen.object.name))
    }

    fn brake_removals(&self, brakes: &mut Vec<Brake>) {
        let limits = &self.world.input.organization.brakes.removals;
        let mut removed: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (number, draft) in self.drafts.iter().enumerate().filter(|(_, draft)| draft.ends() && !draft.replaced) {
            let address = &draft.change.address;
            removed.entry((address.platform.as_str(), draft.schema.kind)).or_default().push(number);
        }
        for ((platform, kind), numbers) in removed {
            let Some((key, limit)) = limits.get_key_value(kind).or_else(|| limits.get_key_value("*")) else { continue };
            let ours = self.count_ours(|schema, on| schema.kind == kind && on == platform);
            let title =
                self.drafts.get(numbers.first().copied().unwrap_or_default()).map_or(kind, |draft| draft.schema.title);
            let Some(sum) = exceeded(*limit, numbers.len(), ours) else { continue };
            brakes.push(Brake {
                name: "removals".to_owned(),
                message: format!("{} would be removed from `{platform}`: {sum}", counted(numbers.len(), title)),
                help: format!(
                    "look at each of them; if all are meant, raise `{key}` under `brakes: removals:` of the organization"
                ),
                by: self.addresses(&numbers),
            });
        }
    }

    fn brake_people(&self, access: &AccessView<'_>, brakes: &mut Vec<Brake>) {
        let limit = self.world.input.organization.brakes.people_losing_access;
        let losers = persons(self, access.lost.keys().map(|held| held.person));
        if losers.is_empty() {
            return;
        }
        let Some(sum) = exceeded(limit, losers.len(), access.people_before(self)) else { return };
        brakes.push(Brake {
            name: "people-losing-access".to_owned(),
            message: format!("{} would lose a role somewhere: {sum}", counted(losers.len(), "person")),
            help: "see who loses what; if all of it is meant, raise `people_losing_access` under `brakes:` of the organization"
                .to_owned(),
            by: self.addresses(access.lost.values().flat_map(|through| &through.by)),
        });
    }

    fn brake_guardrails(&self, risks: &[Vec<Risk>], brakes: &mut Vec<Brake>) {
        // Putting a document back to what was approved before was approved before.
        let guards = |schema: &schema::Schema| matches!(schema.effect, Effect::Restricts | Effect::Attaches { .. });
        let counts = |number: &usize| {
            risks.get(*number).is_some_and(|risks| risks.contains(&Risk::WeakensGuardrail))
                && self
                    .drafts
                    .get(*number)
                    .is_some_and(|draft| guards(draft.schema) && (draft.ends() || !risk::is_repair(draft)))
        };
        let numbers: Vec<usize> = (0..self.drafts.len()).filter(counts).collect();
        if numbers.is_empty() {
            return;
        }
        let limit = self.world.input.organization.brakes.guardrails_removed;
        let mut parts: Vec<(Limit, String, Vec<usize>)> =
            vec![(Limit { percent: None, ..limit }, String::new(), numbers.clone())];
        // A percentage is of one platform's: the many of one must not hide the few of another.
        for (platform, numbers) in self.by_platform(&numbers) {
            parts.push((Limit { max: None, ..limit }, platform.to_owned(), numbers));
        }
        for (limit, platform, numbers) in parts {
            let ours = self.count_ours(|schema, on| guards(schema) && (platform.is_empty() || on == platform));
            let Some(sum) = exceeded(limit, numbers.len(), ours) else { continue };
            let from = if platform.is_empty() { String::new() } else { format!(" on `{platform}`") };
            brakes.push(Brake {
                name: "guardrails-removed".to_owned(),
                message: format!("{} would be removed or loosened{from}: {sum}", counted(numbers.len(), "guardrail")),
                help: "see what each of them prevents; if all is meant, raise `guardrails_removed` under `brakes:` of the organization"
                    .to_owned(),
                by: self.addresses(&numbers),
            });
        }
    }

    fn by_platform(&self, numbers: &[usize]) -> BTreeMap<&str, Vec<usize>> {
        let mut by_platform: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for number in numbers {
            let Some(draft) = self.drafts.get(*number) else { continue };
            by_platform.entry(&draft.change.address.platform).or_default().push(*number);
        }
        by_platform
    }

    fn brake_tenants(&self, brakes: &mut Vec<Brake>) {
        let retires = |number: &usize| {
            self.drafts.get(*number).is_some_and(|draft| {
                draft.schema.nature == Nature::Container
                    && draft.change.group.tenant.as_deref() == Some(draft.change.address.name.as_str())
                    && matches!(draft.change.because, Because::Retired { .. })
            })
        };
        let numbers: Vec<usize> = (0..self.drafts.len()).filter(retires).collect();
        if numbers.is_empty() {
            return;
        }
        let limit = self.world.input.organization.brakes.tenants_retired;
        let Some(sum) = exceeded(limit, numbers.len(), self.world.input.organization.tenants.len()) else { return };
        brakes.push(Brake {
            name: "tenants-retired".to_owned(),
            message: format!("{} would be retired: {sum}", counted(numbers.len(), "tenant")),
            help: "retire them one after the other, or raise `tenants_retired` under `brakes:` of the organization"
                .to_owned(),
            by: self.addresses(&numbers),
        });
    }

    /// Losses in places that live on. A tenant that is cut off or ended loses its admins on purpose.
    pub(crate) fn losses<'v, 'l>(&self, access: &'v AccessView<'l>) -> impl Iterator<Item = Losses<'v, 'l>> {
        access.lost.iter().filter(|(held, _)| {
            let tenants = &self.world.input.organization.tenants;
            tenants.get(&name_of(self, held.place)).is_none_or(|tenant| tenant.state == LifeState::Active)
        })
    }

    fn brake_admins(&self, access: &AccessView<'_>, brakes: &mut Vec<Brake>) {
        let least = usize::try_from(self.world.input.organization.brakes.minimum_admins).unwrap_or(usize::MAX);
        let mut places: BTreeMap<End, BTreeSet<usize>> = BTreeMap::new();
        for (held, through) in self.losses(access).filter(|(held, _)| least > 0 && is_admin(self, held.role)) {
            for place in access.places_of_loss(self, held) {
                places.entry(place).or_default().extend(&through.by);
            }
        }
        for (place, by) in &places {
            let admins = |when| access.holders(self, place, when, |role| is_admin(self, role)).len();
            let (before, after) = (admins(When::Before), admins(When::After));
            if after < least && before >= least {
                brakes.push(Brake {
                    name: "minimum-admins".to_owned(),
                    message: format!(
                        "`{}` would be left with {}: {before} before, and at least {least} must remain",
                        name_of(self, place),
                        counted(after, "admin")
                    ),
                    help: "give an admin role there to somebody else first, or lower `minimum_admins` under `brakes:` of the organization"
                        .to_owned(),
                    by: self.addresses(by),
                });
            }
        }
    }

    fn count_ours(&self, which: impl Fn(&schema::Schema, &str) -> bool) -> usize {
        let ours = |(number, seen): &(usize, &crate::world::Seen<'a>)| {
            which(seen.schema, seen.platform)
                && seen.object.ended.is_none()
                && (self.pairs.owner(*number).is_some() || self.is_ours(**seen))
        };
        self.world.observed.iter().enumerate().filter(ours).count()
    }

    /// Roles that are widened, with whom it reaches.
    pub(crate) fn note_widened(&mut self, access: &AccessView<'_>, risks: &[Vec<Risk>]) {
        let mut notes = Vec::new();
        for (draft, risks) in self.drafts.iter().zip(risks) {
            let widened = draft.schema.effect == Effect::Defines && risks.contains(&Risk::WidensAccess);
            let Some(desired) = draft.desired.filter(|_| widened) else { continue };
            let role = End::Desired(desired);
            let (people, places) = access.reach_of(self, &role);
            let Some(address) = address_of(self, &role).filter(|_| people > 0) else { continue };
            let origins = self.world.wanted(desired).map(|wanted| wanted.desired.origins.clone()).unwrap_or_default();
            let message = format!(
                "`{}` may give more than before; it is held by {} in {}",
                address.name,
                counted(people, "person"),
                counted(places, "place")
            );
            notes.push(polity_model::plan::Notice::Note { message, origins });
        }
        self.notices.extend(notes);
    }
}

/// The sum, if it exceeds a limit. A percentage is rounded up: of a few, one may always go, unless it is 0.
fn exceeded(limit: Limit, count: usize, of: usize) -> Option<String> {
    let (count, of) = (u64::try_from(count).unwrap_or(u64::MAX), u64::try_from(of).unwrap_or(u64::MAX));
    if let Some(max) = limit.max.filter(|max| count > *max) {
        return Some(format!("{count} of {of}; {max} {} allowed", are(max)));
    }
    let percent = limit.percent?;
    let allowed = of.saturating_mul(percent).div_ceil(100);
    (count > allowed).then(|| format!("{count} of {of}; {percent} percent may go, that is {allowed}"))
}

/// `1 is`, `2 are`.
pub(crate) fn are(count: u64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// `1 person`, `2 people`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match (count, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "person") => format!("{count} people"),
        _ => match noun.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{count} {stem}ies"),
            _ if noun.ends_with('s') => format!("{count} {noun}"),
            _ => format!("{count} {noun}s"),
        },
    }
}

pub(crate) fn listed(names: &BTreeSet<String>) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// A value in a sentence.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Text(text) => format!("`{text}`"),
        Value::Reference(reference) if reference.attribute == "id" => format!("`{}`", reference.address),
        Value::Reference(reference) => format!("`{}` of `{}`", reference.attribute, reference.address),
        Value::Secret(_) => "a secret".to_owned(),
        other => {
            let json = other.to_json().to_string();
            match json.char_indices().nth(80) {
                Some((end, _)) => format!("`{}...`", json.get(..end).unwrap_or_default()),
                None => format!("`{json}`"),
            }
        }
    }
}
