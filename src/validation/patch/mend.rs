//! The file as the patch makes it, and the patch as it should have been.

use std::collections::HashMap;
use std::ops::Range;

use super::hunk::{FilePatch, Format, Hunk, Mark};
use super::locate::{Located, Placement};
use super::target::Target;

/// A piece of the code of a block that should read otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Edit {
    pub(super) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
        }
    }
}

/// `text` with `edits`, which touch each other nowhere.
pub(super) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut mended = String::with_capacity(text.len());
    let mut from = 0;
    for edit in sorted {
        mended.push_str(text.get(from..edit.range.start).unwrap_or_default());
        mended.push_str(&edit.text);
        from = edit.range.end.max(from);
    }
    mended.push_str(text.get(from..).unwrap_or_default());
    mended
}

/// The text of a file that `file` creates.
pub(super) fn created(file: &FilePatch<'_>) -> String {
    let mut text = String::new();
    for line in file.hunks.iter().flat_map(|hunk| &hunk.lines) {
        text.push_str(line.text);
        if !line.is_unended() {
            text.push('\n');
        }
    }
    text
}

/// The file with every hunk at its place.
pub(super) fn applied(file: &FilePatch<'_>, located: &[Located], target: &Target<'_>) -> String {
    let mut hunks: Vec<(&Hunk<'_>, &Placement)> = file
        .hunks
        .iter()
        .zip(located)
        .filter_map(|(hunk, located)| match located {
            Located::At(placement) => Some((hunk, placement)),
            _ => None,
        })
        .collect();
    hunks.sort_by_key(|(_, placement)| placement.at);
    let crlf = is_crlf(target);
    let mut lines: Vec<&str> = Vec::new();
    let mut owned: Vec<(usize, String)> = Vec::new();
    let (mut from, mut ended) = (0, target.ended);
    for (hunk, placement) in hunks {
        lines.extend(target.lines.get(from..placement.at).unwrap_or_default());
        let mut at = placement.at;
        let replacements = replacements(hunk, placement, target);
        for (i, line) in hunk.lines.iter().enumerate() {
            match line.mark {
                Mark::Context => {
                    lines.push(target.lines.get(at).copied().unwrap_or(line.text));
                    at += 1;
                }
                Mark::Removed => at += 1,
                Mark::Added => {
                    let mended = replacements.as_ref().and_then(|all| all.get(&i)).cloned();
                    let bare = file.format != Format::Unified && crlf && !line.text.ends_with('\r');
                    match mended.or_else(|| bare.then(|| format!("{}\r", line.text))) {
                        Some(text) => {
                            owned.push((lines.len(), text));
                            lines.push("");
                        }
                        None => lines.push(line.text),
                    }
                }
            }
        }
        from = at;
        if at >= target.lines.len() && file.format == Format::Unified {
            let last = hunk.new_side().last().copied();
            ended = match last {
                Some(line) if line.mark == Mark::Added => !line.is_unended(),
                _ => ended,
            };
        }
    }
    lines.extend(target.lines.get(from..).unwrap_or_default());
    for (at, text) in &owned {
        if let Some(line) = lines.get_mut(*at) {
            *line = text;
        }
    }
    let mut text = lines.join("\n");
    // An empty file had no last line that could lack its end.
    if !lines.is_empty() && (ended || target.lines.is_empty() && file.format != Format::Unified) {
        text.push('\n');
    }
    text
}

fn is_crlf(target: &Target<'_>) -> bool {
    target.lines.first().is_some_and(|line| line.ends_with('\r'))
}

/// The edits that give every line of `hunk` the blanks and the line end that the file has; `None` if what is added
/// could be indented in more than one way.
pub(super) fn lines(hunk: &Hunk<'_>, placement: &Placement, target: &Target<'_>) -> Option<Vec<Edit>> {
    let replacements = replacements(hunk, placement, target)?;
    let mut edits: Vec<Edit> = replacements
        .into_iter()
        .filter_map(|(i, text)| {
            let line = hunk.lines.get(i)?;
            (line.text != text).then(|| Edit::new(line.range.clone(), text))
        })
        .collect();
    let old = hunk.old();
    if let Some(last) = old
        .last()
        .filter(|_| placement.at + old.len() == target.lines.len())
    {
        match &last.marker {
            None if !target.ended => {
                edits.push(Edit::new(
                    last.range.end..last.range.end,
                    "\n\\ No newline at end of file",
                ));
            }
            // The line feed before it goes with it.
            Some(marker) if target.ended => edits.push(Edit::new(marker.start - 1..marker.end, "")),
            _ => {}
        }
    }
    Some(edits)
}

/// How the lines of `hunk`, by their number, should read.
fn replacements(
    hunk: &Hunk<'_>,
    placement: &Placement,
    target: &Target<'_>,
) -> Option<HashMap<usize, String>> {
    let crlf = is_crlf(target);
    let mut all = HashMap::new();
    let mut indents = Indents::default();
    let there = hunk
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.mark != Mark::Added);
    for ((i, line), at) in there.zip(placement.at..) {
        let there = target.lines.get(at)?;
        indents.learn(line.text, there);
        all.insert(i, (*there).to_owned());
    }
    for (i, line) in hunk
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.mark == Mark::Added)
    {
        let bare = line.text.trim_end_matches('\r');
        let mut text = indents.translated(bare)?;
        if crlf {
            text.push('\r');
        }
        all.insert(i, text);
    }
    Some(all)
}

