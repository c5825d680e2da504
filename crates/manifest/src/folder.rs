//! A folder of files -> the organization, or everything that is wrong with it.

use polity_model::{Diagnostic, Digest, Origin, units::Date, vocabulary::Vocabulary};

use crate::{
    File, Reading,
    check::{Attachments, Checker, Fields, bad_name, did_you_mean, quoted_list},
    coverage::{self, Inexpressible},
    resolve, stated,
    syntax::{self, Body, Draft, Noun},
    yaml::{self, Content, Entry, Node, Source, Span},
};

/// Reads a folder: each file by itself, then what the files say about each other.
pub(crate) fn read(files: &[File], vocabulary: &Vocabulary, today: Date) -> Reading {
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by(|one, other| (&one.path, &one.bytes).cmp(&(&other.path, &other.bytes)));
    let digest = digest(&files);
    let attachments = Attachments::new(files.iter().copied().filter(|file| has_extension(file, &["json"])));
    let mut folder = Folder {
        checker: Checker::new(vocabulary, &attachments),
        draft: Draft::new(vocabulary, today),
        nouns: syntax::nouns(),
        inexpressible: coverage::inexpressible(vocabulary),
        complete: true,
    };
    for file in files.iter().copied().filter(|file| has_extension(file, &["yaml", "yml"])) {
        folder.file(file);
    }
    folder.roots(files.first().copied());
    let Folder { checker, mut draft, complete, inexpressible, .. } = folder;
    let Checker { mut diagnostics, references, .. } = checker;
    let sound = complete && !diagnostics.iter().chain(&draft.diagnostics).any(Diagnostic::is_error);
    let judged = resolve::resolve(&mut draft, &references, &inexpressible, complete, sound);
    diagnostics.extend(std::mem::take(&mut draft.diagnostics));
    diagnostics.extend(judged);
    diagnostics.extend(attachments.diagnostics());
    sort(&mut diagnostics);
    let organization = (!diagnostics.iter().any(Diagnostic::is_error)).then_some(draft.organization);
    Reading { organization, diagnostics, digest }
}

/// By place, so that a person can walk through the files once.
pub(crate) fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|one, other| {
        let key = |diagnostic: &Diagnostic| {
            let origin = &diagnostic.at.origin;
            (origin.line, origin.column, origin.start)
        };
        (&one.at.origin.file, key(one)).cmp(&(&other.at.origin.file, key(other))).then_with(|| one.cmp(other))
    });
    diagnostics.dedup();
}

fn has_extension(file: &File, extensions: &[&str]) -> bool {
    let extension = file.path.rsplit_once('.').map_or("", |(_, extension)| extension);
    extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
}

fn digest(files: &[&File]) -> Digest {
    let mut list = String::new();
    for file in files {
        list.push_str(&file.path);
        list.push('\0');
        list.push_str(Digest::of(&file.bytes).as_str());
        list.push('\n');
    }
    Digest::of(list.as_bytes())
}

struct Folder<'a> {
    checker: Checker<'a>,
    draft: Draft,
    nouns: Vec<Noun>,
    /// What some platform type cannot express.
    inexpressible: Inexpressible,
    /// Whether every file was read to its end: only then is a name that nobody declares really unknown.
    complete: bool,
}

