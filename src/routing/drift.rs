//! Whether a model has got worse at something: the Page-Hinkley test, one per model and type.
//!
//! Each outcome brings `x = reward - p`, `p` being what was expected before it. The sum of `-x - DELTA` wanders
//! down while things are as expected; once it has risen by `THRESHOLD` above its lowest, they are not
//! (Page 1954; Hinkley 1971). A change that is half as large as what is looked for is forgiven by `DELTA`.

/// What a fall of the reward has to exceed to be one, in 0..1.
const DELTA: f64 = 0.1;
/// How much evidence is needed. With [`DELTA`] fixed so that 10,000 outcomes of a model that stays as it is give
/// at most one alarm, whatever its chance of success and however wrong its prior: see the test.
const THRESHOLD: f64 = 9.0;

/// The running sum of one model, at one type or at all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PageHinkley {
    sum: f64,
    lowest: f64,
    /// The number of the outcome after the lowest: where the fall began, if it is one.
    since: usize,
}

impl PageHinkley {
    /// Takes the outcome of number `at` in, with its `weight`. When there was a change: the number of the outcome it
    /// began with. The test then begins anew.
    pub(super) fn fell(&mut self, reward: f64, expected: f64, weight: f64, at: usize) -> Option<usize> {
        self.sum += weight * (expected - reward - DELTA);
        if self.sum <= self.lowest {
            self.lowest = self.sum;
            self.since = at + 1;
        }
        if self.sum - self.lowest <= THRESHOLD {
            return None;
        }
        let since = self.since;
        *self = Self::from(at + 1);
        Some(since)
    }

    /// A test that begins with the outcome of number `since`.
    pub(super) fn from(since: usize) -> Self {
        Self {
            since,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Xorshift: the same numbers on every machine.
    struct Dice(u64);

    impl Dice {
        fn is_below(&mut self, chance: f64) -> f64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            f64::from((self.0 >> 11) as f64 / ((1_u64 << 53) as f64) < chance)
        }
    }

    /// Alarms in so many outcomes of a model whose chance is `chance` and was thought to be `prior`, forgotten after
    /// every `life` outcomes; the expectation is a cell's, with its mass halved by an alarm.
    fn alarms(chance: f64, prior: f64, life: usize, outcomes: usize) -> u32 {
        let (mut dice, mut alarms) = (Dice(0x9E37_79B9_7F4A_7C15), 0);
        let (mut test, mut sum, mut n) = (PageHinkley::default(), 0.0, 0.0);
        for number in 0..outcomes {
            if number % life == 0 {
                (test, sum, n) = (PageHinkley::default(), 0.0, 0.0);
            }
            let reward = dice.is_below(chance);
            if test
                .fell(reward, (sum + 6.0 * prior) / (n + 6.0), 1.0, number)
                .is_some()
            {
                alarms += 1;
                (sum, n) = (sum / 2.0, n / 2.0);
            }
            (sum, n) = (sum + reward, n + 1.0);
        }
        alarms
    }

    #[test]
    fn a_model_that_stays_as_it_is_gives_at_most_one_alarm_in_ten_thousand_outcomes() {
        const OUTCOMES: usize = 200_000;
        for (chance, prior) in [(0.5, 0.5), (0.3, 0.6), (0.7, 0.9), (0.9, 0.9), (0.5, 0.9)] {
            for life in [400, OUTCOMES] {
                let alarms = alarms(chance, prior, life, OUTCOMES);
                assert!(
                    alarms <= 20,
                    "{alarms} alarms at {chance}, thought {prior}, of lives of {life}"
                );
            }
        }
    }

    #[test]
    fn a_fall_is_found_within_tens_of_outcomes() {
        let mut dice = Dice(7);
        let (mut test, mut sum, mut n) = (PageHinkley::default(), 160.0, 200.0);
        let found = (1..200).find(|number| {
            let reward = dice.is_below(0.4);
            let fell = test.fell(reward, sum / n, 1.0, *number).is_some();
            (sum, n) = (sum + reward, n + 1.0);
            fell
        });
        assert!(found.is_some_and(|found| found < 80), "{found:?}");
    }
}
