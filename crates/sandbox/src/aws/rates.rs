//! The rates that AWS documents for families of calls.

use crate::cloud::Rate;

/// Rates by family; a family without one is not throttled.
pub(crate) const RATES: &[Rate] = &[];
