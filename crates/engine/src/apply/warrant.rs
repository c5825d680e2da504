//! What a further round may do. Nobody saw it when the plan was approved, so it is only what that plan could not show:
//! what belongs in a newborn scope, what was blocked, and the old half of what this run replaced. Nothing else ends.

use std::collections::BTreeSet;

use polity_model::{
    Address,
    plan::{Action, Change, Notice, Plan},
};

use super::{ChangeResult, End};

/// What a run was allowed by the approval of its plan, beyond the plan itself.
pub(super) struct Warrant {
    /// Scopes that were born in this run.
    born: BTreeSet<String>,
    /// Addresses that the approved plan named as blocked.
    blocked: BTreeSet<Address>,
    /// Old halves of the replacements that were made in this run.
    halves: BTreeSet<Address>,
    /// Addresses at which something failed.
    failed: BTreeSet<Address>,
    /// Platforms that could not be reached when the plan was made: it says that nothing is changed there, even if they
    /// come back meanwhile.
    unreached: BTreeSet<String>,
}

impl Warrant {
    /// What follows from an approved plan, which could not speak of these platforms.
    pub(super) fn of<'p>(plan: &Plan, unreached: impl IntoIterator<Item = &'p String>) -> Self {
        let blocked = plan.notices.iter().filter_map(|notice| match notice {
            Notice::Blocked { address, .. } => Some(address.clone()),
            _ => None,
        });
        let (born, halves, failed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let unreached = unreached.into_iter().cloned().collect();
        Self { born, blocked: blocked.collect(), halves, failed, unreached }
    }

    /// A round has ended.
    pub(super) fn learn(&mut self, results: &[ChangeResult], born: Vec<String>) {
        self.born.extend(born);
        for result in results {
            match result.end {
                End::Done { .. } if result.action == Action::Replace => {
                    self.halves.insert(old_half(&result.address));
                }
                End::Done { .. } => {}
                End::Failed { .. } | End::Skipped { .. } => {
                    self.failed.insert(result.address.clone());
                }
            }
        }
    }

    /// Whether no further round can be about anything.
    pub(super) fn is_empty(&self) -> bool {
        self.born.is_empty() && self.blocked.is_empty() && self.halves.is_empty()
    }

    /// The part of a new plan that a further round is about.
    pub(super) fn part_of(&self, plan: Plan) -> Plan {
        further(plan, |change| self.covers(change))
    }

    fn covers(&self, change: &Change) -> bool {
        if self.failed.contains(&change.address) || self.unreached.contains(&change.address.platform) {
            return false;
        }
        // Whoever approved the replacement saw that the old one ends.
        if self.halves.contains(&change.address) {
            return true;
        }
        let takes_away = matches!(change.action, Action::Delete | Action::Replace | Action::Forget);
        !takes_away && (self.born.contains(&change.scope) || self.blocked.contains(&change.address))
    }
}

/// The name under which what is replaced is kept until it ends.
pub(super) fn old_half(address: &Address) -> Address {
    let mut half = address.clone();
    half.name.push_str(" (replaced)");
    half
}

