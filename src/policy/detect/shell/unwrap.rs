//! Commands within commands: what a wrapper runs, and the code an interpreter is given.

use super::catalogue::{CATALOGUE, Interpreter, Language, Wrapper, one_of, program_name};
use super::syntax::{Command, Input};
use super::target::normal;
use super::word::Word;

/// What a command has inside.
pub(super) enum Inside<'a> {
    /// Another command.
    Command {
        words: Words<'a>,
        effect: Option<&'static str>,
    },
    /// Code.
    Code(Code),
    /// Nothing.
    Nothing,
}

pub(super) enum Words<'a> {
    Borrowed(&'a [Word]),
    Owned(Vec<Word>),
}

/// Code for an interpreter.
pub(super) struct Code {
    pub(super) language: Language,
    pub(super) source: CodeSource,
}

pub(super) enum CodeSource {
    Text(String),
    /// Whatever the interpreter reads.
    Input,
}

/// The text of an input, in so far as it is written in the script.
pub(super) enum InputText {
    Known(String),
    Nothing,
    Downloaded,
    Computed,
}

/// Looks into the command `name` with the words after its name.
pub(super) fn unwrap<'a>(name: &str, words: &'a [Word]) -> Inside<'a> {
    for wrapper in CATALOGUE
        .wrappers
        .iter()
        .filter(|wrapper| one_of(&wrapper.name, name))
    {
        if let Some(inside) = wrapped(wrapper, words) {
            return inside;
        }
    }
    if let Some(interpreter) = CATALOGUE.interpreter(name) {
        return code(interpreter, words);
    }
    match name {
        "find" | "gfind" | "fd" | "fdfind" => found(words),
        "alias" => shell(
            words
                .iter()
                .filter_map(|word| word.text.split_once('='))
                .map(|(_, value)| value),
            "\n",
        ),
        "source" | "."
            if words
                .first()
                .is_some_and(|word| !word.known && downloads(&word.text)) =>
        {
            Inside::Code(Code {
                language: Language::Shell,
                source: CodeSource::Text("$(curl)".to_owned()),
            })
        }
        _ => Inside::Nothing,
    }
}

/// Whether text that is not known names a downloader.
pub(super) fn downloads(text: &str) -> bool {
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
    text.contains(['(', '`']) && words.any(|word| CATALOGUE.downloaders.iter().any(|name| name == word))
}

/// What can be said about the text a command reads.
pub(super) fn input_text(input: &Input) -> InputText {
    match input {
        Input::Nothing | Input::File => InputText::Nothing,
        Input::Text(word) => InputText::Known(word.text.clone()),
        Input::Pipe(producers) => piped(producers),
    }
}

fn piped(producers: &[Command]) -> InputText {
    let downloader = |command: &Command| {
        let Some(first) = command.words.first() else {
            return false;
        };
        let named =
            program_name(first).is_some_and(|name| CATALOGUE.downloaders.iter().any(|known| known == name));
        named || downloads(&first.text)
    };
    if producers.iter().any(downloader) {
        return InputText::Downloaded;
    }
    let [Command { words, input }] = producers else {
        return InputText::Computed;
    };
    let Some((first, rest)) = words.split_first() else {
        return InputText::Computed;
    };
    match program_name(first) {
        Some("echo" | "printf") if rest.iter().all(|word| word.known) => {
            let texts: Vec<&str> = rest
                .iter()
                .map(|word| word.text.as_str())
                .filter(|text| !matches!(*text, "-e" | "-n" | "-en" | "%s" | "%s\\n"))
                .collect();
            InputText::Known(texts.join(" ").replace("\\n", "\n"))
        }
        Some("cat") if rest.is_empty() => input_text(input),
        _ => InputText::Computed,
    }
}

fn shell<'a>(texts: impl Iterator<Item = &'a str>, between: &str) -> Inside<'static> {
    let text = texts.collect::<Vec<_>>().join(between);
    Inside::Code(Code {
        language: Language::Shell,
        source: CodeSource::Text(text),
    })
}

