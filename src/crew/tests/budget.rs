use super::*;
use crate::store::Standing;

fn usd(dollars: f64) -> MicroUsd {
    MicroUsd::from_usd(dollars).unwrap()
}

fn with_budget(budget: RunBudget) -> Start {
    Start { budget, ..planned() }
}

/// Three steps, each expected to cost a dollar.
fn estimated() -> Start {
    let mut plan = three_steps();
    for step in plan["steps"].as_array_mut().unwrap() {
        step["estimate_usd"] = json!(1.0);
    }
    Start {
        plan: Some(plan),
        ..planned()
    }
}

fn costing(step: &Pending, dollars: f64, tokens: u64) -> Submission {
    Submission {
        usage: Some(Usage {
            usd: usd(dollars),
            tokens,
            output: 0,
        }),
        ..good(step)
    }
}

async fn standing(world: &World) -> Standing {
    world.stores.budgets.standing(&ada()).await.unwrap()
}

/// Hands in the first step at $0.5 and 100 tokens after 60 s; the class the run ended with, if it did.
async fn check(budget: RunBudget) -> Option<String> {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), with_budget(budget)).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let reply = hand_in(&crews, &started, costing(only(&started), 0.5, 100)).await;
    assert_eq!(
        outcomes(&reply),
        [ReceiptOutcome::Recorded],
        "work that was done is never thrown away"
    );
    assert_eq!((reply.cost.usd, reply.cost.tokens), (0.5, 100));
    reply.ended.map(|ended| ended.class)
}

#[tokio::test]
async fn a_used_up_budget_of_any_kind_stops_the_next_step() {
    let none = RunBudget::default();
    let over = Some("over_budget".to_owned());
    assert_eq!(check(none).await, None);
    assert_eq!(
        check(RunBudget {
            max_usd: Some(usd(0.5)),
            ..none
        })
        .await,
        over
    );
    assert_eq!(
        check(RunBudget {
            max_usd: Some(usd(0.6)),
            ..none
        })
        .await,
        None
    );
    assert_eq!(
        check(RunBudget {
            max_tokens: Some(100),
            ..none
        })
        .await,
        over
    );
    assert_eq!(
        check(RunBudget {
            max_tokens: Some(101),
            ..none
        })
        .await,
        None
    );
    assert_eq!(
        check(RunBudget {
            max_steps: Some(1),
            ..none
        })
        .await,
        over
    );
    assert_eq!(
        check(RunBudget {
            max_steps: Some(2),
            ..none
        })
        .await,
        None
    );
    assert_eq!(
        check(RunBudget {
            max_wall_s: Some(60),
            ..none
        })
        .await,
        over
    );
    assert_eq!(
        check(RunBudget {
            max_wall_s: Some(61),
            ..none
        })
        .await,
        None
    );
}

#[tokio::test]
async fn a_larger_budget_lets_a_stopped_run_go_on() {
    let world = World::new();
    let crews = world.crews();
    let budget = RunBudget {
        max_steps: Some(1),
        max_tokens: Some(9_000),
        ..RunBudget::default()
    };
    let started = crews.start(&ada(), with_budget(budget)).await.unwrap();
    let stopped = hand_in(&crews, &started, good(only(&started))).await;
    assert_eq!(stopped.status, RunStatus::Failed);
    assert!(
        stopped.next_call.is_none(),
        "a model does not raise its own budget"
    );
    assert!(crews.open_runs(&ada()).await.unwrap().is_empty());

    // Trying without more changes nothing, not even the journal.
    let still = crews.resume(&ada(), &started.run_id, None).await.unwrap();
    assert_eq!((still.status, still.seq), (RunStatus::Failed, stopped.seq));

    let more = RunBudget {
        max_steps: Some(3),
        ..RunBudget::default()
    };
    let resumed = crews.resume(&ada(), &started.run_id, Some(more)).await.unwrap();
    assert_eq!(
        (resumed.status, only(&resumed).step_id.as_str()),
        (RunStatus::InputRequired, "build")
    );
    assert_eq!(crews.open_runs(&ada()).await.unwrap().len(), 1);
    let state = fold(&world.events(&started.run_id).await).unwrap();
    assert_eq!(
        state.budget.max_tokens,
        Some(9_000),
        "what resume does not name stays"
    );
    assert_eq!(finish(&crews, resumed).await.status, RunStatus::Completed);
}

