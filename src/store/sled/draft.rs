//! What a batch of requests is about to write, readable before it is written.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keys::{Parts, table};
use super::{audit, codec, failed, keys, lock};
use crate::audit::logs::Logs;
use crate::domain::Digest;
use crate::store::{Error, Result, Seq};

/// Records as they are, or as they will be.
pub(super) trait View {
    /// The sealed record at `key`.
    fn record(&self, key: &[u8]) -> Result<Option<sled::IVec>>;
}

impl View for sled::Tree {
    fn record(&self, key: &[u8]) -> Result<Option<sled::IVec>> {
        self.get(key).map_err(failed("read"))
    }
}

/// The payload at `key`, put together from its parts where it was cut.
pub(super) fn read_bytes(view: &impl View, key: &[u8]) -> Result<Option<Vec<u8>>> {
    view.record(key)?
        .map(|record| open(view, key, &record))
        .transpose()
}

/// The value at `key`.
pub(super) fn read<T: DeserializeOwned>(view: &impl View, key: &keys::Key) -> Result<Option<T>> {
    let key = key.as_ref();
    view.record(key)?
        .map(|record| decode(view, key, &record))
        .transpose()
}

/// The value of a record that was found at `key`.
pub(super) fn decode<T: DeserializeOwned>(view: &impl View, key: &[u8], record: &[u8]) -> Result<T> {
    let damaged = |error: serde_json::Error| damaged(key, error.to_string());
    // Nearly every record is whole: those are not copied.
    match codec::open(record) {
        Ok((codec::WHOLE, payload)) => serde_json::from_slice(payload).map_err(damaged),
        _ => serde_json::from_slice(&open(view, key, record)?).map_err(damaged),
    }
}

/// The payload of a record that was found at `key`.
pub(super) fn open(view: &impl View, key: &[u8], record: &[u8]) -> Result<Vec<u8>> {
    match codec::open(record).map_err(|detail| damaged(key, detail))? {
        (codec::WHOLE, payload) => Ok(payload.to_vec()),
        (codec::IN_PARTS, payload) => {
            let count = payload
                .try_into()
                .map_err(|_| damaged(key, "no number of parts"))?;
            let mut whole = Vec::new();
            for number in 0..u32::from_be_bytes(count) {
                let part = view.record(keys::part(key, number).as_ref())?;
                let part = part.ok_or_else(|| damaged(key, "a part is missing"))?;
                let (_, payload) = codec::open(&part).map_err(|detail| damaged(key, detail))?;
                whole.extend_from_slice(payload);
            }
            Ok(whole)
        }
        (schema, _) => Err(damaged(key, format!("it has the unknown schema {schema}"))),
    }
}

pub(super) fn damaged(key: &[u8], detail: impl Into<String>) -> Error {
    Error::Damaged {
        record: keys::describe(key),
        detail: detail.into(),
    }
}

/// The writes of a batch. A request sees what earlier requests of its batch will write, and its own
/// writes count only once it is accepted.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    tree: &'a sled::Tree,
    logs: Option<&'a Mutex<Logs>>,
    /// Documents that the batch will write.
    facts: HashSet<Digest>,
    accepted: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    request: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(tree: &'a sled::Tree, logs: Option<&'a Mutex<Logs>>) -> Self {
        Self {
            tree,
            logs,
            facts: HashSet::new(),
            accepted: BTreeMap::new(),
            request: BTreeMap::new(),
        }
    }

    /// Puts a value at `key`.
    pub(super) fn write(&mut self, key: keys::Key, value: &impl Serialize) -> Result<()> {
        let payload = serde_json::to_vec(value).map_err(Error::encode)?;
        if codec::depth(&payload) > codec::DEEPEST {
            return Err(Error::TooDeep {
                limit: codec::DEEPEST,
            });
        }
        self.write_bytes(key, &payload);
        Ok(())
    }

    /// Puts a payload at `key`, in parts where it is too long for one record.
    pub(super) fn write_bytes(&mut self, key: keys::Key, payload: &[u8]) {
        let key = key.into_bytes();
        if payload.len() <= codec::LONGEST {
            self.request.insert(key, Some(codec::seal(codec::WHOLE, payload)));
            return;
        }
        let mut count = 0_u32;
        for part in payload.chunks(codec::LONGEST) {
            let part_key = keys::part(&key, count).into_bytes();
            self.request
                .insert(part_key, Some(codec::seal(codec::WHOLE, part)));
            count += 1;
        }
        let record = codec::seal(codec::IN_PARTS, &count.to_be_bytes());
        self.request.insert(key, Some(record));
    }

    /// Puts bytes at `key` as they are.
    pub(super) fn put(&mut self, key: keys::Key, bytes: Vec<u8>) {
        self.request.insert(key.into_bytes(), Some(bytes));
    }

    pub(super) fn remove(&mut self, key: keys::Key) {
        self.request.insert(key.into_bytes(), None);
    }

    /// Removes the value at `key`, and its parts where it was cut.
    pub(super) fn remove_all_of(&mut self, key: &[u8]) -> Result<()> {
        let mut part = 0;
        while self
            .tree
            .contains_key(keys::part(key, part))
            .map_err(failed("read"))?
        {
            self.remove(keys::part(key, part));
            part += 1;
        }
        self.request.insert(key.to_vec(), None);
        Ok(())
    }

    /// What is stored, without what the batch will write.
    pub(super) fn tree(&self) -> &'a sled::Tree {
        self.tree
    }

    pub(super) fn logs(&self) -> Result<&'a Mutex<Logs>> {
        self.logs.ok_or_else(audit::no_log)
    }

    /// Remembers that the batch will write a document; `false` when that is known.
    pub(super) fn note_facts(&mut self, digest: &Digest) -> bool {
        self.facts.insert(*digest)
    }

    /// The number of the last record whose key is `prefix` and a number; 0 when there is none.
    pub(super) fn last(&self, prefix: &keys::Key) -> Result<Seq> {
        let stored = self.tree.scan_prefix(prefix).keys().next_back();
        let stored = stored.transpose().map_err(failed("read"))?;
        let stored = stored.as_deref().and_then(keys::last_number);
        Ok(stored.max(self.last_pending(prefix)).unwrap_or(0))
    }

    /// The same among the records that the batch will write.
    pub(super) fn last_pending(&self, prefix: &keys::Key) -> Option<Seq> {
        let last = [&self.accepted, &self.request].map(|writes| {
            let (last, _) = writes.range(..=prefix.at(Seq::MAX).into_bytes()).next_back()?;
            keys::last_number(last).filter(|_| last.starts_with(prefix.as_ref()))
        });
        last.into_iter().flatten().max()
    }

    /// The keys under `prefix` that the batch will write.
    pub(super) fn pending(&self, prefix: &keys::Key) -> impl Iterator<Item = &[u8]> {
        let writes = [&self.accepted, &self.request];
        let from = prefix.as_ref().to_vec();
        writes.into_iter().flat_map(move |writes| {
            let prefix = from.clone();
            let behind = writes.range(from.clone()..);
            behind
                .take_while(move |(key, _)| key.starts_with(&prefix))
                .filter(|(_, record)| record.is_some())
                .map(|(key, _)| key.as_slice())
        })
    }

    /// Keeps what the request wrote.
    pub(super) fn accept(&mut self) {
        self.accepted.append(&mut self.request);
    }

    /// Forgets what the request wrote, and gives back the answer that explains it.
    pub(super) fn refuse<T>(&mut self, answer: T) -> T {
        self.request.clear();
        // A document is written twice rather than not at all.
        self.facts.clear();
        answer
    }

    /// Everything that was accepted; `None` when that is nothing.
    pub(super) fn into_writes(self) -> Option<Writes> {
        (!self.accepted.is_empty()).then_some(Writes(self.accepted))
    }
}

