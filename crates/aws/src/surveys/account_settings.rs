//! What is set for a whole account: one row, with what holds in every region that the account can use taken together.

mod regions;

use std::collections::BTreeSet;

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Draft, Reason};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::{Value as Json, json};

use self::regions::Regions;
use super::{
    amid::Amid,
    answer::{flag, list, number, repeated, text, wrapped},
    elastic, identities, log_trails, object_stores,
    sources::Source,
    support::{Answered as _, Known, Place, datum, finish},
};
use crate::{
    client::Caller as _,
    operations::{
        access_analyzer, account, cloudtrail, config, ec2, ecr, guard_duty, iam, inspector, lambda, macie,
        organizations, rds, s3_control, security_hub,
    },
};

pub(super) const FACET: &str = "account_settings";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["id", "account", "region", "created_at", "management"], calls: &[] },
    Source { facet: FACET, fields: &["name", "organization_member"], calls: &[&organizations::LIST_ACCOUNTS] },
    Source {
        facet: FACET,
        fields: &["workloads"],
        calls: &[&ec2::DESCRIBE_INSTANCES, &lambda::LIST_FUNCTIONS, &rds::DESCRIBE_DB_INSTANCES],
    },
    Source {
        facet: FACET,
        fields: &["guardrails", "leave_blocked", "services"],
        calls: &[&organizations::LIST_POLICIES, &organizations::LIST_TARGETS, &organizations::DESCRIBE_POLICY],
    },
    Source { facet: FACET, fields: &["regions"], calls: &[&ec2::DESCRIBE_REGIONS, &organizations::DESCRIBE_POLICY] },
    Source {
        facet: FACET,
        fields: &["root"],
        calls: &[&iam::GET_ACCOUNT_SUMMARY, &iam::GET_CREDENTIAL_REPORT, &iam::LIST_VIRTUAL_MFA_DEVICES],
    },
    Source { facet: FACET, fields: &["root_central"], calls: &[&iam::LIST_ORGANIZATIONS_FEATURES] },
    Source { facet: FACET, fields: &["password_policy"], calls: &[&iam::GET_PASSWORD_POLICY] },
    Source { facet: FACET, fields: &["security_contact"], calls: &[&account::GET_ALTERNATE_CONTACT] },
    Source { facet: FACET, fields: &["federated"], calls: &[&iam::LIST_SAML_PROVIDERS] },
    Source { facet: FACET, fields: &["public_stores_blocked"], calls: &[&s3_control::GET_PUBLIC_ACCESS_BLOCK] },
    Source { facet: FACET, fields: &["public_images_blocked"], calls: &[&ec2::GET_IMAGE_BLOCK_PUBLIC_ACCESS] },
    Source { facet: FACET, fields: &["public_snapshots_blocked"], calls: &[&ec2::GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS] },
    Source {
        facet: FACET,
        fields: &["public_networks_blocked"],
        calls: &[&ec2::DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS],
    },
    Source { facet: FACET, fields: &["volumes_encrypted"], calls: &[&ec2::GET_EBS_ENCRYPTION_BY_DEFAULT] },
    Source { facet: FACET, fields: &["serial_console"], calls: &[&ec2::GET_SERIAL_CONSOLE_ACCESS] },
    Source { facet: FACET, fields: &["metadata_tokens"], calls: &[&ec2::GET_INSTANCE_METADATA_DEFAULTS] },
    Source { facet: FACET, fields: &["allowed_images"], calls: &[&ec2::GET_ALLOWED_IMAGES] },
    Source { facet: FACET, fields: &["ai_opt_out"], calls: &[&organizations::DESCRIBE_EFFECTIVE_POLICY] },
    Source { facet: FACET, fields: &["registry_scanned"], calls: &[&ecr::GET_REGISTRY_SCANNING_CONFIGURATION] },
    Source { facet: FACET, fields: &["analyzer_regions"], calls: &[&access_analyzer::LIST_ANALYZERS] },
    Source {
        facet: FACET,
        fields: &["detection_regions"],
        calls: &[&guard_duty::LIST_DETECTORS, &guard_duty::GET_DETECTOR],
    },
    Source { facet: FACET, fields: &["posture_regions"], calls: &[&security_hub::DESCRIBE_HUB] },
    Source {
        facet: FACET,
        fields: &["recording_regions"],
        calls: &[&config::DESCRIBE_CONFIGURATION_RECORDER_STATUS, &config::DESCRIBE_CONFIGURATION_RECORDERS],
    },
    Source { facet: FACET, fields: &["scanning_regions"], calls: &[&inspector::BATCH_GET_ACCOUNT_STATUS] },
    Source { facet: FACET, fields: &["discovery_regions"], calls: &[&macie::GET_MACIE_SESSION] },
    Source { facet: FACET, fields: &["organization_trail"], calls: &[&cloudtrail::DESCRIBE_TRAILS] },
];

