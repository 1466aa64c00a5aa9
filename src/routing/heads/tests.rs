//! The file, the hash and the sums.

use super::*;
use crate::routing::features::Place;
use crate::routing::hash;

/// Phrases at places with their buckets and mark: the weights are worth nothing under another hash.
const GOLDEN: [(Place, &str, [usize; 2], u16); 20] = [
    (Place::Anywhere, "fix", [9772, 10583], 4209),
    (Place::Anywhere, "the tests", [29826, 18948], 30271),
    (Place::Anywhere, "a", [4898, 13132], 33457),
    (Place::Anywhere, "snake_case", [27506, 3207], 21741),
    (Place::Anywhere, "über", [15707, 13025], 45563),
    (Place::Anywhere, "関数", [20372, 11297], 14425),
    (Place::Anywhere, "2026", [14993, 19874], 27463),
    (Place::Opening, "fix", [27475, 27022], 63623),
    (Place::Opening, "write a", [14829, 4465], 47249),
    (Place::Opening, "explain", [12749, 31497], 39197),
    (Place::Lead, "fix", [5754, 13723], 26341),
    (Place::Lead, "write a", [20816, 21575], 32751),
    (Place::Lead, "translate this", [30962, 27456], 28563),
    (Place::Shape, "#code", [13302, 26238], 44495),
    (Place::Shape, "#under 4 words", [22917, 25468], 51483),
    (Place::Cross, "@plan #question", [27375, 22275], 60763),
    (Place::End, "tests", [13770, 1690], 14253),
    (Place::Piece, "unct", [7252, 10273], 37237),
    (Place::Piece, "tion", [26790, 17316], 19381),
    (Place::Piece, "fix_", [22879, 16903], 31139),
];

#[test]
fn grams_fall_into_the_rows_they_were_trained_in() {
    for (place, phrase, buckets, mark) in GOLDEN {
        let gram = hash::gram(place, phrase);
        let found = (hash::buckets(gram), hash::mark(gram));
        assert_eq!(found, (buckets, mark), "{place:?} {phrase}");
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
    let other = Weights::encode(&header, &Rows::default(), &[])
        .unwrap_err()
        .to_string();
    assert_eq!(
        other,
        "the weight file has hashing murmur, this build reads fnv1a64-buckets-3: train again"
    );
}

#[test]
fn what_was_written_is_read_back() {
    let mut rows = Rows::default();
    let fix = hash::gram(Place::Anywhere, "fix");
    assert!(rows.place(fix, &[0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    let mut seen = vec![0u8; SEEN_BYTES];
    seen[hash::seen(fix) / 8] |= 1 << (hash::seen(fix) % 8);
    let mut header = builtin().header().clone();
    for output in &mut header.outputs {
        (output.scale, output.bias, output.gains) = (0.5, 0.0, [1.0; PLACES]);
        output.dense.fill(0.0);
    }
    let bytes = Weights::encode(&header, &rows, &seen).unwrap();
    let weights = Weights::decode(&bytes).unwrap();
    let reading = weights.read(&Input::of("fix", None));
    assert_eq!(
        reading.types.map(f64::round),
        [0.0, 50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(reading.novelty, 0.0);
    assert_eq!(weights.read(&Input::of("fix bananas", None)).novelty, 0.5);
}

#[test]
fn a_gram_has_one_row_in_one_of_two_buckets_as_long_as_there_is_room() {
    let mut rows = Rows::default();
    // All of the same two buckets, with other marks.
    let gram = |number: u64| (number + 1) << 49 | 5 << 15 | 3;
    let weights = |number: u64| [number as i8 + 1; OUTPUTS];
    let placed = (0..9).filter(|number| rows.place(gram(*number), &weights(*number)));
    assert_eq!(placed.collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
    let bytes = Weights::encode(builtin().header(), &rows, &[0; SEEN_BYTES]).unwrap();
    let read = Weights::decode(&bytes).unwrap();
    for number in 0..8 {
        assert_eq!(read.row(gram(number)).unwrap()[0], number as u8 + 1);
    }
    assert_eq!((read.row(gram(8)), read.row(gram(0) + 1)), (None, None));
}

#[test]
fn the_pieces_of_known_words_are_part_of_their_rows() {
    let pieces = |task: &str| Input::of(task, None).features.pieces.len();
    assert_eq!(
        (pieces("explain the function"), pieces("expalin the funtion")),
        (0, 0)
    );
    assert!(pieces("explain zworgl") > 3);
    let known: Vec<_> = known_words().collect();
    assert!(
        known
            .iter()
            .any(|(word, pieces)| *word == hash::gram(Place::Anywhere, "explain") && pieces.len() == 6)
    );
    let weights = builtin();
    let rowless = known.iter().filter(|(word, _)| weights.row(*word).is_none());
    // A row whose weights all round to nothing is not kept.
    assert!(rowless.count() * 50 < known.len());
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
