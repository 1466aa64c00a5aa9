//! Conditions, items, repetitions, checks and approvals, done by a host.

use super::*;

fn graph(strategy: &str, plan: Value) -> Start {
    Start {
        task: "Do the work.".to_owned(),
        plan: Some(plan),
        strategy: Some(strategy.to_owned()),
        ..Start::default()
    }
}

fn pending(reply: &Reply) -> Vec<&str> {
    reply.pending.iter().map(|step| step.step_id.as_str()).collect()
}

fn find<'a>(reply: &'a Reply, id: &str) -> &'a Pending {
    reply
        .pending
        .iter()
        .find(|step| step.step_id.as_str() == id)
        .unwrap_or_else(|| panic!("{id} is not pending: {reply:?}"))
}

async fn does(crews: &Crews, reply: &Reply, id: &str, output: Value) -> Reply {
    hand_in(crews, reply, submission(find(reply, id), output)).await
}

#[tokio::test]
async fn what_needs_nothing_from_each_other_is_offered_together() {
    let crews = World::new().crews();
    let plan =
        json!([{"id": "a", "goal": "a"}, {"id": "b", "goal": "b"}, {"id": "c", "goal": "c", "needs": ["a"]}]);
    let reply = crews.start(&ada(), graph("graph", plan)).await.unwrap();
    assert_eq!(pending(&reply), ["a", "b"]);
    let reply = does(&crews, &reply, "a", json!("done")).await;
    assert_eq!(pending(&reply), ["b", "c"], "b is still open");
}

#[tokio::test]
async fn all_orders_of_five_come_to_the_same() {
    let five = json!(["one", "two", "three", "four", "five"]);
    let mut orders: Vec<Vec<usize>> = vec![vec![]];
    for _ in 0..5 {
        let mut longer = Vec::new();
        for order in &orders {
            longer.extend(
                (0..5)
                    .filter(|n| !order.contains(n))
                    .map(|n| [order.as_slice(), &[n]].concat()),
            );
        }
        orders = longer;
    }
    assert_eq!(orders.len(), 120);
    let mut ends = std::collections::HashSet::new();
    for order in orders {
        let world = World::new();
        let mut reply = world
            .crews()
            .start(&ada(), graph("parallel", five.clone()))
            .await
            .unwrap();
        while reply.status == RunStatus::InputRequired {
            // Four are offered at once: of these the one that comes first in this order.
            let offered = |n: &&usize| pending(&reply).contains(&format!("step_{}", **n + 1).as_str());
            let id = format!("step_{}", order.iter().find(offered).unwrap() + 1);
            // Each by a process that has never seen the run.
            reply = does(&world.crews(), &reply, &id, json!(format!("{id} is done"))).await;
        }
        assert_eq!(reply.status, RunStatus::Completed);
        let joined = OutputPage {
            step: StepId::new("joined"),
            offset: 0,
        };
        let page = world
            .crews()
            .status(&ada(), &reply.run_id, Some(joined))
            .await
            .unwrap()
            .page
            .unwrap();
        ends.insert(page.sha256);
    }
    assert_eq!(ends.len(), 1);
}

#[tokio::test]
async fn a_condition_that_does_not_hold_leaves_a_step_out_and_says_so() {
    let world = World::new();
    let crews = world.crews();
    let plan = json!([
        {"id": "triage", "goal": "Is it urgent?", "output_schema": {"type": "object"}},
        {"id": "page", "goal": "Wake somebody.", "needs": ["triage"], "when": {"step": "triage", "path": "/urgent", "op": "eq", "value": true}},
        {"id": "note", "goal": "Write it down.", "needs": ["triage", "page"]},
    ]);
    let reply = crews.start(&ada(), graph("graph", plan)).await.unwrap();
    let reply = does(&crews, &reply, "triage", json!({"urgent": false})).await;
    assert_eq!(pending(&reply), ["note"]);
    let inputs: Vec<_> = find(&reply, "note")
        .inputs
        .iter()
        .map(|input| (input.from.as_str(), input.digest.as_str()))
        .collect();
    assert!(
        inputs.contains(&("page", "[left out: its condition does not hold]")),
        "{inputs:?}"
    );
    let reply = does(&crews, &reply, "note", json!("noted")).await;
    assert_eq!((reply.status, reply.progress.skipped), (RunStatus::Completed, 1));
    let decision = world
        .events(&reply.run_id)
        .await
        .into_iter()
        .find_map(|event| match event {
            RunEvent::Decision { holds, why, .. } => Some((holds, why)),
            _ => None,
        });
    assert_eq!(decision, Some((false, "triage/urgent is false".to_owned())));
}

