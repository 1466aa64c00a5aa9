//! `record_lesson`: keep what was learned, and how a routed piece of work went.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moment;
use crate::domain::lesson::{LessonOutcome, Provenance};
use crate::domain::{
    Action, ActionKind, Actor, Destination, Entity, EntityKind, Evidence, Label, LessonId, LessonKind,
    RouteId, RunId, Scope, Trust,
};
use crate::knowledge::{NewLesson, RecordStatus, Recorded, Related};
use crate::mcp::Services;
use crate::mcp::arguments::{bad, list, loose, loose_required};
use crate::mcp::caller::Caller;
use crate::mcp::permitted::{Judged, Permitted};
use crate::mcp::reply::ToolError;
use crate::routing::Told;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// What was learned, in one or a few sentences that make sense on their own. Give this or `from_run`.
    /// Example: "The payment tests need the clock held still, else they fail around midnight UTC."
    #[serde(default, deserialize_with = "loose", alias = "text", alias = "content")]
    lesson: Option<String>,
    /// Take the lessons from the journal of this run instead. Example: "0f3a...".
    #[serde(default, deserialize_with = "loose", alias = "run_id")]
    from_run: Option<String>,
    /// A short name; made from the text when left out. Example: "Payment tests and midnight".
    #[serde(default, deserialize_with = "loose")]
    title: Option<String>,
    /// When it applies. Example: "tests of the payment crate".
    #[serde(default, deserialize_with = "loose")]
    context: Option<String>,
    /// Labels to find it by. Example: ["tests", "time"].
    #[serde(default, deserialize_with = "list")]
    tags: Vec<String>,
    /// How the work went: moves the later choices of route_task.
    /// Example: {"ref": "the route_id", "success": true}.
    #[serde(default, deserialize_with = "loose")]
    outcome: Option<Outcome>,
    /// The id of the lesson that this one replaces. Example: "0191...".
    #[serde(default, deserialize_with = "loose")]
    supersedes: Option<String>,
    /// What backs it: a test's output, a link, a finding. Example: "cargo test: 12 passed".
    #[serde(default, deserialize_with = "loose")]
    evidence: Option<String>,
    /// What it is about, as kind:name, so that a search can start from there; run, labels and the files that the
    /// text names are taken up anyway. Kinds are task_type, file, tool, model. Example: ["file:src/session.rs"].
    #[serde(default, deserialize_with = "list")]
    about: Vec<String>,
    /// From when on it holds, if not from now on. Example: "2026-12-01".
    #[serde(default, deserialize_with = "loose")]
    valid_from: Option<String>,
    /// From when on it is not to be found any more. Example: "2027-01-01".
    #[serde(default, deserialize_with = "loose")]
    expires_at: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(expecting = "an object with ref and success")]
struct Outcome {
    /// The route_id that route_task gave. Example: "0191...".
    #[serde(
        rename = "ref",
        default,
        deserialize_with = "loose",
        alias = "route_id",
        alias = "run_id",
        alias = "reference"
    )]
    reference: Option<String>,
    /// Whether it worked. Example: true.
    #[serde(deserialize_with = "loose_required")]
    success: bool,
    /// How well, from 0 to 1. Example: 0.8.
    #[serde(default, deserialize_with = "loose")]
    score: Option<f64>,
    /// Who says so: test (one was run), user (the person said so), override (the person took another model's
    /// answer), retry (the same was asked for again), claim (nobody but the model), unavailable (the provider did not
    /// answer: says nothing about the model, and leaves the provider alone for a while after three in a row).
    /// Without it: test where there is evidence, else claim. Example: "user".
    #[serde(default, alias = "source")]
    by: Option<By>,
    /// Tokens of the answer, hidden reasoning with them, as the provider counted them. Example: 900.
    #[serde(default, deserialize_with = "loose", alias = "output_tokens")]
    tokens_out: Option<u64>,
    /// US dollars that the work really took, if you know: reports set them against what was expected. Example: 0.004.
    #[serde(default, deserialize_with = "loose")]
    cost_usd: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    #[serde(alias = "tests")]
    Test,
    #[serde(alias = "person", alias = "human")]
    User,
    Override,
    Retry,
    #[serde(alias = "model", alias = "self")]
    Claim,
    #[serde(alias = "provider")]
    Unavailable,
}

