//! What earlier runs of a project say about the next: how long attempts take and what they cost, how strategies and
//! templates did, which lessons helped whom.
//!
//! All of it follows from the journals of the latest runs, and nothing of it is stored: it is read when first asked for
//! and then kept up with what is committed. So an event counts once, whenever a process dies, and a journal that is
//! gone is forgotten. None of it ever loosens a budget: what is set aside for an attempt is the most it may take, by the
//! prices and the size of the question, whatever is expected of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Crews;
use crate::domain::lesson::Uses;
use crate::domain::{LessonId, RunEvent, RunId, Scope, TaskType};
use crate::store::{Journal, Seq};

mod attempts;
mod digest;
mod forecast;
mod samples;
mod standing;

pub(super) use attempts::{Attempts, Kind};
pub(super) use digest::{
    AttemptEnd, Ended, RunDigest, StepDigest, doer, kind, planned, takes_time, takes_time_by,
};
pub(super) use forecast::{is_known, needs, seconds, work};
pub(super) use samples::Measure;
pub(super) use standing::{Advice, Standing};

/// Most runs that are remembered of a project.
const MOST_RUNS: usize = 200;
/// Most projects that are remembered.
const MOST_PROJECTS: usize = 8;

/// What is remembered of projects, those asked for last in front.
#[derive(Debug, Default)]
pub(super) struct Experience(Mutex<VecDeque<Entry>>);

#[derive(Debug)]
struct Entry {
    org: String,
    project: String,
    past: Past,
}

/// What is remembered of a project.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Past {
    /// The oldest first.
    runs: VecDeque<RunDigest>,
    attempts: Attempts,
}

impl Experience {
    /// What `ask` finds in the past of a project; nothing where that was not read.
    pub(super) fn with<T>(&self, scope: &Scope, ask: impl FnOnce(&Past) -> T) -> Option<T> {
        let mut entries = self.entries();
        let place = entries.iter().position(|entry| entry.is_of(scope))?;
        let entry = entries.remove(place)?;
        let answer = ask(&entry.past);
        entries.push_front(entry);
        Some(answer)
    }

    fn put(&self, scope: &Scope, past: Past) {
        let mut entries = self.entries();
        entries.retain(|entry| !entry.is_of(scope));
        entries.push_front(Entry {
            org: scope.org().to_owned(),
            project: scope.project().to_owned(),
            past,
        });
        entries.truncate(MOST_PROJECTS);
    }

    /// Takes in what was committed to a run after event `after`. A project whose past is not known, or known otherwise,
    /// is read when it is next asked for.
    fn take(
        &self,
        scope: &Scope,
        run: &RunId,
        after: Seq,
        events: &[RunEvent],
        task_type: impl Fn(&str) -> TaskType,
    ) {
        let mut entries = self.entries();
        let Some(place) = entries.iter().position(|entry| entry.is_of(scope)) else {
            return;
        };
        let follows = entries
            .get_mut(place)
            .is_some_and(|entry| entry.past.take(run, after, events, task_type));
        if !follows {
            entries.remove(place);
        }
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_of(&self, scope: &Scope) -> bool {
        self.org == scope.org() && self.project == scope.project()
    }
}

impl Past {
    /// The runs, the newest first.
    pub(super) fn runs(&self) -> impl Iterator<Item = &RunDigest> {
        self.runs.iter().rev()
    }

    /// The kind of work of a run; no particular one where the run is not remembered.
    pub(super) fn task_type(&self, run: &RunId) -> TaskType {
        let digest = self.runs().find(|digest| digest.run == *run);
        digest.map_or(TaskType::General, |digest| digest.task_type)
    }

    /// The lessons that steps of this role were given: how often, and how often the output was taken at once. As the
    /// lessons themselves are credited, but for one role.
    pub(super) fn lessons(&self, role: &str) -> BTreeMap<LessonId, Uses> {
        let mut lessons: BTreeMap<LessonId, Uses> = BTreeMap::new();
        let steps = self.runs.iter().flat_map(|run| &run.steps);
        for step in steps.filter(|step| step.role.eq_ignore_ascii_case(role) && step.was_judged()) {
            for lesson in &step.lessons {
                let uses = lessons.entry(lesson.clone()).or_default();
                uses.given += 1;
                uses.helped += u32::from(step.went_well());
            }
        }
        lessons
    }

    pub(super) fn attempts(&self) -> &Attempts {
        &self.attempts
    }

    /// Remembers a run that comes after all others.
    pub(super) fn add(&mut self, run: &RunId, events: &[RunEvent], task_type: impl Fn(&str) -> TaskType) {
        let Some((digest, finished)) = RunDigest::of(run, events, task_type) else {
            return;
        };
        for (role, by, sample) in finished {
            self.attempts.take(&kind(&role, &by, digest.task_type), sample);
        }
        self.runs.push_back(digest);
        if self.runs.len() > MOST_RUNS {
            self.runs.pop_front();
        }
    }

    /// Takes in what comes after event `after` of a run; `false` where something between is missing.
    fn take(
        &mut self,
        run: &RunId,
        after: Seq,
        events: &[RunEvent],
        task_type: impl Fn(&str) -> TaskType,
    ) -> bool {
        let Some(digest) = self.runs.iter_mut().rev().find(|digest| digest.run == *run) else {
            if after == 0 {
                self.add(run, events, task_type);
            }
            // One that is older than all that are remembered.
            return after == 0 || self.runs.len() >= MOST_RUNS;
        };
        if digest.seq >= after.saturating_add(events.len() as Seq) {
            return true;
        }
        if digest.seq != after {
            return false;
        }
        for event in events {
            if let Some((role, by, sample)) = digest.take(event) {
                self.attempts.take(&kind(&role, &by, digest.task_type), sample);
            }
        }
        true
    }
}

impl Crews {
    /// What `ask` finds in the past of the project, which is read before where it is not known. Nothing where it cannot
    /// be read: a run goes on without it.
    pub(super) async fn past<T>(&self, scope: &Scope, ask: impl FnOnce(&Past) -> T + Send) -> Option<T> {
        if self.experience.with(scope, |_| ()).is_none() {
            match self.read_past(scope, &*self.journal).await {
                Ok(past) => self.experience.put(scope, past),
                Err(error) => {
                    tracing::warn!(%error, "nothing is expected of this run: what earlier runs took cannot be read");
                    return None;
                }
            }
        }
        self.experience.with(scope, ask)
    }

    async fn read_past(&self, scope: &Scope, journal: &dyn Journal) -> crate::store::Result<Past> {
        let mut past = Past::default();
        for run in journal.runs(scope, MOST_RUNS).await?.iter().rev() {
            match journal.replay(scope, run, 0).await {
                Ok(events) => past.add(run, &events, |task| self.type_of(task)),
                // One that cannot be read must not hide the others.
                Err(error) => tracing::warn!(%error, %run, "a run is left out of what is expected"),
            }
        }
        Ok(past)
    }

    /// Keeps what is known of the project up with what was committed.
    pub(super) fn remember(&self, scope: &Scope, run: &RunId, after: Seq, events: &[RunEvent]) {
        self.experience
            .take(scope, run, after, events, |task| self.type_of(task));
    }

    /// The kind of work that a task is, as templates are chosen by it.
    pub(super) fn type_of(&self, task: &str) -> TaskType {
        self.router.assess(task).leaning()
    }
}

#[cfg(test)]
mod tests;
