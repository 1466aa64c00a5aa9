//! A long note in pieces that can be read at once: cut at its headings, and where these are far apart
//! between paragraphs and list items. Code is never cut.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A note, or a section with all that is below it, is not cut when it is no longer.
const LONGEST: usize = 2_000;

/// A piece of a note.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The headings it stands under, the outermost first.
    pub(super) path: Vec<String>,
    /// The text, as it stands in the note.
    pub(super) text: String,
}

/// The first heading, when nothing stands above it, and what follows it.
pub(super) fn opening(body: &str) -> Option<(String, &str)> {
    let outline = Outline::of(body);
    let first = outline.headings.first()?;
    let above = body.get(..first.start)?;
    above
        .trim()
        .is_empty()
        .then(|| (first.title.clone(), body.get(first.end..).unwrap_or_default()))
}

/// The pieces of a note without its title.
pub(super) fn pieces(body: &str) -> Vec<Piece> {
    let outline = Outline::of(body);
    let mut pieces = Vec::new();
    let cut = Cut {
        body,
        breaks: &outline.breaks,
    };
    cut.section(0..body.len(), &outline.headings, &[], &mut pieces);
    pieces
}

#[derive(Debug, Default)]
struct Outline {
    headings: Vec<Heading>,
    /// Where a block, or an item of a list, begins.
    breaks: Vec<usize>,
}

#[derive(Debug)]
struct Heading {
    level: u8,
    title: String,
    start: usize,
    end: usize,
}

impl Outline {
    fn of(body: &str) -> Self {
        let mut outline = Self::default();
        let (mut depth, mut in_list, mut open) = (0_usize, false, None::<Heading>);
        for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(tag) => {
                    match (&tag, depth) {
                        (Tag::Heading { level, .. }, 0) => {
                            open = Some(Heading {
                                level: *level as u8,
                                title: String::new(),
                                start: range.start,
                                end: range.end,
                            });
                        }
                        (Tag::Item, 1) if in_list => outline.breaks.push(range.start),
                        (_, 0) => outline.breaks.push(range.start),
                        _ => {}
                    }
                    if depth == 0 {
                        in_list = matches!(tag, Tag::List(_));
                    }
                    depth += 1;
                }
                Event::End(tag) => {
                    depth = depth.saturating_sub(1);
                    if matches!(tag, TagEnd::Heading(_)) && depth == 0 {
                        outline.headings.extend(open.take());
                    }
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut open {
                        heading.title.push_str(&text);
                    }
                }
                Event::Rule | Event::Html(_) if depth == 0 => outline.breaks.push(range.start),
                _ => {}
            }
        }
        outline
    }
}

struct Cut<'a> {
    body: &'a str,
    breaks: &'a [usize],
}

impl Cut<'_> {
    /// A section as one piece when it is short; else what stands before its first heading, then each of the
    /// sections below it.
    fn section(&self, range: Range<usize>, headings: &[Heading], path: &[String], pieces: &mut Vec<Piece>) {
        let text = self.text(&range);
        if text.len() <= LONGEST || headings.is_empty() {
            return self.text_in_pieces(range, path, pieces);
        }
        let first = headings.first().map_or(range.end, |heading| heading.start);
        self.text_in_pieces(range.start..first, path, pieces);
        let mut rest = headings;
        while let Some((heading, below)) = rest.split_first() {
            let inner = below
                .iter()
                .take_while(|lower| lower.level > heading.level)
                .count();
            let (inner, next) = below.split_at(inner);
            let end = next.first().map_or(range.end, |next| next.start);
            let path: Vec<String> = path.iter().chain([&heading.title]).cloned().collect();
            self.section(heading.end..end, inner, &path, pieces);
            rest = next;
        }
    }

    /// As many blocks together as make a piece of the right size.
    fn text_in_pieces(&self, range: Range<usize>, path: &[String], pieces: &mut Vec<Piece>) {
        let inside = self.breaks.iter().filter(|at| range.contains(*at)).copied();
        let ends: Vec<usize> = inside.chain([range.end]).collect();
        let mut start = range.start;
        for (at, end) in ends.iter().enumerate() {
            let next = ends.get(at + 1).copied();
            let is_full = next.is_some_and(|next| self.text(&(start..next)).len() > LONGEST);
            let text = self.text(&(start..*end));
            if (is_full || next.is_none()) && !text.is_empty() {
                pieces.push(Piece {
                    path: path.to_vec(),
                    text: text.to_owned(),
                });
                start = *end;
            }
        }
    }

    fn text(&self, range: &Range<usize>) -> &str {
        // Space before the first line may be what makes it code.
        let text = self.body.get(range.clone()).unwrap_or_default().trim_end();
        let blank: usize = text
            .split_inclusive('\n')
            .take_while(|line| line.trim().is_empty())
            .map(str::len)
            .sum();
        text.get(blank..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expect: &[(&str, usize)]) {
        let pieces = pieces(body);
        let got: Vec<(String, usize)> = pieces
            .iter()
            .map(|piece| (piece.path.join(" > "), piece.text.len()))
            .collect();
        let expect: Vec<(String, usize)> = expect
            .iter()
            .map(|(path, len)| ((*path).to_owned(), *len))
            .collect();
        assert_eq!(got, expect);
    }

    fn words(count: usize) -> String {
        "word ".repeat(count).trim_end().to_owned()
    }

    #[test]
    fn a_short_note_is_one_piece_and_an_empty_one_none() {
        check("Intro.\n\n## A\n\ntext\n", &[("", 18)]);
        check(" \n\n", &[]);
    }

    #[test]
    fn a_long_note_is_cut_at_its_headings() {
        let long = words(300);
        let body =
            format!("Intro.\n\n## A\n\n{long}\n\n### A1\n\nshort\n\n## B *b* `c`\n\n{long}\n\n## Empty\n");
        check(&body, &[("", 6), ("A", 1514), ("B b c", 1499)]);
        let body = format!("## A\n\n{long}\n\n### A1\n\n{long}\n\n# Top\n\nend");
        check(&body, &[("A", 1499), ("A > A1", 1499), ("Top", 3)]);
    }

    #[test]
    fn what_has_no_headings_is_cut_between_blocks_and_list_items() {
        let paragraph = words(250);
        check(
            &[paragraph.as_str(); 3].join("\n\n"),
            &[("", 1249), ("", 1249), ("", 1249)],
        );
        let items = vec![format!("- {}\n", words(100)); 9].concat();
        let pieces = pieces(&items);
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.text.starts_with("- word")));
    }

    #[test]
    fn code_is_not_cut_and_has_no_headings() {
        let code = format!("```sh\n{}```\n", "# not a heading\n\n- no item\n\n".repeat(200));
        let body = format!("## A\n\n{code}\n## B\n\nend\n");
        let pieces = pieces(&body);
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0].text, code.trim_end());
    }

    #[test]
    fn the_first_heading_is_the_title_when_nothing_is_above_it() {
        assert_eq!(opening("\n# A `b`\n\ntext"), Some(("A b".to_owned(), "\ntext")));
        assert_eq!(
            opening("A\n===\ntext").map(|(title, _)| title),
            Some("A".to_owned())
        );
        assert_eq!(opening("text\n\n# A"), None);
        assert_eq!(opening(""), None);
    }
}
