//! Credentials in a text: a keyword search over all kinds at once, then each kind's pattern around its
//! own keywords, then a judgement of the value.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::{Class, Hit};

mod judge;
mod kinds;
mod sample;

pub use kinds::{KINDS, Kind};
pub use sample::sample;

/// Adds the credentials in `text` to `hits`, in order of place and without overlaps; stops at `limit` of
/// them and answers `false` when it had to.
pub fn scan(text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    let mut candidates = Vec::new();
    for window in ENGINE.windows(text.as_bytes()) {
        ENGINE.run(text.as_bytes(), &window, limit.saturating_mul(4), &mut candidates);
    }
    // The surest reading of a place wins, then the longest.
    candidates.sort_by_key(|hit| {
        let kind = KINDS.get(hit.kind).map(|kind| kind.confidence);
        (
            std::cmp::Reverse(kind),
            std::cmp::Reverse(hit.range.len()),
            hit.range.start,
        )
    });
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if kept.len() >= limit {
            break;
        }
        let free = |other: &Candidate| {
            other.range.end <= candidate.range.start || candidate.range.end <= other.range.start
        };
        if kept.iter().all(free) {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|candidate| candidate.range.start);
    hits.extend(kept.iter().filter_map(|candidate| {
        let kind = KINDS.get(candidate.kind)?;
        Some(Hit {
            class: Class::Secret,
            detector: kind.id,
            confidence: kind.confidence,
            range: candidate.range.clone(),
        })
    }));
    kept.len() < limit
}

/// Bytes looked at before and after a keyword: more than any fixed-length credential with its name.
const BEFORE: usize = 128;
const AFTER: usize = 1024;

static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

struct Engine {
    keywords: AhoCorasick,
    /// For each keyword, the kinds that have it.
    owners: Vec<Vec<usize>>,
    /// Compiled when its keyword is first seen: compiling all at start takes longer than starting.
    patterns: Vec<OnceLock<Regex>>,
}

struct Candidate {
    kind: usize,
    range: Range<usize>,
}

struct Window {
    kind: usize,
    range: Range<usize>,
}

impl Engine {
    #[expect(
        clippy::expect_used,
        reason = "the table is compiled in and a test builds all of it"
    )]
    fn new() -> Self {
        let mut words: Vec<&str> = Vec::new();
        let mut owners: Vec<Vec<usize>> = Vec::new();
        for (index, kind) in KINDS.iter().enumerate() {
            for word in kind.keywords {
                if let Some(known) = words.iter().position(|known| known == word) {
                    owners[known].push(index);
                } else {
                    words.push(word);
                    owners.push(vec![index]);
                }
            }
        }
        Self {
            keywords: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(&words)
                .expect("keywords are few and short"),
            owners,
            patterns: KINDS.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// Where each kind has to be looked for; windows of one kind do not overlap.
    fn windows(&self, text: &[u8]) -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::new();
        let mut newest: Vec<Option<usize>> = Vec::new();
        for found in self.keywords.find_overlapping_iter(text) {
            let range = found.start().saturating_sub(BEFORE)..(found.end() + AFTER).min(text.len());
            if newest.is_empty() {
                newest.resize(KINDS.len(), None);
            }
            for &kind in self
                .owners
                .get(found.pattern().as_usize())
                .map_or(&[][..], Vec::as_slice)
            {
                let Some(last) = newest.get_mut(kind) else {
                    continue;
                };
                match last.and_then(|index| windows.get_mut(index)) {
                    Some(window) if range.start <= window.range.end => {
                        window.range.end = window.range.end.max(range.end);
                    }
                    _ => {
                        *last = Some(windows.len());
                        windows.push(Window {
                            kind,
                            range: range.clone(),
                        });
                    }
                }
            }
        }
        windows
    }

    fn run(&self, text: &[u8], window: &Window, limit: usize, candidates: &mut Vec<Candidate>) {
        let (Some(kind), Some(pattern)) = (KINDS.get(window.kind), self.pattern(window.kind)) else {
            return;
        };
        // A multi-line key goes on for as long as it goes on; everything else fits the window.
        let end = if kind.id.ends_with("private-key") {
            text.len()
        } else {
            window.range.end
        };
        let Some(slice) = text.get(window.range.start..end) else {
            return;
        };
        for groups in pattern.captures_iter(slice) {
            if candidates.len() >= limit {
                return;
            }
            let name = groups.get(1).map_or(&[][..], |name| name.as_bytes());
            let value = if kind.id == kinds::ASSIGNMENT {
                groups.get(2)
            } else {
                groups.iter().skip(1).flatten().next().or_else(|| groups.get(0))
            };
            let Some(value) = value else { continue };
            let start = window.range.start + value.start();
            let range = start..token_end(text, window.range.start + value.end(), end);
            let Some(range) = judge::credible(kind, name, text, range) else {
                continue;
            };
            candidates.push(Candidate {
                kind: window.kind,
                range,
            });
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "the table is compiled in and a test builds all of it"
    )]
    fn pattern(&self, kind: usize) -> Option<&Regex> {
        let source = KINDS.get(kind)?.pattern;
        Some(self.patterns.get(kind)?.get_or_init(|| {
            RegexBuilder::new(source)
                .unicode(false)
                .size_limit(64 << 20)
                .build()
                .expect("the pattern is valid")
        }))
    }
}

/// Where a token that was cut by the end of its window really ends.
fn token_end(text: &[u8], end: usize, window_end: usize) -> usize {
    if end < window_end {
        return end;
    }
    let rest = text.get(end..).unwrap_or_default();
    let more = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=_.-".contains(byte))
        .count();
    end + more
}

#[cfg(test)]
mod tests;
