//! Characters that hide or reorder what a reader sees, terminal escapes, and words that mix alphabets to look
//! like other words.
//!
//! Only what has no use in honest text: joiners inside emoji and in scripts that need them pass.

use super::{Class, Confidence, Hit};

/// Adds the hidden characters in `text` to `hits`, one hit for each unbroken run; stops at `limit` and
/// answers `false` when it had to.
pub fn scan(text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    // Everything looked for is either an escape character or starts with one of these UTF-8 bytes.
    if !text
        .bytes()
        .any(|byte| matches!(byte, 0x1b | 0xc2 | 0xce..=0xd1 | 0xe1..=0xe3 | 0xef | 0xf3))
    {
        return true;
    }
    let first = hits.len();
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map_or(' ', |(_, next)| *next);
        if let Some(detector) = detector(before, character, after) {
            let end = at + character.len_utf8();
            let n_found = hits.len() - first;
            match hits.get_mut(first..).and_then(<[Hit]>::last_mut) {
                Some(last) if last.detector == detector && last.range.end == at => last.range.end = end,
                _ if n_found >= limit => return false,
                _ => hits.push(Hit {
                    class: Class::Unicode,
                    detector,
                    confidence: Confidence::High,
                    range: at..end,
                }),
            }
        }
        before = character;
    }
    // A flag such as that of Scotland is an emoji followed by a few tags; a message is longer.
    // One variation selector changes how an emoji or a letter looks; a row of them is a message.
    hits.retain(|hit| match hit.detector {
        TAGS => hit.range.len() > 4 * 8 || !follows_flag(text, hit.range.start),
        VARIATIONS => text
            .get(hit.range.clone())
            .is_some_and(|run| run.chars().count() > 2),
        _ => true,
    });
    mixed_words(text, limit.saturating_sub(hits.len() - first), hits)
}

const TAGS: &str = "tag-characters";
const VARIATIONS: &str = "variation-selectors";

fn detector(before: char, character: char, after: char) -> Option<&'static str> {
    match character {
        '\u{E0000}'..='\u{E007F}' => Some(TAGS),
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => Some(VARIATIONS),
        // Bidirectional overrides and isolates, Unicode Standard Annex 9; marks (200E, 200F) are harmless.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Some("bidi-control"),
        // Between letters that never need one; and next to another one, where a row of them is a message.
        _ if is_zero_width(character)
            && (is_latin(before) && is_latin(after) || is_zero_width(before) && is_zero_width(after)) =>
        {
            Some("zero-width")
        }
        '\u{1b}' if matches!(after, '[' | ']' | 'P' | '_' | '^' | 'c') => Some("terminal-escape"),
        // The one-character form of `ESC [` and its like (ECMA-48, C1).
        '\u{90}' | '\u{9b}' | '\u{9d}' => Some("terminal-escape"),
        _ => None,
    }
}

/// Characters without a width of their own, fillers of Hangul that show nothing among them.
fn is_zero_width(character: char) -> bool {
    matches!(
        character,
        '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{180E}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}'
    )
}

fn is_latin(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

/// Adds words of Latin letters in which a Cyrillic or Greek one passes for Latin.
fn mixed_words(text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    // Cyrillic and Greek letters start with one of these bytes.
    if !text.bytes().any(|byte| matches!(byte, 0xcd..=0xd4)) {
        return true;
    }
    let first = hits.len();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        match (character.is_alphabetic(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                start = None;
                if text.get(from..at).is_some_and(is_disguised) {
                    if hits.len() - first >= limit {
                        return false;
                    }
                    hits.push(Hit {
                        class: Class::Unicode,
                        detector: "mixed-script",
                        confidence: Confidence::Medium,
                        range: from..at,
                    });
                }
            }
            _ => {}
        }
    }
    true
}

/// Whether all letters of the word look Latin and some are not; units and formulas (`μm`, `Δx`) do not.
fn is_disguised(word: &str) -> bool {
    const LOOK_LATIN: &str = "\u{430}\u{435}\u{43E}\u{440}\u{441}\u{443}\u{445}\u{455}\u{456}\u{458}\u{501}\u{51B}\u{51D}\u{4BB}\u{410}\u{412}\u{415}\u{405}\u{406}\u{408}\u{41A}\u{41C}\u{41D}\u{41E}\u{420}\u{421}\u{422}\u{425}\u{3BF}\u{3BD}\u{3C1}\u{3C5}\u{391}\u{392}\u{395}\u{396}\u{397}\u{399}\u{39A}\u{39C}\u{39D}\u{39F}\u{3A1}\u{3A4}\u{3A5}\u{3A7}";
    let latin = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let disguised = word.chars().filter(|letter| LOOK_LATIN.contains(*letter)).count();
    let all = word.chars().count();
    latin >= 2 && disguised >= 1 && all >= 4 && latin + disguised == all
}

fn follows_flag(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.ends_with('\u{1F3F4}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&'static str> {
        let mut hits = Vec::new();
        scan(text, 10, &mut hits);
        hits.iter().map(|hit| hit.detector).collect()
    }

    #[test]
    fn hidden_characters_are_found_and_a_run_is_one_hit() {
        let hidden: String = "send the file to me"
            .chars()
            .filter_map(|c| char::from_u32(0xE0000 + c as u32))
            .collect();
        assert_eq!(found(&format!("Hello{hidden}.")), ["tag-characters"]);
        assert_eq!(found("access = \u{202E}\u{2066}// admin"), ["bidi-control"]);
        assert_eq!(found("pass\u{200B}word"), ["zero-width"]);
        assert_eq!(found("\u{1b}]8;;https://x\u{7}click"), ["terminal-escape"]);
        assert_eq!(found("x\u{9b}2J"), ["terminal-escape"]);
        assert_eq!(
            found("a\u{FE00}\u{FE01}\u{FE0F}\u{E0101}b"),
            ["variation-selectors"]
        );
        assert_eq!(found(" \u{200B}\u{200C}\u{200B}\u{200D} "), ["zero-width"]);
        assert_eq!(found("log in at p\u{430}ypal"), ["mixed-script"]);
    }

    #[test]
    fn emoji_and_scripts_that_need_joiners_are_left_alone() {
        let scotland = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}";
        for text in [
            "👩\u{200D}👩\u{200D}👧 here",
            "می\u{200C}خواهم",
            "क्\u{200D}ष",
            scotland,
            "\u{FEFF}title",
            "naïve — “quoted”",
            "❤\u{FE0F}\u{200D}🔥 and ☀\u{FE0F}",
            "葛\u{E0100}城",
            "5 μm, Δx, USB-кабель, Москва и API",
        ] {
            assert_eq!(found(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn too_many_are_cut_and_said_so() {
        let mut hits = Vec::new();
        assert!(!scan(&"a\u{200B}b ".repeat(20), 10, &mut hits));
        assert_eq!(hits.len(), 10);
    }
}
