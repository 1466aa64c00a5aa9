//! Code that is given to an interpreter, each language read in its own way.

use std::rc::Rc;

use super::super::catalogue::Language;
use super::super::syntax::{Command, Input};
use super::super::unwrap::{self, Code, CodeSource, InputText};
use super::super::word::Word;
use super::super::{Effect, MAX_DEPTH, code};
use super::{Judge, is_computed};

impl Judge {
    pub(super) fn code(&mut self, name: &str, code: &Code, input: &Rc<Input>, depth: usize) {
        let text = match &code.source {
            CodeSource::Text(word)
                if !word.known && code.language != Language::Shell && is_computed(word) =>
            {
                return self.opaque("code that is computed");
            }
            CodeSource::Text(word) => word.text.clone(),
            CodeSource::File(word) => {
                let file = word.text.rsplit('/').next().unwrap_or_default().to_owned();
                if !self.run_written(&file, code.language, depth) {
                    let rest = code.positional.as_deref().unwrap_or_default();
                    let nothing = Command::new(Vec::new(), Rc::new(Input::Nothing));
                    self.look_up(&file, rest, &nothing, true);
                }
                return;
            }
            CodeSource::Input => match unwrap::input_text(input) {
                InputText::Known { text, decoded } => {
                    if decoded {
                        self.opaque("code that is decoded");
                    }
                    text
                }
                InputText::Nothing => return,
                InputText::File(file) => {
                    self.run_written(&file, code.language, depth);
                    return;
                }
                InputText::Downloaded => {
                    return self.push(Effect::new("net.pipe_to_shell", "execute", name));
                }
                InputText::Computed => return self.opaque("code that another program writes"),
            },
        };
        // Code that was read from the input leaves none for the commands in it.
        let left = match &code.source {
            CodeSource::Text(_) => Rc::clone(input),
            CodeSource::File(_) | CodeSource::Input => Rc::new(Input::Nothing),
        };
        match code.language {
            Language::Shell if depth < MAX_DEPTH => {
                self.script(&text, code.positional.clone(), left, depth + 1);
            }
            language => self.text(code.lines_of.unwrap_or(name), language, &text, depth),
        }
    }

    pub(super) fn text(&mut self, name: &str, language: Language, text: &str, depth: usize) {
        if depth >= MAX_DEPTH {
            return self.opaque("code within code within code");
        }
        match language {
            Language::Shell => self.run(text, depth + 1),
            Language::Sql => {
                let read = crate::policy::detect::sql::read(text, name);
                self.effects.extend(read.effects);
                for command in read.commands {
                    self.run(&command, depth + 1);
                }
            }
            Language::Own => {
                for line in text.lines().take(100) {
                    let words = std::iter::once(name).chain(line.split_whitespace());
                    let words = words.map(Word::literal).collect();
                    self.command(&Command::new(words, Rc::new(Input::Nothing)), depth + 1);
                }
            }
            _ => {
                if text.len() > self.budget {
                    return self.opaque("code too long to be read");
                }
                self.budget -= text.len();
                for found in code::read(text, language, name) {
                    match found {
                        code::Found::Effect(effect) => self.push(effect),
                        code::Found::Script(script) => self.run(&script, depth + 1),
                        code::Found::Command(words) => {
                            let words = words.into_iter().map(Word::literal).collect();
                            self.command(&Command::new(words, Rc::new(Input::Nothing)), depth + 1);
                        }
                    }
                }
            }
        }
    }
}
