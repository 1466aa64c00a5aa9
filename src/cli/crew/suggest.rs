//! What runs suggest to change, with what it is from.

use crate::cli::screen::{Ink, Screen, visible};
use crate::crew::suggest::Suggestion;

/// Each in words, the runs below it.
#[must_use]
pub fn told(suggestions: &[Suggestion], screen: Screen) -> String {
    let mut told = String::new();
    for suggestion in suggestions {
        told.push_str(&screen.prose(&visible(&suggestion.text), 2));
        let runs: Vec<&str> = suggestion.runs.iter().map(|run| run.as_str()).collect();
        let from = format!(
            "seen in {} of {}, such as {}",
            suggestion.seen,
            suggestion.of,
            runs.join(", ")
        );
        told.push_str(&screen.ink(Ink::Faint, &screen.prose(&from, 4)));
    }
    told
}

/// The same under the names of the templates.
#[must_use]
pub fn by_template(suggestions: &[Suggestion], screen: Screen) -> String {
    if suggestions.is_empty() {
        return "the runs of this project suggest nothing; most rules want 3 to 8 runs of a template\n"
            .to_owned();
    }
    let mut told = String::new();
    for of_one in suggestions.chunk_by(|one, next| one.template == next.template) {
        let name = of_one.first().map_or("", |first| &first.template);
        told.push_str(&screen.ink(Ink::Strong, &visible(name)));
        told.push('\n');
        told.push_str(&self::told(of_one, screen));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RunId;

    #[test]
    fn suggestions_stand_below_their_template_with_what_they_are_from() {
        let suggestion = |template: &str, text: &str| Suggestion {
            template: template.to_owned(),
            rule: "idle_review".to_owned(),
            step: None,
            text: text.to_owned(),
            seen: 9,
            of: 12,
            runs: vec![RunId::new("0191a2b3"), RunId::new("0191a2b2")],
        };
        let all = [
            suggestion("bug_fix", "step `attack` found nothing"),
            suggestion("bug_fix", "`a/b` was fallen back from"),
            suggestion("given", "step `x` is not used"),
        ];
        insta::assert_snapshot!(by_template(&all, Screen::terminal(60)), @r##"
        bug_fix
          step `attack` found nothing
            seen in 9 of 12, such as 0191a2b3, 0191a2b2
          `a/b` was fallen back from
            seen in 9 of 12, such as 0191a2b3, 0191a2b2
        given
          step `x` is not used
            seen in 9 of 12, such as 0191a2b3, 0191a2b2
        "##);
        assert!(by_template(&[], Screen::file()).starts_with("the runs of this project suggest nothing"));
    }
}
