//! What a person sees a command's answer on: its width, and whether it has colours.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use annotate_snippets::Renderer;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

use crate::knowledge::is_hidden;

/// The width of a terminal that does not say how wide it is.
const USUAL: usize = 80;
/// A narrower terminal could not show a line that says something.
const NARROWEST: usize = 40;
/// Prose is not wrapped wider: long lines are hard to read.
const WIDEST_PROSE: usize = 100;

/// A terminal, or a file or pipe that takes everything as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    columns: Option<usize>,
    has_colours: bool,
}

/// How a word stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// What the eye should find.
    Strong,
    /// What it should pass over.
    Faint,
    /// What needs a second look.
    Warning,
    /// What comes, or is as it should be.
    Good,
    /// What goes, or is broken.
    Bad,
}

impl Screen {
    /// What stdout goes to.
    #[must_use]
    pub fn of_stdout(may_have_colours: bool) -> Self {
        let stdout = std::io::stdout();
        if !stdout.is_terminal() {
            return Self::file();
        }
        let size = terminal_size::terminal_size_of(&stdout);
        let columns = size.map_or(USUAL, |(width, _)| usize::from(width.0));
        Self {
            columns: Some(columns.max(NARROWEST)),
            has_colours: may_have_colours,
        }
    }

    /// A file, or a pipe to another program.
    #[must_use]
    pub fn file() -> Self {
        Self {
            columns: None,
            has_colours: false,
        }
    }

    /// A terminal without colours.
    #[cfg(test)]
    pub(super) fn terminal(columns: usize) -> Self {
        Self {
            columns: Some(columns),
            has_colours: false,
        }
    }

    /// How many columns are left behind `used` ones; any number in a file.
    pub(super) fn room(self, used: usize) -> usize {
        self.columns
            .map_or(usize::MAX, |columns| columns.saturating_sub(used))
    }

    /// Whether lines have to fit.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        self.columns.is_some()
    }

    /// How wide it is; a file has no width.
    pub(super) fn columns(self) -> Option<usize> {
        self.columns
    }

    /// What shows a finding under the line it is in.
    pub(super) fn renderer(self) -> Renderer {
        let renderer = if self.has_colours {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        match self.columns {
            Some(columns) => renderer.term_width(columns),
            None => renderer,
        }
    }

    /// `text` in that ink.
    #[must_use]
    pub fn ink(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Strong => "1",
            Ink::Faint => "2",
            Ink::Warning => "33",
            Ink::Good => "32",
            Ink::Bad => "31",
        };
        if self.has_colours && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// `text` behind `indent` spaces, broken between words where a line would not fit.
    pub(super) fn prose(self, text: &str, indent: usize) -> String {
        let room = self.room(indent).clamp(NARROWEST / 2, WIDEST_PROSE);
        let margin = " ".repeat(indent);
        let mut prose = String::new();
        for line in visible(text).lines() {
            let lines = if self.is_terminal() {
                wrapped(line, room)
            } else {
                vec![line]
            };
            for line in lines {
                let line = format!("{margin}{line}");
                prose.push_str(line.trim_end());
                prose.push('\n');
            }
        }
        prose
    }
}

/// `text` with every character that would move or hide others written out, line breaks and tabs kept.
pub(super) fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => seen.push(c),
            '\r' => {}
            c if c.is_control() || is_hidden(c) => {
                // Writing to a string cannot fail.
                let _written = write!(seen, "\\u{{{:x}}}", u32::from(c));
            }
            c => seen.push(c),
        }
    }
    seen
}

/// `text` on one line of at most `room` columns.
pub(super) fn cut(text: &str, room: usize) -> String {
    let line = visible(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.width() <= room {
        return line;
    }
    let mut width = 0;
    let fits = line.char_indices().find(|(_, c)| {
        width += c.width().unwrap_or(0);
        width >= room
    });
    let end = fits.map_or(line.len(), |(at, _)| at);
    format!("{}…", line[..end].trim_end())
}

/// `text` in that many columns.
pub(super) fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// The lines that `line` is broken into.
fn wrapped(line: &str, room: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut width, mut gap) = (0, 0, None);
    for (at, c) in line.char_indices() {
        width += c.width().unwrap_or(0);
        if c == ' ' && at > start {
            gap = Some(at);
        }
        if width > room {
            let end = gap.unwrap_or(at);
            lines.push(&line[start..end]);
            start = if gap.is_some() { end + 1 } else { end };
            gap = None;
            width = line
                .get(start..at + c.len_utf8())
                .map_or(0, UnicodeWidthStr::width);
        }
    }
    lines.push(&line[start..]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        for (line, expect) in [
            ("", vec![""]),
            ("one two three", vec!["one two", "three"]),
            ("abcdefghijklm", vec!["abcdefgh", "ijklm"]),
            ("one 二三四五", vec!["one", "二三四五"]),
            ("a  b", vec!["a  b"]),
        ] {
            assert_eq!(wrapped(line, 8), expect, "{line}");
        }
    }

    #[test]
    fn a_line_is_cut_by_what_it_takes_on_a_terminal() {
        assert_eq!(cut("one\ntwo", 10), "one two");
        assert_eq!(cut("二三四五", 6), "二三…");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(padded("二", 4), "二  ");
    }

    #[test]
    fn what_would_hide_something_is_written_out() {
        assert_eq!(visible("a\u{202e}b\u{1b}[2J\r\nc"), "a\\u{202e}b\\u{1b}[2J\nc");
    }

    #[test]
    fn a_file_gets_lines_as_they_are() {
        let long = "word ".repeat(60);
        assert_eq!(Screen::file().prose(&long, 2), format!("  {}\n", long.trim_end()));
        assert!(
            Screen::terminal(60)
                .prose(&long, 2)
                .lines()
                .all(|line| line.width() <= 60)
        );
    }
}
