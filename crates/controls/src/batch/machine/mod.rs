//! Runs a program over one batch of rows after another.

mod lists;
mod texts;

use std::borrow::Cow;

use super::{
    arithmetic::{Arithmetic, Side, compare},
    logic,
    program::{Code, DomainId, Op, Other, PLACES, Program, ROWS, Read, Reg, Step, Within},
    vector::{Sets, Unknown, Values, Vector},
};
use crate::{
    columns::{
        Column, Data, Table, TableRow,
        bits::{get, mask, ones, set, words},
        column::{ABSENT, FIRST_CAUSE, KNOWN},
    },
    eval::{Frame, MOST_STEPS, World as _},
    value::{Truth, Value},
};

/// Rows of a batch: what it needs stays in the cache of a core.
pub(super) const BATCH: usize = 2048;

/// Lanes of a domain in this batch.
#[derive(Clone, Debug, Default)]
struct Lanes {
    start: usize,
    end: usize,
    /// The lane above of each lane; made when it is asked for.
    above: Option<Vec<u32>>,
}

/// A map, a key, and rows.
type Sought = (usize, Option<u32>, usize, usize);

pub(super) struct Machine<'t> {
    program: &'t Program,
    table: &'t Table,
    columns: Vec<&'t Column>,
    registers: Vec<Option<Vector<'t>>>,
    domains: Vec<Lanes>,
    pub(super) sets: Sets,
    /// The numbers of the program's own causes.
    errors: Vec<u32>,
    /// The last key that was looked for: in which map and which rows, and where it was found.
    found: Option<(Sought, Vec<u32>)>,
    /// By test and text: what the answer was, if it was asked.
    answers: Vec<Vec<u32>>,
}

impl<'t> Machine<'t> {
    /// `None` where the table does not have the columns of the program: it is of another facet.
    pub(super) fn new(program: &'t Program, table: &'t Table) -> Option<Self> {
        let columns = program.columns.iter().map(|path| {
            path.steps.iter().try_fold(table.root(path.root)?, |column, step| match step {
                Step::Field(index) => column.field(*index),
                Step::Items => column.items(),
            })
        });
        let mut sets = Sets::new(table.shared.causes.clone());
        let mut machine = Self {
            program,
            table,
            columns: columns.collect::<Option<_>>()?,
            registers: vec![None; program.registers],
            domains: vec![Lanes::default(); program.domains.len() + 2],
            errors: program.errors.iter().map(|causes| sets.number(causes.clone())).collect(),
            sets,
            found: None,
            answers: vec![Vec::new(); program.tests.len()],
        };
        machine.enter(PLACES, 0, table.place_count);
        machine.run(&program.prelude);
        Some(machine)
    }

    /// Judges the rows of one batch.
    pub(super) fn batch(&mut self, start: usize, end: usize) -> (&[u64], Option<&Unknown>) {
        self.enter(ROWS, start, end);
        let program = self.program;
        self.run(&program.ops);
        match self.registers.get(program.result).and_then(Option::as_ref) {
            Some(vector) => (vector.bits(), vector.unknown.as_ref()),
            None => (&[], None),
        }
    }

    fn enter(&mut self, domain: DomainId, start: usize, end: usize) {
        if let Some(lanes) = self.domains.get_mut(domain) {
            *lanes = Lanes { start, end, above: None };
        }
    }

    fn range(&self, domain: DomainId) -> (usize, usize) {
        self.domains.get(domain).map_or((0, 0), |lanes| (lanes.start, lanes.end))
    }

