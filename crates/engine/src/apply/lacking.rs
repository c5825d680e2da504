//! Which attributes of an object are not as asked for.

use polity_model::{
    Map, Value,
    resource::UNREAD_ATTRIBUTE,
    schema::{Absent, Change, Compare, Schema},
};

/// Names of the attributes in which `found` is not what `after` asks for.
pub(super) fn lacking(schema: &Schema, after: &Map, found: &Map) -> Vec<String> {
    // What the cloud did not tell of this object cannot be waited for.
    let unread = found.get(UNREAD_ATTRIBUTE).and_then(Value::as_list).unwrap_or_default();
    let differs = |attribute: &&polity_model::schema::Attribute| {
        let asked = match (after.get(attribute.name), attribute.absent) {
            (Some(asked), _) => asked,
            (None, Absent::Empty) => &Value::Null,
            (None, Absent::Keep) => return false,
        };
        attribute.change != Change::ReadOnly
            && attribute.compare != Compare::Secret
            && !unread.iter().any(|name| name.as_text() == Some(attribute.name))
            && asked != found.get(attribute.name).unwrap_or(&Value::Null)
    };
    schema.attributes.iter().filter(differs).map(|attribute| attribute.name.to_owned()).collect()
}
