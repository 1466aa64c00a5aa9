//! What holds at the moment of a choice: providers that fail, budgets, sessions, tries, usage.

use std::time::Duration;

use super::*;
use crate::domain::{Evidence, MicroUsd};

const TASK: &str = "write a python function that merges two sorted lists";

fn verdict<'a>(route: &'a Route, id: &str) -> &'a str {
    &candidate(route, id).verdict
}

fn only(id: &str) -> Constraints {
    Constraints {
        allow: vec![id.to_owned()],
        ..Constraints::default()
    }
}

/// Routes to one model and says how it went.
fn told(router: &Router, task: &str, id: &str, report: Told) {
    let routed = route(router, &with(task, only(id)));
    now(router.tell(&scope("p"), &routed.route_id, report))
        .unwrap()
        .unwrap();
}

#[test]
fn a_provider_that_does_not_answer_is_left_alone_for_a_while() {
    let kept: Arc<Kept> = Arc::default();
    let clock = Arc::new(ManualClock::new());
    let router = Router::new(
        Catalogue::builtin(),
        Arc::clone(&kept) as Arc<dyn Outcomes>,
        Arc::clone(&clock) as Arc<dyn Clock>,
        Settings::default(),
    );
    let first = route(&router, &request(EASY));
    let provider = first.model.as_ref().unwrap().provider.clone();
    let down = Told::new(Evidence::Unavailable, 0.0);
    // The same failure told again and again is one failure.
    for _ in 0..9 {
        now(router.tell(&scope("p"), &first.route_id, down)).unwrap();
    }
    assert_eq!(model(&route(&router, &request(EASY))), model(&first));
    for _ in 0..2 {
        told(&router, EASY, model(&first), down);
    }
    let after = route(&router, &request(EASY));
    assert_ne!(after.model.as_ref().unwrap().provider, provider);
    assert!(verdict(&after, model(&first)).contains("failed 3 times in a row, tried again in 60 s"));
    // It says nothing about the model itself, and another process that reads the store sees it too.
    assert_eq!(
        after
            .candidates
            .iter()
            .find(|c| c.model == model(&first))
            .unwrap()
            .n,
        0.0
    );
    assert_eq!(model(&route(&router_over(&kept), &request(EASY))), model(&after));
    let left_alone = route(&router, &with(EASY, only(model(&first))));
    let advice = left_alone.advice.unwrap();
    assert!(
        advice.contains("without provider health") && advice.contains("wait 60 s"),
        "{advice}"
    );
    assert_eq!(left_alone.relax[0].constraint, "provider health");
    clock.advance(Duration::from_secs(61));
    assert_eq!(model(&route(&router, &request(EASY))), model(&first));
}

#[test]
fn a_project_spends_no_more_than_it_has_left() {
    let stores = store::memory::stores();
    let router = Router::new(
        Catalogue::builtin(),
        stores.outcomes.clone(),
        Arc::new(ManualClock::new()),
        Settings::default(),
    )
    .with_budgets(stores.budgets.clone());
    let free = route(&router, &request(TASK));
    assert!(free.expected.unwrap().cost_usd.unwrap() > 0.0);
    now(stores.budgets.set_limit(&scope("p"), Some(MicroUsd(1)))).unwrap();
    let poor = route(&router, &request(TASK));
    assert!(poor.model.as_ref().unwrap().local, "{:?}", poor.model);
    assert!(verdict(&poor, model(&free)).contains("left of the project's budget"));
    let none = Constraints {
        deny: vec!["ollama".to_owned()],
        ..Constraints::default()
    };
    let stuck = route(&router, &with(TASK, none));
    assert_eq!(stuck.model, None);
    let constraints: Vec<_> = stuck
        .relax
        .iter()
        .map(|relax| relax.constraint.as_str())
        .collect();
    assert_eq!(constraints, ["the project's budget", "deny"]);
    let elsewhere = now(router.route(&scope("q"), &request(TASK))).unwrap();
    assert_eq!(model(&elsewhere), model(&free));
}

#[test]
fn a_provider_gets_no_more_than_its_budget_of_the_day() {
    let kept: Arc<Kept> = Arc::default();
    let settings = Settings {
        provider_usd_per_day: [("anthropic".to_owned(), 1.0)].into(),
        ..Settings::default()
    };
    let router = router_of(&kept, Catalogue::builtin(), settings);
    let of = |router: &Router| verdict(&route(router, &request(TASK)), "claude-haiku-5-5").to_owned();
    assert!(!of(&router).contains("budget"));
    let spent = Told {
        cost_usd: Some(0.9999),
        ..Told::new(Evidence::Claim, 1.0)
    };
    told(&router, TASK, "claude-haiku-5-5", spent);
    assert!(
        of(&router).contains("left of today's budget for anthropic"),
        "{}",
        of(&router)
    );
}