#[tokio::test]
async fn an_estimate_is_set_aside_before_the_step_and_settled_after() {
    let world = World::new();
    let crews = world.crews();
    let started = crews.start(&ada(), estimated()).await.unwrap();
    assert_eq!(started.cost.reserved_usd, 1.0);
    assert_eq!(
        standing(&world).await,
        Standing {
            limit: None,
            reserved: usd(1.0),
            spent: usd(0.0)
        }
    );

    // An offer made again stands on the same reservation.
    let resumed = crews.resume(&ada(), &started.run_id, None).await.unwrap();
    assert_eq!(standing(&world).await.reserved, usd(1.0));
    let second = hand_in(&crews, &resumed, costing(only(&resumed), 0.25, 10)).await;
    assert_eq!(
        standing(&world).await,
        Standing {
            limit: None,
            reserved: usd(1.0),
            spent: usd(0.25)
        }
    );

    // What was not reported is booked as estimated, also for an attempt that failed.
    let third = hand_in(&crews, &second, submission(only(&second), BAD_PYTHON)).await;
    assert_eq!((third.cost.usd, third.cost.reserved_usd), (1.25, 1.0));
    assert_eq!(
        standing(&world).await,
        Standing {
            limit: None,
            reserved: usd(1.0),
            spent: usd(1.25)
        }
    );

    // Ending the run frees what nobody worked for.
    crews.cancel(&ada(), &started.run_id, "enough").await.unwrap();
    assert_eq!(
        standing(&world).await,
        Standing {
            limit: None,
            reserved: usd(0.0),
            spent: usd(1.25)
        }
    );
}

#[tokio::test]
async fn the_projects_budget_stops_a_step_that_it_cannot_pay() {
    let world = World::new();
    let crews = world.crews();
    world
        .stores
        .budgets
        .set_limit(&ada(), Some(usd(1.5)))
        .await
        .unwrap();
    let started = crews.start(&ada(), estimated()).await.unwrap();
    let other = crews.start(&ada(), estimated()).await.unwrap();
    assert_eq!(other.status, RunStatus::Failed);
    let ended = other.ended.unwrap();
    assert_eq!(ended.class, "over_budget");
    assert_eq!(
        ended.reason,
        "step `spec` may take $1.000000, the project's budget has $0.500000 left"
    );

    let stopped = hand_in(&crews, &started, good(only(&started))).await;
    assert_eq!(
        (outcomes(&stopped), stopped.status),
        (vec![ReceiptOutcome::Recorded], RunStatus::Failed)
    );
    world.stores.budgets.set_limit(&ada(), None).await.unwrap();
    let resumed = crews.resume(&ada(), &started.run_id, None).await.unwrap();
    assert_eq!(only(&resumed).step_id.as_str(), "build");
    assert_eq!(resumed.progress.done, 1);
}

#[tokio::test]
async fn a_run_stops_before_an_estimate_that_its_own_budget_cannot_pay() {
    let crews = World::new().crews();
    let budget = RunBudget {
        max_usd: Some(usd(0.9)),
        ..RunBudget::default()
    };
    let reply = crews
        .start(
            &ada(),
            Start {
                budget,
                ..estimated()
            },
        )
        .await
        .unwrap();
    assert_eq!(
        (reply.status, reply.ended.unwrap().class.as_str()),
        (RunStatus::Failed, "over_budget")
    );
}
