//! Plans and faults, drawn by a seed.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::fault::{Class, RECOVERABLE};

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n.max(1)
    }
}

/// A strategy and a plan of three to seven steps; without recovery each has one attempt and nobody to fall back to.
pub(crate) fn plan(dice: &mut Dice, recovery: bool) -> (&'static str, Value) {
    let schema = json!({"type": "object", "required": ["step", "text"], "properties": {"step": {"type": "string"}, "text": {"type": "string"}}});
    let (fallbacks, attempts) = if recovery {
        (vec!["b/second"], 3)
    } else {
        (Vec::new(), 1)
    };
    let n = 3 + dice.below(5);
    let strategy = match dice.below(3) {
        0 => "sequential",
        1 => "parallel",
        _ => "graph",
    };
    let steps = (0..n).map(|at| {
        let mut step = json!({"id": format!("s{at}"), "role": "worker", "goal": "Do your part.", "output_schema": schema, "max_tokens": 300, "timeout_s": 1, "fallbacks": fallbacks, "max_attempts": attempts});
        if strategy == "graph" {
            let needs: Vec<String> = (0..at).filter(|_| dice.below(3) == 0).map(|need| format!("s{need}")).collect();
            step["needs"] = json!(needs);
            if at == n - 1 && dice.below(2) == 0 {
                step["needs"] = json!(["s0"]);
                step["foreach"] = json!({"step": "s0", "path": "/items"});
            }
        }
        step
    });
    (strategy, Value::from(steps.collect::<Vec<_>>()))
}

/// Faults on one to three of the steps, each as often in a row as still can be helped.
pub(crate) fn faults(dice: &mut Dice, class: Class, steps: u64) -> HashMap<String, Vec<Class>> {
    let mut faults = HashMap::new();
    for _ in 0..=dice.below(3) {
        let step = format!("s{}", dice.below(steps));
        let of = match class {
            Class::Mixed => RECOVERABLE[dice.below(15) as usize],
            class => class,
        };
        let often = match of.most_in_a_row() {
            u64::MAX => 1,
            most => 1 + dice.below(most),
        };
        faults.insert(step, vec![of; often as usize]);
    }
    faults
}
