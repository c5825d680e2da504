//! `polity init`: writes a starter organization, for whoever begins without a cloud to adopt. Asks at a terminal for what
//! the arguments do not say.

use std::{
    collections::BTreeSet,
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::ValueEnum as _;
use polity_manifest::File;

use super::Home;
use crate::{
    args::Init,
    clouds,
    exit::{Ended, Exit, Failure},
    folder,
    starter::{self, Admin, Answers, Profile},
    terminal::{self, BOLD, CYAN, DIM, YELLOW, paint},
    views::{clean, count, diagnostics, organization, some_of},
};

/// The administrator of whoever names none: plainly an example.
const SOMEBODY: &str = "Ada Lovelace";
/// The region of whoever names none: the one that every account has.
const REGION: &str = "us-east-1";

pub(super) fn init(home: &Home, arguments: &Init) -> Ended {
    let asks = terminal::is_interactive() && !arguments.yes;
    let mut ask = terminal::ask;
    let mut wizard = Wizard { ask: if asks { Some(&mut ask) } else { None } };
    let answers = wizard.answers(arguments)?;
    let named = arguments.into.clone().or_else(|| home.globals.folder.clone());
    let into = wizard.place(named, &answers.name)?;
    let files = starter::files(&answers);
    let manifest = polity_manifest::read(&files, &clouds::vocabulary(), home.today());
    let Some(organization) = manifest.organization else {
        let told = diagnostics::human(&manifest.diagnostics, &diagnostics::sources(&files), "", true);
        terminal::err(told.trim_end());
        return Err(Failure::new("these answers make no manifest, as told above; nothing was written")
            .help("choose a shorter domain or another name"));
    };
    untouched(&into, &files)?;
    wizard.confirm(&into, files.len())?;
    write(&into, &files)?;
    terminal::out(&told(&answers, &into, &files, &organization::summary(&organization)))?;
    Ok(Exit::Done)
}

/// Asks for what the arguments do not say, where there is somebody to ask.
struct Wizard<'a> {
    ask: Option<&'a mut Ask<'a>>,
}

/// Puts a question, and gives the answer; none when there is no more input.
type Ask<'a> = dyn FnMut(&str) -> Option<String> + 'a;

impl Wizard<'_> {
    fn answers(&mut self, arguments: &Init) -> Result<Answers, Failure> {
        let regions =
            clouds::vocabulary().types.remove(clouds::aws::NAME).map(|cloud| cloud.regions).unwrap_or_default();
        let profile = match arguments.profile {
            Some(profile) => profile,
            None => self.answer("--profile", None, &which(), None, profile)?,
        };
        let name = self.answer("--name", arguments.name.as_deref(), "Name of the organization", None, starter::name)?;
        let management_account = self.answer(
            "--management-account",
            arguments.management_account.as_deref(),
            "Number of the AWS management account, twelve digits",
            None,
            starter::management_account,
        )?;
        let domain = self.answer(
            "--domain",
            arguments.domain.as_deref(),
            "Domain of e-mail addresses, such as example.org",
            None,
            starter::domain,
        )?;
        let admin = self.answer(
            "--admin",
            arguments.admin.as_deref(),
            "The first administrator, given and family name",
            Some(SOMEBODY),
            Admin::parse,
        )?;
        let region =
            self.answer("--region", arguments.region.as_deref(), "Region of Identity Center", Some(REGION), |text| {
                starter::region(text, &regions)
            })?;
        Ok(Answers { profile, name, management_account, domain, region, admin })
    }

    /// The argument if it was given, else the answer to the question, else what is usual. A slip in an argument ends the
    /// command, a slip in an answer is asked for again.
    fn answer<T>(
        &mut self,
        flag: &str,
        given: Option<&str>,
        question: &str,
        usual: Option<&str>,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        if let Some(given) = given {
            return check(given.trim()).map_err(|reason| Failure::new(format!("`{flag}`: {reason}")));
        }
        let Some(ask) = &mut self.ask else {
            let missing = || {
                Failure::new(format!("`{flag}` is missing, and nobody is here to ask"))
                    .help("say it on the command line; `polity init --help` lists what can be said")
            };
            return usual.map_or_else(|| Err(missing()), |usual| check(usual).map_err(Failure::new));
        };
        let hint = usual.map_or_else(String::new, |usual| paint(DIM, format!(" [{usual}]")));
        loop {
            let Some(answer) = ask(&format!("{}{hint}: ", paint(BOLD, question))) else { return Err(unanswered()) };
            let answer = if answer.is_empty() { usual.unwrap_or_default() } else { &answer };
            match check(answer) {
                Ok(value) => return Ok(value),
                Err(reason) => terminal::err(&paint(YELLOW, clean(&reason))),
            }
        }
    }

    /// The folder to write.
    fn place(&mut self, named: Option<PathBuf>, name: &str) -> Result<PathBuf, Failure> {
        match named {
            Some(folder) => Ok(folder),
            None => self.answer("--into", None, "Folder to write", Some(name), |text| Ok(PathBuf::from(text))),
        }
    }

    fn confirm(&mut self, into: &Path, number: usize) -> Result<(), Failure> {
        let Some(ask) = &mut self.ask else { return Ok(()) };
        let question = format!("Write {} into {}?", count(number, "file"), shown(into));
        let answer = ask(&format!("{}{}: ", paint(BOLD, question), paint(DIM, " [yes]"))).ok_or_else(unanswered)?;
        match answer.to_ascii_lowercase().as_str() {
            "" | "y" | "yes" => Ok(()),
            _ => Err(Failure::new("nothing was written, as you asked")),
        }
    }
}

