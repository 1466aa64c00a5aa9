//! Throws hostile bytes at one entry of validation and holds the answers against what must always be true of them.
//!
//! `validate --entry=python fuzz/seeds/python`; the other flags are libFuzzer's. See `fuzz/README.md`.
#![no_main]

mod entry;
mod judge;
mod promises;
mod unguided;

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

use judge::Judge;

static JUDGE: LazyLock<Judge> = LazyLock::new(Judge::start);

fuzz_target!(
    init: {
        LazyLock::force(&JUDGE);
    },
    |bytes: &[u8]| {
        JUDGE.examine(bytes);
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, random: u32| {
    unguided::mutate(data, size, max_size, random)
});
