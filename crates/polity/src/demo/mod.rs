//! What `polity demo` is made of: a stage on which the real commands run, what is shown of their output, and the hands
//! that tamper. `commands/demo.rs` is the story.

pub(crate) mod excerpt;
pub(crate) mod hands;
pub(crate) mod stage;
