use serde_json::json;

use super::*;

fn ids(action: &Action) -> Vec<String> {
    Facts::of(action, None)
        .effects
        .into_iter()
        .map(|effect| effect.id)
        .collect()
}

fn call(tool: &str, arguments: Value) -> Action {
    Action {
        arguments,
        ..Action::new(ActionKind::ToolCall).with_tool(tool)
    }
}

#[test]
fn a_command_under_an_unknown_name_does_not_pass_for_none() {
    assert_eq!(ids(&Action::new(ActionKind::Shell)), ["opaque.exec"]);
    assert_eq!(ids(&Action::new(ActionKind::Sql)), ["opaque.exec"]);
    assert!(ids(&Action::new(ActionKind::Shell).with_content("")).is_empty());
    assert!(ids(&Action::new(ActionKind::FileRead)).is_empty());
}

#[test]
fn a_command_is_found_wherever_a_tool_takes_it() {
    for action in [
        Action::new(ActionKind::Shell).with_content("git reset --hard"),
        Action {
            arguments: json!({"command": "git reset --hard"}),
            ..Action::new(ActionKind::Shell)
        },
        call("mcp__ops__runCommand", json!({"script": "git reset --hard"})),
        call("whatever", json!({"command": "git reset --hard"})),
        call("exec", json!({"command": "git", "args": ["reset", "--hard"]})),
        call("exec", json!({"argv": ["bash", "-c", "git reset --hard"]})),
        call("terminal", json!(["git", "reset", "--hard"])),
    ] {
        assert_eq!(ids(&action), ["git.discard"], "{action:?}");
    }
    assert_eq!(
        ids(&call("postgres.query", json!({"query": "DROP TABLE t"}))),
        ["sql.drop.table"]
    );
    assert_eq!(
        ids(&call("docs.search", json!({"query": "drop table t"}))),
        [] as [&str; 0]
    );
    assert_eq!(ids(&call("chat", json!({"command": "/sum (x"}))), [] as [&str; 0]);
}

#[test]
fn what_is_not_said_is_taken_from_the_kind_and_the_tool() {
    let to = |action: &Action| Facts::of(action, None).to;
    assert_eq!(to(&Action::new(ActionKind::Http)), Destination::Network);
    assert_eq!(
        to(&Action::new(ActionKind::ModelRequest)),
        Destination::ModelRemote
    );
    assert_eq!(to(&call("slack.sendMessage", json!({}))), Destination::Network);
    assert_eq!(to(&call("read_note", json!({}))), Destination::Local);
    assert_eq!(
        to(&call("open", json!({"url": "https://a.example/x"}))),
        Destination::Network
    );
    let local = Action::new(ActionKind::ModelRequest).with_destination(Destination::ModelLocal);
    assert_eq!(to(&local), Destination::ModelLocal);
}

#[test]
fn findings_say_where_and_never_what() {
    let token = secrets::sample("github-pat").unwrap();
    let action = call(
        "x",
        json!({"a/b": [{"note": format!("use {token} now")}], "password": "vT7!kq2#Lz9p"}),
    );
    let facts = Facts::of(&action, None);
    let mut places: Vec<(&str, &str, usize)> = facts
        .findings
        .iter()
        .map(|found| (&*found.detector, found.place.as_str(), found.start))
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            ("assignment", "/arguments/password", 0),
            ("github-pat", "/arguments/a~1b/0/note", 4)
        ]
    );
    assert!(!serde_json::to_string(&facts).unwrap().contains(&token));
    assert!(!format!("{facts:?}").contains("vT7!kq2#Lz9p"));
}

#[test]
fn what_is_too_large_or_too_deep_is_said_to_be_unseen() {
    let scan = |action: &Action| Facts::of(action, None).scan;
    assert_eq!(
        scan(&Action::new(ActionKind::Http).with_content("x".repeat(2 << 20))),
        Scan::Incomplete
    );
    let deep = (0..100).fold(json!("x"), |inner, _| json!([inner]));
    assert_eq!(scan(&call("x", deep)), Scan::Incomplete);
    assert_eq!(scan(&call("x", json!(vec!["y"; 20_000]))), Scan::Incomplete);
    assert_eq!(scan(&call("x", json!({"a": "b"}))), Scan::Complete);
}

#[test]
fn a_secret_in_a_target_is_not_repeated_in_the_effect() {
    let token = secrets::sample("github-pat").unwrap();
    let facts = Facts::of(
        &Action::new(ActionKind::Shell).with_content(format!("rm -rf /tmp/{token}")),
        None,
    );
    assert_eq!(facts.effects[0].path.as_deref(), Some("/tmp/[secret]"));
}

#[test]
fn personal_data_is_a_finding_that_keeps_nothing() {
    let mail = crate::detect::sample("mail").unwrap();
    let action = Action {
        arguments: json!({"to": [mail]}),
        ..Action::new(ActionKind::Message)
    };
    let facts = Facts::of(&action, None);
    let found = &facts.findings[0];
    assert_eq!(
        (
            found.class.name(),
            &*found.detector,
            found.place.as_str(),
            found.start
        ),
        ("pii", "mail", "/arguments/to/0", 0)
    );
    assert!(!serde_json::to_string(&facts).unwrap().contains(&mail));
}

#[test]
fn many_web_addresses_do_not_make_a_scan_incomplete() {
    let links: Vec<String> = (0..2_000).map(|n| format!("https://h{n}.firm.io/")).collect();
    let facts = Facts::of(&call("x", json!(links)), None);
    assert_eq!(facts.scan, Scan::Complete);
    assert_eq!(facts.findings.len(), 50);
    let mails: Vec<String> = (0..2_000).map(|n| format!("a{n}@firm.io")).collect();
    assert_eq!(Facts::of(&call("x", json!(mails)), None).scan, Scan::Incomplete);
}
