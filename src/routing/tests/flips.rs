//! What a whole answer says would change the choice, applied: it does.

use super::*;

const TASKS: [&str; 12] = [
    "rename a variable in this function",
    "prove the scheduler cannot deadlock, and redesign it if it can",
    "write a python function that parses a date",
    "what is a monad",
    "plan our move to k8s",
    "summarize this article about tides",
    "translate these lines into French",
    "fix the failing test in src/session.rs",
    "write a polite mail to the landlord about the heating",
    "how many primes are there below one hundred",
    "ok thanks",
    "review this diff of the payment service before it goes to production",
];

/// Outcomes that make the models differ: some fail, some succeed, by no plan that the choice knows of.
fn experienced() -> Arc<Kept> {
    let kept: Arc<Kept> = Arc::default();
    let router = router_over(&kept);
    let ids: Vec<String> = router
        .catalogue()
        .models()
        .iter()
        .map(|card| card.id.clone())
        .collect();
    for round in 0..120_usize {
        let only = Constraints {
            allow: vec![ids[(round * 7) % ids.len()].clone()],
            ..Constraints::default()
        };
        let routed = route(&router, &with(TASKS[(round * 5) % TASKS.len()], only));
        let reward = f64::from(u8::from(!(round * round).is_multiple_of(3)));
        now(router.learn(&scope("p"), &routed.route_id, reward, 1.0)).unwrap();
    }
    kept
}

/// A router over the same outcomes, one model of which costs `factor` times as much.
fn repriced(kept: &Arc<Kept>, id: &str, factor: f64) -> Router {
    let builtin = Catalogue::builtin();
    let card = builtin.models()[builtin.position(id).unwrap()].clone();
    let times = |price: Option<f64>| price.map(|price| price * factor);
    let prices = [
        ("input_usd_per_million", card.input_usd_per_million),
        ("output_usd_per_million", card.output_usd_per_million),
    ]
    .map(|(field, price)| format!("{field} = {:?}\n", times(price).unwrap()));
    let text = format!("[[model]]\nid = {id:?}\n{}", prices.concat());
    let catalogue = builtin.with_user_file(&text, "prices").unwrap();
    router_of(kept, catalogue, Settings::default())
}

#[derive(Default)]
struct Applied {
    dial: usize,
    price: usize,
    candidate: usize,
}

fn apply(kept: &Arc<Kept>, router: &Router, request: &RouteRequest, applied: &mut Applied) {
    let answer = route(router, request);
    let chosen = model(&answer).to_owned();
    let at = |dial: f64| {
        let mut request = request.clone();
        match &mut request.utility {
            Some(utility) => utility.lambda = dial,
            None => request.quality_target = Some(dial),
        }
        model(&route(router, &request)).to_owned()
    };
    let by_utility = request.utility.is_some();
    let below = |dial: f64| if by_utility { dial * (1.0 - 1e-9) } else { dial };
    let above = |dial: f64| {
        if by_utility {
            dial * (1.0 + 1e-9) + 1e-300
        } else {
            dial.next_up()
        }
    };
    let (lower, upper) = match by_utility {
        true => (&answer.flip.stronger, &answer.flip.cheaper),
        false => (&answer.flip.cheaper, &answer.flip.stronger),
    };
    for (point, there) in [(lower, &below as &dyn Fn(f64) -> f64), (upper, &above)] {
        if let Some(point) = point {
            assert_eq!(at(there(point.changes_at)), point.to, "{request:?} {point:?}");
            assert_ne!(point.to, chosen);
            applied.dial += 1;
        }
    }
    let dial = answer
        .flip
        .quality_target
        .as_ref()
        .or(answer.flip.lambda.as_ref())
        .unwrap();
    for candidate in &answer.candidates {
        if let Some(flip_at) = candidate.flip_at {
            let there = if flip_at >= dial.now {
                above(flip_at)
            } else {
                below(flip_at)
            };
            assert_eq!(at(there), candidate.model, "{request:?} {candidate:?}");
            applied.candidate += 1;
        }
    }
    if let Some(point) = answer
        .flip
        .price
        .as_ref()
        .filter(|point| point.changes_at > 1.0 + 1e-5)
    {
        let at = |factor: f64| model(&route(&repriced(kept, &chosen, factor), request)).to_owned();
        assert_eq!(
            at(point.changes_at * (1.0 + 1e-5)),
            point.to,
            "{request:?} {point:?}"
        );
        assert_eq!(at(1.0 + (point.changes_at - 1.0) * (1.0 - 1e-4) - 1e-6), chosen);
        applied.price += 1;
    }
    let with_price = answer.candidates.iter().filter_map(|candidate| {
        let usd = candidate.flip_below_usd.filter(|usd| *usd > 1e-7)?;
        Some((candidate, usd / candidate.cost_usd?))
    });
    for (candidate, factor) in with_price.filter(|(_, factor)| factor.is_finite()).take(1) {
        let cheaper = repriced(kept, &candidate.model, factor * (1.0 - 1e-3));
        assert_eq!(model(&route(&cheaper, request)), candidate.model, "{request:?}");
        applied.price += 1;
    }
}

