//! Patches as coding agents write them: search and replace blocks, and envelopes.

use std::ops::Range;

use super::hunk::{FilePatch, Format, Hunk, Kind, Line, Mark, TextLine, text_lines};

/// A block that ends before it should, at `place`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) place: Range<usize>,
    pub(super) message: &'static str,
    /// Whether the text ends there.
    pub(super) at_end: bool,
}

/// The marks between which the sides of a search and replace block stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fence {
    Search,
    Middle,
    Replace,
}

fn fence(line: &str) -> Option<Fence> {
    let line = line.trim_end();
    let bare = |mark: char| line.trim_start_matches(mark);
    let length = |mark| line.len() - bare(mark).len();
    let long = |mark| (5..=9).contains(&length(mark));
    match line.as_bytes().first()? {
        b'<' if long('<') && bare('<').trim() == "SEARCH" => Some(Fence::Search),
        b'-' if long('-') && bare('-').trim() == "SEARCH" => Some(Fence::Search),
        b'=' if long('=') && bare('=').is_empty() => Some(Fence::Middle),
        b'>' if long('>') && bare('>').trim() == "REPLACE" => Some(Fence::Replace),
        b'+' if long('+') && bare('+').trim() == "REPLACE" => Some(Fence::Replace),
        _ => None,
    }
}

/// Whether `text` has a search and replace block.
pub(super) fn is_search(text: &str) -> bool {
    search_at(text).is_some()
}

/// The line of the first search and replace block.
fn search_at(text: &str) -> Option<usize> {
    // Most texts have none, and a word is found faster than lines are read.
    text.find("SEARCH")?;
    text.lines().position(|line| fence(line) == Some(Fence::Search))
}

/// The search and replace blocks of `text`, each as a change of its own, and those that are broken.
fn read_search(text: &str) -> (Vec<FilePatch<'_>>, Vec<Broken>) {
    let lines = text_lines(text);
    let (mut files, mut broken) = (Vec::new(), Vec::new());
    let mut open: Option<(FilePatch<'_>, Hunk<'_>, Mark)> = None;
    let mut path = "";
    for (i, (range, line)) in lines.iter().enumerate() {
        let found = fence(line);
        match (found, open.as_mut()) {
            (Some(Fence::Search), _) => {
                if let Some((_, hunk, _)) = open.take() {
                    let message = "this block has no end: `=======` and `>>>>>>> REPLACE` are missing";
                    broken.push(Broken {
                        place: hunk.header,
                        message,
                        at_end: false,
                    });
                }
                path = name_before(&lines, i).unwrap_or(path);
                let file = FilePatch {
                    format: Format::Search,
                    kind: Kind::Change,
                    path,
                    head: range.clone(),
                    named: true,
                    hunks: Vec::new(),
                };
                open = Some((file, Hunk::new(range.clone()), Mark::Removed));
            }
            (Some(Fence::Middle), Some((_, _, mark))) if *mark == Mark::Removed => *mark = Mark::Added,
            (Some(Fence::Replace), Some((_, _, Mark::Added))) => {
                if let Some((mut file, hunk, _)) = open.take() {
                    file.hunks.push(hunk);
                    files.push(file);
                }
            }
            (Some(Fence::Replace), Some(_)) => {
                if let Some((_, hunk, _)) = open.take() {
                    let message =
                        "this block has no `=======` between what it searches and what it puts there";
                    broken.push(Broken {
                        place: hunk.header,
                        message,
                        at_end: false,
                    });
                }
            }
            (_, Some((_, hunk, mark))) => {
                // Some agents say a line number first, and rule it off.
                let hint = hunk.lines.is_empty() && *mark == Mark::Removed;
                if !(hint && (line.starts_with(":start_line:") || line.trim_end() == "-------")) {
                    hunk.lines.push(Line {
                        mark: *mark,
                        text: line,
                        range: range.clone(),
                        marker: None,
                    });
                }
            }
            (_, None) => {}
        }
    }
    if let Some((_, hunk, _)) = open {
        let message = "the patch ends within this block";
        broken.push(Broken {
            place: hunk.header,
            message,
            at_end: true,
        });
    }
    (files, broken)
}

/// The file's name, which stands right before a block or before the fence it is in.
fn name_before<'t>(lines: &[TextLine<'t>], at: usize) -> Option<&'t str> {
    let before = lines.get(..at)?.iter().rev().map(|(_, line)| line.trim());
    let name = before
        .take(3)
        .find(|line| !line.is_empty() && !line.starts_with("```"))?;
    let name = name.trim_matches(['`', '*', '#', ':', ' ']);
    (!name.is_empty() && !name.contains(' ') && name.contains(['.', '/'])).then_some(name)
}

