//! Lessons are placed in the background, batch after batch, and what was placed is kept at once: whenever it
//! stops, it goes on from there.

use std::sync::Arc;
use std::time::Duration;

use super::super::entries::LessonNo;
use super::super::projects::Project;
use super::super::vector::Vector;
use super::super::{Error as KnowledgeError, Knowledge};
use super::portion::Appetite;
use super::{Embedding, beginning, lock};
use crate::domain::{Lesson, LessonId, Scope};
use crate::model;
use crate::store::Embedded;

/// After the first failure in a row; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// An endpoint that was away for long is asked this often.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Vectors that are read from the store before other tasks of the thread get their turn.
const PAGE: usize = 128;

/// Why lessons of a project could not be placed.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Embedder(#[from] model::Error),
    #[error(transparent)]
    Knowledge(#[from] KnowledgeError),
    #[error(
        "{id} answers with {found} dimensions, but the vectors that are kept have {kept}: another model \
         under the same name? Give it a name of its own in embedder.model"
    )]
    Dimensions { id: String, found: usize, kept: usize },
}

/// Places what comes, for as long as it is polled.
pub(super) async fn forever(knowledge: &Knowledge, embedding: &Embedding) {
    let mut filler = Filler {
        knowledge,
        embedding,
        appetite: Appetite::default(),
    };
    let mut pause = FIRST_PAUSE;
    loop {
        if filler.round().await {
            pause = FIRST_PAUSE;
            embedding.woken.notified().await;
        } else {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

struct Filler<'a> {
    knowledge: &'a Knowledge,
    embedding: &'a Embedding,
    appetite: Appetite,
}

impl Filler<'_> {
    /// Goes once through all projects that wait. Whether none of them has to wait longer.
    async fn round(&mut self) -> bool {
        if let Err(error) = self.retry_question().await {
            self.troubled(&error);
            return false;
        }
        let waiting = std::mem::take(&mut *lock(&self.embedding.waiting));
        let mut left = Vec::new();
        let mut waiting = waiting.into_iter();
        for wanted in waiting.by_ref() {
            // One that is in use nowhere any more is wanted again when it is.
            let Some(project) = wanted.upgrade() else { continue };
            let filled = self.fill(&project).await;
            if filled.is_err() {
                left.push(wanted);
            }
            match filled {
                Err(Problem::Embedder(error)) => {
                    self.troubled(&error);
                    break;
                }
                filled => stuck(&project, filled.err()),
            }
        }
        left.extend(waiting);
        let all_done = left.is_empty();
        if all_done {
            // What could not be placed may have been replaced meanwhile: then nothing is in the way.
            *lock(&self.embedding.trouble) = None;
        }
        let mut waiting = lock(&self.embedding.waiting);
        left.retain(|left| !waiting.iter().any(|known| known.ptr_eq(left)));
        waiting.extend(left);
        all_done
    }

    /// Places all lessons of the project that are not placed yet.
    async fn fill(&mut self, project: &Arc<Project>) -> Result<(), Problem> {
        let (lessons, shelf) = (&*self.knowledge.lessons, self.knowledge.shelf.as_ref());
        project
            .refresh(lessons, shelf)
            .await
            .map_err(KnowledgeError::from)?;
        self.load(project).await?;
        let (mut from, mut placed) = (0, 0);
        loop {
            self.retry_question().await?;
            let portion = self.appetite.portion();
            let missing = {
                let index = project.index();
                project.coverage().missing(&index, from, portion.lessons)
            };
            let Some((last, _)) = missing.last() else { break };
            let next = last + 1;
            let texts = self.texts(project, &missing, portion.bytes).await?;
            let sent: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
            let vectors = self.vectors(project.scope(), &sent).await;
            if let Err(error) = &vectors
                && self.appetite.refused(error, &sent)
            {
                continue;
            }
            let vectors = vectors?;
            self.appetite.taken();
            self.recovered();
            placed += vectors.len();
            self.keep(project, texts, vectors).await?;
            from = next;
        }
        if placed > 0 {
            let embedder = self.embedding.embedder.id();
            tracing::info!(embedder, placed, "all lessons of a project are placed");
        }
        Ok(())
    }

    /// Takes in what the store has of lessons that can be found, once for each project.
    async fn load(&self, project: &Project) -> Result<(), Problem> {
        if project.coverage().is_loaded() {
            return Ok(());
        }
        let mut after: Option<LessonId> = None;
        loop {
            let id = self.embedding.embedder.id();
            let page = self
                .embedding
                .store
                .of_project(project.scope(), id, after.as_ref(), PAGE);
            let page = page.await.map_err(KnowledgeError::from)?;
            let is_last = page.len() < PAGE;
            after = page.last().map(|(lesson, _)| lesson.clone()).or(after);
            add(project, page);
            if is_last {
                break;
            }
            tokio::task::yield_now().await;
        }
        project.coverage_mut().set_loaded();
        Ok(())
    }

    /// The beginnings of those of the lessons that can be read.
    async fn texts(
        &self,
        project: &Project,
        lessons: &[(LessonNo, LessonId)],
        bytes: usize,
    ) -> Result<Vec<(LessonId, String)>, Problem> {
        let mut texts = Vec::with_capacity(lessons.len());
        for (number, id) in lessons {
            match self.knowledge.readable(project.scope(), id).await? {
                Some(lesson) => texts.push((id.clone(), text(&lesson, bytes))),
                None => project.coverage_mut().excuse(*number),
            }
        }
        Ok(texts)
    }

    /// A vector for each of the texts, all of them good.
    async fn vectors(&self, scope: &Scope, texts: &[&str]) -> model::Result<Vec<Vector>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let embedder = &self.embedding.embedder;
        let vectors = embedder.embed(scope, texts).await?;
        let vectors: Vec<Vector> = vectors.iter().map(|values| Vector::of(values)).collect();
        let unusable = |problem: &str| model::Error::Answer {
            id: embedder.id().to_owned(),
            problem: problem.to_owned(),
        };
        // Embedders promise all of that, but what is kept outlives them.
        if vectors.len() != texts.len() {
            return Err(unusable("the number of vectors is not that of the texts"));
        }
        if vectors.iter().any(Vector::is_zero) {
            return Err(unusable("a vector without a direction"));
        }
        Ok(vectors)
    }

    /// Keeps the vectors, unless they cannot stand beside those that are kept.
    async fn keep(
        &self,
        project: &Project,
        texts: Vec<(LessonId, String)>,
        vectors: Vec<Vector>,
    ) -> Result<(), Problem> {
        let Some(first) = vectors.first() else {
            return Ok(());
        };
        let id = self.embedding.embedder.id();
        let kept = project.coverage().dimensions().unwrap_or(first.values().len());
        if let Some(other) = vectors.iter().find(|vector| vector.values().len() != kept) {
            return Err(Problem::Dimensions {
                id: id.to_owned(),
                found: other.values().len(),
                kept,
            });
        }
        let ids = texts.into_iter().map(|(lesson, _)| lesson);
        let embedded: Vec<Embedded> = ids
            .zip(vectors.iter().map(|vector| vector.values().to_vec()))
            .collect();
        let put = self.embedding.store.put(project.scope(), id, embedded.clone());
        put.await.map_err(KnowledgeError::from)?;
        add(project, embedded);
        Ok(())
    }

    async fn retry_question(&self) -> model::Result<()> {
        let embedding = self.embedding;
        if embedding.questions.retry(&*embedding.embedder).await? {
            self.recovered();
        }
        Ok(())
    }

    /// The embedder cannot be used. Said once, and again when there is another reason.
    fn troubled(&self, error: &model::Error) {
        let trouble = Some(error.to_string());
        let mut known = lock(&self.embedding.trouble);
        if *known != trouble {
            tracing::warn!(%error, hint = error.hint(), "lessons are not placed by the embedder");
            *known = trouble;
        }
    }

    fn recovered(&self) {
        if lock(&self.embedding.trouble).take().is_some() {
            let embedder = self.embedding.embedder.id();
            tracing::info!(embedder, "the embedder answers again");
        }
    }
}

