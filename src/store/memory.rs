//! Everything in memory: for tests, for trying things out, and to keep the seams honest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::news::{News, What};
use super::{
    Audit, Budgets, Change, Charge, Committed, Embedded, Embeddings, Journal, Lessons, MOST_DEAD, OpenRun,
    Outbox, Outcomes, Pins, Put, Reserved, Result, Seq, Shelf, Standing, Stores,
};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::key::SigningKey;
use crate::audit::{Head, Part, Proof, leaf, merkle};
use crate::domain::{
    AuditRecord, AuditRef, Delivery, Digest, Lesson, LessonId, MicroUsd, Outcome, Pin, RouteId, RouteRecord,
    RunEvent, RunId, Scope, Timestamp,
};

/// Empty stores that share one memory and forget everything with the last of them.
#[must_use]
pub fn stores() -> Stores {
    telling(&News::default())
}

/// The same, telling by `news` of what is written.
#[must_use]
pub fn telling(news: &News) -> Stores {
    let memory = Arc::new(Memory {
        orgs: Mutex::default(),
        news: news.clone(),
    });
    Stores {
        journal: memory.clone(),
        lessons: memory.clone(),
        embeddings: memory.clone(),
        outcomes: memory.clone(),
        budgets: memory.clone(),
        pins: memory.clone(),
        outbox: memory.clone(),
        audit: memory,
    }
}

/// One lock over all of it: each call takes effect as a whole.
struct Memory {
    orgs: Mutex<HashMap<String, Org>>,
    news: News,
}

#[derive(Default)]
struct Org {
    /// The number of the last revision in any project.
    last_lesson: Seq,
    audit: Vec<(AuditRef, AuditRecord)>,
    projects: HashMap<String, Project>,
}

#[derive(Default)]
struct Project {
    runs: HashMap<RunId, Vec<RunEvent>>,
    blobs: HashMap<Digest, Vec<u8>>,
    /// By principal and key.
    idempotency: HashMap<(String, String), (RunId, Digest)>,
    lessons: BTreeMap<Seq, Lesson>,
    newest: HashMap<LessonId, Lesson>,
    /// By embedder.
    embeddings: HashMap<String, BTreeMap<LessonId, Vec<i8>>>,
    routes: HashMap<RouteId, RouteRecord>,
    outcomes: Vec<Outcome>,
    purse: Purse,
    /// By server and tool.
    pins: BTreeMap<(String, String), Pin>,
    /// By receiver and id.
    waiting: BTreeMap<(String, String), Delivery>,
    dead: BTreeMap<(String, String), Delivery>,
}

#[derive(Default, Clone)]
struct Purse {
    standing: Standing,
    charges: HashMap<String, Booking>,
}

#[derive(Clone, Copy)]
enum Booking {
    Reserved(MicroUsd),
    Settled,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Org>> {
        self.orgs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Default>(&self, scope: &Scope, read: impl FnOnce(&Project) -> T) -> T {
        self.lock()
            .get(scope.org())
            .and_then(|org| org.projects.get(scope.project()))
            .map(read)
            .unwrap_or_default()
    }

    fn write<T>(&self, scope: &Scope, write: impl FnOnce(&mut Project) -> T) -> T {
        write(
            self.lock()
                .entry(scope.org().to_owned())
                .or_default()
                .projects
                .entry(scope.project().to_owned())
                .or_default(),
        )
    }
}

impl Memory {
    fn leaves(&self, org: &str) -> Vec<merkle::Hash> {
        let orgs = self.lock();
        let audit = orgs.get(org).into_iter().flat_map(|org| &org.audit);
        audit.map(|(reference, _)| *reference.hash.as_bytes()).collect()
    }

    fn record(&self, record: AuditRecord) -> Result<AuditRef> {
        let mut orgs = self.lock();
        let audit = &mut orgs.entry(record.entry.scope.org().to_owned()).or_default().audit;
        let seq = audit.len() as u64 + 1;
        let hash = Digest::from_bytes(merkle::leaf(&leaf::encode(seq, &record.entry)?));
        let reference = AuditRef { seq, hash };
        audit.push((reference.clone(), record));
        drop(orgs);
        self.news.count(|changes| &mut changes.decisions);
        Ok(reference)
    }
}

impl Project {
    fn forget(&mut self, runs: &[RunId]) -> Vec<RunId> {
        let named: BTreeSet<&RunId> = runs.iter().collect();
        let ended = |run: &&RunId| {
            let events = self.runs.get(*run);
            events.is_some_and(|events| events.last().is_some_and(RunEvent::ends_run))
        };
        let doomed: Vec<RunId> = named.into_iter().filter(ended).cloned().collect();
        self.runs.retain(|run, _| !doomed.contains(run));
        self.idempotency.retain(|_, (run, _)| !doomed.contains(run));
        let still: BTreeSet<Digest> = self
            .runs
            .values()
            .flatten()
            .filter_map(RunEvent::output)
            .copied()
            .collect();
        if !doomed.is_empty() {
            self.blobs.retain(|output, _| still.contains(output));
        }
        doomed
    }

