//! The arguments, and the help that describes them.

pub(crate) mod audit;
pub(crate) mod code;
pub(crate) mod control;
pub(crate) mod remediate;
pub(crate) mod replay;
pub(crate) mod sandbox;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};
use polity_model::units::Date;

use crate::{
    clouds::{self, aws},
    starter::Profile,
    terminal::Color,
};

/// Describe your organization once, as YAML in git. See what would change in your clouds and why, apply it, and be
/// told when reality drifts.
#[derive(Debug, Parser)]
#[command(name = "polity", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// The manifest folder
    #[arg(long, short = 'C', global = true, value_name = "DIR", env = "POLITY_FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// The journal [default: .polity/journal.db in the manifest folder]
    #[arg(long, global = true, value_name = "FILE", env = "POLITY_JOURNAL")]
    pub(crate) journal: Option<PathBuf>,
    /// When to use colours; `auto` heeds NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Show everything in full; twice: also what goes over the wire
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Tell at the end which operations were called how often
    #[arg(long, global = true)]
    pub(crate) stats: bool,
    /// The person of the manifest who runs this: no plan may lock them out [default: whoever has git's user.email]
    #[arg(long, global = true, value_name = "PERSON", env = "POLITY_APPLIER")]
    pub(crate) applier: Option<String>,
    /// The day that expiry is judged by [default: today, UTC]
    #[arg(long, global = true, value_name = "DATE", env = "POLITY_TODAY", hide = true)]
    pub(crate) today: Option<Date>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See it all work on a simulated cloud, in less than a minute: no account, no network, nothing real is changed
    Demo(Demo),
    /// Write a commented starter organization; asks at a terminal for what is not said
    Init(Init),
    /// Read the manifest and tell all of its mistakes at once
    Check {
        #[command(flatten)]
        place: Place,
        /// How to tell
        #[arg(long, short, value_enum, default_value_t)]
        output: CheckOutput,
    },
    /// Bring the YAML files of the manifest into their canonical layout; comments stay
    Fmt {
        #[command(flatten)]
        place: Place,
        /// Write nothing; exit with 2 if a file would change
        #[arg(long)]
        check: bool,
    },
    /// Print the JSON Schema of a manifest document, for editors
    Schema {
        /// Print the reference of the language instead, as Markdown
        #[arg(long)]
        reference: bool,
        /// Print the catalog of controls instead, as Markdown
        #[arg(long, conflicts_with = "reference")]
        catalog: bool,
        /// Print what is read of AWS for controls instead, as Markdown: which call fills which field
        #[arg(long, conflicts_with_all = ["reference", "catalog"])]
        facets: bool,
    },
    /// Show the resolved organization, or who may do what where
    Show(Show),
    /// Draw the organization as a tree
    Graph {
        #[command(flatten)]
        place: Place,
        /// Which tree
        #[arg(long, value_enum, default_value_t)]
        of: Tree,
        /// How to draw it
        #[arg(long, short, value_enum, default_value_t)]
        output: GraphOutput,
    },
    /// Look at controls: what there is and what holds where; write and test your own
    Control {
        #[command(subcommand)]
        verb: control::ControlVerb,
    },
    /// Tell of each control and platform type what prevents, detects and corrects, and what does not
    Coverage(control::Coverage),
    /// Show what would change in the clouds, and why; change nothing
    Plan {
        #[command(flatten)]
        place: Place,
        /// Save the plan, for `polity apply FILE`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// How to show it
        #[arg(long, short, value_enum, default_value_t)]
        output: PlanOutput,
        /// Largest Markdown, in bytes; what does not fit is counted
        #[arg(long, value_name = "BYTES", default_value_t = 60_000)]
        max_size: usize,
        /// Do not ask git for the commits behind the lines
        #[arg(long)]
        no_blame: bool,
    },
    /// Make the clouds match the manifest
    Apply(Apply),
    /// Apply a plan to a simulated cloud: what happens, how long it takes, what faults do to it; nothing real is changed
    Rehearse(Rehearse),
    /// Tell whom controls would have stopped: events of the past judged by the guardrails of controls that are audited or enforced
    Replay(replay::Replay),
    /// Tell what differs from the manifest: unapplied, drifted (and who did it), foreign, made by the vendor
    Drift {
        #[command(flatten)]
        place: Place,
        /// How to tell
        #[arg(long, short, value_enum, default_value_t)]
        output: Output,
    },
    /// Judge what is there by the controls of the manifest; keep the evidence
    Audit(audit::Audit),
    /// Put right what an audit found wrong: a plan like any other, with what people have to do themselves
    Remediate(remediate::Remediate),
    /// Judge infrastructure code by the same controls: plans, templates, manifests and Dockerfiles, before anything is made of them
    CheckIac(code::CheckIac),
    /// Come to a verdict again, from the evidence that the journal keeps
    Prove(audit::Prove),
    /// Hand on what controls say and what they come to, in the formats of auditors
    Export {
        #[command(subcommand)]
        verb: audit::Export,
    },
    /// Read the record of what was done
    Journal {
        #[command(subcommand)]
        verb: JournalVerb,
    },
    /// Print the least-privilege permissions that Polity needs on a platform
    Permissions(Permissions),
    /// Write a manifest of a living organization that plans to no changes
    Adopt(Adopt),
    /// Simulated clouds to try things on
    Sandbox {
        #[command(subcommand)]
        verb: sandbox::SandboxVerb,
    },
    /// Read everything on the platforms and list it
    Inventory {
        #[command(flatten)]
        place: Place,
        /// How to list it
        #[arg(long, short, value_enum, default_value_t)]
        output: Output,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The folder that it happens in; it must be empty or not there yet [default: a temporary one, which stays]
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// No colours, no bars, no time to read
    #[arg(long)]
    pub(crate) plain: bool,
    /// No time to read
    #[arg(long)]
    pub(crate) fast: bool,
}

