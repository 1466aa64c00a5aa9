//! The table of hosts. A new host is a new row, with the page of its documentation that says so.

use std::path::{Path, PathBuf};

use super::place::{Base, Homes, Place, System, under};
use super::{Format, Launch};

/// A program that starts MCP servers.
#[derive(Debug)]
pub struct Host {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it calls itself.
    pub title: &'static str,
    /// How its file is written.
    pub format: Format,
    /// The keys that lead to its servers.
    pub servers: &'static [&'static str],
    /// Where its documentation says all this.
    pub source: &'static str,
    /// Whether it reads comments and trailing commas in JSON.
    pub takes_comments: bool,
    /// What is left for the user to do when the entry is in.
    pub then: &'static str,
    pub(super) shape: Shape,
    unix: Option<Place>,
    mac: Option<Place>,
    windows: Option<Place>,
    project: Option<&'static str>,
    /// What else shows that it is installed, besides the directory of its file.
    signs: &'static [Place],
}

/// What an entry looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `command` and `args`; no server that is reached by an address.
    Command,
    /// `command` and `args`, or an address under this key.
    CommandOrAddress(&'static str),
    /// The same, with `type` saying which; where it is missing, the host finds out.
    Typed,
    /// The same, and without `type` it is a `command`.
    StrictlyTyped,
    /// goose's extensions.
    Extension,
}

/// All hosts, in the order in which they are listed.
#[must_use]
pub fn all() -> &'static [Host] {
    &HOSTS
}

/// The host of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Host> {
    HOSTS.iter().find(|host| host.name == name)
}

impl Host {
    /// Its file for all of a user's projects; `None` where it is not made for that system, or is there twice.
    #[must_use]
    pub fn user_file(&self, homes: &Homes) -> Option<PathBuf> {
        if self.is_there_twice(homes) {
            return None;
        }
        let place = match homes.system {
            System::Unix => self.unix,
            System::MacOs => self.mac,
            System::Windows => self.windows,
        };
        Some(place?.within(homes))
    }

    /// Whether it is installed more than once, and each has a file of its own.
    #[must_use]
    pub fn is_there_twice(&self, homes: &Homes) -> bool {
        self.name == "claude-desktop" && homes.claude_packages.len() > 1
    }

    /// Its file within the project at `root`; `None` where it has none.
    #[must_use]
    pub fn project_file(&self, root: &Path) -> Option<PathBuf> {
        Some(under(root, self.project?))
    }

    /// Places of which one exists where it is installed.
    #[must_use]
    pub fn signs(&self, homes: &Homes) -> Vec<PathBuf> {
        let mut signs = Vec::new();
        if let Some(file) = self.user_file(homes) {
            // Everybody has a home directory.
            let parent = file.parent().filter(|parent| *parent != homes.home);
            signs.extend(parent.map(Path::to_path_buf));
            signs.push(file);
        }
        signs.extend(self.signs.iter().map(|sign| sign.within(homes)));
        signs
    }

    /// The keys that lead to the server of that name.
    #[must_use]
    pub fn path<'a>(&self, server: &'a str) -> Vec<&'a str> {
        let mut path: Vec<&'a str> = self.servers.to_vec();
        path.push(server);
        path
    }

    /// The keys that lead to the servers of the project at `root` within the file of the user, where it keeps such.
    #[must_use]
    pub fn servers_of_project<'a>(&self, root: &'a str) -> Option<[&'a str; 3]> {
        // What `claude mcp add` writes to, unless told otherwise.
        (self.name == "claude-code").then_some(["projects", root, "mcpServers"])
    }

    /// The keys that it refuses an entry for, beside what `launch` says.
    pub(super) fn refused_beside(&self, launch: &Launch) -> &'static [&'static str] {
        // Codex knows each key for one transport, and does not start with one too many.
        match launch {
            _ if self.name != "codex" => &[],
            Launch::Command { .. } => &[
                "bearer_token",
                "bearer_token_env_var",
                "http_headers",
                "env_http_headers",
            ],
            Launch::Address(_) => &["env", "env_vars", "cwd", "bearer_token"],
        }
    }

    /// Whether it can reach a server by an address, as far as its documentation says.
    #[must_use]
    pub fn takes_addresses(&self) -> bool {
        self.shape != Shape::Command
    }
}

