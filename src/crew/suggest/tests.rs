//! Each rule speaks where it should, and is silent where one thing is otherwise.

use serde_json::{Value, json};

use super::*;
use crate::crew::plan;
use crate::domain::run::{Executor, FailureClass, Remedy, Usage, Violation};
use crate::domain::{MicroUsd, RunBudget, RunEvent, TaskType, Timestamp};

/// What happens to a step.
#[derive(Clone)]
enum Did {
    /// Its output is taken; what it cost in millionths of a dollar.
    Passes(&'static str, &'static str, u64),
    SentBack(&'static str, &'static str),
    Gone(&'static str, &'static str, FailureClass),
    GoesOn(&'static str),
}
use Did::{GoesOn, Gone, Passes, SentBack};

fn events(plan: &Value, did: &[Did]) -> Vec<RunEvent> {
    let at = Timestamp::UNIX_EPOCH;
    let mut events = vec![RunEvent::RunCreated {
        at,
        principal: "ada".to_owned(),
        task: "Do it.".to_owned(),
        plan: plan::parse(plan).unwrap(),
        budget: RunBudget::default(),
    }];
    for (attempt, did) in (1..).zip(did) {
        let begun = |step: &str, by: &str| RunEvent::StepStarted {
            at,
            step: StepId::new(step),
            attempt,
            executor: match by {
                "host" => Executor::Host,
                model => Executor::Model(model.to_owned()),
            },
            reserved: Usage::default(),
            lessons: Vec::new(),
        };
        let digest = Digest::of(b"x");
        events.extend(match did {
            Passes(step, by, usd) => vec![
                begun(step, by),
                RunEvent::StepResult {
                    at,
                    step: StepId::new(*step),
                    attempt,
                    submitted: digest,
                    output: digest,
                    bytes: 1,
                    repaired: false,
                    warnings: Vec::new(),
                    usage: Usage {
                        usd: MicroUsd(*usd),
                        ..Usage::default()
                    },
                    notes: Vec::new(),
                    via: None,
                },
            ],
            SentBack(step, rule) => vec![
                begun(step, "host"),
                RunEvent::StepRejected {
                    at,
                    step: StepId::new(*step),
                    attempt,
                    submitted: digest,
                    violations: vec![Violation {
                        path: String::new(),
                        rule: (*rule).to_owned(),
                        got: "nothing".to_owned(),
                        fix: "name the file of each change".to_owned(),
                    }],
                    usage: Usage::default(),
                },
            ],
            Gone(step, by, class) => vec![
                begun(step, by),
                RunEvent::StepFailed {
                    at,
                    step: StepId::new(*step),
                    attempt,
                    class: *class,
                    message: String::new(),
                    usage: Usage::default(),
                    remedy: Remedy::Fallback,
                },
            ],
            GoesOn(step) => vec![RunEvent::Decision {
                at,
                step: StepId::new(*step),
                round: Some(1),
                holds: false,
                why: String::new(),
            }],
        });
    }
    events.push(RunEvent::RunCompleted { at });
    events
}

/// `build`, which `review` looks at.
fn reviewed() -> Value {
    json!([{"id": "build", "goal": "Build."}, {"id": "review", "role": "reviewer", "goal": "Review.", "needs": ["build"]}])
}

/// What so many runs of a plan suggest, each as `did` says; in each of them reviews found something, or nothing, or did
/// not say.
fn suggested(
    plan: &Value,
    runs: usize,
    did: impl Fn(usize) -> Vec<Did>,
    found: Option<bool>,
) -> Vec<Suggestion> {
    let mut past = Past::default();
    let mut known = Found::new();
    for n in 0..runs {
        let run = RunId::new(format!("r{n}"));
        past.add(&run, &events(plan, &did(n)), |_| TaskType::General);
        if let Some(found) = found {
            known.insert((run, StepId::new("review")), found);
        }
    }
    rules::all(&past, "given", &known)
}

fn names(suggestions: &[Suggestion]) -> Vec<&str> {
    suggestions.iter().map(|one| one.rule.as_str()).collect()
}

fn both() -> Vec<Did> {
    vec![Passes("build", "host", 0), Passes("review", "host", 0)]
}

#[test]
fn a_review_that_never_finds_anything_is_named_with_its_runs() {
    let idle = suggested(&reviewed(), 9, |_| both(), Some(false));
    let [one] = idle.as_slice() else {
        panic!("{idle:?}")
    };
    assert_eq!(
        (one.rule.as_str(), one.step.as_deref(), one.seen, one.of),
        ("idle_review", Some("review"), 9, 9)
    );
    assert_eq!(
        one.text,
        "step `review` (reviewer) found nothing in 9 of 9 runs: consider a check in its place (`executor: validate`), or leave it out"
    );
    assert_eq!(
        one.runs,
        [RunId::new("r8"), RunId::new("r7"), RunId::new("r6")],
        "the latest"
    );
    // A repetition that was always enough at once says the same without a word of its output.
    let mut repeats = reviewed();
    repeats[1]["repeat"] =
        json!({"steps": ["build"], "until": {"step": "review", "path": "", "op": "exists"}, "max": 3});
    assert_eq!(names(&suggested(&repeats, 8, |_| both(), None)), ["idle_review"]);
}

#[test]
fn a_review_that_finds_something_or_is_new_or_does_not_say_is_left_alone() {
    assert_eq!(
        names(&suggested(&reviewed(), 7, |_| both(), Some(false))),
        [""; 0]
    );
    assert_eq!(
        names(&suggested(&reviewed(), 12, |_| both(), Some(true))),
        [""; 0]
    );
    assert_eq!(names(&suggested(&reviewed(), 12, |_| both(), None)), [""; 0]);
    let mut repeats = reviewed();
    repeats[1]["repeat"] =
        json!({"steps": ["build"], "until": {"step": "review", "path": "", "op": "exists"}, "max": 3});
    let once = |n: usize| match n {
        3 => vec![
            Passes("build", "host", 0),
            Passes("review", "host", 0),
            GoesOn("review"),
        ],
        _ => both(),
    };
    assert_eq!(names(&suggested(&repeats, 12, once, None)), [""; 0]);
}

#[test]
fn what_is_sent_back_for_the_same_belongs_into_done_when() {
    let did = |n: usize| match n % 3 {
        0 => both(),
        _ => [vec![SentBack("build", "places.missing")], both()].concat(),
    };
    let found = suggested(&reviewed(), 6, did, None);
    let [one] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((one.rule.as_str(), one.seen, one.of), ("same_finding", 4, 6));
    assert_eq!(
        one.text,
        "step `build` was sent back for places.missing in 4 of 6 runs: put it into its `done_when`, such as: name the file of each change"
    );
}

#[test]
fn different_findings_or_those_of_few_runs_say_nothing() {
    let rules = ["a", "b", "c"];
    let each = |n: usize| [vec![SentBack("build", rules[n % 3])], both()].concat();
    assert_eq!(names(&suggested(&reviewed(), 9, each, None)), [""; 0]);
    let same = |_| [vec![SentBack("build", "a")], both()].concat();
    assert_eq!(names(&suggested(&reviewed(), 3, same, None)), [""; 0]);
    let half = |n: usize| if n.is_multiple_of(2) { same(n) } else { both() };
    assert_eq!(names(&suggested(&reviewed(), 8, half, None)), [""; 0]);
}

#[test]
fn an_output_that_no_later_step_is_given_is_told() {
    let plan = json!([{"id": "list", "goal": "List.", "needs": []}, {"id": "build", "goal": "Build.", "needs": []}, {"id": "report", "goal": "Say.", "needs": ["build"]}]);
    let all = |_| {
        ["list", "build", "report"]
            .map(|step| Passes(step, "host", 0))
            .to_vec()
    };
    let found = suggested(&plan, 3, all, None);
    let [one] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (one.rule.as_str(), one.step.as_deref(), one.of),
        ("unused_output", Some("list"), 3)
    );
    // The last one is what the run is for; one that is needed is used; and two runs are too few.
    let mut used = plan.clone();
    used[2]["needs"] = json!(["build", "list"]);
    assert_eq!(names(&suggested(&used, 9, all, None)), [""; 0]);
    assert_eq!(names(&suggested(&plan, 2, all, None)), [""; 0]);
}

