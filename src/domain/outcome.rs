//! What routing learns from: which model was chosen for what, and how it went.

use serde::{Deserialize, Serialize};

use super::{RouteId, TaskType, Timestamp};

/// A routing decision, remembered so that an outcome can refer to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteRecord {
    /// The decision's id.
    pub id: RouteId,
    /// The kind of work it was taken for.
    pub task_type: TaskType,
    /// Difficulty bucket 0..=4; `None` when the task gave no signal.
    pub difficulty_bucket: Option<u8>,
    /// The chosen model.
    pub model: String,
    /// When it was taken.
    pub at: Timestamp,
}

/// How a routed piece of work went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The routing decision or run it belongs to.
    pub reference: String,
    /// The kind of work.
    pub task_type: TaskType,
    /// Difficulty bucket 0..=4; `None` when the task gave no signal.
    pub difficulty_bucket: Option<u8>,
    /// The model that did it.
    pub model: String,
    /// How well, in 0..1.
    pub reward: f64,
    /// How much to trust it, in 0..1: a test or a person 1, a retry or an override 0.5.
    pub weight: f64,
    /// When it was recorded.
    pub at: Timestamp,
}
