use proptest::prelude::*;

use super::*;
use crate::crew::plan;
use crate::crew::token::Claims;
use crate::domain::lesson::Provenance;
use crate::domain::{LessonId, MicroUsd, RunBudget, RunId, RunStatus, Trust};

const STEPS: [&str; 4] = ["a", "b", "c", "nowhere"];

fn created() -> RunEvent {
    let plan = plan::parse(&serde_json::json!([
        {"id": "a", "goal": "a"}, {"id": "b", "goal": "b"}, {"id": "c", "goal": "c", "needs": ["a", "b"]},
    ]));
    RunEvent::RunCreated {
        at: Timestamp::UNIX_EPOCH,
        principal: "ada".to_owned(),
        task: "t".to_owned(),
        plan: plan.unwrap(),
        budget: RunBudget::default(),
    }
}

fn offered(step: &str, attempt: u32) -> RunEvent {
    let at = Timestamp::UNIX_EPOCH;
    RunEvent::StepAwaitingHost {
        at,
        step: StepId::new(step),
        attempt,
        expires_at: Timestamp::MAX,
        lessons: Vec::new(),
    }
}

fn taken(step: &str, attempt: u32) -> RunEvent {
    RunEvent::StepResult {
        at: Timestamp::UNIX_EPOCH,
        step: StepId::new(step),
        attempt,
        submitted: Digest::of(b"s"),
        output: Digest::of(b"o"),
        bytes: 1,
        repaired: false,
        warnings: Vec::new(),
        usage: Usage {
            usd: MicroUsd(u64::MAX),
            tokens: u64::MAX,
            output: u64::MAX,
        },
        notes: Vec::new(),
        via: None,
    }
}

fn rejected(step: &str, attempt: u32) -> RunEvent {
    RunEvent::StepRejected {
        at: Timestamp::UNIX_EPOCH,
        step: StepId::new(step),
        attempt,
        submitted: Digest::of(b"s"),
        violations: Vec::new(),
        usage: Usage {
            usd: MicroUsd(1),
            tokens: 1,
            output: 0,
        },
    }
}

fn begun(step: &str, attempt: u32) -> RunEvent {
    RunEvent::StepStarted {
        at: Timestamp::UNIX_EPOCH,
        step: StepId::new(step),
        attempt,
        executor: Executor::Model("a/first".to_owned()),
        reserved: Usage::default(),
        lessons: Vec::new(),
    }
}

fn hedged(step: &str, attempt: u32) -> RunEvent {
    RunEvent::StepHedged {
        at: Timestamp::UNIX_EPOCH,
        step: StepId::new(step),
        attempt,
        executor: Executor::Model("b/second".to_owned()),
        reserved: Usage::default(),
        why: String::new(),
    }
}

fn dropped(step: &str, attempt: u32) -> RunEvent {
    RunEvent::StepDropped {
        at: Timestamp::UNIX_EPOCH,
        step: StepId::new(step),
        attempt,
        class: None,
        message: String::new(),
        usage: Usage::default(),
    }
}

/// Any event, sensible or not.
fn any_event() -> impl Strategy<Value = RunEvent> {
    let at = Timestamp::UNIX_EPOCH;
    let step = prop::sample::select(STEPS.as_slice());
    prop_oneof![
        1 => Just(created()),
        6 => (step.clone(), 0..4u32).prop_map(|(step, attempt)| offered(step, attempt)),
        6 => (step.clone(), 0..4u32).prop_map(|(step, attempt)| taken(step, attempt)),
        4 => (step.clone(), 0..4u32).prop_map(|(step, attempt)| rejected(step, attempt)),
        2 => (step.clone(), 0..4u32).prop_map(|(step, attempt)| begun(step, attempt)),
        2 => (step.clone(), 0..5u32).prop_map(|(step, attempt)| hedged(step, attempt)),
        2 => (step.clone(), 0..5u32).prop_map(|(step, attempt)| dropped(step, attempt)),
        1 => Just(RunEvent::RunResumed { at, budget: RunBudget { max_steps: Some(9), ..RunBudget::default() } }),
        1 => Just(RunEvent::RunCompleted { at }),
        1 => Just(RunEvent::RunFailed { at, class: OVER_BUDGET.to_owned(), reason: String::new() }),
        1 => Just(RunEvent::RunFailed { at, class: "denied".to_owned(), reason: String::new() }),
        1 => Just(RunEvent::RunCancelled { at, reason: String::new() }),
    ]
}

