//! The models there are to choose from: a built-in list, and what the user's file changes in it.
//!
//! Prices, windows and strengths are data, never code: see `catalogue.toml`.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use toml::{Table, Value};

use super::Error;
use super::custom::{CustomType, Customs, Definition, Unfit};
use super::pattern;
use super::prior::{Kind, Prior, shifted};
use crate::domain::{ModelCard, TaskType};

const BUILTIN: &str = include_str!("catalogue.toml");
const MAX_FILE_BYTES: usize = 256 * 1024;
const MAX_MODELS: usize = 256;
const MAX_NAME_BYTES: usize = 128;

/// The models there are to choose from, in the order of their files. Ids are unique.
#[derive(Debug, Clone)]
pub struct Catalogue {
    models: Vec<ModelCard>,
    /// One for each model.
    priors: Vec<Prior>,
    tiers: BTreeMap<String, Tier>,
    customs: Customs,
}

/// A class of models: what is thought of one of which nothing else is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tier {
    strength: f64,
    #[serde(default)]
    strengths: BTreeMap<TaskType, f64>,
}

/// A catalogue file: rows, and which of all rows to keep.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    model: Vec<Table>,
    only: Option<Vec<String>>,
    #[serde(default)]
    tier: BTreeMap<String, Tier>,
    #[serde(default)]
    task_type: Vec<Table>,
}

impl Catalogue {
    /// The compiled-in list.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the file is compiled in and a test reads it")]
    pub fn builtin() -> Self {
        Self {
            models: Vec::new(),
            priors: Vec::new(),
            tiers: BTreeMap::new(),
            customs: Customs::default(),
        }
        .with_user_file(BUILTIN, "catalogue.toml")
        .expect("the compiled-in catalogue is valid")
    }

    /// This catalogue changed by a TOML text: a row with a known id replaces the fields it names, one
    /// with a new id is added, and `only = ["claude-*", "ollama"]` drops every model that no pattern names.
    ///
    /// # Errors
    /// [`Error::Catalogue`] naming the row and the field: unknown field, missing field, id given twice,
    /// negative price, empty context window, strength outside 0..1, a type of task that cannot be learned from its
    /// examples, or a file beyond its limits.
    pub fn with_user_file(self, text: &str, name: &str) -> Result<Self, Error> {
        let refuse = |row: &str, problem: String| Error::Catalogue {
            file: name.to_owned(),
            row: row.to_owned(),
            problem,
        };
        if text.len() > MAX_FILE_BYTES {
            return Err(refuse("file", format!("is larger than {MAX_FILE_BYTES} bytes")));
        }
        let file: File =
            toml::from_str(text).map_err(|error| refuse("file", one_line(&error.to_string())))?;
        let mut tiers = self.tiers;
        for (name, tier) in &file.tier {
            let strengths = tier.strengths.values().chain([&tier.strength]);
            if let Some(strength) = strengths.into_iter().find(|strength| !is_chance(**strength)) {
                return Err(refuse(
                    &format!("tier {name:?}"),
                    format!("{strength} is not between 0 and 1"),
                ));
            }
        }
        tiers.extend(file.tier);
        let mut models = self.models;
        let mut seen = HashSet::new();
        for (index, given) in file.model.into_iter().enumerate() {
            let id = given
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let row = format!("row {} ({id:?})", index + 1);
            if !seen.insert(id.clone()) {
                return Err(refuse(&row, "id is given twice".to_owned()));
            }
            let known = models.iter().position(|model| model.id == id);
            let mut fields = match known.and_then(|at| models.get(at)) {
                Some(model) => {
                    Table::try_from(model).map_err(|error| refuse(&row, one_line(&error.to_string())))?
                }
                None => Table::new(),
            };
            let given = strengths_of(given, &tiers).map_err(|problem| refuse(&row, problem))?;
            fields.extend(given);
            let card: ModelCard = fields
                .try_into()
                .map_err(|error: toml::de::Error| refuse(&row, one_line(&error.to_string())))?;
            check(&card).map_err(|problem| refuse(&row, problem))?;
            match known.and_then(|at| models.get_mut(at)) {
                Some(model) => *model = card,
                None => models.push(card),
            }
        }
        if let Some(only) = file.only {
            models.retain(|model| only.iter().any(|pattern| pattern::names(pattern, model)));
        }
        if models.is_empty() || models.len() > MAX_MODELS {
            return Err(refuse(
                "file",
                format!("leaves {} models, 1 to {MAX_MODELS} are allowed", models.len()),
            ));
        }
        let customs = customs(file.task_type).map_err(|unfit| refuse(&unfit.row(), unfit.problem))?;
        Ok(Self {
            priors: models.iter().map(Prior::of).collect(),
            models,
            tiers,
            customs: customs.unwrap_or(self.customs),
        })
    }

