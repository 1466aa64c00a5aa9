//! A command's words, told apart into options, their values and operands.

use super::word::Word;

/// The words after a program's name.
#[derive(Debug, Default)]
pub(super) struct Arguments<'a> {
    options: Vec<(String, Option<String>)>,
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

impl<'a> Arguments<'a> {
    /// Tells `words` apart; the options in `valued` take a value.
    pub(super) fn new(words: &'a [Word], valued: &[String]) -> Self {
        let mut parsed = Self::default();
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
                parsed.options.push((text.to_owned(), None));
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
        self.options.iter().any(|(given, _)| is(name, given))
    }

    /// The values given to the option.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.options
            .iter()
            .filter(move |(given, _)| is(name, given))
            .filter_map(|(_, value)| value.as_deref())
    }

    /// Takes one option; answers whether the next word may be its value.
    fn option(&mut self, text: &str, valued: &[String], words: &mut std::slice::Iter<'a, Word>) -> bool {
        if let Some((name, value)) = text.split_once('=') {
            self.options.push((name.to_owned(), Some(value.to_owned())));
            return false;
        }
        let takes_value = |name: &str| valued.iter().any(|option| option == name);
        if takes_value(text) {
            self.options
                .push((text.to_owned(), words.next().map(|word| word.text.clone())));
            return false;
        }
        self.options.push((text.to_owned(), None));
        if text.starts_with("--") {
            return true;
        }
        let letters = text.get(1..).unwrap_or_default();
        for (at, letter) in letters.char_indices() {
            let name = format!("-{letter}");
            if takes_value(&name) {
                let attached = letters
                    .get(at + letter.len_utf8()..)
                    .filter(|rest| !rest.is_empty());
                let value = attached.map_or_else(
                    || words.next().map(|word| word.text.clone()),
                    |rest| Some(rest.to_owned()),
                );
                self.options.push((name, value));
                return false;
            }
            if !letter.is_ascii_alphanumeric() {
                break;
            }
            if letters.len() > 1 {
                self.options.push((name, None));
            }
        }
        true
    }
}

/// Whether `given` is the option `name`, or a shortened form that GNU tools and git accept.
fn is(name: &str, given: &str) -> bool {
    let rest = name.strip_prefix(given);
    // `--force` is not short for `--force-with-lease`.
    let shortened =
        rest.is_some_and(|rest| !rest.starts_with('-')) && given.len() >= 5 && given.starts_with("--");
    given == name || shortened
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, valued: &[&str]) -> (Vec<(String, Option<String>)>, Vec<String>) {
        let words: Vec<Word> = line.split(' ').map(Word::literal).collect();
        let valued: Vec<String> = valued.iter().map(|&option| option.to_owned()).collect();
        let arguments = Arguments::new(&words, &valued);
        let operands = arguments
            .operands
            .iter()
            .map(|operand| operand.word.text.clone())
            .collect();
        (arguments.options, operands)
    }

    #[test]
    fn clusters_attached_values_and_the_end_of_options_are_understood() {
        let (options, operands) = check("-XDELETE --max=3 url -- -f", &["-X"]);
        assert!(options.contains(&("-X".to_owned(), Some("DELETE".to_owned()))));
        assert!(options.contains(&("--max".to_owned(), Some("3".to_owned()))));
        assert_eq!(operands, ["url", "-f"]);
        assert!(check("-rf x", &[]).0.iter().any(|(name, _)| name == "-f"));
    }

    #[test]
    fn long_options_may_be_shortened() {
        assert!(is("--recursive", "--recur"));
        assert!(!is("--recursive", "--r"));
        assert!(!is("--force-with-lease", "--force"));
        assert!(!is("--force", "--forced"));
    }
}
