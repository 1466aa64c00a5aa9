//! What must hold of a model, which models break it, and what relaxing it would buy.

use super::Error;
use super::catalogue::Catalogue;
use super::choose::{Choice, Offer, choose};
use super::pattern;
use super::route::Constraints;

/// The needs that are understood whatever the catalogue holds.
const KNOWN_NEEDS: [&str; 4] = ["tools", "vision", "long_context", "web"];
const MAX_ITEMS: usize = 64;

/// What must hold of the model for one task.
#[derive(Debug, Clone)]
pub(super) struct Limits<'a> {
    given: &'a Constraints,
    needs: Vec<String>,
    inferred: Vec<&'static str>,
    /// Prompt and expected answer.
    tokens: u64,
    /// The strength of the strongest model the session has had.
    session_strength: Option<f64>,
}

/// One of the limits, in the order in which to think about relaxing them: first what the router assumed,
/// then time and money, privacy last. The window cannot be relaxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    SessionStrength,
    InferredNeeds,
    MaxLatency,
    MaxCost,
    MinContext,
    Needs,
    Allow,
    Deny,
    LocalOnly,
    Window,
}

/// What the router assumed gives way when nothing is left otherwise.
const ASSUMED: [Limit; 2] = [Limit::SessionStrength, Limit::InferredNeeds];
const GIVEN: [Limit; 7] = [
    Limit::MaxLatency,
    Limit::MaxCost,
    Limit::MinContext,
    Limit::Needs,
    Limit::Allow,
    Limit::Deny,
    Limit::LocalOnly,
];

/// What is left of the offers under the limits.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) choice: Option<Choice>,
    /// Why each offer is out, `None` for those that are in.
    pub(super) broken: Vec<Option<String>>,
    /// What was read from the task, or assumed for the session, and had to give way.
    pub(super) gave_way: Vec<&'static str>,
}

