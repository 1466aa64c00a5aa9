//! The ends of webhooks in crews: who is told of what, and the way back.

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::Topic;
use crate::model::Receiver;
use crate::model::webhook::Callbacks;

/// Who is told of what happens, and where answers come in that take their time. Cheap to share.
#[derive(Debug, Clone)]
pub struct Hooks {
    /// Who is told.
    pub subscriptions: Arc<[Subscription]>,
    /// The address under which this server is reached, without a slash at its end; for links.
    pub url: Option<String>,
    /// Where answers come in of those who do steps and take their time.
    pub callbacks: Callbacks,
    bell: Arc<watch::Sender<u64>>,
}

/// One that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its name.
    pub receiver: String,
    /// Of what.
    pub topics: Vec<Topic>,
    /// Whether with what steps came to, and not only their digests.
    pub include_outputs: bool,
}

impl From<&Receiver> for Subscription {
    fn from(receiver: &Receiver) -> Self {
        Self {
            receiver: receiver.name.clone(),
            topics: receiver.topics.clone(),
            include_outputs: receiver.include_outputs,
        }
    }
}

impl Default for Hooks {
    /// Nobody is told.
    fn default() -> Self {
        Self::new(Vec::new(), None, Callbacks::default())
    }
}

impl Hooks {
    /// These are told.
    #[must_use]
    pub fn new(subscriptions: Vec<Subscription>, url: Option<String>, callbacks: Callbacks) -> Self {
        Self {
            subscriptions: subscriptions.into(),
            url,
            callbacks,
            bell: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Says that there is something to be brought.
    pub fn ring(&self) {
        self.bell.send_modify(|rung| *rung = rung.wrapping_add(1));
    }

    /// Changes whenever there is something to be brought.
    #[must_use]
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }
}
