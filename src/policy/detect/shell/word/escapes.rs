//! Backslashes: in words, in double quotes, in `$'...'` and in what `echo -e` and `printf` print.

pub(super) fn without_backslashes(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('\n') | None => {}
                Some(escaped) => text.push(escaped),
            },
            other => text.push(other),
        }
    }
    text
}

pub(super) fn without_string_backslashes(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('\n')) => {
                characters.next();
            }
            ('\\', Some('"' | '\\' | '$' | '`')) => text.extend(characters.next()),
            _ => text.push(character),
        }
    }
    text
}

/// The text of `$'...'`, with the escapes of the bash manual, section 3.1.2.4.
pub(super) fn ansi_c(raw: &str) -> String {
    let body = raw
        .trim_start_matches('$')
        .strip_prefix('\'')
        .and_then(|body| body.strip_suffix('\''))
        .unwrap_or(raw);
    escaped(body)
}

/// The text with its C escapes read.
pub(in super::super) fn escaped(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let Some(escape) = after.chars().next() else { break };
        let after = after.get(escape.len_utf8()..).unwrap_or_default();
        let (radix, most) = match escape {
            'x' => (16, 2),
            'u' => (16, 4),
            'U' => (16, 8),
            '0'..='7' => (8, 3),
            _ => (0, 0),
        };
        if radix == 0 {
            text.push(match escape {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'e' | 'E' => '\u{1b}',
                other => other,
            });
            rest = after;
            continue;
        }
        let digits_from = if radix == 8 {
            rest.len() - after.len() - 1
        } else {
            rest.len() - after.len()
        };
        let digits = rest.get(digits_from..).unwrap_or_default();
        let length = digits
            .bytes()
            .take(most)
            .take_while(|byte| char::from(*byte).is_digit(radix))
            .count();
        let code = digits
            .get(..length)
            .and_then(|digits| u32::from_str_radix(digits, radix).ok());
        text.extend(code.and_then(char::from_u32));
        rest = digits.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_bash_reads_them() {
        assert_eq!(without_backslashes(r"\r\m"), "rm");
        assert_eq!(without_string_backslashes(r#"a\"b\n"#), r#"a"b\n"#);
        assert_eq!(ansi_c(r"$'\x72\155 \u002drf\t'"), "rm -rf\t");
    }
}
