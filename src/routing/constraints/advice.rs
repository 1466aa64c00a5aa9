//! What relaxing a limit would buy.

use super::limit::{ASSUMED, GIVEN, Limit};
use super::{Limits, Relaxation};
use crate::routing::choose::{Offer, Rule};

impl Limits<'_> {
    /// Each limit that would leave a model if it alone were relaxed, and what that buys, in the order in which to
    /// think about it.
    pub(in crate::routing) fn relaxations(&self, offers: &[Offer], rule: Rule) -> Vec<Relaxation> {
        let of = |limit: Limit| {
            let offer = self.bought(offers, rule, &[ASSUMED.as_slice(), &[limit]].concat())?;
            Some(Relaxation {
                constraint: limit.name().to_owned(),
                model: offer.card.id.clone(),
                p_success: offer.estimate.p,
                cost_usd: offer.cost_usd,
                latency_ms: offer.latency_ms,
            })
        };
        GIVEN.into_iter().filter_map(of).collect()
    }

    /// Which limit to relax when none is left, and what that would buy, in words.
    pub(in crate::routing) fn advice(&self, offers: &[Offer], rule: Rule) -> String {
        if let Some(widest) = offers.iter().max_by_key(|offer| offer.card.context_tokens)
            && offers
                .iter()
                .all(|offer| offer.card.context_tokens < offer.tokens)
        {
            return format!(
                "the task needs about {} tokens and the largest context window has {}: shorten it or split it",
                widest.tokens, widest.card.context_tokens
            );
        }
        let told = |names: &str, offer: &Offer| {
            let cost = match offer.cost_usd {
                Some(cost) => format!("${cost}"),
                None => "an unknown price".to_owned(),
            };
            format!(
                "no model meets all constraints: without {names}, {} would do it at {cost} in about {} ms with a \
                 chance of {:.0} %",
                offer.card.id,
                offer.latency_ms,
                offer.estimate.p * 100.0
            )
        };
        for limit in GIVEN {
            if let Some(offer) = self.bought(offers, rule, &[ASSUMED.as_slice(), &[limit]].concat()) {
                return told(&self.called(limit), offer);
            }
        }
        let (mut without, mut names) = (ASSUMED.to_vec(), Vec::new());
        for limit in GIVEN.into_iter().filter(|limit| self.is_given(*limit)) {
            without.push(limit);
            names.push(self.called(limit));
            if let Some(offer) = self.bought(offers, rule, &without) {
                return told(&names.join(" and "), offer);
            }
        }
        "no model of the catalogue fits the task: add one".to_owned()
    }

    fn bought<'o, 'c>(
        &self,
        offers: &'o [Offer<'c>],
        rule: Rule,
        without: &[Limit],
    ) -> Option<&'o Offer<'c>> {
        let choice = self.choose_without(offers, rule, without)?;
        offers.get(choice.chosen)
    }

    /// A limit in the advice: what time cures says when.
    fn called(&self, limit: Limit) -> String {
        match (
            limit,
            self.now.resting.iter().min_by_key(|(_, _, seconds)| *seconds),
        ) {
            (Limit::Health, Some((provider, failures, seconds))) => format!(
                "{} ({provider} failed {failures} times in a row; wait {seconds} s)",
                limit.name()
            ),
            _ => limit.name().to_owned(),
        }
    }
}