    fn column(&self, id: usize) -> &'t Column {
        self.columns.get(id).copied().unwrap_or(&self.table.resource)
    }

    fn error(&self, id: usize) -> u32 {
        self.errors.get(id).copied().unwrap_or_default()
    }

    fn run(&mut self, ops: &'t [Op]) {
        let mut at = 0;
        while let Some(op) = ops.get(at) {
            at += 1;
            let (start, end) = self.range(op.domain);
            let vector = match &op.code {
                Code::Decided { of, truth, to } => {
                    if self.get(*of).is_some_and(|vector| logic::decided(vector, *truth, end - start)) {
                        at = *to;
                    }
                    continue;
                }
                Code::Enter => {
                    self.enter_items(op.domain);
                    continue;
                }
                Code::Join { part, and } => {
                    let taken = self.registers.get_mut(op.dest).and_then(Option::take);
                    let part = self.registers.get(*part).and_then(Option::as_ref);
                    let (Some(mut into), Some(part)) = (taken, part) else { continue };
                    logic::join(&mut into, part, *and, end - start, &mut self.sets);
                    Some(into)
                }
                code => self.step(code, op.domain, start, end),
            };
            if let Some(slot) = self.registers.get_mut(op.dest) {
                *slot = vector;
            }
        }
    }

    fn get(&self, reg: Reg) -> Option<&Vector<'t>> {
        self.registers.get(reg).and_then(Option::as_ref)
    }

    /// A register to read while causes are merged. Cheap where the lanes are borrowed from a column.
    fn step(&mut self, code: &Code, domain: DomainId, start: usize, end: usize) -> Option<Vector<'t>> {
        let len = end - start;
        Some(match code {
            Code::Always(truth) => known(mask(&vec![*truth; len], |truth| truth)),
            Code::Now => self.now(len),
            Code::Load { read, within } => self.load(read, *within, start, end),
            Code::Keys(map) => {
                let keys = self.column(*map).keys().get(start..end).unwrap_or_default();
                Vector { values: Values::Text(Cow::Borrowed(keys)), unknown: None }
            }
            Code::Has(read) => self.has(read, start, end),
            Code::HasKey { map, key } => self.has_key(map, key, start, end),
            Code::Entry { map, key, none, within } => self.entry(map, key, *none, *within, start, end),
            Code::Size(read) => {
                let column = self.column(read.column);
                let sizes: Vec<i64> = (start..end).map(|row| column.range(row).len() as i64).collect();
                Vector { values: Values::Int(Cow::Owned(sizes)), unknown: self.unknown(read, start, end, false) }
            }
            Code::TextIs { of, text, not } => self.text_is(*of, text, *not)?,
            Code::TextIn { of, texts } => self.text_in(*of, texts)?,
            Code::TextTest { of, test, within } => self.text_test(*of, *test, *within)?,
            Code::Not(of) => logic::not(self.get(*of)?, len),
            Code::Copy(of) => self.get(*of)?.clone(),
            Code::Spread { of, from } => self.spread(*of, *from, domain)?,
            Code::Fold { fold, body, items, list } => self.fold(*fold, *body, *items, list, start, end)?,
            Code::ByRow(part) => self.by_row(*part, start, end)?,
            _ => self.combine(code, len)?,
        })
    }

    /// Steps over several registers, whose causes are merged.
    fn combine(&mut self, code: &Code, len: usize) -> Option<Vector<'t>> {
        let Self { registers, sets, errors, .. } = self;
        let get = |reg: Reg| registers.get(reg).and_then(Option::as_ref);
        let side = |other: &Other| {
            Some(match other {
                Other::Reg(reg) => Side::Lanes(get(*reg)?),
                Other::Const(value) => Side::Const(*value),
            })
        };
        Some(match code {
            Code::Compare { how, left, right } => compare(*how, get(*left)?, &side(right)?, sets),
            Code::TextSame { left, right, not } => {
                let (left, right) = (get(*left)?, get(*right)?);
                let (Values::Text(a), Values::Text(b)) = (&left.values, &right.values) else { return None };
                let pairs: Vec<(u32, u32)> = a.iter().copied().zip(b.iter().copied()).collect();
                logic::strict(mask(&pairs, |(a, b)| (a == b) != *not), left, right, sets)
            }
            Code::BoolSame { left, right, not } => logic::same(get(*left)?, get(*right)?, *not, len, sets),
            Code::Choose { condition, yes, no } => logic::choose(get(*condition)?, get(*yes)?, get(*no)?, len, sets),
            Code::Arithmetic { how, left, right, gives, range, zero } => {
                let error = |id: usize| errors.get(id).copied().unwrap_or_default();
                let arithmetic = Arithmetic { how: *how, gives, range: error(*range), zero: error(*zero) };
                arithmetic.apply(&side(left)?, &side(right)?, len, sets)
            }
            _ => return None,
        })
    }

    fn now(&mut self, len: usize) -> Vector<'t> {
        let (moment, causes) = match (TableRow { table: self.table, row: 0 }.now()) {
            Value::Timestamp(nanos) => (i64::try_from(nanos / 1000).unwrap_or_default(), None),
            Value::Unknown(causes) => (0, Some(causes)),
            _ => (0, None),
        };
        let unknown = causes.map(|causes| Unknown {
            lanes: mask(&vec![true; len], |lane| lane),
            sets: vec![self.sets.number(causes); len],
        });
        Vector { values: Values::Time(Cow::Owned(vec![moment; len])), unknown: unknown.and_then(Unknown::some) }
    }

    /// What is not known of a column, and why. An absent value is an error, but where it is asked for.
    fn unknown(&self, read: &Read, start: usize, end: usize, asked: bool) -> Option<Unknown> {
        let column = self.column(read.column);
        let around: Vec<(&Column, u32)> =
            read.under.iter().map(|(column, error)| (self.column(*column), self.error(*error))).collect();
        let any = around.iter().any(|(column, _)| column.codes(start, end).is_some());
        if !any && column.codes(start, end).is_none() {
            return None;
        }
        let mut unknown = Unknown::none(end - start);
        let absent = self.error(read.absent);
        if !any {
            let codes = column.codes(start, end).unwrap_or_default();
            unknown.lanes = mask(codes, |code| code != KNOWN && !(asked && code == ABSENT));
            for lane in ones(&unknown.lanes) {
                let code = codes.get(lane).copied().unwrap_or(ABSENT);
                if let Some(slot) = unknown.sets.get_mut(lane) {
                    *slot = if code == ABSENT { absent } else { code - FIRST_CAUSE };
                }
            }
            return unknown.some();
        }
        for row in start..end {
            let outer =
                around.iter().map(|(column, error)| (column.code(row), *error)).find(|(code, _)| *code != KNOWN);
            let (code, error) = outer.unwrap_or_else(|| (column.code(row), absent));
            let causes = match code {
                KNOWN => continue,
                ABSENT if asked && outer.is_none() => continue,
                ABSENT => error,
                code => code - FIRST_CAUSE,
            };
            set(&mut unknown.lanes, row - start);
            if let Some(slot) = unknown.sets.get_mut(row - start) {
                *slot = causes;
            }
        }
        unknown.some()
    }

    /// What is not known where a chain is still open: elsewhere it does not matter.
    fn where_open(&self, unknown: Option<Unknown>, within: Option<Within>) -> Option<Unknown> {
        let mut unknown = unknown?;
        self.only_open(&mut unknown.lanes, within);
        unknown.some()
    }

    fn only_open(&self, lanes: &mut [u64], within: Option<Within>) {
        let Some((chain, and)) = within.and_then(|within| Some((self.get(within.chain)?, within.and))) else { return };
        lanes.iter_mut().zip(logic::open(chain, and)).for_each(|(lanes, open)| *lanes &= open);
    }

    fn load(&self, read: &Read, within: Option<Within>, start: usize, end: usize) -> Vector<'t> {
        let unknown = self.where_open(self.unknown(read, start, end, false), within);
        let values = match &self.column(read.column).data {
            Data::Bool(bits) => {
                let mut bits = bits.slice(start, end - start);
                logic::clear(&mut bits, unknown.as_ref());
                Values::Bool(bits)
            }
            Data::Int(values) => Values::Int(Cow::Borrowed(values.get(start..end).unwrap_or_default())),
            Data::Timestamp(values) | Data::Duration(values) => {
                Values::Time(Cow::Borrowed(values.get(start..end).unwrap_or_default()))
            }
            Data::Double(values) => Values::Double(Cow::Borrowed(values.get(start..end).unwrap_or_default())),
            Data::Text(values) => Values::Text(Cow::Borrowed(values.get(start..end).unwrap_or_default())),
            Data::List { .. } | Data::Map { .. } | Data::Record(_) => Values::Bool(vec![0; words(end - start)]),
        };
        Vector { values, unknown }
    }

    fn has(&self, read: &Read, start: usize, end: usize) -> Vector<'t> {
        let column = self.column(read.column);
        let unknown = self.unknown(read, start, end, true);
        let mut bits = match column.codes(start, end) {
            Some(codes) => mask(codes, |code| code != ABSENT),
            None => mask(&vec![true; end - start], |there| there),
        };
        logic::clear(&mut bits, unknown.as_ref());
        Vector { values: Values::Bool(bits), unknown }
    }

    fn has_key(&mut self, map: &Read, key: &str, start: usize, end: usize) -> Vector<'t> {
        let unknown = self.unknown(map, start, end, false);
        let mut bits = mask(self.places(map, key, start, end), |place| place != NOWHERE);
        logic::clear(&mut bits, unknown.as_ref());
        Vector { values: Values::Bool(bits), unknown }
    }

    /// The place of the entry with this key among all entries, by lane; [`NOWHERE`] where there is none. Whoever asks for an entry has
    /// mostly asked before whether there is one.
    fn places(&mut self, map: &Read, key: &str, start: usize, end: usize) -> &[u32] {
        let key = self.table.shared.texts.find(key);
        let asked = (map.column, key, start, end);
        if self.found.as_ref().is_none_or(|(found, _)| *found != asked) {
            let column = self.column(map.column);
            let places = key.map_or_else(|| vec![NOWHERE; end - start], |key| entries(column, key, start, end));
            self.found = Some((asked, places));
        }
        self.found.as_ref().map_or(&[], |(_, places)| places)
    }

    fn entry(
        &mut self,
        map: &Read,
        key: &str,
        none: usize,
        within: Option<Within>,
        start: usize,
        end: usize,
    ) -> Vector<'t> {
        let Some(items) = self.column(map.column).items() else { return known(Vec::new()) };
        let none = self.error(none);
        let around = self.where_open(self.unknown(map, start, end, false), within);
        let places = self.places(map, key, start, end).to_vec();
        let mut missing = if items.all_known() {
            mask(&places, |place| place == NOWHERE)
        } else {
            mask(&places, |place| place == NOWHERE || items.code(place as usize) != KNOWN)
        };
        self.only_open(&mut missing, within);
        let unknown = around.is_some() || missing.iter().any(|word| *word != 0);
        let unknown = unknown.then(|| {
            let mut unknown = around.unwrap_or_else(|| Unknown::none(end - start));
            for lane in ones(&missing).filter(|lane| !get(&unknown.lanes, *lane)).collect::<Vec<_>>() {
                let code = places.get(lane).filter(|place| **place != NOWHERE).map(|place| items.code(*place as usize));
                set(&mut unknown.lanes, lane);
                if let Some(slot) = unknown.sets.get_mut(lane) {
                    *slot = code.filter(|code| *code != ABSENT).map_or(none, |code| code - FIRST_CAUSE);
                }
            }
            unknown
        });
        let places = places.into_iter().map(|place| place as usize);
        let values = match &items.data {
            Data::Bool(bits) => {
                let truths: Vec<bool> = places.map(|at| bits.get(at)).collect();
                let mut bits = mask(&truths, |truth| truth);
                logic::clear(&mut bits, unknown.as_ref());
                Values::Bool(bits)
            }
            Data::Int(values) => Values::Int(taken(values, places)),
            Data::Timestamp(values) | Data::Duration(values) => Values::Time(taken(values, places)),
            Data::Double(values) => Values::Double(taken(values, places)),
            Data::Text(values) => Values::Text(taken(values, places)),
            Data::List { .. } | Data::Map { .. } | Data::Record(_) => return known(Vec::new()),
        };
        Vector { values, unknown }
    }

    fn by_row(&mut self, part: usize, start: usize, end: usize) -> Option<Vector<'t>> {
        let node = self.program.rowwise.get(part)?;
        let mut bits = vec![0; words(end - start)];
        let mut unknown = Unknown::none(end - start);
        for row in start..end {
            let world = TableRow { table: self.table, row };
            match Frame::new(&world, &self.program.bound.text, MOST_STEPS).eval(node).truth() {
                Truth::True => set(&mut bits, row - start),
                Truth::False => {}
                Truth::Unknown(causes) => {
                    let number = self.sets.number(causes);
                    unknown.add(row - start, number, &mut self.sets);
                }
            }
        }
        Some(Vector { values: Values::Bool(bits), unknown: unknown.some() })
    }
}

