//! From format 1 to 2: the entries of the audit log come out of the database, where they were a chain of hashes, and
//! become leaves of the Merkle log in their old form.

use serde::{Deserialize, Serialize};

use super::draft::{self, Draft};
use super::keys::{self, Parts, table};
use super::{failed, lock};
use crate::audit::leaf;
use crate::audit::logs::{self, Logs};
use crate::domain::{AuditEntry, Digest};
use crate::store::{Error, Result, Seq};

/// An entry as it was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Linked {
    pub(super) hash: Digest,
    pub(super) entry: AuditEntry,
}

/// Entries that are written at once.
const BATCH: usize = 1_000;

/// Carries all entries over. What is there already, from an attempt that was cut short, stays.
pub(super) fn carry(draft: &mut Draft<'_>) -> Result<()> {
    let tree = draft.tree();
    let mut gone = Vec::new();
    {
        let mut logs = lock(draft.logs()?);
        for record in tree.scan_prefix(keys::all(table::AUDIT)) {
            let (key, value) = record.map_err(failed("read"))?;
            let mut parts = Parts::of(&key);
            if let (Some(org), Some(seq)) = (parts.text(), parts.number()) {
                carry_one(&mut logs, org, seq, draft::decode(tree, &key, &value))?;
            }
            gone.push(key);
            if gone.len() % BATCH == 0 {
                logs.write()?;
            }
        }
        logs.write()?;
        logs.sign()?;
    }
    let heads = tree.scan_prefix(keys::all(table::AUDIT_HEAD)).keys();
    let heads: Vec<_> = heads.collect::<sled::Result<_>>().map_err(failed("read"))?;
    for key in gone.into_iter().chain(heads) {
        draft.remove_all_of(&key)?;
    }
    Ok(())
}

fn carry_one(logs: &mut Logs, org: &str, seq: Seq, linked: Result<Linked>) -> Result<()> {
    fill(logs, org, seq)?;
    let leaf = match linked {
        Ok(Linked { hash, entry }) => leaf::encode_linked(seq, hash, &entry)?,
        Err(error @ Error::Damaged { .. }) => leaf::encode_lost(seq, &error.to_string())?,
        Err(error) => return Err(error),
    };
    logs.append(org, seq, &logs::place_leaf(seq, &leaf, None).pieces)?;
    Ok(())
}

/// Puts a mark in the place of each entry before `seq` that is missing.
fn fill(logs: &mut Logs, org: &str, seq: Seq) -> Result<()> {
    for missing in logs.size(org) + 1..seq {
        let leaf = leaf::encode_lost(missing, "it was missing when the log was carried over")?;
        logs.append(org, missing, &logs::place_leaf(missing, &leaf, None).pieces)?;
    }
    Ok(())
}
