//! Messages to receivers: those that wait, and those that nobody took.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Memory, Project};
use crate::domain::{Delivery, Scope};
use crate::store::{MOST_DEAD, Outbox, Result, Shelf};

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

/// What a message is kept under.
pub(super) fn named(delivery: &Delivery) -> (String, String) {
    (delivery.receiver.clone(), delivery.id.clone())
}
