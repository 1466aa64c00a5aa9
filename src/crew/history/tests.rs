use std::time::Duration;

use serde_json::json;

use super::*;
use crate::clock::{Clock as _, ManualClock};

fn event(clock: &ManualClock, fields: Value) -> RunEvent {
    clock.advance(Duration::from_secs(60));
    let mut fields = fields;
    fields["at"] = json!(clock.now());
    serde_json::from_value(fields).unwrap()
}

fn events() -> Vec<RunEvent> {
    let clock = ManualClock::new();
    let step = |id: &str, needs: &[&str]| json!({"id": id, "role": "worker", "goal": "Do it.", "needs": needs, "max_attempts": 3});
    let digest = Digest::of(b"done");
    let usage = json!({"usd": 0, "tokens": 1200});
    let violation = json!({"path": "line 1", "rule": "schema.required", "got": "no goal", "fix": "add it"});
    [
        json!({"event": "run_created", "principal": "ada", "task": "Do it.", "budget": {},
               "plan": {"source": "given", "strategy": "sequential", "steps": [step("spec", &[]), step("build", &["spec"])]}}),
        json!({"event": "step_awaiting_host", "step": "spec", "attempt": 1, "expires_at": "2026-01-02T00:00:00Z"}),
        json!({"event": "step_rejected", "step": "spec", "attempt": 1, "submitted": digest, "violations": [violation], "usage": usage}),
        json!({"event": "step_awaiting_host", "step": "spec", "attempt": 2, "expires_at": "2026-01-02T00:00:00Z"}),
        json!({"event": "step_result", "step": "spec", "attempt": 2, "submitted": digest, "output": digest, "bytes": 4,
               "repaired": true, "warnings": ["w"], "usage": usage}),
        json!({"event": "step_awaiting_host", "step": "build", "attempt": 1, "expires_at": "2026-01-02T00:00:00Z"}),
        json!({"event": "run_cancelled", "reason": "no longer needed"}),
    ]
    .into_iter()
    .map(|fields| event(&clock, fields))
    .collect()
}

#[test]
fn the_story_follows_from_the_events_alone() {
    let run = RunId::new("r");
    let all = events();
    let open = History::of(&run, &all[..6]).unwrap();
    assert_eq!(open.status, RunStatus::InputRequired);
    let states: Vec<_> = open.steps.iter().map(|step| step.state.as_str()).collect();
    assert_eq!(states, ["done", "waits"]);

    let history = History::of(&run, &all).unwrap();
    let [spec, build] = history.steps.as_slice() else {
        panic!("{:?}", history.steps)
    };
    assert_eq!(
        (spec.attempts, spec.by.as_deref(), spec.usage.tokens),
        (2, Some("host"), 2400)
    );
    assert_eq!(spec.sent_back[0].1[0].rule, "schema.required");
    assert!(spec.output.as_ref().unwrap().repaired);
    assert_eq!(build.state, "not_done");
    assert_eq!(history.ended.as_ref().unwrap().1, "no longer needed");
    let said: Vec<_> = history
        .timeline
        .iter()
        .map(|moment| moment.said.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "started by ada, plan given, 2 steps",
            "offered to the host",
            "sent back: schema.required at line 1: no goal, 1200 tokens",
            "offered to the host",
            "recorded, 4 bytes, repaired, with a warning, 1200 tokens",
            "offered to the host",
            "cancelled: no longer needed",
        ]
    );
    assert!(History::of(&run, &all[1..]).is_none(), "nothing starts it");
    // What a process tells another is what it knows.
    let told: History = serde_json::from_value(json!(history)).unwrap();
    assert_eq!(told, history);
}

