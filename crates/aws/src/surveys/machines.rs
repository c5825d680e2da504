//! Machines: instances of EC2, with their image, disks, identity and start-up data.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::{Value as Json, json};

use super::{
    amid::Amid,
    answer::{flag, list, moment, moment_in, number, text, told, wrapped},
    authorizations::Authorizations,
    elastic, plain_secrets,
    sources::Source,
    support::{Answered as _, Known, Place, datum, each, finish},
};
use crate::{
    client::{Caller as _, pages},
    operations::{ec2, iam, ssm},
};

pub(super) const FACET: &str = "machine";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region", "identity_default"], calls: &[] },
    Source {
        facet: FACET,
        fields: &[
            "id",
            "name",
            "tags",
            "created_at",
            "state",
            "size",
            "public_address",
            "networks",
            "metadata_tokens",
            "metadata_hops",
            "measured_boot",
            "stopped_at",
            "detailed_monitoring",
        ],
        calls: &[&ec2::DESCRIBE_INSTANCES],
    },
    Source { facet: FACET, fields: &["image"], calls: &[&ec2::DESCRIBE_IMAGES] },
    Source { facet: FACET, fields: &["disks"], calls: &[&ec2::DESCRIBE_VOLUMES] },
    Source {
        facet: FACET,
        fields: &["identity", "identity_admin"],
        calls: &[&iam::GET_ACCOUNT_AUTHORIZATION_DETAILS, &iam::GET_POLICY, &iam::GET_POLICY_VERSION],
    },
    Source { facet: FACET, fields: &["serial_console"], calls: &[&ec2::GET_SERIAL_CONSOLE_ACCESS] },
    Source { facet: FACET, fields: &["managed"], calls: &[&ssm::DESCRIBE_INSTANCE_INFORMATION] },
    Source { facet: FACET, fields: &["secrets", "deletion_protection"], calls: &[&ec2::DESCRIBE_INSTANCE_ATTRIBUTE] },
];

pub(super) fn read<'r>(amid: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(amid, reader).boxed()
}

/// What is known of a region besides its machines.
struct Region {
    place: Place,
    volumes: Known<BTreeMap<String, bool>>,
    images: Known<BTreeMap<String, Json>>,
    serial: Known<bool>,
    managed: Known<BTreeSet<String>>,
    identities: Known<Arc<Authorizations>>,
}

async fn rows(amid: &Amid, reader: &Reader) -> Result<Surveyed, Error> {
    let reservations = elastic::list(reader, &ec2::DESCRIBE_INSTANCES, &[], "reservationSet").await?;
    let machines: Vec<&Json> = reservations
        .iter()
        .flat_map(|one| wrapped(one, "instancesSet"))
        .filter(|one| text(one, "instanceState/name") != Some("terminated"))
        .collect();
    if machines.is_empty() {
        return Ok(Surveyed::default());
    }
    let region = Region::read(amid, reader, &machines).await;
    let region = &region;
    let rows = each(machines, |machine| region.row(reader, machine)).await;
    rows.into_iter().collect::<Result<Vec<Row>, Error>>().map(Surveyed::from)
}

impl Region {
    async fn read(amid: &Amid, reader: &Reader, machines: &[&Json]) -> Self {
        let (volumes, images, serial, managed, identities) = tokio::join!(
            elastic::list(reader, &ec2::DESCRIBE_VOLUMES, &[], "volumeSet"),
            images(reader, machines),
            reader.query(&ec2::GET_SERIAL_CONSOLE_ACCESS, &[]),
            pages(reader, &ssm::DESCRIBE_INSTANCE_INFORMATION, json!({}), "InstanceInformationList"),
            amid.authorizations(reader),
        );
        let encrypted =
            |volume: &Json| Some((text(volume, "volumeId")?.to_owned(), flag(volume, "encrypted") == Some(true)));
        let online = |one: &Json| {
            let id = text(one, "InstanceId")?.to_owned();
            (text(one, "PingStatus") == Some("Online")).then_some(id)
        };
        Self {
            place: Place::region(reader),
            volumes: volumes.known().map(|volumes| volumes.iter().filter_map(encrypted).collect()),
            images,
            serial: serial.known().and_then(|found| flag(&found, "serialConsoleAccessEnabled").ok_or(Reason::NotInApi)),
            managed: managed.known().map(|all| all.iter().filter_map(online).collect()),
            identities: identities.known(),
        }
    }

    async fn row(&self, reader: &Reader, machine: &Json) -> Result<Row, Error> {
        let id = text(machine, "instanceId").unwrap_or_default();
        let (protection, start_up) =
            tokio::join!(attribute(reader, id, "disableApiTermination"), attribute(reader, id, "userData"));
        let protected =
            protection.and_then(|found| flag(&found, "disableApiTermination/value").ok_or(Reason::NotInApi));
        let running = text(machine, "instanceState/name");
        let (identity, admin) = self.identity(machine);
        finish(
            self.place
                .row(FACET, id, elastic::name_of(machine, id))?
                .set("tags", elastic::tags_of(machine))
                .set("created_at", made(machine))
                .set(
                    "state",
                    match running {
                        Some("running") => "running",
                        Some("stopped") => "stopped",
                        _ => "other",
                    },
                )
                .set("size", told(text(machine, "instanceType")))
                .set("image", self.image(text(machine, "imageId").unwrap_or_default()))
                .set("disks", self.disks(machine))
                .set("public_address", Datum::maybe(text(machine, "ipAddress")))
                .set("networks", list(text(machine, "vpcId")))
                .set("metadata_tokens", told(tokens(machine)))
                .set("metadata_hops", told(number(machine, "metadataOptions/httpPutResponseHopLimit")))
                .set("identity", identity)
                .set("identity_default", false)
                .set("identity_admin", admin)
                .set("secure_boot", Reason::NotInApi)
                .set("measured_boot", text(machine, "tpmSupport").is_some())
                .set("password_login", Reason::NotInApi)
                .set("serial_console", datum(self.serial.clone()))
                .set("managed", datum(self.managed.as_ref().map(|all| all.contains(id)).map_err(Reason::clone)))
                .set("stopped_at", stopped(machine))
                .set("secrets", datum(start_up.and_then(|found| secrets(&found))))
                .set("detailed_monitoring", text(machine, "monitoring/state") == Some("enabled"))
                .set("deletion_protection", datum(protected)),
        )
    }

