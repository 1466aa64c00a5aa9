//! What is remembered of a step, and of each attempt at it.

use super::{Finished, between, doer};
use crate::crew::experience::samples::Sample;
use crate::domain::run::{FailureClass, Usage};
use crate::domain::{Digest, LessonId, MicroUsd, PlanStep, StepId, Timestamp};

/// Most attempts of a step that are remembered.
const MOST_ATTEMPTS: usize = 32;

/// A step in short.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::crew) struct StepDigest {
    pub(in crate::crew) id: StepId,
    pub(in crate::crew) role: String,
    pub(in crate::crew) needs: Vec<StepId>,
    /// Who does it by the plan.
    pub(in crate::crew) by: String,
    /// Whether it has a condition that decides whether its work is done again.
    pub(in crate::crew) repeats: bool,
    /// How often its repetition was not enough.
    pub(in crate::crew) went_on: u32,
    /// The latest of its attempts.
    pub(in crate::crew) attempts: Vec<Attempt>,
    /// How often it came to a result.
    pub(in crate::crew) results: u32,
    /// Its latest output.
    pub(in crate::crew) output: Option<Digest>,
    /// Whether anything in it was handed to all later steps.
    pub(in crate::crew) noted: bool,
    pub(in crate::crew) lessons: Vec<LessonId>,
}

/// An attempt in short.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::crew) struct Attempt {
    number: u32,
    pub(in crate::crew) by: String,
    begun: Timestamp,
    pub(in crate::crew) usd: MicroUsd,
    pub(in crate::crew) end: AttemptEnd,
    /// Whether another took over after it.
    pub(in crate::crew) gone: bool,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::crew) enum AttemptEnd {
    Open,
    Passed,
    /// Its output was sent back for breaking this rule, which is mended like this.
    SentBack {
        rule: String,
        fix: String,
    },
    /// Another was done first.
    Outrun,
    /// It came to nothing.
    Failed(FailureClass),
}

impl StepDigest {
    pub(super) fn of(step: &PlanStep) -> Self {
        Self {
            id: step.id.clone(),
            role: step.role.clone(),
            needs: step.needs.clone(),
            by: doer(&step.executor).to_owned(),
            repeats: step.repeat.is_some(),
            went_on: 0,
            attempts: Vec::new(),
            results: 0,
            output: None,
            noted: false,
            lessons: Vec::new(),
        }
    }

    /// The `n`th of those that were made of a step for each item.
    pub(super) fn item(parent: &Self, n: usize) -> Self {
        Self {
            id: StepId::new(format!("{}.{n}", parent.id)),
            attempts: Vec::new(),
            results: 0,
            output: None,
            ..parent.clone()
        }
    }

    pub(super) fn begin(&mut self, number: u32, by: &str, begun: Timestamp) {
        // An offer made again is the same attempt.
        if self
            .attempts
            .iter()
            .any(|known| known.number == number && known.end == AttemptEnd::Open)
        {
            return;
        }
        if self.attempts.len() >= MOST_ATTEMPTS {
            self.attempts.remove(0);
        }
        self.attempts.push(Attempt {
            number,
            by: by.to_owned(),
            begun,
            usd: MicroUsd::ZERO,
            end: AttemptEnd::Open,
            gone: false,
        });
    }

    pub(super) fn replaced(&mut self, number: u32) {
        let attempt = self.attempts.iter_mut().rev();
        if let Some(attempt) = attempt.into_iter().find(|known| known.number == number) {
            attempt.gone = true;
        }
    }

    pub(super) fn end(
        &mut self,
        number: u32,
        at: Timestamp,
        usage: Usage,
        end: AttemptEnd,
    ) -> Option<Finished> {
        let is_it = |known: &&mut Attempt| known.number == number;
        let attempt = self.attempts.iter_mut().rev().find(is_it)?;
        if attempt.end != AttemptEnd::Open {
            // It says what is done about outputs that were sent back.
            return None;
        }
        attempt.usd = usage.usd;
        attempt.end = end;
        let seconds = between(attempt.begun, at);
        let (seconds, passed) = match &attempt.end {
            // One that was outrun took at least so long, and may have gone well.
            AttemptEnd::Passed | AttemptEnd::Outrun => (seconds, true),
            AttemptEnd::SentBack { .. } | AttemptEnd::Failed(FailureClass::InvalidOutput) => (seconds, false),
            // How long it would have taken nobody knows, only that it is more.
            AttemptEnd::Failed(FailureClass::Timeout) => (seconds * 2.0, false),
            AttemptEnd::Failed(_) | AttemptEnd::Open => return None,
        };
        let split = usage.output > 0;
        let sample = Sample {
            at,
            seconds,
            question: split.then(|| usage.tokens.saturating_sub(usage.output)),
            answer: split.then_some(usage.output),
            usd: usage.usd,
            passed,
        };
        Some((self.role.clone(), attempt.by.clone(), sample))
    }

    /// Whether every output of it was taken at once.
    pub(in crate::crew) fn went_well(&self) -> bool {
        self.results > 0 && !self.was_sent_back()
    }

    /// Whether an output of it was judged at all.
    pub(in crate::crew) fn was_judged(&self) -> bool {
        self.results > 0 || self.was_sent_back()
    }

    fn was_sent_back(&self) -> bool {
        self.attempts
            .iter()
            .any(|attempt| matches!(attempt.end, AttemptEnd::SentBack { .. }))
    }

    /// The name in the template of a step that was made for an item.
    pub(in crate::crew) fn planned(&self) -> &str {
        planned(self.id.as_str())
    }

    /// What all its attempts cost.
    pub(in crate::crew) fn usd(&self) -> MicroUsd {
        self.attempts
            .iter()
            .fold(MicroUsd::ZERO, |sum, attempt| sum.saturating_add(attempt.usd))
    }
}

/// `each` for `each.3`, a step made for an item; others as they are.
pub(in crate::crew) fn planned(id: &str) -> &str {
    match id.rsplit_once('.') {
        Some((parent, n)) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => parent,
        _ => id,
    }
}