/// What a batch does to each of its keys: a new record, or none.
#[derive(Debug, Default)]
pub(super) struct Writes(BTreeMap<Vec<u8>, Option<Vec<u8>>>);

impl Writes {
    #[cfg(test)]
    pub(super) fn put(&mut self, key: Vec<u8>, record: Option<Vec<u8>>) {
        self.0.insert(key, record);
    }

    /// Gives the entries among them to the audit log, which writes them; the rest is for the database.
    pub(super) fn log(mut self, logs: Option<&Mutex<Logs>>) -> Result<Self> {
        let rest = self.without_logged();
        if self.0.is_empty() {
            return Ok(rest);
        }
        let mut logs = lock(logs.ok_or_else(audit::no_log)?);
        for (key, pieces) in &self.0 {
            let mut parts = Parts::of(key);
            if let (Some(org), Some(seq), Some(pieces)) = (parts.text(), parts.number(), pieces) {
                logs.append(org, seq, pieces)?;
            }
        }
        logs.write()?;
        Ok(rest)
    }

    /// Takes out what is for the database.
    pub(super) fn without_logged(&mut self) -> Self {
        let mut rest = self.0.split_off([table::LOGGED].as_slice());
        let mut behind = rest.split_off([table::LOGGED + 1].as_slice());
        std::mem::swap(&mut self.0, &mut rest);
        rest.append(&mut behind);
        Self(rest)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_batch(self) -> sled::Batch {
        let mut batch = sled::Batch::default();
        for (key, record) in self.0 {
            match record {
                Some(record) => batch.insert(key, record),
                None => batch.remove(key),
            }
        }
        batch
    }

    /// Does them one by one, in the order of their keys: the parts of a value before the value, the events of
    /// a run before the head that counts them, so that a reader in between sees nothing that is not whole.
    pub(super) fn apply(self, db: &sled::Db) -> sled::Result<()> {
        for (key, record) in self.0 {
            match record {
                Some(record) => drop(db.insert(key, record)?),
                None => drop(db.remove(key)?),
            }
        }
        Ok(())
    }

    /// Adds them to `bytes`, in the form that `redo.rs` describes.
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        let text = |bytes: &mut Vec<u8>, text: &[u8]| {
            bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(text);
        };
        for (key, record) in &self.0 {
            text(bytes, key);
            bytes.push(u8::from(record.is_some()));
            if let Some(record) = record {
                text(bytes, record);
            }
        }
    }

    /// What [`Writes::encode`] made; `None` for anything else.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        fn text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
            let (length, rest) = bytes.split_first_chunk()?;
            let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            *bytes = rest;
            Some(text)
        }
        let mut writes = BTreeMap::new();
        while !bytes.is_empty() {
            let key = text(&mut bytes)?.to_vec();
            let (kind, rest) = bytes.split_first()?;
            bytes = rest;
            let record = match kind {
                0 => None,
                1 => Some(text(&mut bytes)?.to_vec()),
                _ => return None,
            };
            writes.insert(key, record);
        }
        Some(Self(writes))
    }
}

impl View for Draft<'_> {
    fn record(&self, key: &[u8]) -> Result<Option<sled::IVec>> {
        match self.request.get(key).or_else(|| self.accepted.get(key)) {
            Some(pending) => Ok(pending.as_deref().map(sled::IVec::from)),
            None => self.tree.record(key),
        }
    }
}
