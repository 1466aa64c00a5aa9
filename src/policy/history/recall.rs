//! History made again from the record of decisions, as it was before the process ended.
//!
//! Each decision is recorded with the facts it was made on, and these say what is counted and by which rules: so it
//! is told from the facts and the rules that are in force now, and a limit that is new counts what it would have
//! counted. What cannot be read is not taken to be nothing, see [`History::gap`].

use std::time::Duration;

use super::{History, Whose};
use crate::domain::{AuditEntry, Effect, Scope, Timestamp};
use crate::policy::bundle::Bundle;
use crate::policy::facts::Facts;
use crate::store::{self, Audit};

/// How far back the record is read, from its newest entry on. The longest window of a limit is a day; a run that
/// goes on for longer than this is known by what its newer decisions say of the older ones.
const REACH: Duration = Duration::from_secs(30 * 86_400);

/// What went before in the organisation of `scope`, by the record. `now` is when what cannot be read ended at the latest.
pub(in crate::policy) async fn recall(
    audit: &dyn Audit,
    scope: &Scope,
    bundle: &Bundle,
    now: Timestamp,
) -> History {
    let mut recall = Recall::new(bundle, scope);
    if let Err(error) = recall.read(audit).await {
        tracing::warn!(%error, org = scope.org(), "the record of decisions cannot be read");
        recall.hole();
    }
    recall.finish(now)
}

/// A history in the making.
struct Recall<'a> {
    bundle: &'a Bundle,
    scope: &'a Scope,
    has_limits: bool,
    history: History,
    /// Whether something that cannot be read stands before what comes next.
    hole: bool,
}

impl<'a> Recall<'a> {
    fn new(bundle: &'a Bundle, scope: &'a Scope) -> Self {
        Self {
            bundle,
            scope,
            has_limits: bundle.limits().next().is_some(),
            history: History::default(),
            hole: false,
        }
    }

    async fn read(&mut self, audit: &dyn Audit) -> store::Result<()> {
        let mut after = audit.before(self.scope, REACH).await?;
        while let Some(part) = audit.part(self.scope, after).await? {
            for record in part.records {
                match record {
                    Some(record) => self.take(&record.entry, record.facts.as_deref()),
                    None => self.hole(),
                }
            }
            after = part.last;
        }
        Ok(())
    }

    /// Takes in the next entry of the record with the document that was judged.
    fn take(&mut self, entry: &AuditEntry, document: Option<&str>) {
        if std::mem::take(&mut self.hole) {
            self.history.gap(self.scope.org(), entry.at);
        }
        // What became of an action is no decision, and what is in no run only counts for limits. Before facts were
        // recorded there were neither runs with labels nor limits.
        let counts = entry.run.is_some() || self.has_limits;
        if entry.outcome.is_some() || entry.facts_sha256.is_none() || !counts {
            return;
        }
        let facts = document.and_then(|document| serde_json::from_str::<Facts>(document).ok());
        let Some(facts) = facts else {
            self.history.gap(self.scope.org(), entry.at);
            return;
        };
        let whose = Whose::of(&entry.scope, entry.run.as_deref());
        self.history.mend(&whose, &facts, self.bundle.limits(), entry.at);
        let denied = if entry.effect == Effect::Deny && entry.run.is_some() {
            self.denied_by(entry, &facts)
        } else {
            Vec::new()
        };
        let counted = self.bundle.counted(&facts);
        self.history.observe(
            &whose,
            &facts,
            entry.effect,
            denied.into_iter(),
            counted,
            entry.at,
        );
    }

    fn hole(&mut self) {
        self.hole = true;
    }

    fn finish(mut self, now: Timestamp) -> History {
        if self.hole {
            self.history.gap(self.scope.org(), now);
        }
        self.history
    }

    /// The rules that refused it; not those that would today. What a person refused was refused by none.
    fn denied_by(&self, entry: &AuditEntry, facts: &Facts) -> Vec<String> {
        let denying = self.bundle.verdict(facts).into_iter();
        let denying = denying.filter(|(_, effect)| *effect == Effect::Deny);
        denying
            .map(|(rule, _)| rule)
            .filter(|rule| entry.rules.contains(rule))
            .collect()
    }
}
