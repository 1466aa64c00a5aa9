//! A provider on this machine that can be made to fail.
//!
//! It speaks the protocols of OpenAI, Anthropic and Ollama, at once or in pieces, answers as a script says, and gets things
//! wrong in all the ways that real ones do.
//! For tests, benches and examples. It has a thread of its own, so that it works with any runtime and with a clock that
//! stands still, and it is gone when it is dropped.
//!
//! ```
//! use firstmate::model::faulty::{Fault, Faulty, Reply, Weather};
//!
//! // One question in twenty is refused for a moment; the others are echoed.
//! let weather = Weather::new(7).with(Fault::RateLimit(None), 0.05);
//! let server = Faulty::start(move |asked| {
//!     let answer = asked.prompt.to_uppercase();
//!     match weather.at(asked.number) {
//!         Some(fault) => Reply::Fault(fault, answer),
//!         None => Reply::Answer(answer),
//!     }
//! })?;
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

mod anthropic;
mod asked;
mod fault;
mod http;
mod ollama;
mod openai;
mod shape;
mod weather;
mod wire;
mod wrong;

pub use asked::{Asked, Protocol};
pub use fault::Fault;
pub use weather::Weather;

/// What becomes of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// This answer.
    Answer(String),
    /// This fault, with the answer that there would have been: some faults give half of it.
    Fault(Fault, String),
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The provider, while it is kept.
pub struct Faulty {
    url: String,
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
}

struct Inner {
    script: Box<Script>,
    asked: Mutex<Vec<Asked>>,
    stop: CancellationToken,
}

impl Faulty {
    /// Listens on a free port of this machine and answers by `script` until it is dropped.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let inner = Arc::new(Inner {
            script: Box::new(script),
            asked: Mutex::default(),
            stop: CancellationToken::new(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let serving = serve(listener, Arc::clone(&inner));
        let thread = std::thread::Builder::new()
            .name("faulty-provider".to_owned())
            .spawn(move || {
                if let Err(error) = runtime.block_on(serving) {
                    tracing::error!(%error, "the faulty provider cannot listen");
                }
            })?;
        Ok(Self {
            url,
            inner,
            thread: Some(thread),
        })
    }

    /// Its address, without a path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it was asked, in the order in which it came.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.inner
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How often it was asked.
    #[must_use]
    pub fn count(&self) -> usize {
        self.inner
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.inner.stop.cancel();
        // It ends at once, whatever it is doing; a panic of it has been told already.
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

async fn serve(listener: std::net::TcpListener, inner: Arc<Inner>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    // Dropped at the end, and all connections with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = inner.stop.cancelled() => return Ok(()),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                // A client that has gone before it was heard is no trouble.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, Arc::clone(&inner)));
                }
            }
        }
    }
}

/// One question and its answer; a client that asks again connects again.
async fn connection(mut stream: TcpStream, inner: Arc<Inner>) {
    let Ok(Some(request)) = asked::read(&mut stream).await else {
        return;
    };
    let Some(asked) = inner.note(&request) else {
        // Neither is anybody told of the client's going.
        drop(http::not_found(&mut stream).await);
        return;
    };
    let reply = (inner.script)(&asked);
    drop(wire::write(stream, &asked, reply).await);
}

impl Inner {
    /// Keeps the question, with its number.
    fn note(&self, request: &asked::Request) -> Option<Asked> {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let number = all.len() as u64;
        let asked = Asked::of(request, number)?;
        all.push(asked.clone());
        Some(asked)
    }
}

#[cfg(test)]
mod tests;
