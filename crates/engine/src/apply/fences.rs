//! Before a guardrail is taken off or loosened: whether all whom it holds still stand where the plan has them.
//!
//! A plan takes a guardrail off a place because all below have it from elsewhere by then. Whoever is moved by hand while the plan is
//! carried out may have it from this place alone, and nobody approved that they lose it. No cloud takes such a condition with a call, so
//! what is left is to look right before it.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Address, Map, Value,
    plan::{Action, Change, Risk},
    schema::{self, Effect, Nature, Schema},
};
use polity_provider::{Error, Kind, Reader, WritingProvider, together::each};

use super::{change::Fault, run::Run};

/// Whether a change takes from somebody what a guardrail keeps them from.
pub(super) fn takes_off(change: &Change, schema: &Schema) -> bool {
    let restricts = matches!(schema.effect, Effect::Attaches { .. } | Effect::Restricts);
    restricts && (change.action == Action::Delete || change.risks.contains(&Risk::WeakensGuardrail))
}

/// Refuses a change that takes a guardrail off, if what it holds is not what the plan has seen.
pub(super) async fn hold(
    run: &Run<'_>,
    provider: &dyn WritingProvider,
    change: &Change,
    schema: &Schema,
) -> Result<(), Fault> {
    let fence = Fence { run, provider, platform: &change.address.platform };
    let found = match fence.astray(&fence.targets(change, schema)).await {
        Ok(None) => fence.missing(change, schema).await,
        found => found,
    };
    match found {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(Fault::new(format!("nothing was done: {why}"))
            .help("plan again: that puts it right first, or shows who loses the guardrail")),
        Err(error) => {
            let help = error.help.clone().unwrap_or_else(|| "plan again in a while".to_owned());
            Err(Fault::new(format!("nothing was done: whom the guardrail holds could not be read: {error}")).help(help))
        }
    }
}

/// An object that this run knows: what the manifest asks for, and what is there beside it.
struct Object {
    address: Option<Address>,
    scope: String,
    id: String,
    attributes: Map,
    words: String,
}

/// A container that can be moved, and where it may stand.
struct Mover {
    scope: String,
    id: String,
    words: String,
    /// Where this run knows it to be, and where the manifest wants it: a move of our own may be under way.
    places: BTreeSet<String>,
}

/// One guardrail that is to be taken off.
struct Fence<'a> {
    run: &'a Run<'a>,
    provider: &'a dyn WritingProvider,
    platform: &'a str,
}

