//! What a text says in words: its passages and sentences, without code, markup and addresses.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The most sentences that are told apart; what stands behind them is one.
const MAX_SENTENCES: usize = 50_000;

/// The words of a text. Every byte stands where it stood: what is not prose became blanks.
#[derive(Debug)]
pub(super) struct Prose {
    /// As long as the text it was made of.
    pub(super) words: String,
    pub(super) passages: Vec<Passage>,
    /// How many blocks of code stand between them.
    pub(super) code_blocks: usize,
}

/// A stretch of prose that nothing but its end interrupts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) kind: PassageKind,
    pub(super) range: Range<usize>,
    /// Where its markup ends: a link's address stands behind its text.
    end_of_markup: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PassageKind {
    Paragraph,
    Item,
    Heading,
    Cell,
}

/// A sentence, or a piece that ends like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    pub(super) kind: PassageKind,
    pub(super) range: Range<usize>,
}

impl Prose {
    /// Reads `text` as Markdown, which plain text is, too.
    pub(super) fn of(text: &str) -> Self {
        let mut reader = Reader::default();
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            reader.take(&event, range);
        }
        reader.end_passage();
        let mut words = String::with_capacity(text.len());
        for range in reader.kept {
            // Nothing is given twice, except that a tab may be; then it is kept once.
            let from = range.start.max(words.len());
            let kept = text.get(from..range.end).unwrap_or_default();
            words.extend(std::iter::repeat_n(' ', from - words.len()));
            words.push_str(kept);
        }
        words.extend(std::iter::repeat_n(' ', text.len().saturating_sub(words.len())));
        Self {
            words,
            passages: reader.passages,
            code_blocks: reader.code_blocks,
        }
    }

    /// The words at `range`.
    pub(super) fn at(&self, range: &Range<usize>) -> &str {
        self.words.get(range.clone()).unwrap_or_default()
    }

    /// Whether `byte` stands inside a passage, addresses of links included.
    pub(super) fn is_passage(&self, byte: usize) -> bool {
        let at = self
            .passages
            .partition_point(|passage| passage.range.start <= byte);
        at.checked_sub(1)
            .and_then(|i| self.passages.get(i))
            .is_some_and(|passage| byte < passage.end_of_markup)
    }

    /// All sentences, in order.
    pub(super) fn sentences(&self) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        for passage in &self.passages {
            for range in split(self.at(&passage.range)) {
                let range = passage.range.start + range.start..passage.range.start + range.end;
                sentences.push(Sentence {
                    kind: passage.kind,
                    range,
                });
                if sentences.len() >= MAX_SENTENCES {
                    return sentences;
                }
            }
        }
        sentences
    }
}

#[derive(Debug, Default)]
struct Reader {
    kept: Vec<Range<usize>>,
    passages: Vec<Passage>,
    code_blocks: usize,
    open: Option<Range<usize>>,
    items: usize,
    heading: bool,
    cell: bool,
    skipping: usize,
    markup: usize,
}

