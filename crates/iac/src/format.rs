//! Which format a file is in, told by what it holds.

use std::fmt;

use polity_model::{
    Diagnostic, Origin,
    written::{Content, Written},
};

use crate::{
    Reading, Sources, cloudformation, dockerfile, kubernetes, terraform,
    text::{Source, json, yaml},
};

/// A format of infrastructure code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// What `terraform show -json` writes of a plan or a state.
    Terraform,
    /// A template, as JSON or YAML.
    CloudFormation,
    /// Manifests, one or more in a file.
    Kubernetes,
    /// The recipe of an image.
    Dockerfile,
}

impl Format {
    /// All of them, by the names that people write.
    pub const ALL: [(&'static str, Self); 4] = [
        ("terraform", Self::Terraform),
        ("cloudformation", Self::CloudFormation),
        ("kubernetes", Self::Kubernetes),
        ("dockerfile", Self::Dockerfile),
    ];
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "terraform plan",
            Self::CloudFormation => "cloudformation template",
            Self::Kubernetes => "kubernetes manifest",
            Self::Dockerfile => "dockerfile",
        })
    }
}

pub(crate) fn read(source: &Source<'_>, format: Option<Format>, sources: &Sources) -> Reading {
    if format == Some(Format::Dockerfile) || (format.is_none() && dockerfile::is_one(source)) {
        return named(dockerfile::read(source), Format::Dockerfile);
    }
    let start = source.text.trim_start();
    let (documents, mut diagnostics) = if start.starts_with(['{', '[']) {
        match json(source) {
            Ok((document, diagnostics)) => (vec![document], diagnostics),
            // Flow style of YAML begins like JSON.
            Err(diagnostic) if diagnostic.code == "json-syntax" && !source.file.ends_with(".json") => {
                let (documents, diagnostics) = yaml(source);
                if documents.is_empty() { (documents, vec![*diagnostic]) } else { (documents, diagnostics) }
            }
            Err(diagnostic) => (Vec::new(), vec![*diagnostic]),
        }
    } else {
        yaml(source)
    };
    if !diagnostics.is_empty() && documents.is_empty() {
        return Reading { format, diagnostics, ..Reading::default() };
    }
    let Some(format) = format.or_else(|| documents.iter().find_map(told_by)) else {
        diagnostics.push(untold(source, documents.is_empty()));
        return Reading { diagnostics, ..Reading::default() };
    };
    let mut reading = match (format, documents.first()) {
        (Format::Kubernetes, _) => kubernetes::read(&documents),
        (_, None) => Reading { diagnostics: vec![untold(source, true)], ..Reading::default() },
        (Format::Terraform, Some(document)) => terraform::read(document, sources),
        (_, Some(document)) => cloudformation::read(document),
    };
    diagnostics.append(&mut reading.diagnostics);
    // The rest of what could not be read whole may say anything: nothing that was found is held back, but that is said.
    named(Reading { diagnostics, ..reading }, format)
}

fn named(reading: Reading, format: Format) -> Reading {
    Reading { format: Some(format), ..reading }
}

fn told_by(document: &Written) -> Option<Format> {
    let has = |key: &str| document.get(key).is_some();
    if has("AWSTemplateFormatVersion")
        || (has("Resources") && document.get("Resources").is_some_and(|entry| typed(&entry.value)))
    {
        return Some(Format::CloudFormation);
    }
    if has("format_version")
        && (has("planned_values") || has("resource_changes") || has("values") || has("terraform_version"))
    {
        return Some(Format::Terraform);
    }
    (has("apiVersion") && has("kind")).then_some(Format::Kubernetes)
}

fn typed(resources: &Written) -> bool {
    resources.entries().is_some_and(|entries| entries.iter().any(|entry| entry.value.get("Type").is_some()))
}

fn untold(source: &Source<'_>, empty: bool) -> Diagnostic {
    let origin = Origin::file(&source.file);
    if empty {
        let diagnostic = Diagnostic::error("nothing-there", &origin, "this file holds nothing");
        return diagnostic.help("name a file that holds infrastructure code");
    }
    let names: Vec<String> = Format::ALL.iter().map(|(name, _)| format!("`{name}`")).collect();
    let message = "this is no infrastructure code that is known here";
    let help =
        format!("say what it is with `--type`: {}; a plan is written by `terraform show -json FILE`", names.join(", "));
    Diagnostic::error("unknown-format", &origin, message).help(help)
}

/// Whether a document is there at all, in words for a message.
pub(crate) fn called(content: &Content) -> &'static str {
    match content {
        Content::Null => "nothing",
        Content::Bool(_) => "a condition",
        Content::Int(_) | Content::Decimal(_) => "a number",
        Content::Text(_) => "a text",
        Content::List(_) => "a list",
        Content::Map(_) => "a mapping",
    }
}
