//! How much of each sentence the sources say, and which of their sentences say it.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};

use super::super::prose::{self, PassageKind, Prose};
use super::words::{Kind, Stem, Word, words};

/// How many comparisons of a word with a place in the sources one answer may cost.
const BUDGET: usize = 20_000_000;

/// A sentence of the answer held against the sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    /// The bytes of the answer it stands at.
    pub range: Range<usize>,
    /// Between 0 and 1: how much of it the sources say, half of it together in one place.
    pub share: f64,
    /// What its words weigh: the more, the more `share` can be relied on.
    pub weight: f64,
    /// The source and its bytes that say most of it.
    pub evidence: Option<(usize, Range<usize>)>,
    /// Whether it is a statement, not a question or a heading.
    pub(super) claims: bool,
    /// How many pairs of neighbouring words it has, and how many of them a source has, too.
    pub(super) pairs: (usize, usize),
    /// How many of its words name something.
    pub(super) content: usize,
}

/// The words of all sources and where they stand.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Per word, the sentences it stands in, in order.
    places: HashMap<Stem, Vec<u32>>,
    /// Neighbouring words.
    pairs: HashSet<(Stem, Stem)>,
    sentences: Vec<SourceSentence>,
}

#[derive(Debug)]
struct SourceSentence {
    source: usize,
    range: Range<usize>,
}

impl Index {
    pub(super) fn of(sources: &[String]) -> Self {
        let mut index = Self::default();
        for (source, text) in sources.iter().enumerate() {
            for range in sentences(text) {
                let Ok(id) = u32::try_from(index.sentences.len()) else {
                    return index;
                };
                let words = words(text.get(range.clone()).unwrap_or_default());
                for word in &words {
                    let places = index.places.entry(word.stem).or_default();
                    if places.last() != Some(&id) {
                        places.push(id);
                    }
                }
                index.pairs.extend(pairs(&words));
                index.sentences.push(SourceSentence { source, range });
            }
        }
        index
    }

    pub(super) fn has(&self, stem: Stem) -> bool {
        self.places.contains_key(&stem)
    }
}

/// Each sentence of the answer with its support, and whether all of them could be looked at.
pub(super) fn support(answer: &Prose, index: &Index) -> (Vec<Support>, bool) {
    let mut scores = vec![0.0_f64; index.sentences.len()];
    let mut touched: Vec<u32> = Vec::new();
    let mut spent = 0;
    let mut found = Vec::new();
    for sentence in answer.sentences() {
        if spent > BUDGET {
            return (found, false);
        }
        let text = answer.at(&sentence.range);
        let words = words(text);
        let weight: f64 = words.iter().map(|word| word.kind.weight()).sum();
        if weight == 0.0 {
            continue;
        }
        let mut anywhere = 0.0;
        for word in &words {
            let Some(places) = index.places.get(&word.stem) else {
                continue;
            };
            anywhere += word.kind.weight();
            // Words that only join others stand everywhere: they do not choose the place.
            if word.kind != Kind::Function {
                spent += places.len();
                index.add(places, word.kind.weight(), &mut scores, &mut touched);
            }
        }
        let best = touched
            .iter()
            .copied()
            .max_by(|a, b| score(&scores, *a).total_cmp(&score(&scores, *b)).then(b.cmp(a)));
        let together = best.map_or(0.0, |best| {
            let joining: f64 = words
                .iter()
                .filter(|word| word.kind == Kind::Function && index.is_in(word.stem, best))
                .map(|word| word.kind.weight())
                .sum();
            score(&scores, best) + joining
        });
        for id in touched.drain(..) {
            if let Some(score) = scores.get_mut(id as usize) {
                *score = 0.0;
            }
        }
        let (all, known) = pairs(&words).fold((0, 0), |(all, known), pair| {
            (all + 1, known + usize::from(index.pairs.contains(&pair)))
        });
        let content = words.iter().filter(|word| word.kind == Kind::Content).count();
        found.push(Support {
            share: (anywhere + together) / 2.0 / weight,
            weight,
            evidence: best.and_then(|best| index.evidence(best)),
            claims: sentence.kind != PassageKind::Heading && !text.trim_end().ends_with(['?', ':']),
            pairs: (all, known),
            content,
            range: sentence.range,
        });
    }
    (found, true)
}

impl Index {
    /// Adds a word's weight to the places it stands in: each sentence counts together with the one behind it.
    fn add(&self, places: &[u32], weight: f64, scores: &mut [f64], touched: &mut Vec<u32>) {
        let mut last = None;
        for &id in places {
            let before = id.checked_sub(1).filter(|before| self.are_together(*before, id));
            for start in before.into_iter().chain([id]) {
                if last == Some(start) {
                    continue;
                }
                last = Some(start);
                if let Some(score) = scores.get_mut(start as usize) {
                    if *score == 0.0 {
                        touched.push(start);
                    }
                    *score += weight;
                }
            }
        }
    }

    fn are_together(&self, a: u32, b: u32) -> bool {
        let source = |id: u32| self.sentences.get(id as usize).map(|sentence| sentence.source);
        source(a) == source(b)
    }

    /// Whether the word stands in the sentence `id` or the one behind it.
    fn is_in(&self, stem: Stem, id: u32) -> bool {
        self.places.get(&stem).is_some_and(|places| {
            let next = id + 1;
            places.binary_search(&id).is_ok()
                || places.binary_search(&next).is_ok() && self.are_together(id, next)
        })
    }

    fn evidence(&self, id: u32) -> Option<(usize, Range<usize>)> {
        let first = self.sentences.get(id as usize)?;
        let end = match self.sentences.get(id as usize + 1) {
            Some(second) if second.source == first.source => second.range.end,
            _ => first.range.end,
        };
        Some((first.source, first.range.start..end))
    }
}

/// The sentences of a source, which may be of any kind: an empty line ends one, too.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for paragraph in text.split_inclusive("\n\n") {
        let ranges = prose::split(paragraph).into_iter();
        found.extend(ranges.map(|range| start + range.start..start + range.end));
        start += paragraph.len();
    }
    found
}

fn pairs(words: &[Word]) -> impl Iterator<Item = (Stem, Stem)> {
    words.windows(2).filter_map(|pair| match pair {
        [a, b] => Some((a.stem, b.stem)),
        _ => None,
    })
}

fn score(scores: &[f64], id: u32) -> f64 {
    scores.get(id as usize).copied().unwrap_or_default()
}
