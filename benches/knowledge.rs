//! Recording, searching and loading lessons, beside what a scan of all texts would cost.
//!
//! The store is a vector, so that only the work of `knowledge` is timed. A lesson has 100 words drawn
//! by Zipf's law from 20,000, about 600 bytes; a query has six.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use firstmate::clock::SystemClock;
use firstmate::domain::{Lesson, LessonId, Scope};
use firstmate::knowledge::{Knowledge, NewLesson, Query};
use firstmate::store::{Lessons, Put, Result, Seq};
use tokio::runtime::{Builder, Runtime};

criterion_group!(benches, search, load, record);
criterion_main!(benches);

fn search(c: &mut Criterion) {
    for lessons in [1_000, 10_000] {
        let corpus = Corpus::of(lessons);
        let knowledge = corpus.knowledge();
        let queries: Vec<String> = (0..64).map(|n| words(n * 7_919 + 1, 6)).collect();
        let mut group = c.benchmark_group(format!("search of {lessons} lessons"));
        for (name, max_tokens) in [("2,000 tokens", 2_000), ("20,000 tokens", 20_000)] {
            let mut queries = queries.iter().cycle();
            group.bench_function(format!("index, {name}"), |b| {
                b.iter(|| {
                    let query = Query {
                        max_tokens,
                        ..Query::new(queries.next().unwrap())
                    };
                    wait(knowledge.search(&corpus.scope, black_box(&query))).unwrap()
                });
            });
        }
        let mut typos = queries.iter().map(|query| query.replace('a', "e")).cycle();
        group.bench_function("index, typos", |b| {
            b.iter(|| wait(knowledge.search(&corpus.scope, &Query::new(typos.next().unwrap()))).unwrap());
        });
        let mut queries = queries.iter().cycle();
        group.bench_function("baseline: substring scan", |b| {
            b.iter(|| corpus.scan(black_box(queries.next().unwrap())));
        });
        group.finish();
    }
}

fn load(c: &mut Criterion) {
    let corpus = Corpus::of(10_000);
    let mut group = c.benchmark_group("first search of 10000 lessons");
    group.sample_size(10);
    group.bench_function("index", |b| {
        b.iter_batched(
            || Knowledge::new(corpus.log.clone(), Arc::new(SystemClock)),
            |knowledge| wait(knowledge.search(&corpus.scope, &Query::new("harbour"))).unwrap(),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Each iteration adds a lesson, so the project grows beyond its first 10,000 while this is timed.
fn record(c: &mut Criterion) {
    let corpus = Corpus::of(10_000);
    let knowledge = corpus.knowledge();
    let mut group = c.benchmark_group("record beside 10000 lessons");
    group.sample_size(20);
    let mut seed = 1 << 32;
    group.bench_function("index", |b| {
        b.iter(|| {
            seed += 1;
            wait(knowledge.record(&corpus.scope, NewLesson::note(words(seed, 100)))).unwrap()
        });
    });
    group.finish();
}

struct Corpus {
    log: Arc<Log>,
    scope: Scope,
}

impl Corpus {
    fn of(lessons: u64) -> Self {
        let corpus = Self {
            log: Arc::new(Log::default()),
            scope: Scope::new("local", "bench", "bench").unwrap(),
        };
        let knowledge = corpus.knowledge();
        for seed in 0..lessons {
            wait(knowledge.record(&corpus.scope, NewLesson::note(words(seed, 100)))).unwrap();
        }
        corpus
    }

    /// Knowledge of this corpus, its index loaded.
    fn knowledge(&self) -> Knowledge {
        let knowledge = Knowledge::new(self.log.clone(), Arc::new(SystemClock));
        wait(knowledge.search(&self.scope, &Query::new("harbour"))).unwrap();
        knowledge
    }

    /// The eight lessons in which the words of the query occur most often.
    fn scan(&self, query: &str) -> Vec<(usize, LessonId)> {
        let kept = self.log.kept.lock().unwrap();
        let mut found: Vec<(usize, LessonId)> = kept
            .revisions
            .iter()
            .map(|lesson| {
                let text = lesson.text.to_lowercase();
                (
                    query.split(' ').map(|word| text.matches(word).count()).sum(),
                    lesson.id.clone(),
                )
            })
            .collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.truncate(8);
        found
    }
}

/// `count` made-up words, the same for the same seed.
fn words(seed: u64, count: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = || {
        // xorshift64*, Vigna 2016.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    };
    let word = |_| {
        // Exponent one: the logarithm of the rank is uniform.
        let uniform = draw() as f64 / (1_u64 << 53) as f64;
        let mut rank = 20_000_f64.powf(uniform) as usize;
        let mut word = String::new();
        while rank > 0 || word.len() < 4 {
            word.push_str(["ba", "ke", "li", "mo", "nu", "ra", "si", "te", "vo", "zu"][rank % 10]);
            rank /= 10;
        }
        word
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().build().unwrap());
    RUNTIME.block_on(future)
}

/// The project's lessons, one revision each.
#[derive(Debug, Default)]
struct Log {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    revisions: Vec<Lesson>,
    places: HashMap<LessonId, usize>,
}

#[async_trait]
impl Lessons for Log {
    async fn put(&self, _: &Scope, lessons: Vec<Lesson>) -> Result<Put> {
        let mut kept = self.kept.lock().unwrap();
        for lesson in lessons {
            let place = kept.revisions.len();
            kept.places.insert(lesson.id.clone(), place);
            kept.revisions.push(lesson);
        }
        Ok(Put::At(kept.revisions.len() as Seq))
    }

    async fn get(&self, _: &Scope, id: &LessonId) -> Result<Option<Lesson>> {
        let kept = self.kept.lock().unwrap();
        Ok(kept
            .places
            .get(id)
            .and_then(|place| kept.revisions.get(*place))
            .cloned())
    }

    async fn after(&self, _: &Scope, after: Seq, limit: usize) -> Result<Vec<(Seq, Lesson)>> {
        let kept = self.kept.lock().unwrap();
        let later = kept.revisions.iter().skip(after as usize).take(limit);
        Ok((after + 1..).zip(later.cloned()).collect())
    }
}
