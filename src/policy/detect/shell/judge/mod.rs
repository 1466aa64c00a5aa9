//! Goes through a script and says what each of its commands does.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::arguments::Arguments;
use super::catalogue::{CATALOGUE, Language, program_name};
use super::syntax::{self, Command, Event, Input};
use super::unwrap::{self, Inside};
use super::word::Word;
use super::written::Written;
use super::{Effect, MAX_DEPTH, MAX_EFFECTS, MAX_SCRIPT, environment, paths, target};

mod code;
mod later;

/// Longest judgement; ordinary scripts take less than a thousandth of this.
const MAX_TIME: Duration = Duration::from_millis(500);
/// Most wrappers around a command.
const MAX_WRAPPERS: usize = 16;

pub(super) struct Judge {
    effects: Vec<Effect>,
    /// Bytes of script that may still be looked at, inline code included.
    budget: usize,
    until: Instant,
    written: Written,
    aliases: HashMap<String, Vec<Word>>,
}

impl Judge {
    pub(super) fn new() -> Self {
        Self {
            effects: Vec::new(),
            budget: 4 * MAX_SCRIPT,
            until: Instant::now() + MAX_TIME,
            written: Written::default(),
            aliases: HashMap::new(),
        }
    }

    /// Judges a script that gets these arguments, if they are known, and this input.
    pub(super) fn script(
        &mut self,
        source: &str,
        positional: Option<Rc<[Word]>>,
        input: Rc<Input>,
        depth: usize,
    ) {
        if depth > MAX_DEPTH {
            return self.opaque("code within code within code");
        }
        if source.len() > MAX_SCRIPT || source.len() > self.budget {
            return self.opaque("a script too long to be read");
        }
        self.budget -= source.len();
        let Some(script) = syntax::parse(source, positional, input) else {
            return self.opaque("a script that takes too long to be read");
        };
        for event in &script.events {
            if Instant::now() > self.until || self.effects.len() > MAX_EFFECTS {
                return self.opaque("a script that does too much to be read");
            }
            match event {
                Event::Command(command) => self.command(command, depth),
                Event::Output(output) => self.output(output),
                Event::Assigned(name, word) => self.environment(name, word, depth),
            }
        }
        if let Some(why) = script.unreadable {
            self.opaque(why);
        }
    }

    /// Judges a script of which nothing else is known.
    fn run(&mut self, source: &str, depth: usize) {
        self.script(source, None, Rc::new(Input::Nothing), depth);
    }

    pub(super) fn command(&mut self, command: &Command, depth: usize) {
        for (name, word) in &command.environment {
            self.environment(name, word, depth);
        }
        let mut words = command.words.as_slice();
        for _ in 0..MAX_WRAPPERS {
            let Some((first, rest)) = words.split_first() else {
                return;
            };
            let Some(name) = program_name(first) else {
                return self.computed(first);
            };
            let by_path = first.text.contains('/');
            if (by_path || !CATALOGUE.knows(name)) && self.run_written(name, Language::Shell, depth) {
                return;
            }
            if let Some(alias) = self.aliases.remove(name) {
                let words = alias.into_iter().chain(rest.iter().cloned()).collect();
                return self.inner(command, words, depth);
            }
            self.look_up(name, rest, command, by_path);
            self.written.note(name, rest, &command.input);
            match unwrap::unwrap(name, rest, &command.input) {
                Inside::Command { words: inner, effect } => {
                    if let Some(id) = effect {
                        self.push(Effect::new(id, "privilege", name));
                    }
                    let passed = rest.len().saturating_sub(inner.len());
                    for (name, word) in rest.iter().take(passed).filter_map(environment::assignment) {
                        self.environment(name, &word, depth);
                    }
                    match inner {
                        unwrap::Words::Borrowed(inner) => words = inner,
                        // Words that are not in the script need a place to live.
                        unwrap::Words::Owned(inner) => return self.inner(command, inner, depth),
                    }
                }
                Inside::Commands(inner) => {
                    for words in inner {
                        self.inner(command, words, depth);
                    }
                    return;
                }
                Inside::Code(code) => return self.code(name, &code, &command.input, depth),
                Inside::Alias(definitions) => return self.alias(definitions, depth),
                Inside::Nothing => return,
            }
        }
        self.opaque("a command behind too many others");
    }

    fn inner(&mut self, outer: &Command, words: Vec<Word>, depth: usize) {
        if depth >= MAX_DEPTH {
            return self.opaque("code within code within code");
        }
        let inner = Command {
            words,
            input: Rc::clone(&outer.input),
            environment: Vec::new(),
            place: outer.place.clone(),
        };
        self.command(&inner, depth + 1);
    }

    /// A command whose name is not known.
    fn computed(&mut self, first: &Word) {
        if unwrap::sets_up_shell(&first.text) {
            return;
        }
        if unwrap::downloads(&first.text) {
            self.push(Effect::new("net.pipe_to_shell", "execute", "$(...)"));
        }
        self.opaque("a command whose name is computed");
    }

    /// What the catalogue says about a program with these arguments.
    fn look_up(&mut self, name: &str, words: &[Word], command: &Command, by_path: bool) {
        let mut has_words = false;
        for program in CATALOGUE.programs(name, by_path) {
            let arguments = Arguments::new(words, &program.valued);
            has_words |= program.has_words();
            for (outcome, next) in program.outcomes(&arguments) {
                let plain = Effect::new(outcome.is, outcome.family, name);
                let found = target::targets(plain, outcome.at, &arguments, next);
                self.effects.extend(target::placed(found, command.place.as_ref()));
            }
        }
        if has_words && words.first().is_some_and(is_computed) {
            self.opaque("a command whose subcommand is computed");
        }
        self.effects.extend(paths::touched(name, words));
    }

    fn opaque(&mut self, why: &str) {
        self.push(Effect::opaque(why));
    }

    fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

/// Whether the word is nothing but the value of a variable or what a command prints; not an argument passed on.
fn is_computed(word: &Word) -> bool {
    let text = word.text.trim_start();
    let passed_on = text.strip_prefix('$').is_some_and(|name| {
        name.trim_start_matches('{')
            .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '@' | '*'))
    });
    !word.known && text.starts_with(['$', '`']) && !text.contains('/') && !passed_on
}
