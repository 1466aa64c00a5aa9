//! Looking at the same again and again, as a page does that follows a run: each look is judged by everything, and the
//! record says once what it came to.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::decide::Decided;
use super::judge::Caller;
use super::{Checked, Error, Gate, action_sha256};
use crate::domain::{Action, Actor, Decision, Digest, Effect, Scope, Timestamp};

/// The same look that comes out alike within so many seconds is on record already.
const SAME_VIEW_S: i64 = 600;
/// So many looks are remembered; with more all are forgotten and recorded once more.
const MAX_LOOKS: usize = 1_000;

/// What looks came to lately.
#[derive(Debug, Default)]
pub(super) struct Looked(Mutex<HashMap<Look, Seen>>);

/// Who looks at what, through which door.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Look {
    scope: Scope,
    via: String,
    action: Digest,
}

/// A look that is on record.
#[derive(Debug, Clone)]
struct Seen {
    at: Timestamp,
    /// What the rules said, before a person did.
    judged: Decision,
    /// What it came to.
    decided: Decision,
}

impl Gate {
    /// As [`Self::check`], for one who looks at the same every moment. What comes out as it did within the last ten
    /// minutes is not recorded once more, does not count for limits again, and is refused or let through as it was then:
    /// so a refusal does not fill the record, and what a person approved stays open for as long. What comes out
    /// differently, or was approved meanwhile, is recorded first.
    ///
    /// # Errors
    /// When the decision has to be recorded and cannot be; the action must then not happen.
    pub async fn check_look(
        &self,
        scope: &Scope,
        actor: &Actor,
        via: &str,
        action: Action,
    ) -> Result<Checked, Error> {
        let judged = self.preview_for(scope, actor, &action).await;
        let look = Look {
            scope: scope.clone(),
            via: via.to_owned(),
            action: action_sha256(&action),
        };
        let now = self.clock.now();
        let seen = self.looked.get(&look);
        let seen = seen.filter(|seen| seen.holds(now, &judged) && !self.is_granted(scope, &seen.decided));
        if let Some(seen) = seen {
            return Ok(Checked::new(action, seen.decided, None));
        }
        let decided = self.decide_now(Caller::new(scope, actor, via), &action).await?;
        let Decided { decision, receipt } = decided;
        let decided = decision.clone();
        self.looked.put(
            look,
            Seen {
                at: now,
                judged,
                decided,
            },
        );
        Ok(Checked::new(action, decision, receipt))
    }

    /// Whether a person allowed meanwhile what waited for one.
    fn is_granted(&self, scope: &Scope, decision: &Decision) -> bool {
        decision.effect == Effect::RequireApproval
            && decision.approval.as_ref().is_some_and(|asked| {
                let open = self.approvals(scope);
                open.iter()
                    .any(|approval| approval.id == asked.id && approval.granted)
            })
    }
}

impl Seen {
    /// Whether the same would come of it now.
    fn holds(&self, now: Timestamp, judged: &Decision) -> bool {
        let age = now.as_second() - self.at.as_second();
        let rules = |decision: &Decision| -> Vec<String> {
            decision.rules.iter().map(|rule| rule.id.clone()).collect()
        };
        let asked = self.decided.approval.as_ref();
        (0..SAME_VIEW_S).contains(&age)
            // What can no longer be answered is asked anew.
            && asked.is_none_or(|asked| now < asked.expires_at)
            && (self.judged.effect, self.judged.bundle) == (judged.effect, judged.bundle)
            && rules(&self.judged) == rules(judged)
    }
}

impl Looked {
    fn get(&self, look: &Look) -> Option<Seen> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.get(look).cloned()
    }

    fn put(&self, look: Look, seen: Seen) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.len() >= MAX_LOOKS {
            looks.clear();
        }
        looks.insert(look, seen);
    }
}
