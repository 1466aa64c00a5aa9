//! Judges inputs as a thread of a `Validator` would, and says what is made of panics and of time.
//!
//! On the thread that libFuzzer calls, which `fuzz/run` gives a stack like that of such a thread: handing each input to
//! another thread took longer than judging it.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::PathBuf;
use std::process::abort;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use firstmate::domain::{Artifact, Validation};
use firstmate::validation::{Settings, check};

use crate::{entry, promises};

/// The deadline of [`Settings`], and as much again for the check that is running when it passes.
const SLOW: Duration = Duration::from_secs(4);
/// The first time that is worth telling.
const NOTABLE: Duration = Duration::from_millis(50);

/// Where the last panic was; checks catch theirs.
static PANIC: Mutex<Option<(PathBuf, String)>> = Mutex::new(None);

/// One input in so many is judged twice, to see that the answer is the same.
const TWICE: u8 = 8;

/// Judges inputs at one entry and aborts, as libFuzzer wants it, when an answer breaks a promise.
pub struct Judge {
    entry: String,
    record: Mutex<Record>,
}

impl Judge {
    /// For the entry that the arguments name.
    pub fn start() -> Self {
        let entry = std::env::args()
            .find_map(|argument| argument.strip_prefix("--entry=").map(str::to_owned))
            .unwrap_or_else(|| "any".to_owned());
        std::panic::set_hook(Box::new(remember));
        Self {
            entry,
            record: Mutex::default(),
        }
    }

    /// Judges one input.
    pub fn examine(&self, bytes: &[u8]) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let judged = catch_unwind(AssertUnwindSafe(|| record.examine(&self.entry, bytes)));
        if let Err(why) = judged.unwrap_or_else(|_| Err(format!("panicked: {:?}", taken_panic()))) {
            eprintln!("FOUND {why}");
            abort();
        }
    }
}

/// What was seen so far, so that each thing is told once.
#[derive(Default)]
struct Record {
    slowest: Duration,
    foreign: HashSet<PathBuf>,
}

impl Record {
    fn examine(&mut self, entry: &str, bytes: &[u8]) -> Result<(), String> {
        for artifact in entry::artifacts(entry, bytes) {
            let (first, took) = self.timed(&artifact)?;
            promises::broken(&artifact, &first).map_err(|why| format!("{why}\nin {artifact:?}"))?;
            if !judged_twice(bytes) {
                continue;
            }
            let (second, again) = self.timed(&artifact)?;
            // What is near the deadline may go either way.
            if took.max(again) < SLOW / 8 && first != second {
                return Err(format!("two answers: {first:?}\nand {second:?}\nto {artifact:?}"));
            }
        }
        Ok(())
    }

    /// Judges once, or up to three times if the machine may have been busy with something else.
    fn timed(&mut self, artifact: &Artifact) -> Result<(Validation, Duration), String> {
        let mut took = Duration::MAX;
        for _ in 0..3 {
            let begun = Instant::now();
            let validation = check(artifact, &Settings::default());
            took = took.min(begun.elapsed());
            self.panics(&validation)?;
            if took < SLOW {
                if took > NOTABLE && took > self.slowest * 2 {
                    self.slowest = took;
                    eprintln!("SLOWEST {took:?} for {} bytes", artifact.output.len());
                }
                return Ok((validation, took));
            }
        }
        Err(format!("{took:?} for {artifact:?}"))
    }

    /// A check that panics is not checked, which is right when a parser is to blame, and never when we are.
    fn panics(&mut self, validation: &Validation) -> Result<(), String> {
        let internal = |reason: &str| reason.starts_with("internal");
        let not_checked = &validation.coverage.not_checked;
        if not_checked.iter().all(|entry| !internal(&entry.reason)) {
            return Ok(());
        }
        match taken_panic() {
            Some((file, what)) if is_foreign(&file) => {
                if self.foreign.insert(file) {
                    eprintln!("A DEPENDENCY PANICKED {what}");
                }
                Ok(())
            }
            other => Err(format!("a check panicked: {other:?}")),
        }
    }
}

/// By the input alone, so that one that is played again is judged as before.
fn judged_twice(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)) % TWICE == 0
}

fn is_foreign(file: &std::path::Path) -> bool {
    file.components().any(|part| part.as_os_str() == "registry")
}

fn remember(info: &PanicHookInfo<'_>) {
    let file = info.location().map(|place| PathBuf::from(place.file()));
    *PANIC.lock().unwrap_or_else(PoisonError::into_inner) =
        Some((file.unwrap_or_default(), info.to_string()));
}

fn taken_panic() -> Option<(PathBuf, String)> {
    PANIC.lock().unwrap_or_else(PoisonError::into_inner).take()
}
