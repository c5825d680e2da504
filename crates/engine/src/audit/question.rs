//! What is asked where: the rules of each tenant, on terms that can be kept as evidence and asked again later.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_controls::{
    Value,
    control::{BoundControl, Control, Prevent},
    rules::{Rule, Rules},
};
use polity_model::{
    finding::{Attached, Finding, Protection, Status, Subject, Whereabouts},
    organization::{Correct, Exemption, Organization, Tenant},
    units::Date,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{judge::Judged, places};

/// Tells the guardrails and settings that enforce a control (second) on a tenant (first).
pub type Preventing<'a> = dyn Fn(&str, &str) -> Vec<String> + 'a;

/// All questions, by manifest name of the tenant; `""` holds for what lies in no tenant of the manifest.
#[derive(Clone, Debug, Default)]
pub struct Questions(pub BTreeMap<String, Vec<Question>>);

/// A control as it is asked in one tenant.
#[derive(Clone, Debug)]
pub struct Question {
    /// The control.
    pub control: Arc<Control>,
    /// The control with its parameters.
    pub bound: Arc<BoundControl>,
    /// On which terms.
    pub terms: Arc<Terms>,
    words: Arc<Words>,
}

/// What a control's findings share.
#[derive(Debug)]
struct Words {
    name: Arc<str>,
    title: Arc<str>,
    statement: Arc<str>,
    attached: Arc<Attached>,
    protection: Arc<Protection>,
}

/// On which terms a control is asked in a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Its parameters, defaults included, as they could be written.
    pub params: BTreeMap<String, Json>,
    /// Where it is attached.
    pub attached: Attached,
    /// What keeps it from being broken again.
    pub protection: Protection,
    /// Whether the control says how it is put right there, and the manifest lets it be.
    pub correctable: bool,
    /// What is exempt.
    pub exemptions: Vec<KeptExemption>,
}

/// An exemption, as far as it matters for a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptExemption {
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Its last day.
    pub until: Date,
    /// Patterns over native ids; all resources without one.
    pub resources: Vec<String>,
}

impl Terms {
    /// Two of the same control with the same key ask the same.
    pub(super) fn params_key(&self) -> String {
        Json::from_iter(self.params.clone()).to_string()
    }
}

impl Question {
    /// A control on these terms.
    pub fn new(control: Arc<Control>, bound: Arc<BoundControl>, terms: Terms) -> Self {
        let words = Words {
            name: control.name.as_str().into(),
            title: control.title.as_str().into(),
            statement: control.statement.as_str().into(),
            attached: Arc::new(terms.attached.clone()),
            protection: Arc::new(terms.protection.clone()),
        };
        Self { control, bound, terms: Arc::new(terms), words: Arc::new(words) }
    }

    /// A verdict that is no pass, exemptions applied. What could not even be listed has no id: only an exemption of all
    /// resources covers it.
    pub(super) fn status(&self, judged: Judged, id: Option<&str>, today: Date, used: &mut BTreeSet<String>) -> Status {
        let covers = |exempt: &&KeptExemption| {
            let fits = |pattern: &String| id.is_some_and(|id| Exemption::pattern_fits(pattern, id));
            exempt.until >= today && (exempt.resources.is_empty() || exempt.resources.iter().any(fits))
        };
        let Some(exempt) = self.terms.exemptions.iter().filter(covers).max_by_key(|exempt| exempt.until) else {
            return match judged {
                Judged::Fail => Status::Fail,
                Judged::Unknown(reasons) => Status::Unknown { reasons },
            };
        };
        if !used.contains(&exempt.name) {
            used.insert(exempt.name.clone());
        }
        Status::Exempt {
            exemption: exempt.name.clone(),
            until: Some(exempt.until),
            owner: Some(exempt.owner.clone()),
            reasons: match judged {
                Judged::Fail => Vec::new(),
                Judged::Unknown(reasons) => reasons,
            },
        }
    }

    pub(super) fn finding(&self, status: Status, resource: Subject, place: Arc<Whereabouts>) -> Finding {
        Finding {
            status,
            control: Arc::clone(&self.words.name),
            title: Arc::clone(&self.words.title),
            statement: Arc::clone(&self.words.statement),
            severity: self.control.severity,
            resource,
            place,
            protection: Arc::clone(&self.words.protection),
            correctable: self.terms.correctable,
            attached: Arc::clone(&self.words.attached),
        }
    }
}

