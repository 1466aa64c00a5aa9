//! What a shell script would do, judged by its commands' arguments and not by its text.
//!
//! Commands are found with a real parser, wrappers and inline code are unwrapped, and what is left is
//! looked up in `effects.yaml`. What cannot be read without running it is itself an effect, `opaque.exec`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

mod arguments;
mod catalogue;
mod syntax;
pub(crate) mod target;
mod unwrap;
mod word;

use arguments::Arguments;
use catalogue::{CATALOGUE, program_name};
use word::Word;

/// Something a command does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What: `git.push.force`, `fs.delete.recursive`, `opaque.exec`.
    pub id: String,
    /// The family rules speak of: `destroy`, `egress`, `opaque`, ...
    pub family: String,
    /// The program that does it.
    pub program: String,
    /// The file, table, resource it happens to, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Effect {
    pub(crate) fn new(id: &str, family: &str, program: &str) -> Self {
        Self {
            id: id.to_owned(),
            family: family.to_owned(),
            program: program.to_owned(),
            path: None,
            branch: None,
            host: None,
        }
    }

    /// Code that cannot be read without running it; `why` stands where the program would.
    #[must_use]
    pub fn opaque(why: &str) -> Self {
        Self::new("opaque.exec", "opaque", why)
    }
}

/// Longest script that is looked into.
pub const MAX_SCRIPT: usize = 64 << 10;
/// How deep inline code is followed.
const MAX_DEPTH: usize = 4;
/// Most effects of one script; what comes after is not looked at.
const MAX_EFFECTS: usize = 1_000;

/// Everything the script does that the catalogue knows, each once.
#[must_use]
pub fn inspect(script: &str) -> Vec<Effect> {
    let mut judge = Judge {
        effects: Vec::new(),
        budget: 4 * MAX_SCRIPT,
    };
    judge.script(script, 0);
    judge.finish()
}

/// Everything a command given as separate arguments does.
#[must_use]
pub fn inspect_arguments<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Vec<Effect> {
    let words = arguments.into_iter().map(Word::literal).collect();
    let input = std::rc::Rc::new(syntax::Input::Nothing);
    let mut judge = Judge {
        effects: Vec::new(),
        budget: 4 * MAX_SCRIPT,
    };
    judge.command(&syntax::Command { words, input }, 0);
    judge.finish()
}

/// The families effects belong to.
pub static FAMILIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let named = [
        "execute",
        "opaque",
        "egress",
        "destroy",
        "credential",
        "privilege",
    ];
    sorted(
        CATALOGUE
            .outcomes()
            .map(|outcome| outcome.family.as_str())
            .chain(named),
    )
});

/// The ids effects have.
pub static EFFECT_IDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    // Those that are not in the catalogue because their detection is code.
    let named = [
        "opaque.exec",
        "net.pipe_to_shell",
        "net.socket",
        "net.upload.credentials",
        "fs.read.credentials",
        "fs.truncate",
        "disk.overwrite",
        "http.delete",
        "priv.elevate",
        "sql.drop.table",
        "sql.drop.database",
        "sql.drop.schema",
        "sql.truncate",
        "sql.delete.all",
        "sql.update.all",
        "sql.alter.drop",
        "sql.grant",
        "sql.role",
    ];
    sorted(
        CATALOGUE
            .outcomes()
            .map(|outcome| outcome.is.as_str())
            .chain(named),
    )
});

fn sorted<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    words
        .map(str::to_owned)
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

struct Judge {
    effects: Vec<Effect>,
    /// Bytes of script that may still be looked at, inline code included.
    budget: usize,
}

