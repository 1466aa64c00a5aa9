//! The line over given times, and the door over a clock that jumps.

use super::*;
use crate::clock::ManualClock;
use crate::model::scripted::{Part, ScriptedModel};

fn at(seconds: f64) -> Timestamp {
    let start = ManualClock::new().now();
    start + Duration::from_secs_f64(seconds)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn go(line: &mut Line, seconds: f64) -> Ticket {
    match line.admit(at(seconds), true) {
        Admission::Go(ticket) => ticket,
        other => panic!("{other:?} at {seconds} s"),
    }
}

/// When it lets somebody ask, in seconds; `None` when that is not known.
fn waits(line: &mut Line, seconds: f64) -> Option<f64> {
    match line.admit(at(seconds), true) {
        Admission::Wait(until) => until.map(|until| until.duration_since(at(0.0)).as_secs_f64()),
        Admission::Down { until, .. } => Some(until.duration_since(at(0.0)).as_secs_f64()),
        Admission::Go(_) => panic!("it goes at {seconds} s"),
    }
}

#[test]
fn not_more_than_there_is_room_for() {
    let mut line = Line::new(2);
    let first = go(&mut line, 0.0);
    let _second = go(&mut line, 0.0);
    assert_eq!(waits(&mut line, 0.0), None);
    line.leave(first, at(1.0), Ended::Answered);
    go(&mut line, 1.0);
    assert_eq!(waits(&mut line, 1.0), None);
    assert_eq!(Line::new(0).window(), 1);
}

#[test]
fn a_complaint_halves_once_and_quiet_whiles_grow_back() {
    let mut line = Line::new(8);
    let tickets: Vec<_> = (0..8).map(|_| go(&mut line, 0.0)).collect();
    for ticket in tickets {
        line.leave(ticket, at(1.0), Ended::TooOften(Some(secs(5))));
    }
    assert_eq!(line.window(), 4, "eight complaints of one moment are one");
    assert_eq!(waits(&mut line, 5.9), Some(6.0));
    go(&mut line, 6.0);
    for (seconds, window) in [(30.9, 4), (31.0, 5), (60.9, 5), (91.0, 7), (1_000.0, 8)] {
        line.grow(at(seconds));
        assert_eq!(line.window(), window, "{seconds}");
    }
    let ticket = go(&mut line, 1_000.0);
    line.leave(ticket, at(1_000.0), Ended::TooOften(Some(secs(1))));
    assert_eq!(line.window(), 4);
}

#[test]
fn nobody_asks_earlier_than_was_asked_for() {
    let mut line = Line::new(4);
    let (first, second) = (go(&mut line, 0.0), go(&mut line, 0.0));
    line.leave(first, at(0.0), Ended::TooOften(Some(secs(120))));
    // A shorter time does not shorten the longer one.
    line.leave(second, at(1.0), Ended::TooOften(Some(secs(3))));
    assert_eq!(waits(&mut line, 119.9), Some(120.0));
    go(&mut line, 120.0);
}

#[test]
fn without_a_time_each_complaint_in_a_row_doubles_the_wait() {
    let mut line = Line::new(1);
    let (mut now, mut waited) = (0.0, Vec::new());
    for _ in 0..7 {
        let ticket = go(&mut line, now);
        line.leave(ticket, at(now), Ended::TooOften(None));
        let until = waits(&mut line, now).unwrap();
        waited.push(until - now);
        now = until;
    }
    assert_eq!(waited, [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
    let ticket = go(&mut line, now);
    line.leave(ticket, at(now), Ended::Answered);
    let ticket = go(&mut line, now);
    line.leave(ticket, at(now), Ended::TooOften(None));
    assert_eq!(waits(&mut line, now), Some(now + 2.0), "an answer ends the row");
}

#[test]
fn five_failures_in_a_row_stop_it_and_one_tries() {
    let mut line = Line::new(8);
    let fail = |line: &mut Line, now: f64| {
        let ticket = go(line, now);
        line.leave(ticket, at(now), Ended::Failed(FailureClass::Overloaded, None));
    };
    for _ in 0..4 {
        fail(&mut line, 0.0);
    }
    let ticket = go(&mut line, 0.0);
    line.leave(ticket, at(0.0), Ended::Answered);
    for _ in 0..5 {
        fail(&mut line, 0.0);
    }
    assert_eq!(
        line.admit(at(9.9), true),
        Admission::Down {
            until: at(10.0),
            class: FailureClass::Overloaded
        }
    );
    let tries = go(&mut line, 10.0);
    assert!(
        matches!(line.admit(at(10.0), true), Admission::Down { .. }),
        "only one tries"
    );
    line.leave(tries, at(11.0), Ended::Failed(FailureClass::Timeout, None));
    assert_eq!(waits(&mut line, 30.9), Some(31.0), "twice as long");
    let tries = go(&mut line, 31.0);
    line.leave(tries, at(31.0), Ended::Abandoned);
    let tries = go(&mut line, 31.0);
    line.leave(tries, at(31.0), Ended::Answered);
    go(&mut line, 31.0);
    go(&mut line, 31.0);
}

#[test]
fn a_failure_that_names_a_time_is_left_alone_until_then() {
    let mut line = Line::new(8);
    let ticket = go(&mut line, 0.0);
    line.leave(
        ticket,
        at(0.0),
        Ended::Failed(FailureClass::Overloaded, Some(secs(3))),
    );
    assert_eq!(waits(&mut line, 2.0), Some(3.0));
    go(&mut line, 3.0);
}

#[test]
fn an_empty_account_is_not_asked_before_it_is_filled() {
    let mut line = Line::new(8);
    let (first, second) = (go(&mut line, 0.0), go(&mut line, 0.0));
    line.leave(first, at(0.0), Ended::Empty(Some(secs(7_200))));
    line.leave(second, at(0.0), Ended::Empty(Some(secs(60))));
    assert_eq!(
        line.admit(at(7_199.0), true),
        Admission::Down {
            until: at(7_200.0),
            class: FailureClass::Quota
        }
    );
    let tries = go(&mut line, 7_200.0);
    line.leave(tries, at(7_200.0), Ended::Empty(None));
    assert_eq!(waits(&mut line, 7_201.0), Some(10_800.0));
}

/// A clock that goes with tokio's, which a test can make jump.
#[derive(Debug)]
struct Jumping(Instant);

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        at(self.0.elapsed().as_secs_f64())
    }

    fn random_id(&self) -> String {
        String::new()
    }

    fn sortable_id(&self) -> String {
        String::new()
    }
}

fn limited(most: u32, parts: Vec<Part>) -> (Limited, Arc<ScriptedModel>) {
    let model = Arc::new(ScriptedModel::new("there/m", parts));
    let door = Door::new(most, Arc::new(Jumping(Instant::now())));
    (Limited::new(Arc::clone(&model) as _, door), model)
}

fn question(timeout: u64) -> Question {
    Question {
        system: String::new(),
        prompt: "count".to_owned(),
        schema: None,
        max_tokens: 9,
        timeout: Duration::from_secs(timeout),
        idempotency_key: "a/b/1".to_owned(),
        token: None,
    }
}

fn scope() -> Scope {
    Scope::new("local", "/project", "ada").unwrap()
}

fn too_often(seconds: u64) -> Part {
    Part::fails_for(FailureClass::RateLimited, Some(secs(seconds)))
}

#[tokio::test(start_paused = true)]
async fn questions_wait_their_turn_and_what_was_waited_is_gone() {
    let slowly = |text: &str| Part::answers(text).after(Duration::from_secs(4));
    let (limited, model) = limited(1, vec![slowly("one"), slowly("two"), slowly("three")]);
    let begun = Instant::now();
    let (scope, question) = (scope(), question(10));
    let ask = || limited.ask(&scope, &question);
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    assert_eq!(
        (one.unwrap().text, two.unwrap().text),
        ("one".to_owned(), "two".to_owned())
    );
    // It had only two of its ten seconds left.
    assert_eq!(three.unwrap_err().class, FailureClass::Timeout);
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    let times: Vec<_> = model
        .asked()
        .iter()
        .map(|question| question.timeout.as_secs())
        .collect();
    assert_eq!(times, [10, 6, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_not_begun() {
    let (limited, model) = limited(4, vec![too_often(60), Part::answers("late")]);
    let scope = scope();
    let begun = Instant::now();
    assert_eq!(
        limited.ask(&scope, &question(10)).await.unwrap_err().class,
        FailureClass::RateLimited
    );
    let failure = limited.ask(&scope, &question(10)).await.unwrap_err();
    assert_eq!(
        (failure.class, failure.retry_after),
        (FailureClass::RateLimited, Some(secs(60)))
    );
    assert_eq!(begun.elapsed(), Duration::ZERO);
    // Whoever has the time waits, and exactly so long.
    assert_eq!(limited.ask(&scope, &question(90)).await.unwrap().text, "late");
    assert_eq!(
        (begun.elapsed(), model.asked().len()),
        (Duration::from_secs(60), 2)
    );
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_room_in_time_says_so() {
    let (limited, _) = limited(1, vec![Part::answers("one").after(Duration::from_secs(30))]);
    let scope = scope();
    let (patient, hasty) = (question(40), question(3));
    let (one, two) = tokio::join!(limited.ask(&scope, &patient), limited.ask(&scope, &hasty));
    assert_eq!(one.unwrap().text, "one");
    let two = two.unwrap_err();
    assert_eq!((two.class, two.retry_after), (FailureClass::RateLimited, None));
}

#[tokio::test(start_paused = true)]
async fn who_goes_makes_room() {
    let (limited, _) = limited(
        1,
        vec![
            Part::answers("never").after(Duration::from_secs(999)),
            Part::answers("two"),
        ],
    );
    let scope = scope();
    let (patient, other) = (question(2_000), question(10));
    let gone = tokio::time::timeout(Duration::from_secs(1), limited.ask(&scope, &patient));
    let (gone, two) = tokio::join!(gone, limited.ask(&scope, &other));
    assert!(gone.is_err());
    assert_eq!(two.unwrap().text, "two");
}

#[tokio::test(start_paused = true)]
async fn while_it_is_down_nobody_asks_and_all_who_wait_hear_it_at_once() {
    let fails = || Part::fails(FailureClass::Connection).after(Duration::from_secs(1));
    let parts = (0..5).map(|_| fails()).chain([Part::answers("back")]).collect();
    let (limited, model) = limited(1, parts);
    let (scope, question) = (scope(), question(60));
    let asked = (0..8).map(|_| limited.ask(&scope, &question));
    let begun = Instant::now();
    let answers = futures::future::join_all(asked).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    assert_eq!(model.asked().len(), 5);
    let last = answers.last().unwrap().as_ref().unwrap_err();
    assert_eq!(
        (last.class, last.retry_after),
        (FailureClass::Connection, Some(secs(10)))
    );
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(limited.ask(&scope, &question).await.unwrap().text, "back");
}
