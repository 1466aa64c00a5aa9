//! Why a pack is refused, under the line it is in, as a compiler shows it.

use annotate_snippets::{AnnotationKind, Level, Snippet};

use crate::cli::screen::{Screen, visible};
use crate::policy::{self, Source};

/// A longer line is cut where it is shown.
const MAX_LINE: usize = 400;

/// The error, shown in the text of the pack that it is about.
#[must_use]
pub fn told(error: &policy::Error, sources: &[Source], screen: Screen) -> String {
    let policy::Error::Pack { pack, at, detail } = error else {
        return format!("error: {error}\n");
    };
    let renderer = screen.renderer();
    let (name, detail) = (visible(pack), visible(detail));
    let title = Level::ERROR.primary_title(&*detail).id(error.code());
    let text = sources.iter().find(|source| source.name == *pack);
    let shown = text.zip(*at).and_then(|(source, at)| {
        let line = usize::try_from(at.line).ok()?;
        let text = source.text.lines().nth(line.checked_sub(1)?)?;
        Some((line, text, span(text, at.column)))
    });
    let help = Level::HELP.message(error.hint());
    let group = match shown {
        Some((line, text, (start, end))) => {
            let text = text.get(..text.floor_char_boundary(MAX_LINE)).unwrap_or(text);
            let span = start.min(text.len())..end.min(text.len());
            let snippet = Snippet::source(text)
                .line_start(line)
                .path(&*name)
                .annotation(AnnotationKind::Primary.span(span));
            title.element(snippet).element(help)
        }
        // There is no line to show.
        None => title
            .element(Level::NOTE.message(format!("in {name}")))
            .element(help),
    };
    format!("{}\n", renderer.render(&[group]))
}

/// The bytes of the word that begins at a column, from 1, in characters.
fn span(line: &str, column: u64) -> (usize, usize) {
    let skipped = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
    let start = line.char_indices().nth(skipped).map_or(line.len(), |(at, _)| at);
    let rest = line.get(start..).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || ",:{}[]".contains(c);
    let length = rest.find(ends).unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    (start, start + length.max(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Bundle;

    fn refused(text: &str) -> String {
        let sources = [Source {
            name: "rules.yaml".to_owned(),
            text: text.to_owned(),
        }];
        told(&Bundle::load(&sources).unwrap_err(), &sources, Screen::file())
    }

    #[test]
    fn what_is_wrong_stands_under_its_line() {
        let shown = refused("version: 1\nrules:\n  - id: größer\n    when: {kind: shell}\n    then: deny\n");
        insta::assert_snapshot!(shown, @r"
        error[policy.pack]: rule größer: an id is 1 to 100 letters, digits or any of -_.:/
         --> rules.yaml:3:9
          |
        3 |   - id: größer
          |         ^^^^^^
          |
          = help: Mend the pack and start again; docs/policies.md lists every field and operator.
        ");
        let shown = refused("version: 1\nrules:\n  - {id: a, when: {kin: shell}, then: deny}\n");
        assert!(
            shown.contains("rules.yaml:3:20") && shown.contains("^^^"),
            "{shown}"
        );
    }

    #[test]
    fn a_place_behind_the_end_and_a_long_line_do_not_break_it() {
        assert_eq!(span("ab", 9), (2, 2));
        assert_eq!(span("é: x", 1), (0, 2));
        let long = format!("version: 1\nrules: [{{id: a, {}}}]\n", "when: {}, ".repeat(200));
        assert!(refused(&long).len() < 2_000);
        let huge = "x".repeat(2 << 20);
        assert!(refused(&huge).contains("larger than"));
    }
}
