//! The table as it lies in the binary: no part of it is read before the first text needs it.
//!
//! Its layout is described where it is made, at the head of `tools/distil_vectors.py`. The header is
//! checked while the crate is compiled, so that nothing can be wrong with it later.

/// How many numbers place a text.
pub const DIMENSIONS: usize = 256;

/// How many different pieces there are; [`PieceId::number`] is below it.
pub const PIECES: usize = 29_523;

/// The longest piece, in bytes, without the `##` of one that continues a word.
pub(super) const LONGEST: usize = 18;

const FORMAT: u32 = 1;
const SLOTS: usize = 1 << 16;
const EMPTY: u16 = u16::MAX;
const CONTINUES: &str = "##";

pub(super) static TABLE: Table = Table::read(include_bytes!("table.bin"));

/// One piece of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PieceId(u16);

impl PieceId {
    /// Its place in the vocabulary, common pieces first. It means nothing beside another table: see
    /// [`table_id`].
    #[must_use]
    pub fn number(self) -> usize {
        usize::from(self.0)
    }

    /// The piece with this number, if there is one.
    #[must_use]
    pub fn from_number(number: usize) -> Option<Self> {
        let number = u16::try_from(number).ok()?;
        (usize::from(number) < PIECES).then_some(Self(number))
    }

    /// How it is written, with `##` in front when it continues a word.
    #[must_use]
    pub fn text(self) -> &'static str {
        std::str::from_utf8(TABLE.text(self)).unwrap_or_default()
    }
}

/// Tells tables apart. What was kept with vectors or piece numbers of another table must be made anew.
#[must_use]
pub fn table_id() -> u64 {
    TABLE.id
}

/// The sections of the file.
pub(super) struct Table {
    id: u64,
    slots: &'static [[u8; 2]],
    ends: &'static [[u8; 4]],
    texts: &'static [u8],
    scales: &'static [[u8; 4]],
    rows: &'static [[u8; DIMENSIONS]],
}

impl Table {
    /// Runs at compile time: a false file is an error of the compiler.
    const fn read(file: &'static [u8]) -> Self {
        let (magic, rest) = file.split_at(8);
        assert!(matches!(magic, b"fmvector"), "this is not a table of vectors");
        let (header, rest) = rest.split_at(20);
        let (header, _) = header.as_chunks::<4>();
        assert!(u32::from_le_bytes(header[0]) == FORMAT, "another format");
        assert!(
            u32::from_le_bytes(header[1]) as usize == PIECES,
            "another vocabulary"
        );
        assert!(
            u32::from_le_bytes(header[2]) as usize == DIMENSIONS,
            "another size"
        );
        assert!(u32::from_le_bytes(header[3]) as usize == SLOTS, "another hash");
        let text_bytes = u32::from_le_bytes(header[4]) as usize;
        let (digest, rest) = rest.split_at(32);
        let (slots, rest) = rest.split_at(2 * SLOTS);
        let (ends, rest) = rest.split_at(4 * PIECES);
        let (texts, rest) = rest.split_at(text_bytes);
        let (scales, rows) = rest.split_at(4 * PIECES);
        assert!(rows.len() == PIECES * DIMENSIONS, "cut off");
        Self {
            id: u64::from_le_bytes(digest.as_chunks().0[0]),
            slots: slots.as_chunks().0,
            ends: ends.as_chunks().0,
            texts,
            scales: scales.as_chunks().0,
            rows: rows.as_chunks().0,
        }
    }

    /// The row of a piece, and what it is to be multiplied by.
    pub(super) fn row(&self, piece: PieceId) -> (&'static [u8; DIMENSIONS], f32) {
        const NONE: &[u8; DIMENSIONS] = &[0; DIMENSIONS];
        let row = self.rows.get(piece.number()).unwrap_or(NONE);
        let scale = self.scales.get(piece.number()).copied();
        (row, scale.map_or(0.0, f32::from_le_bytes))
    }

