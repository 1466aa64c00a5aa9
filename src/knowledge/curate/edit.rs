//! Changing a lesson, and taking one back.

use serde::{Deserialize, Serialize};

use crate::domain::{Lesson, LessonId, LessonKind, LessonState, Scope, Timestamp, Trust};
use crate::knowledge::error::{Error, Result};
use crate::knowledge::essence::Essence;
use crate::knowledge::limits::{self, MAX_CONTEXT_BYTES, settled_tags};
use crate::knowledge::record::{NewLesson, Recorded};
use crate::knowledge::related::in_force;
use crate::knowledge::title::derived_title;
use crate::knowledge::{ATTEMPTS, Knowledge};
use crate::store::Put;

/// What is to be changed about a lesson.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// What it says. Named as in a recording, so that rules for one hold for the other.
    #[serde(rename = "lesson", skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Labels that it gets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_tags: Vec<String>,
    /// Labels that it loses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_tags: Vec<String>,
    /// How long it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
}

/// How long a lesson holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// Until another takes its place.
    Never,
    /// Until then.
    At(Timestamp),
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Edited {
    /// It was so already; nothing was written.
    Unchanged(Lesson),
    /// The same lesson, with what was changed.
    Revised(Lesson),
    /// The new text is another lesson, which took the place of the old one.
    Replaced(Recorded),
}

/// A lesson that was taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Retired {
    /// The lesson.
    pub lesson: Lesson,
    /// Whether it was retired before; nothing was written then.
    pub was_already: bool,
}

impl Knowledge {
    /// Changes a lesson in force. Another title, other labels or another expiry make a new revision of it;
    /// another text makes another lesson, which takes its place: texts are never rewritten. `request` names
    /// the call, as in a recording.
    ///
    /// # Errors
    /// When there is no such lesson, it is not in force, a field breaks a limit, the new text says the same
    /// as the old one, or the store fails; nothing was written then.
    pub async fn edit(
        &self,
        scope: &Scope,
        id: &LessonId,
        edit: &Edit,
        request: Option<String>,
    ) -> Result<Edited> {
        let lesson = self.existing(scope, id).await?;
        if let Some(text) = edit.text.as_ref().filter(|text| **text != lesson.text) {
            if Essence::of(text).is_same(&Essence::of(&lesson.text)) {
                return Err(Error::SameText { id: id.clone() });
            }
            let new = NewLesson {
                request,
                ..replacement(&lesson, text, edit, scope, self.clock.now())
            };
            return Ok(Edited::Replaced(self.record(scope, new).await?));
        }
        let (lesson, is_new) = self
            .revise(scope, id, |lesson| {
                in_force(lesson)?;
                edited(lesson, edit)
            })
            .await?;
        Ok(if is_new {
            Edited::Revised(lesson)
        } else {
            Edited::Unchanged(lesson)
        })
    }

    /// Takes a lesson back: it is not found any more, and stays readable by its id. What it replaced stays
    /// replaced.
    ///
    /// # Errors
    /// When there is no such lesson, another took its place already, the reason is too long, or the store
    /// fails; nothing was written then.
    pub async fn retire(&self, scope: &Scope, id: &LessonId, reason: Option<&str>) -> Result<Retired> {
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        if let Some(reason) = reason {
            limits::check_text("reason", reason, MAX_CONTEXT_BYTES)?;
        }
        let now = self.clock.now();
        let (lesson, is_new) = self
            .revise(scope, id, |lesson| {
                if lesson.state == LessonState::Retracted {
                    return Ok(None);
                }
                in_force(lesson)?;
                Ok(Some(retired(lesson, reason, now)))
            })
            .await?;
        Ok(Retired {
            lesson,
            was_already: !is_new,
        })
    }

    /// Writes what `change` makes of the newest revision, or nothing where it makes nothing. The lesson as it
    /// is then, and whether that is new.
    async fn revise(
        &self,
        scope: &Scope,
        id: &LessonId,
        change: impl Fn(&Lesson) -> Result<Option<Lesson>>,
    ) -> Result<(Lesson, bool)> {
        let project = self.projects.of(scope);
        let _one_at_a_time = project.recording.lock().await;
        let mut attempts = 0;
        loop {
            let lesson = self.existing(scope, id).await?;
            let Some(mut changed) = change(&lesson)? else {
                return Ok((lesson, false));
            };
            changed.revision = lesson.revision.saturating_add(1);
            attempts += 1;
            match self.lessons.put(scope, vec![changed.clone()]).await? {
                Put::At(_) => return Ok((changed, true)),
                Put::Stale(_) if attempts < ATTEMPTS => {}
                Put::Stale(id) => return Err(Error::Contended { id, attempts }),
            }
        }
    }
}

/// What takes the place of `old`: all that was known about it but for the text, said by whoever edits.
fn replacement(old: &Lesson, text: &str, edit: &Edit, scope: &Scope, now: Timestamp) -> NewLesson {
    // A title that was made from the text is made anew.
    let title = (old.title != derived_title(&old.text)).then(|| old.title.clone());
    let mut provenance = old.provenance.clone();
    scope.principal().clone_into(&mut provenance.principal);
    provenance.source = None;
    NewLesson {
        title: edit.title.clone().or(title),
        context: old.context.clone(),
        tags: tags(old, edit),
        // Whatever a rule took from a journal, these are somebody's words.
        kind: if old.kind == LessonKind::Run {
            LessonKind::Note
        } else {
            old.kind
        },
        outcome: old.outcome.clone(),
        evidence: old.evidence.clone(),
        supersedes: Some(old.id.clone()),
        // What is said now holds now, also when what it replaces had expired.
        expires_at: expiry(old, edit).filter(|end| edit.expires.is_some() || *end > now),
        about: old.about.clone(),
        provenance,
        ..NewLesson::note(text)
    }
}

/// The lesson with what is changed about it, or nothing when it is so already. It ages on: an edit confirms
/// nothing.
fn edited(lesson: &Lesson, edit: &Edit) -> Result<Option<Lesson>> {
    let new = limits::checked(NewLesson {
        title: edit.title.clone().or_else(|| Some(lesson.title.clone())),
        tags: tags(lesson, edit),
        ..NewLesson::note(lesson.text.clone())
    })?;
    let changed = Lesson {
        title: new.title.unwrap_or_else(|| lesson.title.clone()),
        tags: new.tags,
        valid_to: expiry(lesson, edit),
        trust: if new.trust == Trust::Flagged {
            Trust::Flagged
        } else {
            lesson.trust
        },
        ..lesson.clone()
    };
    Ok((changed != *lesson).then_some(changed))
}

fn retired(lesson: &Lesson, reason: Option<&str>, now: Timestamp) -> Lesson {
    Lesson {
        state: LessonState::Retracted,
        retired_because: reason.map(str::to_owned),
        valid_to: Some(now),
        updated_at: now,
        ..lesson.clone()
    }
}

fn tags(lesson: &Lesson, edit: &Edit) -> Vec<String> {
    let removed = settled_tags(&edit.remove_tags);
    let kept = lesson.tags.iter().filter(|tag| !removed.contains(tag));
    kept.cloned().chain(settled_tags(&edit.add_tags)).collect()
}

fn expiry(lesson: &Lesson, edit: &Edit) -> Option<Timestamp> {
    match edit.expires {
        None => lesson.valid_to,
        Some(Expiry::Never) => None,
        Some(Expiry::At(end)) => Some(end),
    }
}
