//! A Markdown note as lessons: one when it is short, else one for each of its pieces.

use std::collections::HashMap;

use super::front_matter::{Matter, split, text, words};
use super::sections::{opening, pieces};
use super::{Note, Reading, page};
use crate::knowledge::limits::MAX_TITLE_BYTES;

/// Adds what stands in the file called `name` to the reading.
pub(super) fn read(name: &str, file: &str, reading: &mut Reading) {
    let matter = split(file);
    match page::read(&matter, name) {
        Some(Ok(note)) if note.text.trim().is_empty() => reading.skip(name, "there is no text in it"),
        Some(Ok(note)) => reading.notes.push(note),
        Some(Err((why, true))) => reading.refuse(name, why),
        Some(Err((why, false))) => reading.skip(name, why),
        None => notes(name, &matter, reading),
    }
}

fn notes(name: &str, matter: &Matter<'_>, reading: &mut Reading) {
    let (given, tags) = match &matter.entries {
        Ok(entries) => {
            let mut tags = words(entries, "tags");
            tags.extend(words(entries, "tag"));
            (text(entries, "title"), tags)
        }
        Err(fault) => {
            reading.skip(name, format!("{fault}; its title and tags are left out"));
            (None, Vec::new())
        }
    };
    let opening = opening(matter.body);
    let (title, body) = match (given, opening) {
        (Some(given), Some((heading, body))) if heading.trim() == given.trim() => (given, body),
        (Some(given), _) => (given, matter.body),
        (None, Some((heading, body))) if !heading.trim().is_empty() => (heading, body),
        (None, _) => (stem(name).to_owned(), matter.body),
    };
    let pieces = pieces(body);
    if pieces.is_empty() {
        reading.skip(name, "there is no text in it");
    }
    let is_cut = pieces.len() > 1;
    let mut seen: HashMap<String, usize> = HashMap::new();
    for piece in pieces {
        let mut heading = title.trim().to_owned();
        if let Some(last) = piece.path.last() {
            heading = format!("{heading}: {}", last.trim());
        }
        let count = seen
            .entry(heading.clone())
            .and_modify(|count| *count += 1)
            .or_insert(1);
        if *count > 1 {
            heading = format!("{heading} ({count})");
        }
        let path = std::iter::once(&title).chain(&piece.path);
        let path: Vec<&str> = path.map(|heading| heading.trim()).collect();
        let source = if is_cut {
            format!("{name}, {}", path.join(" > "))
        } else {
            name.to_owned()
        };
        reading.notes.push(Note {
            title: Some(shortened(&heading)),
            context: (path.len() > 2).then(|| path.join(" > ")),
            tags: tags.clone(),
            ..Note::new(source, piece.text)
        });
    }
}

/// The file's name without folder and ending.
fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

fn shortened(title: &str) -> String {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.len() <= MAX_TITLE_BYTES {
        return title;
    }
    let end = title.floor_char_boundary(MAX_TITLE_BYTES - "…".len());
    format!("{}…", title[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, file: &str) -> String {
        let mut reading = Reading::default();
        read(name, file, &mut reading);
        let notes = reading.notes.iter().map(|note| {
            format!(
                "{} | {} | {} | {} | {}",
                note.source,
                note.title.as_deref().unwrap_or_default(),
                note.context.as_deref().unwrap_or_default(),
                note.tags.join(","),
                note.text
                    .chars()
                    .take(19)
                    .collect::<String>()
                    .trim_end()
                    .replace('\n', "/"),
            )
        });
        let remarks = reading
            .remarks
            .iter()
            .map(|remark| format!("{}: {}", remark.at, remark.why));
        notes.chain(remarks).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_note_is_named_by_front_matter_by_its_heading_or_by_its_file() {
        let told = [
            told(
                "a/b.md",
                "---\ntitle: Clocks\ntags: [time, tests]\n---\n# Other\n\nHold them.",
            ),
            told("a/b.md", "---\ntitle: Clocks\n---\n# Clocks\n\nHold them."),
            told("a/b.md", "# Clocks\n\nHold them.\n\n## Not those\n\nOf walls."),
            told("a/b.c.md", "Hold the clocks."),
            told("a/b.md", "---\ntitle: [\n---\nHold the clocks."),
            told("a/b.md", "# Only a title\n"),
            told("a/b.md", ""),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        a/b.md | Clocks |  | time,tests | # Other//Hold them.
        a/b.md | Clocks |  |  | Hold them.
        a/b.md | Clocks |  |  | Hold them.//## Not
        a/b.c.md | b.c |  |  | Hold the clocks.
        a/b.md | b |  |  | Hold the clocks.
        a/b.md: the front matter cannot be read, line 2; its title and tags are left out
        a/b.md: there is no text in it
        a/b.md: there is no text in it
        ");
    }

    #[test]
    fn a_long_note_has_the_way_to_each_piece() {
        let long = "word ".repeat(400);
        let file = format!("# Clocks\n\n## Tests\n\n{long}\n\n### Midnight\n\n{long}\n\n{long}\n");
        insta::assert_snapshot!(told("c.md", &file), @r"
        c.md, Clocks > Tests | Clocks: Tests |  |  | word word word word
        c.md, Clocks > Tests > Midnight | Clocks: Midnight | Clocks > Tests > Midnight |  | word word word word
        c.md, Clocks > Tests > Midnight | Clocks: Midnight (2) | Clocks > Tests > Midnight |  | word word word word
        ");
    }
}
