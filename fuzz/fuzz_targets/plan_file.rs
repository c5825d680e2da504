//! Any bytes as a saved plan: refused, or read such that writing and reading again gives the same plan.
#![no_main]

use libfuzzer_sys::fuzz_target;
use polity_model::plan::Plan;

fuzz_target!(|bytes: &[u8]| {
    let Ok(plan) = serde_json::from_slice::<Plan>(bytes) else { return };
    let digest = plan.digest();
    let Ok(written) = serde_json::to_vec(&plan) else { panic!("a plan that was read cannot be written") };
    let Ok(again) = serde_json::from_slice::<Plan>(&written) else { panic!("a plan that was written cannot be read") };
    assert_eq!(plan, again);
    assert_eq!(digest, again.digest());
});
