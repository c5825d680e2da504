//! Quotas of a tenant: what Nova, Cinder and Neutron let its project use, or Keystone says for them all.
//!
//! The manifest's words are neutral; each service has its own for some of them. What a tenant does not limit stays as it is.

pub(crate) mod contents;
mod service;
mod unified;

use polity_model::organization::quota::Item;
use polity_provider::Kind;

use crate::scopes::Quotas;

/// Kinds of quotas. Keystone's limits take the place of Nova's own quotas; the other services keep theirs.
pub(crate) fn kinds(quotas: Quotas) -> Vec<Box<dyn Kind>> {
    let kept = service::SERVICES.iter().filter(|service| service.keeps(quotas));
    let mut kinds: Vec<Box<dyn Kind>> =
        kept.map(|service| Box::new(service::Quota::new(service)) as Box<dyn Kind>).collect();
    if quotas == Quotas::Unified {
        kinds.push(Box::new(unified::Limit::new()));
    }
    kinds
}

/// A ceiling in the unit of the services: whole cores, MiB of memory, GiB of storage. What is no whole unit is rounded up, so
/// that nobody gets less than is written.
fn native(item: Item, amount: i64) -> i64 {
    match item {
        Item::Cpu => up(amount, 1000),
        Item::Storage => up(amount, 1024),
        _ => amount,
    }
}

fn up(amount: i64, unit: i64) -> i64 {
    amount / unit + i64::from(amount % unit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_rounded_up_to_whole_ones() {
        assert_eq!(native(Item::Cpu, 8000), 8);
        assert_eq!(native(Item::Cpu, 500), 1);
        assert_eq!(native(Item::Storage, 10 * 1024), 10);
        assert_eq!(native(Item::Storage, 1), 1);
        assert_eq!(native(Item::Memory, 65536), 65536);
        assert_eq!(native(Item::Cpu, 0), 0);
    }
}
