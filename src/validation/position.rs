//! From byte offsets to what an editor shows: lines, UTF-16 columns and an excerpt.

/// The most characters of an excerpt.
const EXCERPT: usize = 200;

/// Walks a text forward once, so that any number of places costs one pass even on a line of megabytes.
#[derive(Debug)]
pub(super) struct Position<'t> {
    text: &'t str,
    byte: usize,
    line: u32,
    column: u32,
}

impl<'t> Position<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            byte: 0,
            line: 1,
            column: 1,
        }
    }

    /// The line and the UTF-16 column of `byte`, both from 1. Places are to be asked for in rising order.
    pub(super) fn seek(&mut self, byte: usize) -> (u32, u32) {
        let target = self.text.floor_char_boundary(byte);
        for c in self.text.get(self.byte..target).unwrap_or_default().chars() {
            if c == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += if c.len_utf16() == 2 { 2 } else { 1 };
            }
        }
        self.byte = self.byte.max(target);
        (self.line, self.column)
    }
}

/// The line around `byte`, without its end and with at most [`EXCERPT`] characters.
pub(super) fn excerpt(text: &str, byte: usize) -> String {
    let (before, after) = text.split_at(text.floor_char_boundary(byte));
    let head: Vec<char> = before
        .chars()
        .rev()
        .take_while(|c| *c != '\n')
        .take(EXCERPT / 2)
        .collect();
    let tail = after.chars().take_while(|c| *c != '\n');
    let line: String = head.iter().rev().copied().chain(tail).take(EXCERPT).collect();
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units_and_lines_end_at_line_feeds() {
        let text = "é😀x\r\n\ty";
        let mut position = Position::new(text);
        assert_eq!(position.seek(0), (1, 1));
        assert_eq!(position.seek("é".len()), (1, 2));
        assert_eq!(position.seek("é😀".len()), (1, 4));
        assert_eq!(position.seek(text.len() - 1), (2, 2));
        assert_eq!(position.seek(text.len() + 9), (2, 3));
    }

    #[test]
    fn an_excerpt_is_one_line_and_short() {
        assert_eq!(excerpt("a\nbcd\r\ne", 4), "bcd");
        let long = "x".repeat(5_000);
        assert_eq!(excerpt(&long, 2_500).len(), EXCERPT);
    }
}
