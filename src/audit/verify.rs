//! Is the log what it was? What differs, and where.
//!
//! First the checkpoints are believed or not: each has to be signed by the log's key, and the leaves beside it have
//! to lead from the root before to its own. That gives the hash that every signed entry must have. Then all
//! segments are read from the front and compared with it, entry by entry, so that an entry that was changed,
//! taken out or moved is named. Last come the checkpoints that were kept elsewhere: they alone show that somebody who has
//! the key wrote another history, or cut this one off together with its checkpoints.

use serde::{Deserialize, Serialize};

use super::checkpoint::Signed;
use super::error::Result;
use super::merkle::{Frontier, Hash};
use super::read::Snapshot;
use super::segment;
use crate::domain::Digest;

mod align;
mod compare;

use compare::Comparison;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What checkpoints call the log.
    pub origin: String,
    /// What checks their signatures: `name+key id+base64`.
    pub verifier: String,
    /// Entries that were read.
    pub entries: u64,
    /// Of these, how many the newest checkpoint signs.
    pub signed: u64,
    /// The root of that checkpoint.
    pub root: Option<Digest>,
    /// Checkpoints that were checked.
    pub checkpoints: u64,
    /// Fact documents that were checked.
    pub documents: u64,
    /// Entries of an earlier log, a chain of hashes, that were carried over; their links were checked, too.
    pub carried: u64,
    /// Segments that were read.
    pub segments: u64,
    /// Checkpoints from elsewhere that the log agrees with.
    pub agreed: u64,
    /// All that is wrong, in the order of the entries; the first thousand of it.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Something that is wrong, and with which entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What.
    pub kind: Kind,
    /// The first entry it is about, from 1.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// The same in words, as far as there is more to say.
    pub detail: String,
}

/// What can be wrong with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// These entries are not as they were written.
    Changed,
    /// These entries are not there any more.
    Missing,
    /// These entries stand elsewhere.
    Moved,
    /// Before this entry stands something that was never recorded there.
    Added,
    /// The fact document of this entry is changed or missing.
    Facts,
    /// A checkpoint over these entries cannot be believed.
    Checkpoint,
    /// These entries did not follow from each other in the chain they were carried over from.
    Chain,
    /// Among these entries the log parts from a checkpoint that was kept elsewhere.
    Forked,
}

/// Problems that are kept.
const MOST: usize = 1000;

/// Checks the whole log, also against checkpoints that were kept elsewhere.
///
/// # Errors
/// When a file cannot be read, or was written by a newer version. What is wrong in it is an answer.
pub fn verify(log: &Snapshot, against: &[Signed]) -> Result<Report> {
    let mut report = Report {
        origin: log.origin.clone(),
        verifier: log.verifier.to_string(),
        ..Report::default()
    };
    let history = History::read(log, &mut report)?;
    let mut comparison = Comparison::new(log, &history, &mut report);
    comparison.segments()?;
    let actual = comparison.finish();
    anchors(log, &history, &actual, against, &mut report);
    report
        .problems
        .sort_by_key(|problem| (problem.first, problem.kind));
    Ok(report)
}

/// What is to be said where nothing was ever recorded.
#[must_use]
pub fn nothing(against: &[Signed]) -> Report {
    let mut report = Report::default();
    for signed in against {
        let size = signed.checkpoint.size;
        if size > 0 {
            let detail =
                format!("the checkpoint kept elsewhere speaks of {size} entries, and there is no log");
            report.push(Kind::Missing, 1, size, detail);
        }
    }
    report
}

/// What the checkpoints say: the hashes of all entries that they sign.
#[derive(Debug, Default)]
struct History {
    /// `None` where the file of the checkpoints does not say it, but a later root is signed.
    leaves: Vec<Option<Hash>>,
    /// Roots that are signed, with the number of entries.
    roots: Vec<(u64, Frontier)>,
}

