//! What must survive hand-overs does.

use super::*;

#[tokio::test]
async fn what_was_decided_early_is_known_late_or_said_where_it_is() {
    let world = World::new();
    // Ten steps in a row; each decides two things, buried in a long output.
    let plan: Vec<_> = (0..10)
        .map(|n| json!({"id": format!("s{n}"), "goal": "Go on.", "output_kind": "markdown"}))
        .collect();
    let start = Start {
        task: "A long way.".to_owned(),
        plan: Some(Value::from(plan)),
        ..Start::default()
    };
    let mut reply = world.crews().start(&ada(), start).await.unwrap();
    let mut planted = Vec::new();
    for n in 0..10 {
        let step = only(&reply).clone();
        let packet = step
            .inputs
            .iter()
            .find(|input| input.from == "decisions")
            .map(|input| input.digest.clone());
        let packet = packet.unwrap_or_default();
        assert!(packet.len() <= 4_096);
        for (origin, text) in &planted {
            let linked = packet
                .lines()
                .last()
                .is_some_and(|last| last.starts_with("[more in") && last.contains(&format!("s{origin}")));
            assert!(
                packet.contains(text) || linked,
                "step {n} does not know `{text}` of s{origin}: {packet}"
            );
        }
        // The same on every reading.
        let again = world.crews().status(&ada(), &reply.run_id, None).await.unwrap();
        assert_eq!(again.pending[0].inputs, step.inputs);
        let (must, chose) = (
            format!("limit {n} holds {}", "x".repeat(120)),
            format!("choice {n} was made {}", "y".repeat(120)),
        );
        let filler = "Words that nobody needs later. ".repeat(200);
        let output = format!(
            "# Report\n\n{filler}\n\n## Constraints\n- {must}\n\n## Decisions\n- {chose}\n\n{filler}\n"
        );
        planted.extend([(n, must), (n, chose)]);
        reply = hand_in(&world.crews(), &reply, submission(&step, json!(output))).await;
    }
    assert_eq!(reply.status, RunStatus::Completed, "{reply:?}");
    assert_eq!(planted.len(), 20);
}
