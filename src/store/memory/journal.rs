//! Runs, their outputs, and what a change to one writes with them.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::outbox::named;
use super::{Memory, Project};
use crate::domain::{Digest, RunEvent, RunId, Scope};
use crate::store::news::What;
use crate::store::{Change, Committed, Journal, OpenRun, Reserved, Result, Seq};

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
