//! `polity permissions`: prints the least-privilege permissions that Polity needs on a platform.

use super::pretty;
use crate::{
    args::Permissions,
    clouds::{self, Needed},
    exit::{Ended, Exit},
    terminal,
};

pub(super) fn permissions(arguments: &Permissions) -> Ended {
    let needed = Needed { read: arguments.read, write: arguments.write, member: arguments.member };
    terminal::out(&pretty(&clouds::typed(&arguments.platform)?.permissions(needed)?))?;
    Ok(Exit::Done)
}
