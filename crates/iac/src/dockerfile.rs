//! Recipes of images.

use std::collections::BTreeMap;

use polity_model::{Diagnostic, Origin, facet::Datum};

use crate::{Reading, facts::Facts, images, secrets, text::Source, tree::OPEN};

/// One instruction, its lines joined.
struct Instruction {
    word: String,
    rest: String,
    origin: Origin,
}

/// One stage of a build.
#[derive(Clone, Default)]
struct Stage {
    name: Option<String>,
    user: Option<String>,
    health: bool,
    ports: Vec<String>,
}

/// Whether a file is one, by its name or by what stands first in it.
pub(crate) fn is_one(source: &Source<'_>) -> bool {
    let name = source.file.rsplit('/').next().unwrap_or_default().to_lowercase();
    if name.starts_with("dockerfile") || name.starts_with("containerfile") || name.ends_with(".dockerfile") {
        return true;
    }
    let mut words = source.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let word = words.find_map(|line| {
        let word = line.split_whitespace().next().unwrap_or_default();
        (word != "ARG").then(|| word.to_owned())
    });
    word.as_deref() == Some("FROM")
}

pub(crate) fn read(source: &Source<'_>) -> Reading {
    let instructions = instructions(source);
    let Some(last) = instructions.iter().rfind(|instruction| instruction.word == "FROM") else {
        let message = "this recipe has no `FROM`: there is nothing to build on";
        let diagnostic = Diagnostic::error("no-base", &Origin::file(&source.file), message);
        return Reading { diagnostics: vec![diagnostic.help("write `FROM image@sha256:...`")], ..Reading::default() };
    };
    let mut build = Build::default();
    for instruction in &instructions {
        build.take(instruction);
    }
    let found = build.facts(&source.file, &last.origin).row();
    Reading { format: None, found: found.into_iter().collect(), diagnostics: Vec::new() }
}

/// The instructions: lines that end with the sign of escape go on, comments within are left out, and so is what `<<` brings.
fn instructions(source: &Source<'_>) -> Vec<Instruction> {
    let escape = source.text.lines().take_while(|line| line.starts_with('#')).find_map(|line| {
        let (name, sign) = line.trim_start_matches('#').split_once('=')?;
        (name.trim().eq_ignore_ascii_case("escape")).then(|| sign.trim().chars().next())?
    });
    let escape = escape.unwrap_or('\\');
    let mut instructions: Vec<Instruction> = Vec::new();
    let (mut start, mut open, mut heredoc): (usize, Option<(usize, String)>, Option<String>) = (0, None, None);
    for line in source.text.split_inclusive('\n') {
        let begin = start;
        start += line.len();
        let text = line.trim();
        if let Some(end) = &heredoc {
            if let Some(last) = instructions.last_mut() {
                last.rest.push('\n');
                last.rest.push_str(text);
            }
            if text == end {
                heredoc = None;
            }
            continue;
        }
        if text.starts_with('#') || (text.is_empty() && open.is_none()) {
            continue;
        }
        let (from, mut whole) = open.take().unwrap_or((begin + line.len() - line.trim_start().len(), String::new()));
        if let Some(more) = text.strip_suffix(escape) {
            whole.push_str(more);
            whole.push(' ');
            open = Some((from, whole));
            continue;
        }
        whole.push_str(text);
        heredoc = heredoc_of(&whole);
        instructions.extend(instruction(source, from, begin + line.trim_end().len(), &whole));
    }
    if let Some((from, whole)) = open {
        instructions.extend(instruction(source, from, source.text.trim_end().len(), &whole));
    }
    instructions
}

fn heredoc_of(text: &str) -> Option<String> {
    let (_, behind) = text.split_once("<<")?;
    let word: String = behind
        .trim_start_matches('-')
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    (!word.is_empty()).then_some(word)
}