#[test]
fn a_model_that_never_does_it_is_told_with_why() {
    let plan = json!([{"id": "build", "goal": "Build."}]);
    let gone = |class| move |_| vec![Gone("build", "a/first", class), Passes("build", "b/second", 1)];
    let found = suggested(&plan, 6, gone(FailureClass::Quota), None);
    let [one] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        one.text,
        "`a/first` was fallen back from each of the 6 times it was asked (quota 6): name another first"
    );
    assert_eq!((one.rule.as_str(), one.seen), ("always_fallen_back", 6));
    // Few times say nothing, and one success says otherwise.
    assert_eq!(
        names(&suggested(&plan, 4, gone(FailureClass::Quota), None)),
        [""; 0]
    );
    let once = |n: usize| match n {
        2 => vec![Passes("build", "a/first", 1)],
        n => gone(FailureClass::Quota)(n),
    };
    assert_eq!(names(&suggested(&plan, 9, once, None)), [""; 0]);
}

#[test]
fn a_step_that_costs_most_is_told_where_a_cheaper_model_does_its_role() {
    let plan = json!([{"id": "draft", "role": "writer", "goal": "Draft."}, {"id": "write", "role": "writer", "goal": "Write."}]);
    let costing = |cheap: u64| {
        move |_| {
            vec![
                Passes("draft", "b/small", cheap),
                Passes("write", "a/large", 9_000),
            ]
        }
    };
    let found = suggested(&plan, 5, costing(1_000), None);
    let [one] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        one.text,
        "step `write` by `a/large` took 90 % of the cost of 5 runs, $0.0090 an attempt; `b/small` did the role `writer` at $0.0010, 5 of 5 taken: consider it"
    );
    // Not much cheaper, too few attempts, another role, or one that often fails.
    assert_eq!(names(&suggested(&plan, 5, costing(8_000), None)), [""; 0]);
    assert_eq!(names(&suggested(&plan, 4, costing(1_000), None)), [""; 0]);
    let mut other = plan.clone();
    other[0]["role"] = json!("reader");
    assert_eq!(names(&suggested(&other, 5, costing(1_000), None)), [""; 0]);
    let fails = |n: usize| match n % 2 {
        0 => vec![
            Gone("draft", "b/small", FailureClass::Refused),
            Passes("write", "a/large", 9_000),
        ],
        _ => costing(1_000)(n),
    };
    assert!(!names(&suggested(&plan, 9, fails, None)).contains(&"costly_step"));
}

