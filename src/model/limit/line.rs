//! Who may ask now: pure, over times that are given.
//!
//! The number of questions at once halves when the provider says that it is asked too often, and grows by one for each
//! quiet while after that (additive increase, multiplicative decrease, as TCP does it). A circuit breaker stops asking
//! after [`FAILURES`] failures in a row, and lets one question try after a while.

use std::time::Duration;

use crate::domain::Timestamp;
use crate::domain::run::FailureClass;
use crate::model::{Answer, Failure};

/// Failures in a row after which nobody is asked.
pub const FAILURES: u32 = 5;
/// Without a complaint for so long, one more may ask at once.
const QUIET: Duration = Duration::from_secs(30);
/// How long is waited after a complaint that names no time: twice as long after each of a row, and at most the second.
const LADDER: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(60)];
/// How long nobody is asked after failures: the same.
const DOWN: [Duration; 2] = [Duration::from_secs(10), Duration::from_mins(5)];
/// How long an empty account is left alone that does not say when it is filled.
const EMPTY: Duration = Duration::from_hours(1);

/// The line in front of one provider.
#[derive(Debug, Clone)]
pub struct Line {
    most: u32,
    /// How many may ask at once now.
    window: u32,
    asking: u32,
    /// Since when there was no complaint, less what the window has grown for.
    quiet_since: Option<Timestamp>,
    not_before: Option<Timestamp>,
    /// Complaints in a row, those of questions that were under way together counted once.
    complaints: u32,
    /// Changes with each complaint that counts.
    epoch: u64,
    failures: u32,
    /// How often in a row it went down.
    downs: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Up,
    Down {
        until: Timestamp,
        class: FailureClass,
    },
    /// One tries; `until` is when another may, should it never come back.
    Trying {
        until: Timestamp,
        class: FailureClass,
    },
}

/// Whether a question may be asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes; the ticket is to be given back.
    Go(Ticket),
    /// Not before that time, or before somebody is done or goes.
    Wait(Option<Timestamp>),
    /// No: the provider is down, as far as is known until then, for this reason.
    Down {
        /// When one may try.
        until: Timestamp,
        /// What the last failure was.
        class: FailureClass,
    },
}

/// Leave to ask once.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    epoch: u64,
    tries: bool,
}

/// How a question ended, as far as it says something of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It answered, in whatever way.
    Answered,
    /// It is asked too often.
    TooOften(Option<Duration>),
    /// The account has nothing left.
    Empty(Option<Duration>),
    /// It failed.
    Failed(FailureClass, Option<Duration>),
    /// Nobody waited for the end.
    Abandoned,
}

impl Ended {
    /// What an answer, or none, says of the provider.
    #[must_use]
    pub fn of(answered: &Result<Answer, Failure>) -> Self {
        let Err(failure) = answered else {
            return Self::Answered;
        };
        match failure.class {
            FailureClass::RateLimited => Self::TooOften(failure.retry_after),
            FailureClass::Quota => Self::Empty(failure.retry_after),
            FailureClass::Connection | FailureClass::Timeout | FailureClass::Overloaded => {
                Self::Failed(failure.class, failure.retry_after)
            }
            // Nothing was sent.
            FailureClass::Denied => Self::Abandoned,
            _ => Self::Answered,
        }
    }
}

impl Line {
    /// A line of which at most so many ask at once; at least one does.
    #[must_use]
    pub fn new(most: u32) -> Self {
        let most = most.max(1);
        Self {
            most,
            window: most,
            asking: 0,
            quiet_since: None,
            not_before: None,
            complaints: 0,
            epoch: 0,
            failures: 0,
            downs: 0,
            state: State::Up,
        }
    }

    /// How many may ask at once now.
    #[must_use]
    pub fn window(&self) -> u32 {
        self.window
    }

    /// How many are asking.
    #[must_use]
    pub fn asking(&self) -> u32 {
        self.asking
    }

    /// Until when nobody is asked, where that is known.
    #[must_use]
    pub fn rests_until(&self, now: Timestamp) -> Option<Timestamp> {
        let down = match self.state {
            State::Down { until, .. } | State::Trying { until, .. } => Some(until),
            State::Up => None,
        };
        self.not_before.max(down).filter(|until| *until > now)
    }