fn instruction(source: &Source<'_>, from: usize, to: usize, whole: &str) -> Option<Instruction> {
    let whole = whole.trim();
    let (word, rest) = whole.split_once(char::is_whitespace).unwrap_or((whole, ""));
    let origin = source.origin(from, to.max(from));
    (!word.is_empty()).then(|| Instruction { word: word.to_ascii_uppercase(), rest: rest.trim().to_owned(), origin })
}

#[derive(Default)]
struct Build {
    stages: Vec<Stage>,
    bases: Vec<(String, bool)>,
    variables: BTreeMap<String, String>,
    secrets: i64,
    downloads: Vec<String>,
    piped: i64,
    sudo: bool,
}

impl Build {
    fn take(&mut self, instruction: &Instruction) {
        let rest = &instruction.rest;
        match instruction.word.as_str() {
            "FROM" => self.from(rest),
            "ARG" => rest.split_whitespace().for_each(|word| self.argument(word)),
            "ENV" => self.environment(rest),
            "USER" => {
                let user = self.filled(rest);
                self.stage(|stage| stage.user = Some(user));
            }
            "EXPOSE" => {
                let ports: Vec<String> = rest.split_whitespace().map(|port| self.filled(port)).collect();
                self.stage(|stage| stage.ports.extend(ports));
            }
            "HEALTHCHECK" => {
                let health = !rest.eq_ignore_ascii_case("none");
                self.stage(|stage| stage.health = health);
            }
            "ADD" => self.add(rest),
            "RUN" => self.run(rest),
            _ => {}
        }
    }

    fn stage(&mut self, change: impl FnOnce(&mut Stage)) {
        if let Some(stage) = self.stages.last_mut() {
            change(stage);
        }
    }

