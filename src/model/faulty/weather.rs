//! Which questions go wrong: drawn from a seed, so that the same questions go wrong every time.

use super::Fault;
use crate::domain::Digest;

/// Shares of faults.
#[derive(Debug, Clone, PartialEq)]
pub struct Weather {
    seed: u64,
    shares: Vec<(Fault, f64)>,
    burst: u64,
}

impl Weather {
    /// Nothing goes wrong yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            shares: Vec::new(),
            burst: 1,
        }
    }

    /// The same, where so many questions of one meet with the fault.
    #[must_use]
    pub fn with(mut self, fault: Fault, share: f64) -> Self {
        self.shares.push((fault, share));
        self
    }

    /// The same, where faults come so many in a row; the shares stay as they are.
    #[must_use]
    pub fn in_bursts_of(self, burst: u64) -> Self {
        Self {
            burst: burst.max(1),
            ..self
        }
    }

    /// The fault of the question with that number.
    #[must_use]
    pub fn at(&self, number: u64) -> Option<Fault> {
        self.of(&(number / self.burst).to_string())
    }

    /// The fault of the question with that name, whichever comes first: where many are asked at once, numbers are not
    /// the same every time.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Fault> {
        let digest = Digest::of(format!("{}/{name}", self.seed).as_bytes());
        let bytes = digest.as_bytes().first_chunk().copied().unwrap_or_default();
        let mut lot = u64::from_be_bytes(bytes) as f64 / u64::MAX as f64;
        for (fault, share) in &self.shares {
            if lot < *share {
                return Some(*fault);
            }
            lot -= share;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_met_the_same_every_time() {
        let weather = Weather::new(1).with(Fault::Hang, 0.05).with(Fault::Reset, 0.1);
        let count = |fault| {
            (0..20_000)
                .filter(|number| weather.at(*number) == Some(fault))
                .count()
        };
        assert!(
            (900..1_100).contains(&count(Fault::Hang)),
            "{}",
            count(Fault::Hang)
        );
        assert!(
            (1_850..2_150).contains(&count(Fault::Reset)),
            "{}",
            count(Fault::Reset)
        );
        assert_eq!(weather.of("a/b/1"), Weather::clone(&weather).of("a/b/1"));
        let other = Weather {
            seed: 2,
            ..weather.clone()
        };
        assert!((0..1_000).any(|number| other.at(number) != weather.at(number)));
        assert_eq!(Weather::new(1).at(0), None);
    }

    #[test]
    fn bursts_are_in_a_row() {
        let weather = Weather::new(3).with(Fault::ServerError, 0.2).in_bursts_of(4);
        for block in 0..500 {
            let first = weather.at(block * 4);
            assert!((0..4).all(|step| weather.at(block * 4 + step) == first));
        }
    }
}
