//! When something happens, said of a command's arguments.

use crate::policy::detect::shell::arguments::Arguments;
use crate::policy::glob;

/// One condition, as written in the data.
#[derive(Debug)]
pub(super) enum Condition {
    /// `a|b-*`: the next operand is one of these.
    Word(Vec<&'static str>),
    /// `..`: up to four operands may stand here.
    Gap,
    /// `-f|--force`: one of these options is given, alone, in a cluster (`-rf`) or shortened (`--forc`).
    /// `-d|--data=@*`: and has such a value.
    Option {
        names: Vec<&'static str>,
        values: Vec<&'static str>,
    },
    /// `@a|b*`: some later operand is one of these.
    Operand(Vec<&'static str>),
    /// `%a*`: the last operand is one of these.
    Last(Vec<&'static str>),
    /// `&*a*`: any word of the command matches.
    Anything(Vec<&'static str>),
    /// `!...`: not so.
    Not(Box<Self>),
}

/// Subcommands that only ask.
const ASKING: [&str; 10] = [
    "list", "ls", "get", "describe", "show", "inspect", "diff", "help", "validate", "lint",
];
/// Most operands a gap skips.
const MAX_GAP: usize = 4;

/// Where the operands go on after `words`; operands that may be values of unknown options are passed over.
pub(super) fn follow(
    words: &[Condition],
    arguments: &Arguments<'_>,
    nocase: bool,
    at: usize,
    skipped: usize,
) -> Option<usize> {
    let Some((first, rest)) = words.split_first() else {
        return Some(at);
    };
    if let Condition::Gap = first {
        // What comes after a word that asks is what it asks about: `restore get delete`.
        let asks = arguments
            .operands
            .iter()
            .skip(at)
            .take_while(|operand| !ASKING.contains(&operand.word.text.as_str()));
        return (0..=MAX_GAP.min(asks.count()))
            .find_map(|skip| follow(rest, arguments, nocase, at + skip, skip));
    }
    let operand = arguments.operands.get(at)?;
    if let Condition::Word(alternatives) = first
        && any(alternatives, &operand.word.text, nocase)
    {
        return follow(rest, arguments, nocase, at + 1, skipped);
    }
    (operand.loose && skipped < MAX_GAP)
        .then(|| follow(words, arguments, nocase, at + 1, skipped + 1))
        .flatten()
}

fn any(globs: &[&str], text: &str, nocase: bool) -> bool {
    let lower =
        (nocase && text.bytes().any(|byte| byte.is_ascii_uppercase())).then(|| text.to_ascii_lowercase());
    let text = lower.as_deref().unwrap_or(text);
    globs.iter().any(|glob| {
        *glob == text
            || *glob == ":all:" && is_everything(text)
            || glob.contains(['*', '?']) && glob::matches(glob, text, None)
    })
}

/// `*`, `./*`, `a/*`: all there is in a folder.
fn is_everything(text: &str) -> bool {
    matches!(text, "*" | "." | ".." | "/" | "~" | "*.*" | ".*")
        || text.ends_with("/*")
        || text.ends_with("/.*")
}

impl Condition {
    pub(super) fn read(text: &'static str) -> Self {
        let list = |text: &'static str| text.split('|').collect::<Vec<_>>();
        if text == ".." {
            return Self::Gap;
        }
        if let Some(text) = text.strip_prefix('!') {
            return Self::Not(Box::new(Self::read(text)));
        }
        if let Some(text) = text.strip_prefix('@') {
            return Self::Operand(list(text));
        }
        if let Some(text) = text.strip_prefix('%') {
            return Self::Last(list(text));
        }
        if let Some(text) = text.strip_prefix('&') {
            return Self::Anything(list(text));
        }
        if text.starts_with(['-', '/', '+']) && text.len() > 1 {
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

    pub(super) fn is_word(&self) -> bool {
        matches!(self, Self::Word(_) | Self::Gap)
    }

    pub(super) fn holds(&self, arguments: &Arguments<'_>, next: usize, nocase: bool) -> bool {
        match self {
            Self::Word(_) | Self::Gap => true,
            Self::Not(condition) => !condition.holds(arguments, next, nocase),
            Self::Operand(globs) => arguments
                .operands
                .iter()
                .skip(next)
                .any(|operand| any(globs, &operand.word.text, nocase)),
            Self::Last(globs) => arguments
                .operands
                .last()
                .is_some_and(|operand| any(globs, &operand.word.text, nocase)),
            Self::Anything(globs) => arguments.words.iter().any(|word| any(globs, &word.text, nocase)),
            Self::Option { names, values } => names.iter().any(|name| {
                if let Some(slash) = name.strip_prefix('/') {
                    return arguments.words.iter().any(|word| {
                        word.text
                            .strip_prefix('/')
                            .is_some_and(|word| word.eq_ignore_ascii_case(slash))
                    });
                }
                if values.is_empty() {
                    return arguments.has(name);
                }
                arguments.values(name).any(|value| any(values, value, nocase))
            }),
        }
    }
}
