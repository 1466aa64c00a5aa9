//! Sentences and lines that stand there again.

use std::collections::HashMap;
use std::ops::Range;

use super::super::prose::{PassageKind, Prose};
use super::super::report::Defect;
use crate::domain::Severity;

/// A sentence of fewer words may well be said twice.
const MIN_WORDS: usize = 8;
/// So often a line has to stand there, and so much of the text has to be it.
const MIN_LINES: usize = 5;
const MIN_SHARE: f64 = 0.35;
/// The most sentences that are told.
const MAX_TOLD: usize = 20;

/// The second place of each longer sentence of the running text that stands there twice.
pub(in super::super) fn sentences(prose: &Prose) -> Vec<Defect> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for sentence in prose.sentences() {
        if sentence.kind != PassageKind::Paragraph {
            continue;
        }
        let words = prose.at(&sentence.range);
        let words: Vec<&str> = words.split_whitespace().collect();
        if words.len() < MIN_WORDS {
            continue;
        }
        let count = seen.entry(words.join(" ").to_lowercase()).or_default();
        *count += 1;
        if *count == 2 && found.len() < MAX_TOLD {
            let message = "this sentence stands above in the same words";
            let defect = Defect::new(
                "degenerate.duplicate-sentence",
                Severity::Info,
                sentence.range,
                message,
            );
            found.push(defect.with_fix("say it once"));
        }
    }
    found
}

/// The line that much of `text` consists of, if there is one.
pub(in super::super) fn lines(text: &str, prose: &Prose) -> Option<Defect> {
    let mut seen: HashMap<&str, (usize, Range<usize>)> = HashMap::new();
    let (mut all, mut end) = (0, 0);
    for line in text.split_inclusive('\n') {
        let at = end;
        end += line.len();
        // Of code nothing is left among the words.
        if !prose.at(&(at..end)).chars().any(char::is_alphabetic) {
            continue;
        }
        let from = at + line.len() - line.trim_start().len();
        let line = line.trim();
        all += line.len();
        let entry = seen.entry(line).or_insert((0, from..from + line.len()));
        entry.0 += 1;
    }
    let (line, (count, range)) = seen
        .into_iter()
        .max_by_key(|(line, (count, range))| (line.len() * count, std::cmp::Reverse(range.start)))?;
    (count >= MIN_LINES && number(line.len() * count) > MIN_SHARE * number(all)).then(|| {
        let message = format!("the same line stands here {count} times");
        Defect::new("degenerate.line-repeat", Severity::Info, range, message).with_fix("say it once")
    })
}

#[expect(clippy::cast_precision_loss, reason = "sizes of texts are small")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_told_once_and_at_its_second_place() {
        let said = "The harbour board meets on every Tuesday at ten.";
        let text = format!("{said} It rains. It rains. {said} And *{said}*\n\n- {said}\n");
        let found = sentences(&Prose::of(&text));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].range.start, text.match_indices(said).nth(1).unwrap().0);
    }

    #[test]
    fn lines_that_fill_a_text_are_told_at_their_first_place() {
        let text = format!("Intro.\n\n{}The end\n", "Row your boat\n".repeat(6));
        let found = lines(&text, &Prose::of(&text)).unwrap();
        assert_eq!(&text[found.range], "Row your boat");
        for fine in [
            "a\nb\nc\n".to_owned(),
            "---\n".repeat(9),
            format!("```\n{}```\n", "print(1)\n".repeat(9)),
            format!(
                "{}{}",
                "Row\n".repeat(5),
                "and much more of other text here\n".repeat(2)
            ),
        ] {
            assert!(lines(&fine, &Prose::of(&fine)).is_none(), "{fine}");
        }
    }
}
