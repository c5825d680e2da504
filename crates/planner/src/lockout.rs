//! Nobody is locked out: the break-glass principal and whoever applies keep their roles, and those roles what they give.

use std::collections::BTreeSet;

use polity_model::{
    Address, Value,
    organization::BreakGlass,
    plan::{Action, Brake, Difference},
    schema::{Attribute, Change, Compare, Effect, Nature},
};

use crate::{
    access::{AccessView, address_of, is_admin, name_of},
    brakes::listed,
    compare,
    diff::was,
    draft::{Draft, Sketch},
    links::End,
    risk,
    tree::When,
};

const NAME: &str = "lock-out";

impl<'a> Sketch<'a> {
    /// Brakes for everything that locks somebody out.
    pub(crate) fn brake_lock_out(&self, access: &AccessView<'_>, brakes: &mut Vec<Brake>) {
        if let Some(glass) = &self.world.input.organization.break_glass {
            self.brake_break_glass(glass, access, brakes);
            self.brake_break_glass_role(glass, brakes);
        }
        if let Some(applier) = self.world.input.applier.as_deref() {
            self.brake_applier(applier, access, brakes);
            self.brake_applier_roles(applier, access, brakes);
        }
    }

    /// Addresses of changes that lock somebody out.
    pub(crate) fn locking(brakes: &[Brake]) -> BTreeSet<&Address> {
        brakes.iter().filter(|brake| brake.name == NAME).flat_map(|brake| &brake.by).collect()
    }

    fn brake_break_glass(&self, glass: &BreakGlass, access: &AccessView<'_>, brakes: &mut Vec<Brake>) {
        let (mut places, mut by) = (BTreeSet::new(), BTreeSet::new());
        // A role that is replaced has another native id, and is held in its place all the same.
        let same = |role: &End| address_of(self, role).is_some_and(|address| address.name == glass.role);
        for (held, through) in self.losses(access) {
            if name_of(self, held.person) == glass.person && name_of(self, held.role) == glass.role {
                for place in access.places_of_loss(self, held) {
                    let still = access.holders(self, &place, When::After, same);
                    if !still.iter().any(|person| name_of(self, person) == glass.person) {
                        places.insert(name_of(self, &place));
                        by.extend(&through.by);
                    }
                }
            }
        }
        let ends = self.drafts.iter().enumerate().filter(|(_, draft)| {
            draft.ends() && draft.schema.nature == Nature::Identity && draft.change.address.name == glass.person
        });
        let ends: Vec<usize> = ends.map(|(number, _)| number).collect();
        by.extend(&ends);
        if by.is_empty() {
            return;
        }
        let what = match places.len() {
            0 => "would end".to_owned(),
            _ => format!("would lose the role `{}` on {}", glass.role, listed(&places)),
        };
        brakes.push(Brake {
            name: NAME.to_owned(),
            message: format!("the break-glass principal `{}` ({}) {what}", glass.person, glass.origin),
            help:
                "keep this access; to change who breaks the glass, give the role to the new person, apply, then name \
                   them under `break_glass:` of the organization"
                    .to_owned(),
            by: self.addresses(&by),
        });
    }

    /// A role that gives less locks out as well as one that is taken away.
    fn brake_break_glass_role(&self, glass: &BreakGlass, brakes: &mut Vec<Brake>) {
        for draft in self.drafts.iter().filter(|draft| draft.change.address.name == glass.role) {
            let less = self.less(draft);
            if less.is_empty() {
                continue;
            }
            brakes.push(Brake {
                name: NAME.to_owned(),
                message: format!(
                    "the role `{}` of the break-glass principal `{}` ({}) may give less than before: {} would be narrower",
                    glass.role,
                    glass.person,
                    glass.origin,
                    listed(&less)
                ),
                help: "write what it gives now; to make it smaller, first name another role under `break_glass:` of \
                       the organization, and apply"
                    .to_owned(),
                by: vec![draft.change.address.clone()],
            });
        }
    }

