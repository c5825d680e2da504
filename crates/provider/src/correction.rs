//! What is to be put right of what findings named: asked of a platform beside what its manifest asks for.

use polity_model::{Map, Origin};

/// One thing to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name of the scope that it lies in.
    pub scope: String,
    /// Name of the kind that puts it right.
    pub kind: String,
    /// Native id.
    pub id: String,
    /// What it shall hold.
    pub attributes: Map,
    /// The line of the manifest that asks for the control.
    pub origin: Origin,
}

/// What a control says about putting right, made out for one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Name of the kind that does it.
    pub kind: &'static str,
    /// Native id, as that kind takes it.
    pub id: String,
    /// What it shall hold.
    pub attributes: Map,
    /// Whether it is done in a region, or for the whole tenant.
    pub regional: bool,
}
