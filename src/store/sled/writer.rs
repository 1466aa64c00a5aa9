//! The one way to write.
//!
//! Requests wait in a queue. Whoever finds nobody writing takes all that is waiting, checks each request
//! against what is stored and what the requests before it will write, writes all of them as one batch,
//! makes that durable, and answers all. So a hundred callers share one sync, and checking and writing
//! cannot be told apart. There is no thread of its own: handing a request to one and being woken by it cost as
//! much as the sync itself (`docs/decisions/0002-no-writing-thread.md`).

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use super::draft::{Draft, Writes};
use super::redo::Redo;
use crate::audit::logs::Logs;
use crate::store::{Error, Result};

/// Requests that share one sync at most.
const BATCH: usize = 512;

/// A request: writes into the draft and gives the function that answers the caller, once it is known
/// whether the batch was made durable.
type Request = Box<dyn FnOnce(&mut Draft<'_>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<()>)>;

/// The way to the disk.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<Queue>,
    /// Held by the caller that writes. The others wait for it rather than for the disk, so that no thread of
    /// the runtime is blocked by more than one of them.
    turn: tokio::sync::Mutex<()>,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Request>,
    /// What nobody waits for: it goes with the next batch.
    later: Vec<Request>,
    closed: bool,
}

#[derive(Debug)]
struct Written {
    disk: Disk,
    /// What is on the disk after a failed write is not known, so nothing is written after one.
    poison: Option<String>,
}

impl Writer {
    /// Writes to `disk`.
    pub(super) fn new(disk: Disk) -> Self {
        Self {
            queue: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            written: Mutex::new(Written { disk, poison: None }),
        }
    }

    /// Has `request` checked and written, and returns its answer once it is durable. Dropping the future
    /// does not take the request back.
    pub(super) async fn write<T, F>(&self, request: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Draft<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, mut answer) = oneshot::channel();
        let request: Request = Box::new(move |draft| {
            let result = request(draft);
            match result {
                Ok(_) => draft.accept(),
                Err(_) => draft.refuse(()),
            }
            // A caller that went away needs no answer.
            Box::new(move |durable| drop(reply.send(durable.and(result))))
        });
        {
            let mut queue = lock(&self.queue);
            if queue.closed {
                return Err(Error::Closed);
            }
            queue.waiting.push(request);
        }
        // Others that are ready join the batch.
        tokio::task::yield_now().await;
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return answer.unwrap_or_else(|_| Err(Error::Io {
                    doing: "write",
                    detail: "the request was dropped without an answer".to_owned(),
                })),
                _turn = self.turn.lock() => blocking(|| self.write_waiting()),
            }
        }
    }

    /// Has `request` checked and written with the next batch. Its answer is nobody's.
    pub(super) fn write_later<F>(&self, request: F)
    where
        F: FnOnce(&mut Draft<'_>) -> Result<()> + Send + 'static,
    {
        let request: Request = Box::new(move |draft| {
            match request(draft) {
                Ok(()) => draft.accept(),
                Err(error) => {
                    tracing::warn!(%error, "something that nobody waits for is not written");
                    draft.refuse(());
                }
            }
            Box::new(drop)
        });
        let full = {
            let mut queue = lock(&self.queue);
            if !queue.closed {
                queue.later.push(request);
            }
            queue.later.len() >= BATCH
        };
        if full {
            self.write_now();
        }
    }

    /// Writes what nobody waits for.
    pub(super) fn write_now(&self) {
        let later = !lock(&self.queue).later.is_empty();
        if later {
            self.write_waiting();
        }
    }

    /// Why nothing is written any more.
    pub(super) fn poison(&self) -> Option<String> {
        lock(&self.written).poison.clone()
    }

    /// Finishes what is waiting and takes nothing more.
    pub(super) fn close(&self) {
        lock(&self.queue).closed = true;
        while !lock(&self.queue).is_empty() {
            self.write_waiting();
        }
    }

    /// Writes a batch of what is waiting, perhaps nothing, and answers it.
    fn write_waiting(&self) {
        let mut written = lock(&self.written);
        let batch: Vec<Request> = {
            let mut queue = lock(&self.queue);
            let length = queue.waiting.len().min(BATCH);
            let mut batch = std::mem::take(&mut queue.later);
            batch.extend(queue.waiting.drain(..length));
            batch
        };
        written.write(batch);
    }
}

impl Written {
    fn write(&mut self, batch: Vec<Request>) {
        let mut draft = Draft::new(&self.disk.db, self.disk.logs.as_deref());
        let mut answers = Vec::with_capacity(batch.len());
        for request in batch {
            match catch_unwind(AssertUnwindSafe(|| request(&mut draft))) {
                Ok(answer) => answers.push(answer),
                // Its caller learns of it because the way to answer is gone.
                Err(_) => draft.refuse(()),
            }
        }
        if let (None, Some(writes)) = (&self.poison, draft.into_writes())
            && let Err(cause) = self.disk.commit(writes)
        {
            tracing::error!(
                cause,
                "the store stops writing: a batch could not be made durable"
            );
            self.poison = Some(cause);
        }
        for answer in answers {
            answer(match &self.poison {
                Some(cause) => Err(Error::Poisoned { cause: cause.clone() }),
                None => Ok(()),
            });
        }
    }
}

/// Waits for the disk on this thread. On a runtime of several threads the other tasks of this one move to
/// another; on a runtime of one they wait, which costs one client less than a second thread would.
fn blocking(work: impl FnOnce()) {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.later.is_empty()
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("waiting", &self.waiting.len())
            .field("closed", &self.closed)
            .finish()
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
    /// Where entries of the audit log go.
    pub(super) logs: Option<Arc<Mutex<Logs>>>,
    pub(super) fault: Fault,
}

impl Disk {
    /// Writes all of `writes` and makes them durable, or says what failed.
    pub(super) fn commit(&self, writes: Writes) -> Result<(), String> {
        let commit = || -> Result<(), String> {
            self.fault.strike()?;
            match &self.redo {
                Some(redo) => lock(redo).commit(&self.db, self.logs.as_deref(), writes, || self.flush()),
                None => {
                    let rest = writes
                        .log(self.logs.as_deref())
                        .map_err(|error| error.to_string())?;
                    if rest.is_empty() {
                        return Ok(());
                    }
                    self.db
                        .apply_batch(rest.into_batch())
                        .map_err(|error| error.to_string())?;
                    self.flush_db()
                }
            }
        };
        // sled asserts in places where a disk can surprise it.
        catch_unwind(AssertUnwindSafe(commit)).unwrap_or_else(|_| Err("sled panicked".to_owned()))
    }

    fn flush(&self) -> Result<(), String> {
        if let Some(logs) = &self.logs {
            lock(logs).sync().map_err(|error| error.to_string())?;
        }
        self.flush_db()
    }

    fn flush_db(&self) -> Result<(), String> {
        self.db.flush().map_err(|error| error.to_string())?;
        match &self.synced {
            Some(file) => file.sync_data().map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }
}

/// The way for tests to have a flush fail as it does on a full disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(#[cfg(test)] Arc<std::sync::atomic::AtomicBool>);

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
