//! From a script to statements: words in upper case, texts apart, comments gone.

/// Whether a backslash in a text keeps the quote after it from ending the text. `MySQL` says yes, others no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    IsText,
    Escapes,
}

/// One statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its words in upper case and the signs between them; a text is `''`, a quoted name `""`.
    pub(super) words: Vec<String>,
    /// Its texts.
    pub(super) texts: Vec<String>,
    /// A command of the client instead.
    pub(super) meta: Option<String>,
}

/// Most words of one statement.
const MAX_WORDS: usize = 10_000;

/// The statements of a script, and whether a quote or a comment is left open.
pub(super) fn statements(text: &str, backslash: Backslash) -> (bool, Vec<Statement>) {
    let mut lexer = Lexer {
        characters: text.chars().collect(),
        at: 0,
        backslash,
        open: false,
        statements: vec![Statement::default()],
    };
    while lexer.at < lexer.characters.len() {
        lexer.next();
    }
    lexer
        .statements
        .retain(|statement| !statement.words.is_empty() || statement.meta.is_some());
    (lexer.open, lexer.statements)
}

struct Lexer {
    characters: Vec<char>,
    at: usize,
    backslash: Backslash,
    open: bool,
    statements: Vec<Statement>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn next(&mut self) {
        let Some(first) = self.peek(0) else { return };
        let starts = self
            .statements
            .last()
            .is_none_or(|statement| statement.words.is_empty());
        match (first, self.peek(1)) {
            ('-', Some('-')) => self.line(),
            // A comment in MySQL alone.
            ('#', _) if self.backslash == Backslash::Escapes => self.line(),
            // MySQL runs what is in `/*! ... */`.
            ('/', Some('*')) if self.peek(2) == Some('!') => {
                self.at += 3;
                while self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
                    self.at += 1;
                }
            }
            ('*', Some('/')) => self.at += 2,
            ('/', Some('*')) => self.comment(),
            ('\'', _) => {
                let text = self.quoted('\'');
                self.text(text);
            }
            ('"' | '`', _) => {
                let name = self.quoted(first);
                self.word(format!("\"{}", name.to_uppercase()));
            }
            ('[', Some(next)) if next.is_alphabetic() => {
                let name = self.quoted(']');
                self.word(format!("\"{}", name.to_uppercase()));
            }
            ('$', _) if self.dollar() => {}
            ('\\', _) => self.client(),
            ('.', Some(next)) if starts && next.is_ascii_alphabetic() && self.at_line_start() => {
                self.client();
            }
            (';', _) => {
                self.at += 1;
                self.statements.push(Statement::default());
            }
            (c, _) if c.is_alphanumeric() || c == '_' => {
                let mut word = String::new();
                while let Some(c) = self
                    .peek(0)
                    .filter(|c| c.is_alphanumeric() || *c == '_' || *c == '$')
                {
                    word.extend(c.to_uppercase());
                    self.at += 1;
                }
                if word == "GO" && self.at_line_end() {
                    self.statements.push(Statement::default());
                } else {
                    self.word(word);
                }
            }
            (c, _) => {
                self.at += 1;
                if matches!(c, '=' | '<' | '>' | '(' | ')' | ',' | '.' | '*' | '@') {
                    self.word(c.to_string());
                }
            }
        }
    }

    fn at_line_start(&self) -> bool {
        self.characters
            .iter()
            .take(self.at)
            .rev()
            .take_while(|c| **c != '\n')
            .all(|c| c.is_whitespace())
    }

    fn at_line_end(&self) -> bool {
        self.characters
            .iter()
            .skip(self.at)
            .take_while(|c| **c != '\n')
            .all(|c| c.is_whitespace())
    }

    fn line(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }

    /// A command of the client, up to the end of its line.
    fn client(&mut self) {
        let from = self.at;
        self.line();
        let command: String = self
            .characters
            .get(from..self.at)
            .unwrap_or_default()
            .iter()
            .collect();
        // In the middle of a statement it ends the statement: `select 1 \g`.
        self.statements.push(Statement {
            meta: Some(command),
            ..Statement::default()
        });
        self.statements.push(Statement::default());
    }

    /// PostgreSQL's comments nest; others' end at the first mark, which leaves words that are judged.
    fn comment(&mut self) {
        self.at += 2;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => {
                    self.open = true;
                    return;
                }
                (Some('*'), Some('/')) => {
                    self.at += 2;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// What stands in quotes; a doubled quote is one.
    fn quoted(&mut self, close: char) -> String {
        let mut text = String::new();
        self.at += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => {
                    self.open = true;
                    return text;
                }
                (Some('\\'), Some(next)) if self.backslash == Backslash::Escapes => {
                    text.push(next);
                    self.at += 2;
                }
                (Some(c), Some(next)) if c == close && next == close => {
                    text.push(c);
                    self.at += 2;
                }
                (Some(c), _) if c == close => {
                    self.at += 1;
                    return text;
                }
                (Some(c), _) => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
    }

    /// `$tag$ ... $tag$`.
    fn dollar(&mut self) -> bool {
        let rest = self.characters.get(self.at + 1..).unwrap_or_default();
        let length = rest
            .iter()
            .take(64)
            .take_while(|c| c.is_alphanumeric() || **c == '_')
            .count();
        if rest.get(length) != Some(&'$') || rest.first().is_some_and(char::is_ascii_digit) {
            return false;
        }
        let tag: Vec<char> = self
            .characters
            .get(self.at..self.at + length + 2)
            .unwrap_or_default()
            .to_vec();
        self.at += tag.len();
        let from = self.at;
        while self.at < self.characters.len() {
            if self.characters.get(self.at..self.at + tag.len()) == Some(tag.as_slice()) {
                let text = self
                    .characters
                    .get(from..self.at)
                    .unwrap_or_default()
                    .iter()
                    .collect();
                self.at += tag.len();
                self.text(text);
                return true;
            }
            self.at += 1;
        }
        self.open = true;
        true
    }

    fn text(&mut self, text: String) {
        self.word("''".to_owned());
        if let Some(statement) = self.statements.last_mut() {
            statement.texts.push(text);
        }
    }

    fn word(&mut self, word: String) {
        if let Some(statement) = self.statements.last_mut()
            && statement.words.len() < MAX_WORDS
        {
            statement.words.push(word);
        }
    }
}
