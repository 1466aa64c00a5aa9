//! The process that owns the data directory, and what it does for those that came later.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{App, drive, page, request, rules};
use crate::config::Config;
use crate::error::{Error, Result, chain};
use crate::mcp;
use crate::ownership::link::{self, Hello, Host, Purpose};
use crate::ownership::{Claim, Endpoint, Stream};
use crate::store::sled;

/// Most links at once. Each takes a descriptor, of which some systems give a process 256.
const MOST_LINKS: usize = 200;
/// Pause after the system could not accept a connection: it has run out of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often an owner that nobody came to looks whether it can still be found.
const ROUND: Duration = Duration::from_secs(60);
/// How long the calls of others that run may take when this process ends. The transport gives each 2 seconds.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Longest request of a command.
const LONGEST_REQUEST: u64 = 16 << 20;

/// The owner of the data directory, with the store open and others let in.
#[derive(Debug)]
pub(super) struct Owner {
    app: Arc<App>,
    server: mcp::Server,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Owner {
    /// Opens the store of the claimed directory and lets others in.
    ///
    /// # Errors
    /// When the store cannot be opened, or a file the settings name is wrong.
    pub(super) async fn start(config: Config, claim: Claim) -> Result<Self> {
        Self::begin(config, claim, false).await
    }

    /// The same, where webhooks will be taken if the settings say so: steps that go on at once know that.
    ///
    /// # Errors
    /// As [`Owner::start`].
    pub(super) async fn start_with_callbacks(config: Config, claim: Claim) -> Result<Self> {
        Self::begin(config, claim, true).await
    }

    async fn begin(config: Config, claim: Claim, listens: bool) -> Result<Self> {
        // Before the store is opened, which takes longer: whoever comes now waits here instead of asking
        // again and again.
        let endpoint = listen(&config, &claim);
        let held = claim.clone();
        let opening = tokio::task::spawn_blocking(move || App::over(config, &held));
        // Meanwhile, since the first client will ask for them; whoever comes sooner waits for them.
        let _describing = tokio::task::spawn_blocking(mcp::tool_list);
        let opening = opening.await;
        let app = Arc::new(opening.map_err(|error| Error::Io {
            doing: "open the store".into(),
            source: error.into(),
        })??);
        let server = mcp::Server::new(app.services.clone()).offering(app.config.offer.clone());
        let owner = Self {
            server,
            app,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        let (knowledge, stop) = (Arc::clone(&owner.app.services.knowledge), owner.stop.clone());
        owner.tasks.spawn(async move { knowledge.fill(stop).await });
        let (server, stop) = (owner.server.clone(), owner.stop.clone());
        owner.tasks.spawn(async move { server.watch_files(stop).await });
        let gate = Arc::clone(&owner.app.services.gate);
        let news = owner.app.services.news.clone();
        let (recalling, stop) = (Arc::clone(&owner.app), owner.stop.clone());
        owner.tasks.spawn(async move {
            // Who decides before it is done waits for it, and goes on with it when this process ends.
            let (gate, scope) = (&recalling.services.gate, &recalling.config.scope);
            tokio::select! {
                () = gate.recall(scope) => {}
                () = stop.cancelled() => {}
            }
        });
        owner.tasks.spawn(rules::watch(
            owner.app.config.clone(),
            gate,
            news,
            owner.stop.clone(),
        ));
        let crews = Arc::clone(&owner.app.services.crews);
        if listens && owner.app.config.inbound.is_some() {
            crews.hooks().callbacks.open();
        }
        owner
            .tasks
            .spawn(drive::work(crews, owner.tasks.clone(), owner.stop.clone()));
        let hooks = owner.app.services.crews.hooks().clone();
        owner
            .tasks
            .spawn(owner.app.deliverer()?.work(hooks, owner.stop.clone()));
        if let Some(endpoint) = endpoint {
            let door = Door {
                app: Arc::clone(&owner.app),
                server: owner.server.clone(),
                host: Arc::new(Host::this(sled::FORMAT)),
                room: Arc::new(Semaphore::new(MOST_LINKS)),
                tasks: owner.tasks.clone(),
                stop: owner.stop.clone(),
            };
            owner.tasks.spawn(door.keep(endpoint, claim));
        }
        Ok(owner)
    }

    /// The server, for this process's own clients.
    pub(super) fn server(&self) -> mcp::Server {
        self.server.clone()
    }

    /// What the page is told, for this process's project.
    pub(super) fn desk(&self) -> Arc<dyn mcp::page::Desk> {
        Arc::new(page::Desk::new(Arc::clone(&self.app), self.server()))
    }

    /// Does what a command of this process asks.
    pub(super) async fn carry_out(&self, request: request::Request) -> request::Outcome {
        request.carry_out(&self.app, &self.server).await
    }

    /// The settings that the owner works by.
    pub(super) fn config(&self) -> &Config {
        &self.app.config
    }

    /// Serves the client at the other end of `stream`, as a task.
    pub(super) fn serve(&self, stream: Stream) {
        let (reader, writer) = tokio::io::split(stream);
        let served = mcp::stdio::serve_over(self.server(), reader, writer, self.stop.child_token());
        self.tasks.spawn(async move {
            if let Err(error) = served.await {
                tracing::warn!(%error, "the client was not served to its end");
            }
        });
    }

    /// Lets nobody in any more, lets calls that run finish, and closes the store. The directory is free then.
    pub(super) async fn finish(self) {
        self.stop.cancel();
        self.server.end_streams();
        self.tasks.close();
        if tokio::time::timeout(LAST_WORDS, self.tasks.wait()).await.is_err() {
            tracing::warn!("some calls of other processes did not finish before this one ended");
        }
        // Before the directory is free: the next owner starts from what is kept here.
        self.app.services.knowledge.keep();
    }
}

/// The socket, with its name left for others. Without one this process works alone: that must not keep it
/// from working at all.
fn listen(config: &Config, claim: &Claim) -> Option<Endpoint> {
    let listening = Endpoint::bind(claim, &config.places).and_then(|endpoint| {
        claim.publish(endpoint.address())?;
        Ok(endpoint)
    });
    listening
        .inspect_err(|error| tracing::warn!(%error, "other processes cannot share the data directory"))
        .ok()
}

/// Where others come in.
#[derive(Debug, Clone)]
struct Door {
    app: Arc<App>,
    server: mcp::Server,
    host: Arc<Host>,
    room: Arc<Semaphore>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Door {
    async fn keep(self, mut endpoint: Endpoint, claim: Claim) {
        loop {
            let accepted = tokio::select! {
                accepted = endpoint.accept() => accepted,
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(ROUND) => {
                    if endpoint.is_lost() {
                        // Away with the old one first: it would take the new one's file with it.
                        drop(endpoint);
                        match listen(&self.app.config, &claim) {
                            Some(again) => endpoint = again,
                            None => return,
                        }
                    }
                    continue;
                }
            };
            match accepted {
                Ok(stream) => drop(self.tasks.spawn(self.clone().admit(stream))),
                Err(error) => {
                    tracing::warn!(%error, "a connection of another process could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn admit(self, mut stream: Stream) {
        let Ok(_place) = Arc::clone(&self.room).try_acquire_owned() else {
            let pid = self.host.pid;
            let message = format!("process {pid} serves {MOST_LINKS} others already");
            if let Err(error) = link::turn_away(&mut stream, &self.host, message).await {
                tracing::debug!(%error, "who was turned away did not listen");
            }
            return;
        };
        let greeted = tokio::select! {
            greeted = link::receive(&mut stream, &self.host) => greeted,
            () = self.stop.cancelled() => return,
        };
        let done = match greeted {
            Ok(Some(hello)) => self.work(hello, stream).await,
            Ok(None) => Ok(()),
            Err(source) => Err(left(source)),
        };
        if let Err(error) = done {
            tracing::debug!(error = chain(&error), "another process left before its time");
        }
    }

    async fn work(self, hello: Hello, stream: Stream) -> Result<()> {
        let mut server = self.server.in_scope(hello.scope);
        if let Some(offer) = hello.offer {
            server = server.offering(offer);
        }
        match hello.purpose {
            Purpose::Mcp => {
                let (reader, writer) = tokio::io::split(stream);
                mcp::stdio::serve_over(server, reader, writer, self.stop.child_token()).await?;
            }
            Purpose::Command => {
                let mut stream = BufReader::new(stream);
                let mut line = Vec::new();
                let mut bounded = (&mut stream).take(LONGEST_REQUEST);
                bounded.read_until(b'\n', &mut line).await.map_err(left)?;
                let answer = request::answer(&self.app, &server, &line).await;
                stream.write_all(&answer).await.map_err(left)?;
                stream.flush().await.map_err(left)?;
            }
        }
        Ok(())
    }
}

fn left(source: std::io::Error) -> Error {
    Error::Io {
        doing: "talk to another process".into(),
        source,
    }
}
