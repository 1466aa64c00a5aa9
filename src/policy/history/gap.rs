//! What is not known: a part of the record that cannot be read is not taken to be nothing.
//!
//! It may have been about any run, and about any limit that was counted then. That ends. A limit is known again when
//! its window has passed; a run, with its next decision on record, whose facts say what was known of it before; and a
//! run that nothing is on record of since, after a day: nearly all of these are new.

use std::time::Duration;

use super::{History, Whose, counted};
use crate::domain::Timestamp;
use crate::policy::facts::Facts;
use crate::policy::pack::demand::{Limit, Window};

/// How long a run that may have gone on is waited for.
const LIFE: Duration = Duration::from_secs(86_400);

impl History {
    /// Something of the organisation's record cannot be read, and was written at `until` at the latest.
    pub(super) fn gap(&mut self, org: &str, until: Timestamp) {
        let gap = self.gaps.entry(org.to_owned()).or_insert(until);
        *gap = until.max(*gap);
        let runs = self.runs.iter_mut().filter(|(whose, _)| whose.org == org);
        runs.for_each(|(_, run)| run.open = true);
    }

    /// Whether a part of any record cannot be read.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// When the last of what cannot be read of an organisation's record was written, at the latest.
    #[must_use]
    pub fn gap_of(&self, org: &str) -> Option<Timestamp> {
        self.gaps.get(org).copied()
    }

    /// Whether the run may have done more than is known.
    pub(super) fn is_open(&self, whose: &Whose, now: Timestamp) -> bool {
        let may_be = whose.run.is_some() && self.runs.get(whose).is_none_or(|run| run.open);
        may_be && self.is_recent(whose, LIFE, now)
    }

    /// Whether more of a limit may have been used than is known.
    pub(super) fn is_uncounted(&self, whose: &Whose, per: Window, now: Timestamp) -> bool {
        match per.length() {
            None => self.is_open(whose, now),
            Some(length) => self.is_recent(whose, length, now),
        }
    }

    fn is_recent(&self, whose: &Whose, age: Duration, now: Timestamp) -> bool {
        let gap = self.gaps.get(&whose.org);
        gap.is_some_and(|gap| gap.saturating_add(age).is_ok_and(|end| now < end))
    }

    /// Learns from the facts of a decision that is on record what was known of its run then, and forgets what no window
    /// counts any more.
    pub(super) fn mend<'a>(
        &mut self,
        whose: &Whose,
        facts: &Facts,
        limits: impl Iterator<Item = (&'a str, &'a Limit)>,
        at: Timestamp,
    ) {
        let unknown = self.runs.get(whose).is_none_or(|run| run.open);
        for (id, limit) in limits {
            let Some(key) = counted(whose, id, limit) else {
                continue;
            };
            let before = facts.used.get(id).copied().unwrap_or_default();
            if limit.per == Window::Run && unknown && before > 0 {
                self.used.entry(key).or_default().at_least(before);
            } else if let Some(used) = self.used.get_mut(&key) {
                used.within(limit.per, at.as_millisecond());
            }
        }
        if whose.run.is_some() {
            self.run(whose).open = facts.run_unknown;
        }
    }

    /// Takes over what went before in an organisation of which nothing was decided yet.
    pub(in crate::policy) fn adopt(&mut self, recalled: Self) {
        // What `validate_output` said does not wait for the record.
        for (org, until) in recalled.gaps {
            self.gap(&org, until);
        }
        for (whose, mut run) in recalled.runs {
            if let Some(known) = self.runs.remove(&whose) {
                run.validated = known.validated;
                run.kept = known.kept;
            }
            run.touched += self.touches;
            self.runs.insert(whose, run);
        }
        self.touches += recalled.touches;
        self.used.extend(recalled.used);
    }
}