#[tokio::test]
async fn a_completed_run_tells_the_first_in_a_line_and_its_history_tells_all() {
    use crate::crew::Start;
    use crate::crew::tests::{World, ada, elsewhere, hand_in, submission};
    let world = World::new();
    let crews = world.crews();
    let start = || Start {
        task: "Build it.".to_owned(),
        plan: Some(json!([{"id": "build", "goal": "Build."},
            {"id": "review", "role": "reviewer", "goal": "Review.", "output_schema": {"type": "object"}}])),
        ..Start::default()
    };
    for n in 1..=8 {
        let mut reply = crews.start(&ada(), start()).await.unwrap();
        for output in [json!("built"), json!({"verdict": "approve", "findings": []})] {
            assert_eq!(reply.suggestion, None);
            reply = hand_in(&crews, &reply, submission(&reply.pending[0], output)).await;
        }
        let said = reply.suggestion.clone().unwrap_or_default();
        assert_eq!(
            said.contains("found nothing in 8 of 8 runs"),
            n == 8,
            "{n}: {said}"
        );
        assert_eq!(reply.text().contains("found nothing"), n == 8);
        let history = world.crews().history(&ada(), &reply.run_id).await.unwrap();
        assert_eq!(history.suggestions.len(), usize::from(n == 8));
    }
    assert_eq!(crews.suggestions(&ada(), None).await.unwrap().len(), 1);
    assert_eq!(crews.suggestions(&ada(), Some("bug_fix")).await.unwrap(), []);
    assert_eq!(crews.suggestions(&elsewhere(), None).await.unwrap(), []);
}