/// Whether `text` has an envelope.
pub(super) fn is_envelope(text: &str) -> bool {
    envelope_at(text).is_some()
}

/// The line of the first envelope.
fn envelope_at(text: &str) -> Option<usize> {
    text.find("*** Begin Patch")?;
    text.lines().position(|line| line.trim_end() == "*** Begin Patch")
}

/// The blocks of `text`, if it has any. What comes first is the format; the other may be part of a file.
pub(super) fn read(text: &str) -> Option<(Vec<FilePatch<'_>>, Vec<Broken>)> {
    match (search_at(text), envelope_at(text)) {
        (None, None) => None,
        (Some(search), envelope) if envelope.is_none_or(|envelope| search < envelope) => {
            Some(read_search(text))
        }
        _ => Some(read_envelope(text)),
    }
}

/// The files of the envelopes in `text`, and those that are broken.
fn read_envelope(text: &str) -> (Vec<FilePatch<'_>>, Vec<Broken>) {
    let (mut files, mut broken) = (Vec::<FilePatch<'_>>::new(), Vec::new());
    let mut open: Option<Range<usize>> = None;
    for (range, line) in text_lines(text) {
        let bare = line.trim_end();
        if bare == "*** Begin Patch" {
            open = Some(range);
        } else if bare == "*** End Patch" {
            open = None;
        } else if open.is_none() || bare == "*** End of File" || bare.starts_with("*** Move to: ") {
            // What stands outside is prose; the others say nothing about the text.
        } else if let Some((kind, path)) = directive(bare) {
            let file = FilePatch {
                format: Format::Envelope,
                kind,
                path,
                head: range.clone(),
                named: true,
                hunks: Vec::new(),
            };
            files.push(file);
            if let Some(file) = files.last_mut().filter(|_| kind == Kind::Create) {
                file.hunks.push(Hunk::new(range));
            }
        } else if let Some(file) = files.last_mut() {
            envelope_line(file, range, line);
        }
    }
    for hunk in files.iter_mut().flat_map(|file| &mut file.hunks) {
        // Empty lines between the parts of an envelope belong to none of them.
        while hunk
            .lines
            .last()
            .is_some_and(|line| line.mark == Mark::Context && line.text.trim().is_empty())
        {
            hunk.lines.pop();
        }
    }
    if let Some(place) = open {
        let message = "the patch ends without `*** End Patch`";
        broken.push(Broken {
            place,
            message,
            at_end: true,
        });
    }
    (files, broken)
}

fn directive(line: &str) -> Option<(Kind, &str)> {
    [
        ("*** Update File: ", Kind::Change),
        ("*** Add File: ", Kind::Create),
        ("*** Delete File: ", Kind::Delete),
    ]
    .iter()
    .find_map(|(word, kind)| Some((*kind, line.strip_prefix(word)?.trim())))
}

fn envelope_line<'t>(file: &mut FilePatch<'t>, range: Range<usize>, line: &'t str) {
    if let Some(anchor) = line.strip_prefix("@@") {
        let anchor = anchor.trim_end();
        let anchor = anchor.strip_prefix(' ').unwrap_or(anchor);
        // Anchors may follow each other: a class, then its method.
        if !file.hunks.last().is_some_and(|hunk| hunk.lines.is_empty()) {
            file.hunks.push(Hunk::new(range));
        }
        if let Some(hunk) = file.hunks.last_mut().filter(|_| !anchor.is_empty()) {
            hunk.anchors.push(anchor);
        }
        return;
    }
    if file.hunks.is_empty() {
        file.hunks.push(Hunk::new(file.head.clone()));
    }
    let Some(hunk) = file.hunks.last_mut() else { return };
    let (mark, skip) = match line.bytes().next() {
        Some(b'+') => (Mark::Added, 1),
        Some(b'-') => (Mark::Removed, 1),
        Some(b' ') => (Mark::Context, 1),
        None | Some(b'\r') => (Mark::Context, 0),
        Some(_) => {
            hunk.unmarked.push(range.clone());
            (Mark::Context, 0)
        }
    };
    hunk.lines.push(Line {
        mark,
        text: line.get(skip..).unwrap_or_default(),
        range: range.start + skip..range.end,
        marker: None,
    });
}
