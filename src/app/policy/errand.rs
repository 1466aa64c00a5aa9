//! What is asked about the record of decisions, and answering it where the store is open.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::app::request::{Outcome, told};
use crate::cli::policy::answer::Period;
use crate::cli::policy::suggest::Suggested;
use crate::domain::{AuditEntry, AuditRecord, Scope, Timestamp};
use crate::error::{Error, Result};
use crate::policy::backtest::{Backtest, Replay};
use crate::policy::report::{self, Report};
use crate::policy::suggest::Suggest;
use crate::policy::{Bundle, Source};

/// Entries that are read at once.
const PAGE: usize = 4_000;

/// One thing to do; as with [`Request`](crate::app::request::Request), a variant may gain fields with defaults
/// and never changes its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::app) enum Errand {
    /// The answer is a [`Backtest`].
    Backtest {
        /// Names and texts of the packs to judge by, beside the built-in ones.
        packs: Vec<(String, String)>,
        /// Which part of the record.
        period: Period,
    },
    /// The answer is a [`Report`].
    Report {
        /// Which part of the record.
        period: Period,
        /// Whether of all projects of the organisation.
        #[serde(default)]
        all_projects: bool,
    },
    /// The answer is [`Suggested`].
    Suggest {
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
            Self::Suggest { period } => json!(suggest(app, scope, &period)?),
            Self::Report { period, all_projects } => json!(report(app, scope, &period, all_projects)?),
        })
    }
}

fn backtest(app: &App, scope: &Scope, packs: Vec<(String, String)>, period: &Period) -> Result<Backtest> {
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

fn suggest(app: &App, scope: &Scope, period: &Period) -> Result<Suggested> {
    let in_force = super::sources(&app.config.packs)?;
    let bundle = Bundle::load(&in_force)?;
    let mut suggest = Suggest::new(&bundle);
    let mut fold = report::Fold::new(None, app.services.clock.now());
    let is_asked_for = |entry: &AuditEntry| {
        entry.scope.project() == scope.project() && period.since.is_none_or(|since| entry.at >= since)
    };
    each(app, scope.org(), |_, record| {
        let document = record.facts.as_deref();
        if is_asked_for(&record.entry) {
            suggest.take(&record.entry, document);
            fold.take(&record.entry, document);
        }
        ControlFlow::Continue(())
    })?;
    let (mut unhelped, mut tried) = (Vec::new(), Vec::new());
    for proposal in suggest.finish() {
        match proposal.tried(&in_force) {
            Some(bundle) => tried.push((proposal, Replay::new(bundle, None, None))),
            None => unhelped.push(proposal.evidence),
        }
    }
    each(app, scope.org(), |seq, record| {
        if is_asked_for(&record.entry) {
            for (_, replay) in &mut tried {
                replay.take(seq, &record.entry, record.facts.as_deref());
            }
        }
        ControlFlow::Continue(())
    })?;
    let replayed = tried
        .into_iter()
        .map(|(proposal, replay)| (proposal, replay.finish()));
    // A rule that would have stopped what passed says more than the record does.
    let proposals = replayed.filter(|(_, found)| found.denied_now + found.asked_now == 0);
    Ok(Suggested {
        proposals: proposals.collect(),
        unhelped,
        trends: fold.finish(&[], bundle.hash()).trends,
    })
}

fn report(app: &App, scope: &Scope, period: &Period, all_projects: bool) -> Result<Report> {
    // Signed first: what is decided meanwhile is not in the report either way.
    let checkpoint = match app.store.audit_log(scope.org()) {
        Some(_) => Some(app.store.checkpoint(scope.org())?.0),
        None => None,
    };
    let gate = &app.services.gate;
    let mut fold = report::Fold::new(period.since, app.services.clock.now());
    each(app, scope.org(), |_, record| {
        if all_projects || record.entry.scope.project() == scope.project() {
            fold.take(&record.entry, record.facts.as_deref());
        }
        ControlFlow::Continue(())
    })?;
    Ok(Report {
        project: (!all_projects).then(|| scope.project().to_owned()),
        checkpoint,
        ..fold.finish(&gate.rules(), gate.bundle_hash())
    })
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
