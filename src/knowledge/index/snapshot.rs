//! An index as bytes, so that a process that starts need not read all lessons.
//!
//! `FMIX`, the format's number, the id of the vectors' table, then the parts one behind the other, and the
//! CRC-32 of all of it. Postings are not kept: they follow from the words of the texts. A snapshot is only
//! a copy: one that is damaged, of another format or of another table is thrown away, and the index is
//! built from the store.

use std::collections::BTreeMap;

use super::super::entries::Entries;
use super::super::graph::Graph;
use super::super::lexical::Slot;
use super::super::places::{Places, Rarity};
use super::super::spelling::Spelling;
use super::super::texts::Texts;
use super::super::vector::{PieceId, table_id};
use super::super::vocabulary::Vocabulary;
use super::Index;
use super::recode::Recoding;

mod bytes;

use bytes::{Reader, Writer, halves, whole};

const MAGIC: &[u8; 4] = b"FMIX";
const FORMAT: u32 = 2;

/// Bytes that are no snapshot of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no index, are damaged, or were written by another version")]
pub(in super::super) struct Damaged;

impl Index {
    /// The index as bytes.
    pub(in super::super) fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.0.extend_from_slice(MAGIC);
        to.0.extend(FORMAT.to_le_bytes());
        to.u64(table_id());
        to.u64(self.last);
        to.u64(self.mark);
        let (words, stems, about, pieces) = self.vocabulary.parts();
        to.texts(words);
        to.texts(stems);
        to.rows(about);
        to.rows(pieces.iter().map(|piece| [piece.number() as u32]));
        let (words, counts, texts, wholes) = self.texts.parts();
        to.rows(words.iter().map(|word| [*word]));
        to.bytes(counts);
        to.rows(texts);
        to.rows(wholes.iter().map(|text| [*text]));
        let (live, length, grams) = self.spelling.parts();
        to.u64(u64::from(live));
        to.u64(length);
        to.rows(grams);
        to.u64(u64::from(self.rarity.live()));
        to.rows(self.rarity.parts());
        to.u64(u64::from(self.recoding.placed_at()));
        to.u64(self.places.bytes() as u64);
        for block in self.places.blocks() {
            to.0.extend(block.iter().map(|value| value.cast_unsigned()));
        }
        let (ids, entries, lessons, digests) = self.entries.parts();
        to.texts(ids);
        to.rows(entries);
        to.rows(lessons.iter().map(|lesson| [*lesson]));
        to.rows(keyed(digests));
        let (entities, about) = self.graph.parts();
        to.texts(entities);
        to.rows(about.flat_map(|(lesson, things)| things.iter().map(move |thing| [lesson, *thing])));
        for pairs in self.graph.ties() {
            to.rows(pairs);
        }
        to.rows(self.timed.iter().map(|lesson| [*lesson]));
        to.rows(keyed(self.essences.iter()));
        to.rows(keyed(self.shapes.iter()));
        to.u64(self.run_ends.len() as u64);
        for (run, lesson) in &self.run_ends {
            to.bytes(run.as_bytes());
            to.u64(u64::from(*lesson));
        }
        let crc = crc32fast::hash(&to.0);
        to.0.extend(crc.to_le_bytes());
        to.0
    }

    /// The index that [`Index::to_bytes`] gave.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub(in super::super) fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let (body, crc) = bytes.split_last_chunk().ok_or(Damaged)?;
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return Err(Damaged);
        }
        let mut from = Reader(body.strip_prefix(MAGIC).ok_or(Damaged)?);
        let (format, rest) = from.0.split_first_chunk().ok_or(Damaged)?;
        from.0 = rest;
        if u32::from_le_bytes(*format) != FORMAT {
            return Err(Damaged);
        }
        read(&mut from).ok_or(Damaged)
    }
}

