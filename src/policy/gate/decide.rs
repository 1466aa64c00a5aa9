//! A decision from the rules to the record.

use super::approval::About;
use super::judge::{Caller, Judged};
use super::record::{Receipt, append, describe};
use super::{Error, Gate};
use crate::domain::{Action, Decision, Digest, Effect};
use crate::policy::canonical::action_sha256;

/// A decision that is recorded.
pub(super) struct Decided {
    pub(super) decision: Decision,
    /// Unless it is recorded with the next write.
    pub(super) receipt: Option<Receipt>,
}

/// When a decision is recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Recorded {
    /// Before it is told.
    Now,
    /// Where it permits and no person was asked: with what the caller writes next.
    WithNextWrite,
}

impl Gate {
    pub(super) async fn decide_now(&self, caller: Caller<'_>, action: &Action) -> Result<Decided, Error> {
        self.decide_at(caller, action, Recorded::Now).await
    }

    pub(super) async fn decide_at(
        &self,
        caller: Caller<'_>,
        action: &Action,
        recorded: Recorded,
    ) -> Result<Decided, Error> {
        self.recall_for(caller).await;
        let seen = self.sighting(caller.scope, action).await?;
        let seen = seen.as_ref();
        let caller = Caller { seen, ..caller };
        let sha256 = action_sha256(action);
        let judged = self.judge(caller, action, false);
        // A person may have answered meanwhile, on another way than this call.
        let granted = (judged.decision.effect == Effect::RequireApproval)
            .then(|| self.approvals.take_granted(&*self.clock, caller.scope, sha256))
            .flatten();
        let judged = match &granted {
            Some(_) => self.judge(caller, action, true),
            None => judged,
        };
        let asks = judged.decision.effect == Effect::RequireApproval;
        let terms = asks.then(|| {
            (
                self.terms(&judged.decision),
                About::of(action, &judged.decision, caller.actor),
            )
        });
        let is_plain = granted.is_none() && seen.is_none() && judged.decision.effect <= Effect::Redact;
        if is_plain && recorded == Recorded::WithNextWrite {
            self.audit
                .append_later(describe(caller, action, sha256, &judged, None));
            return Ok(Decided {
                decision: judged.decision,
                receipt: None,
            });
        }
        let recorded = self.record(caller, action, sha256, judged, granted.as_deref());
        let mut decided = recorded.await?;
        if !self.pin(caller.scope, seen, &decided, granted.is_some()).await? {
            // It is not what was expected when it was judged.
            return Box::pin(self.decide_at(caller, action, Recorded::Now)).await;
        }
        if let Some((terms, about)) = terms {
            let approval = self
                .approvals
                .ask(&*self.clock, caller.scope, sha256, terms, about);
            decided.decision.approval = Some(approval);
        }
        Ok(decided)
    }

    /// Records a decision. What is written down is made before anything is waited for, so that the facts are not kept
    /// meanwhile.
    pub(super) fn record(
        &self,
        caller: Caller<'_>,
        action: &Action,
        sha256: Digest,
        judged: Judged,
        approval: Option<&str>,
    ) -> impl Future<Output = Result<Decided, Error>> {
        let record = Box::new(describe(caller, action, sha256, &judged, approval));
        let mut decision = judged.decision;
        async move {
            let receipt = Receipt::of(&record.entry);
            let reference = append(&*self.audit, record).await?;
            let receipt = receipt.at(&reference);
            decision.audit = Some(reference);
            Ok(Decided {
                decision,
                receipt: Some(receipt),
            })
        }
    }
}
