//! The limits one by one: who breaks each, and how that is said.

use std::borrow::Cow;

use super::Limits;
use crate::routing::choose::Offer;
use crate::routing::pattern;

/// One of the limits, in the order in which to think about relaxing them: first what the router assumed,
/// then time and money, privacy last. The window cannot be relaxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    SessionStrength,
    InferredNeeds,
    Health,
    MaxLatency,
    MaxCost,
    ProviderBudget,
    ProjectBudget,
    MinContext,
    Needs,
    Allow,
    Deny,
    LocalOnly,
    Window,
}

/// What the router assumed gives way when nothing is left otherwise.
pub(super) const ASSUMED: [Limit; 2] = [Limit::SessionStrength, Limit::InferredNeeds];
pub(super) const GIVEN: [Limit; 10] = [
    Limit::Health,
    Limit::MaxLatency,
    Limit::MaxCost,
    Limit::ProviderBudget,
    Limit::ProjectBudget,
    Limit::MinContext,
    Limit::Needs,
    Limit::Allow,
    Limit::Deny,
    Limit::LocalOnly,
];

/// In the order in which what is broken is told: what cannot be relaxed, then privacy first, assumptions last.
const TOLD: [Limit; 13] = [
    Limit::Window,
    Limit::LocalOnly,
    Limit::Deny,
    Limit::Allow,
    Limit::Needs,
    Limit::MinContext,
    Limit::ProjectBudget,
    Limit::ProviderBudget,
    Limit::MaxCost,
    Limit::MaxLatency,
    Limit::Health,
    Limit::SessionStrength,
    Limit::InferredNeeds,
];

