//! What the documentation shows, and what shells and readers are given.

use super::*;

/// What the documentation shows is what the command prints, for a program that is in the path.
#[test]
fn the_documentation_shows_what_the_command_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    let printed = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_firstmate"));
        command
            .env_clear()
            .env("HOME", dir.path())
            .arg("install")
            .args(arguments);
        let output = command.args(["--command", "firstmate"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let page = std::fs::read_to_string(root.join("docs/hosts.md")).unwrap();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for (host, ..) in SAMPLES {
        let snippet = printed(&[host, "--print"]);
        let language = match host {
            "codex" => "toml",
            "goose" => "yaml",
            _ => "json",
        };
        let heading = format!("(`firstmate install {host}`)");
        let section = page
            .split("\n## ")
            .find(|section| section.lines().next().unwrap().contains(&heading));
        let section = section.unwrap_or_else(|| panic!("docs/hosts.md has no section for {host}"));
        let block = format!("```{language}\n{snippet}```");
        assert!(
            section.contains(&block),
            "docs/hosts.md should show for {host}:\n{block}"
        );
    }
    for (file, host) in [
        ("claude_code", "claude-code"),
        ("claude_desktop", "claude-desktop"),
        ("cursor", "cursor"),
        ("windsurf", "windsurf"),
        ("zed", "zed"),
        ("junie", "jetbrains"),
    ] {
        let path = root.join(format!("examples/{file}.json"));
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            printed(&[host, "--print"]),
            "{file}"
        );
    }
    let vscode = printed(&["vscode", "--print", "--project", "${workspaceFolder}"]);
    assert_eq!(
        std::fs::read_to_string(root.join("examples/vscode.json")).unwrap(),
        vscode
    );
    for host in ["cursor", "vscode"] {
        let link = printed(&[host, "--link"]);
        let link = link.trim();
        for (name, text) in [("README.md", &readme), ("docs/hosts.md", &page)] {
            assert!(
                text.contains(&format!("]({link})")),
                "{name} should have the button {link}"
            );
        }
    }
}

#[test]
fn completions_and_the_manual_are_what_shells_and_readers_take() {
    let dir = tempfile::tempdir().unwrap();
    for (shell, word) in [
        ("bash", "_firstmate"),
        ("zsh", "#compdef firstmate"),
        ("fish", "complete -c firstmate"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let output = firstmate(dir.path())
            .args(["completions", shell])
            .output()
            .unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains(word) && script.contains("uninstall"), "{shell}");
    }
    let script = firstmate(dir.path())
        .args(["completions", "bash"])
        .output()
        .unwrap()
        .stdout;
    let file = dir.path().join("firstmate.bash");
    std::fs::write(&file, script).unwrap();
    let asked = "source \"$0\"; COMP_WORDS=(firstmate inst); COMP_CWORD=1; _firstmate firstmate inst firstmate; echo \"${COMPREPLY[@]}\"";
    let bash = std::process::Command::new("bash")
        .args(["-c", asked])
        .arg(&file)
        .output();
    if let Ok(bash) = bash {
        assert_eq!(
            String::from_utf8_lossy(&bash.stdout).trim(),
            "install",
            "{bash:?}"
        );
    }
    let manual = firstmate(dir.path()).arg("man").output().unwrap().stdout;
    let text = String::from_utf8(manual).unwrap();
    assert!(
        text.contains(".TH firstmate 1") && text.contains(".SS firstmate route discover"),
        "{text}"
    );
    assert!(text.contains("dry\\-run"), "{text}");
}
