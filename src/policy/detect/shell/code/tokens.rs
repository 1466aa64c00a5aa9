//! The words, texts and signs of a script in any of the common scripting languages.

use crate::policy::detect::shell::catalogue::Language;
use crate::policy::detect::shell::word::escaped;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name with what it is a member of: `os.path.join`, `File::Path`.
    Name(String),
    /// A text; whether all of it is written out.
    Text(String, bool),
    /// A text that is run: in backquotes, `qx()`, `%x()`.
    Run(String, bool),
    Sign(char),
}

/// Most tokens that are looked at.
const MAX_TOKENS: usize = 50_000;

/// Takes the text apart; texts that are joined by `+`, `.`, `..` or nothing become one.
pub(super) fn tokens(text: &str, language: Language) -> Vec<Token> {
    let mut lexer = Lexer {
        characters: text.chars().collect(),
        at: 0,
        language,
        tokens: Vec::new(),
    };
    while lexer.at < lexer.characters.len() && lexer.tokens.len() < MAX_TOKENS {
        lexer.next();
    }
    join(lexer.tokens)
}

struct Lexer {
    characters: Vec<char>,
    at: usize,
    language: Language,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn next(&mut self) {
        let Some(first) = self.peek(0) else { return };
        let second = self.peek(1);
        let hash = !matches!(
            self.language,
            Language::JavaScript | Language::Mongo | Language::Lua
        );
        let slashes = matches!(
            self.language,
            Language::JavaScript | Language::Mongo | Language::Php
        );
        match first {
            '#' if hash && second != Some('{') => self.skip_line(),
            '/' if slashes && second == Some('/') && self.peek_back() != Some(':') => self.skip_line(),
            '-' if self.language == Language::Lua && second == Some('-') => self.skip_line(),
            '\'' | '"' => self.text(first),
            '`' if self.language == Language::JavaScript => self.text('`'),
            '`' => {
                self.text('`');
                self.run_last();
            }
            '%' if second == Some('x') && self.peek(2).is_some_and(|c| "({[|!".contains(c)) => {
                self.at += 2;
                self.delimited();
                self.run_last();
            }
            c if c.is_alphanumeric() || matches!(c, '_' | '$') => self.name(),
            c => {
                self.at += 1;
                if !c.is_whitespace() {
                    self.tokens.push(Token::Sign(c));
                }
            }
        }
    }

    fn peek_back(&self) -> Option<char> {
        self.characters.get(self.at.checked_sub(1)?).copied()
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }

    fn run_last(&mut self) {
        if let Some(Token::Text(text, known)) = self.tokens.pop() {
            self.tokens.push(Token::Run(text, known));
        }
    }

    fn name(&mut self) {
        let mut name = String::new();
        loop {
            match self.peek(0) {
                Some(c) if c.is_alphanumeric() || matches!(c, '_' | '$') => name.push(c),
                // A member: `a.b`, `a::b`, `a->b`, `a?.b`.
                Some('.') if self.peek(1).is_some_and(|c| c.is_alphabetic() || c == '_') => name.push('.'),
                Some('?') if self.peek(1) == Some('.') => {}
                Some(':') if self.peek(1) == Some(':') => {
                    name.push('.');
                    self.at += 1;
                }
                Some('-') if self.peek(1) == Some('>') && !name.is_empty() => {
                    name.push('.');
                    self.at += 1;
                }
                _ => break,
            }
            self.at += 1;
        }
        let quotes = matches!(self.language, Language::Perl | Language::Ruby);
        let next = self.peek(0);
        match (name.as_str(), next) {
            // The kind of a text: `r'...'`, `b"..."`, `f"..."`.
            ("r" | "b" | "rb" | "br" | "u" | "R" | "B", Some('\'' | '"')) => {}
            ("f" | "F" | "rf" | "fr", Some(quote @ ('\'' | '"'))) => {
                self.text(quote);
                if let Some(Token::Text(text, known)) = self.tokens.last_mut() {
                    *known &= !text.contains('{');
                }
            }
            ("q" | "qq", Some(c)) if quotes && "({[|/!".contains(c) => self.delimited(),
            ("qx", Some(c)) if quotes && "({[|/!".contains(c) => {
                self.delimited();
                self.run_last();
            }
            _ => self.tokens.push(Token::Name(name)),
        }
    }

    /// A text in quotes, three of them too.
    fn text(&mut self, quote: char) {
        let triple = quote != '`' && self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        let width = if triple { 3 } else { 1 };
        self.at += width;
        let mut raw = String::new();
        while let Some(c) = self.peek(0) {
            if c == quote && (!triple || self.peek(1) == Some(quote) && self.peek(2) == Some(quote)) {
                break;
            }
            raw.push(c);
            self.at += 1;
            if c == '\\' {
                raw.extend(self.peek(0));
                self.at += 1;
            }
        }
        self.at += width;
        self.push_text(&raw, quote);
    }

    fn delimited(&mut self) {
        let Some(open) = self.peek(0) else { return };
        let close = match open {
            '(' => ')',
            '{' => '}',
            '[' => ']',
            other => other,
        };
        self.at += 1;
        let mut raw = String::new();
        while let Some(c) = self.peek(0).filter(|c| *c != close) {
            raw.push(c);
            self.at += 1;
        }
        self.at += 1;
        self.push_text(&raw, '"');
    }

    fn push_text(&mut self, raw: &str, quote: char) {
        let interpolated = match self.language {
            Language::JavaScript | Language::Mongo => quote == '`' && raw.contains("${"),
            Language::Ruby => quote != '\'' && raw.contains("#{"),
            Language::Perl | Language::Php => quote != '\'' && raw.contains(['$', '@']) && raw.contains('$'),
            _ => false,
        };
        let text = if raw.contains('\\') {
            escaped(raw)
        } else {
            raw.to_owned()
        };
        self.tokens.push(Token::Text(text, !interpolated));
    }
}

fn join(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let Token::Text(text, known) = &token {
            let signs = joined
                .iter()
                .rev()
                .take_while(|token| matches!(token, Token::Sign('+' | '.')))
                .count();
            let before = joined.len().checked_sub(signs + 1).filter(|_| signs <= 2);
            if let Some(Token::Text(before_text, before_known)) = before.and_then(|at| joined.get_mut(at)) {
                before_text.push_str(text);
                *before_known &= known;
                joined.truncate(joined.len() - signs);
                continue;
            }
        }
        joined.push(token);
    }
    joined
}
