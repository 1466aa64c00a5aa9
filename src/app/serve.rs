//! Serving until the host leaves or the system says stop.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::App;
use crate::error::{Error, Result};
use crate::mcp;

impl App {
    /// Serves one host over stdin and stdout until either end closes.
    ///
    /// # Errors
    /// When the transport breaks other than by being closed.
    pub async fn serve_stdio(&self) -> Result<()> {
        mcp::stdio::serve(mcp::Server::new(self.services.clone()), stop_signal()).await?;
        Ok(())
    }

    /// Listens on `address` and serves until the system says stop, then lets running calls finish.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn serve_http(&self, address: SocketAddr) -> Result<()> {
        let listener = TcpListener::bind(address).await.map_err(|source| Error::Io {
            doing: format!("listen on {address}"),
            source,
        })?;
        let local = listener.local_addr().unwrap_or(address);
        tracing::info!("listening on http://{local}/mcp and http://{local}/sse");
        let (server, tasks) = (mcp::Server::new(self.services.clone()), TaskTracker::new());
        mcp::http::serve(
            listener,
            server,
            self.config.http.clone(),
            tasks.clone(),
            stop_signal(),
        )
        .await;
        tasks.close();
        Ok(())
    }
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