impl Judged for Input {
    const TOOL: &'static str = "record_lesson";
    const EXAMPLE: &'static str = r#"{"lesson": "The payment tests need the clock held still."}"#;
    const ACTION: Option<(ActionKind, Destination)> = Some((ActionKind::MemoryWrite, Destination::Memory));
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The lesson's id; absent when nothing was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// created; merged into one that says nearly the same; superseded another; duplicate of one that says
    /// exactly the same; candidate, to be confirmed. Absent when nothing was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["created", "merged", "superseded", "duplicate", "candidate"]))]
    status: Option<RecordStatus>,
    /// Lessons that are close to it.
    related: Vec<Near>,
    /// Further lessons of the same run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more: Vec<Kept>,
    /// Whether the outcome was counted for the model that route_task chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_counted: Option<bool>,
    /// What the caller should know beside the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Kept {
    /// The lesson's id.
    id: String,
    /// As above.
    #[schemars(with = "String", extend("enum" = ["created", "merged", "superseded", "duplicate", "candidate"]))]
    status: RecordStatus,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Near {
    /// The lesson's id.
    id: String,
    /// Its title.
    title: String,
    /// What they have in common.
    why: String,
}

pub(crate) async fn call(
    app: &Services,
    call: Permitted<Input>,
    caller: &Caller,
) -> Result<Output, ToolError> {
    let (scope, input, mut warnings) = call.into_parts();
    let outcome = input.outcome.clone();
    let score = outcome.as_ref().and_then(|outcome| outcome.score);
    if score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
        return Err(bad("argument `outcome.score`: expected 0 to 1", Input::EXAMPLE));
    }
    let cost = outcome.as_ref().and_then(|outcome| outcome.cost_usd);
    if cost.is_some_and(|cost| !(cost.is_finite() && cost >= 0.0)) {
        let message = "argument `outcome.cost_usd`: expected an amount of US dollars";
        return Err(bad(message, Input::EXAMPLE));
    }
    let evident = input.evidence.is_some();
    let mut lessons = lessons(app, &scope, input).await?;
    if let Some(reference) = outcome.as_ref().and_then(|outcome| outcome.reference.as_deref()) {
        let routed = app.router.routed(&scope, &RouteId::new(reference)).await?;
        for lesson in &mut lessons {
            lesson.about.extend(routed.iter().flat_map(|route| {
                [
                    Entity::new(EntityKind::TaskType, route.task_type.name()),
                    Entity::new(EntityKind::Model, route.model.as_str()),
                ]
            }));
        }
    }
    if lessons.is_empty() && outcome.is_none() {
        warnings.push("the run taught nothing that is worth keeping".to_owned());
    }
    let mut recorded = Vec::with_capacity(lessons.len());
    for (number, mut lesson) in lessons.into_iter().enumerate() {
        // A call that comes again under its name gives the answer it gave. The outcome below needs no name:
        // the router counts the same outcome of a route once.
        lesson.request = caller.request.as_ref().map(|name| format!("{name}/{number}"));
        let labels = labels(app, &scope, &lesson);
        lesson.provenance.add_labels(labels);
        recorded.push(app.knowledge.record(&scope, lesson).await?);
    }
    let outcome_counted = match &outcome {
        Some(outcome) => learn(app, &scope, outcome, evident, &mut warnings).await?,
        None => None,
    };
    Ok(Output {
        outcome_counted,
        warnings,
        ..Output::from(recorded)
    })
}

/// The lessons that the input asks to keep: the given one, those of a run, or none beside an outcome.
async fn lessons(app: &Services, scope: &Scope, input: Input) -> Result<Vec<NewLesson>, ToolError> {
    match (input.lesson.as_deref().map(str::trim), &input.from_run) {
        (Some(text), _) if !text.is_empty() => Ok(vec![lesson(scope, text.to_owned(), input)?]),
        (_, Some(run)) => Ok(app.crews.lessons(scope, &RunId::new(run)).await?),
        _ if input
            .outcome
            .as_ref()
            .is_some_and(|outcome| outcome.reference.is_some()) =>
        {
            Ok(Vec::new())
        }
        _ => Err(bad("missing field `lesson` (or `from_run`)", Input::EXAMPLE)),
    }
}

