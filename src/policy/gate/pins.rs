//! Tools that change what they say of themselves after somebody took them as they were.
//!
//! The first definition of a tool that is permitted is pinned by its hash. Another one later is a fact, which rules
//! stop or put before a person; a person who allows it pins it anew. What is permitted otherwise pins nothing, so that
//! a change is told of until somebody has looked at it.

use serde_json::{Value, json};

use super::decide::Decided;
use super::{Error, Gate};
use crate::detect::structure::tool_changed;
use crate::domain::{Action, ActionKind, Digest, Effect, Pin, Scope};
use crate::policy::canonical::canonical;
use crate::policy::facts::Found;

/// Most tools of a project that are pinned; beyond, the one that was pinned longest ago is new again.
pub(super) const MAX_PINS: usize = 10_000;

/// A tool's definition and what is known of the tool.
#[derive(Debug)]
pub(super) struct Sighting {
    server: String,
    tool: String,
    definition: String,
    pinned: Option<Digest>,
}

impl Sighting {
    /// What facts say when it is not what was pinned: a finding over all of the description.
    pub(super) fn finding(&self, action: &Action) -> Option<Found> {
        let hit = tool_changed(&self.definition, self.pinned?)?;
        let (place, end) = match &action.content {
            Some(description) => ("/content", description.len()),
            None => ("/arguments", 0),
        };
        Some(Found {
            class: hit.class,
            detector: hit.detector.into(),
            confidence: hit.confidence,
            place: place.to_owned(),
            start: 0,
            end,
            tag: self.sha256().to_string().chars().take(4).collect(),
        })
    }

    fn sha256(&self) -> Digest {
        Digest::of(self.definition.as_bytes())
    }
}

impl Gate {
    /// What is known of the tool that the action defines; `None` for any other action.
    pub(super) async fn sighting(&self, scope: &Scope, action: &Action) -> Result<Option<Sighting>, Error> {
        let (ActionKind::ToolDefinition, Some(pins)) = (action.kind, &self.pins) else {
            return Ok(None);
        };
        let mut rest = action.arguments.clone();
        let server = rest
            .as_object_mut()
            .and_then(|arguments| arguments.shift_remove("server"));
        let server = server
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let tool = action.tool.clone().unwrap_or_default();
        let pinned = pins.pinned(scope, &server, &tool).await;
        let pinned = pinned.map_err(|source| Error::PinsUnavailable { source })?;
        Ok(Some(Sighting {
            definition: canonical(&json!({ "description": action.content, "rest": rest })),
            server,
            tool,
            pinned: pinned.map(|pin| pin.sha256),
        }))
    }

    /// Pins what was seen for the first time and may be used, and what a person allowed. `false` when somebody else
    /// pinned the tool meanwhile: then it has to be judged again.
    pub(super) async fn pin(
        &self,
        scope: &Scope,
        seen: Option<&Sighting>,
        decided: &Decided,
        by_a_person: bool,
    ) -> Result<bool, Error> {
        let (Some(seen), Some(pins)) = (seen, &self.pins) else {
            return Ok(true);
        };
        let sha256 = seen.sha256();
        let is_permitted = decided.decision.effect < Effect::RequireApproval;
        let is_known = seen.pinned == Some(sha256);
        let may_change = seen.pinned.is_none() || by_a_person;
        if !is_permitted || is_known || !may_change {
            return Ok(true);
        }
        let pin = Pin {
            server: seen.server.clone(),
            tool: seen.tool.clone(),
            sha256,
            pinned_at: self.clock.now(),
        };
        let pinned = pins.pin(scope, pin, seen.pinned, MAX_PINS).await;
        pinned.map_err(|source| Error::PinsUnavailable { source })
    }
}

#[cfg(test)]
mod tests;
