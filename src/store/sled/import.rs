//! All records back in.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::draft::{self, Draft};
use super::keys::{self, Key};
use super::writer::{Disk, Fault};
use super::{Settings, budgets, journal, lessons, lock, open, restore_log};
use crate::clock::Clock;
use crate::domain::{Digest, Lesson, RunEvent, Scope};
use crate::ownership::Claim;
use crate::store::export::{self, Booking, Imported, Place, Record};
use crate::store::{Error, Result, Seq};
use restore_log::Known;

/// Reads an export into the store of the claimed directory, which must not be open.
///
/// Ids and numbers are kept. Nothing is overwritten: a record that is there already is skipped, one whose place is taken by
/// another is a conflict, a line that makes no sense is damage, and all are in the answer.
///
/// # Errors
/// When the store or the file cannot be used at all.
pub fn import(claim: &Claim, settings: &Settings, clock: &Arc<dyn Clock>, path: &Path) -> Result<Imported> {
    let opened = open::open(claim.dir(), clock.now(), &clock.random_id())?;
    let imported = restore(&opened.disk(settings.durability, Fault::default())?, path)?;
    if let Some(logs) = &opened.logs {
        lock(logs).sign()?;
    }
    Ok(imported)
}

/// Lines that are written at once.
const BATCH: usize = 256;

/// Reads the export at `path` into a store that nothing else writes to.
pub(super) fn restore(disk: &Disk, path: &Path) -> Result<Imported> {
    let (_, lines) = export::read(path)?;
    let mut lines = lines.peekable();
    let mut restoring = Restoring::default();
    while lines.peek().is_some() {
        open::write_now(disk, |draft| {
            for line in lines.by_ref().take(BATCH) {
                let (number, record) = line.map_err(|error| export::failed(path, &error))?;
                match record {
                    Ok(record) => restoring.place(draft, number, record)?,
                    Err(problem) => restoring.imported.damaged.push(number, &problem),
                }
            }
            Ok(())
        })?;
    }
    Ok(restoring.imported)
}

/// An import under way.
#[derive(Default)]
struct Restoring {
    imported: Imported,
    /// The runs and audit logs of which a record was left out. What would follow it is left out too, or
    /// two histories would become one that never was.
    broken: HashSet<Key>,
    /// What is known of each audit log, by organisation.
    logs: HashMap<String, Known>,
}

impl Restoring {
    fn place(&mut self, draft: &mut Draft<'_>, line: u64, record: Record) -> Result<()> {
        let Self {
            imported,
            broken,
            logs,
        } = self;
        if let Record::End { .. } = record {
            imported.complete = true;
            return Ok(());
        }
        let log = log_of(&record);
        let placed = match &log {
            Some(log) if broken.contains(log) => Ok(Placed::Damaged("what it follows was left out")),
            _ => put(draft, logs, record),
        };
        match placed {
            Ok(Placed::Added) => {
                draft.accept();
                imported.added += 1;
                return Ok(());
            }
            Ok(Placed::Same) => {
                imported.same += 1;
                return Ok(());
            }
            Ok(Placed::Conflict) => imported.conflicts.push(line, &"another record is in its place"),
            Ok(Placed::Damaged(why)) => imported.damaged.push(line, &why),
            // What is there cannot be read, and is not overwritten either.
            Err(error @ Error::Damaged { .. }) => imported.conflicts.push(line, &error),
            Err(error) => return Err(error),
        }
        broken.extend(log);
        draft.refuse(());
        Ok(())
    }
}

/// The log that a record continues, where its place in it depends on the one before.
fn log_of(record: &Record) -> Option<Key> {
    match record {
        Record::Event { place, run, .. } => Some(keys::events(&scope_of(place)?, run)),
        Record::Audit { entry, .. } => Some(keys::logged(entry.scope.org())),
        Record::Entry { org, .. } => Some(keys::logged(org)),
        _ => None,
    }
}

