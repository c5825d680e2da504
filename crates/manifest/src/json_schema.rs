//! The registry of fields as JSON Schema (2020-12), so that editors complete and check as one types.

use polity_model::{
    shape::{Field, Shape},
    vocabulary::Vocabulary,
};
use serde_json::{Map, Value, json};

use crate::{
    check::{Sections, called, sentence},
    syntax::{Noun, nouns},
};

const NAME: &str = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

/// The schema of one document: one branch per kind, and per type of platform.
pub fn json_schema(vocabulary: &Vocabulary) -> Value {
    let (mut definitions, mut branches) = (Map::new(), Vec::new());
    for noun in nouns() {
        if noun.name == "platform" {
            for (name, platform_type) in &vocabulary.types {
                let definition = document(&noun, &platform_type.platform, Some(name), vocabulary);
                branches.push(json!({"$ref": format!("#/$defs/platform-{name}")}));
                definitions.insert(format!("platform-{name}"), definition);
            }
        } else {
            branches.push(json!({"$ref": format!("#/$defs/{}", noun.name)}));
            definitions.insert(noun.name.to_owned(), document(&noun, &[], None, vocabulary));
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A document of a Polity manifest",
        "type": "object",
        "required": ["kind", "name"],
        "properties": {"kind": {"enum": nouns().iter().map(|noun| noun.name).collect::<Vec<_>>()}},
        "oneOf": branches,
        "$defs": definitions,
    })
}

fn document(noun: &Noun, further: &[Field], platform_type: Option<&str>, vocabulary: &Vocabulary) -> Value {
    let fields: Vec<&Field> = noun.fields.iter().chain(further).collect();
    let mut schema = record(&fields, vocabulary);
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return schema };
    properties.insert("kind".to_owned(), json!({"const": noun.name, "description": noun.doc}));
    let name = json!({"type": "string", "pattern": format!("^{NAME}$"), "description": "Name in the manifest."});
    properties.insert("name".to_owned(), name);
    if let Some(kind) = platform_type {
        properties.insert("type".to_owned(), json!({"const": kind, "description": "Type of the platform."}));
    }
    if !matches!(noun.sections, Sections::None | Sections::Foreign) {
        for (name, platform_type) in &vocabulary.types {
            let mut section = match noun.sections.fields(platform_type) {
                Some(fields) => record(&fields.iter().collect::<Vec<_>>(), vocabulary),
                None => json!({"type": "object"}),
            };
            describe(&mut section, &format!("What it is on {}.", platform_type.title));
            properties.insert(name.clone(), section);
        }
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.splice(0..0, [json!("kind"), json!("name")]);
    }
    describe(&mut schema, noun.doc);
    schema
}

fn record(fields: &[&Field], vocabulary: &Vocabulary) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = of_shape(&field.shape, vocabulary);
        describe(&mut schema, field.doc);
        properties.insert(field.name.to_owned(), schema);
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn describe(schema: &mut Value, doc: &str) {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(sentence(doc)));
    }
}

fn of_shape(shape: &Shape, vocabulary: &Vocabulary) -> Value {
    let text = |pattern: &str| json!({"type": "string", "pattern": format!("^{pattern}$")});
    match shape {
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Int { min, max } => {
            let mut schema = json!({"type": "integer"});
            if let Some(schema) = schema.as_object_mut() {
                let bounds = [("minimum", *min, i64::MIN), ("maximum", *max, i64::MAX)];
                for (name, bound, _) in bounds.into_iter().filter(|(_, bound, none)| bound != none) {
                    schema.insert(name.to_owned(), json!(bound));
                }
            }
            schema
        }
        Shape::Text | Shape::Glob | Shape::Region => json!({"type": "string"}),
        Shape::Pattern { regex, called } => {
            let mut schema = text(&format!("(?:{regex})"));
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("title".to_owned(), json!(called));
            }
            schema
        }
        Shape::Name => text(NAME),
        Shape::OneOf(words) => json!({"enum": words}),
        Shape::Reference(nouns) => text(&format!("((?:{})/)?{NAME}", nouns.join("|"))),
        Shape::Duration => text("(?=.)(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?"),
        Shape::Money => text("\\d{1,12}(\\.\\d{1,2})? [A-Z]{3}"),
        Shape::Cores => json!({"anyOf": [{"type": "integer", "minimum": 0}, text("\\d{1,9}m?")]}),
        Shape::Size => text("\\d{1,9} [MGTP]iB"),
        Shape::Date => text("\\d{4}-\\d{2}-\\d{2}"),
        Shape::Email => json!({"type": "string", "format": "email"}),
        Shape::List(item) => json!({"type": "array", "items": of_shape(item, vocabulary)}),
        Shape::Set(item) => json!({"type": "array", "items": of_shape(item, vocabulary), "uniqueItems": true}),
        Shape::Map(item) => json!({"type": "object", "additionalProperties": of_shape(item, vocabulary)}),
        Shape::Record(fields) => record(&fields.iter().collect::<Vec<_>>(), vocabulary),
        Shape::Open(fields) => {
            let mut schema = record(&fields.iter().collect::<Vec<_>>(), vocabulary);
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("additionalProperties");
            }
            schema
        }
        Shape::Settings => {
            let sections = vocabulary.types.iter();
            let sections: Map<String, Value> = sections
                .map(|(name, kind)| (name.clone(), record(&kind.settings.iter().collect::<Vec<_>>(), vocabulary)))
                .collect();
            json!({"type": "object", "properties": sections, "additionalProperties": false})
        }
        Shape::Document => json!({
            "title": called(shape),
            "anyOf": [{"type": "object"}, {"type": "string", "pattern": "\\.json$"}],
        }),
        Shape::Either(shapes) => {
            json!({"anyOf": shapes.iter().map(|shape| of_shape(shape, vocabulary)).collect::<Vec<_>>()})
        }
        Shape::Any => json!({}),
    }
}
