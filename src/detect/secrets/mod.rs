//! Credentials in a text: one search for the keywords of all kinds at once, then each kind's pattern around
//! its own keywords, and the names and values around those words that say "secret".
//!
//! Read in this order: [`kinds`] (what there is), `engine` (where it is looked for), `judge` (whether it is
//! one), `context` (names and values, where there is no format to go by).

use super::{Class, Confidence, Hit};

mod context;
mod engine;
mod form;
mod judge;
mod kinds;
mod pem;
mod placeholder;
mod published;
mod sample;
mod strange;

use engine::ENGINE;
pub use sample::sample;

/// The id of every kind, with how sure a finding of it is; `assignment` is what only a name and a value tell.
pub fn kinds() -> impl Iterator<Item = (&'static str, Confidence)> {
    let formats = kinds::formats().map(|kind| (kind.id, kind.confidence));
    let named = kinds::named::NAMED.iter().map(|kind| (kind.id, kind.confidence));
    formats.chain(named).chain([(kinds::ASSIGNMENT, Confidence::Low)])
}

/// Adds the credentials in `text` to `hits`, in order of place and without overlaps; stops at `limit` of
/// them and answers `false` when it had to.
pub fn scan(text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    scan_file(None, text, limit, hits)
}

/// As [`scan`], for the text of a file whose name is known.
pub fn scan_file(path: Option<&str>, text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    let mut candidates = ENGINE.candidates(path, text, limit.saturating_mul(4));
    // The surest reading of a place wins, then the longest.
    candidates.sort_by_key(|candidate| {
        (
            std::cmp::Reverse(candidate.confidence),
            std::cmp::Reverse(candidate.range.len()),
            candidate.range.start,
        )
    });
    let mut kept: Vec<Hit> = Vec::new();
    for candidate in candidates {
        if kept.len() >= limit {
            break;
        }
        // Kept in order of place, so that its neighbours are the only ones it can overlap.
        let at = kept.partition_point(|other| other.range.start < candidate.range.start);
        let before = at.checked_sub(1).and_then(|at| kept.get(at));
        let free = before.is_none_or(|other| other.range.end <= candidate.range.start)
            && kept
                .get(at)
                .is_none_or(|other| candidate.range.end <= other.range.start);
        if free {
            kept.insert(
                at,
                Hit {
                    class: Class::Secret,
                    detector: candidate.detector,
                    confidence: candidate.confidence,
                    range: candidate.range,
                },
            );
        }
    }
    let whole = kept.len() < limit;
    hits.extend(kept);
    whole
}

#[cfg(test)]
mod tests;
