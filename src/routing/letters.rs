//! Bytes by what they are, so that one look at a byte answers all that is asked of it.

pub(super) const LOWER: u16 = 1;
pub(super) const UPPER: u16 = 1 << 1;
pub(super) const DIGIT: u16 = 1 << 2;
pub(super) const UNDERSCORE: u16 = 1 << 3;
/// A byte of a letter beyond ASCII.
pub(super) const WIDE: u16 = 1 << 4;
/// What words are made of.
pub(super) const WORD: u16 = LOWER | UPPER | DIGIT | UNDERSCORE | WIDE;
/// What texts do not have and files do.
pub(super) const CONTROL: u16 = 1 << 5;
pub(super) const DOLLAR: u16 = 1 << 6;
pub(super) const PERCENT: u16 = 1 << 7;
/// Signs of mathematics.
pub(super) const SYMBOL: u16 = 1 << 8;
/// What may stand between the sides of a formula.
pub(super) const OPERATOR: u16 = 1 << 9;
pub(super) const BACKSLASH: u16 = 1 << 10;
pub(super) const COLON: u16 = 1 << 11;
pub(super) const QUESTION: u16 = 1 << 12;
/// What code has more of than prose.
pub(super) const SIGN: u16 = 1 << 13;
/// What stands between the fields of a table.
pub(super) const SEPARATOR: u16 = 1 << 14;

static KINDS: [u16; 256] = kinds();

const fn kinds() -> [u16; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b'_' => UNDERSCORE | SIGN,
            0x80.. => WIDE,
            b'\t' | b',' => SEPARATOR,
            0..0x20 | 0x7f => CONTROL,
            b'$' => DOLLAR | SIGN,
            b'%' => PERCENT,
            b'\\' => SYMBOL | BACKSLASH | SIGN,
            b'+' | b'^' => SYMBOL | OPERATOR,
            b'=' | b'*' => SYMBOL | OPERATOR | SIGN,
            b'<' | b'>' => SYMBOL | SIGN,
            b'/' => OPERATOR | SIGN,
            b'-' => OPERATOR,
            b':' => COLON,
            b'?' => QUESTION,
            b'(' | b')' | b'{' | b'}' | b'[' | b']' | b';' | b'&' | b'|' | b'@' | b'#' => SIGN,
            _ => 0,
        };
        byte += 1;
    }
    kinds
}

/// What a byte is.
pub(super) fn kind(byte: u8) -> u16 {
    KINDS[usize::from(byte)]
}

/// A byte of this kind in lower case, if it is an ASCII letter.
pub(super) fn lower(byte: u8, kind: u16) -> u8 {
    // The kind of capital letters is one bit, the sixteenth part of what they differ in from small ones.
    byte | ((kind & UPPER) << 4) as u8
}

/// All that is among `bytes`.
pub(super) fn all(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |all, byte| all | kind(*byte))
}

/// How many of `bytes` are of a kind.
pub(super) fn count(bytes: &[u8], of: u16) -> usize {
    bytes.iter().filter(|byte| kind(**byte) & of != 0).count()
}
