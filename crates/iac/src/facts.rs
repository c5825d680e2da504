//! A row in the making.

use polity_model::{
    Origin,
    facet::{self, Datum, Facet, Reason, Row},
};

use crate::{
    Found,
    native::{Native, World},
    tree::{Known, OPEN},
};

/// What is known of one resource. What does not fit its field is an unknown, never a guess.
pub(crate) struct Facts {
    facet: Option<&'static Facet>,
    values: Vec<(&'static str, Datum)>,
    pub(crate) address: String,
    kind: String,
    pub(crate) origin: Origin,
}

impl Facts {
    /// Of something that is not a resource of a plan.
    pub(crate) fn at(facet: &str, address: impl Into<String>, kind: &str, origin: &Origin) -> Self {
        let facet = facet::find(facet);
        Self { facet, values: Vec::new(), address: address.into(), kind: kind.to_owned(), origin: origin.clone() }
    }

    /// Of a resource, with what all resources have.
    pub(crate) fn of(facet: &str, world: &World, native: &Native) -> Self {
        let tree = &native.tree;
        let name =
            ["name", "bucket", "identifier", "function_name", "tags.Name"].into_iter().find(|path| tree.has(path));
        let arn: Vec<String> =
            tree.known("arn").map(|arn| arn.split(':').map(str::to_owned).collect()).unwrap_or_default();
        let part = |index: usize| arn.get(index).filter(|part| !part.is_empty()).cloned();
        let region = part(3).or_else(|| world.region.clone());
        let tags = if tree.has("tags_all") { "tags_all" } else { "tags" };
        Self::at(facet, &native.address, &native.called, &native.origin)
            .set("id", tree.text("id").unwritten(OPEN))
            .set("name", name.map_or(OPEN, |path| tree.text(path)))
            .set("account", part(4).map_or(OPEN, Into::into))
            .set("region", region.map_or(OPEN, Into::into))
            .set("created_at", OPEN)
            .set("tags", tree.tags(tags))
    }

    /// Sets a field. Absent where the field may not be means that it is known only after apply.
    pub(crate) fn set(mut self, name: &'static str, value: impl Into<Datum>) -> Self {
        self.values.retain(|(known, _)| *known != name);
        self.values.push((name, value.into()));
        self
    }

    /// Sets several fields.
    pub(crate) fn all<const N: usize>(self, values: [(&'static str, Datum); N]) -> Self {
        values.into_iter().fold(self, |facts, (name, value)| facts.set(name, value))
    }

    /// The row.
    pub(crate) fn row(self) -> Option<Found> {
        let facet = self.facet?;
        let mut row = Row::of(facet).finish().ok()?;
        for (name, value) in self.values {
            debug_assert!(facet.field(name).is_some(), "{} has no field {name}", facet.name);
            let Some((index, field)) = facet.field(name) else { continue };
            let value = match value {
                Datum::Absent if !field.optional => OPEN,
                value => value,
            };
            let fits = Row::of(facet).set(name, value.clone()).finish().is_ok();
            debug_assert!(fits || !matches!(value, Datum::Bool(_) | Datum::Int(_)), "{}.{name}: {value:?}", facet.name);
            let odd = || Datum::Unknown(Reason::Undefined("what is written there is not understood".to_owned()));
            if let Some(slot) = row.values.get_mut(index) {
                *slot = if fits { value } else { odd() };
            }
        }
        Some(Found { row, address: self.address, kind: self.kind, origin: self.origin })
    }

    /// The row, as what a reader of resources answers.
    pub(crate) fn rows(self) -> Vec<Found> {
        self.row().into_iter().collect()
    }
}

/// A key of the customer, where none means the cloud's own.
pub(crate) fn key_of(world: &World, native: &Native, path: &str) -> Datum {
    match native.tree.text(path) {
        // The cloud's own keys go by such names.
        Datum::Text(text) if text.contains("alias/aws/") => Datum::Absent,
        // A key that is made along with it has no id yet: that there is one is known, and it goes by its address until then.
        Datum::Unknown(_) => {
            let key =
                world.named(native, native.tree.at(path), &["aws_kms_key", "aws_kms_external_key"], &["arn", "id"]);
            key.map_or(OPEN, |key| key.address.as_str().into())
        }
        other => other,
    }
}
