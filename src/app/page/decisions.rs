//! What policy decided, newest first, from the record.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::App;
use crate::app::request::{Outcome, told};
use crate::audit::Snapshot;
use crate::domain::{AuditEntry, Effect, Scope};
use crate::error::Error;
use crate::mcp::page::Decisions;
use crate::store;

/// Entries that are looked at for one answer: a project that is asked of little has its page fill slowly.
const MOST: u64 = 20_000;

/// What `page` asks for, of the project: `decisions`, the `rules` they name, the `total` of the log, and `before` which
/// entry the next page begins, where there is one.
pub(super) async fn read(app: &Arc<App>, scope: &Scope, page: Decisions) -> Outcome {
    let (reading, scope) = (Arc::clone(app), scope.clone());
    let read = tokio::task::spawn_blocking(move || {
        let log = reading.store.audit_log(scope.org());
        log.map_or_else(|| Ok(Page::default()), |log| Page::of(&log, &scope, &page))
    });
    let failed = |error: Error| told(&error.problem());
    let page = read.await.map_err(|error| {
        failed(Error::Io {
            doing: "read the audit log".into(),
            source: error.into(),
        })
    })?;
    let page = page.map_err(|error| failed(error.into()))?;
    let named = |id: &String| page.found.iter().any(|(_, entry)| entry.rules.contains(id));
    let rules: BTreeMap<String, Value> = app
        .services
        .gate
        .rules()
        .into_iter()
        .filter(|rule| named(&rule.id))
        .map(|rule| (rule.id, json!({ "why": rule.why, "fix": rule.fix })))
        .collect();
    let decisions: Vec<Value> = page.found.iter().map(|(seq, entry)| row(*seq, entry)).collect();
    Ok(json!({
        "decisions": decisions,
        "rules": rules,
        "total": page.total,
        "before": page.before,
    }))
}

fn row(seq: u64, entry: &AuditEntry) -> Value {
    json!({
        "seq": seq,
        "at": entry.at,
        "via": entry.via,
        "kind": entry.kind,
        "tool": entry.tool,
        "run": entry.run,
        "principal": entry.scope.principal(),
        "effect": entry.effect,
        "rules": entry.rules,
        "approval": entry.approval,
        "outcome": entry.outcome,
    })
}

/// Some entries, the newest first.
#[derive(Debug, Default)]
struct Page {
    found: Vec<(u64, AuditEntry)>,
    total: u64,
    before: Option<u64>,
}

impl Page {
    fn of(log: &Snapshot, scope: &Scope, asked: &Decisions) -> store::Result<Self> {
        let total = log.size();
        let mut page = Self {
            total,
            ..Self::default()
        };
        let mut end = asked
            .before
            .map_or(total, |before| before.saturating_sub(1).min(total));
        let least = end.saturating_sub(MOST);
        while end > least {
            let start = log.before_file_of(end).max(least);
            let step = usize::try_from(end - start).unwrap_or(usize::MAX);
            for stored in log.entries(start, step)?.into_iter().rev() {
                let Some((reference, record)) = stored.record()? else {
                    continue;
                };
                if !is_asked_for(&record.entry, scope, asked) {
                    continue;
                }
                page.found.push((reference.seq, record.entry));
                if page.found.len() >= asked.limit {
                    page.before = Some(reference.seq).filter(|seq| *seq > 1);
                    return Ok(page);
                }
            }
            end = start;
        }
        page.before = Some(end + 1).filter(|_| end > 0);
        Ok(page)
    }
}

fn is_asked_for(entry: &AuditEntry, scope: &Scope, asked: &Decisions) -> bool {
    entry.scope.project() == scope.project()
        && (!asked.stopped || !matches!(entry.effect, Effect::Allow))
        && asked
            .run
            .as_ref()
            .is_none_or(|run| entry.run.as_ref() == Some(run))
}
