use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::*;
use crate::clock::ManualClock;
use crate::domain::{LessonId, Scope};
use crate::knowledge::{Found, NewLesson};
use crate::model;
use crate::model::scripted::{Mood, Scripted};
use crate::store::{Stores, memory};

const DIMENSIONS: usize = 256;
const MODEL: &str = "scripted/a/1";
/// The wharf in a language that the built-in table does not read.
const FOREIGN: &str = "причал";

/// A process: what it knows, and the task that fills.
struct World {
    knowledge: Arc<Knowledge>,
    embedder: Arc<Scripted>,
    stores: Stores,
    scope: Scope,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl World {
    /// With a model that knows the other language.
    fn new() -> Self {
        Self::over(memory::stores(), MODEL)
    }

    fn over(stores: Stores, model: &str) -> Self {
        let embedder = Arc::new(Scripted::new(model, DIMENSIONS).alike(FOREIGN, "wharf"));
        let knowledge = Knowledge::new(stores.lessons.clone(), Arc::new(ManualClock::new()));
        let knowledge = knowledge.with_embedder(embedder.clone(), stores.embeddings.clone());
        Self {
            knowledge: Arc::new(knowledge),
            embedder,
            stores,
            scope: scope("harbour"),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Another process over the same store, after this one has ended.
    async fn restarted(self, model: &str) -> Self {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        Self::over(self.stores.clone(), model)
    }

    /// Has lessons placed from now on.
    fn fill(&self) {
        let (knowledge, stop) = (self.knowledge.clone(), self.stop.clone());
        drop(self.tasks.spawn(async move { knowledge.fill(stop).await }));
    }

    async fn note(&self, text: &str) -> LessonId {
        let recorded = self.knowledge.record(&self.scope, NewLesson::note(text));
        recorded.await.unwrap().id
    }

    async fn notes(&self, count: usize) {
        for number in 0..count {
            self.note(&format!("crane number{number} lifts containers")).await;
        }
    }

    async fn search(&self, query: &str, limit: usize) -> Found {
        let query = Query {
            limit,
            max_tokens: 50_000,
            ..Query::new(query)
        };
        self.knowledge.search(&self.scope, &query).await.unwrap()
    }

    async fn progress(&self) -> Option<(usize, usize, Option<String>)> {
        let progress = self.search("crane", 1).await.embedder?;
        assert_eq!(progress.embedder, self.embedder.id());
        Some((progress.done, progress.total, progress.last_error))
    }

    /// The first search of a project makes it known; then all that can be done without waiting is done.
    async fn settled(&self) {
        self.search("crane", 1).await;
        settle().await;
    }

    async fn kept(&self, model: &str) -> usize {
        let kept = self.stores.embeddings.of_project(&self.scope, model, None, 1_000);
        kept.await.unwrap().len()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn scope(project: &str) -> Scope {
    Scope::new("local", project, "ada").unwrap()
}

/// Lets the other tasks go on until they wait for something. Time stands still meanwhile.
async fn settle() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

fn titles(found: &Found) -> Vec<&str> {
    found.hits.iter().map(|hit| hit.title.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_word_for_the_same_thing_is_found_once_all_lessons_are_placed() {
    let world = World::new();
    let id = world.note("moor at the wharf").await;
    world.notes(20).await;
    assert_eq!(titles(&world.search(FOREIGN, 8).await), [""; 0]);
    world.fill();
    settle().await;
    let found = world.search(FOREIGN, 8).await;
    assert_eq!(found.hits[0].id, id);
    let why = &found.hits[0].why;
    assert!(why.semantic_only && why.vector > 0.35, "{why:?}");
    assert_eq!(found.advice, None);
    assert!(found.embedder.unwrap().is_complete());
}

#[tokio::test(start_paused = true)]
async fn one_place_is_kept_for_what_has_no_word_of_the_question() {
    let world = World::new();
    let id = world.note("wharf moorings").await;
    for number in 0..20 {
        world.note(&format!("crane number{number}")).await;
        world.note(&format!("wind from sector{number}")).await;
        world.note(&format!("pilot on channel{number}")).await;
    }
    world.fill();
    settle().await;
    let query = format!("crane {FOREIGN}");
    let found = world.search(&query, 8).await;
    let at = found.hits.iter().position(|hit| hit.id == id);
    assert_eq!((found.hits.len(), at), (8, Some(7)), "{:?}", titles(&found));
    let found = world.search(&query, 4).await;
    assert!(
        found.hits.iter().all(|hit| hit.id != id),
        "of few hits none is spent"
    );
}

#[tokio::test(start_paused = true)]
async fn half_of_the_lessons_placed_are_as_good_as_none() {
    let world = World::new();
    world.note("moor at the wharf").await;
    world.notes(39).await;
    world.fill();
    settle().await;
    // The next one comes and the embedder is busy.
    world.embedder.set_mood(Mood::Slowly(Duration::from_secs(3600)));
    world.note("ships wait outside").await;
    settle().await;
    let before = tokio::time::Instant::now();
    let found = world.search(FOREIGN, 8).await;
    assert_eq!(before.elapsed(), Duration::ZERO, "it waits for nothing");
    assert_eq!(titles(&found), [""; 0]);
    assert_eq!(world.progress().await, Some((40, 41, None)));
    assert_eq!(titles(&world.search("wharf", 8).await), ["moor at the wharf"]);
}

#[tokio::test(start_paused = true)]
async fn while_the_embedder_is_away_search_works_and_says_so() {
    let world = World::new();
    world.embedder.set_mood(Mood::Away);
    world.note("moor at the wharf").await;
    world.fill();
    settle().await;
    let away = format!("{MODEL} cannot be reached");
    assert_eq!(world.progress().await, Some((0, 1, Some(away))));
    assert_eq!(titles(&world.search("wharf", 8).await), ["moor at the wharf"]);
    // It is tried less and less often.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(
        (5..9).contains(&world.embedder.asked()),
        "{}",
        world.embedder.asked()
    );
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(world.embedder.asked() < 25, "{}", world.embedder.asked());
    world.embedder.set_mood(Mood::Well);
    tokio::time::sleep(Duration::from_secs(301)).await;
    settle().await;
    assert_eq!(world.progress().await, Some((1, 1, None)));
}

#[tokio::test(start_paused = true)]
async fn vectors_of_other_dimensions_are_never_kept() {
    let world = World::new();
    world.notes(3).await;
    world.fill();
    settle().await;
    world.embedder.set_mood(Mood::WithDimensions(DIMENSIONS / 2));
    world.note("moor at the wharf").await;
    settle().await;
    let (done, total, problem) = world.progress().await.unwrap();
    assert_eq!((done, total), (3, 4));
    assert!(
        problem
            .unwrap()
            .contains("answers with 128 dimensions, but the vectors that are kept have 256")
    );
    assert_eq!(world.kept(MODEL).await, 3);
    assert_eq!(titles(&world.search("wharf", 8).await), ["moor at the wharf"]);
    world.embedder.set_mood(Mood::Well);
    tokio::time::sleep(Duration::from_secs(2)).await;
    settle().await;
    assert_eq!(world.progress().await, Some((4, 4, None)));
    // A question with such a vector is compared with nothing.
    world.embedder.set_mood(Mood::WithDimensions(DIMENSIONS / 2));
    let found = world.search("wharf", 8).await;
    assert_eq!(titles(&found), ["moor at the wharf"]);
    assert!(
        found.advice.unwrap().contains("does not fit"),
        "{:?}",
        found.advice
    );
}

#[tokio::test(start_paused = true)]
async fn vectors_without_a_direction_are_never_kept() {
    let world = World::new();
    world.embedder.set_mood(Mood::WithDimensions(0));
    world.notes(3).await;
    world.fill();
    settle().await;
    let (done, total, problem) = world.progress().await.unwrap();
    assert_eq!((done, total, world.kept(MODEL).await), (0, 3, 0));
    assert!(problem.unwrap().contains("a vector without a direction"));
}

#[tokio::test(start_paused = true)]
async fn a_process_goes_on_where_the_last_one_stopped() {
    let world = World::new();
    world.notes(40).await;
    world.fill();
    settle().await;
    assert_eq!(world.kept(MODEL).await, 40);
    world.embedder.set_mood(Mood::Away);
    world.notes(45).await;
    settle().await;
    let world = world.restarted(MODEL).await;
    assert_eq!(world.progress().await, None, "nobody has looked yet");
    world.fill();
    world.settled().await;
    assert_eq!(world.progress().await, Some((45, 45, None)));
    let asked = world.embedder.asked();
    // The five new ones, and one question.
    assert_eq!(asked, 5 + 1);
    let world = world.restarted(MODEL).await;
    world.fill();
    world.settled().await;
    assert_eq!(world.embedder.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn another_model_starts_anew() {
    let world = World::new();
    world.note("moor at the wharf").await;
    world.notes(4).await;
    world.fill();
    settle().await;
    let world = world.restarted("scripted/b/1").await;
    world.embedder.set_mood(Mood::Away);
    world.fill();
    world.settled().await;
    let (done, total, _) = world.progress().await.unwrap();
    assert_eq!((done, total), (0, 5));
    assert_eq!(titles(&world.search(FOREIGN, 8).await), [""; 0]);
    world.embedder.set_mood(Mood::Well);
    tokio::time::sleep(Duration::from_secs(300)).await;
    settle().await;
    assert_eq!(titles(&world.search(FOREIGN, 8).await), ["moor at the wharf"]);
    assert_eq!(
        [world.kept(MODEL).await, world.kept("scripted/b/1").await],
        [5, 5]
    );
}

#[tokio::test(start_paused = true)]
async fn projects_are_placed_apart() {
    let mut world = World::new();
    world.note("moor at the wharf").await;
    let mine = std::mem::replace(&mut world.scope, scope("airport"));
    world.note("land on the runway").await;
    world.fill();
    settle().await;
    assert_eq!(world.embedder.asked(), 2);
    let found = world.search(FOREIGN, 8).await;
    assert_eq!(titles(&found), [""; 0]);
    assert_eq!((found.total_considered, world.kept(MODEL).await), (1, 1));
    world.scope = mine;
    assert_eq!(titles(&world.search(FOREIGN, 8).await), ["moor at the wharf"]);
    assert_eq!(world.kept(MODEL).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_placed_late_is_answered_in_time_by_the_table() {
    let world = World::new();
    world.note("moor at the wharf").await;
    world.fill();
    settle().await;
    world.embedder.set_mood(Mood::Slowly(Duration::from_secs(5)));
    let before = tokio::time::Instant::now();
    let found = world.search("wharf crane", 8).await;
    assert_eq!(before.elapsed(), question::LIMIT + Duration::from_millis(0));
    assert_eq!(titles(&found), ["moor at the wharf"]);
    assert!(found.advice.unwrap().contains("did not answer in time"));
    // The next one does not even try.
    let before = tokio::time::Instant::now();
    let found = world.search("wharf", 8).await;
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert!(found.advice.unwrap().contains("cannot be used at present"));
    // Meanwhile the question was placed.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(world.search("wharf crane", 8).await.advice, None);
}

#[tokio::test(start_paused = true)]
async fn the_same_question_is_asked_once() {
    let world = World::new();
    world.notes(2).await;
    world.fill();
    settle().await;
    for _ in 0..3 {
        world.search("which crane", 8).await;
    }
    assert_eq!(world.embedder.asked(), 2 + 1);
    let query = Query {
        mode: crate::knowledge::Mode::Lexical,
        ..Query::new("container")
    };
    world.knowledge.search(&world.scope, &query).await.unwrap();
    assert_eq!(world.embedder.asked(), 2 + 1, "words need no embedder");
}

#[tokio::test(start_paused = true)]
async fn a_lesson_that_takes_the_place_of_another_is_placed() {
    let world = World::new();
    let old = world.note("moor at the pier").await;
    world.fill();
    settle().await;
    let new = NewLesson {
        supersedes: Some(old),
        ..NewLesson::note("moor at the wharf")
    };
    world.knowledge.record(&world.scope, new).await.unwrap();
    settle().await;
    assert_eq!(world.progress().await, Some((1, 1, None)));
    assert_eq!(titles(&world.search(FOREIGN, 8).await), ["moor at the wharf"]);
}

/// Reads 1 KB of a text, and refuses all that comes together with a longer one.
#[derive(Debug)]
struct Picky(Scripted);

#[async_trait::async_trait]
impl Embedder for Picky {
    fn id(&self) -> &str {
        self.0.id()
    }

    async fn embed(&self, scope: &Scope, texts: &[&str]) -> model::Result<Vec<Vec<f32>>> {
        if texts.iter().any(|text| text.len() > 1024) {
            let (id, status) = (self.id().to_owned(), 400);
            return Err(model::Error::Refused { id, status });
        }
        self.0.embed(scope, texts).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_lesson_that_is_too_long_for_the_model_is_placed_by_its_beginning() {
    let mut world = World::new();
    let knowledge = Knowledge::new(world.stores.lessons.clone(), Arc::new(ManualClock::new()));
    let picky = Arc::new(Picky(Scripted::new(MODEL, DIMENSIONS)));
    world.knowledge = Arc::new(knowledge.with_embedder(picky, world.stores.embeddings.clone()));
    world.notes(20).await;
    world.note(&"wharf ".repeat(2_000)).await;
    world.notes(60).await;
    world.fill();
    settle().await;
    let progress = world.search("wharf", 8).await.embedder.unwrap();
    assert!(progress.is_complete() && progress.done == 61, "{progress:?}");
}

#[tokio::test]
async fn without_an_embedder_there_is_nothing_to_fill() {
    let stores = memory::stores();
    let knowledge = Knowledge::new(stores.lessons, Arc::new(ManualClock::new()));
    knowledge.fill(CancellationToken::new()).await;
    let found = knowledge.search(&scope("harbour"), &Query::new("crane")).await;
    assert_eq!(found.unwrap().embedder, None);
}

#[test]
fn a_text_is_cut_between_characters() {
    for (text, bytes, expect) in [
        ("crane", 9, "crane"),
        ("crane", 2, "cr"),
        ("größe", 3, "gr"),
        ("", 0, ""),
    ] {
        assert_eq!(beginning(text, bytes), expect);
    }
}
