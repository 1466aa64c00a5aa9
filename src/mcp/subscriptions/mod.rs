//! Who wants to be told of what, and is: `resources/subscribe` of older clients, `subscriptions/listen` since 2026-07-28.
//!
//! A write that is acknowledged sets a mark for everybody who listens to what it changed, which takes no memory beyond what
//! is listened to and never waits. Which addresses that is about is looked up by [`Subscriber::news`], which gathers for a
//! moment first: a run with a hundred steps in a second is told ten times, not a hundred.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rmcp::ErrorData;

use super::address::Address;

mod arrival;
mod files;
mod hub;
mod listen;
mod session;
mod subscriber;

pub(crate) use arrival::Arrival;
pub(crate) use hub::Hub;
pub(crate) use listen::{DOOR, acceptable};
pub(crate) use session::Session;

use hub::News;
use subscriber::Subscriber;

/// Most addresses of one client or stream.
pub(crate) const MOST: usize = 500;
/// Most of all clients together: each takes some hundred bytes.
const MOST_IN_ALL: usize = 100_000;
/// So long changes are gathered before they are told.
const GATHER: Duration = Duration::from_millis(100);

/// Something that changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Topic {
    Run(String),
    Runs,
    Lesson(String),
    Lessons,
    Templates,
    Rules,
    ListOfPrompts,
    ListOfResources,
}

impl Topic {
    /// What has to change for the text at `address` to change; `None` where it stays as long as the server runs. Nor is
    /// anybody told of the audit log: reading it adds an entry, so whoever read on being told would never stop.
    fn of(address: &Address) -> Option<Self> {
        Some(match address {
            Address::Run(run) | Address::RunGraph(run) | Address::RunHistory(run) | Address::Step(run, _) => {
                Self::Run(run.to_string())
            }
            Address::Runs => Self::Runs,
            Address::Lesson(lesson) => Self::Lesson(lesson.to_string()),
            Address::Lessons | Address::Labelled(_) => Self::Lessons,
            Address::Templates | Address::Template(_) | Address::TemplateGraph(_) => Self::Templates,
            Address::Policy | Address::Packs => Self::Rules,
            Address::Audit
            | Address::Entry(_)
            | Address::Proof(_)
            | Address::Models
            | Address::Model(_)
            | Address::Kind(_) => return None,
        })
    }
}

/// Organisation and project.
type Place = (String, String);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn too_many(most: usize, whose: &str) -> ErrorData {
    let why = format!(
        "{whose} may listen to {most} addresses at most; unsubscribe from some, or listen to firstmate://runs"
    );
    ErrorData::invalid_request(why, None)
}

#[cfg(test)]
mod tests;
