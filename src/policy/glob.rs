//! Wildcards in rules: `?` is one character, `*` any run of them within a path segment, `**` across segments.

/// Whether `text` matches `pattern`. With no `separator` a `*` matches anything.
///
/// `a/**` also matches `a` itself, and `**/b` also `b`.
#[must_use]
pub fn matches(pattern: &str, text: &str, separator: Option<u8>) -> bool {
    pattern
        .strip_suffix("/**")
        .is_some_and(|folder| walk(folder.as_bytes(), text.as_bytes(), separator))
        || walk(pattern.as_bytes(), text.as_bytes(), separator)
}

/// Whether it has wildcards; without any, it matches itself and nothing else.
#[must_use]
pub fn is_pattern(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Where to go on when what follows a star did not match.
#[derive(Clone, Copy)]
struct Retry {
    pattern: usize,
    text: usize,
    /// Only at the start of a segment.
    segments: bool,
}

fn walk(pattern: &[u8], text: &[u8], separator: Option<u8>) -> bool {
    let (mut p, mut t) = (0, 0);
    let (mut shallow, mut deep): (Option<Retry>, Option<Retry>) = (None, None);
    loop {
        let (token, byte) = (pattern.get(p), text.get(t));
        match (token, byte) {
            (Some(b'*'), _) if pattern.get(p + 1) == Some(&b'*') => {
                let segments =
                    pattern.get(p + 2) == Some(&b'/') && (p == 0 || pattern.get(p - 1) == Some(&b'/'));
                p += if segments { 3 } else { 2 };
                deep = Some(Retry {
                    pattern: p,
                    text: t,
                    segments,
                });
                shallow = None;
                continue;
            }
            (Some(b'*'), _) => {
                p += 1;
                shallow = Some(Retry {
                    pattern: p,
                    text: t,
                    segments: false,
                });
                continue;
            }
            (Some(b'?'), Some(byte)) if Some(*byte) != separator => (p, t) = (p + 1, t + 1),
            (Some(token), Some(byte)) if token == byte => (p, t) = (p + 1, t + 1),
            (None, None) => return true,
            _ => {
                // A shallow star may not eat the separator; then only the deep one before it can help.
                let retry = match shallow {
                    Some(star) if text.get(star.text).is_some_and(|byte| Some(*byte) != separator) => {
                        &mut shallow
                    }
                    _ => {
                        shallow = None;
                        &mut deep
                    }
                };
                let Some(star) = retry else { return false };
                let rest = text.get(star.text..).unwrap_or_default();
                let step = if star.segments {
                    rest.iter().position(|byte| *byte == b'/').map(|at| at + 1)
                } else {
                    (!rest.is_empty()).then_some(1)
                };
                let Some(step) = step else { return false };
                star.text += step;
                (p, t) = (star.pattern, star.text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stay_in_their_segment_and_double_stars_do_not() {
        for (pattern, text, expected) in [
            ("main", "main", true),
            ("release/*", "release/1.2", true),
            ("release/*", "release/1/2", false),
            ("target/**", "target/debug/x", true),
            ("target/**", "target", true),
            ("target/**", "targets/x", false),
            ("**/node_modules/**", "node_modules", true),
            ("**/node_modules/**", "a/b/node_modules/c", true),
            ("**/node_modules/**", "a/my_node_modules/c", false),
            ("**/*.pem", "a/b/key.pem", true),
            ("git.*", "git.push.force", true),
            ("*.example.com", "api.example.com", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("**", "", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text, Some(b'/')), expected, "{pattern} {text}");
        }
        assert!(matches("*_delete*", "http://h/x/_delete_by_query", None));
    }

    #[test]
    fn a_hostile_pattern_does_not_take_forever() {
        assert!(!matches(
            &format!("{}b", "*a".repeat(50)),
            &"a".repeat(5_000),
            Some(b'/')
        ));
    }

    proptest::proptest! {
        #[test]
        fn without_stars_a_pattern_matches_itself_only(text in "[a-z/.]{0,12}", other in "[a-z/.]{0,12}") {
            proptest::prop_assert!(matches(&text, &text, Some(b'/')));
            proptest::prop_assert_eq!(matches(&text, &other, Some(b'/')), text == other);
        }
    }
}
