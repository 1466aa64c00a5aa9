//! Reports over decisions and outcomes as a store gives them.

use super::*;
use crate::domain::{Forecast, ModelCard, RouteId, TaskType};
use crate::routing::Catalogue;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A decision at second `n` for `model`; one token in, one out.
fn route(n: i64, model: &str, cost_usd: Option<f64>) -> RouteRecord {
    RouteRecord {
        id: RouteId::new(format!("r{n}")),
        task_type: TaskType::ReasoningMath,
        custom_type: None,
        difficulty_bucket: Some(3),
        model: model.to_owned(),
        at: at(n),
        session: None,
        forecast: cost_usd.map(|cost| Forecast {
            tokens_in: 1_000_000,
            tokens_out: 0,
            p_success: 0.9,
            cost_usd: Some(cost),
        }),
        spent_usd: None,
    }
}

fn outcome(n: i64, reward: f64) -> Outcome {
    Outcome {
        reference: format!("r{n}"),
        task_type: TaskType::ReasoningMath,
        custom_type: None,
        difficulty_bucket: Some(3),
        model: "gpt-6-luna".to_owned(),
        reward,
        weight: 1.0,
        at: at(n + 100),
        evidence: Evidence::User,
        client: String::new(),
        accepted: None,
        tokens_out: None,
        cost_usd: None,
    }
}

/// The report on these, newest first, by a table that learned from the outcomes.
fn report(routes: &[RouteRecord], outcomes: &[Outcome], baseline: Option<&str>) -> Report {
    let catalogue = Catalogue::builtin();
    let table = Table::replay(&catalogue, outcomes);
    let known = Known {
        catalogue: &catalogue,
        models: catalogue.models(),
        table: &table,
        elsewhere: Vec::new(),
        cells: HashMap::new(),
    };
    let named = baseline.map(|id| catalogue.position(id).unwrap());
    told(known, routes.to_vec(), outcomes, (named, 0.95))
}

#[test]
fn money_is_compared_with_a_named_model_at_a_named_quality() {
    let routes = [
        route(2, "gpt-6-luna", Some(0.1)),
        route(1, "gpt-6-luna", Some(0.1)),
    ];
    let report = report(&routes, &[], Some("claude-sonnet-5-5"));
    assert_eq!(report.period, Some((at(1), at(2))));
    let baseline = report.baseline.unwrap();
    assert_eq!(
        (baseline.model.as_str(), baseline.how),
        ("claude-sonnet-5-5", How::Named)
    );
    let saved = baseline.saved;
    assert_eq!(
        (saved.baseline_usd, saved.routed_usd, baseline.calls),
        (4.0, 0.2, 2)
    );
    assert_eq!(saved.share, Some(0.95));
    for line in [&report.all, &report.types[0], &report.models[0]] {
        assert_eq!(line.saved, Some(saved), "{}", line.name);
    }
    assert!(baseline.routed_p < baseline.mean_p);
    let kept = baseline.quality_kept.unwrap();
    assert!((kept - baseline.routed_p / baseline.mean_p).abs() < 1e-12 && kept > 0.8);
    assert!(!baseline.is_dearest);
}

#[test]
fn the_best_single_model_is_the_one_that_the_rule_would_choose_for_all() {
    let report = report(&[route(1, "gpt-6-luna", Some(0.1))], &[], None);
    let baseline = report.baseline.unwrap();
    let best = report
        .singles
        .iter()
        .map(|single| single.mean_p)
        .fold(0.0, f64::max);
    assert!(
        baseline.how == How::BestSingle && baseline.mean_p >= 0.95 * best,
        "{baseline:?}"
    );
    let enough = report
        .singles
        .iter()
        .filter(|single| single.mean_p >= 0.95 * best);
    let cheapest = enough
        .filter_map(|single| single.cost_usd)
        .fold(f64::INFINITY, f64::min);
    assert_eq!(baseline.saved.baseline_usd, cheapest);
    assert!(!baseline.is_dearest, "{}", baseline.model);
}

