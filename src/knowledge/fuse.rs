//! From several opinions about how well a lesson fits to one: words, spelling, meaning, surroundings.
//!
//! Each is brought between 0 and 1 among the candidates (min-max) and weighted. Adding ranks instead
//! (reciprocal rank fusion) throws away how sure the words are, and was worse on every collection that was
//! measured (docs/knowledge.md).

use super::lexical::Slot;

/// What each opinion counts beside the words, which count 1. Chosen by cross-validation over conversations
/// and code (`examples/eval_knowledge.rs`); flat around here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// BM25 of the words.
    pub words: f64,
    /// BM25 of runs of characters.
    pub spelling: f64,
    /// Cosine of the vectors.
    pub meaning: f64,
    /// BM25 of the words of the lesson and its neighbours in the same run.
    pub context: f64,
}

impl Weights {
    /// Words alone.
    pub const WORDS: Self = Self {
        words: 1.0,
        spelling: 0.0,
        meaning: 0.0,
        context: 0.0,
    };
    /// Words and spelling.
    pub const LEXICAL: Self = Self {
        meaning: 0.0,
        ..Self::HYBRID
    };
    /// Everything.
    pub const HYBRID: Self = Self {
        words: 1.0,
        spelling: 0.5,
        meaning: 1.0,
        context: 1.0,
    };
    /// Meaning alone.
    pub const SEMANTIC: Self = Self {
        words: 0.0,
        spelling: 0.0,
        meaning: 1.0,
        context: 0.0,
    };
}

/// What is thought of one text, or one lesson.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Opinion {
    /// BM25 of its words.
    pub(super) words: f64,
    /// BM25 of runs of its characters.
    pub(super) spelling: f64,
    /// Cosine of the vectors.
    pub(super) meaning: f64,
    /// BM25 of its words and those of its neighbours.
    pub(super) context: f64,
}

/// A lesson that may fit.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) slot: Slot,
    pub(super) whole: Opinion,
    /// Of its passages; of the whole where it is short.
    pub(super) passages: Vec<Opinion>,
}

impl Candidate {
    /// What speaks for the lesson: each opinion where it is best, in the whole or in a passage.
    pub(super) fn best(&self) -> Opinion {
        self.passages.iter().fold(self.whole, |best, passage| Opinion {
            spelling: best.spelling.max(passage.spelling),
            meaning: best.meaning.max(passage.meaning),
            ..best
        })
    }
}

/// The score of each candidate, 0 to 1, in their order.
pub(super) fn fuse(candidates: &[Candidate], weights: Weights) -> Vec<f64> {
    let wholes = Spread::of(&candidates.iter().map(|candidate| candidate.whole));
    let by_passage = candidates.iter().any(|candidate| candidate.passages.len() > 1);
    let parts = Spread::of(
        &candidates
            .iter()
            .flat_map(|candidate| candidate.passages.iter().copied()),
    );
    let text = |opinion: Opinion| {
        weights.words * opinion.words
            + weights.spelling * opinion.spelling
            + weights.meaning * opinion.meaning
    };
    let most = weights.words + weights.spelling + weights.meaning;
    let score = |candidate: &Candidate| {
        let whole = wholes.settled(candidate.whole);
        let passage = candidate
            .passages
            .iter()
            .map(|passage| text(parts.settled(*passage)))
            .fold(0.0, f64::max);
        let fit = if by_passage {
            (text(whole) + passage) / 2.0
        } else {
            text(whole)
        };
        // Without neighbours there is nothing to say about them.
        let context = if wholes.context.most > 0.0 {
            weights.context
        } else {
            0.0
        };
        (fit + context * whole.context) / (most + context)
    };
    candidates.iter().map(score).collect()
}

/// The least and the most of each opinion among the candidates.
struct Spread {
    words: Range,
    spelling: Range,
    meaning: Range,
    context: Range,
}

struct Range {
    least: f64,
    most: f64,
}

impl Spread {
    fn of<O: Iterator<Item = Opinion> + Clone>(opinions: &O) -> Self {
        let range = |of: fn(&Opinion) -> f64| {
            opinions.clone().fold(
                Range {
                    least: f64::INFINITY,
                    most: f64::NEG_INFINITY,
                },
                |range, opinion| Range {
                    least: range.least.min(of(&opinion)),
                    most: range.most.max(of(&opinion)),
                },
            )
        };
        Self {
            words: range(|opinion| opinion.words),
            spelling: range(|opinion| opinion.spelling),
            meaning: range(|opinion| opinion.meaning),
            context: range(|opinion| opinion.context),
        }
    }

    fn settled(&self, opinion: Opinion) -> Opinion {
        Opinion {
            words: self.words.settle(opinion.words),
            spelling: self.spelling.settle(opinion.spelling),
            meaning: self.meaning.settle(opinion.meaning),
            context: self.context.settle(opinion.context),
        }
    }
}

impl Range {
    fn settle(&self, value: f64) -> f64 {
        if self.most <= 0.0 {
            return 0.0;
        }
        let span = (self.most - self.least).max(LEAST_SPAN * self.most);
        (1.0 - (self.most - value) / span).max(0.0)
    }
}

/// Opinions that differ by less than this share of the best hardly differ: among two candidates the better
/// one must not get everything.
const LEAST_SPAN: f64 = 0.1;
