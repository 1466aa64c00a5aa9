//! What each command does.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::request::Request;
use super::{asking, serve};
use crate::cli::doctor::{Doctor, Report};
use crate::cli::{Cli, Command, Serve};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::knowledge::notes::Format;
use crate::ownership::Claim;
use crate::store::sled;
use crate::{cli, telemetry};

/// The answer was an error the caller can mend, or a check that failed.
pub(super) const FAILED: u8 = 1;

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
    match &cli.command {
        Some(Command::Install(install)) => return super::install::run(&cli.common, install),
        Some(Command::Completions(completions)) => {
            print_bytes(&completions.script());
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Man) => {
            let manual = cli::pages::manual().map_err(|source| {
                let doing = "write the manual page".into();
                Error::Io { doing, source }.problem()
            })?;
            print_bytes(&manual);
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let config = Config::load(&cli.common).map_err(|error| {
        let problem = Error::from(error).problem();
        if let Some(Command::Doctor(doctor)) = &cli.command {
            print_report(&super::doctor::without_settings(&problem), doctor);
        }
        problem
    })?;
    telemetry::install(&config.log);
    if let Some(Command::Compact) = &cli.command {
        return upkeep(&config, |claim, clock| {
            Ok(cli::upkeep::compacted(&sled::compact(
                claim,
                &config.store,
                clock,
            )?))
        });
    }
    let mut builder = match &cli.command {
        Some(Command::Serve(Serve { http: Some(_), .. })) => for_many(),
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
    let answer = runtime.block_on(dispatch(config, cli.command.as_ref()));
    // A blocked read of stdin must not keep the process alive.
    runtime.shutdown_background();
    answer
}

/// Threads that read and write for many clients: one for every two cores. What takes long runs on others. A call passes
/// through several tasks, and waking each on another core costs more than the task: with two threads on two cores a call
/// takes a fifth more, and no more calls are answered.
fn for_many() -> Builder {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(cores.div_ceil(2));
    builder
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

async fn dispatch(config: Config, command: Option<&Command>) -> Result<ExitCode, Problem> {
    match command {
        None => Box::pin(serve::stdio(config)).await?,
        Some(Command::Serve(flags)) => {
            let config = config.serving(&flags.tools, flags.read_only);
            let config = config.map_err(|error| Error::from(error).problem())?;
            match flags.http {
                None => Box::pin(serve::stdio(config)).await?,
                Some(address) => serve::http(config, address, flags.token).await?,
            }
        }
        Some(Command::Token(token)) => return super::token::run(&config, token),
        Some(Command::Call(call)) => {
            return ask(config, Request::call(&call.tool, call.object()?)).await;
        }
        Some(Command::Import(import)) => {
            return match import.settled()? {
                Format::Firstmate => {
                    let done = upkeep(&config, |claim, clock| {
                        Ok(sled::import(claim, &config.store, &clock, &import.from)?.to_string())
                    })?;
                    super::prepare(&config).await.map_err(|error| error.problem())?;
                    Ok(done)
                }
                format => super::lessons::import(&config, import, format).await,
            };
        }
        Some(Command::Validate(validate)) => return super::validate::run(&config, validate).await,
        Some(Command::Approvals(approvals)) => return super::approvals::run(config, approvals).await,
        Some(Command::Policy(policy)) => return Box::pin(super::policy::run(config, policy)).await,
        Some(Command::Route(route)) => return Box::pin(super::route::run(config, route)).await,
        Some(Command::Run(run)) => return Box::pin(super::run::run(config, run)).await,
        Some(Command::Webhook(webhook)) => return super::webhook::run(config, webhook).await,
        Some(Command::Crew(crew)) => return super::crew::run(&config, crew).await,
        Some(Command::Lessons(lessons)) => return super::lessons::run(config, lessons).await,
        Some(Command::Audit(audit)) => return super::audit::run(config, audit).await,
        Some(Command::Export(export)) => {
            let to = std::path::absolute(&export.to).unwrap_or_else(|_| export.to.clone());
            return ask(config, Request::Export { to }).await;
        }
        Some(Command::Doctor(doctor)) => {
            let report = Box::pin(super::doctor::examine(config, doctor)).await;
            print_report(&report, doctor);
            if !report.healthy() {
                return Ok(ExitCode::from(FAILED));
            }
        }
        // Done before there was a runtime.
        Some(
            Command::Demo(_)
            | Command::Compact
            | Command::Install(_)
            | Command::Completions(_)
            | Command::Man,
        ) => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn print_report(report: &Report, doctor: &Doctor) {
    let told = if doctor.json {
        report.as_json()
    } else {
        report.to_string()
    };
    print(&told);
}

/// Has `request` done where the store is open, and prints what became of it: text as it is, all else as JSON.
async fn ask(config: Config, request: Request) -> Result<ExitCode, Problem> {
    match asking::ask(config, request).await? {
        Ok(Value::String(text)) => print(&format!("{text}\n")),
        Ok(answer) => print(&format!("{answer:#}\n")),
        Err(problem) => return Ok(asking::stopped(&problem)),
    }
    Ok(ExitCode::SUCCESS)
}

/// A closed pipe is the reader's choice, not a failure.
pub(super) fn print(text: &str) {
    print_bytes(text.as_bytes());
}

fn print_bytes(bytes: &[u8]) {
    let _closed = std::io::stdout().lock().write_all(bytes).is_err();
}

pub(super) fn tell(problem: &Value) {
    let _closed = writeln!(std::io::stderr().lock(), "{problem}").is_err();
}
