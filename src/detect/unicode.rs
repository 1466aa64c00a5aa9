//! Characters that hide or reorder what a reader sees, and terminal escapes.
//!
//! Only what has no use in honest text: joiners inside emoji and in scripts that need them pass.

use super::{Class, Confidence, Hit};

/// Adds the hidden characters in `text` to `hits`, one hit for each unbroken run; stops at `limit` and
/// answers `false` when it had to.
pub fn scan(text: &str, limit: usize, hits: &mut Vec<Hit>) -> bool {
    // Everything looked for is either an escape character or starts with one of these UTF-8 bytes.
    if !text.bytes().any(|byte| matches!(byte, 0x1b | 0xe2 | 0xef | 0xf3)) {
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
    hits.retain(|hit| {
        hit.detector != TAGS || hit.range.len() > 4 * 8 || !follows_flag(text, hit.range.start)
    });
    true
}

const TAGS: &str = "tag-characters";

fn detector(before: char, character: char, after: char) -> Option<&'static str> {
    match character {
        '\u{E0000}'..='\u{E007F}' => Some(TAGS),
        // Bidirectional overrides and isolates, Unicode Standard Annex 9; marks (200E, 200F) are harmless.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Some("bidi-control"),
        '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{200C}' | '\u{200D}'
            if before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric() =>
        {
            Some("zero-width")
        }
        '\u{1b}' if matches!(after, '[' | ']' | 'P' | '_' | '^' | 'c') => Some("terminal-escape"),
        _ => None,
    }
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
