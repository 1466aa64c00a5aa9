//! Settings, in layers: compiled-in defaults < a file < the environment < flags.
//!
//! This is the only module that reads the environment. Empty values and unsubstituted `${...}` count as
//! unset, because hosts pass such things on. An unknown key is an error that names the nearest known one.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli::Common;
use crate::domain::{Offer, Scope};
use crate::hosts::Homes;
use crate::ownership::Places;
use crate::{mcp, model, store, validation};

mod crew;
mod embedder;
mod error;
mod layers;
mod place;
mod providers;
mod raw;
mod routing;
mod webhooks;

pub use error::{Error, Result};
use layers::{Flag, TomlText};
use raw::{Raw, checked};

/// Everything that can be set, settled: inside, nobody asks again what an empty string might mean.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where the socket may be put at which other processes reach the owner of the data directory.
    pub places: Places,
    /// Whose data a call touches when the transport does not say.
    pub scope: Scope,
    /// What is logged.
    pub log: Log,
    /// The store.
    pub store: store::sled::Settings,
    /// Routing.
    pub routing: crate::routing::Settings,
    /// A TOML file with more models.
    pub catalogue: Option<PathBuf>,
    /// Rule packs beside the built-in one.
    pub packs: Vec<PathBuf>,
    /// Models that are called.
    pub models: model::Settings,
    /// Validation.
    pub validation: validation::Settings,
    /// Crews.
    pub crew: crate::crew::Settings,
    /// A directory with more templates.
    pub templates_dir: Option<PathBuf>,
    /// The user's own directory for templates, if there is one.
    pub user_templates: Option<PathBuf>,
    /// The root of the workspace that the process was started in.
    pub workspace: Option<PathBuf>,
    /// Which tools clients are offered.
    pub offer: Offer,
    /// A single tool call.
    pub call: mcp::Settings,
    /// The HTTP transports.
    pub http: mcp::http::Settings,
    /// Who may call the webhooks of this server, if anybody may.
    pub inbound: Option<mcp::hooks::Inbound>,
    /// Whether a terminal may be written to in colours.
    pub colours: bool,
    /// Whether a terminal shows more than ASCII.
    pub unicode: bool,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Each setting that is not the default, with where it came from.
    pub origins: Vec<(String, String)>,
}

/// What commands ask of the surroundings that need no settings, and work where those are wrong.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where hosts keep their files.
    pub homes: Homes,
    /// The root of the workspace that the process was started in.
    pub workspace: PathBuf,
    /// Whether a terminal may be written to in colours.
    pub colours: bool,
}

impl Surroundings {
    /// Reads the environment and the working directory.
    ///
    /// # Errors
    /// Without a home directory.
    pub fn read() -> Result<Self> {
        Ok(Self {
            homes: place::homes().ok_or(Error::NoHome)?,
            workspace: PathBuf::from(place::workspace()),
            colours: !place::no_colours(),
        })
    }
}

/// What is written to stderr.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// tracing's directives.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads all layers of this process: its environment and its working directory.
    ///
    /// # Errors
    /// When a file cannot be read or a layer holds an unknown key or a value of the wrong type.
    pub fn load(flags: &Common) -> Result<Self> {
        let file = match &flags.config {
            // Whole, since it goes into commands that run elsewhere.
            Some(path) => Some(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
            None => place::config_file().filter(|path| path.exists()),
        };
        let mut layers = layers::defaults();
        if let Some(path) = &file {
            let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
                path: path.clone(),
                source,
            })?;
            layers = layers.merge(TomlText::checked(path, text)?);
        }
        layers = layers.merge(layers::environment());
        if let Some(dir) = &flags.data_dir {
            layers = layers.merge(Flag("data_dir", dir.to_string_lossy().into_owned()));
        }
        if let Some(project) = &flags.project {
            layers = layers.merge(Flag("scope.project", project.clone()));
        }
        if let Some(filter) = flags.log.clone().or_else(place::rust_log) {
            layers = layers.merge(Flag("log.filter", filter));
        }
        let raw: Raw = layers.extract().map_err(|error| Error::from_figment(&error))?;
        Ok(Self {
            user_templates: place::templates(),
            workspace: Some(PathBuf::from(place::workspace())),
            ..raw.settle(file, layers::origins(&layers))?
        })
    }

    /// The same where the flags of `serve` say more: `tools` instead of those of the settings, unless there are none.
    ///
    /// # Errors
    /// For the name of a tool that there is not.
    pub fn serving(mut self, tools: &[String], read_only: bool) -> Result<Self> {
        if !tools.is_empty() {
            self.offer.tools = tools.to_vec();
        }
        self.offer.read_only |= read_only;
        self.offer = checked(self.offer, "the flag --tools")?;
        Ok(self)
    }

    /// Reads the given text as if it were the only file, without the environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_text(text: &str) -> Result<Self> {
        let layers = layers::defaults().merge(TomlText::checked(Path::new("given text"), text.into())?);
        let raw: Raw = layers.extract().map_err(|error| Error::from_figment(&error))?;
        raw.settle(None, layers::origins(&layers))
    }
}

#[cfg(test)]
mod tests;
