//! What `firstmate route TASK` prints: the answer of `route_task` in words and in a picture.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::picture::{Point, picture};
use super::{seconds, usd};
use crate::cli::screen::{Ink, Screen, cut, padded};

/// A picture where nobody says how wide it may be.
const USUAL_COLUMNS: usize = 80;
/// Marks for the candidates; the choice has its own.
const MARKS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Columns of a model's name.
const NAME: usize = 26;

/// What is read of the answer; what it holds beside that is in `--format json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    route_id: Option<String>,
    recorded: bool,
    task_types: BTreeMap<String, f64>,
    task_type: String,
    custom_type: Option<String>,
    difficulty: Difficulty,
    stakes: String,
    needs: Vec<String>,
    model: Option<Model>,
    expected: Expected,
    candidates: Vec<Candidate>,
    confidence: Option<f64>,
    gain: Option<Gain>,
    fallbacks: Vec<String>,
    cascade: Option<Cascade>,
    reasons: Vec<Reason>,
    flip: Flip,
    lessons: Vec<Lesson>,
    suggested_workflow: String,
    advice: Option<String>,
    warnings: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Difficulty {
    score: Option<f64>,
    bucket: Option<u8>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Model {
    id: String,
    provider: String,
    local: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Expected {
    p_success: f64,
    p_low: f64,
    cost_usd: Option<f64>,
    latency_ms: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Candidate {
    model: String,
    p_success: f64,
    p_low: f64,
    n: f64,
    cost_usd: Option<f64>,
    latency_ms: f64,
    verdict: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reason {
    signal: String,
    weight: f64,
    towards: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Flip {
    quality_target: Option<Dial>,
    lambda: Option<Dial>,
    cheaper: Option<Turn>,
    stronger: Option<Turn>,
    price: Option<Turn>,
    without: Option<Without>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Without {
    word: String,
    to: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Gain {
    strongest: String,
    over_choice: f64,
    extra_usd: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Dial {
    now: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cascade {
    first: String,
    then: String,
    passes: f64,
    cost_usd: f64,
    p_success: f64,
    latency_ms: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Turn {
    changes_at: f64,
    to: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lesson {
    id: String,
    title: String,
}

/// The answer in words; with `unicode` the picture has lines of its own.
///
/// # Errors
/// When it is no answer of `route_task`.
pub fn told(answer: Value, screen: Screen, unicode: bool) -> serde_json::Result<String> {
    let answer: Answer = serde_json::from_value(answer)?;
    let title = |text: &str| format!("\n{}\n", screen.ink(Ink::Strong, text));
    let mut said = task(&answer);
    said += &choice(&answer, screen);
    said += &title("why");
    for Reason {
        signal,
        weight,
        towards,
    } in &answer.reasons
    {
        let head = format!("  {weight:>+6.2}  {}  ", padded(&cut(towards, NAME), NAME));
        let room = screen.room(head.chars().count()).max(12);
        let _written = writeln!(said, "{head}{}", cut(signal, room));
    }
    if !answer.candidates.is_empty() {
        said += &title(&format!(
            "{} {:>7} {:>9} {:>5} {:>10} {:>9}",
            padded("candidates", NAME + 4),
            "success",
            "at least",
            "seen",
            "cost",
            "time"
        ));
        let mut verdict = "";
        for (at, candidate) in answer.candidates.iter().enumerate() {
            // They come sorted by it.
            if candidate.verdict != verdict {
                verdict = &candidate.verdict;
                said += &screen.prose(verdict, 2);
            }
            said += &line(candidate, mark(&answer, at, unicode));
        }
        said.push('\n');
        said += &drawn(&answer, screen, unicode);
    }
    said += &title("what would change it");
    said += &screen.prose(&turns(&answer.flip), 2);
    if let Some(gain) = answer.gain.as_ref().filter(|gain| gain.over_choice > 0.0) {
        said += &screen.prose(&strongest(gain), 2);
    }
    if !answer.fallbacks.is_empty() {
        said += &screen.prose(
            &format!("If it is not available: {}.", answer.fallbacks.join(", ")),
            2,
        );
    }
    if let Some(cascade) = &answer.cascade {
        said += &screen.prose(&first_and_then(cascade), 2);
    }
    if !matches!(answer.suggested_workflow.as_str(), "" | "none") {
        let crew = format!(
            "A crew would suit it: run_crew with template {}.",
            answer.suggested_workflow
        );
        said += &screen.prose(&crew, 2);
    }
    for Lesson { id, title } in &answer.lessons {
        said += &screen.prose(&format!("Lesson {id}: {title}"), 2);
    }
    for warning in &answer.warnings {
        said += &screen.prose(&format!("Note: {warning}"), 0);
    }
    said.push('\n');
    said += &screen.prose(&kept(&answer), 0);
    Ok(said)
}

fn task(answer: &Answer) -> String {
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

fn choice(answer: &Answer, screen: Screen) -> String {
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

fn mark(answer: &Answer, at: usize, unicode: bool) -> char {
    match (at, &answer.model) {
        (0, Some(_)) if unicode => '●',
        (0, Some(_)) => '*',
        _ => MARKS.chars().nth(at).unwrap_or('.'),
    }
}

fn line(candidate: &Candidate, mark: char) -> String {
    format!(
        "  {mark} {} {:>7.2} {:>9.2} {:>5} {:>10} {:>9}\n",
        padded(&cut(&candidate.model, NAME), NAME),
        candidate.p_success,
        candidate.p_low,
        candidate.n.round(),
        candidate.cost_usd.map_or("?".to_owned(), usd),
        seconds(candidate.latency_ms)
    )
}

fn drawn(answer: &Answer, screen: Screen, unicode: bool) -> String {
    let points: Vec<_> = answer
        .candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| Point {
            mark: mark(answer, at, unicode),
            cost_usd: candidate.cost_usd,
            p_success: candidate.p_success,
        })
        .collect();
    let columns = screen.columns().unwrap_or(USUAL_COLUMNS);
    format!(
        "  chance of success by expected cost (logarithmic)\n{}",
        picture(&points, columns, unicode)
    )
}

fn first_and_then(cascade: &Cascade) -> String {
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

fn turns(flip: &Flip) -> String {
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
    if let Some(price) = turn(&flip.price, " Above", " times its price") {
        let _written = write!(said, "{price}.");
    }
    if let Some(Without { word, to }) = &flip.without {
        let _written = write!(said, " Without {word:?} in the task it would be {to}.");
    }
    said
}

fn strongest(gain: &Gain) -> String {
    let Gain {
        strongest,
        over_choice,
        extra_usd,
    } = gain;
    let more = extra_usd.map_or_else(String::new, |more| format!(", for {} more", usd(more)));
    format!("The strongest that fits, {strongest}, is {over_choice:.2} likelier to succeed{more}.")
}

fn kept(answer: &Answer) -> String {
    match (&answer.route_id, answer.recorded, &answer.model) {
        (_, _, None) => "Nothing was recorded: there is no choice to tell an outcome of.".to_owned(),
        (Some(id), true, _) => {
            format!("Recorded as {id}: tell how it went with record_lesson, outcome.ref.")
        }
        _ => "A dry look: nothing was recorded, and no report counts it. --record keeps the decision."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        let candidate = |model: &str, p: f64, cost: Option<f64>, verdict: &str| {
            let mut candidate = json!({"model": model, "p_success": p, "p_low": p - 0.1, "n": 0.0,
                "latency_ms": 2300.0, "verdict": verdict});
            if let Some(cost) = cost {
                candidate["cost_usd"] = json!(cost);
            }
            candidate
        };
        json!({
            "recorded": false, "task_type": "summarization", "task_type_confidence": 0.9,
            "task_types": {"summarization": 0.9, "writing_editing": 0.08},
            "difficulty": {"score": 0.31, "bucket": 1, "no_signal": false}, "stakes": "low", "needs": [],
            "model": {"id": "small", "provider": "openai", "local": false},
            "expected": {"p_success": 0.88, "p_low": 0.78, "cost_usd": 0.0004, "latency_ms": 2300.0},
            "candidates": [
                candidate("small", 0.88, Some(0.0004), "chosen"),
                candidate("large", 0.93, Some(0.02), "would do, not cheaper"),
                candidate("mine", 0.7, Some(0.0), "below the quality target"),
                candidate("new", 0.9, None, "price unknown"),
            ],
            "fallbacks": ["large"],
            "reasons": [{"signal": "summarize", "weight": 1.8, "towards": "summarization"},
                        {"signal": "one paragraph", "weight": -0.4, "towards": "easier"}],
            "flip": {"quality_target": {"now": 0.95, "changes_at": 0.97, "to": "large"},
                "stronger": {"changes_at": 0.97, "to": "large"}, "price": {"changes_at": 1.5, "to": "mine"},
                "without": {"word": "legal", "to": "mine"}},
            "gain": {"strongest": "large", "over_choice": 0.05, "over_cheapest": 0.23, "extra_usd": 0.0196},
            "cascade": {"first": "mine", "then": "large", "passes": 0.6, "cost_usd": 0.008, "p_success": 0.91,
                "latency_ms": 4000.0},
            "lessons": [], "suggested_workflow": "none", "something_new": {"a": 1}
        })
    }

    #[test]
    fn a_choice_is_told_with_its_picture() {
        insta::assert_snapshot!(told(answer(), Screen::terminal(72), false).unwrap(), @r#"
        type        summarization 0.90, writing_editing 0.08
        difficulty  0.31, step 2 of 5
        stakes      low
        needs       nothing special

        small (openai)
          success 0.88, hardly below 0.78; no outcomes yet: the catalogue's opinion alone
          $0.0004, about 2.3 s

        why
           +1.80  summarization               summarize
           -0.40  easier                      one paragraph

        candidates                     success  at least  seen       cost      time
          chosen
          * small                         0.88      0.78     0    $0.0004     2.3 s
          would do, not cheaper
          b large                         0.93      0.83     0    $0.0200     2.3 s
          below the quality target
          c mine                          0.70      0.60     0         $0     2.3 s
          price unknown
          d new                           0.90      0.80     0          ?     2.3 s

          chance of success by expected cost (logarithmic)
         0.93 |                                              b
              |                                                             d
         0.87 |                *
              |
         0.81 |
              |
         0.76 |
              |
         0.70 | c
              +------+----------------+-----------------+----------------+-----
               free  $0.0001          $0.001            $0.01            $0.1

        what would change it
          The quality target is 0.95: above 0.970 it would be large. Above 1.500
          times its price it would be mine. Without "legal" in the task it would
          be mine.
          The strongest that fits, large, is 0.05 likelier to succeed, for
          $0.0196 more.
          If it is not available: large.
          Better still: mine first, and large where validate_output refuses that
          (60 % passes): success 0.91, $0.0080, about 4.0 s.

        A dry look: nothing was recorded, and no report counts it. --record
        keeps the decision.
        "#);
    }

    #[test]
    fn without_a_model_the_advice_is_told() {
        let mut none = answer();
        let fields = none.as_object_mut().unwrap();
        fields.remove("model");
        fields.remove("expected");
        fields.insert("advice".to_owned(), json!("Allow $0.0004."));
        let said = told(none, Screen::file(), false).unwrap();
        assert!(said.contains("no model is left\n  Allow $0.0004.\n"), "{said}");
        assert!(said.contains("Nothing was recorded"), "{said}");
        assert!(said.contains("a small "), "{said}");
    }

    #[test]
    fn what_an_answer_says_cannot_move_the_cursor() {
        let mut evil = answer();
        evil["reasons"][0]["signal"] = json!("\u{1b}[2J");
        evil["candidates"][0]["verdict"] = json!("\u{202e}");
        evil["warnings"] = json!(["\u{1b}]0;x"]);
        let said = told(evil, Screen::terminal(80), true).unwrap();
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
    }
}
