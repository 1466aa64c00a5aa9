//! Calls that matter, by name.

use super::Found;
use super::tokens::{Token, tokens};
use crate::policy::detect::shell::Effect;
use crate::policy::detect::shell::catalogue::Language;
use crate::policy::detect::shell::paths;
use crate::policy::detect::shell::target::normal;

/// What a call does with its first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Gives it to a shell, or starts it.
    Run,
    /// Evaluates it as code of the same language.
    Evaluate,
    /// Deletes it and all below it.
    DeleteTree,
    Delete,
    Truncate,
    /// Opens it; what for, its second argument says.
    Open,
    /// Sends it to a database.
    Statement,
    /// Deletes whatever it is called on.
    DeleteObject,
    /// Turns a text into code or a name nobody can read.
    Hide,
}

/// What a name that is called does; `member` is what it is a member of.
fn kind(name: &str, language: Language, imports: Imports) -> Option<Kind> {
    use Language::{JavaScript, Lua, Mongo, Other, Perl, Php, Python, Ruby};
    let (member, last) = name.rsplit_once('.').unwrap_or(("", name));
    let scripted = matches!(language, Ruby | Perl | Php | Lua | Other);
    Some(match last {
        "drop" | "dropDatabase" | "deleteMany" | "dropIndexes" | "dropIndex" | "dropAllUsers"
        | "dropAllRoles" | "dropUser" | "shutdownServer" | "remove" | "deleteOne" | "findOneAndDelete"
        | "renameCollection"
            if language == Mongo =>
        {
            Kind::DeleteObject
        }
        "system"
        | "popen"
        | "popen2"
        | "popen3"
        | "shell_exec"
        | "passthru"
        | "proc_open"
        | "pcntl_exec"
        | "execSync"
        | "spawnSync"
        | "execFile"
        | "execFileSync"
        | "check_call"
        | "check_output"
        | "getoutput"
        | "getstatusoutput"
        | "Popen"
        | "execv"
        | "execve"
        | "execvp"
        | "execvpe"
        | "execl"
        | "execlp"
        | "execle"
        | "spawnl"
        | "spawnv"
        | "spawnlp"
        | "spawnvp"
        | "posix_spawn"
        | "capture2"
        | "capture2e"
        | "capture3"
        | "pipeline"
        | "create_subprocess_shell"
        | "create_subprocess_exec"
        | "system2"
        | "startProcess"
        | "CreateProcess"
        | "ShellExecute" => Kind::Run,
        "run" | "call" if imports.processes => Kind::Run,
        "spawn" if matches!(language, JavaScript | Ruby) || member == "pty" => Kind::Run,
        "execute" if language == Lua => Kind::Run,
        "exec" if language == Python => Kind::Evaluate,
        "exec" if scripted || language == JavaScript && !is_pattern(member) => Kind::Run,
        "Command" if member == "Deno" => Kind::Run,
        // `do shell script "..."`
        "script" if language == Other => Kind::Run,
        "eval" | "instance_eval" | "class_eval" | "loadstring" | "runInNewContext" | "runInThisContext"
        | "runInContext" => Kind::Evaluate,
        "Function" if language == JavaScript => Kind::Evaluate,
        "assert" | "create_function" if language == Php => Kind::Evaluate,
        "rmtree"
        | "rm_rf"
        | "rm_r"
        | "remove_tree"
        | "removeSync"
        | "rmSync"
        | "rmdirSync"
        | "rimraf"
        | "emptyDir"
        | "emptyDirSync"
        | "remove_entry_secure"
        | "remove_entry"
        | "rm_f"
        | "deltree"
        | "secure_rmtree" => Kind::DeleteTree,
        "rm" | "rmdir" | "remove"
            if matches!(language, JavaScript | Ruby) && (imports.files || is_files(member)) =>
        {
            Kind::DeleteTree
        }
        "unlink" | "unlinkSync" | "removedirs" | "file_put_delete" | "unlink_if_exists" => Kind::Delete,
        "remove" | "rmdir" | "delete" | "rename"
            if matches!(member, "os" | "File" | "Dir" | "FileUtils" | "Pathname") =>
        {
            Kind::Delete
        }
        "rmdir" | "rm" if scripted && member.is_empty() => Kind::Delete,
        "truncate" | "truncateSync" | "ftruncate" => Kind::Truncate,
        "open" | "fopen" | "writeFileSync" | "writeFile" | "file_put_contents" | "write_text"
        | "createWriteStream" => Kind::Open,
        "execute" | "executemany" | "executescript" | "query" | "raw" | "executeUpdate" | "prepare"
        | "$executeRawUnsafe" | "exec_query" | "do" => Kind::Statement,
        "delete_all" | "destroy_all" | "drop_database" | "drop_collection" | "delete_many" | "drop_all"
        | "dropDatabase" | "flushall" | "flushdb" | "flushAll" | "flushDb" | "deleteMany" | "drop_table"
        | "dropTable" | "truncate_table" => Kind::DeleteObject,
        "delete" if !member.is_empty() => Kind::DeleteObject,
        _ if ["delete_", "terminate_", "destroy_", "purge_", "drop_"]
            .iter()
            .any(|verb| last.starts_with(verb))
            && !member.is_empty() =>
        {
            Kind::DeleteObject
        }
        "__import__"
        | "getattr"
        | "import_module"
        | "b64decode"
        | "decodebytes"
        | "a85decode"
        | "b32decode"
        | "b85decode"
        | "fromhex"
        | "unhexlify"
        | "atob"
        | "fromCharCode"
        | "base64_decode"
        | "str_rot13"
        | "gzinflate"
        | "gzuncompress"
        | "hex2bin"
        | "decode64"
        | "unpack1"
        | "unpack"
        | "call_user_func"
        | "call_user_func_array"
        | "public_send"
        | "__send__"
        | "instance_method"
        | "const_get"
        | "constantize"
        | "run_module"
        | "run_path"
        | "loads"
        | "globals"
        | "vars"
        | "locals"
        | "attrgetter"
        | "methodcaller"
        | "array_map"
        | "usort"
        | "decompress"
            if !(last == "loads" && !matches!(member, "pickle" | "marshal" | "dill")
                || matches!(last, "unpack" | "unpack1" | "decompress") && language == Python) =>
        {
            Kind::Hide
        }
        "pack" | "chr" if matches!(language, Perl | Php) => Kind::Hide,
        "send" | "method" if language == Ruby => Kind::Hide,
        _ => return None,
    })
}

