//! What a project holds in the other services: none of it goes away with the project.

use polity_provider::{Error, Problem, ReadOperation, Reader};

use crate::{
    client::list,
    operations::{block_storage::LIST_VOLUMES, compute::LIST_SERVERS, network::LIST_NETWORKS},
};

/// Where servers, volumes and networks are listed.
static PLACES: [(ReadOperation, &str, &str, &str); 3] = [
    (LIST_SERVERS, "/servers", "all_tenants", "servers"),
    (LIST_VOLUMES, "/volumes", "all_tenants", "volumes"),
    (LIST_NETWORKS, "/networks", "", "networks"),
];

/// What a project holds, in words. A service that is not there holds nothing.
pub(crate) async fn of(reader: &Reader, project: &str) -> Result<Vec<String>, Error> {
    let mut inside = Vec::new();
    for (operation, path, everywhere, noun) in &PLACES {
        let mut query = vec![("project_id", project)];
        if !everywhere.is_empty() {
            query.push((everywhere, "1"));
        }
        match list(reader, operation, path, &query, noun).await {
            Ok(found) if found.is_empty() => {}
            Ok(found) => inside.push(format!("{} {noun}", found.len())),
            Err(error) if error.is(Problem::Unsupported) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(inside)
}
