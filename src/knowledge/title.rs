//! The title of a lesson that was given none.

/// A title made from the text is not longer.
const DERIVED_TITLE_CHARS: usize = 80;

/// The first sentence, cut between words when it is long.
pub(super) fn derived_title(text: &str) -> String {
    let line = text
        .lines()
        .map(|line| line.trim().trim_start_matches(['#', '-', '*', '>', ' ']))
        .find(|line| !line.is_empty())
        .unwrap_or(text.trim());
    let end = line
        .match_indices(['.', '!', '?'])
        .map(|(at, mark)| at + mark.len())
        .find(|end| line[*end..].starts_with(char::is_whitespace))
        .or_else(|| line.find(['。', '！', '？']))
        .unwrap_or(line.len());
    let sentence = line[..end].trim_end_matches('.');
    let Some((cut, _)) = sentence.char_indices().nth(DERIVED_TITLE_CHARS) else {
        return sentence.to_owned();
    };
    let cut = sentence[..cut].rfind(char::is_whitespace).unwrap_or(cut);
    format!("{}…", sentence[..cut].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_sentence() {
        for (text, title) in [
            ("Use v1.2 of sled. Newer ones lose data.", "Use v1.2 of sled"),
            ("---\n# Heading\nBody.", "Heading"),
            ("Does it work? Yes.", "Does it work?"),
            ("重启服务。然后再试。", "重启服务"),
        ] {
            assert_eq!(derived_title(text), title);
        }
        let long = derived_title(&"word ".repeat(40));
        assert!(
            long.ends_with("word…") && long.chars().count() <= DERIVED_TITLE_CHARS + 1,
            "{long}"
        );
    }
}
