//! A run as a person follows it: where each step stands, who did what, what was sent back and why, and when.
//!
//! Everything in it is from the run's events. They are read by their names and fields as they are stored, so that
//! a kind of event that nobody here knows is told as it is instead of breaking the story.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fold::{End, RunState, fold};
use super::{Crews, Error};
use crate::domain::run::{Usage, Violation};
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
    /// How many outputs were judged.
    pub submissions: u32,
    /// Its steps, in the order of the plan.
    pub steps: Vec<StepHistory>,
    /// Everything that happened, in order.
    pub timeline: Vec<Moment>,
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
    /// Where it stands: `not_due`, `waits`, `sent_back`, `done`, or what was last said of it.
    pub state: String,
    /// Who does it: `host`, or what the events name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
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
            plan: state.plan.source,
            notes: state.plan.notes,
            principal: state.principal,
            started_at: state.started_at,
            touched_at: state.touched_at,
            budget: state.budget,
            usage: state.usage,
            submissions: state.submissions,
            timeline,
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
        if let Some(step) = steps.get_mut(at) {
            step.take(&event);
        }
    }
    if state.end.is_some() {
        for step in &mut steps {
            if ["waits", "sent_back"].contains(&step.state.as_str()) {
                "not_done".clone_into(&mut step.state);
            }
        }
    }
    steps
}

impl StepHistory {
    /// Takes in an event of this step.
    fn take(&mut self, event: &serde_json::Map<String, Value>) {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let at: Option<Timestamp> = text("at").and_then(|at| at.parse().ok());
        let kind = text("event").unwrap_or_default();
        if let Some(attempt) = event.get("attempt").and_then(Value::as_u64) {
            self.attempts = u32::try_from(attempt).unwrap_or(u32::MAX);
        }
        if self.began_at.is_none() {
            self.began_at = at;
        }
        if let Some(usage) = read::<Usage>(event, "usage") {
            self.usage.usd = self.usage.usd.saturating_add(usage.usd);
            self.usage.tokens = self.usage.tokens.saturating_add(usage.tokens);
        }
        if let Some(by) = text("model").or(text("executor")) {
            self.by = Some(by.to_owned());
        }
        match kind {
            "step_awaiting_host" => {
                "waits".clone_into(&mut self.state);
                self.by.get_or_insert_with(|| "host".to_owned());
                let lessons = event.get("lessons").and_then(Value::as_array);
                for lesson in lessons.into_iter().flatten() {
                    let field = |name| lesson.get(name).and_then(Value::as_str).unwrap_or_default();
                    self.lessons
                        .push((LessonId::new(field("id")), field("title").to_owned()));
                }
            }
            "step_result" => {
                DONE.clone_into(&mut self.state);
                self.done_at = at;
                self.output = serde_json::from_value(Value::Object(renamed(event))).ok();
            }
            "step_rejected" => {
                "sent_back".clone_into(&mut self.state);
                let violations = read(event, "violations").unwrap_or_default();
                self.sent_back.push((self.attempts, violations));
            }
            // What comes after a result says nothing about the step any more.
            _ if self.output.is_some() => {}
            kind => kind
                .strip_prefix("step_")
                .unwrap_or(kind)
                .clone_into(&mut self.state),
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
