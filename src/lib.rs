//! firstmate: a first mate for the assistant in someone's editor.
//!
//! It picks the model for a task, drives a crew of steps in the right order, checks what comes back, keeps the
//! rules and remembers what was learned. The binary serves that as six MCP tools; this library is the same
//! services without a server.
//!
//! It is *not* a model gateway (the host's own model does the steps), not a shell (it runs nothing on the
//! user's machine) and not a chat page. It never reports work as done that it did not see done and checked.
//!
//! The modules, in the order in which a newcomer reads them. Each uses only what stands above it:

pub mod domain;

pub mod audit;
pub mod clock;
pub mod detect;
pub mod hosts;
pub mod ownership;

pub mod model;
pub mod store;

pub mod knowledge;
pub mod policy;
pub mod routing;
pub mod validation;

pub mod crew;

pub mod cli;
pub mod config;
pub mod error;
pub mod mcp;
pub mod telemetry;

pub mod app;