impl History {
    fn read(log: &Snapshot, report: &mut Report) -> Result<Self> {
        let mut history = Self::default();
        let mut tree = Frontier::default();
        for (line, state) in segment::states(&log.dir)?.into_iter().enumerate() {
            report.checkpoints += 1;
            let known = history.leaves.len() as u64;
            let mut problem = |last: u64, detail: String| {
                report.push(Kind::Checkpoint, known + 1, last.max(known + 1), detail);
            };
            let Some(state) = state else {
                problem(
                    known + 1,
                    format!("line {} of the checkpoints cannot be read", line + 1),
                );
                continue;
            };
            let Some((signed, frontier)) = state.read() else {
                problem(
                    known + 1,
                    format!("line {} of the checkpoints contradicts itself", line + 1),
                );
                continue;
            };
            let size = signed.checkpoint.size;
            if !signed.is_signed_by(&log.verifier) || signed.checkpoint.origin != log.origin {
                problem(
                    size,
                    format!("the checkpoint of {size} entries is not signed by this log's key"),
                );
                continue;
            }
            let Some(new) = size.checked_sub(known).filter(|new| *new > 0) else {
                problem(
                    size,
                    format!("a checkpoint of {size} entries follows one of {known}"),
                );
                continue;
            };
            let leaves = state.leaves().unwrap_or_default();
            let mut after = tree.clone();
            leaves.iter().for_each(|leaf| after.push(*leaf));
            if after == frontier {
                history.leaves.extend(leaves.into_iter().map(Some));
            } else {
                // The root is signed all the same: the entries themselves have to lead to it.
                problem(
                    size,
                    format!("the hashes beside the checkpoint of {size} entries do not lead to its root"),
                );
                history.leaves.extend((0..new).map(|_| None));
            }
            history.roots.push((size, frontier.clone()));
            tree = frontier;
        }
        report.signed = tree.size();
        report.root = (tree.size() > 0).then(|| Digest::from_bytes(tree.root()));
        Ok(history)
    }

    /// The tree over the first `size` entries: as far as it was signed, and behind that as they are.
    fn tree_at(&self, size: u64, actual: &[Hash]) -> Option<Frontier> {
        self.tree_from(size, size, actual)
    }

    /// The same, from the newest root over at most `signed` entries on.
    fn tree_from(&self, signed: u64, size: u64, actual: &[Hash]) -> Option<Frontier> {
        let size = usize::try_from(size).ok()?;
        let whole = self.roots.iter().rev().find(|(at, _)| *at <= signed);
        let (from, mut tree) = match whole {
            Some((at, tree)) => (usize::try_from(*at).ok()?, tree.clone()),
            None => (0, Frontier::default()),
        };
        for at in from..size {
            let signed = self.leaves.get(at).copied().flatten();
            tree.push(signed.or_else(|| actual.get(at).copied())?);
        }
        Some(tree)
    }
}

/// Compares the log with checkpoints that were kept elsewhere.
fn anchors(log: &Snapshot, history: &History, actual: &[Hash], against: &[Signed], report: &mut Report) {
    let mut against: Vec<&Signed> = against.iter().collect();
    against.sort_by_key(|signed| signed.checkpoint.size);
    let (mut agreed, total) = (0, (actual.len() as u64).max(report.signed));
    for signed in against {
        let size = signed.checkpoint.size;
        if signed.checkpoint.origin != log.origin {
            let detail = format!(
                "the checkpoint kept elsewhere is of another log, {}",
                signed.checkpoint.origin
            );
            report.push(Kind::Forked, 1, size, detail);
        } else if size > total {
            let detail =
                format!("the checkpoint kept elsewhere speaks of {size} entries, the log has {total}");
            report.push(Kind::Missing, total + 1, size, detail);
        } else if history
            .tree_at(size, actual)
            .is_none_or(|tree| tree.root() != signed.checkpoint.root)
        {
            let detail = format!(
                "the log is not the one that had {size} entries when the checkpoint kept elsewhere was made; up to entry \
                 {agreed} it is"
            );
            report.push(Kind::Forked, agreed + 1, size, detail);
            return;
        } else if !signed.is_signed_by(&log.verifier) {
            let detail =
                "the checkpoint kept elsewhere agrees with the log and is not signed by its key".to_owned();
            report.push(Kind::Checkpoint, agreed + 1, size, detail);
        } else {
            agreed = size;
            report.agreed += 1;
        }
    }
}

impl Report {
    /// Adds a problem, or makes the last one longer where it is about the entry before.
    fn push(&mut self, kind: Kind, first: u64, last: u64, detail: String) {
        let previous = self.problems.last_mut();
        if let Some(previous) = previous.filter(|previous| {
            previous.kind == kind && previous.last + 1 == first && previous.detail == detail
        }) {
            previous.last = last;
        } else if self.problems.len() < MOST {
            self.problems.push(Problem {
                kind,
                first,
                last,
                detail,
            });
        }
    }
}
