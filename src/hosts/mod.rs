//! The hosts that speak MCP: where each keeps its list of servers, how an entry looks there, and how one is put
//! in and taken out again without touching another byte.
//!
//! Nothing here reads or writes a file: texts go in, texts come out. Files are edited as text, at the places a
//! parser names, and never written anew from what was parsed: comments, order, indentation and line ends belong
//! to who wrote them. Every edit is parsed again and compared before it is given back ([`edit`]), and one that
//! would have changed anything else is refused.

mod difference;
pub mod edit;
mod entry;
mod error;
mod json;
mod links;
mod place;
mod table;
mod text;
mod toml;
mod yaml;

pub use difference::{Kind, Line, difference};
pub use entry::{Entry, Launch, is_off};
pub use error::{Error, Result};
pub use links::{cursor_link, vscode_link};
pub use place::{Homes, System};
pub use table::{Host, all, named};

/// How a configuration file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, with comments and trailing commas left alone where they are.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

impl Format {
    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }
}

#[cfg(test)]
mod tests;
