//! A text as a point, so that texts that say the same in other words lie close together.
//!
//! A table that is compiled in has a row for every piece of a word that a small sentence model knows
//! (`NOTICE` says which, `tools/distil_vectors.py` makes it). A text is the sum of the rows of its
//! pieces, each weighted by the caller, usually by how rare the piece is among the caller's own texts.
//! That takes microseconds and neither a model, a download nor a start-up; it reads English only.

mod quantised;
mod table;
mod wordpiece;

pub use quantised::Vector;
pub use table::{DIMENSIONS, PIECES, PieceId, table_id};

use super::words;
use table::TABLE;
use wordpiece::Cutter;

/// So many pieces of a text count, some 200 words: what stands further back moves a sum little.
pub const MAX_PIECES: usize = 256;

/// The pieces of a text in order, [`MAX_PIECES`] at most.
///
/// Identifiers are split first, since no piece spans `parseHTTPHeader`. Words that cannot be made from
/// pieces are left out.
#[must_use]
pub fn pieces(text: &str) -> Vec<PieceId> {
    let mut cutter = Cutter::new(MAX_PIECES);
    let mut at = 0;
    for (start, run) in words::runs(text) {
        cutter.take(&text[at..start]);
        cutter.end_word();
        at = start + run.len();
        for (_, part) in words::parts(run) {
            cutter.take(part);
            cutter.end_word();
        }
        if cutter.is_full() {
            break;
        }
    }
    cutter.take(&text[at..]);
    cutter.finish()
}

/// Where a text of these pieces lies, each with what it counts.
#[must_use]
pub fn encode(pieces: impl IntoIterator<Item = (PieceId, f32)>) -> Vector {
    let mut sum = [0.0_f32; DIMENSIONS];
    for (piece, weight) in pieces {
        let (row, scale) = TABLE.row(piece);
        let factor = scale * weight;
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += factor * f32::from(value.cast_signed());
        }
    }
    Vector::of(&sum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(text: &str) -> Vector {
        encode(pieces(text).into_iter().map(|piece| (piece, 1.0)))
    }

    fn check(text: &str, expect: &str) {
        let written: Vec<&str> = pieces(text).into_iter().map(PieceId::text).collect();
        assert_eq!(written.join(" "), expect, "{text:?}");
    }

    #[test]
    fn identifiers_are_split_before_they_are_cut() {
        check("parseHTTPHeader2", "par ##se http header 2");
        check("snake_case_name(x)", "snake case name ( x )");
        check("sha256sum", "sha 256 sum");
        check("Don't panic!", "don ' t panic !");
    }

    #[test]
    fn the_other_words_for_it_lie_closer_than_other_things() {
        for (text, same, other) in [
            (
                "the deploy failed because the certificate had expired",
                "release broke: SSL cert was out of date",
                "the soup tastes better with fresh basil",
            ),
            (
                "database connections ran out under load",
                "the server could not open more sessions to postgres when busy",
                "rename the button on the settings page",
            ),
        ] {
            let text = place(text);
            let (same, other) = (text.similarity(&place(same)), text.similarity(&place(other)));
            assert!(same > other + 0.1, "{same} {other}");
        }
    }

    #[test]
    fn a_text_without_pieces_is_like_nothing() {
        for text in ["", " \n", "\u{1f389}", "___"] {
            let nowhere = place(text);
            assert!(nowhere.is_zero());
            assert_eq!(nowhere.similarity(&place("hello")), 0.0);
            assert_eq!(nowhere.similarity(&nowhere), 0.0);
        }
    }

    #[test]
    fn what_weighs_nothing_does_not_count() {
        let boring = pieces("the");
        let all = encode(
            pieces("the harbour")
                .into_iter()
                .map(|piece| (piece, f32::from(u8::from(!boring.contains(&piece))))),
        );
        assert_eq!(all, place("harbour"));
    }

    #[test]
    fn a_weight_that_is_no_number_leads_nowhere_rather_than_everywhere() {
        for weight in [f32::NAN, f32::INFINITY] {
            assert!(encode(pieces("harbour master").into_iter().map(|piece| (piece, weight))).is_zero());
        }
    }

    #[test]
    fn a_long_text_is_cut_off() {
        assert_eq!(pieces(&"harbour ".repeat(10_000)).len(), MAX_PIECES);
    }

    proptest! {
        #[test]
        fn any_text_has_a_place(text in any::<String>()) {
            let pieces = pieces(&text);
            prop_assert!(pieces.len() <= MAX_PIECES);
            let place = encode(pieces.iter().map(|piece| (*piece, 1.0)));
            let itself = place.similarity(&place);
            prop_assert!(place.is_zero() || (itself - 1.0).abs() < 1e-4, "{itself}");
        }

        #[test]
        fn any_mix_of_scripts_and_signs_has_a_place(text in "[a-zA-Z0-9_ .,;'\u{300}-\u{36f}\u{4e00}-\u{4eff}\u{ac00}-\u{acff}\u{200b}-\u{206f}\u{130}\u{1e9e}]{0,80}") {
            prop_assert!(pieces(&text).len() <= MAX_PIECES);
        }
    }
}
