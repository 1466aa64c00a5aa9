//! What people answer: approvals given and refused, at the call that asked or on another way.

use super::judge::{Caller, Judged};
use super::{Checked, Gate, Pending};
use crate::domain::{Action, Actor, Decision, Effect, Retry, Scope};
use crate::policy::canonical::action_sha256;
use crate::policy::error::Error;

impl Gate {
    /// Gives an approval: once, in time, and for exactly the action it was asked for. To be called for the
    /// person who approves, never for the agent that asked; `actor` is still the one who acts. All is judged
    /// again, so a denial stays one.
    ///
    /// # Errors
    /// When there is no such open approval, it was asked for another action, or it cannot be recorded.
    pub async fn grant(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        id: &str,
        action: Action,
    ) -> Result<Checked, Error> {
        let sha256 = action_sha256(&action);
        let seen = self.sighting(scope, &action).await?;
        let seen = seen.as_ref();
        self.approvals.take(&*self.clock, scope, id, sha256)?;
        let caller = Caller {
            seen,
            ..Caller::new(scope, actor, via)
        };
        self.recall_for(caller).await;
        let judged = self.judge(caller, &action, true);
        let decided = self.record(caller, &action, sha256, judged, Some(id)).await?;
        if !self.pin(scope, seen, &decided, true).await? {
            return Err(Error::ApprovalMismatch { id: id.to_owned() });
        }
        Ok(Checked::new(action, decided.decision, decided.receipt))
    }

    /// Refuses an approval: it can no longer be given, and the refusal is recorded as a denial.
    ///
    /// # Errors
    /// When there is no such open approval, it was asked for another action, or it cannot be recorded.
    pub async fn refuse(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        id: &str,
        action: &Action,
    ) -> Result<Decision, Error> {
        let sha256 = action_sha256(action);
        self.approvals.take(&*self.clock, scope, id, sha256)?;
        let seen = self.sighting(scope, action).await?;
        let caller = Caller {
            seen: seen.as_ref(),
            ..Caller::new(scope, actor, via)
        };
        self.recall_for(caller).await;
        let judged = self.judge(caller, action, false);
        let decision = Decision {
            effect: Effect::Deny,
            retry: Retry::Never,
            redacted: None,
            ..judged.decision
        };
        let decided = self.record(caller, action, sha256, Judged { decision, ..judged }, Some(id));
        Ok(decided.await?.decision)
    }

    /// The approvals that were asked for in the project and can still be given or used.
    #[must_use]
    pub fn approvals(&self, scope: &Scope) -> Vec<Pending> {
        self.approvals.list(&*self.clock, scope)
    }

    /// A person's answer that comes on another way than the call: a grant is good for the same action, asked for
    /// again; a refusal ends it.
    ///
    /// # Errors
    /// When there is no such open approval.
    pub fn answer(&self, scope: &Scope, id: &str, granted: bool) -> Result<Pending, Error> {
        self.approvals.answer(&*self.clock, scope, id, granted)
    }
}
