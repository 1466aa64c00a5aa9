//! Who wants to be told of what, and is: `resources/subscribe` of older clients, `subscriptions/listen` since 2026-07-28.
//!
//! A write that is acknowledged marks what it changed in the inbox of everybody who listens, which takes no memory beyond
//! the addresses that are listened to and never waits. What empties an inbox is [`Subscriber::news`], which gathers for a
//! moment first: a run with a hundred steps in a second is told ten times, not a hundred.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rmcp::ErrorData;
use tokio::sync::Notify;

use super::address::Address;
use crate::domain::Scope;
use crate::store::news::{Watcher, What};

mod files;
mod listen;
mod session;

pub(crate) use listen::{DOOR, acceptable};
pub(crate) use session::Session;

/// Most addresses of one client or stream.
pub(crate) const MOST: usize = 500;
/// Most of all clients together: each takes some hundred bytes.
const MOST_IN_ALL: usize = 100_000;
/// So long changes are gathered before they are told.
const GATHER: Duration = Duration::from_millis(100);

/// Something that changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Topic {
    Run(String),
    Runs,
    Lesson(String),
    Lessons,
    Templates,
    ListOfPrompts,
    ListOfResources,
}

impl Topic {
    /// What has to change for the text at `address` to change; `None` where it stays as long as the server runs. Nor is
    /// anybody told of the audit log: reading it adds an entry, so whoever read on being told would never stop.
    fn of(address: &Address) -> Option<Self> {
        Some(match address {
            Address::Run(run) | Address::RunGraph(run) | Address::Step(run, _) => Self::Run(run.to_string()),
            Address::Runs => Self::Runs,
            Address::Lesson(lesson) => Self::Lesson(lesson.to_string()),
            Address::Lessons | Address::Labelled(_) => Self::Lessons,
            Address::Templates | Address::Template(_) | Address::TemplateGraph(_) => Self::Templates,
            Address::Policy
            | Address::Packs
            | Address::Audit
            | Address::Entry(_)
            | Address::Proof(_)
            | Address::Models
            | Address::Model(_)
            | Address::Kind(_) => return None,
        })
    }
}

/// Organisation and project.
type Place = (String, String);

/// All who listen.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    inner: Mutex<Inner>,
    /// Told when somebody wants to know of template files.
    wanted: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    places: HashMap<Place, HashMap<Topic, HashMap<u64, Listener>>>,
    addresses: usize,
}

#[derive(Debug)]
struct Listener {
    inbox: Arc<Inbox>,
    /// As the client wrote them.
    uris: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Inbox {
    news: Mutex<News>,
    bell: Notify,
}

/// What changed since the last look.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// Addresses.
    pub(crate) uris: BTreeSet<String>,
    /// The list of prompts.
    pub(crate) prompts: bool,
    /// The list of resources.
    pub(crate) resources: bool,
}

/// One who listens, until it is dropped.
#[derive(Debug)]
pub(crate) struct Subscriber {
    hub: Arc<Hub>,
    id: u64,
    place: Place,
    inbox: Arc<Inbox>,
    topics: Mutex<HashMap<String, Topic>>,
    lists: Mutex<Vec<Topic>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// One who listens to nothing yet.
    pub(crate) fn subscriber(self: &Arc<Self>, scope: &Scope) -> Subscriber {
        let mut inner = lock(&self.inner);
        inner.next += 1;
        Subscriber {
            hub: Arc::clone(self),
            id: inner.next,
            place: (scope.org().to_owned(), scope.project().to_owned()),
            inbox: Arc::default(),
            topics: Mutex::default(),
            lists: Mutex::default(),
        }
    }

    fn tell(&self, place: &Place, topic: &Topic) {
        let inner = lock(&self.inner);
        let listeners = inner.places.get(place).and_then(|topics| topics.get(topic));
        for listener in listeners.into_iter().flat_map(HashMap::values) {
            let mut news = lock(&listener.inbox.news);
            match topic {
                Topic::ListOfPrompts => news.prompts = true,
                Topic::ListOfResources => news.resources = true,
                _ => news.uris.extend(listener.uris.iter().cloned()),
            }
            drop(news);
            listener.inbox.bell.notify_one();
        }
    }
}

impl Watcher for Hub {
    fn written(&self, scope: &Scope, what: What<'_>) {
        let place = (scope.org().to_owned(), scope.project().to_owned());
        match what {
            What::Run { run, moved } => {
                self.tell(&place, &Topic::Run(run.to_string()));
                self.tell(&place, &Topic::Runs);
                if moved {
                    self.tell(&place, &Topic::ListOfResources);
                }
            }
            What::Lesson(id) => {
                self.tell(&place, &Topic::Lesson(id.to_string()));
                self.tell(&place, &Topic::Lessons);
            }
        }
    }
}

impl Subscriber {
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
        let Some(topic) = lock(&self.topics).remove(uri) else {
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

impl Inner {
    fn listener(&mut self, subscriber: &Subscriber, topic: &Topic) -> &mut Listener {
        let topics = self.places.entry(subscriber.place.clone()).or_default();
        let listeners = topics.entry(topic.clone()).or_default();
        listeners.entry(subscriber.id).or_insert_with(|| Listener {
            inbox: Arc::clone(&subscriber.inbox),
            uris: BTreeSet::new(),
        })
    }

    fn forget(&mut self, subscriber: &Subscriber, topic: &Topic) {
        let Some(topics) = self.places.get_mut(&subscriber.place) else {
            return;
        };
        if let Some(listeners) = topics.get_mut(topic) {
            listeners.remove(&subscriber.id);
            if listeners.is_empty() {
                topics.remove(topic);
            }
        }
        if topics.is_empty() {
            self.places.remove(&subscriber.place);
        }
    }
}

fn too_many(most: usize, whose: &str) -> ErrorData {
    let why = format!(
        "{whose} may listen to {most} addresses at most; unsubscribe from some, or listen to firstmate://runs"
    );
    ErrorData::invalid_request(why, None)
}

#[cfg(test)]
mod tests;
