//! How long lists are read, and what is not taken for an empty one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

#[allow(dead_code, reason = "each test uses a part of this")]
#[path = "support/fake.rs"]
mod fake;

use std::collections::BTreeMap;

use polity_kubernetes::{Login, client, operations::RESOURCE_QUOTAS};
use polity_provider::{Error, Problem, Provider as _};
use serde_json::{Value as Json, json};

use fake::Fake;
use support::{manifest, provider};

const ORGANIZATION: &str = "
{kind: organization, name: acme, version: polity/v1}
---
{kind: platform, name: cluster, type: kubernetes}
";
const FIRST: &str = "/api/v1/resourcequotas?limit=5000";

fn page(names: &[&str], next: &str) -> String {
    let items: Vec<Json> = names.iter().map(|name| json!({"metadata": {"name": name}})).collect();
    json!({"kind": "ResourceQuotaList", "metadata": {"continue": next}, "items": items}).to_string()
}

/// The names in the list of quotas, as this server answers it.
async fn listed(fake: &Fake) -> Result<Vec<String>, Error> {
    let organization = manifest(ORGANIZATION);
    let provider = provider(&organization, Login::fixed(&fake.address, "none", None));
    let scope = provider.scopes(&organization, &BTreeMap::new()).remove(0);
    let reader = provider.reader(&scope).await.unwrap();
    let found = client::list(&reader, &RESOURCE_QUOTAS).await?;
    Ok(found.iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_grew_too_old_is_begun_anew_and_nothing_is_told_twice() {
    let fake = Fake::start();
    let expired = json!({"kind": "Status", "reason": "Expired", "message": "too old", "code": 410}).to_string();
    fake.say(FIRST, 200, &page(&["a", "b"], "t/1="));
    fake.say(&format!("{FIRST}&continue=t%2F1%3D"), 410, &expired);
    fake.say(FIRST, 200, &page(&["a", "b"], "t2"));
    fake.say(&format!("{FIRST}&continue=t2"), 200, &page(&["c"], ""));
    assert_eq!(listed(&fake).await.unwrap(), ["a", "b", "c"]);

    fake.say(FIRST, 410, &expired);
    fake.say(FIRST, 410, &expired);
    let error = listed(&fake).await.unwrap_err();
    assert!(error.help.as_deref().unwrap().contains("run it again"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_is_not_an_empty_one() {
    for (status, text, problem) in [
        (200, "{}", Problem::Unexpected),
        (200, "<html>please log in</html>", Problem::Unexpected),
        (200, "{\"kind\": \"List\", \"items\": {}}", Problem::Unexpected),
        (404, "<html>no such page</html>", Problem::Unsupported),
        (403, "{\"kind\": \"Status\", \"reason\": \"Forbidden\", \"message\": \"no\"}", Problem::Denied),
    ] {
        let fake = Fake::start();
        fake.say(FIRST, status, text);
        let error = listed(&fake).await.unwrap_err();
        assert_eq!(error.problem, problem, "{error}");
    }
    let fake = Fake::start();
    fake.say(FIRST, 200, "{\"kind\": \"ResourceQuotaList\", \"items\": null}");
    assert_eq!(listed(&fake).await.unwrap(), Vec::<String>::new());
}
