//! From a question to the lessons that answer it, before any of them is read.

use super::fuse::Weights;
use super::hits::{MAX_MATCHED, Why, rounded};
use super::index::{Filter, Index};
use super::lexical::Contribution;
use super::query::{Mode, Query};
use super::rank::{Question, Ranked, rank};
use crate::domain::{Lesson, LessonId, Timestamp};

/// Lessons named beside a new one.
const MAX_RELATED: usize = 3;
/// The rarest words of a new lesson, by which others are compared with it: common ones cost the most
/// and say the least.
const RELATED_WORDS: usize = 16;
/// A lesson that reaches this share of the highest BM25 says much of the same: it is what a text of
/// average length reaches that has 44 % of the compared words, by weight, once.
const RELATED_SCORE: f64 = 0.2;
/// A lesson without any word of the question has to mean this much of the same (cosine) to be found.
const LEAST_MEANING: f64 = 0.3;

/// What the index says about a question, before any lesson is read.
#[derive(Debug)]
pub(super) struct Ranking {
    pub(super) ranked: Vec<Scored>,
    pub(super) total_considered: usize,
    pub(super) advice: Option<&'static str>,
}

/// A lesson's id with its score.
#[derive(Debug)]
pub(super) struct Scored {
    pub(super) id: LessonId,
    pub(super) score: f64,
    pub(super) why: Why,
    pub(super) contradicts: Vec<LessonId>,
    pub(super) contributions: Vec<Contribution>,
}

/// Words of a text that count when it is the query.
const REMINDING_WORDS: usize = 12;
/// So often these may occur in all lessons together: words that are everywhere remind of nothing.
const REMINDING_OCCURRENCES: usize = 2_000;

/// Filters, then ranks: what means the same by `meant`, by slot, if an embedder has placed all lessons, else
/// by the built-in table.
pub(super) fn answer(index: &Index, query: &Query, meant: Option<&[f32]>, now: Timestamp) -> Ranking {
    let reached = query
        .around
        .as_ref()
        .map(|entity| index.reach(entity, query.hops));
    let (passes, total_considered) = index.passing(&Filter {
        tags: &query.tags,
        kinds: &query.kinds,
        since: query.since,
        include_candidates: query.include_candidates,
        now,
        within: reached.as_ref(),
    });
    let (lexical, vocabulary) = (&index.lexical, &index.vocabulary);
    let terms = if query.is_text {
        lexical.reminding(vocabulary, &query.query, REMINDING_WORDS, REMINDING_OCCURRENCES)
    } else {
        lexical.resolve(vocabulary, &query.query)
    };
    let question = Question {
        text: &query.query,
        terms: &terms,
        weights: query.weights.unwrap_or(match query.mode {
            Mode::Hybrid => Weights::HYBRID,
            Mode::Lexical => Weights::LEXICAL,
            Mode::Semantic => Weights::SEMANTIC,
        }),
        meant,
        least_meaning: LEAST_MEANING,
    };
    let nothing_to_ask = terms.is_empty();
    let ranked = if nothing_to_ask && reached.is_some() {
        index.newest(&passes, query.limit)
    } else if nothing_to_ask {
        Vec::new()
    } else {
        rank(index, &question, &passes, query.limit, now)
    };
    let bound = lexical.bound(&terms);
    let scored = |ranked: Ranked| {
        let path = reached.as_ref().zip(index.entries.at(ranked.slot));
        let path = path.and_then(|(reached, (lesson, _))| reached.get(&lesson));
        Scored {
            score: ranked.score,
            why: Why {
                bm25: rounded(ranked.opinion.words),
                bm25_share: rounded(if bound > 0.0 {
                    ranked.opinion.words / bound
                } else {
                    0.0
                }),
                grams: rounded(ranked.opinion.spelling),
                vector: rounded(ranked.opinion.meaning),
                context: rounded(ranked.opinion.context),
                matched: Vec::new(),
                semantic_only: ranked.opinion.words == 0.0 && !nothing_to_ask,
                path: path.map(|path| index.path(path)).unwrap_or_default(),
            },
            contradicts: index.opponents(ranked.slot, now),
            contributions: lexical.explain(vocabulary, &terms, ranked.slot),
            id: ranked.id,
        }
    };
    Ranking {
        ranked: ranked.into_iter().map(scored).collect(),
        total_considered,
        advice: (nothing_to_ask && reached.is_none()).then_some(
            "the query has no word to search for: all of them are too common or too short; name the subject",
        ),
    }
}

/// The lessons in force that bear on a text, by its rarest words.
pub(super) fn reminders(index: &Index, text: &str, limit: usize, now: Timestamp) -> Vec<LessonId> {
    if index.live() == 0 {
        return Vec::new();
    }
    let (passes, _) = index.passing(&Filter::in_force(now));
    let lexical = &index.lexical;
    let terms = lexical.reminding(&index.vocabulary, text, REMINDING_WORDS, REMINDING_OCCURRENCES);
    let question = Question {
        text,
        terms: &terms,
        weights: Weights::WORDS,
        meant: None,
        least_meaning: 1.0,
    };
    let ranked = rank(index, &question, &passes, limit, now);
    ranked.into_iter().map(|ranked| ranked.id).collect()
}

/// The lessons in force that share much with `new`, which is not indexed yet, and what they share.
pub(super) fn alike(index: &Index, new: &Lesson, now: Timestamp) -> Vec<(LessonId, String)> {
    let (passes, _) = index.passing(&Filter::in_force(now));
    let (lexical, vocabulary) = (&index.lexical, &index.vocabulary);
    let terms = lexical.rarest(vocabulary, &new.text, RELATED_WORDS);
    let bound = lexical.bound(&terms);
    let question = Question {
        text: "",
        terms: &terms,
        weights: Weights::WORDS,
        meant: None,
        least_meaning: 1.0,
    };
    rank(index, &question, &passes, MAX_RELATED + 2, now)
        .into_iter()
        .filter(|ranked| {
            ranked.opinion.words >= RELATED_SCORE * bound
                && ranked.id != new.id
                && new.supersedes.as_ref() != Some(&ranked.id)
        })
        .take(MAX_RELATED)
        .map(|ranked| {
            let shared = lexical.explain(vocabulary, &terms, ranked.slot);
            let words: Vec<&str> = shared
                .iter()
                .take(MAX_MATCHED)
                .map(|shared| shared.word.as_str())
                .collect();
            (ranked.id, format!("shares {}", words.join(", ")))
        })
        .collect()
}
