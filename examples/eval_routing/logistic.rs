//! Multinomial logistic regression on sparse vectors, by L-BFGS.

use std::collections::VecDeque;

use crate::descent::{Classes, softmax};
use crate::space::Vector;

const MEMORY: usize = 6;

/// A vector with the classes that count as right and how much it counts.
#[derive(Debug, Clone)]
pub(crate) struct Case<'v> {
    pub(crate) vector: &'v Vector,
    /// One bit per class.
    pub(crate) right: u32,
    pub(crate) size: f32,
}

/// Minimises `sum of size * -ln(chance of the right classes) + |w|^2 / (2 c)`; biases are free.
pub(crate) fn fit(cases: &[Case], columns: usize, classes: usize, c: f32, iterations: usize) -> Classes {
    let mut model = Classes {
        classes,
        weights: vec![0.0; (columns + 1) * classes],
    };
    let mut gradient = vec![0.0; model.weights.len()];
    let mut loss = evaluate(cases, &model, c, &mut gradient);
    let mut pairs: VecDeque<(Vec<f32>, Vec<f32>, f64)> = VecDeque::new();
    for _ in 0..iterations {
        let mut direction = descent(&gradient, &pairs);
        let mut slope = product(&gradient, &direction);
        if slope >= 0.0 {
            direction = gradient.iter().map(|value| -value).collect();
            slope = product(&gradient, &direction);
            pairs.clear();
        }
        let mut step = if pairs.is_empty() {
            1.0 / (-slope).sqrt().max(1.0)
        } else {
            1.0
        };
        let before = (model.weights.clone(), gradient.clone(), loss);
        loop {
            for ((weight, old), direction) in model.weights.iter_mut().zip(&before.0).zip(&direction) {
                *weight = old + step as f32 * direction;
            }
            loss = evaluate(cases, &model, c, &mut gradient);
            if loss <= before.2 + 1e-4 * step * slope || step < 1e-6 {
                break;
            }
            step *= 0.5;
        }
        let moved: Vec<f32> = model
            .weights
            .iter()
            .zip(&before.0)
            .map(|(new, old)| new - old)
            .collect();
        let turned: Vec<f32> = gradient
            .iter()
            .zip(&before.1)
            .map(|(new, old)| new - old)
            .collect();
        let curvature = product(&moved, &turned);
        if curvature > 1e-10 {
            pairs.push_back((moved, turned, curvature));
            if pairs.len() > MEMORY {
                pairs.pop_front();
            }
        }
        if before.2 - loss < 1e-5 * loss.abs() {
            break;
        }
    }
    model
}

fn evaluate(cases: &[Case], model: &Classes, c: f32, gradient: &mut [f32]) -> f64 {
    let classes = model.classes;
    let biases = model.biases();
    let mut loss = 0.0;
    for (at, (slot, weight)) in gradient.iter_mut().zip(&model.weights).enumerate() {
        let kept = if at < biases { weight / c } else { 0.0 };
        *slot = kept;
        loss += 0.5 * f64::from(kept * weight);
    }
    for case in cases {
        let mut chances = softmax(&model.scores(case.vector), 1.0);
        let is_right = |class: usize| case.right >> class & 1 == 1;
        let right: f32 = (0..classes)
            .filter(|class| is_right(*class))
            .map(|class| chances[class])
            .sum();
        let right = right.max(1e-12);
        loss -= f64::from(case.size) * f64::from(right).ln();
        for (class, chance) in chances.iter_mut().enumerate() {
            let wanted = if is_right(class) { *chance / right } else { 0.0 };
            *chance = case.size * (*chance - wanted);
            gradient[biases + class] += *chance;
        }
        for (column, value) in case.vector {
            let start = *column as usize * classes;
            for (slot, chance) in gradient[start..start + classes].iter_mut().zip(&chances) {
                *slot += value * chance;
            }
        }
    }
    loss
}

/// The direction of the two-loop recursion.
fn descent(gradient: &[f32], pairs: &VecDeque<(Vec<f32>, Vec<f32>, f64)>) -> Vec<f32> {
    let mut direction: Vec<f32> = gradient.iter().map(|value| -value).collect();
    let mut shares = Vec::new();
    for (moved, turned, curvature) in pairs.iter().rev() {
        let share = product(moved, &direction) / curvature;
        add(&mut direction, turned, -share);
        shares.push(share);
    }
    if let Some((_, turned, curvature)) = pairs.back() {
        let scale = (curvature / product(turned, turned)) as f32;
        direction.iter_mut().for_each(|value| *value *= scale);
    }
    for ((moved, turned, curvature), share) in pairs.iter().zip(shares.into_iter().rev()) {
        let back = product(turned, &direction) / curvature;
        add(&mut direction, moved, share - back);
    }
    direction
}

fn product(left: &[f32], right: &[f32]) -> f64 {
    // Four sums at once, so that the machine need not wait for each addition.
    let mut sums = [0.0f64; 4];
    for (left, right) in left.chunks(4).zip(right.chunks(4)) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += f64::from(*left) * f64::from(*right);
        }
    }
    sums.iter().sum()
}

fn add(values: &mut [f32], others: &[f32], size: f64) {
    for (value, other) in values.iter_mut().zip(others) {
        *value += size as f32 * other;
    }
}