/// The project's lessons cannot all be placed, or can again.
fn stuck(project: &Project, problem: Option<Problem>) {
    let told = problem.as_ref().map(ToString::to_string);
    if project.coverage_mut().set_problem(told)
        && let Some(problem) = problem
    {
        tracing::warn!(%problem, "lessons of a project are not placed by the embedder");
    }
}

/// Vectors of lessons that cannot be found are left out: they would only take up room.
fn add(project: &Project, embedded: Vec<Embedded>) {
    let placed: Vec<(LessonNo, Vector)> = {
        let index = project.index();
        let findable = |id: &LessonId| {
            let lesson = index.entries.find(id.as_str())?;
            index.entries.get(lesson)?.slot().map(|_| lesson)
        };
        embedded
            .into_iter()
            .filter_map(|(id, values)| Some((findable(&id)?, Vector::from_values(values))))
            .collect()
    };
    let mut coverage = project.coverage_mut();
    for (lesson, vector) in &placed {
        coverage.put(*lesson, vector);
    }
}

/// What is placed of a lesson: title and text, which never change. When it applies and its tags may, and a
/// vector would be out of date then.
fn text(lesson: &Lesson, bytes: usize) -> String {
    let title = lesson.title.trim_end_matches('…');
    if lesson.text.contains(title) {
        return beginning(&lesson.text, bytes).to_owned();
    }
    let whole = format!("{}\n{}", lesson.title, lesson.text);
    beginning(&whole, bytes).to_owned()
}
