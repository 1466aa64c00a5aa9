//! YAML 1.2, any number of documents, and keys that a mapping has twice.

use std::collections::HashSet;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::{ellipsis, error};

/// The most duplicates that are told of one block.
const MAX_DUPLICATES: usize = 20;

/// The first thing that makes `block` no YAML, or else its duplicate keys.
pub(super) fn check(block: &Block) -> Result<Vec<Defect>, Skipped> {
    let complaint = match read(&block.code) {
        Ok(duplicates) => {
            return Ok(duplicates
                .into_iter()
                .map(|(name, at)| duplicate(block, &name, at))
                .collect());
        }
        Err(complaint) => complaint,
    };
    if complaint.message.contains("recursion limit") {
        return Err(Skipped::Limit(complaint.message));
    }
    if block.code.contains("{{") || block.code.contains("{%") {
        return Err(Skipped::Unknown(
            "this is a template, and only what it makes is YAML".to_owned(),
        ));
    }
    if block.fenced
        && let Some((code, places)) = ellipsis::without(&block.code)
        && read(&code).is_ok()
    {
        return Ok(ellipsis::elisions(block, &places));
    }
    let at = complaint.at;
    Ok(vec![error(block, &(at..at + 1), complaint.message)])
}

#[derive(Debug)]
struct Complaint {
    at: usize,
    message: String,
}

/// The keys that stand twice in one mapping, with the place of the second.
fn read(code: &str) -> Result<Vec<(String, usize)>, Complaint> {
    let mut duplicates = Vec::new();
    let mut open: Vec<Collection> = Vec::new();
    for event in Parser::new_from_str(code) {
        let (event, span) = event.map_err(|error| Complaint {
            at: byte_of(code, error.marker().index()),
            message: error.info().to_owned(),
        })?;
        let is_key = match event {
            Event::Scalar(..) | Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..) => {
                open.last_mut().is_some_and(Collection::next_is_key)
            }
            _ => false,
        };
        match event {
            Event::SequenceStart(..) => open.push(Collection::default()),
            Event::MappingStart(..) => open.push(Collection {
                keys: Some(HashSet::new()),
                ..Collection::default()
            }),
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            Event::Scalar(text, style, ..) if is_key => {
                let plain = style == ScalarStyle::Plain;
                let Some(keys) = open.last_mut().and_then(|mapping| mapping.keys.as_mut()) else {
                    continue;
                };
                // `<<` merges, and may do so twice.
                let merges = plain && text == "<<";
                if !keys.insert((text.to_string(), plain)) && !merges && duplicates.len() < MAX_DUPLICATES {
                    duplicates.push((text.into_owned(), byte_of(code, span.start.index())));
                }
            }
            _ => {}
        }
    }
    Ok(duplicates)
}

#[derive(Debug, Default)]
struct Collection {
    /// The keys of a mapping so far, and whether each was written without quotes; `None` for a sequence.
    keys: Option<HashSet<(String, bool)>>,
    has_key: bool,
}

impl Collection {
    fn next_is_key(&mut self) -> bool {
        self.has_key = !self.has_key;
        self.keys.is_some() && self.has_key
    }
}

fn duplicate(block: &Block, name: &str, at: usize) -> Defect {
    let range: Range<usize> = at..at + name.len().max(1);
    let message =
        format!("the key {name:?} is there twice: some parsers refuse it, others keep the last value");
    Defect::new(
        "yaml.duplicate-key",
        Severity::Warning,
        block.place(&range),
        message,
    )
    .with_fix("keep one of them, or rename one")
}

/// The parser counts characters.
fn byte_of(code: &str, index: usize) -> usize {
    code.char_indices().nth(index).map_or(code.len(), |(at, _)| at)
}
