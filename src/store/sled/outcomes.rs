//! Routing decisions and outcomes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;

use super::draft;
use super::{Database, Reader, failed, keys};
use crate::domain::{Outcome, RouteId, RouteRecord, Scope, Timestamp};
use crate::store::{Outcomes, Result};

#[async_trait]
impl Outcomes for Database {
    async fn remember(&self, scope: &Scope, route: RouteRecord) -> Result<()> {
        let key = keys::route(scope, &route.id);
        self.writer.write(move |draft| draft.write(key, &route)).await?;
        self.news.count(|changes| &mut changes.routes);
        Ok(())
    }

    async fn route(&self, scope: &Scope, id: &RouteId) -> Result<Option<RouteRecord>> {
        draft::read(&*self.reader.db, &keys::route(scope, id))
    }

    async fn routes(&self, scope: &Scope, since: Timestamp, limit: usize) -> Result<Vec<RouteRecord>> {
        let routes = keys::routes(scope);
        // Ids say nothing about the time, so all of the project's are looked at.
        let scan = move |reader: &Reader| reader.newest_routes(&routes, since, limit);
        self.reader.scan(u64::MAX, scan).await
    }

    async fn append(&self, scope: &Scope, outcome: Outcome) -> Result<()> {
        let outcomes = keys::outcomes(scope);
        self.writer
            .write(move |draft| {
                let last = draft.last(&outcomes)?;
                draft.write(outcomes.at(last + 1), &outcome)
            })
            .await?;
        self.news.count(|changes| &mut changes.routes);
        Ok(())
    }

    async fn recent(&self, scope: &Scope, limit: usize) -> Result<Vec<Outcome>> {
        let outcomes = keys::outcomes(scope);
        let scan = move |reader: &Reader| reader.newest_outcomes(&outcomes, limit);
        self.reader.scan(limit as u64, scan).await
    }

    async fn recent_elsewhere(&self, scope: &Scope, limit: usize) -> Result<Vec<(String, Vec<Outcome>)>> {
        let (of_org, own) = (keys::outcomes_of_org(scope), scope.project().to_owned());
        // How many projects there are is not known, so it counts as a long scan.
        let scan = move |reader: &Reader| reader.outcomes_elsewhere(&of_org, &own, limit);
        self.reader.scan(u64::MAX, scan).await
    }
}

impl Reader {
    /// In memory are never more than the `limit` newest and the one that is looked at.
    fn newest_routes(&self, routes: &keys::Key, since: Timestamp, limit: usize) -> Result<Vec<RouteRecord>> {
        let mut newest: BTreeMap<(Reverse<Timestamp>, RouteId), RouteRecord> = BTreeMap::new();
        for record in self.db.scan_prefix(routes) {
            let (key, value) = record.map_err(failed("read"))?;
            let Some(route): Option<RouteRecord> =
                self.skip_damaged(draft::decode(&*self.db, &key, &value))?
            else {
                continue;
            };
            if route.at >= since {
                newest.insert((Reverse(route.at), route.id.clone()), route);
            }
            if newest.len() > limit {
                newest.pop_last();
            }
        }
        Ok(newest.into_values().collect())
    }

    /// Walks from the last project to the first, reading of each no more than asked for.
    fn outcomes_elsewhere(
        &self,
        of_org: &keys::Key,
        own: &str,
        limit: usize,
    ) -> Result<Vec<(String, Vec<Outcome>)>> {
        let start = of_org.as_ref().to_vec();
        let mut end = keys::end_of(of_org);
        let mut elsewhere = Vec::new();
        while let Some(record) = self.db.range(start.clone()..end.clone()).next_back() {
            let (key, _) = record.map_err(failed("read"))?;
            let Some((project, prefix)) = keys::project_of_outcome(of_org, &key) else {
                // No key of ours looks like this: leave it and what is before it alone.
                break;
            };
            if project != own {
                let outcomes = self.newest_outcomes(&prefix, limit)?;
                elsewhere.push((project, outcomes));
            }
            end = prefix.into_bytes();
        }
        elsewhere.reverse();
        elsewhere.retain(|(_, outcomes)| !outcomes.is_empty());
        elsewhere.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(elsewhere)
    }

    fn newest_outcomes(&self, outcomes: &keys::Key, limit: usize) -> Result<Vec<Outcome>> {
        let mut found = Vec::new();
        for record in self.db.scan_prefix(outcomes).rev() {
            if found.len() == limit {
                break;
            }
            let (key, value) = record.map_err(failed("read"))?;
            found.extend(self.skip_damaged(draft::decode(&*self.db, &key, &value))?);
        }
        found.reverse();
        Ok(found)
    }
}
