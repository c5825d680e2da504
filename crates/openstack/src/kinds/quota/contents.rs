//! What a project holds in the other services: none of it goes away with the project.

use polity_provider::{Error, ReadOperation, Reader};

use crate::{
    client::list_in,
    operations::{block_storage::LIST_VOLUMES, compute::LIST_SERVERS, network::LIST_NETWORKS},
};

/// Where servers, volumes and networks are listed.
static PLACES: [(ReadOperation, &str, &str, &str); 3] = [
    (LIST_SERVERS, "/servers", "all_tenants", "servers"),
    (LIST_VOLUMES, "/volumes", "all_tenants", "volumes"),
    (LIST_NETWORKS, "/networks", "", "networks"),
];

/// Name of the fact that tells in which regions the catalog has a service; there is none where it has no such service.
pub(crate) fn regions_of(service: &str) -> String {
    format!("regions of {service}")
}

/// The services that may hold something.
pub(crate) fn services() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|(operation, ..)| operation.0.service)
}

/// What a project holds, in words, in every region. Only a service that the catalog does not have holds nothing: one that does
/// not answer, or not to us, may hold anything.
pub(crate) async fn of(reader: &Reader, project: &str) -> Result<Vec<String>, Error> {
    let mut inside = Vec::new();
    for (operation, path, everywhere, noun) in &PLACES {
        let mut query = vec![("project_id", project)];
        if !everywhere.is_empty() {
            query.push((everywhere, "1"));
        }
        let regions = reader.fact(&regions_of(operation.0.service));
        for region in regions.into_iter().flat_map(|regions| regions.split('\n')) {
            let found = list_in(Some(region), reader, operation, path, &query, noun).await?;
            if !found.is_empty() {
                inside.push(format!("{} {noun} (region `{region}`)", found.len()));
            }
        }
    }
    Ok(inside)
}
