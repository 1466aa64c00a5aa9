//! From a decision to the answer: every candidate with its verdict, and the reasons.

use std::borrow::Cow;

use super::assess::Assessment;
use super::choose::{Choice, Offer, Rule};
use super::constraints::Left;
use super::heads;
use super::route::{
    Candidate, Cascade, Chosen, DialPoint, Expected, Flip, Gain, Reason, Relaxation, Route, State,
    WithoutPoint,
};
use crate::domain::RouteId;

/// What was decided, and what goes along with it.
#[derive(Debug)]
pub(super) struct Decided<'a> {
    pub(super) rule: Rule,
    pub(super) left: &'a Left,
    /// The model to try instead of the choice.
    pub(super) explored: Option<usize>,
    pub(super) confidence: Option<f64>,
    pub(super) gain: Option<Gain>,
    pub(super) cascade: Option<Cascade>,
    /// What of the task changes the choice by its absence.
    pub(super) without: Option<WithoutPoint>,
    pub(super) novelty: f64,
    pub(super) needs: Vec<String>,
    pub(super) advice: Option<String>,
    pub(super) relax: Vec<Relaxation>,
    /// What else there is to say about models: the text, and the model it is about.
    pub(super) remarks: Vec<(String, String)>,
    pub(super) outcomes_seen: usize,
}

impl Decided<'_> {
    /// The offer that is answered with.
    pub(super) fn answered(&self) -> Option<usize> {
        let choice = self.left.choice.as_ref()?;
        Some(self.explored.unwrap_or(choice.chosen))
    }
}

/// Puts the answer together; nothing is decided here.
pub(super) fn answer(
    route_id: RouteId,
    assessment: Assessment,
    offers: &[Offer],
    decided: Decided<'_>,
) -> Route {
    let choice = decided.left.choice.as_ref();
    let chosen = decided.answered().and_then(|at| offers.get(at));
    let names = |at: &usize| offers.get(*at).map(|offer| offer.card.id.clone());
    let mut reasons = assessment.reasons;
    reasons.extend(decided.left.gave_way.iter().map(|limit| {
        Reason::new(
            format!("no model left: set aside {limit}"),
            0.0,
            chosen.map_or_else(String::new, |offer| offer.card.id.clone()),
        )
    }));
    let remarks = decided.remarks.into_iter();
    reasons.extend(remarks.map(|(remark, model)| Reason::new(remark, 0.0, model)));
    if let (Some(choice), Some(offer)) = (choice, chosen) {
        reasons.push(why(choice, offer, decided.rule, decided.explored.is_some()));
    }
    Route {
        route_id,
        task_type: assessment.task_type,
        custom_type: assessment.custom_type,
        task_type_confidence: assessment.task_type_confidence,
        task_types: assessment.task_types,
        difficulty: assessment.difficulty,
        stakes: assessment.stakes,
        novelty: decided.novelty,
        language: assessment.language,
        needs: decided.needs,
        model: chosen.map(|offer| Chosen {
            id: offer.card.id.clone(),
            provider: offer.card.provider.clone(),
            local: offer.card.local,
        }),
        expected: chosen.map(|offer| Expected {
            p_success: offer.estimate.p,
            p_low: offer.estimate.p_low,
            cost_usd: offer.cost_usd,
            latency_ms: offer.latency_ms,
        }),
        confidence: decided.confidence,
        gain: decided.gain,
        candidates: candidates(offers, decided.left, decided.explored),
        fallbacks: choice.map_or_else(Vec::new, |choice| fallbacks(choice, decided.explored, names)),
        cascade: decided.cascade,
        reasons,
        flip: match choice {
            Some(choice) if decided.explored.is_none() => Flip {
                without: decided.without,
                ..choice.flip.clone()
            },
            _ => unmoved(decided.rule),
        },
        suggested_workflow: assessment.suggested_workflow,
        advice: decided.advice,
        relax: decided.relax,
        state: State {
            weights: heads::builtin_digest(),
            outcomes_seen: decided.outcomes_seen,
        },
    }
}