impl<'a> Limits<'a> {
    /// Checks what was given and adds what the task itself asks for.
    pub(super) fn new(
        given: &'a Constraints,
        inferred: &[&'static str],
        tokens: u64,
        session_strength: Option<f64>,
        catalogue: &Catalogue,
    ) -> Result<Self, Error> {
        let bad = |field, problem: String| Error::BadConstraint { field, problem };
        if let Some(cost) = given
            .max_cost_usd
            .filter(|cost| !(cost.is_finite() && *cost >= 0.0))
        {
            return Err(bad("max_cost_usd", format!("is {cost}, not an amount of money")));
        }
        for (field, items) in [
            ("needs", &given.needs),
            ("allow", &given.allow),
            ("deny", &given.deny),
        ] {
            if items.len() > MAX_ITEMS {
                return Err(bad(
                    field,
                    format!("has {} items, {MAX_ITEMS} are allowed", items.len()),
                ));
            }
            if items.iter().any(|item| item.trim().is_empty()) {
                return Err(bad(field, "has an empty item".to_owned()));
            }
        }
        let needs = given
            .needs
            .iter()
            .map(|need| known_need(need, catalogue))
            .collect::<Result<Vec<_>, _>>()?;
        let inferred = inferred
            .iter()
            .copied()
            .filter(|need| !needs.iter().any(|given| given == need))
            .collect();
        Ok(Self {
            given,
            needs,
            inferred,
            tokens,
            session_strength,
        })
    }

    /// Every need, given or inferred.
    pub(super) fn needs(&self) -> Vec<String> {
        self.needs
            .iter()
            .cloned()
            .chain(self.inferred.iter().map(|need| (*need).to_owned()))
            .collect()
    }

    /// Chooses among the offers within the limits.
    pub(super) fn choose(&self, offers: &[Offer], quality_target: f64) -> Left {
        let [session, needs] = ASSUMED;
        let stages: [&[Limit]; 4] = [&[], &[session], &[needs], &ASSUMED];
        let decided = stages.into_iter().find_map(|relaxed| {
            let choice = self.choose_without(offers, quality_target, relaxed)?;
            Some((relaxed, choice))
        });
        let (relaxed, choice) = match decided {
            Some((relaxed, choice)) => (relaxed, Some(choice)),
            None => (&[][..], None),
        };
        Left {
            choice,
            broken: offers.iter().map(|offer| self.broken(offer, relaxed)).collect(),
            gave_way: relaxed.iter().map(|limit| limit.name()).collect(),
        }
    }

    /// Which limit to relax when none is left, and what that would buy.
    pub(super) fn advice(&self, offers: &[Offer], quality_target: f64) -> String {
        if let Some(window) = offers.iter().map(|offer| offer.card.context_tokens).max()
            && window < self.tokens
        {
            return format!(
                "the task needs about {} tokens and the largest context window has {window}: shorten it or split it",
                self.tokens
            );
        }
        let bought = |without: &[Limit]| {
            let choice = self.choose_without(offers, quality_target, without)?;
            let offer = offers.get(choice.chosen)?;
            let cost = match offer.cost_usd {
                Some(cost) => format!("${cost}"),
                None => "an unknown price".to_owned(),
            };
            Some(format!(
                "{} would do it at {cost} in about {} ms with a chance of {:.0} %",
                offer.card.id,
                offer.latency_ms,
                offer.estimate.p * 100.0
            ))
        };
        let mut without = ASSUMED.to_vec();
        for limit in GIVEN {
            if let Some(bought) = bought(&[ASSUMED.as_slice(), &[limit]].concat()) {
                return format!(
                    "no model meets all constraints: without {}, {bought}",
                    limit.name()
                );
            }
        }
        let mut names = Vec::new();
        for limit in GIVEN.into_iter().filter(|limit| self.is_given(*limit)) {
            without.push(limit);
            names.push(limit.name());
            if let Some(bought) = bought(&without) {
                return format!(
                    "no model meets all constraints: without {}, {bought}",
                    names.join(" and ")
                );
            }
        }
        "no model of the catalogue fits the task: add one".to_owned()
    }

    fn choose_without(&self, offers: &[Offer], quality_target: f64, relaxed: &[Limit]) -> Option<Choice> {
        let fits = |(at, offer): (usize, &Offer)| self.broken(offer, relaxed).is_none().then_some(at);
        let feasible: Vec<usize> = offers.iter().enumerate().filter_map(fits).collect();
        choose(offers, &feasible, quality_target)
    }

    fn broken(&self, offer: &Offer, relaxed: &[Limit]) -> Option<String> {
        [Limit::Window]
            .into_iter()
            .chain(GIVEN.into_iter().rev())
            .chain(ASSUMED)
            .filter(|limit| !relaxed.contains(limit))
            .find_map(|limit| self.breaks(offer, limit))
    }

    fn breaks(&self, offer: &Offer, limit: Limit) -> Option<String> {
        let card = offer.card;
        let names = |patterns: &[String]| patterns.iter().any(|pattern| pattern::names(pattern, card));
        let lacks = |need: &&str| !card.capabilities.iter().any(|capability| capability == need);
        let given = self.given;
        match limit {
            Limit::LocalOnly => (given.local_only && !card.local).then(|| "not local".to_owned()),
            Limit::Deny => names(&given.deny).then(|| "denied".to_owned()),
            Limit::Allow => {
                (!given.allow.is_empty() && !names(&given.allow)).then(|| "not allowed".to_owned())
            }
            Limit::Needs => {
                let missing = self.needs.iter().map(String::as_str).find(lacks)?;
                Some(format!("lacks {missing}"))
            }
            Limit::InferredNeeds => {
                let missing = self.inferred.iter().copied().find(lacks)?;
                Some(format!("lacks {missing}, which the task seems to need"))
            }
            Limit::Window => (card.context_tokens < self.tokens)
                .then(|| format!("context window {} < {} tokens", card.context_tokens, self.tokens)),
            Limit::MinContext => {
                let min = given
                    .min_context_tokens
                    .filter(|min| card.context_tokens < *min)?;
                Some(format!("context window {} < {min} tokens", card.context_tokens))
            }
            Limit::MaxCost => match (given.max_cost_usd?, offer.cost_usd) {
                (_, None) => Some("price unknown, cannot be held to max_cost_usd".to_owned()),
                (max, Some(cost)) => (cost > max).then(|| format!("costs more than ${max}")),
            },
            Limit::MaxLatency => {
                let max = given.max_latency_ms.filter(|max| offer.latency_ms > *max)?;
                Some(format!("takes longer than {max} ms"))
            }
            Limit::SessionStrength => {
                self.session_strength.filter(|floor| card.strength < *floor)?;
                Some("weaker than the model this session already has".to_owned())
            }
        }
    }

    fn is_given(&self, limit: Limit) -> bool {
        let given = self.given;
        match limit {
            Limit::MaxLatency => given.max_latency_ms.is_some(),
            Limit::MaxCost => given.max_cost_usd.is_some(),
            Limit::MinContext => given.min_context_tokens.is_some(),
            Limit::Needs => !given.needs.is_empty(),
            Limit::Allow => !given.allow.is_empty(),
            Limit::Deny => !given.deny.is_empty(),
            Limit::LocalOnly => given.local_only,
            Limit::SessionStrength | Limit::InferredNeeds | Limit::Window => true,
        }
    }
}

impl Limit {
    fn name(self) -> &'static str {
        match self {
            Self::SessionStrength => "the session's strength",
            Self::InferredNeeds => "what the task seems to need",
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

/// The need in the catalogue's words.
fn known_need(need: &str, catalogue: &Catalogue) -> Result<String, Error> {
    let wanted = need.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    let of_models = || {
        catalogue
            .models()
            .iter()
            .flat_map(|model| &model.capabilities)
            .map(String::as_str)
    };
    if KNOWN_NEEDS
        .into_iter()
        .chain(of_models())
        .any(|known| known == wanted)
    {
        return Ok(wanted);
    }
    let mut known: Vec<_> = KNOWN_NEEDS.into_iter().chain(of_models()).collect();
    known.sort_unstable();
    known.dedup();
    Err(Error::UnknownNeed {
        need: need.chars().take(64).collect(),
        known: known.join(", "),
    })
}
