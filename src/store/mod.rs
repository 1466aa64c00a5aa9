//! The seams behind which everything is kept, in the words of the field.
//!
//! A seam says *append these events if the run still ends at 17*, never *put these bytes*: it can live on
//! a key-value store, in memory or on a database server. Every implementation passes the suite in
//! `conformance.rs`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::audit::{Head, Part, Proof};
use crate::domain::{
    AuditRecord, AuditRef, Delivery, Digest, Lesson, LessonId, MicroUsd, Outcome, Pin, RouteId, RouteRecord,
    RunEvent, RunId, Scope, Timestamp,
};

#[cfg(test)]
mod conformance;
mod error;
pub mod export;
pub mod memory;
pub mod news;
pub mod sled;

pub use error::{Error, Result};
pub use news::Changes;

/// Number of an event within its run, or of a lesson's revision within its organisation; from 1.
pub type Seq = u64;

/// Everything the process keeps, each part behind its seam.
#[derive(Debug, Clone)]
pub struct Stores {
    /// Crew runs.
    pub journal: Arc<dyn Journal>,
    /// What was learned.
    pub lessons: Arc<dyn Lessons>,
    /// Where lessons lie by their meaning, as an embedder says.
    pub embeddings: Arc<dyn Embeddings>,
    /// What routing decided and how it went.
    pub outcomes: Arc<dyn Outcomes>,
    /// What may be spent.
    pub budgets: Arc<dyn Budgets>,
    /// What tools are expected to say of themselves.
    pub pins: Arc<dyn Pins>,
    /// Messages that are to be brought to receivers.
    pub outbox: Arc<dyn Outbox>,
    /// What policy decided.
    pub audit: Arc<dyn Audit>,
}

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
    fn moves(&self) -> bool {
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

/// An amount under a name that is used once to reserve and once to settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// `run/step/attempt`.
    pub id: String,
    /// The amount.
    pub amount: MicroUsd,
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

/// What became of a write of lessons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// Written; the last one has this number in the organisation's log.
    At(Seq),
    /// Nothing was written: this lesson's stored revision is not one less than the given one.
    Stale(LessonId),
}

/// What was learned. Every write of a lesson is a new revision; the log of revisions is the truth.
#[async_trait]
pub trait Lessons: std::fmt::Debug + Send + Sync {
    /// Writes all of `lessons` or none. Each must have the revision that follows the stored one (1 for a
    /// new lesson).
    ///
    /// # Errors
    /// When the store cannot write.
    async fn put(&self, scope: &Scope, lessons: Vec<Lesson>) -> Result<Put>;

    /// The newest revision of a lesson of the project.
    ///
    /// # Errors
    /// When the store cannot be read or the record is damaged.
    async fn get(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>>;

    /// The revisions of the project's lessons written after number `after`, in order of writing, with
    /// their numbers, at most `limit`. Damaged records are skipped and counted in the store's report.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn after(&self, scope: &Scope, after: Seq, limit: usize) -> Result<Vec<(Seq, Lesson)>>;
}

/// A lesson and where it lies by its meaning: a direction in steps, of as many dimensions as the embedder
/// gives.
pub type Embedded = (LessonId, Vec<i8>);

/// Where lessons lie by their meaning, in the words of embedders: each has vectors of its own, which are
/// never mixed.
///
/// All of it can be had again from the lessons and the embedder. So it is in no export, and whatever is made
/// from one (an import, a compaction, a database restored after damage) begins without it.
#[async_trait]
pub trait Embeddings: std::fmt::Debug + Send + Sync {
    /// Keeps the vectors that `embedder` gave these lessons of the project, in place of earlier ones of the
    /// same embedder. All of them or none.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn put(&self, scope: &Scope, embedder: &str, vectors: Vec<Embedded>) -> Result<()>;

