//! Writing the live records anew, because sled's files grow with every write and hardly shrink.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::export::Part;
use super::open::{self, NEW, OLD};
use super::writer::Fault;
use super::{Settings, import};
use crate::clock::Clock;
use crate::ownership::Claim;
use crate::store::{Error, Result, export};

/// What a compaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of the database before.
    pub before: u64,
    /// And after.
    pub after: u64,
    /// The export it was made from, which is no more.
    pub export: export::Exported,
}

/// Exports the store of the claimed directory, reads the export into a new database, and puts that in the
/// place of the old one. Both are removed when that is done. The store must not be open.
///
/// # Errors
/// When something cannot be read or written, or the new database would lack a record; the old one then
/// stays as it is.
pub fn compact(claim: &Claim, settings: &Settings, clock: Arc<dyn Clock>) -> Result<Compacted> {
    let data = claim.dir();
    let [db, new, old] = ["db", NEW, OLD].map(|name| data.join(name));
    let (stores, sled) = super::open(claim, settings, clock)?;
    drop(stores);
    // The audit log is beside the database, and nothing in it becomes less.
    let exported = sled
        .database
        .export(&sled.export_path(), sled.clock.now(), Part::Database)?;
    let meta = sled.database.meta.clone();
    drop(sled);
    open::wait_until_closed(&db)?;
    let before = size(&db)?;
    if exported.skipped > 0 {
        return Err(Error::Damaged {
            record: format!("{} records of the store", exported.skipped),
            detail: "they would be lost, so nothing was compacted".to_owned(),
        });
    }
    let opened = open::open_fresh(&new, meta.created_at, &meta.id, None)?;
    let imported = import::restore(
        &opened.disk(settings.durability, Fault::default())?,
        &exported.path,
    )?;
    drop(opened);
    open::wait_until_closed(&new)?;
    if imported.added != exported.records || !imported.complete {
        fs::remove_dir_all(&new).map_err(failed)?;
        return Err(Error::Io {
            doing: "compact",
            detail: format!("of {} records only these came over: {imported}", exported.records),
        });
    }
    let after = size(&new)?;
    fs::rename(&db, &old).map_err(failed)?;
    fs::rename(&new, &db).map_err(failed)?;
    open::sync_directory(data).map_err(failed)?;
    fs::remove_dir_all(&old).map_err(failed)?;
    fs::remove_file(&exported.path).map_err(failed)?;
    Ok(Compacted {
        before,
        after,
        export: exported,
    })
}

fn size(directory: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        bytes += match entry.file_type().map_err(failed)?.is_dir() {
            true => size(&entry.path())?,
            false => entry.metadata().map_err(failed)?.len(),
        };
    }
    Ok(bytes)
}

#[expect(clippy::needless_pass_by_value, reason = "it is made for map_err")]
fn failed(error: std::io::Error) -> Error {
    Error::Io {
        doing: "compact",
        detail: error.to_string(),
    }
}
