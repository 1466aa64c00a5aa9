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
    AuditRecord, AuditRef, Delivery, Digest, Outcome, Pin, RouteId, RouteRecord, Scope, Timestamp,
};

mod budgets;
#[cfg(test)]
mod conformance;
mod error;
pub mod export;
mod journal;
mod lessons;
pub mod memory;
pub mod news;
pub mod sled;

pub use budgets::{Budgets, Charge, Reserved, Standing};
pub use error::{Error, Result};
pub use journal::{Change, Committed, IdempotencyKey, Journal, OpenRun};
pub use lessons::{Embedded, Embeddings, Lessons, Put};
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
