//! Goes through a script and says what each of its commands does.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::arguments::Arguments;
use super::catalogue::{CATALOGUE, Language, program_name};
use super::syntax::{self, Command, Event, Input, Output};
use super::unwrap::{self, Code, CodeSource, InputText, Inside};
use super::word::Word;
use super::written::{Content, Written};
use super::{Effect, MAX_DEPTH, MAX_EFFECTS, MAX_SCRIPT, code, environment, output, paths, target};

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

    fn code(&mut self, name: &str, code: &Code, input: &Rc<Input>, depth: usize) {
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

    fn text(&mut self, name: &str, language: Language, text: &str, depth: usize) {
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

    /// Judges what this script wrote into the file that is run; whether it wrote one.
    fn run_written(&mut self, file: &str, language: Language, depth: usize) -> bool {
        match self.written.take(file) {
            None => return false,
            Some(Content::Known(text)) => {
                let language = unwrap::shebang(&text).unwrap_or(language);
                self.text(file, language, &text, depth);
            }
            Some(Content::Downloaded) => self.push(Effect::new("net.pipe_to_shell", "execute", file)),
            Some(Content::Unknown) => self.opaque("a file that was written a moment ago"),
            Some(Content::Program(name)) => {
                self.aliases.insert(file.to_owned(), vec![Word::literal(name)]);
                return false;
            }
        }
        true
    }

    fn alias(&mut self, definitions: Vec<(String, String)>, depth: usize) {
        for (name, text) in definitions {
            let words = text.split_whitespace().map(Word::literal).collect();
            self.aliases.insert(name, words);
            self.run(&text, depth + 1);
        }
    }

    fn environment(&mut self, name: &str, word: &Word, depth: usize) {
        match environment::runs(name, word) {
            None => {}
            Some(environment::Runs::Script) => self.run(&word.text, depth + 1),
            Some(environment::Runs::Unreadable) => {
                self.opaque("a variable that makes other programs run code");
            }
        }
    }

    fn output(&mut self, output: &Output) {
        self.effects.extend(paths::written(&output.file, ">"));
        let path = target::normal(&output.file.text);
        let quiet = path.starts_with("/dev/") || path == "/proc/self/fd/1";
        let Some(from) = output.from.as_ref().filter(|_| !quiet) else {
            if !quiet && !output.appends {
                self.truncated(&output.file, path);
            }
            return;
        };
        if !output.appends && output::is_empty_output(from) {
            self.truncated(&output.file, path);
        } else if output.file.known {
            self.written.write(&path, from, output.appends);
        }
    }

    fn truncated(&mut self, file: &Word, path: String) {
        self.push(Effect {
            path: file.known.then_some(path),
            ..Effect::new("fs.truncate", "destroy", ">")
        });
    }

    fn opaque(&mut self, why: &str) {
        self.push(Effect::opaque(why));
    }

    fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn finish(mut self) -> Vec<Effect> {
        if self.effects.len() > MAX_EFFECTS {
            self.effects.truncate(MAX_EFFECTS);
            self.opaque("a script that does too much to be read");
        }
        let reads = |effect: &Effect| effect.family == "credential";
        let sends = |effect: &Effect| {
            matches!(effect.family.as_str(), "egress" | "network")
                && effect
                    .host
                    .as_deref()
                    .is_none_or(|host| !paths::is_this_machine(host))
        };
        if self.effects.iter().any(reads) && self.effects.iter().any(sends) {
            self.push(Effect::new(
                "net.upload.credentials",
                "egress",
                "a credential file",
            ));
        }
        let mut effects: Vec<Effect> = Vec::with_capacity(self.effects.len());
        let mut seen = std::collections::HashSet::new();
        for effect in self.effects {
            // A few are compared faster than they are hashed.
            let new = if effects.len() < 8 {
                !effects.contains(&effect)
            } else {
                seen.insert(format!("{effect:?}")) && !effects.iter().take(8).any(|other| *other == effect)
            };
            if new {
                effects.push(effect);
            }
        }
        effects
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
