//! What each command does.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::App;
use crate::cli::{Cli, Command, Serve};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::ownership::Claim;
use crate::store::sled;
use crate::{cli, mcp, telemetry};

/// The answer was an error the caller can mend, or a check that failed.
const FAILED: u8 = 1;

/// Runs one command from its flags to its exit code: 0 for any answer, 1 where the job could not be done.
#[must_use]
pub fn main(cli: &Cli) -> ExitCode {
    match run(cli) {
        Ok(code) => code,
        Err(problem) => {
            tell(&json!({"code": problem.code, "message": problem.message, "hint": problem.hint}));
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode, Problem> {
    if let Some(Command::Demo(demo)) = &cli.command {
        return match cli::demo::play(demo, &mut std::io::stdout().lock()) {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => Err(Problem {
                code: "demo.failed",
                message: format!("{error:#}"),
                hint: "Run `firstmate doctor`, then `firstmate --log debug demo`.".into(),
                retryable: false,
            }),
        };
    }
    let config = Config::load(&cli.common).map_err(|error| Error::from(error).problem())?;
    telemetry::install(&config.log);
    if matches!(cli.command, Some(Command::Doctor)) {
        let report = super::doctor::examine(config);
        print(&report.to_string());
        return Ok(if report.healthy() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        });
    }
    match &cli.command {
        Some(Command::Import(import)) => {
            return upkeep(&config, |claim, clock| {
                Ok(sled::import(claim, &config.store, &clock, &import.from)?.to_string())
            });
        }
        Some(Command::Compact) => {
            return upkeep(&config, |claim, clock| {
                Ok(cli::upkeep::compacted(&sled::compact(
                    claim,
                    &config.store,
                    clock,
                )?))
            });
        }
        _ => {}
    }
    let app = App::open(config).map_err(|error| error.problem())?;
    let mut builder = match &cli.command {
        Some(Command::Serve(Serve { http: Some(_), .. })) => Builder::new_multi_thread(),
        // One client: handing its calls from thread to thread would cost more than it gains.
        _ => Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build().map_err(|source| {
        Error::Io {
            doing: "start the runtime".into(),
            source,
        }
        .problem()
    })?;
    let answer = runtime.block_on(dispatch(&app, cli.command.as_ref()));
    // A blocked read of stdin must not keep the process alive.
    runtime.shutdown_background();
    app.services.knowledge.keep();
    answer
}

/// Works on the store as a whole, which must not be open.
fn upkeep(
    config: &Config,
    work: impl FnOnce(&Claim, Arc<dyn Clock>) -> crate::store::Result<String>,
) -> Result<ExitCode, Problem> {
    let claim = Claim::take(&config.data_dir).map_err(|error| Error::from(error).problem())?;
    let done = work(&claim, Arc::new(SystemClock)).map_err(|error| Error::from(error).problem())?;
    print(&format!("{done}\n"));
    Ok(ExitCode::SUCCESS)
}

async fn dispatch(app: &App, command: Option<&Command>) -> Result<ExitCode, Problem> {
    match command {
        None | Some(Command::Serve(Serve { http: None, .. })) => {
            app.serve_stdio().await.map_err(|error| error.problem())?;
        }
        Some(Command::Serve(Serve {
            http: Some(address), ..
        })) => {
            app.serve_http(*address).await.map_err(|error| error.problem())?;
        }
        Some(Command::Call(call)) => {
            match mcp::Server::new(app.services.clone())
                .answer(&call.tool, call.object()?)
                .await
            {
                Ok(answer) => print(&format!("{answer:#}\n")),
                Err(problem) => {
                    tell(&problem);
                    return Ok(ExitCode::from(FAILED));
                }
            }
        }
        Some(Command::Export(export)) => {
            let done = app
                .store
                .export(&export.to)
                .map_err(|error| Error::from(error).problem())?;
            print(&format!("{}\n", cli::upkeep::exported(&done)));
        }
        // Done before the store was opened.
        Some(Command::Demo(_) | Command::Doctor | Command::Import(_) | Command::Compact) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// A closed pipe is the reader's choice, not a failure.
fn print(text: &str) {
    let _closed = std::io::stdout().lock().write_all(text.as_bytes()).is_err();
}

fn tell(problem: &Value) {
    let _closed = writeln!(std::io::stderr().lock(), "{problem}").is_err();
}
