//! What receivers are told of a run: written in the same change as the events that it is about. Pure.
//!
//! A message holds digests and links. What a step came to stands in it only for who asked for that, and never all of a
//! long output.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::error::word;
use super::fold::{End, RunState};
use super::handoff::{brief, cut};
use super::hooks::{Hooks, Subscription};
use crate::domain::run::Executor;
use crate::domain::{Delivery, PlanStep, RunEvent, Scope, StepId, Timestamp, Topic};
use crate::store::Seq;

/// Longest output in a message, in bytes.
const MAX_OUTPUT: usize = 16_384;
/// Longest text of anything else.
const MAX_TEXT: usize = 300;

/// What is worth a message.
struct Notice {
    seq: Seq,
    topic: Topic,
    at: Timestamp,
    data: Map<String, Value>,
    /// What a step came to.
    output: Option<String>,
}

/// The messages about what `draft` adds to its run, for each who wants to know of it.
pub(super) fn of(hooks: &Hooks, scope: &Scope, draft: &Draft) -> Vec<Delivery> {
    if hooks.subscriptions.is_empty() {
        return Vec::new();
    }
    let notices = noticed(draft);
    let mut deliveries = Vec::new();
    for notice in &notices {
        let wants = |who: &&Subscription| who.topics.contains(&notice.topic);
        for who in hooks.subscriptions.iter().filter(wants) {
            deliveries.push(Delivery {
                id: format!("msg_{}_{}", draft.run, notice.seq),
                receiver: who.receiver.clone(),
                run: draft.run.clone(),
                principal: draft.state.principal.clone(),
                topic: notice.topic,
                at: notice.at,
                body: body(hooks, scope, draft, notice, who.include_outputs),
                tries: 0,
                due: Some(notice.at),
                last_failure: None,
                gone: false,
            });
        }
    }
    deliveries
}

fn body(hooks: &Hooks, scope: &Scope, draft: &Draft, notice: &Notice, with_output: bool) -> String {
    let state = &draft.state;
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    put("run_id", json!(draft.run));
    put("seq", json!(notice.seq));
    put("project", json!(scope.project()));
    put("task", json!(brief(&state.task, MAX_TEXT)));
    put("plan", json!(state.plan.source));
    put("status", json!(word(state.status())));
    let skipped = state.steps.iter().filter(|step| step.skipped.is_some()).count();
    let (done, total) = (state.done(), state.steps.len());
    put(
        "progress",
        json!({"done": done, "total": total, "skipped": skipped}),
    );
    put("uri", json!(format!("firstmate://run/{}", draft.run)));
    if let Some(url) = &hooks.url {
        put("url", json!(format!("{url}/hooks/v1/runs/{}", draft.run)));
    }
    if let Some(End::Failed { class, reason }) = &state.end {
        put(
            "ended",
            json!({"class": class, "reason": brief(reason, MAX_TEXT)}),
        );
    }
    if let Some(End::Cancelled { reason }) = &state.end {
        put(
            "ended",
            json!({"class": "cancelled", "reason": brief(reason, MAX_TEXT)}),
        );
    }
    data.extend(notice.data.clone());
    if let (true, Some(output), Some(Value::Object(of))) =
        (with_output, &notice.output, data.get_mut("output"))
    {
        let text = cut(output, MAX_OUTPUT);
        of.insert("text".to_owned(), json!(text));
        of.insert("whole".to_owned(), json!(text.len() == output.len()));
    }
    json!({"type": notice.topic.name(), "timestamp": notice.at, "data": data}).to_string()
}