    /// The models, in the order of their files.
    #[must_use]
    pub fn models(&self) -> &[ModelCard] {
        &self.models
    }

    /// The types of task that were added to the eight, in the order of the file.
    #[must_use]
    pub fn custom_types(&self) -> &[CustomType] {
        self.customs.types()
    }

    /// What kind of work something is that was taken for `task_type`, and for the project's own type of that name,
    /// which may be gone.
    pub(super) fn kind(&self, task_type: TaskType, custom: Option<&str>) -> Kind {
        let custom = custom.and_then(|name| self.customs.position(name));
        let parent = custom
            .and_then(|at| self.custom_types().get(at))
            .map(|of| of.parent);
        Kind {
            task_type: parent.unwrap_or(task_type),
            custom,
        }
    }

    /// What recognises them.
    pub(super) fn customs(&self) -> &Customs {
        &self.customs
    }

    /// What is thought of the model at a place before anything was seen of it.
    pub(super) fn prior(&self, model: usize) -> Option<&Prior> {
        self.priors.get(model)
    }

    /// Where a model stands in [`Catalogue::models`].
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.models.iter().position(|model| model.id == id)
    }
}

/// The types of task that a file adds, if it names any.
fn customs(rows: Vec<Table>) -> Result<Option<Customs>, Unfit> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut definitions: Vec<Definition> = Vec::with_capacity(rows.len());
    for (at, row) in rows.into_iter().enumerate() {
        let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
        let unfit = |problem| Unfit {
            number: at + 1,
            name: name.to_owned(),
            problem,
        };
        let definition = row.clone().try_into();
        definitions.push(definition.map_err(|error: toml::de::Error| unfit(one_line(&error.to_string())))?);
    }
    Customs::fit(&definitions).map(Some)
}

