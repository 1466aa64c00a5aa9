use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use proptest::prelude::*;

use super::*;
use crate::clock::ManualClock;
use crate::domain::lesson::{LessonOutcome, Provenance};
use crate::domain::{LessonKind, Trust};
use crate::store::{self, Seq};

mod grammar;
mod kept;
mod repeats;

/// The smallest thing that can be called a store.
#[derive(Debug, Default)]
struct Log {
    kept: Mutex<Kept>,
    /// So many puts are answered as if another process had been faster.
    stale: Mutex<usize>,
    /// This one cannot be read.
    damaged: Mutex<Option<LessonId>>,
    /// So many revisions of the log were read.
    read: Mutex<usize>,
}

#[derive(Debug, Default)]
struct Kept {
    revisions: Vec<(String, Lesson)>,
    newest: BTreeMap<(String, LessonId), Lesson>,
}

impl Log {
    fn newest(&self, scope: &Scope) -> Vec<Lesson> {
        let kept = self.kept.lock().unwrap();
        let ours = kept
            .newest
            .iter()
            .filter(|((project, _), _)| project == scope.project());
        ours.map(|(_, lesson)| lesson.clone()).collect()
    }
}

#[async_trait]
impl Lessons for Log {
    async fn put(&self, scope: &Scope, lessons: Vec<Lesson>) -> store::Result<Put> {
        tokio::task::yield_now().await;
        let mut kept = self.kept.lock().unwrap();
        let mut stale = self.stale.lock().unwrap();
        let key = |lesson: &Lesson| (scope.project().to_owned(), lesson.id.clone());
        for lesson in &lessons {
            let before = kept.newest.get(&key(lesson)).map_or(0, |stored| stored.revision);
            if *stale > 0 || lesson.revision != before + 1 {
                *stale = stale.saturating_sub(1);
                return Ok(Put::Stale(lesson.id.clone()));
            }
        }
        for lesson in lessons {
            kept.revisions.push((scope.project().to_owned(), lesson.clone()));
            kept.newest.insert(key(&lesson), lesson);
        }
        Ok(Put::At(kept.revisions.len() as Seq))
    }

    async fn get(&self, scope: &Scope, id: &LessonId) -> store::Result<Option<Lesson>> {
        if self.damaged.lock().unwrap().as_ref() == Some(id) {
            let (record, detail) = (id.to_string(), "checksum".to_owned());
            return Err(store::Error::Damaged { record, detail });
        }
        let kept = self.kept.lock().unwrap();
        Ok(kept
            .newest
            .get(&(scope.project().to_owned(), id.clone()))
            .cloned())
    }

    async fn after(&self, scope: &Scope, after: Seq, limit: usize) -> store::Result<Vec<(Seq, Lesson)>> {
        let kept = self.kept.lock().unwrap();
        let later = (1..).zip(&kept.revisions).skip(after as usize);
        let ours = later.filter(|(_, (project, _))| project == scope.project());
        let page: Vec<_> = ours
            .map(|(seq, (_, lesson))| (seq, lesson.clone()))
            .take(limit)
            .collect();
        *self.read.lock().unwrap() += page.len();
        Ok(page)
    }
}

mod clean;
mod curate;
mod relations;

struct World {
    log: Arc<Log>,
    clock: Arc<ManualClock>,
    knowledge: Knowledge,
    scope: Scope,
}

impl World {
    fn new() -> Self {
        let (log, clock) = (Arc::new(Log::default()), Arc::new(ManualClock::new()));
        Self {
            knowledge: Knowledge::new(log.clone(), clock.clone()),
            scope: scope("project", "ada"),
            log,
            clock,
        }
    }

    fn with(lessons: &[&str]) -> Self {
        let world = Self::new();
        for text in lessons {
            world.note(text);
        }
        world
    }

    fn record(&self, lesson: NewLesson) -> Result<Recorded> {
        wait(self.knowledge.record(&self.scope, lesson))
    }

    fn note(&self, text: &str) -> LessonId {
        self.record(NewLesson::note(text)).unwrap().id
    }

