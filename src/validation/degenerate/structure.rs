//! Headings that skip a level or have nothing below them, and lists that count wrongly.

use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::super::report::Defect;
use crate::domain::Severity;

/// The most defects of structure that are told.
const MAX_TOLD: usize = 20;

/// What is broken in the structure of a Markdown text.
pub(in super::super) fn structure(text: &str) -> Vec<Defect> {
    let mut reading = Reading {
        text,
        found: Vec::new(),
        heading: None,
        level: None,
        lists: Vec::new(),
    };
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        reading.take(&event, range);
    }
    if let Some((_, range)) = reading.heading.take() {
        reading.tell(
            "degenerate.heading",
            range,
            "the text ends with this heading, and nothing stands below it",
            "write what belongs there, or leave the heading out",
        );
    }
    reading.found
}

/// The numbers of a list's items, with their places.
type Numbers = Vec<(u64, Range<usize>)>;

struct Reading<'t> {
    text: &'t str,
    found: Vec<Defect>,
    /// The heading that nothing followed yet.
    heading: Option<(HeadingLevel, Range<usize>)>,
    /// The level of the last heading.
    level: Option<HeadingLevel>,
    /// Per open ordered list, the numbers of its items with their places; nothing for others.
    lists: Vec<Option<Numbers>>,
}

impl Reading<'_> {
    fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => self.heading(*level, range),
            Event::End(TagEnd::Heading(_)) => {}
            Event::Start(Tag::List(first)) => {
                self.heading = None;
                self.lists.push(first.map(|_| Vec::new()));
            }
            Event::Start(Tag::Item) => {
                let number = ITEM.captures(self.text.get(range.clone()).unwrap_or_default());
                if let (Some(Some(items)), Some(number)) = (self.lists.last_mut(), number)
                    && let Some(digits) = number.get(1)
                    && let Ok(value) = digits.as_str().parse()
                {
                    items.push((value, range.start..range.start + digits.len()));
                }
            }
            Event::End(TagEnd::List(_)) => {
                if let Some(Some(items)) = self.lists.pop() {
                    self.list(&items);
                }
            }
            Event::Start(
                Tag::Paragraph | Tag::CodeBlock(_) | Tag::Table(_) | Tag::BlockQuote(_) | Tag::HtmlBlock,
            )
            | Event::Rule => self.heading = None,
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel, range: Range<usize>) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let range = range.start..range.start + text.trim_end().len();
        if let Some((above, place)) = self.heading.take()
            && above == level
        {
            self.tell(
                "degenerate.heading",
                place,
                "nothing stands below this heading",
                "write what belongs there, or leave the heading out",
            );
        }
        if self.level.is_some_and(|last| level as usize > last as usize + 1) {
            self.tell(
                "degenerate.heading",
                range.clone(),
                "this heading skips a level",
                "use the level below that of the heading above",
            );
        }
        self.level = Some(level);
        self.heading = Some((level, range));
    }

    /// Numbers go up by one, or are all the same, which is a habit of people who let the renderer count.
    fn list(&mut self, items: &[(u64, Range<usize>)]) {
        let same = items.windows(2).all(|pair| matches!(pair, [a, b] if a.0 == b.0));
        if same {
            return;
        }
        let wrong = items.windows(2).find_map(|pair| match pair {
            [a, b] if b.0 != a.0.saturating_add(1) => Some((a.0.saturating_add(1), b.clone())),
            _ => None,
        });
        if let Some((expected, (number, place))) = wrong {
            let message = format!("this item is numbered {number} where {expected} is next");
            self.tell("degenerate.list", place, message, "number the items in order");
        }
    }

    fn tell(&mut self, rule: &str, range: Range<usize>, message: impl Into<String>, fix: &str) {
        if self.found.len() < MAX_TOLD {
            self.found
                .push(Defect::new(rule, Severity::Info, range, message).with_fix(fix));
        }
    }
}

static ITEM: LazyLock<Regex> = LazyLock::new(|| compiled(r"^(\d{1,9})[.)]"));

#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant, and the tests compile it"
)]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = structure(text)
            .iter()
            .map(|defect| format!("{} {}", defect.rule, &text[defect.range.clone()]))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn headings_lead_somewhere() {
        check("# A\n\n### B\n\ntext\n", &["degenerate.heading ### B"]);
        check("# A\n\n## B\n\n## C\n\ntext\n", &["degenerate.heading ## B"]);
        check("# A\n\ntext\n\n## End\n", &["degenerate.heading ## End"]);
        check("### A\n\ntext\n\n# B\n\n## C\n\n- d\n\n> ## E\n>\n> f\n", &[]);
        check("Title\n=====\n\nText\n\nNext\n----\n\n```\n# x\n```\n", &[]);
    }

    #[test]
    fn lists_count_by_one_or_not_at_all() {
        check("1. a\n2. b\n4. c\n", &["degenerate.list 4"]);
        check("> 1. a\n> 1. b\n> 2. c\n", &["degenerate.list 1"]);
        check("1. a\n1. b\n1. c\n", &[]);
        check("3. a\n4. b\n   1. x\n   2. y\n5. c\n", &[]);
        check("- a\n- b\n", &[]);
    }
}
