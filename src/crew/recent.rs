//! The states of runs that were looked at lately, so that a call reads only the events that came after them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::fold::RunState;
use crate::domain::{RunId, Scope};

/// How many are kept.
const MOST: usize = 32;
/// Runs with more events are kept nevertheless: reading them again is what costs.
type Entry = (String, String, RunId, Arc<RunState>);

/// A state that is true of a run up to its last event: whoever takes it reads on from there.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<Entry>>);

impl Recent {
    pub(super) fn get(&self, scope: &Scope, run: &RunId) -> Option<Arc<RunState>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = entries
            .iter()
            .find(|(org, project, of, _)| of == run && org == scope.org() && project == scope.project());
        found.map(|(.., state)| Arc::clone(state))
    }

    pub(super) fn forget(&self, scope: &Scope, run: &RunId) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(org, project, of, _)| of != run || org != scope.org() || project != scope.project());
    }

    pub(super) fn put(&self, scope: &Scope, run: &RunId, state: Arc<RunState>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(org, project, of, _)| of != run || org != scope.org() || project != scope.project());
        entries.push_front((
            scope.org().to_owned(),
            scope.project().to_owned(),
            run.clone(),
            state,
        ));
        entries.truncate(MOST);
    }
}