#[test]
fn the_dearest_model_is_a_baseline_only_where_it_is_named() {
    let single = |model: &str, mean_p, cost_usd| Single {
        model: model.to_owned(),
        mean_p,
        cost_usd: Some(cost_usd),
    };
    // Likeliest to succeed first, as they come.
    let far_ahead = [
        single("a", 0.99, 9.0),
        single("b", 0.5, 2.0),
        single("c", 0.4, 1.0),
    ];
    let found = |singles: &[Single], named| baseline(singles, &[], named, 0.95).unwrap();
    let next = found(&far_ahead, None);
    assert_eq!((next.model.as_str(), next.how), ("b", How::BestBelowDearest));
    assert_eq!(found(&far_ahead[..1], None).how, How::BestSingle);
    let card = ModelCard {
        id: "a".to_owned(),
        ..Catalogue::builtin().models()[0].clone()
    };
    let named = found(&far_ahead, Some(&card));
    assert!(named.model == "a" && named.is_dearest);
    let free = [single("a", 0.9, 0.0), single("b", 0.5, 0.0)];
    assert_eq!(found(&free, None).saved.share, None);
}

#[test]
fn a_call_without_an_outcome_is_no_success() {
    let routes: Vec<_> = (1..=10)
        .rev()
        .map(|n| route(n, "gpt-6-luna", Some(0.1)))
        .collect();
    // The second one of the first call is what counts.
    let outcomes = [
        outcome(1, 1.0),
        outcome(1, 0.0),
        outcome(2, 1.0),
        outcome(99, 1.0),
    ];
    let report = report(&routes, &outcomes, None);
    let observed = report.all.observed;
    assert_eq!((observed.calls, observed.without), (2, 8));
    let mean = observed.mean.unwrap();
    assert!(mean.value == 0.5 && mean.low < 0.1 && mean.high > 0.9, "{mean:?}");
    let regret = report.regret.unwrap();
    assert_eq!((regret.calls, regret.observed), (2, 0.5));
    assert!(
        regret.regret.value > 0.2 && regret.regret.low < regret.regret.value - 0.3,
        "{regret:?}"
    );
}

#[test]
fn what_earlier_versions_kept_counts_as_a_call_without_a_price() {
    let routes = [
        route(3, "gone", Some(0.1)),
        route(2, "gpt-6-luna", None),
        RouteRecord {
            spent_usd: Some(0.3),
            ..route(1, "gpt-6-luna", Some(0.1))
        },
    ];
    let report = report(&routes, &[], None);
    assert_eq!((report.all.calls, report.all.priced), (3, 2));
    assert_eq!(report.baseline.unwrap().calls, 1);
    let gone = report.models.iter().find(|line| line.name == "gone").unwrap();
    assert_eq!((gone.calls, gone.mean_p), (1, None));
    let spent = report.spent.unwrap();
    assert_eq!((spent.calls, spent.usd, spent.expected_usd), (1, 0.3, 0.1));
}

#[test]
fn nothing_comes_of_nothing() {
    let report = report(&[], &[], None);
    assert_eq!(
        (report.period, report.baseline, report.regret),
        (None, None, None)
    );
    assert!(report.singles.is_empty() && report.types.is_empty());
}

#[test]
fn an_interval_holds_its_mean() {
    for n in [1, 2, 10, 1_000] {
        for mean in [0.0, 0.3, 1.0] {
            let found = Interval::of_mean(mean, n);
            assert!(
                0.0 <= found.low && found.low <= mean && mean <= found.high && found.high <= 1.0,
                "{found:?}"
            );
        }
    }
    // 8 of 10: 0.49 to 0.94, as Wilson (1927) has it.
    let found = Interval::of_mean(0.8, 10);
    assert!(
        (found.low - 0.490).abs() < 1e-3 && (found.high - 0.943).abs() < 1e-3,
        "{found:?}"
    );
}
