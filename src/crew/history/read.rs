//! Runs as they are read for people: listed, followed, taken elsewhere.

use super::*;

/// Runs of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The newest first.
    pub runs: Vec<Row>,
    /// How many there are, ended ones included.
    pub total: usize,
    /// So much of an id tells each of them from all others.
    pub id_length: usize,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The run.
    pub run_id: RunId,
    /// Where it stands.
    pub status: RunStatus,
    /// How it ended, in a stable word, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// What it is about, cut to a line.
    pub task: String,
    /// The template it follows, or `given`.
    pub plan: String,
    /// The order of its steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// What it used, as far as that is known.
    #[serde(default)]
    pub usage: Usage,
    /// Steps that are done.
    pub done: usize,
    /// All steps.
    pub total: usize,
    /// Steps that wait for somebody.
    pub waits_for: Vec<String>,
    /// When it was started.
    pub started_at: Timestamp,
    /// When its last event happened.
    pub touched_at: Timestamp,
}

/// An event with the output that it recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The number of the event.
    pub seq: Seq,
    /// The event as it is stored.
    pub event: Value,
    /// The output whose digest is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// An id is not cut shorter.
const SHORTEST_ID: usize = 8;
/// A task is cut to so many bytes in a list.
const TASK_LINE: usize = 200;
/// A part is full with so many bytes of outputs.
const FULL: usize = 1 << 20;

impl Crews {
    /// The newest runs of the project, at most `limit`; only those that have not ended unless `all`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn listed(&self, scope: &Scope, all: bool, limit: usize) -> Result<Listed, Error> {
        let ids = self.journal.runs(scope, usize::MAX).await?;
        let mut runs = Vec::new();
        if all {
            for run in ids.iter().take(limit) {
                runs.extend(self.row(scope, run).await?);
            }
        } else {
            for open in self.journal.unfinished(scope, limit).await? {
                runs.extend(self.row(scope, &open.run).await?);
            }
        }
        Ok(Listed {
            runs,
            total: ids.len(),
            id_length: id_length(&ids),
        })
    }

    async fn row(&self, scope: &Scope, run: &RunId) -> Result<Option<Row>, Error> {
        let events = self.journal.replay(scope, run, 0).await?;
        Ok(History::of(run, &events).map(|history| Row {
            done: history.done(),
            total: history.steps.len(),
            waits_for: history
                .steps
                .iter()
                .filter(|step| OPEN.contains(&step.state.as_str()))
                .map(|step| step.id.clone())
                .collect(),
            run_id: history.run_id,
            status: history.status,
            class: history.ended.map(|(class, _)| class),
            task: crate::crew::handoff::brief(&history.task.replace('\n', " "), TASK_LINE),
            plan: history.plan,
            strategy: history.strategy,
            usage: history.usage,
            started_at: history.started_at,
            touched_at: history.touched_at,
        }))
    }

    /// The run with that id, or the only one whose id begins like that.
    ///
    /// # Errors
    /// [`Error::UnknownRun`] when there is none, or several.
    pub async fn find(&self, scope: &Scope, beginning: &str) -> Result<RunId, Error> {
        let beginning = beginning.trim();
        let runs = self.journal.runs(scope, usize::MAX).await?;
        let mut meant = runs
            .iter()
            .filter(|run| !beginning.is_empty() && run.as_str().starts_with(beginning));
        match (meant.next(), meant.next()) {
            (Some(run), None) => Ok(run.clone()),
            _ => Err(Error::UnknownRun {
                run: RunId::new(beginning),
            }),
        }
    }

    /// The story of a run.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub async fn history(&self, scope: &Scope, run: &RunId) -> Result<History, Error> {
        let events = self.journal.replay(scope, run, 0).await?;
        let unknown = || Error::UnknownRun { run: run.clone() };
        let history = History::of(run, &events).ok_or_else(unknown)?;
        let state = fold(&events).ok_or_else(unknown)?;
        Ok(History {
            expected: self.forecast(scope, run, &state).await,
            suggestions: self.suggestions(scope, Some(&state.plan.source)).await?,
            ..history
        })
    }

    /// The events of a run after number `after` with the outputs they recorded, as many as make about a megabyte;
    /// none when there are no more.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn told(&self, scope: &Scope, run: &RunId, after: Seq) -> Result<Vec<Told>, Error> {
        let events = self.journal.replay(scope, run, after).await?;
        let mut told = Vec::new();
        let mut bytes = 0;
        for (seq, event) in (after + 1..).zip(&events) {
            let event = moment::fields(event);
            let digest = event
                .get("output")
                .and_then(Value::as_str)
                .and_then(Digest::from_hex);
            let blob = match digest {
                Some(digest) => self.journal.blob(scope, &digest).await?,
                None => None,
            };
            let output = blob.map(|blob| String::from_utf8_lossy(&blob).into_owned());
            bytes += output.as_ref().map_or(0, String::len);
            told.push(Told {
                seq,
                event: Value::Object(event),
                output,
            });
            if bytes >= FULL {
                break;
            }
        }
        Ok(told)
    }
}

/// So many digits tell each id from all others.
fn id_length(ids: &[RunId]) -> usize {
    let mut sorted: Vec<&str> = ids.iter().map(RunId::as_str).collect();
    sorted.sort_unstable();
    let shared = |(a, b): (&&str, &&str)| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let longest = sorted.iter().zip(sorted.iter().skip(1)).map(shared).max();
    longest.map_or(SHORTEST_ID, |shared| SHORTEST_ID.max(shared + 1))
}
