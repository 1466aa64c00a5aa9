//! The face: how firstmate speaks the Model Context Protocol.
//!
//! The only module that knows rmcp. It takes the words of a caller, asks the policy engine once, makes
//! one call to a service and gives back the answer. It holds no logic of the field and keeps no state
//! beyond open connections. It starts no process, and it spawns nothing that the app cannot wait for.
//!
//! Read in this order: [`server`] (what can be called), `permitted` (what every call passes), `tools`
//! (one file each), `reply` (answers and errors), then the transports [`stdio`] and [`http`], and `relay`,
//! which stands between a client and the server of another process.

use std::sync::Arc;

use serde::Deserialize;

use crate::clock::Clock;
use crate::crew::Crews;
use crate::domain::Scope;
use crate::knowledge::Knowledge;
use crate::policy::Gate;
use crate::routing::Router;
use crate::store::Audit;
use crate::store::news::News;
use crate::validation::Validator;

mod address;
mod approval;
mod arguments;
mod caller;
mod completion;
pub mod hooks;
pub mod http;
pub(crate) mod lines;
pub mod offer;
pub mod page;
mod pages;
mod permitted;
mod progress;
mod prompts;
pub(crate) mod relay;
mod remarks;
mod reply;
mod resources;
mod sampling;
mod schema;
pub mod server;
pub mod stdio;
mod subscriptions;
mod tasks;
#[cfg(test)]
mod tests;
mod tools;

pub use reply::ToolError;
pub use server::{Server, tool_list};

/// What the tools work with: the five services and what every call needs beside them.
#[derive(Debug, Clone)]
pub struct Services {
    /// Which model should do a task.
    pub router: Arc<Router>,
    /// Work done by roles, step by step.
    pub crews: Arc<Crews>,
    /// Whether an output is what it should be.
    pub validator: Arc<Validator>,
    /// What may happen.
    pub gate: Arc<Gate>,
    /// What was learned.
    pub knowledge: Arc<Knowledge>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// Who calls, and in which project, when a call does not name one.
    pub default_scope: Scope,
    /// What a call may use.
    pub settings: Settings,
    /// The record of what policy decided, to be read.
    pub audit: Arc<dyn Audit>,
    /// Who is told of what is written.
    pub news: News,
    /// Why the models file that the settings name is not in use, where it is refused: then the built-in catalogue
    /// is, and every route says so.
    pub models_file_refused: Option<String>,
}

/// Bounds of a single tool call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest arguments of a call, in bytes of text; 1 MiB. More is answered with
    /// `arguments_too_large` and never reaches a service.
    pub max_arguments_bytes: usize,
    /// How many seconds a person has to answer a question about an approval; 20, because hosts cut
    /// calls that take 30 to 60 seconds.
    pub approval_wait_s: u64,
    /// Most items of one page of a list; 100, because many clients never ask for a second one.
    pub list_page: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_arguments_bytes: 1 << 20,
            approval_wait_s: 20,
            list_page: 100,
        }
    }
}
