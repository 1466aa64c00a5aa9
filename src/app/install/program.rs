//! The programs that entries name.

use std::path::{Path, PathBuf};

use crate::domain::Problem;
use crate::error::{Error, chain};
use crate::hosts::Homes;

/// This program, as it is best named: by its place in the user's path, where it can be found there. That place
/// stays when a package manager puts the next version elsewhere.
///
/// # Errors
/// When the system does not say where this program lies.
pub(crate) fn this(homes: &Homes) -> Result<PathBuf, Problem> {
    let this = std::env::current_exe().map_err(|source| {
        let error = Error::Io {
            doing: "find this program".into(),
            source,
        };
        Problem {
            hint: "Say what hosts should start with `--command`.".into(),
            message: chain(&error),
            ..error.problem()
        }
    })?;
    let named = this.file_name().map(|name| name.to_string_lossy().into_owned());
    let in_path = named.and_then(|name| find(&name, homes));
    Ok(in_path.filter(|found| is_same(found, &this)).unwrap_or(this))
}

/// Whether two paths lead to one file.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Whether a program is called as this one is.
pub(crate) fn is_firstmate(program: &Path) -> bool {
    program.file_stem().is_some_and(|stem| stem == "firstmate")
}

/// Whether a command names a place that depends on who starts it: a path from a working directory, or with variables.
pub(crate) fn only_its_host_knows(command: &str) -> bool {
    let path = Path::new(command);
    let has_variables = command.contains("${") || command.starts_with("~/");
    has_variables || (path.is_relative() && path.components().count() > 1)
}

/// The file that a command names: by its whole path, or found in the directories for commands. A path from the working
/// directory names none: hosts work elsewhere.
pub(crate) fn find(command: &str, homes: &Homes) -> Option<PathBuf> {
    let path = Path::new(command);
    if path.is_absolute() {
        return path.is_file().then(|| path.to_path_buf());
    }
    if only_its_host_knows(command) {
        return None;
    }
    homes.commands.iter().find_map(|dir| {
        let names = [dir.join(command), dir.join(format!("{command}.exe"))];
        names.into_iter().find(|file| file.is_file())
    })
}

/// Whether a file may be executed; everything may where a system does not say.
pub(crate) fn is_executable(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.metadata()
            .is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        file.is_file()
    }
}

/// Why a program may not be there tomorrow, if there is reason to think so.
pub(crate) fn passing(program: &Path) -> Option<String> {
    let is_build_tree = |dir: &Path| {
        [".rustc_info.json", "CACHEDIR.TAG"]
            .iter()
            .any(|file| dir.join(file).is_file())
    };
    let builds = program
        .ancestors()
        .any(|dir| dir.file_name().is_some_and(|name| name == "target") && is_build_tree(dir));
    builds.then(|| {
        format!(
            "{} lies among what cargo builds and goes with `cargo clean`; `cargo install --path .` puts it where it stays.",
            program.display()
        )
    })
}
