//! A word of a command line as the shell would pass it on, as far as that can be said without running it.

use tree_sitter::Node;

use super::output;
use super::syntax::{Scope, substituted};

mod braces;
mod escapes;
mod expand;

pub(super) use escapes::escaped;

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The text without its quotes; what is not known stands in it as it was written.
    pub(super) text: String,
    /// Whether the text is exactly what the program gets.
    pub(super) known: bool,
}

impl Word {
    pub(super) fn literal(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            known: true,
        }
    }

    pub(super) fn unknown(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            known: false,
        }
    }
}

/// Most bytes a word may grow to by variables in variables.
const MAX_WORD: usize = 64 << 10;
/// Deepest nesting of quotes and substitutions in a word.
const MAX_DEPTH: usize = 16;

/// Resolves a node to one word, as in an assignment or a redirection.
pub(super) fn resolve(node: Node<'_>, source: &str, scope: &Scope) -> Word {
    let mut piece = Piece {
        source,
        scope,
        word: Word::literal(""),
        quoted: true,
    };
    piece.append(node, 0);
    piece.word
}

/// Resolves a node to the words it falls apart into, as among the arguments of a command.
pub(super) fn words(node: Node<'_>, source: &str, scope: &Scope, depth: usize, into: &mut Vec<Word>) {
    let mut piece = Piece {
        source,
        scope,
        word: Word::literal(""),
        quoted: false,
    };
    piece.append(node, depth);
    let Word { text, known } = piece.word;
    if !braces::marked(&text) {
        into.push(Word { text, known });
        return;
    }
    into.extend(braces::split(&text).map(|text| Word { text, known }));
}

/// A word that is being put together.
struct Piece<'s> {
    source: &'s str,
    scope: &'s Scope,
    word: Word,
    /// Within double quotes, or where nothing falls apart.
    quoted: bool,
}

impl Piece<'_> {
    fn append(&mut self, node: Node<'_>, depth: usize) {
        let raw = self.source.get(node.byte_range()).unwrap_or_default();
        if depth > MAX_DEPTH || self.word.text.len() > MAX_WORD {
            self.word.known = false;
            return;
        }
        match node.kind() {
            "word" | "number" | "test_operator" | "variable_name" => self.bare(raw),
            "raw_string" => {
                let text = raw.strip_prefix('\'').unwrap_or(raw);
                self.word.text.push_str(text.strip_suffix('\'').unwrap_or(text));
            }
            "ansi_c_string" => self.word.text.push_str(&escapes::ansi_c(raw)),
            "string" | "translated_string" => {
                let outside = std::mem::replace(&mut self.quoted, true);
                self.pieces(node, depth);
                self.quoted = outside;
            }
            "concatenation" | "command_name" => self.pieces(node, depth),
            "string_content" => self.word.text.push_str(&escapes::without_string_backslashes(raw)),
            "simple_expansion" | "expansion" => self.expand(raw),
            "command_substitution" => self.substitute(node, raw),
            "brace_expression" if !self.quoted => self.bare(raw),
            kind => {
                self.word.text.push_str(raw);
                self.word.known &= !matches!(
                    kind,
                    "process_substitution" | "arithmetic_expansion" | "brace_expression" | "ERROR"
                );
            }
        }
    }

    /// Appends the children of a node and the text between them.
    fn pieces(&mut self, node: Node<'_>, depth: usize) {
        let mut cursor = node.walk();
        let mut at = node.start_byte();
        for child in node.children(&mut cursor) {
            if child.start_byte() > at {
                let between = self.source.get(at..child.start_byte()).unwrap_or_default();
                self.word.text.push_str(between);
            }
            at = child.end_byte();
            if !(child.kind() == "\"" || child.kind() == "$" && node.kind() == "translated_string") {
                self.append(child, depth + 1);
            }
        }
    }

    /// Appends what stands without quotes: its braces mean something.
    fn bare(&mut self, raw: &str) {
        if self.quoted || !raw.contains(['{', '}', ',']) {
            self.word.text.push_str(&escapes::without_backslashes(raw));
            return;
        }
        let mut characters = raw.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => self
                    .word
                    .text
                    .extend(characters.next().filter(|next| *next != '\n')),
                other => self.word.text.push(braces::mark(other)),
            }
        }
    }

    fn expand(&mut self, raw: &str) {
        let Some(values) = expand::expand(raw, self.scope) else {
            self.word.text.push_str(raw);
            self.word.known = false;
            return;
        };
        let mut values = values.iter().peekable();
        while let Some(value) = values.next() {
            if self.word.text.len() + value.text.len() > MAX_WORD {
                self.word.known = false;
                return;
            }
            self.word.known &= value.known;
            if self.quoted {
                self.word.text.push_str(&value.text);
            } else {
                // Without quotes, a value falls apart where it has separators.
                let separators = expand::separators(self.scope);
                let marked = value.text.chars().map(|character| {
                    if separators.contains(character) {
                        braces::SEPARATOR
                    } else {
                        character
                    }
                });
                self.word.text.extend(marked);
            }
            if values.peek().is_some() {
                self.word.text.push(braces::SEPARATOR);
            }
        }
    }

    /// What a substituted command prints, where that can be said.
    fn substitute(&mut self, node: Node<'_>, raw: &str) {
        let printed = if self.word.text.len() + raw.len() < 4_096 {
            output::printed(&substituted(node, self.source, self.scope))
        } else {
            None
        };
        let Some(printed) = printed else {
            self.word.text.push_str(raw);
            self.word.known = false;
            return;
        };
        let printed = printed.trim_end_matches('\n');
        if self.quoted {
            self.word.text.push_str(printed);
        } else {
            let marked = printed
                .chars()
                .map(|c| if c.is_whitespace() { braces::SEPARATOR } else { c });
            self.word.text.extend(marked);
        }
    }
}
