//! One word, with all that its bytes tell in one pass over them.

use super::hash;
use super::letters::{self, DIGIT, LOWER, UPPER, WORD};

/// Longer words are cut into pieces at their beginning only.
const PIECED_BYTES: usize = 24;

/// A run of letters, digits, `_` and bytes from 0x80.
#[derive(Debug, Clone)]
pub(super) struct Word<'t> {
    pub(super) text: &'t [u8],
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
            set |= 1 << (lower & 31);
        }
        Some(Self {
            text: rest.get(..length)?,
            start,
            hash,
            kinds,
            letters: set,
        })
    }

    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
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

    /// The hash of the first letter and the set of letters of a word of ASCII letters of four and more: most slips
    /// of typing (two letters swapped, one doubled or one of two lost) leave it as it is.
    pub(super) fn letters(&self) -> Option<u64> {
        let first = self.text.first()?.to_ascii_lowercase();
        let plain = self.kinds & !(LOWER | UPPER) == 0 && self.text.len() >= 4;
        plain.then(|| hash::letters(first, self.letters >> 1))
    }

    /// The bytes in lower case, of a long word the first ones, with a blank before and behind.
    pub(super) fn padded(&self) -> Padded {
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
#[derive(Debug)]
pub(super) struct Padded {
    bytes: [u8; PIECED_BYTES + 2],
    length: usize,
}

impl Padded {
    /// The hashes of every `N` bytes in a row.
    pub(super) fn pieces<const N: usize>(&self) -> impl ExactSizeIterator<Item = u64> {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        bytes.array_windows::<N>().map(|piece| {
            piece
                .iter()
                .fold(hash::START, |hash, byte| hash::with(hash, *byte))
        })
    }
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
            word.padded().pieces::<4>().collect::<Vec<_>>()
        };
        assert_eq!(pieces(b"Fix"), [hash::word(b" fix"), hash::word(b"fix ")]);
        assert!(pieces(b"a").is_empty());
        assert_eq!(pieces(&[b'x'; 99]).len(), PIECED_BYTES + 2 - 3);
    }
}
