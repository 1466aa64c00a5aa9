//! A look at the nesting before a parser sees the text.
//!
//! The parsers recurse, and a stack overflow aborts the process: nothing can catch it. So one pass over the
//! bytes refuses what nests deeper than any person writes. It counts inside strings and comments too: to know
//! what is a string one has to parse, and a guard that can be talked out of counting guards nothing.

use super::super::report::Skipped;

/// The deepest nesting of brackets, and of JSX elements.
const MAX_DEPTH: usize = 256;
/// The most prefix, infix and postfix operators of one expression.
const MAX_CHAIN: usize = 2_000;

/// Refuses `code` that nests too deeply or chains too long.
pub(crate) fn check(code: &str) -> Result<(), Skipped> {
    look(code, MAX_DEPTH)
}

/// The same for a language without elements, where `<a` opens nothing.
pub(crate) fn check_without_elements(code: &str) -> Result<(), Skipped> {
    look(code, usize::MAX)
}

fn look(code: &str, max_elements: usize) -> Result<(), Skipped> {
    let mut scan = Scan::default();
    let bytes = code.as_bytes();
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        // Much of a text is indentation.
        if byte == b' ' {
            i += 1;
            continue;
        }
        let word = bytes
            .get(i..)
            .unwrap_or_default()
            .iter()
            .take_while(|b| WORD.get(usize::from(**b)).is_some_and(|word| *word))
            .count();
        if word > 0 {
            scan.word(bytes.get(i..i + word).unwrap_or_default());
        } else {
            scan.symbol(byte, bytes.get(i + 1).copied().unwrap_or(b'\n'));
        }
        if scan.around.len() > MAX_DEPTH || scan.elements > max_elements {
            let limit = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Skipped::Limit(limit));
        }
        if scan.chain > MAX_CHAIN {
            let limit = format!("more than {MAX_CHAIN} operators in one expression");
            return Err(Skipped::Limit(limit));
        }
        i += word.max(1);
    }
    Ok(())
}

/// The operators of the innermost expression, and what is kept of the ones around it.
#[derive(Debug, Default)]
struct Scan {
    chain: usize,
    /// Per open bracket: the operators before it, and whether a joining word stood right before it.
    around: Vec<(usize, bool)>,
    /// Open JSX elements.
    elements: usize,
    /// The last byte that was not a blank.
    last: u8,
    /// Whether what comes next belongs to the same expression whatever it is: behind an operator, or `if (x)`.
    joined: bool,
    /// Whether a line, a statement or a braced body ended, so that the next token decides whether the expression did.
    maybe_ended: bool,
}

impl Scan {
    fn word(&mut self, word: &[u8]) {
        // All words that join are short and small.
        let joins = word.len() <= 10 && word.first().is_some_and(u8::is_ascii_lowercase);
        // Words that go on with what stands before them.
        let infix = joins
            && matches!(
                word,
                b"and" | b"as" | b"else" | b"extends" | b"in" | b"instanceof" | b"is" | b"or" | b"satisfies"
            );
        // And words that only what stands behind them belongs to.
        let prefix = joins
            && matches!(
                word,
                b"async"
                    | b"await"
                    | b"delete"
                    | b"do"
                    | b"for"
                    | b"if"
                    | b"infer"
                    | b"keyof"
                    | b"lambda"
                    | b"new"
                    | b"not"
                    | b"typeof"
                    | b"void"
                    | b"while"
                    | b"with"
                    | b"yield"
            );
        self.settle(infix);
        self.joined = infix || prefix;
        self.chain += usize::from(self.joined);
        self.last = b'w';
    }

