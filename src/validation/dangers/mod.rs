//! Calls that run, trust or open what they should not: found in the tree, never in the text.

pub(super) mod javascript;
pub(super) mod python;

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::domain::Severity;

use super::block::Block;
use super::report::Defect;

/// A dangerous call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Danger {
    Eval,
    ShellTrue,
    ShellCommand,
    TlsOff,
    Deserialize,
    SqlFormat,
    TempName,
    Debug,
    Html,
}

impl Danger {
    /// The finding at `range` of the block's code. Whether it can be reached with bad input, no rule can tell.
    pub(super) fn at(self, block: &Block, range: &Range<usize>) -> Defect {
        let (rule, message, fix) = match self {
            Self::Eval => (
                "unsafe.eval",
                "this runs text as code",
                "read values with a parser (`ast.literal_eval`, `JSON.parse`), choose functions from a table",
            ),
            Self::ShellTrue => (
                "unsafe.shell-true",
                "this gives a command to a shell, which obeys what is in its arguments",
                "pass a list of arguments, without `shell=True`",
            ),
            Self::ShellCommand => (
                "unsafe.shell-command",
                "this puts a value into a command for a shell, which obeys what is in it",
                "pass the program and its arguments apart: `subprocess.run([..])`, `execFile`",
            ),
            Self::TlsOff => (
                "unsafe.tls-off",
                "this trusts any certificate: whoever is between can read and change everything",
                "leave verification on, and give the certificate of your own authority if there is one",
            ),
            Self::Deserialize => (
                "unsafe.deserialize",
                "reading this can run code that the data chooses",
                "use JSON, or a safe loader (`yaml.safe_load`)",
            ),
            Self::SqlFormat => (
                "unsafe.sql-format",
                "this puts a value into the text of a query, which then means what the value says",
                "use placeholders, and pass the values as parameters",
            ),
            Self::TempName => (
                "unsafe.temp-name",
                "another process can create this file first",
                "use `tempfile.mkstemp` or `NamedTemporaryFile`",
            ),
            Self::Debug => (
                "unsafe.debug",
                "the debugger of this server runs code for anyone who reaches it",
                "turn it on by the environment, and only where you develop",
            ),
            Self::Html => (
                "unsafe.html",
                "this writes a value as HTML: scripts in it run",
                "write it as text (`textContent`), or clean it first",
            ),
        };
        Defect::new(rule, Severity::Warning, block.place(range), message).with_fix(fix)
    }
}
