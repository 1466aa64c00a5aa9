//! The pieces of a segment file: `[length u32][crc32 u32][kind u8][bytes]`, numbers big-endian. The length counts kind
//! and bytes, the checksum (IEEE) is over both. It finds what a disk or a crash did; what a person did, the
//! Merkle tree finds.

use std::ops::Range;

/// Bytes before the kind.
const HEAD: usize = 8;

/// The longest piece: an action with a thousand findings has facts of some hundred KB.
const LONGEST: usize = 16 << 20;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An entry: a leaf of the tree.
    Entry,
    /// A fact document, its SHA-256 in front; it stands before the first entry of the segment that names it.
    Facts,
}

/// A whole piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    pub(super) bytes: &'a [u8],
}

/// What stands at a place of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum At<'a> {
    /// A whole piece, and where the next one begins.
    Frame(Frame<'a>, usize),
    /// Nothing: the segment ends here.
    End,
    /// Something else. If its length can be believed, the next piece begins there.
    Damage(Option<usize>),
}

/// Adds a piece to `to`.
pub(super) fn write(to: &mut Vec<u8>, kind: Kind, parts: &[&[u8]]) {
    let length: usize = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let start = to.len();
    to.reserve(HEAD + length);
    to.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    to.extend([0; 4]);
    to.push(kind.letter());
    parts.iter().for_each(|part| to.extend_from_slice(part));
    let sum = crc32fast::hash(to.get(start + HEAD..).unwrap_or_default());
    if let Some(place) = to.get_mut(start + 4..start + HEAD) {
        place.copy_from_slice(&sum.to_be_bytes());
    }
}

/// What stands at `at` of a segment.
pub(super) fn read(segment: &[u8], at: usize) -> At<'_> {
    if at == segment.len() {
        return At::End;
    }
    let Some((sum, body)) = span(segment, at) else {
        return At::Damage(None);
    };
    let (Some(bytes), next) = (segment.get(body.clone()), body.end) else {
        return At::Damage(None);
    };
    let kind = bytes.first().copied().and_then(Kind::of);
    match kind {
        Some(kind) if crc32fast::hash(bytes) == sum => At::Frame(
            Frame {
                kind,
                bytes: bytes.get(1..).unwrap_or_default(),
            },
            next,
        ),
        _ => At::Damage(Some(next)),
    }
}

/// Where the next whole piece at or behind `at` begins; the end of the segment when there is none.
pub(super) fn next_whole(segment: &[u8], at: usize) -> usize {
    let mut places = at..segment.len();
    let whole = |at: &usize| matches!(read(segment, *at), At::Frame(..));
    places.find(whole).unwrap_or(segment.len())
}

/// The checksum of the piece at `at`, and where kind and bytes are, if there is room for them.
fn span(segment: &[u8], at: usize) -> Option<(u32, Range<usize>)> {
    let head = segment.get(at..at.checked_add(HEAD)?)?;
    let (length, sum) = head.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let end = (at + HEAD).checked_add(length)?;
    let fits = (1..=LONGEST).contains(&length) && end <= segment.len();
    fits.then_some((u32::from_be_bytes(sum.try_into().ok()?), at + HEAD..end))
}

impl Kind {
    fn letter(self) -> u8 {
        match self {
            Self::Entry => b'e',
            Self::Facts => b'f',
        }
    }

    fn of(letter: u8) -> Option<Self> {
        match letter {
            b'e' => Some(Self::Entry),
            b'f' => Some(Self::Facts),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(bytes: &[u8]) -> Vec<u8> {
        let mut segment = Vec::new();
        write(&mut segment, Kind::Entry, &[bytes]);
        segment
    }

    #[test]
    fn pieces_follow_each_other() {
        let mut segment = one(b"first");
        write(&mut segment, Kind::Facts, &[b"sec", b"ond"]);
        let At::Frame(first, next) = read(&segment, 0) else {
            panic!("damaged")
        };
        assert_eq!((first.kind, first.bytes), (Kind::Entry, b"first".as_slice()));
        let At::Frame(second, end) = read(&segment, next) else {
            panic!("damaged")
        };
        assert_eq!((second.kind, second.bytes), (Kind::Facts, b"second".as_slice()));
        assert_eq!(read(&segment, end), At::End);
    }

    #[test]
    fn reading_goes_on_behind_damage() {
        let mut segment = one(b"first");
        let second = segment.len();
        segment.extend(one(b"second"));
        segment[HEAD + 2] ^= 1;
        assert_eq!(read(&segment, 0), At::Damage(Some(second)));
        assert_eq!(next_whole(&segment, 0), second);
        segment[0] = 0xff;
        assert_eq!(read(&segment, 0), At::Damage(None));
        assert_eq!(next_whole(&segment, 0), second);
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_seen(bytes: Vec<u8>, at: prop::sample::Index, bit in 0..8_u8) {
            let mut segment = one(&bytes);
            let at = at.index(segment.len());
            segment[at] ^= 1_u8 << bit;
            prop_assert!(matches!(read(&segment, 0), At::Damage(_)));
        }

        #[test]
        fn a_cut_piece_is_seen(bytes: Vec<u8>, at: prop::sample::Index) {
            let segment = one(&bytes);
            let cut = at.index(segment.len());
            prop_assert!(cut == 0 || matches!(read(&segment[..cut], 0), At::Damage(_)));
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes: Vec<u8>, at: usize) {
            let _any = (read(&bytes, at % 64), next_whole(&bytes, at % 64));
        }
    }
}
