//! Brings messages to receivers: each at least once, until it is taken or given up.
//!
//! What is to be sent lies in the store, written with the event that it tells of. So nothing is lost when the process ends at
//! any moment, and what was sent but not noted as taken is sent again, under the same id.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::webhooks::{Route, Routes};
use crate::clock::Clock;
use crate::crew::Hooks;
use crate::domain::run::FailureClass;
use crate::domain::{Delivery, Scope, Timestamp};
use crate::error::chain;
use crate::model::Message;
use crate::store::{Outbox, Result, Shelf};

/// Most messages that are looked at at once.
const MOST: usize = 20_000;
/// Pause after the store could not be read or written.
const PAUSE: Duration = Duration::from_secs(5);
/// How long at most until it is looked again, though nobody rang.
const ROUND: Duration = Duration::from_secs(60);

/// What brings messages.
#[derive(Debug)]
pub(super) struct Deliverer {
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) routes: Routes,
    pub(super) clock: Arc<dyn Clock>,
}

/// Those of one receiver, the first due first.
type Bag = Vec<(Scope, Delivery)>;

/// What became of one message for those behind it.
enum Went {
    /// The next may be sent.
    On,
    /// The receiver is left alone; until then, where that is known.
    Stops(Option<Timestamp>),
}

/// How long a receiver is left alone that did not take a message: while it asks for that, or for a moment where it is the
/// receiver that cannot. Where it is the message that it does not want, the next may be sent at once.
fn rests(class: FailureClass, is_asked_for: bool, wait: Duration) -> Option<Duration> {
    let cannot = matches!(
        class,
        FailureClass::Connection
            | FailureClass::Timeout
            | FailureClass::RateLimited
            | FailureClass::Overloaded
    );
    match (is_asked_for, cannot) {
        (true, _) => Some(wait),
        (false, true) => Some(wait.min(ROUND)),
        (false, false) => None,
    }
}

impl Deliverer {
    /// Works until `stop`. What is being sent then is sent again by the next process.
    pub(super) async fn work(self, hooks: Hooks, stop: CancellationToken) {
        let mut bell = hooks.bell();
        tokio::select! {
            () = self.deliver(&mut bell) => {}
            () = stop.cancelled() => {}
        }
    }

