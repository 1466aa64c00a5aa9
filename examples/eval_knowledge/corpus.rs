//! A collection as lessons, and what is found among them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use firstmate::clock::SystemClock;
use firstmate::domain::lesson::Provenance;
use firstmate::domain::{LessonId, Scope};
use firstmate::knowledge::{Knowledge, MAX_LIMIT, MAX_MAX_TOKENS, NewLesson, Query, Weights};
use firstmate::store::memory;

use super::collection::Collection;

/// A collection whose documents are recorded.
pub(crate) struct Corpus {
    pub(crate) collection: Collection,
    knowledge: Knowledge,
    scope: Scope,
    /// Documents that say the same are one lesson.
    documents: HashMap<LessonId, Vec<String>>,
}

/// How well one question was answered.
pub(crate) struct Answered {
    pub(crate) group: String,
    pub(crate) category: String,
    pub(crate) recall_at_5: f64,
    pub(crate) recall_at_10: f64,
    pub(crate) reciprocal_rank: f64,
    pub(crate) ndcg_at_10: f64,
    pub(crate) took: Duration,
}

impl Corpus {
    /// Records every document.
    pub(crate) async fn record(collection: Collection) -> anyhow::Result<Self> {
        let knowledge = Knowledge::new(memory::stores().lessons, Arc::new(SystemClock));
        let scope = Scope::new("local", "eval", "eval").context("a scope")?;
        let mut documents: HashMap<LessonId, Vec<String>> = HashMap::new();
        for document in &collection.documents {
            let lesson = NewLesson {
                tags: document.tags.clone(),
                provenance: Provenance {
                    run: document.run.clone(),
                    ..Provenance::default()
                },
                ..NewLesson::note(document.text.trim())
            };
            let recorded = knowledge.record(&scope, lesson).await?;
            documents
                .entry(recorded.id)
                .or_default()
                .push(document.id.clone());
        }
        Ok(Self {
            collection,
            knowledge,
            scope,
            documents,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.collection.name
    }

    /// Asks every question.
    pub(crate) async fn ask(&self, weights: Option<Weights>) -> anyhow::Result<Vec<Answered>> {
        let mut answered = Vec::with_capacity(self.collection.questions.len());
        for question in &self.collection.questions {
            let query = Query {
                weights,
                limit: MAX_LIMIT,
                max_tokens: MAX_MAX_TOKENS,
                ..Query::new(question.text.as_str())
            };
            let start = Instant::now();
            let found = self.knowledge.search(&self.scope, &query).await?;
            let took = start.elapsed();
            let ids = found.hits.iter().filter_map(|hit| self.documents.get(&hit.id));
            let ranked: Vec<&str> = ids.flatten().map(String::as_str).collect();
            answered.push(Answered {
                took,
                ..Answered::of(
                    &ranked,
                    &question.gold,
                    &self.collection.group,
                    &question.category,
                )
            });
        }
        Ok(answered)
    }
}

impl Answered {
    /// The usual metrics of one ranking, best first.
    pub(crate) fn of(ranked: &[&str], gold: &HashSet<String>, group: &str, category: &str) -> Self {
        let right = |id: &&str| gold.contains(*id);
        let recall =
            |k: usize| ranked.iter().take(k).filter(|id| right(id)).count() as f64 / gold.len() as f64;
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let ideal: f64 = (0..gold.len().min(10)).map(gain).sum();
        let gained = ranked.iter().take(10).enumerate().filter(|(_, id)| right(id));
        Self {
            group: group.to_owned(),
            category: category.to_owned(),
            recall_at_5: recall(5),
            recall_at_10: recall(10),
            reciprocal_rank: ranked
                .iter()
                .take(100)
                .position(right)
                .map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0)),
            ndcg_at_10: gained.map(|(rank, _)| gain(rank)).sum::<f64>() / ideal,
            took: Duration::ZERO,
        }
    }
}
