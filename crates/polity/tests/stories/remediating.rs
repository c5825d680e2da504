//! What was found wrong is put right by a plan, and put back by its inverse; boto3 made it wrong, and looks at it each time.

use serde_json::{Value as Json, json};

use crate::support::{ACCOUNT, On, Story};

const CONTROLS: [&str; 13] = [
    "admin-ports-closed",
    "audit-trail-signed",
    "database-backups-kept",
    "database-delete-protected",
    "images-not-public",
    "key-rotation",
    "log-retention",
    "machine-metadata-tokens",
    "no-long-lived-keys",
    "snapshots-not-public",
    "storage-no-public-access",
    "storage-uniform-access",
    "storage-versioning",
];

fn manifest() -> String {
    let controls: String = CONTROLS.map(|name| format!("  - {{control: {name}, enforce: audit}}\n")).concat();
    format!(
        "kind: organization\nname: acme\nversion: polity/v1\ncontrols:\n{controls}---\n\
         kind: platform\nname: aws\ntype: aws\nmanagement_account: \"{ACCOUNT}\"\ntenant_email: \"aws+{{tenant}}@acme.example\"\n\
         region: us-east-1\nregions: [us-east-1]\nidentity_center: false\n---\n\
         kind: landing_zone\nname: prod\n---\n\
         kind: person\nname: ada\ngiven_name: Ada\nfamily_name: Lovelace\nemail: ada@acme.example\n---\n\
         kind: unit\nname: payments\nowner: ada\n---\n\
         kind: project\nname: checkout\nunit: payments\ntenants:\n  - {{platform: aws, landing_zone: prod, name: shop}}\n"
    )
}

fn seen(story: &Story, verb: &str) -> Json {
    serde_json::from_str(&story.cloud.script("remediate.py", &[verb, "shop"]).unwrap()).unwrap()
}

/// What no finding may be about any more.
fn failing(story: &Story) -> Vec<String> {
    let audit = story.polity(&["audit", "-o", "json", "--tenant", "shop"]).json();
    let mut failing: Vec<String> = audit["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["status"] == "fail")
        .map(|finding| finding["control"].as_str().unwrap().to_owned())
        .collect();
    failing.sort();
    failing.dedup();
    failing
}

#[test]
fn what_is_wrong_is_put_right_and_back() {
    let story = Story::of(On::Moto, &manifest());
    story.apply();
    let wrong = seen(&story, "make");
    assert_eq!(failing(&story), CONTROLS);

    // A plan is saved, and nothing is changed.
    let path = story.file("right.json");
    let path = path.to_str().unwrap();
    let planned = story.polity(&["remediate", "--tenant", "shop", "--out", path]).expect(2);
    assert!(planned.out.contains("log-retention") && planned.out.contains("organization.yaml"), "{}", planned.out);
    assert_eq!(seen(&story, "read"), wrong);

    // Somebody was faster: the plan speaks of what is not there any more, and is refused.
    seen(&story, "meddle");
    let refused = story.polity(&["remediate", path, "--auto-approve"]);
    assert!(refused.err.contains("has changed in the cloud since"), "{}{}", refused.out, refused.err);
    let wrong = {
        let mut wrong = wrong;
        wrong["log retention"] = json!(14);
        wrong
    };
    assert_eq!(seen(&story, "read"), wrong);

    // Without an approval nothing happens; with one, all of it.
    story.polity(&["remediate", "--tenant", "shop", "--out", path]).expect(2);
    let asked = story.polity(&["remediate", path]).expect(1);
    assert!(asked.err.contains("nobody is here to approve"), "{}", asked.err);
    story.polity(&["remediate", path, "--auto-approve"]).expect(0);
    assert_eq!(
        seen(&story, "read"),
        json!({
            "bucket blocked": true,
            "bucket versioning": "Enabled",
            "key rotation": true,
            "log retention": seen(&story, "read")["log retention"],
            "trail validation": true,
            "snapshot public": false,
            "image public": false,
            "machine tokens": "required",
            "access key": "Inactive",
            "database backups": 7,
            "database protected": true,
            "bucket ownership": "BucketOwnerEnforced",
            "administered from": ["127.0.0.1/32"],
        })
    );
    assert!(seen(&story, "read")["log retention"].as_i64().unwrap() >= 365);
    assert!(failing(&story).iter().all(|control| control == "no-long-lived-keys"), "{:?}", failing(&story));
    // The manifest asks for none of this, and takes none of it back.
    story.settled();
    story.polity(&["journal", "verify"]).expect(0);

    // The inverse is a plan, too, and weakens what was made strict: the brakes have to let it.
    story.polity(&["remediate", path, "--undo", "--auto-approve"]).expect(3);
    story.edit("organization.yaml", "version: polity/v1\n", "version: polity/v1\nbrakes: {guardrails_removed: 100}\n");
    story.polity(&["remediate", path, "--undo", "--auto-approve"]).expect(0);
    assert_eq!(seen(&story, "read"), wrong);
    story.settled();
}

#[test]
fn what_the_manifest_asks_for_comes_first() {
    let story = Story::of(On::Moto, &manifest());
    story.apply();
    seen(&story, "make");
    let text = std::fs::read_to_string(story.folder().join("organization.yaml")).unwrap();
    story.write("organization.yaml", &format!("{text}---\nkind: landing_zone\nname: dev\n"));
    story.polity(&["plan"]).expect(2);
    let refused = story.polity(&["remediate", "--tenant", "shop", "--auto-approve"]).expect(1);
    assert!(refused.err.contains("not applied yet"), "{}", refused.err);
}

#[test]
fn what_nobody_has_to_approve_is_put_right_alone() {
    let careful = manifest()
        .replace("control: log-retention,", "control: log-retention, correct: auto,")
        .replace("control: key-rotation,", "control: key-rotation, correct: never,");
    let story = Story::of(On::Moto, &careful);
    story.apply();
    let wrong = seen(&story, "make");
    let ran = story.polity(&["remediate", "--auto"]).expect(0);
    let right = seen(&story, "read");
    assert!(right["log retention"].as_i64().unwrap() >= 365, "{right}");
    let others = |mut seen: Json| {
        seen.as_object_mut().unwrap().remove("log retention");
        seen
    };
    assert_eq!(others(right), others(wrong));
    assert!(ran.err.contains("by hand: key-rotation") && ran.err.contains("`correct: never`"), "{}", ran.err);
    assert!(ran.err.contains("snapshots-not-public") && ran.err.contains("somebody's approval"), "{}", ran.err);
    let journal = story.polity(&["journal", "log"]).expect(0);
    assert!(journal.out.contains("approved by the manifest (`correct: auto`)"), "{}", journal.out);

    // With a person at hand, what waits for one is planned too; what is never put right is not.
    let planned = story.polity(&["remediate", "--out", story.file("right.json").to_str().unwrap()]).expect(2);
    assert!(planned.out.contains("snapshot-sharing") && !planned.out.contains("key-rotation shop"), "{}", planned.out);
}
