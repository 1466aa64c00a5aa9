//! Words of courtesy, by their hashes.

use super::hash;

/// Words that stand before the verb of a request without changing it.
const POLITE: [u64; 44] = hash::words([
    "please", "pls", "plz", "can", "could", "would", "will", "you", "hey", "hi", "hello", "ok", "okay", "so",
    "now", "i", "we", "want", "need", "d", "ll", "like", "to", "help", "me", "us", "let", "lets", "s",
    "just", "kindly", "also", "and", "then", "should", "must", "gonna", "quickly", "first", "next",
    "finally", "trying", "m", "am",
]);
const COURTESY: [u64; 10] = hash::words([
    "please", "pls", "plz", "kindly", "hi", "hello", "hey", "ty", "cheers", "advance",
]);
const THANKS: [u64; 3] = hash::words(["thank", "thanks", "thx"]);
const AFTER_THANKS: [u64; 5] = hash::words(["you", "u", "in", "so", "a"]);
const YOU: [u64; 2] = hash::words(["you", "u"]);
const MODALS: [u64; 4] = hash::words(["can", "could", "would", "will"]);

/// Whether a word stands before the verb of a request without changing it.
pub(super) fn is_before_verb(word: u64) -> bool {
    POLITE.contains(&word)
}

/// Words of courtesy, which are passed over: they say nothing about the task.
#[derive(Debug, Default)]
pub(super) struct Courtesy {
    thanked: bool,
    modal: bool,
}

impl Courtesy {
    /// Whether `word` is one; at the start of a sentence `can you` and its like are, too.
    pub(super) fn is(&mut self, word: u64, at_start: bool) -> bool {
        let after_thanks = std::mem::replace(&mut self.thanked, THANKS.contains(&word));
        let after_modal = std::mem::replace(&mut self.modal, at_start && MODALS.contains(&word));
        self.thanked
            || COURTESY.contains(&word)
            || after_thanks && AFTER_THANKS.contains(&word)
            || after_modal && YOU.contains(&word)
    }
}
