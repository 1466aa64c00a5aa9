//! The shape of a file of settings, and what it means.

use std::path::PathBuf;

use serde::Deserialize;

use super::crew::RawCrew;
use super::embedder::RawEmbedder;
use super::providers::RawProviders;
use super::routing::RawRouting;
use super::webhooks::{RawInbound, RawWebhooks};
use super::{Config, Error, Log, Result, place};
use crate::domain::scope::MAX_PART_BYTES;
use crate::domain::{Digest, Offer, Scope};
use crate::{mcp, model, store, validation};

/// The file's own shape.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    data_dir: PathBuf,
    scope: RawScope,
    log: Log,
    store: store::sled::Settings,
    routing: RawRouting,
    policy: RawPolicy,
    embedder: RawEmbedder,
    providers: RawProviders,
    webhooks: RawWebhooks,
    inbound: RawInbound,
    validation: validation::Settings,
    crew: RawCrew,
    serve: RawServe,
    call: mcp::Settings,
    http: mcp::http::Settings,
}

impl Raw {
    /// What it means, with what else the surroundings say.
    pub(super) fn settle(self, file: Option<PathBuf>, origins: Vec<(String, String)>) -> Result<Config> {
        let data_dir = match set(self.data_dir) {
            Some(dir) => std::path::absolute(&dir).map_err(|source| Error::Unreadable {
                path: dir.clone(),
                source,
            })?,
            None => place::data_dir().ok_or(Error::NoHome)?,
        };
        let project = if self.scope.project.is_empty() {
            place::workspace()
        } else {
            self.scope.project
        };
        let principal = if self.scope.principal.is_empty() {
            place::principal()
        } else {
            self.scope.principal
        };
        // A path may be longer than a key part allows; its digest is as good a name.
        let project = if project.len() > MAX_PART_BYTES {
            Digest::of(project.as_bytes()).to_string()
        } else {
            project
        };
        let scope = Scope::new(&self.scope.org, &project, &principal).ok_or(Error::BadScope)?;
        Ok(Config {
            inbound: self.inbound.settle(&scope)?,
            data_dir,
            colours: !place::no_colours(),
            unicode: place::is_unicode(),
            places: place::sockets(),
            scope,
            log: self.log,
            store: self.store,
            catalogue: set(self.routing.catalogue.clone()),
            routing: self.routing.settle()?,
            packs: self.policy.packs,
            models: model::Settings {
                embedder: self.embedder.settle()?,
                providers: self.providers.settle()?,
                receivers: self.webhooks.settle()?,
            },
            validation: self.validation,
            templates_dir: set(self.crew.templates_dir.clone()),
            crew: self.crew.settings(),
            user_templates: None,
            workspace: None,
            offer: checked(
                Offer {
                    tools: self.serve.tools,
                    read_only: self.serve.read_only,
                },
                "the settings",
            )?,
            call: self.call,
            http: self.http,
            file,
            origins,
        })
    }
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
struct RawServe {
    tools: Vec<String>,
    read_only: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    packs: Vec<PathBuf>,
}

/// The offer, where there are such tools; `origin` says who names them.
pub(super) fn checked(offer: Offer, origin: &str) -> Result<Offer> {
    match mcp::offer::checked(&offer) {
        Ok(()) => Ok(offer),
        Err(detail) => Err(Error::Value {
            key: "serve.tools".to_owned(),
            detail,
            origin: origin.to_owned(),
        }),
    }
}

fn set(path: PathBuf) -> Option<PathBuf> {
    (!path.as_os_str().is_empty()).then_some(path)
}
