//! `firstmate install` on configurations as hosts have them, through the real binary.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::support::firstmate;

mod documented;
mod spared;

/// A home directory with the configuration of one host.
struct Home {
    dir: tempfile::TempDir,
    file: PathBuf,
}

impl Home {
    fn with(file: &str, text: Option<&[u8]>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(file);
        if let Some(text) = text {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, text).unwrap();
        }
        Self { dir, file }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = firstmate(self.dir.path());
        let arguments = ["install"].iter().chain(arguments);
        let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        std::fs::read(&self.file).ok()
    }

    /// What lies beside the file, by name.
    fn beside(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.file.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Each host's file on Linux, and configurations as they are found in it.
const SAMPLES: [(&str, &str, &[&str]); 9] = [
    (
        "claude-desktop",
        ".config/Claude/claude_desktop_config.json",
        &[
            "{}",
            "{\n  \"mcpServers\": {\n    \"filesystem\": {\n      \"command\": \"npx\",\n      \"args\": [\"-y\", \"@modelcontextprotocol/server-filesystem\", \"/Users/ann/Desktop\"]\n    }\n  }\n}\n",
            "{\r\n  \"preferences\": {\r\n    \"sidebarMode\": \"chat\"\r\n  }\r\n}",
        ],
    ),
    (
        "claude-code",
        ".claude.json",
        &[
            "{\n  \"numStartups\": 42,\n  \"tipsHistory\": { \"a\": 1 },\n  \"projects\": {\n    \"/home/ann/p\": {\n      \"mcpServers\": {},\n      \"history\": [\"fix \\\"it\\\"\"]\n    }\n  },\n  \"userID\": \"0f\"\n}",
            "{\"mcpServers\":{\"gh\":{\"type\":\"http\",\"url\":\"https://x\",\"headers\":{\"Authorization\":\"Bearer hunter2-token\"}}},\"a\":1}",
        ],
    ),
    (
        "cursor",
        ".cursor/mcp.json",
        &[
            "{\n\t\"mcpServers\": {}\n}\n",
            "{\n  // mine\n  \"mcpServers\": {\n    /* a */ \"a\": { \"url\": \"http://127.0.0.1:1/mcp\" }, // b\n    \"b\": { \"command\": \"b\", \"env\": { \"KEY\": \"hunter2-key\" } }, // c\n  },\n}\n// end",
            "",
        ],
    ),
    (
        "vscode",
        ".config/Code/User/mcp.json",
        &[
            "{\n\t\"servers\": {\n\t\t\"a\": {\n\t\t\t\"type\": \"stdio\",\n\t\t\t\"command\": \"a\",\n\t\t\t\"env\": { \"KEY\": \"${input:key}\" }\n\t\t}\n\t},\n\t\"inputs\": [\n\t\t// asked once\n\t\t{ \"type\": \"promptString\", \"id\": \"key\", \"description\": \"Key\", \"password\": true }\n\t]\n}",
            "{\n\t\"inputs\": []\n}\n",
        ],
    ),
    (
        "windsurf",
        ".codeium/windsurf/mcp_config.json",
        &[
            "{\n  \"mcpServers\": {\n    \"zapier\": { \"serverUrl\": \"https://x/sse\" }\n  }\n}\n",
            "\n",
        ],
    ),
    (
        "zed",
        ".config/zed/settings.json",
        &[
            "// Zed settings\n//\n// For information on how to configure Zed, see the Zed\n// documentation: https://zed.dev/docs/configuring-zed\n{\n  \"theme\": {\n    \"mode\": \"system\", // or \"dark\"\n    \"light\": \"One Light\",\n  },\n  \"buffer_font_size\": 15,\n}\n",
            "{\n  \"context_servers\": {\n    \"a\": {\n      \"command\": \"a\",\n      \"args\": [],\n      \"env\": {},\n    },\n    // \"b\": {},\n  },\n}\n",
        ],
    ),
    (
        "jetbrains",
        ".junie/mcp/mcp.json",
        &[
            "{ \"mcpServers\": { \"a\": { \"command\": \"a\", \"args\": [] } } }",
            "{\"mcpServers\": {}}\n",
        ],
    ),
    (
        "codex",
        ".codex/config.toml",
        &[
            "model = \"gpt-5\"  # the usual one\napproval_policy = \"on-request\"\n\n[mcp_servers.context7]\ncommand = \"npx\"\nargs = [\"-y\", \"@upstash/context7-mcp\"]\n\n[mcp_servers.context7.env]\nTOKEN = \"hunter2-env\"\n\n# projects\n[projects.\"/home/ann/p\"]\ntrust_level = \"trusted\"\n",
            "model = \"gpt-5\"",
            "# empty\r\n",
        ],
    ),
    (
        "goose",
        ".config/goose/config.yaml",
        &[
            "GOOSE_PROVIDER: anthropic\nextensions:\n  developer:\n    bundled: true\n    enabled: true\n    name: developer\n    timeout: 300\n    type: builtin\n  fetch:  # of others\n    cmd: uvx\n    args:\n    - mcp-server-fetch\n    envs:\n      KEY: hunter2-yaml\n    type: stdio\nGOOSE_MODE: smart_approve\n",
            "# mine\nGOOSE_MODE: auto\n",
        ],
    ),
];

#[test]
fn every_sample_takes_the_entry_and_is_byte_for_byte_what_it_was_afterwards() {
    for (host, file, texts) in SAMPLES {
        for text in texts {
            for keeps_backup in [true, false] {
                let home = Home::with(file, Some(text.as_bytes()));
                let (code, shown, stderr) = home.run(&[host]);
                assert_eq!(code, Some(0), "{host} {text:?}: {stderr}");
                let with = String::from_utf8(home.bytes().unwrap()).unwrap();
                assert!(with.contains("firstmate") && with.contains("--stdio"), "{with}");
                assert!(!shown.contains("hunter2") && shown.contains("+ "), "{shown}");
                // Once more changes nothing.
                let (code, again, _) = home.run(&[host]);
                assert!(code == Some(0) && again.contains("already there"), "{again}");
                assert_eq!(home.bytes().unwrap(), with.as_bytes());
                let backup = PathBuf::from(format!("{}.firstmate-backup", home.file.display()));
                assert_eq!(std::fs::read(&backup).unwrap(), text.as_bytes(), "{host}");
                // Where nothing but the entry is in a file, only the backup knows what was there.
                let is_silent =
                    text.chars().all(|c| "{}\n\t\" :mcpServrs".contains(c)) || text.starts_with("# empty");
                if !keeps_backup && is_silent {
                    continue;
                }
                if !keeps_backup {
                    std::fs::remove_file(&backup).unwrap();
                }
                let (code, shown, stderr) = home.run(&[host, "--uninstall"]);
                assert_eq!(code, Some(0), "{host} {text:?}: {stderr}");
                assert!(!shown.contains("hunter2"), "{shown}");
                let after = home.bytes().unwrap();
                assert_eq!(String::from_utf8(after).unwrap(), *text, "{host}");
                // Nothing is left lying beside it; without a backup to put back, what it was before is kept.
                let name = home.file.file_name().unwrap().to_string_lossy().into_owned();
                let mut left = home.beside();
                left.retain(|beside| beside.contains(&name));
                left.retain(|beside| beside != &name);
                if keeps_backup {
                    assert!(left.is_empty(), "{host}: {left:?}");
                } else {
                    assert_eq!(std::fs::read(&backup).unwrap(), with.as_bytes(), "{host}");
                }
            }
        }
    }
}

#[test]
fn a_file_that_was_not_there_is_not_there_afterwards() {
    for (host, file, _) in SAMPLES {
        let home = Home::with(file, None);
        assert_eq!(home.run(&[host]).0, Some(0), "{host}");
        assert!(home.bytes().is_some(), "{host}");
        let (code, told, _) = home.run(&[host, "--uninstall"]);
        assert!(code == Some(0) && told.contains("so it is gone"), "{told}");
        assert_eq!(home.bytes(), None, "{host}");
    }
}

#[test]
fn an_entry_is_brought_up_to_date_and_keeps_what_its_user_wrote() {
    let text =
        "{\"mcpServers\": {\"firstmate\": {\"command\": \"/old/firstmate\", \"env\": {\"K\": \"hunter2\"}}}}";
    let home = Home::with(".cursor/mcp.json", Some(text.as_bytes()));
    let (code, shown, _) = home.run(&["cursor", "--command", "/new/firstmate"]);
    assert_eq!(code, Some(0));
    let after: Value = serde_json::from_slice(&home.bytes().unwrap()).unwrap();
    let entry = &after["mcpServers"]["firstmate"];
    assert_eq!(entry["command"], "/new/firstmate", "{shown}");
    assert_eq!(entry["env"]["K"], "hunter2");
    assert!(entry["args"].is_array() && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn what_is_written_can_be_found_by_who_reads_it() {
    let home = Home::with("p/.cursor/mcp.json", None);
    let (_, printed, _) = home.run(&["cursor", "--print", "--command", "./firstmate"]);
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let command = printed["mcpServers"]["firstmate"]["command"].as_str().unwrap();
    assert!(Path::new(command).is_absolute(), "{command}");
    // In a file that others share, the name will do where it can be found.
    let this = Path::new(env!("CARGO_BIN_EXE_firstmate"));
    for (path, is_short) in [(this.parent().unwrap(), true), (home.dir.path(), false)] {
        let mut command = firstmate(home.dir.path());
        command.env("PATH", path);
        let workspace = format!("--workspace={}/p", home.dir.path().display());
        let output = command.args(["install", "cursor", &workspace]).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let written: Value = serde_json::from_slice(&home.bytes().unwrap()).unwrap();
        let command = &written["mcpServers"]["firstmate"]["command"];
        assert_eq!(command == "firstmate", is_short, "{told}");
        assert_eq!(told.contains("others share the file"), !is_short, "{told}");
    }
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let mut command = firstmate(home.dir.path());
        command
            .arg("--config")
            .arg(std::ffi::OsStr::from_bytes(b"/\xff.toml"));
        let output = command.args(["install", "cursor", "--print"]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("install.path"), "{told}");
    }
}

#[test]
fn an_entry_that_is_turned_off_is_no_news_without_a_note() {
    let home = Home::with(".cursor/mcp.json", None);
    home.run(&["cursor"]);
    let with = String::from_utf8(home.bytes().unwrap()).unwrap();
    let off = with.replace("\"firstmate\": {", "\"firstmate\": {\n      \"disabled\": true,");
    std::fs::write(&home.file, off).unwrap();
    let (code, told, _) = home.run(&["cursor"]);
    assert!(code == Some(0) && told.contains("already there"), "{told}");
    assert!(told.contains("turned off"), "{told}");
}

#[test]
fn a_project_an_address_and_what_else_was_said_go_where_they_belong() {
    let home = Home::with("p/.vscode/mcp.json", None);
    let project = home.dir.path().join("p");
    let workspace = format!("--workspace={}", project.display());
    let (code, ..) = home.run(&["vscode", &workspace, "--http", "http://127.0.0.1:8765/mcp"]);
    assert_eq!(code, Some(0));
    let written: Value = serde_json::from_slice(&home.bytes().unwrap()).unwrap();
    assert_eq!(written["servers"]["firstmate"]["type"], "http");
    assert_eq!(
        written["servers"]["firstmate"]["url"],
        "http://127.0.0.1:8765/mcp"
    );
    let (_, printed, _) = home.run(&["zed", "--print", "--name", "mate"]);
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let entry = &printed["context_servers"]["mate"];
    // What the tests say to every command: a data directory and a project.
    assert_eq!(entry["args"][0], "--data-dir");
    assert_eq!(entry["args"][2], "--project");
    for (arguments, code) in [
        (
            &["claude-desktop", "--http", "http://x/mcp"][..],
            "install.no_address",
        ),
        (&["cursor", "--http", "x"], "install.address"),
        (&["goose", "--workspace"], "install.no_project_file"),
        (&["zed", "--link"], "install.no_link"),
    ] {
        let (exit, _, stderr) = home.run(arguments);
        assert_eq!(exit, Some(1));
        assert!(stderr.contains(&format!("\"{code}\"")), "{stderr}");
    }
}

#[test]
fn without_a_host_they_are_listed_with_what_is_in_their_files() {
    let home = Home::with(".cursor/mcp.json", Some(b"{}"));
    home.run(&["cursor", "--command", "/nowhere/firstmate"]);
    home.run(&["--all", "--dry-run"]);
    let (code, listed, _) = home.run(&[]);
    assert_eq!(code, Some(0));
    let line = |name: &str| {
        listed
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    assert!(line("cursor").contains("starts what is not there"), "{listed}");
    assert!(line("goose").contains("config.yaml"), "{listed}");
    assert_eq!(
        listed.lines().filter(|line| line.contains('/')).count(),
        10,
        "{listed}"
    );
}
