//! One call: which operation it is, what goes out, what comes back.

use bytes::Bytes;

/// One operation of a cloud's API. Declared once, as data, beside the other operations of its service; the
/// least-privilege permissions are generated from these tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Service, in the cloud's own word.
    pub service: &'static str,
    /// Operation, in the cloud's own word.
    pub name: &'static str,
    /// The permission that it takes, as the cloud's access policies write it.
    pub permission: &'static str,
    /// Calls of one family share a rate limit.
    pub family: &'static str,
    /// Whether sending it twice does no more than sending it once.
    pub repeatable: bool,
}

/// An operation that changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOperation(pub Operation);

/// An operation that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOperation(pub Operation);

impl ReadOperation {
    /// A reading operation; those can always be repeated.
    pub const fn new(
        service: &'static str,
        name: &'static str,
        permission: &'static str,
        family: &'static str,
    ) -> Self {
        Self(Operation { service, name, permission, family, repeatable: true })
    }
}

impl WriteOperation {
    /// A writing operation that does more when it is sent twice: it is only repeated where the cloud surely did nothing.
    pub const fn once(
        service: &'static str,
        name: &'static str,
        permission: &'static str,
        family: &'static str,
    ) -> Self {
        Self(Operation { service, name, permission, family, repeatable: false })
    }

    /// A writing operation that ends in the same state however often it is sent.
    pub const fn repeatable(
        service: &'static str,
        name: &'static str,
        permission: &'static str,
        family: &'static str,
    ) -> Self {
        Self(Operation { service, name, permission, family, repeatable: true })
    }
}

/// What goes out, before the session gives it an address and a signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// HTTP method; `POST` if empty.
    pub method: &'static str,
    /// Path with leading slash; `/` if empty. Already percent-encoded.
    pub path: String,
    /// Query parameters, unencoded.
    pub query: Vec<(String, String)>,
    /// Headers beyond those that the session adds.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Reply {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}
