//! What is asked, what is found, and how much of it fits into the answer.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::lesson::{LessonOutcome, Provenance};
use crate::domain::{Entity, Lesson, LessonId, LessonKind, LessonState, Timestamp, Trust};

use super::embedding::EmbeddingProgress;
use super::error::{Error, Result};
use super::excerpt::excerpt;
use super::fuse::Weights;
use super::index::{Filter, Index};
use super::lexical::Contribution;
use super::rank::{Question, Ranked, rank};
use super::record::{MAX_TEXT_BYTES, settled_tags};

/// Hits when the caller does not say.
pub const DEFAULT_LIMIT: usize = 8;
/// Most hits.
pub const MAX_LIMIT: usize = 100;
/// Size of an answer when the caller does not say.
pub const DEFAULT_MAX_TOKENS: usize = 2_000;
/// A smaller answer could not hold one hit.
pub const MIN_MAX_TOKENS: usize = 256;
/// Largest answer.
pub const MAX_MAX_TOKENS: usize = 50_000;
/// What a token is taken to be in English text and code.
const BYTES_PER_TOKEN: usize = 4;
/// Set aside for what surrounds the hits.
const FRAME_BYTES: usize = 160;
/// A shorter piece of text tells nothing.
const LEAST_EXCERPT_BYTES: usize = 48;
/// So many words of the query are named in a hit, the weightiest.
const MAX_MATCHED: usize = 6;
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
/// Most steps from the thing that a search starts from.
pub const MAX_HOPS: usize = 2;

/// How lessons are ranked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By words, spelling, meaning and surroundings.
    #[default]
    Hybrid,
    /// By words and spelling.
    Lexical,
    /// By meaning alone.
    Semantic,
}

/// A question to the lessons of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Words, in any order, or a sentence.
    pub query: String,
    /// Whether `query` is not a question but a whole text to be reminded by. Then only its rarest known
    /// words count, and no spelling is guessed: that is made for a few words somebody typed.
    pub is_text: bool,
    /// How to rank.
    pub mode: Mode,
    /// What each part of the ranking counts, instead of what the mode says: for measuring.
    pub weights: Option<Weights>,
    /// Only lessons within `hops` of this thing.
    pub around: Option<Entity>,
    /// 1 for the lessons that are about it, 2 also for those that share something with one of these.
    pub hops: usize,
    /// Most hits, 1 to [`MAX_LIMIT`].
    pub limit: usize,
    /// Only lessons with all of these tags.
    pub tags: Vec<String>,
    /// Only lessons of one of these kinds; any when empty.
    pub kinds: Vec<LessonKind>,
    /// Only lessons recorded then or later.
    pub since: Option<Timestamp>,
    /// Also lessons that wait for a confirmation.
    pub include_candidates: bool,
    /// Size of the answer in tokens of four bytes, [`MIN_MAX_TOKENS`] to [`MAX_MAX_TOKENS`].
    pub max_tokens: usize,
}

impl Query {
    /// A question with the usual limits and no filter.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            is_text: false,
            mode: Mode::Hybrid,
            weights: None,
            around: None,
            hops: 1,
            limit: DEFAULT_LIMIT,
            tags: Vec::new(),
            kinds: Vec::new(),
            since: None,
            include_candidates: false,
            max_tokens: DEFAULT_MAX_TOKENS,
        }
    }

    /// Whether it matters what the question means.
    pub(super) fn asks_for_meaning(&self) -> bool {
        self.weights
            .map_or(self.mode != Mode::Lexical, |weights| weights.meaning > 0.0)
    }

    /// The question with limits moved into their ranges and tags as they are kept.
    pub(super) fn settled(&self) -> Result<Self> {
        if self.query.len() > MAX_TEXT_BYTES {
            return Err(Error::Invalid {
                field: "query",
                problem: format!("may be {MAX_TEXT_BYTES} bytes at most, got {}", self.query.len()),
            });
        }
        Ok(Self {
            limit: self.limit.clamp(1, MAX_LIMIT),
            hops: self.hops.clamp(1, MAX_HOPS),
            tags: settled_tags(&self.tags),
            max_tokens: self.max_tokens.clamp(MIN_MAX_TOKENS, MAX_MAX_TOKENS),
            ..self.clone()
        })
    }
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// How long it took.
    pub took: Duration,
    /// How many lessons passed the filters and were ranked.
    pub total_considered: usize,
    /// How many hits within the limit had no room in the answer.
    pub omitted: usize,
    /// Why nothing could be found, when the question is the reason, or why the embedder was not heard.
    pub advice: Option<&'static str>,
    /// How far the embedder has come, where one is set up.
    pub embedder: Option<EmbeddingProgress>,
}

/// A lesson that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// The lesson.
    pub id: LessonId,
    /// Its title.
    pub title: String,
    /// Its text, or the part around the matches.
    pub text: String,
    /// 0 to 1, among the hits of this answer.
    pub score: f64,
    /// What the score is made of.
    pub why: Why,
    /// Its labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How the work it is about went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<LessonOutcome>,
    /// Where it was learned.
    pub provenance: Provenance,
    /// How far it may be believed.
    pub trust: Trust,
    /// Whether it is in force.
    pub state: LessonState,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
    /// Lessons that say otherwise about the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contradicts: Vec<LessonId>,
    /// Whether the text was cut.
    pub truncated: bool,
}

