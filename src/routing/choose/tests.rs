//! The rules, and that what is said about them is true.

use proptest::prelude::*;

use super::*;
use crate::routing::Catalogue;
use crate::routing::usage::Acceptance;

/// Offers with these lower bounds and costs; ids `m0`, `m1`, ...
fn cards(count: usize) -> Vec<ModelCard> {
    let card = Catalogue::builtin().models()[0].clone();
    (0..count)
        .map(|i| ModelCard {
            id: format!("m{i}"),
            provider: format!("p{}", i % 3),
            ..card.clone()
        })
        .collect()
}

fn offers<'a>(cards: &'a [ModelCard], numbers: &[(f64, Option<f64>)]) -> Vec<Offer<'a>> {
    let offer = |(card, (p_low, cost_usd)): (&'a ModelCard, &(f64, Option<f64>))| Offer {
        card,
        estimate: Estimate {
            p: *p_low,
            p_low: *p_low,
            n: 0.0,
        },
        acceptance: Acceptance {
            passes: 0.9,
            good: *p_low,
        },
        cost_usd: *cost_usd,
        latency_ms: 1,
        tokens: 1,
    };
    cards.iter().zip(numbers).map(offer).collect()
}

fn check(numbers: &[(f64, Option<f64>)], quality_target: f64) -> Option<Choice> {
    by(numbers, Rule::Target(quality_target))
}

fn by(numbers: &[(f64, Option<f64>)], rule: Rule) -> Option<Choice> {
    let cards = cards(numbers.len());
    let all: Vec<usize> = (0..numbers.len()).collect();
    choose(&offers(&cards, numbers), &all, rule)
}

fn chosen(numbers: &[(f64, Option<f64>)], quality_target: f64) -> Option<usize> {
    check(numbers, quality_target).map(|choice| choice.chosen)
}

#[test]
fn the_cheapest_that_is_good_enough_wins() {
    let numbers = [(0.9, Some(10.0)), (0.87, Some(2.0)), (0.5, Some(0.1))];
    assert_eq!(chosen(&numbers, 0.95), Some(1));
    assert_eq!(chosen(&numbers, 1.0), Some(0));
    assert_eq!(chosen(&numbers, 0.0), Some(2));
    assert_eq!(chosen(&[], 0.5), None);
}

#[test]
fn an_unknown_price_wins_only_where_no_price_is_known() {
    assert_eq!(chosen(&[(0.99, None), (0.2, Some(50.0))], 0.95), Some(1));
    let choice = check(&[(0.5, None), (0.9, None)], 0.95).unwrap();
    assert_eq!(
        (choice.chosen, choice.flip.cheaper, choice.flip.stronger),
        (1, None, None)
    );
}

#[test]
fn equal_costs_are_decided_by_id() {
    assert_eq!(chosen(&[(0.9, Some(1.0)), (0.9, Some(1.0))], 0.95), Some(0));
}

#[test]
fn the_second_fallback_is_from_another_provider() {
    // m0 is chosen; of the others m3 (p0) and m6 (p0) come first, m1 (p1) is the dearest.
    let far = (0.1, Some(99.0));
    let numbers = [
        (0.9, Some(1.0)),
        (0.9, Some(9.0)),
        far,
        (0.9, Some(2.0)),
        far,
        far,
        (0.9, Some(3.0)),
    ];
    assert_eq!(check(&numbers, 0.95).unwrap().fallbacks[..3], [3, 1, 6]);
}

fn numbers() -> impl Strategy<Value = Vec<(f64, Option<f64>)>> {
    // Few distinct values, so that ties happen.
    let p = prop_oneof![(0u32..20).prop_map(|p| f64::from(p) / 20.0), 0.0..1.0];
    let cost = prop_oneof![5 => (0u32..12).prop_map(|cost| Some(f64::from(cost))), 1 => Just(None)];
    proptest::collection::vec((p, cost), 1..12)
}

