//! Whether an answer is what was demanded, and where it is not.

use std::ops::Range;

use super::super::report::Defect;
use super::super::syntax::Language;
use super::answer::Answer;
use super::code;
use super::demand::{Avoided, Bound, Demand, Unit};
use crate::domain::Severity;

/// The most places that one forbidden thing is told at.
const MAX_PLACES: usize = 10;
/// Prose of fewer letters does not say which language it is in.
const MIN_LETTERS: usize = 60;
/// So much of the prose is looked at to tell its language, in bytes.
const SAMPLE: usize = 1 << 10;

/// What was decided about a demand.
#[derive(Debug)]
pub(super) enum Decided {
    Met,
    Missed(Vec<Defect>),
    /// This answer does not let it be decided; the reason.
    Open(&'static str),
}

/// Decides `demand`.
pub(super) fn decide(demand: &Demand, answer: &Answer<'_>) -> Decided {
    match demand {
        Demand::Count(unit, bound) => count(*unit, *bound, answer),
        Demand::Contain(words, bound) => contain(words, *bound, answer),
        Demand::Avoid(avoided) => missed_at(avoid(avoided, answer)),
        Demand::Begin(words) => {
            let begins = letters(answer.text).starts_with(&letters(words));
            met(begins, || {
                let message = format!("the answer does not begin with \"{words}\"");
                defect("request.format", start(answer), message, "begin with these words")
            })
        }
        Demand::End(words) => {
            let ends = letters(answer.text).ends_with(&letters(words));
            met(ends, || {
                let message = format!("the answer does not end with \"{words}\"");
                defect(
                    "request.format",
                    end(answer),
                    message,
                    "end with these words and nothing behind them",
                )
            })
        }
        Demand::ParagraphBegins(at, words) => paragraph(*at, words, answer),
        Demand::Format(format) => super::format::decide(*format, answer),
        Demand::OneOf(options) => {
            let said = letters(answer.text);
            let one = options.iter().any(|option| said == letters(option));
            met(one, || {
                let message = format!("the answer is none of {}", options.join(", "));
                defect(
                    "request.format",
                    start(answer),
                    message,
                    "answer with one of them and nothing else",
                )
            })
        }
        Demand::Prose(language) => prose(*language, answer),
        Demand::Code(language) => code_language(language, answer),
        Demand::Identifier(name) => code::identifier(name, answer),
        Demand::Signature(name, parameters) => code::signature(name, parameters, answer),
    }
}

fn count(unit: Unit, bound: Bound, answer: &Answer<'_>) -> Decided {
    let ways = answer.count(unit);
    if ways.is_empty() {
        return Decided::Open("nothing in it can be counted as that");
    }
    if ways.iter().any(|count| bound.has(*count)) {
        return Decided::Met;
    }
    // Told is the way of counting that comes nearest to what was wanted.
    let distance = |count: &usize| {
        if *count < bound.least {
            bound.least - count
        } else {
            count.saturating_sub(bound.most)
        }
    };
    let nearest = ways.iter().copied().min_by_key(distance).unwrap_or_default();
    let range = if nearest > bound.most && unit == Unit::Words {
        beyond(bound.most, answer.text)
    } else {
        start(answer)
    };
    let (wanted, name) = (bound.words(), unit.name());
    let message = format!("{wanted} {name} were asked for, there are {nearest}");
    let fix = if nearest > bound.most {
        "shorten it"
    } else {
        "add what is missing"
    };
    Decided::Missed(vec![defect("request.count", range, message, fix)])
}

/// What stands behind the first `count` words.
fn beyond(count: usize, text: &str) -> Range<usize> {
    let words = text
        .split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric));
    let from = words
        .skip(count)
        .map(|word| word.as_ptr().addr() - text.as_ptr().addr())
        .next();
    from.unwrap_or(0)..text.trim_end().len()
}

