//! Where credentials are found: `clouds.yaml` with `secure.yaml` beside it, and `OS_*` variables. Which values win is pure.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use polity_model::Secret;
use polity_provider::Error;
use serde_json::Value as Json;

use super::{Login, Named, Proof, Reach, refused};

type Values = BTreeMap<String, String>;

/// Names that have an older one.
const OLDER: [(&str, &str); 6] = [
    ("project_name", "tenant_name"),
    ("project_id", "tenant_id"),
    ("interface", "endpoint_type"),
    ("region_name", "region"),
    ("username", "user"),
    ("identity_endpoint_override", "identity_endpoint"),
];

/// Logs in as the variables say.
pub(super) fn from_variables(variables: &Values) -> Result<Login, Error> {
    let values = plain(variables);
    if !values.contains_key("auth_url") {
        return Err(refused("no credentials for OpenStack were found").help(
            "name an entry of `clouds.yaml` with `cloud:` on the platform or with `OS_CLOUD`, or set `OS_AUTH_URL` and what \
             goes with it",
        ));
    }
    login(&values, "the `OS_*` variables")
}

/// Logs in as an entry of the nearest `clouds.yaml` says.
pub(super) fn from_files(name: &str, variables: &Values, home: Option<&Path>) -> Result<Login, Error> {
    let mut places = vec![PathBuf::from("clouds.yaml")];
    places.extend(home.map(|home| home.join(".config/openstack/clouds.yaml")));
    places.push(PathBuf::from("/etc/openstack/clouds.yaml"));
    if let Some(file) = variables.get("OS_CLIENT_CONFIG_FILE") {
        places.insert(0, PathBuf::from(file));
    }
    let Some(path) = places.iter().find(|path| path.is_file()) else {
        let tried: Vec<String> = places.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(refused(format!("there is no `clouds.yaml` to look for the cloud `{name}` in"))
            .help(format!("it was looked for as {}", tried.join(", "))));
    };
    let secure =
        variables.get("OS_CLIENT_SECURE_FILE").map_or_else(|| path.with_file_name("secure.yaml"), PathBuf::from);
    let mut values = entry(path, &read(path)?, name)?;
    if secure.is_file() {
        let text = read(&secure)?;
        // It need not speak of this cloud, but a file that cannot be understood would look as if the password were missing.
        if clouds(&secure, &text)?.get("clouds").is_some_and(|clouds| clouds.get(name).is_some()) {
            values.extend(entry(&secure, &text, name)?);
        }
    }
    // A region is often chosen at the moment; all else of the entry belongs together.
    for one in ["region_name", "interface"] {
        values.extend(plain(variables).remove(one).map(|value| (one.to_owned(), value)));
    }
    login(&values, &format!("the cloud `{name}` of `{}`", path.display()))
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| refused(format!("`{}` cannot be read: {error}", path.display())))
}

/// A whole file. Of what is wrong with it only the place is told: a line of it may hold a password.
fn clouds(path: &Path, text: &str) -> Result<Json, Error> {
    serde_saphyr::from_str(text).map_err(|error: serde_saphyr::Error| {
        let place = error.without_snippet().location();
        let place = place.map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
        refused(format!("`{}{place}` is not valid YAML", path.display()))
            .help("correct it there or shortly before; the line itself is not shown, because it may hold a password")
    })
}

