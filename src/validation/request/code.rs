//! Names and signatures that the code of an answer has to have.

use std::ops::Range;

use super::answer::Answer;
use super::decide::{Decided, defect, met, start};
use super::demand::Demand;
use crate::domain::Severity;

/// Whether the code has the name.
pub(super) fn identifier(name: &str, answer: &Answer<'_>) -> Decided {
    let code = answer.code();
    if code.is_empty() {
        return Decided::Open("there is no code in it");
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let found = code.iter().any(|code| uses(code, last).next().is_some());
    met(found, || {
        missing(
            answer,
            "request.identifier",
            format!("the name `{name}` is not in the code"),
        )
    })
}

/// Whether a function of that name has these parameters, whatever their types and defaults.
pub(super) fn signature(name: &str, wanted: &[String], answer: &Answer<'_>) -> Decided {
    let code = answer.code();
    if code.is_empty() {
        return Decided::Open("there is no code in it");
    }
    let mut other = None;
    for code in &code {
        for range in uses(code, name) {
            let Some(found) = definition(code, &range) else {
                continue;
            };
            let own = |parameters: &[String]| -> Vec<String> {
                let receivers = ["self", "cls", "this"];
                parameters
                    .iter()
                    .filter(|p| !receivers.contains(&p.as_str()))
                    .cloned()
                    .collect()
            };
            if own(&found) == own(wanted) {
                return Decided::Met;
            }
            other = Some(found);
        }
    }
    let wanted = format!("{name}({})", wanted.join(", "));
    let message = match other {
        Some(found) => format!(
            "`{wanted}` was asked for, and the code has `{name}({})`",
            found.join(", ")
        ),
        None => format!("the code does not define `{wanted}`"),
    };
    Decided::Missed(vec![missing(answer, "request.signature", message)])
}

/// A demand on code that nobody can decide when there is none.
pub(super) fn is_about_code(demand: &Demand) -> bool {
    matches!(
        demand,
        Demand::Code(_) | Demand::Identifier(_) | Demand::Signature(..)
    )
}

fn missing(answer: &Answer<'_>, rule: &str, message: String) -> super::super::report::Defect {
    let range = answer
        .blocks
        .first()
        .map_or_else(|| start(answer), |block| block.place(&(0..1)));
    defect(rule, range, message, "use the names that were asked for").at_most(Severity::Warning)
}

/// Where `name` stands as a word of its own.
fn uses<'c>(code: &'c str, name: &'c str) -> impl Iterator<Item = Range<usize>> + 'c {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    code.match_indices(name)
        .map(|(at, found)| at..at + found.len())
        .filter(move |range| {
            let before = code.get(..range.start).and_then(|text| text.chars().next_back());
            let behind = code.get(range.end..).and_then(|text| text.chars().next());
            !before.is_some_and(is_word) && !behind.is_some_and(is_word)
        })
}

/// The names of the parameters, if the name at `range` is being defined there.
fn definition(code: &str, range: &Range<usize>) -> Option<Vec<String>> {
    let before = code.get(..range.start)?.lines().next_back().unwrap_or_default();
    let behind = code.get(range.end..)?;
    let keyword = ["def ", "fn ", "func ", "function ", "fun ", "sub "]
        .iter()
        .any(|keyword| {
            before
                .trim_end_matches('*')
                .trim_end()
                .ends_with(keyword.trim_end())
        });
    let bound = ["const ", "let ", "var "]
        .iter()
        .any(|keyword| before.ends_with(keyword));
    let (list, after) = parameters(behind)?;
    // A method: the list of its parameters is followed by a body.
    let body = after.trim_start();
    let method = body.starts_with('{')
        && before
            .chars()
            .all(|c| c.is_alphanumeric() || " \t_<>[],".contains(c));
    if !keyword && !bound && !method {
        return None;
    }
    Some(split(list))
}

/// The text between the first parentheses of `text` and what follows them, past type parameters and `= async`.
fn parameters(text: &str) -> Option<(&str, &str)> {
    let open = text.find('(')?;
    let skipped = text.get(..open)?;
    if skipped.len() > 200 || skipped.contains(['\n', ';', ')', '{']) {
        return None;
    }
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open).take(4_000) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((text.get(open + 1..at)?, text.get(at + 1..)?));
                }
            }
            _ => {}
        }
    }
    None
}

/// The names in a list of parameters: before the type in most languages, behind it in those of C's kind.
fn split(list: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let mut pieces = vec![String::new()];
    for c in list.chars() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth <= 0 => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
        .iter()
        .filter_map(|piece| {
            let left = piece
                .split(['=', ':'])
                .next()?
                .trim()
                .trim_start_matches(['*', '&', '.', '$']);
            let is_name =
                |word: &&str| *word != "mut" && word.contains(|c: char| c.is_alphanumeric() || c == '_');
            let name = left.split_whitespace().rfind(is_name)?;
            let name = name.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
            // `func add(a int)` has the type behind the name: a lower-case builtin or a pointer.
            let first = left.split_whitespace().find(is_name)?;
            let go = left.split_whitespace().count() == 2 && is_go_type(name);
            let name = if go { first } else { name };
            (!name.is_empty()).then(|| name.trim_start_matches(['*', '&', '$']).to_owned())
        })
        .collect()
}

fn is_go_type(word: &str) -> bool {
    matches!(
        word,
        "int"
            | "int32"
            | "int64"
            | "uint"
            | "string"
            | "bool"
            | "float64"
            | "float32"
            | "byte"
            | "error"
            | "any"
            | "rune"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, name: &str, expected: Option<&[&str]>) {
        let found = uses(code, name).find_map(|range| definition(code, &range));
        let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn definitions_are_read_in_many_languages() {
        for code in [
            "def add(a: int, b: int = 3) -> int:\n    return a + b",
            "pub fn add<T: Add<T>>(mut a: T, b: HashMap<T, U>) -> T {",
            "export async function add(a, { b } = {}) {",
            "const add = async (a: number, b = [1, 2]) => a",
            "func add(a int, b string) int {",
            "public static int add(int a, List<String> b) {",
            "    def add(*a, **b): pass",
            "function add($a, $b) {}",
        ] {
            check(code, "add", Some(&["a", "b"]));
        }
        check("x = add(a, b)\nadd(c)", "add", None);
        check("def padded(a): pass", "add", None);
        check("def add(self, a", "add", None);
    }
}
