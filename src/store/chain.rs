//! How audit entries are linked, so that changing or removing one in the middle is seen.

use sha2::{Digest as _, Sha256};

use super::{Error, Result};
use crate::domain::{AuditEntry, Digest};

/// What stands before the first entry.
pub(super) const START: [u8; 32] = [0; 32];

/// SHA-256(0x00 || hash of the entry before || canonical JSON of the entry); the JSON has its keys in
/// order and no spaces, as in RFC 8785. The leading zero byte keeps leaves apart from the nodes of the
/// Merkle log (RFC 6962) that will replace this chain.
pub(super) fn link(previous: &[u8; 32], entry: &AuditEntry) -> Result<Digest> {
    let mut value = serde_json::to_value(entry).map_err(Error::encode)?;
    value.sort_all_objects();
    let canonical = serde_json::to_vec(&value).map_err(Error::encode)?;
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(previous);
    hash.update(&canonical);
    Ok(Digest::from_bytes(hash.finalize().into()))
}
