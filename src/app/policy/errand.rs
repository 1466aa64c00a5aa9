//! What is asked about the record of decisions, and answering it where the store is open.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::app::request::{Outcome, told};
use crate::cli::policy::answer::Period;
use crate::domain::{AuditRecord, Scope, Timestamp};
use crate::error::{Error, Result};
use crate::policy::backtest::Replay;
use crate::policy::{Bundle, Source};

/// Entries that are read at once.
const PAGE: usize = 4_000;

/// One thing to do; as with [`Request`](crate::app::request::Request), a variant may gain fields with defaults
/// and never changes its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::app) enum Errand {
    /// The answer is a [`Backtest`](crate::policy::backtest::Backtest).
    Backtest {
        /// Names and texts of the packs to judge by, beside the built-in ones.
        packs: Vec<(String, String)>,
        /// Which part of the record.
        period: Period,
    },
}

impl Errand {
    /// Does it for a project. Reading a long record takes a while, in which others are served.
    pub(in crate::app) async fn carry_out(self, app: &Arc<App>, scope: &Scope) -> Outcome {
        let (app, scope) = (Arc::clone(app), scope.clone());
        let done = tokio::task::spawn_blocking(move || self.answer(&app, &scope)).await;
        let failed = |error: Error| told(&error.problem());
        done.map_err(|error| {
            failed(Error::Io {
                doing: "read the record of decisions".into(),
                source: error.into(),
            })
        })?
        .map_err(failed)
    }

    fn answer(self, app: &App, scope: &Scope) -> Result<Value> {
        Ok(match self {
            Self::Backtest { packs, period } => json!(backtest(app, scope, packs, &period)?),
        })
    }
}

fn backtest(
    app: &App,
    scope: &Scope,
    packs: Vec<(String, String)>,
    period: &Period,
) -> Result<crate::policy::backtest::Backtest> {
    let sources: Vec<Source> = packs
        .into_iter()
        .map(|(name, text)| Source { name, text })
        .collect();
    let mut replay = Replay::new(Bundle::load(&sources)?, period.since, period.limit);
    let begin = period.since.map(before);
    each(app, scope.org(), |seq, record| {
        let entry = &record.entry;
        let is_ours = entry.scope.project() == scope.project();
        if is_ours && begin.is_none_or(|begin| entry.at >= begin) {
            replay.take(seq, entry, record.facts.as_deref());
        }
        if replay.is_full() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(replay.finish())
}

/// The longest window of a limit is a day: what went before a period is replayed for so long.
fn before(since: Timestamp) -> Timestamp {
    let day = std::time::Duration::from_secs(86_400);
    since.saturating_sub(day).unwrap_or(Timestamp::MIN)
}

/// Reads the log of an organisation in order, until `take` has enough.
fn each(app: &App, org: &str, mut take: impl FnMut(u64, &AuditRecord) -> ControlFlow<()>) -> Result<()> {
    let Some(log) = app.store.audit_log(org) else {
        return Ok(());
    };
    let mut after = 0;
    loop {
        let page = log.entries(after, PAGE).map_err(crate::store::Error::from)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        for stored in page {
            let Some((reference, record)) = stored.record().map_err(crate::store::Error::from)? else {
                continue;
            };
            if take(reference.seq, &record).is_break() {
                return Ok(());
            }
        }
    }
}
