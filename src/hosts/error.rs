//! Why a configuration file is left alone.

/// What an edit returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a text was not edited. Places are told from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not what it should be.
    #[error("it is not valid {format}: {detail}, line {line}, column {column}")]
    Syntax {
        /// The format it should have.
        format: &'static str,
        /// What the parser says.
        detail: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// Something else stands where the servers should.
    #[error("`{at}` is {found}, and should be a table of names and values")]
    Shape {
        /// The keys that lead there.
        at: String,
        /// What stands there.
        found: &'static str,
    },
    /// A key stands there twice, and nobody knows which one its host reads.
    #[error("`{0}` stands there twice")]
    Twice(String),
    /// The host would refuse the entry for this key, which its user wrote.
    #[error("`{0}` in the entry does not go with the new way to reach the server")]
    Clash(&'static str),
    /// It is written in a way that cannot be edited without touching something else.
    #[error("it is written in a way that is not edited here: {0}")]
    Unsure(&'static str),
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "install.syntax",
            Self::Shape { .. } => "install.shape",
            Self::Twice(_) => "install.twice",
            Self::Clash(_) | Self::Unsure(_) => "install.unsure",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => {
                "Mend it there, then try again: its host cannot read it either. Nothing was changed."
            }
            Self::Shape { .. } => "Look at that place in the file, then try again. Nothing was changed.",
            Self::Twice(_) => "Remove one of the two, then try again. Nothing was changed.",
            Self::Clash(_) => {
                "Take that key out, or the whole entry (`--uninstall`), then try again. Nothing was changed."
            }
            Self::Unsure(_) => "Put the entry in by hand: `--print` prints it. Nothing was changed.",
        }
    }
}