proptest! {
    #[test]
    fn each_flip_point_really_flips_the_choice(numbers in numbers(), target in 0.0..=1.0) {
        let choice = check(&numbers, target).unwrap();
        let id = |at: Option<usize>| at.map(|at| format!("m{at}"));
        let now = id(Some(choice.chosen));
        if let Some(point) = choice.flip.cheaper {
            prop_assert!(point.changes_at < target);
            prop_assert_eq!(id(chosen(&numbers, point.changes_at)), Some(point.to));
            prop_assert!(id(chosen(&numbers, (point.changes_at + 1e-12).min(target))) == now);
        } else {
            prop_assert!(id(chosen(&numbers, 0.0)) == now);
        }
        if let Some(point) = choice.flip.stronger {
            prop_assert!(point.changes_at >= target);
            prop_assert_eq!(id(chosen(&numbers, point.changes_at)), now);
            prop_assert_eq!(id(chosen(&numbers, point.changes_at + 1e-12)), Some(point.to));
        } else {
            prop_assert_eq!(id(chosen(&numbers, 1.0)), now);
        }
    }

    #[test]
    fn the_turn_of_an_offer_makes_it_the_choice(numbers in numbers(), target in 0.0..=1.0) {
        let choice = check(&numbers, target).unwrap();
        for (at, turn) in choice.turns.iter().enumerate() {
            if let Some(dial) = turn.dial {
                let there = if dial >= target { dial.next_up() } else { dial };
                prop_assert_eq!(chosen(&numbers, there), Some(at), "{:?} {}", turn, there);
            }
            if let Some(usd) = turn.below_usd.filter(|usd| *usd > 0.0) {
                let mut cheaper = numbers.clone();
                cheaper[at].1 = Some(usd * 0.999);
                prop_assert_eq!(chosen(&cheaper, target), Some(at));
            }
        }
    }

    #[test]
    fn by_utility_each_flip_point_flips_the_choice(numbers in numbers(), lambda in 0.0..1.0_f64) {
        let rule = Rule::Utility { lambda, mu: 0.0 };
        let choice = by(&numbers, rule).unwrap();
        let id = |at: usize| format!("m{at}");
        let there = |lambda: f64| by(&numbers, Rule::Utility { lambda, mu: 0.0 }).map(|choice| id(choice.chosen));
        if let Some(point) = &choice.flip.cheaper {
            prop_assert!(point.changes_at >= lambda - 1e-12);
            prop_assert_eq!(there(point.changes_at * (1.0 + 1e-9) + 1e-300), Some(point.to.clone()));
        }
        if let Some(point) = &choice.flip.stronger {
            prop_assert!(point.changes_at <= lambda + 1e-12);
            prop_assert_eq!(there(point.changes_at * (1.0 - 1e-9)), Some(point.to.clone()));
        }
        for (at, turn) in choice.turns.iter().enumerate() {
            if let Some(usd) = turn.below_usd.filter(|usd| *usd > 1e-6) {
                let mut cheaper = numbers.clone();
                cheaper[at].1 = Some(usd - 1e-7);
                prop_assert_eq!(by(&cheaper, rule).map(|choice| choice.chosen), Some(at));
            }
        }
    }

    #[test]
    fn the_price_that_flips_the_choice_does(numbers in numbers(), dial in 0.0..=1.0_f64, by_utility: bool) {
        let rule = if by_utility { Rule::Utility { lambda: dial, mu: 0.0 } } else { Rule::Target(dial) };
        let choice = by(&numbers, rule).unwrap();
        if let Some(point) = &choice.flip.price {
            let at = |factor: f64| {
                let mut dearer = numbers.clone();
                dearer[choice.chosen].1 = dearer[choice.chosen].1.map(|cost| cost * factor);
                by(&dearer, rule).map(|choice| format!("m{}", choice.chosen))
            };
            prop_assert!(point.changes_at >= 1.0 - 1e-9, "{:?}", point);
            prop_assert_eq!(at(point.changes_at * (1.0 + 1e-6) + 1e-9), Some(point.to.clone()));
            let before = 1.0 + (point.changes_at - 1.0) * (1.0 - 1e-6);
            if before > 1.0 {
                prop_assert_eq!(at(before), Some(format!("m{}", choice.chosen)));
            }
        }
    }

    #[test]
    fn a_higher_price_never_makes_a_model_the_choice(
        numbers in numbers(), target in 0.0..=1.0, at in 0usize..12, more in 0.0..20.0,
    ) {
        let at = at % numbers.len();
        let before = chosen(&numbers, target);
        let mut dearer = numbers;
        dearer[at].1 = dearer[at].1.map(|cost| cost + more);
        let after = chosen(&dearer, target);
        prop_assert!(after == before || before == Some(at), "{:?} {:?}", before, after);
    }

    #[test]
    fn the_choice_reaches_the_target_and_fallbacks_are_distinct(numbers in numbers(), target in 0.0..=1.0) {
        let choice = check(&numbers, target).unwrap();
        let mut tried = choice.fallbacks.clone();
        tried.push(choice.chosen);
        tried.sort_unstable();
        tried.dedup();
        prop_assert_eq!(tried.len(), choice.fallbacks.len() + 1);
        prop_assert!(choice.fallbacks.len() >= numbers.len().min(5) - 1);
    }
}

#[test]
fn by_utility_money_and_time_are_weighed_against_success() {
    let numbers = [(0.9, Some(0.02)), (0.8, Some(0.001))];
    let at = |lambda: f64| by(&numbers, Rule::Utility { lambda, mu: 0.0 }).map(|choice| choice.chosen);
    // (0.9 - 0.8) / (0.02 - 0.001)
    assert_eq!((at(5.0), at(5.4)), (Some(0), Some(1)));
    let flip = by(&numbers, Rule::Utility { lambda: 1.0, mu: 0.0 }).unwrap().flip;
    let lambda = flip.lambda.unwrap();
    assert!((lambda.changes_at.unwrap() - 0.1 / 0.019).abs() < 1e-9);
    assert_eq!((lambda.to.as_deref(), flip.quality_target), (Some("m1"), None));
}
