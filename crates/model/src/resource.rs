//! One object, twice: as the manifest asks for it, and as it was last read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Address, Map, Origin, Value, organization::Mode};

/// What one credential reads: an organization, an account, an account in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scope {
    /// Unique name, made of manifest names: `sky`, `sky/checkout-prod`, `sky/checkout-prod/eu-central-1`.
    pub name: String,
    /// Manifest name of the platform.
    pub platform: String,
    /// The provider's word for its level, as in [`crate::schema::Schema::level`].
    pub level: String,
    /// Manifest name of the tenant, in scopes within one.
    pub tenant: Option<String>,
    /// What the provider needs to get in (native account id, region ...). `None`: not born yet, counts as empty.
    pub entry: Option<BTreeMap<String, String>>,
}

/// A natural key: what identifies an object where neither id nor tag does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Name of the key: `email`, `parent+name`.
    pub name: String,
    /// Its value; may hold references in desired resources.
    pub value: Value,
}

impl Key {
    /// A key of this name and value.
    pub fn new(name: &str, value: impl Into<Value>) -> Self {
        Self { name: name.to_owned(), value: value.into() }
    }
}

/// A resource as the manifest asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Its address.
    pub address: Address,
    /// Name of the scope it lives in.
    pub scope: String,
    /// What it should hold. References point at other desired resources.
    pub attributes: Map,
    /// Natural keys, most certain first.
    pub keys: Vec<Key>,
    /// Native id written in the manifest: adopt this one.
    pub adopt: Option<String>,
    /// Former addresses.
    pub renamed_from: Vec<Address>,
    /// What holds for foreign objects where it stands.
    pub mode: Mode,
    /// A tombstone: the end of this resource is asked for, with the reason.
    pub retired: Option<String>,
    /// Resources that must be there first, beyond those that the attributes refer to.
    pub needs: Vec<Address>,
    /// Where in the manifest it comes from; the most telling place first.
    pub origins: Vec<Origin>,
    /// Where it is shown.
    pub group: Group,
}

/// Where a resource is shown in a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Group {
    /// Landing zone, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_zone: Option<String>,
    /// Project, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Tenant, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

impl Desired {
    /// A resource with nothing but an address and a scope; fields are set by whoever makes it.
    pub fn new(address: Address, scope: &str, origin: &Origin) -> Self {
        Self {
            address,
            scope: scope.to_owned(),
            attributes: Map::new(),
            keys: Vec::new(),
            adopt: None,
            renamed_from: Vec::new(),
            mode: Mode::default(),
            retired: None,
            needs: Vec::new(),
            origins: vec![origin.clone()],
            group: Group::default(),
        }
    }
}

/// Name of the pseudo-attribute (and of the native tag) that holds our [`Mark`]: a difference in it means that the
/// mark must be written, or, for a forgotten object, taken off.
pub const MARK_ATTRIBUTE: &str = "polity:address";

/// Name of the pseudo-attribute of an observed resource that lists those attributes that this endpoint cannot tell:
/// they are neither compared nor read back.
pub const UNREAD_ATTRIBUTE: &str = "polity:unread";

/// Our mark on an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// Name of the organization whose manifest made it.
    pub organization: String,
    /// Its address there.
    pub address: Address,
}

impl Mark {
    /// Written form, for a native tag: `acme:sky/account/checkout-prod`.
    pub fn written(&self) -> String {
        format!("{}:{}", self.organization, self.address)
    }

    /// Reads the written form.
    pub fn read(text: &str) -> Option<Self> {
        let (organization, address) = text.split_once(':')?;
        Some(Self { organization: organization.to_owned(), address: address.parse().ok()? })
    }
}

/// A resource as it was last read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Observed {
    /// Its kind.
    pub kind: String,
    /// Name of the scope it was read in.
    pub scope: String,
    /// Native id, unique within kind and scope.
    pub id: String,
    /// Native name, for people.
    pub name: String,
    /// What it holds; native ids, no references.
    pub attributes: Map,
    /// Natural keys.
    pub keys: Vec<Key>,
    /// Our mark, if it carries one.
    pub mark: Option<Mark>,
    /// Who made it, where the vendor did: "managed by Nimbus". Such objects are never touched.
    pub vendor: Option<String>,
    /// Its native state in words, if it has ended or is ending (an account that is being closed): it can hold nothing,
    /// takes no change, and never comes back by itself.
    pub ended: Option<String>,
}
