//! Lines on their way out.

/// Lines that wait to be written, as one piece of bytes.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    written: usize,
}

/// Memory that is kept when everything is written.
const KEPT_BYTES: usize = 1 << 16;
/// With so many bytes waiting, nothing more is taken from the other side.
const FULL_BYTES: usize = 1 << 20;

impl Outbox {
    /// Adds a line.
    pub(crate) fn push(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        self.bytes.push(b'\n');
    }

    /// What is not written yet.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }

    /// So many more bytes are written.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
        if self.written >= self.bytes.len() {
            self.clear();
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.written = 0;
    }

    /// Whether everything is written.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether what comes in has to wait.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting().len() >= FULL_BYTES
    }
}
