//! How much more than its size a parser of JavaScript would make of a text.
//!
//! `(a = ..` may begin an arrow function, and `a<..` in TypeScript the arguments of a type. The parser reads on as if
//! it did, and begins again behind the bracket if it did not; what it built in between stays in memory. Nested in each
//! other, a megabyte of these took ten seconds and four gigabytes.

use super::super::report::Skipped;

/// The most bytes that are read again in all.
const MAX_AGAIN: usize = 2 << 20;
/// The most labels that stand right behind another: each that is there twice is an error of a kilobyte.
const MAX_LABELS: usize = 20_000;
/// Words behind which a bracket is not one of a call.
const BEFORE_VALUES: [&str; 14] = [
    "async",
    "await",
    "case",
    "default",
    "delete",
    "do",
    "else",
    "in",
    "instanceof",
    "of",
    "return",
    "typeof",
    "void",
    "yield",
];

/// Refuses `code` of which too much would be read again and again.
pub(super) fn check(code: &str) -> Result<(), Skipped> {
    let mut scan = Scan::default();
    let bytes = code.as_bytes();
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        let rest = code.get(i..).unwrap_or_default();
        let word = rest.bytes().take_while(|byte| is_word(*byte)).count();
        if word > 0 {
            scan.behind_colon = scan.colon;
            scan.colon = false;
            scan.last = match rest.get(..word) {
                Some(text) if BEFORE_VALUES.contains(&text) => Last::Other,
                _ => Last::Value,
            };
        } else {
            scan.symbol(byte, bytes.get(i + 1..).unwrap_or_default());
        }
        let step = word.max(1);
        scan.again += step * (scan.uncertain + scan.angles);
        if scan.again > MAX_AGAIN {
            let limit = "too many nested brackets that may begin an arrow function or a type";
            return Err(Skipped::Limit(limit.into()));
        }
        if scan.labels > MAX_LABELS {
            return Err(Skipped::Limit("too many labels".into()));
        }
        i += step;
    }
    Ok(())
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Behind it, a bracket calls and `<` compares or gives types.
    Value,
    #[default]
    Other,
}

#[derive(Debug, Default)]
struct Scan {
    again: usize,
    last: Last,
    /// Per open bracket, whether it may be the parameters of an arrow function, and the angles open around it.
    open: Vec<(bool, usize)>,
    /// How many of them may.
    uncertain: usize,
    /// How many `<` may open the arguments of a type, since the last bracket or statement.
    angles: usize,
    /// Whether a colon stood last, and whether one stood before the last word.
    colon: bool,
    behind_colon: bool,
    /// How many words between two colons there were.
    labels: usize,
}

impl Scan {
    fn symbol(&mut self, byte: u8, rest: &[u8]) {
        if byte.is_ascii_whitespace() {
            return;
        }
        self.labels += usize::from(byte == b':' && self.behind_colon);
        self.colon = byte == b':';
        self.behind_colon = false;
        match byte {
            b'(' | b'[' | b'{' => {
                let may = byte == b'(' && self.last == Last::Other && may_be_parameters(rest);
                self.uncertain += usize::from(may);
                self.open.push((may, self.angles));
                self.last = Last::Other;
            }
            b')' | b']' | b'}' => {
                let (may, angles) = self.open.pop().unwrap_or_default();
                self.uncertain -= usize::from(may);
                self.angles = angles;
                self.last = if byte == b'}' { Last::Other } else { Last::Value };
            }
            b'<' => {
                self.angles += usize::from(self.last == Last::Value && rest.first() != Some(&b'/'));
                self.last = Last::Other;
            }
            b'>' => {
                self.angles = self.angles.saturating_sub(1);
                self.last = Last::Other;
            }
            b';' => {
                self.angles = 0;
                self.last = Last::Other;
            }
            _ => self.last = Last::Other,
        }
    }
}

/// Whether what stands behind `(` may be parameters as well as a value.
fn may_be_parameters(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let word = rest.iter().take_while(|byte| is_word(**byte)).count();
    let behind = rest.get(word..).unwrap_or_default().trim_ascii_start();
    match (word, behind) {
        (0, [b'[' | b'{', ..] | [b'.', b'.', ..]) => true,
        (0, _) => false,
        (_, [b'=', next, ..]) => !matches!(next, b'=' | b'>'),
        (_, [first, ..]) => matches!(first, b',' | b')' | b'/'),
        (_, []) => false,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_read_again_and_again_is_refused() {
        for unit in [
            format!("{}b{};\n", "(a=".repeat(250), ")".repeat(250)),
            format!("{}b{};\n", "async (a = ".repeat(250), ")".repeat(250)),
            format!("{}b{};\n", "([".repeat(120), "])".repeat(120)),
            format!("{}b;\n", "a<".repeat(1_900)),
            format!("{}b;\n", "a <\n".repeat(900)),
            "a:".to_owned(),
        ] {
            assert!(check(&unit).is_ok() || unit.len() > 2_000, "{unit:.20}");
            let many = unit.repeat((1 << 20) / unit.len());
            assert!(check(&many).is_err(), "{unit:.20}");
        }
    }

    #[test]
    fn what_people_and_bundlers_write_is_not() {
        for unit in [
            "!function(e,t){return (e=t,n)(r<i&&o<a)}(a,b);",
            "const f = async ({ a, b = (c, d) }, [e]) => (f ? (g) : h);\n",
            "for (let i = 0; i < n; i++) { if (a < b) { c(d < e, f<T>(g)) } }\n",
            "const x = <div a={b < c}>one <b>two</b> {list.map((i) => (<li>{i}</li>))}</div>;\n",
            "type T<A> = B<C<D>, E>; (function () { return (a = 1) })();\n",
        ] {
            assert!(check(&unit.repeat((1 << 20) / unit.len())).is_ok(), "{unit}");
        }
        let bundle = format!(
            "(()=>{{(function(e){{{}}})(x)}})();",
            "var a=(b,c<d);".repeat(70_000)
        );
        assert!(check(&bundle).is_ok());
    }
}
