//! What commands do: the data file, and how a command line is matched against it.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::arguments::Arguments;
use super::word::Word;
use crate::policy::glob;

/// The data, read once.
pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::new);

#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) wrappers: Vec<Wrapper>,
    pub(super) interpreters: Vec<Interpreter>,
    pub(super) unreadable: aho_corasick::AhoCorasick,
    pub(super) downloaders: Vec<String>,
    pub(super) credential_files: Vec<String>,
    pub(super) credential_readers: Vec<String>,
    programs: Vec<Program>,
    named: HashMap<String, Vec<usize>>,
    patterned: Vec<(String, usize)>,
}

/// A program that runs another one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wrapper {
    pub(super) name: String,
    /// The words before the wrapped command: `compose exec|compose run`.
    pub(super) sub: String,
    /// Options that take a value.
    pub(super) options: Vec<String>,
    /// Options whose value is a shell script.
    pub(super) code: Vec<String>,
    /// Options with which nothing is run.
    pub(super) inert: Vec<String>,
    /// Operands before the wrapped command.
    pub(super) skip: usize,
    /// The wrapped command stands after this word.
    pub(super) after: String,
    /// Further operands come from the input.
    pub(super) fed: bool,
    /// The remaining words make one script.
    pub(super) joined: bool,
    /// The first operand is a script.
    pub(super) first: bool,
    /// What running it means by itself.
    pub(super) effect: String,
}

/// A language an interpreter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Language {
    Shell,
    Sql,
    /// Anything that can call the system: read for calls that do.
    Script,
}

/// A program that runs code it is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Interpreter {
    pub(super) name: String,
    pub(super) language: Language,
    #[serde(default)]
    pub(super) code: Vec<String>,
    #[serde(default)]
    pub(super) options: Vec<String>,
    #[serde(default)]
    pub(super) module: Vec<String>,
    /// All operands together are the code.
    #[serde(default)]
    pub(super) joined: bool,
    /// The last of several operands is the code.
    #[serde(default)]
    pub(super) last: bool,
}

#[derive(Debug)]
pub(super) struct Program {
    /// Options that take a value.
    pub(super) options: Vec<String>,
    dry: Vec<String>,
    outcomes: Vec<Outcome>,
}

/// One thing a program does, and when.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) is: String,
    pub(super) family: String,
    pub(super) at: At,
    when: Vec<Condition>,
}

/// Which part of a command line something happens to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum At {
    #[default]
    Nothing,
    Operands,
    /// The operands before the first option.
    Start,
    Last,
    Refspec,
    Url,
    Remote,
}

#[derive(Debug)]
enum Condition {
    Word(Vec<String>),
    Gap,
    Option { names: Vec<String>, values: Vec<String> },
    Operand(Vec<String>),
    Not(Box<Self>),
}

impl Catalogue {
    #[expect(clippy::expect_used, reason = "the file is compiled in and a test reads it")]
    fn new() -> Self {
        let raw: Raw = serde_saphyr::from_str(include_str!("effects.yaml")).expect("effects.yaml is valid");
        let mut named: HashMap<String, Vec<usize>> = HashMap::new();
        let mut patterned = Vec::new();
        let mut programs = Vec::new();
        for program in raw.programs {
            for name in program.name.split('|').map(str::trim) {
                if name.contains('*') {
                    patterned.push((name.to_owned(), programs.len()));
                } else {
                    named.entry(name.to_owned()).or_default().push(programs.len());
                }
            }
            programs.push(Program {
                options: program.options,
                dry: program.dry,
                outcomes: program.effects.into_iter().map(Outcome::new).collect(),
            });
        }
        Self {
            wrappers: raw.wrappers,
            interpreters: raw.interpreters,
            unreadable: aho_corasick::AhoCorasick::new(&raw.unreadable).expect("words are few and short"),
            downloaders: raw.downloaders,
            credential_files: raw.credential_files,
            credential_readers: raw.credential_readers,
            programs,
            named,
            patterned,
        }
    }

    /// The entries for a program's name.
    pub(super) fn programs(&self, name: &str) -> impl Iterator<Item = &Program> {
        let patterned = self
            .patterned
            .iter()
            .filter(|(pattern, _)| glob::matches(pattern, name, None));
        let named = self.named.get(name).into_iter().flatten().copied();
        named
            .chain(patterned.map(|(_, index)| *index).collect::<Vec<_>>())
            .filter_map(|index| self.programs.get(index))
    }

    /// Everything any program does.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.programs.iter().flat_map(|program| &program.outcomes)
    }

    /// How this interpreter takes code.
    pub(super) fn interpreter(&self, name: &str) -> Option<&Interpreter> {
        self.interpreters
            .iter()
            .find(|interpreter| one_of(&interpreter.name, name))
    }
}

