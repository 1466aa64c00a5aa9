//! Programs that run the code in their options, operands or input.

use std::rc::Rc;

use super::{Code, CodeSource, Inside, joined, shell, sourced};
use crate::policy::detect::shell::catalogue::{Interpreter, Language};
use crate::policy::detect::shell::word::Word;

/// The code an interpreter is given by its options, operands or input.
pub(super) fn code<'a>(interpreter: &Interpreter, words: &'a [Word]) -> Inside<'a> {
    let language = interpreter.language;
    let given = |source, positional: &[Word]| {
        Inside::Code(Code {
            language,
            source,
            positional: Some(positional.iter().cloned().collect::<Rc<[Word]>>()),
            lines_of: interpreter.lines_of,
        })
    };
    if interpreter.joined {
        return shell(joined(words.iter(), " "));
    }
    let mut texts: Vec<Word> = Vec::new();
    let mut rest = words;
    let mut operands: Vec<&Word> = Vec::new();
    let mut after: &[Word] = &[];
    while let Some((word, later)) = rest.split_first() {
        let text = word.text.as_str();
        rest = later;
        if interpreter.module.contains(&text) {
            // `python -m pip uninstall x` is `pip uninstall x`.
            return Inside::Command {
                words: super::Words::Borrowed(later),
                effect: None,
            };
        }
        if let Some((code, used)) = option_code(interpreter, word, later) {
            texts.push(code);
            rest = later.get(used..).unwrap_or_default();
            if language == Language::Shell {
                // `sh -c CODE NAME ARGUMENTS`
                return given(
                    CodeSource::Text(texts.swap_remove(0)),
                    rest.get(1..).unwrap_or_default(),
                );
            }
            continue;
        }
        if interpreter.valued.contains(&text) {
            let value = later.first().filter(|value| {
                let names_script = language == Language::Sql && matches!(text, "-f" | "--file" | "-i");
                names_script || value.text.starts_with("<(")
            });
            if let Some(value) = value {
                return sourced(value, language);
            }
            rest = later.get(1..).unwrap_or_default();
            continue;
        }
        if (!text.starts_with('-') && !text.starts_with('+')) || text == "-" {
            operands.push(word);
            after = later;
            // What follows a script's name are its own arguments.
            if !matches!(language, Language::Sql | Language::Mongo | Language::Own) && !interpreter.last {
                break;
            }
        } else if text == "-s" && language == Language::Shell {
            return given(
                CodeSource::Input,
                later
                    .get(later.iter().take_while(|word| word.text == "--").count()..)
                    .unwrap_or_default(),
            );
        }
    }
    if !texts.is_empty() {
        let known = texts.iter().all(|text| text.known);
        let text = joined(texts.iter(), if language == Language::Sql { ";\n" } else { "\n" });
        return given(CodeSource::Text(Word { text, known }), &[]);
    }
    let reads_input = operands.is_empty()
        || operands
            .iter()
            .any(|word| matches!(word.text.as_str(), "-" | "/dev/stdin"));
    match operands.as_slice() {
        [_, .., last] if interpreter.last => given(CodeSource::Text((*last).clone()), &[]),
        [first, ..] if interpreter.first => given(CodeSource::Text((*first).clone()), after),
        _ if interpreter.deaf => Inside::Nothing,
        _ if reads_input
            || interpreter.listens
            || language == Language::Sql
            || language == Language::Mongo =>
        {
            given(CodeSource::Input, after)
        }
        [first, ..] if !interpreter.fileless => match sourced(first, language) {
            Inside::Code(code) => Inside::Code(Code {
                positional: Some(after.iter().cloned().collect()),
                ..code
            }),
            other => other,
        },
        _ => Inside::Nothing,
    }
}

/// The code in an option, and how many further words it takes: `-c x`, `-cx`, `-lc x`, `--eval=x`.
fn option_code(interpreter: &Interpreter, word: &Word, later: &[Word]) -> Option<(Word, usize)> {
    let text = word.text.as_str();
    let next = || (later.first().cloned().unwrap_or_else(|| Word::literal("")), 1);
    for option in &interpreter.code {
        let letter = option.strip_prefix('-').filter(|letter| letter.len() == 1);
        let letters = text
            .strip_prefix('-')
            .filter(|letters| letters.bytes().all(|byte| byte.is_ascii_alphabetic()));
        let clustered = match (letter, letters) {
            (Some(letter), Some(letters)) if interpreter.language == Language::Shell => {
                letters.contains(letter)
            }
            (Some(letter), Some(letters)) => letters.ends_with(letter) && letters.len() < 6,
            _ => false,
        };
        if text == *option || clustered && !interpreter.valued.contains(&text) {
            return Some(next());
        }
        if interpreter.language == Language::PowerShell && text.eq_ignore_ascii_case(option) {
            return Some(next());
        }
        let attached = text.strip_prefix(option).filter(|rest| {
            rest.starts_with('=')
                || (letter.is_some() || *option == "+") && !text.starts_with("--") && !rest.is_empty()
        });
        if let Some(code) = attached {
            let code = Word {
                text: code.trim_start_matches('=').to_owned(),
                known: word.known,
            };
            return Some((code, 0));
        }
    }
    None
}
