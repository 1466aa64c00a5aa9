//! What would be decided, without a record: nothing may happen on the strength of it.

use super::judge::{Caller, content_digest, judged};
use super::{Gate, Whose};
use crate::domain::{Action, Actor, Decision, Scope};
use crate::policy::error::Error;
use crate::policy::facts::Facts;

impl Gate {
    /// Judges an action without recording; nothing may happen on the strength of it.
    #[must_use]
    pub fn preview(&self, action: &Action) -> Decision {
        judged(&self.bundle(), action, &Facts::of(action, None)).0
    }

    /// As [`Self::preview`], with what went before in the run.
    pub async fn preview_for(&self, scope: &Scope, actor: &Actor, action: &Action) -> Decision {
        let caller = Caller::new(scope, actor, "");
        self.recall_for(caller).await;
        self.previewed(caller, action)
    }

    /// As [`Self::preview_for`], with what is known of a tool that is defined.
    ///
    /// # Errors
    /// When that cannot be read.
    pub async fn dry_run(&self, scope: &Scope, actor: &Actor, action: &Action) -> Result<Decision, Error> {
        let seen = self.sighting(scope, action).await?;
        let caller = Caller {
            seen: seen.as_ref(),
            ..Caller::new(scope, actor, "")
        };
        self.recall_for(caller).await;
        Ok(self.previewed(caller, action))
    }

    fn previewed(&self, caller: Caller<'_>, action: &Action) -> Decision {
        let bundle = self.bundle();
        let whose = Whose::of(caller.scope, caller.actor.run.as_deref());
        let mut facts = Facts::of(action, Some(caller.actor));
        facts
            .findings
            .extend(caller.seen.and_then(|seen| seen.finding(action)));
        let content = content_digest(&bundle, action);
        self.history()
            .inform(&mut facts, &whose, content, bundle.limits(), self.clock.now());
        judged(&bundle, action, &facts).0
    }
}
