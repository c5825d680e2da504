//! The project's own tasks: what `make` would do elsewhere, in the language of the project.
//!
//! **Never here:** anything that the `polity` binary needs at run time.

use std::process::ExitCode;

mod agree;
mod bench;
mod deny;
mod fuzz;
mod generate;
mod kill_loop;
mod matrix;
mod picture;
mod servers;
mod shell;
mod suite;
mod terraform;
mod tidy;

#[allow(dead_code, reason = "the stories run scripts against it, the tasks do not")]
#[path = "../../crates/polity/tests/support/cloud.rs"]
mod cloud;

#[allow(dead_code, reason = "the tests run `kubectl` on it, most tasks do not")]
#[path = "../../crates/kubernetes/tests/support/cluster.rs"]
mod cluster;
#[allow(dead_code, reason = "the tests run programs against it, the tasks do not")]
#[path = "../../crates/openstack/tests/support/keystone.rs"]
mod keystone;
#[allow(dead_code, reason = "the tests start them, the tasks install them")]
#[path = "../../crates/openstack/tests/support/server.rs"]
mod server;
#[allow(dead_code, reason = "the tests start them, the tasks install them")]
#[path = "../../crates/openstack/tests/support/services.rs"]
mod services;

use shell::{Outcome, fail, say};

const HELP: &str = "\
cargo xtask <task>

  test                 everything that must hold before a change is merged
  tidy                 rules of the house that no compiler checks
  generate [--check]   write (or compare) the files that are made from code
  servers [openstack|kubernetes]
                       install the test servers and tools, under target and in the user's cache; or those of one cloud alone
  deny                 licences, sources and bans of the dependencies; advisories with --advisories
  fuzz [--seconds N]   run every fuzz target for N seconds (15)
  kill-loop [--on sandbox|moto|keystone|kubernetes] [--every N]
                       abort an apply at every journaled step (or every Nth) and resume it
  matrix [--runs N]    rehearse every kind of fault at every write of a plan, and print the table
  agree                ask Polity, Cloud Custodian and Prowler the same questions of the same account
  terraform            let Terraform, where it is installed, build an organization on the sandbox
  bench [check|plan|clusters|openstack|controls|sandbox]
                       measure, and print tables for docs/benchmarks.md
";

fn main() -> ExitCode {
    // cargo-deny asks for `cargo metadata` through us; see deny.rs.
    if std::env::var_os(deny::SHIM).is_some() {
        return ended(deny::answer_as_cargo());
    }
    let mut words = std::env::args().skip(1);
    let task = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    ended(perform(&task, &rest))
}

fn perform(task: &str, rest: &[&str]) -> Outcome {
    match (task, rest) {
        ("test", []) => suite::run(),
        ("tidy", []) => tidy::run(),
        ("generate", []) => generate::run(false),
        ("generate", ["--check"]) => generate::run(true),
        ("servers", []) => servers::install(),
        ("servers", ["openstack"]) => servers::openstack::install(),
        ("servers", ["kubernetes"]) => servers::kubernetes(),
        ("deny", []) => deny::run(false),
        ("deny", ["--advisories"]) => deny::run(true),
        ("fuzz", []) => fuzz::run(15),
        ("fuzz", ["--seconds", seconds]) => fuzz::run(number(seconds)?),
        ("kill-loop", []) => kill_loop::run("sandbox", 1),
        ("kill-loop", ["--every", every]) => kill_loop::run("sandbox", number(every)?),
        ("kill-loop", ["--on", on @ ("sandbox" | "moto" | "keystone" | "kubernetes")]) => kill_loop::run(on, 1),
        ("kill-loop", ["--on", on @ ("sandbox" | "moto" | "keystone"), "--every", every]) => {
            kill_loop::run(on, number(every)?)
        }
        ("matrix", []) => matrix::run(None),
        ("matrix", ["--runs", runs]) => matrix::run(Some(number(runs)?)),
        ("agree", []) => agree::run(),
        ("terraform", []) => terraform::run(),
        ("bench", []) => bench::run(bench::What::All),
        ("bench", ["check"]) => bench::run(bench::What::Check),
        ("bench", ["plan"]) => bench::run(bench::What::Plan),
        ("bench", ["clusters"]) => bench::run(bench::What::Clusters),
        ("bench", ["openstack"]) => bench::run(bench::What::OpenStack),
        ("bench", ["controls"]) => bench::run(bench::What::Controls),
        ("bench", ["sandbox"]) => bench::run(bench::What::Sandbox),
        ("" | "help" | "--help" | "-h", _) => {
            say(HELP);
            Ok(())
        }
        _ => fail(format!("`{}` is no task of ours\n\n{HELP}", [&[task], rest].concat().join(" "))),
    }
}

fn number(text: &str) -> Outcome<u64> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("`{text}` is not a number above zero").into())
}

fn ended(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}
