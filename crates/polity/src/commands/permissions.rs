//! `polity permissions`: prints the least-privilege permissions that Polity needs on a platform.

use super::pretty;
use crate::{
    args::{Cloud, Permissions},
    exit::{Ended, Exit, Failure},
    terminal,
};

pub(super) fn permissions(arguments: &Permissions) -> Ended {
    let policies = match arguments.platform {
        Cloud::Aws => polity_aws::permissions::policy(arguments.read, arguments.write),
    };
    let part = if arguments.member { "member" } else { "management" };
    let policy =
        policies.get(part).ok_or_else(|| Failure::new(format!("there is no policy for the {part} account")))?;
    terminal::out(&pretty(policy))?;
    Ok(Exit::Done)
}