fn contain(words: &str, bound: Bound, answer: &Answer<'_>) -> Decided {
    let count = occurrences(words, answer.text).count();
    met(bound.has(count), || {
        let message = if bound == Bound::SOME {
            format!("\"{words}\" has to be in the answer and is not")
        } else {
            format!(
                "\"{words}\" has to be in the answer {} times and is {count} times",
                bound.words()
            )
        };
        defect("request.must-contain", start(answer), message, "put it in")
    })
}

fn avoid(avoided: &Avoided, answer: &Answer<'_>) -> Vec<Defect> {
    let text = answer.text;
    let (name, places): (String, Vec<Range<usize>>) = match avoided {
        Avoided::Words(words) => (
            format!("\"{words}\""),
            occurrences(words, text).take(MAX_PLACES).collect(),
        ),
        Avoided::Mark(mark) => (
            format!("a {}", mark.name()),
            text.char_indices()
                .filter(|(_, c)| mark.is(*c))
                .map(|(at, c)| at..at + c.len_utf8())
                .take(MAX_PLACES)
                .collect(),
        ),
        Avoided::Lists => (
            "a list".to_owned(),
            super::format::lists(answer).into_iter().take(1).collect(),
        ),
        Avoided::Headings => (
            "a heading".to_owned(),
            super::format::headings(answer).into_iter().take(1).collect(),
        ),
        Avoided::CodeBlocks => (
            "a code block".to_owned(),
            super::format::fences(answer).into_iter().take(1).collect(),
        ),
        Avoided::Links => (
            "a link".to_owned(),
            super::format::links(answer)
                .into_iter()
                .take(MAX_PLACES)
                .collect(),
        ),
        Avoided::Markdown => (
            "Markdown".to_owned(),
            super::format::markup(answer).into_iter().take(1).collect(),
        ),
    };
    places
        .into_iter()
        .map(|range| {
            let message = format!("{name} may not be in the answer");
            defect("request.must-not", range, message, "say it without")
        })
        .collect()
}

/// Where `words` stand in `text`, whatever their case; as whole words where they begin and end with letters.
fn occurrences<'t>(words: &'t str, text: &'t str) -> impl Iterator<Item = Range<usize>> {
    let pattern = words
        .split_whitespace()
        .map(regex::escape)
        .collect::<Vec<_>>()
        .join(r"\s+");
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let before = if is_word(words.trim().chars().next()) {
        r"\b"
    } else {
        ""
    };
    let behind = if is_word(words.trim().chars().next_back()) {
        r"\b"
    } else {
        ""
    };
    let pattern = regex::RegexBuilder::new(&format!("{before}{pattern}{behind}"))
        .case_insensitive(true)
        .build();
    pattern.into_iter().flat_map(move |pattern| {
        pattern
            .find_iter(text)
            .map(|found| found.range())
            .collect::<Vec<_>>()
    })
}

fn paragraph(at: usize, words: &str, answer: &Answer<'_>) -> Decided {
    let paragraphs = answer.split_paragraphs();
    let Some(range) = at.checked_sub(1).and_then(|at| paragraphs.get(at)) else {
        let message = format!(
            "paragraph {at} has to begin with \"{words}\", and there are {}",
            paragraphs.len()
        );
        return Decided::Missed(vec![defect("request.format", end(answer), message, "write it")]);
    };
    let text = answer.text.get(range.clone()).unwrap_or_default();
    met(letters(text).starts_with(&letters(words)), || {
        let message = format!("paragraph {at} does not begin with \"{words}\"");
        let first = range.start..range.start + text.find(char::is_whitespace).unwrap_or(text.len());
        defect("request.format", first, message, "begin it with these words")
    })
}

