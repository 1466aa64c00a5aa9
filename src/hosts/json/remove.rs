//! Takes a value out.

use std::ops::Range;

use jsonc_parser::ast::Object;

use super::super::error::{Error, Result};
use super::super::text::spliced;
use super::{Reached, comma_after, descend, property, tree};

/// `body` without the property at `path`. The table it stood in goes, too, where nothing is left in it and
/// `keeps_table` does not forbid it.
pub(in crate::hosts) fn remove(body: &str, path: &[&str], keeps_table: bool) -> Result<String> {
    let Some((key, tables)) = path.split_last() else {
        return Ok(body.to_owned());
    };
    let Some(root) = tree(body)? else {
        return Ok(body.to_owned());
    };
    let Reached::Table(object) = descend(&root, tables)? else {
        return Ok(body.to_owned());
    };
    let Some((index, _)) = property(object, key, path)? else {
        return Ok(body.to_owned());
    };
    if object.properties.len() == 1 && !keeps_table && !tables.is_empty() && is_bare(body, object) {
        return remove(body, tables, false);
    }
    let left = object.properties.len() - 1;
    let is_whole = |text: &String| {
        let root = tree(text).ok().flatten();
        root.is_some_and(|root| {
            matches!(descend(&root, tables), Ok(Reached::Table(object)) if object.properties.len() == left)
        })
    };
    // Joined with the line before, what follows may become part of a comment there.
    [without(body, object, index), without_joining(body, object, index)]
        .into_iter()
        .find(is_whole)
        .ok_or(Error::Unsure("comments stand around the entry"))
}

/// Whether nothing but white space stands around the only property.
fn is_bare(body: &str, object: &Object<'_>) -> bool {
    let Some(only) = object.properties.first() else {
        return false;
    };
    let before = &body[object.range.start + 1..only.range.start];
    let after = &body[only.range.end..object.range.end.saturating_sub(1)];
    before.trim().is_empty() && after.trim().trim_start_matches(',').is_empty()
}

fn without(body: &str, object: &Object<'_>, index: usize) -> String {
    let (start, cuts) = cuts(body, object, index);
    apply(body, object, start, cuts)
}

/// As [`without`], with the line break and the indentation before the property left there.
fn without_joining(body: &str, object: &Object<'_>, index: usize) -> String {
    let start = object.properties[index].range.start;
    let (_, mut cuts) = cuts(body, object, index);
    if let Some(cut) = cuts.iter_mut().find(|cut| cut.contains(&start)) {
        cut.start = start;
    }
    apply(body, object, start, cuts)
}

fn apply(body: &str, object: &Object<'_>, start: usize, cuts: Vec<Range<usize>>) -> String {
    let edits: Vec<_> = cuts.into_iter().map(|cut| (cut, "")).collect();
    let removed = spliced(body, &edits);
    if object.properties.len() > 1 {
        return removed;
    }
    // Nothing is left in it but perhaps a line break.
    let close = removed[start..].find('}').map_or(start, |at| start + at);
    let open = object.range.start + 1;
    if open <= close && removed[open..close].trim().is_empty() {
        return spliced(&removed, &[(open..close, "")]);
    }
    removed
}

/// What has to go, and where the first of it that belongs to the property begins.
fn cuts(body: &str, object: &Object<'_>, index: usize) -> (usize, Vec<Range<usize>>) {
    let prop = &object.properties[index];
    let start = before(body, prop.range.start);
    let own = start..prop.range.end;
    let mut cuts = Vec::new();
    match comma_after(body, prop.range.end) {
        Some(comma) if body[prop.range.end..comma].trim().is_empty() => cuts.push(start..comma + 1),
        Some(comma) => cuts.extend([own, comma..comma + 1]),
        None => {
            let last = index.checked_sub(1).and_then(|at| object.properties.get(at));
            if let Some(comma) = last.and_then(|last| comma_after(body, last.range.end)) {
                if comma + 1 == start {
                    cuts.push(comma..prop.range.end);
                } else {
                    cuts.extend([comma..comma + 1, own]);
                }
            } else {
                cuts.push(own);
            }
        }
    }
    (cuts.first().map_or(start, |cut| cut.start), cuts)
}

/// Where the white space begins that belongs to a property at `at`: with the line break before it, or behind what stands
/// before it on its line.
fn before(body: &str, at: usize) -> usize {
    let line = body[..at].trim_end_matches([' ', '\t']);
    match line.strip_suffix('\n') {
        Some(above) if super::super::text::line_end(body) == "\r\n" => {
            above.strip_suffix('\r').unwrap_or(above).len()
        }
        Some(above) => above.len(),
        None => line.len(),
    }
}
