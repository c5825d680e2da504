//! `polity permissions`: prints the least-privilege permissions that Polity needs on a platform.

use super::pretty;
use crate::{
    args::Permissions,
    clouds::{self, Needed},
    exit::{Ended, Exit},
    terminal,
};

pub(super) fn permissions(arguments: &Permissions) -> Ended {
    let Permissions { read, write, remediate, member, .. } = *arguments;
    let needed = Needed { read, write, remediate, member };
    terminal::out(&pretty(&clouds::typed(&arguments.platform)?.permissions(needed)?))?;
    Ok(Exit::Done)
}
