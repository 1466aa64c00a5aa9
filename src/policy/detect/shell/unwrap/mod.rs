//! Commands within commands: what a wrapper runs, and the code an interpreter is given.

use std::rc::Rc;

use super::catalogue::{CATALOGUE, Language};
use super::environment::is_assignment;
use super::syntax::Input;
use super::word::Word;

mod feed;
mod found;
mod git;
mod interpreter;
mod wrapper;

pub(super) use feed::{downloads, input_text, is_downloader, sets_up_shell};

/// What a command has inside.
pub(super) enum Inside<'a> {
    /// Another command.
    Command {
        words: Words<'a>,
        effect: Option<&'static str>,
    },
    /// Several.
    Commands(Vec<Vec<Word>>),
    /// Code.
    Code(Code),
    /// New names for commands.
    Alias(Vec<(String, String)>),
    /// Nothing.
    Nothing,
}

pub(super) enum Words<'a> {
    Borrowed(&'a [Word]),
    Owned(Vec<Word>),
}

impl Words<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Borrowed(words) => words.len(),
            Self::Owned(words) => words.len(),
        }
    }
}

/// Code for an interpreter.
pub(super) struct Code {
    pub(super) language: Language,
    pub(super) source: CodeSource,
    /// The arguments the code gets.
    pub(super) positional: Option<Rc<[Word]>>,
    /// The program its lines are for, if it is another one.
    pub(super) lines_of: Option<&'static str>,
}

pub(super) enum CodeSource {
    Text(Word),
    /// A script.
    File(Word),
    /// Whatever the interpreter reads.
    Input,
}

/// The text of an input, in so far as it is written in the script.
pub(super) enum InputText {
    Known {
        text: String,
        decoded: bool,
    },
    Nothing,
    /// The name of the file it is in.
    File(String),
    Downloaded,
    Computed,
}

/// Looks into the command `name` with the words after its name.
pub(super) fn unwrap<'a>(name: &str, words: &'a [Word], input: &Input) -> Inside<'a> {
    for program in CATALOGUE.programs(name, true) {
        for wrapper in &program.wrappers {
            if let Some(inside) = wrapper::wrapped(wrapper, words, input) {
                return inside;
            }
        }
        if let Some(interpreter) = &program.interpreter {
            return interpreter::code(interpreter, words);
        }
    }
    match name {
        "find" | "gfind" | "fd" | "fdfind" => found::found(words),
        "git" | "hub" => git::inside(words),
        "alias" => Inside::Alias(
            words
                .iter()
                .filter_map(|word| word.text.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        ),
        "source" | "." => words
            .first()
            .map_or(Inside::Nothing, |word| sourced(word, Language::Shell)),
        _ => Inside::Nothing,
    }
}

/// A script named by a word: a file, or what commands print.
fn sourced(word: &Word, language: Language) -> Inside<'static> {
    let substituted = word
        .text
        .strip_prefix("<(")
        .and_then(|inner| inner.strip_suffix(')'))
        .filter(|_| !word.known);
    let source = match substituted {
        Some(inner) if language == Language::Shell => {
            CodeSource::Text(Word::literal(format!("eval \"$({inner})\"")))
        }
        Some(_) if downloads(&word.text) => CodeSource::Text(Word::unknown("$(curl)")),
        Some(_) => CodeSource::Text(Word::unknown("$(...)")),
        None => CodeSource::File(word.clone()),
    };
    Inside::Code(Code {
        language,
        source,
        positional: None,
        lines_of: None,
    })
}

/// The language a script's first line asks for.
pub(super) fn shebang(text: &str) -> Option<Language> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    let program = line
        .split_whitespace()
        .map(|word| word.rsplit('/').next().unwrap_or_default())
        .find(|word| *word != "env" && !word.starts_with('-'))?;
    CATALOGUE
        .programs(program, true)
        .find_map(|program| Some(program.interpreter.as_ref()?.language))
}

fn shell(text: impl Into<String>) -> Inside<'static> {
    shell_word(Word::literal(text), None)
}

fn shell_word(word: Word, positional: Option<Rc<[Word]>>) -> Inside<'static> {
    Inside::Code(Code {
        language: Language::Shell,
        source: CodeSource::Text(word),
        positional,
        lines_of: None,
    })
}

fn joined<'a>(words: impl Iterator<Item = &'a Word>, between: &str) -> String {
    words
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(between)
}
