//! Mappings with named fields: unknown, missing, and those that belong to a platform type.

use polity_model::{
    shape::{Field, Shape},
    vocabulary::PlatformType,
};

use super::{Checker, called, did_you_mean, quoted_list};
use crate::yaml::{Content, Entry, Node, Source, Span};

/// Which fields a mapping may have.
pub(crate) struct Fields<'f> {
    /// By name.
    own: &'f [Field],
    /// Further fields, of the platform's type.
    further: &'f [Field],
    /// Sections named like platform types.
    sections: Sections,
    /// Whether further entries may stand there, with any values.
    open: bool,
}

/// What stands in a section named like a platform type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sections {
    /// No such sections.
    None,
    /// What a role is on that type.
    Role,
    /// The document of a guardrail on that type.
    Guardrail,
    /// What a workload is on that type: free, until a type declares fields for it.
    Workload,
    /// No such sections, and no fields that are checked here: whoever knows what they mean does.
    Foreign,
}

impl Sections {
    /// The fields of a section of this type; `None` where any are allowed.
    pub(crate) fn fields(self, platform_type: &PlatformType) -> Option<&[Field]> {
        match self {
            Self::None | Self::Foreign => Some(&[]),
            Self::Role => Some(&platform_type.role),
            Self::Guardrail => Some(&platform_type.guardrail),
            Self::Workload => None,
        }
    }
}

impl<'f> Fields<'f> {
    pub(crate) fn of(own: &'f [Field]) -> Self {
        Self { own, further: &[], sections: Sections::None, open: false }
    }

    pub(crate) fn open(own: &'f [Field]) -> Self {
        Self { open: true, ..Self::of(own) }
    }

    pub(crate) fn with(own: &'f [Field], further: &'f [Field], sections: Sections) -> Self {
        match sections {
            Sections::Foreign => Self::open(&[]),
            _ => Self { own, further, sections, open: false },
        }
    }

    fn all(&self) -> impl Iterator<Item = &'f Field> {
        self.own.iter().chain(self.further)
    }

    fn get(&self, name: &str) -> Option<&'f Field> {
        self.all().find(|field| field.name == name)
    }
}

impl Checker<'_> {
    /// A mapping with these fields that is the value of `field`.
    pub(crate) fn record(&mut self, source: &Source<'_>, field: &str, fields: &Fields<'_>, node: &mut Node) -> bool {
        let head = node.head();
        let Content::Map(entries) = &mut node.content else {
            return self.wrong_type(source, field, "a mapping", node);
        };
        self.entries(source, &format!("`{field}`"), fields, entries, head)
    }

    /// The entries of a document or record, called `of` in messages. Unknown entries are taken out, a value that does
    /// not fit is emptied, so that it still counts as written. Answers whether all that is needed is there.
    pub(crate) fn entries(
        &mut self,
        source: &Source<'_>,
        of: &str,
        fields: &Fields<'_>,
        entries: &mut Vec<Entry>,
        head: Span,
    ) -> bool {
        let mut complete = true;
        for field in fields.all().filter(|field| field.required) {
            if !entries.iter().any(|entry| entry.key == field.name) {
                complete = false;
                let message = format!("{of} needs the field `{}`", field.name);
                let help = format!("write `{}: {}`: {}", field.name, example(&field.shape), lower_first(field.doc));
                self.report(source, head, "missing-field", message, help.trim_end_matches('.'));
            }
        }
        entries.retain_mut(|entry| match fields.get(&entry.key) {
            Some(field) => {
                let fits = self.check(source, field.name, &field.shape, &mut entry.node);
                complete &= fits || !field.required;
                if !fits {
                    entry.node.content = Content::Null;
                }
                true
            }
            None if fields.open => self.any(source, &entry.node),
            None => self.section(source, of, fields, entry),
        });
        complete
    }

    /// An entry that is no field: a section of a platform type, or a mistake.
    fn section(&mut self, source: &Source<'_>, of: &str, fields: &Fields<'_>, entry: &mut Entry) -> bool {
        let vocabulary = self.vocabulary;
        if fields.sections != Sections::None
            && let Some(platform_type) = vocabulary.types.get(&entry.key)
        {
            return self.native(source, fields.sections.fields(platform_type), entry);
        }
        let mut known: Vec<&str> = fields.all().map(|field| field.name).collect();
        if fields.sections != Sections::None {
            known.extend(vocabulary.types.keys().map(String::as_str));
        }
        let help = match did_you_mean(&entry.key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => "remove it".to_owned(),
            None => format!("known here: {}", quoted_list(known).replace(" or ", ", ")),
        };
        let message = format!("{of} has no field `{}`", entry.key);
        self.report(source, entry.key_span, "unknown-field", message, &help);
        false
    }

    /// The section of one platform type; any fields where the type declares none. Kept even if it is wrong.
    fn native(&mut self, source: &Source<'_>, fields: Option<&[Field]>, entry: &mut Entry) -> bool {
        let of = format!("`{}`", entry.key);
        let outer = self.section.replace(entry.key.clone());
        let head = entry.node.head();
        let fits = match (&mut entry.node.content, fields) {
            (Content::Map(entries), Some(fields)) => self.entries(source, &of, &Fields::of(fields), entries, head),
            (Content::Map(_), None) => self.any(source, &entry.node),
            _ => self.wrong_type(source, &entry.key, "a mapping", &entry.node),
        };
        if !fits {
            // It is written, if wrongly: nobody shall be told that it is missing.
            entry.node.content = Content::Map(Vec::new());
        }
        self.section = outer;
        true
    }

    /// `settings:`, by platform type.
    pub(super) fn settings(&mut self, source: &Source<'_>, field: &str, node: &mut Node) -> bool {
        let vocabulary = self.vocabulary;
        let Content::Map(entries) = &mut node.content else {
            return self.wrong_type(source, field, "a mapping by platform type", node);
        };
        entries.retain_mut(|entry| match vocabulary.types.get(&entry.key) {
            Some(platform_type) => self.native(source, Some(&platform_type.settings), entry),
            None => {
                let types = || vocabulary.types.keys().map(String::as_str);
                let help = match did_you_mean(&entry.key, types()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("settings stand under the type of a platform: {}", quoted_list(types())),
                };
                let message = format!("no platform type `{}` is known", entry.key);
                self.report(source, entry.key_span, "unknown-platform-type", message, &help);
                false
            }
        });
        true
    }
}

/// A value to show in a help.
fn example(shape: &Shape) -> String {
    match shape {
        Shape::Money => "5000 EUR".to_owned(),
        Shape::Cores => "8".to_owned(),
        Shape::Size => "64 GiB".to_owned(),
        Shape::Date => "2027-01-31".to_owned(),
        Shape::Duration => "8h".to_owned(),
        Shape::Email => "name@example.com".to_owned(),
        Shape::OneOf(words) => words.first().copied().unwrap_or("...").to_owned(),
        Shape::List(_) | Shape::Set(_) => "[...]".to_owned(),
        Shape::Pattern { .. } => format!("<{}>", called(shape)),
        _ => "...".to_owned(),
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        // An abbreviation stays as it is.
        (Some(_), Some(second)) if second.is_uppercase() => text.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(text.chars().skip(1)).collect(),
        (None, _) => String::new(),
    }
}
