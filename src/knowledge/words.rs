//! How text becomes the words that are indexed and searched for.
//!
//! A word is a run of letters, digits and `_`; an identifier also gives its parts, so that
//! `parseHTTPHeader2` is found by `header`. Words are lower-cased, words that say nothing are dropped,
//! and English ones are cut to their stem (Snowball). Chinese, Japanese and Korean write without
//! spaces or glue endings on, so their runs give single characters and pairs.

use std::cell::RefCell;
use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are encoded data, not language; their parts are still emitted.
const MAX_WORD_BYTES: usize = 128;
/// About a megabyte; a language's common words are far fewer.
const MAX_REMEMBERED: usize = 8192;

/// One word of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// What it is looked up by.
    pub(super) stem: &'a str,
    /// The word as it is written.
    pub(super) surface: &'a str,
    /// Where it begins in the text, in bytes.
    pub(super) start: usize,
}

/// Gives every word of `text` that says something to `emit`, in order; parts of an identifier follow the whole.
pub(super) fn each_word(text: &str, mut emit: impl FnMut(Word<'_>)) {
    tokens(text, |token| {
        let Token { surface, start, .. } = token;
        if let Some(stem) = stem(&lower_case(surface)) {
            emit(Word {
                stem: &stem,
                surface,
                start,
            });
        }
    });
}

/// A run of a text before anything is dropped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    /// As it is written.
    pub(super) surface: &'a str,
    /// Where it begins in the text, in bytes.
    pub(super) start: usize,
    /// Whether its parts follow.
    pub(super) is_whole: bool,
}

/// Gives every run of `text` to `emit`, in order; parts of an identifier follow the whole.
pub(super) fn tokens(text: &str, mut emit: impl FnMut(Token<'_>)) {
    for (at, run) in runs(text) {
        let parts = parts(run);
        let splits = !matches!(parts.as_slice(), [(0, part)] if part.len() == run.len());
        let mut give = |surface: &str, start: usize, is_whole: bool| {
            if surface.len() <= MAX_WORD_BYTES {
                emit(Token {
                    surface,
                    start,
                    is_whole,
                });
            }
        };
        if splits && !parts.is_empty() && !run.chars().any(is_cjk) {
            give(run, at, true);
        }
        for (offset, part) in parts {
            if part.chars().next().is_some_and(is_cjk) {
                characters(part, |surface, inside| give(surface, at + offset + inside, false));
            } else {
                give(part, at + offset, false);
            }
        }
    }
}

/// The runs of letters, digits and `_` in `text`, each with its offset.
pub(super) fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(in_word)?;
        let length = text[start..].find(|c| !in_word(c)).unwrap_or(text.len() - start);
        at = start + length;
        Some((start, &text[start..at]))
    })
}

thread_local! {
    /// By lower-cased word: stemming is most of the work, and texts repeat their words.
    static STEMS: RefCell<HashMap<String, Option<String>>> = RefCell::default();
}

/// What a lower-cased word is looked up by; `None` when it says nothing.
pub(super) fn stem(lower: &str) -> Option<String> {
    STEMS.with_borrow_mut(|stems| {
        if let Some(known) = stems.get(lower) {
            return known.clone();
        }
        if stems.len() >= MAX_REMEMBERED {
            stems.clear();
        }
        let stem = stemmed(lower);
        stems.insert(lower.to_owned(), stem.clone());
        stem
    })
}

fn stemmed(lower: &str) -> Option<String> {
    let mut characters = lower.chars();
    let single =
        matches!((characters.next(), characters.next()), (Some(c), None) if !c.is_numeric() && !is_cjk(c));
    if single || STOP_WORDS.binary_search(&lower).is_ok() {
        return None;
    }
    if !lower.is_ascii() {
        return Some(lower.to_owned());
    }
    Some(Stemmer::create(Algorithm::English).stem(lower).into_owned())
}

/// Dropped: a query of only these finds nothing. Sorted, for binary search.
#[rustfmt::skip]
const STOP_WORDS: [&str; 50] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "did", "do", "does", "for", "had", "has",
    "have", "he", "how", "i", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or", "she", "such",
    "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "we", "what", "when",
    "where", "which", "who", "will", "with", "you",
];

