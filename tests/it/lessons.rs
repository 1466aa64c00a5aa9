//! What people do with lessons on the command line, alone and beside a server that owns the store.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, firstmate, run};

/// Runs a command that has to go well, and gives back what it prints.
fn done(dir: &Path, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(dir, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
    stdout
}

/// Runs a command that has to fail, and gives back `{code, message, hint}`.
fn refused(dir: &Path, arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = run(dir, arguments);
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{arguments:?}: {stderr}");
    serde_json::from_str(stderr.lines().last().unwrap_or_default()).unwrap_or_else(|_| panic!("{stderr}"))
}

fn json(dir: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&done(dir, &arguments)).unwrap()
}

fn record(dir: &Path, text: &str) -> String {
    let arguments = json!({ "lesson": text }).to_string();
    let answer: Value = serde_json::from_str(&done(dir, &["call", "record_lesson", &arguments])).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

fn titles(dir: &Path, arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["lessons", "list"].iter().chain(arguments).copied().collect();
    let listed = json(dir, &arguments);
    let lessons = listed["lessons"].as_array().unwrap().iter();
    lessons
        .map(|lesson| lesson["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn lessons_are_listed_shown_searched_edited_and_retired() {
    let dir = tempfile::tempdir().unwrap();
    look_through(dir.path());
}

#[test]
fn the_same_beside_a_server_in_another_process() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    look_through(dir.path());
    let found = server.call("search_knowledge", json!({"query": "herons"}));
    assert!(found.to_string().contains("Herons fish in pairs"), "{found}");
    assert!(server.finish().success());
}

fn look_through(dir: &Path) {
    assert_eq!(done(dir, &["lessons", "list"]), "no lessons\n");
    let geese = record(dir, "Geese fly south in autumn.");
    let herons = record(dir, "Herons fish alone at dusk.");
    let listed = done(dir, &["lessons", "list"]);
    let first = listed.lines().next().unwrap();
    assert!(
        first.contains("active") && first.ends_with("Herons fish alone at dusk"),
        "{listed}"
    );
    let short = first.split_whitespace().next().unwrap();
    let shown = done(dir, &["lessons", "show", short]);
    assert!(
        shown.contains(&herons) && shown.contains("confidence  0.50"),
        "{shown}"
    );

    let edited = json(
        dir,
        &[
            "lessons",
            "edit",
            short,
            "--title",
            "Herons",
            "--add-tag",
            "Birds",
            "--expires",
            "2999-01-01",
        ],
    );
    assert_eq!(
        (&edited["status"], &edited["id"]),
        (&json!("revised"), &json!(herons))
    );
    assert_eq!(titles(dir, &["--tag", "birds"]), ["Herons"]);
    let edited = json(
        dir,
        &[
            "lessons",
            "edit",
            &herons,
            "--text",
            "Herons fish in pairs at dawn.",
        ],
    );
    assert_eq!(
        (&edited["status"], &edited["replaced"]),
        (&json!("superseded"), &json!(herons))
    );
    let new = edited["id"].as_str().unwrap();
    let old = json(dir, &["lessons", "show", &herons]);
    assert_eq!(
        (&old["state"], &old["lesson"]["superseded_by"]),
        (&json!("superseded"), &json!(new))
    );

    let found = done(dir, &["lessons", "search", "herons dawn"]);
    assert!(
        found.contains("why: words herons, dawn") && found.contains("in pairs"),
        "{found}"
    );
    let around = json(
        dir,
        &["lessons", "search", "--around", "tag:birds", "--hops", "2"],
    );
    assert_eq!(around["hits"][0]["id"], new, "{around}");

    let retired = done(dir, &["lessons", "retire", &geese, "--reason", "They stayed."]);
    assert!(retired.contains("is retired"), "{retired}");
    let again = done(dir, &["lessons", "retire", &geese]);
    assert!(
        again.contains("retired already") && again.contains("They stayed."),
        "{again}"
    );
    assert!(done(dir, &["lessons", "show", &geese]).contains("They stayed."));
    let found = json(dir, &["lessons", "search", "geese in autumn"]);
    assert!(!found.to_string().contains(&geese), "{found}");
    assert_eq!(
        titles(dir, &["--state", "retired"]),
        ["Geese fly south in autumn"]
    );
    assert_eq!(titles(dir, &["--state", "all"]).len(), 3);
    let shared = &herons[..2];
    assert_eq!(
        refused(dir, &["lessons", "show", shared])["code"],
        "knowledge.ambiguous_id"
    );
    assert_eq!(
        refused(dir, &["lessons", "show", "zz"])["code"],
        "knowledge.unknown_lesson"
    );
    assert_eq!(
        refused(dir, &["lessons", "retire", "zz"])["code"],
        "knowledge.unknown_lesson"
    );
    assert_eq!(
        refused(dir, &["lessons", "edit", &geese, "--title", "x"])["code"],
        "knowledge.not_in_force"
    );
    assert_eq!(
        refused(dir, &["lessons", "edit", &geese])["code"],
        "bad_arguments"
    );
}

#[test]
fn a_new_text_may_come_from_stdin() {
    let dir = tempfile::tempdir().unwrap();
    let id = record(dir.path(), "Herons fish alone at dusk.");
    for source in ["--text", "--file"] {
        let mut child = firstmate(dir.path())
            .args(["lessons", "edit", &id, source, "-"])
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"\xff\xfe").unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("is not UTF-8"), "{stderr}");
    }
    let mut child = firstmate(dir.path())
        .args(["lessons", "edit", &id, "--file", "-"])
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all("Möwen rufen.\n".as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(titles(dir.path(), &[]), ["Möwen rufen"]);
}

#[test]
fn rules_hold_on_the_command_line_and_the_record_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let id = record(dir.path(), "Geese fly south in autumn.");
    let pack = dir.path().join("pack.yaml");
    let rules = "version: 1\nrules:\n  \
        - {id: closed, when: {kind: memory_read, tool: search_knowledge}, then: deny, why: No., fix: Stop.}\n  \
        - {id: full, when: {kind: memory_write, tool: record_lesson}, then: deny, why: No., fix: Stop.}\n";
    std::fs::write(&pack, rules).unwrap();
    for (rule, arguments) in [
        ("closed", &["lessons", "list"][..]),
        ("closed", &["lessons", "show", &id]),
        ("closed", &["lessons", "search", "geese"]),
        ("full", &["lessons", "edit", &id, "--text", "Herons fish alone."]),
        ("full", &["lessons", "edit", &id, "--title", "Herons"]),
        ("full", &["lessons", "retire", &id]),
        ("closed", &["lessons", "export"]),
    ] {
        let output = firstmate(dir.path())
            .env("FIRSTMATE_POLICY__PACKS", format!("[\"{}\"]", pack.display()))
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stderr.contains("policy.denied") && stderr.contains(rule),
            "{arguments:?}: {stderr}"
        );
    }
    let memory = dir.path().join("memory.json");
    std::fs::write(&memory, MEMORY).unwrap();
    for dry_run in [&["--dry-run"][..], &[]] {
        let output = firstmate(dir.path())
            .env("FIRSTMATE_POLICY__PACKS", format!("[\"{}\"]", pack.display()))
            .arg("import")
            .arg(&memory)
            .args(dry_run)
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{stdout}");
        assert!(
            stdout.contains("4 refused") && stdout.contains("memory.json:3: No. (policy.denied)"),
            "{stdout}"
        );
    }
    let all = done(dir.path(), &["audit", "export"]);
    let decisions = all
        .lines()
        .filter(|line| line.contains("\"via\":\"cli\"") && line.contains("deny"));
    assert_eq!(decisions.count(), 7 + 4, "{all}");
    assert_eq!(titles(dir.path(), &[]), ["Geese fly south in autumn"]);
}

