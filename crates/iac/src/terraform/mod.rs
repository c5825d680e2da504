//! What `terraform show -json` writes of a plan or of a state.

mod configuration;
mod sources;

use configuration::{Configuration, Scope};
use polity_model::{
    Diagnostic, Origin,
    written::{Content, Written},
};
pub use sources::Sources;

use crate::{
    Reading,
    format::called,
    native::{Native, World, without_keys},
    resources,
    tree::{Node, Tree},
};

pub(crate) fn read(document: &Written, sources: &Sources) -> Reading {
    let mut diagnostics = Vec::new();
    if let Some(refused) = refused(document) {
        return Reading { diagnostics: vec![refused], ..Reading::default() };
    }
    if document.get("errored").is_some_and(|entry| entry.value.content == Content::Bool(true)) {
        let message = "this plan ended with an error: it does not hold all that is asked for";
        let diagnostic = Diagnostic::error("plan-errored", &document.origin, message);
        diagnostics.push(diagnostic.help("mend what `terraform plan` says, and make the plan anew"));
    }
    let configuration = Configuration::of(document);
    let place = Place { configuration: &configuration, sources };
    let mut natives = Vec::new();
    match at(document, &["resource_changes"]) {
        Some(changes) => {
            for change in items(changes) {
                match place.change(change) {
                    Ok(native) => natives.extend(native),
                    Err(diagnostic) => diagnostics.push(*diagnostic),
                }
            }
            if let Some(module) = at(document, &["prior_state", "values", "root_module"]) {
                place.module(module, true, &mut natives, &mut diagnostics);
            }
        }
        None => {
            let module = [&["values", "root_module"][..], &["planned_values", "root_module"]];
            if let Some(module) = module.iter().find_map(|path| at(document, path)) {
                place.module(module, false, &mut natives, &mut diagnostics);
            }
        }
    }
    let region = configuration.region(document);
    let mut reading = resources::read(&World::new(natives, region));
    diagnostics.append(&mut reading.diagnostics);
    Reading { diagnostics, ..reading }
}

/// Why this is no plan that can be read.
fn refused(document: &Written) -> Option<Diagnostic> {
    let version = document.get("format_version").map(|entry| &entry.value);
    let Some(text) = version.and_then(Written::text) else {
        let message = "this plan does not say the version of its format";
        let help = "write it with `terraform show -json FILE`; `terraform plan -json` writes a log, not a plan";
        return Some(Diagnostic::error("no-version", &document.origin, message).help(help));
    };
    if !matches!(text.split('.').next(), Some("0" | "1")) {
        let origin = version.map_or(&document.origin, |version| &version.origin);
        let message = format!("the version `{text}` of the format of plans is not known");
        return Some(Diagnostic::error("unknown-version", origin, message).help("versions 0 and 1 are read"));
    }
    let empty = ["resource_changes", "values", "planned_values"].iter().all(|key| document.get(key).is_none());
    empty.then(|| {
        let message = "this plan holds no resources";
        let help = "if nothing is declared there is nothing to judge; otherwise make the plan anew";
        Diagnostic::warning("nothing-there", &document.origin, message).help(help)
    })
}

fn at<'w>(written: &'w Written, path: &[&str]) -> Option<&'w Written> {
    path.iter().try_fold(written, |written, key| written.get(key).map(|entry| &entry.value))
}

fn items(written: &Written) -> &[Written] {
    if let Content::List(items) = &written.content { items } else { &[] }
}

fn text<'w>(written: &'w Written, key: &str) -> Option<&'w str> {
    written.get(key).and_then(|entry| entry.value.text())
}

struct Place<'p> {
    configuration: &'p Configuration<'p>,
    sources: &'p Sources,
}

