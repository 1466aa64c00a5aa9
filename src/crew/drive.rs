//! Steps that the server has models do: begun, concluded, recovered, all by the journal.
//!
//! An attempt is written down with what is set aside for it before anything is sent, and what became of it before
//! anything follows. After a crash the attempt that was being made is known: it counts as failed, what was set aside for
//! it is booked, because it may have been done, and the step is begun anew. A step with a result never is.

use std::collections::HashMap;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{AbortHandle, Abortable};
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::Notify;

use super::advance;
use super::budget;
use super::call;
use super::draft::Draft;
use super::error::Error;
use super::recovery::Seen;
use super::{Crews, MAX_TRIES};
use crate::domain::run::FailureClass;
use crate::domain::{RunEvent, RunId, Scope, StepId};
use crate::store::{Committed, Seq};

/// Most outcomes that are written at once.
const AT_ONCE: usize = 64;
/// Pause before a run is tried again that could not be driven.
const PAUSE: Duration = Duration::from_secs(2);
/// Most runs that go on after a restart.
const MAX_RESTARTED: usize = 1_000;
const CRASHED: &str = "the process ended while the step was being done";

impl Crews {
    /// The next run that has to be [driven](Self::drive).
    pub async fn next_run(&self) -> Option<(Scope, RunId)> {
        self.work.next().await
    }

    /// Has the runs go on that the server was working on when the process ended. How many there are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn restart(&self) -> Result<usize, Error> {
        let mut restarted = 0;
        for (scope, open) in self.journal.unfinished_anywhere(MAX_RESTARTED).await? {
            // A run that cannot be read must not keep the others from going on.
            match self.load(&scope, &open.run).await {
                Ok(state) if advance::has_work(&state) => {
                    self.work.changed(&scope, &open.run, true);
                    restarted += 1;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, run = %open.run, "a run cannot be read and does not go on");
                }
            }
        }
        Ok(restarted)
    }

    /// Does all that is to be done on a run by models that are set up, until it ends or waits for the host. Returns at
    /// once when somebody does already.
    ///
    /// # Errors
    /// When the store cannot be read or written; the run is then tried again.
    pub async fn drive(&self, scope: &Scope, run: &RunId) -> Result<(), Error> {
        let Some(claim) = self.work.claim(scope, run) else {
            return Ok(());
        };
        let driven = self.drive_alone(scope, run, &claim.wake).await;
        drop(claim);
        let seen = match driven {
            Ok(seen) => seen,
            Err(error) => {
                // What was written stands: the run goes on from there.
                tokio::time::sleep(PAUSE).await;
                if self
                    .load(scope, run)
                    .await
                    .is_ok_and(|state| advance::has_work(&state))
                {
                    self.work.changed(scope, run, true);
                }
                return Err(error);
            }
        };
        // Something may have come up between the last look and letting go.
        let state = self.load(scope, run).await?;
        if state.seq != seen && advance::has_work(&state) {
            self.work.changed(scope, run, true);
        }
        Ok(())
    }

    /// The number of the last event when there was nothing left to do.
    async fn drive_alone(&self, scope: &Scope, run: &RunId, wake: &Notify) -> Result<Seq, Error> {
        self.settle_orphans(scope, run).await?;
        let mut going = FuturesUnordered::new();
        let mut asked: HashMap<(StepId, u32), AbortHandle> = HashMap::new();
        let mut seen = 0;
        let mut now = self.clock.now();
        let mut begun = self.begin(scope, run, now).await?;
        loop {
            begun.extend(self.hedge(scope, run, now).await?);
            for call in begun.drain(..) {
                let (handle, registration) = AbortHandle::new_pair();
                asked.insert((call.step.clone(), call.attempt), handle);
                going.push(Abortable::new(call::ask(scope, call), registration));
            }
            let state = self.load(scope, run).await?;
            if state.end.is_some() {
                // What is still asked is dropped: nobody waits for it.
                return Ok(state.seq);
            }
            asked.retain(|attempt, handle| {
                let goes_on = state.is_running(attempt);
                if !goes_on {
                    handle.abort();
                }
                goes_on
            });
            // Seen from the moment at which was looked for what can be begun.
            let slow = self.slow(scope, run, &state).await;
            let hedges_at = slow.iter().map(|slow| slow.at).filter(|at| *at > now).min();
            let timer = [advance::wakes_at(&state, now), hedges_at]
                .into_iter()
                .flatten()
                .min();
            if going.is_empty() && timer.is_none() {
                if state.seq == seen {
                    return Ok(seen);
                }
                // What came after the last look may let something be begun.
                seen = state.seq;
                now = self.clock.now();
                begun = self.begin(scope, run, now).await?;
                continue;
            }
            let until = timer.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
            begun = tokio::select! {
                Some(first) = going.next() => {
                    // Of those that were aborted nobody wants to know.
                    let mut done: Vec<_> = first.into_iter().collect();
                    while done.len() < AT_ONCE && let Some(Some(next)) = going.next().now_or_never() {
                        done.extend(next);
                    }
                    now = self.clock.now();
                    match done.is_empty() {
                        true => self.begin(scope, run, now).await?,
                        false => self.conclude(scope, run, done, now).await?,
                    }
                }
                () = tokio::time::sleep(until.unwrap_or_default()), if until.is_some() => {
                    now = self.clock.now();
                    self.begin(scope, run, now).await?
                }
                () = wake.notified() => {
                    now = self.clock.now();
                    self.begin(scope, run, now).await?
                }
            };
        }
    }

    /// Attempts that were being made when a process ended: they may have been done, so what was set aside is booked.
    async fn settle_orphans(&self, scope: &Scope, run: &RunId) -> Result<(), Error> {
        for _ in 0..MAX_TRIES {
            let state = self.load(scope, run).await?;
            if state.running.is_empty() || state.end.is_some() {
                return Ok(());
            }
            let now = self.clock.now();
            let mut draft = Draft::after(run, state.clone());
            for running in &state.running {
                let (Some(step), Some(at)) =
                    (state.plan.steps.get(running.step), state.steps.get(running.step))
                else {
                    continue;
                };
                if running.hedge {
                    draft.push(RunEvent::StepDropped {
                        at: now,
                        step: step.id.clone(),
                        attempt: running.attempt,
                        class: Some(FailureClass::Crash),
                        message: CRASHED.to_owned(),
                        usage: running.reserved,
                    });
                    continue;
                }
                let seen = Seen {
                    class: FailureClass::Crash,
                    retry_after: None,
                    jitter: 0.0,
                };
                draft.push(RunEvent::StepFailed {
                    at: now,
                    step: step.id.clone(),
                    attempt: running.attempt,
                    class: FailureClass::Crash,
                    message: CRASHED.to_owned(),
                    usage: running.reserved,
                    remedy: self
                        .settings
                        .recovery
                        .remedy(seen, at, now, budget::deadline(&state)),
                });
            }
            self.follow(scope, &mut draft, now, None).await?;
            if let Committed::At(_) = self.commit(scope, &draft, None).await? {
                return Ok(());
            }
        }
        Err(Error::Busy {
            run: run.clone(),
            tries: MAX_TRIES,
        })
    }
}
