//! Providers that do not behave, in runs of the real binary: every attempt ends within its time, the journal has what
//! became of it in the right word, and somebody else does the step.

use std::time::{Duration, Instant};

use firstmate::crew::fold::fold;
use firstmate::domain::RunEvent;
use firstmate::domain::run::FailureClass;
use firstmate::model::faulty::{Fault, Faulty, Reply};
use serde_json::{Value, json};

use crate::bad_hosts::Host;

const ANSWER: &str = "a bridge of four words, and then some more of them to cut in the middle";
/// So long may all of it take, on a busy machine: three attempts of a second each, and the waits between them.
const BOUND: Duration = Duration::from_secs(60);
const SETTINGS: &str = "\
[crew.recovery]
attempts = 1
backoff_ms = 20
backoff_cap_ms = 40
longest_wait_ms = 100
";

/// A host whose server knows a bad provider and a good one.
fn host(bad: &Faulty, good: &Faulty, streams: bool) -> Host {
    // Two models: of one that two have, the better provider would be asked first.
    let provider = |name: &str, model: &str, url: &str| {
        format!(
            "[providers.{name}]\nkind = 'openai'\nurl = '{url}'\nmodels = ['{model}']\nstreams = {streams}\nprices = {{ {model} = {{ input = 1.0, output = 1.0 }} }}\n"
        )
    };
    let providers = provider("bad", "m", bad.url()) + &provider("good", "n", good.url());
    Host::with(&(SETTINGS.to_owned() + &providers), &[])
}

/// Two steps of the bad one; `next` does what it cannot.
fn plan(next: &str) -> Value {
    let step = |id: &str, timeout_s: u32| {
        json!({"id": id, "goal": "Say it.", "executor": "bad/m", "fallbacks": [next], "timeout_s": timeout_s,
            "max_tokens": 64, "output_kind": "text"})
    };
    json!({"steps": [step("first", 1), step("second", 1)]})
}

/// The classes of what failed, in order.
fn classes(events: &[RunEvent]) -> Vec<FailureClass> {
    let class = |event: &RunEvent| match event {
        RunEvent::StepFailed { class, .. } => Some(*class),
        _ => None,
    };
    events.iter().filter_map(class).collect()
}

/// Waits until the run needs nobody's work but the host's.
fn settled(host: &mut Host, mut reply: Value) -> Value {
    let since = Instant::now();
    while reply["status"] == "working" {
        assert!(since.elapsed() < BOUND, "{reply:#}");
        reply = host.call(json!({"run_id": reply["run_id"], "wait_s": 5}));
    }
    reply
}

#[test]
fn a_bad_provider_is_given_up_in_time_and_a_good_one_does_its_steps() {
    for fault in FAULTS {
        check(fault, true);
    }
}

#[test]
fn so_is_one_that_answers_at_once() {
    for fault in FAULTS {
        check(fault, false);
    }
}

const FAULTS: [Fault; 16] = [
    Fault::Hang,
    Fault::Stall,
    Fault::Garbage,
    Fault::Endless,
    Fault::EndlessError,
    Fault::BadUtf8,
    Fault::Cut,
    Fault::Break,
    Fault::TooShort,
    Fault::HalfJson,
    Fault::WrongType,
    Fault::Redirect,
    Fault::Reset,
    Fault::Empty,
    Fault::Unauthorized,
    Fault::Quota,
];

