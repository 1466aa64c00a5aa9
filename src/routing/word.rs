//! One word, with all that its bytes tell in one pass over them.

use super::features::Place;
use super::hash;
use super::letters::{self, DIGIT, LOWER, UPPER, WIDE, WORD};

/// Longer words are cut into pieces at their beginning only.
const PIECED_BYTES: usize = 24;

/// A run of letters, digits, `_` and bytes from 0x80.
#[derive(Debug, Clone)]
pub(super) struct Word<'t> {
    pub(super) text: &'t [u8],
    /// How many bytes it has where it was found; another number than `text` has where it was mistyped.
    length: usize,
    /// Where it begins among the bytes it was found in.
    pub(super) start: usize,
    pub(super) hash: u64,
    /// Everything its bytes are, as in [`letters`].
    pub(super) kinds: u16,
    /// One bit per letter of the alphabet that it has, from the second bit on; of use where it has nothing else.
    letters: u32,
}

impl<'t> Word<'t> {
    /// The first word of `bytes` from `from` on.
    pub(super) fn next(bytes: &'t [u8], from: usize) -> Option<Self> {
        let rest = bytes.get(from..)?;
        let start = from + rest.iter().position(|byte| letters::kind(*byte) & WORD != 0)?;
        let rest = bytes.get(start..)?;
        let (mut hash, mut kinds, mut set) = (hash::START, 0, 0);
        let mut length = rest.len();
        for (at, byte) in rest.iter().enumerate() {
            let kind = letters::kind(*byte);
            if kind & WORD == 0 {
                length = at;
                break;
            }
            let lower = letters::lower(*byte, kind);
            hash = hash::with(hash, lower);
            kinds |= kind;
            set |= bit(lower);
        }
        Some(Self {
            text: rest.get(..length)?,
            length,
            start,
            hash,
            kinds,
            letters: set,
        })
    }

    pub(super) fn end(&self) -> usize {
        self.start + self.length
    }

    pub(super) fn digits(&self) -> usize {
        if self.kinds & DIGIT == 0 {
            return 0;
        }
        letters::count(self.text, DIGIT)
    }

    /// The hash of the word without its last bytes.
    pub(super) fn without_last(&self, bytes: usize) -> u64 {
        let last = self.text.iter().rev().take(bytes);
        last.fold(self.hash, |hash, byte| {
            hash::without(hash, byte.to_ascii_lowercase())
        })
    }

    /// The hash of the singular of a plural.
    pub(super) fn singular(&self) -> Option<u64> {
        match self.text {
            [stem @ .., last, b's' | b'S'] if stem.len() >= 2 && !last.eq_ignore_ascii_case(&b's') => {
                Some(self.without_last(1))
            }
            _ => None,
        }
    }

    /// As another word, at the place of this one.
    pub(super) fn read_as(&self, meant: &'static str) -> Self {
        let bytes = meant.as_bytes();
        Self {
            text: bytes,
            hash: hash::word(bytes),
            letters: set(bytes),
            ..*self
        }
    }

    /// [`Self::letters`], and those of the word with any one letter lost that it has once, but the first.
    pub(super) fn slips(&self) -> impl Iterator<Item = u64> {
        let first = self.text.first().map_or(0, u8::to_ascii_lowercase);
        let plain = self.letters().is_some();
        let lost = move |byte: &u8| {
            let others = self.text.iter().filter(|other| other.eq_ignore_ascii_case(byte));
            (others.count() == 1).then(|| hash::letters(first, (self.letters & !bit(*byte)) >> 1))
        };
        let lost = self.text.iter().skip(1).filter_map(lost);
        self.letters().into_iter().chain(lost.filter(move |_| plain))
    }

    /// The hash of the first letter and the set of letters of a word of ASCII letters of four and more: most slips
    /// of typing (two letters swapped, one doubled or one of two lost) leave it as it is.
    pub(super) fn letters(&self) -> Option<u64> {
        let first = self.text.first()?.to_ascii_lowercase();
        let plain = self.kinds & !(LOWER | UPPER) == 0 && self.text.len() >= 4;
        plain.then(|| hash::letters(first, self.letters >> 1))
    }

