//! A connection of a client, as far as the server has to remember it.

#![expect(
    deprecated,
    reason = "levels of remarks are deprecated since 2026-07-28, and still spoken"
)]

use std::sync::{Arc, Mutex};

use rmcp::model::{LoggingLevel, ResourceUpdatedNotificationParam};
use rmcp::service::ServiceError;
use rmcp::{ErrorData, Peer, RoleServer};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::arrival::{Arrival, Heard};
use super::{Hub, News, Subscriber, lock};
use crate::domain::Scope;

/// What is remembered of a connection: whoever drops the last of it ends what is told over it.
#[derive(Debug)]
pub(crate) struct Session {
    /// What an older client subscribed to.
    subscriber: Mutex<Option<Arc<Subscriber>>>,
    /// In which order it subscribed and took that back.
    heard: Mutex<Heard>,
    /// The least important remarks that an older client wants to have.
    level: Mutex<Option<LoggingLevel>>,
    /// Cancelled when streams should come to their end: the server stops, or the client has left.
    pub(crate) ending: CancellationToken,
    /// A token per open stream of news.
    pub(crate) listening: TaskTracker,
    gone: CancellationToken,
    _gone: DropGuard,
}

impl Session {
    /// A new one, which ends with `ending`.
    pub(crate) fn new(ending: &CancellationToken) -> Self {
        let gone = CancellationToken::new();
        Self {
            subscriber: Mutex::default(),
            heard: Mutex::default(),
            level: Mutex::default(),
            ending: ending.child_token(),
            listening: TaskTracker::new(),
            _gone: gone.clone().drop_guard(),
            gone,
        }
    }

    /// The remarks that an older client asked for.
    pub(crate) fn level(&self) -> Option<LoggingLevel> {
        *lock(&self.level)
    }

    /// From now on these and more important ones.
    pub(crate) fn set_level(&self, level: LoggingLevel) {
        *lock(&self.level) = Some(level);
    }

    /// Tells the client at `peer` of changed lists from now on, and of what it subscribes to: on `tasks`, until the
    /// connection or the server ends.
    pub(crate) fn begin(&self, hub: &Arc<Hub>, scope: &Scope, peer: Peer<RoleServer>, tasks: &TaskTracker) {
        let mut slot = lock(&self.subscriber);
        if slot.is_some() {
            return;
        }
        let subscriber = Arc::new(hub.subscriber(scope));
        subscriber.add_lists(true, true);
        *slot = Some(Arc::clone(&subscriber));
        let (gone, ending) = (self.gone.clone(), self.ending.clone());
        tasks.spawn(async move {
            let telling = async { while tell(&peer, subscriber.news().await).await.is_ok() {} };
            tokio::select! {
                () = telling => {}
                () = gone.cancelled() => {}
                () = ending.cancelled() => {}
            }
        });
    }

    /// Whether one more address is not too much: before it is judged, which takes a write.
    ///
    /// # Errors
    /// When it is.
    pub(crate) fn has_room(&self, uri: &str) -> Result<(), ErrorData> {
        match &*lock(&self.subscriber) {
            Some(subscriber) => subscriber.has_room(uri),
            None => Ok(()),
        }
    }

    /// Subscribes an older client that was begun with, unless it has taken that back meanwhile.
    ///
    /// # Errors
    /// When that never changes, or it subscribed to as much as it may.
    pub(crate) fn subscribe(&self, uri: &str, arrival: Arrival) -> Result<(), ErrorData> {
        let mut heard = lock(&self.heard);
        match &*lock(&self.subscriber) {
            Some(subscriber) if heard.is_last(uri, arrival) => subscriber.add(uri),
            _ => Ok(()),
        }
    }

    /// Takes a subscription back that came before; one that there is not is no error.
    pub(crate) fn unsubscribe(&self, uri: &str, arrival: Arrival) {
        let mut heard = lock(&self.heard);
        if heard.is_last(uri, arrival)
            && let Some(subscriber) = &*lock(&self.subscriber)
        {
            subscriber.remove(uri);
        }
    }
}

async fn tell(peer: &Peer<RoleServer>, news: News) -> Result<(), ServiceError> {
    for uri in news.uris {
        let updated = ResourceUpdatedNotificationParam::new(uri);
        peer.notify_resource_updated(updated).await?;
    }
    if news.prompts {
        peer.notify_prompt_list_changed().await?;
    }
    if news.resources {
        peer.notify_resource_list_changed().await?;
    }
    Ok(())
}
