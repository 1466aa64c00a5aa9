//! How strategies and templates did at a type of task, and which of two did better. Pure.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Ended, Past, RunDigest};
use crate::domain::TaskType;
use crate::domain::run::Strategy;

/// With fewer runs nothing follows.
const FEWEST: u32 = 5;
/// Shares that differ by less are alike, and costs and times that differ by less than a fifth.
const ALIKE: f64 = 0.15;
const CHEAPER: f64 = 0.8;

/// How runs of one kind ended. Runs that somebody, policy or a budget stopped say nothing of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::crew) struct Standing {
    pub(in crate::crew) runs: u32,
    pub(in crate::crew) completed: u32,
    /// US dollars and seconds of those that were completed, together.
    usd: f64,
    seconds: f64,
}

impl Standing {
    pub(in crate::crew) fn take(&mut self, run: &RunDigest) {
        match run.end {
            Some(Ended::Completed) => {
                self.runs += 1;
                self.completed += 1;
                self.usd += run.usd.as_usd();
                self.seconds += run.seconds();
            }
            Some(Ended::Failed) => self.runs += 1,
            Some(Ended::Stopped) | None => {}
        }
    }

    /// Whether there are enough runs to go by.
    pub(in crate::crew) fn is_known(&self) -> bool {
        self.runs >= FEWEST
    }

    /// The share that was completed, as if there had been one more of each.
    pub(in crate::crew) fn share(&self) -> f64 {
        f64::from(self.completed + 1) / f64::from(self.runs + 2)
    }

    fn usd(&self) -> f64 {
        self.usd / f64::from(self.completed.max(1))
    }

    /// Which of two did better: by the share that was completed, else by cost, else by time. Equal where that is not
    /// clear, or one of them is not known well enough.
    pub(in crate::crew) fn against(&self, other: &Self) -> Ordering {
        if !self.is_known() || !other.is_known() {
            return Ordering::Equal;
        }
        let (mine, theirs) = (self.share(), other.share());
        if (mine - theirs).abs() >= ALIKE {
            return mine.total_cmp(&theirs);
        }
        let seconds = |standing: &Self| standing.seconds / f64::from(standing.completed.max(1));
        less(self.usd(), other.usd()).then_with(|| less(seconds(self), seconds(other)))
    }

    /// In words: `9 of 9 completed at $0.01`.
    pub(in crate::crew) fn said(&self) -> String {
        let cost = match self.usd() {
            usd if self.completed > 0 && usd >= 0.000_05 => {
                format!(" at ${:.*}", if usd < 0.01 { 4 } else { 2 }, usd)
            }
            _ => String::new(),
        };
        format!("{} of {} completed{cost}", self.completed, self.runs)
    }
}

/// Greater for the clearly smaller.
fn less(mine: f64, other: f64) -> Ordering {
    if mine < other * CHEAPER {
        Ordering::Greater
    } else if other < mine * CHEAPER {
        Ordering::Less
    } else {
        Ordering::Equal
    }
}

/// How steps are done, as far as it makes a difference to what is asked of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::crew) enum Way {
    OneByOne,
    SideBySide,
    InRounds,
}

impl Way {
    pub(in crate::crew) fn of(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Sequential => Self::OneByOne,
            Strategy::Graph | Strategy::Parallel => Self::SideBySide,
            Strategy::Collaborative => Self::InRounds,
        }
    }
}

/// What earlier runs for one type of task say about how to go about the next.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::crew) struct Advice {
    templates: BTreeMap<String, Standing>,
    /// Of each template, and of all.
    ways: BTreeMap<(Option<String>, Way), Standing>,
}

impl Advice {
    pub(in crate::crew) fn of(past: &Past, task_type: TaskType) -> Self {
        let mut advice = Self::default();
        for run in past.runs().filter(|run| run.task_type == task_type) {
            let (source, way) = (run.source.clone(), Way::of(run.strategy));
            for of in [Some(source.clone()), None] {
                advice.ways.entry((of, way)).or_default().take(run);
            }
            advice.templates.entry(source).or_default().take(run);
        }
        advice
    }

