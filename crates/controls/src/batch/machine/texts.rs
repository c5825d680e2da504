//! Questions about texts: mostly about their numbers.

use super::Machine;
use crate::{
    batch::{
        logic,
        program::{Reg, TextTest, Within},
        vector::{Sets, Unknown, Values, Vector},
    },
    columns::{
        Table,
        bits::{get, mask, ones_of, set, trim, words},
    },
    eval::{Frame, MOST_STEPS, Nowhere},
    value::{Truth, Value},
};

/// Answers that are remembered: not asked yet, false, true, or behind these a set of causes.
const NOT_ASKED: u32 = 0;
const NO: u32 = 1;
const YES: u32 = 2;
const FIRST_SET: u32 = 3;

/// Up to so many texts are compared one after another.
const FEW_TEXTS: usize = 8;

impl<'t> Machine<'t> {
    pub(super) fn text_is(&self, of: Reg, text: &str, not: bool) -> Option<Vector<'t>> {
        let of = self.get(of)?;
        let Values::Text(codes) = &of.values else { return None };
        let code = self.table.shared.texts.find(text).unwrap_or(u32::MAX);
        let mut bits = if not { mask(codes, |lane| lane != code) } else { mask(codes, |lane| lane == code) };
        logic::clear(&mut bits, of.unknown.as_ref());
        Some(Vector { values: Values::Bool(bits), unknown: of.unknown.clone() })
    }

    pub(super) fn text_in(&self, of: Reg, texts: &[Box<str>]) -> Option<Vector<'t>> {
        let of = self.get(of)?;
        let Values::Text(lanes) = &of.values else { return None };
        let mut codes: Vec<u32> = texts.iter().filter_map(|text| self.table.shared.texts.find(text)).collect();
        let mut bits = if codes.len() <= FEW_TEXTS {
            let mut bits = vec![0; words(lanes.len())];
            for code in codes {
                for (word, more) in bits.iter_mut().zip(mask(lanes, |lane| lane == code)) {
                    *word |= more;
                }
            }
            bits
        } else {
            codes.sort_unstable();
            mask(lanes, |lane| codes.binary_search(&lane).is_ok())
        };
        logic::clear(&mut bits, of.unknown.as_ref());
        Some(Vector { values: Values::Bool(bits), unknown: of.unknown.clone() })
    }

    pub(super) fn text_test(&mut self, of: Reg, test: usize, within: Option<Within>) -> Option<Vector<'t>> {
        let Self { registers, program, table, sets, answers, .. } = self;
        let chain = within.and_then(|within| Some((registers.get(within.chain)?.as_ref()?, within.and)));
        let of = registers.get(of).and_then(Option::as_ref)?;
        let (Values::Text(codes), Some(answers)) = (&of.values, answers.get_mut(test)) else { return None };
        let question = program.tests.get(test)?;
        // Where the texts are many, a quick question is asked again rather than remembered.
        if let Some(quick) = question.quick.as_ref().filter(|_| table.shared.texts.len() > table.len() / 8) {
            let mut bits = match quick.head() {
                Some((counts, wanted)) => {
                    let heads = table.shared.texts.heads();
                    mask(codes, |code| heads.get(code as usize).is_some_and(|head| head & counts == wanted))
                }
                None => {
                    let mut bits = vec![0; words(codes.len())];
                    let asks = |lane: &usize| {
                        let text = codes.get(*lane).and_then(|code| table.shared.texts.text(*code));
                        text.is_some_and(|text| quick.ask(text))
                    };
                    open(chain, codes.len()).filter(asks).for_each(|lane| set(&mut bits, lane));
                    bits
                }
            };
            logic::clear(&mut bits, of.unknown.as_ref());
            return Some(Vector { values: Values::Bool(bits), unknown: of.unknown.clone() });
        }
        answers.resize(table.shared.texts.len(), NOT_ASKED);
        let mut bits = vec![0; words(codes.len())];
        let mut unknown = of.unknown.clone();
        for (lane, code) in codes.iter().enumerate() {
            let Some(answer) = answers.get_mut(*code as usize) else { continue };
            if *answer == NOT_ASKED {
                *answer = ask(question, &program.bound.text, table, *code, sets);
            }
            match *answer {
                NO => {}
                YES => set(&mut bits, lane),
                number if !of.unknown_lanes().is_some_and(|lanes| get(lanes, lane)) => {
                    let open = unknown.get_or_insert_with(|| Unknown::none(codes.len()));
                    open.add(lane, number - FIRST_SET, sets);
                }
                _ => {}
            }
        }
        logic::clear(&mut bits, unknown.as_ref());
        Some(Vector { values: Values::Bool(bits), unknown })
    }
}

/// The lanes that a chain has not decided yet; all of them where there is none.
fn open(chain: Option<(&Vector<'_>, bool)>, len: usize) -> impl Iterator<Item = usize> {
    let mut lanes = chain.map_or_else(|| vec![u64::MAX; words(len)], |(chain, and)| logic::open(chain, and).collect());
    trim(&mut lanes, len);
    ones_of(lanes)
}

fn ask(question: &TextTest, text: &str, table: &Table, code: u32, sets: &mut Sets) -> u32 {
    if let (Some(quick), Some(text)) = (&question.quick, table.shared.texts.text(code)) {
        return if quick.ask(text) { YES } else { NO };
    }
    let value = table.shared.texts.text(code).map_or(Value::Absent, |text| Value::Text(text.clone()));
    let mut frame = Frame::new(&Nowhere, text, MOST_STEPS);
    frame.set(TextTest::SLOT, value);
    match frame.eval(&question.node).truth() {
        Truth::True => YES,
        Truth::False => NO,
        Truth::Unknown(causes) => FIRST_SET + sets.number(causes),
    }
}
