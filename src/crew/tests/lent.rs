//! The client's own model, lent to a run while its connection lives.

use super::script::Scripted;
use super::server::{Served, by, drive};
use super::*;
use crate::domain::RunBudget;
use crate::model::Model;

fn client() -> Arc<Scripted> {
    Scripted::unpriced(CLIENT)
}

fn lent(model: &Arc<Scripted>) -> Sampling {
    Sampling::Lent(Arc::clone(model) as Arc<dyn Model>)
}

fn two() -> Value {
    json!([{"id": "a", "goal": "A."}, {"id": "b", "goal": "B."}])
}

/// What happened, in a word each.
async fn story(world: &Served, reply: &Reply) -> String {
    let events = world.events(&reply.run_id).await;
    let words = events.iter().skip(1).map(|event| {
        let event = serde_json::to_value(event).unwrap();
        event["event"]
            .as_str()
            .unwrap()
            .trim_start_matches("step_")
            .to_owned()
    });
    words.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn it_does_a_run_is_forgotten_with_it_and_never_asked_about_another() {
    let (world, model) = (Served::new([]), client());
    let crews = world.crews();
    let start = Start {
        sampling: lent(&model),
        ..by("sampling", "sequential", two())
    };
    let mine = crews.start(&ada(), start).await.unwrap();
    let other = crews
        .start(&ada(), by("host", "sequential", two()))
        .await
        .unwrap();
    crews
        .lend(&ada(), &other.run_id, Arc::clone(&model) as Arc<dyn Model>)
        .await
        .unwrap();
    drive(&crews, &mine).await.unwrap();
    let done = crews.status(&ada(), &mine.run_id, None).await.unwrap();
    assert_eq!((done.status, model.all()), (RunStatus::Completed, 2), "{done:?}");
    for run in [&mine.run_id, &other.run_id] {
        assert!(crews.lent.get(&ada(), run).is_none());
    }
    assert!(matches!(
        crews.lend(&elsewhere(), &mine.run_id, model).await,
        Err(Error::UnknownRun { .. })
    ));
}

#[tokio::test]
async fn where_it_is_gone_the_host_goes_on_and_where_it_comes_back_it_does() {
    let (world, model) = (Served::new([]), client());
    let start = Start {
        sampling: lent(&model),
        ..by(
            "sampling",
            "sequential",
            json!([{"id": "a", "goal": "A."}, {"id": "b", "goal": "B."}, {"id": "c", "goal": "C."}]),
        )
    };
    // The process ends before anything was done, and nobody is connected to the next one.
    let begun = world.crews().start(&ada(), start).await.unwrap();
    let crews = world.crews();
    assert_eq!(crews.restart().await.unwrap(), 1);
    drive(&crews, &begun).await.unwrap();
    let a = crews.status(&ada(), &begun.run_id, None).await.unwrap();
    crews
        .lend(&ada(), &begun.run_id, Arc::clone(&model) as Arc<dyn Model>)
        .await
        .unwrap();
    let b = hand_in(&crews, &a, submission(&a.pending[0], "a is done")).await;
    drive(&crews, &b).await.unwrap();
    let done = crews.status(&ada(), &begun.run_id, None).await.unwrap();
    assert_eq!((done.status, model.all()), (RunStatus::Completed, 2), "{done:?}");
    assert_eq!(
        story(&world, &done).await,
        "failed awaiting_host result started result started result run_completed"
    );
}

#[tokio::test]
async fn under_max_usd_the_host_does_it_because_nobody_knows_the_price() {
    let (world, model) = (Served::new([]), client());
    let crews = world.crews();
    let start = Start {
        sampling: lent(&model),
        budget: RunBudget {
            max_usd: MicroUsd::from_usd(1.0),
            ..RunBudget::default()
        },
        ..by("sampling", "sequential", two())
    };
    let begun = crews.start(&ada(), start).await.unwrap();
    drive(&crews, &begun).await.unwrap();
    let a = crews.status(&ada(), &begun.run_id, None).await.unwrap();
    assert_eq!((a.pending.len(), model.all()), (1, 0), "{a:?}");
    assert_eq!(story(&world, &a).await, "failed awaiting_host");
}

#[tokio::test]
async fn without_it_whoever_is_named_next_does_the_step() {
    let (world, model) = (
        Served::new([Scripted::new("local/m", |step, _| Ok(format!("{step} is done")))]),
        client(),
    );
    let plan = json!([
        {"id": "a", "goal": "A.", "executor": "sampling", "fallbacks": ["local/m"]},
        {"id": "b", "goal": "B.", "executor": "local/m", "fallbacks": ["sampling"]},
    ]);
    for (sampling, by_client) in [(Sampling::No, 0), (lent(&model), 1)] {
        let crews = world.crews();
        let start = Start {
            sampling,
            ..by("host", "sequential", plan.clone())
        };
        let begun = crews.start(&ada(), start).await.unwrap();
        drive(&crews, &begun).await.unwrap();
        let done = crews.status(&ada(), &begun.run_id, None).await.unwrap();
        assert_eq!(
            (done.status, model.all()),
            (RunStatus::Completed, by_client),
            "{done:?}"
        );
    }
}
