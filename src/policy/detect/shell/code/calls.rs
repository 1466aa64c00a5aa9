//! Calls that matter, and what they are given.

use super::Found;
use super::arguments::Argument;
use super::names::{Imports, Kind, hidden_name, kind};
use super::tokens::{Token, tokens};
use crate::policy::detect::shell::Effect;
use crate::policy::detect::shell::catalogue::Language;
use crate::policy::detect::shell::paths;
use crate::policy::detect::shell::target::normal;

pub(super) fn read(text: &str, language: Language, program: &str) -> Vec<Found> {
    let tokens = tokens(text, language);
    let imports = Imports {
        processes: text.contains("subprocess"),
        files: ["\"fs", "'fs", "node:fs", "fileutils"]
            .iter()
            .any(|name| text.contains(name)),
    };
    let mut reader = Reader {
        tokens: &tokens,
        language,
        program,
        imports,
        found: Vec::new(),
        depth: 0,
    };
    reader.all();
    reader.found
}

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token],
    language: Language,
    program: &'a str,
    imports: Imports,
    found: Vec<Found>,
    depth: usize,
}

impl Reader<'_> {
    fn all(&mut self) {
        let mut socket = false;
        let mut hides = false;
        let mut runs = false;
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Run(script, true) => self.found.push(Found::Script(script.clone())),
                Token::Run(_, false) => self.found.push(Found::opaque("a command with values in it")),
                Token::Text(text, known) => {
                    // `"ls".execute()`, of Groovy.
                    let called = self.tokens.get(at + 1) == Some(&Token::Sign('.'))
                        && matches!(self.tokens.get(at + 2), Some(Token::Name(name)) if name == "execute");
                    if called && *known && self.language == Language::Other {
                        self.found.push(Found::Script(text.clone()));
                    }
                    if hidden_name(text, self.language) {
                        self.found.push(Found::opaque("the name of a function in a text"));
                    }
                    if paths::is_disk(text) {
                        self.found
                            .push(Found::effect("disk.overwrite", self.program, Some(text.clone())));
                    }
                }
                Token::Name(name) => {
                    socket |=
                        name.contains("socket") || name.contains("Socket") || name.contains("fsockopen");
                    hides |= ["__builtins__", "__dict__", "__subclasses__", "__globals__"]
                        .iter()
                        .any(|hidden| name.contains(hidden));
                    let Some(kind) = kind(name, self.language, self.imports) else {
                        continue;
                    };
                    runs |= kind == Kind::Run;
                    self.call(at, kind, name);
                }
                Token::Sign(_) => {}
            }
        }
        if hides {
            self.found.push(Found::opaque("names that are computed"));
        }
        if socket && (runs || self.tokens.iter().any(|token| matches!(token, Token::Text(text, _) if text.ends_with("/sh") || text.ends_with("/bash")))) {
            self.found.push(Found::Effect(Effect::new("net.shell", "execute", self.program)));
        }
    }

    /// What a call of this kind does; the name at `at` may also just be passed on.
    fn call(&mut self, at: usize, kind: Kind, name: &str) {
        let next = self.tokens.get(at + 1);
        let bare = matches!(
            self.language,
            Language::Ruby | Language::Perl | Language::Php | Language::Other
        );
        let arguments = match next {
            Some(Token::Sign('(')) => at + 2,
            Some(Token::Text(..) | Token::Name(_)) if bare => at + 1,
            // `from os import system`, `f = os.system`: it is called under another name.
            _ => {
                let imported = at.checked_sub(1).and_then(|before| self.tokens.get(before));
                let imports = matches!(imported, Some(Token::Name(word)) if matches!(word.as_str(), "import" | "def" | "function" | "use"));
                let defined = matches!(imported, Some(Token::Name(word)) if matches!(word.as_str(), "def" | "function"));
                let renamed = matches!(next, Some(Token::Name(word)) if word == "as")
                    || !imports && !matches!(next, Some(Token::Sign(',' | '}')));
                if !defined
                    && renamed
                    && !matches!(
                        kind,
                        Kind::Open | Kind::Statement | Kind::DeleteObject | Kind::Truncate
                    )
                    && !self.is_word(at)
                {
                    self.found.push(Found::opaque("a function under another name"));
                }
                return;
            }
        };
        let first = self.argument(arguments);
        match kind {
            Kind::Run => match first {
                Argument::Text(text) => self.run(text, arguments + 1),
                Argument::List(words) => self.found.push(Found::Command(words)),
                Argument::Other => self.found.push(Found::opaque("a command that is computed")),
            },
            Kind::Evaluate => match first {
                Argument::Text(text) if self.depth < 3 => {
                    let inner = tokens(&text, self.language);
                    let mut reader = Reader {
                        tokens: &inner,
                        language: self.language,
                        program: self.program,
                        imports: self.imports,
                        found: Vec::new(),
                        depth: self.depth + 1,
                    };
                    reader.all();
                    self.found.append(&mut reader.found);
                }
                _ => self.found.push(Found::opaque("code that is computed")),
            },
            Kind::DeleteTree => self.delete("fs.delete.recursive", first),
            Kind::Delete => self.delete("fs.delete", first),
            Kind::Truncate => self.delete("fs.truncate", first),
            Kind::Open => self.open(first, arguments + 1),
            Kind::Statement => {
                if let Argument::Text(text) = first {
                    let effects = crate::policy::detect::sql::read(&text, self.program).effects;
                    // A text that is no statement is for something else than a database.
                    let effects = effects.into_iter().filter(|effect| effect.family != "opaque");
                    self.found.extend(effects.map(Found::Effect));
                }
            }
            Kind::DeleteObject => {
                let empty = matches!(self.tokens.get(arguments), Some(Token::Sign(')')));
                let one = name.ends_with("deleteOne") || name.ends_with("findOneAndDelete");
                if !one || empty {
                    let id = if self.language == Language::Mongo {
                        "db.delete"
                    } else {
                        "code.delete"
                    };
                    self.found.push(Found::effect(id, self.program, None));
                }
            }
            Kind::Hide => self.found.push(Found::opaque("code that hides what it does")),
        }
    }

    /// Whether the name is only a word of another language's sentence, as the key of an object.
    fn is_word(&self, at: usize) -> bool {
        matches!(self.tokens.get(at + 1), Some(Token::Sign(':')))
    }

    /// A command line, or a program whose arguments follow.
    fn run(&mut self, text: String, next: usize) {
        let arguments = match (self.tokens.get(next), self.tokens.get(next + 1)) {
            (Some(Token::Sign(',')), Some(Token::Sign('['))) => match self.argument(next + 1) {
                Argument::List(words) => words,
                _ => return self.found.push(Found::opaque("arguments that are computed")),
            },
            (Some(Token::Sign(',')), Some(Token::Text(..))) => self.texts(next + 1),
            _ => Vec::new(),
        };
        if arguments.is_empty() {
            self.found.push(Found::Script(text));
        } else if text.starts_with('/')
            && arguments
                .first()
                .is_some_and(|first| text.ends_with(first.as_str()))
        {
            // `execl("/bin/rm", "rm", ...)` names the program twice.
            self.found.push(Found::Command(arguments));
        } else {
            self.found
                .push(Found::Command(std::iter::once(text).chain(arguments).collect()));
        }
    }

    fn delete(&mut self, id: &str, first: Argument) {
        match first {
            Argument::Text(text) => self
                .found
                .push(Found::effect(id, self.program, Some(normal(&text)))),
            Argument::List(texts) => {
                let program = self.program;
                let each = texts
                    .iter()
                    .map(|text| Found::effect(id, program, Some(normal(text))));
                self.found.extend(each);
            }
            Argument::Other => self.found.push(Found::effect(id, self.program, None)),
        }
    }

    /// A file that is opened to be written, and nothing is.
    fn open(&mut self, first: Argument, next: usize) {
        let Argument::Text(path) = first else { return };
        let program = self.program;
        let second = match (self.tokens.get(next), self.tokens.get(next + 1)) {
            (Some(Token::Sign(',')), Some(Token::Text(text, _))) => Some(text.as_str()),
            _ => None,
        };
        let after = self.tokens.get(next + 2..).unwrap_or_default();
        let closed = matches!(
            after,
            [Token::Sign(')')]
                | [Token::Sign(')'), Token::Sign(';'), ..]
                | [Token::Sign(')'), Token::Sign('.'), Token::Name(_), ..]
        );
        let writes_nothing = matches!(after, [Token::Sign(')'), Token::Sign('.'), Token::Name(name), ..] if name == "close" || name == "truncate")
            || matches!(after, [Token::Sign(')')] | [Token::Sign(')'), Token::Sign(';')]);
        let truncates =
            second.is_some_and(|mode| mode.starts_with('w') || mode == ">") && closed && writes_nothing
                || second == Some("");
        if truncates {
            self.found
                .push(Found::effect("fs.truncate", program, Some(normal(&path))));
        }
        let writes = second.is_some_and(|mode| mode.starts_with(['w', 'a', '>']) || mode.len() > 3);
        if writes {
            let written = crate::policy::detect::shell::word::Word::literal(path);
            self.found
                .extend(paths::written(&written, program).map(Found::Effect));
        }
    }
}
