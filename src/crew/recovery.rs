//! What is done about an attempt that came to nothing: by its class, within bounds, and before the deadline. Pure.
//!
//! | class | what is done | how often |
//! |---|---|---|
//! | connection, timeout, overloaded, bad answer | again, each time after twice as long | `attempts` |
//! | rate limited | again, not before the provider wants it, if that is within `longest_wait_ms` | twice `attempts` |
//! | quota, authentication, missing model, bad request | the next of those who can do it | at once |
//! | truncated | with twice the room, then the next | 2 |
//! | context overflow | with half of what it is given, then the next | 3 |
//! | refused | asked in other words, then the next | 1 |
//! | crash | again | 3 |
//! | denied | nothing: policy has the last word | |

use std::time::Duration;

use serde::Deserialize;

use super::fold::StepState;
use crate::domain::Timestamp;
use crate::domain::run::{FailureClass, Remedy};

/// How much is tried.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recovery {
    /// Whether anything is tried; true.
    pub enabled: bool,
    /// How often an attempt that broke off is made again; 4.
    pub attempts: u32,
    /// The wait before the first of these in milliseconds, doubled each time; 500.
    pub backoff_ms: u64,
    /// The longest of these waits; 30000.
    pub backoff_cap_ms: u64,
    /// The longest wait that a provider may ask for; 120000.
    pub longest_wait_ms: u64,
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            enabled: true,
            attempts: 4,
            backoff_ms: 500,
            backoff_cap_ms: 30_000,
            longest_wait_ms: 120_000,
        }
    }
}

/// A failure as it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) class: FailureClass,
    /// How long the provider asks to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// In [0, 1): spreads waits, the same for the same attempt.
    pub(super) jitter: f64,
}

impl Recovery {
    /// What is done about `seen`, which came after the failures in `step`.
    #[must_use]
    pub(super) fn remedy(
        &self,
        seen: Seen,
        step: &StepState,
        now: Timestamp,
        deadline: Option<Timestamp>,
    ) -> Remedy {
        use FailureClass as Class;
        if !self.enabled {
            return Remedy::GiveUp;
        }
        let alike = |class: &FailureClass| {
            passes(*class) == passes(seen.class) && (passes(*class) || *class == seen.class)
        };
        let before = step
            .failures
            .iter()
            .rev()
            .take_while(|(class, _)| alike(class))
            .count();
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        match seen.class {
            Class::Connection | Class::Timeout | Class::Overloaded | Class::BadAnswer
                if before < self.attempts =>
            {
                let wait = self
                    .backoff(before, seen.jitter)
                    .max(seen.retry_after.unwrap_or_default());
                self.later(wait, now, deadline)
            }
            Class::RateLimited if before < self.attempts.saturating_mul(2) => {
                let wait = self
                    .backoff(before, seen.jitter)
                    .max(seen.retry_after.unwrap_or_default());
                self.later(wait, now, deadline)
            }
            Class::Crash if before < 3 => Remedy::Again { not_before: now },
            Class::Truncated if step.extended < 2 => Remedy::Extend,
            Class::ContextOverflow if step.shrunk < 3 => Remedy::Shrink,
            Class::Refused if !step.rephrased => Remedy::Rephrase,
            Class::Denied => Remedy::GiveUp,
            _ => Remedy::Fallback,
        }
    }

    /// Full jitter, over at least half of the wait: AWS Architecture Blog, "Exponential Backoff And Jitter", 2015.
    fn backoff(&self, before: u32, jitter: f64) -> Duration {
        let longest = self
            .backoff_ms
            .saturating_mul(1 << before.min(20))
            .min(self.backoff_cap_ms);
        Duration::from_millis(longest).mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
    }

    fn later(&self, wait: Duration, now: Timestamp, deadline: Option<Timestamp>) -> Remedy {
        // A wait that a provider asks for is never cut short.
        let at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let in_time = deadline.is_none_or(|deadline| at < deadline);
        if in_time && wait <= Duration::from_millis(self.longest_wait_ms.max(self.backoff_cap_ms)) {
            Remedy::Again { not_before: at }
        } else {
            Remedy::Fallback
        }
    }
}

/// Whether a failure of this class passes by itself, soon.
fn passes(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::Connection
            | FailureClass::Timeout
            | FailureClass::Overloaded
            | FailureClass::BadAnswer
            | FailureClass::RateLimited
    )
}

/// A number in [0, 1) that is the same for the same text (FNV-1a, 64 bits).
#[must_use]
pub(super) fn jitter(of: &str) -> f64 {
    let hash = of.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}