#[tokio::test]
async fn a_step_for_each_item_is_joined_to_a_list() {
    let crews = World::new().crews();
    let plan = json!([
        {"id": "list", "goal": "List files.", "output_schema": {"type": "object"}},
        {"id": "read", "goal": "Read one.", "needs": ["list"], "foreach": {"step": "list", "path": "/files", "max_items": 3}},
        {"id": "sum", "goal": "Sum up.", "needs": ["read"]},
    ]);
    let reply = crews.start(&ada(), graph("graph", plan.clone())).await.unwrap();
    let reply = does(
        &crews,
        &reply,
        "list",
        json!({"files": ["a.rs", "b.rs", "c.rs", "d.rs"]}),
    )
    .await;
    assert_eq!(pending(&reply), ["read.1", "read.2", "read.3"]);
    assert!(
        find(&reply, "read.2")
            .inputs
            .iter()
            .any(|input| input.from == "item" && input.digest == "b.rs")
    );
    let mut reply = reply;
    for id in ["read.3", "read.1", "read.2"] {
        reply = does(&crews, &reply, id, json!(format!("{id} is read"))).await;
    }
    assert_eq!(pending(&reply), ["sum"]);
    let read = find(&reply, "sum")
        .inputs
        .iter()
        .find(|input| input.from == "read")
        .unwrap();
    assert_eq!(
        read.digest,
        r#"["read.1 is read","read.2 is read","read.3 is read"]"#
    );
    // Nothing to do is done.
    let reply = crews.start(&ada(), graph("graph", plan)).await.unwrap();
    let reply = does(&crews, &reply, "list", json!({"nothing": 1})).await;
    assert_eq!(pending(&reply), ["sum"]);
}

fn fixed_until_it_passes(go_on: bool) -> Value {
    json!([
        {"id": "write", "goal": "Write it."},
        {"id": "review", "goal": "Review it.", "needs": ["write"], "output_schema": {"type": "object"},
         "repeat": {"steps": ["write"], "max": 3, "go_on": go_on, "until": {"step": "review", "path": "/ok", "op": "eq", "value": true}}},
        {"id": "ship", "goal": "Ship it.", "needs": ["write", "review"]},
    ])
}

#[tokio::test]
async fn a_repetition_ends_when_it_is_enough() {
    let world = World::new();
    let crews = world.crews();
    let reply = crews
        .start(&ada(), graph("graph", fixed_until_it_passes(false)))
        .await
        .unwrap();
    let reply = does(&crews, &reply, "write", json!("draft one")).await;
    assert_eq!(
        pending(&reply),
        ["review"],
        "ship waits for the end of the rounds"
    );
    let reply = does(&crews, &reply, "review", json!({"ok": false, "fix": "the title"})).await;
    let again = find(&reply, "write");
    let seen: Vec<_> = again.inputs.iter().map(|input| input.from.as_str()).collect();
    assert_eq!(seen, ["task", "write (round 1)", "review (round 1)"]);
    assert!(again.inputs[2].digest.contains("the title"));
    let reply = does(&crews, &reply, "write", json!("draft two")).await;
    let reply = does(&crews, &reply, "review", json!({"ok": true})).await;
    assert_eq!(pending(&reply), ["ship"]);
    let written = find(&reply, "ship")
        .inputs
        .iter()
        .find(|input| input.from == "write")
        .unwrap();
    assert_eq!(written.digest, "draft two");
    let reply = does(&crews, &reply, "ship", json!("shipped")).await;
    assert_eq!(reply.status, RunStatus::Completed);
    assert_eq!(
        seen_again(&world, &reply).await,
        serde_json::to_value(reply.progress).unwrap()
    );
}

async fn seen_again(world: &World, reply: &Reply) -> Value {
    seen(&world.crews(), &reply.run_id).await["progress"].clone()
}

#[tokio::test]
async fn a_repetition_that_is_never_enough_ends_as_told() {
    for (go_on, status) in [(false, RunStatus::Failed), (true, RunStatus::InputRequired)] {
        let crews = World::new().crews();
        let mut reply = crews
            .start(&ada(), graph("graph", fixed_until_it_passes(go_on)))
            .await
            .unwrap();
        for round in 1..=3 {
            reply = does(&crews, &reply, "write", json!(format!("draft {round}"))).await;
            reply = does(&crews, &reply, "review", json!({"ok": false, "round": round})).await;
        }
        assert_eq!(reply.status, status, "{reply:?}");
        match go_on {
            true => assert_eq!(pending(&reply), ["ship"]),
            false => assert_eq!(reply.ended.unwrap().class, "not_enough"),
        }
    }
    // Three times the same review is no progress.
    let crews = World::new().crews();
    let plan = json!([
        {"id": "write", "goal": "Write it."},
        {"id": "review", "goal": "Review it.", "needs": ["write"], "output_schema": {"type": "object"},
         "repeat": {"steps": ["write"], "max": 10, "until": {"step": "review", "path": "/ok", "op": "eq", "value": true}}},
    ]);
    let mut reply = crews.start(&ada(), graph("graph", plan)).await.unwrap();
    for _ in 0..3 {
        reply = does(&crews, &reply, "write", json!("draft")).await;
        reply = does(&crews, &reply, "review", json!({"ok": false})).await;
    }
    assert_eq!(reply.ended.unwrap().class, "no_progress");
}

