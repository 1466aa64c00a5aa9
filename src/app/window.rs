//! A process that found the data directory taken: it passes its client's messages to the owner, and when the
//! owner goes, takes its place or finds the one that did. The client does not notice.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::owner::Owner;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::mcp::lines::{Line, Lines};
use crate::mcp::relay::{Outbox, Relay};
use crate::ownership::link::{Hello, Purpose};
use crate::ownership::{Place, Stream, approach};
use crate::store::sled;

/// How long owners may come and go before the client's requests are answered with an error.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pauses between two looks for an owner: from the first to the second, twice as long each time. The first
/// look is at once, because a takeover is to be over before anybody notices.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(60));
/// The same once patience is at its end, or where another look will hardly help.
const LONG_PAUSE: Duration = Duration::from_secs(1);
/// How long what is under way may take once the client has left, or this process was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Bytes in one direction between this process's client and its own server, once it owns the store.
const PIPE_BYTES: usize = 64 * 1024;

/// What a look for an owner may find.
#[derive(Debug)]
enum Found {
    /// A link to it.
    Linked(Stream),
    /// This process is the owner now.
    Own(Box<Owner>),
}

/// Claims the directory or links to its owner, once.
async fn look(config: &Config) -> Result<Found, Error> {
    let hello = Hello::of_this(
        sled::FORMAT,
        config.scope.clone(),
        config.offer.clone(),
        Purpose::Mcp,
    );
    match approach(&config.data_dir, &hello).await? {
        Place::Free(claim) => Ok(Found::Own(Box::new(Owner::start(config.clone(), claim).await?))),
        Place::Linked(stream, _) => Ok(Found::Linked(stream)),
    }
}

