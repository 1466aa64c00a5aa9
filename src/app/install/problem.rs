//! What keeps the command from doing its work, in words.

use std::path::Path;

use crate::domain::Problem;
use crate::hosts::{self, Homes, Host, Launch};

/// Whether a host can be told so.
pub(super) fn check(launch: &Launch) -> Result<(), Problem> {
    match launch {
        Launch::Address(address) if !address.starts_with("http://") && !address.starts_with("https://") => {
            Err(Problem {
                code: "install.address",
                message: format!("`{address}` is no address of a server"),
                hint: "Say where `firstmate serve --http` listens, e.g. `--http http://127.0.0.1:8765/mcp`."
                    .into(),
                retryable: false,
            })
        }
        _ => Ok(()),
    }
}

/// The host starts servers, and is not told of one that runs.
pub(super) fn no_address(host: &Host) -> Problem {
    Problem {
        code: "install.no_address",
        message: format!(
            "{} starts servers itself, as far as its documentation says",
            host.title
        ),
        hint: "Leave `--http` out.".into(),
        retryable: false,
    }
}

/// The host has no file for one project.
pub(super) fn no_project_file(host: &Host) -> Problem {
    Problem {
        code: "install.no_project_file",
        message: format!("{} has no configuration file for a single project", host.title),
        hint: "Leave `--workspace` out: its file for all projects is used.".into(),
        retryable: false,
    }
}

/// The host has no file for all projects, or more than one.
pub(super) fn no_file(host: &Host, homes: &Homes) -> Problem {
    Problem {
        code: "install.no_file",
        message: if host.is_there_twice(homes) {
            format!(
                "{} is installed more than once, and nobody knows which is used",
                host.title
            )
        } else {
            format!("{} keeps no configuration on this system", host.title)
        },
        hint: "Use a file of a project (`--workspace`), or `--print` and put it where it belongs.".into(),
        retryable: false,
    }
}

/// The host has no link.
pub(super) fn no_link(host: &Host) -> Problem {
    Problem {
        code: "install.no_link",
        message: format!("{} has no documented link that installs a server", host.title),
        hint: "`cursor` and `vscode` have one; for the others there is `--print`.".into(),
        retryable: false,
    }
}

/// Somebody else's server has that name.
pub(super) fn foreign(name: &str, path: &Path) -> Problem {
    Problem {
        code: "install.foreign",
        message: format!("`{name}` in {} is another server, and left alone", path.display()),
        hint:
            "Choose another `--name`. Where it is firstmate under another program or address, say the same \
               `--command` or `--http` as when it was put in. Nothing was changed."
                .into(),
        retryable: false,
    }
}

/// The file at `path` cannot be changed.
pub(super) fn left_alone(host: &Host, path: &Path, error: &hosts::Error) -> Problem {
    Problem {
        code: error.code(),
        message: format!("{} of {} is left alone: {error}", path.display(), host.title),
        hint: error.hint().into(),
        retryable: false,
    }
}
