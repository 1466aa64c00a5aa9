//! What is served: a handler of MCP with what belongs to it, and who may call it.

use std::sync::Arc;

use rmcp::ServerHandler;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Bearer;
use crate::mcp::Server;
use crate::mcp::hooks::{Hooks, Inbound};
use crate::mcp::page::{Desk, Page};

/// What is served: a handler of MCP, and who may call it.
#[derive(Debug, Clone)]
pub struct Front<H> {
    pub(super) handler: H,
    /// The handler of one more session.
    pub(super) fresh: fn(&H) -> H,
    /// A token per call that runs.
    pub(super) running: TaskTracker,
    /// Over once streams of subscriptions are to end.
    pub(super) ending: CancellationToken,
    pub(super) bearer: Bearer,
    pub(super) hooks: Option<Arc<Hooks>>,
    pub(super) page: Option<Page>,
}

impl<H: ServerHandler + Clone> Front<H> {
    /// Any handler, for everybody on this machine.
    #[must_use]
    pub fn new(handler: H) -> Self {
        Self {
            handler,
            fresh: H::clone,
            running: TaskTracker::new(),
            ending: CancellationToken::new(),
            bearer: Bearer::default(),
            hooks: None,
            page: None,
        }
    }

    /// The same for who shows the token, or for all where it is not required.
    #[must_use]
    pub fn with_bearer(self, bearer: Bearer) -> Self {
        Self { bearer, ..self }
    }
}

impl Front<Server> {
    /// firstmate, with webhooks where there is an `inbound`.
    #[must_use]
    pub fn of(server: Server, inbound: Option<Inbound>) -> Self {
        Self {
            fresh: Server::connected,
            running: server.running.clone(),
            ending: server.ending.clone(),
            hooks: inbound.map(|inbound| Arc::new(Hooks::new(inbound, &server))),
            ..Self::new(server)
        }
    }

    /// The same with the page at `/ui`, which asks `desk`.
    #[must_use]
    pub fn with_desk(self, desk: Arc<dyn Desk>) -> Self {
        Self {
            page: Some(Page::new(desk)),
            ..self
        }
    }
}
