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
const CANDIDATES: usize = 80;
/// The neighbours of this many lessons that words bring up are looked at, too.
const WITH_NEIGHBOURS: usize = 50;
/// Confidence moves a score by 5 % at most, up or down: it may order near-ties, never hide a hit.
const CONFIDENCE: f64 = 0.1;

/// Where an embedder is in use, one hit is kept for the best lesson that has no word of the question, unless
/// there are fewer hits than this. Of ten hits one was better than none and than two (docs/knowledge.md); of
/// three it would be a third. With the built-in table, which knows little that words do not, it loses.
const RESERVED_FROM: usize = 5;
/// Among fewer lessons an average says nothing.
const MANY: usize = 10;

/// A question as the index takes it.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) text: &'a str,
    pub(super) terms: &'a [QueryTerm],
    pub(super) weights: Weights,
    /// By slot, how alike the question and the lessons are, when an embedder says that and not the table.
    pub(super) meant: Option<&'a [f32]>,
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
    if question.weights == Weights::WORDS {
        return by_words(index, &found, score, limit, now);
    }
    let similarities = similarities(index, question);
    let least_meaning = question.meant.map_or(question.least_meaning, |meant| {
        let lessons = meant.iter().zip(passes).zip(&scores);
        let wordless = lessons.filter(|((_, passes), words)| **passes && **words == 0.0);
        let meanings = wordless.map(|((meaning, _), _)| f64::from(*meaning));
        question.least_meaning.max(outstanding(meanings))
    });
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
        let whole = Opinion {
            words: score(slot),
            spelling: look.at(text).spelling,
            meaning: similar(text),
            context: context(index, &mut look, slot, text, question.weights),
        };
        let mut passages: Vec<Opinion> = index
            .texts
            .passages(slot)
            .map(|text| Opinion {
                // An embedder places lessons as a whole.
                meaning: question.meant.map_or_else(|| similar(text), |_| whole.meaning),
                ..look.at(text)
            })
            .collect();
        let closest = passages
            .iter()
            .map(|passage| passage.meaning)
            .fold(whole.meaning, f64::max);
        if whole.words == 0.0 && closest < least_meaning {
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
    let opinions = candidates
        .iter()
        .map(|candidate| (candidate.slot, candidate.best()));
    let ranked = opinions
        .zip(scores)
        .map(|((slot, opinion), score)| (slot, opinion, score));
    if question.meant.is_none() {
        return ordered(index, ranked, limit, now);
    }
    let mut ranked = ordered(index, ranked, usize::MAX, now);
    reserve(&mut ranked, limit);
    ranked.truncate(limit);
    ranked
}

/// When nothing but the words counts, all that can be known of a text is its score.
fn by_words(
    index: &Index,
    found: &[Slot],
    score: impl Fn(Slot) -> f64,
    limit: usize,
    now: Timestamp,
) -> Vec<Ranked> {
    let most = found.first().map_or(1.0, |slot| score(*slot));
    let ranked = found.iter().map(|slot| {
        let opinion = Opinion {
            words: score(*slot),
            ..Opinion::default()
        };
        (*slot, opinion, opinion.words / most)
    });
    ordered(index, ranked, limit, now)
}

/// The best `limit`, each with its confidence in its score.
fn ordered(
    index: &Index,
    scored: impl Iterator<Item = (Slot, Opinion, f64)>,
    limit: usize,
    now: Timestamp,
) -> Vec<Ranked> {
    let mut ranked: Vec<(f64, &str, Slot, Opinion)> = scored
        .filter_map(|(slot, opinion, score)| {
            let (lesson, entry) = index.entries.at(slot)?;
            let strength = f64::from(entry.strength);
            let age_ms = now.as_millisecond().saturating_sub(entry.confirmed_ms);
            let confidence = strength * fade(strength, age_ms);
            let score = (score * (1.0 + CONFIDENCE * (confidence - 0.5))).min(1.0);
            Some((score, index.entries.id_text(lesson), slot, opinion))
        })
        .collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| other.1.cmp(one.1)));
    let best = ranked.into_iter().take(limit);
    best.map(|(score, id, slot, opinion)| Ranked {
        slot,
        id: LessonId::new(id),
        score,
        opinion,
    })
    .collect()
}

/// How much a lesson without a word of the question has to mean the same, where an embedder says that: a
/// standard deviation more than those lessons do on average. Models differ in what they give texts that have
/// nothing in common, from 0 to .7 and more, so that no fixed bound fits all.
fn outstanding(wordless: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = wordless.clone().count();
    if count < MANY {
        return f64::NEG_INFINITY;
    }
    let mean = wordless.clone().sum::<f64>() / count as f64;
    let variance = wordless.map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64;
    mean + variance.sqrt()
}

/// Moves the lesson that means the most of the same, of those without a word of the question, to the last of
/// the first `limit` places, if it is not among them.
fn reserve(ranked: &mut [Ranked], limit: usize) {
    if limit < RESERVED_FROM || ranked.len() <= limit {
        return;
    }
    let by_meaning = ranked
        .iter()
        .enumerate()
        .filter(|(_, one)| one.opinion.words == 0.0);
    let best =
        by_meaning.max_by(|(_, one), (_, other)| one.opinion.meaning.total_cmp(&other.opinion.meaning));
    if let Some((at, _)) = best
        && at >= limit
    {
        ranked.swap(limit - 1, at);
    }
}

/// How alike the question and each text are, -1 to 1; nothing when that does not matter.
fn similarities(index: &Index, question: &Question<'_>) -> Vec<f32> {
    if question.weights.meaning == 0.0 {
        return Vec::new();
    }
    let Some(meant) = question.meant else {
        return index.places.similarities(&place(index, question.text));
    };
    let mut similarities = vec![f32::NEG_INFINITY; index.texts.len()];
    for (slot, similarity) in (0..).zip(meant) {
        let whole = index
            .texts
            .whole(slot)
            .and_then(|whole| similarities.get_mut(whole as usize));
        if let Some(whole) = whole {
            *whole = *similarity;
        }
    }
    similarities
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
