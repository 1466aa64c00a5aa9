//! Which providers do not answer: a circuit per provider, open after failures in a row.

use std::collections::HashMap;

use crate::domain::{Evidence, Timestamp};

/// Failures in a row after which a provider is left alone.
const FAILURES: u32 = 3;
/// How long for at first; twice as long with each further failure.
const FIRST_REST_S: i64 = 60;
const LONGEST_REST_S: i64 = 900;

/// The providers of one organisation.
#[derive(Debug, Clone, Default)]
pub(super) struct Health {
    by_provider: HashMap<String, Circuit>,
}

#[derive(Debug, Clone, Copy)]
struct Circuit {
    failures: u32,
    last: Timestamp,
}

impl Health {
    /// Takes in how a call to a provider went. An answer of any quality closes its circuit.
    pub(super) fn take(&mut self, provider: &str, evidence: Evidence, at: Timestamp) {
        if evidence != Evidence::Unavailable {
            // An outcome that is only read again says nothing about what failed since.
            if self
                .by_provider
                .get(provider)
                .is_some_and(|circuit| circuit.last <= at)
            {
                self.by_provider.remove(provider);
            }
            return;
        }
        let circuit = self.by_provider.entry(provider.to_owned()).or_insert(Circuit {
            failures: 0,
            last: at,
        });
        circuit.failures = circuit.failures.saturating_add(1);
        circuit.last = at;
    }

    /// The providers that are left alone: failures in a row, and for how many more seconds.
    pub(super) fn resting(&self, now: Timestamp) -> Vec<(String, u32, i64)> {
        let rests = |provider: &String| {
            let (failures, seconds) = self.rests(provider, now)?;
            Some((provider.clone(), failures, seconds))
        };
        let mut resting: Vec<_> = self.by_provider.keys().filter_map(rests).collect();
        resting.sort();
        resting
    }

    /// How many failures in a row a provider had, and for how many more seconds it is left alone; `None` when it
    /// may be called. A failure from the future (the machine's clock was set back) counts as just now, and no
    /// longer than any other.
    fn rests(&self, provider: &str, now: Timestamp) -> Option<(u32, i64)> {
        let circuit = self.by_provider.get(provider)?;
        let doublings = circuit.failures.checked_sub(FAILURES)?;
        let rest = FIRST_REST_S
            .saturating_mul(1 << doublings.min(10))
            .min(LONGEST_REST_S);
        let passed = now.as_second().saturating_sub(circuit.last.as_second());
        let left = rest - passed;
        ((1..=rest).contains(&left) || (passed < 0 && passed > -rest))
            .then_some((circuit.failures, left.clamp(1, rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn failed(times: i64) -> Health {
        let mut health = Health::default();
        for second in 0..times {
            health.take("p", Evidence::Unavailable, at(second));
        }
        health
    }

    #[test]
    fn the_circuit_opens_after_failures_in_a_row_and_closes_with_time() {
        assert_eq!(failed(2).rests("p", at(2)), None);
        assert_eq!(failed(3).rests("p", at(2)), Some((3, 60)));
        assert_eq!(failed(3).rests("p", at(62)), None);
        assert_eq!(failed(4).rests("p", at(63)), Some((4, 60)));
        assert_eq!(failed(90).rests("p", at(89 + 900)), None);
        assert_eq!(failed(3).rests("q", at(2)), None);
    }

    #[test]
    fn an_answer_closes_it_at_once() {
        let mut health = failed(9);
        health.take("p", Evidence::Claim, at(10));
        assert_eq!(health.rests("p", at(10)), None);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_keep_it_open() {
        let mut health = Health::default();
        for _ in 0..3 {
            health.take("p", Evidence::Unavailable, at(1_000_000));
        }
        assert_eq!(health.rests("p", at(0)), None);
        assert_eq!(health.rests("p", at(999_990)), Some((3, 60)));
    }
}