    /// The vectors that `embedder` gave the lessons of the project, at most `limit`, in an order that stays
    /// the same; from the start, or those behind lesson `after`. Damaged records are skipped and counted in
    /// the store's report.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn of_project(
        &self,
        scope: &Scope,
        embedder: &str,
        after: Option<&LessonId>,
        limit: usize,
    ) -> Result<Vec<Embedded>>;
}

/// What routing decided, and how it went.
#[async_trait]
pub trait Outcomes: std::fmt::Debug + Send + Sync {
    /// Remembers a routing decision, in place of what was remembered under its id.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn remember(&self, scope: &Scope, route: RouteRecord) -> Result<()>;

    /// A remembered routing decision of the project.
    ///
    /// # Errors
    /// When the store cannot be read or the record is damaged.
    async fn route(&self, scope: &Scope, id: &RouteId) -> Result<Option<RouteRecord>>;

    /// The project's routing decisions that were taken at `since` or later, at most `limit`, the newest first
    /// and those of one moment by id. Damaged records are skipped and counted in the store's report.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn routes(&self, scope: &Scope, since: Timestamp, limit: usize) -> Result<Vec<RouteRecord>>;

    /// Adds an outcome.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn append(&self, scope: &Scope, outcome: Outcome) -> Result<()>;

    /// The project's newest outcomes, at most `limit`, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn recent(&self, scope: &Scope, limit: usize) -> Result<Vec<Outcome>>;

    /// The newest outcomes of the other projects of the scope's organisation: by project, of each at most
    /// `limit`, oldest first. Empty where a store keeps no more than one project.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn recent_elsewhere(&self, scope: &Scope, limit: usize) -> Result<Vec<(String, Vec<Outcome>)>> {
        let _ = (scope, limit);
        Ok(Vec::new())
    }
}

/// Where a project stands with its money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The most that may be spent and reserved together; `None` for no limit.
    pub limit: Option<MicroUsd>,
    /// Set aside for work that has not been settled.
    pub reserved: MicroUsd,
    /// Spent.
    pub spent: MicroUsd,
}

impl Standing {
    /// What may still be reserved; `None` for no limit.
    #[must_use]
    pub fn left(&self) -> Option<MicroUsd> {
        self.limit
            .map(|limit| limit.saturating_sub(self.spent.saturating_add(self.reserved)))
    }
}

/// What became of a reservation outside a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// Set aside.
    Yes,
    /// Nothing was set aside: the project's budget does not allow it.
    OverBudget {
        /// What is left of it.
        left: MicroUsd,
    },
}

/// What may be spent per project: set aside before, settled after, so that two at once cannot overspend.
#[async_trait]
pub trait Budgets: std::fmt::Debug + Send + Sync {
    /// Where the project stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn standing(&self, scope: &Scope) -> Result<Standing>;

    /// Sets or lifts the project's limit.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn set_limit(&self, scope: &Scope, limit: Option<MicroUsd>) -> Result<()>;

    /// Sets money aside for something outside a run. A charge already reserved or settled stays as it is.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn reserve(&self, scope: &Scope, charge: Charge) -> Result<Reserved>;

    /// Books what was really spent and frees what was set aside under the same id. A charge is booked
    /// once, however often it is settled.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn settle(&self, scope: &Scope, charge: Charge) -> Result<()>;
}

/// What tools are expected to say of themselves, per project.
#[async_trait]
pub trait Pins: std::fmt::Debug + Send + Sync {
    /// What is expected of the server's tool.
    ///
    /// # Errors
    /// When the store cannot be read or the record is damaged.
    async fn pinned(&self, scope: &Scope, server: &str, tool: &str) -> Result<Option<Pin>>;

    /// Expects `pin` from now on, if what was expected has the hash `instead`, or nothing was and it is `None`; whether
    /// that is so. A project has `most` pins: a new one takes the place of the one that was pinned longest ago.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn pin(&self, scope: &Scope, pin: Pin, instead: Option<Digest>, most: usize) -> Result<bool>;
}

