//! What a value looks like, in the words specimens are made by: `{20:d}-{20-40:m}`.

/// Whether all of `value` has the form.
pub(super) fn fits(form: &str, value: &str) -> bool {
    let mut rest = value.as_bytes();
    for part in parts(form) {
        match part {
            Part::Text(text) => match rest.strip_prefix(text.as_bytes()) {
                Some(after) => rest = after,
                None => return false,
            },
            Part::Uuid => {
                let Some((head, after)) = rest.split_at_checked(36) else {
                    return false;
                };
                if !is_uuid(head) {
                    return false;
                }
                rest = after;
            }
            Part::Hole { least, most, class } => {
                let run = rest
                    .iter()
                    .take(most)
                    .take_while(|byte| has(class, **byte))
                    .count();
                if run < least {
                    return false;
                }
                rest = rest.get(run..).unwrap_or_default();
            }
        }
    }
    // Hexadecimal digits are written in one case, by whoever writes them.
    let mixed = value.bytes().any(|byte| matches!(byte, b'a'..=b'f'))
        && value.bytes().any(|byte| matches!(byte, b'A'..=b'F'));
    rest.is_empty() && !(mixed && form.contains(":x}"))
}

/// A part of a form.
pub(super) enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// A UUID with hyphens.
    Uuid,
    /// So many characters of a class.
    Hole { least: usize, most: usize, class: u8 },
}

/// The parts of a form; what is not one stands for itself.
pub(super) fn parts(form: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = form;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((part, length)) = hole(rest) {
            rest = rest.get(length..).unwrap_or_default();
            return Some(part);
        }
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let end = rest
            .get(first..)
            .and_then(|after| after.find('{'))
            .map_or(rest.len(), |at| at + first);
        let (text, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(Part::Text(text))
    })
}

/// The hole `text` starts with, and how long its description is.
fn hole(text: &str) -> Option<(Part<'_>, usize)> {
    let (inner, _) = text.strip_prefix('{')?.split_once('}')?;
    let (count, class) = inner.split_once(':')?;
    let (least, most) = count.split_once('-').unwrap_or((count, count));
    let (least, most) = (least.parse().ok()?, most.parse().ok()?);
    let &[class] = class.as_bytes() else { return None };
    let part = if class == b'u' {
        Part::Uuid
    } else {
        Part::Hole { least, most, class }
    };
    Some((part, inner.len() + 2))
}

fn has(class: u8, byte: u8) -> bool {
    match class {
        b'd' => byte.is_ascii_digit(),
        b'x' | b'h' => byte.is_ascii_hexdigit(),
        b'a' => byte.is_ascii_digit() || byte.is_ascii_lowercase(),
        b'A' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        b'l' => byte.is_ascii_alphabetic(),
        b'm' => byte.is_ascii_alphanumeric(),
        b'w' => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        b'e' => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'='),
        b'p' => byte.is_ascii_alphanumeric() || byte == b'%',
        b'z' => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'+' | b'/'),
        b'b' => matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
        b'k' => byte.is_ascii_alphanumeric() && !matches!(byte, b'0' | b'O' | b'I' | b'l'),
        _ => false,
    }
}

/// `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_takes_all_of_a_value() {
        assert!(fits("{4:x}-us{1-2:d}", "00ff-us20"));
        assert!(fits("b_{3:e}", "b_a=9"));
        assert!(fits("{1:u}", "12345678-abcd-abcd-abcd-1234567890ab"));
        assert!(!fits("{4:x}", "00fff"));
        assert!(!fits("{4:x}", "a0Ff"));
        assert!(!fits("{4:x}-us{1-2:d}", "00ff-us"));
    }
}
