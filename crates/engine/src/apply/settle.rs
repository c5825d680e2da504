//! After a crash: every intent without an outcome is settled by reading the cloud. Where that cannot tell, nothing is
//! written, and a person is told what to look at.

use polity_model::{
    Address, Map,
    journal::{Entry, Event, LastApplied, Outcome},
    plan::Action,
    resource::{Desired, Mark, Observed},
    schema::{Ownership, Schema},
};

use super::known::Known;
use crate::{Error, Ground, Journal, Observation, Observer, Progress, Reach, journal::Owner, observe};

/// One write of an interrupted run, settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Of what.
    pub address: Address,
    /// What the cloud showed.
    pub finding: String,
}

/// Settles what an interrupted run left open, by reading the platforms. `apply` does so by itself; a command that
/// plans before it applies calls this first, so that its plan already knows. Reads nothing if nothing is open.
pub async fn settle(
    ground: &Ground<'_>,
    journal: &Journal,
    owner: &Owner,
    observer: &dyn Observer,
) -> Result<Vec<Settlement>, Error> {
    if journal.open_intents()?.is_empty() {
        return Ok(Vec::new());
    }
    let _lock = journal.lock(owner)?;
    let open = journal.open_intents()?;
    let observation = read(ground, &journal.last_applied()?, &open, observer).await?;
    settle_with(ground, &observation, journal, &open, observer)
}

/// A reading that covers what open intents are about, too.
pub(super) async fn read(
    ground: &Ground<'_>,
    last: &LastApplied,
    open: &[Entry],
    observer: &dyn Observer,
) -> Result<Observation, Error> {
    let asked = open.iter().filter_map(|entry| match &entry.event {
        Event::Intent { address, scope, .. } => Some((scope.clone(), address.kind.clone())),
        _ => None,
    });
    observe::observe_also(ground, last, &asked.collect(), Reach::Asked, observer).await
}

/// Settles all of them, or none if one cannot be told.
pub(super) fn settle_with(
    ground: &Ground<'_>,
    observation: &Observation,
    journal: &Journal,
    open: &[Entry],
    observer: &dyn Observer,
) -> Result<Vec<Settlement>, Error> {
    let (mut settled, mut undecided) = (Vec::new(), Vec::new());
    let known = Known::of(observation);
    for entry in open {
        let Some(intent) = Intent::of(entry, ground, observation, &known) else { continue };
        // Nothing is written to a platform that cannot be reached, so its own open writes can wait until it can be.
        if observation.unreached.contains_key(&intent.address.platform) {
            continue;
        }
        match intent.verdict() {
            Ok(verdict) => settled.push((entry, intent.address.clone(), verdict)),
            Err(sentence) => undecided.push(sentence),
        }
    }
    if !undecided.is_empty() {
        return Err(Error::Undecided(undecided));
    }
    let mut settlements = Vec::new();
    for (entry, address, mut verdict) in settled {
        if verdict.events.is_empty() && !journal.noted(&address)?.is_empty() {
            verdict.finding.push_str("; what the interrupted run noted about it is carried on");
        }
        observer.on(&Progress::Settled { address: &address, finding: &verdict.finding });
        let mut events = verdict.events;
        events.push(Event::Settled { address: address.clone(), finding: verdict.finding.clone() });
        journal.append_all(&entry.run, events)?;
        settlements.push(Settlement { address, finding: verdict.finding });
    }
    Ok(settlements)
}

/// What the cloud showed, and what follows for the journal.
struct Verdict {
    finding: String,
    events: Vec<Event>,
}

impl Verdict {
    fn open(finding: impl Into<String>) -> Self {
        Self { finding: finding.into(), events: Vec::new() }
    }
}

/// An open intent with all that is known about it now.
struct Intent<'a> {
    address: &'a Address,
    action: Action,
    scope: &'a str,
    id: Option<&'a str>,
    after: &'a Map,
    observation: &'a Observation,
    known: &'a Known,
    desired: Option<&'a Desired>,
    schema: Option<&'a Schema>,
    mark: Mark,
}

impl<'a> Intent<'a> {
    fn of(entry: &'a Entry, ground: &Ground<'_>, observation: &'a Observation, known: &'a Known) -> Option<Self> {
        let Event::Intent { address, action, scope, id, after } = &entry.event else { return None };
        Some(Self {
            address,
            action: *action,
            scope,
            id: id.as_deref(),
            after,
            observation,
            known,
            desired: observation.desired.iter().find(|desired| desired.address == *address),
            schema: observation.schema(address),
            mark: Mark { organization: ground.organization.name.clone(), address: address.clone() },
        })
    }

