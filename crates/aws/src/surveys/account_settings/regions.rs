//! What is set in each region of an account, taken together: protected only if every region is.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::facet::{Datum, Draft, Reason};
use polity_provider::{Error, Reader};
use serde_json::{Value as Json, json};

use crate::{
    client::{Caller as _, query_pages, rest_pages},
    operations::{access_analyzer, config, ec2, ecr, guard_duty, inspector, lambda, macie, rds, security_hub},
    surveys::{
        amid::Amid,
        answer::{flag, list, repeated, text, texts, wrapped},
        elastic,
        support::{Answered as _, Known, all_of, any_of, datum, each, reason},
    },
};

/// What is set in one region.
struct Settings {
    images: Known<bool>,
    snapshots: Known<bool>,
    networks: Known<bool>,
    volumes: Known<bool>,
    serial: Known<bool>,
    tokens: Known<&'static str>,
    allowed: Known<bool>,
    scanned: Known<bool>,
    analyzer: Known<bool>,
    detection: Known<bool>,
    posture: Known<bool>,
    recording: Known<bool>,
    vulnerabilities: Known<bool>,
    discovery: Known<bool>,
}

/// What is set in each region.
pub(super) struct Regions(BTreeMap<String, Known<Settings>>);

impl Regions {
    pub(super) async fn read(amid: &Amid, reader: &Reader, regions: &BTreeSet<String>) -> Self {
        let read = each(regions, |region| async move {
            let settings = match amid.elsewhere(reader, region).await {
                Ok(there) => Ok(Settings::read(&there).await),
                Err(error) => Err(reason(&error)),
            };
            (region.clone(), settings)
        });
        Self(read.await.into_iter().collect())
    }

    fn every(&self, pick: fn(&Settings) -> &Known<bool>) -> Known<bool> {
        all_of(self.each(pick))
    }

    fn each(&self, pick: fn(&Settings) -> &Known<bool>) -> impl Iterator<Item = Known<bool>> {
        self.0.values().map(move |settings| settings.as_ref().map_err(Reason::clone).and_then(|one| pick(one).clone()))
    }

    /// The regions in which this holds; unknown as soon as it is unknown of one.
    fn those(&self, pick: fn(&Settings) -> &Known<bool>) -> Datum {
        let mut held = Vec::new();
        for (region, value) in self.0.keys().zip(self.each(pick)) {
            match value {
                Ok(true) => held.push(region),
                Ok(false) => {}
                Err(reason) => return reason.into(),
            }
        }
        list(held)
    }

    /// The weakest of what is set: nothing, optional, required.
    fn tokens(&self) -> Known<&'static str> {
        let all: Vec<Known<&'static str>> = self
            .0
            .values()
            .map(|settings| settings.as_ref().map_err(Reason::clone).and_then(|one| one.tokens.clone()))
            .collect();
        for word in ["none", "optional"] {
            if all.contains(&Ok(word)) {
                return Ok(word);
            }
        }
        all.into_iter().find(Known::is_err).unwrap_or(Ok("required"))
    }
}

