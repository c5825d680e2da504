//! What the configuration of a plan says: which resource a value that is not known yet will come from.

use std::collections::BTreeMap;

use polity_model::written::{Content, Written};

use super::{at, items, text};
use crate::tree::Target;

/// References lead through variables and outputs, but not for ever.
const DEEPEST: usize = 24;
/// One value refers to so many others at most; more is as good as not known.
const MOST: usize = 64;

/// The modules of a configuration.
pub(super) struct Configuration<'w> {
    /// By path: ``, `module.a.`, `module.a.module.b.`.
    modules: BTreeMap<String, Module<'w>>,
    /// By plain address.
    resources: BTreeMap<String, Resource<'w>>,
}

struct Resource<'w> {
    /// Path of its module.
    path: String,
    expressions: &'w Written,
    /// What it is made once for each of.
    each: Option<&'w Written>,
}

struct Module<'w> {
    /// Path of the module that calls it.
    caller: String,
    /// What it is called with.
    arguments: Option<&'w Written>,
    /// Its outputs.
    outputs: Option<&'w Written>,
    /// Where its text is, as it is written in the call.
    source: Option<&'w str>,
}

/// Where an expression stands: its module, and what its resource is made once for each of.
pub(super) struct Scope<'w> {
    path: String,
    each: Option<&'w Written>,
}

impl<'w> Configuration<'w> {
    pub(super) fn of(document: &'w Written) -> Self {
        let mut known = Self { modules: BTreeMap::new(), resources: BTreeMap::new() };
        let Some(root) = at(document, &["configuration", "root_module"]) else { return known };
        let mut open = vec![(String::new(), String::new(), None, root)];
        while let Some((path, caller, call, module)) = open.pop() {
            for resource in at(module, &["resources"]).map(items).unwrap_or_default() {
                if let (Some(address), Some(expressions)) = (text(resource, "address"), at(resource, &["expressions"]))
                {
                    let each = at(resource, &["for_each_expression"]);
                    known
                        .resources
                        .insert(format!("{path}{address}"), Resource { path: path.clone(), expressions, each });
                }
            }
            for entry in at(module, &["module_calls"]).and_then(Written::entries).unwrap_or_default() {
                if let Some(inner) = at(&entry.value, &["module"]) {
                    open.push((format!("{path}module.{}.", entry.key), path.clone(), Some(&entry.value), inner));
                }
            }
            let arguments = call.and_then(|call| at(call, &["expressions"]));
            let source = call.and_then(|call: &Written| text(call, "source"));
            known.modules.insert(path, Module { caller, arguments, outputs: at(module, &["outputs"]), source });
        }
        known
    }

    /// The module of a resource, and what is written in the resource.
    pub(super) fn scope(&self, plain: &str) -> Option<(Scope<'w>, &'w Written)> {
        let resource = self.resources.get(plain)?;
        Some((Scope { path: resource.path.clone(), each: resource.each }, resource.expressions))
    }

