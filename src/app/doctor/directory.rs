//! The data directory: there, written to, nobody else's business, with room left.

use std::path::Path;

use crate::cli::doctor::{Report, State};

/// With less left nothing can be written soon.
const SCARCE_BYTES: u64 = 20 << 20;
/// With less left it is worth knowing.
const LITTLE_BYTES: u64 = 500 << 20;

/// Looks at the directory after the start, before which it `was_there` or not.
pub(super) fn examine(dir: &Path, was_there: bool, report: &mut Report) {
    const NAME: &str = "data directory";
    let seen = match was_there {
        true => dir.display().to_string(),
        false => format!("{}, made just now", dir.display()),
    };
    if !dir.exists() {
        report.add(
            State::Bad,
            NAME,
            format!("{} is not there, and could not be made", dir.display()),
            "Make it, or choose another with --data-dir.",
        );
        return;
    }
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    match std::fs::write(&probe, b"") {
        Ok(()) => {
            // It was only to be seen whether that can be done.
            let _gone = std::fs::remove_file(&probe).is_ok();
            report.add(State::Ok, NAME, seen, "");
        }
        Err(error) => report.add(
            State::Bad,
            NAME,
            format!("{seen} cannot be written to: {error}"),
            "Give its user the right to write there, or choose another with --data-dir.",
        ),
    }
    open_to_others(dir, report);
    room(dir, report);
}

#[cfg(unix)]
fn open_to_others(dir: &Path, report: &mut Report) {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = dir.metadata() else {
        return;
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        report.add(
            State::Note,
            "",
            format!("others may write to it (mode {mode:o})"),
            format!("chmod go-w {}", dir.display()),
        );
    }
}

#[cfg(not(unix))]
fn open_to_others(_dir: &Path, _report: &mut Report) {}

#[cfg(unix)]
fn room(dir: &Path, report: &mut Report) {
    let Ok(system) = rustix::fs::statvfs(dir) else {
        return;
    };
    let left = system.f_bavail.saturating_mul(system.f_frsize);
    let seen = format!("{} MB left on its disk", left >> 20);
    let hint = "Make room, or choose another with --data-dir; `firstmate compact` shrinks the store.";
    if left < SCARCE_BYTES {
        report.add(State::Bad, "disk", seen, hint);
    } else if left < LITTLE_BYTES {
        report.add(State::Note, "disk", seen, hint);
    } else {
        report.add(State::Ok, "disk", seen, "");
    }
}

#[cfg(not(unix))]
fn room(_dir: &Path, _report: &mut Report) {}