    pub(in crate::crew) fn template(&self, name: &str) -> Standing {
        self.templates.get(name).copied().unwrap_or_default()
    }

    /// How a way of doing the steps of a plan from `source` did, where both ways are known well enough of that source;
    /// else of all plans.
    fn way(&self, source: &str, way: Way) -> Standing {
        let of = |source: Option<String>, way| self.ways.get(&(source, way)).copied().unwrap_or_default();
        let both = [Way::OneByOne, Way::SideBySide].map(|way| of(Some(source.to_owned()), way));
        match both.iter().all(Standing::is_known) {
            true => of(Some(source.to_owned()), way),
            false => of(None, way),
        }
    }

    /// The strategy for steps that could be done side by side, and why, with the counts; nothing where too little is
    /// known to go by anything but their shape.
    pub(in crate::crew) fn strategy(&self, source: &str) -> Option<(Strategy, String)> {
        let [one, side] = [Way::OneByOne, Way::SideBySide].map(|way| self.way(source, way));
        if !one.is_known() || !side.is_known() {
            return None;
        }
        let counts = |first: (&str, Standing), then: (&str, Standing)| {
            format!(
                "strategy {}: for this kind of task {}; {} {}",
                first.0,
                first.1.said(),
                then.0,
                then.1.said()
            )
        };
        Some(match one.against(&side) {
            Ordering::Greater => (
                Strategy::Sequential,
                counts(("sequential", one), ("graph and parallel", side)),
            ),
            Ordering::Less | Ordering::Equal => {
                (Strategy::Graph, counts(("graph", side), ("sequential", one)))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(runs: u32, completed: u32, usd: f64, seconds: f64) -> Standing {
        Standing {
            runs,
            completed,
            usd: usd * f64::from(completed),
            seconds: seconds * f64::from(completed),
        }
    }

    #[test]
    fn what_is_completed_goes_before_cost_and_cost_before_time() {
        let good = standing(9, 9, 0.01, 10.0);
        for (other, expected) in [
            (standing(9, 4, 0.001, 1.0), Ordering::Greater),
            (standing(9, 9, 0.005, 30.0), Ordering::Less),
            (standing(9, 8, 0.011, 20.0), Ordering::Greater),
            (standing(9, 9, 0.011, 11.0), Ordering::Equal),
            // Too few to go by.
            (standing(4, 0, 9.0, 9.0), Ordering::Equal),
        ] {
            assert_eq!(good.against(&other), expected, "{other:?}");
            assert_eq!(other.against(&good), expected.reverse(), "{other:?}");
        }
        assert_eq!(good.said(), "9 of 9 completed at $0.01");
        assert_eq!(standing(5, 3, 0.0, 1.0).said(), "3 of 5 completed");
    }

    #[test]
    fn strategies_are_told_with_their_counts_or_not_at_all() {
        let mut advice = Advice::default();
        let mut set = |way, standing| advice.ways.insert((None, way), standing);
        set(Way::OneByOne, standing(9, 9, 0.01, 10.0));
        set(Way::SideBySide, standing(4, 1, 0.01, 10.0));
        assert_eq!(advice.strategy("given"), None);
        advice
            .ways
            .insert((None, Way::SideBySide), standing(5, 3, 0.01, 4.0));
        let (strategy, why) = advice.strategy("given").unwrap();
        assert_eq!(strategy, Strategy::Sequential);
        assert_eq!(
            why,
            "strategy sequential: for this kind of task 9 of 9 completed at $0.01; graph and parallel 3 of 5 completed at $0.01"
        );
        // What is known of the template itself goes before.
        let own = |way| (Some("own".to_owned()), way);
        advice.ways.insert(own(Way::OneByOne), standing(6, 6, 0.01, 10.0));
        advice
            .ways
            .insert(own(Way::SideBySide), standing(6, 6, 0.01, 4.0));
        assert_eq!(advice.strategy("own").unwrap().0, Strategy::Graph);
        assert_eq!(advice.strategy("given").unwrap().0, Strategy::Sequential);
    }
}
