//! Who listens to what, and what is marked as changed.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
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
    pub(super) places: HashMap<Place, HashMap<Topic, HashMap<u64, Arc<Mark>>>>,
    pub(super) addresses: usize,
}

/// Whether a topic changed since its listener last looked. Which addresses that is about the listener knows: a write only
/// sets the mark, however many they are.
#[derive(Debug)]
pub(super) struct Mark {
    changed: AtomicBool,
    /// The listener's, for all its topics.
    bell: Arc<Notify>,
}

impl Mark {
    fn set(&self) {
        self.changed.store(true, Ordering::Release);
        self.bell.notify_one();
    }

    /// Whether it was set; it is not any more.
    pub(super) fn take(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }
}

/// What changed since the last look.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// Addresses, as the client wrote them.
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
        Subscriber::new(Arc::clone(self), inner.next, place(scope))
    }

    pub(super) fn tell(&self, place: &Place, topics: impl IntoIterator<Item = Topic>) {
        let inner = lock(&self.inner);
        let Some(listened) = inner.places.get(place) else {
            return;
        };
        for marks in topics.into_iter().filter_map(|topic| listened.get(&topic)) {
            marks.values().for_each(|mark| mark.set());
        }
    }
}

fn place(scope: &Scope) -> Place {
    (scope.org().to_owned(), scope.project().to_owned())
}

impl Watcher for Hub {
    fn written(&self, scope: &Scope, what: What<'_>) {
        match what {
            What::Run { run, moved } => {
                let topics = [Topic::Run(run.to_string()), Topic::Runs];
                let list = moved.then_some(Topic::ListOfResources);
                self.tell(&place(scope), topics.into_iter().chain(list));
            }
            What::Lessons(ids) => {
                let topics = ids.iter().map(|id| Topic::Lesson(id.to_string()));
                self.tell(&place(scope), topics.chain([Topic::Lessons]));
            }
        }
    }

    fn rules_changed(&self) {
        let inner = lock(&self.inner);
        let marks = inner
            .places
            .values()
            .filter_map(|topics| topics.get(&Topic::Rules));
        marks.flat_map(HashMap::values).for_each(|mark| mark.set());
    }
}

impl Inner {
    /// The mark by which a subscriber is told of a topic from now on.
    pub(super) fn mark(&mut self, subscriber: &Subscriber, topic: &Topic) -> Arc<Mark> {
        let topics = self.places.entry(subscriber.place.clone()).or_default();
        let marks = topics.entry(topic.clone()).or_default();
        let mark = marks.entry(subscriber.id).or_insert_with(|| {
            Arc::new(Mark {
                changed: AtomicBool::new(false),
                bell: Arc::clone(&subscriber.bell),
            })
        });
        Arc::clone(mark)
    }

    pub(super) fn forget(&mut self, subscriber: &Subscriber, topic: &Topic) {
        let Some(topics) = self.places.get_mut(&subscriber.place) else {
            return;
        };
        if let Some(marks) = topics.get_mut(topic) {
            marks.remove(&subscriber.id);
            if marks.is_empty() {
                topics.remove(topic);
            }
        }
        if topics.is_empty() {
            self.places.remove(&subscriber.place);
        }
    }
}
