//! How long one decision takes, beside the simplest rule there is.

use std::hint::black_box;
use std::sync::Arc;

use async_trait::async_trait;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use firstmate::clock::{Clock, SystemClock};
use firstmate::domain::{Evidence, Outcome, RouteId, RouteRecord, Scope, TaskType, Timestamp};
use firstmate::routing::{Catalogue, RouteRequest, Router, Settings};
use firstmate::store::{Outcomes, Result};
use futures::FutureExt;

/// Keeps nothing: what is measured is the decision and not the store. What is there to begin with is read once.
#[derive(Debug)]
struct Nowhere(Vec<Outcome>);

#[async_trait]
impl Outcomes for Nowhere {
    async fn remember(&self, _: &Scope, _: RouteRecord) -> Result<()> {
        Ok(())
    }

    async fn route(&self, _: &Scope, _: &RouteId) -> Result<Option<RouteRecord>> {
        Ok(None)
    }

    async fn routes(&self, _: &Scope, _: Timestamp, _: usize) -> Result<Vec<RouteRecord>> {
        Ok(Vec::new())
    }

    async fn append(&self, _: &Scope, _: Outcome) -> Result<()> {
        Ok(())
    }

    async fn recent(&self, _: &Scope, _: usize) -> Result<Vec<Outcome>> {
        Ok(self.0.clone())
    }
}

/// 450 bytes, as a developer would type them.
const PROMPT: &str = "our payment webhook handler sometimes processes the same event twice when stripe retries after \
    a timeout. look at src/webhooks/stripe.rs and src/db/events.rs, find out why the idempotency check does not catch \
    it, and fix it so that an event is handled exactly once even when two workers get it at the same moment. keep the \
    public api as it is, add a test that fails before the change and passes after it, and tell me in two sentences what \
    the cause was.";

fn router() -> Router {
    over(Catalogue::builtin(), Vec::new())
}

fn over(catalogue: Catalogue, outcomes: Vec<Outcome>) -> Router {
    Router::new(
        catalogue,
        Arc::new(Nowhere(outcomes)),
        Arc::new(SystemClock),
        Settings::default(),
    )
}

/// Twelve models, each of which has outcomes at each type and difficulty.
fn experienced() -> Router {
    let only = "only = [\"anthropic\", \"openai\", \"google\", \"gpt-oss:20b\"]";
    let catalogue = Catalogue::builtin()
        .with_user_file(only, "twelve")
        .unwrap_or_else(|_| unreachable!("a valid file"));
    let ids: Vec<String> = catalogue.models().iter().map(|model| model.id.clone()).collect();
    let outcome = |number: usize| Outcome {
        reference: number.to_string(),
        task_type: TaskType::KINDS[number % 8],
        custom_type: None,
        difficulty_bucket: Some((number / 8 % 5) as u8),
        model: ids[number / 40 % ids.len()].clone(),
        reward: f64::from(u8::from(!number.is_multiple_of(3))),
        weight: 1.0,
        at: SystemClock.now(),
        evidence: Evidence::User,
        client: number.to_string(),
        accepted: None,
        tokens_out: None,
        cost_usd: None,
    };
    over(catalogue, (0..2_000).map(outcome).collect())
}

fn request(task: String) -> RouteRequest {
    RouteRequest {
        task,
        ..RouteRequest::default()
    }
}

/// The baseline: short prompts to the cheapest model, long ones to the dearest.
fn by_length(catalogue: &Catalogue, task: &str) -> Option<String> {
    let cost = |model: &&firstmate::domain::ModelCard| model.output_usd_per_million.unwrap_or(0.0) as u64;
    let models = catalogue.models().iter();
    let model = if task.len() < 400 {
        models.min_by_key(cost)
    } else {
        models.max_by_key(cost)
    };
    model.map(|model| model.id.clone())
}

fn decision(criterion: &mut Criterion) {
    let (router, catalogue) = (router(), Catalogue::builtin());
    let scope = Scope::new("local", "bench", "bench").unwrap_or_else(|| unreachable!("a valid scope"));
    let mut group = criterion.benchmark_group("450 bytes");
    let request = request(PROMPT.to_owned());
    group.bench_function("route", |bencher| {
        bencher.iter(|| router.route(&scope, black_box(&request)).now_or_never());
    });
    let experienced = experienced();
    group.bench_function("route, 12 models, 2,000 outcomes", |bencher| {
        bencher.iter(|| experienced.route(&scope, black_box(&request)).now_or_never());
    });
    group.bench_function("assess", |bencher| {
        bencher.iter(|| router.assess(black_box(PROMPT)));
    });
    group.bench_function("baseline: length rule", |bencher| {
        bencher.iter(|| by_length(&catalogue, black_box(PROMPT)));
    });
    group.finish();
}

fn length(criterion: &mut Criterion) {
    let router = router();
    let mut group = criterion.benchmark_group("assess by length");
    for kilobytes in [1, 2, 4, 8, 16, 64, 1024] {
        let task: String = PROMPT.chars().cycle().take(kilobytes * 1024).collect();
        group.throughput(Throughput::Bytes(task.len() as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(format!("{kilobytes} KiB")),
            &task,
            |bencher, task| {
                bencher.iter(|| router.assess(black_box(task)));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, decision, length);
criterion_main!(benches);
