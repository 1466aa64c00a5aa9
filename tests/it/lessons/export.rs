//! Lessons written out, for people and for programs.

use super::*;

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
