//! How deep tokens of Rust nest, before a parser recurses into them.
//!
//! Unlike the look at the text in `depth.rs`, this knows what is a comment: lexing does not recurse.

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::super::report::Skipped;

/// The deepest nesting of brackets.
const MAX_DEPTH: usize = 256;
/// The most operators and joining words of one expression or type.
const MAX_CHAIN: usize = 2_000;

/// Words that what stands behind them is part of.
const PREFIXES: [&str; 21] = [
    "as", "async", "await", "box", "break", "const", "dyn", "else", "for", "if", "impl", "in", "let",
    "match", "move", "mut", "raw", "ref", "return", "while", "yield",
];

/// Refuses `tokens` that nest too deeply or chain too long.
pub(in super::super) fn check(tokens: &TokenStream) -> Result<(), Skipped> {
    let mut open: Vec<(IntoIter, Delimiter, Chain)> = Vec::new();
    let mut current = (tokens.clone().into_iter(), Delimiter::None, Chain::default());
    // Documentation and what macros are given is not parsed: only its brackets count.
    let mut opaque_from = usize::MAX;
    loop {
        let Some(token) = current.0.next() else {
            let closed = current.1;
            match open.pop() {
                Some(outer) => current = outer,
                None => return Ok(()),
            }
            if open.len() < opaque_from {
                opaque_from = usize::MAX;
            }
            current.2.closed(closed);
            continue;
        };
        match token {
            TokenTree::Group(group) => {
                if current.2.announced {
                    opaque_from = opaque_from.min(open.len() + 1);
                }
                current.2.operator();
                let inner = (group.stream().into_iter(), group.delimiter(), Chain::default());
                open.push(std::mem::replace(&mut current, inner));
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' | ';' => current.2.ended(),
                '#' => current.2.announce(),
                '!' => current.2.bang(),
                _ => current.2.operator(),
            },
            TokenTree::Ident(ident) => {
                let joins = PREFIXES.iter().any(|word| ident == word);
                current.2.word(joins && ident != "else");
                if ident == "else" {
                    current.2.operator();
                }
            }
            TokenTree::Literal(_) => current.2.word(false),
        }
        if open.len() > MAX_DEPTH {
            let limit = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Skipped::Limit(limit));
        }
        if current.2.length > MAX_CHAIN && open.len() < opaque_from {
            let limit = format!("more than {MAX_CHAIN} operators in one expression");
            return Err(Skipped::Limit(limit));
        }
    }
}

/// The operators since something certainly began anew.
#[derive(Debug, Default)]
struct Chain {
    length: usize,
    /// Whether a braced body ended, and nothing has gone on with it yet.
    body_ended: bool,
    /// Whether `#`, `#!` or `name!` stood right before this, so that brackets hold what is not parsed here.
    announced: bool,
    /// Whether a word stood right before this.
    named: bool,
}

impl Chain {
    fn ended(&mut self) {
        *self = Self::default();
    }

    fn closed(&mut self, delimiter: Delimiter) {
        self.body_ended = delimiter == Delimiter::Brace;
    }

    fn operator(&mut self) {
        self.length += usize::from(!std::mem::take(&mut self.announced));
        self.body_ended = false;
        self.named = false;
    }

    /// `#` begins an attribute: it and its brackets go on with nothing.
    fn announce(&mut self) {
        self.word(false);
        self.announced = true;
        self.named = false;
    }

    /// The `!` of `#![..]` and `name!(..)`; any other is an operator.
    fn bang(&mut self) {
        if self.announced || self.named {
            self.announced = true;
        } else {
            self.operator();
        }
    }

    fn word(&mut self, joins: bool) {
        if std::mem::take(&mut self.body_ended) {
            self.length = 0;
        }
        self.length += usize::from(joins);
        // `macro_rules! name { .. }`
        self.announced &= self.named;
        self.named = true;
    }
}