/// Why a lesson was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Why {
    /// BM25 of the words.
    pub bm25: f64,
    /// What share that is of the highest BM25 that any text could reach for this query, 0 to 1.
    pub bm25_share: f64,
    /// BM25 of runs of three and four characters.
    #[serde(skip_serializing_if = "is_zero")]
    pub grams: f64,
    /// Cosine of the vectors, -1 to 1.
    #[serde(skip_serializing_if = "is_zero")]
    pub vector: f64,
    /// BM25 of the words together with the lessons before and after in the same run.
    #[serde(skip_serializing_if = "is_zero")]
    pub context: f64,
    /// The words that matched, the weightiest first.
    pub matched: Vec<TermWeight>,
    /// Whether it has none of the words.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub semantic_only: bool,
    /// The way to it from the thing the search started from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
}

/// A word that matched and what it added to `bm25`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TermWeight {
    /// The stem in the lesson.
    pub term: String,
    /// The word of the query as it was written.
    pub word: String,
    /// What it added.
    pub weight: f64,
    /// How alike the two are spelt, 0 to 1; absent when their stems are equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f64>,
}

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
    score: f64,
    why: Why,
    contradicts: Vec<LessonId>,
    contributions: Vec<Contribution>,
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

/// The hits that fit into `max_tokens`, and how many did not: first everything but the texts, by rank,
/// then the texts, by rank.
pub(super) fn fit(found: Vec<(Scored, Lesson)>, max_tokens: usize, now: Timestamp) -> (Vec<Hit>, usize) {
    let mut left = (max_tokens * BYTES_PER_TOKEN).saturating_sub(FRAME_BYTES);
    let all = found.len();
    // Half is for the texts: names without them would be of little use.
    let for_texts = left / 2;
    let mut kept = Vec::new();
    for (scored, lesson) in found {
        let weights: HashMap<String, f64> = scored
            .contributions
            .iter()
            .map(|contribution| (contribution.stem.clone(), contribution.weight))
            .collect();
        let (hit, text) = hit(scored, lesson, now);
        let bytes = json_bytes(&hit) + 1;
        let reserved = if kept.is_empty() { 0 } else { for_texts };
        if bytes + reserved <= left {
            left -= bytes;
            kept.push((hit, text, weights));
        }
    }
    let mut wanted: usize = kept.iter().map(|(_, text, _)| json_bytes(text)).sum();
    let mut hits = Vec::with_capacity(kept.len());
    for (mut hit, text, weights) in kept {
        let bytes = json_bytes(&text);
        wanted -= bytes;
        // Half of what is left, so that lower ranks get something; more when they need less.
        let share = left.saturating_sub(wanted).max(left / 2);
        hit.truncated = bytes > share;
        hit.text = if hit.truncated {
            shortened(&text, &weights, share)
        } else {
            text
        };
        left = left.saturating_sub(json_bytes(&hit.text));
        hits.push(hit);
    }
    let omitted = all - hits.len();
    (hits, omitted)
}

fn hit(scored: Scored, lesson: Lesson, now: Timestamp) -> (Hit, String) {
    let matched = scored
        .contributions
        .into_iter()
        .take(MAX_MATCHED)
        .map(|contribution| TermWeight {
            term: contribution.stem,
            word: contribution.word,
            weight: rounded(contribution.weight),
            similarity: contribution.dice.map(rounded),
        });
    let (confidence, state) = (rounded(lesson.confidence(now)), lesson.state_at(now));
    let hit = Hit {
        confidence,
        contradicts: scored.contradicts,
        id: lesson.id,
        title: lesson.title,
        text: String::new(),
        score: rounded(scored.score),
        why: Why {
            matched: matched.collect(),
            ..scored.why
        },
        tags: lesson.tags,
        outcome: lesson.outcome,
        provenance: lesson.provenance,
        trust: lesson.trust,
        state,
        truncated: false,
    };
    (hit, lesson.text)
}

/// The best part of `text` whose JSON has at most `max_bytes`; nothing when that is too little to read.
fn shortened(text: &str, weights: &HashMap<String, f64>, max_bytes: usize) -> String {
    let mut bytes = max_bytes.saturating_sub(2 * ("…".len() + "\"".len()));
    // Escapes make the JSON longer than the text: aim lower by as much as it was too long.
    while bytes >= LEAST_EXCERPT_BYTES {
        let short = excerpt(text, weights, bytes);
        let needed = json_bytes(&short);
        if needed <= max_bytes {
            return short;
        }
        bytes = (bytes * max_bytes / needed).min(bytes - 1);
    }
    String::new()
}

fn json_bytes(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX / 4, |json| json.len())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Four decimals: more say nothing and cost tokens.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
