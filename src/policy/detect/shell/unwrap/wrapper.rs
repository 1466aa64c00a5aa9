//! Programs that run the command in their arguments.

use super::{Code, CodeSource, InputText, Inside, Words, is_assignment, joined, shell, shell_word};
use crate::policy::detect::shell::catalogue::{Language, Wrapper, program_name};
use crate::policy::detect::shell::syntax::Input;
use crate::policy::detect::shell::word::Word;

/// What the wrapper runs; `None` when it is not used as one here.
pub(super) fn wrapped<'a>(wrapper: &Wrapper, words: &'a [Word], input: &Input) -> Option<Inside<'a>> {
    let named = |list: &[&str], text: &str| list.contains(&text);
    if !wrapper.after.is_empty() {
        return after(wrapper, words);
    }
    let mut rest = words;
    let mut subs = wrapper.sub.clone();
    let mut skip = wrapper.skip;
    let mut scripts = Vec::new();
    while let Some((word, later)) = rest.split_first() {
        let text = word.text.as_str();
        if named(&wrapper.inert, text) {
            return Some(Inside::Nothing);
        }
        if let Some(words) = split(wrapper, text, later) {
            return Some(Inside::Command {
                words: Words::Owned(words),
                effect: wrapper.effect,
            });
        }
        if let Some(script) = script(wrapper, word, later) {
            if wrapper.only || !subs.is_empty() {
                scripts.push(script.text);
                rest = later;
                continue;
            }
            return Some(shell_word(script, None));
        }
        if subs.is_empty() && wrapper.only {
            rest = later;
        } else if text == "--" {
            rest = later;
            if subs.is_empty() && skip == 0 {
                break;
            }
        } else if named(&wrapper.valued, text) {
            rest = later.get(1..).unwrap_or_default();
        } else if text.starts_with('-') || text.starts_with('+') || is_assignment(word) {
            rest = later;
        } else if !subs.is_empty() {
            subs.retain_mut(|sub| {
                let next = sub.first().is_some_and(|first| *first == text || *first == "*");
                if next {
                    sub.remove(0);
                }
                next
            });
            if subs.is_empty() {
                return None;
            }
            if subs.iter().any(Vec::is_empty) {
                subs.clear();
            }
            rest = later;
        } else if skip > 0 {
            skip -= 1;
            rest = later;
        } else {
            break;
        }
    }
    if !subs.is_empty() {
        return None;
    }
    if wrapper.only {
        return (!scripts.is_empty()).then(|| shell(scripts.join("\n")));
    }
    if !scripts.is_empty() {
        return Some(shell(scripts.join("\n")));
    }
    if rest.is_empty() {
        return Some(if wrapper.input { reads() } else { Inside::Nothing });
    }
    let options = words.get(..words.len() - rest.len()).unwrap_or_default();
    Some(command(wrapper, options, rest, input))
}

fn reads() -> Inside<'static> {
    Inside::Code(Code {
        language: Language::Shell,
        source: CodeSource::Input,
        positional: None,
        lines_of: None,
    })
}

/// The words in an option's value, and those after it: `env -S 'sh -c' x`.
fn split(wrapper: &Wrapper, text: &str, later: &[Word]) -> Option<Vec<Word>> {
    let (first, rest) = if wrapper.split.contains(&text) {
        let (first, rest) = later.split_first()?;
        (first.text.as_str(), rest)
    } else {
        let (name, value) = text.split_once('=')?;
        (wrapper.split.contains(&name).then_some(value)?, later)
    };
    let words = first.split_whitespace().map(Word::literal);
    Some(words.chain(rest.iter().cloned()).collect())
}

