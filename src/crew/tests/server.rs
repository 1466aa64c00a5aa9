//! Steps that models do which are set up: side by side, again when they fail, within budgets, and over restarts.

use super::script::{Scripted, failure, quick};
use super::*;
use crate::clock::SystemClock;
use crate::domain::RunBudget;
use crate::domain::run::FailureClass;
use crate::model::Model;

/// A world whose clock goes on, because waits are waited for.
pub(in crate::crew) struct Served {
    pub(in crate::crew) stores: Stores,
    pub(in crate::crew) validator: Arc<Validator>,
    models: Models,
    pub(in crate::crew) settings: Settings,
    pub(in crate::crew) clock: Arc<dyn Clock>,
}

impl Served {
    pub(in crate::crew) fn new(models: impl IntoIterator<Item = Arc<Scripted>>) -> Self {
        let models = models.into_iter().map(|model| model as Arc<dyn Model>);
        Self {
            stores: memory::stores(),
            validator: Arc::new(Validator::new(crate::validation::Settings::default()).unwrap()),
            models: Models::new(models),
            settings: quick(),
            clock: Arc::new(SystemClock),
        }
    }

    pub(in crate::crew) fn crews(&self) -> Crews {
        self.crews_over(self.stores.journal.clone())
    }

    pub(in crate::crew) fn crews_over(&self, journal: Arc<dyn Journal>) -> Crews {
        let clock = self.clock.clone();
        Crews::new(Parts {
            journal,
            gate: Arc::new(Gate::new(
                Bundle::builtin(),
                self.stores.audit.clone(),
                clock.clone(),
            )),
            validator: self.validator.clone(),
            router: Arc::new(Router::new(
                Catalogue::builtin(),
                self.stores.outcomes.clone(),
                clock.clone(),
                crate::routing::Settings::default(),
            )),
            knowledge: Arc::new(Knowledge::new(self.stores.lessons.clone(), clock.clone())),
            models: self.models.clone(),
            clock,
            templates: Templates::load(&[]).unwrap(),
            token_key: TokenKey::new(1, [7; 32]),
            settings: self.settings.clone(),
            hooks: Hooks::default(),
        })
    }

    pub(in crate::crew) async fn events(&self, run: &RunId) -> Vec<RunEvent> {
        self.stores.journal.replay(&ada(), run, 0).await.unwrap()
    }
}

pub(in crate::crew) fn by(executor: &str, strategy: &str, plan: Value) -> Start {
    Start {
        task: "Do the work.".to_owned(),
        plan: Some(plan),
        strategy: Some(strategy.to_owned()),
        executor: Some(executor.to_owned()),
        ..Start::default()
    }
}

/// Starts a run and drives it until it ends or waits for the host.
async fn driven(crews: &Crews, start: Start) -> Reply {
    let reply = crews.start(&ada(), start).await.unwrap();
    drive(crews, &reply).await.unwrap();
    crews.status(&ada(), &reply.run_id, None).await.unwrap()
}

pub(in crate::crew) async fn drive(crews: &Crews, reply: &Reply) -> Result<(), Error> {
    let scope = ada();
    crews.drive(&scope, &reply.run_id).await
}

fn steps(n: usize) -> Value {
    Value::from(
        (0..n)
            .map(|n| json!({"id": format!("s{n}"), "goal": "Do it."}))
            .collect::<Vec<_>>(),
    )
}

