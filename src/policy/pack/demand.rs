//! What a rule asks beside the action itself: a limit that is kept, a judgement that was made, a way that data
//! must not take. And what happens then, with its options.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::domain::{Destination, Effect, Label, MicroUsd, Verdict};
use crate::policy::facts::{Facts, Validated};

mod then;

use then::some_time;
pub use then::{Approval, Then};

/// So much of something within a time; what would exceed it is stopped.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "LimitSource")]
pub struct Limit {
    /// What is counted.
    pub unit: Unit,
    /// How much of it may be used, in the unit: millionths of a dollar, tokens, actions, bytes.
    pub most: u64,
    /// Within what.
    pub per: Window,
    /// From how much on it is warned of.
    pub warn_at: Option<u64>,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// What actions may cost, in millionths of a dollar.
    Usd,
    /// What models may read and write.
    Tokens,
    /// The actions themselves.
    Calls,
    /// Bytes of text in them.
    Bytes,
}

/// The time a limit is counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// One run. An action without a run is no part of one, and is not counted.
    Run,
    /// The last minute.
    Minute,
    /// The last hour.
    Hour,
    /// The last 24 hours.
    Day,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitSource {
    usd: Option<f64>,
    tokens: Option<u64>,
    calls: Option<u64>,
    bytes: Option<u64>,
    per: Window,
    warn_at: Option<String>,
}

impl TryFrom<LimitSource> for Limit {
    type Error = String;

    fn try_from(source: LimitSource) -> Result<Self, String> {
        let usd = source.usd.map(|usd| {
            let amount = MicroUsd::from_usd(usd).ok_or_else(|| format!("{usd} is no amount of dollars"));
            Ok::<u64, String>(amount?.0)
        });
        let given = [
            (Unit::Usd, usd.transpose()?),
            (Unit::Tokens, source.tokens),
            (Unit::Calls, source.calls),
            (Unit::Bytes, source.bytes),
        ];
        let mut given = given.into_iter().filter_map(|(unit, most)| Some((unit, most?)));
        let (Some((unit, most)), None) = (given.next(), given.next()) else {
            return Err("a limit names one of usd, tokens, calls and bytes".to_owned());
        };
        let warn_at = source.warn_at.map(|share| {
            let percent = share
                .trim()
                .strip_suffix('%')
                .and_then(|number| number.trim().parse::<f64>().ok());
            let percent = percent.filter(|percent| (0.0..100.0).contains(percent));
            let percent = percent.ok_or_else(|| format!("`warn_at: {share}` is no share such as 80%"))?;
            Ok::<u64, String>((most as f64 * percent / 100.0).ceil() as u64)
        });
        Ok(Self {
            unit,
            most,
            per: source.per,
            warn_at: warn_at.transpose()?,
        })
    }
}

impl Limit {
    /// How much of it the action takes.
    #[must_use]
    pub fn amount(&self, facts: &Facts) -> u64 {
        match self.unit {
            Unit::Usd => facts.cost.0,
            Unit::Tokens => facts.tokens,
            Unit::Calls => 1,
            Unit::Bytes => facts.bytes,
        }
    }

    /// `then` when the action would exceed it, a warning when it comes near.
    #[must_use]
    pub(in crate::policy) fn effect(&self, id: &str, facts: &Facts, then: Effect) -> Option<Effect> {
        let used = facts.used.get(id).copied().unwrap_or_default();
        let sum = used.saturating_add(self.amount(facts));
        // Nothing is left for an action that costs something, and none that is free needs it.
        if sum > self.most {
            Some(then)
        } else {
            (self.warn_at.is_some_and(|from| sum >= from)).then_some(Effect::Warn)
        }
    }

    /// How much was used, in words.
    pub(in crate::policy) fn told(&self, id: &str, facts: &Facts) -> String {
        let used = facts.used.get(id).copied().unwrap_or_default();
        let words = |amount: u64| match self.unit {
            Unit::Usd => format!("${:.4}", MicroUsd(amount).as_usd()),
            Unit::Tokens => format!("{amount} tokens"),
            Unit::Calls => format!("{amount} actions"),
            Unit::Bytes => format!("{amount} bytes"),
        };
        let amount = words(self.amount(facts));
        format!(
            "{} of {} are used in {}, and this takes {amount}",
            words(used),
            words(self.most),
            self.per
        )
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Run => "this run",
            Self::Minute => "the last minute",
            Self::Hour => "the last hour",
            Self::Day => "the last 24 hours",
        })
    }
}

/// A judgement of `validate_output` that has to be there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Require {
    /// The worst verdict that will do.
    pub validated: Verdict,
    /// Whether exactly this content has to be what was judged, or anything in the run.
    #[serde(default = "yes")]
    pub same_content: bool,
    /// How old it may be.
    #[serde(default, deserialize_with = "some_time")]
    pub within: Option<Duration>,
}

fn yes() -> bool {
    true
}

impl Require {
    /// Whether it is there.
    #[must_use]
    pub fn is_met(&self, facts: &Facts) -> bool {
        let found = if self.same_content {
            facts.validated
        } else {
            facts.validated_in_run
        };
        found.is_some_and(|Validated { verdict, age_s }| {
            verdict <= self.validated && self.within.is_none_or(|within| age_s <= within.as_secs())
        })
    }
}

/// A way that data must not take, over any number of steps of a run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// What the run took in.
    pub after: Label,
    /// What else it took in or the action holds.
    #[serde(default)]
    pub and: Option<Label>,
    /// Where the action would send it.
    pub to: OneOrMany,
}

/// One destination or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(Destination),
    /// Any of these.
    Many(Vec<Destination>),
}

impl Flow {
    /// Whether the action takes it.
    #[must_use]
    pub fn is_taken(&self, facts: &Facts) -> bool {
        self.leads_there(facts)
            && facts.labels.contains(&self.after)
            && self.and.is_none_or(|label| facts.labels.contains(&label))
    }

    /// Whether the action sends something where it must not go, whatever the labels.
    #[must_use]
    pub fn leads_there(&self, facts: &Facts) -> bool {
        match &self.to {
            OneOrMany::One(to) => facts.to == *to,
            OneOrMany::Many(to) => to.contains(&facts.to),
        }
    }
}
