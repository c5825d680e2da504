//! The address of a resource: platform, kind and manifest name. It stays the same while native ids come and go.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names one resource across its whole life: `platform/kind/name`.
///
/// `name` is made of manifest names and may itself hold slashes (`sky/account-assignment/ada@admin@checkout`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Manifest name of the platform.
    pub platform: String,
    /// Name of the kind, as in its [`crate::schema::Schema`].
    pub kind: String,
    /// Name within platform and kind.
    pub name: String,
}

impl Address {
    /// Builds an address from its three parts.
    pub fn new(platform: impl Into<String>, kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { platform: platform.into(), kind: kind.into(), name: name.into() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.platform, self.kind, self.name)
    }
}

/// Text that is not `platform/kind/name`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an address: expected platform/kind/name")]
pub struct NotAnAddress(String);

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(platform), Some(kind), Some(name))
                if !platform.is_empty() && !kind.is_empty() && !name.is_empty() =>
            {
                Ok(Self::new(platform, kind, name))
            }
            _ => Err(NotAnAddress(text.to_owned())),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
