//! Words as grounding compares them: lower case, without their endings, weighed by what they say.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use hashbrown::HashMap;

/// A word without its ending, as a number: texts of megabytes are compared without copying their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) struct Stem(u64);

/// What kind of word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It names something.
    Content,
    /// Who speaks: a source that does not speak of itself supports nothing said of "me" or "you".
    Person,
    /// It only joins others.
    Function,
}

impl Kind {
    /// What a word of this kind counts. Two weights, chosen by hand on the dialogue sets and not fitted further.
    pub(super) fn weight(self) -> f64 {
        match self {
            Self::Content | Self::Person => 1.0,
            Self::Function => 0.35,
        }
    }
}

/// One word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) range: Range<usize>,
    pub(super) stem: Stem,
    pub(super) kind: Kind,
}

/// The words of `text`. Characters of scripts without blanks between words are words of their own.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    each(text, |range, word| {
        let kind = match word.len() {
            ..=LONGEST_JOINING => JOINING.get(word).copied().unwrap_or(Kind::Content),
            _ => Kind::Content,
        };
        let stem = stem(word);
        found.push(Word { range, stem, kind });
    });
    found
}

/// The different content words of `text`.
pub(in super::super) fn content_stems(text: &str) -> HashSet<Stem> {
    let words = words(text).into_iter();
    words
        .filter(|word| word.kind == Kind::Content)
        .map(|word| word.stem)
        .collect()
}

/// Whether `text` may be English, by how many of its first words are those that join others there. Little text may be.
pub(in super::super) fn may_be_english(text: &str) -> bool {
    const ENOUGH: usize = 12;
    let sample = text.get(..text.floor_char_boundary(2_000)).unwrap_or(text);
    let words = words(sample);
    let joining = words.iter().filter(|word| word.kind != Kind::Content).count();
    words.len() < ENOUGH || joining * 8 >= words.len()
}

/// Calls `take` with the place and the lower-case form of each word.
pub(in super::super) fn each(text: &str, mut take: impl FnMut(Range<usize>, &str)) {
    let mut lower = String::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !c.is_alphanumeric() {
            continue;
        }
        if lower.is_empty() {
            start = at;
        }
        if c.is_ascii() {
            lower.push(c.to_ascii_lowercase());
        } else {
            lower.extend(c.to_lowercase());
        }
        let mut end = at + c.len_utf8();
        if !is_dense(c) {
            // A point or a comma between digits belongs to the number.
            if c.is_ascii_digit()
                && let Some(&(_, mark @ ('.' | ','))) = chars.peek()
                && text.as_bytes().get(end + 1).is_some_and(u8::is_ascii_digit)
            {
                lower.push(mark);
                end += 1;
                chars.next();
            }
            if chars
                .peek()
                .is_some_and(|(_, next)| next.is_alphanumeric() && !is_dense(*next))
            {
                continue;
            }
        }
        take(start..end, &lower);
        lower.clear();
    }
}

/// Han, kana and hangul, and the scripts of Thailand, Laos, Burma and Cambodia.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

/// The word without the ending that its neighbours in a text may have instead.
pub(super) fn stem(word: &str) -> Stem {
    let bare = ENDINGS
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.len() >= 3))
        .unwrap_or(word);
    // FNV-1a, always the same: two of a million words are the same number once in 40 million texts.
    let hash = bare.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Stem(hash)
}

const ENDINGS: [&str; 18] = [
    "ational", "ization", "ingly", "edly", "ments", "ment", "ness", "ings", "ing", "ies", "ied", "ers", "er",
    "ed", "es", "ly", "s", "e",
];

/// No word below is longer, in bytes.
const LONGEST_JOINING: usize = 10;

static JOINING: LazyLock<HashMap<&str, Kind>> = LazyLock::new(|| {
    let persons = PERSONS.split(' ').map(|word| (word, Kind::Person));
    let function = FUNCTION
        .split_ascii_whitespace()
        .map(|word| (word, Kind::Function));
    function.chain(persons).collect()
});

const PERSONS: &str = "i me my mine myself we our us ours you your yours yourself m ve";
const FUNCTION: &str = "a about above after again against all also am an and any are aren as at be because been before being below \
     between both but by can cannot could couldn d did didn do does doesn doing don down during each even ever few \
     for from further get got had hadn has hasn have haven having he her here hers herself him himself his how if \
     in into is isn it its itself just let like ll might more most must no nor not of off oh ok okay on once only \
     or other ought out over own re really s same she should shouldn so some such t than that the their theirs \
     them themselves then there these they this those through to too under until up very was wasn well were weren \
     what when where which while who whom why will with won would wouldn yeah yes";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        each(text, |range, word| {
            assert_eq!(text[range].to_lowercase(), word);
            found.push(word.to_owned());
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn words_have_their_places() {
        check("The 1,000.5 km, v2.", &["the", "1,000.5", "km", "v2"]);
        check("Don’t Über-all", &["don", "t", "über", "all"]);
        check("日本 x語", &["日", "本", "x", "語"]);
        check("", &[]);
    }

    #[test]
    fn joining_words_are_short_enough_to_be_looked_up() {
        assert!(JOINING.keys().all(|word| word.len() <= LONGEST_JOINING));
        assert_eq!(
            words("themselves you boat")
                .iter()
                .map(|word| word.kind)
                .collect::<Vec<_>>(),
            [Kind::Function, Kind::Person, Kind::Content]
        );
    }

    #[test]
    fn english_is_told_by_its_small_words() {
        assert!(may_be_english(
            "I am sorry, but this is something that I cannot help you with at all."
        ));
        assert!(may_be_english("Non."));
        assert!(!may_be_english(
            "Es tut mir leid, aber dabei kann ich Ihnen leider nicht helfen, weil das gegen die Regeln ist."
        ));
        assert!(!may_be_english(
            "申し訳ありませんが、そのご要望にはお応えできません。"
        ));
    }

    #[test]
    fn endings_do_not_tell_words_apart() {
        assert_eq!(stem("connected"), stem("connecting"));
        assert_eq!(stem("games"), stem("game"));
        assert_ne!(stem("game"), stem("goal"));
    }
}
