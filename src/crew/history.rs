//! A run as a person follows it: where each step stands, who did what, what was sent back and why, and when.
//!
//! Everything in it is from the run's events. They are read by their names and fields as they are stored, so that
//! a kind of event that nobody here knows is told as it is instead of breaking the story.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fold::{End, RunState, fold};
use super::reply::Expected;
use super::suggest::Suggestion;
use super::{Crews, Error};
use crate::domain::run::{Executor, FailureClass, Strategy, Usage, Violation};
use crate::domain::{Digest, LessonId, RunBudget, RunEvent, RunId, RunStatus, Scope, Timestamp};
use crate::store::Seq;

mod moment;
mod read;

pub use moment::Moment;
pub use read::{Listed, Row, Told};

/// The story of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The run.
    pub run_id: RunId,
    /// Where it stands.
    pub status: RunStatus,
    /// How it ended, unless it was completed or goes on: a stable word, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<(String, String)>,
    /// What it is about.
    pub task: String,
    /// The template it follows, or `given`.
    pub plan: String,
    /// The order of its steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// How the plan came about.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Who started it.
    pub principal: String,
    /// When it was started.
    pub started_at: Timestamp,
    /// When its last event happened.
    pub touched_at: Timestamp,
    /// What it may use.
    pub budget: RunBudget,
    /// What it used, as far as that is known.
    pub usage: Usage,
    /// What is expected of the rest, where earlier runs say something of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// How many outputs were judged.
    pub submissions: u32,
    /// Its steps, in the order of the plan.
    pub steps: Vec<StepHistory>,
    /// Everything that happened, in order.
    pub timeline: Vec<Moment>,
    /// What the runs of its plan suggest to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
}

/// The story of a step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepHistory {
    /// Its name in the plan.
    pub id: String,
    /// In which role it is done.
    pub role: String,
    /// The steps it works with.
    pub needs: Vec<String>,
    /// Where it stands: `not_due`, `waits`, `runs`, `sent_back`, `failed`, `skipped`, `done`, `not_done`, or what was
    /// last said of it.
    pub state: String,
    /// Who does it, or did it last: `host`, `provider/model`, a tool of the server, `a person`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The round of its repetition; 0 where it is not repeated.
    pub round: u64,
    /// Why it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// The number of the last attempt; 0 before the first.
    pub attempts: u32,
    /// How many there may be.
    pub max_attempts: u32,
    /// When it was first offered or begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// When its output was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// The recorded output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputHistory>,
    /// What was sent back, oldest first: the attempt, and what was to be mended.
    pub sent_back: Vec<(u32, Vec<Violation>)>,
    /// Attempts that came to no output, oldest first: the attempt, what kind of failure it was, and in words.
    pub failures: Vec<(u32, String, String)>,
    /// The lessons it was given, with their titles.
    pub lessons: Vec<(LessonId, String)>,
    /// What it took, as far as that was reported.
    pub usage: Usage,
}

/// A recorded output, without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputHistory {
    /// SHA-256 of it.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Whether something unambiguous was mended in it.
    #[serde(default)]
    pub repaired: bool,
    /// What is known to be less than perfect.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl History {
    /// The story that `events` tell; `None` when none of them starts a run.
    #[must_use]
    pub fn of(run: &RunId, events: &[RunEvent]) -> Option<Self> {
        let state = fold(events)?;
        let timeline: Vec<Moment> = (1..)
            .zip(events)
            .map(|(seq, event)| Moment::of(seq, event))
            .collect();
        let ended = match &state.end {
            Some(End::Failed { class, reason }) => Some((class.clone(), reason.clone())),
            Some(End::Cancelled { reason }) => Some(("cancelled".to_owned(), reason.clone())),
            Some(End::Completed) | None => None,
        };
        Some(Self {
            run_id: run.clone(),
            status: state.status(),
            ended,
            steps: steps(&state, events),
            task: state.task,
            plan: state.plan.source.clone(),
            strategy: Some(state.plan.strategy),
            notes: state.plan.notes.clone(),
            principal: state.principal,
            started_at: state.started_at,
            touched_at: state.touched_at,
            budget: state.budget,
            usage: state.usage,
            expected: None,
            submissions: state.submissions,
            timeline,
            suggestions: Vec::new(),
        })
    }

    /// How many steps are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.state == DONE).count()
    }
}

const DONE: &str = "done";
const NOT_DUE: &str = "not_due";