fn unanswered() -> Failure {
    Failure::new("the questions ended without an answer; nothing was written")
}

/// The question for the profile.
fn which() -> String {
    let mut text = String::from("Which one is nearest to you?\n");
    for (number, profile) in Profile::value_variants().iter().enumerate() {
        let help = profile.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string));
        let name = paint(CYAN, format!("{:<9}", profile.name()));
        text.push_str(&format!("  {}  {name}  {}\n", number + 1, help.unwrap_or_default()));
    }
    text.push_str("Number or name");
    text
}

fn profile(text: &str) -> Result<Profile, String> {
    let profiles = Profile::value_variants();
    let by_number = text.parse::<usize>().ok().and_then(|number| profiles.get(number.checked_sub(1)?));
    let found = by_number.or_else(|| profiles.iter().find(|profile| profile.name() == text.to_ascii_lowercase()));
    found.copied().ok_or_else(|| format!("`{text}` is none of these"))
}

/// Nothing that is there is written over, and no manifest is mixed with another.
fn untouched(into: &Path, files: &[File]) -> Result<(), Failure> {
    if fs::metadata(into).is_ok_and(|facts| !facts.is_dir()) {
        return Err(Failure::new(format!("`{}` is a file, not a folder", shown(into)))
            .help("name another place with `--into DIR`"));
    }
    // A link to nothing is something that is there, too.
    let ours = files.iter().map(|file| file.path.clone()).filter(|path| into.join(path).symlink_metadata().is_ok());
    let mut taken: BTreeSet<String> = ours.collect();
    if into.is_dir() {
        let contents = folder::list(into)?;
        taken.extend(contents.files.into_iter().map(|file| file.path));
        taken.extend(contents.diagnostics.into_iter().map(|diagnostic| diagnostic.at.origin.file.to_string()));
    }
    if taken.is_empty() {
        return Ok(());
    }
    let taken: Vec<String> = taken.iter().map(|path| format!("`{}`", clean(path))).collect();
    let message = format!("the folder `{}` already holds {}", shown(into), some_of(&taken, 20));
    Err(Failure::new(message).help(
        "nothing was written: a folder is one manifest. Name one that is empty or not there yet with `--into DIR`",
    ))
}

/// Writes all files; if one cannot be written, what was written before goes again.
fn write(into: &Path, files: &[File]) -> Result<(), Failure> {
    let mut made = Made::default();
    let result = made.folder(into).and_then(|()| {
        files.iter().try_for_each(|file| {
            let path = into.join(&file.path);
            path.parent().map_or(Ok(()), |parent| made.folder(parent))?;
            made.file(path, &file.bytes)
        })
    });
    result.map_err(|error| {
        made.undo();
        Failure::new(format!("the files cannot be written into `{}`: {}", shown(into), folder::plain(&error)))
            .help("nothing was left behind; name another place with `--into DIR`")
    })
}

/// What this command made, to be taken away again if it cannot be finished.
#[derive(Default)]
struct Made {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Made {
    fn folder(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        path.parent().map_or(Ok(()), |parent| self.folder(parent))?;
        fs::create_dir(path)?;
        self.folders.push(path.to_owned());
        Ok(())
    }

    fn file(&mut self, path: PathBuf, bytes: &[u8]) -> io::Result<()> {
        // Whoever writes a file of this name in this very moment keeps it.
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
        self.files.push(path);
        file.write_all(bytes)
    }

