//! Where indexes are kept from one process to the next, one file a project.
//!
//! They are copies of what the store has: none is synced, and one that cannot be used is built again.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::index::Index;
use crate::domain::{Digest, Scope};

/// How the name of a file ends that is being written.
const UNFINISHED: &str = "new";

/// A directory of indexes.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    dir: PathBuf,
}

impl Shelf {
    /// The indexes in `dir`, which need not exist. What an earlier process was killed while writing is
    /// removed: no other one writes there.
    pub(super) fn new(dir: PathBuf) -> Self {
        let left = std::fs::read_dir(&dir).into_iter().flatten().flatten();
        for file in left.filter(|file| file.path().extension().is_some_and(|ending| ending == UNFINISHED)) {
            if let Err(error) = std::fs::remove_file(file.path()) {
                tracing::warn!(%error, path = %file.path().display(), "half an index cannot be removed");
            }
        }
        Self { dir }
    }

    /// The index that was kept for a project, if there is one that can be used.
    pub(super) fn load(&self, scope: &Scope) -> Option<Index> {
        let path = self.path(scope);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "a kept index cannot be read; it is built again");
                return None;
            }
        };
        Index::from_bytes(&bytes)
            .inspect_err(|error| {
                tracing::warn!(%error, path = %path.display(), "a kept index is of no use; it is built again");
            })
            .ok()
    }

    /// Keeps the index of a project. It appears whole or not at all.
    pub(super) fn keep(&self, scope: &Scope, index: &[u8]) -> io::Result<()> {
        create_private(&self.dir)?;
        let path = self.path(scope);
        let temporary = path.with_extension(format!("{}.{UNFINISHED}", std::process::id()));
        let written = std::fs::File::create(&temporary).and_then(|mut file| file.write_all(index));
        let kept = written.and_then(|()| std::fs::rename(&temporary, &path));
        if kept.is_err() {
            // What is half there helps nobody; that it cannot be removed either is no further news.
            let _left = std::fs::remove_file(&temporary).is_err();
        }
        kept
    }

    fn path(&self, scope: &Scope) -> PathBuf {
        let name = Digest::of(format!("{}\0{}", scope.org(), scope.project()).as_bytes()).to_string();
        self.dir.join(format!("{}.fmix", name.get(..32).unwrap_or(&name)))
    }
}

fn create_private(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
