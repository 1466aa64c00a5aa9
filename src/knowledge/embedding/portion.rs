//! How much an embedder is given at once.

use super::MAX_BYTES;
use crate::model::Error;

/// From what nearly every endpoint takes to what even a small model on a slow machine takes. Some refuse a
/// whole batch for one text that is longer than they read (512 pieces is not rare), some cannot do 32 texts
/// before the time is up.
const PORTIONS: [Portion; 5] = [
    Portion {
        lessons: 32,
        bytes: MAX_BYTES,
    },
    Portion {
        lessons: 4,
        bytes: MAX_BYTES,
    },
    Portion {
        lessons: 1,
        bytes: MAX_BYTES,
    },
    Portion {
        lessons: 1,
        bytes: 2048,
    },
    LEAST,
];

/// The least that is tried.
const LEAST: Portion = Portion {
    lessons: 1,
    bytes: 512,
};

/// What goes into one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Portion {
    /// How many lessons.
    pub(super) lessons: usize,
    /// How much of each.
    pub(super) bytes: usize,
}

/// The portion that is right at present.
#[derive(Debug, Default)]
pub(super) struct Appetite {
    at: usize,
    /// Larger ones took too long.
    least: usize,
}

impl Appetite {
    pub(super) fn portion(&self) -> Portion {
        PORTIONS.get(self.at).copied().unwrap_or(LEAST)
    }

    /// A portion was taken: a larger one may do again.
    pub(super) fn taken(&mut self) {
        self.at = self.at.saturating_sub(1).max(self.least);
    }

    /// These texts were not taken. Whether a smaller portion of them may be.
    pub(super) fn refused(&mut self, error: &Error, texts: &[&str]) -> bool {
        let is_least = texts.len() <= LEAST.lessons && texts.iter().all(|text| text.len() <= LEAST.bytes);
        let Some(next) = PORTIONS.get(self.at + 1).filter(|_| !is_least) else {
            return false;
        };
        let may_help = match error {
            // Time is no reason to place a lesson by less of it: perhaps the model was only being loaded.
            Error::Timeout { .. } => next.bytes == self.portion().bytes,
            Error::Answer { .. } => true,
            // 400, 413, 422, and 500, with which some servers say that a text is too long.
            Error::Refused { status, .. } => !matches!(status, 401..=404 | 408 | 425 | 429 | 501..),
            // It may be one lesson among them that must not go there.
            Error::Denied { .. } => texts.len() > 1,
            Error::Endpoint { .. } | Error::Unreachable { .. } => false,
        };
        if may_help {
            self.at += 1;
            if matches!(error, Error::Timeout { .. }) {
                self.least = self.at;
            }
        }
        may_help
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MANY: [&str; 2] = ["crane", "wharf"];

    fn refused(status: u16) -> Error {
        let id = "m".to_owned();
        Error::Refused { id, status }
    }

    #[test]
    fn what_is_too_much_is_tried_in_smaller_portions() {
        let mut appetite = Appetite::default();
        let mut lessons = vec![appetite.portion().lessons];
        while appetite.refused(&refused(400), &MANY) {
            lessons.push(appetite.portion().lessons);
        }
        assert_eq!(lessons, [32, 4, 1, 1, 1]);
        assert_eq!(appetite.portion().bytes, 512);
        for _ in 1..PORTIONS.len() {
            appetite.taken();
        }
        assert_eq!(appetite.portion(), PORTIONS[0]);
    }

    #[test]
    fn a_portion_that_took_too_long_is_not_tried_again() {
        let mut appetite = Appetite::default();
        let (id, limit) = ("m".to_owned(), Duration::from_secs(30));
        let late = Error::Timeout { id, limit };
        assert!(appetite.refused(&late, &MANY));
        appetite.taken();
        assert_eq!(appetite.portion(), PORTIONS[1]);
        assert!(appetite.refused(&late, &MANY));
        assert!(!appetite.refused(&late, &MANY), "not less of a lesson");
    }

    #[test]
    fn one_short_text_cannot_be_made_less() {
        assert!(!Appetite::default().refused(&refused(400), &["crane"]));
        assert!(Appetite::default().refused(&refused(400), &[&"crane ".repeat(100)]));
    }

    #[test]
    fn less_does_not_help_against_a_wrong_key_or_an_endpoint_that_is_away() {
        for status in [401, 403, 404, 429, 503] {
            assert!(!Appetite::default().refused(&refused(status), &MANY), "{status}");
        }
    }
}
