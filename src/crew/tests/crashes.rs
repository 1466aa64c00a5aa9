//! The process ends before and after every append, of every built-in template under every strategy, and at random.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use serde::Deserialize;
use tokio::sync::Notify;

use super::script::{Scripted, quick};
use super::server::{Served, by, drive};
use super::*;
use crate::crew::template::BUILTIN;
use crate::domain::Digest;

use crate::store::{self, OpenRun, Seq};

/// A journal that takes the process with it at one of its appends.
#[derive(Debug)]
pub(super) struct Dying {
    pub(super) inner: Arc<dyn Journal>,
    /// Appends until then.
    pub(super) left: AtomicU32,
    /// Whether that append is still written.
    pub(super) written: bool,
    pub(super) dead: Notify,
}

#[async_trait]
impl Journal for Dying {
    async fn commit(&self, change: Change) -> store::Result<Committed> {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let last = match self.written {
                true => Some(self.inner.commit(change).await),
                false => None,
            };
            self.dead.notify_one();
            drop(last);
            return std::future::pending().await;
        }
        self.inner.commit(change).await
    }

    async fn forget(&self, scope: &Scope, runs: Vec<RunId>) -> store::Result<Vec<RunId>> {
        self.inner.forget(scope, runs).await
    }

    async fn replay(&self, scope: &Scope, run: &RunId, after: Seq) -> store::Result<Vec<RunEvent>> {
        self.inner.replay(scope, run, after).await
    }

    async fn unfinished(&self, scope: &Scope, limit: usize) -> store::Result<Vec<OpenRun>> {
        self.inner.unfinished(scope, limit).await
    }

    async fn unfinished_anywhere(&self, limit: usize) -> store::Result<Vec<(Scope, OpenRun)>> {
        self.inner.unfinished_anywhere(limit).await
    }

    async fn runs(&self, scope: &Scope, limit: usize) -> store::Result<Vec<RunId>> {
        self.inner.runs(scope, limit).await
    }

    async fn blob(&self, scope: &Scope, digest: &Digest) -> store::Result<Option<Vec<u8>>> {
        self.inner.blob(scope, digest).await
    }
}

/// What a run came to: each step's output, or why it was left out.
type Outcome = (RunStatus, BTreeMap<String, String>);

async fn outcome(served: &Served, run: &RunId) -> Outcome {
    let state = fold(&served.events(run).await).unwrap();
    let of = |n: usize| match (&state.steps[n].result, &state.steps[n].skipped) {
        (Some(result), _) => result.output.to_string(),
        (None, skipped) => format!("{skipped:?}"),
    };
    let steps = state.plan.steps.iter().enumerate();
    (
        state.status(),
        steps.map(|(n, step)| (step.id.to_string(), of(n))).collect(),
    )
}

/// Starts under a name and drives, as a host would that calls again when nothing came back.
async fn play(crews: &Crews, start: &Start) -> Reply {
    let reply = crews.start(&ada(), start.clone()).await.unwrap();
    drive(crews, &reply).await.unwrap();
    reply
}

/// Runs `start` to its end, ending the process at append `at`; nothing when there are fewer.
async fn with_crash(
    start: &Start,
    model: &Arc<Scripted>,
    at: u32,
    written: bool,
) -> Option<(Outcome, BTreeMap<String, usize>)> {
    model.asked.lock().unwrap().clear();
    let served = Served::new([model.clone()]);
    let journal = Arc::new(Dying {
        inner: served.stores.journal.clone(),
        left: AtomicU32::new(at),
        written,
        dead: Notify::new(),
    });
    {
        let crews = served.crews_over(journal.clone());
        tokio::select! {
            _ = play(&crews, start) => return None,
            () = journal.dead.notified() => {}
        }
    }
    let runs = served.stores.journal.unfinished(&ada(), 1).await.unwrap();
    let had = match runs.first() {
        Some(open) => recorded_attempts(&served.events(&open.run).await),
        None => Vec::new(),
    };
    let counted = || had.iter().map(|attempt| model.asked_as(attempt)).sum::<usize>();
    let before = counted();
    // The next process: what is unfinished goes on by itself, and the host asks again.
    let crews = served.crews();
    crews.restart().await.unwrap();
    let reply = play(&crews, start).await;
    assert_eq!(
        (before, counted()),
        (had.len(), had.len()),
        "what has a result was asked for again"
    );
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for question in model.asked.lock().unwrap().iter() {
        *asked
            .entry(question.idempotency_key.split('/').nth(1).unwrap().to_owned())
            .or_default() += 1;
    }
    Some((outcome(&served, &reply.run_id).await, asked))
}

