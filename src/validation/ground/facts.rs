//! Numbers, names, quotations and addresses that no source has.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::prose::{PassageKind, Prose};
use super::super::report::Defect;
use super::defect;
use super::numbers::{Number, numbers, values};
use super::support::Index;
use super::words::{Kind, words};

/// The most quotations and addresses that are looked for.
const MAX_LOOKED_FOR: usize = 50;
/// A quotation of fewer words is a word somebody uses.
const MIN_QUOTED: usize = 3;
/// Where more words than this share begin with a capital, capitals do not mean names.
const MAX_CAPITALS: f64 = 0.25;

pub(super) fn check(output: &str, prose: &Prose, sources: &[String], index: &Index) -> Vec<Defect> {
    let mut defects = unknown_numbers(prose, sources);
    defects.extend(unknown_names(prose, index));
    defects.extend(unknown_quotes(prose, sources));
    defects.extend(unknown_paths(output, prose, sources));
    defects
}

fn unknown_numbers(prose: &Prose, sources: &[String]) -> Vec<Defect> {
    let mut said: Vec<(Range<usize>, Number)> = Vec::new();
    for passage in prose.passages.iter().filter(|p| p.kind != PassageKind::Heading) {
        let text = prose.at(&passage.range);
        for number in numbers(text) {
            let percent = text.get(number.range.end..).unwrap_or_default().starts_with('%');
            // Small numbers count what the answer itself lists.
            if number.precise || percent {
                said.push((shifted(&number.range, passage.range.start), number));
            }
        }
    }
    if said.is_empty() {
        return Vec::new();
    }
    let known = values(sources);
    said.into_iter()
        .filter(|(_, number)| !number.is_among(&known))
        .map(|(range, _)| {
            let message = format!("the number {} is in none of the given sources", prose.at(&range));
            let fix = "take the number from a source, or say how it was worked out";
            defect("ground.number", range, message, fix)
        })
        .collect()
}

fn unknown_names(prose: &Prose, index: &Index) -> Vec<Defect> {
    let mut defects = Vec::new();
    let (mut capitals, mut all) = (0_u32, 0_u32);
    for sentence in prose.sentences() {
        let text = prose.at(&sentence.range);
        let shouted = !text.chars().any(char::is_lowercase);
        if sentence.kind == PassageKind::Heading || shouted || text.ends_with('?') {
            continue;
        }
        let words = words(text);
        all += u32::try_from(words.len().saturating_sub(1)).unwrap_or(u32::MAX);
        for (i, word) in words.iter().enumerate().skip(1) {
            let written = text.get(word.range.clone()).unwrap_or_default();
            if !written.starts_with(char::is_uppercase) {
                continue;
            }
            capitals += 1;
            let begins = text
                .get(..word.range.start)
                .unwrap_or_default()
                .trim_end_matches(|c: char| {
                    c.is_whitespace() || matches!(c, '"' | '“' | '\'' | '(' | '*' | '_' | '[')
                })
                .ends_with(['.', '!', '?', ':', ';', '-', '–', '—', '|', '/']);
            let split = words
                .get(i - 1)
                .is_some_and(|before| before.range.end + 1 == word.range.start)
                && text
                    .as_bytes()
                    .get(word.range.start - 1)
                    .is_some_and(|b| *b == b'\'');
            let known = index.has(word.stem) || written.chars().count() < 3 || word.kind != Kind::Content;
            if !begins && !split && !known && !is_common(written) {
                let message = format!("the name {written} is in none of the given sources");
                defects.push(defect(
                    "ground.name",
                    shifted(&word.range, sentence.range.start),
                    message,
                    "check the name, or give the source that has it",
                ));
            }
        }
    }
    if f64::from(capitals) > MAX_CAPITALS * f64::from(all.max(8)) {
        defects.clear();
    }
    let mut seen = HashSet::new();
    defects.retain(|defect| seen.insert(defect.message.clone()));
    defects
}

/// Written large, and yet no name of anything in particular.
fn is_common(word: &str) -> bool {
    const COMMON: [&str; 14] = [
        "Yes", "Okay", "Please", "Note", "However", "Also", "English", "God", "Internet", "Step", "Section",
        "Table", "Figure", "Source",
    ];
    COMMON.contains(&word)
}

fn unknown_quotes(prose: &Prose, sources: &[String]) -> Vec<Defect> {
    let mut found = Vec::new();
    for passage in &prose.passages {
        let text = prose.at(&passage.range);
        for quote in QUOTE.captures_iter(text) {
            let Some(inner) = quote.get(1).or(quote.get(2)) else {
                continue;
            };
            found.push(shifted(&inner.range(), passage.range.start));
        }
    }
    found.truncate(MAX_LOOKED_FOR);
    if found.is_empty() {
        return Vec::new();
    }
    let sources: Vec<String> = sources.iter().map(|source| sequence(source)).collect();
    found
        .into_iter()
        .filter(|range| {
            // What was left out of a quotation is shown by dots or brackets: the pieces are looked for.
            let mut pieces = LEFT_OUT.split(prose.at(range)).map(sequence);
            pieces.any(|piece| {
                piece.split_whitespace().count() >= MIN_QUOTED
                    && !sources.iter().any(|source| source.contains(&piece))
            })
        })
        .map(|range| {
            let message = "this quotation is in none of the given sources word for word".to_owned();
            defect(
                "ground.quote",
                range,
                message,
                "quote the source as it is, or say it without quotation marks",
            )
        })
        .collect()
}

/// The words of `text` alone, so that two ways to set it are the same.
fn sequence(text: &str) -> String {
    let mut sequence = String::from(" ");
    super::words::each(text, |_, word| {
        sequence.push_str(word);
        sequence.push(' ');
    });
    sequence
}

fn unknown_paths(output: &str, prose: &Prose, sources: &[String]) -> Vec<Defect> {
    PATH.find_iter(output)
        // Code has paths of its own.
        .filter(|found| prose.is_passage(found.start()))
        .map(|found| {
            let written = found
                .as_str()
                .trim_end_matches(['.', ',', ':', ';', ')', '\'', '*', '_', '?', '!']);
            found.start()..found.start() + written.len()
        })
        .take(MAX_LOOKED_FOR)
        .filter(|range| {
            let written = output.get(range.clone()).unwrap_or_default();
            let bare = written.trim_start_matches(['.', '/', '~']).trim_end_matches('/');
            !sources.iter().any(|source| source.contains(bare))
        })
        .map(|range| {
            let written = output.get(range.clone()).unwrap_or_default();
            let message = format!("{written} is in none of the given sources");
            defect(
                "ground.path",
                range,
                message,
                "take the address from a source, or leave it out",
            )
        })
        .collect()
}

fn shifted(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

static QUOTE: LazyLock<Regex> = LazyLock::new(|| compiled(r#""([^"]{8,2000})"|“([^”]{8,2000})”"#));
static LEFT_OUT: LazyLock<Regex> = LazyLock::new(|| compiled(r"\.\.\.|…|\[[^\]]*\]"));
// An address, a path with a slash and an ending, or one that begins where paths begin.
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?-u:\b)https?://[^\s<>"'`()\[\]{}|]+|(?:~/|\./|\.\./|/)?(?:[\w.@+-]+/)+[\w.@+-]*\.[A-Za-z]\w{0,5}(?-u:\b)|(?:~|\.\.?)?/(?:[\w.@+-]+/)+[\w.@+-]+"#,
    )
});

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and the tests compile them"
)]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}
