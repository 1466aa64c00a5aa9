//! What people do with rules: their commands on this side, reading the record on the side where the store is open.

use std::path::PathBuf;
use std::process::ExitCode;

use super::asking::{answer, ask, stopped, understood};
use super::command::{FAILED, print};
use super::request::Request;
use crate::cli::policy::answer::Period;
use crate::cli::policy::{
    Backtest, Command, Format, Policy, backtest, check, refusal, report, suggest, trial,
};
use crate::cli::screen::Screen;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::policy::bundle::builtin_sources;
use crate::policy::pack::trial as pack_trial;
use crate::policy::report::Report;
use crate::policy::{self, Bundle, Source};

mod errand;

pub(super) use errand::Errand;

/// Runs one of the commands to its exit code.
///
/// # Errors
/// When a pack cannot be read, or the store cannot be reached.
pub(super) async fn run(config: Config, command: &Policy) -> Result<ExitCode, Problem> {
    let screen = Screen::of_stdout(config.colours);
    match &command.command {
        Command::Check(files) => {
            let sources = asked_for(&config, &files.files)?;
            Ok(match Bundle::load(&sources) {
                Ok(bundle) => {
                    print(&check::told(&bundle, screen));
                    ExitCode::SUCCESS
                }
                Err(error) => refused(&error, &sources, screen),
            })
        }
        Command::Test(files) => Ok(test(&asked_for(&config, &files.files)?, screen)),
        Command::Suggest(command) => {
            let since = command.since.map(|since| since.moment(SystemClock.now()));
            let period = Period { since, limit: None };
            let errand = Errand::Suggest { period };
            let told = |found| suggest::told(&found);
            answer(config, Request::Policy(errand), false, told).await
        }
        Command::Report(command) => tell_what_was(config, command, screen).await,
        Command::Backtest(command) => Box::pin(judge_again(config, command, screen)).await,
    }
}

/// Runs the tests of the built-in packs and of these.
fn test(sources: &[Source], screen: Screen) -> ExitCode {
    let mut packs = Vec::new();
    for source in builtin_sources().iter().chain(sources) {
        match pack_trial::run(source) {
            Ok(trials) => packs.push((source.name.clone(), trials)),
            Err(error) => return refused(&error, sources, screen),
        }
    }
    print(&trial::told(&packs, screen));
    if trial::is_failure(&packs) {
        return ExitCode::from(FAILED);
    }
    // Two rules with one id pass their tests, and are refused together all the same.
    match Bundle::load(sources) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => refused(&error, sources, screen),
    }
}

async fn judge_again(config: Config, command: &Backtest, screen: Screen) -> Result<ExitCode, Problem> {
    let sources = asked_for(&config, &command.files)?;
    // What is wrong with a pack is shown in its text, which is here.
    if let Err(error) = Bundle::load(&sources) {
        return Ok(refused(&error, &sources, screen));
    }
    let now = SystemClock.now();
    let errand = Errand::Backtest {
        packs: sources
            .into_iter()
            .map(|source| (source.name, source.text))
            .collect(),
        period: Period {
            since: command.since.map(|since| since.moment(now)),
            limit: command.limit,
        },
    };
    let told = |found| backtest::told(&found, screen);
    let is_json = command.format == Format::Json;
    answer(config, Request::Policy(errand), is_json, told).await
}

async fn tell_what_was(
    config: Config,
    command: &report::Command,
    screen: Screen,
) -> Result<ExitCode, Problem> {
    let now = SystemClock.now();
    let errand = Errand::Report {
        period: Period {
            since: command.since.map(|since| since.moment(now)),
            limit: None,
        },
        all_projects: command.all_projects,
    };
    let report: Report = match ask(config, Request::Policy(errand)).await? {
        Ok(answer) => understood(answer)?,
        Err(problem) => return Ok(stopped(&problem)),
    };
    let Some(out) = &command.out else {
        print(&report::told(&report, command.format, screen));
        return Ok(ExitCode::SUCCESS);
    };
    let text = report::told(&report, command.format, Screen::file());
    std::fs::write(out, text).map_err(|source| {
        let doing = format!("write {}", out.display());
        Error::Io { doing, source }.problem()
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The packs in these files, or in those that the settings name.
fn asked_for(config: &Config, files: &[PathBuf]) -> Result<Vec<Source>, Problem> {
    let files = if files.is_empty() { &config.packs } else { files };
    sources(files).map_err(|error| error.problem())
}

fn sources(files: &[PathBuf]) -> Result<Vec<Source>, Error> {
    let read = |path: &PathBuf| {
        let text = super::read(path)?;
        let name = path.display().to_string();
        Ok(Source { name, text })
    };
    files.iter().map(read).collect()
}

fn refused(error: &policy::Error, sources: &[Source], screen: Screen) -> ExitCode {
    print(&refusal::told(error, sources, screen));
    ExitCode::from(FAILED)
}