/// The steps of the plan, then those that only events name.
fn steps(state: &RunState, events: &[RunEvent]) -> Vec<StepHistory> {
    let planned = state.plan.steps.iter().map(|step| StepHistory {
        id: step.id.to_string(),
        role: step.role.clone(),
        needs: step.needs.iter().map(ToString::to_string).collect(),
        state: NOT_DUE.to_owned(),
        round: u64::from(step.repeat.is_some()),
        max_attempts: step.max_attempts,
        ..StepHistory::default()
    });
    let mut steps: Vec<StepHistory> = planned.collect();
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    place.extend(steps.iter().enumerate().map(|(at, step)| (step.id.clone(), at)));
    for event in events {
        let event = moment::fields(event);
        let Some(id) = event.get("step").and_then(Value::as_str) else {
            continue;
        };
        let at = *place.entry(id.to_owned()).or_insert_with(|| {
            steps.push(StepHistory {
                id: id.to_owned(),
                ..StepHistory::default()
            });
            steps.len() - 1
        });
        let planned = state.plan.steps.get(at);
        if let Some(round) = event.get("round").and_then(Value::as_u64)
            && event.get("event").and_then(Value::as_str) == Some("round_begun")
        {
            let repeat = planned.and_then(|step| step.repeat.as_ref());
            let members = repeat.into_iter().flat_map(|repeat| &repeat.steps);
            let members = members
                .filter_map(|id| place.get(id.as_str()).copied())
                .chain([at]);
            for member in members {
                if let Some(step) = steps.get_mut(member) {
                    NOT_DUE.clone_into(&mut step.state);
                    step.round = round;
                    step.output = None;
                    step.done_at = None;
                }
            }
            continue;
        }
        if let Some(step) = steps.get_mut(at) {
            step.take(&event, planned.map_or("host", |step| doer(&step.executor)));
        }
    }
    if state.end.is_some() {
        for step in &mut steps {
            if OPEN.contains(&step.state.as_str()) {
                "not_done".clone_into(&mut step.state);
            }
        }
    }
    steps
}

/// States of a step that somebody is at, or shall be.
const OPEN: [&str; 3] = ["waits", "sent_back", "runs"];

fn doer(executor: &Executor) -> &str {
    match executor {
        Executor::Host => "host",
        Executor::Model(model) => model,
        Executor::Check(check) => check.name(),
        Executor::Approval => "a person",
        Executor::Join | Executor::Crew(_) => "the server",
    }
}

impl StepHistory {
    /// Takes in an event of this step, which by the plan is done by `planned`.
    fn take(&mut self, event: &serde_json::Map<String, Value>, planned: &str) {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let at: Option<Timestamp> = text("at").and_then(|at| at.parse().ok());
        let kind = text("event").unwrap_or_default();
        let Some(what) = kind.strip_prefix("step_") else {
            // It is about the plan, not about where the step stands.
            return;
        };
        if let Some(attempt) = event.get("attempt").and_then(Value::as_u64)
            && what != "dropped"
        {
            self.attempts = u32::try_from(attempt).unwrap_or(u32::MAX);
        }
        if self.began_at.is_none() {
            self.began_at = at;
        }
        if let Some(usage) = read::<Usage>(event, "usage") {
            self.usage.usd = self.usage.usd.saturating_add(usage.usd);
            self.usage.tokens = self.usage.tokens.saturating_add(usage.tokens);
        }
        let lessons = event.get("lessons").and_then(Value::as_array);
        for lesson in lessons.into_iter().flatten() {
            let field = |name| lesson.get(name).and_then(Value::as_str).unwrap_or_default();
            self.lessons
                .push((LessonId::new(field("id")), field("title").to_owned()));
        }
        match what {
            "awaiting_host" => {
                "waits".clone_into(&mut self.state);
                self.by = Some(planned.to_owned());
            }
            "started" => {
                "runs".clone_into(&mut self.state);
                let by = read::<Executor>(event, "executor");
                self.by = by.as_ref().map(doer).map(str::to_owned);
            }
            // The other has the result, or goes on.
            "hedged" | "dropped" => {}
            "failed" => {
                "failed".clone_into(&mut self.state);
                let class = read::<FailureClass>(event, "class").map_or("", FailureClass::name);
                let message = text("message").unwrap_or_default();
                self.failures
                    .push((self.attempts, class.to_owned(), message.to_owned()));
            }
            "skipped" => {
                "skipped".clone_into(&mut self.state);
                self.skipped = text("why").map(str::to_owned);
            }
            "result" => {
                DONE.clone_into(&mut self.state);
                self.by.get_or_insert_with(|| planned.to_owned());
                self.done_at = at;
                self.output = serde_json::from_value(Value::Object(renamed(event))).ok();
            }
            "rejected" => {
                "sent_back".clone_into(&mut self.state);
                let violations = read(event, "violations").unwrap_or_default();
                self.sent_back.push((self.attempts, violations));
            }
            // What comes after a result says nothing about the step any more.
            _ if self.output.is_some() => {}
            what => what.clone_into(&mut self.state),
        }
    }
}

/// The fields of an output, from those of the event that recorded it.
fn renamed(event: &serde_json::Map<String, Value>) -> serde_json::Map<String, Value> {
    let names = [
        ("sha256", "output"),
        ("bytes", "bytes"),
        ("repaired", "repaired"),
        ("warnings", "warnings"),
    ];
    let field = |(to, from): (&str, &str)| Some((to.to_owned(), event.get(from)?.clone()));
    names.into_iter().filter_map(field).collect()
}

fn read<T: serde::de::DeserializeOwned>(event: &serde_json::Map<String, Value>, name: &str) -> Option<T> {
    serde_json::from_value(event.get(name)?.clone()).ok()
}

#[cfg(test)]
mod tests;
