//! One client over standard input and output, or any other pair of streams.

use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc;
use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::Server;
use super::lines::{self, WAITING_MESSAGES};

/// How long streams of news may take to end when the server stops.
const LAST_WORDS: Duration = Duration::from_millis(500);
const MOMENT: Duration = Duration::from_millis(20);

/// Serves the client at standard input until it ends or `stop` is cancelled.
///
/// Nothing but JSON-RPC goes to standard output. Calls that run when the input ends get up to 5 seconds
/// to be answered, 2 when it is stopped.
///
/// # Errors
/// When the client's first words are not MCP.
pub async fn serve(server: Server, stop: CancellationToken) -> Result<(), Error> {
    let (reader, writer) = streams();
    serve_over(server, reader, writer, stop).await
}

/// Standard input and output.
pub(crate) fn streams() -> (impl AsyncRead + Unpin, impl AsyncWrite + Unpin) {
    rmcp::transport::io::stdio_pipes()
}

/// Serves one client that writes to `reader` and reads from `writer`.
///
/// # Errors
/// When the client's first words are not MCP.
pub async fn serve_over<R, W>(
    server: Server,
    reader: R,
    writer: W,
    stop: CancellationToken,
) -> Result<(), Error>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (to_server, from_client) = mpsc::channel(WAITING_MESSAGES);
    let (to_client, from_server) = mpsc::channel(WAITING_MESSAGES);
    let (ended, cut) = (CancellationToken::new(), CancellationToken::new());
    let answers = to_client.clone();
    let server = server.connected();
    let session = Arc::clone(server.session());
    let service = async {
        let _ended = ended.clone().drop_guard();
        let running = server.serve_with_ct((to_client, from_client), cut.clone());
        match running.await {
            Ok(running) => running.waiting().await.map(drop).map_err(Error::Broken),
            // A client that asks what there is and leaves, or leaves at once, is no failure.
            Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => Ok(()),
            Err(error) => Err(Error::Handshake(Box::new(error))),
        }
    };
    let reading = async {
        tokio::select! {
            () = lines::read(reader, to_server, answers) => {}
            () = ended.cancelled() => {}
        }
        // It has left: nothing is to go on for ever.
        session.ending.cancel();
    };
    let writing = async {
        if let Err(error) = lines::write(writer, from_server).await {
            tracing::warn!(%error, "the client does not take answers any more");
            ended.cancel();
        }
    };
    let stopping = async {
        tokio::select! {
            () = stop.cancelled() => {}
            () = ended.cancelled() => return,
        }
        session.ending.cancel();
        if !session.listening.is_empty() {
            session.listening.close();
            let _over = tokio::time::timeout(LAST_WORDS, session.listening.wait()).await;
            // What they end with is on its way.
            tokio::time::sleep(MOMENT).await;
        }
        cut.cancel();
    };
    let (served, (), (), ()) = tokio::join!(service, reading, writing, stopping);
    served
}

/// Why a client could not be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its first words were not MCP.
    #[error("the client did not open an MCP connection")]
    Handshake(#[source] Box<ServerInitializeError>),
    /// The task that served it died.
    #[error("serving the client broke off")]
    Broken(#[source] tokio::task::JoinError),
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Handshake(_) => "mcp.handshake",
            Self::Broken(_) => "mcp.broken",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Handshake(_) => {
                "Start it from an MCP host, or send an initialize request as the first line."
            }
            Self::Broken(_) => "Restart the server; what was acknowledged is kept. The log has the cause.",
        }
    }

    /// Whether the same may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}
