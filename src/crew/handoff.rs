//! What a step is given of the results before it: excerpts within bytes, the same on every reading.

/// How much of an output's beginning and end is kept for excerpts.
const HEAD: usize = 4_096;
const TAIL: usize = 1_024;

/// The ends of an output, enough to cut any excerpt from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    head: String,
    tail: String,
    bytes: usize,
}

impl Excerpt {
    /// The ends of `output`.
    #[must_use]
    pub(super) fn of(output: &str) -> Self {
        let tail = output
            .get(output.ceil_char_boundary(output.len().saturating_sub(TAIL))..)
            .unwrap_or_default();
        Self {
            head: cut(output, HEAD).to_owned(),
            tail: tail.to_owned(),
            bytes: output.len(),
        }
    }

    /// At most `max` bytes of the output, never more than 4 KB, and whether that is all of it. Beginnings say
    /// most, so three quarters are taken from there and the rest from the end; between them stands how much
    /// was left out, and `more`, which says where to read it.
    #[must_use]
    pub(super) fn within(&self, max: usize, more: &str) -> (String, bool) {
        let max = max.min(HEAD);
        if self.bytes <= max {
            return (self.head.clone(), true);
        }
        let note = |left_out: usize| format!("\n[{left_out} of {} bytes left out; {more}]\n", self.bytes);
        let room = max.saturating_sub(note(self.bytes).len());
        let head = cut(&self.head, room / 4 * 3);
        let tail_at = self
            .tail
            .ceil_char_boundary(self.tail.len().saturating_sub(room / 4));
        let tail = self.tail.get(tail_at..).unwrap_or_default();
        (
            format!("{head}{}{tail}", note(self.bytes - head.len() - tail.len())),
            false,
        )
    }
}

/// The beginning of `text`, at most `max` bytes, at a character's end.
#[must_use]
pub(super) fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or_default()
}

/// `text` within `max` bytes, with an ellipsis where it was cut.
#[must_use]
pub(super) fn brief(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    format!("{}…", cut(text, max.saturating_sub('…'.len_utf8())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_left_out_is_said() {
        let excerpt = Excerpt::of(&format!("{}{}", "a".repeat(3_000), "z".repeat(3_000)));
        insta::assert_snapshot!(excerpt.within(90, "read on").0, @r"
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        [5952 of 6000 bytes left out; read on]
        zzzzzzzzzzzz
        ");
        assert_eq!(
            Excerpt::of("short").within(90, "read on"),
            ("short".to_owned(), true)
        );
    }

    proptest! {
        #[test]
        fn an_excerpt_stays_within_its_bytes_and_counts_right(output in "[a-zé漢\n]{0,3000}", max in 80usize..5_000) {
            let (text, whole) = Excerpt::of(&output).within(max, "more");
            prop_assert!(text.len() <= max);
            prop_assert_eq!(whole, text == output);
        }
    }
}
