//! Which model is chosen, and what would choose another.

use super::*;

#[test]
fn an_easy_and_a_hard_task_get_different_models_and_local_only_a_local_one() {
    let (easy, hard) = (
        check(EASY, Constraints::default()),
        check(HARD, Constraints::default()),
    );
    assert!(easy.difficulty.bucket <= Some(1), "{:?}", easy.difficulty);
    assert!(hard.difficulty.bucket >= Some(3), "{:?}", hard.difficulty);
    let cost = |route: &Route| route.expected.unwrap().cost_usd.unwrap();
    assert_ne!(model(&easy), model(&hard));
    assert!(
        cost(&easy) * 20.0 < cost(&hard),
        "{} {}",
        model(&easy),
        model(&hard)
    );
    for task in [EASY, HARD] {
        let local = check(
            task,
            Constraints {
                local_only: true,
                ..Constraints::default()
            },
        );
        assert!(local.model.as_ref().unwrap().local);
        assert_eq!(cost(&local), 0.0);
        assert!(
            local
                .candidates
                .iter()
                .filter(|other| other.verdict == "not local")
                .count()
                >= 8
        );
    }
}

#[test]
fn the_flip_points_of_an_answer_flip_the_next_answer() {
    let router = router();
    for task in [
        EASY,
        HARD,
        "write a python function that parses a date",
        "what is a monad",
        "plan our move to k8s",
    ] {
        let at = |quality_target| {
            route(
                &router,
                &RouteRequest {
                    quality_target: Some(quality_target),
                    ..request(task)
                },
            )
        };
        let flip = route(&router, &request(task)).flip;
        let cheaper = flip.cheaper.unwrap();
        assert_eq!(model(&at(cheaper.changes_at)), cheaper.to);
        if let Some(stronger) = flip.stronger {
            assert_eq!(model(&at(stronger.changes_at + 1e-9)), stronger.to);
        }
    }
}

#[test]
fn within_a_session_the_choice_never_moves_to_a_weaker_model() {
    let router = router();
    let ask = |task: &str, session: &str| RouteRequest {
        session: Some(session.to_owned()),
        ..request(task)
    };
    let alone = model(&route(&router, &request(EASY))).to_owned();
    let hard = model(&route(&router, &ask(HARD, "s"))).to_owned();
    let after = route(&router, &ask(EASY, "s"));
    let strength = |id: &str| router.catalogue.models()[router.catalogue.position(id).unwrap()].strength;
    assert!(strength(model(&after)) >= strength(&hard));
    assert_eq!(
        candidate(&after, &alone).verdict,
        "weaker than the model this session already has"
    );
    assert_eq!(model(&route(&router, &ask(EASY, "another"))), alone);
    let elsewhere = now(router.route(&scope("q"), &ask(EASY, "s"))).unwrap();
    assert_eq!(model(&elsewhere), alone);
}

#[test]
fn the_gain_is_what_the_strongest_model_that_fits_adds() {
    let answer = check(EASY, Constraints::default());
    let gain = answer.gain.clone().unwrap();
    let best = answer
        .candidates
        .iter()
        .max_by(|one, other| one.p_success.total_cmp(&other.p_success));
    let (best, chosen) = (best.unwrap(), answer.expected.unwrap());
    assert_eq!(candidate(&answer, &gain.strongest).p_success, best.p_success);
    assert!((gain.over_choice - (best.p_success - chosen.p_success)).abs() < 1e-9);
    assert!(
        gain.over_cheapest.unwrap() >= gain.over_choice && gain.over_choice > 0.0,
        "{gain:?}"
    );
    assert!(gain.extra_usd.unwrap() > 0.0);
    let strongest = Constraints {
        allow: vec![gain.strongest],
        ..Constraints::default()
    };
    let alone = check(EASY, strongest).gain.unwrap();
    assert_eq!((alone.over_choice, alone.extra_usd), (0.0, Some(0.0)));
}
