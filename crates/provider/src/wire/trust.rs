//! Whom a platform's servers may be, and who we are to them, where the machine's own authorities do not say.

use reqwest::{Certificate, ClientBuilder, Identity};

use super::line::causes;
use crate::{Error, Problem};

/// Certificates that hold for the servers of one platform. Has no `Debug`: a private key may be in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Certificate authorities that alone are trusted, PEM; those of the machine without any.
    pub authorities: Option<Vec<u8>>,
    /// Our own certificate and its private key, PEM.
    pub identity: Option<Vec<u8>>,
}

impl Trust {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.authorities.is_none() && self.identity.is_none()
    }

    pub(super) fn applied_to(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        if let Some(pem) = &self.authorities {
            let found = Certificate::from_pem_bundle(pem).map_err(|error| unusable("authorities", &error))?;
            if found.is_empty() {
                let why = "the certificate authorities hold no certificate in PEM";
                return Err(Error::new(Problem::Credentials, "opening the wire", why));
            }
            builder = builder.tls_certs_only(found);
        }
        if let Some(pem) = &self.identity {
            builder = builder.identity(Identity::from_pem(pem).map_err(|error| unusable("key pair", &error))?);
        }
        Ok(builder)
    }
}

fn unusable(what: &str, error: &reqwest::Error) -> Error {
    Error::new(Problem::Credentials, "opening the wire", format!("the {what} cannot be used: {}", causes(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Settings, Wire};

    #[test]
    fn what_is_no_certificate_is_refused_and_not_shown() {
        let wire = Wire::new(Settings::default()).unwrap();
        let authorities = |pem: &[u8]| Trust { authorities: Some(pem.to_vec()), identity: None };
        let identity = |pem: &[u8]| Trust { authorities: None, identity: Some(pem.to_vec()) };
        let broken = b"-----BEGIN CERTIFICATE-----\nhush\n-----END CERTIFICATE-----\n";
        for trust in [authorities(b""), authorities(broken), identity(b"hush"), identity(broken)] {
            let error = wire.set_trust("nimbus", &trust).unwrap_err();
            assert!(error.is(Problem::Credentials), "{error}");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
        wire.set_trust("nimbus", &Trust::default()).unwrap();
    }
}
