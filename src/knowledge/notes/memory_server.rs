//! The file of the official memory server (`@modelcontextprotocol/server-memory`): a graph as JSON lines.
//!
//! An entity's every observation is a lesson of its own, with the entity's type and name as tags; a relation
//! is a lesson in words, with both names as tags. So a search from `tag:<name>` finds what is known about an
//! entity in one hop, and in two what is known about those it is related to.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{Format, MAX_FILE_BYTES, Note, Reading, folder};
use crate::knowledge::limits::MAX_TAG_BYTES;

/// Longest line that is read; an entity stands on one with all that is known about it.
const MAX_LINE_BYTES: u64 = 4 << 20;

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Entity {
        name: String,
        #[serde(rename = "entityType", default)]
        kind: String,
        #[serde(default)]
        observations: Vec<Value>,
    },
    Relation {
        from: String,
        to: String,
        #[serde(rename = "relationType")]
        kind: String,
    },
}

/// What the first lines of a file say about its format.
pub(super) fn recognised(beginning: &[u8]) -> Option<Format> {
    beginning.split(|byte| *byte == b'\n').find_map(|line| {
        // The last line may be cut, and any may be damaged: one that can be read is enough.
        let line: Value = serde_json::from_slice(trimmed(line)).ok()?;
        if line.get("record").is_some() {
            return Some(Format::Firstmate);
        }
        let kind = line.get("type")?.as_str()?;
        matches!(kind, "entity" | "relation").then_some(Format::MemoryServer)
    })
}

pub(super) fn read(path: &Path) -> io::Result<Reading> {
    let file = File::open(path)?;
    let name = folder::name(path);
    let mut reading = Reading::default();
    if file.metadata()?.len() > MAX_FILE_BYTES {
        reading.refuse(
            name,
            format!("is larger than {} MiB; split it", MAX_FILE_BYTES >> 20),
        );
        return Ok(reading);
    }
    let mut file = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if (&mut file).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let at = format!("{name}:{number}");
        let is_whole = line.last() == Some(&b'\n');
        if !is_whole && file.skip_until(b'\n')? > 0 {
            reading.refuse(
                at,
                format!("the line is longer than {} MiB", MAX_LINE_BYTES >> 20),
            );
            continue;
        }
        let line = trimmed(&line);
        if line.is_empty() {
            continue;
        }
        if std::str::from_utf8(line).is_err() {
            reading.refuse(at, "the line is not UTF-8");
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(line) => take(line, &at, &mut reading),
            Err(error) => {
                let error = error.to_string();
                let error = error.split(" at line ").next().unwrap_or_default();
                reading.refuse(at, format!("the line is no entity and no relation: {error}"));
            }
        }
    }
    Ok(reading)
}

fn take(line: Line, at: &str, reading: &mut Reading) {
    match line {
        Line::Entity {
            name,
            kind,
            observations,
        } => {
            let name = name.trim();
            if observations.is_empty() {
                reading.skip(at, format!("nothing was observed about {name}"));
            }
            for (number, observation) in (1..).zip(&observations) {
                let Some(observation) = observation
                    .as_str()
                    .map(str::trim)
                    .filter(|text| !text.is_empty())
                else {
                    reading.refuse(at, format!("observation {number} is no text"));
                    continue;
                };
                let text = if names(observation, name) {
                    observation.to_owned()
                } else {
                    format!("{name}: {observation}")
                };
                reading.notes.push(Note {
                    tags: tags([kind.as_str(), name]),
                    ..Note::new(at, text)
                });
            }
        }
        Line::Relation { from, to, kind } => {
            let kind = kind.trim().replace('_', " ");
            let text = format!("{} {kind} {}", from.trim(), to.trim());
            reading.notes.push(Note {
                tags: tags(["relation", &from, &to]),
                ..Note::new(at, text)
            });
        }
    }
}

/// Whether a text has that name in it.
fn names(text: &str, name: &str) -> bool {
    !name.is_empty() && text.to_lowercase().contains(&name.to_lowercase())
}

/// A name that is too long for a label is in the text anyway.
fn tags<const N: usize>(tags: [&str; N]) -> Vec<String> {
    let tags = tags.into_iter().map(|tag| tag.trim().to_lowercase());
    tags.filter(|tag| !tag.is_empty() && tag.len() <= MAX_TAG_BYTES)
        .collect()
}

/// A line without white space around it, and without the mark that some editors put before the first.
fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &[u8]) -> Reading {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("memory.json");
        std::fs::write(&path, text).unwrap();
        read(&path).unwrap()
    }

    fn told(text: &[u8]) -> String {
        let reading = reading(text);
        let notes = reading
            .notes
            .iter()
            .map(|note| format!("{} [{}] {}", note.source, note.tags.join(", "), note.text));
        let remarks = reading.remarks.iter().map(|remark| {
            let mark = if remark.is_fault { "refused" } else { "skipped" };
            format!("{mark} {}: {}", remark.at, remark.why)
        });
        notes.chain(remarks).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn observations_and_relations_are_lessons() {
        let text = br#"{"type":"entity","name":"John_Smith","entityType":"person","observations":["Speaks fluent Spanish","John_Smith prefers mornings"]}
{"type":"entity","name":"Anthropic","entityType":"organization","observations":[]}
{"type":"relation","from":"John_Smith","to":"Anthropic","relationType":"works_at"}"#;
        insta::assert_snapshot!(told(text), @r"
        memory.json:1 [person, john_smith] John_Smith: Speaks fluent Spanish
        memory.json:1 [person, john_smith] John_Smith prefers mornings
        memory.json:3 [relation, john_smith, anthropic] John_Smith works at Anthropic
        skipped memory.json:2: nothing was observed about Anthropic
        ");
    }

    #[test]
    fn damage_stays_in_its_line() {
        let mut text =
            b"{\"type\":\"entity\",\"name\":\"A\",\"entityType\":\"t\",\"observations\":[1,\" \",\"x\"]}\r\n"
                .to_vec();
        text.extend(b"half a line\n\n{\"type\":\"planet\"}\n\xff\xfe\n[]\n");
        text.extend(vec![b'x'; 10 << 20]);
        text.extend(b"\n{\"type\":\"entity\",\"name\":\"B\",\"observations\":[\"y\"],\"more\":1}");
        insta::assert_snapshot!(told(&text), @r"
        memory.json:1 [t, a] A: x
        memory.json:8 [b] B: y
        refused memory.json:1: observation 1 is no text
        refused memory.json:1: observation 2 is no text
        refused memory.json:2: the line is no entity and no relation: expected value
        refused memory.json:4: the line is no entity and no relation: unknown variant `planet`, expected `entity` or `relation`
        refused memory.json:5: the line is not UTF-8
        refused memory.json:6: the line is no entity and no relation: missing field `type`
        refused memory.json:7: the line is longer than 4 MiB
        ");
    }

    #[test]
    fn a_file_is_recognised_by_its_first_good_line() {
        for (text, expect) in [
            (r#"{"type":"entity","name":"A"}"#, Some(Format::MemoryServer)),
            (
                "damaged\n\n{\"type\":\"relation\"}\n{\"half",
                Some(Format::MemoryServer),
            ),
            (r#"{"record":"header","format":1}"#, Some(Format::Firstmate)),
            (r#"{"name":"A"}"#, None),
            ("[1]", None),
            ("", None),
        ] {
            assert_eq!(recognised(text.as_bytes()), expect, "{text}");
        }
    }
}
