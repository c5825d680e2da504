//! Lists: down to their items and up again.

use super::{Machine, taken};
use crate::{
    batch::{
        logic,
        program::{DomainId, Folds, PLACES, ROWS, Read, Reg},
        vector::{Unknown, Values, Vector},
    },
    columns::bits::{count, get, mask, set, words},
};

impl<'t> Machine<'t> {
    pub(super) fn enter_items(&mut self, domain: DomainId) {
        let Some(inner) = domain.checked_sub(2).and_then(|index| self.program.domains.get(index)) else { return };
        let (start, end) = self.range(inner.above);
        let ends = self.column(inner.list).ends();
        let at = |row: usize| ends.get(row).copied().unwrap_or_default() as usize;
        self.enter(domain, at(start), at(end));
    }

    /// The lane above of each lane.
    pub(super) fn above(&mut self, from: DomainId, to: DomainId) -> Vec<u32> {
        let (start, end) = self.range(to);
        if from == PLACES && to == ROWS {
            return self.table.place.get(start..end).unwrap_or_default().to_vec();
        }
        if let Some(above) = self.domains.get(to).and_then(|lanes| lanes.above.clone()) {
            return above;
        }
        let mut above = Vec::with_capacity(end - start);
        let list = to.checked_sub(2).and_then(|index| self.program.domains.get(index)).map_or(0, |inner| inner.list);
        let column = self.column(list);
        let (first, last) = self.range(from);
        for (lane, row) in (0_u32..).zip(first..last) {
            above.extend(column.range(row).map(|_| lane));
        }
        if let Some(lanes) = self.domains.get_mut(to) {
            lanes.above = Some(above.clone());
        }
        above
    }

    pub(super) fn spread(&mut self, of: Reg, from: DomainId, to: DomainId) -> Option<Vector<'t>> {
        let above = self.above(from, to);
        let of = self.get(of)?;
        let places = || above.iter().map(|lane| *lane as usize);
        let values = match &of.values {
            Values::Bool(bits) => Values::Bool(mask(&above, |lane| get(bits, lane as usize))),
            Values::Int(values) => Values::Int(taken(values, places())),
            Values::Double(values) => Values::Double(taken(values, places())),
            Values::Text(values) => Values::Text(taken(values, places())),
            Values::Time(values) => Values::Time(taken(values, places())),
        };
        let unknown = of.unknown.as_ref().map(|unknown| Unknown {
            lanes: mask(&above, |lane| get(&unknown.lanes, lane as usize)),
            sets: taken(&unknown.sets, places()).into_owned(),
        });
        Some(Vector { values, unknown: unknown.and_then(Unknown::some) })
    }

    pub(super) fn fold(
        &mut self,
        fold: Folds,
        body: Reg,
        items: DomainId,
        list: &Read,
        start: usize,
        end: usize,
    ) -> Option<Vector<'t>> {
        let mut unknown = self.unknown(list, start, end, false);
        let (first, _) = self.range(items);
        let column = self.column(list.column);
        let Self { registers, sets, .. } = self;
        let body = registers.get(body).and_then(Option::as_ref)?;
        let (bits, open) = (body.bits(), body.unknown.as_ref());
        let mut out = vec![0; words(end - start)];
        for row in start..end {
            let (lane, range) = (row - start, column.range(row));
            let (from, to) = (range.start - first, range.end - first);
            let yes = count(bits, from, to);
            let maybe = open.map_or(0, |open| count(&open.lanes, from, to));
            let truth = match fold {
                Folds::All if yes == to - from => Some(true),
                Folds::All if yes + maybe < to - from => Some(false),
                Folds::Exists if yes > 0 => Some(true),
                Folds::Exists if maybe == 0 => Some(false),
                Folds::One if maybe == 0 => Some(yes == 1),
                _ => None,
            };
            match (truth, open) {
                (Some(true), _) => set(&mut out, lane),
                (None, Some(open)) => {
                    let into = unknown.get_or_insert_with(|| Unknown::none(end - start));
                    for item in (from..to).filter(|item| get(&open.lanes, *item)) {
                        into.add(lane, open.sets.get(item).copied().unwrap_or_default(), sets);
                    }
                }
                _ => {}
            }
        }
        logic::clear(&mut out, unknown.as_ref());
        Some(Vector { values: Values::Bool(out), unknown })
    }
}
