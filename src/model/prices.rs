//! What a call costs.

use super::{Prices, Tokens};
use crate::domain::MicroUsd;

impl Prices {
    /// Nothing: a model on this machine.
    pub const FREE: Self = Self {
        input: 0.0,
        output: 0.0,
        cached: 0.0,
    };

    /// What a call with these tokens costs, a started millionth of a dollar counted whole; `None` when a price is
    /// no price or the sum is beyond any.
    #[must_use]
    pub fn cost(self, tokens: Tokens) -> Option<MicroUsd> {
        // Dollars per million tokens are millionths of a dollar per token.
        let cached = tokens.cached.min(tokens.input);
        let sum = (tokens.input - cached) as f64 * self.input
            + cached as f64 * self.cached
            + tokens.output as f64 * self.output;
        let is_price = |price: f64| price.is_finite() && price >= 0.0;
        // What is only the noise of adding must not become one more.
        let whole = (sum - 1e-6).ceil().max(0.0);
        let can_be = [self.input, self.output, self.cached].into_iter().all(is_price) && whole <= 1e15;
        can_be.then_some(MicroUsd(whole as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICES: Prices = Prices {
        input: 0.15,
        output: 0.6,
        cached: 0.075,
    };

    fn cost(prices: Prices, input: u64, cached: u64, output: u64) -> Option<u64> {
        let tokens = Tokens {
            input,
            cached,
            output,
        };
        prices.cost(tokens).map(|cost| cost.0)
    }

    #[test]
    fn tokens_cost_what_they_are() {
        assert_eq!(cost(PRICES, 1_000_000, 0, 0), Some(150_000));
        assert_eq!(cost(PRICES, 1_000_000, 1_000_000, 0), Some(75_000));
        assert_eq!(cost(PRICES, 1_000_000, 500_000, 1_000_000), Some(712_500));
        // 1.5 and 12 millionths: the one that was started counts.
        assert_eq!(cost(PRICES, 10, 0, 20), Some(14));
        assert_eq!(cost(PRICES, 0, 0, 1), Some(1));
        assert_eq!(cost(PRICES, 20, 0, 0), Some(3));
        assert_eq!(cost(Prices::FREE, 10, 5, 20), Some(0));
    }

    #[test]
    fn what_cannot_be_costs_nothing_that_is_known() {
        // More cached than there is.
        assert_eq!(cost(PRICES, 1_000_000, u64::MAX, 0), Some(75_000));
        assert_eq!(cost(PRICES, u64::MAX, 0, u64::MAX), None);
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            let prices = Prices {
                cached: bad,
                ..PRICES
            };
            assert_eq!(cost(prices, 1, 0, 1), None);
        }
    }
}
