//! What people do with runs: their commands on this side, the work on the side where the store is open.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::App;
use super::asking::{answer, ask, stopped, understood};
use super::command::{FAILED, print};
use super::door::{Door, may_still};
use super::request::{Outcome, Request, told};
use crate::cli::policy::Format;
use crate::cli::run::watch::Watched;
use crate::cli::run::{Command, Run, forgotten, list, show};
use crate::cli::screen::Screen;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::crew::forget::Forgotten;
use crate::crew::history::{History, Listed, Told};
use crate::crew::{self, OutputPage};
use crate::domain::{ActionKind, Problem, RunBudget, RunId, RunStatus, Scope, StepId, Timestamp};
use crate::error::Error;

/// What reading runs is called, so that a rule can speak of it.
const READ: &str = "crew.read";
/// How often a run is looked at that is watched.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One thing to do; as with [`Request`], a variant may gain fields with defaults and never changes its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Errand {
    /// The answer is [`Listed`].
    List {
        /// Ended ones, too.
        all: bool,
        /// So many at most.
        limit: usize,
    },
    /// The answer is a [`History`].
    Show {
        /// The run's id, or its beginning.
        run: String,
        /// Whether it was asked for a moment ago: a person who watches is recorded once.
        #[serde(default)]
        again: bool,
    },
    /// The answer is a list of [`Told`], empty when there are no more.
    Read {
        /// The run's id, or its beginning.
        run: String,
        /// Events behind this number.
        after: u64,
    },
    /// The answer is a [`Page`](crew::reply::Page), or null for a step without an output.
    Output {
        /// The run's id, or its beginning.
        run: String,
        /// The step.
        step: String,
        /// Its first byte.
        #[serde(default)]
        offset: usize,
    },
    /// The answer is a [`Forgotten`].
    Forget {
        /// The moment before which they ended.
        before: Timestamp,
        /// Whether they are only counted.
        dry_run: bool,
    },
    /// The answer is a [`History`].
    Cancel {
        /// The run's id, or its beginning.
        run: String,
        /// Why.
        reason: String,
    },
    /// The answer is a [`History`].
    Resume {
        /// The run's id, or its beginning.
        run: String,
        /// What it may use from now on.
        budget: RunBudget,
    },
    /// The answer is a list of [`crew::suggest::Suggestion`].
    Suggest {
        /// One template; all where it is absent.
        #[serde(default)]
        template: Option<String>,
    },
}

impl Errand {
    /// Does it for a project.
    pub(super) async fn carry_out(self, door: Door, app: &Arc<App>, scope: &Scope) -> Outcome {
        let crews = &app.services.crews;
        let named = async |run: &str| crews.find(scope, run).await.map_err(failed);
        let may_read = async |arguments: Value, again: bool| {
            let kind = ActionKind::MemoryRead;
            if again {
                return may_still(app, scope, kind, READ, arguments).await;
            }
            door.may(app, scope, kind, READ, arguments).await
        };
        match self {
            Self::List { all, limit } => {
                may_read(json!({ "all": all }), false).await?;
                Ok(json!(crews.listed(scope, all, limit).await.map_err(failed)?))
            }
            Self::Show { run, again } => {
                let run = named(&run).await?;
                may_read(json!({ "run_id": run }), again).await?;
                history(app, scope, &run).await
            }
            Self::Read { run, after } => {
                let run = named(&run).await?;
                may_read(json!({ "run_id": run, "outputs": true }), after > 0).await?;
                Ok(json!(crews.told(scope, &run, after).await.map_err(failed)?))
            }
            Self::Output { run, step, offset } => {
                let run = named(&run).await?;
                // A part is read by the same leave as the whole.
                let arguments = json!({ "run_id": run, "step_id": step, "outputs": true });
                may_read(arguments, false).await?;
                let page = OutputPage {
                    step: StepId::new(step),
                    offset,
                };
                let reply = crews.status(scope, &run, Some(page)).await.map_err(failed)?;
                Ok(json!(reply.page))
            }
            Self::Forget { before, dry_run } => {
                let arguments = json!({ "ended_before": before, "dry_run": dry_run });
                Door::CLI
                    .may(app, scope, ActionKind::MemoryWrite, "crew.forget", arguments)
                    .await?;
                let forgotten = crews.forget(scope, before, dry_run).await;
                Ok(json!(forgotten.map_err(failed)?))
            }
            Self::Cancel { run, reason } => {
                let run = named(&run).await?;
                crews.cancel(scope, &run, &reason).await.map_err(failed)?;
                history(app, scope, &run).await
            }
            Self::Resume { run, budget } => {
                let run = named(&run).await?;
                crews.resume(scope, &run, Some(budget)).await.map_err(failed)?;
                history(app, scope, &run).await
            }
            Self::Suggest { template } => {
                may_read(json!({ "template": template }), false).await?;
                let suggested = crews.suggestions(scope, template.as_deref()).await;
                Ok(json!(suggested.map_err(failed)?))
            }
        }
    }
}