/// `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// What to begin with
    #[arg(long, value_enum, value_name = "PROFILE")]
    pub(crate) profile: Option<Profile>,
    /// Name of the organization in the manifest
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Type of the platform
    #[arg(long, value_name = "TYPE", value_parser = [aws::NAME], default_value = aws::NAME)]
    pub(crate) platform: String,
    /// The management account, twelve digits
    #[arg(long, value_name = "ID")]
    pub(crate) management_account: Option<String>,
    /// Domain of the e-mail addresses of accounts and people, such as `example.org`
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,
    /// The first administrator, such as "Ada Lovelace"
    #[arg(long, value_name = "NAME")]
    pub(crate) admin: Option<String>,
    /// Region of the identity service and of what is set up in accounts [default: us-east-1]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The folder to write; nothing in it is written over [default: one named like the organization]
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
}

/// The manifest folder as a bare argument.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Place {
    /// The manifest folder [default: the current one]
    // An id of its own: it must not hide the `--folder` that every command understands.
    #[arg(id = "place", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

/// `show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// What to show
    #[arg(value_enum, default_value_t)]
    pub(crate) what: Shown,
    /// Only access of this person, directly or through teams
    #[arg(long, value_name = "NAME")]
    pub(crate) person: Option<String>,
    /// Only access of this team
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    /// Only access with this role
    #[arg(long, value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// Only access on this tenant
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// How to show it
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// A plan that `polity plan --out` saved; without one, a plan is made now
    #[arg(value_name = "PLAN")]
    pub(crate) plan: Option<PathBuf>,
    /// Approve the plan with this digest (the short one will do), and no other
    #[arg(long, value_name = "DIGEST", conflicts_with = "auto_approve")]
    pub(crate) approve: Option<String>,
    /// Approve whatever the plan is; brakes still hold
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// How to tell what was done
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// Do not ask git for the commits behind the lines
    #[arg(long)]
    pub(crate) no_blame: bool,
    /// Changes at the same time, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) parallel: u16,
}