impl Settings {
    async fn read(reader: &Reader) -> Self {
        let (images, snapshots, networks, volumes, serial, tokens, allowed) = tokio::join!(
            asked(reader.query(&ec2::GET_IMAGE_BLOCK_PUBLIC_ACCESS, &[]), |found| {
                Some(text(found, "imageBlockPublicAccessState")? == "block-new-sharing")
            }),
            asked(reader.query(&ec2::GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS, &[]), |found| {
                Some(text(found, "state")? != "unblocked")
            }),
            asked(reader.query(&ec2::DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS, &[]), |found| {
                Some(text(found, "vpcBlockPublicAccessOptions/internetGatewayBlockMode")? != "off")
            }),
            asked(reader.query(&ec2::GET_EBS_ENCRYPTION_BY_DEFAULT, &[]), |found| flag(
                found,
                "ebsEncryptionByDefault"
            )),
            asked(reader.query(&ec2::GET_SERIAL_CONSOLE_ACCESS, &[]), |found| flag(
                found,
                "serialConsoleAccessEnabled"
            )),
            asked(reader.query(&ec2::GET_INSTANCE_METADATA_DEFAULTS, &[]), |found| {
                Some(match text(found, "accountLevel/httpTokens") {
                    Some("required") => "required",
                    Some("optional") => "optional",
                    _ => "none",
                })
            }),
            asked(reader.query(&ec2::GET_ALLOWED_IMAGES, &[]), |found| Some(text(found, "state")? == "enabled")),
        );
        let (scanned, analyzer, detection, posture, recording, vulnerabilities, discovery) = tokio::join!(
            asked(reader.json(&ecr::GET_REGISTRY_SCANNING_CONFIGURATION, json!({})), |found| {
                Some(!repeated(found, "scanningConfiguration/rules").is_empty())
            }),
            analyzed(reader),
            detected(reader),
            posture(reader),
            recorded(reader),
            scanned(reader),
            searched(reader),
        );
        Self {
            images,
            snapshots,
            networks,
            volumes,
            serial,
            tokens,
            allowed,
            scanned,
            analyzer,
            detection,
            posture,
            recording,
            vulnerabilities,
            discovery,
        }
    }
}

/// What an answer says; what it does not say, AWS does not tell.
async fn asked<T>(call: impl Future<Output = Result<Json, Error>>, pick: impl Fn(&Json) -> Option<T>) -> Known<T> {
    pick(&call.await.known()?).ok_or(Reason::NotInApi)
}

async fn analyzed(reader: &Reader) -> Known<bool> {
    let pages =
        rest_pages(reader, &access_analyzer::LIST_ANALYZERS, "/analyzer", ("nextToken", "nextToken"), false).await;
    let pages = pages.known()?;
    let mut found = pages.iter().flat_map(|page| repeated(page, "analyzers"));
    let looks_outside = |kind: &str| matches!(kind, "ACCOUNT" | "ORGANIZATION");
    Ok(found.any(|one| text(one, "status") == Some("ACTIVE") && text(one, "type").is_some_and(looks_outside)))
}

async fn detected(reader: &Reader) -> Known<bool> {
    let pages = rest_pages(reader, &guard_duty::LIST_DETECTORS, "/detector", ("nextToken", "nextToken"), false).await;
    let pages = pages.known()?;
    let ids = texts(pages.iter().flat_map(|page| repeated(page, "detectorIds")));
    let mut states = Vec::new();
    for id in ids {
        let found = reader.rest_json(&guard_duty::GET_DETECTOR, "GET", &format!("/detector/{id}"), Json::Null).await;
        states.push(found.known().map(|found| text(&found, "status") == Some("ENABLED")));
    }
    any_of(states)
}

async fn posture(reader: &Reader) -> Known<bool> {
    let found = reader.rest_json(&security_hub::DESCRIBE_HUB, "GET", "/accounts", Json::Null).await;
    Ok(found.known_or_none()?.is_some_and(|found| text(&found, "HubArn").is_some()))
}

/// Whether changes of all kinds of resources are recorded, now.
async fn recorded(reader: &Reader) -> Known<bool> {
    let status = reader.json(&config::DESCRIBE_CONFIGURATION_RECORDER_STATUS, json!({})).await.known()?;
    let running: BTreeSet<&str> = repeated(&status, "ConfigurationRecordersStatus")
        .into_iter()
        .filter(|one| flag(one, "recording") == Some(true))
        .filter_map(|one| text(one, "name"))
        .collect();
    if running.is_empty() {
        return Ok(false);
    }
    let found = reader.json(&config::DESCRIBE_CONFIGURATION_RECORDERS, json!({})).await.known()?;
    let all = |one: &&Json| flag(one, "recordingGroup/allSupported") == Some(true);
    let recorders = repeated(&found, "ConfigurationRecorders");
    Ok(recorders.iter().filter(|one| all(one)).any(|one| text(one, "name").is_some_and(|name| running.contains(name))))
}

