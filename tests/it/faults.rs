//! What goes wrong around the process: the disk, the settings, a second process.

use serde_json::{Value, json};

use crate::support::{Server, firstmate, run};

fn problem(stderr: &str) -> Value {
    let line = stderr
        .lines()
        .rev()
        .find(|line| line.starts_with('{'))
        .unwrap_or_else(|| panic!("{stderr}"));
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_data_directory_that_is_a_file_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("data"), "a file").unwrap();
    let (code, _, stderr) = run(dir.path(), &["call", "search_knowledge", r#"{"query":"x"}"#]);
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(problem(&stderr)["code"], "store.directory", "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    // Even root cannot create files here.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_firstmate"));
    command
        .args(["call", "search_knowledge", r#"{"query":"x"}"#])
        .env("FIRSTMATE_DATA_DIR", "/proc/firstmate");
    let output = command
        .env("HOME", dir.path())
        .current_dir(dir.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(problem(&stderr)["code"], "store.directory", "{stderr}");
}

#[test]
fn a_typo_in_the_settings_names_the_nearest_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mine.toml");
    std::fs::write(&file, "[store]\ndurabilty = \"power\"\n").unwrap();
    let (code, _, stderr) = run(dir.path(), &["--config", &file.to_string_lossy(), "doctor"]);
    assert_eq!(code, Some(1));
    let problem = problem(&stderr);
    assert_eq!(problem["code"], "config.unknown_key", "{stderr}");
    assert!(
        problem["hint"].as_str().unwrap().contains("store.durability"),
        "{stderr}"
    );
    let mut command = firstmate(dir.path());
    let output = command
        .env("FIRSTMATE_HTTP__MAX_SESIONS", "4")
        .arg("doctor")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("http.max_sessions"), "{stderr}");
}

#[test]
fn empty_and_unsubstituted_variables_count_as_unset() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = firstmate(dir.path());
    command
        .env("FIRSTMATE_POLICY__PACKS", "")
        .env("FIRSTMATE_ROUTING__CATALOGUE", "${user_config.catalogue}");
    let output = command.arg("doctor").output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_call_prints_the_structured_result_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (code, stdout, stderr) = run(
        dir.path(),
        &["call", "route_task", r#"{"task":"rename a variable"}"#],
    );
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let route: Value = serde_json::from_str(&stdout).unwrap();
    assert!(route["model"]["id"].is_string(), "{route}");
    let (code, stdout, stderr) = run(dir.path(), &["call", "route_taks", "{}"]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        problem(&stderr)["hint"].as_str().unwrap().contains("route_task"),
        "{stderr}"
    );
}

#[test]
fn what_is_exported_can_be_imported_elsewhere_and_compaction_keeps_it() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = here.path().join("all.jsonl");
    let file = file.to_string_lossy();
    let record = r#"{"lesson":"Move lessons with export and import."}"#;
    for (dir, arguments) in [
        (&here, &["call", "record_lesson", record][..]),
        (&here, &["export", &file]),
        (&there, &["import", &file]),
        (&there, &["import", &file]),
        (&there, &["compact"]),
    ] {
        let (code, _, stderr) = run(dir.path(), arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
    }
    let (_, stdout, _) = run(
        there.path(),
        &["call", "search_knowledge", r#"{"query":"moving a lesson"}"#],
    );
    assert!(stdout.contains("Move lessons with export"), "{stdout}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_so_and_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let first = server.call(
        "record_lesson",
        json!({"lesson": "Written while there was room."}),
    );
    assert!(server.finish().success());

    // No file may grow beyond 1 MiB: to the process that is a disk that is full.
    let serve = firstmate(dir.path());
    let mut command = std::process::Command::new("bash");
    command.args([
        "-c",
        "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\" serve --stdio",
    ]);
    command
        .arg(serve.get_program())
        .args(serve.get_args())
        .current_dir(dir.path())
        .env("HOME", dir.path());
    command.stdin(std::process::Stdio::piped());
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut server = Server::spawn(&mut command);
    server.request("initialize", json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "it", "version": "0"}}));
    let mut acknowledged = vec![first["id"].clone()];
    let problem = loop {
        assert!(acknowledged.len() < 2_000, "the disk never got full");
        let noise: String = (0..400)
            .map(|n| format!("{:x} ", acknowledged.len() * 7919 + n * n))
            .collect();
        let arguments = json!({"lesson": format!("Lesson {}. {noise}", acknowledged.len())});
        let answer = server.request(
            "tools/call",
            json!({"name": "record_lesson", "arguments": arguments}),
        );
        if answer["result"]["isError"] == true {
            break answer["result"]["content"][0]["text"]
                .as_str()
                .unwrap()
                .to_owned();
        }
        acknowledged.push(answer["result"]["structuredContent"]["id"].clone());
    };
    let problem: Value = serde_json::from_str(&problem).unwrap();
    // Which write finds the disk full, the decision's or the lesson's, is chance.
    let codes = ["store.io", "store.poisoned", "policy.audit_unavailable"];
    assert!(codes.contains(&problem["code"].as_str().unwrap()), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("disk"), "{problem}");
    drop(server);

    let file = dir.path().join("all.jsonl");
    let (code, _, stderr) = run(dir.path(), &["export", &file.to_string_lossy()]);
    assert_eq!(code, Some(0), "{stderr}");
    let kept = std::fs::read_to_string(file).unwrap();
    for id in acknowledged {
        assert!(
            kept.contains(id.as_str().unwrap()),
            "{id} was acknowledged and is gone"
        );
    }
}
