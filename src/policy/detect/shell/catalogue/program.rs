//! What is said of one program.

use super::condition::{Condition, follow};
use super::runs::{Interpreter, Wrapper};
use crate::policy::detect::shell::arguments::Arguments;

/// What a program does and runs.
#[derive(Debug, Default)]
pub(in super::super) struct Program {
    /// Options that take a value.
    pub(in super::super) valued: Vec<&'static str>,
    dry: Vec<&'static str>,
    nocase: bool,
    outcomes: Vec<Outcome>,
    pub(in super::super) wrappers: Vec<Wrapper>,
    pub(in super::super) interpreter: Option<Interpreter>,
}

/// One thing a program does, and when.
#[derive(Debug)]
pub(in super::super) struct Outcome {
    pub(in super::super) is: &'static str,
    pub(in super::super) family: &'static str,
    pub(in super::super) at: At,
    words: Vec<Condition>,
    others: Vec<Condition>,
}

/// Which part of a command line something happens to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) enum At {
    #[default]
    Nothing,
    /// The operands after the words.
    Operands,
    /// The operands before the first option.
    Start,
    /// The last operand.
    Last,
    /// A branch, named by a refspec.
    Refspec,
    /// A host, named by an address.
    Url,
    /// A host, in `host:path`.
    Remote,
}

impl Program {
    pub(super) fn read(block: &'static str) -> Self {
        let mut program = Self::default();
        let list = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
        for line in block.lines() {
            if let Some(options) = line.strip_prefix("valued:") {
                program.valued.extend(list(options));
            } else if let Some(options) = line.strip_prefix("dry:") {
                program.dry.extend(list(options));
            } else if let Some(wrapper) = line.strip_prefix("runs:") {
                program
                    .wrappers
                    .push(Wrapper::read(without_examples(wrapper), &program.valued));
            } else if let Some(interpreter) = line.strip_prefix("code:") {
                program.interpreter = Some(Interpreter::read(without_examples(interpreter), &program.valued));
            } else if line == "nocase" {
                program.nocase = true;
            } else {
                program.outcomes.extend(Outcome::read(line));
            }
        }
        program
    }

    /// What the command does, each with the place of its first operand after the words.
    pub(in super::super) fn outcomes(&self, arguments: &Arguments<'_>) -> Vec<(&Outcome, usize)> {
        if arguments.has("--help")
            || arguments.dry("--dry-run")
            || self.dry.iter().any(|option| arguments.dry(option))
        {
            return Vec::new();
        }
        self.outcomes
            .iter()
            .filter_map(|outcome| Some((outcome, outcome.happens(arguments, self.nocase)?)))
            .collect()
    }

    /// Whether its first words say what it does.
    pub(in super::super) fn has_words(&self) -> bool {
        self.outcomes.iter().any(|outcome| !outcome.words.is_empty())
    }
}

fn without_examples(line: &'static str) -> &'static str {
    line.split_once(" # ").map_or(line, |(line, _)| line)
}

impl Outcome {
    /// The name and the family in a line with an arrow.
    pub(super) fn names(line: &'static str) -> Option<(&'static str, &'static str)> {
        let (_, then) = without_examples(line).split_once("-> ")?;
        let mut then = then.split_whitespace();
        let is = then
            .next()
            .filter(|_| option_line(line) || !line.starts_with(['#', '-']))?;
        let family = then.find(|word| At::named(word).is_none());
        Some((is, family.unwrap_or("destroy")))
    }

    /// Reads a line with an arrow.
    pub(in super::super) fn read(line: &'static str) -> Option<Self> {
        let (is, family) = Self::names(line)?;
        let (when, then) = without_examples(line).split_once("-> ")?;
        let mut outcome = Self {
            is,
            family,
            at: then.split_whitespace().find_map(At::named).unwrap_or_default(),
            words: Vec::new(),
            others: Vec::new(),
        };
        for condition in when.split_whitespace().map(Condition::read) {
            if condition.is_word() {
                outcome.words.push(condition);
            } else {
                outcome.others.push(condition);
            }
        }
        Some(outcome)
    }

    fn happens(&self, arguments: &Arguments<'_>, nocase: bool) -> Option<usize> {
        let next = follow(&self.words, arguments, nocase, 0, 0)?;
        let holds = |condition: &Condition| condition.holds(arguments, next, nocase);
        self.others.iter().all(holds).then_some(next)
    }
}

/// Whether the line begins with an option and not with the mark of an example.
fn option_line(line: &str) -> bool {
    line.starts_with('-') && !line.starts_with("- ")
}

impl At {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "operands" => Self::Operands,
            "start" => Self::Start,
            "last" => Self::Last,
            "refspec" => Self::Refspec,
            "url" => Self::Url,
            "remote" => Self::Remote,
            _ => return None,
        })
    }
}
