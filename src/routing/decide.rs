//! One choice end to end: what the task looks like, what each model would make of it, the rule, the record.

use super::answer::{Decided, answer};
use super::assess::Assessment;
use super::choose::{Offer, Pool, Rule};
use super::constraints::{Circumstances, Limits};
use super::route::{Constraints, Route, RouteRequest};
use super::table::{Table, Work};
use super::{Error, Project, Router, Session, cascade, confidence, explore, gain, lock, project, without};
use crate::domain::{Forecast, ModelCard, RouteId, RouteRecord, Scope, Stakes, TaskType, Timestamp, Tokens};

const MAX_SESSION_BYTES: usize = 256;
const DAY_S: i64 = 86_400;

impl Router {
    /// Finds a model for a task and remembers the decision durably, so that its outcome can be told. Where
    /// no model meets the constraints there is nothing to remember: the answer has advice instead.
    ///
    /// # Errors
    /// An empty task, constraints that make no sense, or a store that cannot be used.
    pub async fn route(&self, scope: &Scope, request: &RouteRequest) -> Result<Route, Error> {
        self.decide(scope, request, true).await
    }

    /// The same as advice that nothing follows from: it is not remembered, so no outcome can be told of it.
    ///
    /// # Errors
    /// As [`Router::route`].
    pub async fn advise(&self, scope: &Scope, request: &RouteRequest) -> Result<Route, Error> {
        self.decide(scope, request, false).await
    }

    async fn decide(&self, scope: &Scope, request: &RouteRequest, is_kept: bool) -> Result<Route, Error> {
        if request.task.trim().is_empty() {
            return Err(Error::EmptyTask);
        }
        let project = project(scope);
        let session = session(&project, request)?;
        let assessment = self.assessed(&request.task, request.context.as_deref());
        let rule = self.rule(request, assessment.stakes)?;
        let had = session
            .as_ref()
            .and_then(|session| lock(&self.sessions).get_mut(session).copied());
        self.load(scope, &project).await?;
        let left_usd = match &self.budgets {
            Some(budgets) => budgets.standing(scope).await?.left().map(|left| left.as_usd()),
            None => None,
        };
        let now = self.clock.now();
        let circumstances = Circumstances {
            session_strength: had.map(|had| had.strength),
            resting: self.resting(&project, now),
            left_usd,
            left_of_provider: self.left_of_provider(&project, now),
        };
        let needs = &assessment.needs;
        let limits = Limits::new(&request.constraints, needs, circumstances, &self.catalogue)?;
        let bytes = request.task.len() + request.context.as_ref().map_or(0, String::len);
        let offers = self.offers(&project, &assessment, (request, bytes), had);
        let left = limits.choose(&offers, rule);
        let route_id = RouteId::new(self.clock.random_id());
        let mut decided = Decided {
            rule,
            left: &left,
            explored: None,
            confidence: None,
            gain: None,
            cascade: None,
            without: None,
            novelty: novelty(&assessment),
            needs: limits.needs(),
            advice: None,
            relax: Vec::new(),
            remarks: Vec::new(),
            outcomes_seen: lock(&self.tables)
                .get_mut(&project)
                .map_or(0, |table| table.len()),
        };
        match &left.choice {
            Some(choice) => {
                let feasible = left.feasible();
                decided.explored = explore::instead_of(
                    choice.chosen,
                    &offers,
                    &feasible,
                    assessment.stakes,
                    if is_kept { self.settings.exploration } else { 0.0 },
                    (self.settings.exploration_seed, &route_id),
                );
                self.weigh(&mut decided, &offers, &feasible, &request.constraints);
                if let Some(chosen) = offers.get(choice.chosen).filter(|_| request.explain) {
                    decided.without = without::flip(&request.task, &chosen.card.id, |task| {
                        let bytes = bytes + task.len() - request.task.len();
                        self.chosen(&project, (task, bytes), request, had, limits.circumstances())
                    });
                }
                decided.remarks = self.remarks(
                    &project,
                    &assessment,
                    &offers,
                    &feasible,
                    &decided,
                    (request, had),
                );
            }
            None => {
                decided.advice = Some(limits.advice(&offers, rule));
                decided.relax = limits.relaxations(&offers, rule);
            }
        }
        let kept = decided.answered().filter(|_| is_kept);
        if let Some((at, offer)) = kept.and_then(|at| Some((at, offers.get(at)?))) {
            let tokens_in = offer.card.tokens_of(bytes).saturating_add(request.cached_tokens);
            let record = RouteRecord {
                id: route_id.clone(),
                task_type: assessment.likeliest,
                custom_type: assessment.custom_type.clone(),
                difficulty_bucket: assessment.difficulty.bucket,
                model: offer.card.id.clone(),
                at: now,
                session: session.as_ref().map(|(_, session)| session.clone()),
                forecast: Some(Forecast {
                    tokens_in,
                    tokens_out: offer.tokens.saturating_sub(tokens_in),
                    p_success: offer.estimate.p,
                    cost_usd: offer.cost_usd,
                }),
                spent_usd: None,
            };
            self.outcomes.remember(scope, record).await?;
            if let Some(session) = session {
                let strength = had.map_or(0.0, |had| had.strength).max(offer.card.strength);
                let has = Session { strength, model: at };
                *lock(&self.sessions).or_insert_with(session, || has) = has;
            }
        }
        Ok(answer(route_id, assessment, &offers, decided))
    }

