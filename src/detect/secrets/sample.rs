//! Made-up credentials for tests of rules, so that no test has to hold one.

use super::form::{Part, parts};
use super::kinds::named::NAMED;
use super::kinds::{ASSIGNMENT, ASSIGNMENT_SAMPLE, formats};

/// A specimen of the kind with this id, always the same; `None` for an unknown kind.
///
/// In a kind's specimen `{36:m}` stands for 36 characters of a class: `m` letters and digits, `a` lower-case
/// letters and digits, `A` upper-case letters and digits, `l` letters, `d` digits, `x` lower-case
/// hexadecimal, `b` base 32, `k` base 58, `w`, `e`, `z` letters and digits with the marks of base 64; and
/// `{1:u}` for a UUID.
#[must_use]
pub fn sample(id: &str) -> Option<String> {
    if id == ASSIGNMENT {
        return Some(filled(ASSIGNMENT_SAMPLE, id));
    }
    if let Some(kind) = formats().find(|kind| kind.id == id) {
        return Some(filled(kind.sample, id));
    }
    let kind = NAMED.iter().find(|kind| kind.id == id)?;
    let (issuer, form) = (kind.issuers.first()?, kind.forms.first()?);
    Some(format!("{issuer}_token = \"{}\"", filled(form, id)))
}

/// The form with every hole filled by characters drawn from `seed`.
fn filled(form: &str, seed: &str) -> String {
    let mut state = seed
        .bytes()
        .fold(0x2545_f491_u32, |state, byte| next(state ^ u32::from(byte)));
    let mut made = String::new();
    for part in parts(form) {
        match part {
            Part::Text(text) => made.push_str(text),
            Part::Uuid => {
                for (index, count) in [8, 4, 4, 4, 12].into_iter().enumerate() {
                    if index > 0 {
                        made.push('-');
                    }
                    draw(b"0123456789abcdef", count, &mut state, &mut made);
                }
            }
            Part::Hole { least, class, .. } => draw(alphabet(class), least, &mut state, &mut made),
        }
    }
    made
}

fn draw(alphabet: &[u8], count: usize, state: &mut u32, made: &mut String) {
    for _ in 0..count {
        *state = next(*state);
        let index = (*state >> 8) as usize % alphabet.len().max(1);
        made.extend(alphabet.get(index).map(|byte| char::from(*byte)));
    }
}

/// One step of a linear congruential generator (Numerical Recipes, 2nd edition, chapter 7.1).
fn next(state: u32) -> u32 {
    state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)
}

fn alphabet(class: u8) -> &'static [u8] {
    match class {
        b'a' => b"abcdefghijklmnopqrstuvwxyz0123456789",
        b'A' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        b'l' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        b'd' => b"0123456789",
        b'x' | b'h' => b"0123456789abcdef",
        b'b' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        b'k' => b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789",
        _ => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    }
}
