//! Several requests one after the other.
//!
//! When nobody owns the data directory the store is opened once for all of them, and others are let in
//! meanwhile: who starts a server during a long import works through it, and goes on when it is done.

use super::owner::Owner;
use super::request::{self, Outcome, Request};
use crate::config::Config;
use crate::error::Error;
use crate::ownership::Place;

/// Where the requests are done.
#[derive(Debug)]
pub(super) struct Series {
    config: Config,
    owner: Option<Owner>,
}

impl Series {
    /// Requests by these settings, done by whoever has the store open when the first is asked.
    pub(super) fn new(config: Config) -> Self {
        Self { config, owner: None }
    }

    /// Does `request` where the store is open.
    ///
    /// # Errors
    /// When neither the directory nor its owner can be worked with.
    pub(super) async fn ask(&mut self, request: Request) -> Result<Outcome, Error> {
        let mut patience = request::Patience::new();
        loop {
            if let Some(owner) = &self.owner {
                return Ok(owner.carry_out(request).await);
            }
            match request::place(&self.config).await? {
                Place::Free(claim) => self.owner = Some(Owner::start(self.config.clone(), claim).await?),
                Place::Linked(stream, _) => {
                    if let Some(outcome) = patience.exchange(stream, &request).await? {
                        return Ok(outcome);
                    }
                }
            }
        }
    }

    /// Closes the store, if it was opened here.
    pub(super) async fn finish(self) {
        if let Some(owner) = self.owner {
            owner.finish().await;
        }
    }
}
