//! What commands do, as data: how the data is written, and how it is looked up.
//!
//! A block is for the programs in its brackets. Its lines:
//!
//! ```text
//! [git|hub]                                  names, which may hold `*`
//! valued: -C -c --git-dir                    options that take a value
//! dry: -n                                    with one of these nothing happens (`--dry-run` is always one)
//! nocase                                     its words may be in upper case
//! push -f|--force -> git.push.force refspec  # git push -f origin main
//! - git push origin main                     an example of what has none of the effects of the line above
//! runs: skip=1 joined                        it runs another command: see `Wrapper`
//! code: python -c                            it takes code: see `Interpreter`
//! ```
//!
//! Before the arrow stands when it happens, all of it; see `Condition`. After it the effect's name, its family
//! (`destroy` unless said) and what it happens to; after `#` examples, divided by `;;`. Only the blocks of
//! programs that are met are read, each once: starting costs nothing.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::word::Word;
use crate::policy::glob;

mod condition;
mod program;
mod runs;

pub(super) use program::{At, Outcome, Program};
pub(super) use runs::{Interpreter, Language, Wrapper};

/// The files, in the order the documentation lists them.
pub(super) static FILES: [(&str, &str); 22] = [
    ("Version control", include_str!("data/git.effects")),
    ("Forges", include_str!("data/forges.effects")),
    ("Files", include_str!("data/files.effects")),
    ("Disks", include_str!("data/disks.effects")),
    ("The machine", include_str!("data/system.effects")),
    ("Databases", include_str!("data/databases.effects")),
    ("Containers", include_str!("data/containers.effects")),
    ("Clusters", include_str!("data/clusters.effects")),
    ("Infrastructure", include_str!("data/infrastructure.effects")),
    ("Amazon's cloud", include_str!("data/aws.effects")),
    ("Other clouds", include_str!("data/clouds.effects")),
    ("Backups and copies", include_str!("data/backup.effects")),
    ("Queues and search", include_str!("data/queues.effects")),
    ("Secret stores", include_str!("data/secrets.effects")),
    ("Services", include_str!("data/services.effects")),
    ("Packages", include_str!("data/packages.effects")),
    ("The network", include_str!("data/network.effects")),
    ("Windows", include_str!("data/windows.effects")),
    ("Programs that run others", include_str!("data/wrappers.effects")),
    (
        "Programs that run others elsewhere",
        include_str!("data/remote.effects"),
    ),
    (
        "Programs that take code",
        include_str!("data/interpreters.effects"),
    ),
    ("Any other program", include_str!("data/others.effects")),
];

/// The data, indexed once.
pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::new);

/// The name under which stands what is said of programs no block is for.
const OTHERWISE: &str = "otherwise";

#[derive(Debug)]
pub(super) struct Catalogue {
    blocks: Vec<Block>,
    named: HashMap<&'static str, Vec<usize>>,
    patterned: Vec<(&'static str, usize)>,
}

#[derive(Debug)]
struct Block {
    text: &'static str,
    program: OnceLock<Program>,
}

impl Catalogue {
    fn new() -> Self {
        let mut catalogue = Self {
            blocks: Vec::new(),
            named: HashMap::with_capacity(2_000),
            patterned: Vec::new(),
        };
        for (_, file) in FILES {
            for (names, text) in blocks(file) {
                let index = catalogue.blocks.len();
                for name in names.split('|') {
                    if name.contains('*') {
                        catalogue.patterned.push((name, index));
                    } else {
                        catalogue.named.entry(name).or_default().push(index);
                    }
                }
                catalogue.blocks.push(Block {
                    text,
                    program: OnceLock::new(),
                });
            }
        }
        catalogue
    }

    /// What is said of the program. A name in a path is not one of the programs that are found by their name alone.
    pub(super) fn programs(&self, name: &str, by_path: bool) -> impl Iterator<Item = &Program> {
        let named = self.named.get(name).map(Vec::as_slice).unwrap_or_default();
        let patterned: Vec<usize> = self
            .patterned
            .iter()
            .filter(|(pattern, _)| pattern.starts_with('*') || pattern.bytes().next() == name.bytes().next())
            .filter(|(pattern, _)| glob::matches(pattern, name, None))
            .map(|(_, index)| *index)
            .collect();
        let otherwise = self
            .named
            .get(OTHERWISE)
            .filter(|_| named.is_empty() && patterned.is_empty() && !by_path)
            .into_iter()
            .flatten()
            .copied();
        named
            .iter()
            .copied()
            .chain(patterned)
            .chain(otherwise)
            .filter_map(|index| self.blocks.get(index))
            .map(|block| block.program.get_or_init(|| Program::read(block.text)))
    }

    /// Whether a block is for this program.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    /// The name and the family of everything any program does.
    pub(super) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
        FILES
            .iter()
            .flat_map(|(_, file)| file.lines())
            .filter_map(Outcome::names)
    }
}

/// The names and the lines of each block.
pub(super) fn blocks(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let block = |block: &'static str| block.split_once("]\n").or_else(|| block.split_once(']'));
    let first = file.strip_prefix('[');
    let later = file.split("\n[").skip(1);
    first
        .and_then(|file| file.split("\n[").next())
        .into_iter()
        .chain(later)
        .filter_map(block)
}

/// The name of the program a word names: its path cut off. `None` when that cannot be said.
pub(super) fn program_name(word: &Word) -> Option<&str> {
    let name = word.text.rsplit(['/', '\\']).next().unwrap_or_default();
    // Of `$VENV/bin/python` the name is known although the folder is not.
    let plain = word.known
        || word.text.contains('/') && !word.text.contains(['`', '(']) && !name.contains(['$', '{']);
    let name = name
        .strip_suffix(".exe")
        .or_else(|| name.strip_suffix(".EXE"))
        .or_else(|| name.strip_suffix(".cmd"))
        .unwrap_or(name);
    let expands = name.len() > 1 && name.contains(['*', '?', '[']) && name != "[[";
    (plain && !name.is_empty() && !expands).then_some(name)
}

#[cfg(test)]
mod tests;
