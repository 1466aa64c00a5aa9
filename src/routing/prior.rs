//! What is thought of a model before anything was seen of it: log-odds by type, falling with difficulty.
//!
//! One slope is shared by all models (the one-parameter model of item response theory), so that a new model
//! needs one number: its class, or the chance that a task of middling difficulty succeeds.

use crate::domain::{ModelCard, TaskType};

/// How many types of task there are, `general` among them.
pub(super) const TYPES: usize = 9;
/// Neither certainty is ever reached.
pub(super) const P_RANGE: (f64, f64) = (0.01, 0.99);
/// Log-odds a model loses from the easiest to the hardest task.
const SLOPE: f64 = 4.0;

/// What kind of work something is: one of the eight types, and with it the place of a type of the project's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) task_type: TaskType,
    pub(super) custom: Option<usize>,
}

/// 0..=4, or `None` for no signal.
pub(super) type Bucket = Option<u8>;

/// How many buckets there are, that of no signal among them.
pub(super) const BUCKETS: usize = 6;

/// The place of a bucket; no signal comes last.
pub(super) fn place(bucket: Bucket) -> usize {
    bucket.map_or(BUCKETS - 1, usize::from)
}

/// The chance of success by type and bucket. No signal counts as middling.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prior {
    by_type: [[f64; BUCKETS]; TYPES],
    /// Over all types.
    whole: [f64; BUCKETS],
}

impl Prior {
    pub(super) fn of(card: &ModelCard) -> Self {
        let whole = by_bucket(card.strength);
        let mut by_type = [whole; TYPES];
        for (task_type, strength) in &card.strengths {
            if let Some(place) = by_type.get_mut(*task_type as usize) {
                *place = by_bucket(*strength);
            }
        }
        Self { by_type, whole }
    }

    /// The chance of success at a type and difficulty.
    pub(super) fn at(&self, task_type: TaskType, bucket: Bucket) -> f64 {
        let of_type = self.by_type.get(task_type as usize);
        let chance = of_type.and_then(|of_type| of_type.get(place(bucket)));
        chance.copied().unwrap_or_else(|| self.anywhere(bucket))
    }

    /// The chance of success at a difficulty, whatever the type.
    pub(super) fn anywhere(&self, bucket: Bucket) -> f64 {
        self.whole.get(place(bucket)).copied().unwrap_or_default()
    }
}

/// What a strength at middling difficulty is at each.
fn by_bucket(strength: f64) -> [f64; BUCKETS] {
    let buckets = [Some(0), Some(1), Some(2), Some(3), Some(4), None];
    buckets.map(|bucket| chance(log_odds(strength) - lost_at(bucket)))
}

/// What `strength` is of a class of models, `at` a type, becomes for a model of strength `own`: as far above or
/// below in log-odds as the class.
pub(super) fn shifted(at: f64, strength: f64, own: f64) -> f64 {
    chance(log_odds(at) - log_odds(strength) + log_odds(own)).clamp(P_RANGE.0, P_RANGE.1)
}

fn lost_at(bucket: Bucket) -> f64 {
    let difficulty = bucket.map_or(0.5, |bucket| 0.1 + 0.2 * f64::from(bucket.min(4)));
    SLOPE * (difficulty - 0.5)
}

fn log_odds(chance: f64) -> f64 {
    let chance = chance.clamp(P_RANGE.0, P_RANGE.1);
    (chance / (1.0 - chance)).ln()
}

fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