impl Reader {
    fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Text(_) | Event::Code(_) if self.skipping == 0 => {
                let open = self.open.get_or_insert_with(|| range.clone());
                open.end = open.end.max(range.end);
                self.kept.push(range);
            }
            Event::Start(tag) if !is_inline(tag) => {
                self.end_passage();
                match tag {
                    Tag::CodeBlock(_) => {
                        self.code_blocks += 1;
                        self.skipping += 1;
                    }
                    Tag::HtmlBlock => self.skipping += 1,
                    Tag::Item => self.items += 1,
                    Tag::Heading { .. } => self.heading = true,
                    Tag::TableCell => self.cell = true,
                    _ => {}
                }
            }
            Event::End(tag) if is_inline_end(*tag) => self.markup = self.markup.max(range.end),
            Event::End(tag) => {
                self.end_passage();
                match tag {
                    TagEnd::CodeBlock | TagEnd::HtmlBlock => self.skipping = self.skipping.saturating_sub(1),
                    TagEnd::Item => self.items = self.items.saturating_sub(1),
                    TagEnd::Heading(_) => self.heading = false,
                    TagEnd::TableCell => self.cell = false,
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn end_passage(&mut self) {
        let Some(range) = self.open.take() else { return };
        let kind = if self.heading {
            PassageKind::Heading
        } else if self.cell {
            PassageKind::Cell
        } else if self.items > 0 {
            PassageKind::Item
        } else {
            PassageKind::Paragraph
        };
        let end_of_markup = self.markup.max(range.end);
        self.passages.push(Passage {
            kind,
            range,
            end_of_markup,
        });
    }
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}

fn is_inline_end(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

/// The sentences of one passage, without the blanks around them.
pub(super) fn split(passage: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = passage.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let wide = matches!(c, '。' | '！' | '？');
        if !wide && !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        // Closing quotes and brackets, and more of the same, belong to the sentence.
        let mut end = at + c.len_utf8();
        while let Some((next, mark)) =
            chars.next_if(|(_, c)| matches!(c, '.' | '!' | '?' | '"' | '\'' | ')' | ']' | '”' | '’' | '*'))
        {
            end = next + mark.len_utf8();
        }
        let ends = wide || chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        let before = passage.get(start..at).unwrap_or_default();
        if ends && !(c == '.' && is_abbreviation(before)) {
            push_trimmed(&mut sentences, passage, start..end);
            start = end;
        }
    }
    push_trimmed(&mut sentences, passage, start..passage.len());
    sentences
}

fn push_trimmed(sentences: &mut Vec<Range<usize>>, text: &str, range: Range<usize>) {
    let piece = text.get(range.clone()).unwrap_or_default();
    let trimmed = piece.trim_start();
    let start = range.end - trimmed.len();
    let end = start + trimmed.trim_end().len();
    // A piece of marks alone says nothing.
    if trimmed.chars().any(char::is_alphanumeric) {
        sentences.push(start..end);
    }
}

/// Whether the full stop behind `before` belongs to its last word.
fn is_abbreviation(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '“'))
        .next()
        .unwrap_or_default();
    let mut letters = word.chars();
    let single = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
    single && word != "I"
        || matches!(
            word,
            "Mr" | "Mrs"
                | "Ms"
                | "Dr"
                | "Prof"
                | "St"
                | "Jr"
                | "Sr"
                | "vs"
                | "e.g"
                | "i.e"
                | "cf"
                | "approx"
                | "No"
                | "Fig"
                | "fig"
                | "Inc"
                | "Ltd"
                | "Co"
                | "U.S"
                | "U.K"
                | "a.m"
                | "p.m"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let prose = Prose::of(text);
        assert_eq!(prose.words.len(), text.len());
        let found: Vec<&str> = prose
            .sentences()
            .iter()
            .map(|sentence| text.get(sentence.range.clone()).unwrap_or_default())
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn sentences_stand_where_they_stood() {
        check(
            "# Über Käse 🧀\n\nDr. Who ate it. \"Why?\" He\nwas hungry!\n\n- one\n- two. Three\n",
            &[
                "Über Käse 🧀",
                "Dr. Who ate it.",
                "\"Why?\"",
                "He\nwas hungry!",
                "one",
                "two.",
                "Three",
            ],
        );
    }

    #[test]
    fn code_markup_and_addresses_are_no_words() {
        let text = "> See [the **page**](https://a.example/b.c).\n\n```py\nx = 1\n```\n\n<div>no</div>\n\nEnd `x`.\n";
        let prose = Prose::of(text);
        let words: Vec<&str> = prose.words.split_whitespace().collect();
        assert_eq!(words, ["See", "the", "page", ".", "End", "`x`."]);
        assert_eq!(prose.code_blocks, 1);
        assert_eq!(prose.passages.len(), 2);
    }

    #[test]
    fn pieces_of_tables_are_told_apart() {
        let prose = Prose::of("| a | b |\n|---|---|\n| one | two |\n");
        assert!(
            prose
                .passages
                .iter()
                .all(|passage| passage.kind == PassageKind::Cell)
        );
        assert_eq!(prose.passages.len(), 4);
    }
}