static HOSTS: [Host; 9] = [
    Host {
        name: "claude-desktop",
        title: "Claude Desktop",
        format: Format::Json,
        servers: &["mcpServers"],
        source: "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
        takes_comments: false,
        then: "Quit Claude Desktop (closing its window is not enough) and start it again.",
        shape: Shape::Command,
        // Documented for macOS and Windows; on Linux it lies where the builds for it look.
        unix: Some(Place(Base::Applications, "Claude/claude_desktop_config.json")),
        mac: Some(Place(Base::Applications, "Claude/claude_desktop_config.json")),
        windows: Some(Place(Base::ClaudeDesktop, "Claude/claude_desktop_config.json")),
        project: None,
        signs: &[],
    },
    Host {
        name: "claude-code",
        title: "Claude Code",
        format: Format::Json,
        servers: &["mcpServers"],
        source: "https://code.claude.com/docs/en/mcp",
        takes_comments: false,
        then: "Start a new session; `/mcp` shows it. A project's servers have to be approved once.",
        shape: Shape::StrictlyTyped,
        unix: Some(Place(Base::Claude, ".claude.json")),
        mac: Some(Place(Base::Claude, ".claude.json")),
        windows: Some(Place(Base::Claude, ".claude.json")),
        project: Some(".mcp.json"),
        signs: &[Place(Base::Home, ".claude")],
    },
    Host {
        name: "cursor",
        title: "Cursor",
        format: Format::Json,
        servers: &["mcpServers"],
        source: "https://cursor.com/docs/mcp",
        takes_comments: false,
        then: "Turn it on under Settings > Tools & MCP, if it is not.",
        shape: Shape::CommandOrAddress("url"),
        unix: Some(Place(Base::Home, ".cursor/mcp.json")),
        mac: Some(Place(Base::Home, ".cursor/mcp.json")),
        windows: Some(Place(Base::Home, ".cursor/mcp.json")),
        project: Some(".cursor/mcp.json"),
        signs: &[],
    },
    Host {
        name: "vscode",
        title: "VS Code",
        format: Format::Json,
        servers: &["servers"],
        source: "https://code.visualstudio.com/docs/agents/reference/mcp-configuration",
        takes_comments: true,
        then: "Run `MCP: List Servers` from the command palette, and start it.",
        shape: Shape::Typed,
        unix: Some(Place(Base::Applications, "Code/User/mcp.json")),
        mac: Some(Place(Base::Applications, "Code/User/mcp.json")),
        windows: Some(Place(Base::Applications, "Code/User/mcp.json")),
        project: Some(".vscode/mcp.json"),
        signs: &[],
    },
    Host {
        name: "windsurf",
        title: "Windsurf",
        format: Format::Json,
        servers: &["mcpServers"],
        source: "https://docs.windsurf.com/windsurf/cascade/mcp",
        takes_comments: false,
        then: "Press refresh in the MCP panel of Cascade.",
        shape: Shape::CommandOrAddress("serverUrl"),
        unix: Some(Place(Base::Home, ".codeium/windsurf/mcp_config.json")),
        mac: Some(Place(Base::Home, ".codeium/windsurf/mcp_config.json")),
        windows: Some(Place(Base::Home, ".codeium/windsurf/mcp_config.json")),
        project: None,
        signs: &[],
    },
    Host {
        name: "zed",
        title: "Zed",
        format: Format::Json,
        servers: &["context_servers"],
        source: "https://zed.dev/docs/ai/mcp",
        takes_comments: true,
        then: "Zed starts it by itself; the agent panel's settings show a green dot.",
        shape: Shape::CommandOrAddress("url"),
        unix: Some(Place(Base::Xdg, "zed/settings.json")),
        mac: Some(Place(Base::Home, ".config/zed/settings.json")),
        windows: Some(Place(Base::Applications, "Zed/settings.json")),
        project: Some(".zed/settings.json"),
        signs: &[],
    },
    Host {
        name: "jetbrains",
        title: "JetBrains Junie",
        format: Format::Json,
        servers: &["mcpServers"],
        source: "https://www.jetbrains.com/help/junie/model-context-protocol-mcp.html",
        takes_comments: false,
        then: "Junie shows it under Settings > Tools > Junie > MCP Settings. AI Assistant keeps its servers in its own settings: \
               Settings > Tools > AI Assistant > Model Context Protocol, Add, As JSON, and paste what `firstmate install jetbrains --print` prints.",
        shape: Shape::Command,
        unix: Some(Place(Base::Home, ".junie/mcp/mcp.json")),
        mac: Some(Place(Base::Home, ".junie/mcp/mcp.json")),
        windows: Some(Place(Base::Home, ".junie/mcp/mcp.json")),
        project: Some(".junie/mcp/mcp.json"),
        signs: &[
            Place(Base::Home, ".junie"),
            Place(Base::Applications, "JetBrains"),
        ],
    },
    Host {
        name: "codex",
        title: "Codex",
        format: Format::Toml,
        servers: &["mcp_servers"],
        source: "https://developers.openai.com/codex/mcp",
        takes_comments: true,
        then: "Start Codex again; `/mcp` shows it. It reads a project's file only where the project is trusted.",
        shape: Shape::CommandOrAddress("url"),
        unix: Some(Place(Base::Codex, "config.toml")),
        mac: Some(Place(Base::Codex, "config.toml")),
        windows: Some(Place(Base::Codex, "config.toml")),
        project: Some(".codex/config.toml"),
        signs: &[],
    },
    Host {
        name: "goose",
        title: "goose",
        format: Format::Yaml,
        servers: &["extensions"],
        source: "https://block.github.io/goose/docs/guides/config-files",
        takes_comments: true,
        then: "Start a new session.",
        shape: Shape::Extension,
        unix: Some(Place(Base::Xdg, "goose/config.yaml")),
        mac: Some(Place(Base::Xdg, "goose/config.yaml")),
        windows: Some(Place(Base::Applications, "Block/goose/config/config.yaml")),
        project: None,
        signs: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn files(system: System) -> Vec<String> {
        let homes = Homes::usual(system, PathBuf::from("~"));
        all()
            .iter()
            .filter_map(|host| Some(format!("{} {}", host.name, host.user_file(&homes)?.display())))
            .collect()
    }

    #[test]
    fn every_host_has_its_file_where_its_documentation_says() {
        assert_eq!(
            files(System::Unix),
            [
                "claude-desktop ~/.config/Claude/claude_desktop_config.json",
                "claude-code ~/.claude.json",
                "cursor ~/.cursor/mcp.json",
                "vscode ~/.config/Code/User/mcp.json",
                "windsurf ~/.codeium/windsurf/mcp_config.json",
                "zed ~/.config/zed/settings.json",
                "jetbrains ~/.junie/mcp/mcp.json",
                "codex ~/.codex/config.toml",
                "goose ~/.config/goose/config.yaml",
            ]
        );
        let mac = files(System::MacOs);
        assert!(mac.contains(
            &"claude-desktop ~/Library/Application Support/Claude/claude_desktop_config.json".to_owned()
        ));
        assert!(mac.contains(&"vscode ~/Library/Application Support/Code/User/mcp.json".to_owned()));
        assert!(mac.contains(&"zed ~/.config/zed/settings.json".to_owned()));
        let windows = files(System::Windows).join("\n").replace('\\', "/");
        assert!(
            windows.contains("zed ~/AppData/Roaming/Zed/settings.json"),
            "{windows}"
        );
        assert!(
            windows.contains("goose ~/AppData/Roaming/Block/goose/config/config.yaml"),
            "{windows}"
        );
    }

    #[test]
    fn variables_move_files_where_the_hosts_look_for_them() {
        let mut homes = Homes::usual(System::Unix, PathBuf::from("/home/ann"));
        homes.codex = Some("/work/codex".into());
        homes.claude = Some("/work/claude".into());
        let file = |name: &str| named(name).unwrap().user_file(&homes).unwrap();
        assert_eq!(file("codex"), Path::new("/work/codex/config.toml"));
        assert_eq!(file("claude-code"), Path::new("/work/claude/.claude.json"));
    }

    #[test]
    fn a_package_of_claude_desktop_has_its_file_within() {
        let mut homes = Homes::usual(System::Windows, PathBuf::from("~"));
        let host = named("claude-desktop").unwrap();
        homes.claude_packages.push("~/Packages/Claude_1".into());
        let file = host.user_file(&homes).unwrap().display().to_string();
        assert_eq!(
            file.replace('\\', "/"),
            "~/Packages/Claude_1/LocalCache/Roaming/Claude/claude_desktop_config.json"
        );
        homes.claude_packages.push("~/Packages/Claude_2".into());
        assert_eq!(host.user_file(&homes), None);
        assert!(host.is_there_twice(&homes));
    }

    #[test]
    fn a_home_directory_is_no_sign_of_a_host() {
        let homes = Homes::usual(System::Unix, PathBuf::from("/home/ann"));
        for host in all() {
            assert!(!host.signs(&homes).contains(&homes.home), "{}", host.name);
        }
    }
}
