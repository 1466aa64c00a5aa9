//! The decision: the cheapest model that is expected to be good enough, or the one with the best balance of
//! success, money and time. Pure.

use std::cmp::Ordering;

use super::flip::{Dial, Turn};
use super::route::Flip;
use super::table::Estimate;
use super::usage::Acceptance;
use crate::domain::ModelCard;

const MAX_FALLBACKS: usize = 4;
/// Stands for the trouble of a call that costs nothing, so that free models can be compared.
const SMALLEST_COST_USD: f64 = 1e-6;

/// A model with what to expect of it for one task.
#[derive(Debug, Clone)]
pub(super) struct Offer<'a> {
    pub(super) card: &'a ModelCard,
    pub(super) estimate: Estimate,
    pub(super) acceptance: Acceptance,
    pub(super) cost_usd: Option<f64>,
    pub(super) latency_ms: u64,
    /// Prompt and expected answer.
    pub(super) tokens: u64,
}

/// What is wanted of a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    /// The cheapest whose lower bound is at least this share of the best lower bound.
    Target(f64),
    /// The largest `p - lambda * dollars - mu * seconds`.
    Utility { lambda: f64, mu: f64 },
}

impl Rule {
    /// The same with its dial (the target, or lambda) at another place.
    pub(super) fn at(self, dial: f64) -> Self {
        match self {
            Self::Target(_) => Self::Target(dial),
            Self::Utility { mu, .. } => Self::Utility { lambda: dial, mu },
        }
    }

    pub(super) fn dial(self) -> f64 {
        match self {
            Self::Target(target) => target,
            Self::Utility { lambda, .. } => lambda,
        }
    }
}

/// The decision. Indexes are those of the offers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) chosen: usize,
    /// The other offers that reach the target, cheapest first; by utility, all others, best first.
    pub(super) enough: Vec<usize>,
    pub(super) fallbacks: Vec<usize>,
    pub(super) flip: Flip,
    /// What would make each offer the choice.
    pub(super) turns: Vec<Turn>,
}

/// The offers among which a rule chooses: those with a known price, or all where none is known.
#[derive(Debug)]
pub(super) struct Pool<'o, 'c> {
    /// Cheapest first, ties by id; without prices the best lower bound first.
    pub(super) members: Vec<(usize, &'o Offer<'c>)>,
    pub(super) priced: bool,
    pub(super) best_low: f64,
}

impl<'o, 'c> Pool<'o, 'c> {
    pub(super) fn of(offers: &'o [Offer<'c>], feasible: &[usize]) -> Self {
        let pick = |with_price: bool| {
            let mut members = Vec::with_capacity(feasible.len());
            let of = |&at: &usize| offers.get(at).map(|offer| (at, offer));
            let offers = feasible.iter().filter_map(of);
            members.extend(offers.filter(|(_, offer)| offer.cost_usd.is_some() == with_price));
            members
        };
        let mut members = pick(true);
        let priced = !members.is_empty();
        if !priced {
            members = pick(false);
        }
        members.sort_by(|(_, left), (_, right)| by_cost(left, right));
        Self {
            best_low: members
                .iter()
                .map(|(_, offer)| offer.estimate.p_low)
                .fold(0.0, f64::max),
            members,
            priced,
        }
    }

    /// An offer's share of the best lower bound.
    pub(super) fn share(&self, offer: &Offer) -> f64 {
        if self.best_low > 0.0 {
            offer.estimate.p_low / self.best_low
        } else {
            1.0
        }
    }

    /// Where the choice by `rule` stands among the members.
    pub(super) fn pick(&self, rule: Rule) -> Option<usize> {
        match rule {
            Rule::Target(target) => self
                .members
                .iter()
                .position(|(_, offer)| self.share(offer) >= target),
            Rule::Utility { lambda, mu } => {
                let worth = |at: usize| {
                    let (_, offer) = self.members.get(at)?;
                    Some(utility(offer, lambda, mu))
                };
                // Of equal utilities the first is the cheapest.
                (0..self.members.len()).reduce(|best, at| if worth(at) > worth(best) { at } else { best })
            }
        }
    }
}

/// `p - lambda * dollars - mu * seconds`; of an unknown price only the rest.
pub(super) fn utility(offer: &Offer, lambda: f64, mu: f64) -> f64 {
    standing(offer, mu) - lambda * offer.cost_usd.unwrap_or(0.0)
}

/// What is left of the chance of success when its time is paid for.
pub(super) fn standing(offer: &Offer, mu: f64) -> f64 {
    offer.estimate.p - mu * offer.latency_ms as f64 / 1e3
}

/// Chooses among the `feasible` offers by `rule`, ties by cost, then id; `None` when nothing qualifies. An offer
/// without a price is chosen only where no offer has one: then it is the one with the best lower bound.
pub(super) fn choose(offers: &[Offer], feasible: &[usize], rule: Rule) -> Option<Choice> {
    let pool = Pool::of(offers, feasible);
    let at = pool.pick(rule)?;
    let (chosen, _) = *pool.members.get(at)?;
    let dial = Dial::of(&pool, rule, at);
    let mut order: Vec<(usize, &Offer)> = pool.members.clone();
    order.retain(|(at, _)| *at != chosen);
    match rule {
        Rule::Target(target) => order.retain(|(_, offer)| pool.share(offer) >= target),
        Rule::Utility { lambda, mu } => order.sort_by(|(_, left), (_, right)| {
            utility(right, lambda, mu).total_cmp(&utility(left, lambda, mu))
        }),
    }
    let enough: Vec<usize> = order.iter().map(|(at, _)| *at).collect();
    let mut turns = vec![Turn::default(); offers.len()];
    for (place, (of, _)) in pool.members.iter().enumerate().filter(|(place, _)| *place != at) {
        if let Some(turn) = turns.get_mut(*of) {
            *turn = dial.turn(place);
        }
    }
    Some(Choice {
        chosen,
        fallbacks: fallbacks(offers, feasible, chosen, &enough, rule),
        flip: dial.flip(),
        enough,
        turns,
    })
}

/// Cheapest first, ties by id; without prices the best lower bound first.
fn by_cost(left: &Offer, right: &Offer) -> Ordering {
    let order = match (left.cost_usd, right.cost_usd) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => right.estimate.p_low.total_cmp(&left.estimate.p_low),
    };
    order.then_with(|| left.card.id.cmp(&right.card.id))
}

/// First those that reach the target, by what a success costs (or by utility); then the others, the likeliest to
/// succeed first. The second is from another provider than the first, so that one outage does not take both.
fn fallbacks(
    offers: &[Offer],
    feasible: &[usize],
    chosen: usize,
    enough: &[usize],
    rule: Rule,
) -> Vec<usize> {
    let value = |at: usize, is_enough: bool| {
        offers.get(at).map_or(0.0, |offer| match (offer.cost_usd, rule) {
            (Some(_), Rule::Utility { lambda, mu }) => utility(offer, lambda, mu),
            (Some(cost), Rule::Target(_)) if is_enough => offer.estimate.p / cost.max(SMALLEST_COST_USD),
            _ => offer.estimate.p_low,
        })
    };
    let others = feasible.iter().copied().filter(|at| *at != chosen);
    let mut ranked: Vec<(bool, f64, usize)> = others
        .map(|at| {
            let is_enough = enough.contains(&at);
            (is_enough, value(at, is_enough), at)
        })
        .collect();
    ranked.sort_by(|left, right| right.0.cmp(&left.0).then(right.1.total_cmp(&left.1)));
    let mut order: Vec<usize> = ranked.into_iter().map(|(.., at)| at).collect();
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
mod tests;
