//! Money as whole millionths of a US dollar, so that sums are exact.

use serde::{Deserialize, Serialize};

/// Millionths of a US dollar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The nearest amount to `usd` dollars; `None` for a negative or non-finite number or one above
    /// a billion dollars.
    #[must_use]
    pub fn from_usd(usd: f64) -> Option<Self> {
        // Below 1e15 the cast is exact to one millionth.
        (usd.is_finite() && (0.0..=1e9).contains(&usd)).then(|| Self((usd * 1e6).round() as u64))
    }

    /// In dollars, for people and for JSON.
    #[must_use]
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The sum, or the largest amount there is.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or nothing.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