    fn undo(&self) {
        // The first failure is the one to tell.
        self.files.iter().for_each(|path| drop(fs::remove_file(path)));
        self.folders.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
    }
}

/// What was written, and what to do next.
fn told(answers: &Answers, into: &Path, files: &[File], summary: &str) -> String {
    let into = shown(into);
    let mut text = format!("wrote the starter `{}` into {}: {summary}\n\n", answers.profile.name(), paint(BOLD, &into));
    let widest = files.iter().map(|file| file.path.len()).max().unwrap_or_default();
    for file in files {
        let sentence = paint(DIM, sentence(&String::from_utf8_lossy(&file.bytes)));
        text.push_str(&format!("  {:<widest$}  {sentence}\n", file.path));
    }
    let steps = [
        (format!("polity check {into}"), "all mistakes at once; run it after every edit"),
        (format!("polity show --folder {into}"), "who, what and where"),
        (format!("git init {into}"), "and commit: from now on, the folder is the place to change"),
        (format!("polity plan {into}"), "reads your cloud and changes nothing"),
    ];
    let widest = steps.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    text.push_str(&format!("\n{}\n", paint(BOLD, "next: put your own people and accounts in, then")));
    for (command, why) in steps {
        text.push_str(&format!("  {}  {}\n", paint(CYAN, format!("{command:<widest$}")), paint(DIM, why)));
    }
    text
}

/// The first sentence of the comment that a file opens with.
fn sentence(text: &str) -> String {
    let opening = text.lines().map_while(|line| line.strip_prefix("# ")).collect::<Vec<_>>().join(" ");
    let end = [". ", ": "].iter().filter_map(|mark| opening.find(mark)).min().unwrap_or(opening.len());
    opening.get(..end).unwrap_or_default().trim_end_matches('.').to_owned()
}

/// A path as one types it.
fn shown(path: &Path) -> String {
    clean(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent() -> Init {
        Init {
            profile: None,
            name: None,
            platform: clouds::aws::NAME.to_owned(),
            management_account: None,
            domain: None,
            admin: None,
            region: None,
            into: None,
            yes: false,
        }
    }

    /// Answers in turn, and what was asked.
    fn asked(arguments: &Init, answers: &[&str]) -> (Result<Answers, Failure>, Vec<String>) {
        let mut questions = Vec::new();
        let mut answers = answers.iter();
        let mut ask = |question: &str| {
            questions.push(crate::views::plain(question));
            answers.next().map(|answer| (*answer).to_owned())
        };
        let result = Wizard { ask: Some(&mut ask) }.answers(arguments);
        (result, questions)
    }

    #[test]
    fn a_person_is_asked_until_every_answer_is_one() {
        let said =
            ["5", "Team", "my org", "acme", "12", "123456789012", "localhost", "acme.example", "", "nowhere", ""];
        let (answers, questions) = asked(&silent(), &said);
        let answers = answers.unwrap();
        assert_eq!((answers.profile, answers.name.as_str()), (Profile::Team, "acme"));
        assert_eq!((answers.domain.as_str(), answers.region.as_str()), ("acme.example", REGION));
        assert_eq!(answers.admin, Admin::parse(SOMEBODY).unwrap());
        assert_eq!(questions.len(), said.len());
        insta::assert_snapshot!(questions[0], @r"
        Which one is nearest to you?
          1  team       One team: a production and a development account, five guardrails
          2  company    A mid-size company: units, nested teams, security and shared accounts, budgets, quarantine
          3  regulated  An enterprise under regulation: duties separated, data classified, a full set of guardrails, break-glass
        Number or name: 
        ");
    }

    #[test]
    fn what_was_said_is_not_asked_and_a_slip_in_it_ends_the_command() {
        let arguments = Init {
            profile: Some(Profile::Regulated),
            name: Some("bank".to_owned()),
            management_account: Some("1".to_owned()),
            ..silent()
        };
        let (answers, questions) = asked(&arguments, &[]);
        assert!(questions.is_empty(), "{questions:?}");
        assert!(answers.unwrap_err().message.starts_with("`--management-account`: `1` is not"));
        let arguments = Init { management_account: Some("123456789012".to_owned()), ..arguments };
        let (answers, questions) = asked(&arguments, &[]);
        assert!(answers.unwrap_err().message.contains("ended without an answer"));
        assert_eq!(questions.len(), 1, "{questions:?}");
    }

    #[test]
    fn a_no_at_the_end_writes_nothing() {
        for (answer, goes_on) in [(Some(""), true), (Some("Yes"), true), (Some("no"), false), (None, false)] {
            let mut ask = |_: &str| answer.map(str::to_owned);
            let result = Wizard { ask: Some(&mut ask) }.confirm(Path::new("acme"), 7);
            assert_eq!(result.is_ok(), goes_on, "{answer:?}");
        }
    }

    #[test]
    fn what_cannot_be_finished_is_taken_back() {
        let place = tempfile::tempdir().unwrap();
        let into = place.path().join("deep/org");
        let file = |path: &str| File { path: path.to_owned(), bytes: b"kind: unit\n".to_vec() };
        let failure = write(&into, &[file("a.yaml"), file("b/c.yaml"), file("a.yaml")]).unwrap_err();
        assert!(failure.message.contains("cannot be written"), "{failure}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        write(&into, &[file("a.yaml"), file("b/c.yaml")]).unwrap();
        assert!(into.join("b/c.yaml").is_file());
    }
}
