//! The service s3-control.

use serde::{Deserialize, Serialize};

use super::service::{Protocol, Service};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "s3-control",
    signing: "s3",
    protocol: Protocol::RestXml("http://awss3control.amazonaws.com/doc/2018-08-20/"),
    operations: &[],
};

/// What it holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct S3 {}
