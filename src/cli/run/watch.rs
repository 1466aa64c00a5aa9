//! A run as it goes on.

use super::show::{head, moment_told, steps};
use crate::cli::screen::Screen;
use crate::crew::history::History;
use crate::domain::Timestamp;
use crate::store::Seq;

/// So many of the last events are painted.
const LAST: usize = 8;

/// What was told of a run already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watched {
    told: Seq,
}

impl Watched {
    /// What there is to print: on a terminal the whole picture where anything is new, else the new events, a line
    /// each.
    #[must_use]
    pub fn news(&mut self, history: &History, now: Timestamp, screen: Screen) -> String {
        let last = history.timeline.last().map_or(0, |moment| moment.seq);
        let before = std::mem::replace(&mut self.told, last);
        if last <= before {
            return String::new();
        }
        let mut told = String::new();
        if screen.is_terminal() {
            // To the corner, and all away.
            told.push_str("\x1b[H\x1b[2J");
            told.push_str(&head(history, now, screen));
            told.push('\n');
            told.push_str(&steps(history, screen, false));
            told.push('\n');
        }
        let shown = match screen.is_terminal() {
            true => history.timeline.len().saturating_sub(LAST),
            false => 0,
        };
        let new = history.timeline.iter().skip(shown);
        let new = new.filter(|moment| screen.is_terminal() || moment.seq > before);
        for moment in new {
            told.push_str(&moment_told(moment, history.started_at, screen));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::run::show::tests::history;

    #[test]
    fn a_pipe_gets_each_event_once_and_a_terminal_the_whole_when_it_changed() {
        let noon = "2026-01-01T12:00:00Z".parse().unwrap();
        let (all, mut begun) = (history(), history());
        begun.timeline.truncate(2);
        let (mut pipe, mut terminal) = (Watched::default(), Watched::default());
        let news = |watched: &mut Watched, history: &History, screen| watched.news(history, noon, screen);
        assert_eq!(news(&mut pipe, &begun, Screen::file()).lines().count(), 2);
        assert_eq!(news(&mut pipe, &begun, Screen::file()), "");
        let rest = news(&mut pipe, &all, Screen::file());
        assert_eq!(rest.lines().count(), 2);
        assert!(rest.starts_with("  +2 min"), "{rest}");

        let screen = Screen::terminal(80);
        assert!(news(&mut terminal, &begun, screen).starts_with("\x1b[H\x1b[2JLet total()"));
        assert_eq!(news(&mut terminal, &begun, screen), "");
        let painted = news(&mut terminal, &all, screen);
        assert!(
            painted.contains("review") && painted.contains("started by ada"),
            "{painted}"
        );
    }
}
