//! Where each kind has to be looked for, and the looking.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::super::Confidence;
use super::context::{self, Label};
use super::kinds::named::NAMED;
use super::kinds::{self, Kind};
use super::{judge, pem};

/// Bytes looked at before and after a keyword: more than any fixed-length credential with its name.
const BEFORE: usize = 128;
const AFTER: usize = 1024;

/// Made when the first text is scanned.
pub(super) static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

/// Something that may be a credential, before overlaps are settled.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) detector: &'static str,
    pub(super) confidence: Confidence,
    pub(super) range: Range<usize>,
}

pub(super) struct Engine {
    keywords: AhoCorasick,
    /// For each word, whether only this spelling counts and who has it.
    owners: Vec<Vec<Owner>>,
    kinds: Vec<&'static Kind>,
    /// Compiled when its keyword is first seen: compiling all at start takes longer than starting.
    patterns: Vec<OnceLock<Regex>>,
}

#[derive(Clone, Copy)]
enum Owner {
    /// A kind with a format, and the spelling that counts where only one does.
    Format(usize, Option<&'static str>),
    /// A kind of [`NAMED`].
    Issuer(usize),
    /// A word that says "secret".
    Word,
}

struct Window {
    kind: usize,
    range: Range<usize>,
}

impl Engine {
    #[expect(
        clippy::expect_used,
        reason = "the tables are compiled in and a test builds all of it"
    )]
    fn new() -> Self {
        let kinds: Vec<&'static Kind> = kinds::formats().collect();
        let mut words: Vec<String> = Vec::new();
        let mut owners: Vec<Vec<Owner>> = Vec::new();
        let mut places = std::collections::HashMap::new();
        let mut add = |word: &str, owner: Owner| {
            let word = word.to_ascii_lowercase();
            let at = *places.entry(word.clone()).or_insert_with(|| {
                words.push(word);
                owners.push(Vec::new());
                words.len() - 1
            });
            if let Some(owners) = owners.get_mut(at) {
                owners.push(owner);
            }
        };
        for (index, kind) in kinds.iter().enumerate() {
            for word in kind.keywords {
                let exact = word.bytes().any(|byte| byte.is_ascii_uppercase());
                add(word, Owner::Format(index, exact.then_some(word)));
            }
        }
        for (index, kind) in NAMED.iter().enumerate() {
            for word in kind.issuers {
                add(word, Owner::Issuer(index));
            }
        }
        for word in context::WORDS {
            add(word, Owner::Word);
        }
        Self {
            keywords: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(&words)
                .expect("keywords are few and short"),
            owners,
            patterns: kinds.iter().map(|_| OnceLock::new()).collect(),
            kinds,
        }
    }

    /// Everything that may be a credential, at most about `limit` of it.
    pub(super) fn candidates(&self, path: Option<&str>, text: &str, limit: usize) -> Vec<Candidate> {
        let (windows, labels) = self.search(text.as_bytes());
        let mut candidates = Vec::new();
        for window in windows {
            self.run(path, text.as_bytes(), &window, limit, &mut candidates);
        }
        context::run(path, text, &labels, limit, &mut candidates);
        candidates
    }

    /// Where each kind has to be looked for (windows of one kind do not overlap), and the words that name a
    /// secret or its issuer, in order of their ends.
    fn search(&self, text: &[u8]) -> (Vec<Window>, Vec<Label>) {
        let mut windows: Vec<Window> = Vec::new();
        let mut labels: Vec<Label> = Vec::new();
        let mut newest: Vec<Option<usize>> = Vec::new();
        for found in self.keywords.find_overlapping_iter(text) {
            let owners = self.owners.get(found.pattern().as_usize());
            for owner in owners.map_or(&[][..], Vec::as_slice) {
                let kind = match *owner {
                    Owner::Format(kind, spelling) => {
                        let word = text.get(found.start()..found.end());
                        if spelling.is_some_and(|spelling| word != Some(spelling.as_bytes())) {
                            continue;
                        }
                        kind
                    }
                    Owner::Issuer(kind) => {
                        labels.push(Label {
                            range: found.start()..found.end(),
                            issuer: Some(kind),
                        });
                        continue;
                    }
                    Owner::Word => {
                        labels.push(Label {
                            range: found.start()..found.end(),
                            issuer: None,
                        });
                        continue;
                    }
                };
                let range = found.start().saturating_sub(BEFORE)..(found.end() + AFTER).min(text.len());
                if newest.is_empty() {
                    newest.resize(self.kinds.len(), None);
                }
                let Some(last) = newest.get_mut(kind) else {
                    continue;
                };
                match last.and_then(|index| windows.get_mut(index)) {
                    Some(window) if range.start <= window.range.end => {
                        window.range.end = window.range.end.max(range.end);
                    }
                    _ => {
                        *last = Some(windows.len());
                        windows.push(Window { kind, range });
                    }
                }
            }
        }
        (windows, labels)
    }

    fn run(
        &self,
        path: Option<&str>,
        text: &[u8],
        window: &Window,
        limit: usize,
        candidates: &mut Vec<Candidate>,
    ) {
        let (Some(kind), Some(pattern)) = (self.kinds.get(window.kind), self.pattern(window.kind)) else {
            return;
        };
        if !judge::belongs(kind, path) {
            return;
        }
        let Some(slice) = text.get(window.range.clone()) else {
            return;
        };
        let mut take = |start: usize, end: usize, bounded: bool| {
            let start = window.range.start + start;
            let end = token_end(text, window.range.start + end, window.range.end);
            let range = if kind.id == "private-key" {
                pem::key(text, start..end)
            } else if bounded && !judge::stands_alone(text, start..end) {
                None
            } else {
                judge::credible(kind, text, start..end)
            };
            candidates.extend(range.map(|range| Candidate {
                detector: kind.id,
                confidence: kind.confidence,
                range,
            }));
            candidates.len() < limit
        };
        if pattern.captures_len() == 1 {
            for found in pattern.find_iter(slice) {
                if !take(found.start(), found.end(), true) {
                    return;
                }
            }
        } else {
            for groups in pattern.captures_iter(slice) {
                let whole = groups.get(0).map(|value| (value, true));
                let group = groups.iter().skip(1).flatten().next().map(|value| (value, false));
                let Some((value, bounded)) = group.or(whole) else {
                    continue;
                };
                if !take(value.start(), value.end(), bounded) {
                    return;
                }
            }
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "the table is compiled in and a test builds all of it"
    )]
    pub(super) fn pattern(&self, kind: usize) -> Option<&Regex> {
        let source = self.kinds.get(kind)?.pattern;
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