#[test]
fn an_event_that_nobody_knows_is_told_as_it_is() {
    let fields = json!({"event": "step_pondered", "at": "2026-01-01T00:00:00Z", "step": "spec", "attempt": 3,
                        "mood": "good", "why_not": ["x"]});
    let Value::Object(fields) = fields else { panic!() };
    let mut step = StepHistory::default();
    step.take(&fields, "host");
    assert_eq!((step.state.as_str(), step.attempts), ("pondered", 3));
    let said = moment::said("step_pondered", &fields);
    assert_eq!(said, r#"pondered: mood good, why not ["x"]"#);
}

#[test]
fn models_rounds_items_and_what_was_left_out_are_told() {
    let clock = ManualClock::new();
    let digest = Digest::of(b"done");
    let is_good = json!({"step": "review", "path": "/ok", "op": "eq", "value": true});
    let usage = json!({"usd": 0, "tokens": 10});
    let step = |id: &str, needs: &[&str]| json!({"id": id, "role": "worker", "goal": "Do it.", "needs": needs, "max_attempts": 3});
    let mut review = step("review", &["draft"]);
    review["repeat"] = json!({"steps": ["draft"], "until": is_good, "max": 3});
    let mut never = step("never", &["review"]);
    never["when"] = json!({"not": is_good});
    let model = json!({"by": "model", "what": "local/big"});
    let started = |step: &str, attempt: u32| json!({"event": "step_started", "step": step, "attempt": attempt, "executor": model, "reserved": usage});
    let result = |step: &str, attempt: u32| {
        json!({"event": "step_result", "step": step, "attempt": attempt, "submitted": digest, "output": digest, "bytes": 4,
               "repaired": false, "warnings": [], "usage": usage})
    };
    let events: Vec<_> = [
        json!({"event": "run_created", "principal": "ada", "task": "Do it.", "budget": {},
               "plan": {"source": "given", "strategy": "graph", "steps": [step("draft", &[]), review, never]}}),
        started("draft", 1),
        json!({"event": "step_failed", "step": "draft", "attempt": 1, "class": "rate_limited", "message": "asked too often",
               "usage": usage, "remedy": {"do": "again", "not_before": "2026-01-01T00:05:00Z"}}),
        started("draft", 2),
        result("draft", 2),
        started("review", 1),
        result("review", 1),
        json!({"event": "decision", "step": "review", "round": 1, "holds": false, "why": "review/ok is false"}),
        json!({"event": "round_begun", "step": "review", "round": 2}),
        started("draft", 3),
        result("draft", 3),
        started("review", 2),
        result("review", 2),
        json!({"event": "decision", "step": "review", "round": 2, "holds": true, "why": "review/ok is true"}),
        json!({"event": "decision", "step": "never", "holds": false, "why": "review/ok is true"}),
        json!({"event": "step_skipped", "step": "never", "why": "its condition does not hold"}),
        json!({"event": "run_completed"}),
    ]
    .into_iter()
    .map(|fields| event(&clock, fields))
    .collect();
    let run = RunId::new("r");
    let again = History::of(&run, &events[..9]).unwrap();
    let states = |history: &History| {
        history
            .steps
            .iter()
            .map(|step| step.state.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(states(&again), ["not_due", "not_due", "not_due"]);
    let history = History::of(&run, &events).unwrap();
    assert_eq!(history.status, RunStatus::Completed);
    assert_eq!(states(&history), ["done", "done", "skipped"]);
    let draft = &history.steps[0];
    assert_eq!(
        (draft.by.as_deref(), draft.round, draft.usage.tokens),
        (Some("local/big"), 2, 30)
    );
    assert_eq!(
        draft.failures,
        [(1, "rate_limited".to_owned(), "asked too often".to_owned())]
    );
    let said: Vec<_> = history
        .timeline
        .iter()
        .map(|moment| moment.said.as_str())
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r##"
    started by ada, plan given, 3 steps
    begun by local/big
    came to nothing, rate limited: asked too often; it is tried again, 10 tokens
    begun by local/big
    recorded, 4 bytes, 10 tokens
    begun by local/big
    recorded, 4 bytes, 10 tokens
    round 1 was not enough: review/ok is false
    round 2 begins
    begun by local/big
    recorded, 4 bytes, 10 tokens
    begun by local/big
    recorded, 4 bytes, 10 tokens
    round 2 was enough: review/ok is true
    its condition does not hold: review/ok is true
    left out: its condition does not hold
    completed
    "##);
}
