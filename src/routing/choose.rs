//! The decision: the cheapest model that is expected to be good enough. Pure.

use std::cmp::Ordering;

use super::route::{Flip, FlipPoint};
use super::table::Estimate;
use crate::domain::ModelCard;

const MAX_FALLBACKS: usize = 4;
/// Stands for the trouble of a call that costs nothing, so that free models can be compared.
const SMALLEST_COST_USD: f64 = 1e-6;

/// A model with what to expect of it for one task.
#[derive(Debug, Clone)]
pub(super) struct Offer<'a> {
    pub(super) card: &'a ModelCard,
    pub(super) estimate: Estimate,
    pub(super) cost_usd: Option<f64>,
    pub(super) latency_ms: u64,
}

/// The decision. Indexes are those of the offers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) chosen: usize,
    /// The other offers that reach the target, cheapest first.
    pub(super) enough: Vec<usize>,
    pub(super) fallbacks: Vec<usize>,
    pub(super) flip: Flip,
}

/// Chooses the cheapest of the `feasible` offers whose lower bound is at least `quality_target` times the
/// best lower bound, ties by id; `None` when there is none. An offer without a price is chosen only where no
/// offer has one: then it is the one with the best lower bound.
pub(super) fn choose(offers: &[Offer], feasible: &[usize], quality_target: f64) -> Option<Choice> {
    let pick = |with_price: bool| -> Vec<(usize, &Offer)> {
        let of = |&at: &usize| offers.get(at).map(|offer| (at, offer));
        feasible
            .iter()
            .filter_map(of)
            .filter(|(_, offer)| offer.cost_usd.is_some() == with_price)
            .collect()
    };
    let (priced, unpriced) = (pick(true), pick(false));
    let mut pool = if priced.is_empty() { unpriced } else { priced };
    let best = pool
        .iter()
        .map(|(_, offer)| offer.estimate.p_low)
        .fold(0.0, f64::max);
    let share = |offer: &Offer| {
        if best > 0.0 {
            offer.estimate.p_low / best
        } else {
            1.0
        }
    };
    pool.sort_by(|(_, left), (_, right)| by_cost(left, right));
    let enough: Vec<_> = pool
        .iter()
        .filter(|(_, offer)| share(offer) >= quality_target)
        .collect();
    let (&&(chosen, offer), others) = enough.split_first()?;

    let point = |changes_at: f64, offer: &Offer| FlipPoint {
        changes_at,
        to: offer.card.id.clone(),
    };
    let cheaper =
        pool.iter()
            .take_while(|(at, _)| *at != chosen)
            .fold(None, |found: Option<&Offer>, (_, offer)| {
                // Of equal shares the first is cheaper, so only a larger one replaces it.
                Some(
                    found
                        .filter(|found| share(found) >= share(offer))
                        .unwrap_or(offer),
                )
            });
    let stronger = pool.iter().find(|(_, other)| share(other) > share(offer));
    let flip = Flip {
        quality_target,
        cheaper: cheaper
            .map(|other| point(share(other), other))
            .filter(|_| offer.cost_usd.is_some()),
        stronger: stronger
            .map(|(_, other)| point(share(offer), other))
            .filter(|_| offer.cost_usd.is_some()),
    };
    let enough: Vec<usize> = others.iter().map(|(at, _)| *at).collect();
    Some(Choice {
        chosen,
        fallbacks: fallbacks(offers, feasible, chosen, &enough),
        enough,
        flip,
    })
}

/// Cheapest first, ties by id; without prices the best lower bound first.
fn by_cost(left: &Offer, right: &Offer) -> Ordering {
    let by_id = left.card.id.cmp(&right.card.id);
    match (left.cost_usd, right.cost_usd) {
        (Some(left), Some(right)) => left.total_cmp(&right).then(by_id),
        _ => right.estimate.p_low.total_cmp(&left.estimate.p_low).then(by_id),
    }
}

/// First those that reach the target, by what a success costs; then the others, the likeliest to succeed
/// first. The second is from another provider than the first, so that one outage does not take both.
fn fallbacks(offers: &[Offer], feasible: &[usize], chosen: usize, enough: &[usize]) -> Vec<usize> {
    let value = |at: usize| {
        offers.get(at).map_or(0.0, |offer| match offer.cost_usd {
            Some(cost) if enough.contains(&at) => offer.estimate.p / cost.max(SMALLEST_COST_USD),
            _ => offer.estimate.p_low,
        })
    };
    let mut order: Vec<usize> = feasible.iter().copied().filter(|at| *at != chosen).collect();
    order.sort_by(|left, right| {
        let group = enough.contains(right).cmp(&enough.contains(left));
        group.then(value(*right).total_cmp(&value(*left)))
    });
    let provider = |at: usize| offers.get(at).map(|offer| offer.card.provider.as_str());
    if let Some(&first) = order.first()
        && let Some(other) = order.iter().position(|at| provider(*at) != provider(first))
    {
        let other = order.remove(other);
        order.insert(1, other);
    }
    order.truncate(MAX_FALLBACKS);
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::routing::Catalogue;

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
            cost_usd: *cost_usd,
            latency_ms: 1,
        };
        cards.iter().zip(numbers).map(offer).collect()
    }

    fn check(numbers: &[(f64, Option<f64>)], quality_target: f64) -> Option<Choice> {
        let cards = cards(numbers.len());
        let all: Vec<usize> = (0..numbers.len()).collect();
        choose(&offers(&cards, numbers), &all, quality_target)
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
}
