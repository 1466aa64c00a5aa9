//! The models there are to choose from: a built-in list, and what the user's file changes in it.
//!
//! Prices, windows and strengths are data, never code: see `catalogue.toml`.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use toml::{Table, Value};

use super::Error;
use super::custom::{CustomType, Customs, Definition, Unfit};
use super::pattern;
use super::prior::{Kind, Prior};
use crate::domain::{ModelCard, TaskType};

mod row;

use row::{Tier, check, is_chance, strengths_of};

const BUILTIN: &str = include_str!("catalogue.toml");
const MAX_FILE_BYTES: usize = 256 * 1024;
const MAX_MODELS: usize = 256;

/// The models there are to choose from, in the order of their files. Ids are unique.
#[derive(Debug, Clone)]
pub struct Catalogue {
    models: Vec<ModelCard>,
    /// One for each model.
    priors: Vec<Prior>,
    tiers: BTreeMap<String, Tier>,
    customs: Customs,
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

/// TOML errors draw the line they mean; a message has one line.
fn one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests;