    async fn deliver(&self, bell: &mut watch::Receiver<u64>) {
        let mut going = FuturesUnordered::new();
        let mut busy: Vec<String> = Vec::new();
        // Receivers that did not take a message, and until when they are left alone.
        let mut resting: HashMap<String, Timestamp> = HashMap::new();
        loop {
            bell.mark_unchanged();
            let now = self.clock.now();
            resting.retain(|_, until| *until > now);
            let wait = match self.due(now, &busy, &resting).await {
                Ok((bags, next)) => {
                    for (receiver, bag) in bags {
                        busy.push(receiver.clone());
                        going.push(async move {
                            let rests = match self.bring_all(&receiver, bag).await {
                                Ok(rests) => rests,
                                Err(error) => {
                                    tracing::error!(
                                        error = chain(&error),
                                        receiver,
                                        "what became of a message cannot be kept"
                                    );
                                    tokio::time::sleep(PAUSE).await;
                                    None
                                }
                            };
                            (receiver, rests)
                        });
                    }
                    next.map_or(ROUND, |next| {
                        Duration::try_from(next.duration_since(now))
                            .unwrap_or_default()
                            .min(ROUND)
                    })
                }
                Err(error) => {
                    tracing::error!(
                        error = chain(&error),
                        "messages to webhooks wait: the store cannot be read"
                    );
                    PAUSE
                }
            };
            tokio::select! {
                Some((receiver, rests)) = going.next() => {
                    busy.retain(|other| *other != receiver);
                    resting.extend(rests.map(|until| (receiver, until)));
                }
                changed = bell.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// What is due for each receiver that is not busy, and when the next is.
    async fn due(
        &self,
        now: Timestamp,
        busy: &[String],
        resting: &HashMap<String, Timestamp>,
    ) -> Result<(BTreeMap<String, Bag>, Option<Timestamp>)> {
        let (mut bags, mut next) = (BTreeMap::<String, Bag>::new(), None::<Timestamp>);
        for (scope, delivery) in self.outbox.waiting(MOST).await? {
            let rests = resting.get(&delivery.receiver).copied();
            let due = delivery.due.unwrap_or(now).max(rests.unwrap_or(now));
            if busy.contains(&delivery.receiver) {
                continue;
            }
            if due > now {
                next = Some(next.map_or(due, |next| next.min(due)));
                continue;
            }
            let bag = bags.entry(delivery.receiver.clone()).or_default();
            bag.push((scope, delivery));
        }
        for bag in bags.values_mut() {
            // Of the events of one moment the one with the shorter number came first.
            bag.sort_by(|(_, a), (_, b)| (a.at, a.id.len(), &a.id).cmp(&(b.at, b.id.len(), &b.id)));
        }
        Ok((bags, next))
    }

    /// Sends what is due for a receiver, one after the other, up to the first that it does not take: the others are tried
    /// when it is looked at again.
    async fn bring_all(&self, receiver: &str, bag: Bag) -> Result<Option<Timestamp>> {
        let route = self.routes.get(receiver);
        let off = match route {
            None => Some(format!("no webhook `{receiver}` is set up")),
            Some(_) if self.is_off(receiver).await? => {
                Some("the receiver answered 410 to another message: it wants no more".to_owned())
            }
            Some(_) => None,
        };
        for (scope, delivery) in bag {
            let went = match (route, &off) {
                (Some(route), None) => self.bring(route, &scope, delivery).await?,
                (_, off) => {
                    let why = off.clone().unwrap_or_default();
                    self.give_up(&scope, delivery, why, false).await?;
                    Went::On
                }
            };
            if let Went::Stops(until) = went {
                return Ok(until);
            }
        }
        Ok(None)
    }

    async fn is_off(&self, receiver: &str) -> Result<bool> {
        let dead = self.outbox.dead(usize::MAX).await?;
        Ok(dead.iter().any(|(_, one)| one.gone && one.receiver == receiver))
    }

    /// Sends it once.
    async fn bring(&self, route: &Route, scope: &Scope, mut delivery: Delivery) -> Result<Went> {
        let message = Message {
            id: delivery.id.clone(),
            run: delivery.run.clone(),
            body: delivery.body.clone(),
        };
        let Err(failure) = route.courier.bring(scope, &message).await else {
            tracing::debug!(
                id = delivery.id,
                receiver = delivery.receiver,
                "a message was taken"
            );
            self.outbox.shelve(scope, delivery, Shelf::Nowhere).await?;
            return Ok(Went::On);
        };
        delivery.tries = delivery.tries.saturating_add(1);
        let wait = match failure.class {
            // Policy, or the address: no repetition helps.
            FailureClass::Denied => None,
            _ => route.schedule.wait(delivery.tries, &failure, self.jitter()),
        };
        let due = wait.and_then(|wait| self.clock.now().checked_add(wait).ok());
        let (message, status) = (failure.message.clone(), failure.status);
        if due.is_none() {
            self.give_up(scope, delivery, message, status == Some(410))
                .await?;
            return Ok(Went::Stops(None));
        }
        tracing::warn!(
            id = delivery.id,
            receiver = delivery.receiver,
            tries = delivery.tries,
            why = message,
            "a message was not taken"
        );
        delivery.due = due;
        delivery.last_failure = Some(message);
        self.outbox.shelve(scope, delivery, Shelf::Waiting).await?;
        let rests = rests(
            failure.class,
            failure.retry_after.is_some(),
            wait.unwrap_or_default(),
        );
        let until = rests.and_then(|rests| self.clock.now().checked_add(rests).ok());
        Ok(Went::Stops(until))
    }

    async fn give_up(&self, scope: &Scope, delivery: Delivery, why: String, gone: bool) -> Result<()> {
        tracing::error!(
            id = delivery.id,
            receiver = delivery.receiver,
            why,
            "a message is not sent any more; `firstmate webhook retry` sends it again"
        );
        let dead = Delivery {
            due: None,
            last_failure: Some(why),
            gone,
            ..delivery
        };
        self.outbox.shelve(scope, dead, Shelf::Dead).await?;
        Ok(())
    }

    /// In [0, 1).
    fn jitter(&self) -> f64 {
        let id = self.clock.random_id();
        let digits = id
            .get(..8)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        f64::from(digits.unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_that_is_not_wanted_does_not_hold_up_the_others() {
        let hour = Duration::from_secs(3_600);
        assert_eq!(rests(FailureClass::BadRequest, false, hour), None);
        assert_eq!(rests(FailureClass::Connection, false, hour), Some(ROUND));
        assert_eq!(rests(FailureClass::RateLimited, true, hour), Some(hour));
    }
}
