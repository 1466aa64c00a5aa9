//! Who listens to what, and what waits to be told.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::subscriber::Subscriber;
use super::{Place, Topic, lock};
use crate::domain::Scope;
use crate::store::news::{Watcher, What};

/// All who listen.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    pub(super) inner: Mutex<Inner>,
    /// Told when somebody wants to know of template files.
    pub(super) wanted: Notify,
}

#[derive(Debug, Default)]
pub(super) struct Inner {
    next: u64,
    pub(super) places: HashMap<Place, HashMap<Topic, HashMap<u64, Listener>>>,
    pub(super) addresses: usize,
}

#[derive(Debug)]
pub(super) struct Listener {
    inbox: Arc<Inbox>,
    /// As the client wrote them.
    pub(super) uris: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub(super) news: Mutex<News>,
    pub(super) bell: Notify,
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

impl Hub {
    /// One who listens to nothing yet.
    pub(crate) fn subscriber(self: &Arc<Self>, scope: &Scope) -> Subscriber {
        let mut inner = lock(&self.inner);
        inner.next += 1;
        let place = (scope.org().to_owned(), scope.project().to_owned());
        Subscriber::new(Arc::clone(self), inner.next, place)
    }

    pub(super) fn tell(&self, place: &Place, topic: &Topic) {
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
            What::Lessons(ids) => {
                for id in ids {
                    self.tell(&place, &Topic::Lesson(id.to_string()));
                }
                self.tell(&place, &Topic::Lessons);
            }
        }
    }

    fn rules_changed(&self) {
        let places: Vec<Place> = lock(&self.inner).places.keys().cloned().collect();
        for place in places {
            self.tell(&place, &Topic::Rules);
        }
    }
}

impl Inner {
    pub(super) fn listener(&mut self, subscriber: &Subscriber, topic: &Topic) -> &mut Listener {
        let topics = self.places.entry(subscriber.place.clone()).or_default();
        let listeners = topics.entry(topic.clone()).or_default();
        listeners.entry(subscriber.id).or_insert_with(|| Listener {
            inbox: Arc::clone(&subscriber.inbox),
            uris: BTreeSet::new(),
        })
    }

    pub(super) fn forget(&mut self, subscriber: &Subscriber, topic: &Topic) {
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