/// One cloud of a file, flattened: what stands under `auth` is not told from what stands beside it.
fn entry(path: &Path, text: &str, name: &str) -> Result<Values, Error> {
    let wrong = |why: String| refused(format!("`{}` {why}", path.display()));
    let file = clouds(path, text)?;
    let clouds = file.get("clouds").and_then(Json::as_object);
    let clouds = clouds.ok_or_else(|| wrong("has no `clouds:` in it".to_owned()))?;
    let Some(cloud) = clouds.get(name).and_then(Json::as_object) else {
        let known: Vec<String> = clouds.keys().map(|name| format!("`{name}`")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(
            wrong(format!("has no cloud `{name}`")).help(format!("it has {known}: correct `cloud:` or `OS_CLOUD`"))
        );
    };
    if let Some(profile) = cloud.get("profile").and_then(Json::as_str) {
        return Err(wrong(format!("takes the cloud `{name}` from the profile `{profile}`"))
            .help("write its `auth_url` and what goes with it into the entry: profiles of vendors are not read"));
    }
    let auth = cloud.get("auth").and_then(Json::as_object);
    let pairs = cloud.iter().filter(|(name, _)| *name != "auth").chain(auth.into_iter().flatten());
    Ok(pairs.filter_map(|(name, value)| Some((name.clone(), scalar(value)?))).map(newer).collect())
}

fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// `OS_PROJECT_NAME` as `project_name`.
fn plain(variables: &Values) -> Values {
    let known = |(name, value): (&String, &String)| {
        let name = name.strip_prefix("OS_")?.to_ascii_lowercase();
        (!value.is_empty()).then(|| newer((name, value.clone())))
    };
    variables.iter().filter_map(known).collect()
}

fn newer((name, value): (String, String)) -> (String, String) {
    let found = OLDER.iter().find(|(_, older)| *older == name);
    (found.map_or(name, |(newer, _)| (*newer).to_owned()), value)
}

/// Makes a login of plain values.
fn login(values: &Values, found: &str) -> Result<Login, Error> {
    let get = |name: &str| values.get(name).filter(|value| !value.is_empty()).cloned();
    let missing = |name: &str| {
        refused(format!("`{name}` is missing in {found}"))
            .help(format!("write `{name}` (under `auth:` in `clouds.yaml`), or set `OS_{}`", name.to_ascii_uppercase()))
    };
    let auth_url = get("auth_url").ok_or_else(|| missing("auth_url"))?;
    if get("identity_api_version").is_some_and(|version| !version.starts_with('3')) {
        return Err(refused(format!("another version of the identity API than 3 is asked for in {found}"))
            .help("Keystone has had version 3 alone for years: write `identity_api_version: 3`, or leave it out"));
    }
    let within = |prefix: &str| {
        (
            get(&format!("{prefix}_domain_id")).or_else(|| get("default_domain_id")),
            get(&format!("{prefix}_domain_name"))
                .or_else(|| get("default_domain_name"))
                .or_else(|| get("default_domain")),
        )
    };
    let (domain_id, domain_name) = within("user");
    let user = Named { id: get("user_id"), name: get("username"), domain_id, domain_name };
    let proof = proof(&get, user, &missing)?;
    let interface = get("interface").unwrap_or_else(|| "public".to_owned());
    Ok(Login {
        auth_url: base_of(&auth_url),
        reach: reach(&get, &within, &proof),
        proof,
        region: get("region_name"),
        // `publicURL` is how it was written once.
        interface: interface.trim_end_matches("URL").to_owned(),
        identity_endpoint: get("identity_endpoint_override"),
        cacert: get("cacert"),
        found: found.to_owned(),
    })
}

fn proof(get: &impl Fn(&str) -> Option<String>, user: Named, missing: &impl Fn(&str) -> Error) -> Result<Proof, Error> {
    let wanted = get("auth_type").unwrap_or_default();
    let wanted = wanted.trim_start_matches("v3");
    let credential = get("application_credential_id").is_some() || get("application_credential_name").is_some();
    match wanted {
        "applicationcredential" | "" if credential || !wanted.is_empty() => {
            let secret = get("application_credential_secret").ok_or_else(|| missing("application_credential_secret"))?;
            let (id, name) = (get("application_credential_id"), get("application_credential_name"));
            if id.is_none() && name.is_none() {
                return Err(missing("application_credential_id"));
            }
            Ok(Proof::ApplicationCredential { id, name, user, secret: Secret::new(secret) })
        }
        "token" => Ok(Proof::Token(Secret::new(get("token").ok_or_else(|| missing("token"))?))),
        "" | "password" => {
            if let (Some(token), None) = (get("token"), get("password")) {
                return Ok(Proof::Token(Secret::new(token)));
            }
            if user.id.is_none() && user.name.is_none() {
                return Err(missing("username"));
            }
            Ok(Proof::Password { user, password: Secret::new(get("password").ok_or_else(|| missing("password"))?) })
        }
        other => Err(refused(format!("credentials of the type `{other}` are not understood"))
            .help("use `password`, `v3applicationcredential` or `v3token`; for single sign-on get a token with `openstack token issue` and use that")),
    }
}

fn reach(
    get: &impl Fn(&str) -> Option<String>,
    within: &impl Fn(&str) -> (Option<String>, Option<String>),
    proof: &Proof,
) -> Reach {
    if matches!(proof, Proof::ApplicationCredential { .. }) {
        return Reach::Given; // it carries its project with it
    }
    if get("system_scope").is_some() {
        return Reach::System;
    }
    let (id, name) = (get("project_id"), get("project_name"));
    if id.is_some() || name.is_some() {
        let (domain_id, domain_name) = within("project");
        return Reach::Project(Named { id, name, domain_id, domain_name });
    }
    match (get("domain_id"), get("domain_name")) {
        (None, None) => Reach::Given,
        (id, name) => Reach::Domain(Named { id, name, ..Named::default() }),
    }
}

/// An address of Keystone without its version.
pub(crate) fn base_of(url: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    url.strip_suffix("/v3").or_else(|| url.strip_suffix("/v2.0")).unwrap_or(url).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const FILE: &str = r#"
clouds:
  corp:
    auth:
      auth_url: https://k.example/identity/v3
      username: ada
      password: hush
      project_name: ops
      user_domain_name: Default
      project_domain_id: default
    region_name: RegionTwo
    interface: internalURL
    identity_api_version: 3
  pipeline:
    auth_type: v3applicationcredential
    auth: {auth_url: "https://k.example", application_credential_id: c1, application_credential_secret: hush}
  rented: {profile: vexxhost, auth: {username: ada}}
  half: {auth: {auth_url: "https://k.example", username: ada}}
  magic: {auth_type: v3oidcpassword, auth: {auth_url: "https://k.example"}}
"#;

    fn of_file(name: &str) -> Result<Login, Error> {
        login(&entry(Path::new("clouds.yaml"), FILE, name)?, "the file")
    }

    #[test]
    fn an_entry_is_read_as_openstack_reads_it() {
        let login = of_file("corp").unwrap();
        assert_eq!(login.auth_url, "https://k.example/identity");
        assert_eq!((login.region.as_deref(), login.interface.as_str()), (Some("RegionTwo"), "internal"));
        assert_eq!(
            login.reach,
            Reach::Project(Named {
                name: Some("ops".to_owned()),
                domain_id: Some("default".to_owned()),
                ..Named::default()
            })
        );
        assert!(matches!(of_file("pipeline").unwrap().proof, Proof::ApplicationCredential { id: Some(_), .. }));
        assert_eq!(of_file("pipeline").unwrap().reach, Reach::Given);
    }

    #[test]
    fn what_cannot_be_used_is_said_with_its_place() {
        let said = ["other", "rented", "half", "magic"].map(|name| {
            let error = of_file(name).unwrap_err();
            format!("{}\n  {}", error.message, error.help.unwrap_or_default())
        });
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn variables_are_enough_by_themselves_old_names_too() {
        let login = from_variables(&values(&[
            ("OS_AUTH_URL", "http://k.example:5000/v2.0/"),
            ("OS_USERNAME", "ada"),
            ("OS_PASSWORD", "hush"),
            ("OS_TENANT_NAME", "ops"),
            ("OS_ENDPOINT_TYPE", "adminURL"),
            ("OS_DEFAULT_DOMAIN", "corp"),
        ]))
        .unwrap();
        assert_eq!((login.auth_url.as_str(), login.interface.as_str()), ("http://k.example:5000", "admin"));
        assert_eq!(login.who(), "the user `ada` of the domain `corp`");
        assert!(matches!(login.reach, Reach::Project(_)));
        let token =
            from_variables(&values(&[("OS_AUTH_URL", "http://k"), ("OS_TOKEN", "gAAA"), ("OS_SYSTEM_SCOPE", "all")]));
        let token = token.unwrap();
        assert!(!token.renewable() && token.reach == Reach::System);
        assert!(from_variables(&Values::new()).unwrap_err().help.unwrap().contains("OS_CLOUD"));
    }

    #[test]
    fn a_file_is_found_where_it_is_named_with_its_secrets_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clouds.yaml");
        fs::write(&path, FILE).unwrap();
        fs::write(folder.path().join("secure.yaml"), "clouds: {half: {auth: {password: hush}}}").unwrap();
        let named = values(&[("OS_CLIENT_CONFIG_FILE", path.to_str().unwrap()), ("OS_REGION_NAME", "RegionThree")]);
        let login = from_files("half", &named, None).unwrap();
        assert!(matches!(login.proof, Proof::Password { .. }));
        assert_eq!(login.region.as_deref(), Some("RegionThree"));
        let nowhere = values(&[("OS_CLIENT_CONFIG_FILE", "/nonexistent/clouds.yaml")]);
        let home = folder.path();
        assert!(from_files("corp", &nowhere, Some(home)).is_err_and(|error| error.message.contains("`corp`")));
    }

    #[test]
    fn a_broken_file_is_told_by_its_place_and_never_by_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clouds.yaml");
        let named = values(&[("OS_CLIENT_CONFIG_FILE", path.to_str().unwrap())]);
        let tell = || {
            let error = from_files("half", &named, None).unwrap_err();
            assert!(!format!("{error} {:?}", error.help).contains("hush"), "{error}");
            error.message
        };
        fs::write(&path, FILE).unwrap();
        let secure = folder.path().join("secure.yaml");
        fs::write(&secure, "clouds:\n  half: {auth: {password: hush}\n").unwrap();
        assert!(tell().contains("secure.yaml:"), "a broken file beside it is no missing password");
        fs::write(&secure, "clouds: {other: {auth: {password: hush}}}").unwrap();
        assert!(tell().contains("`password` is missing"));
        fs::write(&path, "clouds:\n  half:\n    auth: {password: 'hush}\n").unwrap();
        assert!(tell().ends_with("is not valid YAML"));
    }
}
