//! Placing a text, and comparing one place with very many.
//!
//! Baseline of the comparison: the same sum written the plainest way.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use firstmate::knowledge::vector::{DIMENSIONS, PIECES, PieceId, Vector, encode, pieces};

criterion_group!(benches, place, compare);
criterion_main!(benches);

const QUESTION: &str = "why did the deploy fail after the certificate was renewed?";
const LESSON: &str = "The deploy failed because the certificate had expired: renew it before every release, \
    and let `checkCertificateExpiry()` in ci/preflight.sh stop the pipeline when fewer than 14 days are left. \
    The load balancer keeps the old chain until it is reloaded, so reload it in the same step, then call \
    /healthz through the public name rather than through localhost. Twice we thought that the new key was \
    wrong while the proxy still served the old one. Rolling back the application does not help, since the \
    certificate belongs to the machine; write down its serial number in the release notes instead.";

fn place(c: &mut Criterion) {
    let mut group = c.benchmark_group("vectors: place");
    for (name, text) in [
        ("a question of 10 words", QUESTION),
        ("a lesson of 100 words", LESSON),
    ] {
        group.bench_function(format!("cut {name}"), |b| b.iter(|| pieces(black_box(text))));
        let pieces = pieces(text);
        group.bench_function(format!("add up {name}, {} pieces", pieces.len()), |b| {
            b.iter(|| {
                encode(
                    black_box(&pieces)
                        .iter()
                        .map(|piece| (*piece, 1.0 + piece.number() as f32)),
                )
            });
        });
    }
    group.finish();
}

fn compare(c: &mut Criterion) {
    let mut group = c.benchmark_group("vectors: compare");
    group.sample_size(30);
    let query = encode(pieces(QUESTION).into_iter().map(|piece| (piece, 1.0)));
    for count in [10_000, 100_000] {
        let (slab, scales) = slab(count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("one with {count}"), |b| {
            b.iter(|| query.similarities(black_box(&slab), black_box(&scales)));
        });
        group.bench_function(format!("baseline: one with {count}, plainly"), |b| {
            b.iter(|| plainly(&query, black_box(&slab), black_box(&scales)));
        });
    }
    group.finish();
}

fn plainly(query: &Vector, slab: &[i8], scales: &[f32]) -> Vec<f32> {
    let dot = |values: &[i8]| {
        let products = query.values().iter().zip(values);
        products
            .map(|(one, other)| i32::from(*one) * i32::from(*other))
            .sum::<i32>()
    };
    slab.chunks_exact(DIMENSIONS)
        .zip(scales)
        .map(|(values, scale)| query.scale() * scale * dot(values) as f32)
        .collect()
}

/// Texts of three pieces each.
fn slab(count: usize) -> (Vec<i8>, Vec<f32>) {
    let (mut slab, mut scales) = (Vec::new(), Vec::new());
    for number in 0..count {
        let piece = |step: usize| PieceId::from_number((number * step) % PIECES).unwrap();
        let vector = encode([piece(1), piece(7), piece(31)].map(|piece| (piece, 1.0)));
        slab.extend_from_slice(vector.values());
        scales.push(vector.scale());
    }
    (slab, scales)
}
