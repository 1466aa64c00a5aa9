//! A document as a tree that knows where everything stands.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScanError, Span, StrInput};

use super::super::error::{Error, Result};
use super::super::text::place;

/// A deeper document is no configuration, and would take the stack with it.
const DEEPEST: usize = 64;

/// A node with its bytes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Map(Vec<Member>),
    List(Vec<Node>),
    Plain,
}

/// A key of a table, with its bytes, and its value.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) at: Range<usize>,
    pub(super) value: Node,
}

impl Node {
    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        match &self.kind {
            Kind::Map(members) => members.iter().find(|member| member.key == name),
            Kind::List(_) | Kind::Plain => None,
        }
    }

    pub(super) fn first(&self) -> Option<&Member> {
        match &self.kind {
            Kind::Map(members) => members.first(),
            Kind::List(_) | Kind::Plain => None,
        }
    }

    /// How many members it has.
    pub(super) fn len(&self) -> usize {
        match &self.kind {
            Kind::Map(members) => members.len(),
            Kind::List(_) | Kind::Plain => 0,
        }
    }

    /// Where the last of it ends that is no white space.
    pub(super) fn last_byte(&self, body: &str) -> usize {
        let inner = match &self.kind {
            Kind::Map(members) => members
                .last()
                .map(|last| last.value.last_byte(body).max(last.at.end)),
            Kind::List(items) => items.last().map(|last| last.last_byte(body)),
            Kind::Plain => None,
        };
        let is_bracketed = body[self.span.start..].starts_with(['{', '[']);
        match inner {
            Some(last) if !is_bracketed => last,
            _ => self.span.start + body[self.span.clone()].trim_end().len(),
        }
    }
}

/// The only document of `body`; `None` where it says nothing.
pub(super) fn root(body: &str) -> Result<Option<Node>> {
    let mut reader = Reader {
        events: Parser::new_from_str(body),
        bytes: body
            .char_indices()
            .map(|(at, _)| at)
            .chain([body.len()])
            .collect(),
        body,
    };
    let mut root = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(root),
            Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
            Event::DocumentStart(_) if root.is_none() => {}
            Event::DocumentStart(_) => return Err(Error::Unsure("it holds more than one document")),
            event => root = Some(reader.node(&event, span, 0)?),
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    /// The byte of each character: the parser counts characters.
    bytes: Vec<usize>,
    body: &'a str,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Range<usize>)> {
        match self.events.next() {
            Some(Ok((event, span))) => Ok((event, self.range(span))),
            Some(Err(error)) => Err(self.refused(&error)),
            None => Ok((Event::StreamEnd, self.body.len()..self.body.len())),
        }
    }

    fn refused(&self, error: &ScanError) -> Error {
        let (line, column) = place(self.body, self.byte(error.marker().index()));
        Error::Syntax {
            format: "YAML",
            detail: error.info().to_owned(),
            line,
            column,
        }
    }

    fn byte(&self, index: usize) -> usize {
        self.bytes.get(index).copied().unwrap_or(self.body.len())
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }

    fn node(&mut self, event: &Event<'a>, span: Range<usize>, depth: usize) -> Result<Node> {
        if depth > DEEPEST {
            return Err(Error::Unsure("it is nested too deeply"));
        }
        let start = span.start;
        match event {
            Event::MappingStart(..) => {
                let mut members: Vec<Member> = Vec::new();
                loop {
                    let (event, at) = self.next()?;
                    if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                        return Ok(Node {
                            kind: Kind::Map(members),
                            span: start..at.end.max(start),
                        });
                    }
                    let key = match &event {
                        Event::Scalar(text, ..) => text.to_string(),
                        _ => String::new(),
                    };
                    let node = self.node(&event, at, depth + 1)?;
                    let (event, span) = self.next()?;
                    let value = self.node(&event, span, depth + 1)?;
                    if !key.is_empty() && members.iter().any(|member| member.key == key) {
                        return Err(Error::Twice(key));
                    }
                    members.push(Member {
                        key,
                        at: node.span,
                        value,
                    });
                }
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    let (event, at) = self.next()?;
                    if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                        return Ok(Node {
                            kind: Kind::List(items),
                            span: start..at.end.max(start),
                        });
                    }
                    items.push(self.node(&event, at, depth + 1)?);
                }
            }
            _ => Ok(Node {
                kind: Kind::Plain,
                span,
            }),
        }
    }
}
