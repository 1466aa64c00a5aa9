//! `firstmate export`, `import` and `compact`: what keeps a store movable and small.

use std::path::PathBuf;

use clap::Args;

use crate::store::export::Exported;
use crate::store::sled::Compacted;

/// Write everything that is kept to one file of JSON lines.
#[derive(Debug, Args)]
pub struct Export {
    /// The file to write; an existing one is replaced in one step
    #[arg(value_name = "FILE")]
    pub to: PathBuf,
}

/// What an export came to, in a sentence.
#[must_use]
pub fn exported(done: &Exported) -> String {
    let text = format!("{} records in {}", done.records, done.path.display());
    match done.skipped {
        0 => text,
        skipped => format!("{text}; {skipped} damaged ones are not in it, `firstmate doctor` names them"),
    }
}

/// What a compaction came to, in a sentence.
#[must_use]
pub fn compacted(done: &Compacted) -> String {
    format!(
        "{} records, {} before, {} now",
        done.export.records,
        kib(done.before),
        kib(done.after)
    )
}

fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}