/// The script in an option's value: `-c x`, `--command=x`, `-cx`.
fn script(wrapper: &Wrapper, word: &Word, later: &[Word]) -> Option<Word> {
    let text = word.text.as_str();
    if wrapper.script.contains(&text) {
        return Some(later.first().cloned().unwrap_or_else(|| Word::literal("")));
    }
    // `script -qc x`
    let letters = text
        .strip_prefix('-')
        .filter(|letters| (2..6).contains(&letters.len()));
    let clustered = letters.is_some_and(|letters| {
        letters.ends_with('c') && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    if clustered && !wrapper.only && wrapper.script.contains(&"-c") {
        return later.first().cloned();
    }
    let (name, value) = text.split_once('=')?;
    wrapper.script.contains(&name).then(|| Word {
        text: value
            .trim_start_matches("commands=")
            .trim_start_matches("exec=")
            .to_owned(),
        known: word.known,
    })
}

/// The command after `--`.
fn after<'a>(wrapper: &Wrapper, words: &'a [Word]) -> Option<Inside<'a>> {
    let sub = wrapper.sub.is_empty()
        || words.iter().any(|word| {
            wrapper
                .sub
                .iter()
                .any(|sub| sub.first() == Some(&word.text.as_str()))
        });
    let at = words
        .iter()
        .position(|word| wrapper.after.contains(&word.text.as_str()))?;
    let inner = words.get(at + 1..)?;
    sub.then(|| command(wrapper, &[], inner, &Input::Nothing))
}

fn command<'a>(wrapper: &Wrapper, options: &[Word], rest: &'a [Word], input: &Input) -> Inside<'a> {
    if wrapper.first {
        return rest
            .first()
            .map_or(Inside::Nothing, |word| shell_word(word.clone(), None));
    }
    if wrapper.each {
        return shell(joined(
            rest.iter().filter(|word| !word.text.starts_with('-')),
            "\n",
        ));
    }
    if wrapper.joined {
        return shell(joined(rest.iter(), " "));
    }
    let words = if wrapper.fed {
        Words::Owned(fed(options, rest, input))
    } else {
        Words::Borrowed(rest)
    };
    Inside::Command {
        words,
        effect: wrapper.effect,
    }
}

/// The words with what the input adds to them: its text, the places a `find` before the pipe looks in, or
/// something that cannot be said.
fn fed(options: &[Word], words: &[Word], input: &Input) -> Vec<Word> {
    // `parallel rm ::: a b` names them itself.
    if words.iter().any(|word| word.text.starts_with(":::")) {
        return words
            .iter()
            .filter(|word| !word.text.starts_with(":::"))
            .cloned()
            .collect();
    }
    let given = match super::input_text(input) {
        InputText::Known { text, decoded: false } => {
            let texts = text.split(['\n', '\0']).filter(|text| !text.is_empty());
            texts.take(100).map(Word::literal).collect()
        }
        _ => found(input).unwrap_or_else(|| vec![Word::unknown("${input}")]),
    };
    match placeholder(options) {
        None => words.iter().cloned().chain(given).collect(),
        Some(mark) => {
            let known = given.iter().all(|word| word.known);
            let text = given
                .iter()
                .map(|word| word.text.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            let fill = |word: &Word| Word {
                known: word.known && (known || !word.text.contains(mark)),
                text: word.text.replace(mark, &text),
            };
            words.iter().map(fill).collect()
        }
    }
}

fn found(input: &Input) -> Option<Vec<Word>> {
    let Input::Pipe(producers) = input else {
        return None;
    };
    let (first, rest) = producers.last()?.words.split_first()?;
    program_name(first)
        .filter(|name| matches!(*name, "find" | "gfind"))
        .map(|_| super::found::places(rest))
}

/// The mark in whose place the input stands: `-I {}`, `-I{}`, `-i`.
fn placeholder(options: &[Word]) -> Option<&str> {
    let mut options = options.iter().map(|word| word.text.as_str());
    while let Some(option) = options.next() {
        match option {
            "-I" | "--replace" => return options.next(),
            "-i" => return Some("{}"),
            _ => {}
        }
        if let Some(mark) = option
            .strip_prefix("--replace=")
            .or_else(|| option.strip_prefix("-I"))
        {
            return Some(mark).filter(|mark| !mark.is_empty());
        }
    }
    None
}
