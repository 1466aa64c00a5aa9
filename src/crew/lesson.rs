//! Lessons in and out of a run: what earlier work teaches a step, and what a run teaches later ones.

use std::collections::BTreeMap;

use super::error::Error;
use super::fold::{End, RunState};
use super::handoff::brief;
use crate::domain::lesson::{LessonOutcome, Provenance, Uses};
use crate::domain::run::{QuotedLesson, Violation};
use crate::domain::{Entity, EntityKind, LessonId, LessonKind, RunId, Scope, TaskType, Trust};
use crate::knowledge::{Knowledge, NewLesson, Query};

/// Most lessons a step is given, and the bytes of each: about 1 KB together.
const MAX_LESSONS: usize = 3;
/// So many that were found are looked at.
const LOOKED_AT: usize = 8;
const MAX_TEXT: usize = 260;
const MAX_TITLE: usize = 60;

/// What was learned earlier that bears on a step. Text that looks like an instruction is left out: it would
/// be put before a model. Of more lessons than a step is given, those go first that helped its role before, and those
/// last that never did, by what `uses` says; of the others the best found.
///
/// A step does not wait for knowledge: when it cannot be searched, there are no lessons.
pub(super) async fn recall(
    knowledge: &Knowledge,
    scope: &Scope,
    task: &str,
    goal: &str,
    uses: &BTreeMap<LessonId, Uses>,
) -> Vec<QuotedLesson> {
    let query = Query {
        is_text: true,
        limit: LOOKED_AT,
        max_tokens: 1_600,
        ..Query::new(format!("{} {}", brief(task, 600), brief(goal, 300)))
    };
    let mut found = match knowledge.search(scope, &query).await {
        Ok(found) => found.hits,
        Err(error) => {
            tracing::warn!(%error, "no lessons for a crew step");
            return Vec::new();
        }
    };
    found.retain(|hit| hit.trust > Trust::Flagged);
    // The sort is stable: of those that are alike the best found goes first.
    found.sort_by_key(|hit| uses.get(&hit.id).map_or(1, |uses| place(*uses)));
    found
        .into_iter()
        .take(MAX_LESSONS)
        .map(|hit| QuotedLesson {
            id: hit.id,
            title: brief(&hit.title, MAX_TITLE),
            text: brief(&hit.text, MAX_TEXT),
            trust: hit.trust,
            provenance: hit.provenance,
        })
        .collect()
}

/// Lessons that helped at least every other step of the role first, those that helped none of three last.
fn place(uses: Uses) -> u8 {
    match uses {
        Uses { given, helped } if helped > 0 && helped.saturating_mul(2) >= given => 0,
        Uses { given, helped: 0 } if given >= 3 => 2,
        _ => 1,
    }
}

/// The lessons that the steps of a run were given: to how many, and how many of these went well at the first
/// attempt. A step that was never handed in says nothing.
pub(super) fn used(state: &RunState) -> Vec<(LessonId, Uses)> {
    let mut used: BTreeMap<LessonId, Uses> = BTreeMap::new();
    for step in &state.steps {
        let tried = step.result.is_some() || !step.rejections.is_empty();
        for lesson in step.lessons.iter().filter(|_| tried) {
            let uses = used.entry(lesson.id.clone()).or_default();
            uses.given += 1;
            uses.helped += u32::from(step.result.is_some() && step.rejections.is_empty());
        }
    }
    used.into_iter().collect()
}

/// What a finished run teaches, by rule: one lesson for each step that was sent back and then accepted,
/// and one for how the run went. Texts name no run, so that the same lesson from two runs is one; what
/// backs it is in the evidence.
///
/// # Errors
/// [`Error::RunOpen`] while the run goes on.
pub(super) fn from_run(run: &RunId, state: &RunState, task_type: TaskType) -> Result<Vec<NewLesson>, Error> {
    let end = state
        .end
        .as_ref()
        .ok_or_else(|| Error::RunOpen { run: run.clone() })?;
    let mut lessons: Vec<NewLesson> = (0..state.steps.len())
        .filter_map(|index| mended(run, state, index))
        .collect();
    lessons.extend(outcome(run, state, end, task_type));
    for lesson in &mut lessons {
        lesson
            .about
            .push(Entity::new(EntityKind::TaskType, task_type.name()));
    }
    Ok(lessons)
}