impl Folder<'_> {
    fn file(&mut self, file: &File) {
        let source = match Source::new(file) {
            Ok(source) => source,
            Err(diagnostic) => {
                self.checker.diagnostics.push(*diagnostic);
                self.complete = false;
                return;
            }
        };
        let parsed = yaml::parse(&source);
        self.checker.diagnostics.extend(parsed.diagnostics);
        self.complete &= parsed.complete;
        for document in parsed.documents {
            self.document(&source, document);
        }
    }

    fn document(&mut self, source: &Source<'_>, document: Node) {
        let head = document.head();
        let Content::Map(mut entries) = document.content else {
            let help = "start with `kind:` and `name:`, each on a line of its own";
            self.report(source, head, "not-a-document", "a document must be a mapping", help);
            self.complete = false;
            return;
        };
        let Some(noun) = self.kind(source, &mut entries, head) else {
            self.complete = false; // what it declares is not known, so no name can be called unknown
            return;
        };
        let Some((name, origin)) = self.name(source, &mut entries, head, noun) else {
            self.complete = false;
            return;
        };
        let Some(noun) = self.nouns.get(noun) else { return };
        if noun.name == "organization" {
            version(&mut self.checker, source, &mut entries);
        }
        let of = format!("the {} `{name}`", crate::check::spoken(noun.name));
        let further = if noun.name == "platform" { platform_fields(&mut self.checker, source, &entries) } else { &[] };
        let fields = Fields::with(&noun.fields, further, noun.sections);
        self.checker.entries(source, &of, &fields, &mut entries, source.span_of(&origin));
        self.draft.stated.extend(stated::within(source, noun, &origin, &name, &entries, &self.inexpressible));
        (noun.read)(Body::new(source, name, origin, entries), &mut self.draft);
    }

    fn report(&mut self, source: &Source<'_>, span: Span, code: &str, message: &str, help: &str) {
        self.checker.report(source, span, code, message.to_owned(), help);
    }

    /// The position of the document's noun.
    fn kind(&mut self, source: &Source<'_>, entries: &mut Vec<Entry>, head: Span) -> Option<usize> {
        let names = || self.nouns.iter().map(|noun| noun.name);
        let Some(at) = entries.iter().position(|entry| entry.key == "kind") else {
            let help = format!("write `kind:` on its first line: {}", quoted_list(names()));
            self.report(source, head, "missing-kind", "this document does not say what it is", &help);
            return None;
        };
        let node = entries.remove(at).node;
        let written = node.text().unwrap_or_default();
        let found = self.nouns.iter().position(|noun| noun.name == written);
        if found.is_none() {
            let help = match did_you_mean(written, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if written == "tenant" => "a tenant is written in the `tenants:` of its project".to_owned(),
                None => format!("write {}", quoted_list(names())),
            };
            let message = match node.text() {
                Some(_) => format!("`{written}` is not a kind of document"),
                None => format!("`kind` must be a word, not {}", node.described()),
            };
            self.report(source, node.head(), "unknown-kind", &message, &help);
        }
        found
    }

    fn name(
        &mut self,
        source: &Source<'_>,
        entries: &mut Vec<Entry>,
        head: Span,
        noun: usize,
    ) -> Option<(String, Origin)> {
        let spoken = self.nouns.get(noun).map_or("document", |noun| crate::check::spoken(noun.name));
        let Some(at) = entries.iter().position(|entry| entry.key == "name") else {
            let message = format!("this {spoken} has no name");
            self.report(source, head, "missing-name", &message, "write `name:` below `kind:`");
            return None;
        };
        let node = entries.remove(at).node;
        let Some(name) = node.text() else {
            let message = format!("`name` must be a name, not {}", node.described());
            let help = if matches!(node.content, Content::List(_) | Content::Map(_) | Content::Null) {
                "write a short word in lower case".to_owned()
            } else {
                format!("put it in quotes: `\"{}\"`", source.written(node.span))
            };
            self.report(source, node.head(), "bad-name", &message, &help);
            return None;
        };
        if let Some((message, help)) = bad_name(name) {
            self.report(source, node.span, "bad-name", &message, &help);
            return None;
        }
        Some((name.to_owned(), source.origin(node.span)))
    }

    /// Exactly one document of kind `organization`.
    fn roots(&mut self, first_file: Option<&File>) {
        let mut roots = self.draft.roots.iter();
        match (roots.next(), first_file) {
            (None, None) => self.checker.diagnostics.push(
                Diagnostic::error("empty-folder", &Origin::file("."), "there is no file in this folder to read")
                    .help("write a file `organization.yaml` that starts with `kind: organization`"),
            ),
            // A file that could not be read may hold it: then that mistake is the one to mend.
            (None, Some(file)) if self.complete => self.checker.diagnostics.push(
                Diagnostic::error("no-organization", &Origin::file(&file.path), "no file holds an organization")
                    .help("write one document with `kind: organization`, `name: ...` and `version: polity/v1`"),
            ),
            (None, Some(_)) => {}
            (Some(first), _) => {
                for again in roots {
                    self.checker.diagnostics.push(
                        Diagnostic::error("two-organizations", again, "a folder holds one organization only")
                            .label("a second one")
                            .related(first, "the first one")
                            .help("remove one of them, or keep each in a folder of its own"),
                    );
                }
            }
        }
    }
}

/// The fields that the type of a platform brings; an unknown type is reported here, and its fields are then unknown.
fn platform_fields<'v>(
    checker: &mut Checker<'v>,
    source: &Source<'_>,
    entries: &[Entry],
) -> &'v [polity_model::shape::Field] {
    let vocabulary = checker.vocabulary;
    let Some(entry) = entries.iter().find(|entry| entry.key == "type") else { return &[] };
    let Some(written) = entry.node.text() else { return &[] };
    if let Some(platform_type) = vocabulary.types.get(written) {
        return &platform_type.platform;
    }
    let types = || vocabulary.types.keys().map(String::as_str);
    let help = match did_you_mean(written, types()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("this build knows {}", quoted_list(types())),
    };
    let message = format!("no platform type `{written}` is known");
    checker.report(source, entry.node.span, "unknown-platform-type", message, &help);
    &[]
}

/// Another version of the language is said first and once: its fields would only raise further messages.
fn version(checker: &mut Checker<'_>, source: &Source<'_>, entries: &mut [Entry]) {
    for entry in entries.iter_mut().filter(|entry| entry.key == "version") {
        let Some(written) = entry.node.text().filter(|written| *written != syntax::VERSION) else { continue };
        let message = format!("this build of Polity does not read `{written}`");
        let help = format!("write `version: {}`, or use a newer Polity", syntax::VERSION);
        checker.report(source, entry.node.span, "unsupported-version", message, &help);
        entry.node.content = Content::Text(syntax::VERSION.to_owned());
    }
}