    /// The image in the order of its fields. One that is not there any more tells nothing.
    fn image(&self, id: &str) -> Datum {
        let found = match &self.images {
            Ok(images) => images.get(id).ok_or(Reason::NotInApi),
            Err(reason) => Err(reason.clone()),
        };
        let owner = |image: &Json| told(text(image, "imageOwnerAlias").or_else(|| text(image, "imageOwnerId")));
        Datum::Record(vec![
            id.into(),
            found.clone().map_or_else(Datum::Unknown, owner),
            match &found {
                Ok(image) => moment(image, "creationDate"),
                Err(Reason::NotInApi) => Datum::Absent,
                Err(reason) => reason.clone().into(),
            },
            found.map_or_else(Datum::Unknown, |image| told(flag(image, "isPublic"))),
        ])
    }

    fn disks(&self, machine: &Json) -> Datum {
        let ids = wrapped(machine, "blockDeviceMapping").into_iter().filter_map(|disk| text(disk, "ebs/volumeId"));
        let encrypted = |id: &str| match &self.volumes {
            Ok(volumes) => told(volumes.get(id).copied()),
            Err(reason) => reason.clone().into(),
        };
        Datum::List(ids.map(|id| Datum::Record(vec![id.into(), encrypted(id)])).collect())
    }

    /// The role that it acts as, and whether that may do everything.
    fn identity(&self, machine: &Json) -> (Datum, Datum) {
        let Some(profile) = text(machine, "iamInstanceProfile/arn") else { return (Datum::Absent, false.into()) };
        let found = match &self.identities {
            Ok(found) => found,
            Err(reason) => return (reason.clone().into(), reason.clone().into()),
        };
        match found.role_of_profile(profile) {
            Some(role) => (told(text(role, "Arn")), datum(found.is_admin(role))),
            // A profile without a role gives nothing.
            None => (Datum::Absent, false.into()),
        }
    }
}

/// The images that these machines started from, as far as they are still there.
async fn images(reader: &Reader, machines: &[&Json]) -> Known<BTreeMap<String, Json>> {
    let ids: BTreeSet<&str> = machines.iter().filter_map(|machine| text(machine, "imageId")).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut found = BTreeMap::new();
    for some in ids.chunks(100) {
        // As a filter: an id that is not there any more would be an error otherwise.
        let names: Vec<String> = (1..=some.len()).map(|number| format!("Filter.1.Value.{number}")).collect();
        let mut asked = vec![("Filter.1.Name", "image-id")];
        asked.extend(names.iter().map(String::as_str).zip(some.iter().copied()));
        for image in elastic::list_whole(reader, &ec2::DESCRIBE_IMAGES, &asked, "imagesSet").await.known()? {
            found.extend(text(&image, "imageId").map(str::to_owned).map(|id| (id, image)));
        }
    }
    Ok(found)
}

async fn attribute(reader: &Reader, id: &str, name: &str) -> Known<Json> {
    let asked = [("InstanceId", id.to_owned()), ("Attribute", name.to_owned())];
    reader.query(&ec2::DESCRIBE_INSTANCE_ATTRIBUTE, &asked).await.known()
}

/// When it was made: its first network interface is as old as it is, while its launch time is that of its last start.
fn made(machine: &Json) -> Datum {
    let interfaces = wrapped(machine, "networkInterfaceSet");
    let first = interfaces.into_iter().find(|one| number(one, "attachment/deviceIndex") == Some(0));
    first.map_or_else(|| Reason::NotInApi.into(), |first| moment(first, "attachment/attachTime"))
}

fn tokens(machine: &Json) -> Option<&'static str> {
    match (text(machine, "metadataOptions/httpEndpoint"), text(machine, "metadataOptions/httpTokens")) {
        (Some("disabled"), _) => Some("off"),
        (_, Some("required")) => Some("required"),
        (_, Some("optional")) => Some("optional"),
        _ => None,
    }
}

/// How many secrets are in the start-up data, which comes in base64.
fn secrets(found: &Json) -> Known<i64> {
    let Some(data) = text(found, "userData/value") else { return Ok(0) };
    let bytes = aws_smithy_types::base64::decode(data)
        .map_err(|_| Reason::Undefined("the start-up data is not base64".to_owned()))?;
    Ok(plain_secrets::in_text(&String::from_utf8_lossy(&bytes)))
}

/// When it was stopped, which stands in a sentence: `User initiated (2026-01-31 08:00:00 GMT)`.
fn stopped(machine: &Json) -> Datum {
    if text(machine, "instanceState/name") != Some("stopped") {
        return Datum::Absent;
    }
    let sentence = text(machine, "reason").unwrap_or_default();
    let inner = sentence.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inner, _)| inner);
    let written = inner.and_then(|inner| inner.strip_suffix(" GMT").or_else(|| inner.strip_suffix(" UTC")));
    told(written.and_then(|written| moment_in(&format!("{}Z", written.replacen(' ', "T", 1)))))
}
