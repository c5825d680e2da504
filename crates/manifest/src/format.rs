pub(crate) fn format(_file: &crate::File) -> Result<String, Vec<polity_model::Diagnostic>> {
    Err(Vec::new())
}
