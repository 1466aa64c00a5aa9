//! Runs: events, heads, the list of open runs, outputs and idempotency keys.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::draft::{self, Draft};
use super::{Database, Reader, budgets, failed, forget, keys};
use crate::domain::{Digest, RunEvent, RunId, Scope};
use crate::store::news::What;
use crate::store::{Change, Committed, Journal, OpenRun, Reserved, Result, Seq};

/// Where a run ends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) last: Seq,
    /// When the first event happened, in microseconds since 1970.
    opened: i64,
    /// Whether the last event leaves the run open.
    pub(super) open: bool,
}

/// The request behind an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Binding {
    pub(super) run: RunId,
    pub(super) request: Digest,
}

#[async_trait]
impl Journal for Database {
    async fn commit(&self, change: Change) -> Result<Committed> {
        let (scope, run, moved) = (change.scope.clone(), change.run.clone(), change.moves());
        let committed = self.writer.write(move |draft| commit(draft, &change)).await?;
        if let Committed::At(_) = committed {
            self.news.tell(&scope, What::Run { run: &run, moved });
        }
        Ok(committed)
    }

    async fn forget(&self, scope: &Scope, runs: Vec<RunId>) -> Result<Vec<RunId>> {
        let whose = scope.clone();
        let forgotten = self
            .writer
            .write(move |draft| forget::forget(draft, &whose, &runs))
            .await?;
        for run in &forgotten {
            self.news.tell(scope, What::Run { run, moved: true });
        }
        Ok(forgotten)
    }

    async fn replay(&self, scope: &Scope, run: &RunId, after: Seq) -> Result<Vec<RunEvent>> {
        let Some(head) = head(&*self.reader.db, scope, run)? else {
            return Ok(Vec::new());
        };
        let events = keys::events(scope, run);
        let length = head.last.saturating_sub(after);
        let scan = move |reader: &Reader| reader.events(&events, after, head.last);
        self.reader.scan(length, scan).await
    }

    async fn unfinished(&self, scope: &Scope, limit: usize) -> Result<Vec<OpenRun>> {
        let scope = scope.clone();
        let scan = move |reader: &Reader| reader.unfinished(&scope, limit);
        self.reader.scan(limit as u64, scan).await
    }

    async fn runs(&self, scope: &Scope, limit: usize) -> Result<Vec<RunId>> {
        let scope = scope.clone();
        let scan = move |reader: &Reader| reader.runs(&scope, limit);
        self.reader.scan(u64::MAX, scan).await
    }

    async fn unfinished_anywhere(&self, limit: usize) -> Result<Vec<(Scope, OpenRun)>> {
        let scan = move |reader: &Reader| reader.unfinished_anywhere(limit);
        self.reader.scan(limit as u64, scan).await
    }

    async fn blob(&self, scope: &Scope, digest: &Digest) -> Result<Option<Vec<u8>>> {
        let key = keys::blob(scope, digest);
        let Some(bytes) = draft::read_bytes(&*self.reader.db, key.as_ref())? else {
            return Ok(None);
        };
        if Digest::of(&bytes) != *digest {
            return Err(draft::damaged(key.as_ref(), "the bytes have another digest"));
        }
        Ok(Some(bytes))
    }
}

impl Reader {
    /// The events numbered `after + 1` to `last`, every one of them.
    fn events(&self, events: &keys::Key, after: Seq, last: Seq) -> Result<Vec<RunEvent>> {
        let from = events.at(after.saturating_add(1));
        let to = events.at(last);
        let mut expected = after;
        let mut found = Vec::new();
        if after >= last {
            return Ok(found);
        }
        for record in self.db.range(from.as_ref()..=to.as_ref()) {
            let (key, value) = record.map_err(failed("read"))?;
            expected += 1;
            if keys::last_number(&key) != Some(expected) {
                break;
            }
            found.push(draft::decode(&*self.db, &key, &value)?);
        }
        if found.len() as u64 != last - after {
            let missing = events.at(after + found.len() as u64 + 1);
            return Err(draft::damaged(missing.as_ref(), "it is missing"));
        }
        Ok(found)
    }

    fn unfinished(&self, scope: &Scope, limit: usize) -> Result<Vec<OpenRun>> {
        let mut found = Vec::new();
        for key in self.db.scan_prefix(keys::open_runs(scope)).keys().rev() {
            if found.len() == limit {
                break;
            }
            let key = key.map_err(failed("read"))?;
            let mut parts = keys::Parts::of(&key);
            let run = (|| {
                parts.text()?;
                parts.text()?;
                parts.number()?;
                parts.text().map(RunId::new)
            })();
            let Some(run) = run else { continue };
            let head = head(&*self.db, scope, &run);
            // Between the two reads the run may have ended, or the head may be damaged.
            if let Some(head) = self.skip_damaged(head)?.flatten().filter(|head| head.open) {
                found.push(OpenRun { run, last: head.last });
            }
        }
        Ok(found)
    }
}