/// A run whose two steps fail so.
fn check(fault: Fault, streams: bool) {
    let bad = Faulty::start(move |_| Reply::Fault(fault, ANSWER.to_owned())).unwrap();
    let good = Faulty::start(|_| Reply::Answer(ANSWER.to_owned())).unwrap();
    let mut host = host(&bad, &good, streams);
    let since = Instant::now();
    let started = host.call(json!({"task": "Say it twice.", "plan": plan("good/n")}));
    let done = settled(&mut host, started);
    let took = since.elapsed();
    let at = format!("{fault:?}, in pieces: {streams}, after {took:?}");
    assert!(took < BOUND, "{at}");
    assert_eq!(done["status"], "completed", "{at}: {done:#}");
    let events = host.journal(&done);
    // What may pass is asked again once, what was cut off twice, and the rest not at all; each for both steps.
    let expected = match fault.class(streams) {
        None => vec![],
        Some(class @ FailureClass::Truncated) => vec![class; 6],
        Some(class @ (FailureClass::Authentication | FailureClass::Quota)) => vec![class; 2],
        Some(class) => vec![class; 4],
    };
    let is_endless = matches!(fault, Fault::Endless | Fault::EndlessError | Fault::Garbage);
    let mut found = classes(&events);
    for (found, class) in found.iter_mut().zip(&expected) {
        // Whether the most that is read or the time is reached first is a matter of how fast the machine is.
        if is_endless && *found == FailureClass::Timeout {
            *found = *class;
        }
    }
    assert_eq!(found, expected, "{at}");
    let by_good = if expected.is_empty() { 0 } else { 2 };
    // An account that has nothing left is left alone.
    let asked = match fault {
        Fault::Quota => 1,
        _ => expected.len().max(2 - by_good),
    };
    assert_eq!((bad.count(), good.count()), (asked, by_good), "{at}");
    let state = fold(&events).unwrap();
    assert_eq!((state.done(), state.running.len()), (2, 0), "{at}");
    assert_eq!(done["seq"], state.seq, "{at}");
    assert_eq!(done["cost"]["usd"], state.usage.usd.as_usd(), "{at}");
}

#[test]
fn where_no_provider_is_good_the_host_does_it() {
    let bad = Faulty::start(|_| Reply::Fault(Fault::Stall, ANSWER.to_owned())).unwrap();
    let good = Faulty::start(|_| Reply::Answer(ANSWER.to_owned())).unwrap();
    let mut host = host(&bad, &good, true);
    let started = host.call(json!({"task": "Say it twice.", "plan": plan("host")}));
    let first = settled(&mut host, started);
    assert_eq!(first["pending"][0]["step_id"], "first", "{first:#}");
    let second = host.hand_in(&first, "It.");
    let second = settled(&mut host, second);
    let done = host.hand_in(&second, "It, again.");
    let of = |step: &str| {
        format!(
            "started:{step} failed:{step} started:{step} failed:{step} awaiting_host:{step} result:{step}"
        )
    };
    host.told(
        &done,
        "completed",
        &format!("{} {} completed", of("first"), of("second")),
    );
    assert_eq!(classes(&host.journal(&done)), [FailureClass::Timeout; 4]);
}

#[test]
fn a_crash_while_a_provider_hangs_costs_an_attempt_and_no_more() {
    let bad = Faulty::start(|_| Reply::Fault(Fault::Hang, ANSWER.to_owned())).unwrap();
    let good = Faulty::start(|_| Reply::Answer(ANSWER.to_owned())).unwrap();
    let mut host = host(&bad, &good, true);
    let mut plan = plan("good/n");
    plan["steps"][0]["timeout_s"] = json!(60);
    let started = host.call(json!({"task": "Say it twice.", "plan": plan}));
    let since = Instant::now();
    while bad.count() == 0 {
        assert!(since.elapsed() < BOUND, "it is never asked");
        std::thread::sleep(Duration::from_millis(20));
    }
    let cancelled = {
        // The process goes while it waits; the next one asks again, and is cancelled while it does.
        let mut next = host.crash();
        while bad.count() < 2 {
            assert!(since.elapsed() < BOUND, "it does not go on");
            std::thread::sleep(Duration::from_millis(20));
        }
        let cancelled = next.call(json!({"action": "cancel", "run_id": started["run_id"]}));
        next.told(
            &cancelled,
            "cancelled",
            "started:first failed:first started:first cancelled",
        );
        assert_eq!(classes(&next.journal(&cancelled)), [FailureClass::Crash]);
        cancelled
    };
    // What may have been done is booked.
    assert!(cancelled["cost"]["usd"].as_f64().unwrap() > 0.0, "{cancelled:#}");
}
