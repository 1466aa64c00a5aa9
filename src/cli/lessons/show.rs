//! Everything about one lesson, for reading.

use super::answer::Shown;
use super::list::state;
use crate::cli::screen::{Ink, Screen, cut};
use crate::domain::{Lesson, LessonKind, LessonState, Timestamp, Trust};

/// The names of the fields stand in so many columns.
const NAMES: usize = 12;

impl Shown {
    /// In words.
    #[must_use]
    pub fn told(&self, screen: Screen) -> String {
        let lesson = &self.lesson;
        let title = cut(&lesson.title, usize::MAX);
        let mut told = format!("{}\n\n", screen.ink(Ink::Strong, &title));
        told.push_str(&screen.prose(&lesson.text, 0));
        told.push('\n');
        let mut field = |name: &str, value: &str| {
            let value = screen.prose(value, NAMES);
            let first = value.get(NAMES..).unwrap_or_default();
            told.push_str(&screen.ink(Ink::Faint, &format!("{name:<NAMES$}")));
            told.push_str(first);
        };
        for (name, value) in self.fields() {
            field(name, &value);
        }
        told
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let lesson = &self.lesson;
        let mut fields = vec![("id", lesson.id.to_string()), ("state", self.state_told())];
        let mut add = |name, value: Option<String>| fields.extend(value.map(|value| (name, value)));
        add("valid", valid(lesson));
        add("confidence", Some(self.confidence_told()));
        add("trust", Some(trust(lesson.trust).to_owned()));
        add("kind", Some(kind(lesson.kind).to_owned()));
        add("tags", joined(&lesson.tags));
        add("applies", lesson.context.clone());
        add(
            "about",
            joined(&lesson.about.iter().map(ToString::to_string).collect::<Vec<_>>()),
        );
        add("outcome", lesson.outcome.as_ref().map(outcome));
        add("evidence", lesson.evidence.clone());
        add("recorded", Some(provenance(lesson)));
        add("uses", uses(lesson));
        for related in &self.related {
            add(
                "related",
                Some(format!("{} {}: {}", related.id, related.why, related.title)),
            );
        }
        let revisions = match lesson.revision {
            1 => "1".to_owned(),
            revisions => format!("{revisions}, the last on {}", time(lesson.updated_at)),
        };
        add("revisions", Some(revisions));
        fields
    }

    fn state_told(&self) -> String {
        let lesson = &self.lesson;
        let word = state(self.state);
        match (self.state, &lesson.superseded_by, lesson.valid_to) {
            (LessonState::Superseded, Some(by), _) => format!("{word} by {by}"),
            (LessonState::Retracted, _, since) => {
                let since = since
                    .map(|since| format!(" on {}", time(since)))
                    .unwrap_or_default();
                let why = lesson.retired_because.as_ref().map(|why| format!(": {why}"));
                format!("{word}{since}{}", why.unwrap_or_default())
            }
            _ => word.to_owned(),
        }
    }

    /// The confidence and what it is made of, as [`Lesson::strength`] counts it.
    fn confidence_told(&self) -> String {
        let lesson = &self.lesson;
        let mut parts = vec!["recorded 1".to_owned()];
        let succeeded = lesson.outcome.as_ref().is_some_and(|outcome| outcome.success);
        for (number, what) in [
            (lesson.confirmations, "recorded again"),
            (lesson.uses.helped, "helped"),
            (u32::from(succeeded), "success"),
            (u32::from(lesson.trust == Trust::Confirmed), "second source"),
        ] {
            if number > 0 {
                parts.push(format!("{what} {number}"));
            }
        }
        let left = self.confidence / lesson.strength() * 100.0;
        format!(
            "{:.2}: for it {} ({}), against it {}; age leaves {left:.0} %",
            self.confidence,
            lesson.support(),
            parts.join(", "),
            lesson.opposition(),
        )
    }
}

