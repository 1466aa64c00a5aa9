//! Instructions in base 64 or hexadecimal, also when encoded more than once.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::super::Confidence;
use super::speech;

/// How often something may be encoded.
const DEPTH: usize = 3;
/// Shortest run that can hold an instruction.
const SHORTEST: usize = 32;
/// Most bytes decoded of one run: where an instruction is, it is at the start or the run is short.
const MOST_OF_ONE: usize = 16 << 10;
/// Most bytes decoded of one text.
const MOST: usize = 512 << 10;

/// Adds the runs that decode to instructions; `false` when there was more to decode than is decoded.
pub(super) fn scan(
    text: &str,
    limit: usize,
    found: &mut Vec<(&'static str, Confidence, Range<usize>)>,
) -> bool {
    let mut budget = MOST;
    for run in runs(text.as_bytes()) {
        if found.len() > limit {
            return true;
        }
        if budget == 0 {
            return false;
        }
        let Some(encoded) = text.get(run.clone()) else {
            continue;
        };
        if speaks(encoded, DEPTH, &mut budget) {
            found.push(("encoded-instructions", Confidence::High, run));
        }
    }
    true
}

/// Whether what is encoded here speaks to a model, or holds something encoded that does.
fn speaks(encoded: &str, depth: usize, budget: &mut usize) -> bool {
    let Some(decoded) = decode(encoded, budget) else {
        return false;
    };
    speech::commands_a_model(&decoded)
        || depth > 1
            && runs(decoded.as_bytes()).take(8).any(|run| {
                decoded
                    .get(run)
                    .is_some_and(|inner| speaks(inner, depth - 1, budget))
            })
}

/// The text that is encoded, when it is text.
fn decode(encoded: &str, budget: &mut usize) -> Option<String> {
    let encoded = encoded.trim_end_matches('=');
    // Hashes are as long as this and as short; no instruction is.
    let hexadecimal = encoded.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = if hexadecimal { 2 } else { 4 };
    let length = encoded.len().min(MOST_OF_ONE);
    let length = if encoded.len() > length {
        length - length % unit
    } else {
        length
    };
    let encoded = encoded.get(..length)?;
    *budget = budget.saturating_sub(encoded.len());
    let bytes = if hexadecimal {
        hex(encoded)?
    } else if encoded.contains(['-', '_']) {
        URL_SAFE_NO_PAD.decode(encoded).ok()?
    } else {
        STANDARD_NO_PAD.decode(encoded).ok()?
    };
    let printable = bytes
        .iter()
        .filter(|byte| {
            byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n' | b'\r' | b'\t') || **byte >= 0x80
        })
        .count();
    (printable * 20 >= bytes.len() * 19).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    text.as_bytes()
        .chunks_exact(2)
        .map(|two| match two {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// The unbroken runs of the alphabets of base 64, with their padding.
fn runs(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            // Words are short: look at every 32nd byte only, and around it when it may be within a run.
            if rest.len() < SHORTEST {
                return None;
            }
            if !rest.get(SHORTEST - 1).is_some_and(in_run) {
                at += SHORTEST;
                continue;
            }
            let before = text.get(..at + SHORTEST).unwrap_or_default();
            let start = at + SHORTEST - before.iter().rev().take_while(|byte| in_run(byte)).count();
            let start = start.max(at);
            let run = text.get(start..)?;
            let length = run.iter().take_while(|byte| in_run(byte)).count();
            at = start + length.max(1);
            if length >= SHORTEST {
                return Some(start..start + length);
            }
        }
    })
}

fn in_run(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}
