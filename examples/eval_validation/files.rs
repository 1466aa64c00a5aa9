//! The files of folders, by the language that their extension says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use firstmate::domain::Artifact;

/// A file that can be read as text.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) language: &'static str,
}

impl File {
    /// Its text; `None` when it is not UTF-8, or gone.
    pub(crate) fn text(&self) -> Option<String> {
        std::fs::read_to_string(&self.path).ok()
    }
}

/// What the server would be asked about `text`.
pub(crate) fn artifact(language: &str, text: String) -> Artifact {
    let kind = match language {
        "markdown" => "markdown",
        "json" => "json",
        _ => "code",
    };
    Artifact {
        kind: Some(kind.to_owned()),
        language: Some(language.to_owned()),
        ..Artifact::new(text)
    }
}

/// The files under `folders`, at most `limit` of a language, in order of path.
pub(crate) fn find(folders: &[PathBuf], extensions: &[String], limit: usize) -> Vec<File> {
    let mut found: BTreeMap<&'static str, Vec<PathBuf>> = BTreeMap::new();
    let mut open: Vec<PathBuf> = folders.to_vec();
    while let Some(path) = open.pop() {
        let Ok(kind) = path.symlink_metadata().map(|meta| meta.file_type()) else {
            continue;
        };
        if kind.is_dir() {
            let entries = path.read_dir().into_iter().flatten().flatten();
            open.extend(entries.map(|entry| entry.path()));
        } else if kind.is_file()
            && let Some(language) = language(&path, extensions)
        {
            found.entry(language).or_default().push(path);
        }
    }
    let mut files = Vec::new();
    for (language, mut paths) in found {
        paths.sort();
        let step = paths.len().div_ceil(limit.max(1)).max(1);
        files.extend(
            paths
                .into_iter()
                .step_by(step)
                .map(|path| File { path, language }),
        );
    }
    files
}

fn language(path: &Path, extensions: &[String]) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?;
    if !extensions.is_empty() && !extensions.iter().any(|wanted| wanted == extension) {
        return None;
    }
    Some(match extension {
        "py" | "pyi" => "python",
        "js" | "mjs" | "cjs" | "jsx" => "javascript",
        "ts" | "tsx" | "mts" | "cts" => "typescript",
        "rs" => "rust",
        "go" => "go",
        "java" => "java",
        "php" => "php",
        "rb" => "ruby",
        "sh" | "bash" => "bash",
        "css" => "css",
        "html" | "htm" => "html",
        "c" | "h" => "c",
        "cc" | "cpp" | "hpp" | "cxx" => "cpp",
        "cs" => "csharp",
        "sql" => "sql",
        "toml" => "toml",
        "yaml" | "yml" => "yaml",
        "json" => "json",
        "md" => "markdown",
        _ => return None,
    })
}
