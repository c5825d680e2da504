//! Rules become guardrails: where they are attached, what they say, what exemptions take out, and what does not fit.

use serde_json::Value as Json;

use super::{Story, control, story, told};
use crate::prevent::Compiled;

/// A tree of two landing zones, with tenants in both; `attach` is more of the manifest.
fn tree(prod: &str, attach: &str) -> Story {
    story(&format!(
        r#"
kind: landing_zone
name: workloads
controls: [{prod}]
---
kind: landing_zone
name: prod
parent: workloads
---
kind: landing_zone
name: dev
parent: workloads
---
kind: project
name: shop
unit: shop
tenants:
  - {{platform: aws, landing_zone: prod}}
  - {{platform: aws, landing_zone: dev}}
---
kind: project
name: data
unit: shop
tenants: [{{platform: aws, landing_zone: prod, id: "333333333333"}}]
---
{attach}"#
    ))
}

const NO_LEAVING: &str = "    - scp: {deny: [organizations:LeaveOrganization]}";

/// What was made, for a person: guardrails with documents, and where they are attached.
fn show(compiled: &Compiled) -> String {
    let organization = &compiled.organization;
    let mut lines = told(&compiled.diagnostics);
    for guardrail in organization.guardrail_documents.values() {
        let section = &guardrail.native["aws"].value.to_json();
        lines.push(format!("{} ({}): {}", guardrail.name, section["type"], guardrail.description.clone().unwrap()));
        match section["document"]["Statement"].as_array() {
            Some(statements) => lines.extend(statements.iter().map(|statement| format!("  {statement}"))),
            None => lines.push(format!("  {}", section["document"])),
        }
    }
    let names = |list: &[polity_model::organization::Named]| {
        list.iter().map(|named| format!("{} ({})", named.name, named.origin)).collect::<Vec<_>>().join(", ")
    };
    let mut at = |place: String, list: &[polity_model::organization::Named]| {
        if !list.is_empty() {
            lines.push(format!("{place} <- {}", names(list)));
        }
    };
    at("organization".to_owned(), &organization.guardrails);
    organization.landing_zones.values().for_each(|zone| at(zone.name.clone(), &zone.guardrails));
    organization.tenants.values().for_each(|tenant| at(format!("tenant {}", tenant.name), &tenant.guardrails));
    for tenant in organization.tenants.values() {
        for (name, (value, origin)) in organization.settings_of(tenant) {
            lines.push(format!("tenant {} has {name}: {} ({origin})", tenant.name, value.to_json()));
        }
    }
    lines.join("\n")
}

#[test]
fn controls_become_guardrails_where_they_are_attached() {
    let controls = [
        control("no-leaving", "", NO_LEAVING),
        control(
            "regions",
            "params: {regions: {type: texts, stricter: less}}\n",
            "    - scp: {not_actions: [iam:*, sts:*], when: {StringNotEquals: {aws:RequestedRegion: \"${params.regions}\"}}}",
        ),
        control(
            "closed-buckets",
            "",
            "    - setting: {s3_public_access_block: true}\n    - scp: {deny: [s3:PutAccountPublicAccessBlock]}\n    \
             - rcp: {deny: [s3:*], when: {StringNotEqualsIfExists: {aws:PrincipalOrgID: o-1}}}",
        ),
        control("consoles", "", "    - declarative_ec2: {ec2_attributes: {serial_console_access: {status: {\"@@assign\": disabled}}}}"),
        control("no-root", "", "    - scp: {deny: [\"*\"], when: {StringLike: {aws:PrincipalArn: \"arn:*:iam::*:root\"}}}"),
        control("only-audited", "", "    - scp: {deny: [ec2:*]}"),
    ]
    .concat();
    let story = tree(
        "no-leaving, {control: regions, regions: [eu-west-1, eu-central-1]}, closed-buckets, consoles, {control: only-audited, enforce: audit}",
        &format!(
            "kind: unit\nname: finance\nowner: ada\ncontrols: [no-root]\n---\nkind: project\nname: books\nunit: finance\ntenants: [{{platform: aws, landing_zone: dev}}]\n{controls}"
        ),
    );
    let compiled = story.compiled();
    insta::assert_snapshot!(show(&compiled));
    assert_eq!(compiled.trace.prevents("shop-dev", "no-leaving"), ["polity-workloads-1"]);
    assert_eq!(
        compiled.trace.prevents("shop-prod", "closed-buckets"),
        ["polity-workloads-1", "polity-workloads-rcp-1", "setting s3_public_access_block"]
    );
    assert_eq!(compiled.trace.prevents("books-dev", "no-root"), ["polity-tenant-books-dev-1"]);
    for (tenant, control) in [("shop-dev", "no-root"), ("shop-dev", "only-audited"), ("nobody", "no-leaving")] {
        assert_eq!(compiled.trace.prevents(tenant, control), [""; 0]);
    }
    assert_eq!(compiled.trace.controls_of("polity-workloads-declarative-ec2"), ["consoles"]);
    // The same text, the same guardrails.
    assert_eq!(show(&story.compiled()), show(&compiled));
}

