//! Rules become statements, documents and settings at places.
//!
//! What is attached to the organization or a landing zone is attached there; what is attached to a unit, a project or a tenant
//! goes to the tenants. Two kinds of exceptions are written into the policies themselves:
//!
//! * **The central ones.** The break-glass role, and the role by which Polity enters accounts, are never stopped by a service
//!   control policy: a guardrail that locks out whoever can take it away is no guardrail. Service-linked roles and the
//!   management account need no exception, AWS never applies these policies to them. Resource control policies have no such
//!   exceptions: they bind strangers too, and a stranger can give a role any name.
//! * **Exemptions of the manifest.** A tenant that is exempt is left out: the control goes to the places beside it instead of the
//!   one above. Where the numbers of all exempt accounts are written in the manifest, it stays above and a test on the account
//!   leaves them out, so that accounts that the manifest does not know stay bound too. An exemption of some resources takes
//!   those out of the statements for its tenants, where statements can say that.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_controls::{
    Value as Param,
    control::{Control, Prevent},
    rules::{Rule, Rules},
};
use polity_model::{
    Diagnostic, Origin,
    organization::{Enforce, Exemption, Organization, Place, Role},
    written::Written,
};

use super::{
    condition::Operator,
    fill::{Params, fill},
    glob::{apart, covers_resource},
    statement::{Layer, Matter, Pattern, Statement},
    tree::{Node, Tree},
    words::{self, Measure},
};
use crate::{kinds, scopes::Fields};

/// A control at one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Share {
    /// Its statements, by layer.
    pub(crate) statements: BTreeMap<Layer, Vec<Statement>>,
    /// Its parts of documents of other policy types.
    pub(crate) documents: BTreeMap<&'static str, Vec<Written>>,
    /// Where it is attached.
    pub(crate) origins: BTreeSet<Origin>,
}

/// Controls by place, by name.
pub(crate) type Shares = BTreeMap<Node, BTreeMap<String, Share>>;

/// A setting that a control asks of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) tenant: String,
    pub(crate) name: String,
    pub(crate) value: Written,
    pub(crate) control: String,
    pub(crate) origin: Origin,
}

/// All that rules come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) shares: Shares,
    pub(crate) settings: Vec<Asked>,
    /// Tenants and the controls from which they are exempt altogether.
    pub(crate) exempt: BTreeSet<(String, String)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Lowers all rules that go at least this far.
pub(crate) fn lower(organization: &Organization, rules: &Rules, tree: &Tree, least: Enforce) -> Lowered {
    let mut lowering =
        Lowering { organization, tree, spared: spared(organization), known: BTreeMap::new(), out: Lowered::default() };
    for (place, rules) in rules.places() {
        for rule in rules.iter().filter(|rule| rule.enforce >= least) {
            lowering.rule(place, rule);
        }
    }
    let mut out = lowering.out;
    out.diagnostics.sort();
    out.diagnostics.dedup();
    out
}

/// Patterns of the roles that no service control policy of ours stops.
pub(crate) fn spared(organization: &Organization) -> BTreeSet<String> {
    let ours = || organization.platforms.values().filter(|platform| platform.kind == kinds::TYPE);
    let mut roles: BTreeSet<String> =
        ours().map(|platform| format!("arn:*:iam::*:role/{}", Fields::of(&platform.native).assume_role)).collect();
    let role = organization.break_glass.as_ref().and_then(|glass| organization.roles.get(&glass.role));
    let known = |role: &&Role| role.native.contains_key(kinds::TYPE);
    if let Some(role) =
        role.filter(known).filter(|_| ours().any(|platform| Fields::of(&platform.native).identity_center))
    {
        // What Identity Center puts behind the name is sixteen characters long: no other role's name can pass for it.
        let name = role.title.as_ref().unwrap_or(&role.name);
        let behind = "?".repeat(16);
        roles.insert(format!("arn:*:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{name}_{behind}"));
    }
    roles
}

struct Lowering<'a> {
    organization: &'a Organization,
    tree: &'a Tree,
    spared: BTreeSet<String>,
    /// Measures by control and parameters: they are the same wherever both are.
    known: BTreeMap<(String, String), Arc<Vec<Measure>>>,
    out: Lowered,
}

/// What exemptions take out of a control at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct View {
    /// All of it.
    exempt: bool,
    /// These resources.
    resources: BTreeSet<String>,
}

