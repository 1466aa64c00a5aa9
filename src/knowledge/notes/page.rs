//! One lesson as a Markdown file: front matter, then the text as it is. What is written is read back.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Note;
use super::front_matter::{Matter, quoted, text, words};
use crate::domain::lesson::LessonOutcome;
use crate::domain::{Lesson, LessonKind, LessonState, Timestamp};

/// The version of the page's form.
const FORMAT: u64 = 1;
/// A name in a file's name is not longer.
const SLUG_CHARS: usize = 48;
/// So much of an id's end tells files with the same title apart: it is random.
const MARK_CHARS: usize = 8;

/// The page of `lesson`.
#[must_use]
pub fn page(lesson: &Lesson, now: Timestamp) -> String {
    let mut page = String::from("---\n");
    for (name, value) in entries(lesson, now) {
        // Writing to a string cannot fail.
        let _written = writeln!(page, "{name}: {value}");
    }
    page.extend(["---\n\n", &lesson.text, "\n"]);
    page
}

/// The name of a lesson's page.
#[must_use]
pub fn file_name(lesson: &Lesson) -> String {
    let mut slug = String::new();
    for c in lesson.title.to_lowercase().chars().take(SLUG_CHARS) {
        match c {
            c if c.is_alphanumeric() => slug.push(c),
            _ if !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    let id: Vec<char> = lesson
        .id
        .as_str()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    let mark: String = id[id.len().saturating_sub(MARK_CHARS)..].iter().collect();
    let slug = slug.trim_matches('-');
    let slug = if slug.is_empty() { "lesson" } else { slug };
    format!("{slug}-{mark}.md")
}

/// All of `lessons` for reading, one below the other.
#[must_use]
pub fn document(lessons: &[Lesson], project: &str, now: Timestamp) -> String {
    let count = lessons.len();
    let date = now.strftime("%Y-%m-%d");
    let mut document =
        format!("# Lessons of {project}\n\n{count} lessons, written by firstmate on {date}.\n");
    for lesson in lessons {
        let mut about = vec![state(lesson.state_at(now)).to_owned()];
        about.push(format!(
            "recorded {} by {}",
            lesson.recorded_at.strftime("%Y-%m-%d"),
            lesson.provenance.principal
        ));
        about.extend((!lesson.tags.is_empty()).then(|| lesson.tags.join(", ")));
        about.extend(
            lesson
                .context
                .iter()
                .map(|context| format!("applies to {}", one_line(context))),
        );
        about.push(format!("id {}", lesson.id));
        let (title, text) = (one_line(&lesson.title), lesson.text.trim_end());
        let _written = write!(document, "\n## {title}\n\n{text}\n\n*{}*\n", about.join(" · "));
    }
    document
}

/// The note on a page; `None` when the file is no page of ours. `Err` says why it is not taken up, and
/// whether that is a fault.
pub(super) fn read(matter: &Matter<'_>, source: &str) -> Option<Result<Note, (String, bool)>> {
    let entries = matter.entries.as_ref().ok()?;
    let format = entries.get("firstmate")?.as_u64();
    Some(match format {
        Some(FORMAT) => note(entries, matter, source),
        _ => Err((
            format!("its format is not {FORMAT}: another version wrote it"),
            true,
        )),
    })
}

fn note(entries: &Map<String, Value>, matter: &Matter<'_>, source: &str) -> Result<Note, (String, bool)> {
    let state = text(entries, "state");
    if let Some(gone @ ("superseded" | "retracted")) = state.as_deref() {
        return Err((format!("it is {gone}, and would be in force again"), false));
    }
    let bad = |name: &str| (format!("its `{name}` cannot be read"), true);
    let time = |name: &str| {
        let parsed = text(entries, name)
            .map(|time| time.parse::<Timestamp>())
            .transpose();
        parsed.map_err(|_| bad(name))
    };
    let value = |name: &str| entries.get(name).cloned().unwrap_or_default();
    let outcome = serde_json::from_value::<Option<LessonOutcome>>(value("outcome"));
    let about = words_of(entries, "about");
    let about = about.iter().map(|entity| entity.parse());
    let by = text(entries, "recorded_by").map(|by| format!(", recorded by {by}"));
    Ok(Note {
        title: text(entries, "title"),
        context: text(entries, "applies"),
        tags: words_of(entries, "tags"),
        kind: match text(entries, "kind") {
            Some(kind) => serde_json::from_value(json!(kind)).map_err(|_| bad("kind"))?,
            None => LessonKind::Note,
        },
        outcome: outcome.map_err(|_| bad("outcome"))?,
        evidence: text(entries, "evidence"),
        about: about.collect::<Result<_, _>>().map_err(|_| bad("about"))?,
        // It held before it came here.
        valid_from: time("valid_from")?.or(time("recorded")?),
        expires_at: time("valid_to")?,
        run: text(entries, "run"),
        step: text(entries, "step"),
        labels: serde_json::from_value(json!(words_of(entries, "labels"))).map_err(|_| bad("labels"))?,
        candidate: state.as_deref() == Some("candidate"),
        ..Note::new(format!("{source}{}", by.unwrap_or_default()), body(matter))
    })
}

/// The text as it was: one empty line above it and one break below it belong to the page.
fn body<'a>(matter: &Matter<'a>) -> &'a str {
    let end = if matter.is_converted { "\r\n" } else { "\n" };
    let body = matter.body.strip_prefix(end).unwrap_or(matter.body);
    body.strip_suffix(end).unwrap_or(body)
}

