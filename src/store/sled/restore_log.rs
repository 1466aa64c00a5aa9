//! Entries of an audit log back in: as they were, so that they are the same leaves, in a log of this directory.

use super::draft::Draft;
use super::import::{Placed, same};
use super::lock;
use crate::audit::Stored;
use crate::audit::{leaf, logs};
use crate::domain::{AuditEntry, Digest, Scope};
use crate::store::Result;

/// Entries that are read at once to be compared.
const PAGE: usize = 1_000;

/// What is known of a log while entries are put into it.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Hashes of entries that are there, from number `from` on.
    from: u64,
    page: Vec<Digest>,
    /// The number and hash of the last entry of an earlier chain.
    chain: Option<(u64, Digest)>,
}

impl Known {
    /// Puts an entry at its place.
    pub(super) fn put(&mut self, draft: &mut Draft<'_>, org: &str, entry: &Stored) -> Result<Placed> {
        let Ok(read) = leaf::decode(entry.leaf.as_bytes()) else {
            return Ok(Placed::Damaged("its entry cannot be read"));
        };
        let others = read.entry.is_some_and(|entry| entry.scope.org() != org);
        if read.seq != entry.seq || others || Scope::new(org, "p", "p").is_none() {
            return Ok(Placed::Damaged("its entry is another one"));
        }
        let facts = match (leaf::facts_of(entry.leaf.as_bytes()), entry.facts.as_deref()) {
            (Some(digest), Some(facts)) if Digest::of(facts.as_bytes()) == digest => Some((digest, facts)),
            (_, Some(_)) => return Ok(Placed::Damaged("its document is not the one that it names")),
            (_, None) => None,
        };
        let facts = facts.as_ref().map(|(digest, facts)| (digest, *facts));
        let placed = logs::place_leaf(entry.seq, entry.leaf.as_bytes(), facts);
        if placed.reference.hash != entry.hash {
            return Ok(Placed::Damaged("its hash is another one"));
        }
        self.settle(draft, org, placed)
    }

    /// Puts an entry of an earlier chain at its place. Where entries before it are missing, marks say so.
    pub(super) fn put_linked(
        &mut self,
        draft: &mut Draft<'_>,
        seq: u64,
        hash: Digest,
        entry: &AuditEntry,
    ) -> Result<Placed> {
        let scope = &entry.scope;
        if seq == 0 || Scope::new(scope.org(), scope.project(), scope.principal()).is_none() {
            return Ok(Placed::Damaged("its scope cannot be one"));
        }
        let previous = match self.chain {
            _ if seq == 1 => Some(leaf::CHAIN_START),
            Some((last, hash)) if last + 1 == seq => Some(*hash.as_bytes()),
            _ => None,
        };
        if previous.is_some_and(|previous| leaf::link(&previous, entry).ok() != Some(hash)) {
            return Ok(Placed::Damaged("its hash does not follow from the entry before"));
        }
        for missing in draft.last_logged(scope.org())? + 1..seq {
            let lost = leaf::encode_lost(missing, "it was not in the export that was imported")?;
            draft.log(scope.org(), logs::place_leaf(missing, &lost, None));
        }
        let linked = leaf::encode_linked(seq, hash, entry)?;
        let placed = self.settle(draft, scope.org(), logs::place_leaf(seq, &linked, None))?;
        if matches!(placed, Placed::Added | Placed::Same) {
            self.chain = Some((seq, hash));
        }
        Ok(placed)
    }

    fn settle(&mut self, draft: &mut Draft<'_>, org: &str, placed: logs::Placed) -> Result<Placed> {
        let (seq, last) = (placed.reference.seq, draft.last_logged(org)?);
        if seq == last + 1 {
            draft.log(org, placed);
            return Ok(Placed::Added);
        }
        if seq > last {
            return Ok(Placed::Damaged("the entry before it is missing"));
        }
        Ok(same(
            self.hash_of(draft, org, seq)? == Some(placed.reference.hash),
        ))
    }

    /// The hash of an entry that is there.
    fn hash_of(&mut self, draft: &Draft<'_>, org: &str, seq: u64) -> Result<Option<Digest>> {
        let inside = |from: u64, page: &[Digest]| {
            let at = usize::try_from(seq.checked_sub(from)?).ok()?;
            page.get(at).copied()
        };
        if inside(self.from, &self.page).is_none()
            && let Some(log) = lock(draft.logs()?).snapshot(org)
        {
            let entries = log.entries(seq.saturating_sub(1), PAGE)?;
            self.page = entries.into_iter().map(|entry| entry.hash).collect();
            self.from = seq;
        }
        Ok(inside(self.from, &self.page))
    }
}
