//! Any text as money, duration, address or mark: refused, or equal after writing and reading again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use polity_model::{
    Address,
    resource::Mark,
    units::{Money, Seconds},
};

fuzz_target!(|text: &str| {
    if let Ok(money) = text.parse::<Money>() {
        assert_eq!(money.to_string().parse::<Money>().as_ref(), Ok(&money));
    }
    if let Ok(seconds) = text.parse::<Seconds>() {
        assert_eq!(seconds.to_string().parse::<Seconds>().as_ref(), Ok(&seconds));
    }
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string().parse::<Address>().as_ref(), Ok(&address));
    }
    if let Some(mark) = Mark::read(text) {
        assert_eq!(Mark::read(&mark.written()).as_ref(), Some(&mark));
    }
});
