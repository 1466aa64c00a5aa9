//! Where a run stands, and what can be asked of it.

use super::OVER_BUDGET;
use crate::crew::token::Claims;
use crate::domain::run::{QuotedLesson, Usage, Violation};
use crate::domain::{Digest, MicroUsd, Plan, PlanStep, RunBudget, RunStatus, StepId, Timestamp};
use crate::store::Seq;

/// Where a run stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RunState {
    /// The number of the last event.
    pub seq: Seq,
    /// When it was started.
    pub started_at: Timestamp,
    /// When its last event happened.
    pub touched_at: Timestamp,
    /// Who started it.
    pub principal: String,
    /// What it is about.
    pub task: String,
    /// What is to be done.
    pub plan: Plan,
    /// What it may use.
    pub budget: RunBudget,
    /// One for each step of the plan, in its order.
    pub steps: Vec<StepState>,
    /// Every offer of a step that was ever made, oldest first.
    pub offers: Vec<Offer>,
    /// What it has used, as far as that is known.
    pub usage: Usage,
    /// How many submissions were judged.
    pub submissions: u32,
    /// How it ended, once it has.
    pub end: Option<End>,
}

/// Where a step stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepState {
    /// How many submissions failed.
    pub failed: u32,
    /// Each failed submission: its attempt, its digest and what was wrong with it.
    pub rejections: Vec<(u32, Digest, Vec<Violation>)>,
    /// What it was given of earlier lessons.
    pub lessons: Vec<QuotedLesson>,
    /// What it came to, once it has.
    pub result: Option<StepResult>,
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
}

/// A step that was put before the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The number of the event that made it.
    pub seq: Seq,
    /// The step's place in the plan.
    pub step: usize,
    /// 1 for the first try.
    pub attempt: u32,
    /// Until when its token is taken.
    pub expires_at: Timestamp,
    /// What was handed in on it.
    pub answer: Option<Answer>,
}

/// What was handed in on an offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// SHA-256 of the output as submitted.
    pub submitted: Digest,
    /// What was wrong with it; empty when it was taken.
    pub violations: Vec<Violation>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Every step has a result.
    Completed,
    /// It could not go on.
    Failed {
        /// Why, in a stable word.
        class: String,
        /// Why, in words.
        reason: String,
    },
    /// Somebody stopped it.
    Cancelled {
        /// Why, in words.
        reason: String,
    },
}

/// What the journal knows about the offer that a token names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'a> {
    /// It waits for an output.
    Open(&'a Offer),
    /// Something was handed in on it.
    Answered(&'a Answer),
    /// A newer offer of the same step has taken its place, or the run has ended.
    Withdrawn,
    /// It was never made: the step is not due.
    NeverMade,
}

impl RunState {
    /// Where it stands, in a word.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        match &self.end {
            Some(End::Completed) => RunStatus::Completed,
            Some(End::Failed { .. }) => RunStatus::Failed,
            Some(End::Cancelled { .. }) => RunStatus::Cancelled,
            None if self.awaiting().next().is_some() => RunStatus::InputRequired,
            None => RunStatus::Working,
        }
    }

    /// The offers that wait for an output.
    pub fn awaiting(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(|offer| self.is_open(offer))
    }

    /// What became of the offer that a genuine token names.
    #[must_use]
    pub fn standing(&self, claims: &Claims) -> Standing<'_> {
        let named = |offer: &&Offer| {
            offer.seq == claims.seq
                && offer.attempt == claims.attempt
                && self
                    .plan
                    .steps
                    .get(offer.step)
                    .is_some_and(|step| step.id == claims.step)
        };
        match self.offers.iter().find(named) {
            None => Standing::NeverMade,
            Some(offer) => match &offer.answer {
                Some(answer) => Standing::Answered(answer),
                None if self.is_open(offer) => Standing::Open(offer),
                None => Standing::Withdrawn,
            },
        }
    }

    /// The first step in the plan's order that has no result although all it needs have one.
    #[must_use]
    pub fn ready(&self) -> Option<(usize, &PlanStep)> {
        let ready = |(index, step): &(usize, &PlanStep)| {
            self.steps.get(*index).is_some_and(|state| state.result.is_none())
                && step.needs.iter().all(|need| self.result(need).is_some())
        };
        self.plan.steps.iter().enumerate().find(ready)
    }

    /// What step `id` came to.
    #[must_use]
    pub fn result(&self, id: &StepId) -> Option<&StepResult> {
        self.steps.get(self.index(id)?)?.result.as_ref()
    }

    /// How many steps have a result.
    #[must_use]
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.result.is_some()).count()
    }

    /// What is set aside for the offers that wait.
    #[must_use]
    pub fn reserved(&self) -> MicroUsd {
        self.awaiting()
            .filter_map(|offer| self.plan.steps.get(offer.step)?.estimate)
            .fold(MicroUsd::ZERO, MicroUsd::saturating_add)
    }

    /// Whether a resumption has something to resume.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        match &self.end {
            None => true,
            Some(End::Failed { class, .. }) => class == OVER_BUDGET,
            Some(_) => false,
        }
    }

    pub(super) fn index(&self, id: &StepId) -> Option<usize> {
        self.plan.steps.iter().position(|step| step.id == *id)
    }

    pub(super) fn is_open(&self, offer: &Offer) -> bool {
        let newest = self.offers.iter().rev().find(|other| other.step == offer.step);
        self.end.is_none()
            && offer.answer.is_none()
            && newest.is_some_and(|newest| newest.seq == offer.seq)
            && self
                .steps
                .get(offer.step)
                .is_some_and(|step| step.result.is_none())
    }
}