    /// The id of the model that would be chosen for another task of so many bytes, all else being as it is.
    fn chosen(
        &self,
        project: &Project,
        (task, bytes): (&str, usize),
        request: &RouteRequest,
        had: Option<Session>,
        circumstances: &Circumstances,
    ) -> Option<String> {
        let assessment = self.assessed(task, request.context.as_deref());
        let rule = self.rule(request, assessment.stakes).ok()?;
        let (needs, now) = (&assessment.needs, circumstances.clone());
        let limits = Limits::new(&request.constraints, needs, now, &self.catalogue).ok()?;
        let offers = self.offers(project, &assessment, (request, bytes), had);
        let choice = limits.choose(&offers, rule).choice?;
        offers.get(choice.chosen).map(|offer| offer.card.id.clone())
    }

    /// What the caller wants of a choice, or the settings where it says nothing.
    fn rule(&self, request: &RouteRequest, stakes: Stakes) -> Result<Rule, Error> {
        let default = self.settings.utility.filter(|_| request.quality_target.is_none());
        if let Some(utility) = request.utility.or(default) {
            if request.quality_target.is_some() {
                return Err(Error::BadConstraint {
                    field: "utility",
                    problem: "and quality_target exclude each other".to_owned(),
                });
            }
            for (field, given) in [("utility.lambda", utility.lambda), ("utility.mu", utility.mu)] {
                if !(given.is_finite() && given >= 0.0) {
                    return Err(Error::BadConstraint {
                        field,
                        problem: format!("is {given}, not a weight"),
                    });
                }
            }
            return Ok(Rule::Utility {
                lambda: utility.lambda,
                mu: utility.mu,
            });
        }
        let target = request.quality_target.unwrap_or(match stakes {
            Stakes::High => self.settings.high_stakes_quality_target,
            Stakes::Low | Stakes::Medium => self.settings.quality_target,
        });
        match target {
            target if (0.0..=1.0).contains(&target) => Ok(Rule::Target(target)),
            given => Err(Error::BadQualityTarget { given }),
        }
    }

    fn resting(&self, project: &Project, now: Timestamp) -> Vec<(String, u32, i64)> {
        let mut orgs = lock(&self.orgs);
        orgs.get_mut(&project.0)
            .map_or_else(Vec::new, |org| org.health.resting(now))
    }

    fn left_of_provider(&self, project: &Project, now: Timestamp) -> Vec<(String, f64)> {
        let budgets = &self.settings.provider_usd_per_day;
        if budgets.is_empty() {
            return Vec::new();
        }
        let mut tables = lock(&self.tables);
        let table = tables.get_mut(project);
        let yesterday = now.as_second().saturating_sub(DAY_S);
        let is_of = |provider: &str, model: usize| {
            let card = self.catalogue.models().get(model);
            card.is_some_and(|card| card.provider == provider)
        };
        let spent = |provider: &str| {
            let table = table.as_deref()?;
            Some(table.spent_since(yesterday, |model| is_of(provider, model)))
        };
        budgets
            .iter()
            .map(|(provider, most)| (provider.clone(), most - spent(provider).unwrap_or(0.0)))
            .collect()
    }

