//! Aborts an apply of the example organization at every journaled step, and resumes it: the test suite does so with a
//! small organization, this does it with the whole example. `POLITY_KILL_FIRST` names the first step, so that a long loop
//! can be done in parts; `POLITY_STORY_BINARY` another build of the binary.

use crate::{
    servers,
    shell::{Outcome, cargo, run as perform},
};

/// Every step, or every so many, on this server. On a cluster, which takes seconds to empty, it is a tenant with an object of
/// every kind, and always every step.
pub(crate) fn run(on: &str, every: u64) -> Outcome {
    servers::install()?;
    // What is held by another cloud is another organization, so it is another story.
    let story = match on {
        "keystone" => "killed_at_every_step_on_keystone",
        "kubernetes" => "clusters::killed_at_every_step",
        _ => "crashes::killed_at_every_step_of_the_example",
    };
    let mut command = cargo();
    command
        .args(["test", "--package", "polity", "--test", "stories", "--"])
        .args(["--ignored", "--nocapture", story])
        .env("POLITY_KILL_EVERY", every.to_string())
        .env("POLITY_KILL_ON", on)
        .env("POLITY_STORY_TAPE", "off");
    perform(&mut command)
}
