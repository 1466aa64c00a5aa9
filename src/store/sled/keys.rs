//! Where each record lives in the one tree.
//!
//! A key is one byte for the table, then its parts: text with its length before it, so that no text can
//! pass for another's beginning, and numbers big-endian, so that they sort. Every table begins with the
//! organisation and, where the thing belongs to a project, the project.

use crate::domain::{Digest, LessonId, RouteId, RunId, Scope};
use crate::store::Seq;

/// The tables: the first byte of every key. Never reuse a letter for something else.
pub(super) mod table {
    /// The store itself: format version and id.
    pub(in crate::store::sled) const META: u8 = b'm';
    /// The number of the last batch, see `redo.rs`.
    pub(in crate::store::sled) const REDO: u8 = b'w';
    /// org, project, run: the run's last event and whether it is open.
    pub(in crate::store::sled) const RUN: u8 = b'r';
    /// org, project, time, run: the runs that have not ended.
    pub(in crate::store::sled) const OPEN: u8 = b'o';
    /// org, project, run, number: events.
    pub(in crate::store::sled) const EVENT: u8 = b'j';
    /// org, project, digest: outputs.
    pub(in crate::store::sled) const BLOB: u8 = b'b';
    /// org, project, principal, digest of the key: the run that a key belongs to.
    pub(in crate::store::sled) const IDEMPOTENCY: u8 = b'i';
    /// org, number: the project that wrote this number of the organisation's log of lessons.
    pub(in crate::store::sled) const LOG: u8 = b'l';
    /// org, project, number: revisions of lessons.
    pub(in crate::store::sled) const LESSON: u8 = b'd';
    /// org, project, lesson: its newest revision and where that is.
    pub(in crate::store::sled) const NEWEST: u8 = b'h';
    /// org, project, digest of the embedder's id, lesson: where it lies by its meaning. Derived, so never
    /// exported.
    pub(in crate::store::sled) const EMBEDDING: u8 = b'v';
    /// org, project, route: routing decisions.
    pub(in crate::store::sled) const ROUTE: u8 = b'g';
    /// org, project, number: outcomes.
    pub(in crate::store::sled) const OUTCOME: u8 = b'u';
    /// org, project: where it stands with its money.
    pub(in crate::store::sled) const STANDING: u8 = b'p';
    /// org, project, charge: what was reserved and settled under this name.
    pub(in crate::store::sled) const CHARGE: u8 = b'q';
    /// org, project, digest of server and tool: what the tool is expected to say of itself.
    pub(in crate::store::sled) const PIN: u8 = b't';
    /// org, project, receiver, message: messages on their way to receivers.
    pub(in crate::store::sled) const WAITING: u8 = b'x';
    /// org, project, receiver, message: those that could not be brought.
    pub(in crate::store::sled) const DEAD: u8 = b'y';
    /// org, number: entries on their way into the audit log. In batches and the redo log only, never in the database.
    pub(in crate::store::sled) const LOGGED: u8 = b'e';
    /// Until format 1: org: the number and hash of the last audit entry.
    pub(in crate::store::sled) const AUDIT_HEAD: u8 = b'n';
    /// Until format 1: org, number: audit entries.
    pub(in crate::store::sled) const AUDIT: u8 = b'a';
    /// Another key, part number: the parts of a value that is too long for one record.
    pub(in crate::store::sled) const PART: u8 = b'c';
}

/// A key, or the beginning of one, under construction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(Vec<u8>);

impl Key {
    fn new(table: u8) -> Self {
        let mut key = Vec::with_capacity(96);
        key.push(table);
        Self(key)
    }

    fn of(table: u8, scope: &Scope) -> Self {
        Self::new(table).text(scope.org()).text(scope.project())
    }

