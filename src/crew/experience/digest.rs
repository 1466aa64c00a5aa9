//! What is remembered of a run: who did what in how many attempts, what these took, and how it ended. Pure, over its
//! events.

use super::attempts::Kind;
use super::samples::Sample;
use crate::domain::run::{Executor, Remedy, Strategy};
use crate::domain::{MicroUsd, Plan, RunEvent, RunId, StepId, TaskType, Timestamp};
use crate::store::Seq;

mod step;

pub(in crate::crew) use step::{AttemptEnd, StepDigest, planned};

/// The host, and a person, in place of a model's name.
pub(in crate::crew) const HOST: &str = "host";
const PERSON: &str = "a person";

/// A run in short.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::crew) struct RunDigest {
    pub(in crate::crew) run: RunId,
    /// The number of the last event that is in it.
    pub(in crate::crew) seq: Seq,
    /// Its template, or `given`.
    pub(in crate::crew) source: String,
    pub(in crate::crew) strategy: Strategy,
    pub(in crate::crew) task_type: TaskType,
    pub(in crate::crew) started_at: Timestamp,
    pub(in crate::crew) touched_at: Timestamp,
    /// How it ended.
    pub(in crate::crew) end: Option<Ended>,
    pub(in crate::crew) usd: MicroUsd,
    /// In the order of the plan, those for items last.
    pub(in crate::crew) steps: Vec<StepDigest>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::crew) enum Ended {
    Completed,
    Failed,
    /// Somebody stopped it, a budget or policy did: it says nothing of how the work was done.
    Stopped,
}

/// A finished attempt as [`super::attempts::Attempts`] takes it: role, by whom, and what it took.
pub(super) type Finished = (String, String, Sample);

impl RunDigest {
    /// Of a run's events, with what its attempts took; nothing when none of them starts a run.
    pub(super) fn of(
        run: &RunId,
        events: &[RunEvent],
        task_type: impl Fn(&str) -> TaskType,
    ) -> Option<(Self, Vec<Finished>)> {
        let mut digest: Option<Self> = None;
        let mut finished = Vec::new();
        for (seq, event) in (1..).zip(events) {
            match (&mut digest, event) {
                (Some(digest), event) => finished.extend(digest.take(event)),
                (None, RunEvent::RunCreated { at, task, plan, .. }) => {
                    let kind = plan.task_type.unwrap_or_else(|| task_type(task));
                    digest = Some(Self::begun(run, seq, *at, plan, kind));
                }
                (None, _) => {}
            }
        }
        digest.map(|digest| (digest, finished))
    }

    fn begun(run: &RunId, seq: Seq, at: Timestamp, plan: &Plan, task_type: TaskType) -> Self {
        Self {
            run: run.clone(),
            seq,
            source: plan.source.clone(),
            strategy: plan.strategy,
            task_type,
            started_at: at,
            touched_at: at,
            end: None,
            usd: MicroUsd::ZERO,
            steps: plan.steps.iter().map(StepDigest::of).collect(),
        }
    }

