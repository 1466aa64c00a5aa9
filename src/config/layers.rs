//! The layers that settings come in, and which of them a setting came from.

use std::path::Path;

use figment::providers::Env;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::{Error, Result, place};

/// Every setting with its default, as docs/configuration.md shows it.
pub(super) const DEFAULTS: &str = include_str!("default.toml");

/// The name of the lowest layer.
const BUILT_IN: &str = "built-in defaults";

/// The lowest layer: every setting as it is without anybody's word.
pub(super) fn defaults() -> Figment {
    Figment::from(TomlText {
        name: BUILT_IN.into(),
        text: DEFAULTS.into(),
    })
}

/// The variables `FIRSTMATE_...` that say something.
pub(super) fn environment() -> Env {
    let unset = place::unset_variables();
    Env::prefixed("FIRSTMATE_")
        .filter(move |key| !unset.iter().any(|name| key == name.as_str()))
        .split("__")
}

/// Each setting that is not the default, with the layer it came from.
pub(super) fn origins(layers: &Figment) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Ok(root) = layers.find_value("") else {
        return found;
    };
    walk(&root, "", &mut |key, value| {
        let Some(metadata) = layers.get_metadata(value.tag()) else {
            return;
        };
        if metadata.name != BUILT_IN {
            found.push((key.to_owned(), metadata.name.to_string()));
        }
    });
    found
}

fn walk(value: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    match value.as_dict() {
        Some(dict) => {
            for (key, child) in dict {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                walk(child, &path, visit);
            }
        }
        None => visit(path, value),
    }
}

/// A TOML document as a layer.
pub(super) struct TomlText {
    name: String,
    text: String,
}

impl TomlText {
    /// The text of a file, or why it is none of TOML.
    pub(super) fn checked(path: &Path, text: String) -> Result<Self> {
        match toml::from_str::<toml::Table>(&text) {
            Ok(_) => Ok(Self {
                name: format!("file {}", path.display()),
                text,
            }),
            Err(error) => Err(Error::Syntax {
                path: path.to_owned(),
                detail: error.to_string(),
            }),
        }
    }
}

impl Provider for TomlText {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> std::result::Result<Map<Profile, Dict>, figment::Error> {
        let table: toml::Table =
            toml::from_str(&self.text).map_err(|error| figment::Error::from(error.to_string()))?;
        let dict = Value::serialize(table)?.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

/// One setting from the command line.
pub(super) struct Flag(pub(super) &'static str, pub(super) String);

impl Provider for Flag {
    fn metadata(&self) -> Metadata {
        Metadata::named("the command line")
    }

    fn data(&self) -> std::result::Result<Map<Profile, Dict>, figment::Error> {
        let dict = figment::util::nest(self.0, Value::from(self.1.clone())).into_dict();
        Ok(Map::from([(Profile::Default, dict.unwrap_or_default())]))
    }
}
