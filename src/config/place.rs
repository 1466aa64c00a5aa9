//! What the surroundings of the process say: its environment, its directories, its user.

#![expect(clippy::disallowed_methods, reason = "this is where the environment is read")]

use std::path::{Path, PathBuf};

use etcetera::{AppStrategy as _, AppStrategyArgs};

use crate::hosts::{Homes, System};
use crate::ownership::Places;

fn application() -> Option<impl etcetera::AppStrategy> {
    etcetera::app_strategy::choose_native_strategy(AppStrategyArgs {
        top_level_domain: "dev".into(),
        author: "firstmate".into(),
        app_name: "firstmate".into(),
    })
    .ok()
}

/// The platform's usual directory for application data.
pub(super) fn data_dir() -> Option<PathBuf> {
    application().map(|place| place.data_dir())
}

/// The user's configuration file, whether it exists or not.
pub(super) fn config_file() -> Option<PathBuf> {
    application().map(|place| place.config_dir().join("config.toml"))
}

/// The user's directory for templates, whether it exists or not.
pub(super) fn templates() -> Option<PathBuf> {
    application().map(|place| place.config_dir().join("crew"))
}

/// The nearest directory above the working directory that holds a `.git`, else the working directory.
pub(super) fn workspace() -> String {
    let Ok(start) = std::env::current_dir() else {
        return "unknown".into();
    };
    let root = start
        .ancestors()
        .find(|dir| dir.join(".git").exists())
        .unwrap_or(&start);
    root.to_string_lossy().into_owned()
}

/// The user of the operating system, by name.
pub(super) fn principal() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
        .unwrap_or_else(|| "unknown".into())
}

/// The directories in which a socket may be put.
pub(super) fn sockets() -> Places {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    Places {
        // A relative path is to be ignored, says the specification, and one that is empty is relative.
        runtime: runtime.filter(|dir| dir.is_absolute()),
        temporary: std::env::temp_dir(),
    }
}

/// The directives of `RUST_LOG`, if it is set.
pub(super) fn rust_log() -> Option<String> {
    std::env::var("RUST_LOG").ok().filter(|value| !value.is_empty())
}

/// Whether the user wants output without colours: <https://no-color.org>.
pub(super) fn no_colours() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether the terminal takes UTF-8, as its locale says: the first of these variables that says something decides.
pub(super) fn is_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    let names_it = |locale: String| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    };
    // Windows has no such variables, and its terminals take UTF-8.
    locale.map_or(cfg!(windows), names_it)
}

/// A variable of the environment, unless its value says nothing.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !says_nothing(value))
}

/// Names (without the prefix, lower case) of `FIRSTMATE_` variables whose value says nothing: empty, or a
/// `${...}` that a host did not substitute.
pub(super) fn unset_variables() -> Vec<String> {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix("FIRSTMATE_")?.to_ascii_lowercase();
            says_nothing(&value.to_string_lossy()).then_some(name)
        })
        .collect()
}

fn says_nothing(value: &str) -> bool {
    value.trim().is_empty() || (value.starts_with("${") && value.ends_with('}'))
}

/// The directories in which hosts keep their files, and in which commands are found; `None` without a home directory.
pub(super) fn homes() -> Option<Homes> {
    let usual = Homes::usual(System::current(), etcetera::home_dir().ok()?);
    let absolute = |name: &str| {
        let dir = std::env::var_os(name).map(PathBuf::from);
        dir.filter(|dir| dir.is_absolute())
    };
    let xdg = absolute("XDG_CONFIG_HOME").unwrap_or_else(|| usual.xdg.clone());
    let applications = match usual.system {
        System::Unix => xdg.clone(),
        System::MacOs => usual.applications.clone(),
        System::Windows => absolute("APPDATA").unwrap_or_else(|| usual.applications.clone()),
    };
    let claude_packages = match usual.system {
        System::Windows => {
            let local = absolute("LOCALAPPDATA");
            claude_packages(&local.unwrap_or_else(|| usual.home.join("AppData").join("Local")))
        }
        System::Unix | System::MacOs => Vec::new(),
    };
    let commands = std::env::var_os("PATH").unwrap_or_default();
    Some(Homes {
        xdg,
        applications,
        codex: absolute("CODEX_HOME"),
        claude: absolute("CLAUDE_CONFIG_DIR"),
        claude_packages,
        commands: std::env::split_paths(&commands)
            .filter(|dir| dir.is_absolute())
            .collect(),
        ..usual
    })
}

/// Where Windows keeps what Claude Desktop writes, where that came as a package.
fn claude_packages(local: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(local.join("Packages")).into_iter().flatten();
    let mut packages: Vec<PathBuf> = found
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("Claude_"))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    packages.sort();
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_claude_desktop_are_found_by_their_name() {
        let dir = tempfile::tempdir().unwrap();
        assert!(claude_packages(dir.path()).is_empty());
        for name in ["Claude_pz", "Other_1"] {
            std::fs::create_dir_all(dir.path().join("Packages").join(name)).unwrap();
        }
        let expect = dir.path().join("Packages").join("Claude_pz");
        assert_eq!(claude_packages(dir.path()), [expect]);
    }
}