    /// What the cloud shows of it; a sentence for a person where it does not tell.
    fn verdict(&self) -> Result<Verdict, String> {
        let Some(schema) = self.schema else {
            return Ok(Verdict::open("its platform or kind is not part of the manifest any more"));
        };
        if let Some(gap) = self.observation.inventory.gap(self.scope, &self.address.kind) {
            return Err(format!(
                "whether `{}` was {} is not known, because the {} of `{}` could not be read: {}",
                self.address,
                past(self.action),
                schema.title,
                self.scope,
                gap.reason
            ));
        }
        let scope = self.observation.inventory.scopes.iter().find(|scope| scope.name == self.scope);
        if scope.is_none_or(|scope| scope.entry.is_none()) {
            return Ok(Verdict::open(format!("`{}` is not there, or not part of the manifest any more", self.scope)));
        }
        match self.action {
            Action::Create | Action::Replace => self.made(schema),
            Action::Update | Action::Move | Action::Adopt => Ok(self.altered(schema)),
            Action::Delete => Ok(self.ended()),
            Action::Forget => Ok(self.forgotten()),
        }
    }

    fn made(&self, schema: &Schema) -> Result<Verdict, String> {
        let mut candidates: Vec<&Observed> =
            self.objects().filter(|object| self.id != Some(object.id.as_str()) && self.fits(schema, object)).collect();
        if let Some(adopted) = self.desired.and_then(|desired| desired.adopt.as_deref()) {
            candidates.retain(|object| object.id == adopted);
        }
        if candidates.len() > 1 {
            let ids: Vec<String> = candidates.iter().map(|object| format!("`{}`", object.id)).collect();
            return Err(format!(
                "`{}` was being made, and could be any of {}: write the `id:` of the right one",
                self.address,
                ids.join(", ")
            ));
        }
        Ok(match candidates.pop() {
            Some(object) => self.done(object, format!("it was made: `{}`", object.id)),
            None => Verdict::open("it is not there: it is planned again"),
        })
    }

    /// Whether an object is the one that was being made.
    fn fits(&self, schema: &Schema, object: &Observed) -> bool {
        if object.vendor.is_some() {
            return false;
        }
        if schema.ownership == Ownership::Tag {
            return object.mark.as_ref() == Some(&self.mark);
        }
        match self.desired {
            Some(desired) => desired.keys.iter().any(|key| {
                let value = self.known.resolve_value(&key.value);
                object.keys.iter().any(|held| held.name == key.name && held.value == value)
            }),
            // Its text is gone meanwhile: what holds all that was written is what was written.
            None => !self.after.is_empty() && self.is_as_asked(schema, object),
        }
    }

    fn altered(&self, schema: &Schema) -> Verdict {
        match self.objects().find(|object| Some(object.id.as_str()) == self.id) {
            Some(object) if self.is_as_asked(schema, object) => self.done(object, "it is as asked for".to_owned()),
            Some(_) => Verdict::open("it is not as asked for: it is planned again"),
            None => Verdict::open("it is not there any more"),
        }
    }

    fn ended(&self) -> Verdict {
        match self.objects().find(|object| Some(object.id.as_str()) == self.id) {
            Some(object) if object.ended.is_none() => Verdict::open("it is still there: it is planned again"),
            _ => Verdict { finding: "it has ended".to_owned(), events: vec![self.outcome(self.id, Map::new())] },
        }
    }

    fn forgotten(&self) -> Verdict {
        match self.objects().find(|object| Some(object.id.as_str()) == self.id) {
            Some(object) if object.mark.as_ref().is_some_and(|mark| mark.organization == self.mark.organization) => {
                Verdict::open("it still carries our mark: it is planned again")
            }
            _ => Verdict {
                finding: "it does not carry our mark any more".to_owned(),
                events: vec![self.outcome(self.id, Map::new())],
            },
        }
    }

    fn objects(&self) -> impl Iterator<Item = &'a Observed> {
        let (scope, kind) = (self.scope, self.address.kind.as_str());
        self.observation.inventory.resources.iter().filter(move |object| object.scope == scope && object.kind == kind)
    }

    fn is_as_asked(&self, schema: &Schema, object: &Observed) -> bool {
        polity_planner::differences(schema, self.after, &object.attributes).is_empty()
    }

    fn done(&self, object: &Observed, finding: String) -> Verdict {
        Verdict { finding, events: vec![self.outcome(Some(&object.id), object.attributes.clone())] }
    }

    fn outcome(&self, id: Option<&str>, attributes: Map) -> Event {
        let (scope, id) = (self.scope.to_owned(), id.unwrap_or_default().to_owned());
        let result = Outcome::Done { scope, id, attributes };
        Event::Outcome { address: self.address.clone(), action: self.action, result }
    }
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Create => "made",
        Action::Update => "changed",
        Action::Move => "moved",
        Action::Replace => "replaced",
        Action::Delete => "ended",
        Action::Adopt => "adopted",
        Action::Forget => "forgotten",
    }
}