pub(super) fn read<'r>(amid: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(amid, reader).boxed()
}

async fn rows(amid: &Amid, reader: &Reader) -> Result<Surveyed, Error> {
    let place = Place::account(reader);
    let own = place.account.as_str();
    let management = own == amid.door.fields.management_account;
    let usable = usable(amid, reader, own, management).await;
    let draft = place
        .row(FACET, own, own)?
        .set("tags", Reason::NotCollected)
        .set("created_at", Datum::Absent)
        .set("management", management);
    let draft = belonging(draft, amid, own, management).await;
    let draft = signing_in(draft, amid, reader).await;
    let draft = draft.set("regions", datum(usable.clone().map(list)));
    let regions = match &usable {
        Ok(usable) => Ok(Regions::read(amid, reader, usable).await),
        Err(reason) => Err(reason.clone()),
    };
    let draft = regions::fill(draft, &regions);
    let workloads = match (&usable, management) {
        // What runs elsewhere is asked of each region's own surveys.
        (Ok(usable), true) => regions::workloads(amid, reader, usable).await,
        (Err(reason), true) => Err(reason.clone()),
        _ => Err(Reason::NotCollected),
    };
    let block = object_stores::access::account_block(reader).await.map(|block| block.is_whole());
    let trails = log_trails::trails(reader).await.known();
    let wide = trails.map(|all| all.iter().any(|trail| flag(trail, "IsOrganizationTrail") == Some(true)));
    let row = draft
        .set("workloads", datum(workloads))
        .set("public_stores_blocked", datum(block))
        .set("organization_trail", datum(wide));
    Ok(vec![finish(row)?].into())
}

/// The regions that an account can use: enabled in it, and not refused to it.
async fn usable(amid: &Amid, reader: &Reader, own: &str, management: bool) -> Known<BTreeSet<String>> {
    let found = elastic::list_whole(reader, &ec2::DESCRIBE_REGIONS, &[], "regionInfo").await.known()?;
    let open = found.iter().filter(|region| text(region, "optInStatus") != Some("not-opted-in"));
    let open: BTreeSet<String> = open.filter_map(|region| text(region, "regionName").map(str::to_owned)).collect();
    Ok(match amid.guardrails().await?.regions(own, management)? {
        Some(held) => open.intersection(&held).cloned().collect(),
        None => open,
    })
}

/// Where the account belongs, and what holds for it there.
async fn belonging<'f>(draft: Draft<'f>, amid: &Amid, own: &str, management: bool) -> Draft<'f> {
    let neighbours = amid.neighbours().await;
    let member = neighbours.clone().map(|all| all.organization.is_some() && all.accounts.contains_key(own));
    let name = neighbours.map(|all| all.accounts.get(own).filter(|name| !name.is_empty()).map_or(own, String::as_str));
    let guardrails = amid.guardrails().await;
    let names = guardrails.clone().map(|all| list(all.names(own, management)));
    let leave = guardrails.clone().and_then(|all| all.stays(own, management));
    let services = guardrails.and_then(|all| all.services(own, management));
    let services = services.map(|held| held.map_or_else(|| list(["*"]), list));
    draft
        .set("name", datum(name))
        .set("organization_member", datum(member))
        .set("guardrails", datum(names))
        .set("leave_blocked", datum(leave))
        .set("services", datum(services))
        .set("ai_opt_out", datum(opted_out(amid, own).await))
}