impl Judge {
    fn script(&mut self, source: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return self.opaque("code within code within code");
        }
        if source.len() > MAX_SCRIPT || source.len() > self.budget {
            return self.opaque("a script too long to be read");
        }
        self.budget -= source.len();
        let Some(script) = syntax::parse(source) else {
            return self.opaque("a script that takes too long to be read");
        };
        for command in &script.commands {
            self.command(command, depth);
        }
        for (word, truncates) in &script.outputs {
            self.output(word, *truncates);
        }
        if script.unreadable {
            self.opaque("a script with a syntax error");
        }
    }

    fn command(&mut self, command: &syntax::Command, depth: usize) {
        let mut words = command.words.as_slice();
        for _ in 0..16 {
            let Some((first, rest)) = words.split_first() else {
                return;
            };
            let Some(name) = program_name(first) else {
                if unwrap::downloads(&first.text) {
                    self.push(Effect::new("net.pipe_to_shell", "execute", "$(...)"));
                }
                return self.opaque("a command whose name is computed");
            };
            self.look_up(name, rest);
            match unwrap::unwrap(name, rest) {
                unwrap::Inside::Command { words: inner, effect } => {
                    if let Some(id) = effect {
                        self.push(Effect::new(id, "privilege", name));
                    }
                    // Words that are not in the script need a place to live.
                    if let unwrap::Words::Owned(inner) = inner {
                        let inner = syntax::Command {
                            words: inner,
                            input: std::rc::Rc::clone(&command.input),
                        };
                        return if depth < MAX_DEPTH {
                            self.command(&inner, depth + 1);
                        } else {
                            self.opaque("code within code within code");
                        };
                    }
                    let unwrap::Words::Borrowed(inner) = inner else {
                        return;
                    };
                    words = inner;
                }
                unwrap::Inside::Code(code) => return self.code(name, &code, &command.input, depth),
                unwrap::Inside::Nothing => return,
            }
        }
        self.opaque("a command behind too many others");
    }

    /// What the catalogue says about a program with these arguments.
    fn look_up(&mut self, name: &str, words: &[Word]) {
        for program in CATALOGUE.programs(name) {
            let arguments = Arguments::new(words, &program.options);
            for (outcome, next) in program.outcomes(&arguments) {
                let plain = Effect::new(&outcome.is, &outcome.family, name);
                self.effects
                    .extend(target::targets(plain, outcome.at, &arguments, next));
            }
        }
        if CATALOGUE.credential_readers.iter().any(|reader| reader == name) {
            for (at, word) in words.iter().enumerate() {
                let before = at.checked_sub(1).and_then(|before| words.get(before));
                if before.is_some_and(|option| identifies(name, &option.text)) {
                    continue;
                }
                let path = target::normal(
                    word.text
                        .rsplit_once('@')
                        .map_or(word.text.as_str(), |(_, path)| path),
                );
                if holds_credentials(&path) {
                    let mut effect = Effect::new("fs.read.credentials", "credential", name);
                    effect.path = Some(path);
                    self.push(effect);
                }
            }
        }
    }

    fn code(&mut self, name: &str, code: &unwrap::Code, input: &syntax::Input, depth: usize) {
        use catalogue::Language;
        let text = match &code.source {
            unwrap::CodeSource::Text(text) => text.clone(),
            unwrap::CodeSource::Input => match unwrap::input_text(input) {
                unwrap::InputText::Known(text) => text,
                unwrap::InputText::Nothing => return,
                unwrap::InputText::Downloaded => {
                    return self.push(Effect::new("net.pipe_to_shell", "execute", name));
                }
                unwrap::InputText::Computed => return self.opaque("code that another program writes"),
            },
        };
        match code.language {
            Language::Shell => self.script(&text, depth + 1),
            Language::Sql => self.effects.extend(super::sql::inspect(&text, name)),
            Language::Script if CATALOGUE.unreadable.is_match(&text) => {
                self.opaque("inline code that can call the system");
            }
            Language::Script => {}
        }
    }

    fn output(&mut self, word: &Word, truncates: bool) {
        let path = target::normal(&word.text);
        let device = [
            "/dev/sd",
            "/dev/nvme",
            "/dev/hd",
            "/dev/vd",
            "/dev/disk",
            "/dev/mapper",
            "/dev/mem",
        ];
        let known = word.known.then(|| path.clone());
        if device.iter().any(|prefix| path.starts_with(prefix)) {
            self.push(Effect {
                path: known,
                ..Effect::new("disk.overwrite", "destroy", ">")
            });
        } else if let Some(address) = path
            .strip_prefix("/dev/tcp/")
            .or_else(|| path.strip_prefix("/dev/udp/"))
        {
            let host = address.split('/').next().map(str::to_owned);
            self.push(Effect {
                host,
                ..Effect::new("net.socket", "egress", ">")
            });
        } else if truncates && path != "/dev/null" {
            self.push(Effect {
                path: known,
                ..Effect::new("fs.truncate", "destroy", ">")
            });
        }
    }

    fn opaque(&mut self, why: &str) {
        self.push(Effect::opaque(why));
    }

    fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn finish(mut self) -> Vec<Effect> {
        if self.effects.len() > MAX_EFFECTS {
            self.effects.truncate(MAX_EFFECTS);
            self.opaque("a script that does too much to be read");
        }
        let reads = |effect: &Effect| effect.family == "credential";
        let sends = |effect: &Effect| {
            matches!(effect.family.as_str(), "egress" | "network")
                && effect.host.as_deref().is_none_or(|host| !is_this_machine(host))
        };
        if self.effects.iter().any(reads) && self.effects.iter().any(sends) {
            self.push(Effect::new(
                "net.upload.credentials",
                "egress",
                "a credential file",
            ));
        }
        let mut seen = std::collections::HashSet::new();
        let mut effects = self.effects;
        effects.retain(|effect| seen.insert(format!("{effect:?}")));
        effects
    }
}

/// Whether the file at `path`, without `.` and `..`, is known for the credentials in it.
#[must_use]
pub fn holds_credentials(path: &str) -> bool {
    let named = |pattern: &String| crate::policy::glob::matches(pattern, path, Some(b'/'));
    let harmless = [".example", ".sample", ".template", ".dist", ".pub"]
        .iter()
        .any(|end| path.ends_with(end));
    CATALOGUE.credential_files.iter().any(named) && !harmless
}

/// Whether the file named by the option is what the program proves who it is with, or knows others by.
/// It is not sent.
fn identifies(program: &str, option: &str) -> bool {
    matches!(
        (program, option),
        ("scp" | "sftp", "-i") | ("curl", "--cacert" | "--cert" | "--key" | "-E")
    )
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host == "::1" || host == "0.0.0.0" || host.starts_with("127.")
}

#[cfg(test)]
mod tests;
