//! What is there already where something was to be made: ours, to be taken over, or somebody else's.

use polity_model::{
    organization::Mode,
    resource::{Key, Observed},
    schema::Ownership,
};
use polity_provider::{Error, Problem, Writer};

use super::{
    change::{Fault, Step},
    patience::Patience,
};

/// The object that is there from the birth of a scope (a setting always is), if there is one.
pub(super) async fn in_newborn_scope(
    step: &Step<'_>,
    writer: &Writer,
    patience: &mut Patience,
) -> Result<Option<Observed>, Fault> {
    let found = step.attempt(patience, || step.kind.present(writer.reader())).await?;
    let keys = keys(step);
    let mut candidates = found.resources.into_iter().filter(|object| object.vendor.is_none() && fits(object, &keys));
    Ok(match (candidates.next(), candidates.next()) {
        (Some(only), None) if step.schema().ownership != Ownership::Tag || only.mark.as_ref() == Some(&step.mark) => {
            Some(only)
        }
        _ => None,
    })
}

/// After a creation that failed because it is there already, or that may have been made: reads, and takes over what is
/// ours or may become ours.
pub(super) async fn take_over(
    step: &Step<'_>,
    writer: &Writer,
    patience: &mut Patience,
    error: Error,
) -> Result<Observed, Fault> {
    let found = step.kind.present(writer.reader()).await.map_err(|reading| {
        let message = format!("{error}; whether it is there could not be read: {reading}");
        Fault::Failed { message, help: reading.help.or_else(|| error.help.clone()) }
    })?;
    let keys = keys(step);
    let replaced = step.replaced.as_deref();
    let mut candidates: Vec<Observed> = found
        .resources
        .into_iter()
        .filter(|object| replaced != Some(object.id.as_str()))
        .filter(|object| object.mark.as_ref() == Some(&step.mark) || fits(object, &keys))
        .collect();
    if candidates.iter().any(|object| object.mark.as_ref() == Some(&step.mark)) {
        candidates.retain(|object| object.mark.as_ref() == Some(&step.mark));
    }
    if candidates.len() > 1 {
        let ids: Vec<String> = candidates.iter().map(|object| format!("`{}`", object.id)).collect();
        let message = format!("{error}; it could be any of {}", ids.join(", "));
        return Err(Fault::new(message).help("write the `id:` of the right one"));
    }
    let Some(object) = candidates.pop() else { return Err(not_there(error)) };
    refuse_what_is_not_ours(step, &object)?;
    let lacking = step.lacking(&object);
    if lacking.is_empty() {
        return Ok(object);
    }
    let ask = step.ask(Some(&object.id), &object.attributes, &lacking, step.mark_for(&lacking));
    step.update(writer, patience, &ask, &object.id).await
}

fn refuse_what_is_not_ours(step: &Step<'_>, object: &Observed) -> Result<(), Fault> {
    let id = &object.id;
    if let Some(vendor) = &object.vendor {
        return Err(Fault::new(format!("`{id}` is there already, and it is the vendor's ({vendor})")));
    }
    if let Some(state) = &object.ended {
        return Err(Fault::new(format!("`{id}` is there already, but it has ended ({state})")));
    }
    if step.schema().ownership != Ownership::Tag || object.mark.as_ref() == Some(&step.mark) {
        return Ok(());
    }
    if let Some(mark) = &object.mark {
        return Err(Fault::new(format!("`{id}` is there already, and it is marked as `{}`", mark.written())));
    }
    if step.run.desired(&step.change.address).is_none_or(|desired| desired.mode == Mode::Observe) {
        return Err(Fault::new(format!("`{id}` is there already, and it is not ours"))
            .help("write its `id:`, or set `mode: adopt` there"));
    }
    Ok(())
}

fn not_there(error: Error) -> Fault {
    if !error.is(Problem::AlreadyExists) {
        return error.into();
    }
    let message = format!("{error}; but a reading does not show it, so it stands where we cannot see it");
    let help = "it may belong to another organization, or may have been deleted a short while ago".to_owned();
    Fault::Failed { message, help: error.help.or(Some(help)) }
}

/// The natural keys of what was to be made, as far as they can be resolved.
fn keys(step: &Step<'_>) -> Vec<Key> {
    let Some(desired) = step.run.desired(&step.change.address) else { return Vec::new() };
    let known = step.run.known();
    let keys = desired.keys.iter().map(|key| Key { name: key.name.clone(), value: known.resolve_value(&key.value) });
    keys.filter(|key| !key.value.is_open()).collect()
}

fn fits(object: &Observed, keys: &[Key]) -> bool {
    keys.iter().any(|key| object.keys.contains(key))
}
