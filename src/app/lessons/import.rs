//! `firstmate import` for what holds notes: read on this side, recorded where the store is open.

use std::process::ExitCode;

use super::errand::Errand;
use crate::app::asking::{stopped, understood};
use crate::app::command::{FAILED, print};
use crate::app::request::{Request, told};
use crate::app::series::Series;
use crate::cli::import::{Fate, Import, Report, Taken};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::knowledge::notes::{self, Format, Note};

/// Notes of one request, and their bytes: what an owner takes at once, and does in a moment.
const MOST_NOTES: usize = 500;
const MOST_BYTES: usize = 2 << 20;

/// Reads and records; prints what became of everything.
///
/// # Errors
/// When the file cannot be read, or the store cannot be reached.
pub(in crate::app) async fn import(
    config: &Config,
    import: &Import,
    format: Format,
) -> Result<ExitCode, Problem> {
    let path = import.from.display();
    let reading = notes::read(&import.from, format).map_err(|source| {
        let doing = format!("read {path}");
        Error::Io { doing, source }.problem()
    })?;
    if reading.notes.is_empty() && reading.remarks.is_empty() {
        return Err(Problem {
            code: "import.nothing",
            message: format!("there are no notes in {path}"),
            hint: "Give a folder with Markdown files, or the file itself.".into(),
            retryable: false,
        });
    }
    let mut report = Report::new(reading.remarks);
    let mut series = Series::new(config.clone());
    let mut failure = None;
    for notes in batches(reading.notes) {
        match record(&mut series, notes, import.dry_run).await {
            Ok(taken) => {
                for taken in taken {
                    if let Fate::Failed { problem } = &taken.fate {
                        failure = Some(problem.clone());
                    }
                    report.add(taken);
                }
            }
            // What was recorded before is to be told all the same.
            Err(problem) => failure = Some(problem),
        }
        if failure.is_some() {
            break;
        }
    }
    series.finish().await;
    print(&report.told(import.dry_run));
    if let Some(problem) = failure {
        return Ok(stopped(&problem));
    }
    Ok(if report.is_failure() {
        ExitCode::from(FAILED)
    } else {
        ExitCode::SUCCESS
    })
}

async fn record(
    series: &mut Series,
    notes: Vec<Note>,
    dry_run: bool,
) -> Result<Vec<Taken>, serde_json::Value> {
    let name = SystemClock.random_id();
    let errand = Errand::Record { notes, name, dry_run };
    let answer = series.ask(Request::Lessons(errand)).await;
    let answer = answer.map_err(|error| told(&error.problem()))??;
    understood(answer).map_err(|problem| told(&problem))
}

fn batches(notes: Vec<Note>) -> Vec<Vec<Note>> {
    let mut batches: Vec<Vec<Note>> = Vec::new();
    let mut bytes = 0;
    for note in notes {
        let more = note.text.len() + note.evidence.as_ref().map_or(0, String::len);
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST_NOTES && bytes + more <= MOST_BYTES => {
                bytes += more;
                batch.push(note);
            }
            _ => {
                bytes = more;
                batches.push(vec![note]);
            }
        }
    }
    batches
}
