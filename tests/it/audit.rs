//! The record of decisions on the command line, alone and beside a server, after kills and on a full disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, firstmate, run};

/// Runs a command that has to go well, and gives back what it prints.
fn done(dir: &Path, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(dir, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {stdout}{stderr}");
    stdout
}

fn answer(dir: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = [&["audit"], arguments, &["--format", "json"]].concat();
    serde_json::from_str(&done(dir, &arguments)).unwrap()
}

/// A decision about a force push, and where it is recorded.
fn denied(server: &mut Server) -> Option<(u64, String)> {
    let action = json!({"action": {"kind": "shell", "content": "git push --force origin main"}});
    let answer = server.try_request(
        "tools/call",
        json!({"name": "enforce_policy", "arguments": action}),
    )?;
    let decision = &answer["result"]["structuredContent"];
    assert_eq!(decision["decision"], "deny", "{answer}");
    let audit = &decision["audit"];
    Some((
        audit["seq"].as_u64().unwrap(),
        audit["hash"].as_str().unwrap().to_owned(),
    ))
}

/// Every entry by its number, as `firstmate audit export` tells them.
fn exported(dir: &Path) -> BTreeMap<u64, Value> {
    let lines = done(dir, &["audit", "export"]);
    let entries = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    entries
        .map(|entry| (entry["seq"].as_u64().unwrap(), entry))
        .collect()
}

#[test]
fn the_log_is_looked_at_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    look_through(dir.path());
}

#[test]
fn the_same_beside_a_server_in_another_process() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    look_through(dir.path());
    assert!(server.finish().success());
}

fn look_through(dir: &Path) {
    assert_eq!(answer(dir, &["verify"])["entries"], 0);
    assert_eq!(done(dir, &["audit", "tail"]), "nothing was recorded\n");
    let push = r#"{"action":{"kind":"shell","content":"git push --force origin main"}}"#;
    done(dir, &["call", "enforce_policy", push]);
    let lesson = r#"{"lesson":"Herons fish in pairs, the second one downstream."}"#;
    done(dir, &["call", "record_lesson", lesson]);

    let told = done(dir, &["audit", "tail"]);
    let words: Vec<Vec<&str>> = told
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        words[0][3..7],
        ["deny", "shell", "via", "enforce_policy"],
        "{told}"
    );
    assert!(told.contains("by protect-release-branches"), "{told}");
    assert_eq!(
        words[1][3..],
        ["allow", "memory_write", "record_lesson"],
        "{told}"
    );
    // What became of it is known because it was done here.
    assert_eq!(
        words[2][3..],
        ["done", "memory_write", "record_lesson", "(entry", "2)"],
        "{told}"
    );

    let entries = exported(dir);
    assert_eq!(entries[&1]["entry"]["decision"], "deny");
    assert_eq!(
        entries[&1]["facts"]["effects"][0]["id"], "git.push.force",
        "{}",
        entries[&1]
    );
    assert_eq!(
        (
            &entries[&3]["entry"]["outcome"],
            &entries[&3]["entry"]["outcome_of"]
        ),
        (&json!("succeeded"), &json!(2))
    );
    assert!(done(dir, &["audit", "export", "--since", "2999-01-01"]).is_empty());

    let signed = answer(dir, &["checkpoint"]);
    assert_eq!(signed["entries"], 3);
    let kept = dir.join("kept.txt");
    std::fs::write(&kept, done(dir, &["audit", "checkpoint"])).unwrap();
    let proof = answer(dir, &["prove", "2"]);
    assert_eq!(
        (&proof["hash"], &proof["checkpoint"]),
        (&entries[&2]["hash"], &signed["checkpoint"])
    );
    done(dir, &["call", "enforce_policy", push]);
    let report = answer(dir, &["verify", "--against", &kept.to_string_lossy()]);
    assert_eq!(
        (&report["entries"], &report["agreed"], &report["problems"]),
        (&json!(4), &json!(1), &json!([])),
        "{report}"
    );

    let nothing = dir.join("nothing.txt");
    std::fs::write(&nothing, "no checkpoint").unwrap();
    for (arguments, expect) in [
        (
            &["verify", "--against", &nothing.to_string_lossy()][..],
            "audit.no_checkpoint",
        ),
        (&["prove", "99"], "audit.no_such_entry"),
    ] {
        let (code, _, stderr) = run(dir, &[&["audit"], arguments].concat());
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.contains(expect), "{stderr}");
    }
}

#[test]
fn a_changed_log_is_found_and_said_where() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    for _ in 0..5 {
        denied(&mut server).unwrap();
    }
    assert!(server.finish().success());
    let segment = dir.path().join("data/audit/local/00000000000000000001.log");
    let mut bytes = std::fs::read(&segment).unwrap();
    let third = bytes.windows(8).position(|word| word == b"\"seq\":3,").unwrap();
    bytes[third - 20] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let (code, stdout, _) = run(dir.path(), &["audit", "verify"]);
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains("\nchanged     entry 3: what stands there cannot be read\n"),
        "{stdout}"
    );
}

