//! The record, entry by entry, into a report.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::tally::Tally;
use super::{Approvals, Counts, Mends, Report, RuleRow, Took, Trend};
use crate::domain::{ActionKind, ActionResult, AuditEntry, Digest, Effect, Scope, Timestamp};
use crate::policy::RuleInfo;

/// A week in seconds.
const WEEK_S: i64 = 7 * 86_400;

/// Counts entries as they come.
#[derive(Debug)]
pub struct Fold {
    report: Report,
    rules: BTreeMap<String, (RuleRow, Vec<u64>)>,
    actors: Tally,
    kinds: Tally,
    projects: Tally,
    doors: Tally,
    days: Tally,
    bundles: BTreeSet<Digest>,
    /// Refused actions of runs that did not yet do such a thing in a way that passed: since when, by which rules.
    violations: HashMap<Manner, (Timestamp, Vec<String>)>,
    mended_after: Vec<u64>,
    asked: HashMap<(Scope, Digest), Timestamp>,
    answered_after: Vec<u64>,
    trends: BTreeMap<(String, String), (u64, u64)>,
}

/// Project, run, kind and tool: what an action is done again in, after it was refused.
type Manner = (String, String, ActionKind, Option<String>);

/// Who acted, in the document of facts.
#[derive(Debug, Default, Deserialize)]
struct Who<'a> {
    #[serde(borrow, default)]
    role: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    agent: Option<Cow<'a, str>>,
}

/// Who acted: the role, else the agent, else the person whose process it is.
#[must_use]
pub(in crate::policy) fn actor(entry: &AuditEntry, document: Option<&str>) -> String {
    let who: Who<'_> = document
        .and_then(|document| serde_json::from_str(document).ok())
        .unwrap_or_default();
    match (who.role, who.agent) {
        (Some(role), _) => format!("role {role}"),
        (None, Some(agent)) => format!("agent {agent}"),
        (None, None) => format!("user {}", entry.scope.principal()),
    }
}

impl Fold {
    /// A report made at `now`, of decisions from `since` on.
    #[must_use]
    pub fn new(since: Option<Timestamp>, now: Timestamp) -> Self {
        Self {
            report: Report {
                made_at: now,
                since,
                ..Report::default()
            },
            rules: BTreeMap::new(),
            actors: Tally::default(),
            kinds: Tally::default(),
            projects: Tally::default(),
            doors: Tally::default(),
            days: Tally::default(),
            bundles: BTreeSet::new(),
            violations: HashMap::new(),
            mended_after: Vec::new(),
            asked: HashMap::new(),
            answered_after: Vec::new(),
            trends: BTreeMap::new(),
        }
    }

    /// Counts the next entry, with the document it was judged by.
    pub fn take(&mut self, entry: &AuditEntry, document: Option<&str>) {
        if self.report.since.is_some_and(|since| entry.at < since) {
            return;
        }
        if let Some(outcome) = &entry.outcome {
            let (done, failed) = &mut self.report.outcomes;
            match outcome.result {
                ActionResult::Succeeded => *done += 1,
                ActionResult::Failed => *failed += 1,
            }
            return;
        }
        let (from, until) = self.report.period.unwrap_or((entry.at, entry.at));
        self.report.period = Some((from.min(entry.at), until.max(entry.at)));
        self.report.decisions.add(entry.effect);
        self.bundles.insert(entry.bundle);
        let actor = actor(entry, document);
        self.actors.add(&actor, entry.effect);
        self.kinds.add(&word(entry.kind), entry.effect);
        self.projects.add(entry.scope.project(), entry.effect);
        self.doors.add(&entry.via, entry.effect);
        let day = entry.at.to_string();
        self.days.add(day.get(..10).unwrap_or(&day), entry.effect);
        for id in &entry.rules {
            let (row, _) = self.rule(id);
            row.counts.add(entry.effect);
            let (first, last) = row.seen.unwrap_or((entry.at, entry.at));
            row.seen = Some((first.min(entry.at), last.max(entry.at)));
        }
        self.follow_mend(entry);
        self.follow_approval(entry);
        self.follow_trend(entry, &actor);
    }

