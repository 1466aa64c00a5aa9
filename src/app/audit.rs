//! What people do with the record of decisions: their commands on this side, the work on the side where the store
//! is open.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::asking::{stopped, understood};
use super::command::{FAILED, print};
use super::request::{Outcome, Request, told};
use super::series::Series;
use super::{App, asking};
use crate::audit::checkpoint;
use crate::audit::{self, Snapshot, verify};
use crate::cli::audit::answer::{Entries, Proof, Report, Signed};
use crate::cli::audit::{Audit, Command, Export, Format};
use crate::cli::screen::Screen;
use crate::config::Config;
use crate::domain::{Problem, Timestamp};
use crate::error::Error;
use crate::store;

/// One thing to do; as with [`Request`], a variant may gain fields with defaults and never changes its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Errand {
    /// The answer is a [`Report`].
    Verify {
        /// Checkpoints that were kept elsewhere, in a text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        against: Option<String>,
    },
    /// The answer is a [`Proof`].
    Prove {
        /// The entry.
        seq: u64,
    },
    /// The answer is [`Signed`].
    Checkpoint,
    /// The answer is [`Entries`].
    Read {
        /// Those behind this number.
        after: u64,
        /// So many at most.
        limit: usize,
    },
    /// The answer is [`Entries`].
    Tail {
        /// So many at most.
        limit: usize,
    },
}

impl Errand {
    /// Does it where the store is open, for an organisation.
    pub(super) async fn carry_out(self, app: &Arc<App>, org: &str) -> Outcome {
        let (app, org) = (Arc::clone(app), org.to_owned());
        // Reading a long log takes a while.
        let done = tokio::task::spawn_blocking(move || self.answer(&app, &org)).await;
        let failed = |error: Error| told(&error.problem());
        done.map_err(|error| {
            failed(Error::Io {
                doing: "read the audit log".into(),
                source: error.into(),
            })
        })?
        .map_err(|error| failed(error.into()))
    }

    fn answer(self, app: &App, org: &str) -> store::Result<Value> {
        Ok(match self {
            Self::Verify { against } => json!(verify(app, org, against.as_deref())?),
            Self::Prove { seq } => {
                let (_, log) = app.store.checkpoint(org)?;
                json!(log.prove(seq)?)
            }
            Self::Checkpoint => {
                let (checkpoint, log) = app.store.checkpoint(org)?;
                json!(Signed {
                    checkpoint,
                    verifier: log.verifier().to_string(),
                    entries: log.size(),
                })
            }
            Self::Read { after, limit } => json!(read(app.store.audit_log(org).as_ref(), after, limit)?),
            Self::Tail { limit } => {
                let log = app.store.audit_log(org);
                let size = log.as_ref().map_or(0, Snapshot::size);
                json!(read(log.as_ref(), size.saturating_sub(limit as u64), limit)?)
            }
        })
    }
}

fn verify(app: &App, org: &str, against: Option<&str>) -> store::Result<Report> {
    let against = against.map(checkpoints).transpose()?.unwrap_or_default();
    if app.store.audit_log(org).is_none() {
        return Ok(verify::nothing(&against));
    }
    // What this process wrote it knows: the files are compared with all of it.
    let (_, log) = app.store.checkpoint(org)?;
    Ok(verify::verify(&log, &against)?)
}

fn checkpoints(text: &str) -> audit::Result<Vec<checkpoint::Signed>> {
    let found = checkpoint::Signed::all(text);
    match found.is_empty() {
        false => Ok(found),
        true => Err(audit::Error::NoCheckpoint {
            what: "the file".to_owned(),
            detail: "no three lines with a signature below them were found".to_owned(),
        }),
    }
}

fn read(log: Option<&Snapshot>, after: u64, limit: usize) -> audit::Result<Entries> {
    let entries = log.map(|log| log.entries(after, limit)).transpose()?;
    Ok(Entries {
        entries: entries.unwrap_or_default(),
        total: log.map_or(0, Snapshot::size),
    })
}

/// Runs one of the commands to its exit code.
///
/// # Errors
/// When a file cannot be read, or the store cannot be reached.
pub(super) async fn run(config: Config, audit: &Audit) -> Result<ExitCode, Problem> {
    let screen = Screen::of_stdout(config.colours);
    match &audit.command {
        Command::Verify(verify) => {
            let against = verify.against.as_deref().map(text_of).transpose()?;
            let report = ask::<Report>(config, Errand::Verify { against }).await?;
            let told = |report: &Report| report.told(screen);
            Ok(show(report, verify.format, told, Report::is_clean))
        }
        Command::Prove(prove) => {
            let proof = ask::<Proof>(config, Errand::Prove { seq: prove.seq }).await?;
            Ok(show(proof, prove.format, Proof::told, |_| true))
        }
        Command::Checkpoint(checkpoint) => {
            let signed = ask::<Signed>(config, Errand::Checkpoint).await?;
            Ok(show(signed, checkpoint.format, Signed::told, |_| true))
        }
        Command::Tail(tail) => {
            let limit = usize::try_from(tail.number).unwrap_or(usize::MAX);
            let entries = ask::<Entries>(config, Errand::Tail { limit }).await?;
            let told = |entries: &Entries| entries.told(screen);
            Ok(show(entries, tail.format, told, |_| true))
        }
        Command::Export(export) => write(config, export).await,
    }
}

/// The answer as it is, and as it is understood; or what is said against it.
type Answer<A> = Result<(Value, A), Value>;

async fn ask<A: DeserializeOwned>(config: Config, errand: Errand) -> Result<Answer<A>, Problem> {
    match asking::ask(config, Request::Audit(errand)).await? {
        Ok(answer) => understood(answer.clone()).map(|read| Ok((answer, read))),
        Err(problem) => Ok(Err(problem)),
    }
}

fn show<A>(
    answer: Answer<A>,
    format: Format,
    told: impl FnOnce(&A) -> String,
    good: impl FnOnce(&A) -> bool,
) -> ExitCode {
    let (answer, read) = match answer {
        Ok(answer) => answer,
        Err(problem) => return stopped(&problem),
    };
    match format {
        Format::Json => print(&format!("{answer:#}\n")),
        Format::Text => print(&told(&read)),
    }
    match good(&read) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    }
}

/// Entries that are read at once for an export.
const PAGE: usize = 2_000;

/// Prints entries, read page by page.
async fn write(config: Config, export: &Export) -> Result<ExitCode, Problem> {
    let mut series = Series::new(config);
    let mut after = 0;
    let code = loop {
        let errand = Errand::Read { after, limit: PAGE };
        let asked = series.ask(Request::Audit(errand)).await;
        match asked.map_err(|error| error.problem())? {
            Ok(page) => {
                let page: Entries = understood(page)?;
                let Some(last) = page.entries.last() else {
                    break ExitCode::SUCCESS;
                };
                after = last.seq;
                print(&lines(&page, export.since));
            }
            Err(problem) => break stopped(&problem),
        }
    };
    series.finish().await;
    Ok(code)
}

fn lines(page: &Entries, since: Option<Timestamp>) -> String {
    let recent = |entry: &&audit::Stored| {
        let at = |entry: &audit::Stored| Some(entry.clone().record().ok()??.1.entry.at);
        // What cannot be dated is not left out.
        since.is_none_or(|since| at(entry).is_none_or(|at| at >= since))
    };
    let entries = page.entries.iter().filter(recent);
    entries
        .filter_map(|entry| Some(entry.json_line().ok()? + "\n"))
        .collect()
}

fn text_of(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|source| {
        let doing = format!("read {}", path.display());
        Error::Io { doing, source }.problem()
    })
}