/// There is no such entry.
const NOWHERE: u32 = u32::MAX;

/// Where the entry with this key is in each of these rows. Which rows have one cannot be foreseen, so nothing here branches on it:
/// keys are compared many at a time, and a row looks at its own bits.
fn entries(column: &Column, key: u32, start: usize, end: usize) -> Vec<u32> {
    let ends = column.ends().get(start..=end).unwrap_or_default();
    let (Some(first), Some(last)) = (ends.first().copied(), ends.last().copied()) else { return Vec::new() };
    let found = mask(column.keys().get(first as usize..last as usize).unwrap_or_default(), |known| known == key);
    let word = |at: usize| found.get(at).copied().unwrap_or(0);
    let place = |pair: &[u32]| {
        let [from, to] = pair else { return NOWHERE };
        let (mut at, len) = ((from - first) as usize, (to - from) as usize);
        if len > 64 {
            at = (at..at + len).find(|at| get(&found, *at)).unwrap_or(usize::MAX);
            return u32::try_from(at).map_or(NOWHERE, |at| first + at);
        }
        let (index, shift) = (at / 64, at % 64);
        let bits = word(index) >> shift | word(index + 1).checked_shl(64 - shift as u32).unwrap_or(0);
        let own = bits & u64::MAX.checked_shr(64 - len as u32).unwrap_or(0);
        if own == 0 { NOWHERE } else { from + own.trailing_zeros() }
    };
    ends.windows(2).map(place).collect()
}

fn known<'t>(bits: Vec<u64>) -> Vector<'t> {
    Vector { values: Values::Bool(bits), unknown: None }
}

/// The values at these places; one that means nothing where there is none.
fn taken<'t, T: Copy + Default>(values: &[T], places: impl Iterator<Item = usize>) -> Cow<'t, [T]> {
    Cow::Owned(places.map(|at| values.get(at).copied().unwrap_or_default()).collect())
}

/// The lanes that are unknown, for whoever collects them.
pub(super) fn unknown_lanes(unknown: &Unknown) -> impl Iterator<Item = (usize, u32)> {
    ones(&unknown.lanes).map(|lane| (lane, unknown.sets.get(lane).copied().unwrap_or_default()))
}
