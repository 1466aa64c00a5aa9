//! The one thread that writes.
//!
//! It takes whatever requests are waiting, checks each against what is stored and what the requests
//! before it will write, writes all of them as one batch, makes that durable, and answers all. So a
//! hundred callers share one flush, and checking and writing cannot be told apart.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::draft::{Draft, Writes};
use super::redo::Redo;
use crate::store::{Error, Result};

/// Requests that share one flush at most.
const BATCH: usize = 512;

/// Requests that may wait; beyond that the callers do.
const QUEUE: usize = 1024;

/// A request: writes into the draft and gives the function that answers the caller, once it is known
/// whether the batch was made durable.
type Request = Box<dyn FnOnce(&mut Draft<'_>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<()>)>;

/// The way to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` once the writer is closed.
    requests: Mutex<Option<mpsc::Sender<Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(disk: Disk) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&disk, receiver))?;
        Ok(Self {
            requests: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Has `request` checked and written, and returns its answer once it is durable. Dropping the future
    /// does not take the request back.
    pub(super) async fn write<T, F>(&self, request: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Draft<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let request: Request = Box::new(move |draft| {
            let result = request(draft);
            match result {
                Ok(_) => draft.accept(),
                Err(_) => draft.refuse(()),
            }
            // A caller that went away needs no answer.
            Box::new(move |durable| drop(reply.send(durable.and(result))))
        });
        let sender = lock(&self.requests).clone().ok_or(Error::Closed)?;
        sender.send(request).await.map_err(|_| Error::Closed)?;
        drop(sender);
        answer.await.map_err(|_| Error::Io {
            doing: "write",
            detail: "the request was dropped without an answer".to_owned(),
        })?
    }

    /// Finishes what is waiting, takes nothing more, and waits for the thread to end.
    pub(super) fn close(&self) {
        drop(lock(&self.requests).take());
        if let Some(thread) = lock(&self.thread).take() {
            // It catches its panics, so there is nothing to learn from how it ended.
            drop(thread.join());
        }
    }
}

/// Where batches go.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) db: sled::Db,
    /// A second handle on the database file, when a power cut must not lose anything: on Linux sled's
    /// flush ends in `sync_file_range`, which leaves the data in the disk's cache.
    pub(super) synced: Option<File>,
    /// Where a batch is durable before sled has written it; without one every batch is flushed.
    pub(super) redo: Option<Mutex<Redo>>,
    pub(super) fault: Fault,
}

impl Disk {
    /// Writes all of `writes` and makes them durable, or says what failed.
    pub(super) fn commit(&self, writes: Writes) -> Result<(), String> {
        let commit = || -> Result<(), String> {
            self.fault.strike()?;
            match &self.redo {
                Some(redo) => lock(redo).commit(&self.db, writes, || self.flush()),
                None => {
                    self.db
                        .apply_batch(writes.into_batch())
                        .map_err(|error| error.to_string())?;
                    self.flush()
                }
            }
        };
        // sled asserts in places where a disk can surprise it.
        catch_unwind(AssertUnwindSafe(commit)).unwrap_or_else(|_| Err("sled panicked".to_owned()))
    }

    fn flush(&self) -> Result<(), String> {
        self.db.flush().map_err(|error| error.to_string())?;
        match &self.synced {
            Some(file) => file.sync_data().map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }
}

/// The way for tests to have a flush fail as it does on a full disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(#[cfg(test)] std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Fault {
    #[cfg(test)]
    pub(super) fn arm(&self) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    #[cfg(test)]
    fn strike(&self) -> Result<(), String> {
        match self.0.load(std::sync::atomic::Ordering::SeqCst) {
            true => Err("no space left on device".to_owned()),
            false => Ok(()),
        }
    }

    #[cfg(not(test))]
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "only tests have faults"
    )]
    fn strike(&self) -> Result<(), String> {
        Ok(())
    }
}

fn run(disk: &Disk, mut requests: mpsc::Receiver<Request>) {
    let mut waiting = Vec::with_capacity(BATCH);
    // What is on the disk after a failed flush is not known, so nothing is written after one.
    let mut poison: Option<String> = None;
    while requests.blocking_recv_many(&mut waiting, BATCH) > 0 {
        let mut draft = Draft::new(&disk.db);
        let mut answers = Vec::with_capacity(waiting.len());
        for request in waiting.drain(..) {
            match catch_unwind(AssertUnwindSafe(|| request(&mut draft))) {
                Ok(answer) => answers.push(answer),
                // Its caller learns of it because the way to answer is gone.
                Err(_) => draft.refuse(()),
            }
        }
        if let (None, Some(writes)) = (&poison, draft.into_writes())
            && let Err(cause) = disk.commit(writes)
        {
            tracing::error!(
                cause,
                "the store stops writing: a batch could not be made durable"
            );
            poison = Some(cause);
        }
        for answer in answers {
            answer(match &poison {
                Some(cause) => Err(Error::Poisoned { cause: cause.clone() }),
                None => Ok(()),
            });
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
