//! Credentials: who we are, and the token that Keystone gives for it.
//!
//! They are found where every OpenStack user has them ([`sources`]): an entry of `clouds.yaml`, or `OS_*` variables. A token is
//! kept until shortly before it expires, and got anew when Keystone calls it expired before that.

pub(crate) mod keys;
pub(crate) mod sources;

use std::{collections::BTreeMap, env};

use polity_model::Secret;
use polity_provider::{Error, Problem};
use serde_json::{Value as Json, json};

/// How we log in: where Keystone is, who we are there, and what the token shall be good for.
#[derive(Clone, Debug)]
pub struct Login {
    /// Where Keystone is, without `/v3` and without a slash at its end.
    pub(crate) auth_url: String,
    pub(crate) proof: Proof,
    pub(crate) reach: Reach,
    /// Which of the catalog's endpoints are meant.
    pub(crate) region: Option<String>,
    pub(crate) interface: String,
    /// Where Keystone is, whatever its catalog says.
    pub(crate) identity_endpoint: Option<String>,
    /// File with the certificate authorities that its servers are known by.
    pub(crate) cacert: Option<String>,
    /// Where all of this was found, for messages.
    pub(crate) found: String,
}

/// How we prove who we are.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    Password {
        user: Named,
        password: Secret,
    },
    /// An id, or a name and whose it is.
    ApplicationCredential {
        id: Option<String>,
        name: Option<String>,
        user: Named,
        secret: Secret,
    },
    Token(Secret),
}

/// Something by id, or by name within a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) domain_id: Option<String>,
    pub(crate) domain_name: Option<String>,
}

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Project(Named),
    Domain(Named),
    System,
    /// Whatever comes with the credential.
    Given,
}

impl Login {
    /// As OpenStack's own tools do: the entry `cloud` of `clouds.yaml`, or the one that `OS_CLOUD` names; without either, the
    /// `OS_*` variables.
    pub fn from_environment(cloud: Option<&str>) -> Result<Self, Error> {
        let variables: BTreeMap<String, String> = env::vars().filter(|(name, _)| name.starts_with("OS_")).collect();
        let named = cloud.or(variables.get("OS_CLOUD").map(String::as_str)).filter(|name| !name.is_empty());
        match named {
            Some(name) => sources::from_files(name, &variables, env::home_dir().as_deref()),
            None => sources::from_variables(&variables),
        }
    }

    /// With a user's password, for a project of the same domain.
    pub fn password(auth_url: &str, user: &str, password: &str, project: &str, domain: &str) -> Self {
        let named = |name: &str| Named {
            name: Some(name.to_owned()),
            domain_name: Some(domain.to_owned()),
            ..Named::default()
        };
        let proof = Proof::Password { user: named(user), password: Secret::new(password) };
        Self { reach: Reach::Project(named(project)), ..Self::fixed(auth_url, proof) }
    }

    /// With a token, for what it is good for.
    pub fn token(auth_url: &str, token: &str) -> Self {
        Self::fixed(auth_url, Proof::Token(Secret::new(token)))
    }

    /// With an application credential, for the project that it was made in.
    pub fn application_credential(auth_url: &str, id: &str, secret: &str) -> Self {
        let (id, secret) = (Some(id.to_owned()), Secret::new(secret));
        let proof = Proof::ApplicationCredential { id, name: None, user: Named::default(), secret };
        Self::fixed(auth_url, proof)
    }

    fn fixed(auth_url: &str, proof: Proof) -> Self {
        Self {
            auth_url: sources::base_of(auth_url),
            proof,
            reach: Reach::Given,
            region: None,
            interface: "public".to_owned(),
            identity_endpoint: None,
            cacert: None,
            found: "given by the caller".to_owned(),
        }
    }