#[test]
fn a_thousand_flip_points_of_whole_answers_flip_the_choice() {
    let kept = experienced();
    let router = router_over(&kept);
    let mut applied = Applied::default();
    for task in TASKS {
        for step in 0..20 {
            let target = RouteRequest {
                quality_target: Some(f64::from(step) / 19.0),
                ..request(task)
            };
            apply(&kept, &router, &target, &mut applied);
            let utility = RouteRequest {
                utility: Some(Utility {
                    lambda: 0.5 * 1.7_f64.powi(step),
                    mu: 0.0005 * f64::from(step % 4),
                }),
                ..request(task)
            };
            apply(&kept, &router, &utility, &mut applied);
        }
    }
    let Applied {
        dial,
        price,
        candidate,
    } = applied;
    assert!(
        dial >= 500 && price >= 200 && dial + price + candidate >= 1000,
        "{dial} {price} {candidate}"
    );
}

/// `task` without a word, or without its question marks.
fn without(task: &str, word: &str) -> String {
    if word == "?" {
        return task.replace('?', "");
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
    let mut rest = String::new();
    let mut read = String::new();
    for c in task.chars().map(Some).chain([None]) {
        match c {
            Some(c) if is_word(c) => read.push(c),
            other => {
                if !read.eq_ignore_ascii_case(word) {
                    rest += &read;
                }
                read.clear();
                rest.extend(other);
            }
        }
    }
    rest
}

#[test]
fn the_word_that_is_named_changes_the_choice_by_its_absence() {
    let prompts = concat!(env!("CARGO_MANIFEST_DIR"), "/data/router/prompts.jsonl");
    let prompts = std::fs::read_to_string(prompts).unwrap();
    let prompt = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["prompt"].as_str().unwrap().to_owned()
    };
    let kept = experienced();
    let router = router_over(&kept);
    let (mut asked, mut named) = (0, 0);
    for (at, task) in prompts.lines().step_by(20).map(prompt).enumerate() {
        let request = RouteRequest {
            quality_target: Some([0.9, 0.95, 0.98][at % 3]),
            ..request(&task)
        };
        let explained = RouteRequest {
            explain: true,
            ..request.clone()
        };
        let answer = route(&router, &explained);
        asked += 1;
        let Some(point) = &answer.flip.without else {
            continue;
        };
        named += 1;
        assert_ne!(point.to, model(&answer));
        let shorter = RouteRequest {
            task: without(&task, &point.word),
            ..request
        };
        assert_eq!(
            model(&route(&router, &shorter)),
            point.to,
            "{task:?} without {:?}",
            point.word
        );
    }
    assert!(asked > 250 && named > asked / 4, "{named} of {asked}");
}
