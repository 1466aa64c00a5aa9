//! What a script leaves behind for later: files, aliases, variables; and what it comes to in the end.

use super::super::catalogue::Language;
use super::super::syntax::Output;
use super::super::word::Word;
use super::super::written::Content;
use super::super::{Effect, MAX_EFFECTS, environment, output, paths, target, unwrap};
use super::Judge;

impl Judge {
    /// Judges what this script wrote into the file that is run; whether it wrote one.
    pub(super) fn run_written(&mut self, file: &str, language: Language, depth: usize) -> bool {
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

    pub(super) fn alias(&mut self, definitions: Vec<(String, String)>, depth: usize) {
        for (name, text) in definitions {
            let words = text.split_whitespace().map(Word::literal).collect();
            self.aliases.insert(name, words);
            self.run(&text, depth + 1);
        }
    }

    pub(super) fn environment(&mut self, name: &str, word: &Word, depth: usize) {
        match environment::runs(name, word) {
            None => {}
            Some(environment::Runs::Script) => self.run(&word.text, depth + 1),
            Some(environment::Runs::Unreadable) => {
                self.opaque("a variable that makes other programs run code");
            }
        }
    }

    pub(super) fn output(&mut self, output: &Output) {
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

    pub(in super::super) fn finish(mut self) -> Vec<Effect> {
        if self.effects.len() > MAX_EFFECTS {
            self.effects.truncate(MAX_EFFECTS);
            self.opaque("a script that does too much to be read");
        }
        let reads = |effect: &Effect| effect.id == "fs.read.credentials";
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
