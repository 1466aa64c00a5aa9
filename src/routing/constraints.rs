//! What must hold of a model, which models break it, and what relaxing it would buy.

mod advice;
mod limit;

use std::borrow::Cow;

use super::Error;
use super::catalogue::Catalogue;
use super::choose::{Choice, Offer, Rule, choose};
use super::route::{Constraints, Relaxation};

use limit::{ASSUMED, Limit};

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

/// What is left of the offers under the limits.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) choice: Option<Choice>,
    /// Why each offer is out, `None` for those that are in.
    pub(super) broken: Vec<Option<Cow<'static, str>>>,
    /// What was read from the task, or assumed for the session, and had to give way.
    pub(super) gave_way: Vec<&'static str>,
}

impl Left {
    /// The offers that break nothing.
    pub(super) fn feasible(&self) -> Vec<usize> {
        let free = |(at, broken): (usize, &Option<_>)| broken.is_none().then_some(at);
        let mut feasible = Vec::with_capacity(self.broken.len());
        feasible.extend(self.broken.iter().enumerate().filter_map(free));
        feasible
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

    /// What holds at the moment of the choice.
    pub(super) fn circumstances(&self) -> &Circumstances {
        &self.now
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
        let active = self.active(relaxed);
        let why = |offer: &Offer| Some(self.why(offer, self.broken(offer, &active)?));
        Left {
            choice,
            broken: offers.iter().map(why).collect(),
            gave_way: relaxed.iter().map(|limit| limit.name()).collect(),
        }
    }

    fn choose_without(&self, offers: &[Offer], rule: Rule, relaxed: &[Limit]) -> Option<Choice> {
        let active = self.active(relaxed);
        let fits = |(at, offer): (usize, &Offer)| self.broken(offer, &active).is_none().then_some(at);
        let mut feasible = Vec::with_capacity(offers.len());
        feasible.extend(offers.iter().enumerate().filter_map(fits));
        choose(offers, &feasible, rule)
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
