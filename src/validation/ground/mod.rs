//! Whether the sources that were given say what the answer says.
//!
//! Words are compared, not meanings: what is found is "unsupported by the given sources", never "wrong". A sentence
//! that says the same in other words looks unsupported, so an answer that is a paraphrase as a whole is only
//! told so mildly. Two sentences of a source that contradict the answer in the same words support it.

mod facts;
mod numbers;
mod support;
pub(super) mod words;

use std::fmt::Write as _;
use std::ops::Range;

use crate::domain::Severity;
use crate::domain::verdict;

use super::prose::Prose;
use super::report::{Defect, Skipped};
use support::Index;

pub use support::Support;

/// Below this a sentence is said to be unsupported; 2 to 4 % of the supported dialogue answers are.
const SUPPORTED: f64 = 0.6;
/// The same for a sentence of [`SHORT`] content words, where one word is much; shorter ones say too little.
const SUPPORTED_SHORT: f64 = 0.5;
const SHORT: usize = 3;
/// An answer with a smaller share of its neighbouring words in the sources says it in its own words.
const PARAPHRASE: f64 = 0.15;
/// How much of all sources together is read, in bytes.
const MAX_SOURCES: usize = 4 << 20;
/// How much prose is compared with them, in bytes.
const MAX_ANSWER: usize = 1 << 20;
/// The most sentences whose support is told.
const MAX_TOLD: usize = 1_000;
/// How much of the evidence a message shows, in characters.
const SHOWN: usize = 100;

/// How far the sentences of an answer are supported.
#[derive(Debug, Clone, PartialEq)]
pub struct Grounding {
    /// Each sentence, in order.
    pub sentences: Vec<Support>,
    /// The support of the whole, between 0 and 1: the mean over the sentences by the weight of their words.
    pub share: f64,
}

/// What a check of sources found.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) defects: Vec<Defect>,
    pub(super) support: Vec<verdict::Support>,
}

/// Compares `output` with `sources`, sentence by sentence.
#[must_use]
pub fn read(output: &str, sources: &[String]) -> Grounding {
    let (sentences, _) = support::support(&Prose::of(output), &Index::of(sources));
    Grounding {
        share: overall(&sentences),
        sentences,
    }
}

/// What no source says, and how far the sources say each sentence.
pub(super) fn check(output: &str, prose: &Prose, sources: &[String]) -> Result<Checked, Skipped> {
    if sources.iter().map(String::len).sum::<usize>() > MAX_SOURCES {
        let limit = format!("the sources are larger than {MAX_SOURCES} bytes");
        return Err(Skipped::Limit(limit));
    }
    if output.len() > MAX_ANSWER {
        let limit = format!("the output is larger than {MAX_ANSWER} bytes");
        return Err(Skipped::Limit(limit));
    }
    let index = Index::of(sources);
    let (sentences, complete) = support::support(prose, &index);
    if !complete {
        let limit = "the output and the sources together are too long to be compared".to_owned();
        return Err(Skipped::Limit(limit));
    }
    let mut defects = unsupported(&sentences, sources);
    defects.extend(facts::check(output, prose, sources, &index));
    let claims = sentences.iter().filter(|sentence| sentence.claims).take(MAX_TOLD);
    Ok(Checked {
        defects,
        support: claims.map(|sentence| told(sentence, sources)).collect(),
    })
}

/// The sentence as callers see it. Its line is still to be found.
fn told(sentence: &Support, sources: &[String]) -> verdict::Support {
    let evidence = sentence
        .evidence
        .as_ref()
        .map(|(source, range)| verdict::Evidence {
            source: source + 1,
            byte_start: range.start,
            byte_end: range.end,
            excerpt: excerpt(sources, *source, range),
        });
    verdict::Support {
        line: 0,
        column: 0,
        byte_start: sentence.range.start,
        byte_end: sentence.range.end,
        share: (sentence.share * 100.0).round() / 100.0,
        evidence,
    }
}

fn excerpt(sources: &[String], source: usize, range: &Range<usize>) -> String {
    let text = sources.get(source).and_then(|text| text.get(range.clone()));
    shortened(text.unwrap_or_default())
}

fn unsupported(sentences: &[Support], sources: &[String]) -> Vec<Defect> {
    let (pairs, known) = sentences.iter().fold((0, 0), |sum, sentence| {
        (sum.0 + sentence.pairs.0, sum.1 + sentence.pairs.1)
    });
    let paraphrase = number(known) < PARAPHRASE * number(pairs);
    let severity = if paraphrase {
        Severity::Info
    } else {
        Severity::Warning
    };
    sentences
        .iter()
        .filter(|sentence| sentence.claims && is_unsupported(sentence))
        .map(|sentence| {
            let percent = (sentence.share * 100.0).round();
            let mut message =
                format!("unsupported by the given sources: they say {percent} % of this sentence");
            if let Some((source, range)) = &sentence.evidence {
                let closest = excerpt(sources, *source, range);
                let number = source + 1;
                let _ = write!(message, "; closest is source {number}: \"{closest}\"");
            }
            if paraphrase {
                message.push_str(" (the answer uses its own words, so this says little)");
            }
            Defect::new("ground.sentence", severity, sentence.range.clone(), message)
                .with_fix("leave it out, or give the source that says it")
        })
        .collect()
}

fn is_unsupported(sentence: &Support) -> bool {
    match sentence.content {
        ..SHORT => false,
        SHORT => sentence.share < SUPPORTED_SHORT,
        _ => sentence.share < SUPPORTED,
    }
}

fn overall(sentences: &[Support]) -> f64 {
    let weight: f64 = sentences.iter().map(|sentence| sentence.weight).sum();
    let supported: f64 = sentences
        .iter()
        .map(|sentence| sentence.share * sentence.weight)
        .sum();
    if weight > 0.0 { supported / weight } else { 0.0 }
}

fn shortened(text: &str) -> String {
    // What looks like a sentence may be megabytes.
    let text = text.get(..text.floor_char_boundary(8 * SHOWN)).unwrap_or(text);
    let mut short = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = short.char_indices().nth(SHOWN) {
        short.truncate(end);
        short.push('…');
    }
    short
}

fn defect(rule: &str, range: Range<usize>, message: String, fix: &str) -> Defect {
    Defect::new(rule, Severity::Warning, range, message).with_fix(fix)
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