/// One client, and whoever owns the store.
#[derive(Debug)]
pub(super) struct Window<R, W> {
    config: Config,
    relay: Relay,
    from_client: Lines<R>,
    to_client: W,
    stop: CancellationToken,
    /// When the client left: what it still waits for has to come by then.
    ending: Option<Instant>,
    /// Once this process owns the store.
    owner: Option<Owner>,
    /// Why there was no owner at the last look, if that was the end of it.
    problem: Option<Problem>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Window<R, W> {
    pub(super) fn new(config: Config, reader: R, writer: W, stop: CancellationToken) -> Self {
        // Half of it is enough to be the only one of its name.
        let mut name = SystemClock.random_id();
        name.truncate(16);
        Self {
            config,
            relay: Relay::new(name),
            from_client: Lines::new(reader),
            to_client: writer,
            stop,
            ending: None,
            owner: None,
            problem: None,
        }
    }

    /// Serves the client until it leaves.
    ///
    /// # Errors
    /// When there was no owner to work with when the client left.
    pub(super) async fn run(mut self) -> Result<(), Problem> {
        let mut found = self.seek(Duration::ZERO).await;
        while let Some(place) = found {
            let stream = self.enter(place);
            let mut heard = false;
            if self.pass(stream, &mut heard).await {
                break;
            }
            self.relay.lost();
            // What breaks off without a word is not tried again at once.
            found = self.seek(if heard { Duration::ZERO } else { PAUSES.1 }).await;
        }
        match (self.owner, self.problem) {
            (Some(owner), _) => owner.finish().await,
            (None, Some(problem)) => return Err(problem),
            (None, None) => {}
        }
        Ok(())
    }

    /// The stream to the server, which may be in this process from now on.
    fn enter(&mut self, found: Found) -> Stream {
        self.problem = None;
        let owner = match found {
            Found::Linked(stream) => return stream,
            Found::Own(owner) => owner,
        };
        tracing::info!("this process owns the data directory now");
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        owner.serve(Box::new(theirs));
        self.owner = Some(*owner);
        Box::new(ours)
    }

    /// Looks for an owner until there is one, and listens to the client meanwhile; `None` when the client
    /// left and waits for nothing, or not any longer.
    async fn seek(&mut self, first_pause: Duration) -> Option<Found> {
        if let Some(owner) = &self.owner {
            // Its own server ended the conversation, not the owner: there is nobody to look for.
            let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
            sleep(first_pause).await;
            owner.serve(Box::new(theirs));
            return Some(Found::Linked(Box::new(ours)));
        }
        let since = Instant::now();
        let mut pause = PAUSES.0;
        let config = self.config.clone();
        let look_after = |pause: Duration| {
            let config = &config;
            Box::pin(async move {
                sleep(pause).await;
                look(config).await
            })
        };
        let mut looking = look_after(first_pause);
        while !self.is_done() {
            let ending = self.ending;
            tokio::select! {
                found = &mut looking => match found {
                    Ok(found) => return Some(found),
                    Err(error) => {
                        let passing = matches!(&error, Error::Ownership(error) if error.is_passing());
                        if !passing || since.elapsed() > PATIENCE {
                            let problem = error.problem();
                            // Once, not with every look: this may go on for as long as the window is open.
                            if self.problem.as_ref() != Some(&problem) {
                                tracing::warn!(code = problem.code, problem.message, "there is no owner to work with");
                            }
                            self.relay.give_up(&problem);
                            self.problem = Some(problem);
                            pause = LONG_PAUSE;
                        } else {
                            pause = (pause * 2).min(PAUSES.1);
                        }
                        looking = look_after(jittered(pause));
                    }
                },
                line = self.from_client.next(), if ending.is_none() => {
                    hear(&mut self.relay, line, &mut self.ending);
                }
                written = write(&mut self.to_client, self.relay.to_client.waiting()) => {
                    let bytes = written.ok()?;
                    wrote(&mut self.to_client, &mut self.relay.to_client, bytes).await.ok()?;
                }
                () = self.stop.cancelled(), if ending.is_none() => end(&mut self.relay, &mut self.ending),
                () = until(ending) => return None,
            }
        }
        None
    }

    /// Passes messages both ways; `true` when the client is done, `false` when the other end is gone. Notes
    /// whether that said anything.
    async fn pass(&mut self, stream: Stream, heard: &mut bool) -> bool {
        let (reader, mut to_owner): (ReadHalf<Stream>, WriteHalf<Stream>) = tokio::io::split(stream);
        let mut from_owner = Lines::new(reader);
        let mut said_all = false;
        self.relay.connected();
        loop {
            let ending = self.ending;
            if ending.is_some() && !said_all && self.relay.to_owner.is_empty() {
                // It answers what it has and closes its side, too.
                said_all = true;
                if to_owner.shutdown().await.is_err() {
                    return self.is_done();
                }
            }
            let relay = &mut self.relay;
            let (listens, hears) = (!relay.to_owner.is_full(), !relay.to_client.is_full());
            tokio::select! {
                line = from_owner.next(), if hears => match line {
                    Ok(Line::Whole(line)) => {
                        *heard = true;
                        relay.owner_says(line);
                    }
                    Ok(Line::TooLong) => tracing::error!("a message of the owner was too long and is lost"),
                    // What it was about to say when it died is no message.
                    Ok(Line::Unfinished(_) | Line::End) | Err(_) => return self.is_over().await,
                },
                line = self.from_client.next(), if ending.is_none() && listens => {
                    hear(relay, line, &mut self.ending);
                }
                written = write(&mut to_owner, relay.to_owner.waiting()) => {
                    let written = match written {
                        Ok(bytes) => wrote(&mut to_owner, &mut relay.to_owner, bytes).await,
                        Err(error) => Err(error),
                    };
                    if written.is_err() {
                        // It is gone. What it said before it went is still to be heard.
                        relay.to_owner.clear();
                    }
                }
                written = write(&mut self.to_client, relay.to_client.waiting()) => {
                    let written = match written {
                        Ok(bytes) => wrote(&mut self.to_client, &mut relay.to_client, bytes).await,
                        Err(error) => Err(error),
                    };
                    if let Err(error) = written {
                        tracing::warn!(%error, "the client does not take answers any more");
                        return true;
                    }
                }
                () = self.stop.cancelled(), if ending.is_none() => end(&mut self.relay, &mut self.ending),
                () = until(ending) => return true,
            }
        }
    }

    /// After the other end closed: whether that was because the client is done.
    async fn is_over(&mut self) -> bool {
        if self.ending.is_none() || self.relay.is_waited_for() {
            return false;
        }
        let rest = self.relay.to_client.waiting();
        let written = async {
            self.to_client.write_all(rest).await?;
            self.to_client.flush().await
        };
        if !matches!(tokio::time::timeout(LAST_WORDS, written).await, Ok(Ok(()))) {
            tracing::debug!("the client did not take the last answers");
        }
        true
    }

    /// Whether the client left and has got everything it asked for.
    fn is_done(&self) -> bool {
        self.ending.is_some() && !self.relay.is_waited_for() && self.relay.to_client.is_empty()
    }
}

fn hear(relay: &mut Relay, line: std::io::Result<Line<'_>>, ending: &mut Option<Instant>) {
    match line {
        Ok(Line::Whole(line) | Line::Unfinished(line)) => relay.client_says(line),
        Ok(Line::TooLong) => relay.too_long(),
        Ok(Line::End) => end(relay, ending),
        Err(error) => {
            tracing::warn!(%error, "the client's messages cannot be read any more");
            end(relay, ending);
        }
    }
}

fn end(relay: &mut Relay, ending: &mut Option<Instant>) {
    relay.client_left();
    *ending = Some(Instant::now() + LAST_WORDS);
}

/// Writes a part of `bytes`; with nothing to write, waits for ever. Dropping the future writes nothing.
async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<usize> {
    if bytes.is_empty() {
        return std::future::pending().await;
    }
    match to.write(bytes).await? {
        0 => Err(std::io::ErrorKind::WriteZero.into()),
        written => Ok(written),
    }
}

/// Notes that so many bytes are written, and sees that the last of them do not stay behind.
async fn wrote(to: &mut (impl AsyncWrite + Unpin), outbox: &mut Outbox, bytes: usize) -> std::io::Result<()> {
    outbox.wrote(bytes);
    if outbox.is_empty() {
        to.flush().await?;
    }
    Ok(())
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Between half of `pause` and all of it: many that lost the same owner do not all look at the same moment.
fn jittered(pause: Duration) -> Duration {
    let lot = SystemClock.random_id().bytes().next().unwrap_or(b'0');
    let share = f64::from(char::from(lot).to_digit(16).unwrap_or(0)) / 15.0;
    pause.mul_f64(0.5 + share / 2.0)
}
