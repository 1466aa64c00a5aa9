//! The time that the processor spent on this thread: what else runs on the machine does not count.

use std::time::{Duration, Instant};

/// A running measurement.
#[derive(Debug)]
pub(crate) struct Cpu {
    wall: Instant,
    before: Option<Duration>,
}

impl Cpu {
    pub(crate) fn start() -> Self {
        Self {
            wall: Instant::now(),
            before: spent(),
        }
    }

    /// Since the start; by the clock where the system does not tell.
    pub(crate) fn elapsed(&self) -> Duration {
        match (self.before, spent()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => self.wall.elapsed(),
        }
    }
}

fn spent() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace()
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}