fn is_assignment(word: &Word) -> bool {
    word.text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// What the wrapper runs; `None` when it is not used as one here.
fn wrapped<'a>(wrapper: &'static Wrapper, words: &'a [Word]) -> Option<Inside<'a>> {
    let mut rest = words;
    let mut subs: Vec<Vec<&str>> = wrapper
        .sub
        .split('|')
        .map(|sub| sub.split(' ').filter(|word| !word.is_empty()).collect())
        .collect();
    if !wrapper.after.is_empty() {
        let sub = words
            .iter()
            .any(|word| subs.iter().any(|sub| sub.first() == Some(&word.text.as_str())));
        let at = words.iter().position(|word| word.text == wrapper.after);
        return sub
            .then_some(())
            .and(at)
            .and_then(|at| words.get(at + 1..))
            .map(|words| Inside::Command {
                words: Words::Borrowed(words),
                effect: None,
            });
    }
    let mut skip = wrapper.skip;
    while let Some((word, after)) = rest.split_first() {
        let text = word.text.as_str();
        let has = |list: &[String]| list.iter().any(|option| option == text);
        if has(&wrapper.inert) {
            return Some(Inside::Nothing);
        }
        if has(&wrapper.code) {
            return Some(shell(
                after.first().map(|word| word.text.as_str()).into_iter(),
                "",
            ));
        }
        if let Some((name, code)) = text.split_once('=')
            && wrapper.code.iter().any(|option| option == name)
        {
            return Some(shell(std::iter::once(code), ""));
        }
        rest = after;
        if has(&wrapper.options) {
            rest = after.get(1..).unwrap_or_default();
        } else if text.starts_with('-') || is_assignment(word) {
        } else if subs.iter().any(|sub| !sub.is_empty()) {
            subs.retain_mut(|sub| {
                sub.first() == Some(&text) && {
                    sub.remove(0);
                    true
                }
            });
            if subs.is_empty() {
                return None;
            }
            if subs.iter().any(Vec::is_empty) {
                subs.clear();
            }
        } else if wrapper.first {
            return Some(shell(std::iter::once(text), ""));
        } else if skip > 0 {
            skip -= 1;
        } else {
            rest = words.get(words.len() - after.len() - 1..).unwrap_or_default();
            break;
        }
    }
    if rest.is_empty() {
        return Some(Inside::Nothing);
    }
    if wrapper.joined {
        return Some(shell(rest.iter().map(|word| word.text.as_str()), " "));
    }
    let effect = (!wrapper.effect.is_empty()).then_some(wrapper.effect.as_str());
    let words = if wrapper.fed {
        let fed = Word::unknown("...");
        Words::Owned(rest.iter().cloned().chain(std::iter::once(fed)).collect())
    } else {
        Words::Borrowed(rest)
    };
    Some(Inside::Command { words, effect })
}

/// The code an interpreter is given by its options, operands or input.
fn code(interpreter: &Interpreter, words: &[Word]) -> Inside<'static> {
    let given = |text: &str| {
        Inside::Code(Code {
            language: interpreter.language,
            source: CodeSource::Text(text.to_owned()),
        })
    };
    if interpreter.joined {
        return shell(words.iter().map(|word| word.text.as_str()), " ");
    }
    let mut rest = words.iter();
    let mut operands: Vec<&Word> = Vec::new();
    while let Some(word) = rest.next() {
        let text = word.text.as_str();
        if interpreter.module.iter().any(|option| option == text) {
            return Inside::Nothing;
        }
        if interpreter.options.iter().any(|option| option == text) {
            rest.next();
            continue;
        }
        for option in &interpreter.code {
            let letter = option.strip_prefix('-').filter(|letter| letter.len() == 1);
            let cluster = text
                .strip_prefix('-')
                .filter(|letters| letters.bytes().all(|byte| byte.is_ascii_alphabetic()));
            let clustered = match (letter, cluster) {
                (Some(letter), Some(letters)) if interpreter.language == Language::Shell => {
                    letters.contains(letter)
                }
                (Some(letter), Some(letters)) => letters.ends_with(letter) && letters.len() < 6,
                _ => false,
            };
            if text == option || clustered {
                return rest.next().map_or(Inside::Nothing, |code| given(&code.text));
            }
            let attached = text
                .strip_prefix(option.as_str())
                .filter(|_| letter.is_some() || text.contains('='));
            if let Some(code) = attached {
                return given(code.trim_start_matches('='));
            }
        }
        if !text.starts_with('-') || text == "-" {
            operands.push(word);
            // What follows a script's name are its own arguments.
            if interpreter.language != Language::Sql {
                break;
            }
        }
    }
    let reads_input = operands.is_empty()
        || operands
            .iter()
            .any(|word| matches!(word.text.as_str(), "-" | "/dev/stdin"));
    match operands.as_slice() {
        [_, .., last] if interpreter.last => given(&last.text),
        [first, ..] if !first.known && downloads(&first.text) => shell(std::iter::once("$(curl)"), ""),
        _ if reads_input || interpreter.language == Language::Sql => Inside::Code(Code {
            language: interpreter.language,
            source: CodeSource::Input,
        }),
        _ => Inside::Nothing,
    }
}

/// The command of `find -exec`, with the places that are searched where `{}` stands.
fn found(words: &[Word]) -> Inside<'static> {
    let runs = |word: &Word| {
        matches!(
            word.text.as_str(),
            "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch"
        )
    };
    let Some(at) = words.iter().position(runs) else {
        return Inside::Nothing;
    };
    let places: Vec<Word> = words
        .iter()
        .take_while(|word| !word.text.starts_with(['-', '(', '!']))
        .map(|word| Word {
            text: normal(&word.text),
            known: word.known,
        })
        .collect();
    let command = words
        .iter()
        .skip(at + 1)
        .take_while(|word| !matches!(word.text.as_str(), ";" | "+"));
    let mut inner = Vec::new();
    for word in command {
        if word.text == "{}" {
            inner.extend(places.iter().cloned());
        } else {
            inner.push(word.clone());
        }
    }
    Inside::Command {
        words: Words::Owned(inner),
        effect: None,
    }
}