fn why(choice: &Choice, offer: &Offer, rule: Rule, explored: bool) -> Reason {
    let model = offer.card.id.clone();
    match rule {
        _ if explored => Reason::new(
            "a try: about as likely to succeed as the best, and less is known of it",
            offer.estimate.p,
            model,
        ),
        _ if offer.cost_usd.is_none() => Reason::new(
            "likeliest to succeed of the models that fit, none of which has a known price",
            offer.estimate.p_low,
            model,
        ),
        Rule::Utility { lambda, mu } => Reason::new(
            format!("the best of the models that fit, at {lambda} per dollar and {mu} per second"),
            offer.estimate.p,
            model,
        ),
        Rule::Target(_) if choice.enough.is_empty() => Reason::new(
            "the only model that fits and reaches the quality target",
            offer.estimate.p_low,
            model,
        ),
        Rule::Target(_) => Reason::new(
            "the cheapest of the models that fit and reach the quality target",
            offer.estimate.p_low,
            model,
        ),
    }
}

/// The dial as it stands, when there is no choice that could change by it.
fn unmoved(rule: Rule) -> Flip {
    let dial = Some(DialPoint {
        now: rule.dial(),
        changes_at: None,
        to: None,
    });
    match rule {
        Rule::Target(_) => Flip {
            quality_target: dial,
            ..Flip::default()
        },
        Rule::Utility { .. } => Flip {
            lambda: dial,
            ..Flip::default()
        },
    }
}

/// After a try, the choice itself comes first.
fn fallbacks(
    choice: &Choice,
    explored: Option<usize>,
    names: impl Fn(&usize) -> Option<String>,
) -> Vec<String> {
    match explored {
        None => choice.fallbacks.iter().filter_map(names).collect(),
        Some(tried) => std::iter::once(&choice.chosen)
            .chain(&choice.fallbacks)
            .filter(|at| **at != tried)
            .filter_map(names)
            .collect(),
    }
}

/// The choice, then what would also do by cost, then what would not, then what is out.
fn candidates(offers: &[Offer], left: &Left, explored: Option<usize>) -> Vec<Candidate> {
    let mut ranked: Vec<Ranked> = offers
        .iter()
        .enumerate()
        .map(|(at, offer)| {
            let (rank, verdict) = verdict(at, offer, left, explored);
            let cost = offer.cost_usd.unwrap_or(f64::INFINITY);
            Ranked {
                rank,
                verdict,
                cost,
                at,
            }
        })
        .collect();
    ranked.sort_by(|one, other| {
        let by_rank = one.rank.cmp(&other.rank);
        let id = |ranked: &Ranked| offers.get(ranked.at).map(|offer| &offer.card.id);
        by_rank
            .then_with(|| one.cost.total_cmp(&other.cost))
            .then_with(|| id(one).cmp(&id(other)))
    });
    let turn = |at: usize| {
        left.choice
            .as_ref()
            .and_then(|choice| choice.turns.get(at).copied())
    };
    let mut candidates = Vec::with_capacity(ranked.len());
    candidates.extend(ranked.into_iter().filter_map(|ranked| {
        let offer = offers.get(ranked.at)?;
        // What is true of the choice does not hold of a try.
        let turn = turn(ranked.at).filter(|_| explored.is_none()).unwrap_or_default();
        Some(Candidate {
            model: offer.card.id.clone(),
            p_success: offer.estimate.p,
            p_low: offer.estimate.p_low,
            n: offer.estimate.n,
            cost_usd: offer.cost_usd,
            latency_ms: offer.latency_ms,
            verdict: ranked.verdict,
            flip_at: turn.dial,
            flip_below_usd: turn.below_usd,
        })
    }));
    candidates
}

/// A candidate among the others.
struct Ranked {
    rank: u8,
    verdict: Cow<'static, str>,
    cost: f64,
    at: usize,
}

/// What became of an offer, and before which others it is told.
fn verdict(at: usize, offer: &Offer, left: &Left, explored: Option<usize>) -> (u8, Cow<'static, str>) {
    if let Some(Some(why)) = left.broken.get(at) {
        return (3, why.clone());
    }
    let (rank, verdict) = match &left.choice {
        Some(_) if explored == Some(at) => (0, "chosen, as a try"),
        Some(choice) if choice.chosen == at && explored.is_some() => (1, "would be chosen without the try"),
        Some(choice) if choice.chosen == at => (0, "chosen"),
        Some(choice) if choice.enough.contains(&at) && choice.flip.lambda.is_some() => (1, "less utility"),
        Some(choice) if choice.enough.contains(&at) => (1, "would do, not cheaper"),
        _ if offer.cost_usd.is_none() => (2, "price unknown"),
        _ => (2, "below the quality target"),
    };
    (rank, verdict.into())
}
