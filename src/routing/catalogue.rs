//! The models there are to choose from: a built-in list, and what the user's file changes in it.
//!
//! Prices, windows and strengths are data, never code: see `catalogue.toml`.

use std::collections::HashSet;

use serde::Deserialize;
use toml::{Table, Value};

use super::Error;
use super::pattern;
use crate::domain::ModelCard;

const BUILTIN: &str = include_str!("catalogue.toml");
const MAX_FILE_BYTES: usize = 256 * 1024;
const MAX_MODELS: usize = 256;
const MAX_NAME_BYTES: usize = 128;

/// The models there are to choose from, in the order of their files. Ids are unique.
#[derive(Debug, Clone)]
pub struct Catalogue {
    models: Vec<ModelCard>,
}

/// A catalogue file: rows, and which of all rows to keep.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    model: Vec<Table>,
    only: Option<Vec<String>>,
}

impl Catalogue {
    /// The compiled-in list.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the file is compiled in and a test reads it")]
    pub fn builtin() -> Self {
        Self { models: Vec::new() }
            .with_user_file(BUILTIN, "catalogue.toml")
            .expect("the compiled-in catalogue is valid")
    }

    /// This catalogue changed by a TOML text: a row with a known id replaces the fields it names, one
    /// with a new id is added, and `only = ["claude-*", "ollama"]` drops every model that no pattern names.
    ///
    /// # Errors
    /// [`Error::Catalogue`] naming the row and the field: unknown field, missing field, id given twice,
    /// negative price, empty context window, strength outside 0..1, or a file beyond its limits.
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
        Ok(Self { models })
    }

    /// The models, in the order of their files.
    #[must_use]
    pub fn models(&self) -> &[ModelCard] {
        &self.models
    }

    /// Where a model stands in [`Catalogue::models`].
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.models.iter().position(|model| model.id == id)
    }
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
        chance if chance > 0.0 && chance < 1.0 => Ok(()),
        _ => Err(format!("{field} is {chance}, not between 0 and 1")),
    };
    name("id", &card.id)?;
    name("provider", &card.provider)?;
    card.capabilities
        .iter()
        .try_for_each(|capability| name("capabilities", capability))?;
    price("input_usd_per_million", card.input_usd_per_million)?;
    price("output_usd_per_million", card.output_usd_per_million)?;
    if let Some(long) = card.long_prompt {
        price(
            "long_prompt.input_usd_per_million",
            Some(long.input_usd_per_million),
        )?;
        price(
            "long_prompt.output_usd_per_million",
            Some(long.output_usd_per_million),
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
        check("[[models]]\nid = 'x'", "models");
        check("only = ['nobody']", "leaves 0 models");
        check("not toml", "file");
        check(&"#".repeat(MAX_FILE_BYTES + 1), "larger than");
    }
}