    fn commit(&mut self, change: Change) -> Committed {
        let idempotency = change
            .idempotency
            .map(|key| ((change.scope.principal().to_owned(), key.key), key.request));
        if let Some((run, request)) = idempotency
            .as_ref()
            .and_then(|(key, _)| self.idempotency.get(key))
        {
            return Committed::Taken {
                run: run.clone(),
                request: *request,
            };
        }
        let actual = self.runs.get(&change.run).map_or(0, |events| events.len() as Seq);
        if actual != change.expected {
            return Committed::Stale { actual };
        }
        // Nothing that can refuse comes after the purse, so it is the only part that needs a copy.
        let mut purse = self.purse.clone();
        change.settle.into_iter().for_each(|charge| purse.settle(charge));
        // What is left is told for all of it together.
        let left = purse.standing.left();
        for charge in change.reserve {
            if let Reserved::OverBudget { left: rest } = purse.reserve(charge) {
                let left = left.unwrap_or(rest);
                return Committed::OverBudget { left };
            }
        }
        self.purse = purse;
        if let Some((key, request)) = idempotency {
            self.idempotency.insert(key, (change.run.clone(), request));
        }
        for blob in change.blobs {
            self.blobs.insert(Digest::of(&blob), blob);
        }
        for delivery in change.deliveries {
            self.waiting.insert(named(&delivery), delivery);
        }
        let events = self.runs.entry(change.run).or_default();
        events.extend(change.events);
        Committed::At(events.len() as Seq)
    }
}

fn named(delivery: &Delivery) -> (String, String) {
    (delivery.receiver.clone(), delivery.id.clone())
}

impl Purse {
    fn reserve(&mut self, charge: Charge) -> Reserved {
        if self.charges.contains_key(&charge.id) {
            return Reserved::Yes;
        }
        if let Some(left) = self.standing.left().filter(|left| charge.amount > *left) {
            return Reserved::OverBudget { left };
        }
        self.standing.reserved = self.standing.reserved.saturating_add(charge.amount);
        self.charges.insert(charge.id, Booking::Reserved(charge.amount));
        Reserved::Yes
    }

    fn settle(&mut self, charge: Charge) {
        match self.charges.insert(charge.id, Booking::Settled) {
            Some(Booking::Settled) => return,
            Some(Booking::Reserved(amount)) => {
                self.standing.reserved = self.standing.reserved.saturating_sub(amount);
            }
            None => {}
        }
        self.standing.spent = self.standing.spent.saturating_add(charge.amount);
    }
}

#[async_trait]
impl Journal for Memory {
    async fn commit(&self, change: Change) -> Result<Committed> {
        let (scope, run, moved) = (change.scope.clone(), change.run.clone(), change.moves());
        let committed = self.write(&scope, |project| project.commit(change));
        if let Committed::At(_) = committed {
            self.news.tell(&scope, What::Run { run: &run, moved });
        }
        Ok(committed)
    }

    async fn forget(&self, scope: &Scope, runs: Vec<RunId>) -> Result<Vec<RunId>> {
        let forgotten = self.write(scope, |project| project.forget(&runs));
        for run in &forgotten {
            self.news.tell(scope, What::Run { run, moved: true });
        }
        Ok(forgotten)
    }

    async fn replay(&self, scope: &Scope, run: &RunId, after: Seq) -> Result<Vec<RunEvent>> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(self.read(scope, |project| {
            let events = project.runs.get(run).into_iter().flatten();
            events.skip(after).cloned().collect()
        }))
    }