pub(in crate::crew) fn kinds(events: &[RunEvent]) -> Vec<String> {
    let kind = |event| {
        serde_json::to_value(event).unwrap()["event"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    events.iter().map(kind).collect()
}

#[tokio::test]
async fn a_model_does_a_run_from_the_first_step_to_the_last() {
    let model = Scripted::new("local/small", |step, _| Ok(format!("{step} is done")));
    let world = Served::new([model.clone()]);
    let crews = world.crews();
    let reply = driven(&crews, by("local/small", "sequential", steps(3))).await;
    assert_eq!(reply.status, RunStatus::Completed, "{reply:?}");
    assert_eq!(model.all(), 3);
    assert_eq!(reply.cost.tokens, 330);
    assert_eq!(reply.cost.usd, 0.0003);
    assert_eq!(
        kinds(&world.events(&reply.run_id).await),
        [
            "run_created",
            "step_started",
            "step_result",
            "step_started",
            "step_result",
            "step_started",
            "step_result",
            "run_completed"
        ]
    );
    let second = model.asked.lock().unwrap()[1].clone();
    assert!(
        second.prompt.contains("What step `s0` came to\n\ns0 is done"),
        "{}",
        second.prompt
    );
}

#[tokio::test]
async fn parallel_steps_are_asked_at_once_and_joined() {
    let model = Scripted::slow("local/slow", Duration::from_millis(60));
    let world = Served::new([model.clone()]);
    let crews = world.crews();
    let reply = crews
        .start(&ada(), by("local/slow", "parallel", steps(20)))
        .await
        .unwrap();
    assert_eq!(reply.status, RunStatus::Working);
    assert_eq!(reply.next_call.as_ref().unwrap().arguments["wait_s"], 20);
    let drive = drive(&crews, &reply);
    let look = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        crews.status(&ada(), &reply.run_id, None).await.unwrap()
    };
    let (driven, seen) = tokio::join!(drive, look);
    driven.unwrap();
    assert_eq!(seen.working.len(), 10, "as many as a reply shows: {seen:?}");
    assert_eq!(model.all(), 20);
    let reply = crews.status(&ada(), &reply.run_id, None).await.unwrap();
    assert_eq!(reply.status, RunStatus::Completed);
    let scope = ada();
    let joined = crews.status(
        &scope,
        &reply.run_id,
        Some(OutputPage {
            step: StepId::new("joined"),
            offset: 0,
        }),
    );
    let text = joined.await.unwrap().page.unwrap().text;
    assert!(text.contains("\"s7\":\"s7 is done\""), "{text}");
}

#[tokio::test]
async fn each_failure_is_answered_by_its_class() {
    use FailureClass as Class;
    for (class, times, expected) in [
        (Class::Connection, 2, RunStatus::Completed),
        (Class::Timeout, 4, RunStatus::Completed),
        (Class::Overloaded, 4, RunStatus::Completed),
        (Class::RateLimited, 8, RunStatus::Completed),
        (Class::BadAnswer, 1, RunStatus::Completed),
        (Class::Truncated, 2, RunStatus::Completed),
        (Class::ContextOverflow, 3, RunStatus::Completed),
        (Class::Refused, 1, RunStatus::Completed),
        // One more than is tried.
        (Class::Connection, 5, RunStatus::Failed),
        (Class::Truncated, 3, RunStatus::Failed),
        (Class::Refused, 2, RunStatus::Failed),
        // Nothing is gained by asking the same again.
        (Class::Quota, 1, RunStatus::Failed),
        (Class::Authentication, 1, RunStatus::Failed),
        (Class::MissingModel, 1, RunStatus::Failed),
        (Class::Denied, 1, RunStatus::Failed),
    ] {
        let model = Scripted::new("local/small", move |_, before| {
            if before < times {
                Err(failure(class))
            } else {
                Ok("done".to_owned())
            }
        });
        let world = Served::new([model.clone()]);
        let reply = driven(&world.crews(), by("local/small", "sequential", steps(1))).await;
        assert_eq!(reply.status, expected, "{class:?} {times} times: {reply:?}");
        if expected == RunStatus::Failed {
            assert_eq!(reply.ended.unwrap().class, class.name());
        } else {
            assert_eq!(model.all(), times + 1, "{class:?}");
        }
    }
}

#[tokio::test]
async fn what_is_sent_back_comes_again_with_what_to_mend() {
    let model = Scripted::new("local/small", |_, before| {
        Ok(if before == 0 { BAD_PYTHON } else { GOOD_PYTHON }.to_owned())
    });
    let world = Served::new([model.clone()]);
    let plan = json!([{"id": "build", "goal": "Write f.", "output_kind": "code", "language": "python"}]);
    let reply = driven(&world.crews(), by("local/small", "sequential", plan)).await;
    assert_eq!(reply.status, RunStatus::Completed, "{reply:?}");
    let again = model.asked.lock().unwrap()[1].prompt.clone();
    assert!(
        again.contains("was sent back") && again.contains("syntax.python"),
        "{again}"
    );
}

#[tokio::test]
async fn who_cannot_do_it_makes_way_for_the_next_and_at_last_for_the_host() {
    let first = Scripted::new("a/first", |_, _| Err(failure(FailureClass::Quota)));
    let second = Scripted::new("b/second", |_, _| Ok("not json".to_owned()));
    let world = Served::new([first.clone(), second.clone()]);
    let crews = world.crews();
    let plan = json!([{"id": "say", "goal": "Say it.", "executor": "a/first", "fallbacks": ["b/second", "host"],
        "output_schema": {"type": "object"}, "max_attempts": 2}]);
    let reply = driven(&crews, by("host", "graph", plan)).await;
    assert_eq!((first.all(), second.all()), (1, 2));
    assert_eq!(reply.status, RunStatus::InputRequired, "{reply:?}");
    let step = only(&reply).clone();
    assert_eq!(
        (step.attempt, step.violations.len()),
        (1, 1),
        "the host knows what was wrong"
    );
    let reply = hand_in(&crews, &reply, submission(&step, json!({"said": true}))).await;
    assert_eq!(reply.status, RunStatus::Completed);
}

#[tokio::test]
async fn exactly_as_many_run_as_a_budget_is_for() {
    // A budget for forty answers of 1,000 tokens; those that take all of it, and those that take a tenth.
    for (output, done, status) in [(1_000, 41, RunStatus::Failed), (100, 102, RunStatus::Completed)] {
        let model = Scripted::using("local/small", output);
        let world = Served::new([model.clone()]);
        let crews = world.crews();
        let plan = json!([
            {"id": "list", "goal": "List.", "output_kind": "json"},
            {"id": "each", "goal": "Do one.", "executor": "local/small", "max_tokens": 1000, "foreach": {"step": "list", "max_items": 100}},
        ]);
        let start = Start {
            budget: RunBudget {
                max_usd: Some(MicroUsd(40_000)),
                ..RunBudget::default()
            },
            ..by("host", "graph", plan)
        };
        let reply = crews.start(&ada(), start).await.unwrap();
        let items: Vec<_> = (0..100).collect();
        let reply = hand_in(&crews, &reply, submission(only(&reply), json!(items))).await;
        assert_eq!(reply.status, RunStatus::Working, "{reply:?}");
        drive(&crews, &reply).await.unwrap();
        let reply = crews.status(&ada(), &reply.run_id, None).await.unwrap();
        assert_eq!(
            (reply.status, reply.progress.done, model.all()),
            (status, done, (done - 1).min(100)),
            "{:?}",
            reply.ended
        );
        assert!(
            reply.cost.usd <= 0.04 && reply.cost.reserved_usd == 0.0,
            "{:?}",
            reply.cost
        );
        if status == RunStatus::Failed {
            assert_eq!(reply.ended.unwrap().class, "over_budget");
        }
        let events = world.events(&reply.run_id).await;
        for n in 1..=events.len() {
            let then = fold(&events[..n]).unwrap();
            assert!(
                then.usage.usd.saturating_add(then.reserved().usd) <= MicroUsd(40_000),
                "after event {n}"
            );
        }
    }
}

#[tokio::test]
async fn a_crash_is_booked_and_the_step_is_begun_anew() {
    let model = Scripted::slow("local/slow", Duration::from_secs(60));
    let world = Served::new([model.clone()]);
    let run = {
        let crews = world.crews();
        let reply = crews
            .start(&ada(), by("local/slow", "parallel", steps(3)))
            .await
            .unwrap();
        let drive = drive(&crews, &reply);
        // The process ends while all three are being asked.
        assert!(
            tokio::time::timeout(Duration::from_millis(100), drive)
                .await
                .is_err()
        );
        reply.run_id
    };
    assert_eq!(model.all(), 3);
    let quick = Scripted::new("local/slow", |step, _| Ok(format!("{step} is done")));
    let world = Served {
        models: Models::new([quick.clone() as Arc<dyn Model>]),
        ..world
    };
    let crews = world.crews();
    assert_eq!(crews.restart().await.unwrap(), 1);
    let (scope, next) = crews.next_run().await.unwrap();
    assert_eq!((&scope, &next), (&ada(), &run));
    crews.drive(&scope, &next).await.unwrap();
    let reply = crews.status(&ada(), &run, None).await.unwrap();
    assert_eq!((reply.status, quick.all()), (RunStatus::Completed, 3));
    // Three times what was set aside, and three times what it took.
    assert_eq!(reply.cost.usd, 3.0 * 0.004_096 + 3.0 * 0.000_1);
    let crashed = kinds(&world.events(&run).await)
        .iter()
        .filter(|kind| *kind == "step_failed")
        .count();
    assert_eq!(crashed, 3);
}

#[tokio::test]
async fn a_run_that_is_cancelled_stops_asking() {
    let model = Scripted::slow("local/slow", Duration::from_secs(60));
    let world = Served::new([model.clone()]);
    let crews = world.crews();
    let reply = crews
        .start(&ada(), by("local/slow", "parallel", steps(2)))
        .await
        .unwrap();
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        crews
            .cancel(&ada(), &reply.run_id, "changed my mind")
            .await
            .unwrap()
    };
    let (driven, cancelled) = tokio::join!(drive(&crews, &reply), cancel);
    driven.unwrap();
    assert_eq!(cancelled.status, RunStatus::Cancelled);
}

