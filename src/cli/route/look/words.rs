//! The task, the choice and what would change it, in sentences.

use std::fmt::Write as _;

use super::super::{seconds, usd};
use super::{Answer, Cascade, Expected, Flip, Gain, Turn, Without};
use crate::cli::screen::{Ink, Screen};

pub(super) fn task(answer: &Answer) -> String {
    let mut types: Vec<_> = answer.task_types.iter().collect();
    types.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let likeliest = types.iter().take(3).map(|(name, p)| format!("{name} {p:.2}"));
    let chances = likeliest.collect::<Vec<_>>().join(", ");
    let is_open = answer.task_type == "general" && !chances.is_empty();
    let what = match (chances.as_str(), is_open) {
        _ if answer.custom_type.is_some() => {
            let name = answer.custom_type.as_deref().unwrap_or_default();
            format!("{name}, which is a kind of {}", answer.task_type)
        }
        ("", _) => "general: the text gives no signal".to_owned(),
        (chances, true) => format!("general: too close to call ({chances})"),
        (chances, false) => chances.to_owned(),
    };
    let hard = match (answer.difficulty.score, answer.difficulty.bucket) {
        (Some(score), Some(bucket)) => format!("{score:.2}, step {} of 5", bucket.saturating_add(1)),
        _ => "no signal, so taken as middling".to_owned(),
    };
    let needs = if answer.needs.is_empty() {
        "nothing special".to_owned()
    } else {
        answer.needs.join(", ")
    };
    format!(
        "type        {what}\ndifficulty  {hard}\nstakes      {}\nneeds       {needs}\n",
        answer.stakes
    )
}

pub(super) fn choice(answer: &Answer, screen: Screen) -> String {
    let Some(model) = &answer.model else {
        let advice = answer.advice.as_deref().unwrap_or("no model meets the limits");
        return format!(
            "\n{}\n{}",
            screen.ink(Ink::Warning, "no model is left"),
            screen.prose(advice, 2)
        );
    };
    let Expected {
        p_success,
        p_low,
        cost_usd,
        latency_ms,
    } = answer.expected;
    let place = if model.local { ", on this machine" } else { "" };
    let seen = answer.candidates.first().map_or(0.0, |candidate| candidate.n);
    let evidence = if seen > 0.0 {
        format!("{seen} outcomes behind it")
    } else {
        "no outcomes yet: the catalogue's opinion alone".to_owned()
    };
    let sure = answer.confidence.map_or(String::new(), |chance| {
        format!(
            "; {:.0} % that none that fits is better by more than 0.05",
            chance * 100.0
        )
    });
    format!(
        "\n{} ({}{place})\n  success {p_success:.2}, hardly below {p_low:.2}; {evidence}{sure}\n  {}, about {}\n",
        screen.ink(Ink::Strong, &model.id),
        model.provider,
        cost_usd.map_or("cost unknown".to_owned(), usd),
        seconds(latency_ms)
    )
}

pub(super) fn first_and_then(cascade: &Cascade) -> String {
    format!(
        "Better still: {} first, and {} where validate_output refuses that ({:.0} % passes): success {:.2}, {}, about {}.",
        cascade.first,
        cascade.then,
        cascade.passes * 100.0,
        cascade.p_success,
        usd(cascade.cost_usd),
        seconds(cascade.latency_ms)
    )
}

pub(super) fn turns(flip: &Flip) -> String {
    let turn = |turn: &Option<Turn>, before: &str, after: &str| {
        let turn = turn.as_ref()?;
        Some(format!(
            "{before} {:.3}{after} it would be {}",
            turn.changes_at, turn.to
        ))
    };
    let (dial, cheaper, stronger) = match (&flip.quality_target, &flip.lambda) {
        (Some(target), _) => (
            format!("The quality target is {}", target.now),
            turn(&flip.cheaper, "at", " and below"),
            turn(&flip.stronger, "above", ""),
        ),
        (None, Some(lambda)) => (
            format!("A dollar counts {} (lambda)", lambda.now),
            turn(&flip.cheaper, "above", ""),
            turn(&flip.stronger, "below", ""),
        ),
        (None, None) => return "No dial changes the choice.".to_owned(),
    };
    let turns: Vec<_> = cheaper.into_iter().chain(stronger).collect();
    let mut said = if turns.is_empty() {
        format!("{dial}; no other one changes the choice.")
    } else {
        format!("{dial}: {}.", turns.join("; "))
    };
    if let Some(Turn { changes_at, to }) = &flip.price {
        // With so little between them the other costs the same.
        let _written = if *changes_at < 1.0005 {
            write!(said, " At any higher price it would be {to}.")
        } else {
            write!(said, " Above {changes_at:.3} times its price it would be {to}.")
        };
    }
    if let Some(Without { word, to }) = &flip.without {
        let _written = write!(said, " Without {word:?} in the task it would be {to}.");
    }
    said
}

pub(super) fn strongest(gain: &Gain) -> String {
    let Gain {
        strongest,
        over_choice,
        extra_usd,
    } = gain;
    let more = extra_usd.map_or_else(String::new, |more| format!(", for {} more", usd(more)));
    format!("The strongest that fits, {strongest}, is {over_choice:.2} likelier to succeed{more}.")
}

pub(super) fn kept(answer: &Answer) -> String {
    match (&answer.route_id, answer.recorded, &answer.model) {
        (_, _, None) => "Nothing was recorded: there is no choice to tell an outcome of.".to_owned(),
        (Some(id), true, _) => {
            format!("Recorded as {id}: tell how it went with record_lesson, outcome.ref.")
        }
        _ => "A dry look: nothing was recorded, and no report counts it. --record keeps the decision."
            .to_owned(),
    }
}