    /// Whoever applies stays admin where they are, and keeps some access.
    fn brake_applier(&self, applier: &str, access: &AccessView<'_>, brakes: &mut Vec<Brake>) {
        let (mut places, mut by) = (BTreeSet::new(), BTreeSet::new());
        for (held, through) in self.losses(access) {
            if is_admin(self, held.role) && name_of(self, held.person) == applier {
                for place in access.places_of_loss(self, held) {
                    let still = access.holders(self, &place, When::After, |role| is_admin(self, role));
                    if !still.contains(held.person) {
                        places.insert(name_of(self, &place));
                        by.extend(&through.by);
                    }
                }
            }
        }
        if places.is_empty() {
            return;
        }
        brakes.push(Brake {
            name: NAME.to_owned(),
            message: format!("`{applier}`, who applies this, would no longer be an admin on {}", listed(&places)),
            help: "have somebody else apply it who stays an admin there, or keep this access".to_owned(),
            by: self.addresses(&by),
        });
    }

    /// An admin role that gives nothing any more makes nobody an admin.
    fn brake_applier_roles(&self, applier: &str, access: &AccessView<'_>, brakes: &mut Vec<Brake>) {
        for draft in &self.drafts {
            let Some(role) = draft.desired.map(End::Desired).filter(|role| is_admin(self, role)) else { continue };
            if self.less(draft).is_empty() || !gives_nothing(draft) {
                continue;
            }
            let places = access.places_of(self, &role, applier);
            if places.is_empty() {
                continue;
            }
            let address = &draft.change.address;
            brakes.push(Brake {
                name: NAME.to_owned(),
                message: format!(
                    "`{applier}`, who applies this, is an admin on {} by the role `{}`, which would give nothing any more",
                    listed(&places),
                    address.name
                ),
                help: "write what the role gives now, or take the role away instead of what it gives".to_owned(),
                by: vec![address.clone()],
            });
        }
    }

    /// The attributes in which a role may give less than before; putting back what was applied is meant.
    fn less(&self, draft: &Draft<'a>) -> BTreeSet<String> {
        let changes = matches!(draft.change.action, Action::Update | Action::Move | Action::Adopt | Action::Replace);
        if draft.schema.effect != Effect::Defines || !changes {
            return BTreeSet::new();
        }
        let wanted = draft.desired.and_then(|desired| self.world.wanted(desired));
        let last = wanted.and_then(|wanted| self.world.last(wanted.desired));
        let narrower = draft.change.diff.iter().filter(|difference| {
            let Some(attribute) = draft.schema.attribute(&difference.attribute) else { return false };
            self.gives_less(draft, attribute, difference)
                && !last.is_some_and(|last| was(&last.attributes, attribute, &difference.after))
        });
        narrower.map(|difference| difference.attribute.clone()).collect()
    }

    fn gives_less(&self, draft: &Draft<'a>, attribute: &Attribute, difference: &Difference) -> bool {
        let (before, after) = (&difference.before, &difference.after);
        // The places where a role is in force come and go without it giving less.
        let platform = &draft.change.address.platform;
        let place = |item: &Value| item.as_text().is_some_and(|id| !self.world.by_native(platform, id).is_empty());
        match attribute.compare {
            Compare::Set => compare::lost_items(before, after).into_iter().any(|item| !place(item)),
            Compare::Document => !compare::only_permits(before, after),
            Compare::Exact => risk::is_bound(attribute, difference) && !compare::is_empty(after),
            Compare::CaseInsensitive | Compare::Secret => false,
        }
    }
}

/// Whether a role would have neither a list nor a document of anything that it gives.
fn gives_nothing(draft: &Draft<'_>) -> bool {
    let change = &draft.change;
    let gives = |attribute: &&Attribute| {
        matches!(attribute.compare, Compare::Set | Compare::Document) && attribute.change != Change::ReadOnly
    };
    draft.schema.attributes.iter().filter(gives).all(|attribute| {
        let value = compare::asked(attribute, &change.after).or_else(|| change.before.get(attribute.name));
        value.is_none_or(compare::is_hollow)
    })
}
