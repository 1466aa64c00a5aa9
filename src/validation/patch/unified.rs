//! Unified diffs, plain or git's, of one file or many, read leniently: what is wrong with them is for others to say.

use std::ops::Range;

use super::hunk::{FilePatch, Format, Hunk, Kind, Line, Mark, Numbers, TextLine, text_lines};

/// Whether `text` begins a unified diff at one of its first lines.
pub(super) fn is_unified(text: &str) -> bool {
    let mut before = "";
    for line in text.lines().filter(|line| !line.trim().is_empty()).take(40) {
        let header = line.starts_with("@@ -") && line.get(4..).is_some_and(|rest| rest.contains("@@"));
        let files = before.starts_with("--- ") && line.starts_with("+++ ");
        if header || files || line.starts_with("diff --git ") || line.starts_with("diff --combined ") {
            return true;
        }
        before = line;
    }
    false
}

/// Every file that `text` changes, in order.
pub(super) fn read(text: &str) -> Vec<FilePatch<'_>> {
    let mut reader = Reader {
        lines: text_lines(text),
        at: 0,
        files: Vec::new(),
    };
    reader.read();
    reader.files
}

struct Reader<'t> {
    lines: Vec<TextLine<'t>>,
    at: usize,
    files: Vec<FilePatch<'t>>,
}

