//! What a command of the command line asks of the store, done here when nobody has it open, else by the
//! process that has.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::time::{Instant, sleep};

use super::door::Door;
use super::lessons::Errand;
use super::{App, audit, policy, route, run, webhook};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::ownership::link::{Hello, Purpose};
use crate::ownership::{self, Place, Stream, approach};
use crate::store::{self, sled};
use crate::{cli, mcp};

/// One thing to do. To add a command, add a variant and the arm that does it.
///
/// An owner of another version may not know a newer variant and then says so, which is why a variant may gain
/// fields with defaults but never change its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// Call a tool; the answer is its structured result.
    Call {
        /// The tool.
        tool: String,
        /// Its arguments.
        arguments: Map<String, Value>,
        /// The name of the call, under which it is done once however often it is sent.
        name: String,
    },
    /// Write everything to a file; the answer is what it came to, in a sentence.
    Export {
        /// The file, as an absolute path.
        to: PathBuf,
    },
    /// Something about lessons, for a person.
    Lessons(Errand),
    /// What waits for a person, and the answer.
    Approvals(super::approvals::Errand),
    /// Something about the record of decisions.
    Audit(audit::Errand),
    /// Something about rules and the record of what they decided, for a person.
    Policy(policy::Errand),
    /// Something about routing, for a person.
    Route(route::Errand),
    /// Something about runs, for a person.
    Run(run::Errand),
    /// Something about messages to receivers, for a person.
    Webhook(webhook::Errand),
    /// What the store knows about its own health.
    Health,
}

/// What became of a request: the answer, or `{code, message, hint}`.
pub(super) type Outcome = Result<Value, Value>;

/// How long an owner that comes or goes is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long until it is looked at again.
const PAUSE: Duration = Duration::from_millis(50);

impl Request {
    /// Calling a tool once.
    pub(super) fn call(tool: &str, arguments: Map<String, Value>) -> Self {
        Self::Call {
            tool: tool.to_owned(),
            arguments,
            name: SystemClock.random_id(),
        }
    }

    /// Does it here, where the store is open.
    pub(super) async fn carry_out(self, app: &Arc<App>, server: &mcp::Server) -> Outcome {
        match self {
            Self::Call {
                tool,
                arguments,
                name,
            } => server.answer(name, &tool, arguments).await,
            Self::Export { to } => {
                let app = Arc::clone(app);
                let written = tokio::task::spawn_blocking(move || app.store.export(&to)).await;
                let failed = |error: Error| told(&error.problem());
                let done = written
                    .map_err(|error| {
                        failed(Error::Io {
                            doing: "export".into(),
                            source: error.into(),
                        })
                    })?
                    .map_err(|error| failed(error.into()))?;
                Ok(Value::String(cli::upkeep::exported(&done)))
            }
            Self::Lessons(errand) => errand.carry_out(Door::CLI, &app.services, server.scope()).await,
            Self::Approvals(errand) => errand.carry_out(&app.services, server.scope()),
            Self::Audit(errand) => errand.carry_out(app, server.scope().org()).await,
            Self::Policy(errand) => errand.carry_out(app, server.scope()).await,
            Self::Route(errand) => errand.carry_out(app, server).await,
            Self::Run(errand) => Box::pin(errand.carry_out(Door::CLI, app, server.scope())).await,
            Self::Webhook(errand) => Box::pin(errand.carry_out(app, server.scope())).await,
            Self::Health => Ok(json!(app.store.report())),
        }
    }
}

/// Does `request` in the place where the store is open: here, when nobody else has it.
///
/// # Errors
/// When neither the directory nor its owner can be worked with.
pub(super) async fn ask(config: Config, request: Request) -> Result<Outcome, Error> {
    let mut patience = Patience::new();
    loop {
        match place(&config).await? {
            Place::Free(claim) => {
                let app = Arc::new(App::over(config, &claim)?);
                let server = mcp::Server::new(app.services.clone());
                return Ok(request.carry_out(&app, &server).await);
            }
            Place::Linked(stream, _) => {
                if let Some(outcome) = patience.exchange(stream, &request).await? {
                    return Ok(outcome);
                }
            }
        }
    }
}

/// How long owners that go while they are asked are borne with.
#[derive(Debug)]
pub(super) struct Patience {
    started: Instant,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// The owner's answer; `None` when it went and the request is to be sent again.
    ///
    /// # Errors
    /// When that happened for too long.
    pub(super) async fn exchange(
        &mut self,
        stream: Stream,
        request: &Request,
    ) -> Result<Option<Outcome>, Error> {
        match exchange(stream, request).await {
            Ok(outcome) => Ok(Some(outcome)),
            // It may have been done: a request that is not the same the second time carries a name.
            Err(_) if self.started.elapsed() < PATIENCE => {
                sleep(PAUSE).await;
                Ok(None)
            }
            Err(error) => Err(unheard(error)),
        }
    }
}

/// What the owner at the other end of `stream` says about its store's health.
///
/// # Errors
/// When it does not say anything.
pub(super) async fn health(stream: Stream) -> Result<store::Report, Error> {
    let asked = tokio::time::timeout(PATIENCE, exchange(stream, &Request::Health)).await;
    let answer = asked.map_err(std::io::Error::from).flatten().map_err(unheard)?;
    let answer = answer.map_err(|problem| unheard(std::io::Error::other(problem.to_string())))?;
    serde_json::from_value(answer).map_err(|error| unheard(error.into()))
}

/// The directory's place for a command: waits a little for owners that come or go.
///
/// # Errors
/// When neither the directory nor its owner can be worked with.
pub(super) async fn place(config: &Config) -> Result<Place, ownership::Error> {
    let hello = Hello::of_this(
        sled::FORMAT,
        config.scope.clone(),
        config.offer.clone(),
        Purpose::Command,
    );
    let started = Instant::now();
    loop {
        match approach(&config.data_dir, &hello).await {
            Err(error) if error.is_passing() && started.elapsed() < PATIENCE => sleep(PAUSE).await,
            reached => return reached,
        }
    }
}

/// The owner's side: one line in, one line out.
pub(super) async fn answer(app: &Arc<App>, server: &mcp::Server, line: &[u8]) -> Vec<u8> {
    let outcome = match serde_json::from_slice::<Request>(line) {
        Ok(request) => request.carry_out(app, server).await,
        Err(error) => Err(told(&Problem {
            code: "owner.unknown_request",
            message: format!(
                "process {} (firstmate {}), which owns the data directory, does not know this request: {error}",
                std::process::id(),
                env!("CARGO_PKG_VERSION")
            ),
            hint: "Restart it with this version, or stop it and try again.".into(),
            retryable: false,
        })),
    };
    let mut line = serde_json::to_vec(&outcome).unwrap_or_default();
    line.push(b'\n');
    line
}

async fn exchange(stream: Stream, request: &Request) -> std::io::Result<Outcome> {
    let mut stream = BufReader::new(stream);
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.flush().await?;
    line.clear();
    stream.read_until(b'\n', &mut line).await?;
    serde_json::from_slice(&line).map_err(std::io::Error::from)
}

/// An answer that was not heard, or not understood.
pub(super) fn unheard(source: std::io::Error) -> Error {
    Error::Io {
        doing: "hear the answer of the process that owns the data directory".into(),
        source,
    }
}

/// A problem as it is told to whoever asked.
pub(super) fn told(problem: &Problem) -> Value {
    json!({"code": problem.code, "message": problem.message, "hint": problem.hint})
}
