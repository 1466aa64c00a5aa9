//! A command's words, told apart into options, their values and operands.

use super::word::Word;

/// The words after a program's name.
#[derive(Debug, Default)]
pub(super) struct Arguments<'a> {
    /// All of them, as they stand.
    pub(super) words: &'a [Word],
    options: Vec<Given<'a>>,
    pub(super) operands: Vec<Operand<'a>>,
    /// How many operands stand before the first option.
    pub(super) n_start: usize,
}

#[derive(Debug)]
pub(super) struct Operand<'a> {
    pub(super) word: &'a Word,
    /// It follows an option of which it is not known whether it takes a value.
    pub(super) loose: bool,
}

#[derive(Debug, Clone, Copy)]
struct Given<'a> {
    name: Name<'a>,
    value: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name<'a> {
    Whole(&'a str),
    /// Letters that stand together: `rf` of `-rf`.
    Cluster(&'a str),
    Letter(char),
}

impl<'a> Arguments<'a> {
    /// Tells `words` apart; the options in `valued` take a value.
    pub(super) fn new(words: &'a [Word], valued: &[&str]) -> Self {
        let mut parsed = Self {
            words,
            ..Self::default()
        };
        let mut n_start = None;
        let mut words = words.iter();
        let mut loose = false;
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            if !text.starts_with('-') || text.len() == 1 {
                parsed.operands.push(Operand { word, loose });
                loose = false;
                continue;
            }
            n_start.get_or_insert(parsed.operands.len());
            if text == "--" {
                parsed.give(Name::Whole(text), None);
                parsed
                    .operands
                    .extend(words.by_ref().map(|word| Operand { word, loose: false }));
                break;
            }
            loose = parsed.option(text, valued, &mut words);
        }
        parsed.n_start = n_start.unwrap_or(parsed.operands.len());
        parsed
    }

    /// Whether the option is given, alone, in a cluster or shortened.
    pub(super) fn has(&self, name: &str) -> bool {
        self.options.iter().any(|given| given.name.is(name))
    }

    /// The values given to the option.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.options
            .iter()
            .filter(move |given| given.name.is(name))
            .filter_map(|given| given.value)
    }

    /// Whether the option keeps the command from doing anything: `--dry-run`, but not `--dry-run=none`.
    pub(super) fn dry(&self, name: &str) -> bool {
        let off = |value: &str| matches!(value, "none" | "false" | "no" | "0" | "off");
        self.options
            .iter()
            .any(|given| given.name == Name::Whole(name) && !given.value.is_some_and(off))
            || name.len() == 2 && self.has(name)
    }

    fn give(&mut self, name: Name<'a>, value: Option<&'a str>) {
        self.options.push(Given { name, value });
    }

    /// Takes one option; answers whether the next word may be its value.
    fn option(&mut self, text: &'a str, valued: &[&str], words: &mut std::slice::Iter<'a, Word>) -> bool {
        if let Some((name, value)) = text.split_once('=') {
            self.give(Name::Whole(name), Some(value));
            return false;
        }
        let next = |words: &mut std::slice::Iter<'a, Word>| words.next().map(|word| word.text.as_str());
        if valued.contains(&text) {
            self.give(Name::Whole(text), next(words));
            return false;
        }
        self.give(Name::Whole(text), None);
        if text.starts_with("--") {
            return true;
        }
        let letters = text.get(1..).unwrap_or_default();
        let takes_value = |letter: char| {
            let same = |option: &&str| {
                option
                    .strip_prefix('-')
                    .is_some_and(|rest| rest.chars().eq([letter]))
            };
            valued.iter().any(same)
        };
        for (at, letter) in letters.char_indices() {
            if takes_value(letter) {
                let attached = letters
                    .get(at + letter.len_utf8()..)
                    .filter(|rest| !rest.is_empty());
                let value = attached.or_else(|| next(words));
                self.give(Name::Cluster(letters.get(..at).unwrap_or_default()), None);
                self.give(Name::Letter(letter), value);
                return false;
            }
            if !letter.is_ascii_alphanumeric() {
                self.give(Name::Cluster(letters.get(..at).unwrap_or_default()), None);
                return true;
            }
        }
        self.give(Name::Cluster(letters), None);
        true
    }
}

impl Name<'_> {
    /// Whether this is the option `name`, or a shortened form that GNU tools and git accept.
    fn is(self, name: &str) -> bool {
        let letter = || {
            let mut letters = name.strip_prefix('-')?.chars();
            letters.next().filter(|_| letters.next().is_none())
        };
        match self {
            Self::Whole(given) => is(name, given),
            Self::Cluster(letters) => letter().is_some_and(|letter| letters.contains(letter)),
            Self::Letter(given) => letter() == Some(given),
        }
    }
}

/// Whether `given` is the option `name`, or a shortened form of it.
fn is(name: &str, given: &str) -> bool {
    if given == name {
        return true;
    }
    // `--force` is not short for `--force-with-lease`.
    let rest = name.strip_prefix(given);
    given.len() >= 5 && given.starts_with("--") && rest.is_some_and(|rest| !rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, valued: &[&str], look: impl Fn(&Arguments<'_>)) {
        let words: Vec<Word> = line.split(' ').map(Word::literal).collect();
        look(&Arguments::new(&words, valued));
    }

    #[test]
    fn clusters_attached_values_and_the_end_of_options_are_understood() {
        check("-XDELETE --max=3 url -- -f", &["-X"], |arguments| {
            assert_eq!(arguments.values("-X").collect::<Vec<_>>(), ["DELETE"]);
            assert!(!arguments.has("-f"));
            let operands: Vec<_> = arguments
                .operands
                .iter()
                .map(|operand| operand.word.text.as_str())
                .collect();
            assert_eq!(operands, ["url", "-f"]);
        });
        check("-rf x", &[], |arguments| {
            assert!(arguments.has("-f") && arguments.has("-r"));
        });
        check("--dry-run=none", &[], |arguments| {
            assert!(!arguments.dry("--dry-run"));
        });
        check("--dry-run=client", &[], |arguments| {
            assert!(arguments.dry("--dry-run"));
        });
        check("-vn", &[], |arguments| assert!(arguments.dry("-n")));
    }

    #[test]
    fn long_options_may_be_shortened() {
        assert!(is("--recursive", "--recur"));
        assert!(!is("--recursive", "--r"));
        assert!(!is("--force-with-lease", "--force"));
        assert!(!is("--force", "--forced"));
    }
}
