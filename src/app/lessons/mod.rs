//! What people do with lessons: their commands on this side, the work on the side where the store is open.

use std::process::ExitCode;

use serde_json::Value;

use super::asking::{answer, stopped, understood};
use super::command::print;
use super::request::Request;
use super::series::Series;
use crate::cli::lessons::answer::{Edited, Found, Listed, Page, Retired, Shown};
use crate::cli::lessons::export::Export;
use crate::cli::lessons::{Command, Lessons};
use crate::cli::screen::Screen;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::{Lesson, Problem};

mod errand;
mod import;
mod permit;

pub(super) use errand::{Errand, Question};
pub(super) use import::import;

/// Runs one of the commands to its exit code.
///
/// # Errors
/// When its arguments cannot be used, or the store cannot be reached.
pub(super) async fn run(config: Config, lessons: &Lessons) -> Result<ExitCode, Problem> {
    let screen = Screen::of_stdout(config.colours);
    match &lessons.command {
        Command::List(list) => {
            let limit = usize::try_from(list.limit).unwrap_or(usize::MAX);
            let errand = Errand::List(list.which.selection(limit));
            let told = |listed: Listed| listed.told(screen, SystemClock.now());
            answer(config, Request::Lessons(errand), list.json, told).await
        }
        Command::Show(show) => {
            let errand = Errand::Show { id: show.id.clone() };
            let told = |shown: Shown| shown.told(screen);
            answer(config, Request::Lessons(errand), show.json, told).await
        }
        Command::Search(search) => {
            let question = Question {
                query: search.query.clone(),
                mode: search.mode.mode(),
                around: search.around.clone(),
                hops: usize::try_from(search.hops).unwrap_or(1),
                tags: search.tags.clone(),
                limit: usize::try_from(search.limit).unwrap_or(usize::MAX),
            };
            let errand = Errand::Search(question);
            let told = |found: Found| found.told(screen);
            answer(config, Request::Lessons(errand), search.json, told).await
        }
        Command::Edit(edit) => {
            let errand = Errand::Edit {
                id: edit.id.clone(),
                change: edit.change()?,
                name: SystemClock.random_id(),
            };
            let told = |edited: Edited| edited.told();
            answer(config, Request::Lessons(errand), edit.json, told).await
        }
        Command::Retire(retire) => {
            let errand = Errand::Retire {
                id: retire.id.clone(),
                reason: retire.reason.clone(),
            };
            let told = |retired: Retired| retired.told();
            answer(config, Request::Lessons(errand), retire.json, told).await
        }
        Command::Export(export) => write(&config, export).await,
    }
}

/// Lessons that are read at once for an export.
const PAGE: usize = 200;

/// Writes the lessons that are asked for, read page by page.
async fn write(config: &Config, export: &Export) -> Result<ExitCode, Problem> {
    let mut series = Series::new(config.clone());
    let read = all(&mut series, export).await;
    series.finish().await;
    let (lessons, unreadable) = match read? {
        Ok(read) => read,
        Err(problem) => return Ok(stopped(&problem)),
    };
    if unreadable > 0 {
        tracing::warn!(
            unreadable,
            "damaged lessons are left out; `firstmate doctor` names them"
        );
    }
    print(&export.write(&lessons, config.scope.project(), SystemClock.now())?);
    Ok(ExitCode::SUCCESS)
}

/// The lessons that are asked for, and how many of them are damaged; or what the memory says against it.
async fn all(series: &mut Series, export: &Export) -> Result<Result<(Vec<Lesson>, usize), Value>, Problem> {
    let (mut lessons, mut unreadable): (Vec<Lesson>, usize) = (Vec::new(), 0);
    loop {
        let mut selection = export.which.selection(PAGE);
        selection.after = lessons.last().map(|lesson| lesson.id.clone());
        let asked = series.ask(Request::Lessons(Errand::Read(selection))).await;
        let page: Page = match asked.map_err(|error| error.problem())? {
            Ok(page) => understood(page)?,
            Err(problem) => return Ok(Err(problem)),
        };
        unreadable += page.unreadable;
        if page.lessons.is_empty() {
            return Ok(Ok((lessons, unreadable)));
        }
        lessons.extend(page.lessons);
    }
}
