//! Which runs the server itself has something to do on, and who is at them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, mpsc};

use crate::domain::{RunId, Scope};

pub(super) type Key = (String, String, RunId);

/// A queue of runs, and those that are being driven.
#[derive(Debug)]
pub(super) struct Work {
    queue: mpsc::UnboundedSender<(Scope, RunId)>,
    queued: tokio::sync::Mutex<mpsc::UnboundedReceiver<(Scope, RunId)>>,
    driven: Mutex<HashMap<Key, Arc<Notify>>>,
}

/// The right to drive a run: one at a time in this process, and one process owns the store.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    work: &'a Work,
    key: Key,
    /// Told whenever the run has changed.
    pub(super) wake: Arc<Notify>,
}

impl Default for Work {
    fn default() -> Self {
        let (queue, queued) = mpsc::unbounded_channel();
        Self {
            queue,
            queued: tokio::sync::Mutex::new(queued),
            driven: Mutex::default(),
        }
    }
}

impl Work {
    /// Says that a run has changed, and whether there is something to do on it.
    pub(super) fn changed(&self, scope: &Scope, run: &RunId, has_work: bool) {
        let driven = self.driven.lock().unwrap_or_else(PoisonError::into_inner);
        match driven.get(&key(scope, run)) {
            Some(wake) => wake.notify_one(),
            None if has_work => {
                // The receiver lives as long as this does.
                drop(self.queue.send((scope.clone(), run.clone())));
            }
            None => {}
        }
    }

    /// The next run that somebody has to drive.
    pub(super) async fn next(&self) -> Option<(Scope, RunId)> {
        self.queued.lock().await.recv().await
    }

    /// The right to drive a run, unless somebody has it.
    pub(super) fn claim(&self, scope: &Scope, run: &RunId) -> Option<Claim<'_>> {
        let key = key(scope, run);
        let mut driven = self.driven.lock().unwrap_or_else(PoisonError::into_inner);
        if driven.contains_key(&key) {
            return None;
        }
        let wake = Arc::new(Notify::new());
        driven.insert(key.clone(), Arc::clone(&wake));
        Some(Claim {
            work: self,
            key,
            wake,
        })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut driven = self.work.driven.lock().unwrap_or_else(PoisonError::into_inner);
        driven.remove(&self.key);
    }
}

pub(super) fn key(scope: &Scope, run: &RunId) -> Key {
    (scope.org().to_owned(), scope.project().to_owned(), run.clone())
}
