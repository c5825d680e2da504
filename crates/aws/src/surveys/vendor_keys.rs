//! The keys that AWS keeps for its own services. They have ids like any other; only their aliases tell them apart.

use std::collections::BTreeSet;

use polity_model::facet::Reason;
use polity_provider::Reader;
use serde_json::json;

use super::{
    answer::{account_in, text},
    support::{Answered as _, Known, Place},
};
use crate::{client::pages, operations::kms};

/// Ids of AWS's own keys in one region.
pub(super) struct VendorKeys(Known<BTreeSet<String>>);

/// Reads those of the reader's region.
pub(super) async fn of_region(reader: &Reader) -> VendorKeys {
    let aliases = pages(reader, &kms::LIST_ALIASES, json!({"Limit": 100}), "Aliases").await.known();
    let own = |aliases: Vec<serde_json::Value>| {
        let vendor =
            aliases.iter().filter(|alias| text(alias, "AliasName").is_some_and(|name| name.starts_with("alias/aws/")));
        vendor.filter_map(|alias| text(alias, "TargetKeyId").map(str::to_owned)).collect()
    };
    VendorKeys(aliases.map(own))
}

impl VendorKeys {
    /// The key, if it is a customer's. What is encrypted has a key, whether or not the answer names it.
    pub(super) fn sift(&self, place: &Place, encrypted: Option<bool>, key: Option<&str>) -> Known<Option<String>> {
        let Some(key) = key else { return if encrypted == Some(true) { Err(Reason::NotInApi) } else { Ok(None) } };
        // AWS keeps a set of its own for each account, so a key of another account is somebody's.
        if account_in(key).is_some_and(|account| account != place.account) {
            return Ok(Some(key.to_owned()));
        }
        let id = key.rsplit('/').next().unwrap_or(key);
        let vendor = self.0.as_ref().map_err(Reason::clone)?;
        Ok((!vendor.contains(id)).then(|| key.to_owned()))
    }
}