/// A list as it was written; a person may have made one text of it.
fn words_of(entries: &Map<String, Value>, name: &str) -> Vec<String> {
    match entries.get(name) {
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => items
            .iter()
            .filter_map(|item| Some(item.as_str()?.to_owned()))
            .collect(),
        _ => words(entries, name),
    }
}

fn entries(lesson: &Lesson, now: Timestamp) -> Vec<(&'static str, String)> {
    let mut entries = vec![
        ("firstmate", FORMAT.to_string()),
        ("id", quoted(lesson.id.as_str())),
        ("title", quoted(&lesson.title)),
        ("tags", list(&lesson.tags)),
        ("state", state(lesson.state_at(now)).to_owned()),
        ("kind", plain(&lesson.kind)),
        ("recorded", quoted(&lesson.recorded_at.to_string())),
        ("recorded_by", quoted(&lesson.provenance.principal)),
    ];
    let time = |time: Option<Timestamp>| time.map(|time| quoted(&time.to_string()));
    let about: Vec<String> = lesson.about.iter().map(ToString::to_string).collect();
    let labels: Vec<String> = lesson.provenance.labels.iter().map(plain).collect();
    let id = |id: &Option<crate::domain::LessonId>| id.as_ref().map(|id| quoted(id.as_str()));
    let words = |text: &Option<String>| text.as_deref().map(quoted);
    let optional = [
        ("valid_from", time(lesson.valid_from)),
        ("valid_to", time(lesson.valid_to)),
        ("applies", words(&lesson.context)),
        ("about", (!about.is_empty()).then(|| list(&about))),
        ("outcome", lesson.outcome.as_ref().map(outcome)),
        ("evidence", words(&lesson.evidence)),
        ("run", words(&lesson.provenance.run)),
        ("step", words(&lesson.provenance.step)),
        ("source", words(&lesson.provenance.source)),
        ("labels", (!labels.is_empty()).then(|| list(&labels))),
        ("supersedes", id(&lesson.supersedes)),
        ("superseded_by", id(&lesson.superseded_by)),
        ("retired_because", words(&lesson.retired_because)),
    ];
    entries.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    entries
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}

fn outcome(outcome: &LessonOutcome) -> String {
    let mut parts = vec![format!("success: {}", outcome.success)];
    parts.extend(outcome.score.map(|score| format!("score: {score:?}")));
    parts.extend(
        outcome
            .reference
            .iter()
            .map(|reference| format!("reference: {}", quoted(reference))),
    );
    format!("{{{}}}", parts.join(", "))
}

fn plain(value: &impl Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

fn state(state: LessonState) -> &'static str {
    match state {
        LessonState::Candidate => "candidate",
        LessonState::Active => "active",
        LessonState::Superseded => "superseded",
        LessonState::Expired => "expired",
        LessonState::Retracted => "retracted",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
