//! Connections: who gets one, and how long one may be silent.
//!
//! The accept loop is our own because axum's sets neither timeouts nor `TCP_NODELAY`: half a header would
//! hold a connection for ever, and every event would wait 40 ms for Nagle's algorithm.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::App;
use super::stalled::Patient;
use super::turned_away::turned_away;

/// What is said to a connection that is one too many, before anything is read from it.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// Pause after the system could not accept a connection: it has run out of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Least time for a header once its first byte is there.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);
/// Largest header of a request, all its lines together.
const MAX_HEADER_BYTES: usize = 64 << 10;

/// Serves connections until the server is told to stop. Those that are open then are in what is returned; they end
/// when `cut` is cancelled at the latest.
pub(super) async fn accept(
    listener: TcpListener,
    routes: axum::Router,
    app: &App,
    cut: &CancellationToken,
) -> GracefulShutdown {
    let service = TowerToHyperService::new(routes);
    let connections = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(app.settings.max_connections));
    let patience = Duration::from_secs(app.settings.header_timeout_s);
    let write_patience = Duration::from_secs(app.settings.write_timeout_s);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = app.stop.cancelled() => return connections,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(error) => {
                if let Some(times) = turned_away("accept") {
                    tracing::warn!(%error, times, "a connection could not be accepted");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            app.tasks.spawn(turn_away(socket, patience));
            continue;
        };
        prepare(&socket, write_patience);
        let (watcher, service) = (connections.watcher(), service.clone());
        let (stop, cut) = (app.stop.clone(), cut.clone());
        app.tasks.spawn(async move {
            let _place = place;
            let begin = Instant::now();
            let spoke = tokio::select! {
                biased;
                spoke = speaks(&socket, patience) => spoke,
                () = stop.cancelled() => false,
            };
            if !spoke {
                return;
            }
            // Who was silent for long has the less time for the rest.
            let patience = patience.saturating_sub(begin.elapsed()).max(LEAST_PATIENCE);
            let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
            builder
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(patience)
                .max_buf_size(MAX_HEADER_BYTES);
            let socket = TokioIo::new(Patient::new(socket, write_patience));
            let connection = builder.serve_connection(socket, service).into_owned();
            tokio::select! {
                ended = watcher.watch(connection) => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                },
                () = cut.cancelled() => {}
            }
        });
    }
}

/// No waiting for more to send, and an end to connections whose other end is gone without a word.
fn prepare(socket: &TcpStream, patience: Duration) {
    let alive = TcpKeepalive::new()
        .with_time(patience)
        .with_interval((patience / 3).max(Duration::from_secs(1)));
    let socket = SockRef::from(socket);
    for set in [
        socket.set_tcp_nodelay(true),
        socket.set_tcp_keepalive(&alive),
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(patience)),
    ] {
        if let Err(error) = set {
            tracing::debug!(%error, "a connection could not be set up in full");
        }
    }
}

/// Whether the other side sends anything in time. hyper's timer starts with the first byte only.
async fn speaks(socket: &TcpStream, patience: Duration) -> bool {
    let spoke = tokio::time::timeout(patience, socket.peek(&mut [0])).await;
    matches!(spoke, Ok(Ok(1..)))
}

async fn turn_away(mut socket: TcpStream, patience: Duration) {
    if let Some(times) = turned_away("connection") {
        tracing::warn!(times, "refused a connection: there are as many as there may be");
    }
    let told = tokio::time::timeout(patience, socket.write_all(NO_ROOM)).await;
    if !matches!(told, Ok(Ok(()))) {
        tracing::debug!("the refused connection did not listen");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer whose machine is gone says nothing: only the system can tell, and is asked to.
    #[tokio::test]
    async fn the_system_is_asked_to_notice_a_peer_that_is_gone() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, _theirs) = tokio::join!(
            listener.accept(),
            TcpStream::connect(listener.local_addr().unwrap())
        );
        let (ours, _) = ours.unwrap();
        // The shortest that can be set: parts of a second are nothing to the system.
        for patience in [30, 1].map(Duration::from_secs) {
            prepare(&ours, patience);
            let socket = SockRef::from(&ours);
            assert!(socket.keepalive().unwrap() && ours.nodelay().unwrap());
            #[cfg(target_os = "linux")]
            {
                assert_eq!(socket.tcp_keepalive_time().unwrap(), patience);
                assert_eq!(
                    socket.tcp_keepalive_interval().unwrap(),
                    (patience / 3).max(Duration::from_secs(1))
                );
                assert_eq!(socket.tcp_user_timeout().unwrap(), Some(patience));
            }
        }
    }
}
