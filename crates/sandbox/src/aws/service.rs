//! What a service is: a name, a protocol, and a table of operations.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{input::Input, refusal::Refusal, wire::Caller, world::World};
use crate::cloud::{Access, Call, Tuning};

/// Result of an operation: its output shape as JSON.
pub(crate) type Answer = Result<Value, Refusal>;

/// One operation.
pub(crate) struct Operation {
    /// As in AWS's interface.
    pub(crate) name: &'static str,
    pub(crate) access: Access,
    /// Where its rate stands, see [`super::rates`].
    pub(crate) family: &'static str,
    /// Method and path, for services that speak REST.
    pub(crate) route: Option<(&'static str, &'static str)>,
    pub(crate) run: fn(&mut Turn<'_>, &Input<'_>) -> Answer,
}

/// An operation that changes nothing.
pub(crate) const fn read(
    name: &'static str,
    family: &'static str,
    run: fn(&mut Turn<'_>, &Input<'_>) -> Answer,
) -> Operation {
    Operation { name, access: Access::Read, family, route: None, run }
}

/// An operation that changes something.
pub(crate) const fn write(
    name: &'static str,
    family: &'static str,
    run: fn(&mut Turn<'_>, &Input<'_>) -> Answer,
) -> Operation {
    Operation { name, access: Access::Write, family, route: None, run }
}

impl Operation {
    /// With a REST route.
    pub(crate) const fn at(mut self, method: &'static str, path: &'static str) -> Self {
        self.route = Some((method, path));
        self
    }
}

/// How a service wants its requests and gives its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// JSON 1.1 with this prefix in `X-Amz-Target`.
    Json(&'static str),
    /// Query with XML answers in this namespace.
    Query(&'static str),
    /// EC2's own kind of query, with XML answers in this namespace.
    Ec2(&'static str),
    /// REST with JSON bodies.
    RestJson,
    /// REST with XML bodies in this namespace.
    RestXml(&'static str),
}

/// One service.
pub(crate) struct Service {
    /// As the log calls it.
    pub(crate) name: &'static str,
    /// As signatures call it.
    pub(crate) signing: &'static str,
    pub(crate) protocol: Protocol,
    pub(crate) operations: &'static [Operation],
}

/// All services.
pub(crate) static SERVICES: [&Service; 11] = [
    &super::account::SERVICE,
    &super::budgets::SERVICE,
    &super::cloudtrail::SERVICE,
    &super::ec2::SERVICE,
    &super::iam::SERVICE,
    &super::identity_store::SERVICE,
    &super::organizations::SERVICE,
    &super::s3_control::SERVICE,
    &super::sso_admin::SERVICE,
    &super::sts::SERVICE,
    &super::tagging::SERVICE,
];

/// The operation of this name.
pub(crate) fn find(service: &str, operation: &str) -> Option<&'static Operation> {
    let service = SERVICES.iter().find(|known| known.name == service)?;
    service.operations.iter().find(|known| known.name == operation)
}

/// Everything that an operation may look at and change.
pub(crate) struct Turn<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) caller: Caller,
    pub(crate) region: String,
    pub(crate) now: Timestamp,
    pub(crate) tuning: &'a Tuning,
    pub(crate) call: &'a Call,
}

impl Turn<'_> {
    /// When work that this call begins will be done: after what the scenario says, else after the usual time.
    pub(crate) fn due(&self, usual: SignedDuration) -> Timestamp {
        let takes = self.tuning.takes.get(&self.key()).and_then(|takes| SignedDuration::try_from(*takes).ok());
        self.now.checked_add(takes.unwrap_or(usual)).unwrap_or(Timestamp::MAX)
    }

    /// Whether the scenario lets work that this call begins come to nothing.
    pub(crate) fn fails(&self) -> bool {
        self.tuning.fails.contains_key(&self.key())
    }

    fn key(&self) -> String {
        format!("{}:{}", self.call.service, self.call.operation)
    }
}