impl Limits<'_> {
    /// The limits that may be broken at all, but for those in `relaxed`.
    pub(super) fn active(&self, relaxed: &[Limit]) -> Vec<Limit> {
        let counts = |limit: &Limit| self.is_given(*limit) && !relaxed.contains(limit);
        TOLD.into_iter().filter(counts).collect()
    }

    /// The first of these limits that an offer breaks.
    pub(super) fn broken(&self, offer: &Offer, active: &[Limit]) -> Option<Limit> {
        active.iter().copied().find(|limit| self.breaks(offer, *limit))
    }

    fn breaks(&self, offer: &Offer, limit: Limit) -> bool {
        let (given, card) = (self.given, offer.card);
        let names = |patterns: &[String]| patterns.iter().any(|pattern| pattern::names(pattern, card));
        let over = |left: f64| offer.cost_usd.is_none_or(|cost| cost > left);
        match limit {
            Limit::Window => card.context_tokens < offer.tokens,
            Limit::LocalOnly => given.local_only && !card.local,
            Limit::Deny => names(&given.deny),
            Limit::Allow => !given.allow.is_empty() && !names(&given.allow),
            Limit::Needs | Limit::InferredNeeds => self.lacks(offer, limit).is_some(),
            Limit::MinContext => given
                .min_context_tokens
                .is_some_and(|min| card.context_tokens < min),
            Limit::MaxCost => given.max_cost_usd.is_some_and(over),
            Limit::MaxLatency => given.max_latency_ms.is_some_and(|max| offer.latency_ms > max),
            Limit::Health => self.resting(offer).is_some(),
            Limit::ProjectBudget => self.now.left_usd.is_some_and(over),
            Limit::ProviderBudget => self.left_of_provider(offer).is_some_and(over),
            Limit::SessionStrength => self
                .now
                .session_strength
                .is_some_and(|floor| card.strength < floor),
        }
    }

    /// How an offer breaks a limit, in words.
    pub(super) fn why(&self, offer: &Offer, limit: Limit) -> Cow<'static, str> {
        let window = offer.card.context_tokens;
        let budget = |left: f64, what: &str| match offer.cost_usd {
            // What is not known to cost nothing does not fit into what is used up.
            None => format!("price unknown, cannot be held to {what}"),
            Some(_) => format!("costs more than the ${left:.4} left of {what}"),
        };
        let lacking = self.lacks(offer, limit).unwrap_or_default();
        Cow::Owned(match limit {
            Limit::LocalOnly => return "not local".into(),
            Limit::Deny => return "denied".into(),
            Limit::Allow => return "not allowed".into(),
            Limit::SessionStrength => return "weaker than the model this session already has".into(),
            Limit::MaxCost if offer.cost_usd.is_none() => {
                return "price unknown, cannot be held to max_cost_usd".into();
            }
            Limit::Window => format!("context window {window} < {} tokens", offer.tokens),
            Limit::Needs => format!("lacks {lacking}"),
            Limit::InferredNeeds => format!("lacks {lacking}, which the task seems to need"),
            Limit::MinContext => {
                let min = self.given.min_context_tokens.unwrap_or_default();
                format!("context window {window} < {min} tokens")
            }
            Limit::MaxCost => format!("costs more than ${}", self.given.max_cost_usd.unwrap_or_default()),
            Limit::MaxLatency => {
                format!(
                    "takes longer than {} ms",
                    self.given.max_latency_ms.unwrap_or_default()
                )
            }
            Limit::Health => {
                let (failures, seconds) = self.resting(offer).unwrap_or_default();
                let provider = &offer.card.provider;
                format!("{provider} failed {failures} times in a row, tried again in {seconds} s")
            }
            Limit::ProjectBudget => budget(self.now.left_usd.unwrap_or_default(), "the project's budget"),
            Limit::ProviderBudget => {
                let left = self.left_of_provider(offer).unwrap_or_default();
                budget(left, &format!("today's budget for {}", offer.card.provider))
            }
        })
    }

    /// The first need of a kind that the offer's model does not meet.
    fn lacks(&self, offer: &Offer, limit: Limit) -> Option<&str> {
        let lacks = |need: &&str| {
            !offer
                .card
                .capabilities
                .iter()
                .any(|capability| capability == need)
        };
        match limit {
            Limit::Needs => self.needs.iter().map(String::as_str).find(lacks),
            Limit::InferredNeeds => self.inferred.iter().copied().find(lacks),
            _ => None,
        }
    }

    /// How often the offer's provider failed in a row, and for how many seconds it is left alone.
    fn resting(&self, offer: &Offer) -> Option<(u32, i64)> {
        let mut resting = self.now.resting.iter();
        let (_, failures, seconds) = resting.find(|(provider, ..)| *provider == offer.card.provider)?;
        Some((*failures, *seconds))
    }

    fn left_of_provider(&self, offer: &Offer) -> Option<f64> {
        let mut budgets = self.now.left_of_provider.iter();
        let (_, left) = budgets.find(|(provider, _)| *provider == offer.card.provider)?;
        Some(*left)
    }

    pub(super) fn is_given(&self, limit: Limit) -> bool {
        let given = self.given;
        match limit {
            Limit::MaxLatency => given.max_latency_ms.is_some(),
            Limit::MaxCost => given.max_cost_usd.is_some(),
            Limit::MinContext => given.min_context_tokens.is_some(),
            Limit::Needs => !given.needs.is_empty(),
            Limit::Allow => !given.allow.is_empty(),
            Limit::Deny => !given.deny.is_empty(),
            Limit::LocalOnly => given.local_only,
            Limit::Health => !self.now.resting.is_empty(),
            Limit::ProjectBudget => self.now.left_usd.is_some(),
            Limit::ProviderBudget => !self.now.left_of_provider.is_empty(),
            Limit::SessionStrength => self.now.session_strength.is_some(),
            Limit::InferredNeeds => !self.inferred.is_empty(),
            Limit::Window => true,
        }
    }
}

impl Limit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SessionStrength => "the session's strength",
            Self::InferredNeeds => "what the task seems to need",
            Self::Health => "provider health",
            Self::ProviderBudget => "the provider's budget",
            Self::ProjectBudget => "the project's budget",
            Self::MaxLatency => "max_latency_ms",
            Self::MaxCost => "max_cost_usd",
            Self::MinContext => "min_context_tokens",
            Self::Needs => "needs",
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::LocalOnly => "local_only",
            Self::Window => "the context window",
        }
    }
}
