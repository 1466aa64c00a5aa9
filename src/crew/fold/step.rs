//! Where a step stands.

use crate::domain::run::{Executor, FailureClass, Note, QuotedLesson, Remedy, Violation};
use crate::domain::{Digest, PlanStep, Timestamp};

/// Where a step stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StepState {
    /// How many outputs of its executor were sent back in this round.
    pub failed: u32,
    /// Each output that was sent back in this round: its attempt, its digest and what was wrong with it.
    pub rejections: Vec<(u32, Digest, Vec<Violation>)>,
    /// Each attempt of this round that came to no output: what kind of failure it was, and in words.
    pub failures: Vec<(FailureClass, String)>,
    /// What it was given of earlier lessons.
    pub lessons: Vec<QuotedLesson>,
    /// What it came to, once it has.
    pub result: Option<StepResult>,
    /// Why it is left out, if it is.
    pub skipped: Option<String>,
    /// Whether its condition holds, once it was looked at.
    pub decided: Option<bool>,
    /// Which round of its repetition it is in; 1 for the first.
    pub round: u32,
    /// Whether this round was enough, once that was looked at.
    pub enough: Option<bool>,
    /// What it came to in earlier rounds.
    pub earlier: Vec<StepResult>,
    /// Whether steps for its items are in the plan.
    pub expanded: bool,
    /// Who does it now.
    pub executor: Executor,
    /// How many of its fallbacks were taken.
    pub fallbacks: usize,
    /// Not to be begun before.
    pub not_before: Option<Timestamp>,
    /// How often what it is given was halved.
    pub shrunk: u32,
    /// How often the room for its answer was doubled.
    pub extended: u32,
    /// Whether it was asked in other words.
    pub rephrased: bool,
    /// Whether nothing helps any more.
    pub given_up: bool,
    /// The number of its latest attempt.
    pub begun: u32,
    /// Its open offer.
    pub(super) offer: Option<usize>,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    /// The attempt that succeeded.
    pub attempt: u32,
    /// SHA-256 of the kept output.
    pub output: Digest,
    /// Its size.
    pub bytes: u64,
    /// Whether something unambiguous was mended in it.
    pub repaired: bool,
    /// What is known to be less than perfect.
    pub warnings: Vec<String>,
    /// What others have to know of it.
    pub notes: Vec<Note>,
}

impl StepState {
    pub(super) fn of(step: &PlanStep) -> Self {
        Self {
            failed: 0,
            rejections: Vec::new(),
            failures: Vec::new(),
            lessons: Vec::new(),
            result: None,
            skipped: None,
            decided: None,
            round: 1,
            enough: None,
            earlier: Vec::new(),
            expanded: false,
            executor: step.executor.clone(),
            fallbacks: 0,
            not_before: None,
            shrunk: 0,
            extended: 0,
            rephrased: false,
            given_up: false,
            begun: 0,
            offer: None,
        }
    }

    /// As at the beginning of a round, knowing what it came to before.
    pub(super) fn anew(&mut self, step: &PlanStep, round: u32) {
        let mut earlier = std::mem::take(&mut self.earlier);
        earlier.extend(self.result.take());
        *self = Self {
            earlier,
            round,
            begun: self.begun,
            lessons: std::mem::take(&mut self.lessons),
            ..Self::of(step)
        };
    }

    /// Takes over what is done about a failure.
    pub(super) fn follow(&mut self, remedy: Remedy, fallbacks: &[Executor]) {
        match remedy {
            Remedy::Again { not_before } => self.not_before = Some(not_before),
            Remedy::Shrink => self.shrunk = self.shrunk.saturating_add(1),
            Remedy::Extend => self.extended = self.extended.saturating_add(1),
            Remedy::Rephrase => self.rephrased = true,
            Remedy::Fallback => match fallbacks.get(self.fallbacks) {
                Some(next) => {
                    self.executor = next.clone();
                    self.fallbacks += 1;
                    self.failed = 0;
                    self.failures.clear();
                    self.not_before = None;
                    self.rephrased = false;
                }
                None => self.given_up = true,
            },
            Remedy::GiveUp => self.given_up = true,
        }
    }

    /// Whether it has a result or is left out, in this round.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.result.is_some() || self.skipped.is_some()
    }
}
