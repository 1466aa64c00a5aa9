//! Better vectors than the built-in table's, where an embedder is set up: lessons are placed by it in the
//! background, and its vectors are used once every lesson of a project has one.
//!
//! A search never waits for that, and hardly for its own question to be placed. Whatever the embedder does
//! (it is away, slow, or answers nonsense), there is always the table. Vectors of the two are never compared,
//! nor are those of two models.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Knowledge;
use super::index::Index;
use super::projects::Project;
use super::query::Query;
use super::vector::Vector;
use crate::model::Embedder;
use crate::store::Embeddings;

mod coverage;
mod fill;
mod portion;
mod question;
#[cfg(test)]
mod tests;

pub(super) use coverage::Coverage;
use question::Questions;

/// A text is cut here before it is sent: models read some hundred to some thousand words, refuse or cut what
/// is longer, and what stands further back moves a vector little.
const MAX_BYTES: usize = 8 * 1024;

/// How far an embedder has come with the lessons of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmbeddingProgress {
    /// Provider, model, and the version of how they are asked.
    pub embedder: String,
    /// Lessons it has placed, of those that can be found.
    pub done: usize,
    /// Lessons that can be found.
    pub total: usize,
    /// Why it does not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

impl EmbeddingProgress {
    /// Whether every lesson has its vector and nothing stands in the way of the next.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done == self.total && self.last_error.is_none()
    }
}

/// An embedder and where its vectors are kept.
#[derive(Debug)]
pub(super) struct Embedding {
    embedder: Arc<dyn Embedder>,
    store: Arc<dyn Embeddings>,
    questions: Questions,
    /// Projects that may have lessons without a vector.
    waiting: Mutex<Vec<Weak<Project>>>,
    woken: Notify,
    /// Why the embedder cannot be used.
    trouble: Mutex<Option<String>>,
}

impl Knowledge {
    /// The same, with lessons placed by `embedder`, whose vectors are kept in `store`. [`Knowledge::fill`] has
    /// to run beside it: without it nothing is ever placed.
    #[must_use]
    pub fn with_embedder(self, embedder: Arc<dyn Embedder>, store: Arc<dyn Embeddings>) -> Self {
        Self {
            embedding: Some(Embedding {
                embedder,
                store,
                questions: Questions::default(),
                waiting: Mutex::default(),
                woken: Notify::new(),
                trouble: Mutex::default(),
            }),
            ..self
        }
    }

    /// Has lessons placed by the embedder as they come, until `stop` is cancelled. Returns at once where none
    /// is set up. To be called once; what was done when it stops is kept.
    pub async fn fill(&self, stop: CancellationToken) {
        if let Some(embedding) = &self.embedding {
            stop.run_until_cancelled(fill::forever(self, embedding)).await;
        }
    }

    /// A lesson of the project may need a vector.
    pub(super) fn wants_vectors(&self, project: &Arc<Project>) {
        if let Some(embedding) = &self.embedding {
            embedding.want(project);
        }
    }

    /// Where the question lies, as the embedder says, if its vectors can be used for the project.
    pub(super) async fn meant(&self, project: &Arc<Project>, query: &Query) -> Meant {
        let Some(embedding) = &self.embedding else {
            return Meant::default();
        };
        let (progress, dimensions) = embedding.progress(project);
        if progress
            .as_ref()
            .is_none_or(|progress| progress.done < progress.total)
        {
            embedding.want(project);
            return Meant {
                progress,
                ..Meant::default()
            };
        }
        let asked = match dimensions {
            Some(dimensions) if query.asks_for_meaning() => {
                let asked = embedding.questions.place(
                    &*embedding.embedder,
                    project.scope(),
                    &query.query,
                    dimensions,
                );
                Some(asked.await.inspect_err(|_| embedding.woken.notify_one()))
            }
            _ => None,
        };
        Meant {
            advice: asked.as_ref().and_then(|asked| asked.as_ref().err().copied()),
            vector: asked.and_then(Result::ok),
            progress,
        }
    }
}

/// What the embedder has to say about a question.
#[derive(Debug, Default)]
pub(super) struct Meant {
    vector: Option<Vector>,
    /// Why it has nothing to say, when it should have.
    pub(super) advice: Option<&'static str>,
    pub(super) progress: Option<EmbeddingProgress>,
}

impl Meant {
    /// How alike the question and each lesson are, by slot; `None` when only the table can tell.
    pub(super) fn similarities(&self, project: &Project, index: &Index) -> Option<Vec<f32>> {
        // A lesson may have come while the embedder was asked.
        project.coverage().similarities(index, self.vector.as_ref()?)
    }
}

impl Embedding {
    fn want(&self, project: &Arc<Project>) {
        let mut waiting = lock(&self.waiting);
        let wanted = Arc::downgrade(project);
        if !waiting.iter().any(|known| known.ptr_eq(&wanted)) {
            waiting.push(wanted);
        }
        self.woken.notify_one();
    }

    /// How far the project is, unless nobody has looked yet, and how many dimensions its vectors have.
    fn progress(&self, project: &Project) -> (Option<EmbeddingProgress>, Option<usize>) {
        let index = project.index();
        let coverage = project.coverage();
        if !coverage.is_loaded() {
            return (None, None);
        }
        let (done, total) = coverage.progress(&index);
        let progress = EmbeddingProgress {
            embedder: self.embedder.id().to_owned(),
            done,
            total,
            last_error: coverage
                .problem()
                .cloned()
                .or_else(|| lock(&self.trouble).clone()),
        };
        (Some(progress), coverage.dimensions())
    }
}

/// The beginning of `text` that has `bytes` at most.
fn beginning(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