#[test]
fn a_tightened_control_is_said_where_it_is_tighter() {
    let controls = control(
        "regions",
        "params: {regions: {type: texts, stricter: less}}\n",
        "    - scp: {deny: [ec2:*], when: {StringNotEquals: {aws:RequestedRegion: \"${params.regions}\"}}}",
    );
    let story = tree(
        "{control: regions, regions: [eu-west-1, eu-central-1]}",
        &format!(
            "kind: landing_zone\nname: tight\nparent: prod\ncontrols: [{{control: regions, regions: [eu-west-1]}}]\n{controls}"
        ),
    );
    insta::assert_snapshot!(show(&story.compiled()));
}

fn exempted(exemption: &str) -> String {
    let exemption = format!(
        "kind: exemption\nname: e\ncontrols: [no-leaving]\nowner: ada\nreason: it moves\nuntil: 2027-01-01\n{exemption}\n"
    );
    let measures = "    - scp: {deny: [\"s3:*\"]}\n    - setting: {ebs_encryption: true}";
    let compiled = tree("no-leaving", &format!("{exemption}{}", control("no-leaving", "", measures))).compiled();
    for tenant in ["shop-prod", "shop-dev", "data-prod"] {
        let exempt = compiled.trace.exempt.contains(&(tenant.to_owned(), "no-leaving".to_owned()));
        assert_eq!(compiled.trace.prevents(tenant, "no-leaving").is_empty(), exempt, "{tenant}");
    }
    show(&compiled)
}

#[test]
fn exemptions_become_exclusions() {
    // The account's number is not written: the control goes beside it.
    insta::assert_snapshot!("exempt_tenant", exempted("tenants: [shop-prod]"));
    // It is: the control stays above, and leaves the account out.
    insta::assert_snapshot!("exempt_account", exempted("tenants: [data-prod]"));
    insta::assert_snapshot!("exempt_landing_zone", exempted("landing_zones: [prod]"));
    insta::assert_snapshot!("exempt_everywhere", exempted(""));
    insta::assert_snapshot!("exempt_resources", exempted("tenants: [shop-dev]\nresources: [\"arn:aws:s3:::old-*\"]"));
    insta::assert_snapshot!("exempt_no_arn", exempted("tenants: [shop-dev]\nresources: [\"old-*\"]"));
}