#[tokio::test]
async fn auto_asks_whom_the_router_would_take() {
    let model = Scripted::new("anthropic/claude-haiku-5-5", |step, _| {
        Ok(format!("{step} is done"))
    });
    let world = Served::new([model.clone()]);
    let reply = driven(&world.crews(), by("auto", "sequential", steps(1))).await;
    assert_eq!(
        (reply.status, model.all()),
        (RunStatus::Completed, 1),
        "{reply:?}"
    );
    let none = Served::new([]);
    let reply = driven(&none.crews(), by("auto", "sequential", steps(1))).await;
    assert_eq!(
        reply.status,
        RunStatus::InputRequired,
        "without models the host does it"
    );
}

#[tokio::test]
async fn what_a_project_has_left_is_used_one_after_the_other() {
    // Enough for one answer of 1,000 tokens at a time; each takes a tenth of that.
    let model = Scripted::using("local/small", 100);
    let world = Served::new([model.clone()]);
    let limit = Some(MicroUsd(1_500));
    world.stores.budgets.set_limit(&ada(), limit).await.unwrap();
    let step = |id: &str| json!({"id": id, "goal": "Do one.", "needs": [], "max_tokens": 1000});
    let plan = json!([step("a"), step("b"), step("c")]);
    let crews = world.crews();
    let reply = crews
        .start(&ada(), by("local/small", "graph", plan))
        .await
        .unwrap();
    drive(&crews, &reply).await.unwrap();
    let reply = crews.status(&ada(), &reply.run_id, None).await.unwrap();
    assert_eq!(reply.status, RunStatus::Completed, "{:?}", reply.ended);
    assert_eq!(model.all(), 3);
}