async fn scanned(reader: &Reader) -> Known<bool> {
    let found =
        reader.rest_json(&inspector::BATCH_GET_ACCOUNT_STATUS, "POST", "/status/batch/get", json!({})).await.known()?;
    Ok(repeated(&found, "accounts").into_iter().any(|one| text(one, "state/status") == Some("ENABLED")))
}

async fn searched(reader: &Reader) -> Known<bool> {
    match reader.rest_json(&macie::GET_MACIE_SESSION, "GET", "/macie", Json::Null).await {
        Ok(found) => Ok(text(&found, "status") == Some("ENABLED")),
        // Macie answers whoever has not turned it on as if a permission were missing.
        Err(error) if error.message.contains("Macie is not enabled") => Ok(false),
        Err(error) => Err(reason(&error)),
    }
}

/// How many machines, functions and databases run in these regions.
pub(super) async fn workloads(amid: &Amid, reader: &Reader, regions: &BTreeSet<String>) -> Known<i64> {
    let counts = each(regions, |region| async move {
        let there = amid.elsewhere(reader, region).await.known()?;
        let (machines, functions, databases) = tokio::join!(
            elastic::list(&there, &ec2::DESCRIBE_INSTANCES, &[], "reservationSet"),
            rest_pages(
                &there,
                &lambda::LIST_FUNCTIONS,
                "/2015-03-31/functions?MaxItems=50",
                ("NextMarker", "Marker"),
                false
            ),
            query_pages(&there, &rds::DESCRIBE_DB_INSTANCES, &[], ("Marker", "Marker")),
        );
        let running = |one: &&Json| text(one, "instanceState/name") != Some("terminated");
        let machines = machines.known()?.iter().flat_map(|one| wrapped(one, "instancesSet")).filter(running).count();
        let functions: usize = functions.known()?.iter().map(|page| repeated(page, "Functions").len()).sum();
        let databases: usize = databases.known()?.iter().map(|page| wrapped(page, "DBInstances").len()).sum();
        Ok(machines + functions + databases)
    });
    let mut sum = 0;
    for count in counts.await {
        sum += count?;
    }
    Ok(i64::try_from(sum).unwrap_or(i64::MAX))
}

/// Sets all fields that are about every region.
pub(super) fn fill<'f>(draft: Draft<'f>, regions: &Known<Regions>) -> Draft<'f> {
    let every = |pick: fn(&Settings) -> &Known<bool>| {
        datum(regions.as_ref().map_err(Reason::clone).and_then(|regions| regions.every(pick)))
    };
    let those = |pick: fn(&Settings) -> &Known<bool>| match regions {
        Ok(regions) => regions.those(pick),
        Err(reason) => reason.clone().into(),
    };
    let console = regions.as_ref().map_err(Reason::clone).and_then(|regions| any_of(regions.each(|one| &one.serial)));
    let tokens = regions.as_ref().map_err(Reason::clone).and_then(Regions::tokens);
    draft
        .set("public_images_blocked", every(|one| &one.images))
        .set("public_snapshots_blocked", every(|one| &one.snapshots))
        .set("public_networks_blocked", every(|one| &one.networks))
        .set("volumes_encrypted", every(|one| &one.volumes))
        .set("serial_console", datum(console))
        .set("metadata_tokens", datum(tokens))
        .set("allowed_images", every(|one| &one.allowed))
        .set("registry_scanned", every(|one| &one.scanned))
        .set("analyzer_regions", those(|one| &one.analyzer))
        .set("detection_regions", those(|one| &one.detection))
        .set("posture_regions", those(|one| &one.posture))
        .set("recording_regions", those(|one| &one.recording))
        .set("scanning_regions", those(|one| &one.vulnerabilities))
        .set("discovery_regions", those(|one| &one.discovery))
}