    fn offers(
        &self,
        project: &Project,
        assessment: &Assessment,
        (request, bytes): (&RouteRequest, usize),
        had: Option<Session>,
    ) -> Vec<Offer<'_>> {
        let elsewhere = self.elsewhere(project);
        let mut tables = lock(&self.tables);
        // Another project may have pushed it out since it was loaded: then the priors decide.
        let mut unlearned = Table::default();
        let table = tables.get_mut(project).unwrap_or(&mut unlearned);
        let work = Work {
            posterior: &assessment.posterior,
            custom: assessment.custom,
            bucket: assessment.difficulty.bucket,
            novelty: novelty(assessment),
        };
        let expect = table.expect(work);
        let answer = tokens_out(&assessment.posterior);
        let offer = |at: usize| {
            let card = self.catalogue.models().get(at)?;
            let prior = self.catalogue.prior(at)?;
            let estimate = expect.of(at, prior, elsewhere.get(at));
            let usage = table.usage(at, assessment.likeliest);
            let out = answer * (1.0 + card.reasoning_tokens);
            let out = usage.tokens_out(out).round();
            let reasoning = (out * card.reasoning_tokens / (1.0 + card.reasoning_tokens)).round();
            let stays = had.is_some_and(|had| had.model == at);
            let tokens = Tokens {
                input: card.tokens_of(bytes) + if stays { 0 } else { request.cached_tokens },
                cached: if stays { request.cached_tokens } else { 0 },
                output: (out - reasoning) as u64,
                reasoning: reasoning as u64,
            };
            let answer_ms = out / card.output_tokens_per_second * 1e3;
            Some(Offer {
                card,
                estimate,
                acceptance: usage.acceptance(estimate.p),
                cost_usd: card.cost_of(tokens).map(|cost| (cost * 1e10).round() / 1e10),
                latency_ms: card.first_token_ms.saturating_add(answer_ms as u64),
                tokens: tokens
                    .input
                    .saturating_add(tokens.cached)
                    .saturating_add(out as u64),
            })
        };
        let mut offers = Vec::with_capacity(self.catalogue.models().len());
        offers.extend((0..self.catalogue.models().len()).filter_map(offer));
        offers
    }

    /// How sure the choice is, and whether two models are better than one.
    fn weigh(&self, decided: &mut Decided<'_>, offers: &[Offer], feasible: &[usize], given: &Constraints) {
        let Some((at, chosen)) = decided.answered().and_then(|at| Some((at, offers.get(at)?))) else {
            return;
        };
        let others = feasible
            .iter()
            .filter(|other| **other != at)
            .filter_map(|other| offers.get(*other));
        let others = others.map(|other| other.estimate);
        decided.gain = gain::gain(chosen, offers, feasible);
        decided.confidence = Some(confidence::within_epsilon_of_best(&chosen.estimate, others));
        if decided.explored.is_none() {
            let pool = Pool::of(offers, feasible);
            decided.cascade = cascade::better_than(chosen, &pool, decided.rule, given);
        }
    }

    /// What the outcomes say beside the numbers: models that have got worse, a prompt cache that is left.
    fn remarks(
        &self,
        project: &Project,
        assessment: &Assessment,
        offers: &[Offer],
        feasible: &[usize],
        decided: &Decided<'_>,
        (request, had): (&RouteRequest, Option<Session>),
    ) -> Vec<(String, String)> {
        let mut remarks = Vec::new();
        let mut tables = lock(&self.tables);
        if let Some(table) = tables.get_mut(project) {
            let fallen = feasible
                .iter()
                .filter(|at| table.has_fallen(**at, assessment.likeliest));
            remarks.extend(fallen.filter_map(|at| offers.get(*at)).map(|offer| {
                let task_type = assessment.likeliest;
                let remark = format!("has got worse at {task_type}: what it did before counts half");
                (remark, offer.card.id.clone())
            }));
        }
        let left = had.filter(|had| request.cached_tokens > 0 && decided.answered() != Some(had.model));
        if let Some(card) = left.and_then(|had| self.catalogue.models().get(had.model))
            && let Some(usd) = cache_worth(card, request.cached_tokens)
        {
            let remark = format!("left although its prompt cache is worth ${usd:.6}");
            remarks.push((remark, card.id.clone()));
        }
        remarks
    }
}

/// What a model's prompt cache saves.
fn cache_worth(card: &ModelCard, tokens: u64) -> Option<f64> {
    let cost = |input, cached| {
        card.cost_of(Tokens {
            input,
            cached,
            ..Tokens::default()
        })
    };
    Some(cost(tokens, 0)? - cost(0, tokens)?)
}

/// Where the session is remembered, if the request is part of one.
fn session(project: &Project, request: &RouteRequest) -> Result<Option<(Project, String)>, Error> {
    let given = request
        .session
        .as_deref()
        .filter(|session| !session.trim().is_empty());
    match given {
        Some(session) if session.len() > MAX_SESSION_BYTES => Err(Error::BadConstraint {
            field: "session",
            problem: format!("is longer than {MAX_SESSION_BYTES} bytes"),
        }),
        given => Ok(given.map(|session| (project.clone(), session.to_owned()))),
    }
}

/// A task without any signal looks like nothing known.
fn novelty(assessment: &Assessment) -> f64 {
    if assessment.difficulty.no_signal && assessment.custom.is_none() {
        1.0
    } else {
        assessment.novelty
    }
}

/// How many tokens answers are expected to have, set by hand per type.
fn tokens_out(posterior: &[(TaskType, f64)]) -> f64 {
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
        .sum()
}