    fn supersede(&self, old: &LessonId, text: &str) -> Result<Recorded> {
        self.record(NewLesson {
            supersedes: Some(old.clone()),
            ..NewLesson::note(text)
        })
    }

    fn find(&self, query: &Query) -> Found {
        wait(self.knowledge.search(&self.scope, query)).unwrap()
    }

    fn titles(&self, query: &str) -> Vec<String> {
        self.find(&Query::new(query))
            .hits
            .into_iter()
            .map(|hit| hit.title)
            .collect()
    }

    fn get(&self, id: &LessonId) -> Lesson {
        wait(self.knowledge.get(&self.scope, id)).unwrap().unwrap()
    }
}

fn scope(project: &str, principal: &str) -> Scope {
    Scope::new("local", project, principal).unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// A made-up sentence for each number, of words that are common, less common and rare.
fn sentence(n: usize) -> String {
    format!("common w{} pair{} rare{n}", n % 7, n % 90)
}

#[test]
fn a_lesson_is_found_by_other_forms_of_its_words() {
    let world = World::with(&[
        "Retrying the deployment fixes connection errors.",
        "The parser is parseHTTPHeader in wire.rs.",
        "Lunch is at noon.",
    ]);
    assert_eq!(
        world.titles("deploy retries"),
        ["Retrying the deployment fixes connection errors"]
    );
    assert_eq!(
        world.titles("header"),
        ["The parser is parseHTTPHeader in wire.rs"]
    );
}

#[test]
fn a_hit_says_why() {
    let world = World::with(&[
        "Retrying the deployment fixes it.",
        "The deployment runs on Mondays.",
        "Lunch is at noon.",
    ]);
    let hit = world
        .find(&Query::new("retry deploymnet tomorrow"))
        .hits
        .remove(0);
    insta::assert_json_snapshot!(hit, @r#"
    {
      "id": "00000000000000000000000000000001",
      "title": "Retrying the deployment fixes it",
      "text": "Retrying the deployment fixes it.",
      "score": 1.0,
      "why": {
        "bm25": 1.1203,
        "bm25_share": 0.0991,
        "grams": 11.08,
        "vector": 0.5932,
        "matched": [
          {
            "term": "retri",
            "word": "retry",
            "weight": 0.9331
          },
          {
            "term": "deploy",
            "word": "deploymnet",
            "weight": 0.1872,
            "similarity": 0.6471
          }
        ]
      },
      "provenance": {
        "principal": "ada"
      },
      "trust": "unverified",
      "state": "active",
      "confidence": 0.5,
      "truncated": false
    }
    "#);
}

#[test]
fn one_typo_in_a_word_still_finds() {
    let world = World::with(&["Authentication tokens expire.", "The database migrates at night."]);
    assert_eq!(world.titles("authetnication"), ["Authentication tokens expire"]);
    assert_eq!(world.titles("databse"), ["The database migrates at night"]);
}

#[test]
fn a_text_reminds_of_lessons_by_words_it_shares_and_guesses_no_spelling() {
    let world = World::with(&["Authentication tokens expire.", "The database migrates at night."]);
    let reminded = |text: &str| {
        let query = Query {
            is_text: true,
            ..Query::new(text)
        };
        world.find(&query).hits.len()
    };
    assert_eq!(
        reminded("Users are logged out: their tokens seem to expire every night."),
        2
    );
    assert_eq!(reminded("authetnication databse"), 0);
}

#[test]
fn scores_lie_between_0_and_1_and_fall() {
    let world = World::with(&[
        "deploy deploy deploy",
        "deploy on monday",
        "monday lunch",
        "nothing of it",
    ]);
    let scores: Vec<f64> = world
        .find(&Query::new("deploy monday unknownword"))
        .hits
        .iter()
        .map(|hit| hit.score)
        .collect();
    assert_eq!(scores.len(), 3);
    assert!(scores.is_sorted_by(|one, next| one >= next), "{scores:?}");
    assert!(
        scores.iter().all(|score| (0.0..=1.0).contains(score)),
        "{scores:?}"
    );
}

#[test]
fn the_same_text_is_a_duplicate_and_confirms() {
    let world = World::with(&["Retry the deploy."]);
    let again = world.record(NewLesson::note(" retry  THE deploy. ")).unwrap();
    assert_eq!((again.status, again.confirmations), (RecordStatus::Duplicate, 1));
    assert_eq!(world.get(&again.id).text, "Retry the deploy.");
    assert_eq!(world.titles("deploy").len(), 1);
}

#[test]
fn a_call_that_comes_again_under_its_name_gets_the_same_answer_and_changes_nothing() {
    let world = World::with(&["The deploy is old."]);
    let old = world.note("The deploy is old.");
    let named = |name: &str, text: &str| NewLesson {
        request: Some(name.to_owned()),
        ..NewLesson::note(text)
    };
    let replacing = NewLesson {
        supersedes: Some(old),
        ..named("w-4", "The deploy is new.")
    };
    let calls = [
        (named("w-1", "Retry the deploy."), RecordStatus::Created),
        (named("w-2", "Retry the deploy."), RecordStatus::Duplicate),
        (
            NewLesson {
                tags: vec!["ci".to_owned()],
                ..named("w-3", "Retry the deploy.")
            },
            RecordStatus::Merged,
        ),
        (replacing, RecordStatus::Superseded),
    ];
    for (call, status) in &calls {
        let first = world.record(call.clone()).unwrap();
        assert_eq!(first.status, *status);
        let before = world.log.kept.lock().unwrap().revisions.len();
        assert_eq!(world.record(call.clone()).unwrap(), first);
        assert_eq!(world.log.kept.lock().unwrap().revisions.len(), before);
    }
    // Also after others wrote to the lesson in between.
    let (first, status) = &calls[0];
    assert_eq!(world.record(first.clone()).unwrap().status, *status);
    // Long after, nobody sends it again: the name is forgotten, and with it what it takes to keep it.
    world.clock.advance(Duration::from_secs(3600));
    let id = world.record(named("w-5", "Retry the deploy.")).unwrap().id;
    assert_eq!(world.get(&id).recordings.len(), 1);
}

#[test]
fn what_a_duplicate_adds_is_merged() {
    let world = World::with(&["Retry the deploy."]);
    let again = world
        .record(NewLesson {
            tags: vec!["CI".to_owned()],
            evidence: Some("run 7".to_owned()),
            outcome: Some(LessonOutcome {
                reference: None,
                success: true,
                score: Some(0.9),
            }),
            provenance: Provenance {
                principal: "bob".to_owned(),
                run: Some("7".to_owned()),
                step: None,
                source: None,
                labels: Vec::new(),
            },
            ..NewLesson::note("Retry the deploy.")
        })
        .unwrap();
    assert_eq!(again.status, RecordStatus::Merged);
    let lesson = world.get(&again.id);
    assert_eq!(
        (lesson.tags, lesson.evidence.as_deref()),
        (vec!["ci".to_owned()], Some("run 7"))
    );
    assert_eq!(
        lesson.provenance.principal, "ada",
        "where it was first learned stays"
    );
    assert_eq!(lesson.trust, Trust::Confirmed, "another person said so too");
    let tagged = world.find(&Query {
        tags: vec!["ci".to_owned()],
        ..Query::new("deploy")
    });
    assert_eq!(tagged.hits.len(), 1);
}

#[test]
fn two_identical_recordings_at_once_make_one_lesson() {
    let world = World::new();
    let statuses = wait(async {
        let record = || {
            world
                .knowledge
                .record(&world.scope, NewLesson::note("Retry the deploy."))
        };
        let (one, other) = futures::join!(record(), record());
        [one.unwrap().status, other.unwrap().status]
    });
    assert_eq!(statuses, [RecordStatus::Created, RecordStatus::Duplicate]);
    assert_eq!(world.log.newest(&world.scope).len(), 1);
}

#[test]
fn a_superseded_lesson_is_read_but_not_found() {
    let world = World::with(&["Deploy on port 80."]);
    let old = world.note("Deploy on port 80.");
    let new = world.supersede(&old, "Deploy on port 8080.").unwrap();
    assert_eq!(new.status, RecordStatus::Superseded);
    assert_eq!(world.titles("deploy"), ["Deploy on port 8080"]);
    let old = world.get(&old);
    assert_eq!(
        (old.state, old.superseded_by),
        (LessonState::Superseded, Some(new.id.clone()))
    );
    assert_eq!(world.get(&new.id).supersedes, Some(old.id));
}

#[test]
fn the_text_of_a_superseded_lesson_is_still_a_duplicate() {
    let world = World::new();
    let old = world.note("Deploy on port 80.");
    let new = world.supersede(&old, "Deploy on port 8080.").unwrap();
    let again = world.record(NewLesson::note("Deploy on port 80.")).unwrap();
    assert_eq!(
        (again.status, again.state),
        (RecordStatus::Duplicate, LessonState::Superseded)
    );
    assert_eq!(again.related[0].id, new.id);
}

#[test]
fn what_cannot_be_superseded_is_refused_in_words() {
    let world = World::new();
    let first = world.note("Deploy on port 80.");
    let second = world.supersede(&first, "Deploy on port 81.").unwrap().id;
    let third = world.supersede(&second, "Deploy on port 82.").unwrap().id;
    let refusals = [
        world.supersede(&LessonId::new("nobody"), "x1"),
        world.supersede(&first, "Deploy on port 83."),
        world.supersede(&third, "Deploy on port 80."),
        world.supersede(&third, "Deploy on port 82."),
    ]
    .map(|refused| {
        let error = refused.unwrap_err();
        format!("{} {error}", error.code())
    });
    insta::assert_snapshot!(refusals.join("\n"), @r"
    knowledge.unknown_lesson lesson nobody to be superseded does not exist
    knowledge.not_in_force lesson 00000000000000000000000000000001 is not in force: it was superseded by 00000000000000000000000000000002
    knowledge.circular lesson 00000000000000000000000000000001 has this text already and cannot supersede 00000000000000000000000000000003, which is the same or replaced it
    knowledge.circular lesson 00000000000000000000000000000003 has this text already and cannot supersede 00000000000000000000000000000003, which is the same or replaced it
    ");
    assert_eq!(
        world.titles("deploy"),
        ["Deploy on port 82"],
        "nothing was written"
    );
}

#[test]
fn a_known_lesson_can_take_the_place_of_another() {
    let world = World::new();
    let (old, known) = (world.note("Deploy on port 80."), world.note("Deploy on port 81."));
    let recorded = world.supersede(&old, "Deploy on port 81.").unwrap();
    assert_eq!((recorded.id, recorded.status), (known, RecordStatus::Superseded));
    assert_eq!(world.titles("deploy"), ["Deploy on port 81"]);
}

#[test]
fn a_candidate_waits_for_an_independent_confirmation() {
    let world = World::new();
    let from_run = |run: &str| NewLesson {
        candidate: true,
        kind: LessonKind::Run,
        provenance: Provenance {
            principal: "ada".to_owned(),
            run: Some(run.to_owned()),
            step: None,
            source: None,
            labels: Vec::new(),
        },
        ..NewLesson::note("Pin the toolchain.")
    };
    assert_eq!(
        world.record(from_run("1")).unwrap().status,
        RecordStatus::Candidate
    );
    world.record(from_run("1")).unwrap();
    assert!(
        world.titles("toolchain").is_empty(),
        "the same run again confirms nothing"
    );
    let asked = Query {
        include_candidates: true,
        ..Query::new("toolchain")
    };
    assert_eq!(world.find(&asked).hits.len(), 1);
    world.record(from_run("2")).unwrap();
    assert_eq!(world.titles("toolchain"), ["Pin the toolchain"]);
}

#[test]
fn an_expired_lesson_is_not_found_until_it_is_recorded_again() {
    let world = World::new();
    let expires_at = world.clock.now().checked_add(Duration::from_secs(60)).ok();
    world
        .record(NewLesson {
            expires_at,
            ..NewLesson::note("The freeze is on.")
        })
        .unwrap();
    assert_eq!(world.titles("freeze").len(), 1);
    world.clock.advance(Duration::from_secs(60));
    assert!(world.titles("freeze").is_empty());
    assert_eq!(
        world.record(NewLesson::note("The freeze is on.")).unwrap().status,
        RecordStatus::Merged
    );
    assert_eq!(world.titles("freeze").len(), 1);
}

#[test]
fn a_stale_write_is_tried_again_but_not_for_ever() {
    let world = World::new();
    *world.log.stale.lock().unwrap() = ATTEMPTS - 1;
    assert_eq!(
        world.record(NewLesson::note("Retry.")).unwrap().status,
        RecordStatus::Created
    );
    *world.log.stale.lock().unwrap() = usize::MAX;
    let error = world.record(NewLesson::note("Retry twice.")).unwrap_err();
    assert!(
        error.retryable() && error.code() == "knowledge.contended",
        "{error}"
    );
}

#[test]
fn another_writer_on_the_same_store_is_seen() {
    let world = World::with(&["Deploy on port 80."]);
    assert_eq!(world.titles("deploy").len(), 1);
    let neighbour = Knowledge::new(world.log.clone(), world.clock.clone());
    wait(neighbour.record(&world.scope, NewLesson::note("Deploy at night."))).unwrap();
    assert_eq!(world.titles("deploy").len(), 2);
}

#[test]
fn a_new_lesson_names_those_that_say_much_of_the_same() {
    let world = World::with(&[
        "The staging deploy needs port 8080 open.",
        "Lunch is at noon.",
        "Tokens expire daily.",
    ]);
    let recorded = world
        .record(NewLesson::note("The staging deploy needs port 8081 open."))
        .unwrap();
    insta::assert_json_snapshot!(recorded.related, @r#"
    [
      {
        "id": "00000000000000000000000000000001",
        "title": "The staging deploy needs port 8080 open",
        "why": "says otherwise about the same; if it is outdated, record this with `supersedes`"
      }
    ]
    "#);
}

#[test]
fn another_projects_lessons_change_no_byte_of_an_answer() {
    let texts: Vec<String> = (0..60).map(sentence).collect();
    let (alone, beside) = (World::new(), World::new());
    for text in &texts {
        alone.note(text);
        beside.note(text);
    }
    let other = scope("other", "eve");
    for text in &texts[..20] {
        let lesson = NewLesson::note(format!("{text} common common rare"));
        wait(beside.knowledge.record(&other, lesson)).unwrap();
    }
    for query in ["common w3", "rare5 pair", "comon"] {
        let query = Query::new(query);
        assert_eq!(alone.find(&query), beside.find(&query));
        assert_eq!(
            format!("{:?}", alone.find(&query)),
            format!("{:?}", beside.find(&query))
        );
    }
    let foreign = alone.note("Only here.");
    assert!(wait(alone.knowledge.get(&other, &foreign)).unwrap().is_none());
}

#[test]
fn an_index_that_grew_ranks_like_one_that_was_loaded() {
    let world = World::new();
    let ids: Vec<LessonId> = (0..400).map(|n| world.note(&sentence(n))).collect();
    for (n, id) in ids.iter().enumerate().step_by(3) {
        world.supersede(id, &format!("{} again", sentence(n))).unwrap();
    }
    let fresh = Knowledge::new(world.log.clone(), world.clock.clone());
    for query in ["common w3 again", "rare12", "pair7 pair8"].map(Query::new) {
        assert_eq!(
            world.find(&query),
            wait(fresh.search(&world.scope, &query)).unwrap()
        );
    }
}

#[test]
fn sweeping_tombstones_changes_no_answer() {
    let world = World::new();
    let mut id = world.note("common start");
    for n in 0..20 {
        world.note(&sentence(n));
    }
    // Twice as many replacements as a sweep waits for.
    for n in 0..2100 {
        let lesson = record::first_revision(
            &NewLesson::note(sentence(n)),
            id.clone(),
            dedupe::digest(&sentence(n)),
            world.clock.now(),
        );
        let revision = world.get(&id).revision + 1;
        wait(world.log.put(&world.scope, vec![Lesson { revision, ..lesson }])).unwrap();
        if n % 700 == 0 {
            id = world.note(&format!("common restart {n}"));
        }
    }
    world.find(&Query::new("common"));
    let project = world.knowledge.projects.of(&world.scope);
    assert!(
        project.index().passing(&everything(&world)).0.len() < 2 * 1024,
        "the tombstones were swept"
    );
    let mut compact = index::Index::default();
    for (seq, lesson) in (1..).zip(&world.log.newest(&world.scope)) {
        compact.apply(seq, lesson);
    }
    for query in ["common w3", "rare12", "restart"] {
        // Where texts lie depends on how many there were when they came.
        let query = Query {
            mode: Mode::Lexical,
            ..Query::new(query)
        };
        let now = world.clock.now();
        let answer = |index: &index::Index| {
            let ranking = search::answer(index, &query, None, now);
            format!("{ranking:?}")
        };
        assert_eq!(answer(&project.index()), answer(&compact));
    }
}

fn everything(world: &World) -> index::Filter<'static> {
    index::Filter {
        tags: &[],
        kinds: &[],
        since: None,
        include_candidates: true,
        now: world.clock.now(),
        within: None,
    }
}

#[test]
fn a_filter_that_lets_one_in_a_thousand_through_finds_all_of_it() {
    let world = World::new();
    for n in 0..2000 {
        let tags = if n % 1000 == 17 {
            vec!["needle".to_owned()]
        } else {
            Vec::new()
        };
        world
            .record(NewLesson {
                tags,
                ..NewLesson::note(sentence(n))
            })
            .unwrap();
    }
    let all = world.find(&Query {
        limit: MAX_LIMIT,
        max_tokens: MAX_MAX_TOKENS,
        ..Query::new("common")
    });
    assert!(
        all.hits.iter().all(|hit| hit.tags.is_empty()),
        "without the filter they are far behind"
    );
    let needles = world.find(&Query {
        tags: vec![" Needle ".to_owned()],
        ..Query::new("common")
    });
    let mut titles: Vec<_> = needles.hits.iter().map(|hit| hit.title.clone()).collect();
    titles.sort();
    assert_eq!(titles, [sentence(1017), sentence(17)]);
    assert_eq!((needles.total_considered, all.total_considered), (2, 2000));
    assert!(
        world
            .find(&Query {
                tags: vec!["unknown".to_owned()],
                ..Query::new("common")
            })
            .hits
            .is_empty()
    );
}

#[test]
fn kind_and_time_filter_too() {
    let world = World::with(&["Deploy early."]);
    world.clock.advance(Duration::from_secs(60));
    let since = Some(world.clock.now());
    world
        .record(NewLesson {
            kind: LessonKind::Outcome,
            ..NewLesson::note("Deploy late.")
        })
        .unwrap();
    let titles =
        |query: Query| -> Vec<String> { world.find(&query).hits.into_iter().map(|hit| hit.title).collect() };
    assert_eq!(
        titles(Query {
            since,
            ..Query::new("deploy")
        }),
        ["Deploy late"]
    );
    assert_eq!(
        titles(Query {
            kinds: vec![LessonKind::Note],
            ..Query::new("deploy")
        }),
        ["Deploy early"]
    );
}

#[test]
fn context_and_tags_are_searched_and_count_less_than_the_text() {
    let world = World::with(&["Restart the cache first."]);
    world
        .record(NewLesson {
            context: Some("cache".to_owned()),
            ..NewLesson::note("Wait a little while.")
        })
        .unwrap();
    world
        .record(NewLesson {
            tags: vec!["redis-cache".to_owned()],
            ..NewLesson::note("Keys need a prefix.")
        })
        .unwrap();
    let titles = world.titles("cache");
    assert_eq!(titles.len(), 3);
    assert_eq!(titles[2], "Wait a little while");
}

#[test]
fn an_answer_stays_within_its_tokens() {
    let world = World::new();
    for n in 0..30 {
        let filler = format!("filler{n} \"quoted\"\n").repeat(if n % 2 == 0 { 3000 } else { 5 });
        world.note(&format!(
            "Lesson {n}: the deploy needs patience. {filler} deploy at night."
        ));
    }
    for max_tokens in [0, 300, 2_000, 20_000] {
        let found = world.find(&Query {
            limit: 20,
            max_tokens,
            ..Query::new("deploy patience")
        });
        let bytes = serde_json::to_vec(&found.hits).unwrap().len();
        assert!(
            bytes <= 4 * max_tokens.max(MIN_MAX_TOKENS),
            "{max_tokens} tokens, {bytes} bytes"
        );
        assert!(!found.hits.is_empty());
        assert_eq!(found.hits.len() + found.omitted, 20);
        assert!(max_tokens < 20_000 || found.hits.iter().any(|hit| hit.truncated));
        if max_tokens >= 2_000 {
            assert!(found.hits[0].text.contains("deploy"), "{}", found.hits[0].text);
        }
    }
}

#[test]
fn a_query_without_a_word_says_so() {
    let world = World::with(&["What we do is this."]);
    for query in ["", "what did we do with it", "?!", "a"] {
        let found = world.find(&Query::new(query));
        assert!(found.hits.is_empty() && found.advice.is_some(), "{query:?}");
    }
}

#[test]
fn chinese_and_russian_are_found() {
    let world = World::with(&[
        "部署之前先重启缓存服务。",
        "Перезапустить Кэш перед выкладкой.",
        "Restart the cache.",
    ]);
    assert_eq!(world.titles("重启缓存"), ["部署之前先重启缓存服务"]);
    assert_eq!(world.titles("кэш"), ["Перезапустить Кэш перед выкладкой"]);
}

#[test]
fn hidden_characters_come_back_marked() {
    let world = World::with(&["Deploy with\u{202e} care."]);
    assert_eq!(world.find(&Query::new("deploy")).hits[0].trust, Trust::Flagged);
}

#[test]
fn a_damaged_record_hides_no_other_and_can_be_recorded_again() {
    let world = World::with(&["Deploy at night.", "Deploy by day."]);
    let damaged = world.note("Deploy at night.");
    *world.log.damaged.lock().unwrap() = Some(damaged.clone());
    let found = world.find(&Query::new("deploy"));
    assert_eq!((found.hits.len(), found.omitted), (1, 1));
    let again = world.record(NewLesson::note("Deploy at night.")).unwrap();
    assert_eq!(again.status, RecordStatus::Created);
    assert_ne!(again.id, damaged);
}

#[test]
fn more_projects_than_stay_loaded_keep_their_lessons_apart() {
    let world = World::new();
    let projects: Vec<Scope> = (0..projects::MAX_LOADED + 9)
        .map(|n| scope(&format!("p{n}"), "ada"))
        .collect();
    for round in [RecordStatus::Created, RecordStatus::Duplicate] {
        for project in &projects {
            let recorded = wait(
                world
                    .knowledge
                    .record(project, NewLesson::note("Retry the deploy.")),
            )
            .unwrap();
            assert_eq!(recorded.status, round);
        }
    }
    assert_eq!(world.knowledge.projects.loaded(), projects::MAX_LOADED);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_and_no_query_panics(texts in prop::collection::vec("(\\PC|[a-c_ A-C0-9\n]){1,60}", 1..6), query in any::<String>(), max_tokens in 0_usize..600) {
        let world = World::new();
        for text in texts {
            // Blank ones are refused.
            let _recorded = world.record(NewLesson::note(text));
        }
        let found = world.find(&Query { max_tokens, ..Query::new(query) });
        prop_assert!(found.hits.iter().all(|hit| (0.0..=1.0).contains(&hit.score)));
    }
}
