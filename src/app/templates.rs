//! Where templates are found: in the user's directory, in the one that the settings name, and in each project's
//! workspace.

use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::read;
use crate::config::Config;
use crate::crew::Templates;
use crate::crew::template::{MAX_FILE, Shelf};
use crate::error::{Error, Result};

/// Where a project keeps templates, below the root of its workspace.
const OF_PROJECT: &str = ".firstmate/crew";
/// More files of one project are not read.
const MOST_FILES: usize = 100;

/// The built-in templates, the user's and those of the settings, each replacing what has the same name; and a look
/// at what each project has of its own.
///
/// # Errors
/// When a directory cannot be read, or a file of the user or the settings is wrong.
pub(super) fn found(config: &Config) -> Result<Templates> {
    let workspaces = Workspaces {
        common: [&config.user_templates, &config.templates_dir]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        project: config.scope.project().to_owned(),
        root: config.workspace.clone(),
    };
    let mut files = Vec::new();
    for dir in &workspaces.common {
        // The user's own may come to be while the server runs; one that the settings name has to be there.
        if Some(dir) == config.user_templates.as_ref() && !dir.is_dir() {
            continue;
        }
        let listed = listed(dir).map_err(|source| Error::Io {
            doing: format!("read templates from {}", dir.display()),
            source,
        })?;
        for path in listed {
            files.push((path.display().to_string(), read(&path)?));
        }
    }
    Ok(Templates::load(&files)?.with_shelf(Arc::new(workspaces)))
}

/// The template files in a directory, by name.
fn listed(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let is_template = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let mut paths: Vec<_> = std::fs::read_dir(dir)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(is_template)
        .collect();
    paths.sort();
    Ok(paths)
}

/// Knows the directories for all projects, and the workspace of each: the one this process was started in, or the
/// directory that the project is named after.
#[derive(Debug)]
struct Workspaces {
    common: Vec<PathBuf>,
    project: String,
    root: Option<PathBuf>,
}

impl Workspaces {
    fn dir_of(&self, project: &str) -> Option<PathBuf> {
        let named = PathBuf::from(project);
        let root = match &self.root {
            Some(root) if self.project == project => root.clone(),
            _ if named.is_absolute() => named,
            _ => return None,
        };
        Some(root.join(OF_PROJECT))
    }
}

impl Shelf for Workspaces {
    fn files(&self, project: &str) -> Vec<(String, String)> {
        self.dir_of(project).map(|dir| texts(&dir)).unwrap_or_default()
    }

    fn common(&self) -> Option<Vec<(String, String)>> {
        Some(self.common.iter().flat_map(|dir| texts(dir)).collect())
    }

    fn stamp(&self, project: &str) -> u64 {
        let mut stamp = std::hash::DefaultHasher::new();
        for dir in self.common.iter().chain(&self.dir_of(project)) {
            for path in listed(dir).unwrap_or_default().iter().take(MOST_FILES) {
                let file = path.metadata().ok();
                let written = file.as_ref().and_then(|file| file.modified().ok());
                (path, file.map(|file| file.len()), written).hash(&mut stamp);
            }
        }
        stamp.finish()
    }
}

/// The files of a directory that are not too large; most projects have none.
fn texts(dir: &Path) -> Vec<(String, String)> {
    let paths = listed(dir).unwrap_or_default();
    let is_small = |path: &&PathBuf| {
        let size = path.metadata().map_or(0, |file| file.len());
        size <= MAX_FILE as u64
    };
    paths
        .iter()
        .filter(is_small)
        .take(MOST_FILES)
        .filter_map(|path| Some((path.display().to_string(), read(path).ok()?)))
        .collect()
}
