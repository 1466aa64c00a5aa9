//! Old runs are forgotten, when somebody wants that: the audit log keeps what was decided in them.

use serde::{Deserialize, Serialize};

use super::Crews;
use super::error::Error;
use crate::domain::{RunId, Scope, Timestamp};

/// Runs that are removed in one write.
const AT_ONCE: usize = 100;

/// What was forgotten, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// The runs, oldest last.
    pub runs: Vec<RunId>,
    /// How many runs are kept because they are newer, or have not ended.
    pub kept: usize,
    /// Whether they are gone; otherwise they were only counted.
    pub gone: bool,
}

impl Crews {
    /// Forgets the runs that ended before a moment, with their outputs; or only says which these are. What cannot be read
    /// is kept.
    ///
    /// # Errors
    /// When the store cannot be read or written; what is forgotten by then stays forgotten.
    pub async fn forget(
        &self,
        scope: &Scope,
        before: Timestamp,
        only_count: bool,
    ) -> Result<Forgotten, Error> {
        let all = self.journal.runs(scope, usize::MAX).await?;
        let mut old = Vec::new();
        for run in &all {
            let Ok(state) = self.load(scope, run).await else {
                tracing::warn!(%run, "a run cannot be read and is kept");
                continue;
            };
            if state.end.is_some() && state.touched_at < before {
                old.push(run.clone());
            }
        }
        let mut runs = Vec::new();
        if only_count {
            runs = old;
        } else {
            for part in old.chunks(AT_ONCE) {
                let gone = self.journal.forget(scope, part.to_vec()).await?;
                gone.iter().for_each(|run| self.recent.forget(scope, run));
                runs.extend(gone);
            }
        }
        Ok(Forgotten {
            kept: all.len().saturating_sub(runs.len()),
            runs,
            gone: !only_count,
        })
    }
}