async fn history(app: &App, scope: &Scope, run: &RunId) -> Outcome {
    let history = app.services.crews.history(scope, run).await;
    Ok(json!(history.map_err(failed)?))
}

fn failed(error: crew::Error) -> Value {
    told(&Error::from(error).problem())
}

/// Runs one of the commands to its exit code.
///
/// # Errors
/// When the store cannot be reached, or a file cannot be written.
pub(super) async fn run(config: Config, run: &Run) -> Result<ExitCode, Problem> {
    let screen = Screen::of_stdout(config.colours);
    let shown = |history: History| show::told(&history, SystemClock.now(), screen);
    match &run.command {
        Command::List { all, limit, format } => {
            let errand = Errand::List {
                all: *all,
                limit: usize::try_from(*limit).unwrap_or(usize::MAX),
            };
            let told = |listed: Listed| list::told(&listed, *all, SystemClock.now(), screen);
            answer(config, Request::Run(errand), *format == Format::Json, told).await
        }
        Command::Show { run, format } => {
            let errand = Errand::Show {
                run: run.clone(),
                again: false,
            };
            answer(config, Request::Run(errand), *format == Format::Json, shown).await
        }
        Command::Cancel { run, reason } => {
            let errand = Errand::Cancel {
                run: run.clone(),
                reason: reason.clone(),
            };
            answer(config, Request::Run(errand), false, shown).await
        }
        Command::Resume { run, budget } => {
            let errand = Errand::Resume {
                run: run.clone(),
                budget: (*budget).into(),
            };
            answer(config, Request::Run(errand), false, shown).await
        }
        Command::Forget {
            ended_before,
            dry_run,
        } => {
            let errand = Errand::Forget {
                before: ended_before.moment(SystemClock.now()),
                dry_run: *dry_run,
            };
            let told = |told: Forgotten| forgotten(&told);
            answer(config, Request::Run(errand), false, told).await
        }
        Command::Watch { run } => Box::pin(watch(config, run, screen)).await,
        Command::Export { run, out } => {
            let failed = |source| {
                let to = out.as_ref().map_or("stdout".into(), |out| out.to_string_lossy());
                let doing = format!("write {to}");
                Error::Io { doing, source }.problem()
            };
            match out {
                None => export(config, run, &mut std::io::stdout().lock(), failed).await,
                Some(path) => {
                    let mut file = std::fs::File::create(path).map_err(failed)?;
                    export(config, run, &mut file, failed).await
                }
            }
        }
    }
}

/// Prints what happens until the run ends.
async fn watch(config: Config, run: &str, screen: Screen) -> Result<ExitCode, Problem> {
    let mut watched = Watched::default();
    let (mut run, mut again) = (run.to_owned(), false);
    loop {
        let errand = Errand::Show {
            run: run.clone(),
            again,
        };
        let history: History = match ask(config.clone(), Request::Run(errand)).await? {
            Ok(answer) => understood(answer)?,
            Err(problem) => return Ok(stopped(&problem)),
        };
        print(&watched.news(&history, SystemClock.now(), screen));
        match history.status {
            RunStatus::Completed => return Ok(ExitCode::SUCCESS),
            RunStatus::Failed | RunStatus::Cancelled => return Ok(ExitCode::from(FAILED)),
            RunStatus::Working | RunStatus::InputRequired => {}
        }
        // Ids begin with the time, so what was the beginning of one may be that of a newer one, too.
        run = history.run_id.to_string();
        again = true;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Writes each event with its output, a line of JSON each.
async fn export(
    config: Config,
    run: &str,
    to: &mut dyn Write,
    failed: impl Fn(std::io::Error) -> Problem,
) -> Result<ExitCode, Problem> {
    let mut after = 0;
    loop {
        let errand = Errand::Read {
            run: run.to_owned(),
            after,
        };
        let part: Vec<Told> = match ask(config.clone(), Request::Run(errand)).await? {
            Ok(answer) => understood(answer)?,
            Err(problem) => return Ok(stopped(&problem)),
        };
        let Some(last) = part.last() else { break };
        after = last.seq;
        for told in &part {
            writeln!(to, "{}", json!(told)).map_err(&failed)?;
        }
    }
    to.flush().map_err(failed)?;
    Ok(ExitCode::SUCCESS)
}
