//! How sure it is that no other model is clearly better than the chosen one. Pure.

use super::table::Estimate;

/// A difference in the chance of success that does not matter.
pub(super) const EPSILON: f64 = 0.05;
/// Nodes and weights of Gauss-Hermite quadrature for a standard normal, seven of them.
const NODES: [(f64, f64); 7] = [
    (-3.750_439_717_725_742, 0.000_548_268_855_972_218),
    (-2.366_759_410_734_541, 0.030_757_123_967_586_5),
    (-1.154_405_394_739_968, 0.240_123_178_605_012_7),
    (0.0, 0.457_142_857_142_857_1),
    (1.154_405_394_739_968, 0.240_123_178_605_012_7),
    (2.366_759_410_734_541, 0.030_757_123_967_586_5),
    (3.750_439_717_725_742, 0.000_548_268_855_972_218),
];
/// Makes the logistic function look like the normal distribution function, to one in a hundred.
const LOGISTIC: f64 = 1.702;

/// The share of the doubt about a model that is not shared by all others: that a task is harder than it looks, or
/// a check stricter, moves all alike and changes no order.
const OWN_DOUBT: f64 = 0.5;
/// How far models differ from one task to the next of the same type and difficulty, as a standard deviation: what no
/// number of outcomes takes away. Both are set so that the confidence is calibrated on the stream of
/// `examples/eval_routing`.
const SPREAD: f64 = 0.1;

/// The probability that the chance of success of `chosen` is at most [`EPSILON`] below that of every one of
/// `others`. The log-odds of each are taken as normal around its estimate and independent of the rest.
pub(super) fn within_epsilon_of_best(chosen: &Estimate, others: impl Iterator<Item = Estimate>) -> f64 {
    let (mean, deviation) = in_log_odds(chosen);
    let others: Vec<_> = others.map(|other| in_log_odds(&other)).collect();
    let sum: f64 = NODES
        .iter()
        .map(|(node, weight)| {
            let chance = 1.0 / (1.0 + (-(mean + deviation * node)).exp());
            let most = chance + EPSILON;
            if most >= 1.0 {
                return *weight;
            }
            let most = log_odds(most);
            let not_below = |(mean, deviation): &(f64, f64)| (-LOGISTIC * (most - mean) / deviation).exp();
            weight / others.iter().map(|other| 1.0 + not_below(other)).product::<f64>()
        })
        .sum();
    (sum * 1e4).round() / 1e4
}

/// Mean and standard deviation of a chance in log-odds, to the first order.
fn in_log_odds(estimate: &Estimate) -> (f64, f64) {
    let p = estimate.p.clamp(0.01, 0.99);
    let slope = p * (1.0 - p);
    (
        log_odds(p),
        (OWN_DOUBT * estimate.variance() + SPREAD * SPREAD).sqrt() / slope,
    )
}

fn log_odds(chance: f64) -> f64 {
    (chance / (1.0 - chance)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chosen: (f64, f64), others: &[(f64, f64)]) -> f64 {
        let estimate = |(p, n): (f64, f64)| Estimate::new(p, n);
        within_epsilon_of_best(&estimate(chosen), others.iter().copied().map(estimate))
    }

    #[test]
    fn the_weights_of_the_quadrature_add_up_to_one() {
        assert!((NODES.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(check((0.5, 0.0), &[]), 1.0);
    }

    #[test]
    fn evidence_makes_sure_and_a_much_better_rival_unsure() {
        assert!(check((0.9, 500.0), &[(0.6, 500.0)]) > 0.95);
        assert!(check((0.6, 500.0), &[(0.9, 500.0)]) < 0.1);
        let unsure = check((0.8, 0.0), &[(0.8, 0.0)]);
        assert!((0.5..0.9).contains(&unsure), "{unsure}");
        assert!(check((0.8, 900.0), &[(0.8, 900.0)]) > unsure);
    }

    #[test]
    fn each_rival_makes_it_less_sure() {
        let rivals = [(0.85, 5.0); 6];
        assert!((0..6).all(|count| check((0.85, 5.0), &rivals[..count + 1]) <= check((0.85, 5.0), &rivals[..count])));
    }
}
