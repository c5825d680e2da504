//! `polity permissions`: prints the least-privilege permissions that Polity needs on a platform.

use super::pretty;
use crate::{
    args::{Cloud, Permissions},
    exit::{Ended, Exit, Failure},
    terminal,
};

pub(super) fn permissions(arguments: &Permissions) -> Ended {
    let Permissions { read, write, remediate, .. } = *arguments;
    let policies = match arguments.platform {
        Cloud::Aws => polity_aws::permissions::policy(polity_aws::permissions::Uses { read, write, remediate }),
    };
    // What is put right lies in tenants.
    let part = if arguments.member || remediate { "member" } else { "management" };
    let policy =
        policies.get(part).ok_or_else(|| Failure::new(format!("there is no policy for the {part} account")))?;
    terminal::out(&pretty(policy))?;
    Ok(Exit::Done)
}