fn noticed(draft: &Draft) -> Vec<Notice> {
    let state = &draft.state;
    let mut notices: Vec<Notice> = Vec::new();
    let mut waits: Option<Notice> = None;
    for (seq, event) in draft.numbered() {
        let of = |topic, data| Notice {
            seq,
            topic,
            at: event.at(),
            data,
            output: None,
        };
        match event {
            RunEvent::RunCompleted { .. } => notices.push(of(Topic::RunCompleted, Map::new())),
            RunEvent::RunFailed { .. } => notices.push(of(Topic::RunFailed, Map::new())),
            RunEvent::RunCancelled { .. } => notices.push(of(Topic::RunCancelled, Map::new())),
            RunEvent::StepAwaitingHost {
                step,
                attempt,
                expires_at,
                ..
            } => {
                let mut told = told(state, step, *attempt);
                told.insert("expires_at".to_owned(), json!(expires_at));
                if executor(state, step) == Some(&Executor::Approval) {
                    let goal = planned(state, step).map_or("", |step| &step.goal);
                    told.insert("goal".to_owned(), json!(brief(goal, MAX_TEXT)));
                    notices.push(of(Topic::ApprovalAsked, named("step", Value::Object(told))));
                    continue;
                }
                // Several steps that wait at once are one reason to come and look.
                let one = waits.get_or_insert_with(|| of(Topic::RunInputRequired, named("steps", json!([]))));
                (one.seq, one.at) = (seq, event.at());
                if let Some(Value::Array(steps)) = one.data.get_mut("steps") {
                    steps.push(Value::Object(told));
                }
            }
            RunEvent::StepResult {
                step,
                attempt,
                output,
                bytes,
                repaired,
                ..
            } => {
                let uri = format!("firstmate://run/{}/step/{step}", draft.run);
                let mut data = named("step", Value::Object(told(state, step, *attempt)));
                let of_output = json!({"sha256": output, "bytes": bytes, "repaired": repaired, "uri": uri});
                data.insert("output".to_owned(), of_output);
                let text = draft.blob(output).map(String::from_utf8_lossy);
                notices.push(Notice {
                    output: text.map(String::from),
                    ..of(Topic::StepCompleted, data)
                });
            }
            RunEvent::StepFailed {
                step,
                attempt,
                class,
                message,
                remedy,
                ..
            } => {
                let failure =
                    json!({"class": class.name(), "message": brief(message, MAX_TEXT), "then": remedy});
                notices.push(of(Topic::StepFailed, failed(state, step, *attempt, failure)));
            }
            RunEvent::StepRejected {
                step,
                attempt,
                violations,
                ..
            } => {
                let rules: Vec<_> = violations.iter().map(|violation| &violation.rule).collect();
                let failure =
                    json!({"class": "invalid_output", "message": "its output was sent back", "rules": rules});
                notices.push(of(Topic::StepFailed, failed(state, step, *attempt, failure)));
            }
            RunEvent::RunCreated { .. }
            | RunEvent::StepStarted { .. }
            | RunEvent::StepHedged { .. }
            | RunEvent::StepDropped { .. }
            | RunEvent::StepSkipped { .. }
            | RunEvent::Decision { .. }
            | RunEvent::RoundBegun { .. }
            | RunEvent::Expanded { .. }
            | RunEvent::RunResumed { .. } => {}
        }
    }
    notices.extend(waits);
    notices
}

fn failed(state: &RunState, step: &StepId, attempt: u32, failure: Value) -> Map<String, Value> {
    let mut data = named("step", Value::Object(told(state, step, attempt)));
    data.insert("failure".to_owned(), failure);
    data
}

fn named(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

fn told(state: &RunState, id: &StepId, attempt: u32) -> Map<String, Value> {
    let mut told = named("step_id", json!(id));
    if let Some(step) = planned(state, id) {
        told.insert("role".to_owned(), json!(step.role));
    }
    told.insert("attempt".to_owned(), json!(attempt));
    told
}

fn planned<'a>(state: &'a RunState, id: &StepId) -> Option<&'a PlanStep> {
    state.plan.steps.get(state.index(id)?)
}

fn executor<'a>(state: &'a RunState, id: &StepId) -> Option<&'a Executor> {
    Some(&state.steps.get(state.index(id)?)?.executor)
}
