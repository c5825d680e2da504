//! How much of a platform a tenant may use: ceilings in words that every platform shares.
//!
//! A landing zone gives its tenants a quota to begin with, and a tenant's own lines win, item by item. A project has
//! none: it would be read as a sum over its tenants, which no platform keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Origin, Value,
    units::{Mebibytes, MilliCores},
};

/// What is counted or measured. The order is that of documents and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Computing power, in thousandths of a core.
    Cpu,
    /// Memory, in MiB.
    Memory,
    /// Storage that outlives machines, in MiB.
    Storage,
    /// Virtual machines.
    Instances,
    /// Volumes.
    Volumes,
    /// Snapshots of volumes.
    Snapshots,
    /// Networks.
    Networks,
    /// Subnets.
    Subnets,
    /// Routers.
    Routers,
    /// Ports on networks.
    Ports,
    /// Public addresses.
    Addresses,
    /// Security groups.
    SecurityGroups,
    /// Rules of security groups.
    SecurityGroupRules,
    /// Load balancers.
    LoadBalancers,
    /// Pods.
    Pods,
    /// Services.
    Services,
    /// Claims of storage.
    Claims,
    /// Secrets.
    Secrets,
    /// Configuration maps.
    ConfigMaps,
}

/// How an item is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Thousandths of a core, written `8` or `500m`.
    Cores,
    /// MiB, written `64 GiB`.
    Size,
    /// A number of objects.
    Count,
}

impl Item {
    /// Every item, in order.
    pub const ALL: [Self; 19] = [
        Self::Cpu,
        Self::Memory,
        Self::Storage,
        Self::Instances,
        Self::Volumes,
        Self::Snapshots,
        Self::Networks,
        Self::Subnets,
        Self::Routers,
        Self::Ports,
        Self::Addresses,
        Self::SecurityGroups,
        Self::SecurityGroupRules,
        Self::LoadBalancers,
        Self::Pods,
        Self::Services,
        Self::Claims,
        Self::Secrets,
        Self::ConfigMaps,
    ];

    /// As written in `quota:`.
    pub fn name(self) -> &'static str {
        self.described().0
    }

    /// One sentence for editors and the reference.
    pub fn doc(self) -> &'static str {
        self.described().1
    }

    fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Cpu => ("cpu", "Computing power, in cores (`8`) or thousandths of a core (`500m`)."),
            Self::Memory => ("memory", "Memory of all that runs."),
            Self::Storage => ("storage", "Storage that outlives the machines, all of it together."),
            Self::Instances => ("instances", "Virtual machines."),
            Self::Volumes => ("volumes", "Volumes."),
            Self::Snapshots => ("snapshots", "Snapshots of volumes."),
            Self::Networks => ("networks", "Networks."),
            Self::Subnets => ("subnets", "Subnets."),
            Self::Routers => ("routers", "Routers."),
            Self::Ports => ("ports", "Ports on networks."),
            Self::Addresses => ("addresses", "Public addresses."),
            Self::SecurityGroups => ("security_groups", "Security groups."),
            Self::SecurityGroupRules => ("security_group_rules", "Rules of all security groups together."),
            Self::LoadBalancers => ("load_balancers", "Load balancers."),
            Self::Pods => ("pods", "Pods."),
            Self::Services => ("services", "Services."),
            Self::Claims => ("claims", "Claims of storage."),
            Self::Secrets => ("secrets", "Secrets."),
            Self::ConfigMaps => ("config_maps", "Configuration maps."),
        }
    }

    /// How it is measured.
    pub fn measure(self) -> Measure {
        match self {
            Self::Cpu => Measure::Cores,
            Self::Memory | Self::Storage => Measure::Size,
            _ => Measure::Count,
        }
    }

    /// An amount as it is written in a manifest: `500m`, `64 GiB`, `10`.
    pub fn written(self, amount: i64) -> Value {
        match self.measure() {
            Measure::Cores if amount % 1000 == 0 => Value::Int(amount / 1000),
            Measure::Cores => Value::text(MilliCores(amount).to_string()),
            Measure::Size => Value::text(Mebibytes(amount).to_string()),
            Measure::Count => Value::Int(amount),
        }
    }
}

/// One item's ceiling and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// Thousandths of a core, MiB or a count; never negative.
    pub amount: i64,
    /// Where it is written: at the tenant, or at the landing zone that it comes from.
    pub origin: Origin,
}

/// The ceilings that are written. What is not named is not limited by us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// By item.
    pub ceilings: BTreeMap<Item, Ceiling>,
}

impl Quota {
    /// The amount of an item: thousandths of a core, MiB or a count.
    pub fn get(&self, item: Item) -> Option<i64> {
        self.ceilings.get(&item).map(|ceiling| ceiling.amount)
    }

    /// All items with their amounts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Item, i64)> {
        self.ceilings.iter().map(|(item, ceiling)| (*item, ceiling.amount))
    }

    /// Takes over what is written further away, where nothing is written here.
    pub fn inherit(&mut self, above: &Self) {
        for (item, ceiling) in &above.ceilings {
            self.ceilings.entry(*item).or_insert_with(|| ceiling.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(amounts: &[(Item, i64)], file: &str) -> Quota {
        let ceiling = |amount| Ceiling { amount, origin: Origin::file(file) };
        Quota { ceilings: amounts.iter().map(|(item, amount)| (*item, ceiling(*amount))).collect() }
    }

    #[test]
    fn every_item_has_a_name_of_its_own_in_the_declared_order() {
        let mut sorted = Item::ALL;
        sorted.sort();
        assert_eq!(sorted, Item::ALL);
        let names: std::collections::BTreeSet<&str> = Item::ALL.iter().map(|item| item.name()).collect();
        assert_eq!(names.len(), Item::ALL.len());
        for item in Item::ALL {
            assert_eq!(serde_json::to_value(item).unwrap(), item.name());
        }
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        let json = |item: Item, amount| item.written(amount).to_json();
        assert_eq!(json(Item::Cpu, 8000), 8);
        assert_eq!(json(Item::Cpu, 1500), "1500m");
        assert_eq!(json(Item::Memory, 65_536), "64 GiB");
        assert_eq!(json(Item::Pods, 10), 10);
    }

    #[test]
    fn the_nearest_line_wins_item_by_item() {
        let mut near = quota(&[(Item::Cpu, 500), (Item::Pods, 0)], "near");
        near.inherit(&quota(&[(Item::Pods, 10), (Item::Memory, 64)], "far"));
        assert_eq!(near.iter().collect::<Vec<_>>(), [(Item::Cpu, 500), (Item::Memory, 64), (Item::Pods, 0)]);
        assert_eq!(&*near.ceilings[&Item::Memory].origin.file, "far");
        assert_eq!(near.get(Item::Volumes), None);
    }
}