fn mended(run: &RunId, state: &RunState, index: usize) -> Option<NewLesson> {
    let step = state.plan.steps.get(index)?;
    let done = state.steps.get(index)?;
    let result = done.result.as_ref()?;
    let (_, _, last) = done.rejections.last()?;
    let first = last.first()?;
    let wrong: Vec<_> = last.iter().take(3).map(wrong).collect();
    let fixes: Vec<_> = last
        .iter()
        .take(3)
        .map(|violation| violation.fix.as_str())
        .collect();
    let evidence: Vec<_> = done
        .rejections
        .iter()
        .map(|(attempt, submitted, violations)| {
            let rules: Vec<_> = violations
                .iter()
                .map(|violation| violation.rule.as_str())
                .collect();
            format!(
                "attempt {attempt} (sha256 {submitted}) broke {}",
                rules.join(", ")
            )
        })
        .chain([format!(
            "attempt {} was accepted (sha256 {})",
            result.attempt, result.output
        )])
        .collect();
    let mut tags = vec![
        "crew".to_owned(),
        state.plan.source.to_lowercase(),
        step.role.to_lowercase(),
        first.rule.to_lowercase(),
    ];
    tags.dedup();
    Some(NewLesson {
        title: Some(format!("{} is sent back for {}", step.id, first.rule)),
        text: format!(
            "The output of step `{}` ({}) was sent back: {}. It was accepted after this was done: {}",
            step.id,
            step.role,
            wrong.join("; "),
            fixes.join("; ")
        ),
        context: Some(brief(&step.goal, 200)),
        tags,
        kind: LessonKind::Run,
        outcome: None,
        evidence: Some(format!("run {run}, step {}: {}", step.id, evidence.join("; "))),
        supersedes: None,
        valid_from: None,
        expires_at: None,
        about: vec![Entity::new(EntityKind::Tool, judge(&first.rule))],
        provenance: provenance(state, run, Some(step.id.as_str())),
        candidate: false,
        trust: Trust::Confirmed,
        request: None,
    })
}

/// The tool that sent a result back for breaking `rule`.
fn judge(rule: &str) -> &'static str {
    if rule.starts_with("policy") {
        "enforce_policy"
    } else {
        "validate_output"
    }
}

/// That a run went well is worth little on its own, so it stays a candidate; that it failed is worth knowing.
fn outcome(run: &RunId, state: &RunState, end: &End, task_type: TaskType) -> Option<NewLesson> {
    let (success, how) = match end {
        End::Completed => (true, "was completed".to_owned()),
        End::Failed { class, reason } => (false, format!("failed ({class}): {}", brief(reason, 300))),
        // Somebody's change of mind says nothing about the work.
        End::Cancelled { .. } => return None,
    };
    let sent_back: usize = state.steps.iter().map(|step| step.rejections.len()).sum();
    Some(NewLesson {
        title: Some(format!(
            "{} {}",
            state.plan.source,
            if success { "was completed" } else { "failed" }
        )),
        text: format!(
            "A `{}` run of {} steps for a task of the kind {task_type} {how}; {} submissions, {sent_back} of them \
             sent back; it took {}. Task: {}",
            state.plan.source,
            state.steps.len(),
            state.submissions,
            cost(state),
            brief(&state.task, 200)
        ),
        context: None,
        tags: vec!["crew".to_owned(), state.plan.source.to_lowercase()],
        kind: LessonKind::Outcome,
        outcome: Some(LessonOutcome {
            reference: Some(run.to_string()),
            success,
            score: None,
        }),
        evidence: Some(format!("run {run}, {} events", state.seq)),
        supersedes: None,
        valid_from: None,
        expires_at: None,
        about: Vec::new(),
        provenance: provenance(state, run, None),
        candidate: success,
        trust: Trust::Confirmed,
        request: None,
    })
}

/// What the run took, as far as it was told.
fn cost(state: &RunState) -> String {
    let seconds = state.touched_at.duration_since(state.started_at).as_secs().max(0);
    let usd = state.usage.usd.as_usd();
    if state.usage.tokens == 0 && usd == 0.0 {
        return format!("{seconds} s");
    }
    format!("{seconds} s, {} tokens and ${usd:.4}", state.usage.tokens)
}

fn wrong(violation: &Violation) -> String {
    format!("{} ({})", violation.rule, violation.got)
}

fn provenance(state: &RunState, run: &RunId, step: Option<&str>) -> Provenance {
    Provenance {
        principal: state.principal.clone(),
        run: Some(run.to_string()),
        step: step.map(str::to_owned),
        source: None,
        labels: Vec::new(),
    }
}