    /// The report, about the rules that are in force now.
    #[must_use]
    pub fn finish(mut self, in_force: &[RuleInfo], bundle: Digest) -> Report {
        self.bundles.remove(&bundle);
        let kinds_unseen = ActionKind::ALL.map(word).into_iter();
        let kinds_unseen = kinds_unseen.filter(|kind| !self.kinds.holds(kind)).collect();
        let silent = in_force.iter().map(|rule| rule.id.clone());
        let silent = silent.filter(|id| !self.rules.contains_key(id)).collect();
        let rule = |(mut row, times): (RuleRow, Vec<u64>)| {
            row.mends.took = Took::of(times);
            row
        };
        let mut rules: Vec<RuleRow> = self.rules.into_values().map(rule).collect();
        rules.sort_by_key(|row| std::cmp::Reverse((stopping(&row.counts), row.counts.total())));
        let trend = |((rule, actor), (this_week, week_before))| Trend {
            rule,
            actor,
            this_week,
            week_before,
        };
        let mut trends: Vec<Trend> = self.trends.into_iter().map(trend).collect();
        trends.sort_by_key(|trend| std::cmp::Reverse((trend.this_week, trend.week_before)));
        let report = self.report;
        Report {
            bundle: bundle.to_string(),
            other_bundles: self.bundles.len() as u64,
            rules,
            actors: self.actors.by_frequency(),
            kinds: self.kinds.by_frequency(),
            projects: self.projects.by_frequency(),
            doors: self.doors.by_frequency(),
            days: self.days.in_order(),
            mends: Mends {
                took: Took::of(self.mended_after),
                ..report.mends
            },
            approvals: Approvals {
                unanswered: self.asked.len() as u64,
                took: Took::of(self.answered_after),
                ..report.approvals
            },
            kinds_unseen,
            rules_silent: silent,
            trends,
            ..report
        }
    }

    fn rule(&mut self, id: &str) -> &mut (RuleRow, Vec<u64>) {
        self.rules.entry(id.to_owned()).or_insert_with(|| {
            let row = RuleRow {
                id: id.to_owned(),
                ..RuleRow::default()
            };
            (row, Vec::new())
        })
    }

    /// A refused action followed by a permitted one of the same kind and tool in the same run is mended.
    fn follow_mend(&mut self, entry: &AuditEntry) {
        let Some(run) = entry.run.clone() else { return };
        let manner = (
            entry.scope.project().to_owned(),
            run,
            entry.kind,
            entry.tool.clone(),
        );
        match entry.effect {
            Effect::Deny => {
                // The strictest comes first; the others may only have warned.
                let by: Vec<String> = entry.rules.iter().take(1).cloned().collect();
                if self.violations.contains_key(&manner) {
                    return;
                }
                self.report.mends.violations += 1;
                for rule in &by {
                    self.rule(rule).0.mends.violations += 1;
                }
                self.violations.insert(manner, (entry.at, by));
            }
            Effect::RequireApproval => {}
            Effect::Allow | Effect::Warn | Effect::Redact => {
                let Some((since, by)) = self.violations.remove(&manner) else {
                    return;
                };
                let took = elapsed_ms(since, entry.at);
                self.report.mends.mended += 1;
                self.mended_after.push(took);
                for rule in &by {
                    let (row, times) = self.rule(rule);
                    row.mends.mended += 1;
                    times.push(took);
                }
            }
        }
    }

    /// An answer carries the handle of what was asked for; the question is the one about the same action.
    fn follow_approval(&mut self, entry: &AuditEntry) {
        let key = (entry.scope.clone(), entry.action_sha256);
        let approvals = &mut self.report.approvals;
        match (&entry.approval, entry.effect) {
            (None, Effect::RequireApproval) => {
                approvals.asked += 1;
                self.asked.entry(key).or_insert(entry.at);
            }
            (None, _) => {}
            (Some(_), effect) => {
                if effect < Effect::RequireApproval {
                    approvals.used += 1;
                } else {
                    approvals.refused += 1;
                }
                let asked = self.asked.remove(&key);
                self.answered_after
                    .extend(asked.map(|asked| elapsed_ms(asked, entry.at)));
            }
        }
    }

    fn follow_trend(&mut self, entry: &AuditEntry, actor: &str) {
        let age = self.report.made_at.as_second() - entry.at.as_second();
        if entry.effect == Effect::Allow || age >= 2 * WEEK_S {
            return;
        }
        let Some(rule) = entry.rules.first() else { return };
        let trend = self.trends.entry((rule.clone(), actor.to_owned())).or_default();
        if age < WEEK_S {
            trend.0 += 1;
        } else {
            trend.1 += 1;
        }
    }
}

fn stopping(counts: &Counts) -> u64 {
    counts.deny + counts.require_approval
}

fn elapsed_ms(from: Timestamp, until: Timestamp) -> u64 {
    u64::try_from(until.as_millisecond() - from.as_millisecond()).unwrap_or_default()
}

/// The word a closed set has on the wire.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
