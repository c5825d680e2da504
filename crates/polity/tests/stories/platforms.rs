//! Two platforms in one manifest, each with a login of its own: one plan over both, and one that is down stops nothing of the other.

use std::{fs, process::Command};

use crate::support::{ACCOUNT, Ended, On, Simulated, Story, ended};

/// The management account of the second platform.
const SECOND: &str = "222222222222";

const MANIFEST: &str = r#"
kind: organization
name: acme
version: polity/v1
---
kind: platform
name: first
type: aws
profile: first
mode: adopt
management_account: "123456789012"
tenant_email: "first+{tenant}@acme.example"
identity_center: false
---
kind: platform
name: second
type: aws
profile: second
mode: adopt
management_account: "222222222222"
tenant_email: "second+{tenant}@acme.example"
identity_center: false
---
kind: unit
name: pay
---
kind: landing_zone
name: prod
---
kind: project
name: shop
unit: pay
tenants:
  - {platform: first, landing_zone: prod}
  - {platform: second, landing_zone: prod, name: shop-second}
"#;

/// A story on the first platform, with a second one beside it.
struct Two {
    story: Story,
    second: Simulated,
}

impl Two {
    fn new() -> Self {
        Self { story: Story::of(On::Sandbox, MANIFEST), second: Simulated::of(SECOND) }
    }

    /// Runs the binary with a configuration that has these profiles, and keys in the environment that are for neither.
    fn polity(&self, profiles: &[(&str, &str)], words: &[&str]) -> Ended {
        let config = self.story.file("aws-config");
        let profile = |(name, endpoint): &(&str, &str)| {
            format!(
                "[profile {name}]\nregion = us-east-1\nendpoint_url = {endpoint}\naws_access_key_id = AKIA{}\n\
                 aws_secret_access_key = secret\n",
                name.to_uppercase()
            )
        };
        fs::write(&config, profiles.iter().map(profile).collect::<String>()).unwrap();
        let mut command: Command = self.story.command(words);
        ended(command.env("AWS_CONFIG_FILE", &config).env_remove("AWS_ENDPOINT_URL"))
    }

    fn both(&self, words: &[&str]) -> Ended {
        self.polity(&[("first", self.story.cloud.endpoint()), ("second", self.second.endpoint())], words)
    }

    /// Without the login of the second platform.
    fn one(&self, words: &[&str]) -> Ended {
        self.polity(&[("first", self.story.cloud.endpoint())], words)
    }

    /// Units made so far, on each.
    fn units(&self) -> [u64; 2] {
        [self.story.cloud.sandbox(), &self.second].map(|cloud| cloud.calls("organizations", "CreateOrganizationalUnit"))
    }
}

#[test]
fn each_platform_has_a_login_of_its_own() {
    let two = Two::new();
    two.both(&["apply", "--auto-approve"]).expect(0);
    two.both(&["plan"]).expect(0);
    assert_eq!(two.units(), [1, 1]);
    let accounts = [two.story.cloud.sandbox(), &two.second].map(|cloud| cloud.calls("organizations", "CreateAccount"));
    assert_eq!(accounts, [1, 1]);
    // The keys in the environment are for neither: without the profiles there is no way in at all.
    let failed = two.polity(&[], &["plan"]).expect(1);
    assert!(failed.err.contains("first"), "{}", failed.err);
    assert!(!failed.err.contains(ACCOUNT), "nobody was asked: {}", failed.err);
}

#[test]
fn without_the_login_of_one_the_other_is_planned_and_applied() {
    let two = Two::new();
    two.both(&["apply", "--auto-approve"]).expect(0);
    two.one(&["plan"]).expect(4);
    two.one(&["drift"]).expect(4);
    two.story.edit("organization.yaml", "name: prod\n", "name: prod\n---\nkind: landing_zone\nname: test\n");
    let plan = two.one(&["plan"]).expect(2);
    let said = "the platform `second` could not be reached, and nothing is changed there";
    assert!(plan.out.contains(said), "{}", plan.out);
    let run = two.one(&["apply", "--auto-approve"]).expect(4);
    assert!(run.out.contains("not reached second"), "{}", run.out);
    assert_eq!(two.units(), [2, 1]);
    two.both(&["apply", "--auto-approve"]).expect(0);
    assert_eq!(two.units(), [2, 2]);
    two.both(&["plan"]).expect(0);
}

#[test]
fn one_that_does_not_answer_stops_nothing_of_the_other() {
    let two = Two::new();
    // Nobody listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = format!("http://{free}");
    let silent = [("first", two.story.cloud.endpoint()), ("second", nowhere.as_str())];
    let run = two.polity(&silent, &["apply", "--auto-approve", "-o", "json"]).expect(4).json();
    assert!(run["unreached"]["second"].is_string(), "{run:#}");
    assert_eq!(two.units(), [1, 0]);
    two.both(&["apply", "--auto-approve"]).expect(0);
    assert_eq!(two.units(), [1, 1]);
}