impl Fence<'_> {
    /// Native ids of what the guardrail is attached to.
    fn targets(&self, change: &Change, schema: &Schema) -> BTreeSet<String> {
        if let Effect::Attaches { target, .. } = schema.effect {
            return text(&change.before, target).into_iter().collect();
        }
        let mut targets = BTreeSet::new();
        for kind in self.provider.kinds() {
            let Effect::Attaches { guardrail, target } = kind.schema().effect else { continue };
            let all = self.objects(kind.schema().kind).into_iter();
            let held = all.filter(|one| text(&one.attributes, guardrail) == change.id);
            targets.extend(held.filter_map(|one| text(&one.attributes, target)));
        }
        targets
    }

    /// Another attachment of the same guardrail that the plan relies on, and that is not there any more; in words.
    async fn missing(&self, change: &Change, schema: &Schema) -> Result<Option<String>, Error> {
        let Effect::Attaches { guardrail, .. } = schema.effect else { return Ok(None) };
        let Some(kind) = self.provider.kinds().iter().find(|kind| kind.schema().kind == schema.kind) else {
            return Ok(None);
        };
        let taken = text(&change.before, guardrail);
        let known = self.objects(schema.kind).into_iter().filter(|one| text(&one.attributes, guardrail) == taken);
        let known: Vec<Object> = known.filter(|one| one.address.is_some()).collect();
        for (scope, reader) in self.readers(schema).await? {
            let here = known.iter().filter(|one| one.scope == scope).map(|one| (one, kind.read(&reader, &one.id)));
            let looks = each(here, |(one, look)| async move { Ok((one, look.await?)) });
            if let Some((one, _)) = looks.await?.into_iter().find(|(_, found)| found.is_none()) {
                return Ok(Some(format!(
                    "{}, the same guardrail in another place, was taken off meanwhile",
                    one.words
                )));
            }
        }
        Ok(None)
    }

    /// Somebody below these places, or who should be, whom no plan has where they stand; in words.
    async fn astray(&self, targets: &BTreeSet<String>) -> Result<Option<String>, Error> {
        if targets.is_empty() {
            return Ok(None);
        }
        for kind in self.provider.kinds() {
            let Some(place) = kind.schema().place() else { continue };
            let movers = self.movers(kind.schema().kind, place);
            let below = self.below(targets);
            let lists = below.iter().filter(|place| movers.iter().all(|mover| mover.id != **place));
            for (scope, reader) in self.readers(kind.schema()).await? {
                let lists = lists.clone().map(|place| (place, kind.within(&reader, place)));
                let lists = each(lists, |(place, list)| async move { Ok((place, list.await?)) }).await?;
                let there: BTreeMap<&str, &str> =
                    lists.iter().flat_map(|(place, ids)| ids.iter().map(|id| (id.as_str(), place.as_str()))).collect();
                for mover in movers.iter().filter(|mover| mover.scope == scope) {
                    let is_right = match there.get(mover.id.as_str()) {
                        Some(place) => mover.places.contains(*place),
                        None => mover.places.is_disjoint(&below),
                    };
                    if is_right {
                        continue;
                    }
                    // Lists may lag behind a move of our own, which was read back one by one.
                    if let Some(place) = now(kind.as_ref(), &reader, &mover.id, place).await?
                        && !mover.places.contains(&place)
                    {
                        return Ok(Some(self.told(mover, &place)));
                    }
                }
            }
        }
        Ok(None)
    }

    fn told(&self, mover: &Mover, place: &str) -> String {
        let named = |id: &str| {
            let mut objects = self.run.observation.inventory.resources.iter();
            objects.find(|one| one.id == id).map_or_else(|| format!("`{id}`"), |one| format!("`{}`", one.name))
        };
        let planned: Vec<String> = mover.places.iter().map(|place| named(place)).collect();
        let (words, planned) = (&mover.words, planned.join(" or "));
        format!("{words} was moved meanwhile: it stands in {}, and the plan has it in {planned}", named(place))
    }

    /// These places, and all containers below them as far as this run knows.
    fn below(&self, targets: &BTreeSet<String>) -> BTreeSet<String> {
        let tells = |change| matches!(change, schema::Change::Move | schema::Change::Replace | schema::Change::Fixed);
        let mut stands: Vec<(String, String)> = Vec::new();
        for kind in self.provider.kinds().iter().filter(|kind| kind.schema().nature == Nature::Container) {
            for one in self.objects(kind.schema().kind) {
                let above = kind.schema().attributes.iter().filter(|attribute| tells(attribute.change));
                let above = above.filter_map(|attribute| text(&one.attributes, attribute.name));
                stands.extend(above.map(|above| (one.id.clone(), above)));
            }
        }
        let mut below = targets.clone();
        loop {
            let known = below.len();
            below.extend(
                stands.iter().filter(|(_, above)| below.contains(above)).map(|(id, _)| id.clone()).collect::<Vec<_>>(),
            );
            if below.len() == known {
                return below;
            }
        }
    }

    fn movers(&self, kind: &str, place: &str) -> Vec<Mover> {
        let wanted = |address: &Address| {
            let wanted = self.run.desired(address)?.attributes.get(place)?;
            self.run.known().resolve_value(wanted).as_text().map(str::to_owned)
        };
        let mover = |one: Object| {
            let wanted = one.address.as_ref().and_then(wanted);
            let places = text(&one.attributes, place).into_iter().chain(wanted).collect();
            Mover { scope: one.scope, id: one.id, words: one.words, places }
        };
        self.objects(kind).into_iter().map(mover).filter(|mover| !mover.places.is_empty()).collect()
    }

    /// All of a kind that have not ended.
    fn objects(&self, kind: &str) -> Vec<Object> {
        let known = self.run.known().of_kind(self.platform, kind);
        let ours: BTreeSet<&String> = known.iter().map(|(_, id, _)| id).collect();
        let here = |scope: &str| self.run.scope_as_read(scope).is_some_and(|scope| scope.platform == self.platform);
        let read = self.run.observation.inventory.resources.iter();
        let others =
            read.filter(|one| one.kind == kind && !ours.contains(&one.id) && one.ended.is_none() && here(&one.scope));
        let others = others.map(|one| Object {
            address: None,
            scope: one.scope.clone(),
            id: one.id.clone(),
            attributes: one.attributes.clone(),
            words: format!("{kind} `{}`", one.name),
        });
        let mut objects: Vec<Object> = others.collect();
        objects.extend(known.into_iter().filter_map(|(address, id, attributes)| {
            let scope = self.run.desired(&address)?.scope.clone();
            Some(Object { words: format!("`{address}`"), address: Some(address), scope, id, attributes })
        }));
        objects
    }

    /// Ways to read in the scopes of this kind, by their names.
    async fn readers(&self, schema: &Schema) -> Result<Vec<(String, Reader)>, Error> {
        let scopes = self.run.observation.inventory.scopes.iter();
        let scopes = scopes.filter(|scope| scope.platform == self.platform && scope.level == schema.level);
        let mut readers = Vec::new();
        for scope in scopes.filter(|scope| scope.entry.is_some()) {
            let writer = self.run.writer(self.provider, scope).await?;
            readers.push((scope.name.clone(), writer.reader().clone()));
        }
        Ok(readers)
    }
}

/// Where one of them stands now; nothing if it is gone.
async fn now(kind: &dyn Kind, reader: &Reader, id: &str, place: &str) -> Result<Option<String>, Error> {
    let found = kind.read(reader, id).await?.filter(|one| one.ended.is_none());
    Ok(found.and_then(|one| text(&one.attributes, place)))
}

fn text(attributes: &Map, name: &str) -> Option<String> {
    attributes.get(name).and_then(Value::as_text).map(str::to_owned)
}
