//! What the strongest model that fits would add to the choice. Pure.

use super::choose::Offer;
use super::route::Gain;

/// The gain over `chosen` among the `feasible` offers; ties go to the cheaper, then by id.
pub(super) fn gain(chosen: &Offer, offers: &[Offer], feasible: &[usize]) -> Option<Gain> {
    let models = || feasible.iter().filter_map(|at| offers.get(*at));
    let cost = |offer: &Offer| offer.cost_usd.unwrap_or(f64::INFINITY);
    let strongest = models().max_by(|one, other| {
        let by_chance = one.estimate.p.total_cmp(&other.estimate.p);
        by_chance
            .then_with(|| cost(other).total_cmp(&cost(one)))
            .then_with(|| other.card.id.cmp(&one.card.id))
    })?;
    let priced = models().filter(|offer| offer.cost_usd.is_some());
    let cheapest = priced.min_by(|one, other| {
        let by_cost = cost(one).total_cmp(&cost(other));
        by_cost.then_with(|| one.card.id.cmp(&other.card.id))
    });
    let over = |other: &Offer| ((strongest.estimate.p - other.estimate.p) * 1e4).round() / 1e4;
    let extra = strongest.cost_usd.zip(chosen.cost_usd);
    Some(Gain {
        strongest: strongest.card.id.clone(),
        over_choice: over(chosen),
        over_cheapest: cheapest.map(over),
        extra_usd: extra.map(|(most, cost)| ((most - cost) * 1e10).round() / 1e10),
    })
}