/// The part of a plan that is covered, without what needs something that is not.
fn further(mut plan: Plan, covers: impl Fn(&Change) -> bool) -> Plan {
    let all: BTreeSet<Address> = plan.changes.iter().map(|change| change.address.clone()).collect();
    let mut kept: BTreeSet<Address> =
        plan.changes.iter().filter(|change| covers(change)).map(|change| change.address.clone()).collect();
    loop {
        let before = kept.len();
        for change in &plan.changes {
            if change.needs.iter().any(|need| all.contains(need) && !kept.contains(need)) {
                kept.remove(&change.address);
            }
        }
        if kept.len() == before {
            break;
        }
    }
    let ours = |by: &[Address]| by.is_empty() || by.iter().any(|address| kept.contains(address));
    plan.changes.retain(|change| kept.contains(&change.address));
    plan.brakes.retain(|brake| ours(&brake.by));
    plan.access.retain(|access| ours(&access.by));
    plan
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use polity_model::{
        Digest,
        plan::{Because, Brake},
        resource::Group,
    };

    use super::*;

    fn change(name: &str, scope: &str, needs: &[&str]) -> Change {
        let at = |name: &str| Address::new("nimbus", "zone", name);
        Change {
            address: at(name),
            action: Action::Create,
            scope: scope.to_owned(),
            id: None,
            after: BTreeMap::new(),
            before: BTreeMap::new(),
            diff: Vec::new(),
            because: Because::Removed,
            needs: needs.iter().map(|need| at(need)).collect(),
            risks: Vec::new(),
            group: Group::default(),
            renamed_from: None,
        }
    }

    fn plan(changes: Vec<Change>, brakes: &[&str]) -> Plan {
        let brake = |by: &&str| Brake {
            name: "removals".to_owned(),
            message: String::new(),
            help: String::new(),
            by: vec![Address::new("nimbus", "zone", *by)],
        };
        Plan {
            version: polity_model::plan::VERSION.to_owned(),
            organization: "acme".to_owned(),
            manifest: Digest::of(b""),
            platforms: BTreeMap::new(),
            today: String::new(),
            changes,
            notices: Vec::new(),
            access: Vec::new(),
            brakes: brakes.iter().map(brake).collect(),
            gaps: Vec::new(),
            scopes: Vec::new(),
        }
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.changes.iter().map(|change| change.address.name.as_str()).collect()
    }

    #[test]
    fn a_further_round_is_about_what_was_born_and_nothing_else() {
        let all = vec![
            change("a", "born", &[]),
            change("b", "old", &[]),
            change("c", "born", &["b"]),
            change("d", "born", &["c"]),
            change("e", "born", &["a"]),
        ];
        let further = further(plan(all, &["b"]), |change| change.scope == "born");
        assert_eq!(names(&further), ["a", "e"]);
        assert!(!further.is_refused(), "a brake on something else does not hold it");
    }

    #[test]
    fn a_further_round_is_braked_like_the_first() {
        let further = further(plan(vec![change("a", "born", &[])], &["a"]), |change| change.scope == "born");
        assert!(further.is_refused());
    }

    fn result(name: &str, action: Action, end: End) -> ChangeResult {
        ChangeResult { address: Address::new("nimbus", "zone", name), action, end }
    }

    fn done() -> End {
        End::Done { id: "z-1".to_owned(), written: true }
    }

    /// Which actions are covered at an address.
    fn covered(warrant: &Warrant, name: &str, scope: &str) -> Vec<Action> {
        use Action::{Adopt, Create, Delete, Forget, Move, Replace, Update};
        let all = [Create, Update, Adopt, Move, Replace, Delete, Forget];
        all.into_iter()
            .filter(|action| warrant.covers(&Change { action: *action, ..change(name, scope, &[]) }))
            .collect()
    }

    const GIVES: [Action; 4] = [Action::Create, Action::Update, Action::Adopt, Action::Move];

    #[test]
    fn what_was_blocked_or_is_newborn_is_made_and_changed_but_never_taken_away() {
        let mut approved = plan(Vec::new(), &[]);
        let address = Address::new("nimbus", "zone", "held");
        approved.notices.push(Notice::Blocked { address, by: String::new(), origins: Vec::new() });
        let mut warrant = Warrant::of(&approved, []);
        warrant.learn(&[], vec!["born".to_owned()]);
        assert_eq!(covered(&warrant, "held", "old"), GIVES);
        assert_eq!(covered(&warrant, "any", "born"), GIVES);
        assert_eq!(covered(&warrant, "any", "old"), []);
    }

    #[test]
    fn an_old_half_ends_only_after_a_replacement_of_this_run() {
        let mut warrant = Warrant::of(&plan(Vec::new(), &[]), []);
        assert!(warrant.is_empty());
        let failed = End::Failed { message: String::new(), help: None };
        warrant.learn(&[result("a", Action::Replace, done()), result("b", Action::Replace, failed)], Vec::new());
        warrant.learn(&[], Vec::new());
        assert!(covered(&warrant, "a (replaced)", "old").contains(&Action::Delete));
        assert_eq!(covered(&warrant, "b (replaced)", "old"), []);
        assert_eq!(covered(&warrant, "c (replaced)", "old"), []);
        assert_eq!(covered(&warrant, "a", "old"), []);
    }

    #[test]
    fn a_platform_that_comes_back_meanwhile_is_left_alone() {
        let mut approved = plan(Vec::new(), &[]);
        let address = Address::new("nimbus", "zone", "held");
        approved.notices.push(Notice::Blocked { address, by: String::new(), origins: Vec::new() });
        let mut warrant = Warrant::of(&approved, [&"nimbus".to_owned()]);
        warrant.learn(&[], vec!["born".to_owned()]);
        assert_eq!(covered(&warrant, "held", "old"), []);
        assert_eq!(covered(&warrant, "any", "born"), []);
    }

    #[test]
    fn what_failed_is_not_tried_again() {
        let mut warrant = Warrant::of(&plan(Vec::new(), &[]), []);
        let failed = result("a", Action::Create, End::Skipped { reason: String::new() });
        warrant.learn(&[failed], vec!["born".to_owned()]);
        assert_eq!(covered(&warrant, "a", "born"), []);
        assert_eq!(covered(&warrant, "b", "born"), GIVES);
    }
}
