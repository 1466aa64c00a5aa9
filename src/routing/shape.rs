//! What lines and words are made of, told from their marks.

use super::letters::{self, BACKSLASH, OPERATOR, SEPARATOR, SIGN, UPPER};

/// What kind of line a line is. Only prose says what is wanted; the others are what it is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Prose,
    Code,
    Diff,
    Trace,
    Table,
}

const DIFF_STARTS: [&str; 5] = ["diff --git", "@@ ", "+++ ", "--- a/", "--- /dev/null"];
const TRACE_STARTS: [&str; 7] = [
    "Traceback (most",
    "File \"",
    "Caused by:",
    "panicked at",
    "thread '",
    "error[E",
    "goroutine ",
];
/// Each has a capital letter.
const TRACE_MARKS: [&str; 4] = ["Error: ", "Exception: ", "Exception in", " ERROR "];
const PANIC: &str = " panicked at ";
/// Each has a backslash.
const LATEX: [&str; 5] = ["$\\", "\\frac", "\\(", "\\[", "\\begin"];

/// What `line` is; `trimmed` is the same without the blanks around it, `kinds` all that its bytes are.
pub(super) fn kind_of(line: &str, trimmed: &str, kinds: u16) -> Line {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| trimmed.starts_with(prefix));
    let holds = |marks: &[&str], of: u16| kinds & of != 0 && marks.iter().any(|mark| trimmed.contains(mark));
    if starts(&DIFF_STARTS) {
        return Line::Diff;
    }
    if starts(&TRACE_STARTS)
        || holds(&TRACE_MARKS, UPPER)
        || trimmed.contains(PANIC)
        || trimmed.starts_with("at ") && trimmed.contains('(')
    {
        return Line::Trace;
    }
    if holds(&LATEX, BACKSLASH) {
        return Line::Prose;
    }
    let bytes = trimmed.as_bytes();
    let separators = letters::count(bytes, SEPARATOR);
    if trimmed.starts_with('|') || (separators >= 2 && !trimmed.contains(", ") && !trimmed.ends_with('.')) {
        return Line::Table;
    }
    let marks = letters::count(bytes, SIGN);
    let dense = marks >= 2 && marks * 8 >= bytes.len();
    let indented = line.starts_with("  ") || line.starts_with('\t');
    let closed = matches!(bytes.last(), Some(b';' | b'{' | b'}')) || trimmed.ends_with("):");
    if dense || closed || (indented && marks * 14 >= bytes.len() && marks > 0) {
        return Line::Code;
    }
    Line::Prose
}

/// Whether there is a formula: an operator between a digit and a digit or letter, or LaTeX.
pub(super) fn is_equation(bytes: &[u8]) -> bool {
    let signs = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| letters::kind(**byte) & (OPERATOR | BACKSLASH) != 0);
    signs.into_iter().any(|(at, sign)| {
        let left = |by: usize| at.checked_sub(by).and_then(|at| bytes.get(at)).copied();
        let right = |by: usize| bytes.get(at + by).copied();
        if *sign == b'\\' {
            return matches!(right(1), Some(b'(' | b'f')) || left(1) == Some(b'$');
        }
        let close = match (left(1), right(1)) {
            (Some(left), Some(right)) if *sign != b'-' => {
                left.is_ascii_alphanumeric() && right.is_ascii_digit()
                    || left.is_ascii_digit() && right.is_ascii_alphabetic()
            }
            _ => false,
        };
        let apart = *sign != b'^' && (left(1), right(1)) == (Some(b' '), Some(b' '));
        close
            || apart
                && match (left(2), right(2)) {
                    (Some(left), Some(right)) => {
                        left.is_ascii_digit() && right.is_ascii_alphanumeric()
                            || left.is_ascii_alphanumeric() && right.is_ascii_digit()
                    }
                    _ => false,
                }
    })
}

/// `src/main.rs`, `utils.py`: a name, a dot or slash without blanks, and a short extension.
pub(super) fn is_path(before: &[u8], word: &[u8], after: &[u8]) -> bool {
    const EXTENSIONS: &[&[u8]] = &[
        b"rs", b"py", b"js", b"ts", b"tsx", b"jsx", b"go", b"java", b"c", b"h", b"cpp", b"rb", b"php", b"cs",
        b"kt", b"swift", b"sql", b"toml", b"yaml", b"yml", b"json", b"html", b"css", b"sh", b"vue", b"tf",
    ];
    before == b"." && EXTENSIONS.contains(&word) && !after.first().is_some_and(u8::is_ascii_alphanumeric)
}
