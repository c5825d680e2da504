//! Defaults of an account in a region: disks, images, snapshots, the metadata service.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{change, enter, invalid, needed};
use crate::aws::{
    input::Input,
    service::{Answer, Turn},
};

/// AWS says that images take up to ten minutes, and show the old state until then.
const IMAGES_TAKE: SignedDuration = SignedDuration::from_mins(5);

/// The key that AWS has for everybody.
const OWN_KEY: &str = "alias/aws/ebs";

pub(super) fn get_ebs_encryption_by_default(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let on = enter(turn, input)?.is_some_and(|settings| settings.encrypted);
    Ok(json!({"ebsEncryptionByDefault": on, "sseType": if on { "sse-kms" } else { "none" }}))
}

pub(super) fn enable_ebs_encryption_by_default(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    change(turn, input)?.encrypted = true;
    Ok(json!({"ebsEncryptionByDefault": true}))
}

pub(super) fn disable_ebs_encryption_by_default(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    change(turn, input)?.encrypted = false;
    Ok(json!({"ebsEncryptionByDefault": false}))
}

pub(super) fn get_ebs_default_kms_key_id(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let key = enter(turn, input)?.and_then(|settings| settings.key.as_deref()).unwrap_or(OWN_KEY);
    Ok(json!({"kmsKeyId": key}))
}

/// Keys are not simulated: AWS too looks at the key only afterwards, and says so.
pub(super) fn modify_ebs_default_kms_key_id(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let given = needed(input, "KmsKeyId")?;
    let (partition, region, account) = (&turn.world.partition, &turn.region, &turn.caller.account);
    let base = format!("arn:{partition}:kms:{region}:{account}:");
    let key = match given {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        alias if alias.starts_with("alias/") => format!("{base}{alias}"),
        id => format!("{base}key/{id}"),
    };
    change(turn, input)?.key = Some(key.clone());
    Ok(json!({"kmsKeyId": key}))
}

pub(super) fn reset_ebs_default_kms_key_id(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    change(turn, input)?.key = None;
    Ok(json!({"kmsKeyId": OWN_KEY}))
}

pub(super) fn get_image_block_public_access_state(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let public = enter(turn, input)?.is_some_and(|settings| *settings.images_public.held(turn.now));
    let state = if public { "unblocked" } else { "block-new-sharing" };
    Ok(json!({"imageBlockPublicAccessState": state, "managedBy": "account"}))
}

pub(super) fn enable_image_block_public_access(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let state = needed(input, "ImageBlockPublicAccessState")?;
    if state != "block-new-sharing" {
        return Err(invalid(format!("Invalid value '{state}' for ImageBlockPublicAccessState: use block-new-sharing")));
    }
    share_images(turn, input, false)?;
    Ok(json!({"imageBlockPublicAccessState": "block-new-sharing"}))
}

pub(super) fn disable_image_block_public_access(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    share_images(turn, input, true)?;
    Ok(json!({"imageBlockPublicAccessState": "unblocked"}))
}

fn share_images(turn: &mut Turn<'_>, input: &Input<'_>, public: bool) -> Answer {
    let (now, due, fails) = (turn.now, turn.due(IMAGES_TAKE), turn.fails());
    let images = &mut change(turn, input)?.images_public;
    let goal = *images.coming(now).unwrap_or(images.held(now));
    // Asking again for what is under way does not begin it anew.
    if goal != public {
        images.begin(now, due, public, fails);
    }
    Ok(Value::Null)
}

pub(super) fn get_snapshot_block_public_access_state(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let state = enter(turn, input)?.and_then(|settings| settings.snapshots.as_deref()).unwrap_or("unblocked");
    Ok(json!({"state": state, "managedBy": "account"}))
}

pub(super) fn enable_snapshot_block_public_access(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let state = needed(input, "State")?;
    if !["block-all-sharing", "block-new-sharing"].contains(&state) {
        return Err(invalid(format!("Invalid value '{state}' for State: use block-all-sharing or block-new-sharing")));
    }
    change(turn, input)?.snapshots = Some(state.to_owned());
    Ok(json!({"state": state}))
}

pub(super) fn disable_snapshot_block_public_access(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    change(turn, input)?.snapshots = None;
    Ok(json!({"state": "unblocked"}))
}

/// Members of the metadata service's defaults: name in, name out, values. `no-preference` takes a default away.
const METADATA: [(&str, &str, [&str; 2]); 4] = [
    ("HttpEndpoint", "httpEndpoint", ["disabled", "enabled"]),
    ("HttpTokens", "httpTokens", ["optional", "required"]),
    ("HttpTokensEnforced", "httpTokensEnforced", ["disabled", "enabled"]),
    ("InstanceMetadataTags", "instanceMetadataTags", ["disabled", "enabled"]),
];

