//! Made-up credentials for tests of rules, so that no test has to hold one.

use super::KINDS;

/// A specimen of the kind with this id, always the same; `None` for an unknown kind.
///
/// In a kind's specimen `{36:m}` stands for 36 characters of a class: `m` letters and digits, `a` lower-case
/// letters and digits, `A` upper-case letters and digits, `l` letters, `d` digits, `x` lower-case
/// hexadecimal, `b` base 32.
#[must_use]
pub fn sample(id: &str) -> Option<String> {
    let template = KINDS.iter().find(|kind| kind.id == id)?.sample;
    let mut state = id
        .bytes()
        .fold(0x2545_f491_u32, |state, byte| next(state ^ u32::from(byte)));
    let mut made = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        made.push_str(before);
        let (hole, after) = after.split_once('}')?;
        let (count, class) = hole.split_once(':')?;
        let alphabet = alphabet(class)?;
        for _ in 0..count.parse::<usize>().ok()? {
            state = next(state);
            let index = usize::try_from(state >> 8).ok()? % alphabet.len();
            made.push(char::from(*alphabet.get(index)?));
        }
        rest = after;
    }
    made.push_str(rest);
    Some(made)
}

/// One step of a linear congruential generator (Numerical Recipes, 2nd edition, chapter 7.1).
fn next(state: u32) -> u32 {
    state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)
}

fn alphabet(class: &str) -> Option<&'static [u8]> {
    Some(match class {
        "m" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "a" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "A" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "l" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "d" => b"0123456789",
        "x" => b"0123456789abcdef",
        "b" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        _ => return None,
    })
}
