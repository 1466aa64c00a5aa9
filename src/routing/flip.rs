//! Where a choice changes, in closed form: on the dial of its rule, and by price. Pure.
//!
//! By quality target, sorted by cost, the choice at `q` is the first whose share of the best lower bound is at
//! least `q`: an offer is chosen for the targets above the shares of all cheaper ones, up to its own. By utility
//! each offer is a line in lambda, and it is chosen where its line is the highest.

use super::choose::{Offer, Pool, Rule, standing, utility};
use super::route::{DialPoint, Flip, FlipPoint};

/// How far beyond a crossing of two lines the next one is surely the highest, as a share of lambda.
const BEYOND: f64 = 1e-9;

/// The places of the dial at which one offer is chosen. By target above `lo` and up to `hi`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Interval {
    lo: f64,
    hi: f64,
}

/// A pool, a rule and what it chose.
#[derive(Debug)]
pub(super) struct Dial<'p, 'o, 'c> {
    pool: &'p Pool<'o, 'c>,
    rule: Rule,
    chosen: usize,
    /// By target: the best share of all cheaper members, for each member.
    cheaper_share: Vec<f64>,
}

/// What would make an offer the choice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Turn {
    /// The nearest place of the dial where it is chosen: from there on, or just beyond.
    pub(super) dial: Option<f64>,
    /// The cost in US dollars below which it is chosen as the dial stands.
    pub(super) below_usd: Option<f64>,
}

impl<'p, 'o, 'c> Dial<'p, 'o, 'c> {
    /// `chosen` is the place among the members that the rule picks.
    pub(super) fn of(pool: &'p Pool<'o, 'c>, rule: Rule, chosen: usize) -> Self {
        let mut best = -1.0_f64;
        let cheaper_share = pool
            .members
            .iter()
            .map(|(_, offer)| {
                let better = best.max(pool.share(offer));
                std::mem::replace(&mut best, better)
            })
            .collect();
        Self {
            pool,
            rule,
            chosen,
            cheaper_share,
        }
    }

    /// What would make the member at `place` the choice.
    pub(super) fn turn(&self, place: usize) -> Turn {
        if !self.pool.priced {
            return Turn::default();
        }
        let now = self.rule.dial();
        let nearest = |Interval { lo, hi }: Interval| if now > hi { hi } else { lo };
        Turn {
            dial: self
                .interval(place)
                .filter(|interval| interval.lo < interval.hi)
                .map(nearest)
                .filter(|dial| *dial >= 0.0),
            below_usd: self.below_usd(place),
        }
    }

    /// What would unmake the choice.
    pub(super) fn flip(&self) -> Flip {
        let now = self.rule.dial();
        let (below, above) = match self.interval(self.chosen) {
            Some(Interval { lo, hi }) if self.pool.priced => {
                (self.below(lo.min(now)), self.above(hi.max(now)))
            }
            _ => (None, None),
        };
        let nearest = [&below, &above].into_iter().flatten().min_by(|one, other| {
            (one.changes_at - now)
                .abs()
                .total_cmp(&(other.changes_at - now).abs())
        });
        let dial = DialPoint {
            now,
            changes_at: nearest.map(|point| point.changes_at),
            to: nearest.map(|point| point.to.clone()),
        };
        let price = self.price();
        match self.rule {
            Rule::Target(_) => Flip {
                quality_target: Some(dial),
                lambda: None,
                cheaper: below,
                stronger: above,
                price,
                without: None,
            },
            Rule::Utility { .. } => Flip {
                quality_target: None,
                lambda: Some(dial),
                cheaper: above,
                stronger: below,
                price,
                without: None,
            },
        }
    }

    fn member(&self, place: usize) -> Option<&'o Offer<'c>> {
        self.pool.members.get(place).map(|(_, offer)| *offer)
    }

    /// The choice changes at and below `lo`.
    fn below(&self, lo: f64) -> Option<FlipPoint> {
        let (changes_at, try_at) = match self.rule {
            Rule::Target(_) if lo < 0.0 => return None,
            Rule::Target(_) => (lo, lo),
            Rule::Utility { .. } if lo <= 0.0 => return None,
            Rule::Utility { .. } => (lo, lo * (1.0 - BEYOND)),
        };
        self.point(changes_at, try_at)
    }

