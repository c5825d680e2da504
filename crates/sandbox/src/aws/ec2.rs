//! The service ec2.

use serde::{Deserialize, Serialize};

use super::service::{Protocol, Service};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "ec2",
    signing: "ec2",
    protocol: Protocol::Ec2("http://ec2.amazonaws.com/doc/2016-11-15/"),
    operations: &[],
};

/// What it holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Regional {}