/// `step/attempt` of each result of a model.
pub(super) fn recorded_attempts(events: &[RunEvent]) -> Vec<String> {
    let begun = events.iter().filter_map(|event| match event {
        RunEvent::StepStarted { step, attempt, .. } => Some((step, *attempt)),
        _ => None,
    });
    let begun: Vec<_> = begun.collect();
    let results = events.iter().filter_map(|event| match event {
        RunEvent::StepResult { step, attempt, .. } if begun.contains(&(step, *attempt)) => {
            Some(format!("{step}/{attempt}"))
        }
        _ => None,
    });
    results.collect()
}

async fn every_crash_of(name: &str, start: &Start, model: &Arc<Scripted>) -> u32 {
    let served = Served::new([model.clone()]);
    model.asked.lock().unwrap().clear();
    let reply = play(&served.crews(), start).await;
    let whole = outcome(&served, &reply.run_id).await;
    assert_eq!(
        whole.0,
        RunStatus::Completed,
        "{name}: {:?}",
        served.crews().status(&ada(), &reply.run_id, None).await
    );
    let asked = model.all();
    let mut crashes = 0;
    for at in 1.. {
        let mut ended = true;
        for written in [false, true] {
            let Some((outcome, calls)) = with_crash(start, model, at, written).await else {
                continue;
            };
            ended = false;
            crashes += 1;
            assert_eq!(outcome, whole, "{name}, append {at}, written {written}");
            // One more at most for each that was in flight.
            let in_flight = quick().max_parallel.min(asked);
            assert!(
                calls.values().sum::<usize>() <= asked + in_flight,
                "{name}, append {at}: {calls:?}"
            );
            assert!(
                calls.values().all(|calls| *calls <= 2 * asked),
                "{name}, append {at}: {calls:?}"
            );
        }
        if ended {
            break;
        }
    }
    crashes
}

#[derive(Deserialize)]
struct File {
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    task: String,
    answers: BTreeMap<String, Value>,
}

/// The model that answers as the first dry run of a template does.
fn answering(text: &str) -> (String, Arc<Scripted>) {
    let File { mut tests } = serde_saphyr::from_str(text).unwrap();
    let test = tests.remove(0);
    let answers = test.answers;
    let model = Scripted::new("local/all", move |step, before| {
        let answer = answers.get(step).cloned().unwrap_or_else(|| json!("done"));
        let answer = match answer {
            Value::Array(each) => each.get(before % each.len()).cloned().unwrap_or_default(),
            one => one,
        };
        Ok(answer
            .as_str()
            .map_or_else(|| answer.to_string(), ToOwned::to_owned))
    });
    (test.task, model)
}

/// In a debug build some of them, which is enough to see that it works.
const TEMPLATES: usize = if cfg!(debug_assertions) { 2 } else { usize::MAX };

#[tokio::test]
async fn every_append_of_every_template_under_every_strategy_may_be_the_last() {
    let mut crashes = 0;
    for (file, text) in BUILTIN.into_iter().take(TEMPLATES) {
        let (task, model) = answering(text);
        for strategy in ["sequential", "graph", "parallel"] {
            let start = Start {
                task: task.clone(),
                template: Some(file.trim_end_matches(".yaml").to_owned()),
                strategy: Some(strategy.to_owned()),
                executor: Some("local/all".to_owned()),
                idempotency_key: Some("the one".to_owned()),
                ..Start::default()
            };
            crashes += every_crash_of(&format!("{file}, {strategy}"), &start, &model).await;
        }
    }
    assert!(crashes > 40, "{crashes}");
}

