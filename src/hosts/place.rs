//! Where files lie on a system, from what its environment says.

use std::path::{Path, PathBuf};

/// A kind of operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux and other Unixes.
    Unix,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl System {
    /// The one this binary was built for.
    #[must_use]
    pub fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Unix
        }
    }
}

/// The directories of a user, in which hosts keep their files.
#[derive(Debug, Clone)]
pub struct Homes {
    /// Which system it is.
    pub system: System,
    /// The home directory.
    pub home: PathBuf,
    /// `$XDG_CONFIG_HOME`, or `~/.config`; programs that follow it do so on macOS, too.
    pub xdg: PathBuf,
    /// Where applications keep their files: `%APPDATA%`, `~/Library/Application Support`, or as `xdg`.
    pub applications: PathBuf,
    /// `$CODEX_HOME`, where it is set.
    pub codex: Option<PathBuf>,
    /// `$CLAUDE_CONFIG_DIR`, where it is set.
    pub claude: Option<PathBuf>,
    /// Where Windows keeps the files of Claude Desktop, where it is installed as a package: `%LOCALAPPDATA%\Packages\Claude_*`.
    pub claude_packages: Vec<PathBuf>,
    /// The directories in which commands are found.
    pub commands: Vec<PathBuf>,
}

impl Homes {
    /// Those of a user without any variable set.
    #[must_use]
    pub fn usual(system: System, home: PathBuf) -> Self {
        let xdg = home.join(".config");
        let applications = match system {
            System::Unix => xdg.clone(),
            System::MacOs => home.join("Library").join("Application Support"),
            System::Windows => home.join("AppData").join("Roaming"),
        };
        Self {
            system,
            home,
            xdg,
            applications,
            codex: None,
            claude: None,
            claude_packages: Vec::new(),
            commands: Vec::new(),
        }
    }
}

/// A directory that a path of the table starts at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base {
    Home,
    Xdg,
    Applications,
    Codex,
    Claude,
    /// As `Applications`, in the package of Claude Desktop where there is one.
    ClaudeDesktop,
}

/// A file or directory, by where it starts. The path is written with slashes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(pub(super) Base, pub(super) &'static str);

impl Place {
    pub(super) fn within(self, homes: &Homes) -> PathBuf {
        let Self(base, path) = self;
        let base = match base {
            Base::Home => homes.home.clone(),
            Base::Xdg => homes.xdg.clone(),
            Base::Applications => homes.applications.clone(),
            Base::Codex => homes.codex.clone().unwrap_or_else(|| homes.home.join(".codex")),
            Base::Claude => homes.claude.clone().unwrap_or_else(|| homes.home.clone()),
            Base::ClaudeDesktop => match homes.claude_packages.first() {
                Some(package) => package.join("LocalCache").join("Roaming"),
                None => homes.applications.clone(),
            },
        };
        under(&base, path)
    }
}

/// `path`, which is written with slashes, under `base`.
pub(super) fn under(base: &Path, path: &str) -> PathBuf {
    path.split('/')
        .fold(base.to_path_buf(), |place, part| place.join(part))
}