/// Most messages of a project that are kept though they could not be brought; of more the oldest make room.
pub const MOST_DEAD: usize = 1_000;

/// Where a message goes on being kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// With those that are sent when they are due.
    Waiting,
    /// With those that are not sent any more, at most [`MOST_DEAD`] of a project.
    Dead,
    /// Nowhere: it was brought.
    Nowhere,
}

/// Messages that are to be brought to receivers. They come in with the events that they tell of, by a [`Change`].
#[async_trait]
pub trait Outbox: std::fmt::Debug + Send + Sync {
    /// The messages of all projects that wait to be sent, at most `limit`, each with the scope of its run, in an order that
    /// stays the same. Damaged records are skipped and counted in the store's report.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn waiting(&self, limit: usize) -> Result<Vec<(Scope, Delivery)>>;

    /// The same of those that are not sent any more.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn dead(&self, limit: usize) -> Result<Vec<(Scope, Delivery)>>;

    /// Keeps `delivery` on that shelf, in place of what was kept of it anywhere; whether there was something. Nothing is
    /// kept of what was not kept before.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn shelve(&self, scope: &Scope, delivery: Delivery, on: Shelf) -> Result<bool>;
}

/// The record of what policy decided, per organisation, in order: the leaves of a Merkle tree ([`crate::audit`]).
#[async_trait]
pub trait Audit: std::fmt::Debug + Send + Sync {
    /// Adds an entry to the log of the scope's organisation; returns once it is durable.
    ///
    /// # Errors
    /// When the store cannot write; what needed the entry must then not happen.
    async fn append(&self, record: AuditRecord) -> Result<AuditRef>;

    /// Adds an entry that nothing waits for: it is written with the next one that something waits for, or when
    /// the log is read or closed. A crash before that loses it.
    fn append_later(&self, record: AuditRecord);

    /// Entries of the organisation after number `after`, in order, at most `limit`, with the documents they were
    /// judged by. Entries that were lost before they came into this log are left out.
    ///
    /// # Errors
    /// When the store cannot be read or an entry is damaged.
    async fn entries(&self, scope: &Scope, after: u64, limit: usize) -> Result<Vec<(AuditRef, AuditRecord)>>;

    /// Entries of the organisation after number `after`, as far as they can be read and as many as are had at once;
    /// `None` when there are no more.
    ///
    /// # Errors
    /// When the store cannot be read. That some entries are damaged is an answer.
    async fn part(&self, scope: &Scope, after: u64) -> Result<Option<Part>>;

    /// The number of an entry behind which all of the last `age` stands, counted back from the newest entry; 0 where
    /// that would be the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn before(&self, scope: &Scope, age: Duration) -> Result<u64>;

    /// How many entries the log of the organisation has.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn size(&self, scope: &Scope) -> Result<u64> {
        Ok(self.head(scope).await?.map_or(0, |head| head.entries))
    }

    /// The log of the organisation as it is now, signed; `None` where nothing was recorded, or a store signs nothing.
    ///
    /// # Errors
    /// When it cannot be written or signed.
    async fn head(&self, scope: &Scope) -> Result<Option<Head>> {
        let _ = scope;
        Ok(None)
    }

    /// What shows that entry `seq` is in the log as it is now; `None` where there is no such entry, or a store proves
    /// nothing.
    ///
    /// # Errors
    /// When the log cannot be read or signed.
    async fn proof(&self, scope: &Scope, seq: u64) -> Result<Option<Proof>> {
        let _ = (scope, seq);
        Ok(None)
    }
}

/// What a store knows about its own health.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Records that were skipped because they were damaged, with what they were.
    pub damaged: Vec<String>,
    /// What was done on opening: leftovers removed, formats migrated, a directory moved aside.
    pub notes: Vec<String>,
    /// When the newest export was written, if there is one.
    pub exported_at: Option<Timestamp>,
}
