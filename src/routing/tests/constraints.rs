//! What callers may ask for: what it excludes, and what is refused.

use super::*;

fn target(route: &Route) -> f64 {
    route.flip.quality_target.as_ref().unwrap().now
}

fn refused(request: &RouteRequest) -> &'static str {
    now(router().route(&scope("p"), request)).unwrap_err().code()
}

#[test]
fn each_constraint_excludes_and_says_so() {
    let of = |constraints: Constraints, id: &str| candidate(&check(EASY, constraints), id).verdict.clone();
    let none = Constraints::default;
    assert_eq!(
        of(
            Constraints {
                max_cost_usd: Some(0.001),
                ..none()
            },
            "claude-fable-5-1"
        ),
        "costs more than $0.001"
    );
    assert_eq!(
        of(
            Constraints {
                max_latency_ms: Some(9000),
                ..none()
            },
            "gpt-6-astra"
        ),
        "takes longer than 9000 ms"
    );
    assert_eq!(
        of(
            Constraints {
                min_context_tokens: Some(200_000),
                ..none()
            },
            "gpt-oss:20b"
        ),
        "context window 131072 < 200000 tokens"
    );
    assert_eq!(
        of(
            Constraints {
                needs: vec!["Vision".into()],
                ..none()
            },
            "gpt-oss:20b"
        ),
        "lacks vision"
    );
    assert_eq!(
        of(
            Constraints {
                allow: vec!["openai".into()],
                ..none()
            },
            "gemma4:e4b"
        ),
        "not allowed"
    );
    assert_eq!(
        of(
            Constraints {
                deny: vec!["GPT-*".into()],
                ..none()
            },
            "gpt-6-luna"
        ),
        "denied"
    );
}

#[test]
fn deny_is_stronger_than_allow() {
    let both = || vec!["claude-haiku-5-5".to_owned()];
    let route = check(
        EASY,
        Constraints {
            allow: both(),
            deny: both(),
            ..Constraints::default()
        },
    );
    assert_eq!(route.model, None);
    assert!(route.advice.unwrap().contains("without allow, "));
}

#[test]
fn without_a_model_the_advice_names_what_to_relax_and_what_it_buys() {
    let cheap = Constraints {
        max_cost_usd: Some(0.0),
        deny: vec!["ollama".into()],
        ..Constraints::default()
    };
    let route = check(EASY, cheap);
    assert_eq!(
        (route.model, route.expected, route.fallbacks.len()),
        (None, None, 0)
    );
    assert!(
        route
            .advice
            .unwrap()
            .starts_with("no model meets all constraints: without max_cost_usd, ")
    );

    let both = Constraints {
        local_only: true,
        max_latency_ms: Some(1),
        ..Constraints::default()
    };
    let advice = check(EASY, both).advice.unwrap();
    assert!(advice.contains("without max_latency_ms, "), "{advice}");

    let three = Constraints {
        max_latency_ms: Some(1),
        max_cost_usd: Some(0.0),
        deny: vec!["ollama".into()],
        ..Constraints::default()
    };
    let advice = check(EASY, three).advice.unwrap();
    assert!(
        advice.contains("without max_latency_ms and max_cost_usd, "),
        "{advice}"
    );

    let long = RouteRequest {
        context: Some("x".repeat(9_000_000)),
        ..request(EASY)
    };
    assert!(
        super::route(&router(), &long)
            .advice
            .unwrap()
            .contains("shorten it or split it")
    );
}

#[test]
fn a_need_read_from_the_task_gives_way_when_nothing_else_is_left() {
    let task = "describe what is wrong in this screenshot of the settings page";
    assert_eq!(check(task, Constraints::default()).needs, ["vision"]);
    let blind = Constraints {
        allow: vec!["gpt-oss:20b".into()],
        ..Constraints::default()
    };
    let route = check(task, blind);
    assert_eq!(model(&route), "gpt-oss:20b");
    assert!(
        route
            .reasons
            .iter()
            .any(|reason| reason.signal.contains("set aside what the task seems to need"))
    );
}

#[test]
fn high_stakes_raise_the_target_unless_the_caller_names_one() {
    let task = "rename the column in the production database";
    let route = check(task, Constraints::default());
    assert_eq!((route.stakes, target(&route)), (Stakes::High, 0.98));
    let named = super::route(
        &router(),
        &RouteRequest {
            quality_target: Some(0.5),
            ..request(task)
        },
    );
    assert_eq!(target(&named), 0.5);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_code() {
    assert_eq!(refused(&request(" \n\t ")), "routing.empty_task");
    for quality_target in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let request = RouteRequest {
            quality_target: Some(quality_target),
            ..request(EASY)
        };
        assert_eq!(refused(&request), "routing.bad_quality_target");
    }
    let refuses = |constraints| refused(&with(EASY, constraints));
    let none = Constraints::default;
    assert_eq!(
        refuses(Constraints {
            max_cost_usd: Some(-1.0),
            ..none()
        }),
        "routing.bad_constraint"
    );
    assert_eq!(
        refuses(Constraints {
            max_cost_usd: Some(f64::NAN),
            ..none()
        }),
        "routing.bad_constraint"
    );
    assert_eq!(
        refuses(Constraints {
            allow: vec![String::new()],
            ..none()
        }),
        "routing.bad_constraint"
    );
    assert_eq!(
        refuses(Constraints {
            deny: vec!["x".into(); 65],
            ..none()
        }),
        "routing.bad_constraint"
    );
    assert_eq!(
        refuses(Constraints {
            needs: vec!["telepathy".into()],
            ..none()
        }),
        "routing.unknown_need"
    );
    let long = RouteRequest {
        session: Some("s".repeat(300)),
        ..request(EASY)
    };
    assert_eq!(refused(&long), "routing.bad_constraint");
}

#[test]
fn settings_refuse_unknown_keys_and_default_to_what_they_say() {
    assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
    for wrong in [
        "qualty_target = 0.9",
        "quality_target = 1.5",
        "high_stakes_quality_target = nan",
    ] {
        assert!(toml::from_str::<Settings>(wrong).is_err(), "{wrong}");
    }
}
