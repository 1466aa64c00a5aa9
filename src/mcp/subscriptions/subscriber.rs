//! One who listens.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use rmcp::ErrorData;
use tokio::sync::Notify;

use super::hub::Mark;
use super::{GATHER, Hub, MOST, MOST_IN_ALL, News, Place, Topic, lock, too_many};
use crate::mcp::address::Address;

/// One who listens, until it is dropped.
#[derive(Debug)]
pub(crate) struct Subscriber {
    hub: Arc<Hub>,
    pub(super) id: u64,
    pub(super) place: Place,
    /// Rung when any of its marks is set.
    pub(super) bell: Arc<Notify>,
    topics: Mutex<HashMap<Topic, Listened>>,
}

/// What is told when a topic changed.
#[derive(Debug)]
struct Listened {
    mark: Arc<Mark>,
    /// As the client wrote them; none for a list.
    uris: BTreeSet<String>,
}

impl Subscriber {
    /// One who listens to nothing yet.
    pub(super) fn new(hub: Arc<Hub>, id: u64, place: Place) -> Self {
        Self {
            hub,
            id,
            place,
            bell: Arc::default(),
            topics: Mutex::default(),
        }
    }

    /// Listens to what is at `uri` from now on.
    ///
    /// # Errors
    /// When that never changes, or the client listens to as much as it may.
    pub(crate) fn add(&self, uri: &str) -> Result<(), ErrorData> {
        let Some(topic) = topic_of(uri) else {
            let uri: String = uri.chars().take(200).collect();
            let why = format!(
                "{uri} does not change while the server runs, or by being read; read it when you need it"
            );
            return Err(ErrorData::invalid_params(why, None));
        };
        let mut topics = lock(&self.topics);
        if is_among(&topics, &topic, uri) {
            return Ok(());
        }
        if addresses(&topics) >= MOST {
            return Err(too_many(MOST, "a client"));
        }
        let mut inner = lock(&self.hub.inner);
        if inner.addresses >= MOST_IN_ALL {
            return Err(too_many(MOST_IN_ALL, "all clients together"));
        }
        inner.addresses += 1;
        let mark = inner.mark(self, &topic);
        drop(inner);
        if topic == Topic::Templates {
            self.hub.wanted.notify_one();
        }
        let listened = topics.entry(topic).or_insert_with(|| Listened::by(mark));
        listened.uris.insert(uri.to_owned());
        Ok(())
    }

    /// Whether it may be listened to beside the rest.
    ///
    /// # Errors
    /// When the client listens to as much as it may.
    pub(crate) fn has_room(&self, uri: &str) -> Result<(), ErrorData> {
        let topics = lock(&self.topics);
        let is_known = topic_of(uri).is_some_and(|topic| is_among(&topics, &topic, uri));
        if addresses(&topics) >= MOST && !is_known {
            return Err(too_many(MOST, "a client"));
        }
        Ok(())
    }

    /// Does not listen to it any more.
    pub(crate) fn remove(&self, uri: &str) {
        let Some(topic) = topic_of(uri) else {
            return;
        };
        // Held to the end, as in `add`: in between the same address could be added again.
        let mut topics = lock(&self.topics);
        let Some(listened) = topics.get_mut(&topic) else {
            return;
        };
        if !listened.uris.remove(uri) {
            return;
        }
        let mut inner = lock(&self.hub.inner);
        inner.addresses -= 1;
        if listened.uris.is_empty() {
            inner.forget(self, &topic);
            topics.remove(&topic);
        }
    }

    /// Listens to changes of the lists.
    pub(crate) fn add_lists(&self, prompts: bool, resources: bool) {
        let wanted = [
            (prompts, Topic::ListOfPrompts),
            (resources, Topic::ListOfResources),
        ];
        let mut topics = lock(&self.topics);
        for (_, topic) in wanted.into_iter().filter(|(wanted, _)| *wanted) {
            let mark = lock(&self.hub.inner).mark(self, &topic);
            topics.entry(topic).or_insert_with(|| Listened::by(mark));
        }
        self.hub.wanted.notify_one();
    }

    /// What changed, once something has and nothing more did for a moment. Dropping the future loses nothing but the
    /// wait.
    pub(crate) async fn news(&self) -> News {
        loop {
            self.bell.notified().await;
            tokio::time::sleep(GATHER).await;
            let news = self.changed();
            if news != News::default() {
                return news;
            }
        }
    }

    /// What changed since this was asked the last time.
    pub(super) fn changed(&self) -> News {
        let mut news = News::default();
        let topics = lock(&self.topics);
        for (topic, listened) in topics.iter().filter(|(_, listened)| listened.mark.take()) {
            match topic {
                Topic::ListOfPrompts => news.prompts = true,
                Topic::ListOfResources => news.resources = true,
                _ => news.uris.extend(listened.uris.iter().cloned()),
            }
        }
        news
    }
}

impl Listened {
    fn by(mark: Arc<Mark>) -> Self {
        Self {
            mark,
            uris: BTreeSet::new(),
        }
    }
}

fn topic_of(uri: &str) -> Option<Topic> {
    Address::parse(uri).as_ref().and_then(Topic::of)
}

fn is_among(topics: &HashMap<Topic, Listened>, topic: &Topic, uri: &str) -> bool {
    topics
        .get(topic)
        .is_some_and(|listened| listened.uris.contains(uri))
}

fn addresses(topics: &HashMap<Topic, Listened>) -> usize {
    topics.values().map(|listened| listened.uris.len()).sum()
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let topics = std::mem::take(&mut *lock(&self.topics));
        let mut inner = lock(&self.hub.inner);
        inner.addresses -= addresses(&topics);
        for topic in topics.keys() {
            inner.forget(self, topic);
        }
    }
}
