//! Trying another model now and then, where the operator has switched it on. Seeded, so that it can be repeated.

use super::choose::Offer;
use super::confidence::EPSILON;
use crate::domain::{RouteId, Stakes};

/// The largest share of choices that may be tries.
pub const MAX_SHARE: f64 = 0.05;

/// The model to try instead of the choice: of the `feasible` ones whose chance is at most [`EPSILON`] below the best
/// of them, the one that least is known of. `None` for most routes, where nothing is to be learned, and always
/// where the stakes are high.
pub(super) fn instead_of(
    chosen: usize,
    offers: &[Offer],
    feasible: &[usize],
    stakes: Stakes,
    share: f64,
    (seed, route): (u64, &RouteId),
) -> Option<usize> {
    if stakes == Stakes::High || lot(seed, route) >= share.min(MAX_SHARE) {
        return None;
    }
    let models = || feasible.iter().filter_map(|at| Some((*at, offers.get(*at)?)));
    let best = models().map(|(_, offer)| offer.estimate.p).fold(0.0, f64::max);
    models()
        .filter(|(_, offer)| offer.estimate.p >= best - EPSILON && offer.cost_usd.is_some())
        .min_by(|(_, one), (_, other)| {
            let cost = |offer: &Offer| offer.cost_usd.unwrap_or(f64::INFINITY);
            let by_cost = cost(one).total_cmp(&cost(other));
            let by_n = one.estimate.n.total_cmp(&other.estimate.n);
            by_n.then(by_cost).then(one.card.id.cmp(&other.card.id))
        })
        .map(|(at, _)| at)
        .filter(|at| *at != chosen)
}

/// In 0..1, from the seed and the route's id: FNV-1a, stirred so that ids that differ in a digit are far apart.
fn lot(seed: u64, route: &RouteId) -> f64 {
    let bytes = seed.to_le_bytes().into_iter().chain(route.as_str().bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((hash ^ (hash >> 29)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_spread_evenly_and_depend_on_the_seed() {
        let share = |seed| {
            let lots = (0..20_000).map(|i| lot(seed, &RouteId::new(format!("{i:032x}"))));
            lots.filter(|lot| *lot < 0.05).count()
        };
        assert!((900..1100).contains(&share(1)), "{}", share(1));
        assert_ne!(lot(1, &RouteId::new("a")), lot(2, &RouteId::new("a")));
    }
}
