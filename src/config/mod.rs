//! Settings, in layers: compiled-in defaults < a file < the environment < flags.
//!
//! This is the only module that reads the environment. Empty values and unsubstituted `${...}` count as
//! unset, because hosts pass such things on. An unknown key is an error that names the nearest known one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::Env;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Deserialize;

use crate::cli::Common;
use crate::domain::{Digest, Offer, Scope};
use crate::hosts::Homes;
use crate::ownership::Places;
use crate::{crew, mcp, model, routing, store, validation};

mod embedder;
mod error;
mod place;
mod providers;
mod webhooks;

pub use error::{Error, Result};

const DEFAULTS: &str = include_str!("default.toml");

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
    pub routing: routing::Settings,
    /// A TOML file with more models.
    pub catalogue: Option<PathBuf>,
    /// Rule packs beside the built-in one.
    pub packs: Vec<PathBuf>,
    /// Models that are called.
    pub models: model::Settings,
    /// Validation.
    pub validation: validation::Settings,
    /// Crews.
    pub crew: crew::Settings,
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

/// The file's own shape.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    data_dir: PathBuf,
    scope: RawScope,
    log: Log,
    store: store::sled::Settings,
    routing: RawRouting,
    policy: RawPolicy,
    embedder: embedder::RawEmbedder,
    providers: providers::RawProviders,
    webhooks: webhooks::RawWebhooks,
    inbound: webhooks::RawInbound,
    validation: validation::Settings,
    crew: RawCrew,
    serve: RawServe,
    call: mcp::Settings,
    http: mcp::http::Settings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScope {
    org: String,
    project: String,
    principal: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRouting {
    catalogue: PathBuf,
    quality_target: f64,
    high_stakes_quality_target: f64,
    lambda: f64,
    mu: f64,
    exploration: f64,
    exploration_seed: u64,
    share_outcomes: bool,
    provider_usd_per_day: BTreeMap<String, f64>,
}

impl RawRouting {
    fn settle(self) -> Result<routing::Settings> {
        let within = |key: &str, given: f64, is_right: bool, wanted: &str| {
            if is_right {
                return Ok(());
            }
            Err(Error::Value {
                key: format!("routing.{key}"),
                detail: format!("{given} is not {wanted}"),
                origin: "the settings".into(),
            })
        };
        for (key, target) in [
            ("quality_target", self.quality_target),
            ("high_stakes_quality_target", self.high_stakes_quality_target),
        ] {
            within(
                key,
                target,
                target > 0.0 && target <= 1.0,
                "above 0 and at most 1",
            )?;
        }
        let budgets = self.provider_usd_per_day.iter();
        let amounts = budgets.map(|(provider, usd)| (format!("provider_usd_per_day.{provider}"), *usd));
        for (key, amount) in amounts.chain([("lambda".to_owned(), self.lambda), ("mu".to_owned(), self.mu)]) {
            within(
                &key,
                amount,
                amount.is_finite() && amount >= 0.0,
                "a number of at least 0",
            )?;
        }
        let most = routing::MAX_EXPLORATION;
        let is_right = (0.0..=most).contains(&self.exploration);
        within(
            "exploration",
            self.exploration,
            is_right,
            &format!("from 0 to {most}"),
        )?;
        let utility = routing::Utility {
            lambda: self.lambda,
            mu: self.mu,
        };
        Ok(routing::Settings {
            quality_target: self.quality_target,
            high_stakes_quality_target: self.high_stakes_quality_target,
            utility: (utility != routing::Utility::default()).then_some(utility),
            exploration: self.exploration,
            exploration_seed: self.exploration_seed,
            share_outcomes: self.share_outcomes,
            provider_usd_per_day: self.provider_usd_per_day,
            ..routing::Settings::default()
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServe {
    tools: Vec<String>,
    read_only: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    packs: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCrew {
    templates_dir: PathBuf,
    token_ttl_s: u64,
    max_output_bytes: usize,
    lessons: bool,
    max_parallel: usize,
    max_tokens: u32,
    timeout_s: u32,
    least_timeout_s: u32,
    most_timeout_s: u32,
    hedge: bool,
    max_input_bytes: usize,
    sampling: bool,
    recovery: crew::Recovery,
}

impl RawCrew {
    fn settings(self) -> crew::Settings {
        crew::Settings {
            token_ttl_s: self.token_ttl_s,
            max_output_bytes: self.max_output_bytes,
            lessons: self.lessons,
            max_parallel: self.max_parallel,
            max_tokens: self.max_tokens,
            timeout_s: self.timeout_s,
            least_timeout_s: self.least_timeout_s,
            most_timeout_s: self.most_timeout_s,
            hedge: self.hedge,
            max_input_bytes: self.max_input_bytes,
            sampling: self.sampling,
            recovery: self.recovery,
        }
    }
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
        let mut layers = Figment::from(TomlText {
            name: "built-in defaults".into(),
            text: DEFAULTS.into(),
        });
        if let Some(path) = &file {
            let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
                path: path.clone(),
                source,
            })?;
            layers = layers.merge(TomlText::checked(path, text)?);
        }
        layers = layers.merge(environment());
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
            ..Self::settle(raw, file, origins(&layers))?
        })
    }

    fn settle(raw: Raw, file: Option<PathBuf>, origins: Vec<(String, String)>) -> Result<Self> {
        let data_dir = match set(raw.data_dir) {
            Some(dir) => std::path::absolute(&dir).map_err(|source| Error::Unreadable {
                path: dir.clone(),
                source,
            })?,
            None => place::data_dir().ok_or(Error::NoHome)?,
        };
        let project = if raw.scope.project.is_empty() {
            place::workspace()
        } else {
            raw.scope.project
        };
        let principal = if raw.scope.principal.is_empty() {
            place::principal()
        } else {
            raw.scope.principal
        };
        // A path may be longer than a key part allows; its digest is as good a name.
        let project = if project.len() > crate::domain::scope::MAX_PART_BYTES {
            Digest::of(project.as_bytes()).to_string()
        } else {
            project
        };
        let scope = Scope::new(&raw.scope.org, &project, &principal).ok_or(Error::BadScope)?;
        Ok(Self {
            inbound: raw.inbound.settle(&scope)?,
            data_dir,
            colours: !place::no_colours(),
            unicode: place::is_unicode(),
            places: place::sockets(),
            scope,
            log: raw.log,
            store: raw.store,
            catalogue: set(raw.routing.catalogue.clone()),
            routing: raw.routing.settle()?,
            packs: raw.policy.packs,
            models: model::Settings {
                embedder: raw.embedder.settle()?,
                providers: raw.providers.settle()?,
                receivers: raw.webhooks.settle()?,
            },
            validation: raw.validation,
            templates_dir: set(raw.crew.templates_dir.clone()),
            crew: raw.crew.settings(),
            user_templates: None,
            workspace: None,
            offer: checked(
                Offer {
                    tools: raw.serve.tools,
                    read_only: raw.serve.read_only,
                },
                "the settings",
            )?,
            call: raw.call,
            http: raw.http,
            file,
            origins,
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
        let layers = Figment::from(TomlText {
            name: "built-in defaults".into(),
            text: DEFAULTS.into(),
        })
        .merge(TomlText::checked(Path::new("given text"), text.into())?);
        let raw: Raw = layers.extract().map_err(|error| Error::from_figment(&error))?;
        Self::settle(raw, None, origins(&layers))
    }
}

fn set(path: PathBuf) -> Option<PathBuf> {
    (!path.as_os_str().is_empty()).then_some(path)
}

fn environment() -> Env {
    let unset = place::unset_variables();
    Env::prefixed("FIRSTMATE_")
        .filter(move |key| !unset.iter().any(|name| key == name.as_str()))
        .split("__")
}

fn checked(offer: Offer, origin: &str) -> Result<Offer> {
    match mcp::offer::checked(&offer) {
        Ok(()) => Ok(offer),
        Err(detail) => Err(Error::Value {
            key: "serve.tools".to_owned(),
            detail,
            origin: origin.to_owned(),
        }),
    }
}

fn origins(layers: &Figment) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Ok(root) = layers.find_value("") else {
        return found;
    };
    walk(&root, "", &mut |key, value| {
        let Some(metadata) = layers.get_metadata(value.tag()) else {
            return;
        };
        if metadata.name != "built-in defaults" {
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
struct TomlText {
    name: String,
    text: String,
}

impl TomlText {
    fn checked(path: &Path, text: String) -> Result<Self> {
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
struct Flag(&'static str, String);

impl Provider for Flag {
    fn metadata(&self) -> Metadata {
        Metadata::named("the command line")
    }

    fn data(&self) -> std::result::Result<Map<Profile, Dict>, figment::Error> {
        let dict = figment::util::nest(self.0, Value::from(self.1.clone())).into_dict();
        Ok(Map::from([(Profile::Default, dict.unwrap_or_default())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_shows_the_defaults_as_they_are() {
        let documented = include_str!("../../docs/configuration.md");
        assert!(
            documented.contains(DEFAULTS),
            "docs/configuration.md must hold default.toml verbatim"
        );
    }

    fn refused(text: &str) -> String {
        let error = Config::from_text(text).unwrap_err();
        format!(
            "{}: {} | {}",
            error.code(),
            crate::error::chain(&error),
            error.hint()
        )
    }

    #[test]
    fn the_compiled_in_defaults_are_complete() {
        let config = Config::from_text("").unwrap();
        assert_eq!(config.http.body_limit_bytes, 1 << 20);
        assert!(config.origins.is_empty(), "{:?}", config.origins);
    }

    #[test]
    fn a_file_overrides_and_says_so() {
        let config = Config::from_text("[crew]\ntoken_ttl_s = 60").unwrap();
        assert_eq!(config.crew.token_ttl_s, 60);
        assert_eq!(
            config.origins,
            [("crew.token_ttl_s".to_owned(), "file given text".to_owned())]
        );
    }

    #[test]
    fn a_typo_names_the_nearest_key() {
        assert_eq!(
            refused("[crew]\ntoken_tll_s = 60"),
            "config.unknown_key: unknown setting `crew.token_tll_s` in file given text | \
             Did you mean `crew.token_ttl_s`? docs/configuration.md lists every setting."
        );
        let hint = refused("[stor]\ndurability = 'power'");
        assert!(hint.contains("Did you mean `store`?"), "{hint}");
    }

    #[test]
    fn a_wrong_value_names_its_key() {
        for (text, start) in [
            (
                "[store]\ndurability = 'sometimes'",
                "config.value: setting `store.durability` in file given text",
            ),
            (
                "[http]\nbody_limit_bytes = 'large'",
                "config.value: setting `http.body_limit_bytes`",
            ),
            (
                "[routing]\nquality_target = 1.5",
                "config.value: setting `routing.quality_target`",
            ),
            (
                "[log\nfilter = 1",
                "config.syntax: configuration file given text is not valid TOML",
            ),
        ] {
            let told = refused(text);
            assert!(told.starts_with(start), "{told}");
        }
    }
}
