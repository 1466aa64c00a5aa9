//! How an answer is set: as JSON, a table, a list, in one case, between quotation marks.

use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag};
use regex::Regex;

use super::super::syntax::Language;
use super::answer::Answer;
use super::compiled;
use super::decide::{Decided, defect, met, start};
use super::demand::{Format, Unit};

/// Whether the answer is set as demanded.
pub(super) fn decide(format: Format, answer: &Answer<'_>) -> Decided {
    let text = answer.text.trim();
    let (is_met, message, fix) = match format {
        Format::Json => (
            is_json(answer),
            "JSON was asked for, and this is not JSON",
            "give JSON and nothing else",
        ),
        Format::Yaml => return Decided::Open("whether it is YAML depends on what it should say"),
        Format::Table => (
            has(answer, is_table),
            "a table was asked for and there is none",
            "make it a table",
        ),
        Format::Bulleted => (
            answer
                .count(Unit::Bullets)
                .first()
                .is_some_and(|count| *count > 0),
            "a bulleted list was asked for and there is none",
            "make it a list with bullets",
        ),
        Format::Numbered => (
            NUMBERED.is_match(text),
            "a numbered list was asked for and there is none",
            "number the items",
        ),
        Format::CodeBlock => (
            answer.prose.code_blocks > 0,
            "a code block was asked for and there is none",
            "put the code into a fence",
        ),
        Format::PlainText => {
            return match markup(answer).into_iter().next() {
                None => Decided::Met,
                Some(range) => {
                    let message = "plain text was asked for, and this is Markdown";
                    Decided::Missed(vec![defect(
                        "request.format",
                        range,
                        message,
                        "write it without markup",
                    )])
                }
            };
        }
        Format::Lowercase => return case(answer, char::is_uppercase, "lower case was asked for"),
        Format::Uppercase => return case(answer, char::is_lowercase, "capitals were asked for"),
        Format::DoubleQuoted => (
            text.len() > 1 && text.starts_with(['"', '“']) && text.ends_with(['"', '”']),
            "the answer is not wrapped in double quotation marks",
            "put it between double quotation marks",
        ),
        Format::AngleTitle => (
            ANGLE.is_match(text),
            "there is no title in <<double angular brackets>>",
            "add the title",
        ),
        Format::TwoResponses => (
            text.split("******")
                .filter(|part| !part.trim().is_empty())
                .count()
                == 2,
            "two answers with ****** between them were asked for",
            "separate two answers by six asterisks",
        ),
    };
    met(is_met, || defect("request.format", start(answer), message, fix))
}

/// The first word in the wrong case. Code keeps the case it needs.
fn case(answer: &Answer<'_>, is_wrong: fn(char) -> bool, message: &str) -> Decided {
    let words = &answer.prose.words;
    match words.char_indices().find(|(_, c)| is_wrong(*c)) {
        None => Decided::Met,
        Some((at, _)) => {
            let rest = words.get(at..).unwrap_or_default();
            let end = at + rest.find(char::is_whitespace).unwrap_or(rest.len());
            Decided::Missed(vec![defect(
                "request.format",
                at..end,
                message,
                "change the case",
            )])
        }
    }
}

/// JSON alone, or alone in one fence: whether a fence may be there is for `kind` to say.
fn is_json(answer: &Answer<'_>) -> bool {
    let parses = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    match &answer.blocks[..] {
        [only]
            if matches!(
                only.language,
                Language::Json | Language::Jsonc | Language::Unlabelled
            ) =>
        {
            answer.prose.words.trim().is_empty() && parses(&only.code)
        }
        _ => parses(answer.text),
    }
}

fn has(answer: &Answer<'_>, is: fn(&Event<'_>) -> bool) -> bool {
    !places(answer, is).is_empty()
}

fn places(answer: &Answer<'_>, is: fn(&Event<'_>) -> bool) -> Vec<Range<usize>> {
    Parser::new_ext(answer.text, Options::ENABLE_TABLES)
        .into_offset_iter()
        .filter(|(event, _)| is(event))
        .map(|(_, range)| range.start..range.start + first_line(answer.text, range.start))
        .collect()
}

fn first_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n').unwrap_or(rest.len())
}

fn is_table(event: &Event<'_>) -> bool {
    matches!(event, Event::Start(Tag::Table(_)))
}

pub(super) fn lists(answer: &Answer<'_>) -> Vec<Range<usize>> {
    places(answer, |event| matches!(event, Event::Start(Tag::List(_))))
}

pub(super) fn headings(answer: &Answer<'_>) -> Vec<Range<usize>> {
    places(answer, |event| matches!(event, Event::Start(Tag::Heading { .. })))
}

pub(super) fn fences(answer: &Answer<'_>) -> Vec<Range<usize>> {
    places(answer, |event| {
        matches!(
            event,
            Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(_)))
        )
    })
}

pub(super) fn links(answer: &Answer<'_>) -> Vec<Range<usize>> {
    let mut found = places(answer, |event| matches!(event, Event::Start(Tag::Link { .. })));
    if found.is_empty() {
        found.extend(URL.find_iter(answer.text).map(|url| url.range()));
    }
    found
}

/// What only Markdown means something by.
pub(super) fn markup(answer: &Answer<'_>) -> Vec<Range<usize>> {
    places(answer, |event| {
        matches!(
            event,
            Event::Start(
                Tag::Heading { .. }
                    | Tag::Strong
                    | Tag::Link { .. }
                    | Tag::Image { .. }
                    | Tag::Table(_)
                    | Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(_))
            )
        )
    })
}

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?m)^\s*\d{1,3}[.)] +\S"));
static ANGLE: LazyLock<Regex> = LazyLock::new(|| compiled(r"<<[^<>\n]+>>"));
static URL: LazyLock<Regex> = LazyLock::new(|| compiled(r#"(?-u:\b)https?://[^\s<>"'`()]+"#));