impl Program {
    /// What the command does, each with the place of its first operand after the words.
    pub(super) fn outcomes(&self, arguments: &Arguments<'_>) -> Vec<(&Outcome, usize)> {
        if self.dry.iter().any(|option| arguments.has(option)) {
            return Vec::new();
        }
        let happens = |outcome: &Outcome| outcome.happens(arguments);
        self.outcomes
            .iter()
            .filter_map(|outcome| Some((outcome, happens(outcome)?)))
            .collect()
    }
}

impl Outcome {
    fn new(raw: RawOutcome) -> Self {
        Self {
            is: raw.is,
            family: raw.family.unwrap_or_else(|| "destroy".to_owned()),
            at: raw.at,
            when: raw.on.split_whitespace().map(Condition::new).collect(),
        }
    }

    fn happens(&self, arguments: &Arguments<'_>) -> Option<usize> {
        let words: Vec<&Condition> = self
            .when
            .iter()
            .filter(|condition| matches!(condition, Condition::Word(_) | Condition::Gap))
            .collect();
        let next = follow(&words, arguments, 0, 0)?;
        let others = self
            .when
            .iter()
            .filter(|condition| !matches!(condition, Condition::Word(_) | Condition::Gap));
        others
            .into_iter()
            .all(|condition| condition.holds(arguments, next))
            .then_some(next)
    }
}

/// Most operands a gap skips.
const MAX_GAP: usize = 4;

/// Where the operands go on after `words`; operands that may be values of unknown options are passed over.
fn follow(words: &[&Condition], arguments: &Arguments<'_>, at: usize, skipped: usize) -> Option<usize> {
    let Some((first, rest)) = words.split_first() else {
        return Some(at);
    };
    if let Condition::Gap = first {
        return (0..=MAX_GAP).find_map(|skip| follow(rest, arguments, at + skip, skip));
    }
    let operand = arguments.operands.get(at)?;
    if let Condition::Word(alternatives) = first
        && alternatives
            .iter()
            .any(|word| glob::matches(word, &operand.word.text, None))
    {
        return follow(rest, arguments, at + 1, skipped);
    }
    (operand.loose && skipped < MAX_GAP)
        .then(|| follow(words, arguments, at + 1, skipped + 1))
        .flatten()
}

impl Condition {
    fn new(text: &str) -> Self {
        let list = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
        if text == ".." {
            return Self::Gap;
        }
        if let Some(text) = text.strip_prefix('!') {
            return Self::Not(Box::new(Self::new(text)));
        }
        if let Some(text) = text.strip_prefix('@') {
            return Self::Operand(list(text));
        }
        if text.starts_with('-') {
            let (names, values) = text
                .split_once('=')
                .map_or((text, None), |(names, values)| (names, Some(values)));
            return Self::Option {
                names: list(names),
                values: values.map(list).unwrap_or_default(),
            };
        }
        Self::Word(list(text))
    }

    fn holds(&self, arguments: &Arguments<'_>, next: usize) -> bool {
        match self {
            Self::Word(_) | Self::Gap => true,
            Self::Not(condition) => !condition.holds(arguments, next),
            Self::Operand(globs) => arguments.operands.iter().skip(next).any(|operand| {
                globs
                    .iter()
                    .any(|glob| glob::matches(glob, &operand.word.text, None))
            }),
            Self::Option { names, values } => names.iter().any(|name| {
                if values.is_empty() {
                    return arguments.has(name);
                }
                arguments
                    .values(name)
                    .any(|value| values.iter().any(|glob| glob::matches(glob, value, None)))
            }),
        }
    }
}

/// Whether `name` is one of `a|b|c`, which may hold wildcards.
pub(super) fn one_of(list: &str, name: &str) -> bool {
    list.split('|')
        .any(|entry| entry == name || entry.contains('*') && glob::matches(entry, name, None))
}

/// The name of the program a word names: its path cut off. `None` when that cannot be said.
pub(super) fn program_name(word: &Word) -> Option<&str> {
    let name = word.text.rsplit('/').next().unwrap_or_default();
    // Of `$VENV/bin/python` the name is known although the folder is not.
    let plain = word.known
        || word.text.contains('/') && !word.text.contains(['`', '(']) && !name.contains(['$', '{']);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    (plain && !name.is_empty()).then_some(name)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    wrappers: Vec<Wrapper>,
    interpreters: Vec<Interpreter>,
    unreadable: Vec<String>,
    downloaders: Vec<String>,
    credential_files: Vec<String>,
    credential_readers: Vec<String>,
    programs: Vec<RawProgram>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProgram {
    name: String,
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    dry: Vec<String>,
    effects: Vec<RawOutcome>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOutcome {
    on: String,
    is: String,
    family: Option<String>,
    #[serde(default)]
    at: At,
}
