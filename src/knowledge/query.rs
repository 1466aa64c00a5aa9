//! What is asked.

use serde::{Deserialize, Serialize};

use super::error::{Error, Result};
use super::fuse::Weights;
use super::limits::{MAX_TEXT_BYTES, settled_tags};
use crate::domain::{Entity, LessonKind, Timestamp};

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