fn prose(wanted: whatlang::Lang, answer: &Answer<'_>) -> Decided {
    let words = answer.prose.words.split_whitespace();
    let mut sample = String::new();
    for word in words {
        if sample.len() + word.len() >= SAMPLE {
            break;
        }
        sample.push_str(word);
        sample.push(' ');
    }
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let dense = sample.chars().filter(|c| *c >= '\u{2e80}').count();
    if letters < MIN_LETTERS && dense * 3 < MIN_LETTERS {
        return Decided::Open("there is too little prose to tell its language");
    }
    match whatlang::detect(&sample) {
        Some(found) if found.lang() == wanted => Decided::Met,
        Some(found) if found.is_reliable() => {
            let message = format!(
                "{} was asked for, and this seems to be {}",
                wanted.eng_name(),
                found.lang().eng_name()
            );
            let missed = defect(
                "request.language",
                start(answer),
                message,
                "write it in that language",
            );
            Decided::Missed(vec![missed.at_most(Severity::Warning)])
        }
        _ => Decided::Open("the language of its prose is not evident"),
    }
}

fn code_language(wanted: &Language, answer: &Answer<'_>) -> Decided {
    if let (Some(whole), true) = (&answer.whole_code, answer.blocks.is_empty()) {
        return match whole {
            Language::Unlabelled => Decided::Open("the code does not say what it is written in"),
            language => met(is_same(language, wanted), || {
                other_language(wanted, language, start(answer))
            }),
        };
    }
    let labelled: Vec<_> = answer
        .blocks
        .iter()
        .filter(|block| {
            !matches!(
                block.language,
                Language::Unlabelled | Language::Plain | Language::Markdown
            )
        })
        .collect();
    match labelled.first() {
        None if answer.blocks.is_empty() => Decided::Open("there is no code in a fence"),
        None => Decided::Open("the code does not say what it is written in"),
        Some(_) if answer.blocks.len() > labelled.len() => {
            Decided::Open("some code does not say what it is written in")
        }
        Some(first) => met(
            labelled.iter().any(|block| is_same(&block.language, wanted)),
            || other_language(wanted, &first.language, first.place(&(0..1))),
        ),
    }
}

fn is_same(found: &Language, wanted: &Language) -> bool {
    let alias = |language: &Language| match language.name() {
        "rs" => "rust".to_owned(),
        "c++" | "cxx" => "cpp".to_owned(),
        "cs" | "c#" => "csharp".to_owned(),
        "golang" => "go".to_owned(),
        "sh" | "shell" | "zsh" => "bash".to_owned(),
        "rb" => "ruby".to_owned(),
        "kt" => "kotlin".to_owned(),
        "hs" => "haskell".to_owned(),
        "pl" => "perl".to_owned(),
        other => other.to_owned(),
    };
    alias(found) == alias(wanted)
}

fn other_language(wanted: &Language, found: &Language, range: Range<usize>) -> Defect {
    let message = format!(
        "{} was asked for, and the code is {}",
        wanted.name(),
        found.name()
    );
    defect("request.language", range, message, "write it in that language").at_most(Severity::Warning)
}

pub(super) fn met(is_met: bool, defect: impl FnOnce() -> Defect) -> Decided {
    if is_met {
        Decided::Met
    } else {
        Decided::Missed(vec![defect()])
    }
}

fn missed_at(defects: Vec<Defect>) -> Decided {
    if defects.is_empty() {
        Decided::Met
    } else {
        Decided::Missed(defects)
    }
}

pub(super) fn defect(rule: &str, range: Range<usize>, message: impl Into<String>, fix: &str) -> Defect {
    Defect::new(rule, Severity::Error, range, message).with_fix(fix)
}

/// The first word of the answer, where what concerns the whole is told.
pub(super) fn start(answer: &Answer<'_>) -> Range<usize> {
    let from = answer.text.len() - answer.text.trim_start().len();
    let word = answer.text.split_whitespace().next().unwrap_or_default();
    from..from + word.len()
}

/// The end of the answer.
pub(super) fn end(answer: &Answer<'_>) -> Range<usize> {
    let end = answer.text.trim_end().len();
    end..end
}

/// What is read of words that have to stand at an end: letters and digits alone, in lower case.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