impl Place<'_> {
    /// The resource of one of `resource_changes`, if it is there after the plan.
    fn change(&self, change: &Written) -> Result<Option<Native>, Box<Diagnostic>> {
        let Some(body) = at(change, &["change"]) else {
            let message = format!("this change has no `change`: it is {}", called(&change.content));
            let help = "make the plan anew with `terraform show -json FILE`";
            return Err(Box::new(Diagnostic::error("odd-change", &change.origin, message).help(help)));
        };
        let actions = at(body, &["actions"]).map(items).unwrap_or_default();
        let ends = |action: &Written| matches!(action.text(), Some("delete" | "forget"));
        if !actions.is_empty() && actions.iter().all(ends) {
            return Ok(None);
        }
        self.native(change, at(body, &["after"]), at(body, &["after_unknown"])).map(Some)
    }

    /// The resources of a module and of those within; only what is read, not made, where that is asked for.
    fn module(&self, module: &Written, data: bool, natives: &mut Vec<Native>, diagnostics: &mut Vec<Diagnostic>) {
        let mut open = vec![module];
        while let Some(module) = open.pop() {
            for resource in at(module, &["resources"]).map(items).unwrap_or_default() {
                if data && text(resource, "mode") != Some("data") {
                    continue;
                }
                match self.native(resource, at(resource, &["values"]), None) {
                    Ok(native) => natives.push(native),
                    Err(diagnostic) => diagnostics.push(*diagnostic),
                }
            }
            open.extend(at(module, &["child_modules"]).map(items).unwrap_or_default().iter().rev());
        }
    }

    fn native(
        &self,
        resource: &Written,
        after: Option<&Written>,
        unknown: Option<&Written>,
    ) -> Result<Native, Box<Diagnostic>> {
        let (Some(address), Some(kind), Some(name)) =
            (text(resource, "address"), text(resource, "type"), text(resource, "name"))
        else {
            let message = "this resource has no `address`, `type` or `name`";
            let help = "make the plan anew with `terraform show -json FILE`";
            return Err(Box::new(Diagnostic::error("odd-resource", &resource.origin, message).help(help)));
        };
        let data = text(resource, "mode") == Some("data");
        let prefix = if data { "data." } else { "" };
        // The last part of the address is the resource's own, and ends with its key.
        let own = format!("{prefix}{kind}.{name}");
        let module = address.find(&own).and_then(|at| address.get(..at)).unwrap_or_default().to_owned();
        let plain = format!("{}{own}", without_keys(&module));
        let key = at(resource, &["index"]).and_then(|key| Tree::of(key).node.text());
        let scope = self.configuration.scope(&plain);
        let origin = self.origin(&module, data, kind, name).unwrap_or_else(|| resource.origin.clone());
        let merge =
            Merge { configuration: self.configuration, scope: scope.as_ref().map(|(scope, _)| scope), origin: &origin };
        let tree = merge.tree(after, unknown, scope.as_ref().map(|(_, expressions)| *expressions));
        Ok(Native {
            address: address.to_owned(),
            plain,
            module,
            key,
            kind: format!("{prefix}{kind}"),
            called: kind.to_owned(),
            data,
            tree,
            origin,
        })
    }

    /// Where the block is written; the call of its module, where that is not among the sources.
    fn origin(&self, module: &str, data: bool, kind: &str, name: &str) -> Option<Origin> {
        let mut folder = Some(String::new());
        let mut call = None;
        let plain = without_keys(module);
        let mut path = String::new();
        for step in plain.split("module.").filter(|step| !step.is_empty()) {
            let step = step.trim_end_matches('.');
            let here = folder.clone()?;
            call = self.sources.block(&here, "module", step, "").or(call);
            folder = self.configuration.folder(&path, step).map(|source| sources::below(&here, source));
            path.push_str(&format!("module.{step}."));
            if folder.is_none() {
                return call;
            }
        }
        self.sources.block(&folder?, if data { "data" } else { "resource" }, kind, name).or(call)
    }
}

/// Brings values, what is not known of them, and what they were written as, together.
struct Merge<'m> {
    configuration: &'m Configuration<'m>,
    scope: Option<&'m Scope<'m>>,
    origin: &'m Origin,
}

impl Merge<'_> {
    fn tree(&self, after: Option<&Written>, unknown: Option<&Written>, expression: Option<&Written>) -> Tree {
        let node = match (after.map(|after| &after.content), unknown.map(|unknown| &unknown.content)) {
            (_, Some(Content::Bool(true))) if expression.is_none() && self.scope.is_some() => Node::Unset,
            (_, Some(Content::Bool(true))) => Node::Open(self.targets(expression)),
            (Some(Content::Map(entries)), _) => {
                let mut known: Vec<(String, Tree)> = Vec::with_capacity(entries.len());
                for entry in entries {
                    let unknown = unknown.and_then(|unknown| unknown.get(&entry.key)).map(|entry| &entry.value);
                    known.push((
                        entry.key.clone(),
                        self.tree(Some(&entry.value), unknown, part(expression, &entry.key)),
                    ));
                }
                for entry in unknown.and_then(Written::entries).unwrap_or_default() {
                    if !entries.iter().any(|known| known.key == entry.key) {
                        known.push((
                            entry.key.clone(),
                            self.tree(None, Some(&entry.value), part(expression, &entry.key)),
                        ));
                    }
                }
                Node::Map(known)
            }
            (Some(Content::List(items)), _) => {
                let unknown = |index: usize| match unknown.map(|unknown| &unknown.content) {
                    Some(Content::List(items)) => items.get(index),
                    _ => None,
                };
                let written = |index: usize| match expression.map(|expression| &expression.content) {
                    Some(Content::List(items)) => items.get(index),
                    _ => expression,
                };
                let items = items.iter().enumerate();
                Node::List(items.map(|(index, item)| self.tree(Some(item), unknown(index), written(index))).collect())
            }
            (None | Some(Content::Null), Some(Content::Map(_))) => {
                let entries = unknown.and_then(Written::entries).unwrap_or_default().iter();
                let tree = |value| self.tree(None, Some(value), expression);
                Node::Map(entries.map(|entry| (entry.key.clone(), tree(&entry.value))).collect())
            }
            (None | Some(Content::Null), Some(Content::List(items))) => {
                Node::List(items.iter().map(|item| self.tree(None, Some(item), expression)).collect())
            }
            _ => after.map_or(Node::Null, |after| Tree::of(after).node),
        };
        Tree::new(self.origin, node)
    }

    fn targets(&self, expression: Option<&Written>) -> Vec<crate::tree::Target> {
        let (Some(expression), Some(scope)) = (expression, self.scope) else { return Vec::new() };
        self.configuration.targets(expression, scope).unwrap_or_default()
    }
}

/// What a part of a value was written as: its own expression, or that of the whole.
fn part<'w>(expression: Option<&'w Written>, key: &str) -> Option<&'w Written> {
    let expression = expression?;
    match expression.get(key) {
        Some(entry) => Some(&entry.value),
        None if expression.get("references").is_some() => Some(expression),
        None => None,
    }
}