fn lesson(scope: &Scope, text: String, input: Input) -> Result<NewLesson, ToolError> {
    Ok(NewLesson {
        valid_from: moment("valid_from", input.valid_from.as_deref(), Input::EXAMPLE)?,
        about: entities(&input.about)?,
        expires_at: moment("expires_at", input.expires_at.as_deref(), Input::EXAMPLE)?,
        text,
        title: input.title,
        context: input.context,
        tags: input.tags,
        kind: if input.outcome.is_some() {
            LessonKind::Outcome
        } else {
            LessonKind::Note
        },
        outcome: input.outcome.map(|outcome| LessonOutcome {
            reference: outcome.reference,
            success: outcome.success,
            score: outcome.score,
        }),
        evidence: input.evidence,
        supersedes: input.supersedes.map(LessonId::new),
        provenance: Provenance {
            principal: scope.principal().to_owned(),
            run: input.from_run,
            step: None,
            source: None,
            labels: Vec::new(),
        },
        candidate: false,
        trust: Trust::Unverified,
        request: None,
    })
}

/// What the lesson holds and what its run has taken in: whoever is given it later takes that in.
fn labels(app: &Services, scope: &Scope, lesson: &NewLesson) -> BTreeSet<Label> {
    let action = Action::new(ActionKind::MemoryWrite).with_content(lesson.text.as_str());
    let actor = Actor {
        run: lesson.provenance.run.clone(),
        ..Actor::default()
    };
    app.gate.labels(scope, &actor, &action)
}

fn entities(about: &[String]) -> Result<Vec<Entity>, ToolError> {
    let read = about.iter().map(|entity| entity.parse());
    read.collect::<Result<_, _>>()
        .map_err(|error| bad(format!("argument `about`: {error}"), Input::EXAMPLE))
}

/// Tells the router how it went. `None` when the outcome refers to nothing.
async fn learn(
    app: &Services,
    scope: &Scope,
    outcome: &Outcome,
    evident: bool,
    warnings: &mut Vec<String>,
) -> Result<Option<bool>, ToolError> {
    let Some(reference) = &outcome.reference else {
        return Ok(None);
    };
    let evidence = match outcome.by {
        Some(by) => Evidence::from(by),
        None if evident => Evidence::Test,
        None => Evidence::Claim,
    };
    // That somebody had to ask again, or took another answer, is no success whatever else is said.
    let failed = matches!(evidence, Evidence::Override | Evidence::Retry);
    let reward = match outcome.score {
        _ if failed => 0.0,
        Some(score) => score,
        None => f64::from(outcome.success),
    };
    let told = Told {
        tokens_out: outcome.tokens_out,
        cost_usd: outcome.cost_usd,
        ..Told::new(evidence, reward)
    };
    let learned = app.router.tell(scope, &RouteId::new(reference), told).await?;
    if let Some(usd) = outcome.cost_usd.filter(|_| learned.is_some()) {
        app.router.spent(scope, &RouteId::new(reference), usd).await?;
    }
    if learned.is_none() {
        warnings.push(
            "outcome.ref is no route_id of this project, so no later choice of route_task moves".to_owned(),
        );
    }
    Ok(Some(learned.is_some()))
}

impl From<By> for Evidence {
    fn from(by: By) -> Self {
        match by {
            By::Test => Self::Test,
            By::User => Self::User,
            By::Override => Self::Override,
            By::Retry => Self::Retry,
            By::Claim => Self::Claim,
            By::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Vec<Recorded>> for Output {
    fn from(recorded: Vec<Recorded>) -> Self {
        let mut recorded = recorded.into_iter();
        let first = recorded.next();
        Self {
            id: first.as_ref().map(|first| first.id.to_string()),
            status: first.as_ref().map(|first| first.status),
            related: first
                .into_iter()
                .flat_map(|first| first.related)
                .map(Near::from)
                .collect(),
            more: recorded.map(Kept::from).collect(),
            outcome_counted: None,
            warnings: Vec::new(),
        }
    }
}

impl From<Recorded> for Kept {
    fn from(recorded: Recorded) -> Self {
        Self {
            id: recorded.id.to_string(),
            status: recorded.status,
        }
    }
}

impl From<Related> for Near {
    fn from(related: Related) -> Self {
        Self {
            id: related.id.to_string(),
            title: related.title,
            why: related.why,
        }
    }
}
