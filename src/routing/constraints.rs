//! What must hold of a model, which models break it, and what relaxing it would buy.

use super::Error;
use super::catalogue::Catalogue;
use super::choose::{Choice, Offer, Rule, choose};
use super::pattern;
use super::route::{Constraints, Relaxation};

/// The needs that are understood whatever the catalogue holds.
const KNOWN_NEEDS: [&str; 4] = ["tools", "vision", "long_context", "web"];
const MAX_ITEMS: usize = 64;

/// What must hold of the model for one task.
#[derive(Debug, Clone)]
pub(super) struct Limits<'a> {
    given: &'a Constraints,
    needs: Vec<String>,
    inferred: Vec<&'static str>,
    now: Circumstances,
}

/// What holds at the moment of the choice, whoever asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Circumstances {
    /// The strength of the strongest model the session has had.
    pub(super) session_strength: Option<f64>,
    /// Providers that do not answer: failures in a row, and for how many seconds they are left alone.
    pub(super) resting: Vec<(String, u32, i64)>,
    /// What is left of the project's budget, in US dollars.
    pub(super) left_usd: Option<f64>,
    /// What is left today of the budgets of providers, in US dollars.
    pub(super) left_of_provider: Vec<(String, f64)>,
}

/// One of the limits, in the order in which to think about relaxing them: first what the router assumed,
/// then time and money, privacy last. The window cannot be relaxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
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
const ASSUMED: [Limit; 2] = [Limit::SessionStrength, Limit::InferredNeeds];
const GIVEN: [Limit; 10] = [
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

/// What is left of the offers under the limits.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) choice: Option<Choice>,
    /// Why each offer is out, `None` for those that are in.
    pub(super) broken: Vec<Option<String>>,
    /// What was read from the task, or assumed for the session, and had to give way.
    pub(super) gave_way: Vec<&'static str>,
}

impl Left {
    /// The offers that break nothing.
    pub(super) fn feasible(&self) -> Vec<usize> {
        let free = |(at, broken): (usize, &Option<String>)| broken.is_none().then_some(at);
        self.broken.iter().enumerate().filter_map(free).collect()
    }
}

impl<'a> Limits<'a> {
    /// Checks what was given and adds what the task itself asks for.
    pub(super) fn new(
        given: &'a Constraints,
        inferred: &[&'static str],
        now: Circumstances,
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
            now,
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
    pub(super) fn choose(&self, offers: &[Offer], rule: Rule) -> Left {
        let [session, needs] = ASSUMED;
        let stages: [&[Limit]; 4] = [&[], &[session], &[needs], &ASSUMED];
        let decided = stages.into_iter().find_map(|relaxed| {
            let choice = self.choose_without(offers, rule, relaxed)?;
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

    /// Each limit that would leave a model if it alone were relaxed, and what that buys, in the order in which to
    /// think about it.
    pub(super) fn relaxations(&self, offers: &[Offer], rule: Rule) -> Vec<Relaxation> {
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
    pub(super) fn advice(&self, offers: &[Offer], rule: Rule) -> String {
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

    fn choose_without(&self, offers: &[Offer], rule: Rule, relaxed: &[Limit]) -> Option<Choice> {
        let fits = |(at, offer): (usize, &Offer)| self.broken(offer, relaxed).is_none().then_some(at);
        let feasible: Vec<usize> = offers.iter().enumerate().filter_map(fits).collect();
        choose(offers, &feasible, rule)
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
            Limit::Window => (card.context_tokens < offer.tokens)
                .then(|| format!("context window {} < {} tokens", card.context_tokens, offer.tokens)),
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
            Limit::Health => {
                let resting = &self.now.resting;
                let (_, failures, seconds) =
                    resting.iter().find(|(provider, ..)| *provider == card.provider)?;
                Some(format!(
                    "{} failed {failures} times in a row, tried again in {seconds} s",
                    card.provider
                ))
            }
            Limit::ProjectBudget => {
                let left = self.now.left_usd?;
                over_budget(offer, left, "the project's budget")
            }
            Limit::ProviderBudget => {
                let budgets = &self.now.left_of_provider;
                let (provider, left) = budgets.iter().find(|(provider, _)| *provider == card.provider)?;
                over_budget(offer, *left, &format!("today's budget for {provider}"))
            }
            Limit::SessionStrength => {
                self.now.session_strength.filter(|floor| card.strength < *floor)?;
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
            Limit::Health => !self.now.resting.is_empty(),
            Limit::ProjectBudget => self.now.left_usd.is_some(),
            Limit::ProviderBudget => !self.now.left_of_provider.is_empty(),
            Limit::SessionStrength | Limit::InferredNeeds | Limit::Window => true,
        }
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

/// What is not known to cost nothing does not fit into what is used up.
fn over_budget(offer: &Offer, left: f64, what: &str) -> Option<String> {
    match offer.cost_usd {
        None => Some(format!("price unknown, cannot be held to {what}")),
        Some(cost) => (cost > left).then(|| format!("costs more than the ${left:.4} left of {what}")),
    }
}

impl Limit {
    fn name(self) -> &'static str {
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