impl Reader {
    fn runs(&self, scope: &Scope, limit: usize) -> Result<Vec<RunId>> {
        let mut found = Vec::new();
        for record in self.db.scan_prefix(keys::runs(scope)) {
            let (key, value) = record.map_err(failed("read"))?;
            let mut parts = keys::Parts::of(&key);
            let run = (|| {
                parts.text()?;
                parts.text()?;
                parts.text().map(RunId::new)
            })();
            let Some(run) = run else { continue };
            let head = draft::decode::<Head>(&*self.db, &key, &value);
            if let Some(head) = self.skip_damaged(head)? {
                found.push((head.opened, run));
            }
        }
        found.sort_by(|a, b| b.cmp(a));
        Ok(found.into_iter().take(limit).map(|(_, run)| run).collect())
    }

    fn unfinished_anywhere(&self, limit: usize) -> Result<Vec<(Scope, OpenRun)>> {
        let mut found = Vec::new();
        for key in self.db.scan_prefix(keys::all(keys::table::OPEN)).keys() {
            if found.len() == limit {
                break;
            }
            let key = key.map_err(failed("read"))?;
            let mut parts = keys::Parts::of(&key);
            let (Some(org), Some(project), Some(_), Some(run)) =
                (parts.text(), parts.text(), parts.number(), parts.text())
            else {
                continue;
            };
            // The principal is not part of the address; anybody's will do to read the run's first event.
            let Some(anybody) = Scope::new(org, project, "-") else {
                continue;
            };
            let run = RunId::new(run);
            let head = self.skip_damaged(head(&*self.db, &anybody, &run))?.flatten();
            let Some(head) = head.filter(|head| head.open) else {
                continue;
            };
            let first = self.skip_damaged(self.events(&keys::events(&anybody, &run), 0, 1))?;
            let started_by = first.iter().flatten().find_map(RunEvent::started_by);
            if let Some(scope) = started_by.and_then(|principal| Scope::new(org, project, principal)) {
                found.push((scope, OpenRun { run, last: head.last }));
            }
        }
        Ok(found)
    }
}

fn commit(draft: &mut Draft<'_>, change: &Change) -> Result<Committed> {
    let scope = &change.scope;
    if let Some(key) = &change.idempotency {
        let at = keys::idempotency(scope, scope.principal(), &Digest::of(key.key.as_bytes()));
        if let Some(Binding { run, request }) = draft::read(draft, &at)? {
            return Ok(Committed::Taken { run, request });
        }
        let binding = Binding {
            run: change.run.clone(),
            request: key.request,
        };
        draft.write(at, &binding)?;
    }
    let stored = head(draft, scope, &change.run)?;
    let actual = stored.map_or(0, |head| head.last);
    if actual != change.expected {
        return Ok(draft.refuse(Committed::Stale { actual }));
    }
    // Settled first: what a step leaves over is there for the next one.
    for charge in &change.settle {
        budgets::settle(draft, scope, charge)?;
    }
    // What is left is told for all of it together.
    let left = budgets::standing(draft, scope)?.left();
    for charge in &change.reserve {
        if let Reserved::OverBudget { left: rest } = budgets::reserve(draft, scope, charge)? {
            let left = left.unwrap_or(rest);
            return Ok(draft.refuse(Committed::OverBudget { left }));
        }
    }
    for blob in &change.blobs {
        put_blob(draft, scope, &Digest::of(blob), blob)?;
    }
    for delivery in &change.deliveries {
        let key = keys::delivery(keys::table::WAITING, scope, &delivery.receiver, &delivery.id);
        draft.write(key, delivery)?;
    }
    append(draft, scope, &change.run, stored, &change.events).map(Committed::At)
}

/// Writes an output that the project does not have yet.
pub(super) fn put_blob(draft: &mut Draft<'_>, scope: &Scope, digest: &Digest, bytes: &[u8]) -> Result<bool> {
    let key = keys::blob(scope, digest);
    let new = draft::View::record(draft, key.as_ref())?.is_none();
    if new {
        draft.write_bytes(key, bytes);
    }
    Ok(new)
}

/// Where a run ends; `None` for an unknown one.
pub(super) fn head(view: &impl draft::View, scope: &Scope, run: &RunId) -> Result<Option<Head>> {
    draft::read(view, &keys::run(scope, run))
}

/// Writes `events` after the run's last one, which is at `stored`; returns the number of the new last one.
pub(super) fn append(
    draft: &mut Draft<'_>,
    scope: &Scope,
    run: &RunId,
    stored: Option<Head>,
    events: &[RunEvent],
) -> Result<Seq> {
    let Some(last) = events.last() else {
        return Ok(stored.map_or(0, |head| head.last));
    };
    let before = stored.unwrap_or(Head {
        last: 0,
        opened: events.first().unwrap_or(last).at().as_microsecond(),
        open: false,
    });
    let numbered = keys::events(scope, run);
    for (seq, event) in (before.last + 1..).zip(events) {
        draft.write(numbered.at(seq), event)?;
    }
    let head = Head {
        last: before.last + events.len() as Seq,
        open: !last.ends_run(),
        ..before
    };
    if head.open != before.open {
        let listed = keys::open_run(scope, head.opened, run);
        match head.open {
            true => draft.write_bytes(listed, &[]),
            false => draft.remove(listed),
        }
    }
    draft.write(keys::run(scope, run), &head)?;
    Ok(head.last)
}
