//! What a reader was told, as digests: the evidence of a verdict, without keeping the replies themselves.

use std::sync::{Arc, Mutex, PoisonError};

use polity_model::Digest;

/// Sees every reply of the readers that it is given to. Cheap to clone; all clones see together.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    digests: Vec<Digest>,
    bytes: u64,
}

/// What a witness saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Testimony {
    /// How many replies.
    pub replies: u64,
    /// How many bytes they had.
    pub bytes: u64,
    /// Digest over the digests of all bodies, sorted: replies come in any order.
    pub digest: Digest,
}

impl Witness {
    /// Sees the body of a reply.
    pub(crate) fn see(&self, body: &[u8]) {
        let digest = Digest::of(body);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.digests.push(digest);
        seen.bytes += body.len() as u64;
    }

    /// All that it saw so far.
    pub fn testimony(&self) -> Testimony {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut digests = seen.digests.clone();
        digests.sort();
        Testimony { replies: digests.len() as u64, bytes: seen.bytes, digest: Digest::of_json(&digests) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_replies_does_not_matter_but_each_of_them_does() {
        let saw = |bodies: &[&str]| {
            let witness = Witness::default();
            bodies.iter().for_each(|body| witness.see(body.as_bytes()));
            witness.testimony()
        };
        assert_eq!(saw(&["a", "bc"]), saw(&["bc", "a"]));
        assert_eq!((saw(&["a", "bc"]).replies, saw(&["a", "bc"]).bytes), (2, 3));
        assert_ne!(saw(&["a", "bc"]).digest, saw(&["a", "bd"]).digest);
        assert_ne!(saw(&["a", "a"]).digest, saw(&["a"]).digest);
    }
}
