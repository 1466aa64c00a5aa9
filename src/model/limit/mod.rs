//! One door for all questions to a provider: not more at once than it takes, never earlier than it asks for, and none
//! while it is down.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::{Answer, Failure, Model, Prices, Question, Queue};
use crate::clock::Clock;
use crate::domain::run::FailureClass;
use crate::domain::{Scope, Timestamp};

mod line;

pub use line::{Admission, Ended, FAILURES, Line, Ticket};

/// The door of one provider, shared by its models.
#[derive(Debug)]
pub struct Door {
    inner: Mutex<Inner>,
    /// Somebody is done, or something is known that was not.
    changed: Notify,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Inner {
    line: Line,
    /// Who waits, by number, whoever came first in front.
    waiting: VecDeque<u64>,
    next: u64,
}

impl Door {
    /// A door through which at most so many go at once; at least one does.
    #[must_use]
    pub fn new(most: u32, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Inner {
                line: Line::new(most),
                waiting: VecDeque::new(),
                next: 0,
            }),
            changed: Notify::new(),
            clock,
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place behind all who wait.
    fn queue(&self) -> Place<'_> {
        let mut inner = self.inner();
        let number = inner.next;
        inner.next += 1;
        inner.waiting.push_back(number);
        Place { door: self, number }
    }

    /// Leave to ask, once there is room; a [`Failure`] when there is none before `until` or the provider is down.
    async fn enter(&self, id: &str, until: Instant) -> Result<Passage<'_>, Failure> {
        let place = self.queue();
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            let now = self.clock.now();
            let admission = place.ask(now);
            let wake = match admission {
                Admission::Go(ticket) => {
                    return Ok(Passage {
                        door: self,
                        ticket: Some(ticket),
                    });
                }
                Admission::Down { until, class } => {
                    return Err(failure(
                        class,
                        Some(between(now, until)),
                        format!("{id}: it is down and not asked for a while"),
                    ));
                }
                Admission::Wait(None) => until,
                Admission::Wait(Some(time)) => {
                    let wait = between(now, time);
                    let at = Instant::now() + wait;
                    if at >= until {
                        return Err(failure(
                            FailureClass::RateLimited,
                            Some(wait),
                            format!("{id}: the endpoint asks to wait longer than the question may take"),
                        ));
                    }
                    at
                }
            };
            tokio::select! {
                () = changed => {}
                () = sleep_until(wake) => {}
            }
            if Instant::now() >= until {
                return Err(failure(
                    FailureClass::RateLimited,
                    None,
                    format!("{id}: others are asking, and none was done in time"),
                ));
            }
        }
    }
}

/// Where somebody stands while waiting.
struct Place<'a> {
    door: &'a Door,
    number: u64,
}

impl Place<'_> {
    fn ask(&self, now: Timestamp) -> Admission {
        let mut inner = self.door.inner();
        let is_first = inner.waiting.front() == Some(&self.number);
        inner.line.admit(now, is_first)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.door.inner().waiting.retain(|number| *number != self.number);
        self.door.changed.notify_waiters();
    }
}

/// One question on its way. Dropped before it has ended, it makes room all the same.
struct Passage<'a> {
    door: &'a Door,
    ticket: Option<Ticket>,
}

impl Passage<'_> {
    fn end(mut self, ended: Ended) {
        self.leave(ended);
    }

    fn leave(&mut self, ended: Ended) {
        if let Some(ticket) = self.ticket.take() {
            self.door.inner().line.leave(ticket, self.door.clock.now(), ended);
            self.door.changed.notify_waiters();
        }
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        self.leave(Ended::Abandoned);
    }
}

/// A model that is asked through its provider's door.
#[derive(Debug)]
pub struct Limited {
    model: Arc<dyn Model>,
    door: Arc<Door>,
}

impl Limited {
    /// `model` behind `door`.
    #[must_use]
    pub fn new(model: Arc<dyn Model>, door: Arc<Door>) -> Self {
        Self { model, door }
    }
}

#[async_trait]
impl Model for Limited {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn prices(&self) -> Option<Prices> {
        self.model.prices()
    }

    fn queue(&self, now: Timestamp) -> Queue {
        let inner = self.door.inner();
        let waiting = u32::try_from(inner.waiting.len()).unwrap_or(u32::MAX);
        Queue {
            ahead: inner.line.asking().saturating_add(waiting),
            at_once: inner.line.window(),
            not_before: inner.line.rests_until(now),
        }
    }

    async fn ask(&self, scope: &Scope, question: &Question) -> Result<Answer, Failure> {
        let until = Instant::now() + question.timeout;
        let passage = self.door.enter(self.model.id(), until).await?;
        // What was waited is gone from the time for the answer.
        let question = Question {
            timeout: until.saturating_duration_since(Instant::now()),
            ..question.clone()
        };
        let answered = self.model.ask(scope, &question).await;
        passage.end(Ended::of(&answered));
        answered
    }
}

fn between(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

fn failure(class: FailureClass, retry_after: Option<Duration>, message: String) -> Failure {
    Failure {
        class,
        status: None,
        retry_after,
        message,
        tokens: None,
    }
}

#[cfg(test)]
mod tests;
