//! The router as its callers see it, over a store of its own.

mod answer;
mod circumstances;
mod constraints;
mod customs;
mod decisions;
mod flips;
mod learning;
mod prompts;
mod texts;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::*;
use crate::clock::ManualClock;
use crate::domain::{Outcome, Stakes, TaskType, Timestamp};
use crate::store;

const EASY: &str = "rename a variable in this function";
const HARD: &str = "prove the scheduler cannot deadlock, and redesign it if it can";

/// Keeps everything in order of arrival; may be told to refuse writes.
#[derive(Debug, Default)]
struct Kept {
    routes: Mutex<Vec<(Scope, RouteRecord)>>,
    outcomes: Mutex<Vec<(Scope, Outcome)>>,
    closed: Mutex<bool>,
}

impl Kept {
    fn write<T>(&self, to: &Mutex<Vec<T>>, what: T) -> store::Result<()> {
        if *self.closed.lock().unwrap() {
            return Err(store::Error::Closed);
        }
        to.lock().unwrap().push(what);
        Ok(())
    }
}

#[async_trait]
impl Outcomes for Kept {
    async fn remember(&self, scope: &Scope, route: RouteRecord) -> store::Result<()> {
        self.write(&self.routes, (scope.clone(), route))
    }

    async fn route(&self, scope: &Scope, id: &RouteId) -> store::Result<Option<RouteRecord>> {
        let routes = self.routes.lock().unwrap();
        let found = routes
            .iter()
            .find(|(of, route)| project(of) == project(scope) && route.id == *id);
        Ok(found.map(|(_, route)| route.clone()))
    }

    async fn routes(&self, scope: &Scope, since: Timestamp, limit: usize) -> store::Result<Vec<RouteRecord>> {
        let routes = self.routes.lock().unwrap();
        let of_project = routes
            .iter()
            .rev()
            .filter(|(of, route)| project(of) == project(scope) && route.at >= since);
        Ok(of_project.take(limit).map(|(_, route)| route.clone()).collect())
    }

    async fn append(&self, scope: &Scope, outcome: Outcome) -> store::Result<()> {
        self.write(&self.outcomes, (scope.clone(), outcome))
    }

    async fn recent(&self, scope: &Scope, limit: usize) -> store::Result<Vec<Outcome>> {
        let outcomes = self.outcomes.lock().unwrap();
        let of_project = outcomes.iter().filter(|(of, _)| project(of) == project(scope));
        let all: Vec<_> = of_project.map(|(_, outcome)| outcome.clone()).collect();
        Ok(all[all.len().saturating_sub(limit)..].to_vec())
    }

    async fn recent_elsewhere(
        &self,
        scope: &Scope,
        limit: usize,
    ) -> store::Result<Vec<(String, Vec<Outcome>)>> {
        let outcomes = self.outcomes.lock().unwrap().clone();
        let mut found: std::collections::BTreeMap<String, Vec<Outcome>> = Default::default();
        for (of, outcome) in outcomes {
            if of.org() == scope.org() && of.project() != scope.project() {
                found.entry(of.project().to_owned()).or_default().push(outcome);
            }
        }
        let newest = |all: Vec<Outcome>| all[all.len().saturating_sub(limit)..].to_vec();
        Ok(found.into_iter().map(|(name, all)| (name, newest(all))).collect())
    }
}

/// A router over `kept`, as after a restart of the process. Its clock gives ids no other one gave.
fn router_over(kept: &Arc<Kept>) -> Router {
    router_of(kept, Catalogue::builtin(), Settings::default())
}

fn router_of(kept: &Arc<Kept>, catalogue: Catalogue, settings: Settings) -> Router {
    let clock = Arc::new(ManualClock::new());
    for _ in 0..kept.routes.lock().unwrap().len() {
        clock.random_id();
    }
    Router::new(catalogue, Arc::clone(kept) as Arc<dyn Outcomes>, clock, settings)
}

fn router() -> Router {
    router_over(&Arc::default())
}

fn scope(project: &str) -> Scope {
    Scope::new("local", project, "ada").unwrap()
}

/// Nothing in a test waits for anything outside, so one poll is the whole call.
fn now<T>(future: impl Future<Output = T>) -> T {
    futures::FutureExt::now_or_never(future).expect("the store of the tests answers at once")
}

fn request(task: &str) -> RouteRequest {
    RouteRequest {
        task: task.to_owned(),
        ..RouteRequest::default()
    }
}

fn with(task: &str, constraints: Constraints) -> RouteRequest {
    RouteRequest {
        constraints,
        ..request(task)
    }
}

fn route(router: &Router, request: &RouteRequest) -> Route {
    now(router.route(&scope("p"), request)).unwrap()
}

fn model(route: &Route) -> &str {
    route.model.as_ref().map_or("none", |model| &model.id)
}

/// The route of a task under constraints, from a router without any outcomes.
fn check(task: &str, constraints: Constraints) -> Route {
    route(&router(), &with(task, constraints))
}

fn candidate<'a>(route: &'a Route, id: &str) -> &'a Candidate {
    route
        .candidates
        .iter()
        .find(|candidate| candidate.model == id)
        .unwrap()
}
