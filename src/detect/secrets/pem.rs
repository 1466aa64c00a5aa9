//! Private keys in PEM: a header alone is a word, a header with a body is a key.

use std::ops::Range;

/// Longest key looked for; one of 16,384 bits takes 13 KB.
const LONGEST: usize = 32 << 10;

/// The range of the key whose header stands at `header`, when one follows it.
pub(super) fn key(text: &[u8], header: Range<usize>) -> Option<Range<usize>> {
    let rest = text.get(header.end..(header.end + LONGEST).min(text.len()))?;
    // The next header ends a key that has no end, so that many headers are read once each.
    let marks = || {
        rest.windows(5)
            .enumerate()
            .filter(|(_, window)| window == b"-----")
    };
    let marked = |at: usize, word: &[u8]| rest.get(at + 5..).is_some_and(|rest| rest.starts_with(word));
    let next = marks().find(|(at, _)| marked(*at, b"END") || marked(*at, b"BEGIN"));
    let rest = match next {
        Some((at, _)) if marked(at, b"BEGIN") => rest.get(..at)?,
        _ => rest,
    };
    let end = next.map(|(at, _)| at).filter(|at| marked(*at, b"END"));
    let body = rest.get(..end.unwrap_or(rest.len()))?;
    let (characters, longest, used) = base64(body, end.is_some());
    let elided = body.windows(3).any(|window| window == b"...") && end.is_some();
    if longest < 24 || characters < 40 || elided {
        return None;
    }
    let Some(end) = end else {
        return Some(header.start..header.end + used);
    };
    let footer = rest.get(end..)?;
    let tail = footer.get(8..)?.windows(5).position(|window| window == b"-----");
    let footer = tail.filter(|at| *at < 60).map_or(8, |at| 8 + at + 5);
    Some(header.start..header.end + end + footer)
}

/// How many characters of base 64 there are in lines of at least 16, how long the longest line is, and where the
/// last of these lines ends; without an end marker the first other text ends it.
fn base64(body: &[u8], to_end: bool) -> (usize, usize, usize) {
    let (mut sum, mut longest, mut used, mut at) = (0, 0, 0, 0);
    while at < body.len() {
        let rest = body.get(at..).unwrap_or_default();
        let run = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
            .count();
        if run >= 16 {
            sum += run;
            longest = longest.max(run);
            used = at + run;
        } else if run > 2 && !to_end && used > 0 {
            break;
        }
        at += run.max(1);
    }
    (sum, longest, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "-----BEGIN PRIVATE KEY-----";

    fn found(rest: &str) -> Option<usize> {
        let text = format!("{HEADER}{rest}");
        key(text.as_bytes(), 0..HEADER.len()).map(|range| range.end - HEADER.len())
    }

    #[test]
    fn a_header_without_a_body_is_no_key() {
        assert_eq!(found("\nanything\n-----END PRIVATE KEY-----"), None);
        assert_eq!(
            found("\" or \"-----END PRIVATE KEY-----\" headers, but they must be these"),
            None
        );
        assert_eq!(
            found("\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC...\n-----END PRIVATE KEY-----"),
            None
        );
        assert_eq!(found(""), None);
    }

    #[test]
    fn a_key_is_taken_whole_however_it_is_written() {
        let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
        for (between, end) in [
            ("\n", "\n-----END PRIVATE KEY-----"),
            ("\\n", "\\n-----END PRIVATE KEY-----"),
            ("\" +\n    \"", "\" +\n  \"-----END PRIVATE KEY-----"),
        ] {
            let rest = format!("{between}{line}{between}{line}{end}");
            assert_eq!(found(&rest), Some(rest.len()), "{rest}");
        }
        let cut = format!("\n{line}\n{line}");
        assert_eq!(found(&format!("{cut}\nand so on")), Some(cut.len()));
    }
}