/// How the indentation of a patch becomes that of the file.
#[derive(Debug, Default)]
struct Indents {
    known: HashMap<String, String>,
    /// Lines that do not agree with each other.
    contradictory: bool,
}

impl Indents {
    fn learn(&mut self, patch: &str, file: &str) {
        if patch.trim().is_empty() {
            return;
        }
        let (patch, file) = (indentation(patch), indentation(file));
        let known = self
            .known
            .entry(patch.to_owned())
            .or_insert_with(|| file.to_owned());
        self.contradictory |= known != file;
    }

    fn translated(&self, line: &str) -> Option<String> {
        let indent = indentation(line);
        let rest = line.get(indent.len()..)?;
        if rest.is_empty() || !self.contradictory && self.known.iter().all(|(patch, file)| patch == file) {
            return Some(line.to_owned());
        }
        if self.contradictory {
            return None;
        }
        let known = self.known.get(indent).cloned();
        known.or_else(|| self.by_unit(indent)).map(|indent| indent + rest)
    }

    /// The same number of steps, where all of the known ones agree on what a step is.
    fn by_unit(&self, indent: &str) -> Option<String> {
        let differing: Vec<_> = self.known.iter().filter(|(patch, _)| !patch.is_empty()).collect();
        let units: Vec<(String, String)> = differing
            .iter()
            .filter_map(|(patch, file)| {
                let steps = file.len().min(patch.len());
                let whole = steps > 0 && file.len() % steps == 0 && patch.len() % steps == 0;
                let uniform = |text: &str| text.bytes().all(|b| Some(b) == text.bytes().next());
                (whole && uniform(file) && uniform(patch)).then(|| {
                    let unit = |text: &str| text.get(..text.len() / steps).unwrap_or_default().to_owned();
                    (unit(patch), unit(file))
                })
            })
            .collect();
        let (patch, file) = units.first().filter(|_| units.len() == differing.len())?;
        let agreed = units.iter().all(|unit| unit == &(patch.clone(), file.clone()));
        let steps = indent.len() / patch.len().max(1);
        let rest = indent.get(steps * patch.len()..)?;
        (agreed && indent.starts_with(&patch.repeat(steps))).then(|| file.repeat(steps) + rest)
    }
}

fn indentation(line: &str) -> &str {
    let bare = line.trim_start_matches([' ', '\t']);
    line.get(..line.len() - bare.len()).unwrap_or_default()
}
