pub(crate) fn json_schema(_v: &polity_model::vocabulary::Vocabulary) -> serde_json::Value {
    serde_json::Value::Null
}