/// `rehearse`.
#[derive(Debug, Args)]
pub(crate) struct Rehearse {
    /// A plan that `polity plan --out` saved; without one, a plan is made on the simulated cloud
    #[arg(value_name = "PLAN", conflicts_with = "from")]
    pub(crate) plan: Option<PathBuf>,
    /// Begin with what this manifest folder asks for; without it, with what is really there, which is read first
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    /// Begin with a platform that nobody has used yet
    #[arg(long, conflicts_with_all = ["plan", "from", "inventory"])]
    pub(crate) from_nothing: bool,
    /// Begin with what `polity inventory -o json` wrote, and read nothing
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub(crate) inventory: Option<PathBuf>,
    /// What goes wrong meanwhile [default: nothing, at AWS's own rates]
    #[arg(long, value_name = "FILE", conflicts_with = "matrix")]
    pub(crate) scenario: Option<PathBuf>,
    /// What is left to chance is drawn from this: the same seed, the same rehearsal
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Play every kind of fault at every call that changes something, each from the same beginning
    #[arg(long)]
    pub(crate) matrix: bool,
    /// In the matrix, only these kinds of fault
    #[arg(long, value_name = "FAULT", value_delimiter = ',', requires = "matrix")]
    pub(crate) faults: Vec<String>,
    /// In the matrix, so many runs, picked evenly [default: one for each fault and call]
    #[arg(long, value_name = "NUMBER", requires = "matrix")]
    pub(crate) runs: Option<usize>,
    /// In the matrix, only at this call
    #[arg(long, value_name = "NUMBER", requires = "matrix")]
    pub(crate) step: Option<u64>,
    /// How to tell what happened
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `journal`.
#[derive(Debug, Subcommand)]
pub(crate) enum JournalVerb {
    /// Prove that no entry was changed, lost or slipped in
    Verify,
    /// List what was done
    Log {
        /// Only this address
        #[arg(long, value_name = "PLATFORM/KIND/NAME")]
        address: Option<polity_model::Address>,
        /// Only this run
        #[arg(long, value_name = "RUN")]
        run: Option<String>,
        /// Only the last so many entries
        #[arg(long, short = 'n', value_name = "NUMBER")]
        last: Option<u64>,
        /// How to list it; `json` has one entry per line
        #[arg(long, short, value_enum, default_value_t)]
        output: Output,
    },
    /// Show one entry whole
    Show {
        /// Its number
        number: u64,
    },
}

/// `permissions`.
#[derive(Debug, Args)]
pub(crate) struct Permissions {
    /// Type of the platform
    #[arg(value_name = "TYPE", value_parser = types())]
    pub(crate) platform: String,
    /// What planning needs
    #[arg(long, required_unless_present_any = ["write", "remediate"], conflicts_with = "write")]
    pub(crate) read: bool,
    /// What applying needs beyond that
    #[arg(long)]
    pub(crate) write: bool,
    /// What putting right in tenants needs beyond that
    #[arg(long, conflicts_with_all = ["read", "write"])]
    pub(crate) remediate: bool,
    /// For the role within each tenant, rather than for the platform's own
    #[arg(long)]
    pub(crate) member: bool,
}

/// `adopt`.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// Type of the platform
    #[arg(value_name = "TYPE", value_parser = types())]
    pub(crate) platform: String,
    /// The folder to write; it must be empty or not there yet
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// Name of the organization in the manifest
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Name of the platform in the manifest [default: its type]
    #[arg(long, value_name = "NAME")]
    pub(crate) platform_name: Option<String>,
    /// The management account, where the platform has one: twelve digits on AWS
    #[arg(long, value_name = "ID")]
    pub(crate) management_account: Option<String>,
    /// The region of the identity service
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Any field that a platform of this type has, as `polity schema --reference` lists them; once for each
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub(crate) fields: Vec<String>,
}

/// The platform types that this build knows.
fn types() -> PossibleValuesParser {
    PossibleValuesParser::new(clouds::names())
}

/// For people or for machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    #[default]
    Human,
    /// For machines, with a version
    Json,
}

/// Outputs of `check`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckOutput {
    /// For people
    #[default]
    Human,
    /// For machines, with a version
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

/// Outputs of `plan`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanOutput {
    /// For people
    #[default]
    Human,
    /// For machines, with a version
    Json,
    /// For a comment on a pull request
    Markdown,
}

/// Outputs of `graph`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphOutput {
    /// Lines of text
    #[default]
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// A picture
    Svg,
    /// For machines
    Json,
}

/// Trees of `graph`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tree {
    /// Where: platforms, landing zones, tenants
    #[default]
    LandingZones,
    /// Who: units, projects, tenants
    Units,
}

/// Subjects of `show`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// Trees, teams, roles and guardrails
    #[default]
    Organization,
    /// Who may do what where, after inheritance
    Access,
}