/// Whether the account's data is not used to train models, as all policies above it come to.
async fn opted_out(amid: &Amid, own: &str) -> Known<bool> {
    let asked = json!({"PolicyType": "AISERVICES_OPT_OUT_POLICY", "TargetId": own});
    let found = amid.door.at_hub().json(&organizations::DESCRIBE_EFFECTIVE_POLICY, asked).await.known_or_none()?;
    let Some(found) = found else { return Ok(false) };
    let content = text(&found, "EffectivePolicy/PolicyContent").unwrap_or_default();
    let unreadable = |error| Reason::Undefined(format!("the effective policy cannot be read: {error}"));
    let document: Json = serde_json::from_str(content).map_err(unreadable)?;
    Ok(text(&document, "services/default/opt_out_policy") == Some("optOut"))
}

/// Who signs in to the account, and how.
async fn signing_in<'f>(draft: Draft<'f>, amid: &Amid, reader: &Reader) -> Draft<'f> {
    let home = amid.door.at_hub();
    let (root, central, policy, contact, providers) = tokio::join!(
        identities::root::read(reader),
        home.query(&iam::LIST_ORGANIZATIONS_FEATURES, &[]),
        reader.query(&iam::GET_PASSWORD_POLICY, &[]),
        reader.rest_json(
            &account::GET_ALTERNATE_CONTACT,
            "POST",
            "/getAlternateContact",
            json!({"AlternateContactType": "SECURITY"})
        ),
        reader.query(&iam::LIST_SAML_PROVIDERS, &[]),
    );
    let features = central.known_or_none().map(|found| {
        found.is_some_and(|found| {
            wrapped(&found, "EnabledFeatures").iter().any(|one| one.as_str() == Some("RootCredentialsManagement"))
        })
    });
    let providers = providers.known().map(|found| !wrapped(&found, "SAMLProviderList").is_empty());
    // In the order of the facet's fields: keys, mfa, mfa_hardware, password, last_used_at.
    let root = vec![datum(root.keys), datum(root.mfa), datum(root.hardware), datum(root.password), root.used];
    draft
        .set("root", Datum::Record(root))
        .set("root_central", datum(features))
        .set(
            "password_policy",
            datum(policy.known_or_none().map(|found| found.map_or(Datum::Absent, |found| password(&found)))),
        )
        .set(
            "security_contact",
            datum(contact.known_or_none().map(|found| found.map_or(Datum::Absent, |found| who(&found)))),
        )
        .set("federated", datum(providers))
}

/// In the order of the facet's fields: min_length, reuse, max_age_days, lockout, mixed.
fn password(found: &Json) -> Datum {
    let policy = found.get("PasswordPolicy").unwrap_or(found);
    let kinds = ["RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters"];
    let age = number(policy, "MaxPasswordAge").filter(|days| *days > 0);
    Datum::Record(vec![
        // Six is IAM's own least where a policy says nothing.
        number(policy, "MinimumPasswordLength").unwrap_or(6).into(),
        number(policy, "PasswordReusePrevention").unwrap_or(0).into(),
        Datum::maybe(age),
        // IAM never locks anybody out.
        false.into(),
        kinds.iter().all(|kind| flag(policy, kind) == Some(true)).into(),
    ])
}

/// In the order of the facet's fields: name, email, phone.
fn who(found: &Json) -> Datum {
    let Some(contact) = repeated(found, "AlternateContact").first().copied() else { return Datum::Absent };
    let part = |name: &str| text(contact, name);
    Datum::Record(vec![
        part("Name").unwrap_or_default().into(),
        part("EmailAddress").unwrap_or_default().into(),
        Datum::maybe(part("PhoneNumber")),
    ])
}
