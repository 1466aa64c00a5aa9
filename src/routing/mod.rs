//! Which model should do a task: the cheapest that is expected to be good enough, with the reasons.
//!
//! `features -> scores -> posterior` says what kind of task it is ([`Assessment`]), a table of learned
//! success rates what each model makes of such tasks, and one rule decides. docs/routing.md tells it whole.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Deserializer};

use crate::clock::Clock;
use crate::domain::{Outcome, RouteId, RouteRecord, Scope, Stakes, TaskType};
use crate::store::Outcomes;

mod answer;
mod assess;
mod catalogue;
mod choose;
mod classify;
mod constraints;
mod courtesy;
mod difficulty;
mod error;
mod features;
mod hash;
pub mod heads;
mod language;
mod lexicon;
mod marks;
mod pattern;
mod preamble;
mod recent;
mod route;
mod scan;
mod shape;
mod signals;
mod table;
#[cfg(test)]
mod tests;

pub use assess::{Assessment, assess};
pub use catalogue::Catalogue;
pub use error::Error;
pub use route::{
    Candidate, Chosen, Constraints, Difficulty, Expected, Flip, FlipPoint, Reason, Route, RouteRequest,
};

use answer::answer;
use choose::Offer;
use constraints::Limits;
use recent::Recent;
use table::Table;

/// Bytes of English text or code for one token, by rule of thumb.
const BYTES_PER_TOKEN: usize = 4;
const MAX_SESSION_BYTES: usize = 256;

/// How choices are made and how much is kept in memory for them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The share of the best model's quality that is enough, in 0..=1, where the caller names none. 0.95.
    #[serde(deserialize_with = "share")]
    pub quality_target: f64,
    /// The same for tasks of high stakes. 0.98.
    #[serde(deserialize_with = "share")]
    pub high_stakes_quality_target: f64,
    /// How many of a project's newest outcomes count. 4096.
    pub outcomes: usize,
    /// How many projects' outcomes are held in memory; others are read again when needed. 32.
    pub projects: usize,
    /// How many sessions are remembered. 1024.
    pub sessions: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quality_target: 0.95,
            high_stakes_quality_target: 0.98,
            outcomes: 4096,
            projects: 32,
            sessions: 1024,
        }
    }
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(serde::de::Error::custom(format!(
            "{share} is not between 0 and 1"
        )))
    }
}

/// Finds models for tasks and learns how that went.
#[derive(Debug)]
pub struct Router {
    catalogue: Catalogue,
    outcomes: Arc<dyn Outcomes>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    tables: Mutex<Recent<Project, Table>>,
    /// The strength of the strongest model each session has had. In memory only: after a restart a
    /// session begins anew.
    sessions: Mutex<Recent<(Project, String), f64>>,
}

/// Organisation and project.
type Project = (String, String);

impl Router {
    /// A router over this catalogue that keeps its decisions and outcomes in `outcomes`.
    #[must_use]
    pub fn new(
        catalogue: Catalogue,
        outcomes: Arc<dyn Outcomes>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        Self {
            tables: Mutex::new(Recent::new(settings.projects)),
            sessions: Mutex::new(Recent::new(settings.sessions)),
            catalogue,
            outcomes,
            clock,
            settings,
        }
    }

    /// Finds a model for a task and remembers the decision durably, so that its outcome can be told. Where
    /// no model meets the constraints there is nothing to remember: the answer has advice instead.
    ///
    /// # Errors
    /// An empty task, constraints that make no sense, or a store that cannot be used.
    pub async fn route(&self, scope: &Scope, request: &RouteRequest) -> Result<Route, Error> {
        if request.task.trim().is_empty() {
            return Err(Error::EmptyTask);
        }
        let session = request
            .session
            .as_deref()
            .filter(|session| !session.trim().is_empty());
        if session.is_some_and(|session| session.len() > MAX_SESSION_BYTES) {
            return Err(Error::BadConstraint {
                field: "session",
                problem: format!("is longer than {MAX_SESSION_BYTES} bytes"),
            });
        }
        let assessment = assess(&request.task, request.context.as_deref());
        let quality_target = self.quality_target(request, assessment.stakes)?;
        let bytes = request.task.len() + request.context.as_ref().map_or(0, String::len);
        let tokens_in = bytes.div_ceil(BYTES_PER_TOKEN) as u64;
        let tokens_out = tokens_out(&assessment.posterior);
        let project = project(scope);
        let session = session.map(|session| (project.clone(), session.to_owned()));
        let session_strength = session
            .as_ref()
            .and_then(|session| lock(&self.sessions).get_mut(session).copied());
        let limits = Limits::new(
            &request.constraints,
            &assessment.needs,
            tokens_in + tokens_out,
            session_strength,
            &self.catalogue,
        )?;

        self.load(scope, &project).await?;
        let offers = self.offers(&project, &assessment, tokens_in, tokens_out);
        let left = limits.choose(&offers, quality_target);
        let advice = left
            .choice
            .is_none()
            .then(|| limits.advice(&offers, quality_target));
        let route_id = RouteId::new(self.clock.random_id());
        let chosen = left.choice.as_ref().and_then(|choice| offers.get(choice.chosen));
        if let Some(offer) = chosen {
            let record = RouteRecord {
                id: route_id.clone(),
                task_type: assessment.likeliest,
                difficulty_bucket: assessment.difficulty.bucket,
                model: offer.card.id.clone(),
                at: self.clock.now(),
            };
            self.outcomes.remember(scope, record).await?;
            if let Some(session) = session {
                let strength = session_strength.unwrap_or(0.0).max(offer.card.strength);
                *lock(&self.sessions).or_insert_with(session, || strength) = strength;
            }
        }
        Ok(answer(
            route_id,
            assessment,
            limits.needs(),
            quality_target,
            &offers,
            &left,
            advice,
        ))
    }

