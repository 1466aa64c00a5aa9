//! Runs that are forgotten: their events, the outputs that no other run names, and the keys they were asked for by.

use std::collections::{BTreeSet, HashSet};

use super::draft::{self, Draft};
use super::journal::{self, Binding, Head};
use super::{failed, keys};
use crate::domain::{Digest, RunEvent, RunId, Scope};
use crate::store::{Result, Seq};

/// Removes those of `runs` that have ended. Nothing else is written meanwhile, so that no run can take up an output that
/// is just being removed.
pub(super) fn forget(draft: &mut Draft<'_>, scope: &Scope, runs: &[RunId]) -> Result<Vec<RunId>> {
    let mut doomed: Vec<(RunId, Head)> = Vec::new();
    for run in runs.iter().collect::<BTreeSet<_>>() {
        if let Some(head) = journal::head(draft, scope, run)?.filter(|head| !head.open) {
            doomed.push((run.clone(), head));
        }
    }
    if doomed.is_empty() {
        return Ok(Vec::new());
    }
    let mut unnamed = HashSet::new();
    for (run, head) in &doomed {
        unnamed.extend(outputs(draft, scope, run, head.last)?);
    }
    for run in all_runs(draft, scope)? {
        if unnamed.is_empty() || doomed.iter().any(|(doomed, _)| *doomed == run) {
            continue;
        }
        if let Some(head) = journal::head(draft, scope, &run)? {
            for output in outputs(draft, scope, &run, head.last)? {
                unnamed.remove(&output);
            }
        }
    }
    for output in &unnamed {
        draft.remove_all_of(keys::blob(scope, output).as_ref())?;
    }
    for (run, head) in &doomed {
        let events = keys::events(scope, run);
        for seq in 1..=head.last {
            draft.remove_all_of(events.at(seq).as_ref())?;
        }
        draft.remove(keys::run(scope, run));
    }
    for record in draft.tree().scan_prefix(keys::idempotencies(scope)) {
        let (key, value) = record.map_err(failed("read"))?;
        let binding: Binding = draft::decode(draft, &key, &value)?;
        if doomed.iter().any(|(run, _)| *run == binding.run) {
            draft.remove_all_of(&key)?;
        }
    }
    Ok(doomed.into_iter().map(|(run, _)| run).collect())
}

/// The outputs that a run names, in this batch, too.
fn outputs(view: &impl draft::View, scope: &Scope, run: &RunId, last: Seq) -> Result<Vec<Digest>> {
    let events = keys::events(scope, run);
    let mut named = Vec::new();
    for seq in 1..=last {
        let event: Option<RunEvent> = draft::read(view, &events.at(seq))?;
        named.extend(event.as_ref().and_then(RunEvent::output));
    }
    Ok(named)
}

/// The runs of the project, also those that this batch begins.
fn all_runs(draft: &Draft<'_>, scope: &Scope) -> Result<BTreeSet<RunId>> {
    let prefix = keys::runs(scope);
    let mut runs = BTreeSet::new();
    let name = |key: &[u8]| {
        let mut parts = keys::Parts::of(key);
        let (_, _, run) = (parts.text()?, parts.text()?, parts.text()?);
        Some(RunId::new(run))
    };
    for key in draft.tree().scan_prefix(&prefix).keys() {
        runs.extend(name(&key.map_err(failed("read"))?));
    }
    runs.extend(draft.pending(&prefix).filter_map(name));
    Ok(runs)
}
