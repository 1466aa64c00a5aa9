//! How much was used of a limit lately.

use std::collections::VecDeque;
use std::time::Duration;

use crate::policy::pack::demand::Window;

/// A window is counted in so many parts: what is just older than it may count for one part longer.
const PARTS: i64 = 60;

/// What was used, by the time it was.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// The number of the part since 1970, and what was used in it; ascending.
    parts: VecDeque<(i64, u64)>,
    sum: u64,
}

impl Used {
    /// What was used in the window that ends at `now_ms`. A clock that went back forgets nothing.
    pub(super) fn within(&mut self, window: Window, now_ms: i64) -> u64 {
        if let Some(part) = part_ms(window) {
            let oldest = now_ms.div_euclid(part) - PARTS;
            while let Some((_, amount)) = self.parts.front().filter(|(at, _)| *at < oldest) {
                self.sum = self.sum.saturating_sub(*amount);
                self.parts.pop_front();
            }
        }
        self.sum
    }

    /// Counts `amount`.
    pub(super) fn add(&mut self, window: Window, now_ms: i64, amount: u64) {
        let at = part_ms(window).map_or(0, |part| now_ms.div_euclid(part));
        let at = at.max(self.parts.back().map_or(i64::MIN, |(last, _)| *last));
        match self.parts.back_mut() {
            Some((last, sum)) if *last == at => *sum = sum.saturating_add(amount),
            _ => self.parts.push_back((at, amount)),
        }
        self.sum = self.sum.saturating_add(amount);
    }

    /// Knows that at least `amount` was used, at some time: for a window without an end.
    pub(super) fn at_least(&mut self, amount: u64) {
        self.add(Window::Run, 0, amount.saturating_sub(self.sum));
    }

    /// How long until `amount` of what was used is no longer counted, in seconds.
    pub(super) fn free_after_s(&self, window: Window, now_ms: i64, amount: u64) -> Option<u64> {
        let part = part_ms(window)?;
        let mut left = amount;
        let (at, _) = self.parts.iter().find(|(_, used)| {
            left = left.saturating_sub(*used);
            left == 0
        })?;
        let free_ms = (at + PARTS + 1) * part - now_ms;
        u64::try_from(free_ms).ok().map(|ms| ms.div_ceil(1_000))
    }
}

impl Window {
    /// How long it is, with the part for which something older may still count; `None` for a run.
    pub(super) fn length(self) -> Option<Duration> {
        let part = u64::try_from(part_ms(self)?).ok()?;
        Some(Duration::from_millis(part * (PARTS.unsigned_abs() + 1)))
    }
}

/// The length of a part; `None` for a run, which has no end that is known.
fn part_ms(window: Window) -> Option<i64> {
    match window {
        Window::Run => None,
        Window::Minute => Some(60_000 / PARTS),
        Window::Hour => Some(3_600_000 / PARTS),
        Window::Day => Some(86_400_000 / PARTS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_window_is_free_again() {
        let mut used = Used::default();
        used.add(Window::Minute, 0, 3);
        used.add(Window::Minute, 30_000, 4);
        assert_eq!(used.within(Window::Minute, 59_000), 7);
        assert_eq!(used.free_after_s(Window::Minute, 59_000, 2), Some(2));
        assert_eq!(used.within(Window::Minute, 61_500), 4);
        assert_eq!(used.within(Window::Minute, 200_000), 0);
    }

    #[test]
    fn a_clock_that_jumps_back_frees_nothing() {
        let mut used = Used::default();
        used.add(Window::Hour, 10_000_000, 5);
        used.add(Window::Hour, 1_000, 2);
        assert_eq!(used.within(Window::Hour, 1_000), 7);
    }

    #[test]
    fn a_run_has_no_end() {
        let mut used = Used::default();
        used.add(Window::Run, 0, 5);
        assert_eq!(used.within(Window::Run, i64::MAX / 2), 5);
        assert_eq!(used.free_after_s(Window::Run, 0, 1), None);
    }
}
