//! The words of the field, as plain values: no IO, no clock, no async, no protocol.
//!
//! Every other module speaks in these types; nothing here knows how a value arrives or where it is kept.

pub mod action;
pub mod audit;
pub mod decision;
pub mod delivery;
pub mod entity;
pub mod id;
pub mod lesson;
pub mod model;
pub mod money;
pub mod offer;
pub mod outcome;
pub mod pin;
pub mod problem;
pub mod run;
pub mod scope;
pub mod task;
pub mod verdict;

pub use action::{Action, ActionKind, Actor, Destination, Label};
pub use audit::{ActionResult, AuditEntry, AuditOutcome, AuditRecord, AuditRef};
pub use decision::{Decision, DenialClass, Effect, MatchedRule, Retry};
pub use delivery::{Delivery, Topic};
pub use entity::{Entity, EntityKind, UnknownEntity};
pub use id::{Digest, LessonId, RouteId, RunId, StepId};
pub use lesson::{Lesson, LessonKind, LessonState, Trust};
pub use model::{LongPromptPrice, ModelCard, Tokens};
pub use money::MicroUsd;
pub use offer::Offer;
pub use outcome::{Evidence, Forecast, Outcome, RouteRecord};
pub use pin::Pin;
pub use problem::Problem;
pub use run::{Plan, PlanStep, RunBudget, RunEvent, RunStatus};
pub use scope::Scope;
pub use task::{Stakes, TaskType};
pub use verdict::{Artifact, Finding, Severity, Validation, Verdict};

/// A point in time, written as RFC 3339 in UTC wherever it leaves the process.
pub type Timestamp = jiff::Timestamp;