/// What the official memory server writes.
const MEMORY: &str = r#"{"type":"entity","name":"Heron_House","entityType":"building","observations":["Opens at dawn","Heron_House has two floors"]}
{"type":"entity","name":"Ada","entityType":"person","observations":["Speaks Welsh"]}
{"type":"relation","from":"Ada","to":"Heron_House","relationType":"works_at"}"#;

#[test]
fn a_memory_servers_file_becomes_lessons_once() {
    let dir = tempfile::tempdir().unwrap();
    take_over(dir.path());
}

#[test]
fn a_memory_servers_file_becomes_lessons_beside_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    take_over(dir.path());
    let found = server.call(
        "search_knowledge",
        json!({"query": "who works at the heron house"}),
    );
    assert!(found.to_string().contains("Ada works at Heron_House"), "{found}");
    assert!(server.finish().success());
}

fn take_over(dir: &Path) {
    let file = dir.join("memory.json");
    std::fs::write(&file, MEMORY).unwrap();
    let file = file.to_string_lossy();
    let would = done(dir, &["import", &file, "--dry-run"]);
    assert!(
        would.starts_with("4 lessons would be created, 0 would be merged"),
        "{would}"
    );
    assert_eq!(titles(dir, &["--state", "all"]).len(), 0);
    let first = done(dir, &["import", &file]);
    assert!(
        first.starts_with("4 lessons created, 0 merged into others, 0 known already, 0 refused"),
        "{first}"
    );
    let again = done(dir, &["import", &file, "--format", "memory-server"]);
    assert!(
        again.starts_with("0 lessons created, 0 merged into others, 4 known already"),
        "{again}"
    );
    let mut all = titles(dir, &["--state", "all"]);
    all.sort();
    assert_eq!(
        all,
        [
            "Ada works at Heron_House",
            "Ada: Speaks Welsh",
            "Heron_House has two floors",
            "Heron_House: Opens at dawn"
        ]
    );
    let found = json(
        dir,
        &[
            "lessons", "search", "--around", "tag:ada", "--hops", "2", "--limit", "9",
        ],
    );
    assert_eq!(found["hits"].as_array().unwrap().len(), 4, "{found}");
    let found = json(dir, &["lessons", "search", "when does it open"]);
    let id = found["hits"][0]["id"].as_str().unwrap();
    let shown = json(dir, &["lessons", "show", id]);
    assert_eq!(
        shown["lesson"]["provenance"],
        json!({"principal": "tester", "source": "memory.json:1"})
    );
    assert_eq!(
        (&shown["lesson"]["confirmations"], &shown["lesson"]["trust"]),
        (&json!(0), &json!("unverified"))
    );
}

