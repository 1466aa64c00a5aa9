//! Output that runs in a circle.

use crate::domain::Severity;

use super::super::report::Defect;

/// The longest unit that is looked for, and how much of the end is looked at, in bytes.
const MAX_UNIT: usize = 250;
const WINDOW: usize = 64 << 10;
/// What makes a repetition a loop: this often, and this many bytes in all.
const MIN_REPEATS: usize = 4;
const MIN_BYTES: usize = 80;

/// The loop that `output` ends in, if it does.
pub(in super::super) fn check(output: &str) -> Option<Defect> {
    let text = output.trim_end();
    let start = text.ceil_char_boundary(text.len().saturating_sub(WINDOW));
    let tail = text.as_bytes().get(start..)?;
    // Rules and brackets repeat, too; no unit of theirs says anything.
    if !has_word(tail, MAX_UNIT.min(tail.len())) {
        return None;
    }
    let (unit, repeats) = (1..=MAX_UNIT.min(tail.len() / MIN_REPEATS))
        .map(|unit| (unit, repeats(tail, unit)))
        .find(|(unit, repeats)| {
            *repeats >= MIN_REPEATS && unit * repeats >= MIN_BYTES && has_word(tail, *unit)
        })?;
    let from = text.len() - unit * repeats;
    let message = format!("the text ends in a loop: the same {unit} bytes {repeats} times");
    Some(
        Defect::new("degenerate.loop", Severity::Warning, from..text.len(), message)
            .with_fix("cut the repetition off and ask for the rest again"),
    )
}

/// How often the last `unit` bytes stand behind each other at the end.
fn repeats(tail: &[u8], unit: usize) -> usize {
    let equal = tail
        .iter()
        .rev()
        .zip(tail.iter().rev().skip(unit))
        .take_while(|(a, b)| a == b)
        .count();
    equal / unit + 1
}

fn has_word(tail: &[u8], unit: usize) -> bool {
    let last = tail.get(tail.len() - unit..).unwrap_or_default();
    last.iter()
        .any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_found_with_its_place() {
        let text = format!("It begins well. {}", "and so on, ".repeat(20));
        let defect = check(&text).unwrap();
        assert!(text[defect.range.clone()].starts_with("and so on, ") || defect.range.len() > 200);
        assert_eq!(defect.range.end, text.trim_end().len());
    }

    #[test]
    fn rules_tables_and_short_repetitions_are_none() {
        let rule = "-".repeat(200);
        for text in [
            rule.as_str(),
            "no no no no no",
            "| a | b |\n|---|---|\n| 1 | 2 |\n| 1 | 3 |",
            "",
        ] {
            assert!(check(text).is_none(), "{text}");
        }
    }
}
