//! A second one is asked when the first is slow and the time is short; whoever is done first has done it.

use std::sync::atomic::AtomicU32;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::crashes::{Dying, recorded_attempts};
use super::script::{Scripted, failure};
use super::server::{Served, by, drive, kinds};
use super::*;
use crate::domain::run::FailureClass;
use crate::domain::{RunBudget, Timestamp};
use crate::model::Failure;

/// Tells the time of the paused runtime.
#[derive(Debug)]
struct Paused(Instant);

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        start + self.0.elapsed()
    }

    fn random_id(&self) -> String {
        crate::clock::SystemClock.random_id()
    }

    fn sortable_id(&self) -> String {
        crate::clock::SystemClock.sortable_id()
    }
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

type Said = Result<String, Failure>;

/// `a/first` takes 10 s, and for the step `late` so long as is said, `b/second` always 5 s. What each says to `late` is given.
struct Race {
    world: Served,
    first: Arc<Scripted>,
    second: Arc<Scripted>,
}

impl Race {
    async fn new(
        late: u64,
        first: impl Fn() -> Said + Send + Sync + 'static,
        second: impl Fn() -> Said + Send + Sync + 'static,
    ) -> Self {
        let first = Scripted::paced(
            "a/first",
            move |step, _| match step {
                "late" => first(),
                step => Ok(format!("{step} is done")),
            },
            move |step, _| secs(if step == "late" { late } else { 10 }),
        );
        let second = Scripted::paced("b/second", move |_, _| second(), |_, _| secs(5));
        let mut world = Served::new([first.clone(), second.clone()]);
        world.clock = Arc::new(Paused(Instant::now()));
        // A paused clock jumps while a parser's thread is waited for: here nobody waits for one.
        let settings = crate::validation::Settings {
            deadline_ms: 0,
            ..crate::validation::Settings::default()
        };
        world.validator = Arc::new(Validator::new(settings).unwrap());
        let race = Self { world, first, second };
        // Enough is known of the first.
        let known: Value = (0..8)
            .map(|n| json!({"id": format!("s{n}"), "goal": "Do it."}))
            .collect();
        let crews = race.world.crews();
        let reply = crews
            .start(&ada(), by("a/first", "sequential", known))
            .await
            .unwrap();
        drive(&crews, &reply).await.unwrap();
        race.first.asked.lock().unwrap().clear();
        race
    }

    /// The reply after the run, its events by kind, and the seconds it took.
    async fn run(&self, start: Start) -> (Reply, Vec<String>, u64) {
        let crews = self.world.crews();
        let begun = Instant::now();
        let reply = crews.start(&ada(), start).await.unwrap();
        drive(&crews, &reply).await.unwrap();
        let seconds = begun.elapsed().as_secs();
        let kinds = kinds(&self.world.events(&reply.run_id).await);
        let reply = crews.status(&ada(), &reply.run_id, None).await.unwrap();
        (reply, kinds, seconds)
    }
}

fn says(text: &'static str) -> impl Fn() -> Said + Send + Sync {
    move || Ok(text.to_owned())
}

fn late() -> Value {
    json!([{"id": "late", "goal": "Do it.", "executor": "a/first", "fallbacks": ["b/second"], "max_tokens": 1000}])
}

