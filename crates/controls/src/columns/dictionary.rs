//! Every text of a table once: a column of texts is a column of numbers.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

/// Texts by number. Numbers are given in the order in which texts come, so the same rows give the same numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary {
    texts: Vec<Arc<str>>,
    /// The first eight bytes of each text, zeros behind its end: beginnings are compared without going to the text.
    heads: Vec<u64>,
    codes: HashMap<Arc<str>, u32, BuildHasherDefault<Mix>>,
}

impl Dictionary {
    pub(crate) fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.heads.push(head(&text));
        self.codes.insert(text, code);
        code
    }

    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.codes.get(text).copied()
    }

    pub(crate) fn text(&self, code: u32) -> Option<&Arc<str>> {
        self.texts.get(code as usize)
    }

    /// The beginnings of all texts, by number.
    pub(crate) fn heads(&self) -> &[u64] {
        &self.heads
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.texts.iter().map(|text| text.len() + 16 + 48).sum()
    }
}

/// The first eight bytes of a text.
pub(crate) fn head(text: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(text.as_bytes()) {
        *to = *from;
    }
    u64::from_le_bytes(bytes)
}

/// A hash without a seed: tables are the same in every run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        for eight in eights.iter().chain([&last]) {
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(*eight)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
}
