//! What Polity must be allowed: the rules of the services' policies, generated from the tables of calls.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::operations;

/// The rules that planning (`read`) or applying (`write`) takes, by service.
pub fn policy(write: bool) -> Json {
    let mut rules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let reads = operations::reads().into_iter().map(|operation| &operation.0);
    let writes = operations::writes().into_iter().map(|operation| &operation.0).filter(|_| write);
    for operation in reads.chain(writes) {
        rules.entry(operation.service).or_default().push(operation.permission);
    }
    for rules in rules.values_mut() {
        rules.sort_unstable();
        rules.dedup();
    }
    json!(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_takes_all_that_reading_takes_and_more() {
        let (read, write) = (policy(false), policy(true));
        let has = |rules: &Json, rule: &str| rules["identity"].as_array().unwrap().iter().any(|one| one == rule);
        assert!(has(&read, "identity:list_projects") && has(&write, "identity:list_projects"));
        assert!(!has(&read, "identity:create_project") && has(&write, "identity:create_project"));
    }
}