fn talk_and_lists() -> [(&'static str, Value); 2] {
    [
        (
            "collaborative",
            json!([{"id": "one", "goal": "Say one thing."}, {"id": "two", "goal": "Say another."}]),
        ),
        (
            "graph",
            json!([
                {"id": "list", "goal": "List.", "output_kind": "json"},
                {"id": "each", "goal": "Do one.", "foreach": {"step": "list"}},
                {"id": "check", "goal": "Check.", "needs": ["each"], "executor": "validate"},
                {"id": "draft", "goal": "Write.", "needs": ["each"]},
                {"id": "review", "goal": "Review.", "needs": ["draft"], "output_kind": "json", "repeat": {"steps": ["draft"], "max": 3, "until": {"step": "review", "path": "/ok", "op": "eq", "value": true}}},
                {"id": "never", "goal": "Never.", "needs": ["review"], "when": {"step": "review", "path": "/ok", "op": "ne", "value": true}},
            ]),
        ),
    ]
}

/// Answers that follow from what is asked alone, so that a step asked twice answers the same.
fn steady() -> Arc<Scripted> {
    Scripted::answering("local/all", |question| {
        let step = question.idempotency_key.split('/').nth(1).unwrap_or_default();
        let late = question.prompt.contains("(\"") || question.prompt.contains("in round");
        match step {
            "list" => json!(["a", "b", "c"]).to_string(),
            "review" => json!({"ok": late}).to_string(),
            "critic" => json!({"agreed": late, "remarks": []}).to_string(),
            other => format!("{other} is done"),
        }
    })
}

#[tokio::test]
async fn rounds_items_and_conditions_survive_every_crash() {
    for (strategy, plan) in talk_and_lists() {
        let start = Start {
            idempotency_key: Some("the one".to_owned()),
            ..by("local/all", strategy, plan)
        };
        let crashes = every_crash_of(strategy, &start, &steady()).await;
        assert!(crashes >= 12, "{strategy}: {crashes}");
    }
}

#[tokio::test]
async fn five_hundred_random_ends_come_to_the_same() {
    let kills = if cfg!(debug_assertions) { 50 } else { 500 };
    let (strategy, plan) = talk_and_lists()[1].clone();
    let start = Start {
        idempotency_key: Some("the one".to_owned()),
        ..by("local/all", strategy, plan)
    };
    let (mut seed, mut killed, mut ends) = (7_u64, 0, std::collections::HashSet::new());
    while killed < kills {
        let served = Served::new([steady()]);
        let mut lives = 0;
        let run = loop {
            // A linear congruential generator is random enough for this (Knuth, MMIX).
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // A step that took the process with it three times in a row is not tried again, so runs get longer.
            lives += 1;
            let after = Duration::from_micros((seed >> 33) % 12_000 * lives);
            let crews = served.crews();
            let begun = Instant::now();
            match tokio::time::timeout(after, play(&crews, &start)).await {
                Ok(reply) => break reply.run_id,
                Err(_) => killed += 1,
            }
            assert!(begun.elapsed() < Duration::from_secs(20));
        };
        let end = outcome(&served, &run).await;
        // Where all is slow, a step may be the one at work at three ends in a row.
        if end.0 == RunStatus::Failed {
            let told = format!("{:?}", served.events(&run).await);
            assert!(told.matches("the process ended while").count() >= 3, "{told}");
            continue;
        }
        ends.insert(format!("{end:?}"));
    }
    assert_eq!(ends.len(), 1, "{ends:#?}");
}

/// Not by a model but by hosts: any of five, a restart, and the others.
#[tokio::test]
async fn every_subset_and_then_a_restart_comes_to_the_same() {
    let mut ends = std::collections::HashSet::new();
    for subset in 0_u32..32 {
        let served = Served::new([]);
        let mut reply = served
            .crews()
            .start(&ada(), by("host", "parallel", json!(["1", "2", "3", "4", "5"])))
            .await
            .unwrap();
        for pass in [true, false] {
            loop {
                let due = reply.pending.iter().find(|step| {
                    let n: u32 = step.step_id.as_str().trim_start_matches("step_").parse().unwrap();
                    !pass || subset & (1 << (n - 1)) != 0
                });
                let Some(step) = due.cloned() else { break };
                let output = json!(format!("{} is done", step.step_id));
                reply = hand_in(&served.crews(), &reply, submission(&step, output)).await;
            }
            reply = served.crews().status(&ada(), &reply.run_id, None).await.unwrap();
        }
        ends.insert(format!("{:?}", outcome(&served, &reply.run_id).await));
    }
    assert_eq!(ends.len(), 1);
}
