//! The crates that Rust code takes something from, by its tokens: fragments are read like whole files.

use std::collections::HashSet;
use std::ops::Range;
use std::str::FromStr as _;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Ident, TokenStream, TokenTree};

use super::super::syntax;

/// The most names of one block.
const MAX_TOLD: usize = 2_000;

/// What a path may begin with that is no crate of a manifest.
const NO_CRATE: &[&str] = &[
    "std",
    "core",
    "alloc",
    "proc_macro",
    "test",
    "crate",
    "self",
    "super",
    "bool",
    "char",
    "str",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
];

/// The crates that `code` names in `use` and `extern crate`, and where; none that it declares itself.
pub(super) fn crates(code: &str) -> Vec<(String, Range<usize>)> {
    let Ok(tokens) = TokenStream::from_str(code) else {
        return Vec::new();
    };
    let _sources = syntax::RustSources;
    if syntax::rust_depth(&tokens).is_err() {
        return Vec::new();
    }
    let mut walk = Walk::default();
    walk.items(tokens);
    let Walk { own, mut named } = walk;
    named.retain(|(name, _)| !own.contains(name));
    named
}

#[derive(Debug, Default)]
struct Walk {
    /// Modules, and names that another import has brought.
    own: HashSet<String>,
    named: Vec<(String, Range<usize>)>,
}

impl Walk {
    /// Every `use`, `extern crate` and `mod` within `tokens`. What macros are made of is read, too: it may be items.
    fn items(&mut self, tokens: TokenStream) {
        let mut rest = tokens.into_iter();
        while let Some(token) = rest.next() {
            match token {
                TokenTree::Group(group) => self.items(group.stream()),
                TokenTree::Ident(word) if word == "use" => self.tree(&mut rest, true),
                TokenTree::Ident(word) if word == "mod" => {
                    if let Some(TokenTree::Ident(name)) = rest.next() {
                        self.own.insert(plain(&name));
                    }
                }
                TokenTree::Ident(word) if word == "extern" => self.external(&mut rest),
                _ => {}
            }
        }
    }

    /// `crate name;` after `extern`.
    fn external(&mut self, rest: &mut IntoIter) {
        let mut ahead = rest.clone();
        if matches!(ahead.next(), Some(TokenTree::Ident(word)) if word == "crate")
            && let Some(TokenTree::Ident(name)) = ahead.next()
        {
            self.name(&name);
            *rest = ahead;
        }
    }

    /// The trees of a `use` up to its `;`: at its start, and after a `,` in braces there, stand crates.
    fn tree(&mut self, rest: &mut IntoIter, is_start: bool) {
        let mut at_start = is_start;
        let mut last = None;
        let mut is_path = false;
        for token in rest.by_ref() {
            match token {
                TokenTree::Ident(word) => {
                    if at_start && word != "as" {
                        self.name(&word);
                    }
                    at_start = false;
                    last = Some(word);
                }
                TokenTree::Group(group) => {
                    let has_self = group.stream().into_iter().any(is_self);
                    self.brought(last.take(), has_self);
                    self.tree(&mut group.stream().into_iter(), at_start);
                }
                TokenTree::Punct(punct) => match punct.as_char() {
                    ';' => break,
                    ',' => {
                        self.brought(last.take(), is_path || !is_start);
                        (at_start, is_path) = (is_start, false);
                    }
                    ':' => is_path |= last.is_some(),
                    // The rest of `$crate::..` and of `use<'a>` in a type is no crate.
                    '$' | '<' | '\'' => at_start = false,
                    _ => {}
                },
                TokenTree::Literal(_) => at_start = false,
            }
        }
        self.brought(last, is_path || !is_start);
    }

    /// What an import brings in can be the start of another one.
    fn brought(&mut self, name: Option<Ident>, is_path: bool) {
        if let Some(name) = name.filter(|_| is_path) {
            self.own.insert(plain(&name));
        }
    }

    fn name(&mut self, name: &Ident) {
        let plain = plain(name);
        // Types and constants have their own modules: `use Shape::*`.
        let is_crate = plain.starts_with(|c: char| c.is_lowercase()) && !NO_CRATE.contains(&plain.as_str());
        if is_crate && self.named.len() < MAX_TOLD {
            self.named.push((plain, name.span().byte_range()));
        }
    }
}

fn is_self(token: TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "self")
}

fn plain(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, expected: &[&str]) {
        let found = crates(code);
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected, "{code}");
        for (name, range) in &found {
            assert_eq!(code[range.clone()].trim_start_matches("r#"), name);
        }
    }

    #[test]
    fn crates_stand_at_the_start_of_a_path() {
        check(
            "use serde::{Deserialize, de::Error as _};\npub(crate) use ::tokio::sync;\nextern crate libc;\n",
            &["serde", "tokio", "libc"],
        );
        check(
            "use {anyhow::Result, std::fmt, r#gen::x as y};",
            &["anyhow", "gen"],
        );
        check("fn f() { use rand::Rng; let x = 1; }", &["rand"]);
        check("use log;", &["log"]);
    }

    #[test]
    fn what_the_code_has_itself_is_no_crate() {
        for code in [
            "mod config;\nuse config::Config;\n",
            "use std::{fmt, io::{self, Read}};\nuse fmt::Display;\nuse io::Write;\n",
            "enum Shape { A }\nuse Shape::*;\nuse crate::a;\nuse self::b;\nuse super::c;\nuse f64::consts::PI;\n",
            "macro_rules! m { () => { use $crate::x::y; } }\n",
            "fn f<'a>() -> impl Iterator + use<'a> { todo!() }\nextern \"C\" { fn g(); }\n",
            "// use serde::x;\nlet s = \"use rand::x;\";\n",
            "use \u{0}",
        ] {
            check(code, &[]);
        }
    }
}
