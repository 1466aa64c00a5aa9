//! What is told to a caller whose request could not be carried out.

use serde::Serialize;

/// An error in the shape it leaves the process: what failed, on what, and what to do next.
///
/// A denial, an invalid output or a failed run is an answer and never a `Problem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable and dotted, for programs: `store.poisoned`, `crew.unknown_run`.
    pub code: &'static str,
    /// One sentence for people: what failed, on what.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// Whether the same call may succeed later without a change by the caller.
    pub retryable: bool,
}
