//! What is found, and how much of it fits into the answer.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use super::embedding::EmbeddingProgress;
use super::excerpt::excerpt;
use super::search::Scored;
use crate::domain::lesson::{LessonOutcome, Provenance};
use crate::domain::{Lesson, LessonId, LessonState, Timestamp, Trust};

/// What a token is taken to be in English text and code.
const BYTES_PER_TOKEN: usize = 4;
/// Set aside for what surrounds the hits.
const FRAME_BYTES: usize = 160;
/// A shorter piece of text tells nothing.
const LEAST_EXCERPT_BYTES: usize = 48;
/// So many words of the query are named in a hit, the weightiest.
pub(super) const MAX_MATCHED: usize = 6;

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
pub(super) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
