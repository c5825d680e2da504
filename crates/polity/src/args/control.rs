//! Arguments of `control` and `coverage`.

use clap::{Args, Subcommand, ValueEnum};

use super::Output;

/// `control`.
#[derive(Debug, Subcommand)]
pub(crate) enum ControlVerb {
    /// List the controls of the catalog and the manifest's own, or those that hold at a place
    List(ControlList),
    /// Show a control whole: what it says, what it asks, what it satisfies, where it is attached
    Show {
        /// Its name
        name: String,
        /// How to show it
        #[arg(long, short, value_enum, default_value_t)]
        output: Output,
    },
    /// Write a control of your own to begin with, commented, with cases; never over a file that is there
    New {
        /// Its name, kebab-case
        name: String,
        /// The facet that it asks of
        #[arg(long, value_name = "FACET", default_value = "object_store")]
        on: String,
    },
    /// Run the cases of controls: of the manifest's own, or of one
    Test {
        /// Only this control, which may be one of the catalog
        name: Option<String>,
        /// How to tell
        #[arg(long, short, value_enum, default_value_t)]
        output: TestOutput,
    },
}

/// `control list`.
#[derive(Debug, Args)]
pub(crate) struct ControlList {
    /// What holds for this tenant
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// What holds at this place: `organization`, or a landing zone, unit, project or tenant, as `NAME` or `KIND/NAME`
    #[arg(long, value_name = "PLACE", conflicts_with = "tenant")]
    pub(crate) place: Option<String>,
    /// What is in this baseline
    #[arg(long, value_name = "NAME", conflicts_with_all = ["tenant", "place"])]
    pub(crate) baseline: Option<String>,
    /// How to list it
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `coverage`.
#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// What to tell of; both unless named
    #[arg(value_enum, value_name = "OF")]
    pub(crate) of: Option<CoverageOf>,
    /// Only this platform type
    #[arg(long, value_name = "TYPE")]
    pub(crate) platform: Option<String>,
    /// Only controls that are attached somewhere in the manifest
    #[arg(long)]
    pub(crate) attached: bool,
    /// Tell of each line of this framework which controls help to meet it, and whether these prevent and detect
    #[arg(long, value_name = "NAME")]
    pub(crate) framework: Option<String>,
    /// How to tell
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: CoverageOutput,
}

/// What `coverage` tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageOf {
    /// What each platform type makes of the manifest's nouns and fields
    Manifest,
    /// What each control prevents, detects and corrects
    Controls,
}

/// Outputs of `control test`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestOutput {
    /// For people
    #[default]
    Human,
    /// For machines, with a version
    Json,
    /// JUnit XML, for continuous integration
    Junit,
}

/// Outputs of `coverage`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageOutput {
    /// For people
    #[default]
    Human,
    /// For machines, with a version
    Json,
    /// For a page
    Markdown,
}
