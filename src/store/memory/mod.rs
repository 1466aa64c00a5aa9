//! Everything in memory: for tests, for trying things out, and to keep the seams honest.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::news::News;
use super::{Pins, Result, Seq, Stores};
use crate::domain::{
    AuditRecord, AuditRef, Delivery, Digest, Lesson, LessonId, Outcome, Pin, RouteId, RouteRecord, RunEvent,
    RunId, Scope,
};

mod audit;
mod budgets;
mod journal;
mod lessons;
mod outbox;
mod outcomes;

use budgets::Purse;

/// Empty stores that share one memory and forget everything with the last of them.
#[must_use]
pub fn stores() -> Stores {
    telling(&News::default())
}

/// The same, telling by `news` of what is written.
#[must_use]
pub fn telling(news: &News) -> Stores {
    let memory = Arc::new(Memory {
        orgs: Mutex::default(),
        news: news.clone(),
    });
    Stores {
        journal: memory.clone(),
        lessons: memory.clone(),
        embeddings: memory.clone(),
        outcomes: memory.clone(),
        budgets: memory.clone(),
        pins: memory.clone(),
        outbox: memory.clone(),
        audit: memory,
    }
}

/// One lock over all of it: each call takes effect as a whole.
struct Memory {
    orgs: Mutex<HashMap<String, Org>>,
    news: News,
}

#[derive(Default)]
struct Org {
    /// The number of the last revision in any project.
    last_lesson: Seq,
    audit: Vec<(AuditRef, AuditRecord)>,
    projects: HashMap<String, Project>,
}

#[derive(Default)]
struct Project {
    runs: HashMap<RunId, Vec<RunEvent>>,
    blobs: HashMap<Digest, Vec<u8>>,
    /// By principal and key.
    idempotency: HashMap<(String, String), (RunId, Digest)>,
    lessons: BTreeMap<Seq, Lesson>,
    newest: HashMap<LessonId, Lesson>,
    /// By embedder.
    embeddings: HashMap<String, BTreeMap<LessonId, Vec<i8>>>,
    routes: HashMap<RouteId, RouteRecord>,
    outcomes: Vec<Outcome>,
    purse: Purse,
    /// By server and tool.
    pins: BTreeMap<(String, String), Pin>,
    /// By receiver and id.
    waiting: BTreeMap<(String, String), Delivery>,
    dead: BTreeMap<(String, String), Delivery>,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Org>> {
        self.orgs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Default>(&self, scope: &Scope, read: impl FnOnce(&Project) -> T) -> T {
        self.lock()
            .get(scope.org())
            .and_then(|org| org.projects.get(scope.project()))
            .map(read)
            .unwrap_or_default()
    }

    fn write<T>(&self, scope: &Scope, write: impl FnOnce(&mut Project) -> T) -> T {
        write(
            self.lock()
                .entry(scope.org().to_owned())
                .or_default()
                .projects
                .entry(scope.project().to_owned())
                .or_default(),
        )
    }
}

#[async_trait]
impl Pins for Memory {
    async fn pinned(&self, scope: &Scope, server: &str, tool: &str) -> Result<Option<Pin>> {
        let key = (server.to_owned(), tool.to_owned());
        Ok(self.read(scope, |project| project.pins.get(&key).cloned()))
    }

    async fn pin(&self, scope: &Scope, pin: Pin, instead: Option<Digest>, most: usize) -> Result<bool> {
        let key = (pin.server.clone(), pin.tool.clone());
        Ok(self.write(scope, |project| {
            if project.pins.get(&key).map(|known| known.sha256) != instead {
                return false;
            }
            if instead.is_none() && project.pins.len() >= most {
                let oldest = project.pins.iter().min_by_key(|(_, known)| known.pinned_at);
                let oldest = oldest.map(|(key, _)| key.clone());
                oldest.and_then(|key| project.pins.remove(&key));
            }
            project.pins.insert(key, pin);
            true
        }))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::store::conformance::{self, Subject};

    /// Memory does not outlive its process, so reopening it is keeping it.
    fn subject() -> Subject {
        let stores = super::stores();
        Subject::new(move || stores.clone())
    }

    conformance::suite!(subject);
}
