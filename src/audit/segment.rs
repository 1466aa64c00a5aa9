//! The files of a log: segments with the entries, named by the number of their first one, and `checkpoints` with what
//! was signed. Nothing in them is ever changed; a segment begins with a line that says what it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::checkpoint::Signed;
use super::error::{Error, Result};
use super::merkle::{Frontier, Hash};
use crate::domain::Digest;

/// The newest format of the files that this version reads, and the one that it writes.
pub(super) const FORMAT: u32 = 1;

/// The name of the file with the checkpoints.
pub(super) const CHECKPOINTS: &str = "checkpoints";
const ENDING: &str = "log";

/// The first line of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// The format of the file.
    pub(super) format: u32,
    /// Whose log it is.
    pub(super) org: String,
    /// What checkpoints call the log.
    pub(super) origin: String,
    /// The number of its first entry.
    pub(super) first: u64,
    /// What the log was before that entry, unless it is the first of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<State>,
}

/// A line of `checkpoints`: a checkpoint, and what it takes to go on from there and to say later what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// The signed note.
    pub(super) note: String,
    /// The frontier of the tree. Nobody has to believe it: its root is in the note.
    pub(super) peaks: Vec<Digest>,
    /// The segment of the next entry, by its first number, and the byte in it.
    pub(super) segment: u64,
    pub(super) offset: u64,
    /// The leaves since the state before, base64 of their hashes; they lead from its root to this one.
    pub(super) leaves: String,
}

impl State {
    /// The checkpoint and the frontier; `None` when the one does not follow from the other.
    pub(super) fn read(&self) -> Option<(Signed, Frontier)> {
        let signed = Signed::parse(&self.note)?;
        let peaks = self.peaks.iter().map(|peak| *peak.as_bytes()).collect();
        let frontier = Frontier::from_parts(signed.checkpoint.size, peaks)?;
        (frontier.root() == signed.checkpoint.root).then_some((signed, frontier))
    }

    pub(super) fn leaves(&self) -> Option<Vec<Hash>> {
        let bytes = BASE64.decode(&self.leaves).ok()?;
        let (leaves, rest) = bytes.as_chunks::<32>();
        rest.is_empty().then(|| leaves.to_vec())
    }
}

pub(super) fn write_leaves(leaves: &[Hash]) -> String {
    BASE64.encode(leaves.as_flattened())
}

/// Where the segment that begins with entry `first` is.
pub(super) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.{ENDING}"))
}

/// The first entries of the segments in `dir`, in order.
pub(super) fn list(dir: &Path) -> Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(Error::io("read the directory", dir))? {
        let path = entry.map_err(Error::io("read the directory", dir))?.path();
        let ending = path.extension().is_some_and(|ending| ending == ENDING);
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        found.extend(number.filter(|_| ending));
    }
    found.sort_unstable();
    Ok(found)
}

/// Makes a new segment, durable with its name.
pub(super) fn create(dir: &Path, header: &Header) -> Result<(File, u64)> {
    let path = path(dir, header.first);
    let mut line = serde_json::to_vec(header).map_err(|error| Error::damaged(error.to_string()))?;
    line.push(b'\n');
    let make = || -> io::Result<File> {
        let mut file = private().create(true).truncate(true).write(true).open(&path)?;
        file.write_all(&line)?;
        file.sync_all()?;
        sync_directory(dir)?;
        Ok(file)
    };
    Ok((
        make().map_err(Error::io("begin a segment", &path))?,
        line.len() as u64,
    ))
}

/// Opens a segment to go on at its end.
pub(super) fn reopen(dir: &Path, first: u64) -> Result<File> {
    let path = path(dir, first);
    private()
        .append(true)
        .open(&path)
        .map_err(Error::io("open the segment", &path))
}

/// Adds a line to the checkpoints.
pub(super) fn add_state(dir: &Path, state: &State) -> Result<()> {
    let path = dir.join(CHECKPOINTS);
    let mut line = serde_json::to_vec(state).map_err(|error| Error::damaged(error.to_string()))?;
    line.push(b'\n');
    let add = || -> io::Result<()> {
        let mut file = private().create(true).append(true).open(&path)?;
        file.write_all(&line)
    };
    add().map_err(Error::io("keep a checkpoint", &path))
}

/// The header of a segment and where its pieces begin; `None` where the header is not whole.
pub(super) type Begin = Option<(Header, usize)>;

/// How a segment begins, and all its bytes.
pub(super) fn read(dir: &Path, first: u64) -> Result<(Begin, Vec<u8>)> {
    let mut bytes = Vec::new();
    let begin = read_into(dir, first, &mut bytes)?;
    Ok((begin, bytes))
}

/// The same into a buffer that is used again: giving each segment a new one takes longer than reading it.
pub(super) fn read_into(dir: &Path, first: u64, bytes: &mut Vec<u8>) -> Result<Begin> {
    let path = path(dir, first);
    bytes.clear();
    let read = File::open(&path).and_then(|mut file| file.read_to_end(bytes));
    read.map_err(Error::io("read the segment", &path))?;
    let line = bytes.iter().position(|byte| *byte == b'\n');
    let header =
        line.and_then(|end| Some((serde_json::from_slice::<Header>(bytes.get(..end)?).ok()?, end + 1)));
    if let Some((header, _)) = &header
        && header.format > FORMAT
    {
        return Err(Error::NewerFormat {
            found: header.format,
            supported: FORMAT,
        });
    }
    Ok(header)
}

/// The lines of `checkpoints`, each a state or `None` for one that cannot be read. The beginning of a line
/// that was not written whole is no line.
pub(super) fn states(dir: &Path) -> Result<Vec<Option<State>>> {
    let (bytes, whole) = checkpoints(dir)?;
    let lines = bytes
        .get(..whole)
        .unwrap_or_default()
        .split_inclusive(|byte| *byte == b'\n');
    Ok(lines.map(|line| serde_json::from_slice(line).ok()).collect())
}

/// Cuts a line that was not written whole, so that the next one stands alone.
pub(super) fn cut_states(dir: &Path) -> Result<()> {
    let (bytes, whole) = checkpoints(dir)?;
    if whole < bytes.len() {
        let path = dir.join(CHECKPOINTS);
        let cut = || private().write(true).open(&path)?.set_len(whole as u64);
        cut().map_err(Error::io("cut the torn tail of", &path))?;
    }
    Ok(())
}

/// The bytes of `checkpoints`, and where the last whole line ends.
fn checkpoints(dir: &Path) -> Result<(Vec<u8>, usize)> {
    let path = dir.join(CHECKPOINTS);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::io("read the checkpoints", &path)(error)),
    };
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    Ok((bytes, whole))
}

/// Makes the names of new files in `path` as durable as their contents.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file, and names are journalled by the file system.
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
