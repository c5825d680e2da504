//! An audit against the truth: resources that boto3 made, half of them bad in known ways, in every account of an organization.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::support::{ACCOUNT, Answer, On, Proxy, Story};

const CONTROLS: [&str; 5] =
    ["key-rotation", "log-retention", "storage-no-public-access", "storage-versioning", "volumes-encrypted"];

/// Accounts, and resources of each facet in each of them. The full size is asked for from outside: it takes minutes.
fn size() -> (usize, usize) {
    let number = |name: &str, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    (number("POLITY_AUDIT_ACCOUNTS", 2), number("POLITY_AUDIT_RESOURCES", 4))
}

fn manifest(accounts: usize) -> String {
    let controls: String = CONTROLS.map(|name| format!("  - {{control: {name}, enforce: audit}}\n")).concat();
    let tenants: String = (0..accounts)
        .map(|number| format!("  - {{platform: aws, landing_zone: prod, name: tenant-{number:02}}}\n"))
        .collect();
    format!(
        "kind: organization\nname: acme\nversion: polity/v1\ncontrols:\n{controls}---\n\
         kind: platform\nname: aws\ntype: aws\nmanagement_account: \"{ACCOUNT}\"\ntenant_email: \"aws+{{tenant}}@acme.example\"\n\
         region: us-east-1\nregions: [us-east-1]\nidentity_center: false\n---\n\
         kind: landing_zone\nname: prod\n---\n\
         kind: person\nname: ada\ngiven_name: Ada\nfamily_name: Lovelace\nemail: ada@acme.example\n---\n\
         kind: unit\nname: payments\nowner: ada\n---\n\
         kind: project\nname: checkout\nunit: payments\ntenants:\n{tenants}"
    )
}

/// A living organization, and what is true of it.
fn seeded() -> (Story, Json) {
    let (accounts, resources) = size();
    let story = Story::of(On::Moto, &manifest(accounts));
    story.apply();
    let truth = story.cloud.script("seed_audit.py", &[&resources.to_string(), ACCOUNT]).unwrap();
    (story, serde_json::from_str(&truth).unwrap())
}

/// Control, tenant, facet, resource.
type Line = [String; 4];

fn lines(list: &Json) -> BTreeSet<Line> {
    serde_json::from_value::<Vec<Line>>(list.clone()).unwrap().into_iter().collect()
}

