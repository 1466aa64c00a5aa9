//! Items announced against items given: "Here are five ways:" before a list of four.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use regex::Regex;

use super::super::report::Defect;
use super::compiled;
use super::counts::number;
use crate::domain::Severity;

/// The lists of `text` that have another number of items than the words right before them announce.
pub(in super::super) fn promised(text: &str) -> Vec<Defect> {
    let mut defects = Vec::new();
    // The last passage of prose at the top level, and where the list behind it begins.
    let mut passage: Option<std::ops::Range<usize>> = None;
    let mut announced: Option<(std::ops::Range<usize>, usize)> = None;
    let (mut depth, mut items) = (0_usize, 0_usize);
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::List(_)) => {
                if depth == 0 {
                    items = 0;
                    announced = passage.take().and_then(|passage| announcement(text, &passage));
                }
                depth += 1;
            }
            Event::End(TagEnd::List(_)) => {
                depth = depth.saturating_sub(1);
                if let (0, Some((place, count))) = (depth, announced.take_if(|_| depth == 0))
                    && count != items
                {
                    // Where the list goes on after code or a picture it is several lists; then nothing is certain.
                    let rest = text.get(range.end..).unwrap_or_default().trim_start();
                    if !CONTINUES.is_match(rest) {
                        let message = format!("{count} items are announced and {items} are there");
                        let defect = Defect::new("request.count", Severity::Warning, place, message);
                        defects.push(
                            defect.with_fix("give as many as announced, or announce as many as there are"),
                        );
                    }
                }
            }
            Event::Start(Tag::Item) if depth == 1 => items += 1,
            Event::Start(Tag::Paragraph) if depth == 0 => passage = Some(range),
            Event::Start(Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::Table(_)) if depth == 0 => {
                passage = None;
            }
            _ => {}
        }
    }
    defects
}

/// The number in the last sentence of a passage that ends with a colon.
fn announcement(text: &str, passage: &std::ops::Range<usize>) -> Option<(std::ops::Range<usize>, usize)> {
    let words = text.get(passage.clone())?.trim_end();
    let last = words.strip_suffix([':'])?;
    let start = last.rfind(['.', '!', '?', '\n']).map_or(0, |at| at + 1);
    let sentence = last.get(start..)?;
    let captures = ANNOUNCED.captures(sentence)?;
    let found = captures.iter().skip(1).flatten().next()?;
    let count = number(&found.as_str().to_ascii_lowercase()).filter(|count| (2..=50).contains(count))?;
    let from = passage.start + start + found.start();
    Some((from..from + found.len(), count))
}

// The number has to be said of the whole list: "here are five ways", "the following 3 steps", "there are two kinds".
static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:here are|here're|these are|there are|following|these|in)(?: the| my| our| exactly)? (two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})(?: \w+){0,3} (?:ways|steps|reasons|tips|examples|points|items|options|ideas|things|rules|methods|types|kinds|parts|stages|phases|principles|suggestions|strategies|benefits|factors|causes|features|files|commands|changes|problems|issues|advantages|questions|facts)\b",
    )
});
static CONTINUES: LazyLock<Regex> = LazyLock::new(|| compiled(r"^(?:```|~~~|!\[|<|\d{1,3}[.)] |[-*+] |\|)"));

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = promised(text);
        let found: Vec<&str> = found.iter().map(|defect| &text[defect.range.clone()]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn another_number_of_items_than_announced_is_found() {
        check(
            "Well. Here are five ways:\n\n1. a\n2. b\n   - x\n   - y\n3. c\n\nEnd.",
            &["five"],
        );
        check("The following 3 short steps:\n- a\n- b\n", &["3"]);
    }

    #[test]
    fn lists_that_keep_their_word_or_give_none_are_let_through() {
        for text in [
            "Here are two ways:\n\n- a\n- b\n",
            "Here are two ways to do it. Choose:\n\n- a\n- b\n- c\n",
            "Here are 3 steps:\n\n1. a\n\n```\nx\n```\n\n2. b\n3. c\n",
            "In 1999 there were five ways:\n\n- a\n",
            "Here are some ways:\n\n- a\n",
        ] {
            check(text, &[]);
        }
    }
}