    async fn unfinished(&self, scope: &Scope, limit: usize) -> Result<Vec<OpenRun>> {
        Ok(self.read(scope, |project| {
            let mut open: Vec<_> = project
                .runs
                .iter()
                .filter_map(|(run, events)| Some((events.first()?.at(), run, events)))
                .filter(|(_, _, events)| events.last().is_some_and(|last| !last.ends_run()))
                .collect();
            open.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)));
            let newest = open.into_iter().take(limit);
            newest
                .map(|(_, run, events)| OpenRun {
                    run: run.clone(),
                    last: events.len() as Seq,
                })
                .collect()
        }))
    }

    async fn runs(&self, scope: &Scope, limit: usize) -> Result<Vec<RunId>> {
        Ok(self.read(scope, |project| {
            let begun = |(run, events): (&RunId, &Vec<RunEvent>)| Some((events.first()?.at(), run.clone()));
            let mut runs: Vec<_> = project.runs.iter().filter_map(begun).collect();
            runs.sort_by(|a, b| b.cmp(a));
            runs.into_iter().take(limit).map(|(_, run)| run).collect()
        }))
    }

    async fn unfinished_anywhere(&self, limit: usize) -> Result<Vec<(Scope, OpenRun)>> {
        let mut open = Vec::new();
        for (org, of_org) in self.lock().iter() {
            for (project, of_project) in &of_org.projects {
                let runs = of_project.runs.iter();
                open.extend(runs.filter_map(|(run, events)| {
                    let started_by = events.iter().find_map(RunEvent::started_by)?;
                    let scope = Scope::new(org, project, started_by)?;
                    let last = events.len() as Seq;
                    let is_open = events.last().is_some_and(|last| !last.ends_run());
                    is_open.then(|| {
                        (
                            scope,
                            OpenRun {
                                run: run.clone(),
                                last,
                            },
                        )
                    })
                }));
            }
        }
        open.sort_by(|(a, left), (b, right)| (a, &left.run).cmp(&(b, &right.run)));
        open.truncate(limit);
        Ok(open)
    }

    async fn blob(&self, scope: &Scope, digest: &Digest) -> Result<Option<Vec<u8>>> {
        Ok(self.read(scope, |project| project.blobs.get(digest).cloned()))
    }
}

#[async_trait]
impl Lessons for Memory {
    async fn put(&self, scope: &Scope, lessons: Vec<Lesson>) -> Result<Put> {
        let mut orgs = self.lock();
        let org = orgs.entry(scope.org().to_owned()).or_default();
        let project = org.projects.entry(scope.project().to_owned()).or_default();
        let mut newest = HashMap::new();
        for lesson in &lessons {
            let stored = newest
                .get(&lesson.id)
                .copied()
                .or_else(|| project.newest.get(&lesson.id).map(|stored| stored.revision))
                .unwrap_or(0);
            if stored.checked_add(1) != Some(lesson.revision) {
                return Ok(Put::Stale(lesson.id.clone()));
            }
            newest.insert(&lesson.id, lesson.revision);
        }
        let ids: Vec<LessonId> = lessons.iter().map(|lesson| lesson.id.clone()).collect();
        for lesson in lessons {
            org.last_lesson += 1;
            project.newest.insert(lesson.id.clone(), lesson.clone());
            project.lessons.insert(org.last_lesson, lesson);
        }
        let last = org.last_lesson;
        drop(orgs);
        self.news.tell(scope, What::Lessons(&ids));
        Ok(Put::At(last))
    }

    async fn get(&self, scope: &Scope, id: &LessonId) -> Result<Option<Lesson>> {
        Ok(self.read(scope, |project| project.newest.get(id).cloned()))
    }

    async fn after(&self, scope: &Scope, after: Seq, limit: usize) -> Result<Vec<(Seq, Lesson)>> {
        Ok(self.read(scope, |project| {
            let later = project.lessons.range(after.saturating_add(1)..).take(limit);
            later.map(|(seq, lesson)| (*seq, lesson.clone())).collect()
        }))
    }
}

#[async_trait]
impl Embeddings for Memory {
    async fn put(&self, scope: &Scope, embedder: &str, vectors: Vec<Embedded>) -> Result<()> {
        self.write(scope, |project| {
            let kept = project.embeddings.entry(embedder.to_owned()).or_default();
            kept.extend(vectors);
        });
        Ok(())
    }

    async fn of_project(
        &self,
        scope: &Scope,
        embedder: &str,
        after: Option<&LessonId>,
        limit: usize,
    ) -> Result<Vec<Embedded>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.read(scope, |project| {
            let kept = project.embeddings.get(embedder);
            let later = kept.map(|kept| kept.range::<LessonId, _>((from, Bound::Unbounded)));
            let page = later.into_iter().flatten().take(limit);
            page.map(|(id, vector)| (id.clone(), vector.clone())).collect()
        }))
    }
}

#[async_trait]
impl Outcomes for Memory {
    async fn remember(&self, scope: &Scope, route: RouteRecord) -> Result<()> {
        self.write(scope, |project| project.routes.insert(route.id.clone(), route));
        self.news.count(|changes| &mut changes.routes);
        Ok(())
    }

