//! The seam of runs: what one step of progress changes, and what is read again.

use async_trait::async_trait;

use super::{Charge, Result, Seq};
use crate::domain::{Delivery, Digest, MicroUsd, RunEvent, RunId, Scope};

/// Everything one step of progress changes, written together or not at all.
#[derive(Debug, Clone)]
pub struct Change {
    /// Whose run it is. The principal is not part of the run's address.
    pub scope: Scope,
    /// The run.
    pub run: RunId,
    /// The number of the run's last event as the writer knows it; 0 for a new run.
    pub expected: Seq,
    /// The new events, at least one; they get the numbers after `expected`.
    pub events: Vec<RunEvent>,
    /// Outputs that the events name by digest.
    pub blobs: Vec<Vec<u8>>,
    /// Binds the caller's key to this run, if no run has it yet.
    pub idempotency: Option<IdempotencyKey>,
    /// Money set aside before a step.
    pub reserve: Vec<Charge>,
    /// Money a step really took; frees what was set aside under the same id.
    pub settle: Vec<Charge>,
    /// Messages about the events, on their way from now on.
    pub deliveries: Vec<Delivery>,
}

impl Change {
    /// Whether the run is begun or ended by it: it is in another list of runs then.
    pub(super) fn moves(&self) -> bool {
        self.expected == 0 || self.events.iter().any(RunEvent::ends_run)
    }
}

/// A caller's name for a request, so that repeating it does not repeat the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Chosen by the caller, per principal.
    pub key: String,
    /// SHA-256 of the request, to tell a repetition from another request under the same key.
    pub request: Digest,
}

/// What became of a [`Change`]. All of these are answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// Written and, as far as the configured durability goes, safe. The run's last event is this one.
    At(Seq),
    /// Nothing was written: the run's last event is another one.
    Stale {
        /// The number of its last event.
        actual: Seq,
    },
    /// Nothing was written: the idempotency key belongs to an earlier request.
    Taken {
        /// The run that has it.
        run: RunId,
        /// SHA-256 of the request that made it.
        request: Digest,
    },
    /// Nothing was written: the project's budget does not allow it.
    OverBudget {
        /// What is left of it before anything of the change is set aside.
        left: MicroUsd,
    },
}

/// A run that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRun {
    /// The run.
    pub run: RunId,
    /// The number of its last event.
    pub last: Seq,
}

/// The events of runs. A run's events are numbered without gaps; appending demands to know the last.
#[async_trait]
pub trait Journal: std::fmt::Debug + Send + Sync {
    /// Writes `change` if the run still ends at `change.expected`.
    ///
    /// # Errors
    /// When the store cannot write; nothing of the change is then acknowledged.
    async fn commit(&self, change: Change) -> Result<Committed>;

    /// Removes those of `runs` that have ended, with the outputs that no other run of the project names and the
    /// idempotency keys that led to them; which these were. Others are written meanwhile only once it is done.
    ///
    /// # Errors
    /// When the store cannot be read or written; then nothing is removed.
    async fn forget(&self, scope: &Scope, runs: Vec<RunId>) -> Result<Vec<RunId>>;

    /// The events of `run` after number `after`, in order; empty for an unknown or foreign run.
    ///
    /// # Errors
    /// When the store cannot be read, or a record in the middle of the run is damaged: a run with a
    /// hole must not be folded.
    async fn replay(&self, scope: &Scope, run: &RunId, after: Seq) -> Result<Vec<RunEvent>>;

    /// The runs of the project whose last event does not end them, at most `limit`, newest first by the
    /// time of their first event.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn unfinished(&self, scope: &Scope, limit: usize) -> Result<Vec<OpenRun>>;

    /// The runs of the project, ended ones too, at most `limit`, newest first by the time of their first event.
    /// Damaged records are skipped and counted in the store's report.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn runs(&self, scope: &Scope, limit: usize) -> Result<Vec<RunId>>;

    /// The runs of all projects whose last event does not end them, at most `limit`, each with the scope of who started
    /// it: what goes on after a restart.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn unfinished_anywhere(&self, limit: usize) -> Result<Vec<(Scope, OpenRun)>>;

    /// An output by its digest, `None` when the project has none such.
    ///
    /// # Errors
    /// When the store cannot be read or the stored bytes do not have that digest.
    async fn blob(&self, scope: &Scope, digest: &Digest) -> Result<Option<Vec<u8>>>;
}
