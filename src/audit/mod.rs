//! The audit log: what was decided, in an order and form that nobody can change without being found out.
//!
//! The entries of an organisation are the leaves of a Merkle tree ([`merkle`], RFC 6962), whose root is signed from time to time
//! ([`checkpoint`], in the formats that witnesses of public logs read). They lie in append-only segments,
//! each with the redacted facts it was decided on. [`verify`] finds what was edited, deleted, moved, cut off or
//! rewritten, and says where.
//!
//! What it cannot do: who owns the machine *and* the key can write another history and sign it. Only a checkpoint that is
//! kept elsewhere shows that. See `docs/audit.md` and `docs/decisions/0003-merkle-log.md`.

pub mod checkpoint;
mod error;
mod frame;
pub mod key;
pub mod leaf;
pub(crate) mod log;
pub(crate) mod logs;
pub mod merkle;
mod part;
mod read;
mod segment;
#[cfg(test)]
mod tests;
pub mod verify;

pub use error::{Error, Result};
pub use logs::Standalone;
pub use part::Part;
pub use read::{Head, Proof, Snapshot, Stored};
