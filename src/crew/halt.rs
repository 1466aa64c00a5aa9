//! Stopping a run for good, and letting one go on.

use super::draft::Draft;
use super::fold::End;
use super::{Crews, Deed, Error, MAX_TRIES, Reply, advance, budget};
use crate::domain::{RunBudget, RunEvent, RunId, Scope};
use crate::store::Committed;

impl Crews {
    /// Stops a run for good. What was reached is kept.
    ///
    /// # Errors
    /// When there is no such run, it has ended otherwise, or policy stops it.
    pub async fn cancel(&self, scope: &Scope, run: &RunId, reason: &str) -> Result<Reply, Error> {
        self.load(scope, run).await?;
        self.may(scope, run, Deed::Cancel).await?;
        let reason = match reason.trim() {
            "" => "no reason was given".to_owned(),
            reason => self.presentable(scope, run, None, reason).await?,
        };
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            match state.end {
                Some(End::Cancelled { .. }) => return self.status(scope, run, None).await,
                Some(_) => {
                    return Err(Error::RunClosed {
                        run: run.clone(),
                        status: state.status(),
                    });
                }
                None => {}
            }
            let event = RunEvent::RunCancelled {
                at: self.clock.now(),
                reason: reason.clone(),
            };
            let mut draft = Draft::after(run, state);
            draft.push(event);
            if let Committed::At(_) = self.commit(scope, &draft, None).await? {
                return self.status(scope, run, None).await;
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }

    /// Lets a run go on: with fresh tokens, which end the older ones, and under `budget` where that says
    /// something. A run that failed as `over_budget` goes on if its budget now allows the next step.
    ///
    /// # Errors
    /// When there is no such run, it has ended for good, or policy stops it.
    pub async fn resume(
        &self,
        scope: &Scope,
        run: &RunId,
        budget: Option<RunBudget>,
    ) -> Result<Reply, Error> {
        self.load(scope, run).await?;
        self.may(scope, run, Deed::Resume).await?;
        let mut refused = None;
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            if !state.can_go_on() {
                return Err(Error::RunClosed {
                    run: run.clone(),
                    status: state.status(),
                });
            }
            let now = self.clock.now();
            let budget = budget::merged(budget.unwrap_or_default(), state.budget);
            let had_ended = state.end.is_some();
            let mut draft = Draft::after(run, state);
            if had_ended || budget != draft.state.budget {
                draft.push(RunEvent::RunResumed { at: now, budget });
            }
            let offers: Vec<_> = draft.state.awaiting().cloned().collect();
            for offer in offers {
                if let Some(step) = draft.state.plan.steps.get(offer.step) {
                    draft.push(self.offered(step, offer.attempt, now, Vec::new()));
                }
            }
            self.follow(scope, &mut draft, now, refused).await?;
            if draft.is_empty() || (draft.last().is_some_and(RunEvent::ends_run) && had_ended) {
                // Nothing has changed: the journal does not grow by trying.
                self.work.changed(scope, run, advance::has_work(&draft.state));
                return self.status(scope, run, None).await;
            }
            match self.commit(scope, &draft, None).await? {
                Committed::At(_) => return self.status(scope, run, None).await,
                Committed::OverBudget { left } => refused = Some(left),
                Committed::Stale { .. } | Committed::Taken { .. } => {}
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }
}
