//! Nothing is told that the journal does not show: every reply of every strategy, held against the events up to its
//! number, and every completed run against its outputs.

use super::script::Scripted;
use super::server::{Served, by, drive};
use super::*;
use crate::domain::Digest;

/// What a reply says of a run, and what the journal comes to.
async fn holds(world: &Served, reply: &Reply) {
    let events = world.events(&reply.run_id).await;
    let state = fold(&events[..usize::try_from(reply.seq).unwrap()]).unwrap();
    let offered: Vec<_> = state
        .awaiting()
        .map(|offer| &state.plan.steps[offer.step].id)
        .collect();
    let pending: Vec<_> = reply.pending.iter().map(|step| &step.step_id).collect();
    assert_eq!(pending, offered, "{reply:#?}");
    assert_eq!(
        (
            reply.status,
            reply.progress.done,
            reply.progress.total,
            reply.cost.tokens
        ),
        (
            state.status(),
            state.done(),
            state.steps.len(),
            state.usage.tokens
        ),
        "{reply:#?}"
    );
    for told in &reply.results {
        let result = state
            .result(&told.step_id)
            .expect("a result that is not in the journal");
        assert_eq!(
            (told.sha256, told.bytes, told.attempt),
            (result.output, result.bytes, result.attempt)
        );
    }
    if reply.status != RunStatus::Completed {
        return;
    }
    for (step, at) in state.plan.steps.iter().zip(&state.steps) {
        match (&at.result, &at.skipped) {
            (Some(result), None) => {
                let kept = world
                    .stores
                    .journal
                    .blob(&ada(), &result.output)
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(
                    (Digest::of(&kept), kept.len() as u64),
                    (result.output, result.bytes),
                    "{}",
                    step.id
                );
            }
            (None, Some(why)) => assert!(!why.is_empty(), "{}", step.id),
            other => panic!("step {} of a completed run: {other:?}", step.id),
        }
    }
}

/// What whoever does a step answers: wrong the first time where a schema is asked for.
fn answer(step: &str, attempt: u32, late: bool) -> Value {
    match step {
        "list" => json!(["a", "b", "c"]),
        "judge" if attempt == 1 => json!("It is good, I think."),
        "judge" => json!({"ok": late}),
        "yours" => json!({"approved": true}),
        "critic" => json!({"agreed": late, "remarks": []}),
        other => json!(format!("{other} is done")),
    }
}

/// Plays a run to its end, with every reply held against the journal.
async fn check(executor: &str, strategy: &str, plan: Value) -> usize {
    let model = Scripted::answering("local/all", |question| {
        let step = question.idempotency_key.split('/').nth(1).unwrap_or_default();
        let attempt = if question.prompt.contains("Your last answer was sent back") {
            2
        } else {
            1
        };
        let late = question.prompt.contains("in round");
        let answer = answer(step, attempt, late);
        answer
            .as_str()
            .map_or_else(|| answer.to_string(), ToOwned::to_owned)
    });
    let world = Served::new([model]);
    let mut reply = world
        .crews()
        .start(&ada(), by(executor, strategy, plan))
        .await
        .unwrap();
    let mut replies = 0;
    loop {
        holds(&world, &reply).await;
        replies += 1;
        assert!(replies < 60, "{reply:#?}");
        let crews = world.crews();
        reply = match (reply.status, reply.pending.first()) {
            (RunStatus::Working, _) => {
                drive(&crews, &reply).await.unwrap();
                crews.status(&ada(), &reply.run_id, None).await.unwrap()
            }
            (RunStatus::InputRequired, Some(step)) => {
                let late = step.inputs.iter().any(|input| input.from.contains("round"));
                let given = answer(step.step_id.as_str(), step.attempt, late);
                hand_in(&crews, &reply, submission(step, given)).await
            }
            _ => break,
        };
    }
    assert_eq!(reply.status, RunStatus::Completed, "{reply:#?}");
    replies
}

#[tokio::test]
async fn every_reply_of_every_strategy_can_be_computed_from_the_journal() {
    let judge = json!({"type": "object", "required": ["ok"]});
    let graph = json!([
        {"id": "list", "goal": "List.", "output_kind": "json"},
        {"id": "each", "goal": "Do it.", "needs": ["list"], "foreach": {"step": "list", "max_items": 2}},
        {"id": "check", "goal": "Check.", "needs": ["each"], "executor": "validate"},
        {"id": "draft", "goal": "Write.", "needs": ["each", "check"]},
        {"id": "judge", "goal": "Judge.", "needs": ["draft"], "output_schema": judge,
         "repeat": {"steps": ["draft"], "max": 3, "until": {"step": "judge", "path": "/ok", "op": "eq", "value": true}}},
        {"id": "never", "goal": "Never.", "needs": ["judge"], "when": {"step": "judge", "path": "/ok", "op": "ne", "value": true}},
        {"id": "yours", "goal": "Yours.", "needs": ["judge"], "executor": "approval"},
    ]);
    let three = json!([{"id": "a", "goal": "A."}, {"id": "b", "goal": "B."}, {"id": "c", "goal": "C."}]);
    for executor in ["host", "local/all"] {
        for (strategy, plan, least) in [
            ("sequential", &three, 2),
            ("parallel", &three, 2),
            ("collaborative", &three, 2),
            ("graph", &graph, 3),
        ] {
            let replies = check(executor, strategy, plan.clone()).await;
            assert!(replies >= least, "{executor}, {strategy}: {replies}");
        }
    }
}
