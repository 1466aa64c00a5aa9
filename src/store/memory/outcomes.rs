//! Routes, and what became of the work that took them.

use async_trait::async_trait;

use super::{Memory, Project};
use crate::domain::{Outcome, RouteId, RouteRecord, Scope, Timestamp};
use crate::store::{Outcomes, Result};

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
        Ok(self.read(scope, |project| project.newest_outcomes(limit)))
    }

    async fn recent_elsewhere(&self, scope: &Scope, limit: usize) -> Result<Vec<(String, Vec<Outcome>)>> {
        let orgs = self.lock();
        let Some(org) = orgs.get(scope.org()) else {
            return Ok(Vec::new());
        };
        let mut elsewhere: Vec<_> = org
            .projects
            .iter()
            .filter(|(name, _)| name.as_str() != scope.project())
            .map(|(name, project)| (name.clone(), project.newest_outcomes(limit)))
            .filter(|(_, outcomes)| !outcomes.is_empty())
            .collect();
        elsewhere.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(elsewhere)
    }
}

impl Project {
    /// At most `limit`, the oldest of them first.
    fn newest_outcomes(&self, limit: usize) -> Vec<Outcome> {
        let older = self.outcomes.len().saturating_sub(limit);
        self.outcomes.iter().skip(older).cloned().collect()
    }
}
