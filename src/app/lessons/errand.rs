//! What is asked about lessons, and doing it where the store is open.

use futures::future::join_all;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::permit::{Access, Permitted, permitted, previewed};
use crate::app::door::Door;
use crate::app::request::{Outcome, told};
use crate::cli::import::{Fate, Taken};
use crate::cli::lessons::answer::{Change, Edited, Listed, Page, Retired, Row, Shown};
use crate::domain::{Entity, Lesson, Scope, Timestamp};
use crate::error::Error;
use crate::knowledge::curate::{self, Edit, Selection};
use crate::knowledge::notes::Note;
use crate::knowledge::{self, Mode, Query};
use crate::mcp::Services;

/// Tokens of an answer for each hit: what there is to say about it, and a few lines of text.
const TOKENS_PER_HIT: usize = 300;
/// Fewer hits get more.
const LEAST_TOKENS: usize = 1_000;

/// One thing to do; as with [`Request`](crate::app::request::Request), a variant may gain fields with defaults
/// and never changes its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::app) enum Errand {
    /// The answer is [`Listed`].
    List(Selection),
    /// The answer is [`Shown`].
    Show {
        /// The lesson's id, or its beginning.
        id: String,
    },
    /// The answer is a search's, with all of its hits' reasons.
    Search(Question),
    /// The answer is [`Edited`].
    Edit {
        /// The lesson's id, or its beginning.
        id: String,
        /// What is to be changed.
        change: Edit,
        /// The name of the call, under which it is done once however often it is sent.
        name: String,
    },
    /// The answer is [`Page`].
    Read(Selection),
    /// The answer is a list of [`Taken`].
    Record {
        /// What is to be recorded.
        notes: Vec<Note>,
        /// The name of the call, under which each is recorded once however often it is sent.
        name: String,
        /// Whether nothing is to be done, and only to be said what would be.
        #[serde(default)]
        dry_run: bool,
    },
    /// The answer is [`Retired`].
    Retire {
        /// The lesson's id, or its beginning.
        id: String,
        /// Why.
        reason: Option<String>,
    },
}

/// What to search for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::app) struct Question {
    pub(in crate::app) query: String,
    #[serde(default)]
    pub(in crate::app) mode: Mode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::app) around: Option<Entity>,
    pub(in crate::app) hops: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::app) tags: Vec<String>,
    pub(in crate::app) limit: usize,
}

/// Something about one lesson, as it is judged.
#[derive(Debug, Serialize, Deserialize)]
struct About<T> {
    id: String,
    #[serde(flatten)]
    what: T,
}

#[derive(Debug, Serialize, Deserialize)]
struct Nothing {}

#[derive(Debug, Serialize, Deserialize)]
struct Reason {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Errand {
    /// Does it, if the rules let it pass.
    pub(in crate::app) async fn carry_out(self, door: Door, services: &Services, scope: &Scope) -> Outcome {
        let desk = Desk {
            door,
            services,
            scope,
        };
        match self {
            Self::List(selection) => desk.list(selection).await,
            Self::Show { id } => desk.show(id).await,
            Self::Search(question) => desk.search(question).await,
            Self::Edit { id, change, name } => desk.edit(id, change, name).await,
            Self::Read(selection) => desk.read(selection).await,
            Self::Record { notes, name, dry_run } => Ok(json!(desk.take(notes, &name, dry_run).await)),
            Self::Retire { id, reason } => desk.retire(id, reason).await,
        }
    }
}

/// Where the lessons of a project can be asked for.
#[derive(Debug, Clone, Copy)]
struct Desk<'a> {
    door: Door,
    services: &'a Services,
    scope: &'a Scope,
}

