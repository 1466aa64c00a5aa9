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
            "recorded, 4 bytes, repaired, 1 warnings, 1200 tokens",
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
                        "model": "big", "why_not": ["x"]});
    let Value::Object(fields) = fields else { panic!() };
    let mut step = StepHistory::default();
    step.take(&fields);
    assert_eq!(
        (step.state.as_str(), step.by.as_deref(), step.attempts),
        ("pondered", Some("big"), 3)
    );
    assert_eq!(
        moment::said("step_pondered", &fields),
        r#"pondered: model big, why not ["x"]"#
    );
}
