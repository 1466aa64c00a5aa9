//! JSON, and the loose JSON that models write: each looseness has a name, and is mended where that is certain.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value;

use crate::domain::Severity;

use super::block::Block;
use super::markdown;
use super::report::{Defect, Skipped};
use super::span_index::{SpanIndex, string_length};
use super::syntax::Language;

/// What a text that should be JSON says.
#[derive(Debug)]
pub(super) struct Reading {
    /// The value, if there is exactly one.
    pub(super) value: Option<Value>,
    /// The JSON itself, without what had to be cut; its places are those in the output.
    pub(super) json: Block,
    /// Whether anything had to be cut, and what is left says the same.
    pub(super) mended: bool,
    pub(super) defects: Vec<Defect>,
}

/// Reads `block`. Where JSON was `asked` for, looseness is an error; in prose it is a warning.
pub(super) fn read(block: &Block, asked: bool) -> Result<Reading, Skipped> {
    if let Some(value) = parse(&block.code)? {
        return Ok(Reading {
            value: Some(value),
            defects: duplicates(block),
            json: block.clone(),
            mended: false,
        });
    }
    let mut reading = match unfenced(block).filter(|_| asked) {
        Some((inner, defect)) => {
            let mut reading = read(&inner, asked)?;
            reading.mended = reading.value.is_some();
            reading.defects.push(defect);
            reading
        }
        None => read_loose(block)?,
    };
    if !asked {
        reading.defects = reading
            .defects
            .into_iter()
            .map(|defect| {
                if defect.rule.starts_with("json.") {
                    defect.at_most(Severity::Warning)
                } else {
                    defect
                }
            })
            .collect();
    }
    Ok(reading)
}

/// The value of `text`; `None` when it is not JSON.
fn parse(text: &str) -> Result<Option<Value>, Skipped> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(Some(value)),
        Err(error) => limit(&error).map_or(Ok(None), Err),
    }
}

/// These are JSON by its grammar; only this parser does not take them.
fn limit(error: &serde_json::Error) -> Option<Skipped> {
    let message = error.to_string();
    [
        "recursion limit",
        "number out of range",
        "surrogate",
        "hex escape",
    ]
    .iter()
    .find(|known| message.contains(**known))
    .filter(|known| **known != "hex escape" || message.contains("unexpected end"))
    .map(|_| Skipped::Limit(message.clone()))
}

fn duplicates(block: &Block) -> Vec<Defect> {
    SpanIndex::of(&block.code, &HashSet::new())
        .duplicates
        .into_iter()
        .map(|(name, range)| {
            let message = format!("the key {name:?} is there twice: most parsers keep only the last value");
            Defect::new(
                "json.duplicate-key",
                Severity::Error,
                block.place(&range),
                message,
            )
            .with_fix("keep one of them, or rename one")
        })
        .collect()
}

/// The one fenced JSON block of a text that is otherwise prose or nothing.
fn unfenced(block: &Block) -> Option<(Block, Defect)> {
    if block.code.trim_start().starts_with(['{', '[']) || !markdown::has_fence(&block.code) {
        return None;
    }
    let mut blocks = markdown::read(block, &Language::Json).blocks.into_iter();
    let inner = blocks.find(|inner| matches!(inner.language, Language::Json | Language::Jsonc))?;
    if blocks.any(|other| other.language == Language::Json) {
        return None;
    }
    let start = block.code.len() - block.code.trim_start().len();
    let defect = Defect::new(
        "json.fenced",
        Severity::Error,
        block.place(&(start..start + 3)),
        "the JSON stands in a Markdown fence",
    )
    .with_fix("give the JSON alone, without the fence and the text around it");
    Some((inner, defect))
}

fn read_loose(block: &Block) -> Result<Reading, Skipped> {
    let loose = Loose::scan(block);
    let tolerated = block.language == Language::Jsonc;
    let json = block.keep(loose.kept);
    let mut defects = loose.defects;
    if tolerated {
        defects.retain(|defect| !matches!(defect.rule.as_str(), "json.comment" | "json.trailing-comma"));
    }
    let mended = !loose.elided;
    if let Some(value) = parse(&json.code)? {
        defects.extend(duplicates(&json));
        let value = Some(value).filter(|_| mended);
        return Ok(Reading {
            value,
            json,
            mended,
            defects,
        });
    }
    if let Some(reading) = with_text_around(&json, mended) {
        defects.extend(reading.defects);
        return Ok(Reading { defects, ..reading });
    }
    if block.fenced && parse(&format!("{{{}}}", json.code))?.is_some() {
        let message = "these are members of an object without its braces";
        defects.push(Defect::new(
            "json.fragment",
            Severity::Warning,
            json.place(&(0..1)),
            message,
        ));
    } else {
        defects.push(syntax(&json));
    }
    Ok(Reading {
        value: None,
        json,
        mended: false,
        defects,
    })
}

