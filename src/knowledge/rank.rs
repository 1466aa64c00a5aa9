//! Which lessons fit a question, and how well.

use super::fuse::{Candidate, Opinion, Weights, fuse};
use super::index::Index;
use super::lexical::{QueryTerm, Slot};
use super::look::Look;
use super::texts::TextId;
use super::vector::Vector;
use super::words::tokens;
use crate::domain::lesson::fade;
use crate::domain::{LessonId, Timestamp};

/// So many lessons that words bring up, and as many that meaning brings up, are looked at closely. More
/// change nothing (docs/knowledge.md).
const CANDIDATES: usize = 100;
/// The neighbours of this many lessons that words bring up are looked at, too.
const WITH_NEIGHBOURS: usize = 50;
/// Confidence moves a score by 5 % at most, up or down: it may order near-ties, never hide a hit.
const CONFIDENCE: f64 = 0.1;

/// A question as the index takes it.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) text: &'a str,
    pub(super) terms: &'a [QueryTerm],
    pub(super) weights: Weights,
    /// A lesson that has none of the words has to mean at least this much of the same, -1 to 1.
    pub(super) least_meaning: f64,
}

/// A lesson and how well it fits.
#[derive(Debug)]
pub(super) struct Ranked {
    pub(super) slot: Slot,
    pub(super) id: LessonId,
    /// 0 to 1.
    pub(super) score: f64,
    pub(super) opinion: Opinion,
}

/// The best `limit` of the lessons that pass, the best first, newer ones first among equals.
pub(super) fn rank(
    index: &Index,
    question: &Question<'_>,
    passes: &[bool],
    limit: usize,
    now: Timestamp,
) -> Vec<Ranked> {
    let (scores, mut found) = index.lexical.score(question.terms, passes);
    let score = |slot: Slot| scores.get(slot as usize).copied().unwrap_or_default();
    best(&mut found, CANDIDATES, score);
    let similarities = if question.weights.meaning > 0.0 {
        index.places.similarities(&place(index, question.text))
    } else {
        Vec::new()
    };
    let similar = |text: TextId| f64::from(similarities.get(text as usize).copied().unwrap_or_default());
    let mut slots: Vec<Slot> = found.clone();
    slots.extend(
        found
            .iter()
            .take(WITH_NEIGHBOURS)
            .flat_map(|slot| index.entries.neighbours(*slot)),
    );
    slots.extend(nearest(index, &similarities, passes));
    slots.sort_unstable();
    slots.dedup();
    slots.retain(|slot| passes.get(*slot as usize).copied().unwrap_or(false));

    let words = spelt(question.text);
    let mut look = Look::new(
        &index.vocabulary,
        &index.texts,
        &index.spelling,
        index.lexical.average_length(),
        index.lexical.weights(question.terms),
        index.spelling.query(words.iter().map(String::as_str)),
    );
    let mut candidates: Vec<Candidate> = Vec::with_capacity(slots.len());
    for slot in slots {
        let Some(text) = index.texts.whole(slot) else {
            continue;
        };
        let spelling = if question.weights == Weights::WORDS {
            0.0
        } else {
            look.at(text).spelling
        };
        let whole = Opinion {
            words: score(slot),
            spelling,
            meaning: similar(text),
            context: context(index, &mut look, slot, text, question.weights),
        };
        let mut passages: Vec<Opinion> = index
            .texts
            .passages(slot)
            .map(|text| Opinion {
                meaning: similar(text),
                ..look.at(text)
            })
            .collect();
        let closest = passages
            .iter()
            .map(|passage| passage.meaning)
            .fold(whole.meaning, f64::max);
        if whole.words == 0.0 && closest < question.least_meaning {
            continue;
        }
        if passages.is_empty() {
            passages.push(whole);
        }
        candidates.push(Candidate {
            slot,
            whole,
            passages,
        });
    }
    let scores = fuse(&candidates, question.weights);
    let mut ranked: Vec<Ranked> = candidates
        .iter()
        .zip(scores)
        .filter_map(|(candidate, score)| {
            let (lesson, entry) = index.entries.at(candidate.slot)?;
            let strength = f64::from(entry.strength);
            let age_ms = now.as_millisecond().saturating_sub(entry.confirmed_ms);
            let confidence = strength * fade(strength, age_ms);
            Some(Ranked {
                slot: candidate.slot,
                id: index.entries.id(lesson),
                score: (score * (1.0 + CONFIDENCE * (confidence - 0.5))).min(1.0),
                opinion: candidate.best(),
            })
        })
        .collect();
    ranked.sort_by(|one, other| {
        other
            .score
            .total_cmp(&one.score)
            .then_with(|| other.id.cmp(&one.id))
    });
    ranked.truncate(limit);
    ranked
}

/// Where a question lies among the lessons.
fn place(index: &Index, text: &str) -> Vector {
    let mut pieces = Vec::new();
    tokens(text, |token| {
        if !token.is_whole && super::words::stem(&super::words::lower_case(token.surface)).is_some() {
            pieces.extend(super::vector::pieces(&super::words::lower_case(token.surface)));
        }
    });
    index.rarity.encode(pieces.into_iter().map(|piece| (piece, 1.0)))
}

/// The words of a question whose spelling counts.
fn spelt(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    tokens(text, |token| {
        let lower = super::words::lower_case(token.surface);
        if !token.is_whole && super::words::stem(&lower).is_some() {
            words.push(lower);
        }
    });
    words
}

/// The slots of the texts that mean the most of the same.
fn nearest(index: &Index, similarities: &[f32], passes: &[bool]) -> Vec<Slot> {
    let mut texts: Vec<(TextId, f32)> = Vec::with_capacity(4 * CANDIDATES);
    let mut floor = f32::NEG_INFINITY;
    for (text, similarity) in (0..).zip(similarities) {
        if *similarity <= floor {
            continue;
        }
        let passes = index
            .texts
            .text(text)
            .and_then(|text| passes.get(text.slot as usize).copied());
        if passes != Some(true) {
            continue;
        }
        texts.push((text, *similarity));
        // Kept short as it goes: only what may still be among the best.
        if texts.len() == 4 * CANDIDATES {
            texts.select_nth_unstable_by(CANDIDATES, |one, other| other.1.total_cmp(&one.1));
            texts.truncate(CANDIDATES);
            floor = texts
                .iter()
                .map(|(_, similarity)| *similarity)
                .fold(f32::INFINITY, f32::min);
        }
    }
    if texts.len() > CANDIDATES {
        texts.select_nth_unstable_by(CANDIDATES, |one, other| other.1.total_cmp(&one.1));
        texts.truncate(CANDIDATES);
    }
    let slots = texts.into_iter().filter_map(|(text, _)| index.texts.text(text));
    slots.map(|text| text.slot).collect()
}

fn context(index: &Index, look: &mut Look<'_>, slot: Slot, text: TextId, weights: Weights) -> f64 {
    if weights.context == 0.0 {
        return 0.0;
    }
    let mut texts = vec![text];
    texts.extend(
        index
            .entries
            .neighbours(slot)
            .filter_map(|slot| index.texts.whole(slot)),
    );
    if texts.len() == 1 {
        0.0
    } else {
        look.together(&texts)
    }
}

/// Leaves the best `count`, the best first.
fn best(slots: &mut Vec<Slot>, count: usize, score: impl Fn(Slot) -> f64) {
    let order = |one: &Slot, other: &Slot| score(*other).total_cmp(&score(*one)).then(other.cmp(one));
    if slots.len() > count {
        slots.select_nth_unstable_by(count, order);
        slots.truncate(count);
    }
    slots.sort_unstable_by(order);
}
