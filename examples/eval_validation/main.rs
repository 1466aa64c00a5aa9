//! Measures what `validate_output` finds and what it wrongly finds: on folders of files, on answers that people
//! labelled, on the changes of a repository.
//!
//! ```sh
//! cargo run --release --example eval_validation -- --valid /usr/lib/python3 --referee python3
//! cargo run --release --example eval_validation -- --mutate /usr/lib/python3 --referee python3
//! cargo run --release --example eval_validation -- --labelled DIR
//! cargo run --release --example eval_validation -- patches --git .
//! cargo run --release --example eval_validation -- imports /usr/lib/python3
//! ```

#![expect(clippy::print_stdout, reason = "its output is what it measured")]

mod cpu;
mod curve;
mod damage;
mod files;
mod fit;
mod grounding;
mod imports;
mod labelled;
mod mutate;
mod patches;
mod referee;
mod refusals;
mod valid;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use firstmate::validation::Settings;

/// Measures the validation rules on folders of files.
#[derive(Debug, Parser)]
struct Flags {
    #[command(subcommand)]
    what: Option<What>,
    /// JSON lines in this folder are answers that people labelled: grounding and refusals.
    #[arg(long, value_name = "DIR")]
    labelled: Option<PathBuf>,
    /// Fits the weights of refusals to them, and prints these.
    #[arg(long, requires = "labelled")]
    fit: bool,
    /// Files in this folder are right: whatever is found in them is a false alarm.
    #[arg(long, value_name = "DIR")]
    valid: Vec<PathBuf>,
    /// Files in this folder are right until they are damaged: what is not found then is a miss.
    #[arg(long, value_name = "DIR")]
    mutate: Vec<PathBuf>,
    /// A Python that says which Python files it compiles; those that it refuses are not valid to begin with.
    #[arg(long, value_name = "PYTHON")]
    referee: Option<PathBuf>,
    /// Only files with these extensions.
    #[arg(long, value_name = "EXT", value_delimiter = ',')]
    ext: Vec<String>,
    /// The most files of one language, spread over all of them.
    #[arg(long, value_name = "N", default_value_t = usize::MAX)]
    limit: usize,
    /// Damaged copies of each file and kind of damage.
    #[arg(long, value_name = "N", default_value_t = 2)]
    copies: u64,
    /// Also lists the findings of `--valid` whose rule begins so.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    list: Vec<String>,
    /// Prints JSON in place of tables.
    #[arg(long)]
    json: bool,
}

/// What is measured beside files and labels.
#[derive(Debug, Subcommand)]
enum What {
    /// Patches made of the changes of a repository, whole and damaged: [--git DIR] [--trees OLD NEW] [--misses]
    Patches {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Names that are imported in these folders
    Imports { folders: Vec<String> },
}

fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    match &flags.what {
        Some(What::Patches { rest }) => return patches::run(rest),
        Some(What::Imports { folders }) => {
            imports::run(folders);
            return Ok(());
        }
        None => {}
    }
    if let Some(folder) = &flags.labelled {
        return labelled::run(folder, flags.json, flags.fit);
    }
    // Parsers recurse; the server gives them threads like this one.
    let thread = std::thread::Builder::new().stack_size(256 << 20);
    let measured = thread.spawn(move || measure(&flags))?.join();
    measured.unwrap_or_else(|_| anyhow::bail!("a check panicked"))
}

fn measure(flags: &Flags) -> anyhow::Result<()> {
    let settings = Settings {
        // A machine that is busy with something else is not what is measured.
        deadline_ms: 60_000,
        ..Settings::default()
    };
    let mut referee = flags
        .referee
        .as_deref()
        .map(referee::Referee::start)
        .transpose()?;
    if !flags.valid.is_empty() {
        let files = files::find(&flags.valid, &flags.ext, flags.limit);
        let measured = valid::measure(&files, &settings, referee.as_mut(), &flags.list)?;
        if flags.json {
            println!("{}", serde_json::to_string_pretty(&measured)?);
        } else {
            println!("{measured}");
        }
    }
    if !flags.mutate.is_empty() {
        let files = files::find(&flags.mutate, &flags.ext, flags.limit);
        let measured = mutate::measure(&files, flags.copies, &settings, referee.as_mut())?;
        if flags.json {
            println!("{}", serde_json::to_string_pretty(&measured)?);
        } else {
            println!("{measured}");
        }
    }
    Ok(())
}