impl Questions {
    /// What the rules ask. `in_force` names the guardrails that are known to be where the manifest wants them.
    pub fn of(
        rules: &Rules,
        organization: &Organization,
        in_force: &BTreeSet<String>,
        preventing: &Preventing<'_>,
    ) -> Self {
        let asker = Asker { organization, in_force, preventing };
        let mut questions = BTreeMap::new();
        let outside: Vec<Question> =
            rules.of_organization().iter().filter(|rule| rule.is_on()).map(|rule| asker.ask(rule, None)).collect();
        if !outside.is_empty() {
            questions.insert(String::new(), outside);
        }
        for tenant in organization.tenants.values() {
            let asked = rules.of_tenant(&tenant.name).iter().filter(|rule| rule.is_on());
            let asked: Vec<Question> = asked.map(|rule| asker.ask(rule, Some(tenant))).collect();
            if !asked.is_empty() {
                questions.insert(tenant.name.clone(), asked);
            }
        }
        Self(questions)
    }

    /// Only what is asked by these controls, and in these tenants; all of them where none is named.
    #[must_use]
    pub fn only(mut self, controls: &[String], tenants: &[String]) -> Self {
        if !tenants.is_empty() {
            self.0.retain(|tenant, _| tenants.contains(tenant));
        }
        if !controls.is_empty() {
            self.0.values_mut().for_each(|asked| asked.retain(|question| controls.contains(&question.control.name)));
        }
        self.0.retain(|_, asked| !asked.is_empty());
        self
    }

    /// Facets that something is asked on in a tenant.
    pub(super) fn facets(&self, tenant: &str) -> BTreeSet<&'static str> {
        let asked = self.0.get(tenant).map(Vec::as_slice).unwrap_or_default();
        asked.iter().flat_map(|question| &question.control.detect).map(|detect| detect.on.name).collect()
    }
}

struct Asker<'a> {
    organization: &'a Organization,
    in_force: &'a BTreeSet<String>,
    preventing: &'a Preventing<'a>,
}

impl Asker<'_> {
    fn ask(&self, rule: &Rule, tenant: Option<&Tenant>) -> Question {
        let platform = tenant.and_then(|tenant| self.organization.platforms.get(&tenant.platform.name));
        let platform = platform.map(|platform| platform.kind.as_str());
        let holds = |exemption: &&Arc<Exemption>| tenant.is_some() || exemption.is_everywhere();
        let exempt = |exemption: &Arc<Exemption>| KeptExemption {
            name: exemption.name.clone(),
            owner: exemption.owner.name.clone(),
            until: exemption.until,
            resources: exemption.resources.iter().map(|named| named.name.clone()).collect(),
        };
        let terms = Terms {
            params: rule.params.iter().map(|(name, value)| (name.clone(), written(value))).collect(),
            attached: Attached { place: rule.place.to_string(), origin: rule.origin.clone() },
            protection: self.protection(rule, tenant, platform),
            correctable: rule.correct != Correct::Never
                && platform.is_some_and(|platform| rule.control.correct.contains_key(platform)),
            exemptions: rule.exemptions.iter().filter(holds).map(exempt).collect(),
        };
        Question::new(Arc::clone(&rule.control), Arc::clone(&rule.bound), terms)
    }

    /// What keeps a control from being broken in a tenant: guardrails above that were made of it, and settings.
    fn protection(&self, rule: &Rule, tenant: Option<&Tenant>, platform: Option<&str>) -> Protection {
        let name = tenant.map_or("", |tenant| &tenant.name);
        let mut by: BTreeSet<String> = (self.preventing)(name, &rule.control.name).into_iter().collect();
        let above = match tenant {
            Some(tenant) => places::guardrails(self.organization, tenant),
            None => self.organization.guardrails.iter().map(|named| named.name.clone()).collect(),
        };
        by.extend(above.into_iter().filter(|guardrail| {
            let document = self.organization.guardrail_documents.get(guardrail);
            document.is_some_and(|document| document.controls.iter().any(|named| named.name == rule.control.name))
        }));
        let in_force = |by: &String| self.in_force.contains(by) || self.in_force.contains(&format!("{by}@{name}"));
        let (held, asked): (Vec<String>, Vec<String>) = by.into_iter().partition(in_force);
        if !held.is_empty() {
            return Protection::Prevented { by: held };
        }
        if !asked.is_empty() {
            return Protection::Declared { by: asked };
        }
        match platform.map(|platform| rule.control.prevent.get(platform)) {
            Some(Some(Prevent::Impossible { reason })) => Protection::Impossible { reason: reason.clone() },
            Some(None) => Protection::Impossible { reason: "the control does not say what would".to_owned() },
            _ => Protection::Luck,
        }
    }
}

/// A parameter as it could be written.
fn written(value: &Value) -> Json {
    match value {
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => Json::from(*value),
        Value::Uint(value) => Json::from(*value),
        Value::Double(value) => Json::from(*value),
        Value::Text(text) => Json::from(text.as_ref()),
        Value::Duration(nanos) => Json::from(format!("{}s", nanos / 1_000_000_000)),
        Value::List(items) => items.iter().map(written).collect(),
        // No parameter is of another type.
        _ => Json::Null,
    }
}