/// No secret is in the log: not in an entry, not in its facts, and no digest from which it could be guessed.
#[test]
fn no_secret_reaches_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let token = ["ghp_", "x7Qm2Lk9Rt4Vb8Nc3Wd6Yf1Zs5Ga0HpJe2Ku"].concat();
    let push = json!({"action": {
        "kind": "tool_call", "tool": format!("send-{token}"), "arguments": {token.as_str(): "x", "password": "vT7!kq2#Lz9p"},
        "content": format!("token={token}"), "url": format!("https://h.example/?t={token}"), "path": format!("/tmp/{token}"),
    }});
    done(dir.path(), &["call", "enforce_policy", &push.to_string()]);
    let log = std::fs::read(dir.path().join("data/audit/local/00000000000000000001.log")).unwrap();
    let log = String::from_utf8_lossy(&log);
    assert!(
        log.contains("findings") && !log.contains(&token[4..]) && !log.contains("vT7!kq2"),
        "{log}"
    );
}

#[cfg(unix)]
#[test]
fn what_was_recorded_survives_kills() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = BTreeMap::new();
    for kill in 0..40_u64 {
        let mut server = Server::start(dir.path());
        let pid = server.pid();
        let (sender, told) = channel::<()>();
        let killer = std::thread::spawn(move || {
            told.recv().unwrap();
            std::thread::sleep(Duration::from_micros(kill * 1_777 % 4_000));
            let killed = std::process::Command::new("kill")
                .args(["-9", &pid.to_string()])
                .status();
            assert!(killed.unwrap().success(), "it was gone before it was killed");
        });
        // After a few decisions, with the next one on its way.
        let mut left = kill % 7 + 1;
        while let Some((seq, hash)) = denied(&mut server) {
            assert_eq!(seen.insert(seq, hash), None, "two decisions are entry {seq}");
            left = left.saturating_sub(1);
            if left == 0 {
                let _killed = sender.send(()).is_err();
            }
        }
        killer.join().unwrap();
        server.kill();
    }
    assert!(
        seen.len() >= 40 * 4,
        "too little was done to prove anything: {}",
        seen.len()
    );
    let report = answer(dir.path(), &["verify"]);
    assert_eq!(report["problems"], json!([]), "{report}");
    let entries = exported(dir.path());
    for (seq, hash) in seen {
        assert_eq!(entries[&seq]["hash"], json!(hash), "entry {seq} was acknowledged");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_nothing_is_permitted_and_nothing_recorded_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Server::start(dir.path()).finish().success());
    // No file may grow beyond 1 MiB: to the process that is a disk that is full.
    let serve = firstmate(dir.path());
    let mut command = std::process::Command::new("bash");
    command
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\" serve --stdio",
        ])
        .arg(serve.get_program())
        .args(serve.get_args())
        .current_dir(dir.path())
        .env("HOME", dir.path());
    for pipe in [
        std::process::Command::stdin,
        std::process::Command::stdout,
        std::process::Command::stderr,
    ] {
        pipe(&mut command, std::process::Stdio::piped());
    }
    let mut server = Server::spawn(&mut command);
    server.request("initialize", json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "it", "version": "0"}}));
    let long = format!(
        "rm -rf {}",
        (0..60).map(|n| format!("directory{n:03} ")).collect::<String>()
    );
    let mut seen = BTreeMap::new();
    let ask = |server: &mut Server, content: &str| -> Result<(u64, String), Value> {
        let arguments = json!({"action": {"kind": "shell", "content": content}});
        let answer = server.request(
            "tools/call",
            json!({"name": "enforce_policy", "arguments": arguments}),
        );
        let result = &answer["result"];
        if result["isError"] == true {
            return Err(serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap());
        }
        let audit = &result["structuredContent"]["audit"];
        Ok((
            audit["seq"].as_u64().unwrap(),
            audit["hash"].as_str().unwrap().to_owned(),
        ))
    };
    let problem = loop {
        assert!(seen.len() < 5_000, "the disk never got full");
        match ask(&mut server, &format!("{long}{}", seen.len())) {
            Ok((seq, hash)) => seen.insert(seq, hash),
            Err(problem) => break problem,
        };
    };
    assert_eq!(problem["code"], "policy.audit_unavailable", "{problem}");
    // Not even what every rule allows.
    assert_eq!(
        ask(&mut server, "ls").unwrap_err()["code"],
        "policy.audit_unavailable"
    );
    drop(server);
    let report = answer(dir.path(), &["verify"]);
    assert_eq!(report["problems"], json!([]), "{report}");
    let entries = exported(dir.path());
    for (seq, hash) in seen {
        assert_eq!(entries[&seq]["hash"], json!(hash), "entry {seq} was acknowledged");
    }
}
