//! Ridge regression on sparse vectors, by conjugate gradients.

use crate::space::{Vector, dot};

const MAX_ITERATIONS: usize = 200;
const TOLERANCE: f64 = 1e-8;

/// A linear function.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: f32,
}

impl Line {
    pub(crate) fn at(&self, vector: &Vector) -> f32 {
        self.bias + dot(vector, &self.weights, 1, 0)
    }
}

/// Minimises `sum of weight * (target - mean - x w)^2 + alpha |w|^2`.
pub(crate) fn fit(vectors: &[&Vector], columns: usize, targets: &[f32], sizes: &[f32], alpha: f32) -> Line {
    let total: f32 = sizes.iter().sum();
    let bias = targets
        .iter()
        .zip(sizes)
        .map(|(target, size)| target * size)
        .sum::<f32>()
        / total.max(1e-9);
    let mut weights = vec![0.0f32; columns];
    let mut residual = vec![0.0f32; columns];
    for ((vector, target), size) in vectors.iter().zip(targets).zip(sizes) {
        add(vector, size * (target - bias), &mut residual);
    }
    let mut direction = residual.clone();
    let mut square = norm(&residual);
    let goal = square * TOLERANCE;
    for _ in 0..MAX_ITERATIONS {
        if square <= goal {
            break;
        }
        let mut image: Vec<f32> = direction.iter().map(|value| alpha * value).collect();
        for (vector, size) in vectors.iter().zip(sizes) {
            add(vector, size * dot(vector, &direction, 1, 0), &mut image);
        }
        let along: f64 = direction.iter().zip(&image).map(|(a, b)| f64::from(a * b)).sum();
        let step = (square / along) as f32;
        for at in 0..columns {
            weights[at] += step * direction[at];
            residual[at] -= step * image[at];
        }
        let next = norm(&residual);
        let turn = (next / square) as f32;
        for (direction, residual) in direction.iter_mut().zip(&residual) {
            *direction = residual + turn * *direction;
        }
        square = next;
    }
    Line { weights, bias }
}

fn add(vector: &Vector, size: f32, sums: &mut [f32]) {
    for (column, value) in vector {
        sums[*column as usize] += size * value;
    }
}

fn norm(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value).powi(2)).sum()
}
