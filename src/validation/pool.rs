//! Threads on which parsers may recurse.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::domain::{Artifact, Validation};

use super::report::{Report, Skipped};
use super::{Settings, check_until};

/// Reserved, not touched: pages that no parser reaches cost nothing.
const STACK: usize = 256 << 20;
/// How many outputs may wait for each thread.
const WAITING: usize = 32;

/// Judges outputs on a few threads of its own, each with a stack of 256 MiB, and never fails.
///
/// Parsers recurse, and a stack overflow would abort the process. What finds the queue full or the deadline passed
/// comes back as not checked. Dropping it waits for the outputs that are being judged.
#[derive(Debug)]
pub struct Validator {
    settings: Settings,
    /// `None` only while dropping: the threads end when nobody can send any more.
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Job {
    artifact: Arc<Artifact>,
    deadline: Option<Instant>,
    given_up: Arc<AtomicBool>,
    answer: oneshot::Sender<Validation>,
}

/// Says when dropped that nobody waits any more.
#[derive(Debug, Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Validator {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives no thread with such a stack.
    pub fn new(settings: Settings) -> std::io::Result<Self> {
        let count = settings.threads.max(1);
        let (jobs, waiting) = sync_channel(count * WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = (0..count)
            .map(|i| {
                let (waiting, settings) = (Arc::clone(&waiting), settings.clone());
                std::thread::Builder::new()
                    .name(format!("validate-{i}"))
                    .stack_size(STACK)
                    .spawn(move || work(&waiting, &settings))
            })
            .collect::<std::io::Result<_>>()?;
        Ok(Self {
            settings,
            jobs: Some(jobs),
            threads,
        })
    }

    /// Judges `artifact`, or says why it could not be judged in time.
    pub async fn validate(&self, artifact: Artifact) -> Validation {
        let artifact = Arc::new(artifact);
        let allowed = Duration::from_millis(self.settings.deadline_ms);
        let (answer, answered) = oneshot::channel();
        // Dropped with this future, or when it has its answer: a caller that leaves stops the checks behind it.
        let given_up = GivenUp::default();
        let job = Job {
            artifact: Arc::clone(&artifact),
            deadline: Instant::now().checked_add(allowed),
            given_up: Arc::clone(&given_up.0),
            answer,
        };
        let sent = match &self.jobs {
            Some(jobs) => jobs.try_send(job),
            None => Err(TrySendError::Disconnected(job)),
        };
        let reason = match sent {
            Ok(()) => match tokio::time::timeout(allowed, answered).await {
                Ok(Ok(validation)) => return validation,
                Ok(Err(_)) => "internal: the check failed",
                Err(_) => "the deadline has passed",
            },
            Err(TrySendError::Full(_)) => "too many outputs are waiting to be checked; try again later",
            Err(TrySendError::Disconnected(_)) => "internal: no thread is left to check it",
        };
        let mut report = Report::new(&artifact.output, None);
        report.skip("output", Skipped::Limit(reason.to_owned()));
        report.finish()
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for thread in self.threads.drain(..) {
            // A thread that panicked outside a check has nothing more to say.
            thread.join().unwrap_or_default();
        }
    }
}

fn work(waiting: &Mutex<Receiver<Job>>, settings: &Settings) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // Whoever gave up waiting needs no answer.
        if job.answer.is_closed() {
            continue;
        }
        let judged = catch_unwind(AssertUnwindSafe(|| {
            check_until(&job.artifact, settings, job.deadline, &job.given_up)
        }));
        if let Ok(validation) = judged {
            // The caller may be gone by now; then nobody needs it.
            drop(job.answer.send(validation));
        }
    }
}
