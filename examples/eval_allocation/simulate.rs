//! Plays a run in virtual time: who begins when, who waits at whose door, and when all is done.

use std::collections::VecDeque;

use firstmate::crew::allot::{finish, order, ranks};

use crate::chance::Chance;
use crate::workload::{PROVIDERS, SLOTS, Workload};

/// How steps are given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The longest way first, at whoever will be done first.
    Ours,
    /// In the plan's order, at whoever will be done first.
    OrderOfPlan,
    /// The longest way first, at the first provider with room.
    FirstProvider,
    /// In the plan's order, at the first provider with room.
    FirstCome,
    /// Any, anywhere.
    Random,
}

impl Policy {
    pub(crate) const ALL: [Self; 5] = [
        Self::Ours,
        Self::OrderOfPlan,
        Self::FirstProvider,
        Self::FirstCome,
        Self::Random,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OrderOfPlan => "ours, in the plan's order",
            Self::FirstProvider => "ours, first with room",
            Self::FirstCome => "first come, first with room",
            Self::Random => "random",
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) makespan: f64,
    pub(crate) cost: f64,
    pub(crate) bound: f64,
}

#[derive(Default, Clone)]
struct Door {
    /// When each question that is being answered is done.
    asked: Vec<(f64, usize)>,
    waiting: VecDeque<usize>,
}

pub(crate) fn simulate(workload: &Workload, policy: Policy) -> Run {
    let steps = workload.needs.len();
    let mut chance = Chance::new(workload.seed ^ 0xa110);
    let rank = ranks(&workload.needs, &workload.expected);
    let mut doors = vec![Door::default(); PROVIDERS.len()];
    let (mut begun, mut done) = (vec![false; steps], vec![false; steps]);
    let (mut now, mut cost, mut free) = (0.0, 0.0, SLOTS);
    while done.contains(&false) {
        let mut due: Vec<usize> = (0..steps)
            .filter(|step| !begun[*step] && workload.needs[*step].iter().all(|need| done[*need]))
            .collect();
        match policy {
            Policy::Ours | Policy::FirstProvider => due.sort_by(|a, b| rank[*b].total_cmp(&rank[*a])),
            Policy::Random => {
                for n in (1..due.len()).rev() {
                    due.swap(n, chance.below(n + 1));
                }
            }
            Policy::OrderOfPlan | Policy::FirstCome => {}
        }
        for step in due.into_iter().take(free) {
            let to = provider(workload, policy, step, &doors, &mut chance);
            (begun[step], free) = (true, free - 1);
            cost += workload.seconds[step] * PROVIDERS[to].price;
            doors[to].waiting.push_back(step);
        }
        for (door, provider) in doors.iter_mut().zip(PROVIDERS) {
            while door.asked.len() < provider.at_once as usize
                && let Some(step) = door.waiting.pop_front()
            {
                door.asked
                    .push((now + workload.seconds[step] * provider.pace, step));
            }
        }
        let all = doors.iter().flat_map(|door| &door.asked);
        let Some(&(at, step)) = all.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            break;
        };
        (now, done[step], free) = (at, true, free + 1);
        for door in &mut doors {
            door.asked.retain(|(_, asked)| *asked != step);
        }
    }
    Run {
        makespan: now,
        cost,
        bound: bound(workload),
    }
}

fn provider(workload: &Workload, policy: Policy, step: usize, doors: &[Door], chance: &mut Chance) -> usize {
    let ahead = |door: &Door| door.asked.len() + door.waiting.len();
    match policy {
        Policy::Ours | Policy::OrderOfPlan => {
            let finishes: Vec<f64> = doors
                .iter()
                .zip(PROVIDERS)
                .map(|(door, provider)| {
                    let seconds = workload.expected[step] * provider.pace;
                    finish(seconds, ahead(door) as u32, provider.at_once, 0.0)
                })
                .collect();
            order(&finishes)[0]
        }
        Policy::FirstProvider | Policy::FirstCome => {
            let has_room = |n: &usize| ahead(&doors[*n]) < PROVIDERS[*n].at_once as usize;
            (0..doors.len()).find(has_room).unwrap_or(0)
        }
        Policy::Random => chance.below(doors.len()),
    }
}

/// No order is faster: the longest chain with every step at the fastest provider, or all the work over what so many
/// slots can do at once, the fastest of them taken first.
fn bound(workload: &Workload) -> f64 {
    let chain = ranks(&workload.needs, &workload.seconds)
        .into_iter()
        .fold(0.0, f64::max);
    let mut paces: Vec<f64> = PROVIDERS
        .iter()
        .flat_map(|provider| std::iter::repeat_n(provider.pace, provider.at_once as usize))
        .collect();
    paces.sort_by(f64::total_cmp);
    let at_once: f64 = paces.iter().take(SLOTS).map(|pace| 1.0 / pace).sum();
    chain.max(workload.seconds.iter().sum::<f64>() / at_once)
}
