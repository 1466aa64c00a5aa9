//! The lines of an export.

use serde::{Deserialize, Serialize};

use crate::audit::Stored;
use crate::domain::{
    AuditEntry, Delivery, Digest, Lesson, MicroUsd, Outcome, Pin, RouteRecord, RunEvent, RunId, Timestamp,
};
use crate::store::Seq;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// The first line.
    Header(Header),
    /// A project's limit.
    Limit {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// The most it may spend.
        limit: MicroUsd,
    },
    /// An idempotency key and the run it belongs to.
    Idempotency {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// Whose key it is.
        principal: String,
        /// SHA-256 of the key.
        key: Digest,
        /// The run.
        run: RunId,
        /// SHA-256 of the request.
        request: Digest,
    },
    /// A revision of a lesson.
    Lesson {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// Its number in the organisation's log.
        seq: Seq,
        /// The lesson.
        lesson: Box<Lesson>,
    },
    /// An event of a run.
    Event {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// The run.
        run: RunId,
        /// Its number in the run.
        seq: Seq,
        /// The event.
        event: Box<RunEvent>,
    },
    /// An output.
    Blob {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// SHA-256 of the bytes.
        sha256: Digest,
        /// The bytes.
        base64: String,
    },
    /// How a routed piece of work went.
    Outcome {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// Its number in the project.
        seq: Seq,
        /// The outcome.
        outcome: Outcome,
    },
    /// A routing decision.
    Route {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// The decision.
        route: RouteRecord,
    },
    /// What was set aside or spent under a name.
    Charge {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// The name.
        id: String,
        /// What happened.
        booking: Booking,
    },
    /// What a tool is expected to say of itself.
    Pin {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// What it is.
        pin: Pin,
    },
    /// A message to a receiver: one on its way, or, where it is not due any more, one that could not be brought.
    Delivery {
        /// The project.
        #[serde(flatten)]
        place: Place,
        /// The message.
        delivery: Box<Delivery>,
    },
    /// An entry of the audit log.
    Entry {
        /// The organisation.
        org: String,
        /// The entry as it lies there.
        #[serde(flatten)]
        entry: Box<Stored>,
    },
    /// Until format 1: an entry of the audit log, which was a chain.
    Audit {
        /// Its number in the log of the organisation that the entry names.
        seq: Seq,
        /// Its hash.
        hash: Digest,
        /// The entry.
        entry: Box<AuditEntry>,
    },
    /// The last line.
    End {
        /// Lines between the header and this one.
        records: u64,
    },
}

/// What the file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format of the file.
    pub format: u32,
    /// The store that wrote it.
    pub store: String,
    /// When.
    pub at: Timestamp,
}

/// Where a record belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The organisation.
    pub org: String,
    /// The project.
    pub project: String,
}

/// What happened under a charge's name. A settled charge reserves nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booking {
    /// Set aside.
    Reserved(MicroUsd),
    /// Spent.
    Settled(MicroUsd),
}