#[test]
fn what_all_say_below_is_said_above_where_all_is_ours() {
    let attach = format!(
        "kind: landing_zone\nname: a\nparent: both\ncontrols: [no-leaving]\n---\nkind: landing_zone\nname: b\nparent: both\ncontrols: [no-leaving]\n---\nkind: landing_zone\nname: both\nmode: MODE\n{}",
        control("no-leaving", "", NO_LEAVING)
    );
    let made = |mode: &str| {
        let compiled = tree("", &attach.replace("MODE", mode)).compiled();
        assert_eq!(told(&compiled.diagnostics), [""; 0]);
        compiled.organization.guardrail_documents.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(made("own"), ["polity-both-1"]);
    assert_eq!(made("observe"), ["polity-a-1", "polity-b-1"]);
}

#[test]
fn what_holds_above_is_not_said_again() {
    let wide = control("wide", "", "    - scp: {deny: [\"organizations:*\"]}");
    let attach = format!(
        "kind: landing_zone\nname: below\nparent: prod\ncontrols: [no-leaving]\n---\nkind: project\nname: x\nunit: shop\ntenants: [{{platform: aws, landing_zone: below}}]\n{wide}{}",
        control("no-leaving", "", NO_LEAVING)
    );
    let compiled = tree("wide", &attach).compiled();
    assert_eq!(compiled.organization.guardrail_documents.keys().collect::<Vec<_>>(), ["polity-workloads-1"]);
    assert_eq!(compiled.trace.prevents("x-below", "no-leaving"), ["polity-workloads-1"]);
}

#[test]
fn a_setting_of_ones_own_must_not_be_weaker() {
    let measures = "    - setting: {imds: required, ebs_encryption: true}";
    let attach = format!(
        "kind: landing_zone\nname: old\nparent: prod\nsettings: {{aws: {{imds: optional, ebs_encryption: true}}}}\n---\nkind: project\nname: x\nunit: shop\ntenants: [{{platform: aws, landing_zone: old}}]\n{}",
        control("machines", "", measures)
    );
    let compiled = tree("machines", &attach).compiled();
    assert_eq!(
        told(&compiled.diagnostics),
        [
            "acme.yaml:56 weaker-setting: the setting `imds` is weaker than the control `machines` asks of `x-old`; remove the setting, which the control makes itself, or write an exemption from the control"
        ]
    );
}

#[test]
fn what_does_not_fit_is_refused_with_the_sum() {
    let actions = |prefix: &str| {
        (0..60).map(|number| format!("\"ec2:{prefix}SomethingVeryLong{number}\"")).collect::<Vec<_>>().join(", ")
    };
    let names: Vec<String> = (0..60).map(|number| format!("control-{number}")).collect();
    let controls: String = names
        .iter()
        .map(|name| control(name, "", &format!("    - scp: {{deny: [{}]}}", actions(&name.replace('-', "")))))
        .collect();
    let compiled = tree(&names.join(", "), &controls).compiled();
    let told = told(&compiled.diagnostics);
    assert_eq!(told.len(), 1, "{told:#?}");
    insta::assert_snapshot!(told[0]);
    // Half of them fit.
    let compiled = tree(&names[..30].join(", "), &controls).compiled();
    assert!(compiled.diagnostics.is_empty() && compiled.organization.guardrail_documents.len() <= 9);
}

#[test]
fn documents_of_other_types_are_joined_or_contradict() {
    let console = |value: &str| {
        format!(
            "    - declarative_ec2: {{ec2_attributes: {{serial_console_access: {{status: {{\"@@assign\": {value}}}}}}}}}"
        )
    };
    let images = "    - declarative_ec2: {ec2_attributes: {image_block_public_access: {state: {\"@@assign\": block_new_sharing}}}}";
    let controls =
        [control("a", "", &console("disabled")), control("b", "", images), control("c", "", &console("enabled"))]
            .concat();
    let compiled = tree("a, b", &controls).compiled();
    assert!(compiled.diagnostics.is_empty());
    let document: Json =
        compiled.organization.guardrail_documents["polity-workloads-declarative-ec2"].native["aws"].value.to_json();
    assert_eq!(document["document"]["ec2_attributes"].as_object().unwrap().len(), 2);
    let told = told(&tree("a, c", &controls).compiled().diagnostics);
    assert!(told.len() == 1 && told[0].contains("`a` and `c` ask for different things"), "{told:?}");
}

#[test]
fn the_break_glass_role_is_better_not_shared() {
    let attach = format!(
        "kind: person\nname: bob\ngiven_name: Bob\nfamily_name: Builder\nemail: bob@acme.example\n---\nkind: project\nname: x\nunit: shop\naccess: [{{person: bob, role: glass}}]\ntenants: [{{platform: aws, landing_zone: dev}}]\n{}",
        control("no-leaving", "", NO_LEAVING)
    );
    let told = told(&tree("no-leaving", &attach).compiled().diagnostics);
    assert!(told.len() == 1 && told[0].contains("shared-break-glass") && told[0].contains("person `bob`"), "{told:?}");
}