/// The run has 25 s, and the first is waited for 30 s.
fn in_short_time(plan: Value) -> Start {
    Start {
        budget: RunBudget {
            max_wall_s: Some(25),
            ..RunBudget::default()
        },
        ..by("host", "graph", plan)
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_one_wins_and_the_first_is_booked() {
    let race = Race::new(500, says("slow"), says("quick")).await;
    let before = race.world.stores.budgets.standing(&ada()).await.unwrap();
    let (reply, kinds, seconds) = race.run(in_short_time(late())).await;
    assert_eq!((reply.status, seconds), (RunStatus::Completed, 15), "{reply:?}");
    assert_eq!(
        kinds,
        [
            "run_created",
            "step_started",
            "step_hedged",
            "step_result",
            "step_dropped",
            "run_completed"
        ]
    );
    assert_eq!(
        (reply.results[0].digest.as_str(), reply.results[0].attempt),
        ("quick", 2)
    );
    // What the second took, and all that was set aside for the first: a thousand tokens.
    assert_eq!(reply.cost.usd, 0.000_1 + 0.001);
    assert_eq!(reply.cost.reserved_usd, 0.0);
    let after = race.world.stores.budgets.standing(&ada()).await.unwrap();
    assert_eq!(
        (after.reserved, after.spent.0 - before.spent.0),
        (MicroUsd::ZERO, 1_100)
    );
    assert_eq!((race.first.all(), race.second.all()), (1, 1));
    let key = race.second.asked.lock().unwrap()[0].idempotency_key.clone();
    assert!(key.ends_with("/late/2"), "another key for another attempt: {key}");
    let history = race.world.crews().history(&ada(), &reply.run_id).await.unwrap();
    assert!(
        history.timeline[2]
            .said
            .starts_with("asked of b/second, too: a/first has taken longer than 95 of 100 times"),
        "{:?}",
        history.timeline
    );
    assert_eq!(history.steps[0].state, "done");
}

#[tokio::test(start_paused = true)]
async fn a_step_that_says_how_long_it_may_take_is_hedged_too_and_the_first_may_win() {
    let race = Race::new(12, says("slow"), says("quick")).await;
    let mut plan = late();
    plan[0]["timeout_s"] = json!(40);
    let (reply, kinds, seconds) = race.run(by("host", "graph", plan)).await;
    assert_eq!((reply.status, seconds), (RunStatus::Completed, 12), "{reply:?}");
    assert_eq!(
        kinds[2..],
        ["step_hedged", "step_result", "step_dropped", "run_completed"]
    );
    assert_eq!(reply.results[0].digest, "slow");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_twice_without_need_or_leave() {
    let kinds = ["run_created", "step_started", "step_result", "run_completed"];
    let slow = || Race::new(20, says("slow"), says("quick"));
    // Nothing presses: the run has no deadline, or one that is far.
    let race = slow().await;
    assert_eq!(race.run(by("host", "graph", late())).await.1, kinds);
    let mut far = in_short_time(late());
    far.budget.max_wall_s = Some(3_600);
    assert_eq!(race.run(far).await.1, kinds);
    // Nobody to fall back to, or only the host.
    for fallbacks in [json!([]), json!(["host"])] {
        let mut alone = late();
        alone[0]["fallbacks"] = fallbacks;
        assert_eq!(race.run(in_short_time(alone)).await.1, kinds);
    }
    // The budget allows one, not two.
    let mut poor = in_short_time(late());
    poor.budget.max_usd = Some(MicroUsd(1_500));
    assert_eq!(race.run(poor).await.1, kinds);
    // It is not wanted.
    let mut race = slow().await;
    race.world.settings.hedge = false;
    assert_eq!(race.run(in_short_time(late())).await.1, kinds);
    // Too little is known of the first.
    let mut race = slow().await;
    race.world.stores = memory::stores();
    assert_eq!(race.run(in_short_time(late())).await.1, kinds);
}

#[tokio::test(start_paused = true)]
async fn a_second_one_that_comes_to_nothing_changes_nothing_and_is_not_asked_again() {
    let race = Race::new(20, says("slow"), || Err(failure(FailureClass::Quota))).await;
    let (reply, kinds, seconds) = race.run(in_short_time(late())).await;
    assert_eq!((reply.status, seconds), (RunStatus::Completed, 20), "{reply:?}");
    assert_eq!(
        kinds[2..],
        ["step_hedged", "step_dropped", "step_result", "run_completed"]
    );
    let history = race.world.crews().history(&ada(), &reply.run_id).await.unwrap();
    let said = &history.timeline[3].said;
    assert_eq!(said, "came to nothing, quota: as told; the other goes on");
    assert_eq!((reply.results[0].attempt, race.second.all()), (1, 1));
}

/// By the real clock, because the parsers are waited for.
#[tokio::test]
async fn a_second_one_whose_output_does_not_pass_does_not_send_the_first_one_back() {
    let millis = Duration::from_millis;
    let first = Scripted::paced(
        "a/first",
        |_, _| Ok("{}".to_owned()),
        move |step, _| millis(if step == "late" { 1_500 } else { 5 }),
    );
    let second = Scripted::new("b/second", |_, _| Ok("no json".to_owned()));
    let race = Race {
        world: Served::new([first.clone(), second.clone()]),
        first,
        second,
    };
    let known: Value = (0..8)
        .map(|n| json!({"id": format!("s{n}"), "goal": "Do it.", "executor": "a/first"}))
        .collect();
    race.run(by("host", "sequential", known)).await;
    let mut plan = late();
    plan[0]["timeout_s"] = json!(20);
    plan[0]["output_schema"] = json!({"type": "object"});
    let (reply, kinds, _) = race.run(by("host", "graph", plan)).await;
    assert_eq!(
        kinds[2..],
        ["step_hedged", "step_dropped", "step_result", "run_completed"]
    );
    assert_eq!((reply.results[0].attempt, race.second.all()), (1, 1));
    // It is known how it went: a model is not thought well of for what was dropped.
    let dropped = &race.world.events(&reply.run_id).await[3];
    assert!(
        matches!(dropped, RunEvent::StepDropped { class: Some(FailureClass::InvalidOutput), usage, .. } if usage.tokens == 110),
        "{dropped:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn where_the_first_comes_to_nothing_the_second_takes_over() {
    for class in [FailureClass::Quota, FailureClass::Connection] {
        let race = Race::new(12, move || Err(failure(class)), says("quick")).await;
        let (reply, kinds, seconds) = race.run(in_short_time(late())).await;
        assert_eq!(
            (reply.status, seconds),
            (RunStatus::Completed, 15),
            "{class:?} {reply:?}"
        );
        assert_eq!(
            kinds[2..],
            ["step_hedged", "step_failed", "step_result", "run_completed"]
        );
        assert_eq!((race.first.all(), race.second.all()), (1, 1));
    }
    // Both: the first is done for, so what the second says decides, and nobody is left.
    let gone = || Err(failure(FailureClass::Quota));
    let race = Race::new(12, gone, gone).await;
    let (reply, kinds, _) = race.run(in_short_time(late())).await;
    assert_eq!(reply.status, RunStatus::Failed);
    assert_eq!(
        kinds[2..],
        ["step_hedged", "step_failed", "step_failed", "run_failed"]
    );
}

#[tokio::test(start_paused = true)]
async fn every_append_of_a_hedged_run_may_be_the_last() {
    let mut crashes = 0;
    for at in 1.. {
        let mut ended = true;
        for written in [false, true] {
            let race = Race::new(500, says("done"), says("done")).await;
            let mut plan = late();
            plan[0]["timeout_s"] = json!(40);
            let journal = Arc::new(Dying {
                inner: race.world.stores.journal.clone(),
                left: AtomicU32::new(at),
                written,
                dead: Notify::new(),
            });
            let start = Start {
                idempotency_key: Some("the one".to_owned()),
                ..by("host", "graph", plan)
            };
            {
                let crews = race.world.crews_over(journal.clone());
                let play = async {
                    let reply = crews.start(&ada(), start.clone()).await.unwrap();
                    drive(&crews, &reply).await.unwrap();
                };
                tokio::select! {
                    () = play => continue,
                    () = journal.dead.notified() => {}
                }
            }
            (ended, crashes) = (false, crashes + 1);
            let crews = race.world.crews();
            crews.restart().await.unwrap();
            let reply = crews.start(&ada(), start).await.unwrap();
            drive(&crews, &reply).await.unwrap();
            let reply = crews.status(&ada(), &reply.run_id, None).await.unwrap();
            assert_eq!(
                reply.status,
                RunStatus::Completed,
                "append {at}, written {written}: {reply:?}"
            );
            assert_eq!(
                (reply.results[0].digest.as_str(), reply.cost.reserved_usd),
                ("done", 0.0)
            );
            let events = race.world.events(&reply.run_id).await;
            assert_eq!(
                recorded_attempts(&events).len() + hedged(&events),
                1,
                "one result"
            );
            let standing = race.world.stores.budgets.standing(&ada()).await.unwrap();
            assert_eq!(standing.reserved, MicroUsd::ZERO);
        }
        if ended {
            break;
        }
    }
    assert!(crashes >= 6, "{crashes}");
}

/// How many results are from second attempts.
fn hedged(events: &[RunEvent]) -> usize {
    let second = events.iter().filter_map(|event| match event {
        RunEvent::StepHedged { attempt, .. } => Some(*attempt),
        _ => None,
    });
    let second: Vec<u32> = second.collect();
    let result =
        |event: &&RunEvent| matches!(event, RunEvent::StepResult { attempt, .. } if second.contains(attempt));
    events.iter().filter(result).count()
}
