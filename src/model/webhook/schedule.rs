//! When a message is sent again that was not taken. Pure.
//!
//! Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015): each wait is anywhere between nothing and
//! a ceiling that grows fourfold, so that many messages that failed together do not come back together.

use std::time::Duration;

use crate::model::Failure;

/// No ceiling is higher.
const CAP: Duration = Duration::from_hours(4);
/// Who wants a longer wait does not want the message.
const LONGEST: Duration = Duration::from_hours(24);

/// When a message is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The ceiling of the first wait; 5 s.
    pub first: Duration,
    /// How often it is sent at most; 10, over half a day at the longest.
    pub tries: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            tries: 10,
        }
    }
}

impl Schedule {
    /// The wait after try number `tried` came to `failure`; `None` when it is not tried again. `jitter` is in [0, 1).
    #[must_use]
    pub fn wait(&self, tried: u32, failure: &Failure, jitter: f64) -> Option<Duration> {
        let asked = failure.retry_after.unwrap_or_default();
        if tried >= self.tries || failure.status == Some(410) || asked > LONGEST {
            return None;
        }
        let growth = 4_u32.saturating_pow(tried.saturating_sub(1).min(15));
        let ceiling = self.first.saturating_mul(growth).min(CAP);
        Some(ceiling.mul_f64(jitter.clamp(0.0, 1.0)).max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::FailureClass;

    fn failure(status: u16, retry_after: Option<u64>) -> Failure {
        Failure {
            class: FailureClass::Overloaded,
            status: Some(status),
            retry_after: retry_after.map(Duration::from_secs),
            message: String::new(),
            tokens: None,
        }
    }

    fn ceilings(schedule: Schedule) -> Vec<u64> {
        let broken = failure(500, None);
        let waits = (1..).map_while(|tried| schedule.wait(tried, &broken, 1.0));
        waits.map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn waits_grow_over_hours_and_then_it_is_over() {
        let expected = [5, 20, 80, 320, 1_280, 5_120, 14_400, 14_400, 14_400];
        assert_eq!(ceilings(Schedule::default()), expected);
        let broken = failure(500, None);
        assert_eq!(Schedule::default().wait(3, &broken, 0.0), Some(Duration::ZERO));
        assert_eq!(
            Schedule::default().wait(3, &broken, 0.5),
            Some(Duration::from_secs(40))
        );
        assert_eq!(Schedule::default().wait(u32::MAX, &broken, 0.5), None);
    }

    #[test]
    fn what_the_receiver_asks_for_is_obeyed() {
        let schedule = Schedule::default();
        let wait = |failure: Failure| schedule.wait(1, &failure, 0.5).map(|wait| wait.as_secs_f64());
        assert_eq!(wait(failure(429, Some(60))), Some(60.0));
        assert_eq!(wait(failure(503, Some(1))), Some(2.5));
        assert_eq!(wait(failure(503, Some(86_401))), None, "it does not want it");
        assert_eq!(wait(failure(410, None)), None);
        assert_eq!(wait(failure(400, None)), Some(2.5));
    }
}
