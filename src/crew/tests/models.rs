//! Which model a step is given, and what its model is credited with.

use super::*;
use crate::routing::RouteRequest;

/// The plan of [`three_steps`], the second step of which leaves the model to the router.
fn left_to_the_router() -> Start {
    let mut plan = three_steps();
    plan["steps"][1]["model"] = json!("auto");
    plan["steps"][1]["goal"] = json!("write a python function f that returns 1");
    Start {
        plan: Some(plan),
        ..planned()
    }
}

fn by(model: &str, submission: Submission) -> Submission {
    Submission {
        model: Some(model.to_owned()),
        ..submission
    }
}

/// The chance of success and the number of outcomes of a model at writing Python.
async fn known(crews: &Crews, model: &str) -> (f64, f64) {
    let request = RouteRequest {
        task: "write a python function f that returns 1".to_owned(),
        ..RouteRequest::default()
    };
    let route = crews.router.advise(&ada(), &request).await.unwrap();
    let candidate = route.candidates.iter().find(|candidate| candidate.model == model);
    candidate
        .map(|candidate| (candidate.p_success, candidate.n))
        .unwrap()
}

#[tokio::test]
async fn a_step_that_is_sent_back_comes_again_with_a_stronger_model() {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), left_to_the_router()).await.unwrap();
    assert_eq!(only(&started).model, None);
    let build = hand_in(&crews, &started, good(only(&started))).await;
    let first = only(&build).model.clone().unwrap();
    let again = hand_in(&crews, &build, submission(only(&build), BAD_PYTHON)).await;
    let stronger = only(&again).model.clone().unwrap();
    assert_ne!(stronger, first);
    assert!(known(&crews, &stronger).await.0 > known(&crews, &first).await.0);
    // The journal has it: another process says the same.
    let elsewhere = world.crews().status(&ada(), &again.run_id, None).await.unwrap();
    assert_eq!(only(&elsewhere).model.as_ref(), Some(&stronger));
}

#[tokio::test]
async fn how_a_step_went_counts_for_the_model_that_did_it_and_no_other() {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), left_to_the_router()).await.unwrap();
    let build = hand_in(&crews, &started, good(only(&started))).await;
    let before = known(&crews, "claude-haiku-5-5").await;
    let bad = by("claude-haiku-5-5", submission(only(&build), BAD_PYTHON));
    let again = hand_in(&crews, &build, bad.clone()).await;
    let after = known(&crews, "claude-haiku-5-5").await;
    assert!(after.0 < before.0 && after.1 > before.1, "{before:?} {after:?}");
    // Handed in again it counts no more.
    hand_in(&crews, &build, bad).await;
    assert_eq!(known(&crews, "claude-haiku-5-5").await, after);
    // A step that does not say who did it, or names a model nobody knows, teaches nothing.
    let other = known(&crews, "claude-opus-5-5").await;
    let taken = hand_in(&crews, &again, by("my own", good(only(&again)))).await;
    assert_eq!(outcomes(&taken), [ReceiptOutcome::Recorded]);
    assert_eq!(known(&crews, "claude-haiku-5-5").await, after);
    assert_eq!(known(&crews, "claude-opus-5-5").await, other);
}
