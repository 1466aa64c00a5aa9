//! Pages that are written and read back.

use proptest::prelude::*;

use super::*;
use crate::domain::{Digest, LessonId, Trust};
use crate::knowledge::notes::front_matter::split;

fn lesson(text: &str) -> Lesson {
    serde_json::from_value(json!({
        "id": "0191a2b3c4d5e6f7", "revision": 1, "kind": "outcome", "state": "active",
        "title": "Hold the \"clock\": still", "text": text, "tags": ["tests", "a, b"],
        "context": "two\nlines", "evidence": "yes", "about": ["file:src/pay.rs"],
        "outcome": {"success": true, "score": 1.0, "reference": "r1"},
        "provenance": {"principal": "ada", "run": "7"},
        "trust": Trust::Confirmed, "confirmations": 2, "text_sha256": Digest::of(b""),
        "recorded_at": "2026-01-01T00:00:00Z", "updated_at": "2026-03-01T00:00:00Z",
    }))
    .unwrap()
}

fn now() -> Timestamp {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

fn read_back(page: &str) -> Result<Note, (String, bool)> {
    read(&split(page), "a.md").expect("a page of ours")
}

#[test]
fn a_page_can_be_read_by_people() {
    insta::assert_snapshot!(page(&lesson("The payment tests need the clock held still.\n\n---\n\nElse they fail."), now()), @r#"
    ---
    firstmate: 1
    id: "0191a2b3c4d5e6f7"
    title: "Hold the \"clock\": still"
    tags: ["tests", "a, b"]
    state: active
    kind: outcome
    recorded: "2026-01-01T00:00:00Z"
    recorded_by: "ada"
    applies: "two\nlines"
    about: ["file:src/pay.rs"]
    outcome: {success: true, score: 1.0, reference: "r1"}
    evidence: "yes"
    run: "7"
    ---

    The payment tests need the clock held still.

    ---

    Else they fail.
    "#);
}

#[test]
fn a_page_is_read_back() {
    let lesson = lesson("Hold it.");
    let note = read_back(&page(&lesson, now())).unwrap();
    assert_eq!(note.title.as_ref(), Some(&lesson.title));
    assert_eq!(
        (&note.tags, &note.about, &note.outcome),
        (&lesson.tags, &lesson.about, &lesson.outcome)
    );
    assert_eq!(
        (&note.context, &note.evidence),
        (&lesson.context, &lesson.evidence)
    );
    assert_eq!(
        (note.kind, note.valid_from),
        (lesson.kind, Some(lesson.recorded_at))
    );
    assert_eq!(
        (note.run.as_deref(), note.source.as_str()),
        (Some("7"), "a.md, recorded by ada")
    );
    let converted = page(&lesson, now()).replace('\n', "\r\n");
    assert_eq!(read_back(&converted).unwrap().text, "Hold it.");
}

#[test]
fn what_is_not_in_force_is_not_brought_back_and_what_is_newer_is_refused() {
    let mut lesson = lesson("Hold it.");
    lesson.state = LessonState::Retracted;
    let (why, is_fault) = read_back(&page(&lesson, now())).unwrap_err();
    assert!(why.contains("retracted") && !is_fault, "{why}");
    let newer = page(&lesson, now()).replace("firstmate: 1", "firstmate: 2");
    assert!(read_back(&newer).unwrap_err().1);
    let wrong = page(&lesson, now())
        .replace("state: retracted", "state: active")
        .replace("\"file:", "\"planet:");
    assert!(read_back(&wrong).unwrap_err().0.contains("about"));
    assert_eq!(read(&split("---\ntitle: x\n---\ny"), "a.md"), None);
}

#[test]
fn a_file_is_named_after_its_lesson() {
    let mut lesson = lesson("x");
    assert_eq!(file_name(&lesson), "hold-the-clock-still-c4d5e6f7.md");
    lesson.title = "../重启 ~ *?".to_owned();
    lesson.id = LessonId::new("../1");
    assert_eq!(file_name(&lesson), "重启-1.md");
    lesson.title = "...".to_owned();
    assert_eq!(file_name(&lesson), "lesson-1.md");
}

proptest! {
    #[test]
    fn texts_and_titles_come_back_as_they_were(text in any::<String>(), title in "\\PC{1,40}") {
        let mut lesson = lesson(&text);
        lesson.title.clone_from(&title);
        let note = read_back(&page(&lesson, now())).unwrap();
        prop_assert_eq!(note.text, text);
        prop_assert_eq!(note.title, (!title.trim().is_empty()).then_some(title));
    }
}