#[tokio::test]
async fn a_collaborative_crew_talks_until_the_critic_agrees() {
    let crews = World::new().crews();
    let plan =
        json!([{"id": "fast", "goal": "Argue for speed."}, {"id": "safe", "goal": "Argue for safety."}]);
    let mut reply = crews.start(&ada(), graph("collaborative", plan)).await.unwrap();
    for round in 1..=2 {
        assert_eq!(pending(&reply), ["fast", "safe"]);
        if round == 2 {
            let seen: Vec<_> = find(&reply, "safe")
                .inputs
                .iter()
                .map(|input| input.from.clone())
                .collect();
            assert_eq!(
                seen,
                [
                    "task",
                    "decisions",
                    "fast (round 1)",
                    "safe (round 1)",
                    "critic (round 1)"
                ]
            );
        }
        reply = does(&crews, &reply, "fast", json!(format!("speed {round}"))).await;
        reply = does(&crews, &reply, "safe", json!(format!("safety {round}"))).await;
        let verdict = json!({"agreed": round == 2, "remarks": [{"to": "fast", "what": format!("say how, {round}")}], "decisions": ["measure first"]});
        reply = does(&crews, &reply, "critic", verdict).await;
    }
    assert_eq!(pending(&reply), ["synthesis"]);
    let decisions = find(&reply, "synthesis")
        .inputs
        .iter()
        .find(|input| input.from == "decisions")
        .unwrap();
    assert_eq!(decisions.digest, "Decisions:\n- measure first [critic]\n");
    let reply = does(&crews, &reply, "synthesis", json!("Both.")).await;
    assert_eq!(reply.status, RunStatus::Completed);
}

#[tokio::test]
async fn checks_are_done_at_once_and_decide() {
    let crews = World::new().crews();
    let plan = json!([
        {"id": "code", "goal": "Write f.", "output_kind": "text"},
        {"id": "check", "goal": "Check it.", "needs": ["code"], "executor": "validate"},
        {"id": "rules", "goal": "Is it allowed?", "needs": ["code"], "executor": "policy"},
        {"id": "before", "goal": "What do we know about f?", "needs": [], "executor": "search"},
        {"id": "who", "goal": "Who should do it?", "needs": [], "executor": "route"},
        {"id": "mend", "goal": "Mend it.", "needs": ["code", "check"], "when": {"step": "check", "path": "/verdict", "op": "ne", "value": "pass"}},
    ]);
    let reply = crews.start(&ada(), graph("graph", plan)).await.unwrap();
    assert_eq!(pending(&reply), ["code"]);
    assert_eq!(reply.progress.done, 2, "search and route needed nobody");
    let reply = does(
        &crews,
        &reply,
        "code",
        json!("```python\ndef f():\n    return 1\n```\n"),
    )
    .await;
    assert_eq!(
        (reply.status, reply.progress.skipped),
        (RunStatus::Completed, 1),
        "{reply:?}"
    );
    let verdict = |id: &str| {
        reply
            .results
            .iter()
            .find(|result| result.step_id.as_str() == id)
            .unwrap()
            .digest
            .clone()
    };
    assert!(
        verdict("check").contains(r#""verdict":"pass""#),
        "{}",
        verdict("check")
    );
    assert!(
        verdict("rules").contains(r#""decision":"allow""#),
        "{}",
        verdict("rules")
    );
    assert!(verdict("who").contains("task_type"));
}

#[tokio::test]
async fn a_person_has_the_last_word() {
    for (answer, status) in [
        (json!({"approved": true}), RunStatus::Completed),
        (
            json!({"approved": false, "note": "not on Friday"}),
            RunStatus::Failed,
        ),
    ] {
        let crews = World::new().crews();
        let plan = json!([{"id": "plan", "goal": "Plan it."}, {"id": "go", "role": "owner", "goal": "May it go out?", "needs": ["plan"], "executor": "approval"}]);
        let reply = crews.start(&ada(), graph("graph", plan)).await.unwrap();
        let reply = does(&crews, &reply, "plan", json!("the plan")).await;
        assert!(
            only(&reply).instructions.starts_with("Ask the person"),
            "{}",
            only(&reply).instructions
        );
        let reply = does(&crews, &reply, "go", answer).await;
        assert_eq!(reply.status, status);
        if status == RunStatus::Failed {
            let ended = reply.ended.unwrap();
            assert_eq!(ended.class, "denied");
            assert!(ended.reason.contains("not on Friday"), "{}", ended.reason);
        }
    }
}