#[test]
fn a_server_that_starts_during_an_import_works_through_it_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("memory.json");
    let entity = |number| {
        let observations: Vec<String> = (0..4)
            .map(|n| format!("Saw {n} geese and {number} swans"))
            .collect();
        json!({"type": "entity", "name": format!("Post {number}"), "entityType": "post", "observations": observations})
    };
    let lines: Vec<String> = (0..200).map(|number| entity(number).to_string()).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let import = firstmate(dir.path()).arg("import").arg(&file).spawn().unwrap();
    let mut server = Server::start(dir.path());
    server.call("record_lesson", json!({"lesson": "Herons fish alone at dusk."}));
    let output = import.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.starts_with("800 lessons created"), "{told}");
    let found = server.call("search_knowledge", json!({"query": "herons at dusk"}));
    assert!(found.to_string().contains("Herons fish alone"), "{found}");
    assert!(server.finish().success());
    assert_eq!(json(dir.path(), &["lessons", "list"])["total"], 801);
}

#[test]
fn what_is_damaged_is_named_and_the_rest_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("memory.jsonl");
    let mut bytes = MEMORY.as_bytes().to_vec();
    bytes.extend(b"\n{half\n\xff\xfe\n");
    bytes.extend(vec![b'x'; 10 << 20]);
    bytes.extend(
        format!(
            "\n{{\"type\":\"entity\",\"name\":\"Long\",\"observations\":[\"{}\",\"short\"]}}",
            "y ".repeat(40_000)
        )
        .bytes(),
    );
    std::fs::write(&file, bytes).unwrap();
    let told = done(dir.path(), &["import", &file.to_string_lossy()]);
    assert!(
        told.starts_with("5 lessons created, 0 merged into others, 0 known already, 4 refused"),
        "{told}"
    );
    for part in [
        "memory.jsonl:4: the line is no entity and no relation",
        "memory.jsonl:5: the line is not UTF-8",
        "memory.jsonl:6: the line is longer than 4 MiB",
        "memory.jsonl:7: lesson may be 65536 bytes at most",
    ] {
        assert!(told.contains(&format!("refused  {part}")), "{part}: {told}");
    }
}

#[test]
fn what_is_nothing_to_import_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes, code) in [
        ("empty.json", &b""[..], "import.nothing"),
        ("array.json", b"[{\"type\":\"entity\"}]", "import.unknown_format"),
        ("text.txt", b"Herons fish.", "import.unknown_format"),
        ("bytes.bin", b"\x89PNG\xff\x00", "import.unknown_format"),
    ] {
        let file = dir.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(
            refused(dir.path(), &["import", &file.to_string_lossy()])["code"],
            code,
            "{name}"
        );
    }
    let missing = dir.path().join("none.json");
    assert_eq!(
        refused(dir.path(), &["import", &missing.to_string_lossy()])["code"],
        "io"
    );
    std::fs::create_dir(dir.path().join("notes")).unwrap();
    let notes = dir.path().join("notes");
    assert_eq!(
        refused(dir.path(), &["import", &notes.to_string_lossy()])["code"],
        "import.nothing"
    );
    let store = dir.path().join("all.jsonl");
    done(dir.path(), &["export", &store.to_string_lossy()]);
    assert_eq!(
        refused(dir.path(), &["import", &store.to_string_lossy(), "--dry-run"])["code"],
        "bad_arguments"
    );
    let (code, stdout, _) = run(
        dir.path(),
        &[
            "import",
            &dir.path().join("text.txt").to_string_lossy(),
            "--format",
            "memory-server",
        ],
    );
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains("1 refused") && stdout.contains("text.txt:1"),
        "{stdout}"
    );
}

