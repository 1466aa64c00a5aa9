//! What a search found: each hit with why it is one.

use super::answer::{Found, Hit, Matched, Why};
use super::list::state;
use crate::cli::screen::{Ink, Screen, cut};
use crate::domain::{LessonState, Trust};

/// So much of an id is shown when nobody said how much is needed.
const SHORT_ID: usize = 12;
const INDENT: usize = 3;
const LESSON: &str = "lesson:";
/// A vector that lies further away says nothing.
const LEAST_MEANING: f64 = 0.05;

impl Found {
    /// In words.
    #[must_use]
    pub fn told(&self, screen: Screen) -> String {
        let mut told = String::new();
        for (number, hit) in (1..).zip(&self.hits) {
            told.push_str(&hit.told(screen, number));
        }
        if self.hits.is_empty() {
            let why = self.advice.as_deref().unwrap_or("nothing was found");
            told = format!("{why} ({} lessons were looked at)\n", self.total_considered);
        }
        if self.omitted > 0 {
            told.extend([self.omitted.to_string().as_str(), " more hits had no room\n"]);
        }
        told
    }
}

impl Hit {
    fn told(&self, screen: Screen, number: usize) -> String {
        let id: String = self.id.as_str().chars().take(SHORT_ID).collect();
        let mut marks = Vec::new();
        if self.state != LessonState::Active {
            marks.push(state(self.state).to_owned());
        }
        if self.trust == Trust::Flagged {
            marks.push("flagged: it speaks to a model or hides characters".to_owned());
        }
        if !self.contradicts.is_empty() {
            let ids: Vec<&str> = self.contradicts.iter().map(|id| id.as_str()).collect();
            marks.push(format!("contradicted by {}", ids.join(", ")));
        }
        let head = format!("{number}. {:.2}  {id}  ", self.score);
        let title = cut(&self.title, screen.room(head.len()));
        let mut told = format!("{head}{}\n", screen.ink(Ink::Strong, &title));
        let mut line = |ink, text: &str| {
            let text = cut(text, screen.room(INDENT));
            told.extend([" ".repeat(INDENT), screen.ink(ink, &text), "\n".to_owned()]);
        };
        if !marks.is_empty() {
            line(Ink::Warning, &marks.join("; "));
        }
        if !self.tags.is_empty() {
            line(Ink::Faint, &format!("tags: {}", self.tags.join(", ")));
        }
        line(Ink::Faint, &self.why.told());
        told.push_str(&screen.prose(&self.text, INDENT));
        told.push('\n');
        told
    }
}

impl Why {
    /// In one line.
    fn told(&self) -> String {
        let mut parts = Vec::new();
        let words: Vec<String> = self.matched.iter().map(Matched::told).collect();
        if !words.is_empty() {
            parts.push(format!("words {}", words.join(", ")));
        }
        if self.grams > 0.0 && words.is_empty() {
            parts.push("similar spelling".to_owned());
        }
        if self.vector > LEAST_MEANING {
            parts.push(format!("meaning {:.2}", self.vector));
        }
        if !self.path.is_empty() {
            let path: Vec<&str> = self.path.iter().map(|station| shortened(station)).collect();
            parts.push(format!("by way of {}", path.join(" > ")));
        }
        if parts.is_empty() {
            parts.push("what stands around it".to_owned());
        }
        format!("why: {}", parts.join("; "))
    }
}

/// A station of a path, a lesson's by the beginning of its id.
fn shortened(station: &str) -> &str {
    let is_lesson = station.starts_with(LESSON);
    let end = is_lesson.then_some(LESSON.len() + SHORT_ID);
    end.and_then(|end| station.get(..end)).unwrap_or(station)
}

impl Matched {
    fn told(&self) -> String {
        match self.similarity {
            Some(similarity) => format!("{} (like {}, {similarity:.2})", self.word, self.term),
            None => self.word.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hit_says_why_it_is_one() {
        let found: Found = serde_json::from_value(json!({
            "hits": [{
                "id": "0191a2b3c4d5e6f7",
                "title": "Hold the clock still",
                "text": "The payment tests need the clock held still.\nElse they fail around midnight.",
                "score": 0.8123,
                "why": {
                    "bm25": 3.1,
                    "matched": [
                        {"word": "payment", "term": "payment", "weight": 2.0},
                        {"word": "midnigth", "term": "midnight", "weight": 1.0, "similarity": 0.8},
                    ],
                    "vector": 0.41,
                    "path": ["tag:tests", "lesson:0191a2b3c4d5e6f7"],
                },
                "tags": ["tests"], "trust": "flagged", "state": "candidate", "contradicts": ["0190"],
            }],
            "total_considered": 3, "omitted": 1,
        }))
        .unwrap();
        insta::assert_snapshot!(found.told(Screen::terminal(70)), @r"
        1. 0.81  0191a2b3c4d5  Hold the clock still
           candidate; flagged: it speaks to a model or hides characters; cont…
           tags: tests
           why: words payment, midnigth (like midnight, 0.80); meaning 0.41;…
           The payment tests need the clock held still.
           Else they fail around midnight.

        1 more hits had no room
        ");
    }

    #[test]
    fn nothing_found_is_said_with_the_reason() {
        let found = Found {
            hits: Vec::new(),
            total_considered: 3,
            omitted: 0,
            advice: None,
        };
        assert_eq!(
            found.told(Screen::file()),
            "nothing was found (3 lessons were looked at)\n"
        );
    }
}
