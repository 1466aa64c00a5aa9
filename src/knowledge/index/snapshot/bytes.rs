//! Numbers and texts as bytes, little-endian, each list with its length before it.

use super::super::super::interner::Interner;

/// Bytes that are written one value after the other.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.u64(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Rows of `N` numbers.
    pub(super) fn rows<const N: usize>(&mut self, rows: impl Iterator<Item = [u32; N]>) {
        let at = self.0.len();
        self.u64(0);
        let mut count = 0_u64;
        for row in rows {
            count += 1;
            for value in row {
                self.0.extend(value.to_le_bytes());
            }
        }
        if let Some(length) = self.0.get_mut(at..at + 8) {
            length.copy_from_slice(&count.to_le_bytes());
        }
    }

    pub(super) fn texts(&mut self, texts: &Interner) {
        let (letters, ends) = texts.parts();
        self.bytes(letters.as_bytes());
        self.rows(ends.iter().map(|end| [*end]));
    }
}

/// Bytes that are read one value after the other; `None` where they end too early or make no sense.
#[derive(Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn u64(&mut self) -> Option<u64> {
        let (value, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*value))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.u64()?.try_into().ok()
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u64()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn rows<const N: usize>(&mut self) -> Option<impl Iterator<Item = [u32; N]> + 'a> {
        let count = usize::try_from(self.u64()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(count.checked_mul(4 * N)?)?;
        self.0 = rest;
        let (values, _) = bytes.as_chunks::<4>();
        let mut values = values.iter().map(|value| u32::from_le_bytes(*value));
        Some((0..count).map(move |_| std::array::from_fn(|_| values.next().unwrap_or_default())))
    }

    pub(super) fn column(&mut self) -> Option<Vec<u32>> {
        Some(self.rows()?.map(|[value]| value).collect())
    }

    pub(super) fn texts(&mut self) -> Option<Interner> {
        let letters = String::from_utf8(self.bytes()?.to_vec()).ok()?;
        Interner::from_parts(letters, self.column()?)
    }
}

/// A number in two halves, the lower one first.
pub(super) fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// What [`halves`] was given.
pub(super) fn whole(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
