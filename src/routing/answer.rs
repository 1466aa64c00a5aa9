//! From a decision to the answer: every candidate with its verdict, and the reasons.

use super::assess::Assessment;
use super::choose::{Choice, Offer, Rule};
use super::constraints::Left;
use super::heads;
use super::route::{Candidate, Cascade, Chosen, DialPoint, Expected, Flip, Reason, Relaxation, Route, State};
use crate::domain::RouteId;

/// What was decided, and what goes along with it.
#[derive(Debug)]
pub(super) struct Decided<'a> {
    pub(super) rule: Rule,
    pub(super) left: &'a Left,
    /// The model to try instead of the choice.
    pub(super) explored: Option<usize>,
    pub(super) confidence: Option<f64>,
    pub(super) cascade: Option<Cascade>,
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
            chosen.map_or("", |offer| &offer.card.id),
        )
    }));
    let remarks = decided.remarks.iter();
    reasons.extend(remarks.map(|(remark, model)| Reason::new(remark.as_str(), 0.0, model.as_str())));
    if let (Some(choice), Some(offer)) = (choice, chosen) {
        reasons.push(why(choice, offer, decided.rule, decided.explored.is_some()));
    }
    Route {
        route_id,
        task_type: assessment.task_type,
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
        candidates: candidates(offers, decided.left, decided.explored),
        fallbacks: choice.map_or_else(Vec::new, |choice| fallbacks(choice, decided.explored, names)),
        cascade: decided.cascade,
        reasons,
        flip: match choice {
            Some(choice) if decided.explored.is_none() => choice.flip.clone(),
            _ => unmoved(decided.rule),
        },
        suggested_workflow: assessment.suggested_workflow.to_owned(),
        advice: decided.advice,
        relax: decided.relax,
        state: State {
            weights: heads::builtin_digest(),
            outcomes_seen: decided.outcomes_seen,
        },
    }
}

fn why(choice: &Choice, offer: &Offer, rule: Rule, explored: bool) -> Reason {
    let model = offer.card.id.as_str();
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
    let by_utility = left
        .choice
        .as_ref()
        .is_some_and(|choice| choice.flip.lambda.is_some());
    let verdict = |at: usize, offer: &Offer| match (&left.choice, left.broken.get(at)) {
        (_, Some(Some(why))) => (3, why.clone()),
        (Some(_), _) if explored == Some(at) => (0, "chosen, as a try".to_owned()),
        (Some(choice), _) if choice.chosen == at && explored.is_some() => {
            (1, "would be chosen without the try".to_owned())
        }
        (Some(choice), _) if choice.chosen == at => (0, "chosen".to_owned()),
        (Some(choice), _) if choice.enough.contains(&at) && by_utility => (1, "less utility".to_owned()),
        (Some(choice), _) if choice.enough.contains(&at) => (1, "would do, not cheaper".to_owned()),
        _ if offer.cost_usd.is_none() => (2, "price unknown".to_owned()),
        _ => (2, "below the quality target".to_owned()),
    };
    let mut ranked: Vec<_> = offers
        .iter()
        .enumerate()
        .map(|(at, offer)| (verdict(at, offer), at, offer))
        .collect();
    ranked.sort_by(|((left, _), _, a), ((right, _), _, b)| {
        let cost = |offer: &Offer| offer.cost_usd.unwrap_or(f64::INFINITY);
        left.cmp(right)
            .then(cost(a).total_cmp(&cost(b)))
            .then(a.card.id.cmp(&b.card.id))
    });
    let turn = |at: usize| {
        left.choice
            .as_ref()
            .and_then(|choice| choice.turns.get(at).copied())
    };
    let candidate = |((_, verdict), at, offer): ((u8, String), usize, &Offer)| {
        // What is true of the choice does not hold of a try.
        let turn = turn(at).filter(|_| explored.is_none()).unwrap_or_default();
        Candidate {
            model: offer.card.id.clone(),
            p_success: offer.estimate.p,
            p_low: offer.estimate.p_low,
            n: offer.estimate.n,
            cost_usd: offer.cost_usd,
            latency_ms: offer.latency_ms,
            verdict,
            flip_at: turn.dial,
            flip_below_usd: turn.below_usd,
        }
    };
    ranked.into_iter().map(candidate).collect()
}
