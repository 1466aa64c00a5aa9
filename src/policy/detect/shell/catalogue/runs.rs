//! Programs that run others, and programs that take code.

/// A program that runs another one: `runs: skip=1 joined`.
#[derive(Debug, Default)]
pub(in super::super) struct Wrapper {
    /// The words before the wrapped command: `sub=compose+exec,exec`.
    pub(in super::super) sub: Vec<Vec<&'static str>>,
    /// Options that take a value: those of the block.
    pub(in super::super) valued: Vec<&'static str>,
    /// Options whose value is a shell script: `script=-c,--command`.
    pub(in super::super) script: Vec<&'static str>,
    /// Options whose value is the start of the command: `split=-S`.
    pub(in super::super) split: Vec<&'static str>,
    /// Nothing but the values of those options is run: `only`.
    pub(in super::super) only: bool,
    /// Options with which nothing is run: `inert=-v`.
    pub(in super::super) inert: Vec<&'static str>,
    /// Operands before the wrapped command: `skip=1`.
    pub(in super::super) skip: usize,
    /// The wrapped command stands after one of these words: `after=--`.
    pub(in super::super) after: Vec<&'static str>,
    /// Further operands come from the input: `fed`.
    pub(in super::super) fed: bool,
    /// The remaining words make one script: `joined`.
    pub(in super::super) joined: bool,
    /// The first operand is a script: `first`.
    pub(in super::super) first: bool,
    /// Each operand is a script: `each`.
    pub(in super::super) each: bool,
    /// Without a command, it reads one from its input: `input`.
    pub(in super::super) input: bool,
    /// What running it means by itself: `effect=priv.elevate`.
    pub(in super::super) effect: Option<&'static str>,
}

/// A language an interpreter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Language {
    Shell,
    Sql,
    Python,
    JavaScript,
    Ruby,
    Perl,
    Php,
    Lua,
    Mongo,
    PowerShell,
    Awk,
    Sed,
    /// An editor's commands.
    Editor,
    /// Lines of words for the program itself.
    Own,
    /// Some other language that can call the system.
    Other,
}

/// A program that runs code it is given: `code: python -c --eval=...`, then attributes.
#[derive(Debug)]
pub(in super::super) struct Interpreter {
    pub(in super::super) language: Language,
    /// Options whose value is code.
    pub(in super::super) code: Vec<&'static str>,
    pub(in super::super) valued: Vec<&'static str>,
    /// Options after which a module's name stands: `module=-m`.
    pub(in super::super) module: Vec<&'static str>,
    /// All operands together are the code.
    pub(in super::super) joined: bool,
    /// The first operand is the code, unless an option gives it.
    pub(in super::super) first: bool,
    /// The last of several operands is the code.
    pub(in super::super) last: bool,
    /// It does not read code from its input.
    pub(in super::super) deaf: bool,
    /// It reads code from its input whatever its operands are.
    pub(in super::super) listens: bool,
    /// The program its lines are for, if it is another one: `as=x`.
    pub(in super::super) lines_of: Option<&'static str>,
    /// Its first operand is not a script.
    pub(in super::super) fileless: bool,
}

impl Wrapper {
    pub(super) fn read(text: &'static str, valued: &[&'static str]) -> Self {
        let mut wrapper = Self {
            valued: valued.to_vec(),
            ..Self::default()
        };
        for attribute in text.split_whitespace() {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let list = || value.split(',').collect::<Vec<_>>();
            match name {
                "sub" => wrapper.sub = list().into_iter().map(|sub| sub.split('+').collect()).collect(),
                "script" => wrapper.script = list(),
                "split" => wrapper.split = list(),
                "inert" => wrapper.inert = list(),
                "skip" => wrapper.skip = value.parse().unwrap_or(0),
                "after" => wrapper.after = list(),
                "only" => wrapper.only = true,
                "fed" => wrapper.fed = true,
                "joined" => wrapper.joined = true,
                "first" => wrapper.first = true,
                "each" => wrapper.each = true,
                "input" => wrapper.input = true,
                "effect" => wrapper.effect = Some(value),
                _ => {}
            }
        }
        wrapper
    }
}

impl Interpreter {
    pub(super) fn read(text: &'static str, valued: &[&'static str]) -> Self {
        let mut words = text.split_whitespace();
        let language = words.next().map_or(Language::Other, Language::named);
        let mut interpreter = Self {
            language,
            code: Vec::new(),
            valued: valued.to_vec(),
            module: Vec::new(),
            joined: false,
            first: false,
            last: false,
            deaf: false,
            listens: false,
            lines_of: None,
            fileless: false,
        };
        for word in words {
            match word {
                "joined" => interpreter.joined = true,
                "first" => interpreter.first = true,
                "last" => interpreter.last = true,
                "deaf" => interpreter.deaf = true,
                "listens" => interpreter.listens = true,
                "fileless" => interpreter.fileless = true,
                option if option.starts_with("as=") => interpreter.lines_of = option.strip_prefix("as="),
                option => match option.strip_prefix("module=") {
                    Some(module) => interpreter.module.push(module),
                    None => interpreter.code.push(option),
                },
            }
        }
        interpreter
    }
}

impl Language {
    fn named(name: &str) -> Self {
        match name {
            "shell" => Self::Shell,
            "sql" => Self::Sql,
            "python" => Self::Python,
            "javascript" => Self::JavaScript,
            "ruby" => Self::Ruby,
            "perl" => Self::Perl,
            "php" => Self::Php,
            "lua" => Self::Lua,
            "mongo" => Self::Mongo,
            "powershell" => Self::PowerShell,
            "awk" => Self::Awk,
            "sed" => Self::Sed,
            "editor" => Self::Editor,
            "own" => Self::Own,
            _ => Self::Other,
        }
    }
}
