//! One row of a catalogue file: how good its model is said to be, and whether it makes sense.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use crate::domain::{ModelCard, TaskType};
use crate::routing::prior::shifted;

const MAX_NAME_BYTES: usize = 128;

/// A class of models: what is thought of one of which nothing else is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tier {
    pub(super) strength: f64,
    #[serde(default)]
    pub(super) strengths: BTreeMap<TaskType, f64>,
}

/// Replaces what a row says about how good its model is (`tier`, `quality`, or both) by strengths. A tier gives its
/// own; a quality takes the place of `strength`, and shifts those of a tier by as much in log-odds.
pub(super) fn strengths_of(mut row: Table, tiers: &BTreeMap<String, Tier>) -> Result<Table, String> {
    let quality = match row.remove("quality") {
        None => None,
        Some(_) if row.contains_key("strength") => {
            return Err("quality and strength say the same: give one of them".to_owned());
        }
        Some(quality) => Some(
            quality
                .as_float()
                .filter(|quality| is_chance(*quality))
                .ok_or_else(|| format!("quality is {quality}, not a number between 0 and 1"))?,
        ),
    };
    let name = row.get("tier").and_then(Value::as_str);
    let tier = match name {
        None => None,
        Some(name) => Some(tiers.get(name).ok_or_else(|| {
            let known: Vec<_> = tiers.keys().map(String::as_str).collect();
            format!("tier {name:?} is not known, known are {}", known.join(", "))
        })?),
    };
    let own = quality.or_else(|| row.get("strength").and_then(Value::as_float));
    let strength = own.or(tier.map(|tier| tier.strength));
    if let Some(strength) = strength {
        row.entry("strength").or_insert(Value::Float(strength));
    }
    if let (Some(tier), Some(strength)) = (tier, strength) {
        let shifted = |at: f64| shifted(at, tier.strength, strength);
        let of_tier = tier.strengths.iter();
        let mut strengths: Table = of_tier
            .map(|(task_type, at)| (task_type.name().to_owned(), Value::Float(shifted(*at))))
            .collect();
        if let Some(own) = row.get("strengths").and_then(Value::as_table) {
            strengths.extend(own.clone());
        }
        row.insert("strengths".to_owned(), Value::Table(strengths));
    }
    Ok(row)
}

/// Whether it lies between 0 and 1.
pub(super) fn is_chance(chance: f64) -> bool {
    chance > 0.0 && chance < 1.0
}

/// Why a model cannot be as its row says.
pub(super) fn check(card: &ModelCard) -> Result<(), String> {
    let name = |field: &str, text: &str| match text {
        "" => Err(format!("{field} is empty")),
        text if text.len() > MAX_NAME_BYTES => Err(format!("{field} is longer than {MAX_NAME_BYTES} bytes")),
        text if text.chars().any(char::is_control) => Err(format!("{field} holds a control character")),
        _ => Ok(()),
    };
    let price = |field: &str, price: Option<f64>| match price {
        Some(price) if !(price.is_finite() && price >= 0.0) => {
            Err(format!("{field} is {price}, not a price"))
        }
        _ => Ok(()),
    };
    let chance = |field: &str, chance: f64| match chance {
        chance if is_chance(chance) => Ok(()),
        _ => Err(format!("{field} is {chance}, not between 0 and 1")),
    };
    name("id", &card.id)?;
    name("provider", &card.provider)?;
    card.capabilities
        .iter()
        .try_for_each(|capability| name("capabilities", capability))?;
    price("input_usd_per_million", card.input_usd_per_million)?;
    price("output_usd_per_million", card.output_usd_per_million)?;
    price("cached_input_usd_per_million", card.cached_input_usd_per_million)?;
    price("reasoning_usd_per_million", card.reasoning_usd_per_million)?;
    if !(card.reasoning_tokens.is_finite() && card.reasoning_tokens >= 0.0) {
        return Err(format!(
            "reasoning_tokens is {}, not a share",
            card.reasoning_tokens
        ));
    }
    if !(card.bytes_per_token.is_finite() && card.bytes_per_token >= 0.1) {
        return Err(format!(
            "bytes_per_token is {}, not a length",
            card.bytes_per_token
        ));
    }
    if let Some(long) = card.long_prompt {
        price(
            "long_prompt.input_usd_per_million",
            Some(long.input_usd_per_million),
        )?;
        price(
            "long_prompt.output_usd_per_million",
            Some(long.output_usd_per_million),
        )?;
        price(
            "long_prompt.cached_input_usd_per_million",
            long.cached_input_usd_per_million,
        )?;
    }
    if card.context_tokens == 0 {
        return Err("context_tokens is 0".to_owned());
    }
    if !(card.output_tokens_per_second.is_finite() && card.output_tokens_per_second > 0.0) {
        return Err(format!(
            "output_tokens_per_second is {}, not a speed",
            card.output_tokens_per_second
        ));
    }
    chance("strength", card.strength)?;
    card.strengths
        .iter()
        .try_for_each(|(task_type, strength)| chance(&format!("strengths.{task_type}"), *strength))
}
