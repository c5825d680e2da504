//! Functions of Lambda.

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, ReadOperation, Reader, Surveyed};
use serde_json::Value as Json;

use super::{
    amid::Amid,
    answer::{self, at, repeated, tag_map, text, told},
    authorizations::Authorizations,
    plain_secrets, policy_document,
    sources::Source,
    support::{Answered as _, Known, Place, datum, each, encryption, finish},
};
use crate::{
    client::{Caller as _, encode, rest_pages},
    operations::{iam, lambda},
};

pub(super) const FACET: &str = "function";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region", "created_at", "identity_default", "encrypted"], calls: &[] },
    Source {
        facet: FACET,
        fields: &[
            "id",
            "name",
            "runtime",
            "runtime_supported",
            "identity",
            "network",
            "secrets",
            "tracing",
            "dead_letters",
            "encryption_key",
            "encryption_key_account",
        ],
        calls: &[&lambda::LIST_FUNCTIONS],
    },
    Source { facet: FACET, fields: &["tags"], calls: &[&lambda::LIST_TAGS] },
    Source { facet: FACET, fields: &["public"], calls: &[&lambda::GET_POLICY] },
    Source { facet: FACET, fields: &["authentication", "ingress"], calls: &[&lambda::GET_FUNCTION_URL_CONFIG] },
    Source { facet: FACET, fields: &["code_signing"], calls: &[&lambda::GET_FUNCTION_CODE_SIGNING_CONFIG] },
    Source {
        facet: FACET,
        fields: &["identity_admin"],
        calls: &[&iam::GET_ACCOUNT_AUTHORIZATION_DETAILS, &iam::GET_POLICY, &iam::GET_POLICY_VERSION],
    },
];

/// Runtimes that get fixes, and those that do not any more, as AWS lists them. Of one that stands in neither nothing is
/// known.
const SUPPORTED: &[&str] = &[
    "nodejs22.x",
    "nodejs24.x",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "java8.al2",
    "java11",
    "java17",
    "java21",
    "java25",
    "dotnet8",
    "dotnet10",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "provided.al2023",
];
const ENDED: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "java8",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet5.0",
    "dotnet6",
    "dotnet7",
    "ruby2.5",
    "ruby2.7",
    "go1.x",
    "provided",
    "provided.al2",
];

pub(super) fn read<'r>(amid: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(amid, reader).boxed()
}

async fn rows(amid: &Amid, reader: &Reader) -> Result<Surveyed, Error> {
    let path = "/2015-03-31/functions?MaxItems=50";
    let pages = rest_pages(reader, &lambda::LIST_FUNCTIONS, path, ("NextMarker", "Marker"), false).await?;
    let functions: Vec<&Json> = pages.iter().flat_map(|page| repeated(page, "Functions")).collect();
    if functions.is_empty() {
        return Ok(Surveyed::default());
    }
    let (place, identities) = (&Place::region(reader), &amid.authorizations(reader).await.known());
    let rows = each(functions, |function| row(reader, place, identities, function)).await;
    rows.into_iter().collect::<Result<Vec<Row>, Error>>().map(Surveyed::from)
}

async fn row(
    reader: &Reader,
    place: &Place,
    identities: &Known<Arc<Authorizations>>,
    function: &Json,
) -> Result<Row, Error> {
    let (arn, name) =
        (text(function, "FunctionArn").unwrap_or_default(), text(function, "FunctionName").unwrap_or_default());
    let part = |operation: &'static ReadOperation, path: String| async move {
        reader.rest_json(operation, "GET", &path, Json::Null).await.known_or_none()
    };
    let (policy, url, signing, tags) = tokio::join!(
        part(&lambda::GET_POLICY, format!("/2015-03-31/functions/{name}/policy")),
        part(&lambda::GET_FUNCTION_URL_CONFIG, format!("/2021-10-31/functions/{name}/url")),
        part(&lambda::GET_FUNCTION_CODE_SIGNING_CONFIG, format!("/2020-06-30/functions/{name}/code-signing-config")),
        part(&lambda::LIST_TAGS, format!("/2017-03-31/tags/{}", encode(arn))),
    );
    let public = policy.and_then(|found| match found {
        Some(found) => {
            let policy = policy_document::parse(text(&found, "Policy").ok_or(Reason::NotInApi)?)?;
            Ok(policy.reach(&place.account, |_| true).public)
        }
        None => Ok(false),
    });
    let authentication = url.clone().map(|found| match found.as_ref().and_then(|url| text(url, "AuthType")) {
        Some("NONE") => "none".into(),
        Some("AWS_IAM") => "identity".into(),
        Some(other) => Datum::from(Reason::Undefined(format!("`{other}` is no way to prove who one is that we know"))),
        None => "internal".into(),
    });
    let runtime = runtime(function);
    let role = text(function, "Role");
    let variables = at(function, "Environment/Variables").and_then(Json::as_object);
    let pairs = variables.into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let draft = place
        .row(FACET, arn, name)?
        .set(
            "tags",
            datum(tags.map(|found| found.map_or_else(|| answer::tags(&[], "", ""), |found| tag_map(&found, "Tags")))),
        )
        .set("created_at", Datum::Absent)
        .set("runtime", told(runtime))
        .set("runtime_supported", told(runtime.and_then(supported)))
        .set("public", datum(public))
        .set("authentication", datum(authentication))
        .set("ingress", datum(url.map(|found| if found.is_some() { "all" } else { "internal" })))
        .set("identity", Datum::maybe(role))
        .set("identity_default", false)
        .set("identity_admin", datum(admin(identities, role)))
        .set("network", Datum::maybe(text(function, "VpcConfig/VpcId")))
        .set("secrets", plain_secrets::in_values(pairs))
        .set(
            "code_signing",
            datum(signing.map(|found| found.is_some_and(|found| text(&found, "CodeSigningConfigArn").is_some()))),
        )
        .set("tracing", text(function, "TracingConfig/Mode") == Some("Active"))
        .set("dead_letters", text(function, "DeadLetterConfig/TargetArn").is_some());
    // Lambda encrypts code and variables always; the only question is with whose key.
    finish(encryption(draft, place, true.into(), Ok(text(function, "KMSKeyArn").map(str::to_owned))))
}

fn runtime(function: &Json) -> Option<&str> {
    if text(function, "PackageType") == Some("Image") { Some("container") } else { text(function, "Runtime") }
}

/// Whether a runtime still gets fixes.
fn supported(runtime: &str) -> Option<bool> {
    let known = SUPPORTED.contains(&runtime) || ENDED.contains(&runtime);
    known.then(|| SUPPORTED.contains(&runtime))
}

/// Whether the role of a function may do everything.
fn admin(identities: &Known<Arc<Authorizations>>, role: Option<&str>) -> Known<bool> {
    let Some(role) = role else { return Ok(false) };
    let identities = identities.as_ref().map_err(Reason::clone)?;
    match identities.role(role) {
        Some(found) => identities.is_admin(found),
        None => Err(Reason::Undefined("its role is not in this account, or is gone".to_owned())),
    }
}