/// What holds for every state, however it came about.
fn check(state: &RunState, seq: usize) {
    assert_eq!(state.seq, seq as u64);
    assert_eq!(
        state.status() == RunStatus::Completed,
        state.end == Some(End::Completed)
    );
    if state.end == Some(End::Completed) {
        assert_eq!(
            state.done(),
            state.steps.len(),
            "completed only when every step has a result"
        );
    }
    for (n, running) in state.running.iter().enumerate() {
        let beside = state.running[..n]
            .iter()
            .filter(|other| other.step == running.step);
        assert!(beside.clone().count() <= 1, "at most two side by side");
        assert!(
            beside.clone().all(|other| other.attempt != running.attempt),
            "each attempt is made once"
        );
    }
    for offer in state.awaiting() {
        let step = &state.plan.steps[offer.step];
        assert!(
            state.end.is_none() && state.result(&step.id).is_none(),
            "nothing done is asked for again"
        );
        assert!(
            step.needs.iter().all(|need| state.result(need).is_some()),
            "nothing is asked for too early"
        );
    }
    for (step, state) in state
        .plan
        .steps
        .iter()
        .zip(&state.steps)
        .filter(|(_, state)| state.result.is_some())
    {
        assert!(!step.id.as_str().is_empty() && state.rejections.len() == state.failed as usize);
    }
    // One answer for an offer, and one offer for a token.
    for offer in &state.offers {
        let claims = Claims {
            run: RunId::new("r"),
            step: state.plan.steps[offer.step].id.clone(),
            attempt: offer.attempt,
            seq: offer.seq,
            expires_s: 0,
        };
        let answered = matches!(state.standing(&claims), Standing::Answered(_));
        assert_eq!(answered, offer.answer.is_some());
        assert_eq!(
            state.standing(&Claims {
                seq: offer.seq + 1_000,
                ..claims
            }),
            Standing::NeverMade
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn every_prefix_of_every_sequence_of_events_is_a_state(events in prop::collection::vec(any_event(), 0..60)) {
        for n in 0..=events.len() {
            match fold(&events[..n]) {
                Some(state) => check(&state, n),
                None => prop_assert!(!events[..n].contains(&created())),
            }
        }
    }

    #[test]
    fn folding_on_is_folding_anew(events in prop::collection::vec(any_event(), 0..40), at in 0usize..40) {
        let events: Vec<_> = std::iter::once(created()).chain(events).collect();
        let at = at.clamp(1, events.len());
        let mut state = fold(&events[..at]).unwrap();
        events[at..].iter().for_each(|event| state.apply(event));
        prop_assert_eq!(Some(state), fold(&events));
    }

    #[test]
    fn a_stored_event_reads_back(event in any_event()) {
        let text = serde_json::to_string(&event).unwrap();
        prop_assert_eq!(serde_json::from_str::<RunEvent>(&text).unwrap(), event);
    }
}

#[test]
fn a_step_is_recorded_once_and_only_after_an_offer() {
    let done = |events: &[RunEvent]| fold(events).unwrap().done();
    assert_eq!(done(&[created(), taken("a", 1)]), 0, "never offered");
    assert_eq!(done(&[created(), offered("b", 1), taken("b", 1)]), 0, "not due");
    assert_eq!(
        done(&[created(), offered("a", 1), taken("a", 2)]),
        0,
        "another attempt"
    );
    assert_eq!(done(&[created(), offered("a", 1), taken("a", 1)]), 1);
    assert_eq!(
        done(&[created(), offered("a", 1), rejected("a", 1), taken("a", 1)]),
        0,
        "answered already"
    );
}

#[test]
fn only_a_run_over_its_budget_can_be_reopened() {
    let failed = |class: &str| RunEvent::RunFailed {
        at: Timestamp::UNIX_EPOCH,
        class: class.to_owned(),
        reason: String::new(),
    };
    let resumed = RunEvent::RunResumed {
        at: Timestamp::UNIX_EPOCH,
        budget: RunBudget::default(),
    };
    let end = |class: &str| fold(&[created(), failed(class), resumed.clone()]).unwrap().end;
    assert_eq!(end(OVER_BUDGET), None);
    assert!(matches!(end("denied"), Some(End::Failed { .. })));
}

#[test]
fn stored_events_of_the_first_format_keep_loading() {
    // Written by the first version; lessons, notes and estimates were added without a new format.
    let stored = r#"{"event":"step_awaiting_host","at":"2026-01-01T00:00:00Z","step":"a","attempt":1,"expires_at":"2026-01-02T00:00:00Z"}"#;
    assert!(
        matches!(serde_json::from_str(stored).unwrap(), RunEvent::StepAwaitingHost { lessons, .. } if lessons.is_empty())
    );
    let lesson = QuotedLesson {
        id: LessonId::new("l"),
        title: "t".to_owned(),
        text: "x".to_owned(),
        trust: Trust::Unverified,
        provenance: Provenance::default(),
    };
    let RunEvent::StepAwaitingHost {
        at,
        step,
        attempt,
        expires_at,
        ..
    } = offered("a", 1)
    else {
        unreachable!()
    };
    let event = RunEvent::StepAwaitingHost {
        at,
        step,
        attempt,
        expires_at,
        lessons: vec![lesson],
    };
    let text = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::from_str::<RunEvent>(&text).unwrap(), event);
}
