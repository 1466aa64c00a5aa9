//! The lessons of a project as callers see them, over a store of their own.

use super::*;
use crate::clock::ManualClock;
use crate::domain::lesson::{LessonOutcome, Provenance};
use crate::domain::{LessonKind, LessonState, Trust};
use crate::store;

mod clean;
mod curate;
mod filters;
mod finding;
mod grammar;
mod indexes;
mod kept;
mod log;
mod recording;
mod relations;
mod repeats;
mod superseding;

use log::Log;

/// Lessons of one project, by a clock that stands still.
struct World {
    log: Arc<Log>,
    clock: Arc<ManualClock>,
    knowledge: Knowledge,
    scope: Scope,
}

impl World {
    fn new() -> Self {
        let (log, clock) = (Arc::new(Log::default()), Arc::new(ManualClock::new()));
        Self {
            knowledge: Knowledge::new(log.clone(), clock.clone()),
            scope: scope("project", "ada"),
            log,
            clock,
        }
    }

    fn with(lessons: &[&str]) -> Self {
        let world = Self::new();
        for text in lessons {
            world.note(text);
        }
        world
    }

    fn record(&self, lesson: NewLesson) -> Result<Recorded> {
        wait(self.knowledge.record(&self.scope, lesson))
    }

    fn note(&self, text: &str) -> LessonId {
        self.record(NewLesson::note(text)).unwrap().id
    }

    fn supersede(&self, old: &LessonId, text: &str) -> Result<Recorded> {
        self.record(NewLesson {
            supersedes: Some(old.clone()),
            ..NewLesson::note(text)
        })
    }

    fn find(&self, query: &Query) -> Found {
        wait(self.knowledge.search(&self.scope, query)).unwrap()
    }

    fn titles(&self, query: &str) -> Vec<String> {
        self.find(&Query::new(query))
            .hits
            .into_iter()
            .map(|hit| hit.title)
            .collect()
    }

    fn get(&self, id: &LessonId) -> Lesson {
        wait(self.knowledge.get(&self.scope, id)).unwrap().unwrap()
    }
}

fn scope(project: &str, principal: &str) -> Scope {
    Scope::new("local", project, principal).unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// A made-up sentence for each number, of words that are common, less common and rare.
fn sentence(n: usize) -> String {
    format!("common w{} pair{} rare{n}", n % 7, n % 90)
}