impl<'t> Reader<'t> {
    fn line(&self, at: usize) -> Option<&'t str> {
        self.lines.get(at).map(|(_, line)| line.trim_end_matches('\r'))
    }

    fn range(&self, at: usize) -> Range<usize> {
        self.lines.get(at).map_or(0..0, |(range, _)| range.clone())
    }

    fn read(&mut self) {
        while let Some(line) = self.line(self.at) {
            if let Some(names) = line.strip_prefix("diff --git ") {
                let name = names.rsplit_once(" b/").map_or(names, |(_, name)| name);
                self.file(Kind::Keep, name);
            } else if line.starts_with("diff --combined ") || line.starts_with("diff --cc ") {
                self.file(Kind::Combined, line.rsplit(' ').next().unwrap_or_default());
            } else if self.is_file_header(self.at) {
                self.names();
                continue;
            } else if line.starts_with("@@") && !line.starts_with("@@@") || self.is_half_header(line) {
                self.hunk();
                continue;
            } else if (line.starts_with("Binary files ") && line.ends_with(" differ"))
                || line == "GIT binary patch"
            {
                match self.files.last_mut().filter(|file| file.hunks.is_empty()) {
                    Some(file) => file.kind = Kind::Binary,
                    None => self.file(Kind::Binary, ""),
                }
            } else if let Some(file) = self.files.last_mut().filter(|file| file.hunks.is_empty()) {
                if line.starts_with("new file mode ") {
                    file.kind = Kind::Create;
                } else if line.starts_with("deleted file mode ") {
                    file.kind = Kind::Delete;
                }
            }
            self.at += 1;
        }
    }

    fn file(&mut self, kind: Kind, path: &'t str) {
        self.files.push(FilePatch {
            format: Format::Unified,
            kind,
            path,
            head: self.range(self.at),
            named: false,
            hunks: Vec::new(),
        });
    }

    fn is_file_header(&self, at: usize) -> bool {
        let begins = |at, with| self.line(at).is_some_and(|line| line.starts_with(with));
        begins(at, "--- ") && begins(at + 1, "+++ ")
    }

    /// Whether the text was cut off right behind the first letter of a header.
    fn is_half_header(&self, line: &str) -> bool {
        line == "@" && self.at + 1 == self.lines.len() && !self.files.is_empty()
    }

    /// Takes `--- old` and `+++ new`.
    fn names(&mut self) {
        let old = name(self.line(self.at).unwrap_or_default());
        let new = name(self.line(self.at + 1).unwrap_or_default());
        let path = if new == "/dev/null" { old } else { new };
        if !self
            .files
            .last()
            .is_some_and(|file| file.hunks.is_empty() && !file.named)
        {
            self.file(Kind::Change, path);
        }
        if let Some(file) = self.files.last_mut() {
            file.named = true;
            file.path = path;
            file.kind = match (old, new, file.kind) {
                (_, _, Kind::Binary | Kind::Combined) => file.kind,
                ("/dev/null", ..) => Kind::Create,
                (_, "/dev/null", _) => Kind::Delete,
                _ => Kind::Change,
            };
        }
        self.at += 2;
    }

    fn hunk(&mut self) {
        let header = self.line(self.at).unwrap_or_default();
        let mut hunk = Hunk::new(self.range(self.at));
        (hunk.numbers, hunk.section) = numbers(header);
        if self.files.is_empty() {
            self.file(Kind::Change, "");
        }
        self.at += 1;
        let counted = hunk.numbers.and_then(|numbers| self.counted(numbers));
        let until = counted.unwrap_or_else(|| self.end_of_body());
        self.take(&mut hunk, until);
        if let Some(file) = self.files.last_mut() {
            if file.kind == Kind::Keep {
                file.kind = Kind::Change;
            }
            file.hunks.push(hunk);
        }
    }

    /// Where the body ends by its header's numbers, if it does end there.
    fn counted(&self, numbers: Numbers) -> Option<usize> {
        let (mut old, mut new) = (numbers.old.1, numbers.new.1);
        let mut at = self.at;
        while old > 0 || new > 0 {
            let line = self.line(at)?;
            match line.bytes().next() {
                None | Some(b' ') => {
                    old = old.checked_sub(1)?;
                    new = new.checked_sub(1)?;
                }
                Some(b'-') => old = old.checked_sub(1)?,
                Some(b'+') => new = new.checked_sub(1)?,
                Some(b'\\') => {}
                Some(_) => return None,
            }
            at += 1;
        }
        if self.line(at).is_some_and(|line| line.starts_with('\\')) {
            at += 1;
        }
        let goes_on = self
            .line(at)
            .is_some_and(|line| line.starts_with([' ', '+', '-']));
        (!goes_on || self.is_file_header(at) || self.is_signature(at)).then_some(at)
    }

    /// Where the body ends by what stands behind it.
    fn end_of_body(&self) -> usize {
        let mut end = self.at;
        for at in self.at.. {
            let Some(line) = self.line(at) else { break };
            if line.starts_with("@@")
                || line.starts_with("diff --git ")
                || line.starts_with("*** ")
                || self.is_file_header(at)
                || self.is_signature(at)
            {
                break;
            }
            if line.starts_with([' ', '+', '-', '\\']) {
                end = at + 1;
            }
        }
        end
    }

    /// Whether the mail that git made of a commit ends here.
    fn is_signature(&self, at: usize) -> bool {
        let version = |line: &str| line.starts_with(|c: char| c.is_ascii_digit());
        matches!(self.line(at), Some("-- " | "--"))
            && self.line(at + 1).is_none_or(version)
            && self
                .line(at + 2)
                .is_none_or(|line| line.is_empty() || line.starts_with("From "))
    }

    fn take(&mut self, hunk: &mut Hunk<'t>, until: usize) {
        for (range, line) in self.lines.get(self.at..until).unwrap_or_default() {
            let (mark, skip) = match line.bytes().next() {
                Some(b' ') => (Mark::Context, 1),
                Some(b'-') => (Mark::Removed, 1),
                Some(b'+') => (Mark::Added, 1),
                Some(b'\\') => {
                    if let Some(last) = hunk.lines.last_mut() {
                        last.marker = Some(range.clone());
                    }
                    continue;
                }
                // Editors and models take the blank of an empty line of context away.
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
        self.at = until;
    }
}

/// The name in `--- a/name` and `+++ b/name`, without what `diff` writes behind a tab.
fn name(line: &str) -> &str {
    let name = line.get(4..).unwrap_or_default();
    let name = name.split('\t').next().unwrap_or_default().trim();
    name.strip_prefix("a/")
        .or_else(|| name.strip_prefix("b/"))
        .unwrap_or(name)
}

/// The numbers of a hunk's header, and what stands behind them.
fn numbers(header: &str) -> (Option<Numbers>, &str) {
    let inner = header.trim_start_matches('@');
    let (ranges, section) = inner.split_once("@@").unwrap_or((inner, ""));
    let mut words = ranges.split_ascii_whitespace();
    let old = words.next().and_then(|word| side(word, '-'));
    let new = words.next().and_then(|word| side(word, '+'));
    let numbers = old.zip(new).map(|(old, new)| Numbers { old, new });
    (numbers.filter(|_| words.next().is_none()), section)
}

fn side(word: &str, sign: char) -> Option<(usize, usize)> {
    let word = word.strip_prefix(sign)?;
    let (start, count) = word.split_once(',').unwrap_or((word, "1"));
    Some((start.parse().ok()?, count.parse().ok()?))
}