    /// The choice changes above `hi`.
    fn above(&self, hi: f64) -> Option<FlipPoint> {
        let try_at = match self.rule {
            Rule::Target(_) if hi >= 1.0 => return None,
            Rule::Target(_) => hi.next_up(),
            Rule::Utility { .. } if hi.is_infinite() => return None,
            Rule::Utility { .. } => hi * (1.0 + BEYOND) + f64::MIN_POSITIVE,
        };
        self.point(hi, try_at)
    }

    fn point(&self, changes_at: f64, try_at: f64) -> Option<FlipPoint> {
        let next = self.pool.pick(self.rule.at(try_at))?;
        (next != self.chosen).then(|| FlipPoint {
            changes_at,
            to: self
                .member(next)
                .map_or_else(String::new, |offer| offer.card.id.clone()),
        })
    }

    fn interval(&self, place: usize) -> Option<Interval> {
        let offer = self.member(place)?;
        match self.rule {
            Rule::Target(_) => Some(Interval {
                lo: *self.cheaper_share.get(place)?,
                hi: self.pool.share(offer),
            }),
            Rule::Utility { mu, .. } => self.highest(place, offer, mu),
        }
    }

    /// Where the line of a member is the highest.
    fn highest(&self, place: usize, offer: &Offer, mu: f64) -> Option<Interval> {
        let line = |offer: &Offer| (standing(offer, mu), offer.cost_usd.unwrap_or(0.0));
        let (height, cost) = line(offer);
        let (mut lo, mut hi) = (0.0_f64, f64::INFINITY);
        for (other_place, (_, other)) in self.pool.members.iter().enumerate() {
            let (other_height, other_cost) = line(other);
            let crossing = (other_height - height) / (other_cost - cost);
            if other_cost > cost {
                lo = lo.max(crossing);
            } else if other_cost < cost {
                hi = hi.min(crossing);
            } else if other_height > height || (other_height == height && other_place < place) {
                return None;
            }
        }
        Some(Interval { lo, hi })
    }

    fn below_usd(&self, place: usize) -> Option<f64> {
        let (offer, chosen) = (self.member(place)?, self.member(self.chosen)?);
        match self.rule {
            Rule::Target(target) => chosen.cost_usd.filter(|_| self.pool.share(offer) >= target),
            Rule::Utility { lambda, mu } if lambda > 0.0 => {
                let usd = (standing(offer, mu) - utility(chosen, lambda, mu)) / lambda;
                Some(usd).filter(|usd| *usd > 0.0)
            }
            Rule::Utility { .. } => None,
        }
    }

    /// The factor on all prices of the chosen model at which another takes its place.
    fn price(&self) -> Option<FlipPoint> {
        let chosen = self.member(self.chosen)?;
        let cost = chosen.cost_usd.filter(|cost| *cost > 0.0)?;
        let others = self
            .pool
            .members
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != self.chosen);
        let (changes_at, to) = match self.rule {
            Rule::Target(target) => {
                // Cheaper members do not reach the target, so the first that does is the next by cost.
                let reaches = |offer: &&'o Offer<'c>| self.pool.share(offer) >= target;
                let next = others.map(|(_, (_, other))| *other).find(reaches)?;
                (next.cost_usd? / cost, next)
            }
            Rule::Utility { lambda, mu } if lambda > 0.0 => {
                let worth = |offer: &Offer| utility(offer, lambda, mu);
                let best = |best: &'o Offer<'c>, other: &'o Offer<'c>| {
                    if worth(other) > worth(best) { other } else { best }
                };
                let next = others.map(|(_, (_, other))| *other).reduce(best)?;
                ((standing(chosen, mu) - worth(next)) / (lambda * cost), next)
            }
            Rule::Utility { .. } => return None,
        };
        Some(FlipPoint {
            changes_at,
            to: to.card.id.clone(),
        })
    }
}
