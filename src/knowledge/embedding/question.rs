//! Where a question lies, as far as the embedder can say that in time.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use super::super::vector::Vector;
use super::{beginning, lock};
use crate::domain::Scope;
use crate::model::{Embedder, Error, Result};

/// So long a search waits for its question to be placed. A model on the same machine takes some 10 to 50 ms
/// and one across the network some 100 to 200; a quarter of a second is what a person still takes for at once.
pub(super) const LIMIT: Duration = Duration::from_millis(250);
/// A question is cut here. What is longer is no question but a text, and some models refuse one.
const MAX_BYTES: usize = 1024;
/// So many questions are remembered with their places: assistants ask the same again within a task.
const REMEMBERED: usize = 64;

const LATE: &str = "the embedder did not answer in time; meaning was judged by the built-in table";
const AWAY: &str = "the embedder cannot be used at present; meaning is judged by the built-in table";
const DENIED: &str =
    "policy does not let the question go to the embedder; meaning was judged by the built-in table";
const UNUSABLE: &str =
    "the embedder's answer does not fit the lessons' vectors; meaning was judged by the built-in table";

/// The questions that were asked lately.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// The latest last.
    placed: Mutex<VecDeque<(String, Vector)>>,
    /// One the embedder failed at. As long as it is there, no search waits for the embedder.
    failed: Mutex<Option<(Scope, String)>>,
}

impl Questions {
    /// Where `text` lies among vectors of so many dimensions, or why that cannot be said now.
    pub(super) async fn place(
        &self,
        embedder: &dyn Embedder,
        scope: &Scope,
        text: &str,
        dimensions: usize,
    ) -> Result<Vector, &'static str> {
        let text = beginning(text, MAX_BYTES);
        let fits = |vector: &Vector| vector.values().len() == dimensions && !vector.is_zero();
        if let Some(vector) = self.remembered(text).filter(fits) {
            return Ok(vector);
        }
        if lock(&self.failed).is_some() {
            return Err(AWAY);
        }
        match tokio::time::timeout(LIMIT, embedder.embed(scope, &[text])).await {
            Ok(Ok(vectors)) => {
                let vector = vectors.first().map(|values| Vector::of(values));
                let vector = vector.filter(fits).ok_or(UNUSABLE)?;
                self.remember(text, vector.clone());
                Ok(vector)
            }
            // Another question may be let through.
            Ok(Err(Error::Denied { .. })) => Err(DENIED),
            Ok(Err(_)) => {
                *lock(&self.failed) = Some((scope.clone(), text.to_owned()));
                Err(AWAY)
            }
            Err(_) => {
                *lock(&self.failed) = Some((scope.clone(), text.to_owned()));
                Err(LATE)
            }
        }
    }

    /// Tries the question that failed once more, with as much time as it takes: a model that is loaded on
    /// demand is awake then, and who asks the same again is answered. Whether there was one, and it was.
    ///
    /// # Errors
    /// When the embedder is still away.
    pub(super) async fn retry(&self, embedder: &dyn Embedder) -> Result<bool> {
        let Some((scope, text)) = lock(&self.failed).clone() else {
            return Ok(false);
        };
        let embedded = embedder.embed(&scope, &[&text]).await;
        if let Err(error @ (Error::Unreachable { .. } | Error::Timeout { .. })) = embedded {
            return Err(error);
        }
        // The endpoint is there. If it does not like this question, the next one must not suffer for it.
        *lock(&self.failed) = None;
        let Some(values) = embedded.ok().and_then(|vectors| vectors.into_iter().next()) else {
            return Ok(false);
        };
        self.remember(&text, Vector::of(&values));
        Ok(true)
    }

    fn remembered(&self, text: &str) -> Option<Vector> {
        let mut placed = lock(&self.placed);
        let at = placed.iter().position(|(known, _)| known == text)?;
        let found = placed.remove(at)?;
        let vector = found.1.clone();
        placed.push_back(found);
        Some(vector)
    }

    fn remember(&self, text: &str, vector: Vector) {
        let mut placed = lock(&self.placed);
        placed.retain(|(known, _)| known != text);
        if placed.len() == REMEMBERED {
            placed.pop_front();
        }
        placed.push_back((text.to_owned(), vector));
    }
}