    fn text(mut self, text: &str) -> Self {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    fn digest(mut self, digest: &Digest) -> Self {
        self.0.extend_from_slice(digest.as_bytes());
        self
    }

    /// The key of one more number after this beginning: where a log is continued or read from.
    pub(super) fn at(&self, number: u64) -> Self {
        self.clone().number(number)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Everything in a table.
pub(super) fn all(table: u8) -> Key {
    Key::new(table)
}

/// The number of the last batch.
pub(super) fn redo() -> Key {
    Key::new(table::REDO)
}

pub(super) fn meta() -> Key {
    Key::new(table::META).text("store")
}

/// All runs of a project.
pub(super) fn runs(scope: &Scope) -> Key {
    Key::of(table::RUN, scope)
}

pub(super) fn run(scope: &Scope, run: &RunId) -> Key {
    Key::of(table::RUN, scope).text(run.as_str())
}

/// The open runs of a project, oldest first.
pub(super) fn open_runs(scope: &Scope) -> Key {
    Key::of(table::OPEN, scope)
}

/// `opened` in microseconds since 1970.
pub(super) fn open_run(scope: &Scope, opened: i64, run: &RunId) -> Key {
    // Flipping the sign bit makes times before 1970 sort before those after.
    open_runs(scope)
        .number(opened.cast_unsigned() ^ (1 << 63))
        .text(run.as_str())
}

pub(super) fn events(scope: &Scope, run: &RunId) -> Key {
    Key::of(table::EVENT, scope).text(run.as_str())
}

pub(super) fn blob(scope: &Scope, digest: &Digest) -> Key {
    Key::of(table::BLOB, scope).digest(digest)
}

/// All idempotency keys of a project.
pub(super) fn idempotencies(scope: &Scope) -> Key {
    Key::of(table::IDEMPOTENCY, scope)
}

/// `key` is hashed because a caller chooses it.
pub(super) fn idempotency(scope: &Scope, principal: &str, key: &Digest) -> Key {
    Key::of(table::IDEMPOTENCY, scope).text(principal).digest(key)
}

pub(super) fn log(scope: &Scope) -> Key {
    Key::new(table::LOG).text(scope.org())
}

pub(super) fn lessons(scope: &Scope) -> Key {
    Key::of(table::LESSON, scope)
}

pub(super) fn newest(scope: &Scope, id: &LessonId) -> Key {
    Key::of(table::NEWEST, scope).text(id.as_str())
}

/// The vectors of one embedder. Its id is hashed because it holds the name of a model, which somebody chose.
pub(super) fn embeddings(scope: &Scope, embedder: &str) -> Key {
    Key::of(table::EMBEDDING, scope).digest(&Digest::of(embedder.as_bytes()))
}

pub(super) fn pins(scope: &Scope) -> Key {
    Key::of(table::PIN, scope)
}

/// Server and tool are hashed because somebody else chose their names.
pub(super) fn pin(scope: &Scope, server: &str, tool: &str) -> Key {
    let named = Key(Vec::new()).text(server).text(tool);
    pins(scope).digest(&Digest::of(named.as_ref()))
}

pub(super) fn embedding(embeddings: &Key, lesson: &LessonId) -> Key {
    embeddings.clone().text(lesson.as_str())
}

/// The lesson that a vector's key names.
pub(super) fn embedded(key: &[u8]) -> Option<LessonId> {
    let mut parts = Parts::of(key);
    let (Some(_org), Some(_project), Some(_embedder)) = (parts.text(), parts.text(), parts.digest()) else {
        return None;
    };
    parts.text().map(LessonId::new)
}

pub(super) fn routes(scope: &Scope) -> Key {
    Key::of(table::ROUTE, scope)
}

pub(super) fn route(scope: &Scope, id: &RouteId) -> Key {
    routes(scope).text(id.as_str())
}

pub(super) fn outcomes(scope: &Scope) -> Key {
    Key::of(table::OUTCOME, scope)
}

/// The outcomes of all projects of the scope's organisation.
pub(super) fn outcomes_of_org(scope: &Scope) -> Key {
    Key::new(table::OUTCOME).text(scope.org())
}

/// The project that an outcome under `of_org` belongs to, and the beginning of all its outcomes.
pub(super) fn project_of_outcome(of_org: &Key, key: &[u8]) -> Option<(String, Key)> {
    let rest = key.strip_prefix(of_org.as_ref())?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let name = rest.get(..u32::from_be_bytes(*length) as usize)?;
    let name = std::str::from_utf8(name).ok()?.to_owned();
    Some((name.clone(), of_org.clone().text(&name)))
}

/// The first key behind all that begin with `key`, for keys that end in text.
pub(super) fn end_of(key: &Key) -> Vec<u8> {
    let mut end = key.0.clone();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end
}

/// A message in `table`, which is WAITING or DEAD.
pub(super) fn delivery(table: u8, scope: &Scope, receiver: &str, id: &str) -> Key {
    Key::of(table, scope).text(receiver).text(id)
}

/// The messages of a project that could not be brought.
pub(super) fn dead(scope: &Scope) -> Key {
    Key::of(table::DEAD, scope)
}

pub(super) fn standing(scope: &Scope) -> Key {
    Key::of(table::STANDING, scope)
}

pub(super) fn charge(scope: &Scope, id: &str) -> Key {
    Key::of(table::CHARGE, scope).text(id)
}

pub(super) fn logged(org: &str) -> Key {
    Key::new(table::LOGGED).text(org)
}

pub(super) fn part(key: &[u8], number: u32) -> Key {
    let mut part = Key::new(table::PART);
    part.0.extend_from_slice(key);
    part.0.extend_from_slice(&number.to_be_bytes());
    part
}

/// The number at the end of a key.
pub(super) fn last_number(key: &[u8]) -> Option<Seq> {
    key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

/// Takes a key apart, in the order in which it was put together.
#[derive(Debug)]
pub(super) struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    /// The parts after the table's byte.
    pub(super) fn of(key: &'a [u8]) -> Self {
        Self(key.get(1..).unwrap_or_default())
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let (length, rest) = self.0.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (text, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }

    pub(super) fn digest(&mut self) -> Option<Digest> {
        let (digest, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(Digest::from_bytes(*digest))
    }
}

/// A key in words, for reports.
pub(super) fn describe(key: &[u8]) -> String {
    let words: Vec<String> = key
        .escape_ascii()
        .to_string()
        .split("\\x00")
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(org: &str, project: &str) -> Scope {
        Scope::new(org, project, "ada").unwrap()
    }

    proptest! {
        #[test]
        fn no_project_reads_into_another(
            org in "[a-c]{1,3}", project in "[a-c]{1,3}", run in "[a-c\\x00-\\x04]{0,3}",
            other_org in "[a-c]{1,3}", other_project in "[a-c]{1,3}", other_run in "[a-c\\x00-\\x04]{0,3}",
        ) {
            let (mine, run) = (scope(&org, &project), RunId::new(run));
            let (theirs, other) = (scope(&other_org, &other_project), RunId::new(other_run));
            let same = mine == theirs && run == other;
            let key = events(&theirs, &other).at(7).into_bytes();
            prop_assert_eq!(key.starts_with(events(&mine, &run).as_ref()), same);
            let key = open_run(&theirs, 7, &other).into_bytes();
            prop_assert_eq!(key.starts_with(open_runs(&mine).as_ref()), mine == theirs);
        }

        #[test]
        fn keys_come_apart_as_they_were_put_together(project in "\\PC{1,20}", id in ".{0,20}", seq: u64) {
            let scope = scope("local", &project);
            let key = events(&scope, &RunId::new(id.clone())).at(seq).into_bytes();
            let mut parts = Parts::of(&key);
            prop_assert_eq!(parts.text(), Some("local"));
            prop_assert_eq!(parts.text(), Some(project.as_str()));
            prop_assert_eq!(parts.text(), Some(id.as_str()));
            prop_assert_eq!(parts.number(), Some(seq));
            prop_assert_eq!(parts.number(), None);
            prop_assert_eq!(last_number(&key), Some(seq));
        }

        #[test]
        fn open_runs_sort_by_time(a: i64, b: i64) {
            let scope = scope("o", "p");
            let key = |time| open_run(&scope, time, &RunId::new("r"));
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }

        #[test]
        fn any_bytes_can_be_taken_apart(bytes: Vec<u8>) {
            let mut parts = Parts::of(&bytes);
            let _parts = (parts.text(), parts.number(), parts.digest(), last_number(&bytes), describe(&bytes));
        }
    }
}
