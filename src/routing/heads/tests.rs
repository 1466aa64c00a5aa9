//! The file, the hash and the sums.

use super::*;
use crate::routing::features::Place;
use crate::routing::hash;

/// Phrases at places with their row and sign: the weights are worth nothing under another hash.
const GOLDEN: [(Place, &str, usize, bool); 20] = [
    (Place::Anywhere, "fix", 42540, false),
    (Place::Anywhere, "the tests", 29826, false),
    (Place::Anywhere, "a", 4898, true),
    (Place::Anywhere, "snake_case", 60274, false),
    (Place::Anywhere, "über", 48475, true),
    (Place::Anywhere, "関数", 53140, false),
    (Place::Anywhere, "2026", 14993, false),
    (Place::Opening, "fix", 27475, true),
    (Place::Opening, "write a", 47597, true),
    (Place::Opening, "explain", 45517, true),
    (Place::Lead, "fix", 38522, false),
    (Place::Lead, "write a", 53584, false),
    (Place::Lead, "summarize", 40848, true),
    (Place::Lead, "translate this", 30962, false),
    (Place::Shape, "#code", 13302, true),
    (Place::Shape, "#under 4 words", 22917, true),
    (Place::Shape, "#question", 4377, true),
    (Place::Piece, "unct", 40020, true),
    (Place::Piece, "tion", 26790, false),
    (Place::Piece, "fix_", 55647, false),
];

#[test]
fn grams_fall_into_the_rows_they_were_trained_in() {
    for (place, phrase, row, positive) in GOLDEN {
        let gram = hash::gram(place, phrase);
        assert_eq!(
            (hash::row(gram), hash::positive(gram)),
            (row, positive),
            "{place:?} {phrase}"
        );
    }
}

#[test]
fn the_weights_that_are_compiled_in_can_be_read() {
    let header = Weights::decode(FILE).unwrap().header;
    assert!(header.prompts > 1_000 && header.data.starts_with("sha256:"));
    assert!(header.temperature > 0.0 && (0.0..=1.0).contains(&header.min_chance));
    assert!(header.buckets.is_sorted() && header.deviations.iter().all(|deviation| *deviation > 0.0));
    assert_eq!(builtin_digest().len(), "sha256:".len() + 64);
}

#[test]
fn another_file_is_refused_with_what_differs() {
    let refused = |bytes: &[u8]| Weights::decode(bytes).unwrap_err().to_string();
    assert!(refused(b"").contains("not a weight file"));
    assert!(refused(b"firstmate-heads\n\x01").contains("cut off"));
    assert!(refused(b"firstmate-heads\n\xff\xff\xff\xff{}").contains("cut off"));
    assert!(refused(b"firstmate-heads\n\x02\0\0\0{}").contains("missing field"));
    let cut = FILE.get(..FILE.len() - 1).unwrap();
    assert!(refused(cut).contains("bytes of weights"));
    let mut header = builtin().header().clone();
    header.hashing = "murmur".to_owned();
    let other = Weights::encode(&header, &[], &[]).unwrap_err().to_string();
    assert_eq!(
        other,
        "the weight file has hashing murmur, this build reads fnv1a64-senses-2: train again"
    );
}

#[test]
fn what_was_written_is_read_back() {
    let mut rows = vec![0i8; ROWS * OUTPUTS];
    let fix = hash::row(hash::gram(Place::Anywhere, "fix"));
    rows[fix * OUTPUTS + 1] = 100;
    let mut seen = vec![0u8; SEEN_BYTES];
    seen[fix / 8] |= 1 << (fix % 8);
    let mut header = builtin().header().clone();
    for output in &mut header.outputs {
        (output.scale, output.bias, output.gains) = (0.5, 0.0, [1.0; PLACES]);
        output.dense.fill(0.0);
    }
    let bytes = Weights::encode(&header, &rows, &seen).unwrap();
    let weights = Weights::decode(&bytes).unwrap();
    let reading = weights.read(&Input::of("fix", None));
    let sign = if hash::positive(hash::gram(Place::Anywhere, "fix")) {
        1.0
    } else {
        -1.0
    };
    assert_eq!(
        reading.types.map(f64::round),
        [0.0, sign * 50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(reading.novelty, 0.0);
    assert_eq!(weights.read(&Input::of("fix bananas", None)).novelty, 0.5);
}

#[test]
fn parts_add_up_to_the_difference_of_two_scores_exactly() {
    let weights = builtin();
    for task in [
        "",
        "fix",
        "please fix the tests in src/a.rs, why do the tests fail?",
        "Übersetze das: 好的\n```\nx=1\n```",
    ] {
        let input = Input::of(task, Some("fn main() {}\nlet x = 1;"));
        let tally = weights.tally(&input);
        let reading = weights.reading(&tally);
        for (towards, from) in [(0, 1), (7, 2), (3, 3)] {
            let question = |towards, from| Question {
                towards,
                from: Some(from),
                most: 3,
            };
            let [(parts, rest), other] = weights.parts(
                &input,
                &tally,
                task,
                [question(towards, from), question(from, towards)],
            );
            assert_eq!(other.0.len(), parts.len());
            assert!(parts.iter().map(|part| part.weight.abs()).rev().is_sorted());
            let sum: f64 = parts.iter().map(|part| part.weight).sum::<f64>() + rest;
            // Dense signals are multiplied in f32.
            assert!(
                (sum - (reading.types[towards] - reading.types[from])).abs() < 1e-5,
                "{task:?} {sum}"
            );
        }
    }
}