#[test]
fn leaving_a_prompt_cache_costs_what_it_holds() {
    let router = router();
    let ask = |task: &str, cached_tokens: u64, session: Option<&str>| RouteRequest {
        session: session.map(str::to_owned),
        cached_tokens,
        quality_target: Some(0.5),
        constraints: Constraints {
            allow: vec!["claude-opus-5-5".to_owned(), "claude-sonnet-5-5".to_owned()],
            ..Constraints::default()
        },
        ..request(task)
    };
    let first = RouteRequest {
        constraints: only("claude-opus-5-5"),
        ..ask(TASK, 0, Some("s"))
    };
    assert_eq!(model(&route(&router, &first)), "claude-opus-5-5");
    // Alone, the cheaper model wins. In the session 800,000 tokens are in the cache of the other.
    assert_eq!(
        model(&route(&router, &ask(TASK, 800_000, None))),
        "claude-sonnet-5-5"
    );
    let cost = |session: Option<&str>, id: &str| {
        let answer = route(&router, &ask(TASK, 800_000, session));
        answer
            .candidates
            .iter()
            .find(|c| c.model == id)
            .unwrap()
            .cost_usd
            .unwrap()
    };
    let saved = cost(None, "claude-opus-5-5") - cost(Some("s"), "claude-opus-5-5");
    assert!((saved - 0.8 * (4.0 - 0.2)).abs() < 1e-9, "{saved}");
    let stays = route(&router, &ask(TASK, 800_000, Some("s")));
    assert_eq!(model(&stays), "claude-opus-5-5");
}

#[test]
fn moving_on_from_a_cache_is_said_with_what_it_was_worth() {
    let router = router();
    let of = |id: &str| RouteRequest {
        session: Some("s".to_owned()),
        cached_tokens: 100_000,
        constraints: only(id),
        ..request(TASK)
    };
    route(&router, &of("claude-sonnet-5-5"));
    let moved = route(&router, &of("claude-opus-5-5"));
    let remark = moved
        .reasons
        .iter()
        .find(|reason| reason.signal.contains("prompt cache"));
    assert_eq!(
        remark.unwrap().signal,
        "left although its prompt cache is worth $0.190000"
    );
}

#[test]
fn tries_are_rare_repeatable_near_the_best_and_never_where_stakes_are_high() {
    let settings = Settings {
        exploration: 0.05,
        exploration_seed: 7,
        ..Settings::default()
    };
    let tries = |task: &str| {
        let router = router_of(&Arc::default(), Catalogue::builtin(), settings.clone());
        // Of which something is known: else there is nothing to be learned from another.
        let usual = route(&router, &request(task));
        for _ in 0..3 {
            told(&router, task, model(&usual), Told::new(Evidence::User, 1.0));
        }
        let routes = (0..1000).map(|_| route(&router, &request(task)));
        let tried = routes.filter(|route| route.candidates[0].verdict == "chosen, as a try");
        tried.collect::<Vec<_>>()
    };
    let tried = tries(TASK);
    assert!((20..=80).contains(&tried.len()), "{}", tried.len());
    assert_eq!(tries(TASK).len(), tried.len());
    for route in &tried {
        let best = route.candidates.iter().map(|c| c.p_success).fold(0.0, f64::max);
        assert!(route.expected.unwrap().p_success >= best - 0.05);
        assert!(route.reasons.last().unwrap().signal.starts_with("a try: "));
        assert_eq!(
            (
                route.flip.cheaper.as_ref(),
                route.fallbacks.contains(&model(route).to_owned())
            ),
            (None, false)
        );
    }
    assert_eq!(tries("rename the column in the production database").len(), 0);
    assert!(toml::from_str::<Settings>("exploration = 0.06").is_err());
}

#[test]
fn by_utility_a_dollar_and_a_second_have_their_price() {
    let router = router();
    let by = |lambda: f64, mu: f64| RouteRequest {
        utility: Some(Utility { lambda, mu }),
        ..request(TASK)
    };
    let best = route(&router, &by(0.0, 0.0));
    let p = best.expected.unwrap().p_success;
    assert!(best.candidates.iter().all(|candidate| candidate.p_success <= p));
    let cheap = route(&router, &by(1e9, 0.0));
    assert_eq!(cheap.expected.unwrap().cost_usd, Some(0.0));
    let fast = route(&router, &by(0.0, 1e3)).expected.unwrap();
    assert!(
        best.candidates
            .iter()
            .all(|candidate| candidate.latency_ms >= fast.latency_ms)
    );
    let both = RouteRequest {
        quality_target: Some(0.9),
        ..by(1.0, 0.0)
    };
    for wrong in [both, by(-1.0, 0.0), by(f64::NAN, 0.0), by(0.0, f64::INFINITY)] {
        assert_eq!(
            now(router.route(&scope("p"), &wrong)).unwrap_err().code(),
            "routing.bad_constraint"
        );
    }
}

