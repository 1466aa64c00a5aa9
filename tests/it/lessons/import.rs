//! Memories and notes that were kept elsewhere become lessons.

use super::*;

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
