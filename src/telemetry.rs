//! Logs to stderr. stdout belongs to the stdio transport and is never written here.
//!
//! One event is one line, whatever is in it: what a caller says cannot look like a line of ours, or colour a terminal.

use std::borrow::Cow;
use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Installs the process-wide subscriber; a second call changes nothing.
pub fn install(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("warn"));
    let filter = without_genai(filter, &log.filter);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| OneLine(io::stderr()))
        .with_target(true);
    // A library user or a test may have installed one already: theirs stays.
    let _already_installed = match log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .is_err();
}

/// Writes each event as one line of visible text. An event comes in one write.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(visible(event).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text with all that is not seen but obeyed (newlines, colours, direction of writing) written out.
fn visible(event: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(event);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    if !line.chars().any(is_obeyed) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in line.chars() {
        if is_obeyed(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown.push('\n');
    Cow::Owned(shown)
}

fn is_obeyed(letter: char) -> bool {
    let lines_and_directions =
        matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // A tab moves, and does no harm.
    lines_and_directions || (letter.is_control() && letter != '\t')
}

/// genai logs pieces of what models answer, as warnings and errors. Nobody gets to see them who does not name it.
fn without_genai(filter: EnvFilter, directives: &str) -> EnvFilter {
    match "genai=off".parse() {
        Ok(off) if !directives.contains("genai") => filter.add_directive(off),
        _ => filter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_visible_text() {
        let check = |event: &str, expected: &str| {
            let mut line = Vec::new();
            OneLine(&mut line).write_all(event.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        };
        check("a b\tä 日\n", "a b\tä 日\n");
        check("a\nb\r\n", "a\\nb\\r\n");
        check("\u{1b}[31mred\u{9b}0m\n", "\\u{1b}[31mred\\u{9b}0m\n");
        check("x\u{202e}y\u{2028}z\n", "x\\u{202e}y\\u{2028}z\n");
    }

    #[test]
    fn what_genai_logs_is_only_seen_by_who_names_it() {
        let seen = |directives: &str| without_genai(EnvFilter::new(directives), directives).to_string();
        assert!(seen("warn").contains("genai=off"));
        assert!(seen("debug,firstmate=trace").contains("genai=off"));
        assert!(!seen("warn,genai=debug").contains("genai=off"));
    }
}