    fn symbol(&mut self, byte: u8, next: u8) {
        if byte.is_ascii_whitespace() {
            self.maybe_ended |= matches!(byte, b'\n' | b'\r');
            return;
        }
        // Lines of a comment begin with `* `, `*/`, `//` or `/*`: they go on with no expression.
        let comment = match byte {
            b'*' => matches!(next, b' ' | b'/' | b'\n' | b'\r'),
            b'/' => matches!(next, b'*' | b'/'),
            _ => false,
        };
        if byte == b'*' && comment && self.maybe_ended {
            // Not even behind a line that ends in a full stop.
            self.joined = false;
        }
        self.settle(is_operator(byte) && !comment);
        let mut joined = false;
        match byte {
            b'(' | b'[' | b'{' => {
                self.around
                    .push((self.chain + 1, self.joined && self.last == b'w'));
                self.chain = 0;
            }
            b')' | b']' | b'}' => {
                (self.chain, joined) = self.around.pop().unwrap_or((0, false));
                self.maybe_ended = byte == b'}';
                joined &= byte == b')';
            }
            b',' => self.chain = 0,
            // Not yet: `if (a) b; else if (c) d; else ..` nests.
            b';' => self.maybe_ended = true,
            b'<' => {
                self.angle(next);
                // Types nest behind it, on however many lines.
                joined = true;
            }
            b'/' if next == b'>' => self.elements = self.elements.saturating_sub(1),
            _ => {
                self.chain += 1;
                joined = is_operator(byte) && !(byte == b'/' && self.last == b'*');
            }
        }
        self.joined = joined;
        self.last = byte;
    }

    /// Decides, at the first token behind a line or a body, whether a new expression begins here.
    fn settle(&mut self, continues: bool) {
        if std::mem::take(&mut self.maybe_ended) && !self.joined && !continues {
            self.chain = 0;
        }
    }

    /// `<` opens a JSX element where an expression begins, and is an operator elsewhere.
    fn angle(&mut self, next: u8) {
        // Elements beside each other are counted by their nesting, not as one expression.
        self.chain = if self.last == b'>' { 1 } else { self.chain + 1 };
        if next == b'/' {
            self.elements = self.elements.saturating_sub(1);
        } else if (is_word(next) || next == b'>')
            && !matches!(self.last, b')' | b']')
            && (self.last != b'w' || self.joined)
        {
            self.elements += 1;
        }
    }
}

/// [`is_word`] of every byte: most bytes of a text are asked, and a look is faster than a comparison of ranges.
static WORD: [bool; 256] = {
    let mut words = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        words[byte] = is_word(byte as u8);
        byte += 1;
    }
    words
};

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'"' | b'\'' | b'`') || !byte.is_ascii()
}

fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'+' | b'-'
            | b'*'
            | b'/'
            | b'%'
            | b'='
            | b'!'
            | b'~'
            | b'&'
            | b'|'
            | b'^'
            | b'?'
            | b':'
            | b'.'
            | b'>'
            | b'\\'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_repeated(unit: &str, count: usize) -> bool {
        check(&unit.repeat(count)).is_ok()
    }

    #[test]
    fn names_in_angles_are_no_elements_where_there_are_none() {
        let symbols = "s = '\\\\<zero>'\n".repeat(1_000);
        assert!(check(&symbols).is_err());
        assert!(check_without_elements(&symbols).is_ok());
        assert!(check_without_elements(&"(".repeat(1_000)).is_err());
    }

    #[test]
    fn deep_nesting_is_refused_in_every_shape() {
        for unit in [
            "(",
            "[",
            "{",
            "${",
            "a=>",
            "a=>\n",
            "!",
            "- ",
            "not ",
            "not\n",
            "await ",
            "typeof\n",
            "a+",
            "a\n+",
            "a.",
            "if(a)",
            "if(a)\n",
            "else if(a)b;",
            "if(a){b}else ",
            "<a>",
            "<a>\n",
            "a?",
            "lambda:",
            "x[0]",
            "f()",
            "a:",
            "while(1)\n",
            "(?:",
            "new ",
            "{}in",
            "A<\n",
            "A<",
        ] {
            assert!(!check_repeated(unit, 3_000), "{unit:?}");
        }
    }

    #[test]
    fn long_but_flat_code_is_let_through() {
        for unit in [
            "foo(a, b)\n",
            "x = a + b\n",
            "f(1);",
            "function a(){return 1}",
            "<p>text</p>\n",
            "[1, 2],",
            "a.b.c()\n",
            "if (a) { b } else { c }\n",
            "/* a */\n",
            " * a. b. c.\n",
            "# a = b\n",
            "if x:\n    y()\nelse:\n    f(x)\n",
            "function a<T>(x: T) {}\n",
            "'a' +\n'b',\n",
        ] {
            assert!(check_repeated(unit, 5_000), "{unit:?}");
        }
    }
}