impl Desk<'_> {
    async fn permitted<T: Serialize + DeserializeOwned>(
        self,
        access: Access,
        input: T,
    ) -> Result<Permitted<T>, Value> {
        permitted(self.services, self.scope, self.door, access, input).await
    }

    async fn list(self, selection: Selection) -> Outcome {
        let selection = self.permitted(Access::Read, selection).await?;
        let knowledge = &self.services.knowledge;
        let listed = knowledge
            .list(self.scope, &selection.input)
            .await
            .map_err(failed)?;
        let now = self.services.clock.now();
        Ok(json!(Listed {
            total: listed.total,
            unreadable: listed.unreadable,
            id_length: listed.id_length,
            lessons: listed
                .lessons
                .into_iter()
                .map(|lesson| row(lesson, now))
                .collect(),
        }))
    }

    async fn read(self, selection: Selection) -> Outcome {
        let selection = self.permitted(Access::Read, selection).await?;
        let listed = self.services.knowledge.list(self.scope, &selection.input).await;
        let listed = listed.map_err(failed)?;
        Ok(json!(Page {
            lessons: listed.lessons,
            unreadable: listed.unreadable,
        }))
    }

    async fn take(self, notes: Vec<Note>, name: &str, dry_run: bool) -> Vec<Taken> {
        // Decisions are recorded together: one by one, each would wait for the disk.
        let judged = notes.into_iter().map(|note| async {
            let at = note.source.clone();
            let judged = if dry_run {
                previewed(self.services, Access::Write, note)
            } else {
                self.permitted(Access::Write, note).await
            };
            (at, judged)
        });
        let mut taken = Vec::new();
        for (number, (at, judged)) in join_all(judged).await.into_iter().enumerate() {
            let fate = match judged {
                Ok(note) => self.keep(note.input, format!("{name}/{number}"), dry_run).await,
                Err(stopped) if stopped["code"].as_str().is_some_and(is_broken) => {
                    Fate::Failed { problem: stopped }
                }
                Err(stopped) => Fate::Refused {
                    why: reason(&stopped),
                },
            };
            let is_over = matches!(fate, Fate::Failed { .. });
            taken.push(Taken { at, fate });
            if is_over {
                break;
            }
        }
        taken
    }

    async fn keep(self, note: Note, request: String, dry_run: bool) -> Fate {
        let lesson = note.into_lesson(self.scope.principal(), Some(request));
        let knowledge = &self.services.knowledge;
        let recorded = if dry_run {
            knowledge.foresee(self.scope, lesson).await
        } else {
            knowledge.record(self.scope, lesson).await
        };
        match recorded {
            Ok(recorded) => Fate::Kept {
                id: recorded.id,
                status: recorded.status,
                state: recorded.state,
            },
            Err(error) => {
                let problem = failed(error);
                if problem["code"].as_str().is_some_and(is_broken) {
                    Fate::Failed { problem }
                } else {
                    Fate::Refused {
                        why: reason(&problem),
                    }
                }
            }
        }
    }

    async fn show(self, id: String) -> Outcome {
        let about = About { id, what: Nothing {} };
        let about = self.permitted(Access::Read, about).await?;
        let knowledge = &self.services.knowledge;
        let named = knowledge.named(self.scope, &about.input.id).await;
        let lesson = named.map_err(failed)?;
        let related = knowledge.relatives(self.scope, &lesson).await.map_err(failed)?;
        let now = self.services.clock.now();
        Ok(json!(Shown {
            state: lesson.state_at(now),
            confidence: lesson.confidence(now),
            related,
            lesson,
        }))
    }

    async fn search(self, question: Question) -> Outcome {
        let question = self.permitted(Access::Read, question).await?;
        let Question {
            query,
            mode,
            around,
            hops,
            tags,
            limit,
        } = question.input;
        let query = Query {
            mode,
            around,
            hops,
            tags,
            limit,
            max_tokens: limit.saturating_mul(TOKENS_PER_HIT).max(LEAST_TOKENS),
            ..Query::new(query)
        };
        let found = self.services.knowledge.search(self.scope, &query).await;
        let found = found.map_err(failed)?;
        let mut answer = json!({
            "hits": found.hits,
            "total_considered": found.total_considered,
            "omitted": found.omitted,
        });
        if let Some(advice) = found.advice {
            answer["advice"] = advice.into();
        }
        Ok(answer)
    }

    async fn edit(self, id: String, change: Edit, name: String) -> Outcome {
        let about = About { id, what: change };
        let about = self.permitted(Access::Write, about).await?;
        let knowledge = &self.services.knowledge;
        let named = knowledge.named(self.scope, &about.input.id).await;
        let lesson = named.map_err(failed)?;
        let edited = knowledge
            .edit(self.scope, &lesson.id, &about.input.what, Some(name))
            .await
            .map_err(failed)?;
        let (status, lesson, replaced) = match edited {
            curate::Edited::Unchanged(lesson) => (Change::Unchanged, lesson, None),
            curate::Edited::Revised(lesson) => (Change::Revised, lesson, None),
            curate::Edited::Replaced(recorded) => {
                let new = knowledge.get(self.scope, &recorded.id).await.map_err(failed)?;
                let replaced = Some(lesson.id.clone());
                (Change::Superseded, new.unwrap_or(lesson), replaced)
            }
        };
        Ok(json!(Edited {
            status,
            id: lesson.id,
            title: lesson.title,
            replaced,
            warnings: about.warnings,
        }))
    }

    async fn retire(self, id: String, reason: Option<String>) -> Outcome {
        let about = About {
            id,
            what: Reason { reason },
        };
        let about = self.permitted(Access::Write, about).await?;
        let knowledge = &self.services.knowledge;
        let named = knowledge.named(self.scope, &about.input.id).await;
        let lesson = named.map_err(failed)?;
        let reason = about.input.what.reason;
        let retired = knowledge.retire(self.scope, &lesson.id, reason.as_deref()).await;
        let retired = retired.map_err(failed)?;
        Ok(json!(Retired {
            id: retired.lesson.id,
            title: retired.lesson.title,
            was_already: retired.was_already,
            since: retired.lesson.valid_to,
            reason: retired.lesson.retired_because,
        }))
    }
}

fn row(lesson: Lesson, now: Timestamp) -> Row {
    Row {
        state: lesson.state_at(now),
        // Two decimals are what a person compares; more would only look exact.
        confidence: (lesson.confidence(now) * 100.0).round() / 100.0,
        id: lesson.id,
        recorded_at: lesson.recorded_at,
        kind: lesson.kind,
        trust: lesson.trust,
        tags: lesson.tags,
        title: lesson.title,
    }
}

/// Whether the fault is not the note's: the next one would meet it, too.
fn is_broken(code: &str) -> bool {
    code.starts_with("store.") || code == "policy.audit_unavailable"
}

/// A problem in one line.
fn reason(problem: &Value) -> String {
    let part = |name: &str| problem[name].as_str().unwrap_or_default();
    format!("{} ({}). {}", part("message"), part("code"), part("hint"))
}

fn failed(error: knowledge::Error) -> Value {
    told(&Error::from(error).problem())
}
