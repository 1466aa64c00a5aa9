//! What is remembered of a run: who did what in how many attempts, what these took, and how it ended. Pure, over its
//! events.

use super::attempts::Kind;
use super::samples::Sample;
use crate::domain::run::{Executor, FailureClass, Remedy, Strategy, Usage};
use crate::domain::{
    Digest, LessonId, MicroUsd, Plan, PlanStep, RunEvent, RunId, StepId, TaskType, Timestamp,
};
use crate::store::Seq;

/// Most attempts of a step that are remembered.
const MOST_ATTEMPTS: usize = 32;
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

impl StepDigest {
    fn of(step: &PlanStep) -> Self {
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
    fn item(parent: &Self, n: usize) -> Self {
        Self {
            id: StepId::new(format!("{}.{n}", parent.id)),
            attempts: Vec::new(),
            results: 0,
            output: None,
            ..parent.clone()
        }
    }

    fn begin(&mut self, number: u32, by: &str, begun: Timestamp) {
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

    fn replaced(&mut self, number: u32) {
        let attempt = self.attempts.iter_mut().rev();
        if let Some(attempt) = attempt.into_iter().find(|known| known.number == number) {
            attempt.gone = true;
        }
    }

    fn end(&mut self, number: u32, at: Timestamp, usage: Usage, end: AttemptEnd) -> Option<Finished> {
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