#[test]
fn a_cascade_is_offered_where_it_is_cheaper_and_reaches_the_target() {
    let router = router();
    let mut offered = 0;
    for (task, target) in [
        (TASK, 0.97),
        (EASY, 0.98),
        ("plan our move to k8s", 0.98),
        ("what is a monad", 0.99),
    ] {
        let request = RouteRequest {
            quality_target: Some(target),
            ..request(task)
        };
        let answer = route(&router, &request);
        let Some(cascade) = &answer.cascade else { continue };
        offered += 1;
        let of = |id: &str| answer.candidates.iter().find(|c| c.model == id).unwrap();
        let (first, then) = (of(&cascade.first), of(&cascade.then));
        let (c1, c2) = (first.cost_usd.unwrap(), then.cost_usd.unwrap());
        assert!(c1 < cascade.passes * c2, "{cascade:?}");
        assert!(
            (cascade.cost_usd - (c1 + (1.0 - cascade.passes) * c2)).abs() < c2 * 1e-3,
            "{cascade:?}"
        );
        assert!(cascade.cost_usd < answer.expected.unwrap().cost_usd.unwrap());
        assert!(cascade.p_success > first.p_success, "{cascade:?}");
        // Both calls together have to fit into what may be spent.
        let tight = RouteRequest {
            constraints: Constraints {
                max_cost_usd: Some((c1 + c2) * 0.999),
                ..Constraints::default()
            },
            ..request
        };
        assert!(
            route(&router, &tight)
                .cascade
                .is_none_or(|other| other != *cascade)
        );
    }
    assert!(offered > 0);
}

#[test]
fn validations_that_fail_end_a_cascade() {
    let router = router();
    let request = RouteRequest {
        quality_target: Some(0.97),
        ..request(TASK)
    };
    let cascade = route(&router, &request).cascade.unwrap();
    let refused = Told {
        accepted: Some(false),
        weight: 0.0,
        ..Told::new(Evidence::Validator, 0.0)
    };
    let before = cascade.passes;
    for _ in 0..40 {
        told(&router, TASK, &cascade.first, refused);
    }
    let after = route(&router, &request).cascade;
    assert!(after.is_none_or(|after| after.first != cascade.first || after.passes < before / 2.0));
}

#[test]
fn reported_lengths_replace_what_was_expected() {
    let router = router();
    let cost = || {
        let answer = route(&router, &request(TASK));
        answer
            .candidates
            .iter()
            .find(|c| c.model == "claude-opus-5-5")
            .unwrap()
            .cost_usd
            .unwrap()
    };
    let before = cost();
    let long = Told {
        tokens_out: Some(20_000),
        ..Told::new(Evidence::User, 1.0)
    };
    for _ in 0..30 {
        told(&router, TASK, "claude-opus-5-5", long);
    }
    assert!(cost() > before * 8.0, "{before} {}", cost());
}

#[test]
fn what_other_projects_saw_moves_the_prior_unless_that_is_switched_off() {
    let kept: Arc<Kept> = Arc::default();
    let learn_elsewhere = router_over(&kept);
    for _ in 0..40 {
        let routed = now(learn_elsewhere.route(&scope("q"), &with(TASK, only("claude-haiku-5-5")))).unwrap();
        now(learn_elsewhere.learn(&scope("q"), &routed.route_id, 0.0, 1.0)).unwrap();
    }
    let p = |router: &Router| {
        let answer = route(router, &request(TASK));
        let candidate = answer
            .candidates
            .iter()
            .find(|c| c.model == "claude-haiku-5-5")
            .unwrap();
        (candidate.p_success, candidate.n)
    };
    let off = Settings {
        share_outcomes: false,
        ..Settings::default()
    };
    let (shared, n) = p(&router_over(&kept));
    let (alone, _) = p(&router_of(&kept, Catalogue::builtin(), off));
    assert!(shared < alone - 0.05, "{shared} {alone}");
    assert_eq!((n, alone), (0.0, p(&router()).0));
    // In the process that learned it, and in one that reads it.
    assert_eq!(p(&learn_elsewhere).0, shared);
    let foreign = Scope::new("other", "p", "ada").unwrap();
    let answer = now(router_over(&kept).route(&foreign, &request(TASK))).unwrap();
    let foreign = answer
        .candidates
        .iter()
        .find(|c| c.model == "claude-haiku-5-5")
        .unwrap();
    assert_eq!(foreign.p_success, alone);
}

#[test]
fn a_model_that_got_worse_is_named_in_the_reasons() {
    let router = router();
    let model_id = "claude-haiku-5-5";
    for round in 0..160 {
        told(
            &router,
            TASK,
            model_id,
            Told::new(Evidence::Test, f64::from(u8::from(round < 100))),
        );
    }
    let answer = route(&router, &request(TASK));
    let said = answer
        .reasons
        .iter()
        .find(|reason| reason.signal.starts_with("has got worse at code_generation"));
    assert_eq!(said.unwrap().towards, model_id);
    assert_eq!(answer.state.outcomes_seen, 160);
}

#[test]
fn advice_is_not_remembered() {
    let kept: Arc<Kept> = Arc::default();
    let router = router_over(&kept);
    let advised = now(router.advise(&scope("p"), &request(TASK))).unwrap();
    assert!(advised.model.is_some() && kept.routes.lock().unwrap().is_empty());
    assert_eq!(
        now(router.learn(&scope("p"), &advised.route_id, 1.0, 1.0)).unwrap(),
        None
    );
}