/// Replaces what a row says about how good its model is (`tier`, `quality`, or both) by strengths. A tier gives its
/// own; a quality takes the place of `strength`, and shifts those of a tier by as much in log-odds.
fn strengths_of(mut row: Table, tiers: &BTreeMap<String, Tier>) -> Result<Table, String> {
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

fn is_chance(chance: f64) -> bool {
    chance > 0.0 && chance < 1.0
}

fn check(card: &ModelCard) -> Result<(), String> {
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

/// TOML errors draw the line they mean; a message has one line.
fn one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Tokens;

    fn check(text: &str, expect: &str) {
        let error = Catalogue::builtin().with_user_file(text, "my.toml").unwrap_err();
        assert_eq!(error.code(), "routing.catalogue");
        let text = error.to_string();
        assert!(text.contains(expect), "{text:?} does not contain {expect:?}");
    }

    const NEW: &str = "[[model]]\nid = 'x'\nprovider = 'p'\ncontext_tokens = 8000\noutput_tokens_per_second = 10.0\nfirst_token_ms = 10\nstrength = 0.5\n";

    #[test]
    fn the_builtin_catalogue_has_every_provider_and_dated_prices() {
        let catalogue = Catalogue::builtin();
        assert!((12..=16).contains(&catalogue.models().len()));
        for provider in ["anthropic", "openai", "google", "ollama"] {
            assert!(
                catalogue.models().iter().any(|model| model.provider == provider),
                "{provider}"
            );
        }
        for model in catalogue.models() {
            assert_eq!(model.local, model.provider == "ollama", "{}", model.id);
            assert!(model.cost_usd(1000, 1000).is_some(), "{} has no price", model.id);
            assert!(
                model.local || model.source.contains("read 2026-"),
                "{} has no dated source",
                model.id
            );
        }
    }

    #[test]
    fn a_users_row_changes_only_the_fields_it_names() {
        let builtin = Catalogue::builtin();
        let changed = builtin
            .clone()
            .with_user_file(
                "[[model]]\nid = 'gpt-6-luna'\ninput_usd_per_million = 7.0",
                "my.toml",
            )
            .unwrap();
        let at = builtin.position("gpt-6-luna").unwrap();
        let mut expected = builtin.models()[at].clone();
        expected.input_usd_per_million = Some(7.0);
        assert_eq!(changed.models()[at], expected);
        assert_eq!(changed.models().len(), builtin.models().len());
    }

    #[test]
    fn a_users_row_with_a_new_id_is_added_and_a_missing_price_stays_unknown() {
        let catalogue = Catalogue::builtin().with_user_file(NEW, "my.toml").unwrap();
        let model = &catalogue.models()[catalogue.position("x").unwrap()];
        assert_eq!(model.cost_usd(1000, 1000), None);
    }

    #[test]
    fn a_new_model_needs_one_number_or_its_tier() {
        let bare = NEW.replace("strength = 0.5\n", "");
        let with = |what: &str| {
            let catalogue = Catalogue::builtin()
                .with_user_file(&format!("{bare}{what}"), "my.toml")
                .unwrap();
            let at = catalogue.position("x").unwrap();
            let strength = |task_type| catalogue.prior(at).unwrap().at(task_type, Some(2));
            [TaskType::General, TaskType::Summarization].map(strength)
        };
        let [general, summaries] = with("quality = 0.7");
        assert!((general - 0.7).abs() < 1e-9 && general == summaries);
        let [general, summaries] = with("tier = 'economy'");
        assert!(general > 0.7 && summaries > general);
        let [other, other_summaries] = with("tier = 'economy'\nquality = 0.6");
        assert!((other - 0.6).abs() < 1e-9 && other_summaries > other && other_summaries < summaries);
    }

    #[test]
    fn only_keeps_what_it_names() {
        let catalogue = Catalogue::builtin()
            .with_user_file("only = ['claude-*', 'ollama']", "my.toml")
            .unwrap();
        assert!(
            catalogue
                .models()
                .iter()
                .all(|model| ["anthropic", "ollama"].contains(&model.provider.as_str()))
        );
    }

    #[test]
    fn a_long_prompt_has_its_own_price() {
        let catalogue = Catalogue::builtin();
        let model = &catalogue.models()[catalogue.position("claude-haiku-5-5").unwrap()];
        assert_eq!(model.cost_usd(100_000, 0), Some(0.01));
        assert_eq!(model.cost_usd(200_000, 0), Some(0.1));
    }

    #[test]
    fn cached_and_reasoning_tokens_have_their_own_prices() {
        let catalogue = Catalogue::builtin();
        let cost = |id: &str, cached, reasoning| {
            let tokens = Tokens {
                cached,
                reasoning,
                ..Tokens::default()
            };
            catalogue.models()[catalogue.position(id).unwrap()]
                .cost_of(tokens)
                .unwrap()
        };
        assert!((cost("claude-opus-5-5", 1_000_000, 0) - 0.2).abs() < 1e-12);
        // Above its limit the cache has a price of its own too.
        assert!((cost("claude-haiku-5-5", 1_000_000, 0) - 0.05).abs() < 1e-12);
        // Hidden reasoning is billed as output where nothing else is said.
        assert!((cost("claude-opus-5-5", 0, 1_000_000) - 20.0).abs() < 1e-12);
        // A cache whose price is not known is no discount.
        assert!((cost("gpt-6.1-terra", 1_000_000, 0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn bad_rows_are_refused_with_row_and_field() {
        check(
            "[[model]]\nid = 'gpt-6-luna'\ninput_usd_per_million = -1.0",
            "row 1 (\"gpt-6-luna\"): input_usd_per_million is -1",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\noutput_usd_per_million = nan",
            "output_usd_per_million is NaN",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\ncontext_tokens = 0",
            "context_tokens is 0",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\ncontext_tokens = -5",
            "context_tokens",
        );
        check("[[model]]\nid = 'gpt-6-luna'\nstrength = 1.5", "strength is 1.5");
        check(
            "[[model]]\nid = 'gpt-6-luna'\nstrengths = { cooking = 0.5 }",
            "cooking",
        );
        check("[[model]]\nid = 'gpt-6-luna'\nprice = 1.0", "price");
        check(
            "[[model]]\nid = 'gpt-6-luna'\ninput_usd_per_million = 'free'",
            "input_usd_per_million",
        );
        check(&format!("{NEW}{NEW}"), "row 2 (\"x\"): id is given twice");
        check("[[model]]\nprovider = 'p'", "row 1 (\"\")");
        check("[[model]]\nid = 'x'", "provider");
        check(
            "[[model]]\nid = 'gpt-6-luna'\ntier = 'heroic'",
            "known are economy, frontier",
        );
        check("[[model]]\nid = 'gpt-6-luna'\nquality = 2", "quality is 2");
        check(
            "[[model]]\nid = 'gpt-6-luna'\nquality = 0.5\nstrength = 0.5",
            "give one of them",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\nbytes_per_token = 0.0",
            "bytes_per_token is 0",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\nreasoning_tokens = -1.0",
            "reasoning_tokens is -1",
        );
        check(
            "[[model]]\nid = 'gpt-6-luna'\ncached_input_usd_per_million = -1.0",
            "cached_input",
        );
        check("[tier.mine]\nstrength = 1.0", "tier \"mine\": 1 is not between");
        check("[[models]]\nid = 'x'", "models");
        check("only = ['nobody']", "leaves 0 models");
        check("not toml", "file");
        check(&"#".repeat(MAX_FILE_BYTES + 1), "larger than");
    }
}
