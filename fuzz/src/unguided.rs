//! Without coverage to guide it libFuzzer keeps nothing, so each input starts from a seed again.

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzzer_mutate;

/// The seeds of the directory that `--unguided=DIR` names.
static SEEDS: LazyLock<Option<Vec<Vec<u8>>>> = LazyLock::new(|| {
    let directory =
        std::env::args().find_map(|argument| argument.strip_prefix("--unguided=").map(str::to_owned))?;
    Some(read(Path::new(&directory)))
});

fn read(directory: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(directory).expect("a directory of seeds");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a readable directory").path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).expect("a readable seed"))
        .collect()
}

/// Changes the input of `size` bytes at the start of `data`, or a seed where nothing guides; the new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, random: u32) -> usize {
    let random = random as usize;
    let Some(seed) = SEEDS
        .as_ref()
        .and_then(|seeds| seeds.get(random % seeds.len().max(1)))
    else {
        return fuzzer_mutate(data, size, max_size);
    };
    let mut size = seed.len().min(max_size);
    data[..size].copy_from_slice(&seed[..size]);
    for _ in 0..=random / seed.len().max(1) % 6 {
        size = fuzzer_mutate(data, size, max_size);
    }
    size
}
