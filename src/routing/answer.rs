//! From a decision to the answer: every candidate with its verdict, and the reasons.

use super::assess::Assessment;
use super::choose::Offer;
use super::constraints::Left;
use super::route::{Candidate, Chosen, Expected, Flip, Reason, Route};
use crate::domain::RouteId;

/// Puts the answer together; nothing is decided here.
pub(super) fn answer(
    route_id: RouteId,
    assessment: Assessment,
    needs: Vec<String>,
    quality_target: f64,
    offers: &[Offer],
    left: &Left,
    advice: Option<String>,
) -> Route {
    let choice = left.choice.as_ref();
    let chosen = choice.and_then(|choice| offers.get(choice.chosen));
    let names = |at: &usize| offers.get(*at).map(|offer| offer.card.id.clone());
    let mut reasons = assessment.reasons;
    reasons.extend(left.gave_way.iter().map(|limit| {
        Reason::new(
            format!("no model left: set aside {limit}"),
            0.0,
            chosen.map_or("", |offer| &offer.card.id),
        )
    }));
    if let (Some(choice), Some(offer)) = (choice, chosen) {
        let signal = if offer.cost_usd.is_none() {
            "likeliest to succeed of the models that fit, none of which has a known price"
        } else if choice.enough.is_empty() {
            "the only model that fits and reaches the quality target"
        } else {
            "the cheapest of the models that fit and reach the quality target"
        };
        reasons.push(Reason::new(signal, offer.estimate.p_low, offer.card.id.as_str()));
    }
    Route {
        route_id,
        task_type: assessment.task_type,
        task_type_confidence: assessment.task_type_confidence,
        task_types: assessment.task_types,
        difficulty: assessment.difficulty,
        stakes: assessment.stakes,
        needs,
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
        candidates: candidates(offers, left),
        fallbacks: choice.map_or_else(Vec::new, |choice| {
            choice.fallbacks.iter().filter_map(names).collect()
        }),
        reasons,
        flip: choice.map_or(
            Flip {
                quality_target,
                cheaper: None,
                stronger: None,
            },
            |choice| choice.flip.clone(),
        ),
        suggested_workflow: assessment.suggested_workflow.to_owned(),
        advice,
    }
}

/// The choice, then what would also do by cost, then what would not, then what is out.
fn candidates(offers: &[Offer], left: &Left) -> Vec<Candidate> {
    let verdict = |at: usize, offer: &Offer| match (&left.choice, left.broken.get(at)) {
        (_, Some(Some(why))) => (3, why.clone()),
        (Some(choice), _) if choice.chosen == at => (0, "chosen".to_owned()),
        (Some(choice), _) if choice.enough.contains(&at) => (1, "would do, not cheaper".to_owned()),
        _ if offer.cost_usd.is_none() => (2, "price unknown".to_owned()),
        _ => (2, "below the quality target".to_owned()),
    };
    let mut ranked: Vec<_> = offers
        .iter()
        .enumerate()
        .map(|(at, offer)| (verdict(at, offer), offer))
        .collect();
    ranked.sort_by(|((left, _), a), ((right, _), b)| {
        let cost = |offer: &Offer| offer.cost_usd.unwrap_or(f64::INFINITY);
        left.cmp(right)
            .then(cost(a).total_cmp(&cost(b)))
            .then(a.card.id.cmp(&b.card.id))
    });
    let candidate = |((_, verdict), offer): ((u8, String), &Offer)| Candidate {
        model: offer.card.id.clone(),
        p_success: offer.estimate.p,
        p_low: offer.estimate.p_low,
        n: offer.estimate.n,
        cost_usd: offer.cost_usd,
        latency_ms: offer.latency_ms,
        verdict,
    };
    ranked.into_iter().map(candidate).collect()
}