    /// The numbers of each four bytes of the word and its ends, in lower case, and of each six where letters take
    /// several bytes; of a long word its beginning only.
    pub(super) fn pieces(&self) -> impl Iterator<Item = u64> {
        let padded = self.padded();
        let wide = self.kinds & WIDE != 0;
        let number = |hash: u64| hash::at(Place::Piece, hash);
        let six = wide.then(|| padded.clone().pieces::<6>());
        padded.pieces::<4>().chain(six.into_iter().flatten()).map(number)
    }

    /// The bytes in lower case, of a long word the first ones, with a blank before and behind.
    fn padded(&self) -> Padded {
        let mut bytes = [b' '; PIECED_BYTES + 2];
        let length = self.text.len().min(PIECED_BYTES);
        if let (Some(to), Some(from)) = (bytes.get_mut(1..=length), self.text.get(..length)) {
            to.copy_from_slice(from);
            if self.kinds & UPPER != 0 {
                to.make_ascii_lowercase();
            }
        }
        Padded {
            bytes,
            length: length + 2,
        }
    }
}

/// See [`Word::padded`].
#[derive(Debug, Clone)]
struct Padded {
    bytes: [u8; PIECED_BYTES + 2],
    length: usize,
}

impl Padded {
    /// The hashes of every `N` bytes in a row.
    fn pieces<const N: usize>(self) -> impl Iterator<Item = u64> {
        let last = (self.length + 1).saturating_sub(N);
        (0..last).map(move |at| {
            let piece = self.bytes.iter().skip(at).take(N);
            piece.fold(hash::START, |hash, byte| hash::with(hash, *byte))
        })
    }
}

/// The bit of a letter, whatever its case.
fn bit(letter: u8) -> u32 {
    1 << (letter & 31)
}

/// The bits of all letters.
fn set(word: &[u8]) -> u32 {
    word.iter().fold(0, |set, letter| set | bit(*letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_each_other_and_know_their_stems() {
        let text = b"  Retries, caf\xc3\xa9_2!";
        let word = Word::next(text, 0).unwrap();
        assert_eq!((word.text, word.start, word.end()), (&b"Retries"[..], 2, 9));
        assert_eq!(word.hash, hash::word(b"retries"));
        assert_eq!(word.singular(), Some(hash::word(b"retrie")));
        assert_eq!(word.without_last(2), hash::word(b"retri"));
        let next = Word::next(text, word.end()).unwrap();
        assert_eq!((next.start, next.digits(), next.letters()), (11, 1, None));
        assert!(Word::next(text, next.end()).is_none());
    }

    #[test]
    fn slips_of_typing_have_the_same_letters() {
        let letters = |text: &'static [u8]| Word::next(text, 0).unwrap().letters();
        assert_eq!(letters(b"Function"), letters(b"fucntion"));
        assert_ne!(letters(b"function"), letters(b"unction"));
        assert_eq!((letters(b"abc"), letters(b"abcd1")), (None, None));
    }

    #[test]
    fn pieces_are_those_of_the_word_with_its_ends() {
        let pieces = |text: &'static [u8]| {
            let word = Word::next(text, 0).unwrap();
            word.pieces().collect::<Vec<_>>()
        };
        let number = |piece: &[u8]| hash::at(Place::Piece, hash::word(piece));
        assert_eq!(pieces(b"Fix"), [number(b" fix"), number(b"fix ")]);
        assert!(pieces(b"a").is_empty());
        assert_eq!(pieces(&[b'x'; 99]).len(), PIECED_BYTES + 2 - 3);
        assert_eq!(pieces("关系".as_bytes()).len(), 5 + 3);
    }

    #[test]
    fn a_word_read_as_another_stays_where_it_is() {
        let typed = Word::next(b"so Revew it", 3).unwrap();
        let meant = typed.read_as("review");
        assert_eq!((meant.text, meant.start, meant.end()), (&b"review"[..], 3, 8));
        assert!(meant.slips().any(|key| Some(key) == typed.letters()));
    }
}
