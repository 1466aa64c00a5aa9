//! First a cheaper model, then, when a validation refuses what it did, a stronger one. In closed form, pure.
//!
//! With `a` the chance that the validation lets the first answer pass: cost `c1 + (1 - a) c2`, success
//! `a P(good | passed) + (1 - a) P2`, time `l1 + (1 - a) l2`. It pays only where `c1 < a c2`.

use super::choose::{Offer, Pool, Rule, utility};
use super::route::{Cascade, Constraints};

/// The cascade that the rule prefers to its own choice, if there is one. What is given as the most that may be spent
/// or waited bounds both calls together.
pub(super) fn better_than(chosen: &Offer, pool: &Pool, rule: Rule, given: &Constraints) -> Option<Cascade> {
    let mut best: Option<(f64, Plan)> = None;
    let models = || pool.members.iter().map(|(_, offer)| *offer);
    for first in models() {
        let Some(first_cost) = first.cost_usd else {
            continue;
        };
        let passes = first.acceptance.passes;
        for then in models() {
            let Some(then_cost) = then.cost_usd else { continue };
            let both_ms = first.latency_ms.saturating_add(then.latency_ms);
            let fits = given.max_cost_usd.is_none_or(|max| first_cost + then_cost <= max)
                && given.max_latency_ms.is_none_or(|max| both_ms <= max);
            let pays = first_cost < passes * then_cost && then.estimate.p > first.estimate.p;
            if !pays || !fits {
                continue;
            }
            let good = first.acceptance.good;
            let mix = |then_p: f64, good: f64| passes * good + (1.0 - passes) * then_p;
            // The first answer's bound is as far below its expectation as that of any of its answers.
            let doubt = first.estimate.p_low / first.estimate.p.max(f64::MIN_POSITIVE);
            let low = mix(then.estimate.p_low, good * doubt);
            let p_success = mix(then.estimate.p, good);
            let cost_usd = first_cost + (1.0 - passes) * then_cost;
            let latency = first.latency_ms as f64 + (1.0 - passes) * then.latency_ms as f64;
            // Larger is better; the choice alone has to be beaten.
            let (worth, alone) = match rule {
                Rule::Target(target) if low >= target * pool.best_low => (-cost_usd, -chosen.cost_usd?),
                Rule::Target(_) => continue,
                Rule::Utility { lambda, mu } => (
                    p_success - lambda * cost_usd - mu * latency / 1e3,
                    utility(chosen, lambda, mu),
                ),
            };
            if worth > alone && best.as_ref().is_none_or(|(known, _)| worth > *known) {
                let plan = Plan {
                    first,
                    then,
                    cost_usd,
                    p_success,
                    latency,
                };
                best = Some((worth, plan));
            }
        }
    }
    best.map(|(_, plan)| Cascade {
        first: plan.first.card.id.clone(),
        then: plan.then.card.id.clone(),
        passes: (plan.first.acceptance.passes * 1e4).round() / 1e4,
        cost_usd: (plan.cost_usd * 1e10).round() / 1e10,
        p_success: (plan.p_success * 1e4).round() / 1e4,
        latency_ms: plan.latency as u64,
    })
}

/// Two models and what to expect of them.
struct Plan<'o, 'c> {
    first: &'o Offer<'c>,
    then: &'o Offer<'c>,
    cost_usd: f64,
    p_success: f64,
    latency: f64,
}
