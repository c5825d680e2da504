use crate::shell::*;
pub(crate) fn run() -> Outcome {
    Ok(())
}
