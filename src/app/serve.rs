//! Serving until the host leaves or the system says stop.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::owner::Owner;
use super::window::Window;
use crate::config::Config;
use crate::domain::Problem;
use crate::error::{Error, Result};
use crate::mcp::http::{Bearer, Front, Wanted};
use crate::ownership::{Claim, Error as OwnershipError, Note};
use crate::{cli, mcp};

/// How long an owner that is about to go is waited for at the start: a host that restarts its server has the
/// old one still closing when the new one starts.
const GRACE: Duration = Duration::from_millis(500);
const MOMENT: Duration = Duration::from_millis(10);

/// Serves one host over stdin and stdout until either end closes: as the owner of the data directory, or
/// through the process that is.
///
/// # Errors
/// When the directory or the store in it cannot be used, or the transport breaks other than by being closed.
pub(super) async fn stdio(config: Config) -> Result<(), Problem> {
    let stop = stop_signal();
    match claim_soon(&config).await.map_err(|error| error.problem())? {
        Some(claim) => {
            let owner = Owner::start(config, claim)
                .await
                .map_err(|error| error.problem())?;
            let served = mcp::stdio::serve(owner.server(), stop).await;
            owner.finish().await;
            served.map_err(|error| Error::from(error).problem())
        }
        None => {
            let (reader, writer) = mcp::stdio::streams();
            Window::new(config, reader, writer, stop).run().await
        }
    }
}

/// Listens on `address` and serves until the system says stop, then lets running calls finish.
///
/// # Errors
/// When another process owns the data directory, the address cannot be listened on, or others could use it without
/// a token.
pub(super) async fn http(
    mut config: Config,
    address: SocketAddr,
    token: Option<cli::token::Wanted>,
) -> Result<(), Problem> {
    if let Some(wanted) = token {
        config.http.token = match wanted {
            cli::token::Wanted::Auto => Wanted::Auto,
            cli::token::Wanted::Required => Wanted::Required,
            cli::token::Wanted::Off => Wanted::Off,
        };
    }
    let claim = Claim::take(&config.data_dir).map_err(|error| Error::from(error).problem())?;
    let bearer = super::token::bearer(&config, address)?;
    listen(config, address, claim, bearer)
        .await
        .map_err(|error| error.problem())
}

async fn listen(config: Config, address: SocketAddr, claim: Claim, bearer: Bearer) -> Result<()> {
    let listener = TcpListener::bind(address).await.map_err(|source| Error::Io {
        doing: format!("listen on {address}"),
        source,
    })?;
    let owner = Owner::start_with_callbacks(config, claim).await?;
    let local = listener.local_addr().unwrap_or(address);
    tracing::info!("listening on http://{local}/mcp and http://{local}/sse");
    let (settings, tasks) = (owner.config().http.clone(), TaskTracker::new());
    let inbound = owner.config().inbound.clone();
    if inbound.is_some() {
        tracing::info!("webhooks are taken at http://{local}/hooks/v1");
    }
    let front = Front::of(owner.server(), inbound)
        .with_bearer(bearer)
        .with_desk(owner.desk());
    // Whatever is logged: it is what the person who started it wants next.
    let _unheard = writeln!(std::io::stderr(), "the page is at http://{local}/ui");
    mcp::http::serve(listener, front, settings, tasks.clone(), stop_signal()).await;
    tasks.close();
    owner.finish().await;
    Ok(())
}

/// The claim, if nobody has it or whoever has it is about to go; `None` when there is an owner to link to.
async fn claim_soon(config: &Config) -> Result<Option<Claim>> {
    let since = Instant::now();
    loop {
        match Claim::take(&config.data_dir) {
            Ok(claim) => return Ok(Some(claim)),
            Err(OwnershipError::InUse { .. }) if is_reachable(config) || since.elapsed() > GRACE => {
                return Ok(None);
            }
            Err(OwnershipError::InUse { .. }) => sleep(MOMENT).await,
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_reachable(config: &Config) -> bool {
    let socket = Note::read(&config.data_dir).and_then(|note| note.socket);
    // A pipe of Windows is no file, and asking whether it exists would use an instance of it up.
    socket.is_some_and(|socket| cfg!(windows) || socket.exists())
}

/// Fires on the first SIGINT or SIGTERM.
fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let fired = stop.clone();
    #[expect(clippy::disallowed_methods, reason = "`app` is where tasks are spawned")]
    tokio::spawn(async move {
        wait_for_signal().await;
        fired.cancel();
    });
    stop
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ctrl_c = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    let _ctrl_c = tokio::signal::ctrl_c().await;
}
