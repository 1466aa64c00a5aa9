//! What a shell script would do, judged by its commands' arguments and not by its text.
//!
//! Commands are found with a real parser, wrappers and inline code are unwrapped, and what is left is
//! looked up in the catalogue (`catalogue/data`). What cannot be read without running it is itself an effect, `opaque.exec`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

mod arguments;
mod catalogue;
mod code;
mod environment;
mod judge;
mod output;
mod paths;
mod reference;
mod syntax;
pub(crate) mod target;
mod unwrap;
mod word;
mod written;

use catalogue::Catalogue;
pub use paths::holds_credentials;
pub use reference::reference;
use word::Word;

/// Something a command does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What: `git.push.force`, `fs.delete.recursive`, `opaque.exec`.
    pub id: String,
    /// The family rules speak of: `destroy`, `egress`, `opaque`, ...
    pub family: String,
    /// The program that does it.
    pub program: String,
    /// The file, table, resource it happens to, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Effect {
    pub(crate) fn new(id: &str, family: &str, program: &str) -> Self {
        Self {
            id: id.to_owned(),
            family: family.to_owned(),
            program: program.to_owned(),
            path: None,
            branch: None,
            host: None,
        }
    }

    /// Code that cannot be read without running it; `why` stands where the program would.
    #[must_use]
    pub fn opaque(why: &str) -> Self {
        Self::new("opaque.exec", "opaque", why)
    }
}

/// Longest script that is looked into.
pub const MAX_SCRIPT: usize = 64 << 10;
/// How deep inline code is followed.
const MAX_DEPTH: usize = 4;
/// Most effects of one script; what comes after is not looked at.
const MAX_EFFECTS: usize = 1_000;

/// Everything the script does that the catalogue knows, each once.
#[must_use]
pub fn inspect(script: &str) -> Vec<Effect> {
    let mut judge = judge::Judge::new();
    judge.script(script, None, std::rc::Rc::new(syntax::Input::Nothing), 0);
    judge.finish()
}

/// Everything a command given as separate arguments does.
#[must_use]
pub fn inspect_arguments<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Vec<Effect> {
    let words = arguments.into_iter().map(Word::literal).collect();
    let input = std::rc::Rc::new(syntax::Input::Nothing);
    let mut judge = judge::Judge::new();
    judge.command(&syntax::Command::new(words, input), 0);
    judge.finish()
}

/// The families effects belong to.
pub static FAMILIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let named = [
        "execute",
        "opaque",
        "egress",
        "destroy",
        "credential",
        "privilege",
        "persist",
    ];
    sorted(Catalogue::names().map(|(_, family)| family).chain(named))
});

/// The ids effects have.
pub static EFFECT_IDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    // Those that are not in the catalogue because their detection is code.
    let named = [
        "opaque.exec",
        "net.pipe_to_shell",
        "net.socket",
        "net.upload.credentials",
        "fs.read.credentials",
        "fs.truncate",
        "disk.overwrite",
        "http.delete",
        "priv.elevate",
        "fs.delete",
        "fs.delete.found",
        "fs.delete.recursive",
        "fs.write.persistent",
        "code.delete",
        "db.delete",
        "net.shell",
        "sql.drop.table",
        "sql.drop.database",
        "sql.drop.schema",
        "sql.truncate",
        "sql.delete.all",
        "sql.update.all",
        "sql.alter.drop",
        "sql.grant",
        "sql.role",
        "sql.alter.constraint",
        "sql.stop",
        "sql.replace",
        "sql.logs",
        "sql.terminate",
    ];
    sorted(Catalogue::names().map(|(id, _)| id).chain(named))
});

fn sorted<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let words: std::collections::BTreeSet<&str> = words.collect();
    words.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
