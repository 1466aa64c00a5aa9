//! Through which door something is asked, and whether the rules let it through.

use serde_json::{Value, json};

use super::App;
use super::request::told;
use crate::domain::{Action, ActionKind, Actor, Destination, Effect, Scope};
use crate::error::Error;
use crate::mcp::{Services, ToolError};
use crate::policy::{Checked, Permit};

/// Through which door something is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door {
    /// Its name in the record of decisions.
    pub(super) via: &'static str,
    /// Whether the same is asked through it every moment: judged each time, recorded once ([`Gate::check_look`]).
    ///
    /// [`Gate::check_look`]: crate::policy::Gate::check_look
    pub(super) looks: bool,
}

impl Door {
    /// A command.
    pub(super) const CLI: Self = Self {
        via: "cli",
        looks: false,
    };

    /// Whether a person may do this, by the rules; recorded like any other action.
    ///
    /// # Errors
    /// What is told when they may not.
    pub(super) async fn may(
        self,
        app: &App,
        scope: &Scope,
        kind: ActionKind,
        tool: &str,
        arguments: Value,
    ) -> Result<(), Value> {
        let action = action(kind, tool, arguments);
        self.leave(&app.services, scope, action).await.map(drop)
    }

    /// Leave to do this, by the rules; recorded like any other action.
    ///
    /// # Errors
    /// As [`Self::may`].
    pub(super) async fn leave(
        self,
        services: &Services,
        scope: &Scope,
        action: Action,
    ) -> Result<Permit, Value> {
        let (gate, actor) = (&services.gate, Actor::default());
        let checked = if self.looks {
            gate.check_look(scope, &actor, self.via, action).await
        } else {
            gate.check(scope, &actor, self.via, action).await
        };
        match checked.map_err(|error| told(&Error::from(error).problem()))? {
            Checked::Permitted(permit) => Ok(permit),
            Checked::Stopped(decision) => Err(json!(ToolError::stopped(&decision))),
        }
    }
}

/// The same for what a command asks again, which was recorded a moment ago: it is judged, and not recorded once more.
///
/// # Errors
/// What is told when they may not.
pub(super) async fn may_still(
    app: &App,
    scope: &Scope,
    kind: ActionKind,
    tool: &str,
    arguments: Value,
) -> Result<(), Value> {
    let action = action(kind, tool, arguments);
    let gate = &app.services.gate;
    let decision = gate.preview_for(scope, &Actor::default(), &action).await;
    match decision.effect {
        Effect::Deny | Effect::RequireApproval => Err(json!(ToolError::stopped(&decision))),
        _ => Ok(()),
    }
}

fn action(kind: ActionKind, tool: &str, arguments: Value) -> Action {
    Action {
        arguments,
        ..Action::new(kind)
            .with_tool(tool)
            .with_destination(Destination::Local)
    }
}