    /// Tells how a routed piece of work went: durably first, then for the next choice. Both numbers are in
    /// 0..=1. `None` when the project has no such route. Of one route only the newest outcome counts; one
    /// that says the same again is not written again.
    ///
    /// # Errors
    /// A reward or weight out of range, a route whose outcome keeps changing, or a store that cannot be used.
    pub async fn learn(
        &self,
        scope: &Scope,
        reference: &RouteId,
        reward: f64,
        weight: f64,
    ) -> Result<Option<Outcome>, Error> {
        for (field, given) in [("reward", reward), ("weight", weight)] {
            if !(0.0..=1.0).contains(&given) {
                return Err(Error::BadOutcome { field, given });
            }
        }
        let Some(route) = self.outcomes.route(scope, reference).await? else {
            return Ok(None);
        };
        let outcome = Outcome {
            reference: reference.as_str().to_owned(),
            task_type: route.task_type,
            difficulty_bucket: route.difficulty_bucket,
            model: route.model,
            reward,
            weight,
            at: self.clock.now(),
        };
        let project = project(scope);
        self.load(scope, &project).await?;
        let counted = lock(&self.tables)
            .get_mut(&project)
            .and_then(|table| table.counted(reference.as_str()));
        match counted {
            Some((known, known_weight, _)) if known == reward && known_weight == weight => {
                return Ok(Some(outcome));
            }
            Some((_, _, count)) if count >= table::MAX_REVISIONS => {
                return Err(Error::TooManyOutcomes {
                    route: reference.as_str().to_owned(),
                    count,
                });
            }
            _ => {}
        }
        self.outcomes.append(scope, outcome.clone()).await?;
        let mut tables = lock(&self.tables);
        if let Some(table) = tables.get_mut(&project) {
            table.apply(&self.catalogue, &outcome);
            if table.len() > self.settings.outcomes.saturating_mul(2) {
                // Beyond the window by as much again: the next use reads only the window.
                tables.remove(&project);
            }
        }
        Ok(Some(outcome))
    }

    /// What was decided under an id; `None` when the project has no such route.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn routed(&self, scope: &Scope, id: &RouteId) -> Result<Option<RouteRecord>, Error> {
        Ok(self.outcomes.route(scope, id).await?)
    }

    /// What can be said about a task without choosing a model; nothing is remembered.
    #[must_use]
    pub fn assess(&self, task: &str) -> Assessment {
        assess(task, None)
    }

    /// The models there are to choose from.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn quality_target(&self, request: &RouteRequest, stakes: Stakes) -> Result<f64, Error> {
        let target = request.quality_target.unwrap_or(match stakes {
            Stakes::High => self.settings.high_stakes_quality_target,
            Stakes::Low | Stakes::Medium => self.settings.quality_target,
        });
        match target {
            target if (0.0..=1.0).contains(&target) => Ok(target),
            given => Err(Error::BadQualityTarget { given }),
        }
    }

    /// Reads the project's outcomes unless they are in memory. A table that is there already stays: it may
    /// have learned since this read began.
    async fn load(&self, scope: &Scope, project: &Project) -> Result<(), Error> {
        if lock(&self.tables).get_mut(project).is_some() {
            return Ok(());
        }
        let outcomes = self.outcomes.recent(scope, self.settings.outcomes).await?;
        let table = Table::replay(&self.catalogue, &outcomes);
        lock(&self.tables).or_insert_with(project.clone(), || table);
        Ok(())
    }

    fn offers(
        &self,
        project: &Project,
        assessment: &Assessment,
        tokens_in: u64,
        tokens_out: u64,
    ) -> Vec<Offer<'_>> {
        let mut tables = lock(&self.tables);
        // Another project may have pushed it out since it was loaded: then the priors decide.
        let mut unlearned = Table::default();
        let table = tables.get_mut(project).unwrap_or(&mut unlearned);
        let offer = |(at, card)| {
            let estimate = table.estimate(at, card, &assessment.posterior, assessment.difficulty.bucket);
            let answer_ms = tokens_out as f64 / card.output_tokens_per_second * 1e3;
            Offer {
                card,
                estimate,
                cost_usd: card
                    .cost_usd(tokens_in, tokens_out)
                    .map(|cost| (cost * 1e8).round() / 1e8),
                latency_ms: card.first_token_ms.saturating_add(answer_ms as u64),
            }
        };
        self.catalogue.models().iter().enumerate().map(offer).collect()
    }
}

/// How long answers are expected to be, set by hand per type.
fn tokens_out(posterior: &[(TaskType, f64)]) -> u64 {
    let of = |task_type: TaskType| match task_type {
        TaskType::CodeGeneration => 900.0,
        TaskType::CodeDebugReview => 800.0,
        TaskType::ReasoningMath => 1200.0,
        TaskType::PlanningArchitecture => 1500.0,
        TaskType::WritingEditing => 700.0,
        TaskType::Summarization => 300.0,
        TaskType::ExtractionTransformation => 400.0,
        TaskType::KnowledgeQa => 500.0,
        TaskType::General => 600.0,
    };
    posterior
        .iter()
        .map(|(task_type, chance)| chance * of(*task_type))
        .sum::<f64>()
        .round() as u64
}

fn project(scope: &Scope) -> Project {
    (scope.org().to_owned(), scope.project().to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
