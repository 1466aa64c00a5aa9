//! That what is remembered is what the journals say, whoever reads them when, and what follows from it.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::crew::tests::script::Scripted;
use crate::crew::tests::server::{Served, by, drive};
use crate::crew::tests::{World, ada, elsewhere, finish, planned};
use crate::crew::{Reply, Start};
use crate::domain::RunStatus;

async fn run(crews: &Crews, start: Start) -> Reply {
    let reply = crews.start(&ada(), start).await.unwrap();
    drive(crews, &reply).await.unwrap();
    crews.status(&ada(), &reply.run_id, None).await.unwrap()
}

async fn seen(crews: &Crews) -> Past {
    crews.past(&ada(), Past::clone).await.unwrap()
}

fn chain(n: usize) -> serde_json::Value {
    (0..n)
        .map(|n| json!({"id": format!("s{n}"), "goal": "Do it."}))
        .collect()
}

#[tokio::test]
async fn a_process_that_was_there_and_one_that_reads_remember_the_same() {
    let model = Scripted::new("local/small", |step, before| {
        // Sent back once, and broken off once.
        match (step, before) {
            ("s1", 0) => Ok("not json".to_owned()),
            ("s2", 0) => Err(crate::crew::tests::script::failure(
                crate::domain::run::FailureClass::Timeout,
            )),
            ("list", _) => Ok("[1, 2]".to_owned()),
            _ => Ok("{}".to_owned()),
        }
    });
    let world = Served::new([model]);
    let crews = world.crews();
    assert_eq!(seen(&crews).await, Past::default());
    let plan = json!([{"id": "s1", "goal": "a", "output_schema": {"type": "object"}}, {"id": "s2", "goal": "b"},
        {"id": "list", "goal": "c", "output_kind": "json"}, {"id": "each", "goal": "d", "foreach": {"step": "list"}}]);
    let reply = run(&crews, by("local/small", "graph", plan)).await;
    assert_eq!(reply.status, RunStatus::Completed, "{reply:?}");
    let (there, read) = (seen(&crews).await, seen(&world.crews()).await);
    assert_eq!(there, read);
    // Timed out, sent back, and taken five times.
    assert_eq!(there.attempts().known("local/small"), 7);
    let of_run = there.runs().next().unwrap();
    assert_eq!(of_run.seq, reply.seq);
}

#[tokio::test]
async fn another_project_knows_nothing_of_it() {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), planned()).await.unwrap();
    finish(&crews, started).await;
    assert_eq!(seen(&crews).await.attempts().known("host"), 3);
    let other = crews.past(&elsewhere(), Past::clone).await.unwrap();
    assert_eq!(other, Past::default());
}

#[tokio::test]
async fn after_three_runs_a_run_says_what_is_expected_and_before_nothing() {
    let world = World::new();
    for n in 0..5 {
        let crews = world.crews();
        let mut reply = crews.start(&ada(), planned()).await.unwrap();
        match (n, &reply.expected) {
            (0..3, expected) => assert_eq!(*expected, None),
            (_, Some(expected)) => {
                assert_eq!(
                    (expected.seconds, expected.runs),
                    (60, n),
                    "three steps of twenty seconds"
                );
                assert_eq!(expected.said(), format!("about 60 s more, from {n} runs"));
                assert!(
                    reply.text().contains("\nExpected: about 60 s more"),
                    "{}",
                    reply.text()
                );
            }
            (_, None) => panic!("nothing is expected: {reply:?}"),
        }
        for left in [40, 20, 0] {
            world.clock.advance(Duration::from_secs(20));
            let next = crate::crew::tests::good(&reply.pending[0]);
            reply = crate::crew::tests::hand_in(&crews, &reply, next).await;
            let expected = reply.expected.map(|expected| expected.seconds);
            assert_eq!(expected, (n > 2 && left > 0).then_some(left));
        }
        assert_eq!(reply.status, RunStatus::Completed);
    }
}

#[tokio::test]
async fn the_longest_way_gets_the_free_slot_first() {
    let model = Scripted::new("local/small", |step, _| Ok(format!("{step} is done")));
    let mut world = Served::new([model.clone()]);
    world.settings.max_parallel = 1;
    // Given last, and begun first: three others wait for it.
    let plan = json!([{"id": "short", "goal": "a", "needs": []}, {"id": "head", "goal": "b", "needs": []},
        {"id": "middle", "goal": "c", "needs": ["head"]}, {"id": "tail", "goal": "d", "needs": ["middle"]}]);
    let reply = run(&world.crews(), by("local/small", "graph", plan)).await;
    assert_eq!(reply.status, RunStatus::Completed);
    let asked = model.asked.lock().unwrap();
    let order: Vec<_> = asked
        .iter()
        .filter_map(|question| question.idempotency_key.split('/').nth(1))
        .collect();
    assert_eq!(order[..2], ["head", "middle"], "{order:?}");
}

#[tokio::test]
async fn a_model_that_is_known_is_waited_for_as_long_as_it_takes_and_another_as_the_settings_say() {
    let model = Scripted::new("local/small", |step, _| Ok(format!("{step} is done")));
    let mut world = Served::new([model.clone()]);
    world.settings.least_timeout_s = 1;
    let crews = world.crews();
    let mut plan = chain(11);
    plan[10]["timeout_s"] = json!(77);
    run(&crews, by("local/small", "sequential", plan)).await;
    let asked = model.asked.lock().unwrap();
    let seconds: Vec<_> = asked.iter().map(|question| question.timeout.as_secs()).collect();
    // Eight answers are enough to go by, once the eighth is written, with which the ninth is begun; what a step says
    // goes before.
    assert_eq!(seconds, [120, 120, 120, 120, 120, 120, 120, 120, 120, 1, 77]);
}

#[tokio::test]
async fn of_equals_the_one_does_it_that_is_done_first_and_the_other_is_left_to_fall_back_to() {
    use crate::domain::run::FailureClass;
    let slow = Scripted::slow("a/model", Duration::from_millis(60));
    let fast = Scripted::new("b/model", |step, _| match step {
        "broken" => Err(crate::crew::tests::script::failure(FailureClass::Quota)),
        _ => Ok(format!("{step} is done")),
    });
    let world = Served::new([slow.clone(), fast.clone()]);
    let crews = world.crews();
    // Each has shown how fast it is.
    for model in ["a/model", "b/model"] {
        run(&crews, by(model, "sequential", chain(2))).await;
    }
    let by_either =
        |id: &str| json!([{"id": id, "goal": "Do it.", "executor": "a/model", "fallbacks": ["b/model"]}]);
    let reply = run(&crews, by("host", "graph", by_either("s"))).await;
    assert_eq!(
        (reply.status, fast.count("s"), slow.count("s")),
        (RunStatus::Completed, 1, 0)
    );
    // What the faster one cannot do, the one does whose turn it was: nobody is lost.
    let reply = run(&crews, by("host", "graph", by_either("broken"))).await;
    assert_eq!(
        (reply.status, fast.count("broken"), slow.count("broken")),
        (RunStatus::Completed, 1, 1)
    );
    assert_eq!(seen(&crews).await, seen(&world.crews()).await);
}
