//! What the standard libraries of Python and Node have, by the tables that `tools/stdlib_tables.*` made.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Python's modules: the union of all versions and platforms that were looked at.
pub(super) static PYTHON: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("python.txt")));
/// Node's modules, as they are required: `fs`, `fs/promises`, `node:test`.
pub(super) static NODE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("node.txt")));

/// Modules by name.
#[derive(Debug)]
pub(super) struct Table {
    modules: HashMap<&'static str, Module>,
}

/// One module.
#[derive(Debug)]
pub(super) struct Module {
    /// The minor version of Python that no longer has it.
    pub(super) gone: Option<u32>,
    /// Its names, sorted; `None` when it could not be listed.
    names: Option<&'static str>,
}

/// What is known about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    There,
    /// Not since that minor version of Python.
    Gone(u32),
    Never,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let modules = lines.filter_map(|line| {
            let (module, names) = line.split_once(' ')?;
            let (name, gone) = versioned(module);
            Some((
                name,
                Module {
                    gone,
                    names: (names != "*").then_some(names),
                },
            ))
        });
        Self {
            modules: modules.collect(),
        }
    }

    pub(super) fn module(&self, name: &str) -> Option<&Module> {
        self.modules.get(name)
    }

    /// The names of all modules.
    pub(super) fn modules(&self) -> impl Iterator<Item = &'static str> {
        self.modules.keys().copied()
    }

    /// The module beside or within `module` that has `name`: things move when they are sorted.
    pub(super) fn moved(&self, module: &str, name: &str) -> Option<&'static str> {
        let top = module.split('.').next().unwrap_or(module);
        let beside = self.modules().filter(|other| {
            other
                .strip_prefix(top)
                .is_some_and(|rest| rest.starts_with('.') || rest.is_empty())
        });
        let has = |other: &&'static str| {
            let there = self.module(other).filter(|there| there.gone.is_none());
            there.is_some_and(|there| there.names.is_some() && there.knows(name) == Known::There)
        };
        beside.filter(has).min()
    }
}

impl Module {
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        let words = self.names.unwrap_or_default().split(' ');
        words.map(|word| versioned(word).0)
    }

    /// What is known about `name`; of a module without a list, that it may be there.
    pub(super) fn knows(&self, name: &str) -> Known {
        let Some(names) = self.names else {
            return Known::There;
        };
        let found = names.split(' ').map(versioned).find(|(known, _)| *known == name);
        match found {
            Some((_, None)) => Known::There,
            Some((_, Some(minor))) => Known::Gone(minor),
            None => Known::Never,
        }
    }
}

fn versioned(word: &'static str) -> (&'static str, Option<u32>) {
    match word.split_once('<') {
        Some((name, minor)) => (name, minor.parse().ok()),
        None => (word, None),
    }
}

/// The longest name that is compared with others, in characters; no package has a longer one.
pub(super) const LONGEST: usize = 100;

/// The one of `known` that `name` is most likely a misspelling of.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let length = name.chars().count();
    let most = match length {
        4..=7 => 1,
        8..=LONGEST => 2,
        _ => return None,
    };
    known
        .filter(|other| other.len().abs_diff(name.len()) <= 2 && *other != name)
        .map(|other| {
            (
                strsim::osa_distance(&name.to_lowercase(), &other.to_lowercase()),
                other,
            )
        })
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_know_what_is_there_what_went_and_what_never_was() {
        let knows = |module: &str, name: &str| PYTHON.module(module).unwrap().knows(name);
        assert_eq!(knows("os", "startfile"), Known::There);
        assert_eq!(knows("collections", "Mapping"), Known::Gone(10));
        assert_eq!(knows("collections", "DefaultDict"), Known::Never);
        assert_eq!(PYTHON.module("imp").unwrap().gone, Some(12));
        assert_eq!(PYTHON.moved("collections", "Mapping"), Some("collections.abc"));
        assert_eq!(NODE.module("fs").unwrap().knows("readFileSync"), Known::There);
        assert_eq!(NODE.module("node:test").unwrap().knows("describe"), Known::There);
        assert_eq!(
            NODE.module("fs/promises").unwrap().knows("readFileAsync"),
            Known::Never
        );
    }

    #[test]
    fn only_what_is_close_is_a_misspelling() {
        let names = ["defaultdict", "deque", "Counter"];
        assert_eq!(nearest("defualtdict", names.into_iter()), Some("defaultdict"));
        assert_eq!(nearest("dequeue", names.into_iter()), None);
        assert_eq!(nearest("abc", names.into_iter()), None);
    }
}
