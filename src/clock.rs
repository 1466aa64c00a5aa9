//! Time and randomness: the two things a test must be able to hold still.

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::Duration;

use crate::domain::Timestamp;

/// Tells the time and makes names nobody can guess.
pub trait Clock: Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// 128 random bits as 32 hexadecimal digits.
    fn random_id(&self) -> String;

    /// 128 bits as 32 hexadecimal digits: the time in front, so that ids sort by it, randomness behind.
    fn sortable_id(&self) -> String;
}

/// The machine's own clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn random_id(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()
    }

    fn sortable_id(&self) -> String {
        uuid::Uuid::now_v7().simple().to_string()
    }
}

/// A clock that moves only when told to, and counts instead of drawing lots.
#[derive(Debug)]
pub struct ManualClock {
    inner: Mutex<(Timestamp, u64)>,
}

impl ManualClock {
    /// A clock that stands at 2026-01-01T00:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        let start = Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            inner: Mutex::new((start, 0)),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut inner = self
            .inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.0 = inner.0.saturating_add(by).unwrap_or(inner.0);
    }

    fn count(&self) -> u64 {
        let mut inner = self
            .inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.1 += 1;
        inner.1
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .0
    }

    fn random_id(&self) -> String {
        format!("{:032x}", self.count())
    }

    fn sortable_id(&self) -> String {
        self.random_id()
    }
}