    /// The longest piece that `rest` begins with, and its length. `inside` says that a piece of the
    /// same word went before.
    pub(super) fn longest(&self, rest: &str, inside: bool) -> Option<(PieceId, usize)> {
        let before = if inside { CONTINUES } else { "" };
        let mut hash = Hash::of(before.as_bytes());
        // The hash of each beginning, by its length: one way down, and one way back.
        let mut hashes = [hash; LONGEST];
        let mut length = 0;
        for (byte, kept) in rest.bytes().zip(&mut hashes) {
            hash = hash.with(byte);
            *kept = hash;
            length += 1;
        }
        let beginnings = hashes.iter().take(length).enumerate().rev();
        beginnings
            .filter_map(|(last, hash)| Some((rest.get(..=last)?, *hash)))
            .find_map(|(text, hash)| Some((self.find(before, text, hash)?, text.len())))
    }

    fn find(&self, before: &str, text: &str, hash: Hash) -> Option<PieceId> {
        let start = hash.slot();
        let chain = (start..start + SLOTS).filter_map(|slot| self.slots.get(slot % SLOTS));
        chain
            .map(|slot| u16::from_le_bytes(*slot))
            .take_while(|number| *number != EMPTY)
            .map(PieceId)
            .find(|piece| self.text(*piece).strip_prefix(before.as_bytes()) == Some(text.as_bytes()))
    }

    fn text(&self, piece: PieceId) -> &'static [u8] {
        let end = |number: usize| {
            let end = self.ends.get(number).copied();
            end.map_or(0, |end| u32::from_le_bytes(end) as usize)
        };
        let start = piece.number().checked_sub(1).map_or(0, end);
        self.texts.get(start..end(piece.number())).unwrap_or_default()
    }
}

/// FNV-1a of 32 bits.
#[derive(Clone, Copy)]
struct Hash(u32);

impl Hash {
    fn of(bytes: &[u8]) -> Self {
        bytes
            .iter()
            .fold(Self(0x811c_9dc5), |hash, byte| hash.with(*byte))
    }

    fn with(self, byte: u8) -> Self {
        Self((self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    /// The halves folded together: the low bits alone are the weakest.
    fn slot(self) -> usize {
        (self.0 ^ (self.0 >> 16)) as usize % SLOTS
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Digest;

    use super::*;

    const FILE: &[u8] = include_bytes!("table.bin");

    #[test]
    fn the_file_is_the_one_the_notice_tells_of() {
        let whole = Digest::of(FILE).to_string();
        assert!(include_str!("../../../NOTICE").contains(&whole), "{whole}");
        assert_eq!(Digest::of(&FILE[60..]).as_bytes(), &FILE[28..60]);
        assert_eq!(table_id().to_le_bytes(), FILE[28..36]);
    }

    #[test]
    fn every_piece_is_found_by_its_text() {
        let mut longest = 0;
        for piece in (0..PIECES).filter_map(PieceId::from_number) {
            let (text, inside) = match piece.text().strip_prefix(CONTINUES) {
                Some(text) if !text.is_empty() => (text, true),
                _ => (piece.text(), false),
            };
            longest = longest.max(text.len());
            assert_eq!(TABLE.longest(text, inside), Some((piece, text.len())), "{text}");
        }
        assert_eq!(longest, LONGEST);
        assert_eq!(PieceId::from_number(PIECES), None);
    }

    #[test]
    fn rows_fill_the_range_of_a_byte() {
        for piece in (0..PIECES).filter_map(PieceId::from_number) {
            let (row, scale) = TABLE.row(piece);
            assert!(scale > 0.0 && scale < 1.0, "{scale}");
            let largest = row.iter().map(|value| value.cast_signed().unsigned_abs()).max();
            assert_eq!(largest, Some(127), "{}", piece.text());
        }
    }
}
