//! Where a run stands, and what can be asked of it.

use std::sync::Arc;

use super::OVER_BUDGET;
use super::places::Places;
use super::step::{StepResult, StepState};
use crate::crew::token::Claims;
use crate::domain::run::{Executor, Strategy, Usage, Violation};
use crate::domain::{Digest, MicroUsd, Plan, PlanStep, RunBudget, RunStatus, StepId, Timestamp};
use crate::store::Seq;

/// Where a run stands. A clone shares what does not change.
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
    /// What is to be done; steps for items stand at the end.
    pub plan: Arc<Plan>,
    /// What it may use.
    pub budget: RunBudget,
    /// One for each step of the plan, in its order.
    pub steps: Vec<Arc<StepState>>,
    /// Every offer of a step that was ever made, oldest first.
    pub offers: Vec<Offer>,
    /// What the server itself is doing.
    pub running: Vec<Running>,
    /// What it has used, as far as that is known.
    pub usage: Usage,
    /// How many attempts came to an end.
    pub submissions: u32,
    /// How it ended, once it has.
    pub end: Option<End>,
    pub(super) places: Arc<Places>,
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

/// An attempt that the server is making, or was making when the process ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// The step's place in the plan.
    pub step: usize,
    /// 1 for the first try.
    pub attempt: u32,
    /// Who does it.
    pub executor: Executor,
    /// What is set aside for it.
    pub reserved: Usage,
    /// Since when.
    pub since: Timestamp,
    /// Whether it was begun beside another that was slow.
    pub hedge: bool,
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
    /// Every step has a result, or was left out for a reason that is written down.
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
        let open = self.steps.iter().filter(|_| self.end.is_none());
        open.filter_map(|step| self.offers.get(step.offer?))
    }

    /// What became of the offer that a genuine token names.
    #[must_use]
    pub fn standing(&self, claims: &Claims) -> Standing<'_> {
        let named = |offer: &&Offer| {
            offer.attempt == claims.attempt
                && self
                    .plan
                    .steps
                    .get(offer.step)
                    .is_some_and(|step| step.id == claims.step)
        };
        let at = self.offers.binary_search_by_key(&claims.seq, |offer| offer.seq);
        match at.ok().and_then(|at| self.offers.get(at)).filter(named) {
            None => Standing::NeverMade,
            Some(offer) => match &offer.answer {
                Some(answer) => Standing::Answered(answer),
                None if self.awaiting().any(|open| open.seq == offer.seq) => Standing::Open(offer),
                None => Standing::Withdrawn,
            },
        }
    }

    /// The steps that could be begun, in the plan's order: all they need is there, and nobody is at them. One after the
    /// other, where that is the strategy.
    pub fn due(&self) -> impl Iterator<Item = usize> {
        let one = self.plan.strategy == Strategy::Sequential;
        let busy = one && (!self.running.is_empty() || self.awaiting().next().is_some());
        let most = if one { 1 } else { usize::MAX };
        let due = (0..self.steps.len()).filter(|index| self.is_due(*index) && !self.is_open(*index));
        due.take(if busy { 0 } else { most })
    }

    /// Whether a step may be done: it has not been, and everything it needs is there.
    pub(super) fn is_due(&self, index: usize) -> bool {
        let (Some(Some(needs)), Some(state)) = (self.places.needs.get(index), self.steps.get(index)) else {
            return false;
        };
        self.end.is_none() && !state.is_over() && needs.iter().all(|need| self.is_handed_to(*need, index))
    }

    /// Whether `to` may go on with what `need` came to. A step that is repeated is there for those outside once its
    /// repetition has an end.
    fn is_handed_to(&self, need: usize, to: usize) -> bool {
        let over = self.steps.get(need).is_some_and(|state| state.is_over());
        match self.places.owners.get(&need) {
            Some(owner) if self.places.owners.get(&to) != Some(owner) => over && self.is_settled(*owner),
            _ => over,
        }
    }

    /// Whether a step has come to its end, with all its rounds.
    #[must_use]
    pub fn is_settled(&self, index: usize) -> bool {
        let (Some(step), Some(state)) = (self.plan.steps.get(index), self.steps.get(index)) else {
            return false;
        };
        match &step.repeat {
            Some(repeat) if state.result.is_some() => match state.enough {
                None => false,
                Some(true) => true,
                Some(false) => repeat.go_on && state.round >= repeat.max,
            },
            _ => state.is_over(),
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        (0..self.steps.len()).all(|index| self.is_settled(index))
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

    /// What is set aside for what is open.
    #[must_use]
    pub fn reserved(&self) -> Usage {
        let offered = self.awaiting().filter_map(|offer| {
            let usd = self.plan.steps.get(offer.step)?.estimate?;
            Some(Usage {
                usd,
                ..Usage::default()
            })
        });
        let running = self.running.iter().map(|running| running.reserved);
        offered.chain(running).fold(Usage::default(), |sum, one| Usage {
            usd: MicroUsd::saturating_add(sum.usd, one.usd),
            tokens: sum.tokens.saturating_add(one.tokens),
            output: sum.output.saturating_add(one.output),
        })
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

    /// The steps that a repetition does again, with their latest result of an earlier round, for a step in it.
    pub(in crate::crew) fn board(&self, index: usize) -> impl Iterator<Item = (&PlanStep, u32, &StepResult)> {
        let owners = &self.places.owners;
        let owner = owners.get(&index).copied();
        let members =
            (0..self.steps.len()).filter(move |other| owner.is_some() && owners.get(other) == owner.as_ref());
        members.filter_map(|member| {
            let state = self.steps.get(member)?;
            let latest = state.earlier.last()?;
            // What it came to in this round is among the needs where it is needed.
            Some((
                self.plan.steps.get(member)?,
                state.round.saturating_sub(1),
                latest,
            ))
        })
    }

    pub(in crate::crew) fn index(&self, id: &StepId) -> Option<usize> {
        self.places.of.get(id).copied()
    }

    /// Whether nothing has to follow from an attempt that comes to nothing: it is a second one, and the first goes on or
    /// will be made again.
    pub(in crate::crew) fn goes_on_without(&self, attempt: &Running) -> bool {
        let others = self
            .running
            .iter()
            .any(|other| other.step == attempt.step && other.attempt != attempt.attempt);
        let turn = self.steps.get(attempt.step).map(|step| &step.executor);
        attempt.hedge && (others || turn != Some(&attempt.executor))
    }

    /// Whether the server is making this attempt.
    pub(in crate::crew) fn is_running(&self, (step, attempt): &(StepId, u32)) -> bool {
        let step = self.index(step);
        let is_it = |running: &Running| Some(running.step) == step && running.attempt == *attempt;
        self.running.iter().any(is_it)
    }

    /// Whether somebody is at a step.
    pub(in crate::crew) fn is_open(&self, index: usize) -> bool {
        self.open_offer(index).is_some() || self.running.iter().any(|running| running.step == index)
    }

    pub(super) fn open_offer(&self, index: usize) -> Option<usize> {
        self.steps.get(index).filter(|_| self.end.is_none())?.offer
    }
}