/// What became of a record.
pub(super) enum Placed {
    Added,
    Same,
    Conflict,
    Damaged(&'static str),
}

fn put(draft: &mut Draft<'_>, logs: &mut HashMap<String, Known>, record: Record) -> Result<Placed> {
    macro_rules! scope {
        ($place:expr) => {
            match scope_of(&$place) {
                Some(scope) => scope,
                None => return Ok(Placed::Damaged("its organisation or project cannot be one")),
            }
        };
    }
    match record {
        Record::Header(_) | Record::End { .. } => Ok(Placed::Damaged("it is out of place")),
        Record::Limit { place, limit } => {
            let scope = scope!(place);
            match budgets::standing(draft, &scope)?.limit {
                Some(stored) => Ok(same(stored == limit)),
                None => budgets::set_limit(draft, &scope, Some(limit)).map(|()| Placed::Added),
            }
        }
        Record::Idempotency {
            place,
            principal,
            key,
            run,
            request,
        } => {
            let at = keys::idempotency(&scope!(place), &principal, &key);
            put_once(draft, at, &journal::Binding { run, request })
        }
        Record::Lesson { place, seq, lesson } => put_lesson(draft, &scope!(place), seq, &lesson),
        Record::Event {
            place,
            run,
            seq,
            event,
        } => {
            let scope = scope!(place);
            let head = journal::head(draft, &scope, &run)?;
            let last = head.map_or(0, |head| head.last);
            if seq == last + 1 {
                journal::append(draft, &scope, &run, head, &[*event])?;
                return Ok(Placed::Added);
            }
            match draft::read::<RunEvent>(draft, &keys::events(&scope, &run).at(seq))? {
                Some(stored) => Ok(same(stored == *event)),
                None => Ok(Placed::Damaged("the event before it is missing")),
            }
        }
        Record::Blob {
            place,
            sha256,
            base64,
        } => match BASE64.decode(base64) {
            Ok(bytes) if Digest::of(&bytes) == sha256 => {
                let new = journal::put_blob(draft, &scope!(place), &sha256, &bytes)?;
                Ok(if new { Placed::Added } else { Placed::Same })
            }
            _ => Ok(Placed::Damaged("its bytes have another digest")),
        },
        Record::Outcome { place, seq, outcome } => {
            put_once(draft, keys::outcomes(&scope!(place)).at(seq), &outcome)
        }
        Record::Route { place, route } => {
            let key = keys::route(&scope!(place), &route.id);
            put_once(draft, key, &route)
        }
        Record::Pin { place, pin } => {
            let key = keys::pin(&scope!(place), &pin.server, &pin.tool);
            put_once(draft, key, &pin)
        }
        Record::Delivery { place, delivery } => {
            let table = match delivery.due {
                Some(_) => keys::table::WAITING,
                None => keys::table::DEAD,
            };
            let key = keys::delivery(table, &scope!(place), &delivery.receiver, &delivery.id);
            put_once(draft, key, &*delivery)
        }
        Record::Charge { place, id, booking } => put_charge(draft, &scope!(place), &id, booking),
        Record::Audit { seq, hash, entry } => {
            let known = logs.entry(entry.scope.org().to_owned()).or_default();
            known.put_linked(draft, seq, hash, &entry)
        }
        Record::Entry { org, entry } => logs.entry(org.clone()).or_default().put(draft, &org, &entry),
    }
}

fn scope_of(place: &Place) -> Option<Scope> {
    Scope::new(&place.org, &place.project, "import")
}

pub(super) fn same(same: bool) -> Placed {
    if same { Placed::Same } else { Placed::Conflict }
}

fn put_once<T>(draft: &mut Draft<'_>, key: Key, value: &T) -> Result<Placed>
where
    T: PartialEq + serde::Serialize + serde::de::DeserializeOwned,
{
    match draft::read::<T>(draft, &key)? {
        Some(stored) => Ok(same(stored == *value)),
        None => draft.write(key, value).map(|()| Placed::Added),
    }
}

fn put_lesson(draft: &mut Draft<'_>, scope: &Scope, seq: Seq, lesson: &Lesson) -> Result<Placed> {
    // The number may be taken by another project of the organisation.
    if draft::read::<String>(draft, &keys::log(scope).at(seq))?.is_some() {
        let stored: Option<Lesson> = draft::read(draft, &keys::lessons(scope).at(seq))?;
        return Ok(same(stored.as_ref() == Some(lesson)));
    }
    let newest: Option<lessons::Newest> = draft::read(draft, &keys::newest(scope, &lesson.id))?;
    if newest.is_some_and(|newest| newest.revision >= lesson.revision || newest.seq >= seq) {
        return Ok(Placed::Conflict);
    }
    lessons::write(draft, scope, seq, lesson).map(|()| Placed::Added)
}

fn put_charge(draft: &mut Draft<'_>, scope: &Scope, id: &str, booking: Booking) -> Result<Placed> {
    let key = keys::charge(scope, id);
    match draft::read::<Booking>(draft, &key)? {
        Some(stored) => Ok(same(stored == booking)),
        None => budgets::book(draft, scope, id, booking).map(|()| Placed::Added),
    }
}

#[cfg(test)]
mod tests;
