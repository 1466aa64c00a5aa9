//! One run, from its start to the judgement.

use std::sync::Arc;

use firstmate::crew::{Start, fold};
use firstmate::domain::run::{Executor, RunEvent};
use firstmate::domain::{Digest, MicroUsd, RunBudget, RunId, RunStatus, Scope};
use firstmate::model::{Model, Models};

use crate::fault::Class;
use crate::model::{Played, Script, output};
use crate::plans::{Dice, faults, plan};
use crate::world::{World, scope};

/// Most a run may take, in millionths of a dollar, and seconds.
const BUDGET: u64 = 200_000;
const DEADLINE_S: u64 = 60;
/// Most restarts.
const LIVES: usize = 20;

/// How a run went.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) seed: u64,
    pub(crate) ended: Ended,
    pub(crate) faults: u64,
    pub(crate) calls: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Completed, and all of it as it should be.
    Right,
    /// Failed, with this class.
    Failed(String),
    /// Something that must not be.
    Wrong(String),
}

pub(crate) async fn play(world: &World, class: Class, seed: u64, recovery: bool) -> anyhow::Result<Told> {
    let mut dice = Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ class as u64);
    let (strategy, steps) = plan(&mut dice, recovery);
    let count = steps.as_array().map_or(0, Vec::len) as u64;
    let faults = faults(&mut dice, class, count);
    let injected = faults.values().map(|each| each.len() as u64).sum();
    let script = Script::new(faults);
    let models = || {
        let played = |id, is_first| {
            Arc::new(Played {
                id,
                is_first,
                script: Arc::clone(&script),
            }) as Arc<dyn Model>
        };
        Models::new([played("a/first", true), played("b/second", false)])
    };
    let scope = scope(&format!("{}-{seed}-{recovery}", class.name()))?;
    let start = Start {
        task: "Do the work in parts.".to_owned(),
        plan: Some(steps),
        strategy: Some(strategy.to_owned()),
        executor: Some("a/first".to_owned()),
        budget: RunBudget {
            max_usd: Some(MicroUsd(if class == Class::TooDear { 900 } else { BUDGET })),
            max_wall_s: Some(DEADLINE_S),
            ..RunBudget::default()
        },
        idempotency_key: Some("the one".to_owned()),
        ..Start::default()
    };
    let mut run = None;
    for _ in 0..LIVES {
        let crews = world.crews(models(), recovery)?;
        let life = async {
            let reply = crews.start(&scope, start.clone()).await?;
            crews.drive(&scope, &reply.run_id).await?;
            anyhow::Ok(reply.run_id)
        };
        tokio::select! {
            ended = life => {
                run = Some(ended?);
                break;
            }
            () = script.crash() => {}
        }
    }
    let ended = match &run {
        Some(run) => judge(world, &scope, run, &script).await?,
        None => Ended::Wrong(format!("it did not end in {LIVES} lives")),
    };
    Ok(Told {
        seed,
        ended,
        faults: injected,
        calls: script.calls(),
    })
}

async fn judge(world: &World, scope: &Scope, run: &RunId, script: &Script) -> anyhow::Result<Ended> {
    let events = world.stores.journal.replay(scope, run, 0).await?;
    let Some(state) = fold::fold(&events) else {
        anyhow::bail!("{run} has no events")
    };
    let wrong = |what: String| Ok(Ended::Wrong(what));
    let spent = state.usage.usd;
    if spent > state.budget.max_usd.unwrap_or_default() {
        return wrong(format!("it took {spent:?}"));
    }
    for event in &events {
        if let RunEvent::StepResult { step, attempt, .. } = event {
            let answered = script.answered(&format!("{step}/{attempt}"));
            let results = events
                .iter()
                .filter(|other| matches!(other, RunEvent::StepResult { step: of, .. } if of == step))
                .count();
            if answered > 1 || results > 1 {
                return wrong(format!("{step} was done twice"));
            }
        }
    }
    match (state.status(), &state.end) {
        (RunStatus::Completed, _) => {}
        (_, Some(fold::End::Failed { class, .. })) => return Ok(Ended::Failed(class.clone())),
        (status, _) => return wrong(format!("it is {status:?}")),
    }
    if state.touched_at.as_second() - state.started_at.as_second() > DEADLINE_S.cast_signed() {
        return wrong("it was too late".to_owned());
    }
    for (step, at) in state.plan.steps.iter().zip(&state.steps) {
        let Some(result) = &at.result else {
            return wrong(format!("{} has no output", step.id));
        };
        if at.executor != Executor::Join && result.output != Digest::of(output(step.id.as_str()).as_bytes()) {
            return wrong(format!("{} has another output", step.id));
        }
    }
    Ok(Ended::Right)
}