    fn from(&mut self, rest: &str) {
        let words: Vec<&str> = rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let image = self.filled(words.first().copied().unwrap_or_default());
        let name = words
            .get(1)
            .filter(|word| word.eq_ignore_ascii_case("as"))
            .and_then(|_| words.get(2))
            .map(|name| (*name).to_owned());
        // A stage that builds on another one begins with what that one said.
        let before =
            self.stages.iter().rfind(|stage| stage.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&image)));
        let from_stage = before.is_some();
        let stage = Stage { name, ..before.cloned().unwrap_or_default() };
        self.stages.push(stage);
        self.bases.iter_mut().for_each(|(_, last)| *last &= from_stage);
        if !from_stage && image != "scratch" {
            self.bases.push((image, true));
        }
    }

    fn argument(&mut self, word: &str) {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let value = value.trim_matches(['"', '\'']);
        // Whatever is handed over as such an argument stays in the image's history.
        self.secrets += i64::from(secrets::is_one(name, value) || (value.is_empty() && secrets::is_named(name)));
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    fn environment(&mut self, rest: &str) {
        let old_style = rest.split_once(char::is_whitespace).filter(|(name, _)| !name.contains('='));
        let pairs: Vec<(String, String)> = match old_style {
            Some((name, value)) => vec![(name.to_owned(), value.trim().to_owned())],
            None => words(rest)
                .iter()
                .filter_map(|word| word.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        for (name, value) in pairs {
            self.secrets += i64::from(secrets::is_one(&name, &value));
            let value = self.filled(&value);
            self.variables.insert(name, value);
        }
    }

    fn add(&mut self, rest: &str) {
        if rest.split_whitespace().any(|word| word.starts_with("--checksum=")) {
            return;
        }
        let remote = |word: &&str| {
            ["http://", "https://", "ftp://", "git@"]
                .iter()
                .any(|start| word.trim_matches(['"', '[', ',']).starts_with(start))
        };
        let words: Vec<String> = rest
            .split_whitespace()
            .filter(remote)
            .map(|word| word.trim_matches(['"', '[', ']', ',']).to_owned())
            .collect();
        self.downloads.extend(words);
    }

    fn run(&mut self, rest: &str) {
        let parts: Vec<&str> = rest.split("&&").flat_map(|part| part.split([';', '\n'])).collect();
        for part in parts {
            let mut piped = part.split('|').map(str::trim);
            let fetched =
                piped.next().is_some_and(|first| first.split_whitespace().any(|word| matches!(word, "curl" | "wget")));
            let shell = piped.any(|next| {
                let word =
                    next.split_whitespace().find(|word| *word != "sudo" && !word.starts_with('-')).unwrap_or_default();
                matches!(
                    word.rsplit('/').next(),
                    Some("sh" | "bash" | "zsh" | "ash" | "python" | "python3" | "perl" | "node")
                )
            });
            self.piped += i64::from(fetched && shell);
            self.sudo |= part.split_whitespace().any(|word| word.trim_matches(['(', '"']) == "sudo")
                && !part.contains("install sudo");
        }
    }

    /// A text with its variables filled in, as far as they are known.
    fn filled(&self, text: &str) -> String {
        let (mut whole, mut rest) = (String::new(), text.trim_matches(['"', '\'']));
        while let Some((before, behind)) = rest.split_once('$') {
            whole.push_str(before);
            let braced = behind.strip_prefix('{').and_then(|inside| inside.split_once('}'));
            let (name, behind) = match braced {
                Some((name, behind)) => (name, behind),
                None => {
                    let end = behind
                        .find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
                        .unwrap_or(behind.len());
                    behind.split_at(end)
                }
            };
            let (name, default) = name.split_once(":-").unwrap_or((name, ""));
            let value = self.variables.get(name).filter(|value| !value.is_empty()).map_or(default, String::as_str);
            if value.is_empty() {
                whole.push('$');
                whole.push_str(name);
            } else {
                whole.push_str(value);
            }
            rest = behind;
        }
        whole.push_str(rest);
        whole
    }

    fn facts(&self, file: &str, origin: &Origin) -> Facts {
        let text = |text: &str| if text.contains('$') { OPEN } else { text.into() };
        let bases = self.bases.iter().map(|(image, last)| {
            let open = image.contains('$') && !images::is_pinned(image);
            let fact = |holds: bool| if open { OPEN } else { holds.into() };
            Datum::Record(vec![
                text(image),
                fact(images::is_pinned(image)),
                fact(images::is_latest(image)),
                (*last).into(),
            ])
        });
        let last = self.stages.last().cloned().unwrap_or_default();
        let on_nothing = self.bases.iter().all(|(_, last)| !last);
        let (user, root) = match &last.user {
            Some(user) if user.contains('$') => (OPEN, OPEN),
            Some(user) => (user.as_str().into(), matches!(user.split(':').next(), Some("root" | "0")).into()),
            // Nobody else is there, where there is nothing to build on; otherwise the image that it builds on decides.
            None if on_nothing => (Datum::Absent, true.into()),
            None => (Datum::Absent, Datum::Unknown(polity_model::facet::Reason::NotCollected)),
        };
        let texts = |texts: &[String]| Datum::List(texts.iter().map(|word| text(word)).collect());
        Facts::at("image_build", file, "Dockerfile", origin).all([
            ("id", OPEN),
            ("name", file.into()),
            ("account", OPEN),
            ("region", Datum::Absent),
            ("created_at", OPEN),
            ("tags", Datum::Map(BTreeMap::new())),
            ("bases", Datum::List(bases.collect())),
            ("user", user),
            ("root", root),
            ("secrets", self.secrets.into()),
            ("downloads", texts(&self.downloads)),
            ("piped_scripts", self.piped.into()),
            ("administrator_commands", self.sudo.into()),
            ("ports", texts(&last.ports)),
            ("health_check", last.health.into()),
        ])
    }
}

/// Words, where what stands in quotes is one.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for character in text.chars() {
        match (quote, character) {
            (Some(open), character) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, character) if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, character) => word.push(character),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}