    /// The body of a request for a token.
    pub(crate) fn request(&self) -> Json {
        let identity = match &self.proof {
            Proof::Password { user, password } => {
                let mut user = user.json();
                insert(&mut user, "password", password.expose().into());
                json!({ "methods": ["password"], "password": { "user": user } })
            }
            Proof::ApplicationCredential { id, name, user, secret } => {
                let mut credential = json!({ "secret": secret.expose() });
                match (id, name) {
                    (Some(id), _) => insert(&mut credential, "id", id.as_str().into()),
                    (None, name) => {
                        insert(&mut credential, "name", name.clone().into());
                        insert(&mut credential, "user", user.json());
                    }
                }
                json!({ "methods": ["application_credential"], "application_credential": credential })
            }
            Proof::Token(token) => json!({ "methods": ["token"], "token": { "id": token.expose() } }),
        };
        let mut auth = json!({ "identity": identity });
        match &self.reach {
            Reach::Project(project) => insert(&mut auth, "scope", json!({ "project": project.json() })),
            Reach::Domain(domain) => insert(&mut auth, "scope", json!({ "domain": domain.json() })),
            Reach::System => insert(&mut auth, "scope", json!({ "system": { "all": true } })),
            Reach::Given => {}
        }
        json!({ "auth": auth })
    }

    /// The certificate authorities that the servers are known by, where the machine's own are not enough.
    pub(crate) fn authorities(&self) -> Result<Option<Vec<u8>>, Error> {
        let Some(path) = &self.cacert else { return Ok(None) };
        let read = std::fs::read(path).map_err(|error| {
            refused(format!("the certificate authorities `{path}` ({}) cannot be read: {error}", self.found))
                .help("correct `cacert` or `OS_CACERT`, or remove it where the machine's own authorities are enough")
        });
        read.map(Some)
    }

    /// Whether a new token can be had when this one has expired.
    pub(crate) fn renewable(&self) -> bool {
        !matches!(self.proof, Proof::Token(_))
    }

    /// Who logs in, for messages.
    pub(crate) fn who(&self) -> String {
        match &self.proof {
            Proof::Password { user, .. } => format!("the user {}", user.shown()),
            Proof::ApplicationCredential { id: Some(id), .. } => format!("the application credential `{id}`"),
            Proof::ApplicationCredential { name, user, .. } => {
                let name = name.as_deref().unwrap_or_default();
                format!("the application credential `{name}` of the user {}", user.shown())
            }
            Proof::Token(_) => "the given token".to_owned(),
        }
    }
}

impl Named {
    fn json(&self) -> Json {
        if let Some(id) = &self.id {
            return json!({ "id": id });
        }
        let mut named = json!({ "name": self.name.clone().unwrap_or_default() });
        match (&self.domain_id, &self.domain_name) {
            (Some(id), _) => insert(&mut named, "domain", json!({ "id": id })),
            (None, Some(name)) => insert(&mut named, "domain", json!({ "name": name })),
            (None, None) => {}
        }
        named
    }

    fn shown(&self) -> String {
        let name = self.name.as_ref().or(self.id.as_ref()).map_or("", String::as_str);
        match self.domain_name.as_ref().or(self.domain_id.as_ref()).filter(|_| self.id.is_none()) {
            Some(domain) => format!("`{name}` of the domain `{domain}`"),
            None => format!("`{name}`"),
        }
    }
}

fn insert(object: &mut Json, name: &str, value: Json) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// No way in.
pub(crate) fn refused(message: impl Into<String>) -> Error {
    Error::new(Problem::Credentials, "logging in", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proof_and_reach_is_written_as_keystone_wants_it() {
        let mut login = Login::password("http://k.example:5000/v3/", "ada", "hush", "ops", "Default");
        let mut all = vec![login.request()];
        login.reach = Reach::System;
        login.proof = Proof::Token(Secret::new("gAAA"));
        all.push(login.request());
        login.reach = Reach::Given;
        let user = Named { name: Some("ada".into()), domain_id: Some("default".into()), ..Named::default() };
        let credential = |id: Option<&str>, name: Option<&str>| Proof::ApplicationCredential {
            id: id.map(str::to_owned),
            name: name.map(str::to_owned),
            user: user.clone(),
            secret: Secret::new("hush"),
        };
        login.proof = credential(Some("c1"), None);
        all.push(login.request());
        login.proof = credential(None, Some("pipeline"));
        all.push(login.request());
        insta::assert_json_snapshot!(all);
    }

    #[test]
    fn nobody_prints_a_password() {
        let login = Login::password("http://k.example", "ada", "hush", "ops", "Default");
        assert!(!format!("{login:?}").contains("hush"));
        assert_eq!(login.who(), "the user `ada` of the domain `Default`");
    }
}