    async fn route(&self, scope: &Scope, id: &RouteId) -> Result<Option<RouteRecord>> {
        Ok(self.read(scope, |project| project.routes.get(id).cloned()))
    }

    async fn routes(&self, scope: &Scope, since: Timestamp, limit: usize) -> Result<Vec<RouteRecord>> {
        Ok(self.read(scope, |project| {
            let mut found: Vec<_> = project
                .routes
                .values()
                .filter(|route| route.at >= since)
                .collect();
            found.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.id.cmp(&other.id)));
            found.into_iter().take(limit).cloned().collect()
        }))
    }

    async fn append(&self, scope: &Scope, outcome: Outcome) -> Result<()> {
        self.write(scope, |project| project.outcomes.push(outcome));
        self.news.count(|changes| &mut changes.routes);
        Ok(())
    }

    async fn recent(&self, scope: &Scope, limit: usize) -> Result<Vec<Outcome>> {
        Ok(self.read(scope, |project| {
            let older = project.outcomes.len().saturating_sub(limit);
            project.outcomes.iter().skip(older).cloned().collect()
        }))
    }

    async fn recent_elsewhere(&self, scope: &Scope, limit: usize) -> Result<Vec<(String, Vec<Outcome>)>> {
        let orgs = self.lock();
        let Some(org) = orgs.get(scope.org()) else {
            return Ok(Vec::new());
        };
        let newest = |project: &Project| -> Vec<Outcome> {
            let older = project.outcomes.len().saturating_sub(limit);
            project.outcomes.iter().skip(older).cloned().collect()
        };
        let mut elsewhere: Vec<_> = org
            .projects
            .iter()
            .filter(|(name, _)| name.as_str() != scope.project())
            .map(|(name, project)| (name.clone(), newest(project)))
            .filter(|(_, outcomes)| !outcomes.is_empty())
            .collect();
        elsewhere.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(elsewhere)
    }
}

#[async_trait]
impl Budgets for Memory {
    async fn standing(&self, scope: &Scope) -> Result<Standing> {
        Ok(self.read(scope, |project| project.purse.standing))
    }

    async fn set_limit(&self, scope: &Scope, limit: Option<MicroUsd>) -> Result<()> {
        self.write(scope, |project| project.purse.standing.limit = limit);
        Ok(())
    }

    async fn reserve(&self, scope: &Scope, charge: Charge) -> Result<Reserved> {
        Ok(self.write(scope, |project| project.purse.reserve(charge)))
    }

    async fn settle(&self, scope: &Scope, charge: Charge) -> Result<()> {
        self.write(scope, |project| project.purse.settle(charge));
        Ok(())
    }
}

#[async_trait]
impl Pins for Memory {
    async fn pinned(&self, scope: &Scope, server: &str, tool: &str) -> Result<Option<Pin>> {
        let key = (server.to_owned(), tool.to_owned());
        Ok(self.read(scope, |project| project.pins.get(&key).cloned()))
    }

    async fn pin(&self, scope: &Scope, pin: Pin, instead: Option<Digest>, most: usize) -> Result<bool> {
        let key = (pin.server.clone(), pin.tool.clone());
        Ok(self.write(scope, |project| {
            if project.pins.get(&key).map(|known| known.sha256) != instead {
                return false;
            }
            if instead.is_none() && project.pins.len() >= most {
                let oldest = project.pins.iter().min_by_key(|(_, known)| known.pinned_at);
                let oldest = oldest.map(|(key, _)| key.clone());
                oldest.and_then(|key| project.pins.remove(&key));
            }
            project.pins.insert(key, pin);
            true
        }))
    }
}

impl Memory {
    fn shelf(
        &self,
        limit: usize,
        of: impl Fn(&Project) -> &BTreeMap<(String, String), Delivery>,
    ) -> Vec<(Scope, Delivery)> {
        let orgs = self.lock();
        let mut found = Vec::new();
        for (org, of_org) in orgs.iter() {
            for (project, kept) in &of_org.projects {
                found.extend(of(kept).values().filter_map(|delivery| {
                    let scope = Scope::new(org, project, &delivery.principal)?;
                    Some((scope, delivery.clone()))
                }));
            }
        }
        found.sort_by(|(a, left), (b, right)| (a, named(left)).cmp(&(b, named(right))));
        found.truncate(limit);
        found
    }
}

#[async_trait]
impl Outbox for Memory {
    async fn waiting(&self, limit: usize) -> Result<Vec<(Scope, Delivery)>> {
        Ok(self.shelf(limit, |project| &project.waiting))
    }

