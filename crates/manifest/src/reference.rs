//! The registry of fields as Markdown.

use std::fmt::{self, Write};

use polity_model::{
    shape::{Field, Shape},
    vocabulary::{PlatformType, Vocabulary},
};

use crate::{
    check::{Sections, called, sentence, spoken},
    syntax::nouns,
};

const INTRODUCTION: &str = "\
# The manifest language

A manifest is a folder of YAML files, in any layout. Each document opens with `kind:` and `name:`; its fields follow at
the top level. Exactly one document is the `organization`. Several documents may share a file, with `---` between them.

Unknown fields, wrong values, duplicate names, references that lead nowhere and circles are mistakes: `polity check`
shows all of them at once, each with its place and its remedy.

## Names and references

A `name` starts with a letter or a digit and holds letters (a to z), digits, `-`, `_` and `.`, at most 100 characters. It
is the identity of what it names; `title` is free text and becomes the native name. A reference is written `name`, or
`noun/name` where two nouns have the same name.

- To give something a new name, write the former one into `renamed_from`: the native object stays.
- To take over a native object that exists already, write its native id into `id`.
- To end something that holds others, or a person, write `state: retired` and a `reason`. Removing the text of a tenant,
  landing zone, person or team never ends it. Removing the text of an access, a membership, an attachment or a setting
  takes it back.

## Forms of values

| form | example |
|---|---|
| text | `checkout`; what looks like a number or a truth value needs quotes: `\"4711\"` |
| money | `5000 EUR`, `99.50 USD` |
| cores | `8`, `500m` (half a core) |
| memory, storage | `512 MiB`, `64 GiB`, `2 TiB` |
| date | `2027-01-31`, the last day included |
| duration | `8h`, `90m`, `1h30m`, `30d` |
| pattern | `prod-*`, `db-?` |
| document | YAML in place, `policies/deny.json`, or `{file: policies/deny.json}`; paths start at the top of the folder |

Files are UTF-8 and at most 10 MB. Anchors, aliases, tags of YAML, tabs as indentation and invisible characters are
refused: every value stands in one place that can be pointed at. `yes`, `no`, `on` and `off` are text.
";

/// The whole reference.
pub(crate) fn reference(vocabulary: &Vocabulary) -> String {
    let mut page = String::new();
    // Writing to text cannot fail.
    let _ = write_page(&mut page, vocabulary);
    page
}

fn write_page(page: &mut String, vocabulary: &Vocabulary) -> fmt::Result {
    page.push_str(INTRODUCTION);
    for noun in nouns() {
        writeln!(page, "\n## `{}`\n\n{}\n", noun.name, noun.doc)?;
        table(page, &noun.fields)?;
        for (name, platform_type) in &vocabulary.types {
            let title = platform_type.title;
            if noun.name == "platform" {
                section(page, &format!("Further fields with `type: {name}` ({title})"), &platform_type.platform)?;
            }
            if !matches!(noun.sections, Sections::None | Sections::Foreign) {
                let heading = format!("Section `{name}:` ({title})");
                match noun.sections.fields(platform_type) {
                    Some(fields) => section(page, &heading, fields)?,
                    None => writeln!(page, "\n### {heading}\n\nAny fields.")?,
                }
            }
        }
    }
    settings(page, &vocabulary.types.iter().collect::<Vec<_>>())
}

fn settings(page: &mut String, types: &[(&String, &PlatformType)]) -> fmt::Result {
    writeln!(page, "\n## Settings\n")?;
    writeln!(
        page,
        "`settings:` of an organization, landing zone, project or tenant, by platform type. The nearest wins."
    )?;
    for (name, platform_type) in types {
        section(page, &format!("`settings: {{{name}: ...}}` ({})", platform_type.title), &platform_type.settings)?;
    }
    Ok(())
}

fn section(page: &mut String, heading: &str, fields: &[Field]) -> fmt::Result {
    if fields.is_empty() {
        return Ok(());
    }
    writeln!(page, "\n### {heading}\n")?;
    table(page, fields)
}

fn table(page: &mut String, fields: &[Field]) -> fmt::Result {
    writeln!(page, "| field | value | meaning |\n|---|---|---|")?;
    fields.iter().try_for_each(|field| row(page, "", field))
}

fn row(page: &mut String, above: &str, field: &Field) -> fmt::Result {
    let needed = if field.required { ", needed" } else { "" };
    let doc = sentence(field.doc).replace('|', "\\|");
    writeln!(page, "| `{above}{}` | {}{needed} | {doc} |", field.name, value(&field.shape).replace('|', "\\|"))?;
    within(page, &format!("{above}{}", field.name), &field.shape)
}

/// Rows for the fields within a value.
fn within(page: &mut String, path: &str, shape: &Shape) -> fmt::Result {
    match shape {
        Shape::Record(fields) | Shape::Open(fields) => {
            fields.iter().try_for_each(|field| row(page, &format!("{path}."), field))
        }
        Shape::List(item) | Shape::Set(item) => within(page, &format!("{path}[]"), item),
        Shape::Map(item) => within(page, &format!("{path}.*"), item),
        Shape::Either(shapes) => shapes.iter().try_for_each(|shape| within(page, path, shape)),
        _ => Ok(()),
    }
}

fn value(shape: &Shape) -> String {
    match shape {
        Shape::List(item) | Shape::Set(item) => match item.as_ref() {
            Shape::Record(_) => "list of mappings".to_owned(),
            Shape::Reference(nouns) => {
                let nouns: Vec<&str> = nouns.iter().map(|noun| spoken(noun)).collect();
                format!("list of names: {}", nouns.join(" or "))
            }
            item => format!("list, each {}", value(item)),
        },
        Shape::Map(item) => match item.as_ref() {
            Shape::Record(_) => "mapping of names to mappings".to_owned(),
            item => format!("mapping of names to {}", value(item)),
        },
        Shape::Record(_) => "mapping".to_owned(),
        Shape::Open(_) => "mapping with further entries".to_owned(),
        Shape::Settings => "[settings](#settings) by platform type".to_owned(),
        Shape::Int { min, max } if *max < i64::MAX => format!("a whole number, {min} to {max}"),
        Shape::Either(shapes) => shapes.iter().map(value).collect::<Vec<_>>().join("; or "),
        shape => called(shape),
    }
}