/// What the code has asked for, under whatever name.
#[derive(Debug, Clone, Copy)]
struct Imports {
    processes: bool,
    files: bool,
}

fn is_files(member: &str) -> bool {
    ["fs", "fsp", "promises", "Deno", "FileUtils", "fse"]
        .iter()
        .any(|end| member.ends_with(end))
        || member.is_empty()
}

/// `/x/.exec("y")`: what is left of it is no name of a process module.
fn is_pattern(member: &str) -> bool {
    let lower = member.to_ascii_lowercase();
    lower.contains("re") && !lower.contains("require") || lower.contains("pattern") || lower.contains("match")
}

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

struct Reader<'a> {
    tokens: &'a [Token],
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

    fn texts(&self, from: usize) -> Vec<String> {
        self.tokens
            .iter()
            .skip(from)
            .take_while(|token| matches!(token, Token::Text(..) | Token::Sign(',')))
            .filter_map(|token| match token {
                Token::Text(text, _) => Some(text.clone()),
                _ => None,
            })
            .collect()
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

    fn argument(&self, at: usize) -> Argument {
        match self.tokens.get(at) {
            Some(Token::Text(text, true)) => match (self.tokens.get(at + 1), self.tokens.get(at + 2)) {
                (Some(Token::Sign('.')), Some(Token::Name(name))) if name == "split" => {
                    Argument::List(text.split_whitespace().map(str::to_owned).collect())
                }
                (Some(Token::Sign('+' | '.' | '%')), _) => Argument::Other,
                _ => Argument::Text(text.clone()),
            },
            Some(Token::Sign('[')) => {
                let inner: Vec<&Token> = self
                    .tokens
                    .iter()
                    .skip(at + 1)
                    .take_while(|token| **token != Token::Sign(']'))
                    .collect();
                let texts: Option<Vec<String>> = inner
                    .iter()
                    .filter(|token| ***token != Token::Sign(','))
                    .map(|token| match token {
                        Token::Text(text, true) => Some(text.clone()),
                        // An argument that is computed is not what the command does.
                        Token::Name(name) => Some(format!("${name}")),
                        _ => None,
                    })
                    .collect();
                match texts {
                    Some(texts) if texts.first().is_some_and(|first| !first.starts_with('$')) => {
                        Argument::List(texts)
                    }
                    _ => Argument::Other,
                }
            }
            _ => Argument::Other,
        }
    }
}

enum Argument {
    Text(String),
    List(Vec<String>),
    Other,
}

/// Whether a text is the name of a function that matters: `getattr(os, "system")`, `fs["rmSync"]`.
fn hidden_name(text: &str, language: Language) -> bool {
    const NAMES: [&str; 20] = [
        "system",
        "popen",
        "rmtree",
        "execSync",
        "spawnSync",
        "rmSync",
        "rmdirSync",
        "unlinkSync",
        "shell_exec",
        "passthru",
        "proc_open",
        "rm_rf",
        "execFileSync",
        "check_output",
        "check_call",
        "Popen",
        "__import__",
        "eval",
        "exec",
        "unlink",
    ];
    language != Language::Mongo && NAMES.contains(&text)
}
