//! The clouds' limits as data: the planner adds up what a plan would lead to, and refuses with the sum spelled out.

use serde::{Deserialize, Serialize};

/// One documented limit of a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Manifest name of the platform it holds on.
    pub platform: String,
    /// Kind it is about.
    pub kind: String,
    /// Only resources whose attribute has this text; all of the kind if empty.
    pub only: Option<(String, String)>,
    /// What is measured.
    pub measure: Measure,
    /// Greatest allowed value.
    pub max: u64,
    /// For people: "service control policies per target".
    pub what: String,
    /// Where the vendor documents it.
    pub source: String,
}

/// What a limit measures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// How many resources share a value of this attribute (vendor-made and foreign ones count).
    CountPer(String),
    /// How many resources there are in all.
    Count,
    /// Bytes of the attribute as minified JSON if it is a document, as text otherwise.
    Bytes(String),
    /// Characters of a text attribute.
    Characters(String),
    /// Items of a list attribute.
    Items(String),
}
