//! Text in a form that speaks to a model behind a reader's back.
//!
//! Marks that divide speakers in chat formats, comments and invisible elements of markup with instructions in
//! them, instructions in base 64 or hexadecimal, a tool whose definition changed.
//!
//! Not a classifier of intentions: what is written openly is no finding here.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{Class, Confidence, Hit};
use crate::domain::Digest;

mod encoded;
mod markup;
mod speech;

pub use speech::speaks_to_a_model;

/// Marks of chat formats, and what markup hides text behind; the first [`N_CHAT`] are chat formats'.
const MARKS: [&str; 33] = [
    "<|im_start|>",
    "<|im_end|>",
    "<|im_sep|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|endoftext|>",
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|start|>",
    "<|channel|>",
    "<|message|>",
    "<|python_tag|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "[AVAILABLE_TOOLS]",
    "<<SYS>>",
    "<</SYS>>",
    "<!--",
    "display:none",
    "display: none",
    "visibility:hidden",
    "visibility: hidden",
    "font-size:0",
    "font-size: 0",
    "opacity:0",
];
const N_CHAT: usize = 25;

#[expect(
    clippy::expect_used,
    reason = "the marks are few and short, and a test searches for them"
)]
static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(MARKS)
        .expect("few and short marks")
});

/// Adds what speaks to a model unseen to `hits`; stops at `limit` and answers `false` when it had to, or when
/// there was more to decode than is decoded.
pub fn scan(text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    let mut found: Vec<(&'static str, Confidence, Range<usize>)> = Vec::new();
    let mut hidden_to = 0;
    for mark in SEARCH.find_iter(text) {
        if found.len() > limit {
            break;
        }
        let range = mark.range();
        if mark.pattern().as_usize() < N_CHAT {
            found.push(("chat-token", Confidence::High, range));
        } else if range.start >= hidden_to {
            let hidden = if text.get(range.clone()) == Some("<!--") {
                markup::comment(text, range.start).map(|range| ("hidden-comment", range))
            } else {
                markup::element(text, range.start).map(|range| ("hidden-element", range))
            };
            let Some((detector, range)) = hidden else { continue };
            hidden_to = range.end;
            if text.get(range.clone()).is_some_and(speech::commands_a_model) {
                found.push((detector, Confidence::High, range));
            }
        }
    }
    let whole = encoded::scan(text, limit, &mut found);
    let all = found.len() <= limit;
    found.truncate(limit);
    hits.extend(found.into_iter().map(|(detector, confidence, range)| Hit {
        class: Class::Structure,
        detector,
        confidence,
        range,
    }));
    all && whole
}

/// A finding over the whole `definition` of a tool (its description and schema, in canonical form) when that is
/// not the one whose hash was pinned.
#[must_use]
pub fn tool_changed(definition: &str, pinned: Digest) -> Option<Hit> {
    (Digest::of(definition.as_bytes()) != pinned).then_some(Hit {
        class: Class::Structure,
        detector: "tool-changed",
        confidence: Confidence::High,
        range: 0..definition.len(),
    })
}

#[cfg(test)]
mod tests;
