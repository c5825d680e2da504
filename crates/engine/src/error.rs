//! Why a verb could not do its work at all. What fails for one change only is in the report instead.

use crate::{Exit, journal};

/// A failed verb.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// A platform that could not even be identified, with nothing else to go on.
    #[error(transparent)]
    Provider(#[from] polity_provider::Error),
    /// The plan that was approved is not the one at hand.
    #[error("the approval is for the plan `{approved}`, but this plan is `{given}`")]
    NotApproved {
        /// Short digest that was approved.
        approved: String,
        /// Short digest of the plan at hand.
        given: String,
    },
    /// The cloud or the manifest has changed since the plan was made.
    #[error("the plan is out of date: {}", .0.join("; "))]
    Stale(Vec<String>),
    /// A brake is on.
    #[error("the plan is refused by {}", brakes(.0))]
    Braked(Vec<polity_model::plan::Brake>),
    /// Writes of an interrupted run, of which the reading does not tell whether they were made.
    #[error("an interrupted run cannot be settled: {}", .0.join("; "))]
    Undecided(Vec<String>),
    /// The plan names a platform that no provider was given for.
    #[error("the platform `{0}` is not connected")]
    NotConnected(String),
    /// The platform is not the one that the journal or the plan knows.
    #[error("the platform `{platform}` is `{found}`, but {by} is about `{expected}`")]
    OtherPlatform {
        /// Manifest name.
        platform: String,
        /// Native identity met.
        found: String,
        /// Native identity that was expected.
        expected: String,
        /// Who expects it: `the journal`, `the plan`.
        by: &'static str,
    },
}

impl Error {
    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Journal(journal::Error::Locked { .. }) => Exit::Locked,
            Self::Braked(_) => Exit::Refused,
            _ => Exit::Error,
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Journal(error) => error.help(),
            Self::Provider(error) => error.help.clone(),
            Self::NotApproved { .. } => Some("look at the plan again and approve that one".to_owned()),
            Self::Stale(_) => Some("make a new plan, look at it and approve it".to_owned()),
            Self::Braked(brakes) => brakes.first().map(|brake| brake.help.clone()),
            Self::Undecided(_) => {
                Some("make what is named readable, or look at it by hand, and apply again".to_owned())
            }
            Self::NotConnected(_) => Some("make a new plan with the manifest as it is now".to_owned()),
            Self::OtherPlatform { .. } => {
                Some("check the credentials; another organization needs a journal of its own".to_owned())
            }
        }
    }
}

fn brakes(brakes: &[polity_model::plan::Brake]) -> String {
    let each: Vec<String> =
        brakes.iter().map(|brake| format!("the brake `{}`: {}", brake.name, brake.message)).collect();
    each.join("; ")
}