    async fn dead(&self, limit: usize) -> Result<Vec<(Scope, Delivery)>> {
        Ok(self.shelf(limit, |project| &project.dead))
    }

    async fn shelve(&self, scope: &Scope, delivery: Delivery, on: Shelf) -> Result<bool> {
        Ok(self.write(scope, |project| {
            let name = named(&delivery);
            let (waited, died) = (project.waiting.remove(&name), project.dead.remove(&name));
            if waited.or(died).is_none() {
                return false;
            }
            match on {
                Shelf::Waiting => drop(project.waiting.insert(name, delivery)),
                Shelf::Dead => {
                    if project.dead.len() >= MOST_DEAD {
                        let oldest = project.dead.iter().min_by_key(|(_, one)| one.at);
                        let oldest = oldest.map(|(name, _)| name.clone());
                        oldest.and_then(|name| project.dead.remove(&name));
                    }
                    project.dead.insert(name, delivery);
                }
                Shelf::Nowhere => {}
            }
            true
        }))
    }
}

#[async_trait]
impl Audit for Memory {
    async fn append(&self, record: AuditRecord) -> Result<AuditRef> {
        self.record(record)
    }

    fn append_later(&self, record: AuditRecord) {
        let _recorded = self.record(record).is_ok();
    }

    async fn entries(&self, scope: &Scope, after: u64, limit: usize) -> Result<Vec<(AuditRef, AuditRecord)>> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let orgs = self.lock();
        let entries = orgs.get(scope.org()).into_iter().flat_map(|org| &org.audit);
        Ok(entries.skip(after).take(limit).cloned().collect())
    }

    async fn part(&self, scope: &Scope, after: u64) -> Result<Option<Part>> {
        let entries = self.entries(scope, after, usize::MAX).await?;
        let last = entries.last().map(|(reference, _)| reference.seq);
        let records = entries.into_iter().map(|(_, record)| Some(record)).collect();
        Ok(last.map(|last| Part { records, last }))
    }

    async fn before(&self, scope: &Scope, age: Duration) -> Result<u64> {
        let orgs = self.lock();
        let entries = orgs.get(scope.org()).map(|org| org.audit.as_slice());
        let entries = entries.unwrap_or_default();
        let newest = entries.last().map(|(_, record)| record.entry.at);
        let since = newest.and_then(|at| at.checked_sub(age).ok());
        let older = entries.partition_point(|(_, record)| since.is_some_and(|since| record.entry.at < since));
        Ok(older as u64)
    }

    async fn head(&self, scope: &Scope) -> Result<Option<Head>> {
        let leaves = self.leaves(scope.org());
        if leaves.is_empty() {
            return Ok(None);
        }
        let (checkpoint, verifier) = signed(scope.org(), &leaves)?;
        Ok(Some(Head {
            entries: leaves.len() as u64,
            checkpoint,
            verifier,
        }))
    }

    async fn proof(&self, scope: &Scope, seq: u64) -> Result<Option<Proof>> {
        let leaves = self.leaves(scope.org());
        let Some((index, entry)) = seq.checked_sub(1).and_then(|index| {
            let index = usize::try_from(index).ok()?;
            let orgs = self.lock();
            Some((index, orgs.get(scope.org())?.audit.get(index)?.clone()))
        }) else {
            return Ok(None);
        };
        let (checkpoint, verifier) = signed(scope.org(), &leaves)?;
        let (reference, record) = entry;
        Ok(Some(Proof {
            seq,
            leaf: String::from_utf8_lossy(&leaf::encode(seq, &record.entry)?).into_owned(),
            hash: reference.hash,
            inclusion: merkle::inclusion(&leaves, index)
                .into_iter()
                .map(Digest::from_bytes)
                .collect(),
            checkpoint,
            verifier,
        }))
    }
}

/// The log as it is, signed by a key that everybody has: what dies with its process needs no better one.
fn signed(org: &str, leaves: &[merkle::Hash]) -> Result<(String, String)> {
    let key = SigningKey::from_seed(&[0; 32])?;
    let checkpoint = Checkpoint {
        origin: format!("firstmate/memory/{org}"),
        size: leaves.len() as u64,
        root: merkle::root(leaves),
    };
    let verifier = key.verifier(&checkpoint.origin).to_string();
    Ok((checkpoint.sign(&key), verifier))
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::store::conformance::{self, Subject};

    /// Memory does not outlive its process, so reopening it is keeping it.
    fn subject() -> Subject {
        let stores = super::stores();
        Subject::new(move || stores.clone())
    }

    conformance::suite!(subject);
}