fn valid(lesson: &Lesson) -> Option<String> {
    let from = lesson.valid_from.map(|from| format!("from {}", time(from)));
    let to = lesson.valid_to.map(|to| format!("until {}", time(to)));
    let parts: Vec<String> = from.into_iter().chain(to).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn provenance(lesson: &Lesson) -> String {
    let provenance = &lesson.provenance;
    let mut told = format!("{} by {}", time(lesson.recorded_at), provenance.principal);
    let parts = [
        ("run", &provenance.run),
        ("step", &provenance.step),
        ("imported from", &provenance.source),
    ];
    for (name, value) in parts {
        told.extend(value.iter().map(|value| format!(", {name} {value}")));
    }
    let labels: Vec<&str> = provenance.labels.iter().map(|label| label.name()).collect();
    told.extend((!labels.is_empty()).then(|| format!(", labelled {}", labels.join(", "))));
    told
}

fn outcome(outcome: &crate::domain::lesson::LessonOutcome) -> String {
    let mut told = if outcome.success {
        "it worked"
    } else {
        "it did not work"
    }
    .to_owned();
    told.extend(outcome.score.map(|score| format!(", score {score}")));
    told.extend(
        outcome
            .reference
            .iter()
            .map(|reference| format!(", of {reference}")),
    );
    told
}

fn uses(lesson: &Lesson) -> Option<String> {
    let uses = lesson.uses;
    (!uses.is_none()).then(|| {
        format!(
            "given to {} steps, {} of them right at once",
            uses.given, uses.helped
        )
    })
}

fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Flagged => "flagged: something in it speaks to a model or hides characters",
        Trust::Unverified => "unverified: as good as whoever wrote it",
        Trust::Confirmed => "confirmed by a validated run or a second source",
    }
}

fn kind(kind: LessonKind) -> &'static str {
    match kind {
        LessonKind::Note => "note: somebody said so",
        LessonKind::Run => "run: taken from a journal by rule",
        LessonKind::Outcome => "outcome: about how a piece of work went",
    }
}

fn joined(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(", "))
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_about_a_lesson_can_be_read() {
        let shown: Shown = serde_json::from_value(json!({
            "lesson": {
                "id": "0191a2b3c4d5e6f7", "revision": 3, "kind": "note", "state": "retracted",
                "title": "Hold the clock still",
                "text": "The payment tests need the clock held still.\n\nElse they fail around midnight.",
                "context": "tests of the payment crate", "tags": ["tests", "time"],
                "outcome": {"success": true, "score": 0.9, "reference": "r1"},
                "evidence": "cargo test: 12 passed\nsee run 7",
                "provenance": {"principal": "ada", "source": "notes.md"},
                "trust": "confirmed", "confirmations": 2,
                "text_sha256": "0".repeat(64),
                "supersedes": "0190", "retired_because": "The tests were rewritten.",
                "recorded_at": "2026-01-01T00:00:00Z", "updated_at": "2026-03-01T00:00:00Z",
                "valid_from": "2025-12-01T00:00:00Z", "valid_to": "2026-03-01T00:00:00Z",
                "about": ["file:src/pay.rs"], "uses": {"given": 3, "helped": 2},
            },
            "state": "retracted", "confidence": 0.7,
            "related": [{"id": "0190", "title": "Retry at midnight", "why": "was replaced by it"}],
        }))
        .unwrap();
        insta::assert_snapshot!(shown.told(Screen::terminal(76)), @r"
        Hold the clock still

        The payment tests need the clock held still.

        Else they fail around midnight.

        id          0191a2b3c4d5e6f7
        state       retracted on 2026-03-01 00:00 UTC: The tests were rewritten.
        valid       from 2025-12-01 00:00 UTC until 2026-03-01 00:00 UTC
        confidence  0.70: for it 7 (recorded 1, recorded again 2, helped 2, success
                    1, second source 1), against it 1.5; age leaves 85 %
        trust       confirmed by a validated run or a second source
        kind        note: somebody said so
        tags        tests, time
        applies     tests of the payment crate
        about       file:src/pay.rs
        outcome     it worked, score 0.9, of r1
        evidence    cargo test: 12 passed
                    see run 7
        recorded    2026-01-01 00:00 UTC by ada, imported from notes.md
        uses        given to 3 steps, 2 of them right at once
        related     0190 was replaced by it: Retry at midnight
        revisions   3, the last on 2026-03-01 00:00 UTC
        ");
    }
}
