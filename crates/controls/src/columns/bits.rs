//! Bits, 64 to a word.

/// A list of bits. Those behind the end are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

/// The words that so many bits take.
pub(crate) fn words(len: usize) -> usize {
    len.div_ceil(64)
}

/// The bits of the last word that count.
pub(crate) fn tail(len: usize) -> u64 {
    match len % 64 {
        0 => u64::MAX,
        rest => (1 << rest) - 1,
    }
}

impl Bits {
    pub(crate) fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        if let Some(word) = self.words.last_mut() {
            *word |= u64::from(bit) << (self.len % 64);
        }
        self.len += 1;
    }

    pub(crate) fn get(&self, at: usize) -> bool {
        get(&self.words, at)
    }

    /// Appends whole words, of which the last has `len % 64` bits.
    pub(crate) fn extend(&mut self, words: &[u64], len: usize) {
        debug_assert!(self.len.is_multiple_of(64), "only the last piece may be uneven");
        self.words.extend_from_slice(words);
        self.len += len;
    }

    /// The bits from `start` on, moved to the beginning of a word.
    pub(crate) fn slice(&self, start: usize, len: usize) -> Vec<u64> {
        let (first, shift) = (start / 64, start % 64);
        let word = |at: usize| self.words.get(at).copied().unwrap_or(0);
        let mut out: Vec<u64> = if shift == 0 {
            (first..first + words(len)).map(word).collect()
        } else {
            (first..first + words(len)).map(|at| word(at) >> shift | word(at + 1) << (64 - shift)).collect()
        };
        trim(&mut out, len);
        out
    }

    /// Appends bits to whole words.
    pub(crate) fn append(&mut self, other: &Self) {
        self.extend(&other.words, other.len);
    }

    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The places of the ones.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> {
        ones(&self.words)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

/// Clears what is behind the end.
pub(crate) fn trim(words: &mut [u64], len: usize) {
    if let Some(last) = words.last_mut() {
        *last &= tail(len);
    }
}

pub(crate) fn get(words: &[u64], at: usize) -> bool {
    words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

pub(crate) fn set(words: &mut [u64], at: usize) {
    if let Some(word) = words.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

/// The places of the ones.
pub(crate) fn ones(words: &[u64]) -> impl Iterator<Item = usize> {
    places(words.iter().copied())
}

/// The same of words that nobody else needs.
pub(crate) fn ones_of(words: Vec<u64>) -> impl Iterator<Item = usize> {
    places(words.into_iter())
}

fn places(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(index, word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let at = rest.trailing_zeros() as usize;
            (rest != 0).then(|| {
                rest &= rest - 1;
                index * 64 + at
            })
        })
    })
}

/// How many ones stand from `start` up to `end`.
pub(crate) fn count(words: &[u64], start: usize, end: usize) -> usize {
    let mut found = 0;
    let mut at = start;
    while at < end {
        let (index, shift) = (at / 64, at % 64);
        let take = (64 - shift).min(end - at);
        let word = words.get(index).copied().unwrap_or(0) >> shift;
        found += (word & tail(take)).count_ones() as usize;
        at += take;
    }
    found
}

/// The bits that a condition makes of values.
pub(crate) fn mask<T: Copy>(values: &[T], holds: impl Fn(T) -> bool) -> Vec<u64> {
    let mut out = Vec::with_capacity(words(values.len()));
    for chunk in values.chunks(64) {
        // Bytes first, which the compiler does many at a time; then eight bytes to eight bits by one multiplication.
        let mut bytes = [0_u8; 64];
        for (byte, value) in bytes.iter_mut().zip(chunk) {
            *byte = u8::from(holds(*value));
        }
        let mut word = 0;
        for (index, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let packed = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            word |= packed << (8 * index);
        }
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_those_that_went_in(bits: Vec<bool>, start in 0_usize..300, len in 0_usize..300) {
            let mut packed = Bits::default();
            bits.iter().for_each(|bit| packed.push(*bit));
            prop_assert_eq!(&mask(&bits, |bit| bit), &packed.words);
            let start = start.min(bits.len());
            let len = len.min(bits.len() - start);
            let slice = packed.slice(start, len);
            let wanted: Vec<usize> = (0..len).filter(|at| bits[start + at]).collect();
            prop_assert_eq!(ones(&slice).collect::<Vec<_>>(), wanted.clone());
            prop_assert_eq!(count(&packed.words, start, start + len), wanted.len());
        }
    }
}
