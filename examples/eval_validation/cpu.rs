//! The time that the processor spent on this thread: what else runs on the machine does not count.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A running measurement.
#[derive(Debug)]
pub(crate) struct Cpu(Duration);

impl Cpu {
    pub(crate) fn start() -> Self {
        Self(spent())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        spent().saturating_sub(self.0)
    }
}

fn spent() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    let part = |part: i64| u64::try_from(part).unwrap_or_default();
    Duration::from_secs(part(spent.tv_sec)) + Duration::from_nanos(part(spent.tv_nsec))
}