impl Lowering<'_> {
    fn rule(&mut self, place: &Place, rule: &Rule) {
        let measures = self.measures(&rule.control, &rule.params);
        if measures.is_empty() {
            return;
        }
        let below = matches!(rule.place, Place::Unit(_) | Place::Project(_) | Place::Tenant(_));
        match place {
            // What begins above was attached above.
            Place::Organization if rule.place == *place => self.attach(&Node::Root, rule, &measures),
            Place::LandingZone(name) if rule.place == *place => {
                self.attach(&Node::Zone(name.clone()), rule, &measures);
            }
            Place::Tenant(name) => {
                if below {
                    self.attach(&Node::Tenant(name.clone()), rule, &measures);
                }
                self.settings(name, rule, &measures);
            }
            _ => {}
        }
    }

    fn measures(&mut self, control: &Control, params: &BTreeMap<String, Param>) -> Arc<Vec<Measure>> {
        let key = (control.name.clone(), format!("{params:?}"));
        if let Some(known) = self.known.get(&key) {
            return Arc::clone(known);
        }
        let measures = match control.prevent.get(kinds::TYPE) {
            Some(Prevent::Native(written)) => {
                let mut wrong = Vec::new();
                let filled = fill(written, &Params::Given(params), &mut wrong);
                let mut measures = words::read(&filled, &mut wrong);
                self.spare(&mut measures);
                self.out.diagnostics.extend(wrong);
                measures
            }
            _ => Vec::new(),
        };
        let measures = Arc::new(measures);
        self.known.insert(key, Arc::clone(&measures));
        measures
    }

    /// Puts the central exceptions into statements about principals. A test that could never matter is not written.
    fn spare(&self, measures: &mut [Measure]) {
        let Some(operator) = Operator::of("ArnNotLike") else { return };
        for measure in measures {
            let Measure::Deny(Layer::Principals, statements) = measure else { continue };
            for statement in statements {
                let asked = statement
                    .condition
                    .tests()
                    .filter(|(operator, key, _)| {
                        ["ArnLike", "StringLike", "StringEquals"].contains(&operator.to_string().as_str())
                            && key.eq_ignore_ascii_case(PRINCIPAL)
                    })
                    .flat_map(|(_, _, values)| values.clone())
                    .collect::<Vec<_>>();
                let matters = |role: &String| asked.is_empty() || asked.iter().any(|asked| !apart(asked, role));
                let roles: BTreeSet<String> = self.spared.iter().filter(|role| matters(role)).cloned().collect();
                if !roles.is_empty() {
                    // A negated test on one key is joined with another, so there is nothing to clash.
                    let _ = statement.condition.and(operator, PRINCIPAL, &roles);
                }
            }
        }
    }

    /// Attaches a control at a place, or, where not all below is treated alike, at the places below.
    fn attach(&mut self, node: &Node, rule: &Rule, measures: &[Measure]) {
        let Some(spot) = self.tree.spot(node) else { return };
        let view = self.view(node, rule);
        let uniform = self.is_uniform(node, rule, &view);
        let accounts = if uniform { None } else { self.exempt_accounts(node, rule) };
        let here = (uniform || accounts.is_some()) && !spot.platforms.is_empty();
        if here && !view.exempt {
            self.share(node, rule, measures, &view, accounts.as_deref());
        }
        for below in &spot.below {
            let reached = self.tree.spot(below).is_some_and(|below| below.platforms.is_subset(&spot.platforms));
            if !here || !reached {
                self.attach(below, rule, measures);
            }
        }
    }

    /// What is exempt at a place and everywhere below it.
    fn view(&self, node: &Node, rule: &Rule) -> View {
        let mut view = View::default();
        for exemption in rule.exemptions.iter().filter(|exemption| self.reaches(exemption, node)) {
            if exemption.resources.is_empty() {
                view.exempt = true;
            }
            view.resources.extend(exemption.resources.iter().map(|named| named.name.clone()));
        }
        view
    }

    fn reaches(&self, exemption: &Exemption, node: &Node) -> bool {
        match node {
            Node::Root => exemption.is_everywhere(),
            Node::Tenant(name) => {
                let tenant = self.organization.tenants.get(name);
                tenant.is_some_and(|tenant| exemption.reaches(self.organization, tenant))
            }
            Node::Zone(name) => {
                let zones = self.organization.landing_zone_chain(Some(name));
                exemption.is_everywhere()
                    || zones.iter().any(|zone| exemption.landing_zones.iter().any(|named| named.name == zone.name))
            }
        }
    }

    fn is_uniform(&self, node: &Node, rule: &Rule, view: &View) -> bool {
        rule.exemptions.is_empty()
            || self.tree.below(node).iter().all(|below| {
                let own = self.view(below, rule);
                (own == *view || own.exempt && view.exempt) && self.is_uniform(below, rule, &own)
            })
    }

    /// Numbers of the exempt accounts below a place, if nothing else is exempt there and all of them are written.
    fn exempt_accounts(&self, node: &Node, rule: &Rule) -> Option<Vec<String>> {
        let mut accounts = Vec::new();
        for below in self.tree.below(node) {
            let view = self.view(below, rule);
            match below {
                _ if !view.resources.is_empty() => return None,
                Node::Tenant(name) if view.exempt => {
                    accounts.push(self.organization.tenants.get(name)?.id.clone()?);
                }
                Node::Tenant(_) => {}
                _ if view.exempt => return None,
                zone => accounts.extend(self.exempt_accounts(zone, rule)?),
            }
        }
        accounts.sort();
        Some(accounts)
    }

    fn share(&mut self, node: &Node, rule: &Rule, measures: &[Measure], view: &View, without: Option<&[String]>) {
        let mut share = Share { origins: BTreeSet::from([rule.origin.clone()]), ..Share::default() };
        for measure in measures {
            match measure {
                Measure::Deny(layer, statements) => {
                    for statement in statements {
                        let mut statement = self.without_resources(statement.clone(), view, rule);
                        if let Some(accounts) = without
                            && !without_accounts(&mut statement, *layer, accounts)
                        {
                            self.cannot_exempt(rule, "some of its tenants");
                        }
                        share.statements.entry(*layer).or_default().push(statement);
                    }
                }
                Measure::Document(kind, written) => {
                    if !view.resources.is_empty() || without.is_some_and(|accounts| !accounts.is_empty()) {
                        self.cannot_exempt(rule, &format!("a part of what a `{kind}` policy holds for"));
                    }
                    share.documents.entry(kind).or_default().push(written.clone());
                }
                Measure::Setting(..) => {}
            }
        }
        if !share.statements.is_empty() || !share.documents.is_empty() {
            self.out.shares.entry(node.clone()).or_default().insert(rule.control.name.clone(), share);
        }
    }

    fn without_resources(&mut self, statement: Statement, view: &View, rule: &Rule) -> Statement {
        if view.resources.is_empty() {
            return statement;
        }
        let spared: BTreeSet<Pattern> =
            view.resources.iter().filter(|name| name.starts_with("arn:")).map(|name| Pattern::resource(name)).collect();
        let resources = match &statement.resources {
            _ if spared.len() < view.resources.len() => None,
            Matter::Except(known) => Some(Matter::Except(known.union(&spared).cloned().collect())),
            Matter::Only(known) if known.iter().any(|one| one.key == "*") => Some(Matter::Except(spared)),
            Matter::Only(known) => {
                let gone = |one: &Pattern| spared.iter().any(|spared| covers_resource(&spared.key, &one.key));
                let left: BTreeSet<Pattern> = known.iter().filter(|one| !gone(one)).cloned().collect();
                let clear = left.iter().all(|one| spared.iter().all(|spared| apart(&spared.key, &one.key)));
                (clear && !left.is_empty()).then_some(Matter::Only(left))
            }
        };
        match resources {
            Some(resources) => Statement { resources, ..statement },
            None => {
                self.cannot_exempt(rule, "these resources");
                statement
            }
        }
    }

    fn cannot_exempt(&mut self, rule: &Rule, what: &str) {
        for exemption in &rule.exemptions {
            let message =
                format!("AWS cannot exempt {what} from what prevents `{}`: it stays refused there", rule.control.name);
            self.out.diagnostics.push(
                Diagnostic::warning("not-exempt-natively", &exemption.origin, message)
                    .related(&rule.origin, "attached here")
                    .help("exempt whole tenants, name resources by ARN, or attach the control further down"),
            );
        }
    }

    fn settings(&mut self, tenant: &str, rule: &Rule, measures: &[Measure]) {
        let node = Node::Tenant(tenant.to_owned());
        if self.tree.spot(&node).is_none() {
            return;
        }
        if self.view(&node, rule).exempt {
            self.out.exempt.insert((tenant.to_owned(), rule.control.name.clone()));
            return;
        }
        for measure in measures {
            if let Measure::Setting(name, value) = measure {
                self.out.settings.push(Asked {
                    tenant: tenant.to_owned(),
                    name: name.clone(),
                    value: value.clone(),
                    control: rule.control.name.clone(),
                    origin: rule.origin.clone(),
                });
            }
        }
    }
}

/// The key with the principal's ARN.
const PRINCIPAL: &str = "aws:PrincipalArn";

/// Leaves accounts out of a statement; whether that can be said.
fn without_accounts(statement: &mut Statement, layer: Layer, accounts: &[String]) -> bool {
    let key = match layer {
        Layer::Principals => "aws:PrincipalAccount",
        Layer::Resources => "aws:ResourceAccount",
    };
    let values = accounts.iter().cloned().collect();
    let operator = Operator::of("StringNotEquals");
    operator.is_some_and(|operator| statement.condition.and(operator, key, &values).is_ok())
}
