//! Identifiers as a cloud would make them: without pattern to the eye, and the same in every run of one seed.

use serde::{Deserialize, Serialize};

/// A source of identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ids {
    seed: u64,
    drawn: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next number. The generator is splitmix64 (Steele, Lea, Flood 2014): one multiplication chain over a counter,
    /// so that it is written to a snapshot as two numbers.
    pub(crate) fn number(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        let mut mixed = self.seed.wrapping_add(self.drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// So many characters out of an alphabet.
    pub(crate) fn text(&mut self, length: usize, alphabet: &str) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let count = letters.len().max(1) as u64;
        (0..length)
            .filter_map(|_| letters.get(usize::try_from(self.number() % count).unwrap_or_default()).copied())
            .collect()
    }

    /// Small letters and digits.
    pub(crate) fn lower(&mut self, length: usize) -> String {
        self.text(length, "abcdefghijklmnopqrstuvwxyz0123456789")
    }

    /// Hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text(length, "0123456789abcdef")
    }

    /// Decimal digits, the first not zero.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        let first = self.text(1, "123456789");
        first + &self.text(length.saturating_sub(1), "0123456789")
    }

    /// A UUID (version 4 by form).
    pub(crate) fn uuid(&mut self) -> String {
        let variant = self.text(1, "89ab");
        format!("{}-{}-4{}-{variant}{}-{}", self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12))
    }
}
