//! The real services of OpenStack from PyPI, and the client that people use with them: all in one virtual environment. A server
//! of the standard library serves them, so that nothing is built.

use std::{fs, thread};

use super::Environment;
use crate::{
    keystone,
    server::{self, ENVIRONMENT},
    services,
    shell::{Failure, Outcome, say},
};

/// One release of all services: they agree on what they need.
const OPENSTACK: Environment = Environment {
    folder: ENVIRONMENT,
    what: "Keystone, Nova, Neutron, Cinder and python-openstackclient",
    packages: &[],
    whole: Some(include_str!("openstack.txt")),
};

/// The services, the slowest first.
const NAMES: [&str; 4] = ["nova", "cinder", "keystone", "neutron"];

/// Installs them, and makes the states that tests begin with, side by side.
pub(crate) fn install() -> Outcome {
    if cfg!(windows) {
        say("servers: OpenStack is left out, because its services do not run on Windows: its tests fail");
        return Ok(());
    }
    OPENSTACK.install()?;
    let wanted = OPENSTACK.wanted();
    let is_there =
        |name: &&str| fs::read_to_string(server::state(name).join("polity-stamp")).is_ok_and(|found| found == wanted);
    let missing: Vec<&str> = NAMES.into_iter().filter(|name| !is_there(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(format!("servers: making the state of {} (half a minute)", missing.join(", ")));
    let make = |name: &str| match name {
        "keystone" => keystone::bootstrap(&wanted),
        other => services::bootstrap(other, &wanted),
    };
    let made: Vec<Result<(), String>> = thread::scope(|scope| {
        let making: Vec<_> = missing.iter().map(|name| scope.spawn(|| make(name))).collect();
        let ended = |_| Err("a thread that made a state ended".to_owned());
        making.into_iter().map(|one| one.join().unwrap_or_else(ended)).collect()
    });
    made.into_iter().collect::<Result<(), String>>().map_err(Failure)
}