fn in_word(c: char) -> bool {
    if c.is_ascii() {
        // Nearly always; the tables of the rest are slow.
        return c == '_' || c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Single characters are kept beside the pairs, so that a question of one character finds something.
fn characters(part: &str, mut emit: impl FnMut(&str, usize)) {
    for (offset, first) in part.char_indices() {
        let rest = &part[offset..];
        let single = first.len_utf8();
        let pair = rest.chars().nth(1).map(|second| single + second.len_utf8());
        for length in std::iter::once(single).chain(pair) {
            emit(&rest[..length], offset);
        }
    }
}

/// Lower-cased; outside ASCII also in compatibility form, so that composed and decomposed accents and
/// full-width letters are one word.
pub(super) fn lower_case(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfkc().flat_map(char::to_lowercase).collect()
    }
}

/// The parts of an identifier with their offsets: cut at `_`, between letters and digits, before a
/// capital after a lower-case letter, and before the last capital of several when a lower-case letter
/// follows. Also cut where a script without spaces begins or ends.
pub(super) fn parts(run: &str) -> Vec<(usize, &str)> {
    if run.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return vec![(0, run)];
    }
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut before: Option<char> = None;
    let mut characters = run.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if before.is_some_and(|before| splits_between(before, c, next)) {
            parts.push((begin, &run[begin..at]));
            begin = at;
        }
        // An accent belongs to its letter, whatever that is.
        if !is_combining_mark(c) || before.is_none() {
            before = Some(c);
        }
    }
    parts.push((begin, &run[begin..]));
    parts.retain(|(_, part)| part.chars().any(|c| c != '_'));
    parts
}

fn splits_between(before: char, c: char, next: Option<char>) -> bool {
    if is_combining_mark(c) {
        return false;
    }
    (before == '_') != (c == '_')
        || is_cjk(before) != is_cjk(c)
        || before.is_numeric() != c.is_numeric()
        || (before.is_lowercase() && c.is_uppercase())
        || (before.is_uppercase() && c.is_uppercase() && next.is_some_and(char::is_lowercase))
}

/// Han, kana and Hangul, by their blocks in Unicode 16.
fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9d}'
        | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let mut stems = Vec::new();
        each_word(text, |word| {
            assert_eq!(&text[word.start..word.start + word.surface.len()], word.surface);
            stems.push(word.stem.to_owned());
        });
        assert_eq!(stems.join(" "), expect, "{text:?}");
    }

    #[test]
    fn an_identifier_gives_itself_and_its_parts() {
        check("parseHTTPHeader2", "parsehttpheader2 pars http header 2");
        check("snake_case_name", "snake_case_nam snake case name");
        check("__init__", "__init__ init");
        check("utf8", "utf8 utf 8");
        check("___", "");
    }

    #[test]
    fn words_are_lower_cased_and_stemmed() {
        check(
            "Deployments failed, retrying connections!",
            "deploy fail retri connect",
        );
    }

    #[test]
    fn stop_words_and_single_letters_are_dropped_but_digits_stay() {
        check("What did we do with it? a b 7", "7");
        check("isValid", "isvalid valid");
    }

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn other_scripts_are_plain_lower_cased_words() {
        check("Кэш Редиса", "кэш редиса");
        check("Überprüfung", "überprüfung");
    }

    #[test]
    fn chinese_gives_characters_and_pairs() {
        check("重启服务", "重 重启 启 启服 服 服务 务");
        check("用Redis缓存", "用 redi 缓 缓存 存");
    }

    #[test]
    fn composed_decomposed_and_full_width_letters_are_one_word() {
        check("caf\u{e9} cafe\u{301}", "caf\u{e9} caf\u{e9}");
        check("ＡＢＣ", "abc");
    }

    #[test]
    fn encoded_data_is_not_a_word() {
        check(&"a".repeat(MAX_WORD_BYTES + 1), "");
    }
}
