use crate::shell::*;
pub(crate) enum What {
    All,
    Check,
    Plan,
}
pub(crate) fn run(_: What) -> Outcome {
    Ok(())
}
