//! What goes wrong, and how.

use std::time::Duration;

use firstmate::domain::run::FailureClass;
use firstmate::model::{Failure, Tokens};

/// A class of failure as it is injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Connection,
    Timeout,
    Hang,
    RateLimited,
    LongWait,
    Overloaded,
    BadAnswer,
    Truncated,
    ContextOverflow,
    Refused,
    InvalidOutput,
    Quota,
    Authentication,
    MissingModel,
    Crash,
    /// Any of those above, one after the other.
    Mixed,
    QuotaEverywhere,
    KeysRefused,
    NeverValid,
    DeniedByPolicy,
    TooDear,
}

pub(crate) const RECOVERABLE: [Class; 16] = [
    Class::Connection,
    Class::Timeout,
    Class::Hang,
    Class::RateLimited,
    Class::LongWait,
    Class::Overloaded,
    Class::BadAnswer,
    Class::Truncated,
    Class::ContextOverflow,
    Class::Refused,
    Class::InvalidOutput,
    Class::Quota,
    Class::Authentication,
    Class::MissingModel,
    Class::Crash,
    Class::Mixed,
];
pub(crate) const UNRECOVERABLE: [Class; 5] = [
    Class::QuotaEverywhere,
    Class::KeysRefused,
    Class::NeverValid,
    Class::DeniedByPolicy,
    Class::TooDear,
];

impl Class {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Hang => "hang",
            Self::RateLimited => "rate limited",
            Self::LongWait => "long wait",
            Self::Overloaded => "overloaded",
            Self::BadAnswer => "bad answer",
            Self::Truncated => "truncated",
            Self::ContextOverflow => "overflow",
            Self::Refused => "refused",
            Self::InvalidOutput => "invalid output",
            Self::Quota => "quota",
            Self::Authentication => "authentication",
            Self::MissingModel => "missing model",
            Self::Crash => "crash",
            Self::Mixed => "mixed",
            Self::QuotaEverywhere => "no quota left",
            Self::KeysRefused => "keys refused",
            Self::NeverValid => "never valid",
            Self::DeniedByPolicy => "denied",
            Self::TooDear => "too dear",
        }
    }

    /// The class that the run has to end with.
    pub(crate) fn ends_as(self) -> String {
        let name = match self {
            Self::QuotaEverywhere => FailureClass::Quota.name(),
            Self::KeysRefused => FailureClass::Authentication.name(),
            Self::NeverValid => "attempts_exhausted",
            Self::DeniedByPolicy => "denied",
            Self::TooDear => "over_budget",
            other => other.name(),
        };
        name.to_owned()
    }

    /// How often in a row at most there is still a way to succeed.
    pub(crate) fn most_in_a_row(self) -> u64 {
        match self {
            Self::Connection | Self::Timeout | Self::Overloaded | Self::BadAnswer | Self::Mixed => 4,
            Self::RateLimited => 8,
            Self::ContextOverflow | Self::Crash => 3,
            Self::Truncated | Self::InvalidOutput => 2,
            Self::Hang
            | Self::LongWait
            | Self::Refused
            | Self::Quota
            | Self::Authentication
            | Self::MissingModel => 1,
            _ => u64::MAX,
        }
    }

    /// Whether only another model helps.
    pub(crate) fn needs_another(self) -> bool {
        matches!(
            self,
            Self::LongWait | Self::Quota | Self::Authentication | Self::MissingModel
        )
    }

    /// What the model answers instead; nothing where it is another kind of trouble.
    pub(crate) fn failure(self) -> Option<Failure> {
        let (class, retry_after) = match self {
            Self::Connection => (FailureClass::Connection, None),
            Self::Timeout => (FailureClass::Timeout, None),
            Self::RateLimited => (FailureClass::RateLimited, Some(Duration::from_millis(3))),
            Self::LongWait => (FailureClass::RateLimited, Some(Duration::from_secs(3_600))),
            Self::Overloaded => (FailureClass::Overloaded, None),
            Self::BadAnswer => (FailureClass::BadAnswer, None),
            Self::Truncated => (FailureClass::Truncated, None),
            Self::ContextOverflow => (FailureClass::ContextOverflow, None),
            Self::Refused => (FailureClass::Refused, None),
            Self::Quota | Self::QuotaEverywhere => (FailureClass::Quota, None),
            Self::Authentication | Self::KeysRefused => (FailureClass::Authentication, None),
            Self::MissingModel => (FailureClass::MissingModel, None),
            Self::DeniedByPolicy => (FailureClass::Denied, None),
            _ => return None,
        };
        let tokens = matches!(self, Self::Truncated | Self::Refused).then_some(Tokens {
            input: 50,
            cached: 0,
            output: 10,
        });
        Some(Failure {
            class,
            status: None,
            retry_after,
            message: format!("injected: {}", self.name()),
            tokens,
        })
    }
}
