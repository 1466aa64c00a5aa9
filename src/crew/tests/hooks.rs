//! Who is told of what happens in a run, and outputs that come in later.

use super::*;
use crate::crew::{Hooks, Subscription};
use crate::domain::{Delivery, Topic};
use crate::model::webhook::Callbacks;

fn told(topics: &[Topic], include_outputs: bool) -> Hooks {
    let subscription = Subscription {
        receiver: "flow".to_owned(),
        topics: topics.to_vec(),
        include_outputs,
    };
    Hooks::new(
        vec![subscription],
        Some("https://here.example".to_owned()),
        Callbacks::default(),
    )
}

fn crews(world: &World, hooks: Hooks) -> Crews {
    Crews {
        hooks,
        ..world.crews()
    }
}

async fn messages(world: &World) -> Vec<(Delivery, Value)> {
    let waiting = world.stores.outbox.waiting(100).await.unwrap();
    let mut all: Vec<Delivery> = waiting.into_iter().map(|(_, one)| one).collect();
    let seq = |one: &Delivery| one.id.rsplit('_').next().unwrap().parse::<u64>().unwrap();
    all.sort_by_key(seq);
    let read = |one: Delivery| {
        let body = serde_json::from_str(&one.body).unwrap();
        (one, body)
    };
    all.into_iter().map(read).collect()
}

fn start(plan: Value) -> Start {
    Start {
        task: "Do the work.".to_owned(),
        plan: Some(plan),
        ..Start::default()
    }
}

#[tokio::test]
async fn each_event_that_is_asked_for_is_told_once_with_digests_and_links() {
    let world = World::new();
    let crews = crews(&world, told(&Topic::ALL, false));
    let plan = json!([
        {"id": "draft", "role": "writer", "goal": "Write it.", "output_schema": {"type": "object", "required": ["a"]}},
        {"id": "sign", "goal": "May it go out?", "executor": "approval", "needs": ["draft"]},
    ]);
    let mut reply = crews.start(&ada(), start(plan)).await.unwrap();
    for output in [
        json!({"b": 1}),
        json!({"a": "the text"}),
        json!({"approved": true}),
    ] {
        let handed = submission(&reply.pending[0], output);
        reply = crews.submit(&ada(), None, vec![handed]).await.unwrap();
    }
    assert_eq!(reply.status, RunStatus::Completed);
    let all = messages(&world).await;
    let topics: Vec<_> = all.iter().map(|(one, _)| one.topic.name()).collect();
    assert_eq!(
        topics,
        [
            "run.input_required",
            "step.failed",
            "run.input_required",
            "step.completed",
            "approval.asked",
            "step.completed",
            "run.completed"
        ]
    );
    for (one, body) in &all {
        assert_eq!(body["type"], one.topic.name());
        assert_eq!(body["timestamp"], json!(one.at));
        assert_eq!(body["data"]["run_id"], json!(reply.run_id));
        assert_eq!(
            body["data"]["url"],
            format!("https://here.example/hooks/v1/runs/{}", reply.run_id)
        );
        assert_eq!(one.id, format!("msg_{}_{}", reply.run_id, body["data"]["seq"]));
        assert!(!one.body.contains("step_token"), "{}", one.body);
        assert!(!one.body.contains("the text"), "{}", one.body);
        assert_eq!(one.due, Some(one.at));
    }
    let (_, sent_back) = &all[1];
    assert_eq!(sent_back["data"]["failure"]["class"], "invalid_output");
    let (_, completed) = &all[3];
    assert_eq!(
        completed["data"]["step"],
        json!({"step_id": "draft", "role": "writer", "attempt": 2})
    );
    assert_eq!(
        completed["data"]["output"]["sha256"],
        json!(crate::domain::Digest::of(br#"{"a":"the text"}"#))
    );
    assert_eq!(all[4].1["data"]["step"]["goal"], "May it go out?");
    assert_eq!(
        all[6].1["data"]["progress"],
        json!({"done": 2, "total": 2, "skipped": 0})
    );
}

#[tokio::test]
async fn nobody_is_told_of_what_they_did_not_ask_for() {
    let world = World::new();
    let crews = crews(&world, told(&[Topic::StepCompleted, Topic::RunCancelled], true));
    let plan = json!([{"id": "a", "goal": "Do it."}, {"id": "b", "goal": "Do it."}]);
    let reply = crews.start(&ada(), start(plan)).await.unwrap();
    let long = "word ".repeat(5_000);
    let handed = submission(&reply.pending[0], long.as_str());
    crews.submit(&ada(), None, vec![handed]).await.unwrap();
    crews.cancel(&ada(), &reply.run_id, "not needed").await.unwrap();
    let all = messages(&world).await;
    let topics: Vec<_> = all.iter().map(|(one, _)| one.topic.name()).collect();
    assert_eq!(topics, ["step.completed", "run.cancelled"]);
    let output = &all[0].1["data"]["output"];
    assert_eq!(output["whole"], false);
    assert_eq!(output["text"].as_str().unwrap().len(), 16_384);
    assert_eq!(
        all[1].1["data"]["ended"],
        json!({"class": "cancelled", "reason": "not needed"})
    );
}

#[tokio::test]
async fn the_way_by_which_an_approval_came_is_in_the_journal() {
    let world = World::new();
    let crews = world.crews();
    for (approved, status) in [(true, RunStatus::Completed), (false, RunStatus::Failed)] {
        let plan = json!([{"id": "sign", "goal": "May it go out?", "executor": "approval"}]);
        let reply = crews.start(&ada(), start(plan)).await.unwrap();
        let handed = Submission {
            via: Via::Webhook,
            ..submission(&reply.pending[0], json!({"approved": approved}))
        };
        let ended = crews.submit(&ada(), None, vec![handed]).await.unwrap();
        assert_eq!(ended.status, status);
        let events = world.events(&reply.run_id).await;
        let said = events.iter().any(|event| match event {
            RunEvent::StepResult { via, .. } => *via == Some(Via::Webhook),
            RunEvent::StepFailed { message, .. } => message.ends_with("(via webhook)"),
            _ => false,
        });
        assert!(said, "{events:?}");
    }
}
