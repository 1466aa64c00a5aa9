//! What a call is given, in so far as it is written out.

use super::calls::Reader;
use super::tokens::Token;

impl Reader<'_> {
    pub(super) fn texts(&self, from: usize) -> Vec<String> {
        self.tokens
            .iter()
            .skip(from)
            .take_while(|token| matches!(token, Token::Text(..) | Token::Sign(',')))
            .filter_map(|token| match token {
                Token::Text(text, _) => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    pub(super) fn argument(&self, at: usize) -> Argument {
        match self.tokens.get(at) {
            Some(Token::Text(text, true)) => match (self.tokens.get(at + 1), self.tokens.get(at + 2)) {
                (Some(Token::Sign('.')), Some(Token::Name(name))) if name == "split" => {
                    Argument::List(text.split_whitespace().map(str::to_owned).collect())
                }
                (Some(Token::Sign('+' | '.' | '%')), _) => Argument::Other,
                _ => Argument::Text(text.clone()),
            },
            Some(Token::Sign('[')) => {
                let inner: Vec<&Token> = self
                    .tokens
                    .iter()
                    .skip(at + 1)
                    .take_while(|token| **token != Token::Sign(']'))
                    .collect();
                let texts: Option<Vec<String>> = inner
                    .iter()
                    .filter(|token| ***token != Token::Sign(','))
                    .map(|token| match token {
                        Token::Text(text, true) => Some(text.clone()),
                        // An argument that is computed is not what the command does.
                        Token::Name(name) => Some(format!("${name}")),
                        _ => None,
                    })
                    .collect();
                match texts {
                    Some(texts) if texts.first().is_some_and(|first| !first.starts_with('$')) => {
                        Argument::List(texts)
                    }
                    _ => Argument::Other,
                }
            }
            _ => Argument::Other,
        }
    }
}

pub(super) enum Argument {
    Text(String),
    List(Vec<String>),
    Other,
}