    /// Asks for leave, which only who is first gets.
    pub fn admit(&mut self, now: Timestamp, is_first: bool) -> Admission {
        self.grow(now);
        match self.state {
            State::Down { until, class } | State::Trying { until, class } if until > now => {
                return Admission::Down { until, class };
            }
            _ if !is_first && self.state != State::Up => return Admission::Wait(None),
            State::Down { class, .. } | State::Trying { class, .. } => {
                self.state = State::Trying {
                    until: later(now, DOWN[1]),
                    class,
                };
                return self.go(true);
            }
            State::Up => {}
        }
        if let Some(time) = self.not_before.filter(|time| *time > now) {
            return Admission::Wait(Some(time));
        }
        if !is_first || self.asking >= self.window {
            return Admission::Wait(None);
        }
        self.go(false)
    }

    fn go(&mut self, tries: bool) -> Admission {
        self.asking += 1;
        Admission::Go(Ticket {
            epoch: self.epoch,
            tries,
        })
    }

    /// Gives a ticket back.
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is good once")]
    pub fn leave(&mut self, ticket: Ticket, now: Timestamp, ended: Ended) {
        let Ticket { epoch, tries } = ticket;
        let is_of_now = epoch == self.epoch;
        self.asking = self.asking.saturating_sub(1);
        match ended {
            Ended::Answered => {
                self.failures = 0;
                if is_of_now {
                    self.complaints = 0;
                }
                self.up_after(tries);
            }
            Ended::TooOften(wait) => {
                self.failures = 0;
                self.complaint(is_of_now, now, wait);
                self.up_after(tries);
            }
            Ended::Empty(wait) => self.down(now, wait.unwrap_or(EMPTY), FailureClass::Quota),
            Ended::Failed(class, wait) => {
                if let Some(wait) = wait {
                    self.hold(later(now, wait));
                }
                self.failures = self.failures.saturating_add(1);
                let was_up = self.state == State::Up;
                if tries || (was_up && self.failures >= FAILURES) {
                    let least = doubled(DOWN, self.downs);
                    self.downs = self.downs.saturating_add(1);
                    self.down(now, wait.unwrap_or_default().max(least), class);
                }
            }
            // Nothing is known of it: the next may try.
            Ended::Abandoned => {
                if let (true, State::Trying { class, .. }) = (tries, self.state) {
                    self.state = State::Down { until: now, class };
                }
            }
        }
    }

    fn up_after(&mut self, tries: bool) {
        if tries {
            self.state = State::Up;
            self.downs = 0;
        }
    }

    fn down(&mut self, now: Timestamp, time: Duration, class: FailureClass) {
        let mut until = later(now, time);
        // An empty account stays so, whatever else fails meanwhile.
        if let State::Down {
            until: known,
            class: FailureClass::Quota,
        } = self.state
        {
            until = until.max(known);
        }
        self.failures = 0;
        self.state = State::Down { until, class };
    }

    /// Questions that were under way when it complained complain, too: that is one complaint.
    fn complaint(&mut self, is_of_now: bool, now: Timestamp, wait: Option<Duration>) {
        if is_of_now {
            self.window = (self.window / 2).max(1);
            self.epoch += 1;
            self.complaints = self.complaints.saturating_add(1);
        }
        self.quiet_since = Some(now);
        let least = doubled(LADDER, self.complaints.saturating_sub(1));
        self.hold(later(now, wait.unwrap_or_default().max(least)));
    }

    fn hold(&mut self, until: Timestamp) {
        self.not_before = self.not_before.max(Some(until));
    }

    pub(super) fn grow(&mut self, now: Timestamp) {
        let Some(since) = self.quiet_since else {
            return;
        };
        let whiles = now.duration_since(since).as_secs() / QUIET.as_secs() as i64;
        let whiles = u32::try_from(whiles).unwrap_or_default();
        self.window = self.window.saturating_add(whiles).min(self.most);
        self.quiet_since = (self.window < self.most).then(|| later(since, QUIET * whiles));
    }
}

/// The first, doubled so often, and at most the second.
fn doubled([least, most]: [Duration; 2], times: u32) -> Duration {
    least.saturating_mul(2_u32.saturating_pow(times)).min(most)
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
