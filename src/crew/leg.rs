//! A stretch of a run: from one of its events on, for as long as the server alone works on it. What it comes to follows
//! from the journal, and is the same whenever it is asked for, however the run goes on.

use super::error::Error;
use super::fold::{RunState, fold};
use super::reply::Reply;
use super::view::News;
use super::{Crews, recorded};
use crate::domain::{RunEvent, RunId, RunStatus, Scope, Timestamp};
use crate::store::Seq;

/// A stretch of a run.
#[derive(Debug)]
pub struct Leg {
    /// Where the run stands at its end, or now.
    pub reply: Reply,
    /// When it began.
    pub began: Timestamp,
    /// When its last event happened.
    pub touched: Timestamp,
}

impl Crews {
    /// The stretch that begins after the event with the number `from`. It is over once the status of its reply is not
    /// [`RunStatus::Working`].
    ///
    /// # Errors
    /// When there is no such run, or it has no such event.
    pub async fn leg(&self, scope: &Scope, run: &RunId, from: Seq) -> Result<Leg, Error> {
        let events = self.journal.replay(scope, run, 0).await?;
        let unknown = || Error::UnknownRun { run: run.clone() };
        let from = usize::try_from(from).map_err(|_| unknown())?;
        let (before, after) = events.split_at_checked(from).ok_or_else(unknown)?;
        let (began, state) = before
            .last()
            .map(RunEvent::at)
            .zip(fold(before))
            .ok_or_else(unknown)?;
        let state = at_its_end(state, after);
        let news = News {
            results: recorded(&state).collect(),
            warnings: state.plan.notes.clone(),
            ..News::default()
        };
        Ok(Leg {
            began,
            touched: state.touched_at,
            reply: self.reply(scope, run, &state, news).await?,
        })
    }
}

/// The state when the server has nothing left to do, with all that was written together with the event which says so.
fn at_its_end(mut state: RunState, after: &[RunEvent]) -> RunState {
    let mut over = None;
    for event in after {
        if over.is_some_and(|at| event.at() != at) {
            break;
        }
        state.apply(event);
        if state.status() != RunStatus::Working {
            over = Some(event.at());
        }
    }
    state
}