/// Findings of this status; of what could not be listed, the resource is `*`.
fn found(audit: &Json, status: &str) -> BTreeSet<Line> {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let of = audit["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == status);
    of.map(|finding| {
        let resource = &finding["resource"];
        // Without its name a resource is known by the end of its id.
        let id = text(&resource["id"]);
        let name = match (id.as_str(), text(&resource["name"])) {
            ("", _) => "*".to_owned(),
            (id, name) if name.is_empty() => id.rsplit('/').next().unwrap().to_owned(),
            (_, name) => name,
        };
        [text(&finding["control"]), text(&finding["place"]["tenant"]), text(&resource["facet"]), name]
    })
    .collect()
}

#[test]
fn findings_are_the_truth() {
    let (story, truth) = seeded();
    let audit = story.polity(&["audit", "-o", "json"]).expect(2).json();
    assert_eq!(found(&audit, "fail"), lines(&truth["fail"]));
    assert_eq!(found(&audit, "unknown"), BTreeSet::new(), "{:#}", audit["gaps"]);
    for control in CONTROLS {
        let tenants = audit["controls"][control]["tenants"].as_object().unwrap();
        let pass: u64 =
            tenants.iter().filter(|(name, _)| !name.is_empty()).map(|(_, it)| it["pass"].as_u64().unwrap()).sum();
        assert_eq!(json!(pass), truth["pass"][control], "{control}");
    }

    // The evidence is in the journal, and leads to the same verdicts.
    story.polity(&["journal", "verify"]).expect(0);
    for control in CONTROLS {
        let proof = story.polity(&["prove", "--control", control, "-o", "json"]).expect(0).json();
        assert_eq!(proof["reproduced"], true);
    }
    let one = story.polity(&["prove", "--control", "volumes-encrypted", "--tenant", "tenant-00"]).expect(0);
    assert!(
        one.out.contains("reproduced") && one.out.contains("tenant-00") && !one.out.contains("tenant-01"),
        "{}",
        one.out
    );
    story.polity(&["prove", "--control", "volumes-encrypted", "--at", "2020-01-01"]).expect(1);

    // What was saved comes to the same findings without a cloud.
    let rows = story.file("rows.json");
    let rows = rows.to_str().unwrap();
    story.polity(&["audit", "--save", rows, "--no-evidence"]).expect(2);
    let mut offline = story.command(&["audit", "--inventory", rows, "-o", "json"]);
    let offline = crate::support::ended(offline.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")).expect(2).json();
    assert_eq!(offline["findings"], audit["findings"]);

    // Only what is asked for, and only as bad as is asked for.
    let narrow = ["audit", "--inventory", rows, "--control", "storage-versioning", "--tenant", "tenant-01"];
    let only = story.polity(&narrow).expect(0);
    assert!(only.out.contains("1 control in 1 tenant"), "{}", only.out);
    story.polity(&[narrow.as_slice(), &["--fail-on", "medium"]].concat()).expect(2);
    story.polity(&["audit", "--inventory", rows, "--control", "no-such-control"]).expect(1);
}

#[test]
fn what_is_denied_is_unknown_and_never_passes() {
    let (story, truth) = seeded();
    // One reading in ten, whichever it is; the organization itself has to be found.
    let proxy = Proxy::with(story.cloud.endpoint(), |call, before| {
        let credential = call.headers.get("authorization").cloned().unwrap_or_default();
        let service = credential.split('/').nth(3).unwrap_or_default().to_owned();
        if ["organizations", "sts"].contains(&service.as_str()) {
            return None;
        }
        let path: u32 = call.operation.bytes().map(u32::from).sum();
        (path as usize + before).is_multiple_of(10).then(|| denied(&service))
    });
    let ended = story.polity_through(&proxy, &["audit", "-o", "json"]);
    let audit = ended.json();
    let (bad, fails, unknown) = (lines(&truth["fail"]), found(&audit, "fail"), found(&audit, "unknown"));
    assert!(fails.is_subset(&bad), "{:?}", fails.difference(&bad));
    assert!(!unknown.is_empty(), "nothing was denied: {}", ended.err);
    for line @ [control, tenant, facet, _] in bad.difference(&fails) {
        let all = [control.clone(), tenant.clone(), facet.clone(), "*".to_owned()];
        assert!(unknown.contains(line) || unknown.contains(&all), "{line:?} is neither fail nor unknown");
    }
    for finding in audit["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == "unknown") {
        let reasons = finding["reasons"].as_array().unwrap();
        let permission = |why: &Json| why["reason"]["denied"]["permission"].as_str().is_some_and(|it| it.contains(':'));
        assert!(reasons.iter().any(permission), "{finding:#}");
    }
    // Fewer pass, or as many; never more.
    let mut passing: BTreeMap<&str, u64> = BTreeMap::new();
    for control in CONTROLS {
        for (_, tenant) in
            audit["controls"][control]["tenants"].as_object().unwrap().iter().filter(|(name, _)| !name.is_empty())
        {
            *passing.entry(control).or_default() += tenant["pass"].as_u64().unwrap();
        }
        assert!(passing[control] <= truth["pass"][control].as_u64().unwrap(), "{control}");
    }
}

/// A refusal, as each protocol writes it.
fn denied(service: &str) -> Answer {
    let xml = |body: &str| Answer { status: 403, body: body.to_owned() };
    match service {
        "s3" => xml(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
        ),
        "ec2" => xml(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message>\
             </Error></Errors><RequestID>r</RequestID></Response>",
        ),
        "iam" | "rds" | "elasticloadbalancing" | "autoscaling" => xml(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>r</RequestId>\
             </ErrorResponse>",
        ),
        _ => Answer::error("AccessDeniedException", "no"),
    }
}
