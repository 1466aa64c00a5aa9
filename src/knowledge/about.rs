//! What a lesson is about, read from what was recorded.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Entity, EntityKind, Lesson};

/// More files of one text are not taken up.
const MOST_FILES: usize = 16;

/// Paths with an ending that programs, their settings and their documents have.
#[expect(clippy::expect_used, reason = "the pattern is fixed, and a test compiles it")]
static FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x) (?: ^ | [\s`'\x22(\[<] ) (
            (?: [\w.@-]+ / )* [\w.@-]+ \.
            (?: rs | py | pyi | js | jsx | mjs | cjs | ts | tsx | go | java | kt | rb | php | c | h | cc | cpp | hpp
              | cs | swift | scala | sh | bash | ps1 | sql | html | css | scss | vue | svelte | proto
              | json | jsonl | toml | yaml | yml | xml | ini | cfg | conf | env | lock | md | rst | txt
              | ipynb | gradle | tf )
            ) \b (?: : \d+ )?",
    )
    .expect("a valid pattern")
});

/// Everything that ties a lesson to others: its run, its labels, what it says it is about, and the files
/// that its text and its context name.
pub(super) fn entities(lesson: &Lesson) -> impl Iterator<Item = Entity> {
    let run = lesson.provenance.run.as_deref();
    let run = run.map(|run| Entity::new(EntityKind::Run, run));
    let tags = lesson.tags.iter().map(|tag| Entity::new(EntityKind::Tag, tag));
    let texts = [Some(lesson.text.as_str()), lesson.context.as_deref()];
    let files = texts.into_iter().flatten().flat_map(files).take(MOST_FILES);
    run.into_iter()
        .chain(tags)
        .chain(lesson.about.iter().cloned())
        .chain(files.map(|file| Entity::new(EntityKind::File, file)))
}

/// The paths of files that `text` names.
fn files(text: &str) -> impl Iterator<Item = &str> {
    FILE.captures_iter(text)
        .filter_map(|found| Some(found.get(1)?.as_str().trim_start_matches("./")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_and_other_words_with_points_are_not() {
        for (text, expect) in [
            (
                "See `src/session.rs:88` and ./README.md.",
                vec!["src/session.rs", "README.md"],
            ),
            ("Use v1.2 of example.com, e.g. now", vec![]),
            (
                "Edit docker-compose.yml (and Cargo.toml)",
                vec!["docker-compose.yml", "Cargo.toml"],
            ),
            ("node.js is a runtime", vec!["node.js"]),
        ] {
            assert_eq!(files(text).collect::<Vec<_>>(), expect, "{text}");
        }
    }
}
