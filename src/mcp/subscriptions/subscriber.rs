//! One who listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rmcp::ErrorData;

use super::{GATHER, Hub, Inbox, MOST, MOST_IN_ALL, News, Place, Topic, lock, too_many};
use crate::mcp::address::Address;

/// One who listens, until it is dropped.
#[derive(Debug)]
pub(crate) struct Subscriber {
    hub: Arc<Hub>,
    pub(super) id: u64,
    pub(super) place: Place,
    pub(super) inbox: Arc<Inbox>,
    topics: Mutex<HashMap<String, Topic>>,
    lists: Mutex<Vec<Topic>>,
}

impl Subscriber {
    /// One who listens to nothing yet.
    pub(super) fn new(hub: Arc<Hub>, id: u64, place: Place) -> Self {
        Self {
            hub,
            id,
            place,
            inbox: Arc::default(),
            topics: Mutex::default(),
            lists: Mutex::default(),
        }
    }

    /// Listens to what is at `uri` from now on.
    ///
    /// # Errors
    /// When that never changes, or the client listens to as much as it may.
    pub(crate) fn add(&self, uri: &str) -> Result<(), ErrorData> {
        let Some(topic) = Address::parse(uri).as_ref().and_then(Topic::of) else {
            let uri: String = uri.chars().take(200).collect();
            let why = format!(
                "{uri} does not change while the server runs, or by being read; read it when you need it"
            );
            return Err(ErrorData::invalid_params(why, None));
        };
        self.has_room(uri)?;
        let mut topics = lock(&self.topics);
        if topics.contains_key(uri) {
            return Ok(());
        }
        let mut inner = lock(&self.hub.inner);
        if inner.addresses >= MOST_IN_ALL {
            return Err(too_many(MOST_IN_ALL, "all clients together"));
        }
        inner.addresses += 1;
        inner.listener(self, &topic).uris.insert(uri.to_owned());
        drop(inner);
        if topic == Topic::Templates {
            self.hub.wanted.notify_one();
        }
        topics.insert(uri.to_owned(), topic);
        Ok(())
    }

    /// Whether it may be listened to beside the rest.
    ///
    /// # Errors
    /// When the client listens to as much as it may.
    pub(crate) fn has_room(&self, uri: &str) -> Result<(), ErrorData> {
        let topics = lock(&self.topics);
        if topics.len() >= MOST && !topics.contains_key(uri) {
            return Err(too_many(MOST, "a client"));
        }
        Ok(())
    }

    /// Does not listen to it any more.
    pub(crate) fn remove(&self, uri: &str) {
        // Held to the end, as in `add`: in between the same address could be added again.
        let mut topics = lock(&self.topics);
        let Some(topic) = topics.remove(uri) else {
            return;
        };
        let mut inner = lock(&self.hub.inner);
        inner.addresses -= 1;
        let listener = inner.listener(self, &topic);
        listener.uris.remove(uri);
        if listener.uris.is_empty() {
            inner.forget(self, &topic);
        }
        drop(inner);
        // Not told of it any more, also where it had changed already.
        lock(&self.inbox.news).uris.remove(uri);
    }

    /// Listens to changes of the lists.
    pub(crate) fn add_lists(&self, prompts: bool, resources: bool) {
        let mut lists = lock(&self.lists);
        let wanted = [
            (prompts, Topic::ListOfPrompts),
            (resources, Topic::ListOfResources),
        ];
        for (_, topic) in wanted.into_iter().filter(|(wanted, _)| *wanted) {
            let _listener = lock(&self.hub.inner).listener(self, &topic).uris.is_empty();
            lists.push(topic);
        }
        self.hub.wanted.notify_one();
    }

    /// What changed, once something has and nothing more did for a moment. Dropping the future loses nothing but the
    /// wait.
    pub(crate) async fn news(&self) -> News {
        loop {
            self.inbox.bell.notified().await;
            tokio::time::sleep(GATHER).await;
            let news = std::mem::take(&mut *lock(&self.inbox.news));
            if news != News::default() {
                return news;
            }
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let topics = std::mem::take(&mut *lock(&self.topics));
        let lists = std::mem::take(&mut *lock(&self.lists));
        let mut inner = lock(&self.hub.inner);
        inner.addresses -= topics.len();
        for topic in topics.values().chain(&lists) {
            inner.forget(self, topic);
        }
    }
}
