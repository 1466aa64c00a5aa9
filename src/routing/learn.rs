//! How an outcome gets from who tells it into the next choice: checked, durable, counted.

use super::prior::TYPES;
use super::table::{self, Cell, Table};
use super::{Error, Project, Router, Told, lock, project};
use crate::domain::{Evidence, Outcome, RouteId, Scope, TaskType};

/// How many of another project's newest outcomes are read for what it has to tell.
const ELSEWHERE: usize = 512;

impl Router {
    /// Tells how a routed piece of work went, as a person would: see [`Router::tell`].
    ///
    /// # Errors
    /// As [`Router::tell`].
    pub async fn learn(
        &self,
        scope: &Scope,
        reference: &RouteId,
        reward: f64,
        weight: f64,
    ) -> Result<Option<Outcome>, Error> {
        let told = Told {
            weight,
            ..Told::new(Evidence::User, reward)
        };
        self.tell(scope, reference, told).await
    }

    /// Tells how a routed piece of work went: durably first, then for the next choice. `None` when the project has
    /// no such route. Of one route the outcome of the highest rank counts, and of equal ranks the newest; one that
    /// says the same again is not written again.
    ///
    /// # Errors
    /// A reward or weight out of range, a route whose outcome keeps changing, or a store that cannot be used.
    pub async fn tell(
        &self,
        scope: &Scope,
        reference: &RouteId,
        told: Told,
    ) -> Result<Option<Outcome>, Error> {
        told.check()?;
        let Some(route) = self.outcomes.route(scope, reference).await? else {
            return Ok(None);
        };
        let outcome = Outcome {
            reference: reference.as_str().to_owned(),
            task_type: route.task_type,
            custom_type: route.custom_type,
            difficulty_bucket: route.difficulty_bucket,
            model: route.model,
            reward: told.reward,
            weight: told.weight,
            at: self.clock.now(),
            evidence: told.evidence,
            client: match route.session {
                Some(session) => format!("{}/{session}", scope.principal()),
                None => scope.principal().to_owned(),
            },
            accepted: told.accepted,
            tokens_out: told.tokens_out,
            cost_usd: told
                .cost_usd
                .or(route.forecast.and_then(|forecast| forecast.cost_usd)),
        };
        self.record(scope, outcome.clone()).await?;
        Ok(Some(outcome))
    }

    /// Tells how a piece of work went that was not routed, such as a step of a crew: `task` says what kind of work it
    /// was, `reference` names it. `None` when the model is not in the catalogue.
    ///
    /// # Errors
    /// As [`Router::tell`].
    pub async fn tell_work(
        &self,
        scope: &Scope,
        reference: &str,
        task: &str,
        model: &str,
        told: Told,
    ) -> Result<Option<Outcome>, Error> {
        told.check()?;
        if self.catalogue.position(model).is_none() {
            return Ok(None);
        }
        let assessment = self.assess(task);
        let outcome = Outcome {
            reference: reference.to_owned(),
            task_type: assessment.likeliest,
            custom_type: assessment.custom_type,
            difficulty_bucket: assessment.difficulty.bucket,
            model: model.to_owned(),
            reward: told.reward,
            weight: told.weight,
            at: self.clock.now(),
            evidence: told.evidence,
            client: scope.principal().to_owned(),
            accepted: told.accepted,
            tokens_out: told.tokens_out,
            cost_usd: told.cost_usd,
        };
        self.record(scope, outcome.clone()).await?;
        Ok(Some(outcome))
    }

    async fn record(&self, scope: &Scope, outcome: Outcome) -> Result<(), Error> {
        let project = project(scope);
        self.load(scope, &project).await?;
        if outcome.evidence == Evidence::Unavailable {
            if self.is_told(&project, &outcome) {
                return Ok(());
            }
        } else if let Some(table) = lock(&self.tables).get_mut(&project) {
            if table.knows(&outcome) {
                return Ok(());
            }
            let count = table.revisions(&outcome.reference);
            if count >= table::MAX_REVISIONS {
                return Err(Error::TooManyOutcomes {
                    route: outcome.reference,
                    count,
                });
            }
        }
        self.outcomes.append(scope, outcome.clone()).await?;
        self.hear(&project, &outcome);
        let mut tables = lock(&self.tables);
        let Some(table) = tables.get_mut(&project) else {
            return Ok(());
        };
        if let Some(fall) = table.apply(&self.catalogue, &outcome) {
            tracing::warn!(
                model = outcome.model,
                task_type = fall.task_type.map_or("every", TaskType::name),
                outcomes = fall.at,
                "a model has got worse: what it did before counts half or less from now on"
            );
        }
        self.share(&project, table);
        if table.len() > self.settings.outcomes.saturating_mul(2) {
            // Beyond the window by as much again: the next use reads only the window.
            tables.remove(&project);
        }
        Ok(())
    }

    /// Reads the project's outcomes unless they are in memory, and what the organisation's other projects have to
    /// tell. A table that is there already stays: it may have learned since this read began.
    pub(super) async fn load(&self, scope: &Scope, project: &Project) -> Result<(), Error> {
        let has_table = lock(&self.tables).get_mut(project).is_some();
        let has_org = lock(&self.orgs).get_mut(&project.0).is_some();
        if has_table && has_org {
            return Ok(());
        }
        let outcomes = self.outcomes.recent(scope, self.settings.outcomes).await?;
        let elsewhere = if self.settings.share_outcomes && !has_org {
            self.outcomes.recent_elsewhere(scope, ELSEWHERE).await?
        } else {
            Vec::new()
        };
        let replay = |outcomes: &[Outcome]| Table::replay(&self.catalogue, outcomes);
        for (name, outcomes) in elsewhere {
            let other = (project.0.clone(), name);
            self.share(&other, &replay(&outcomes));
        }
        for outcome in &outcomes {
            // Told once already where the table was only pushed out.
            if outcome.evidence != Evidence::Unavailable || !self.is_told(project, outcome) {
                self.hear(project, outcome);
            }
        }
        let mut tables = lock(&self.tables);
        let table = tables.or_insert_with(project.clone(), || replay(&outcomes));
        self.share(project, table);
        Ok(())
    }

    /// What the organisation's other projects have to tell of each model; nothing where they do not share.
    pub(super) fn elsewhere(&self, project: &Project) -> Vec<[Cell; TYPES]> {
        match self.settings.share_outcomes {
            true => lock(&self.orgs)
                .get_mut(&project.0)
                .map_or_else(Vec::new, |org| org.shared.without(&project.1)),
            false => Vec::new(),
        }
    }

    fn is_told(&self, project: &Project, outcome: &Outcome) -> bool {
        let key = (project.clone(), outcome.reference.clone());
        lock(&self.failures).get_mut(&key).is_some()
    }

    /// Takes in whether the model's provider answered.
    fn hear(&self, project: &Project, outcome: &Outcome) {
        if outcome.evidence == Evidence::Unavailable {
            let key = (project.clone(), outcome.reference.clone());
            lock(&self.failures).or_insert_with(key, || ());
        }
        let model = self.catalogue.position(&outcome.model);
        if let Some(card) = model.and_then(|model| self.catalogue.models().get(model)) {
            let mut orgs = lock(&self.orgs);
            let org = orgs.or_insert_with(project.0.clone(), Default::default);
            org.health.take(&card.provider, outcome.evidence, outcome.at);
        }
    }

    fn share(&self, project: &Project, table: &Table) {
        let mut orgs = lock(&self.orgs);
        let org = orgs.or_insert_with(project.0.clone(), Default::default);
        if self.settings.share_outcomes {
            org.shared.put(&project.1, table);
        }
    }
}
