//! How outcomes move later choices.

use super::*;

const TASK: &str = "write a python function that merges two sorted lists";

/// Routes `TASK` and reports `reward` for it.
fn outcome(router: &Router, reward: f64) -> Option<Outcome> {
    let routed = route(router, &request(TASK));
    now(router.learn(&scope("p"), &routed.route_id, reward, 1.0)).unwrap()
}

#[test]
fn failures_of_the_chosen_model_move_the_choice_away_and_a_restart_forgets_nothing() {
    let kept = Arc::default();
    let router = router_over(&kept);
    let first = route(&router, &request(TASK));
    let failed = model(&first).to_owned();
    let mut fails = 0;
    while model(&route(&router, &request(TASK))) == failed {
        outcome(&router, 0.0).unwrap();
        fails += 1;
        assert!(fails <= 10, "ten failures did not move the choice");
    }
    let after = route(&router, &request(TASK));
    let restarted = route(&router_over(&kept), &request(TASK));
    assert_eq!(model(&restarted), model(&after));
    assert_eq!(restarted.candidates, after.candidates);
    let candidate = after
        .candidates
        .iter()
        .find(|candidate| candidate.model == failed)
        .unwrap();
    assert!((candidate.n - f64::from(fails) * first.task_type_confidence).abs() < 0.01);
}

#[test]
fn successes_of_a_cheaper_model_move_the_choice_to_it() {
    let router = router();
    let among = |models: &[&str]| {
        let allow = models.iter().map(|id| (*id).to_owned()).collect();
        with(
            TASK,
            Constraints {
                allow,
                ..Constraints::default()
            },
        )
    };
    // Best first: the cheaper one is good enough only once it is known to be.
    let both = RouteRequest {
        quality_target: Some(1.0),
        ..among(&["claude-haiku-5-5", "claude-sonnet-5-5"])
    };
    assert_eq!(model(&route(&router, &both)), "claude-sonnet-5-5");
    for _ in 0..60 {
        let routed = route(&router, &among(&["claude-haiku-5-5"]));
        now(router.learn(&scope("p"), &routed.route_id, 1.0, 1.0))
            .unwrap()
            .unwrap();
    }
    assert_eq!(model(&route(&router, &both)), "claude-haiku-5-5");
}

#[test]
fn a_project_learns_nothing_from_another() {
    let router = router();
    for _ in 0..8 {
        outcome(&router, 0.0);
    }
    let elsewhere = now(router.route(&scope("q"), &request(TASK))).unwrap();
    assert!(elsewhere.candidates.iter().all(|candidate| candidate.n == 0.0));
    let foreign = route(&router, &request(TASK)).route_id;
    assert_eq!(now(router.learn(&scope("q"), &foreign, 0.0, 1.0)).unwrap(), None);
}

#[test]
fn an_unknown_route_teaches_nothing() {
    assert_eq!(
        now(router().learn(&scope("p"), &RouteId::new("nobody"), 1.0, 1.0)).unwrap(),
        None
    );
}

#[test]
fn the_same_outcome_is_written_once_and_a_flood_of_changes_ends() {
    let kept: Arc<Kept> = Arc::default();
    let router = router_over(&kept);
    let id = route(&router, &request(TASK)).route_id;
    let learn = |reward: f64| now(router.learn(&scope("p"), &id, reward, 1.0));
    for _ in 0..100 {
        learn(0.0).unwrap();
    }
    assert_eq!(kept.outcomes.lock().unwrap().len(), 1);
    let flood: Vec<_> = (0..100).map(|i| learn(f64::from(i % 2))).collect();
    let refused = flood.iter().find_map(|learned| learned.as_ref().err()).unwrap();
    assert_eq!(refused.code(), "routing.too_many_outcomes");
    assert!(kept.outcomes.lock().unwrap().len() <= usize::from(table::MAX_REVISIONS));
}

#[test]
fn rewards_and_weights_out_of_range_are_refused() {
    let router = router();
    let id = route(&router, &request(TASK)).route_id;
    for (reward, weight) in [
        (-0.1, 1.0),
        (1.1, 1.0),
        (f64::NAN, 1.0),
        (1.0, 2.0),
        (1.0, f64::NAN),
    ] {
        let error = now(router.learn(&scope("p"), &id, reward, weight)).unwrap_err();
        assert_eq!(error.code(), "routing.bad_outcome");
    }
}

#[test]
fn what_could_not_be_kept_is_not_learned_and_not_answered() {
    let kept: Arc<Kept> = Arc::default();
    let router = router_over(&kept);
    let id = route(&router, &request(TASK)).route_id;
    let before = route(&router, &request(TASK)).candidates;
    *kept.closed.lock().unwrap() = true;
    let error = now(router.learn(&scope("p"), &id, 0.0, 1.0)).unwrap_err();
    assert_eq!((error.code(), error.retryable()), ("store.closed", true));
    assert_eq!(
        now(router.route(&scope("p"), &request(TASK))).unwrap_err().code(),
        "store.closed"
    );
    *kept.closed.lock().unwrap() = false;
    assert_eq!(route(&router, &request(TASK)).candidates, before);
}

#[test]
fn without_a_model_nothing_is_remembered() {
    let kept: Arc<Kept> = Arc::default();
    let nothing = Constraints {
        allow: vec!["nobody".into()],
        ..Constraints::default()
    };
    let answer = route(&router_over(&kept), &with(TASK, nothing));
    assert_eq!(answer.model, None);
    assert!(kept.routes.lock().unwrap().is_empty());
}

#[test]
fn assessing_alone_remembers_nothing_and_agrees_with_routing() {
    let kept: Arc<Kept> = Arc::default();
    let router = router_over(&kept);
    let assessed = router.assess(TASK);
    assert!(kept.routes.lock().unwrap().is_empty());
    let routed = route(&router, &request(TASK));
    assert_eq!(
        (assessed.task_type, assessed.difficulty),
        (routed.task_type, routed.difficulty)
    );
    assert_eq!(assessed.suggested_workflow, routed.suggested_workflow);
}