#[test]
fn a_folder_of_notes_becomes_lessons_and_rules_hold_for_each() {
    let dir = tempfile::tempdir().unwrap();
    let notes = dir.path().join("notes");
    std::fs::create_dir_all(notes.join("deep/.git")).unwrap();
    let long = "The clock is held still in the tests of payments. ".repeat(50);
    for (name, text) in [
        (
            "a.md",
            "---\ntitle: Herons\ntags: birds, water\n---\nHerons fish alone at dusk.".to_owned(),
        ),
        (
            "deep/b.md",
            format!("# Clocks\n\n## Tests\n\n{long}\n\n## Walls\n\nNot those.\n"),
        ),
        ("deep/.git/c.md", "Hidden.".to_owned()),
        (
            "d.md",
            format!("The key is {}{}.", "ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"),
        ),
        ("e.md", String::new()),
    ] {
        std::fs::write(notes.join(name), text).unwrap();
    }
    let told = done(dir.path(), &["import", &notes.to_string_lossy()]);
    assert!(told.starts_with("4 lessons created"), "{told}");
    assert!(told.contains("note     e.md: there is no text in it"), "{told}");
    let mut all = titles(dir.path(), &[]);
    all.sort();
    assert_eq!(all, ["Clocks: Tests", "Clocks: Walls", "Herons", "d"]);
    assert_eq!(titles(dir.path(), &["--tag", "water"]), ["Herons"]);
    let found = json(dir.path(), &["lessons", "search", "the key is"]);
    let text = found["hits"][0]["text"].as_str().unwrap();
    assert!(text.contains("[secret:") && !text.contains("16C7"), "{text}");
}

#[test]
fn pages_are_read_back_as_the_same_lessons() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (dir, notes) = (here.path(), here.path().join("notes"));
    record(
        dir,
        "Herons fish alone at dusk.\n\n---\n\n# Not a heading of a note\n\n- one\n- two",
    );
    let geese = record(dir, "  Geese: \"fly\" south? ~ #yes  ");
    done(
        dir,
        &[
            "lessons",
            "edit",
            &geese,
            "--title",
            "Geese: south",
            "--add-tag",
            "a b",
            "--add-tag",
            "true",
        ],
    );
    let gone = record(dir, "Swans sing.");
    done(dir, &["lessons", "retire", &gone]);
    let told = done(
        dir,
        &[
            "lessons",
            "export",
            "--state",
            "all",
            "--to",
            &notes.to_string_lossy(),
        ],
    );
    assert!(told.starts_with("3 lessons in "), "{told}");

    let notes = notes.to_string_lossy();
    let told = done(there.path(), &["import", &notes]);
    assert!(told.starts_with("2 lessons created"), "{told}");
    assert!(
        told.contains("it is retracted, and would be in force again"),
        "{told}"
    );
    for dir in [here.path(), there.path()] {
        let told = done(dir, &["import", &notes]);
        assert!(
            told.starts_with("0 lessons created, 0 merged into others, 2 known already"),
            "{told}"
        );
    }
    let all = |dir: &Path| {
        let lines = done(dir, &["lessons", "export", "--format", "jsonl"]);
        let mut all: Vec<(String, String, Value)> = lines
            .lines()
            .map(|line| {
                let lesson: Value = serde_json::from_str(line).unwrap();
                let text = |name: &str| lesson[name].as_str().unwrap().to_owned();
                (text("text"), text("title"), lesson["tags"].clone())
            })
            .collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all
    };
    assert_eq!(all(here.path()).len(), 2);
    assert_eq!(all(here.path()), all(there.path()));
}

#[test]
fn an_export_is_one_page_for_reading_or_lines_for_programs() {
    let dir = tempfile::tempdir().unwrap();
    record(dir.path(), "Herons fish alone at dusk.");
    let page = done(dir.path(), &["lessons", "export"]);
    assert!(
        page.contains("# Lessons of test") && page.contains("## Herons fish alone at dusk\n"),
        "{page}"
    );
    let file = dir.path().join("lessons.md");
    done(
        dir.path(),
        &["lessons", "export", "--to", &file.to_string_lossy()],
    );
    let lessons = |page: &str| page.split_once("\n## ").unwrap().1.to_owned();
    assert_eq!(lessons(&std::fs::read_to_string(&file).unwrap()), lessons(&page));
    let folder = dir.path().to_string_lossy();
    let problem = refused(
        dir.path(),
        &["lessons", "export", "--format", "jsonl", "--to", &folder],
    );
    assert_eq!(problem["code"], "bad_arguments");
    let unwritable = dir.path().join("lessons.md/x.md");
    let problem = refused(
        dir.path(),
        &["lessons", "export", "--to", &unwritable.to_string_lossy()],
    );
    assert_eq!(problem["code"], "io");
}
