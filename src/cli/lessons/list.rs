//! A list of lessons, one line each.

use super::answer::{Listed, Row};
use crate::cli::screen::{Ink, Screen, cut, padded};
use crate::domain::{LessonState, Timestamp, Trust};

/// Labels get so many columns at most on a terminal.
const WIDEST_TAGS: usize = 24;
/// In fewer they would say nothing.
const NARROWEST_TAGS: usize = 6;
/// A title gets so many at least; labels give way.
const NARROWEST_TITLE: usize = 30;

impl Listed {
    /// In lines.
    #[must_use]
    pub fn told(&self, screen: Screen, now: Timestamp) -> String {
        if self.lessons.is_empty() && self.unreadable == 0 {
            return "no lessons\n".to_owned();
        }
        let cells: Vec<Cells> = self
            .lessons
            .iter()
            .map(|row| Cells::of(row, self.id_length, now))
            .collect();
        let widest = |of: fn(&Cells) -> &str| cells.iter().map(|cells| of(cells).chars().count()).max();
        let id = widest(|cells| &cells.id).unwrap_or(0);
        let state = widest(|cells| &cells.state).unwrap_or(0);
        let fixed = id + 2 + DATE + 2 + state + 2 + CONFIDENCE + 2;
        let mut tags = widest(|cells| &cells.tags).unwrap_or(0);
        if screen.is_terminal() {
            let spare = screen.room(fixed + 2).saturating_sub(NARROWEST_TITLE);
            tags = tags.min(WIDEST_TAGS).min(spare);
            if tags < NARROWEST_TAGS {
                tags = 0;
            }
        }
        let gap = if tags == 0 { 0 } else { 2 };
        let mut lines = String::new();
        for cells in &cells {
            let labels = if tags == 0 {
                String::new()
            } else {
                padded(&cut(&cells.tags, tags), tags)
            };
            let title = cut(&cells.title, screen.room(fixed + tags + gap));
            let ink = if cells.stands_out {
                Ink::Warning
            } else {
                Ink::Faint
            };
            let line = [
                screen.ink(Ink::Strong, &padded(&cells.id, id)),
                "  ".to_owned(),
                screen.ink(Ink::Faint, &padded(&cells.date, DATE)),
                "  ".to_owned(),
                screen.ink(ink, &padded(&cells.state, state)),
                "  ".to_owned(),
                cells.confidence.clone(),
                "  ".to_owned(),
                screen.ink(Ink::Faint, &labels),
                " ".repeat(gap),
                title,
            ]
            .concat();
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
        if cells.iter().any(|cells| cells.is_flagged) {
            let mark = "! speaks to a model or hides characters";
            lines.push_str(&screen.ink(Ink::Warning, mark));
            lines.push('\n');
        }
        let more = self.total.saturating_sub(self.lessons.len() + self.unreadable);
        if more > 0 {
            lines.push_str(&screen.ink(Ink::Faint, &format!("{more} more; --limit shows them")));
            lines.push('\n');
        }
        if self.unreadable > 0 {
            let damaged = format!("{} damaged, `firstmate doctor` names them", self.unreadable);
            lines.push_str(&screen.ink(Ink::Warning, &damaged));
            lines.push('\n');
        }
        lines
    }
}

const DATE: usize = 10;
const CONFIDENCE: usize = 4;

struct Cells {
    id: String,
    date: String,
    state: String,
    confidence: String,
    tags: String,
    title: String,
    stands_out: bool,
    is_flagged: bool,
}

impl Cells {
    fn of(row: &Row, id_length: usize, now: Timestamp) -> Self {
        let is_flagged = row.trust == Trust::Flagged;
        let state = state(row.state);
        Self {
            id: row.id.as_str().chars().take(id_length).collect(),
            date: date(row.recorded_at, now),
            state: if is_flagged {
                format!("{state} !")
            } else {
                state.to_owned()
            },
            confidence: format!("{:.2}", row.confidence),
            tags: row.tags.join(","),
            title: row.title.clone(),
            is_flagged,
            stands_out: is_flagged || row.state == LessonState::Candidate,
        }
    }
}

/// The word for a state.
pub(super) fn state(state: LessonState) -> &'static str {
    match state {
        LessonState::Candidate => "candidate",
        LessonState::Active => "active",
        LessonState::Superseded => "superseded",
        LessonState::Expired => "expired",
        LessonState::Retracted => "retracted",
    }
}

/// How long ago something was, when that is less than a day; else its date.
fn date(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_secs() / 60;
    match minutes {
        0..60 => format!("{minutes} min"),
        60..1_440 => format!("{} h", minutes / 60),
        _ => at.strftime("%Y-%m-%d").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{LessonId, LessonKind};

    fn row(id: &str, at: &str, title: &str, tags: &[&str]) -> Row {
        Row {
            id: LessonId::new(id),
            recorded_at: at.parse().unwrap(),
            state: LessonState::Active,
            kind: LessonKind::Note,
            trust: Trust::Unverified,
            confidence: 0.5,
            tags: tags.iter().copied().map(str::to_owned).collect(),
            title: title.to_owned(),
        }
    }

    fn listed() -> Listed {
        let mut second = row("0191a2b3c4d5", "2026-01-01T11:15:00Z", "Brief", &[]);
        second.state = LessonState::Candidate;
        second.trust = Trust::Flagged;
        Listed {
            lessons: vec![
                row(
                    "0191a2b3ffff",
                    "2026-01-01T11:58:00Z",
                    "Hold the clock still in the payment tests, or they fail",
                    &["tests", "time"],
                ),
                second,
                row(
                    "01900000aaaa",
                    "2025-11-21T00:00:00Z",
                    "Old\nand on two lines",
                    &["a-very-long-label-that-nobody-needs", "x"],
                ),
            ],
            total: 12,
            unreadable: 1,
            id_length: 9,
        }
    }

    const NOON: &str = "2026-01-01T12:00:00Z";

    #[test]
    fn a_terminal_gets_lines_that_fit() {
        let told = listed().told(Screen::terminal(80), NOON.parse().unwrap());
        assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
        insta::assert_snapshot!(told, @r"
        0191a2b3f  2 min       active       0.50  tests…  Hold the clock still in the p…
        0191a2b3c  45 min      candidate !  0.50          Brief
        01900000a  2025-11-21  active       0.50  a-ver…  Old and on two lines
        ! speaks to a model or hides characters
        8 more; --limit shows them
        1 damaged, `firstmate doctor` names them
        ");
    }

    #[test]
    fn a_file_gets_everything() {
        let told = listed().told(Screen::file(), NOON.parse().unwrap());
        assert!(
            told.contains("or they fail") && told.contains("nobody-needs,x"),
            "{told}"
        );
        let none = Listed {
            lessons: Vec::new(),
            total: 0,
            unreadable: 0,
            id_length: 8,
        };
        assert_eq!(none.told(Screen::file(), NOON.parse().unwrap()), "no lessons\n");
    }
}
