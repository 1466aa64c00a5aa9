//! Routing decisions and outcomes.

use async_trait::async_trait;

use super::draft;
use super::{Database, Reader, failed, keys};
use crate::domain::{Outcome, RouteId, RouteRecord, Scope};
use crate::store::{Outcomes, Result};

#[async_trait]
impl Outcomes for Database {
    async fn remember(&self, scope: &Scope, route: RouteRecord) -> Result<()> {
        let key = keys::route(scope, &route.id);
        self.writer.write(move |draft| draft.write(key, &route)).await
    }

    async fn route(&self, scope: &Scope, id: &RouteId) -> Result<Option<RouteRecord>> {
        draft::read(&*self.reader.db, &keys::route(scope, id))
    }

    async fn append(&self, scope: &Scope, outcome: Outcome) -> Result<()> {
        let outcomes = keys::outcomes(scope);
        self.writer
            .write(move |draft| {
                let last = draft.last(&outcomes)?;
                draft.write(outcomes.at(last + 1), &outcome)
            })
            .await
    }

    async fn recent(&self, scope: &Scope, limit: usize) -> Result<Vec<Outcome>> {
        let outcomes = keys::outcomes(scope);
        let scan = move |reader: &Reader| reader.newest_outcomes(&outcomes, limit);
        self.reader.scan(limit as u64, scan).await
    }
}

impl Reader {
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
