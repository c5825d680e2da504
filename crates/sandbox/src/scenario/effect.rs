//! What can befall a call, or the world while nobody looks.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::words;

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Calls are throttled at the rates that the cloud documents, per family of calls.
    DocumentedRates,
    /// Calls are throttled at this rate, all that are selected together.
    Rate(Pace),
    /// The call is refused as one too many.
    Throttled,
    /// The answer takes longer.
    Latency(Latency),
    /// The service breaks (5xx) before it did anything.
    BrokenBefore,
    /// The service breaks (5xx) after it did everything.
    BrokenAfter,
    /// The connection is cut before the request was read.
    CutBefore,
    /// The connection is cut after everything was done, before the reply was written.
    CutAfter,
    /// No answer ever comes; nothing was done.
    SilentBefore,
    /// No answer ever comes; everything was done.
    SilentAfter,
    /// The caller dies before the request arrived: see [`crate::Sandbox::halted`].
    HaltBefore,
    /// The caller dies after everything was done, before the reply arrived.
    HaltAfter,
    /// Some proxy answers in place of the service (502), nothing was done.
    GarbledBefore,
    /// Everything was done, and the answer (200) is a page of some proxy.
    GarbledAfter,
    /// The caller may not do this.
    Denied,
    /// The caller's credentials have run out.
    Expired,
    /// Credentials that are given out last so long at most.
    ShortSessions(#[serde(deserialize_with = "words::one_duration")] Duration),
    /// Somebody else changes the same thing right now.
    Busy,
    /// Reads see what was there so long ago.
    Stale(#[serde(deserialize_with = "words::one_duration")] Duration),
    /// Work that this call begins and that goes on behind its back takes so long.
    Slow(#[serde(deserialize_with = "words::one_duration")] Duration),
    /// Work that this call begins and that goes on behind its back fails, for this reason.
    Failing(String),
    /// Lists come in pages of so many items at most.
    SmallPages(usize),
    /// Each list begins with a page that holds nothing but a token.
    EmptyPages,
    /// Somebody changes something by hand: once, when the rule's time has come; or before each call of the rule.
    Tampering(Hand),
}

/// A rate of calls: so many tokens come back each second, and so many are there at most.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Calls a second.
    pub per_second: f64,
    /// Calls at once, after a pause.
    pub burst: u32,
}

/// How much longer an answer takes: between two durations, drawn by lot. `40ms` or `40ms..2s` in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// At least.
    pub from: Duration,
    /// At most.
    pub to: Duration,
}

/// Somebody's hand.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hand {
    /// Whose: the cloud's own record of changes names this user.
    pub by: String,
    /// What they do.
    pub call: HandCall,
}

/// A call, as the cloud's own interface has it. Texts of the input may hold references that are resolved when the time
/// has come, see the cloud's own room for what it knows to resolve: `${account:checkout-prod}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandCall {
    /// The service, as the log calls it.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// What is asked for.
    #[serde(default)]
    pub input: Value,
    /// The account that it is done in: a number or a reference; the management account unless it is named.
    #[serde(default)]
    pub account: Option<String>,
    /// The region.
    #[serde(default)]
    pub region: Option<String>,
}

impl Latency {
    /// Always the same.
    #[must_use]
    pub fn fixed(by: Duration) -> Self {
        Self { from: by, to: by }
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let (least, most) = text.split_once("..").unwrap_or((&text, &text));
        let read = |text| words::duration(text).map_err(de::Error::custom);
        let latency = Self { from: read(least)?, to: read(most)? };
        if latency.from > latency.to {
            return Err(de::Error::custom(format!("`{text}` ends before it begins: write the shorter duration first")));
        }
        Ok(latency)
    }
}

impl Effect {
    /// One of each kind, with usual numbers: for whoever wants to try them all.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let seconds = Duration::from_secs;
        vec![
            Self::DocumentedRates,
            Self::Rate(Pace { per_second: 2.0, burst: 2 }),
            Self::Throttled,
            Self::Latency(Latency { from: Duration::from_millis(40), to: seconds(2) }),
            Self::BrokenBefore,
            Self::BrokenAfter,
            Self::CutBefore,
            Self::CutAfter,
            Self::SilentBefore,
            Self::SilentAfter,
            Self::HaltBefore,
            Self::HaltAfter,
            Self::GarbledBefore,
            Self::GarbledAfter,
            Self::Denied,
            Self::Expired,
            Self::ShortSessions(seconds(60)),
            Self::Busy,
            Self::Stale(seconds(5)),
            Self::Slow(seconds(600)),
            Self::Failing("INTERNAL_FAILURE".to_owned()),
            Self::SmallPages(1),
            Self::EmptyPages,
            Self::Tampering(Hand {
                by: "mallory".to_owned(),
                call: HandCall {
                    service: "organizations".to_owned(),
                    operation: "CreateOrganizationalUnit".to_owned(),
                    input: serde_json::json!({"ParentId": "${root}", "Name": "shadow"}),
                    account: None,
                    region: None,
                },
            }),
        ]
    }

    /// Its name, as a scenario file writes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::DocumentedRates => "documented_rates",
            Self::Rate(_) => "rate",
            Self::Throttled => "throttled",
            Self::Latency(_) => "latency",
            Self::BrokenBefore => "broken_before",
            Self::BrokenAfter => "broken_after",
            Self::CutBefore => "cut_before",
            Self::CutAfter => "cut_after",
            Self::SilentBefore => "silent_before",
            Self::SilentAfter => "silent_after",
            Self::HaltBefore => "halt_before",
            Self::HaltAfter => "halt_after",
            Self::GarbledBefore => "garbled_before",
            Self::GarbledAfter => "garbled_after",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::ShortSessions(_) => "short_sessions",
            Self::Busy => "busy",
            Self::Stale(_) => "stale",
            Self::Slow(_) => "slow",
            Self::Failing(_) => "failing",
            Self::SmallPages(_) => "small_pages",
            Self::EmptyPages => "empty_pages",
            Self::Tampering(_) => "tampering",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
