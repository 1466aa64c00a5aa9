//! Text that lost its thread: it runs in a circle, says the same again, or breaks its own structure.
//!
//! There is no number for coherence: those that need no model tell a shuffled text from its original as well as a
//! coin does. A sentence that is off topic is not looked for either, and `coverage` says so.

mod circle;
mod repeats;
mod structure;

pub(super) use circle::check;
pub(super) use repeats::{lines, sentences};
pub(super) use structure::structure;
