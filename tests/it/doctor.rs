//! `firstmate doctor` on machines with this and that wrong.

use std::path::Path;

use serde_json::Value;

use crate::support::run;

fn examined(dir: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let arguments: Vec<&str> = ["doctor", "--json"].iter().chain(arguments).copied().collect();
    let (code, stdout, stderr) = run(dir, &arguments);
    let report = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}"));
    (code, report)
}

/// What was seen of that, each with its state.
fn seen(report: &Value, name: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .filter(|check| check["name"] == name)
        .map(|check| {
            format!(
                "{}: {}",
                check["state"].as_str().unwrap(),
                check["seen"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn a_sound_installation_is_proved_by_a_server_in_both_generations() {
    let dir = tempfile::tempdir().unwrap();
    let (code, report) = examined(dir.path(), &[]);
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(report["healthy"], true);
    let server = seen(&report, "server");
    assert_eq!(server.len(), 2, "{report:#}");
    for (seen, generation) in server.iter().zip(["2025-11-25", "2026-07-28"]) {
        assert!(
            seen.starts_with(&format!("ok: serves clients of {generation}: 6 tools")),
            "{seen}"
        );
    }
    let owner = seen(&report, "owner");
    assert_eq!(owner, ["ok: nobody, the store was opened here"]);
}

#[test]
fn what_hosts_start_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(".cursor/mcp.json");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let write = |entry: &str| {
        std::fs::write(
            &file,
            format!("{{\"mcpServers\": {{\"firstmate\": {entry}, \"a\": {{\"command\": \"a\"}}}}}}"),
        )
        .unwrap();
    };
    let this = env!("CARGO_BIN_EXE_firstmate");
    for (entry, state, expect) in [
        (
            format!("{{\"command\": \"{this}\", \"args\": [\"serve\"]}}"),
            "ok",
            "starts this program",
        ),
        (
            "{\"command\": \"/nowhere/firstmate\"}".into(),
            "bad",
            "which is not there",
        ),
        (
            format!("{{\"command\": \"{this}\", \"args\": [\"doctor\"]}}"),
            "bad",
            "does not serve",
        ),
        (
            format!("{{\"command\": \"{this}\", \"args\": [\"serve\", \"--old\"]}}"),
            "bad",
            "--old",
        ),
        (
            "{\"url\": \"http://127.0.0.1:1/mcp\"}".into(),
            "note",
            "calls http://127.0.0.1:1/mcp",
        ),
        (
            format!("{{\"command\": \"{this}\", \"args\": [\"serve\"], \"disabled\": true}}"),
            "note",
            "is turned off",
        ),
        (
            format!("{{\"cmd\": \"{this}\"}}"),
            "bad",
            "in the words of Cursor",
        ),
        (
            "{\"command\": \"${workspaceFolder}/firstmate\"}".into(),
            "note",
            "only its host knows",
        ),
        ("{}".into(), "bad", "neither a program nor an address"),
    ] {
        write(&entry);
        let (code, report) = examined(dir.path(), &[]);
        let host = seen(&report, "host");
        assert_eq!(host.len(), 1, "{report:#}");
        assert!(host[0].starts_with(state) && host[0].contains(expect), "{host:?}");
        assert_eq!(code, Some(i32::from(state == "bad")));
    }
    std::fs::write(&file, "{ \"firstmate\": ").unwrap();
    let (code, report) = examined(dir.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(seen(&report, "host")[0].contains("not valid JSON"), "{report:#}");
    std::fs::write(&file, "{}").unwrap();
    let (code, report) = examined(dir.path(), &[]);
    assert_eq!(code, Some(0));
    let note = seen(&report, "host");
    assert_eq!(
        note,
        ["note: Cursor is here, firstmate is not in its configuration"]
    );
}

#[test]
fn another_version_is_told_by_asking_it() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("firstmate");
        std::fs::write(&old, "#!/bin/sh\necho firstmate 0.0.1\n").unwrap();
        std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o755)).unwrap();
        let settings = dir.path().join(".codex/config.toml");
        std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
        std::fs::write(
            &settings,
            format!("[mcp_servers.mate]\ncommand = {:?}\n", old.display().to_string()),
        )
        .unwrap();
        let (code, report) = examined(dir.path(), &[]);
        assert_eq!(code, Some(0), "{report:#}");
        let host = seen(&report, "host");
        assert!(
            host[0].contains("`mate`") && host[0].contains("firstmate 0.0.1"),
            "{host:?}"
        );
        std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o644)).unwrap();
        let (code, report) = examined(dir.path(), &[]);
        assert_eq!(code, Some(1));
        assert!(
            seen(&report, "host")[0].contains("may not be executed"),
            "{report:#}"
        );
    }
}

