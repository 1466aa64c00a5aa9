//! How BERT's uncased tokeniser cuts a text: words in lower case without accents, every punctuation
//! mark and Chinese character by itself, then from each word the longest known piece, again and again.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::char::decompose_canonical;

use super::table::{PieceId, TABLE};

/// The tokeniser's own limit: a longer word counts as unknown.
const MAX_WORD_CHARACTERS: usize = 100;

/// Takes a text in one part after the other.
#[derive(Debug)]
pub(super) struct Cutter {
    /// The word so far, lower-cased.
    word: String,
    pieces: Vec<PieceId>,
    most: usize,
}

impl Cutter {
    /// Stops after `most` pieces.
    pub(super) fn new(most: usize) -> Self {
        Self {
            word: String::new(),
            pieces: Vec::new(),
            most,
        }
    }

    /// Whether no further piece will be taken.
    pub(super) fn is_full(&self) -> bool {
        self.pieces.len() >= self.most
    }

    /// Goes on with `text`, which may continue a word.
    pub(super) fn take(&mut self, text: &str) {
        for c in text.chars() {
            if self.is_full() {
                return;
            }
            if c.is_ascii() {
                self.take_plain(c);
            } else if is_chinese(c) {
                self.end_word();
                self.take_decomposed(c);
                self.end_word();
            } else if !is_invisible(c) {
                self.take_decomposed(c);
            }
        }
    }

    /// What follows is another word.
    pub(super) fn end_word(&mut self) {
        let first = self.pieces.len();
        let known = self.word.chars().count() <= MAX_WORD_CHARACTERS;
        let mut rest = if known { self.word.as_str() } else { "" };
        while !rest.is_empty() {
            let inside = rest.len() < self.word.len();
            let Some((piece, length)) = TABLE.longest(rest, inside) else {
                // One unknown piece makes the word unknown.
                self.pieces.truncate(first);
                break;
            };
            self.pieces.push(piece);
            rest = rest.get(length..).unwrap_or_default();
        }
        self.pieces.truncate(self.most);
        self.word.clear();
    }

    /// The pieces of all that was taken.
    pub(super) fn finish(mut self) -> Vec<PieceId> {
        self.end_word();
        self.pieces
    }

    /// Accents that stand apart once a letter is decomposed are dropped.
    fn take_decomposed(&mut self, c: char) {
        decompose_canonical(c, |part| {
            if get_general_category(part) != GeneralCategory::NonspacingMark {
                part.to_lowercase().for_each(|c| self.take_plain(c));
            }
        });
    }

    fn take_plain(&mut self, c: char) {
        if c.is_whitespace() {
            self.end_word();
        } else if is_punctuation(c) {
            self.end_word();
            self.word.push(c);
            self.end_word();
        } else if !c.is_control() {
            self.word.push(c.to_ascii_lowercase());
        }
    }
}

/// All signs of ASCII, but beyond it only what Unicode calls punctuation: `$` is, `€` is not.
fn is_punctuation(c: char) -> bool {
    use GeneralCategory as Category;
    if c.is_ascii() {
        return c.is_ascii_punctuation();
    }
    matches!(
        get_general_category(c),
        Category::ConnectorPunctuation
            | Category::DashPunctuation
            | Category::OpenPunctuation
            | Category::ClosePunctuation
            | Category::InitialPunctuation
            | Category::FinalPunctuation
            | Category::OtherPunctuation
    )
}

/// Left out as if it were not there: controls, format characters, private ones and the replacement for
/// what could not be read.
fn is_invisible(c: char) -> bool {
    use GeneralCategory as Category;
    c == char::REPLACEMENT_CHARACTER
        || matches!(
            get_general_category(c),
            Category::Control | Category::Format | Category::PrivateUse
        )
}

/// Han by the blocks that BERT knows; kana and Hangul form words.
fn is_chinese(c: char) -> bool {
    matches!(c,
        '\u{4e00}'..='\u{9fff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{20000}'..='\u{2a6df}'
        | '\u{2a700}'..='\u{2b73f}'
        | '\u{2b740}'..='\u{2b81f}'
        | '\u{2b820}'..='\u{2ceaf}'
        | '\u{f900}'..='\u{faff}'
        | '\u{2f800}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// A string and its pieces, as the reference implementation cuts it.
    #[derive(Deserialize)]
    struct Golden {
        text: String,
        pieces: Vec<String>,
    }

    fn cut(text: &str, most: usize) -> Vec<&'static str> {
        let mut cutter = Cutter::new(most);
        cutter.take(text);
        cutter.finish().into_iter().map(PieceId::text).collect()
    }

    #[test]
    fn it_cuts_as_the_reference_does() {
        let golden = include_str!("golden.jsonl").lines();
        let golden: Vec<Golden> = golden.map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(golden.len(), 50);
        for Golden { text, pieces } in golden {
            assert_eq!(cut(&text, usize::MAX), pieces, "{text:?}");
        }
    }

    #[test]
    fn a_word_may_come_in_parts() {
        let mut cutter = Cutter::new(8);
        cutter.take("har");
        cutter.take("bour");
        assert_eq!(
            cutter.finish().into_iter().map(PieceId::text).collect::<Vec<_>>(),
            ["harbour"]
        );
    }

    #[test]
    fn it_stops_in_the_middle_of_a_word() {
        assert_eq!(cut("unaffable words", 2), ["una", "##ffa"]);
        assert_eq!(cut("a b c", 2), ["a", "b"]);
        assert!(cut("a b c", 0).is_empty());
    }
}