fn read(from: &mut Reader<'_>) -> Option<Index> {
    if from.u64()? != table_id() {
        return None;
    }
    let (last, mark) = (from.u64()?, from.u64()?);
    let (words, stems) = (from.texts()?, from.texts()?);
    let about = from.rows()?;
    let pieces = from.rows()?.map(|[piece]| PieceId::from_number(piece as usize));
    let vocabulary = Vocabulary::from_parts(words, stems, about, pieces.collect::<Option<_>>()?)?;
    let words = from.column()?;
    let counts = from.bytes()?.to_vec();
    let texts = from.rows()?;
    let texts = Texts::from_parts(words, counts, texts, from.column()?, vocabulary.n_words())?;
    let (live, length) = (from.u32()?, from.u64()?);
    let spelling = Spelling::from_parts(live, length, from.rows()?);
    let live = from.u32()?;
    let rarity = Rarity::from_parts(live, from.rows()?);
    let recoding = Recoding::done(from.u32()?);
    let places = Places::from_bytes(from.bytes()?)?;
    let ids = from.texts()?;
    let entries = from.rows()?;
    let lessons = from.column()?;
    let entries = Entries::from_parts(ids, entries, lessons, pairs(from.rows()?))?;
    let entities = from.texts()?;
    let mut about: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for [lesson, thing] in from.rows()? {
        about.entry(lesson).or_default().push(thing);
    }
    let about = about
        .into_iter()
        .map(|(lesson, things)| (lesson, things.into_boxed_slice()));
    let graph = Graph::from_parts(entities, about, from.rows()?, from.rows()?);
    let mut index = Index {
        last,
        mark,
        vocabulary,
        texts,
        spelling,
        rarity,
        places,
        entries,
        graph,
        recoding,
        timed: from.column()?,
        essences: pairs(from.rows()?).collect(),
        shapes: pairs(from.rows()?).collect(),
        ..Index::default()
    };
    for _ in 0..from.u64()? {
        let run = String::from_utf8(from.bytes()?.to_vec()).ok()?;
        index.run_ends.insert(run, from.u32()?);
    }
    let fits = from.0.is_empty()
        && index.places.len() == index.texts.len()
        && index.entries.n_slots() == index.texts.n_slots();
    if !fits {
        return None;
    }
    index.index_words();
    Some(index)
}

impl Index {
    /// Makes the postings, and who is in force, from the texts and entries.
    fn index_words(&mut self) {
        let live = (0..self.entries.n_slots() as Slot).filter(|slot| self.entries.at(*slot).is_some());
        let mut texts = vec![0; self.vocabulary.n_stems()];
        for (word, _) in live
            .filter_map(|slot| self.texts.whole(slot))
            .flat_map(|text| self.texts.words(text))
        {
            let stem = self.vocabulary.stem(word);
            if let Some(texts) = stem.and_then(|stem| texts.get_mut(stem as usize)) {
                *texts += 1;
            }
        }
        self.lexical.reserve(&self.vocabulary, &texts);
        for slot in 0..self.entries.n_slots() as Slot {
            let active = match (self.entries.at(slot), self.texts.whole(slot)) {
                (Some((_, entry)), Some(whole)) => {
                    let stems = self.stems(whole);
                    self.lexical.push(&self.vocabulary, &stems);
                    entry.is_active()
                }
                _ => {
                    self.lexical.push_removed();
                    false
                }
            };
            self.active.push(active);
            self.n_active += usize::from(active);
        }
    }
}

fn keyed<'a>(map: impl Iterator<Item = (&'a u64, &'a u32)>) -> impl Iterator<Item = [u32; 3]> {
    map.map(|(key, lesson)| {
        let [low, high] = halves(*key);
        [low, high, *lesson]
    })
}

fn pairs(rows: impl Iterator<Item = [u32; 3]>) -> impl Iterator<Item = (u64, u32)> {
    rows.map(|[low, high, lesson]| (whole(low, high), lesson))
}

#[cfg(test)]
mod tests;