    /// The folder of a module that is called, as it is written, if it is one beside ours.
    pub(super) fn folder(&self, caller: &str, call: &str) -> Option<&'w str> {
        let source = self.modules.get(&format!("{caller}module.{call}."))?.source?;
        (source.starts_with("./") || source.starts_with("../")).then_some(source)
    }

    /// The resources that an expression refers to; `None` where they cannot be told.
    pub(super) fn targets(&self, expression: &Written, scope: &Scope<'_>) -> Option<Vec<Target>> {
        let mut targets = Vec::new();
        self.follow(expression, scope, 0, &mut targets)?;
        targets.dedup();
        Some(targets)
    }

    fn follow(&self, expression: &Written, scope: &Scope<'_>, depth: usize, targets: &mut Vec<Target>) -> Option<()> {
        if depth > DEEPEST || targets.len() > MOST {
            return None;
        }
        let path = scope.path.as_str();
        let within = |path: &str| Scope { path: path.to_owned(), each: None };
        let references = at(expression, &["references"]).map(items).unwrap_or_default();
        let texts: Vec<&str> = references.iter().filter_map(Written::text).collect();
        for reference in &texts {
            // Each reference is followed by its own beginnings.
            let longer = |other: &&&str| {
                other.len() > reference.len()
                    && other.starts_with(*reference)
                    && other.get(reference.len()..).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            if texts.iter().any(|other| longer(&other)) {
                continue;
            }
            let steps = steps(reference);
            let step = |index: usize| steps.get(index).map(|(name, _)| name.as_str());
            match (step(0)?, step(1)) {
                // The instance of the other resource that has the same key.
                ("each", Some("value")) => {
                    if let Some(each) = scope.each {
                        self.follow(each, &within(path), depth + 1, targets)?;
                    }
                }
                // Keys of instances, and what is known already.
                ("each" | "count" | "path" | "terraform" | "self", _) => {}
                ("var", Some(name)) => {
                    let module = self.modules.get(path).filter(|_| !path.is_empty())?;
                    self.follow(at(module.arguments?, &[name])?, &within(&module.caller), depth + 1, targets)?;
                }
                ("module", Some(name)) => {
                    let inner = format!("{path}module.{name}.");
                    let output = at(self.modules.get(&inner)?.outputs?, &[step(2)?, "expression"])?;
                    self.follow(output, &within(&inner), depth + 1, targets)?;
                }
                ("local", _) => return None,
                ("data", Some(_)) => targets.push(target(path, &steps, 3)?),
                (_, Some(_)) => targets.push(target(path, &steps, 2)?),
                (_, None) => return None,
            }
        }
        Some(())
    }

    /// The region of the provider for AWS, if all of the plan has but one.
    pub(super) fn region(&self, document: &Written) -> Option<String> {
        let providers = at(document, &["configuration", "provider_config"])?.entries()?;
        let mut regions = providers.iter().filter(|entry| text(&entry.value, "name") == Some("aws")).map(|entry| {
            let region = at(&entry.value, &["expressions", "region"])?;
            if let Some(constant) = text(region, "constant_value") {
                return Some(constant.to_owned());
            }
            let reference = at(region, &["references"]).map(items)?.first()?.text()?;
            let value = at(document, &["variables", reference.strip_prefix("var.")?, "value"])?;
            if let Content::Text(text) = &value.content { Some(text.clone()) } else { None }
        });
        let first = regions.next()??;
        regions.all(|region| region.as_ref() == Some(&first)).then_some(first)
    }
}

fn target(path: &str, steps: &[(String, Option<String>)], parts: usize) -> Option<Target> {
    let names: Vec<&str> = steps.iter().take(parts).map(|(name, _)| name.as_str()).collect();
    let (_, key) = steps.get(parts - 1)?;
    let attribute = steps.get(parts).map(|(name, _)| name.clone()).unwrap_or_default();
    Some(Target { address: format!("{path}{}", names.join(".")), key: key.clone(), attribute })
}

/// The steps of a reference, each with its key: `a.b["c.d"].e`.
fn steps(reference: &str) -> Vec<(String, Option<String>)> {
    let mut steps: Vec<(String, Option<String>)> = Vec::new();
    let mut rest = reference;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        rest = behind;
        let mut key = None;
        if let Some(inside) = rest.strip_prefix('[') {
            let quoted = inside.strip_prefix('"');
            let closing = if quoted.is_some() { "\"]" } else { "]" };
            let inside = quoted.unwrap_or(inside);
            let end = inside.find(closing).unwrap_or(inside.len());
            key = inside.get(..end).map(str::to_owned);
            rest = inside.get(end + closing.len()..).unwrap_or_default();
        }
        steps.push((name.to_owned(), key));
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_may_hold_dots() {
        let told = |text: &str| {
            steps(text)
                .into_iter()
                .map(|(name, key)| format!("{name}:{}", key.unwrap_or_default()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(told("aws_s3_bucket.b[\"x.y\"].id"), "aws_s3_bucket: b:x.y id:");
        assert_eq!(told("a.b[0]"), "a: b:0");
        assert_eq!(told("a["), "a:");
    }
}
