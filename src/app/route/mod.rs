//! What people ask about routing: their commands on this side, the work on the side where the store is open.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::asking::{answer, ask, stopped, understood};
use super::command::print;
use super::request::{Request, unheard};
use crate::cli::policy::Format;
use crate::cli::route::discover::{Answer, Written};
use crate::cli::route::{Command, Discover, Look, Models, Route, discover, look, models, report};
use crate::cli::screen::Screen;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::model::discover::{Found, is_on_this_machine};
use crate::routing::found::{Row, merged, rows};
use crate::routing::report::{Question, Report};
use crate::routing::{self, Catalogue};

mod errand;

pub(super) use errand::Errand;

/// Runs one of the commands to its exit code.
///
/// # Errors
/// When its arguments cannot be used, a file cannot be read or written, or the store cannot be reached.
pub(super) async fn run(config: Config, route: &Route) -> Result<ExitCode, Problem> {
    match &route.command {
        None => look_at(config, &route.look).await,
        Some(Command::Report(asked)) => {
            let screen = Screen::of_stdout(config.colours);
            let project = config.scope.project().to_owned();
            let errand = Errand::Report(Question {
                since: asked.since.map(|since| since.moment(SystemClock.now())),
                baseline: asked.baseline.clone(),
            });
            let told = |found: Report| report::told(&found, &project, screen);
            answer(config, Request::Route(errand), asked.format == Format::Json, told).await
        }
        Some(Command::Models(asked)) => list(&config, asked),
        Some(Command::Discover(asked)) => Box::pin(find(config, asked)).await,
    }
}

async fn look_at(config: Config, asked: &Look) -> Result<ExitCode, Problem> {
    let Some(task) = &asked.task else {
        return Err(bad(
            "firstmate route takes a task",
            "Give it as one argument, or `-` for stdin: firstmate route \"rename a variable\".",
        ));
    };
    let limit = config.call.max_arguments_bytes;
    let task = if task == "-" {
        text(std::io::stdin().lock(), "read stdin", limit)?
    } else {
        task.clone()
    };
    let context = match &asked.context {
        None => None,
        Some(path) => {
            let doing = format!("read {}", path.display());
            let file = std::fs::File::open(path).map_err(|source| {
                let doing = doing.clone();
                Error::Io { doing, source }.problem()
            })?;
            Some(text(file, &doing, limit)?)
        }
    };
    let screen = Screen::of_stdout(config.colours);
    let unicode = config.unicode && screen.is_terminal();
    let errand = Errand::look(asked.arguments(&task, context), asked.record);
    match ask(config, Request::Route(errand)).await? {
        Ok(found) if asked.format == Format::Json => print(&format!("{found:#}\n")),
        Ok(found) => {
            let told = look::told(found, screen, unicode);
            print(&told.map_err(|error| unheard(error.into()).problem())?);
        }
        Err(problem) => return Ok(stopped(&problem)),
    }
    Ok(ExitCode::SUCCESS)
}

/// All of it as text; more than a call may hold is not read, for it would be refused.
fn text(from: impl std::io::Read, doing: &str, limit: usize) -> Result<String, Problem> {
    let mut text = String::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match from.take(most).read_to_string(&mut text) {
        Ok(_) if text.len() > limit => Err(bad(
            &format!("the task is larger than {limit} bytes"),
            "Give a part of it: only its beginning and its end are read anyway.",
        )),
        Ok(_) => Ok(text),
        Err(source) => {
            let doing = doing.to_owned();
            Err(Error::Io { doing, source }.problem())
        }
    }
}

fn list(config: &Config, asked: &Models) -> Result<ExitCode, Problem> {
    let catalogue = super::models_file(config).map_err(|error| error.problem())?;
    let builtin = Catalogue::builtin();
    let rows = models::listed(&catalogue, &builtin);
    let file = config.catalogue.as_ref().map(|path| path.display().to_string());
    match asked.format {
        Format::Json => print(&format!("{:#}\n", json!({"file": file, "models": rows}))),
        Format::Text => {
            let screen = Screen::of_stdout(config.colours);
            print(&models::told(&rows, file.as_deref(), screen));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(config: Config, asked: &Discover) -> Result<ExitCode, Problem> {
    let is_here = is_on_this_machine(&asked.url).map_err(|error| {
        let problem = Error::from(error).problem();
        let hint = "Give an address such as http://127.0.0.1:11434.".to_owned();
        Problem { hint, ..problem }
    })?;
    if !is_here && !asked.remote {
        return Err(bad(
            &format!("{} is not an address of this machine", asked.url),
            "Add --remote when another machine is to be asked.",
        ));
    }
    // A file that is refused shall not be written to, and this says what is wrong with it.
    let catalogue = match &config.catalogue {
        Some(path) if path.exists() => super::models_file(&config).map_err(|error| error.problem())?,
        _ => Catalogue::builtin(),
    };
    let file = asked.file.clone().or_else(|| config.catalogue.clone());
    if asked.write && file.is_none() {
        return Err(bad(
            "the settings name no models file to write to",
            "Name it with --file, and set routing.catalogue to it.",
        ));
    }
    let in_use = config.catalogue.clone();
    let screen = Screen::of_stdout(config.colours);
    let url = asked.url.clone();
    let found: Found = match ask(config, Request::Route(Errand::Discover { url })).await? {
        Ok(answer) => understood(answer)?,
        Err(problem) => return Ok(stopped(&problem)),
    };
    let rows = rows(&found, &catalogue, SystemClock.now());
    let written = match file.filter(|_| asked.write) {
        Some(file) => Some(write(&file, &rows, in_use.as_ref() == Some(&file))?),
        None => None,
    };
    let answer = Answer {
        found: &found,
        toml: discover::toml(&rows),
        written,
    };
    match asked.format {
        Format::Json => print(&format!("{:#}\n", json!(answer))),
        Format::Text => print(&discover::told(&answer, &rows, screen)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds the rows to a models file, which is replaced as a whole or not at all.
fn write(file: &Path, rows: &[Row], is_in_use: bool) -> Result<Written, Problem> {
    let name = file.display().to_string();
    let failed = |doing: &str, source| {
        let doing = format!("{doing} {name}");
        Error::Io { doing, source }.problem()
    };
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed("read", error)),
    };
    let merged = merged(rows, &text, &name).map_err(|error: routing::Error| Error::from(error).problem())?;
    if !merged.added.is_empty() {
        replace(file, &merged.text).map_err(|error| failed("write", error))?;
    }
    Ok(Written::of(merged, name, is_in_use))
}

fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    // Behind a link the file itself is replaced, not the link.
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{}.new", SystemClock.random_id()));
    let written = std::fs::File::create_new(&beside).and_then(|mut new| {
        if let Ok(old) = std::fs::metadata(&file) {
            new.set_permissions(old.permissions())?;
        }
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&beside, &file)
    });
    if written.is_err() {
        drop(std::fs::remove_file(&beside));
    }
    written
}

fn bad(message: &str, hint: &str) -> Problem {
    Problem {
        code: "bad_arguments",
        message: message.to_owned(),
        hint: hint.to_owned(),
        retryable: false,
    }
}
