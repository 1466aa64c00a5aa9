//! What is to be done: steps, what they need, how long they take, and who can do them.

use firstmate::crew::Templates;
use firstmate::domain::StepId;

use crate::chance::Chance;

/// Steps at once, as `crew.max_parallel` has it.
pub(crate) const SLOTS: usize = 8;
/// Spread of the logarithm of times around what is expected, and of what is expected around the truth.
const SPREAD: f64 = 0.6;
const ERROR: f64 = 0.15;

/// A provider of the model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provider {
    /// Times of the fastest.
    pub(crate) pace: f64,
    /// Dollars a second of the fastest.
    pub(crate) price: f64,
    /// Questions that are answered at once.
    pub(crate) at_once: u32,
}

/// The first is the one whose turn it is.
pub(crate) const PROVIDERS: [Provider; 3] = [
    Provider {
        pace: 1.6,
        price: 1.0,
        at_once: 4,
    },
    Provider {
        pace: 1.0,
        price: 1.5,
        at_once: 2,
    },
    Provider {
        pace: 2.5,
        price: 0.6,
        at_once: 8,
    },
];

/// A run to be done.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) seed: u64,
    /// By step, the steps that it needs.
    pub(crate) needs: Vec<Vec<usize>>,
    /// By step, seconds at the fastest provider.
    pub(crate) seconds: Vec<f64>,
    /// By step, what is expected instead.
    pub(crate) expected: Vec<f64>,
}

impl Workload {
    fn of(seed: u64, needs: Vec<Vec<usize>>, chance: &mut Chance) -> Self {
        let usual: Vec<f64> = needs.iter().map(|_| 12.0 * chance.log_normal(0.8)).collect();
        let seconds = usual
            .iter()
            .map(|usual| usual * chance.log_normal(SPREAD))
            .collect();
        let expected = usual
            .iter()
            .map(|usual| usual * chance.log_normal(ERROR))
            .collect();
        Self {
            seed,
            needs,
            seconds,
            expected,
        }
    }
}

/// Random graphs of so many steps in so many layers; each step needs one to three of the layer before.
pub(crate) fn graphs(count: u64, seed: u64, steps: usize, layers: usize) -> Vec<Workload> {
    let graph = |seed: u64| {
        let mut chance = Chance::new(seed);
        let mut layer_of: Vec<usize> = (0..steps).map(|_| chance.below(layers)).collect();
        layer_of.sort_unstable();
        let needs = (0..steps)
            .map(|step| {
                let before: Vec<usize> = (0..step)
                    .filter(|other| layer_of[*other] + 1 == layer_of[step])
                    .collect();
                let mut needs: Vec<usize> = (0..=chance.below(3))
                    .filter(|_| !before.is_empty())
                    .map(|_| before[chance.below(before.len())])
                    .collect();
                needs.sort_unstable();
                needs.dedup();
                needs
            })
            .collect();
        Workload::of(seed, needs, &mut chance)
    };
    (seed..seed + count).map(graph).collect()
}

/// The built-in templates as graphs, each so often with other times.
pub(crate) fn templates(times: u64, seed: u64) -> anyhow::Result<Vec<Workload>> {
    let mut workloads = Vec::new();
    for template in Templates::load(&[])?.iter() {
        let place = |id: &StepId| template.steps.iter().position(|step| step.id == *id);
        let needs: Vec<Vec<usize>> = template
            .steps
            .iter()
            .map(|step| step.needs.iter().filter_map(place).collect())
            .collect();
        for seed in seed..seed + times.max(1) {
            workloads.push(Workload::of(seed, needs.clone(), &mut Chance::new(seed)));
        }
    }
    Ok(workloads)
}
