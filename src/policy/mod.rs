//! What an agent may do: facts are taken from an action once, rules judge the facts, and the decision is
//! recorded before it is answered.
//!
//! Read in this order: [`facts`] (with the detectors in [`detect`]), [`pack`], [`eval`], [`gate`].
//! Rules never see content and detectors never see rules, so a decision can be explained by its facts and
//! judged again from them. Nothing here runs, sends or stores what it judges.

pub mod backtest;
pub mod bundle;
pub mod canonical;
pub mod detect;
pub mod error;
pub mod eval;
pub mod facts;
pub mod gate;
pub mod glob;
pub mod history;
mod index;
pub mod outgoing;
pub mod pack;
pub mod redact;
pub mod rego;
pub mod report;
pub mod suggest;

pub use bundle::{Bundle, RuleInfo};
pub use error::Error;
pub use facts::Facts;
pub use gate::{Checked, Gate, Pending, Permit, Receipt};
pub use pack::Source;

#[cfg(test)]
mod tests;