pub(super) fn get_instance_metadata_defaults(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let mut level = enter(turn, input)?.map(|settings| settings.metadata.clone()).unwrap_or_default();
    level.insert("managedBy".to_owned(), "account".to_owned());
    Ok(json!({"accountLevel": level}))
}

pub(super) fn modify_instance_metadata_defaults(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let mut changes: Vec<(&str, Option<String>)> = Vec::new();
    for (name, shown, values) in METADATA {
        match input.text(name) {
            None => {}
            Some("no-preference") => changes.push((shown, None)),
            Some(value) if values.contains(&value) => changes.push((shown, Some(value.to_owned()))),
            Some(odd) => return Err(invalid(format!("Invalid value '{odd}' for {name}"))),
        }
    }
    let hops = "HttpPutResponseHopLimit";
    match (input.get(hops), input.number(hops)) {
        (None, _) => {}
        (_, Some(-1)) => changes.push(("httpPutResponseHopLimit", None)),
        (_, Some(limit @ 1..=64)) => changes.push(("httpPutResponseHopLimit", Some(limit.to_string()))),
        _ => return Err(invalid(format!("Invalid value for {hops}: use 1 to 64, or -1 for no preference"))),
    }
    let metadata = &mut change(turn, input)?.metadata;
    for (name, value) in changes {
        match value {
            Some(value) => metadata.insert(name.to_owned(), value),
            None => metadata.remove(name),
        };
    }
    Ok(json!({"return": true}))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use crate::aws::testing::Bench;

    #[test]
    fn encryption_is_a_setting_of_one_region() {
        let mut bench = Bench::new();
        let on = |bench: &mut Bench| {
            bench.ok("ec2", "GetEbsEncryptionByDefault", json!({}))["ebsEncryptionByDefault"].clone()
        };
        assert_eq!(on(&mut bench), json!("false"));
        bench.ok("ec2", "EnableEbsEncryptionByDefault", json!({}));
        bench.ok("ec2", "EnableEbsEncryptionByDefault", json!({}));
        assert_eq!(on(&mut bench), json!("true"));
        bench.region = "eu-west-1".to_owned();
        assert_eq!(on(&mut bench), json!("false"));
        bench.region = "us-east-1".to_owned();
        bench.ok("ec2", "DisableEbsEncryptionByDefault", json!({}));
        assert_eq!(on(&mut bench), json!("false"));
    }

    #[test]
    fn keys_are_answered_as_arns() {
        let mut bench = Bench::new();
        assert_eq!(bench.ok("ec2", "GetEbsDefaultKmsKeyId", json!({}))["kmsKeyId"], json!("alias/aws/ebs"));
        bench.ok("ec2", "ModifyEbsDefaultKmsKeyId", json!({"KmsKeyId": "alias/own"}));
        let seen = bench.ok("ec2", "GetEbsDefaultKmsKeyId", json!({}));
        assert_eq!(seen["kmsKeyId"], json!("arn:aws:kms:us-east-1:111111111111:alias/own"));
        bench.ok("ec2", "ResetEbsDefaultKmsKeyId", json!({}));
        assert_eq!(bench.ok("ec2", "GetEbsDefaultKmsKeyId", json!({}))["kmsKeyId"], json!("alias/aws/ebs"));
        assert_eq!(bench.refused("ec2", "ModifyEbsDefaultKmsKeyId", json!({})), "MissingParameter");
    }

    fn images(bench: &mut Bench) -> String {
        let seen = bench.ok("ec2", "GetImageBlockPublicAccessState", json!({}));
        seen["imageBlockPublicAccessState"].as_str().unwrap().to_owned()
    }

    #[test]
    fn images_show_the_old_state_until_the_new_one_is_reached() {
        let mut bench = Bench::new();
        assert_eq!(images(&mut bench), "block-new-sharing");
        bench.ok("ec2", "DisableImageBlockPublicAccess", json!({}));
        assert_eq!(images(&mut bench), "block-new-sharing");
        bench.pass(Duration::from_secs(299));
        bench.ok("ec2", "DisableImageBlockPublicAccess", json!({}));
        bench.pass(Duration::from_secs(1));
        assert_eq!(images(&mut bench), "unblocked");
        let block = json!({"ImageBlockPublicAccessState": "block-new-sharing"});
        bench.ok("ec2", "EnableImageBlockPublicAccess", block.clone());
        assert_eq!(images(&mut bench), "unblocked");
        bench.pass(Duration::from_secs(300));
        assert_eq!(images(&mut bench), "block-new-sharing");
        assert_eq!(bench.refused("ec2", "EnableImageBlockPublicAccess", json!({})), "MissingParameter");
        let odd = json!({"ImageBlockPublicAccessState": "unblocked"});
        assert_eq!(bench.refused("ec2", "EnableImageBlockPublicAccess", odd), "InvalidParameterValue");
    }

    #[test]
    fn a_change_of_images_may_come_to_nothing() {
        let mut bench = Bench::new();
        bench.tuning.fails.insert("ec2:DisableImageBlockPublicAccess".to_owned(), "no".to_owned());
        bench.ok("ec2", "DisableImageBlockPublicAccess", json!({}));
        bench.pass(Duration::from_secs(600));
        assert_eq!(images(&mut bench), "block-new-sharing");
    }

    #[test]
    fn snapshots_change_at_once() {
        let mut bench = Bench::new();
        let state =
            |bench: &mut Bench| bench.ok("ec2", "GetSnapshotBlockPublicAccessState", json!({}))["state"].clone();
        assert_eq!(state(&mut bench), json!("unblocked"));
        bench.ok("ec2", "EnableSnapshotBlockPublicAccess", json!({"State": "block-all-sharing"}));
        assert_eq!(state(&mut bench), json!("block-all-sharing"));
        bench.ok("ec2", "EnableSnapshotBlockPublicAccess", json!({"State": "block-new-sharing"}));
        assert_eq!(state(&mut bench), json!("block-new-sharing"));
        let odd = json!({"State": "unblocked"});
        assert_eq!(bench.refused("ec2", "EnableSnapshotBlockPublicAccess", odd), "InvalidParameterValue");
        bench.ok("ec2", "DisableSnapshotBlockPublicAccess", json!({}));
        assert_eq!(state(&mut bench), json!("unblocked"));
    }

    #[test]
    fn metadata_defaults_change_one_by_one_and_can_be_given_up() {
        let mut bench = Bench::new();
        let level =
            |bench: &mut Bench| bench.ok("ec2", "GetInstanceMetadataDefaults", json!({}))["accountLevel"].clone();
        assert_eq!(level(&mut bench), json!({"managedBy": "account"}));
        bench.ok(
            "ec2",
            "ModifyInstanceMetadataDefaults",
            json!({"HttpTokens": "required", "HttpPutResponseHopLimit": 2}),
        );
        bench.ok("ec2", "ModifyInstanceMetadataDefaults", json!({"HttpEndpoint": "enabled"}));
        let all = json!({"httpTokens": "required", "httpPutResponseHopLimit": "2", "httpEndpoint": "enabled",
            "managedBy": "account"});
        assert_eq!(level(&mut bench), all);
        let less = json!({"HttpTokens": "no-preference", "HttpPutResponseHopLimit": -1});
        bench.ok("ec2", "ModifyInstanceMetadataDefaults", less);
        assert_eq!(level(&mut bench), json!({"httpEndpoint": "enabled", "managedBy": "account"}));
        for bad in [
            json!({"HttpTokens": "maybe"}),
            json!({"HttpPutResponseHopLimit": 0}),
            json!({"HttpPutResponseHopLimit": 65}),
        ] {
            assert_eq!(bench.refused("ec2", "ModifyInstanceMetadataDefaults", bad), "InvalidParameterValue");
        }
    }

    #[test]
    fn a_rehearsal_changes_nothing() {
        let mut bench = Bench::new();
        assert_eq!(bench.refused("ec2", "EnableEbsEncryptionByDefault", json!({"DryRun": true})), "DryRunOperation");
        assert_eq!(bench.ok("ec2", "GetEbsEncryptionByDefault", json!({}))["ebsEncryptionByDefault"], json!("false"));
    }

    #[test]
    fn a_region_has_to_be_open() {
        let mut bench = Bench::new();
        bench.region = "af-south-1".to_owned();
        assert_eq!(bench.call("ec2", "GetEbsEncryptionByDefault", json!({})).0, 401);
        assert_eq!(bench.refused("ec2", "EnableEbsEncryptionByDefault", json!({})), "AuthFailure");
        bench.ok("account", "EnableRegion", json!({"RegionName": "af-south-1"}));
        assert_eq!(bench.refused("ec2", "EnableEbsEncryptionByDefault", json!({})), "AuthFailure");
        bench.pass(Duration::from_secs(300));
        bench.ok("ec2", "EnableEbsEncryptionByDefault", json!({}));
    }
}
