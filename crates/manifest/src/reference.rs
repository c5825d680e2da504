pub(crate) fn reference(_v: &polity_model::vocabulary::Vocabulary) -> String {
    String::new()
}