    /// Takes the next event in; an attempt that it finished.
    pub(super) fn take(&mut self, event: &RunEvent) -> Option<Finished> {
        self.seq += 1;
        self.touched_at = event.at();
        match event {
            RunEvent::StepAwaitingHost {
                at,
                step,
                attempt,
                lessons,
                ..
            } => {
                let step = self.step(step)?;
                let by = if step.by == PERSON { PERSON } else { HOST };
                step.begin(*attempt, by, *at);
                step.lessons
                    .extend(lessons.iter().map(|lesson| lesson.id.clone()));
                None
            }
            RunEvent::StepStarted {
                at,
                step,
                attempt,
                executor,
                lessons,
                ..
            } => {
                let step = self.step(step)?;
                step.begin(*attempt, doer(executor), *at);
                step.lessons
                    .extend(lessons.iter().map(|lesson| lesson.id.clone()));
                None
            }
            RunEvent::StepResult {
                at,
                step,
                attempt,
                output,
                usage,
                notes,
                ..
            } => {
                self.usd = self.usd.saturating_add(usage.usd);
                let step = self.step(step)?;
                step.results = step.results.saturating_add(1);
                step.output = Some(*output);
                step.noted |= !notes.is_empty();
                step.end(*attempt, *at, *usage, AttemptEnd::Passed)
            }
            RunEvent::StepRejected {
                at,
                step,
                attempt,
                violations,
                usage,
                ..
            } => {
                self.usd = self.usd.saturating_add(usage.usd);
                let first = violations.first();
                let end = AttemptEnd::SentBack {
                    rule: first.map(|first| first.rule.clone()).unwrap_or_default(),
                    fix: first.map(|first| first.fix.clone()).unwrap_or_default(),
                };
                self.step(step)?.end(*attempt, *at, *usage, end)
            }
            RunEvent::StepHedged {
                at,
                step,
                attempt,
                executor,
                ..
            } => {
                self.step(step)?.begin(*attempt, doer(executor), *at);
                None
            }
            RunEvent::StepDropped {
                at,
                step,
                attempt,
                class,
                usage,
                ..
            } => {
                self.usd = self.usd.saturating_add(usage.usd);
                let end = class.map_or(AttemptEnd::Outrun, AttemptEnd::Failed);
                self.step(step)?.end(*attempt, *at, *usage, end)
            }
            RunEvent::StepFailed {
                at,
                step,
                attempt,
                class,
                usage,
                remedy,
                ..
            } => {
                self.usd = self.usd.saturating_add(usage.usd);
                let step = self.step(step)?;
                if *remedy == Remedy::Fallback {
                    step.replaced(*attempt);
                }
                step.end(*attempt, *at, *usage, AttemptEnd::Failed(*class))
            }
            RunEvent::Decision {
                step,
                round: Some(_),
                holds: false,
                ..
            } => {
                let step = self.step(step)?;
                step.went_on = step.went_on.saturating_add(1);
                None
            }
            RunEvent::Expanded { step, items, .. } => {
                let parent = self.step(step)?.clone();
                self.steps
                    .extend((1..=items.len()).map(|n| StepDigest::item(&parent, n)));
                None
            }
            RunEvent::RunResumed { .. } => {
                self.end = None;
                None
            }
            RunEvent::RunCompleted { .. } => {
                self.end = Some(Ended::Completed);
                None
            }
            RunEvent::RunFailed { class, .. } => {
                let stopped = ["denied", super::super::fold::OVER_BUDGET].contains(&class.as_str());
                self.end = Some(if stopped { Ended::Stopped } else { Ended::Failed });
                None
            }
            RunEvent::RunCancelled { .. } => {
                self.end = Some(Ended::Stopped);
                None
            }
            _ => None,
        }
    }

    fn step(&mut self, id: &StepId) -> Option<&mut StepDigest> {
        self.steps.iter_mut().find(|step| step.id == *id)
    }

    /// How long it took so far, in seconds.
    pub(in crate::crew) fn seconds(&self) -> f64 {
        between(self.started_at, self.touched_at)
    }
}

/// Who does a step, in a word.
pub(in crate::crew) fn doer(executor: &Executor) -> &str {
    match executor {
        Executor::Host => HOST,
        Executor::Model(model) => model,
        Executor::Approval => PERSON,
        Executor::Check(check) => check.name(),
        Executor::Crew(template) => template,
        Executor::Join => "join",
    }
}

/// Whether somebody does it whose time counts.
pub(in crate::crew) fn takes_time(executor: &Executor) -> bool {
    !matches!(executor, Executor::Check(_) | Executor::Join | Executor::Crew(_))
}

/// The same of somebody as [`doer`] names them.
pub(in crate::crew) fn takes_time_by(by: &str) -> bool {
    [HOST, PERSON].contains(&by) || by.contains('/')
}

pub(in crate::crew) fn kind<'a>(role: &'a str, by: &'a str, task_type: TaskType) -> Kind<'a> {
    Kind { role, by, task_type }
}

fn between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}
