//! Rust, by syn: whole files, and in a fence also statements, members, fields and arms.

use std::ops::Range;
use std::str::FromStr as _;

use proc_macro2::{LexError, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Arm, Block as Body, Field, File, ImplItem, Token, TraitItem};

use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::{ellipsis, error, rust_depth, rust_old};

/// The first thing that makes `block` no Rust.
pub(super) fn check(block: &Block) -> Result<Vec<Defect>, Skipped> {
    let sources = Sources;
    let found = complaint(&block.code, block.fenced)?;
    let Some(found) = found else {
        return Ok(Vec::new());
    };
    if block.fenced {
        if let Some((code, places)) = ellipsis::without(&block.code)
            && complaint(&code, true)?.is_none()
        {
            return Ok(ellipsis::elisions(block, &places));
        }
        if let Some(code) = with_hidden_lines(&block.code)
            && complaint(&code, true)?.is_none()
        {
            return Ok(Vec::new());
        }
    }
    drop(sources);
    Ok(vec![error(block, &found.range, found.message)])
}

#[derive(Debug)]
struct Complaint {
    range: Range<usize>,
    message: String,
}

/// The lexer keeps every source that it reads until it is told that no place in them is asked for any more.
pub(in super::super) struct Sources;

impl Drop for Sources {
    fn drop(&mut self) {
        proc_macro2::extra::invalidate_current_thread_spans();
    }
}

fn complaint(code: &str, fragments: bool) -> Result<Option<Complaint>, Skipped> {
    let skipped = preamble(code);
    let tokens = match TokenStream::from_str(code.get(skipped..).unwrap_or_default()) {
        Ok(tokens) => tokens,
        Err(error) => return Ok(Some(lexical(code, skipped, &error))),
    };
    rust_depth::check(&tokens)?;
    let Err(refused) = parse(File::parse, &tokens) else {
        return Ok(None);
    };
    if parse(File::parse, &rust_old::modern(&tokens)).is_ok() {
        return Ok(None);
    }
    let mut furthest = refused;
    if fragments {
        let Err(refused) = parse(Body::parse_within, &tokens) else {
            return Ok(None);
        };
        if start(&refused) > start(&furthest) {
            furthest = refused;
        }
        let fragment = parse(all::<ImplItem>(ImplItem::parse), &tokens).is_ok()
            || parse(all::<TraitItem>(TraitItem::parse), &tokens).is_ok()
            || parse(all::<Arm>(Arm::parse), &tokens).is_ok()
            || parse(fields, &tokens).is_ok()
            || is_head(code);
        if fragment {
            return Ok(None);
        }
    }
    Ok(Some(Complaint {
        range: placed(code, skipped, furthest.span().byte_range()),
        message: furthest.to_string(),
    }))
}

fn parse<P: Parser>(parser: P, tokens: &TokenStream) -> syn::Result<P::Output> {
    parser.parse2(tokens.clone())
}

/// Whether the code is a signature or the first line of an item, whose end prose leaves out.
fn is_head(code: &str) -> bool {
    [";", "{}"].iter().any(|end| {
        let whole = TokenStream::from_str(&format!("{}\n{end}", code.trim_end()));
        whole.is_ok_and(|tokens| {
            parse(all::<TraitItem>(TraitItem::parse), &tokens).is_ok() || parse(File::parse, &tokens).is_ok()
        })
    })
}

/// One after the other until nothing is left.
fn all<T>(one: fn(ParseStream<'_>) -> syn::Result<T>) -> impl Parser<Output = ()> {
    move |input: ParseStream<'_>| {
        while !input.is_empty() {
            one(input)?;
        }
        Ok(())
    }
}

fn fields(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        Field::parse_named(input)?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

fn start(error: &syn::Error) -> usize {
    error.span().byte_range().start
}

/// A parser at the end of a stream has no place to name: its empty range at 0 means the end.
fn placed(code: &str, skipped: usize, range: Range<usize>) -> Range<usize> {
    if range == (0..0) {
        code.len()..code.len()
    } else {
        range.start + skipped..range.end + skipped
    }
}

/// What the lexer has against `code`: a bracket without its like, an open string, a stray character.
fn lexical(code: &str, skipped: usize, error: &LexError) -> Complaint {
    let at = error.span().byte_range().start + skipped;
    let rest = code.get(at..).unwrap_or_default();
    let c = rest.chars().next();
    let message = match c {
        Some('(' | '[' | '{') => "this bracket is never closed, or closed by another kind",
        Some(')' | ']' | '}') => "this bracket closes nothing, or a bracket of another kind",
        Some('"' | '\'') => "this string or character is never closed",
        Some('/') => "this comment is never closed",
        _ => "no token of Rust begins here",
    };
    Complaint {
        range: at..at + c.map_or(0, char::len_utf8),
        message: message.to_owned(),
    }
}

/// How many bytes a byte order mark and a `#!` line take: they are no tokens.
fn preamble(code: &str) -> usize {
    let text = code.strip_prefix('\u{feff}').unwrap_or(code);
    let mark = code.len() - text.len();
    match text.strip_prefix("#!") {
        Some(rest) if !rest.trim_start().starts_with('[') => mark + text.find('\n').unwrap_or(text.len()),
        _ => mark,
    }
}

/// Documentation hides lines that begin with `# `, and the compiler sees them.
fn with_hidden_lines(code: &str) -> Option<String> {
    let hidden = |line: &str| {
        let text = line.trim();
        text == "#" || text.starts_with("# ")
    };
    if !code.lines().any(hidden) {
        return None;
    }
    let lines = code.split_inclusive('\n').map(|line| {
        if hidden(line) {
            line.replacen('#', " ", 1)
        } else {
            line.to_owned()
        }
    });
    Some(lines.collect())
}
