//! What is wrong with a setting, where it was set, and what was probably meant.

use std::path::PathBuf;

use figment::error::Kind;

/// What reading the settings returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not there or cannot be read.
    #[error("configuration file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("configuration file {} is not valid TOML: {detail}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why, as the parser says.
        detail: String,
    },
    /// A key that no setting has.
    #[error("unknown setting `{key}` in {origin}")]
    UnknownKey {
        /// The whole key.
        key: String,
        /// The layer it stands in.
        origin: String,
        /// The nearest known key.
        nearest: Option<String>,
    },
    /// A value that the setting cannot have.
    #[error("setting `{key}` in {origin} has a wrong value: {detail}")]
    Value {
        /// The whole key.
        key: String,
        /// What is wrong.
        detail: String,
        /// The layer it stands in.
        origin: String,
    },
    /// There is no home directory to put the data in.
    #[error("no home directory was found for the data directory")]
    NoHome,
    /// Organisation, project or principal cannot be part of a key.
    #[error("the scope is empty, too long or holds control characters")]
    BadScope,
}

impl Error {
    pub(super) fn from_figment(error: &figment::Error) -> Self {
        let mut path = error.path.clone();
        let origin = error
            .metadata
            .as_ref()
            .map_or_else(|| "the settings".to_owned(), |from| from.name.to_string());
        match &error.kind {
            Kind::UnknownField(field, known) => {
                if path.last() != Some(field) {
                    path.push(field.clone());
                }
                let section = path
                    .split_last()
                    .map(|(_, above)| above.join("."))
                    .unwrap_or_default();
                let nearest = nearest(field, known).map(|name| {
                    if section.is_empty() {
                        name.to_owned()
                    } else {
                        format!("{section}.{name}")
                    }
                });
                Self::UnknownKey {
                    key: path.join("."),
                    origin,
                    nearest,
                }
            }
            kind => Self::Value {
                key: path.join("."),
                detail: kind.to_string(),
                origin,
            },
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "config.unreadable",
            Self::Syntax { .. } => "config.syntax",
            Self::UnknownKey { .. } => "config.unknown_key",
            Self::Value { .. } => "config.value",
            Self::NoHome => "config.no_home",
            Self::BadScope => "config.scope",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "Check the path given with --config and its permissions.".into(),
            Self::Syntax { .. } => "Mend the file at the place named.".into(),
            Self::UnknownKey {
                nearest: Some(nearest),
                ..
            } => {
                format!("Did you mean `{nearest}`? docs/configuration.md lists every setting.")
            }
            Self::UnknownKey { nearest: None, .. } => {
                "Remove it; docs/configuration.md lists every setting.".into()
            }
            Self::Value { .. } => "docs/configuration.md says what each setting may be.".into(),
            Self::NoHome => "Say where the data goes with --data-dir or FIRSTMATE_DATA_DIR.".into(),
            Self::BadScope => "Set scope.org, scope.project and scope.principal to short plain texts.".into(),
        }
    }
}

fn nearest<'a>(field: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(field, name), *name))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