/// One JSON value with prose around it, or several values behind each other.
fn with_text_around(json: &Block, mended: bool) -> Option<Reading> {
    let text = json.code.as_str();
    let start = text.find(['{', '['])?;
    let mut values = serde_json::Deserializer::from_str(text.get(start..)?).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let end = start + values.byte_offset();
    let rest = text.get(end..)?;
    let before = text.get(..start)?.trim();
    if before.is_empty() && rest.trim().is_empty() {
        return None;
    }
    // What goes on with more JSON punctuation is a broken value, not a whole one with text behind it.
    if rest.trim_start().starts_with([',', ':', '}', ']', '"']) || before.ends_with([',', ':', '"', '{', '['])
    {
        return None;
    }
    let several = rest.contains(['{', '[']);
    let (place, message) = if several {
        (
            end + rest.len() - rest.trim_start().len(),
            "more stands behind the first JSON value",
        )
    } else if before.is_empty() {
        (
            end + rest.len() - rest.trim_start().len(),
            "text stands behind the JSON value",
        )
    } else {
        (
            text.len() - text.trim_start().len(),
            "text stands before the JSON value",
        )
    };
    let defect = Defect::new(
        "json.trailing-data",
        Severity::Error,
        json.place(&(place..place + 1)),
        message,
    )
    .with_fix("give one JSON value and nothing else");
    let certain = mended && !several;
    let json = json.keep(std::iter::once(start..end));
    let mut defects = duplicates(&json);
    defects.push(defect);
    Some(Reading {
        value: Some(value).filter(|_| certain),
        json,
        mended: certain,
        defects,
    })
}

fn syntax(json: &Block) -> Defect {
    let Err(error) = serde_json::from_str::<Value>(&json.code) else {
        return Defect::new("syntax.json", Severity::Error, json.place(&(0..1)), "is not JSON");
    };
    // serde_json counts lines from 1 and columns in bytes from 1; a column of 0 is the line's end before.
    let line_start: usize = json
        .code
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(json.code.len());
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(text, _)| text);
    let defect = Defect::new(
        "syntax.json",
        Severity::Error,
        json.place(&(offset..offset + 1)),
        message,
    );
    if error.is_eof() {
        defect.with_fix("the JSON ends too early: give all of it")
    } else if json.code.contains(['{', '[']) {
        defect
    } else {
        defect.with_fix("give one JSON value and nothing else")
    }
}

/// What is left of a text without comments, trailing commas and ellipses.
#[derive(Debug, Default)]
struct Loose {
    kept: Vec<Range<usize>>,
    defects: Vec<Defect>,
    elided: bool,
}

impl Loose {
    fn scan(block: &Block) -> Self {
        let text = block.code.as_str();
        let mut loose = Self::default();
        let mut cuts: Vec<Range<usize>> = Vec::new();
        // The last comma that nothing but blanks and cuts followed so far.
        let mut comma: Option<usize> = None;
        // Where the member that has a key and no value yet begins, and the comma before it.
        let mut key: Option<(usize, Option<usize>)> = None;
        let mut valueless = None;
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let first = rest.as_bytes().first().copied().unwrap_or_default();
            let comment = comment_length(rest);
            let mut step = rest.chars().next().map_or(1, char::len_utf8);
            if first == b'"' {
                step = string_length(rest.as_bytes());
                key = Some((at, comma.take()));
                valueless = None;
            } else if first == b':' {
                valueless = key.take();
            } else if comment > 0 {
                step = comment;
                let message = "JSON has no comments";
                loose.find(
                    block,
                    "json.comment",
                    at..at + step,
                    message,
                    "leave the comment out",
                );
                cuts.push(at..at + step);
            } else if rest.starts_with("...") || rest.starts_with('…') {
                step = rest.len() - rest.trim_start_matches(['.', '…']).len();
                let message = "something was left out here";
                loose.find(block, "json.ellipsis", at..at + step, message, "write all of it");
                loose.elided = true;
                // In `"a": ...` the whole member is left out.
                let (start, before) = valueless.take().unwrap_or((at, comma));
                comma = before;
                cuts.push(start..at + step);
                // `1, ...]` and `..., 1]` each lose one comma with it.
                let behind = rest.get(step..).unwrap_or_default();
                let blank = behind.len() - behind.trim_start().len();
                if behind.trim_start().starts_with(',') {
                    cuts.push(at + step + blank..at + step + blank + 1);
                    step += blank + 1;
                } else if let Some(comma) = comma.take() {
                    cuts.push(comma..comma + 1);
                }
            } else if first == b',' {
                comma = Some(at);
                valueless = None;
            } else if matches!(first, b'}' | b']') {
                if let Some(comma) = comma.take() {
                    let message = "a comma before the closing bracket";
                    loose.find(
                        block,
                        "json.trailing-comma",
                        comma..comma + 1,
                        message,
                        "leave the comma out",
                    );
                    cuts.push(comma..comma + 1);
                }
            } else if !first.is_ascii_whitespace() {
                comma = None;
                valueless = None;
            }
            at += step.max(1);
        }
        cuts.sort_by_key(|cut| cut.start);
        let mut from = 0;
        for cut in cuts {
            loose.kept.push(from..cut.start.max(from));
            from = cut.end.max(from);
        }
        loose.kept.push(from..text.len());
        loose
    }

    fn find(&mut self, block: &Block, rule: &str, range: Range<usize>, message: &str, fix: &str) {
        let defect = Defect::new(rule, Severity::Error, block.place(&range), message);
        self.defects.push(defect.with_fix(fix));
    }
}

/// The length of the comment that `text` begins with, its line's end left out.
fn comment_length(text: &str) -> usize {
    if text.starts_with("//") || text.starts_with('#') {
        text.find(['\n', '\r']).unwrap_or(text.len())
    } else if text.starts_with("/*") {
        text.find("*/").map_or(text.len(), |end| end + 2)
    } else {
        0
    }
}