/// What a project brings along is looked at, and neither run nor called.
#[cfg(unix)]
#[test]
fn nothing_of_a_project_is_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let project = dir.path().join("p");
    std::fs::create_dir_all(project.join(".git")).unwrap();
    std::fs::create_dir_all(dir.path().join(".cursor")).unwrap();
    let trap = project.join("firstmate");
    std::fs::write(&trap, "#!/bin/sh\ntouch \"$HOME/ran\"\necho firstmate 0.0.1\n").unwrap();
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).unwrap();
    let outside = dir.path().join("firstmate");
    std::fs::copy(&trap, &outside).unwrap();
    let servers = format!(
        "{{\"mcpServers\": {{\"a\": {{\"command\": {trap:?}}}, \"b\": {{\"command\": {outside:?}}}, \
         \"c\": {{\"command\": \"./firstmate\"}}, \"firstmate\": {{\"type\": \"http\", \"url\": \"http://127.0.0.1:1/\"}}}}}}"
    );
    std::fs::write(project.join(".mcp.json"), servers).unwrap();
    // A file of the user, and a program of the project.
    let of_user = format!("{{\"mcpServers\": {{\"d\": {{\"command\": {trap:?}}}}}}}");
    std::fs::write(dir.path().join(".cursor/mcp.json"), of_user).unwrap();
    let mut command = crate::support::firstmate(dir.path());
    command
        .current_dir(&project)
        .args(["doctor", "--json", "--online"]);
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let hosts = seen(&report, "host");
    assert_eq!(hosts.len(), 5, "{report:#}");
    assert!(hosts.iter().all(|host| host.starts_with("note: ")), "{hosts:?}");
    assert_eq!(
        hosts.iter().filter(|host| host.contains("was not asked")).count(),
        4,
        "{hosts:?}"
    );
    assert!(seen(&report, "online").is_empty(), "{report:#}");
    assert!(!dir.path().join("ran").exists());
}

#[test]
fn the_words_of_claude_code_are_known() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(".claude.json");
    std::fs::write(
        &file,
        "{\"mcpServers\": {\"firstmate\": {\"url\": \"http://127.0.0.1:1/mcp\"}}}",
    )
    .unwrap();
    let (code, report) = examined(dir.path(), &[]);
    assert_eq!(code, Some(1), "{report:#}");
    // What `claude mcp add` puts there for one project.
    let root = dir.path().canonicalize().unwrap();
    let local = format!(
        "{{\"projects\": {{{root:?}: {{\"mcpServers\": {{\"mate\": {{\"command\": \"/nowhere/firstmate\"}}}}}}}}}}"
    );
    std::fs::write(&file, local).unwrap();
    let (code, report) = examined(dir.path(), &[]);
    assert_eq!(code, Some(1), "{report:#}");
    let hosts = seen(&report, "host");
    assert!(
        hosts.len() == 1 && hosts[0].contains("`mate`") && hosts[0].contains("not there"),
        "{hosts:?}"
    );
}

#[test]
fn an_address_of_a_host_is_only_called_when_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join(".cursor")).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let servers = format!("{{\"mcpServers\": {{\"firstmate\": {{\"url\": \"http://{address}/mcp\"}}}}}}");
    std::fs::write(dir.path().join(".cursor/mcp.json"), servers).unwrap();
    let (code, report) = examined(dir.path(), &["--online"]);
    assert_eq!(code, Some(0), "{report:#}");
    assert!(seen(&report, "online")[0].starts_with("ok: `firstmate` of Cursor"));
    drop(listener);
    let (code, report) = examined(dir.path(), &["--online"]);
    assert_eq!(code, Some(1), "{report:#}");
}

#[test]
fn settings_named_from_the_working_directory_are_those_of_the_server_too() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mine.toml"), "[log]\nformat = \"json\"\n").unwrap();
    let (code, report) = examined(dir.path(), &["--config", "mine.toml"]);
    assert_eq!(code, Some(0), "{report:#}");
}

#[test]
fn a_directory_is_made_before_it_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (_, report) = examined(dir.path(), &[]);
    assert!(seen(&report, "data directory")[0].ends_with("made just now"));
    let (_, report) = examined(dir.path(), &[]);
    assert!(seen(&report, "data directory")[0].ends_with("data"));
    // Beneath a file nothing can be made.
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_firstmate"))
        .env_clear()
        .env("HOME", dir.path())
        .current_dir(dir.path())
        .args(["--data-dir", "file/data", "doctor", "--json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = seen(&report, "data directory");
    assert!(
        told[0].starts_with("bad: ") && told[0].contains("could not be made"),
        "{told:?}"
    );
}

#[test]
fn an_endpoint_is_only_called_when_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    // Nobody listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = dir.path().join("mine.toml");
    let text = format!("[providers.near]\nkind = \"openai\"\nurl = \"http://{free}/v1\"\nmodels = [\"m\"]\n");
    std::fs::write(&settings, text).unwrap();
    let settings = settings.display().to_string();
    let (code, report) = examined(dir.path(), &["--config", &settings]);
    assert_eq!(code, Some(0), "{report:#}");
    assert!(seen(&report, "model")[0].ends_with("without a key"), "{report:#}");
    assert!(seen(&report, "online").is_empty());
    let (code, report) = examined(dir.path(), &["--config", &settings, "--online"]);
    assert_eq!(code, Some(1), "{report:#}");
    assert!(
        seen(&report, "online")[0].starts_with("bad: near at"),
        "{report:#}"
    );
}

#[test]
fn hosts_are_looked_at_though_the_settings_are_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let settings = dir.path().join("mine.toml");
    std::fs::write(&settings, "[store\n").unwrap();
    std::fs::create_dir_all(dir.path().join(".cursor")).unwrap();
    let (code, stdout, stderr) = run(
        dir.path(),
        &["--config", &settings.display().to_string(), "doctor"],
    );
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains("BAD   settings") && stdout.contains("Cursor is here"),
        "{stdout}"
    );
    assert!(stderr.contains("config.syntax"), "{stderr}");
}
