//! Learning while it is used: the router over a stream of questions whose answer by each model is known, so that the
//! reward of whatever it chooses can be told to it, and beside it the usual bandits.
//!
//! A part of the questions gives the priors (one number a model), the rest is the stream. Three streams: nothing
//! changes; the best model gets much worse half-way; the best model only appears half-way.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use firstmate::clock::ManualClock;
use firstmate::domain::{RouteId, Scope};
use firstmate::routing::{Catalogue, Constraints, RouteRequest, Router, Settings};
use firstmate::store::memory;
use futures::FutureExt;
use serde::Deserialize;

/// The share of the questions that gives the priors.
const TRAIN: f64 = 0.3;
const SEEDS: u64 = 5;
/// What is left of the rewards of a model that got worse.
const DEGRADED: f64 = 0.4;
/// Outcomes over which a mean is taken, and how near to the best it has to come again.
const WINDOW: usize = 100;
const NEAR: f64 = 0.02;
const EPSILON_GREEDY: f64 = 0.1;

/// One question with the score of each model.
#[derive(Debug, Clone)]
struct Question {
    prompt: String,
    task: String,
    scores: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Line {
    prompt: String,
    task: String,
    scores: HashMap<String, f64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Model {
    size: String,
    input_price: f64,
    output_price: f64,
}

/// What happens half-way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    Degraded,
    Appears,
}

/// Who chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    /// The router, its priors by size of model alone.
    Cold,
    /// The router, its priors one number a model.
    Warm,
    /// The same, and five choices in a hundred are tries.
    Exploring,
    /// The router with the warm priors, told nothing.
    Static,
    EpsilonGreedy,
    Thompson,
    BestSingle,
    Random,
    Oracle,
}

const POLICIES: [(Policy, &str); 9] = [
    (Policy::Cold, "firstmate, priors by size"),
    (Policy::Warm, "firstmate, one number a model"),
    (Policy::Exploring, "  the same, 5 % tries"),
    (Policy::Static, "  the same, told nothing"),
    (Policy::EpsilonGreedy, "epsilon-greedy, 0.1"),
    (Policy::Thompson, "Thompson, Beta(1, 1)"),
    (Policy::BestSingle, "best single, chosen on train"),
    (Policy::Random, "random"),
    (Policy::Oracle, "oracle, per question"),
];

/// Reads `llmrouter.jsonl` and `llmrouter_models.json` of `data` and prints what each policy reaches.
///
/// # Errors
/// When a file cannot be read or is not what it should be.
pub(crate) fn run(data: &Path) -> Result<()> {
    let (names, models, questions) = read(data)?;
    println!(
        "{} questions, {} models, {SEEDS} seeds",
        questions.len(),
        names.len()
    );
    for (change, what) in [
        (Change::Nothing, "nothing changes"),
        (Change::Degraded, "the best model drops to 40 % half-way"),
        (Change::Appears, "the best model appears half-way"),
    ] {
        println!(
            "\n{what}\n{:32} {:>7} {:>7} {:>7} {:>9}",
            "", "mean", "last", "regret", "recovery"
        );
        for (policy, name) in POLICIES {
            let mut runs = Vec::new();
            for seed in 0..SEEDS {
                let stream = Stream::new(&questions, seed, change);
                runs.push(stream.play(policy, &names, &models)?);
            }
            report(name, change, &runs);
        }
    }
    Ok(())
}

/// What one policy got out of one stream.
#[derive(Debug, Default)]
struct Played {
    rewards: Vec<f64>,
    /// What the model that was best at the time would have got for the same questions.
    best: Vec<f64>,
    /// The chance of success that was expected, with the reward.
    expected: Vec<(f64, f64)>,
    /// The confidence, and whether the choice was near the best for its kind of question.
    confidence: Vec<(f64, f64)>,
}

fn report(name: &str, change: Change, runs: &[Played]) {
    let count = runs.len() as f64;
    let mean = |of: &dyn Fn(&Played) -> f64| runs.iter().map(of).sum::<f64>() / count;
    let whole = mean(&|run| average(&run.rewards));
    let last = mean(&|run| average(&run.rewards[run.rewards.len() * 2 / 3..]));
    let regret = mean(&|run| run.best.iter().sum::<f64>() - run.rewards.iter().sum::<f64>());
    let recovery = match (change, recovery(runs)) {
        (Change::Nothing, _) => "-".to_owned(),
        (_, Some(outcomes)) => outcomes.to_string(),
        (_, None) => "never".to_owned(),
    };
    print!("{name:32} {whole:7.3} {last:7.3} {regret:7.1} {recovery:>9}");
    let all = |of: &dyn Fn(&Played) -> &Vec<(f64, f64)>| -> Vec<(f64, f64)> {
        runs.iter().flat_map(|run| of(run).iter().copied()).collect()
    };
    let (expected, confidence) = (all(&|run| &run.expected), all(&|run| &run.confidence));
    if !expected.is_empty() {
        let (said, was): (Vec<f64>, Vec<f64>) = confidence.iter().copied().unzip();
        print!(
            "   ECE of P {:.3}, of confidence {:.3} ({:.2} said, {:.2} true)",
            ece(&expected),
            ece(&confidence),
            average(&said),
            average(&was)
        );
    }
    println!();
}

/// After how many outcomes the mean of the last hundred, over all seeds, is near that of the model that is best now.
fn recovery(runs: &[Played]) -> Option<usize> {
    let half = runs.first()?.rewards.len() / 2;
    let behind = |run: &Played, from: usize| {
        average(&run.best[from..from + WINDOW]) - average(&run.rewards[from..from + WINDOW])
    };
    (0..half.saturating_sub(WINDOW))
        .find(|after| {
            let sum: f64 = runs.iter().map(|run| behind(run, half + after)).sum();
            sum / runs.len() as f64 <= NEAR
        })
        .map(|after| after + WINDOW)
}

fn average(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

/// Expected calibration error over 15 bins of equal width.
fn ece(pairs: &[(f64, f64)]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); 15];
    for (said, was) in pairs {
        let bin = &mut bins[((said * 15.0) as usize).min(14)];
        *bin = (bin.0 + said, bin.1 + was, bin.2 + 1.0);
    }
    let gap = |(said, was, count): &(f64, f64, f64)| if *count > 0.0 { (said - was).abs() } else { 0.0 };
    bins.iter().map(gap).sum::<f64>() / pairs.len() as f64
}

/// The questions of one seed, in order, and what was known before.
#[derive(Debug)]
struct Stream {
    questions: Vec<Question>,
    /// The mean score of each model on the questions that are not in the stream.
    known: Vec<f64>,
    /// The mean score of each model by task, over all questions.
    by_task: HashMap<String, Vec<f64>>,
    change: Change,
    best: usize,
    seed: u64,
}

impl Stream {
    fn new(all: &[Question], seed: u64, change: Change) -> Self {
        let mut dice = Dice::new(seed);
        let mut questions = all.to_vec();
        for at in (1..questions.len()).rev() {
            questions.swap(at, dice.below(at + 1));
        }
        let rest = questions.split_off((questions.len() as f64 * TRAIN) as usize);
        let known = means(&questions);
        let mut by_task: HashMap<String, Vec<Question>> = HashMap::new();
        for question in all {
            by_task
                .entry(question.task.clone())
                .or_default()
                .push(question.clone());
        }
        Self {
            best: largest(&known),
            questions: rest,
            by_task: by_task.into_iter().map(|(task, of)| (task, means(&of))).collect(),
            known,
            change,
            seed,
        }
    }

    fn play(&self, policy: Policy, names: &[String], models: &HashMap<String, Model>) -> Result<Played> {
        let mut chooser = self.chooser(policy, names, models)?;
        let mut played = Played::default();
        let half = self.questions.len() / 2;
        for (at, question) in self.questions.iter().enumerate() {
            let after = at >= half;
            let factor = |model: usize| match self.change {
                Change::Degraded if after && model == self.best => DEGRADED,
                _ => 1.0,
            };
            let absent = (self.change == Change::Appears && !after).then_some(self.best);
            let worth = |scores: &[f64]| -> Vec<f64> {
                let there = |model: usize| if absent == Some(model) { -1.0 } else { 1.0 };
                scores
                    .iter()
                    .enumerate()
                    .map(|(model, score)| score * factor(model) * there(model))
                    .collect()
            };
            let rewards = worth(&question.scores);
            let choice = match policy {
                Policy::Oracle => Chosen::of(largest(&rewards)),
                Policy::BestSingle => {
                    let mut known = self.known.clone();
                    absent.into_iter().for_each(|absent| known[absent] = -1.0);
                    Chosen::of(largest(&known))
                }
                _ => chooser.choose(question, absent, names)?,
            };
            let reward = rewards[choice.model];
            chooser.learn(&choice, reward)?;
            // The best single model of the time, with hindsight.
            let now_best = largest(&worth(&self.known));
            played.best.push(rewards[now_best]);
            played.rewards.push(reward);
            if let Some((p, confidence)) = choice.said {
                let of_task = worth(&self.by_task[&question.task]);
                let is_near = of_task[choice.model] >= of_task[largest(&of_task)] - 0.05;
                played.expected.push((p, reward));
                played.confidence.push((confidence, f64::from(is_near)));
            }
        }
        Ok(played)
    }

    fn chooser(&self, policy: Policy, names: &[String], models: &HashMap<String, Model>) -> Result<Chooser> {
        let dice = Dice::new(self.seed ^ 0xABCD);
        let arms = vec![(0.0, 0.0); names.len()];
        let router = match policy {
            Policy::Cold | Policy::Warm | Policy::Exploring | Policy::Static => {
                let known = (policy != Policy::Cold).then_some(self.known.as_slice());
                let text = catalogue(names, models, known);
                let catalogue = Catalogue::builtin().with_user_file(&text, "the models of the stream")?;
                let settings = Settings {
                    exploration: if policy == Policy::Exploring { 0.05 } else { 0.0 },
                    exploration_seed: self.seed,
                    ..Settings::default()
                };
                let clock = Arc::new(ManualClock::new());
                let router = Router::new(
                    catalogue,
                    memory::stores().outcomes,
                    Arc::<ManualClock>::clone(&clock),
                    settings,
                );
                Some((router, clock))
            }
            _ => None,
        };
        Ok(Chooser {
            policy,
            router,
            scope: Scope::new("eval", "online", "stream").context("a valid scope")?,
            arms,
            dice,
        })
    }
}

/// A choice, and what was said of it.
#[derive(Debug)]
struct Chosen {
    model: usize,
    route: Option<RouteId>,
    /// The chance of success and the confidence.
    said: Option<(f64, f64)>,
}

impl Chosen {
    fn of(model: usize) -> Self {
        Self {
            model,
            route: None,
            said: None,
        }
    }
}

/// A policy with what it has learned.
struct Chooser {
    policy: Policy,
    router: Option<(Router, Arc<ManualClock>)>,
    scope: Scope,
    /// Sum of rewards and number of tries, by model.
    arms: Vec<(f64, f64)>,
    dice: Dice,
}

impl Chooser {
    fn choose(&mut self, question: &Question, absent: Option<usize>, names: &[String]) -> Result<Chosen> {
        if let Some((router, clock)) = &self.router {
            clock.advance(Duration::from_secs(60));
            let request = RouteRequest {
                task: question.prompt.clone(),
                // Quality alone: the prices of these models say nothing about today's.
                quality_target: Some(1.0),
                constraints: Constraints {
                    deny: absent
                        .iter()
                        .filter_map(|absent| names.get(*absent).cloned())
                        .collect(),
                    ..Constraints::default()
                },
                ..RouteRequest::default()
            };
            let route = router
                .route(&self.scope, &request)
                .now_or_never()
                .context("the store answers at once")??;
            let model = route.model.as_ref().context("a model is left")?;
            let at = names
                .iter()
                .position(|name| *name == model.id)
                .context("one of the stream's")?;
            let said = route
                .expected
                .map(|expected| (expected.p_success, route.confidence.unwrap_or(0.0)));
            return Ok(Chosen {
                model: at,
                route: Some(route.route_id),
                said,
            });
        }
        let mut worth: Vec<f64> = match self.policy {
            Policy::EpsilonGreedy if self.dice.unit() < EPSILON_GREEDY => self.random(),
            Policy::EpsilonGreedy => self
                .arms
                .iter()
                .map(|(sum, n)| if *n > 0.0 { sum / n } else { 2.0 })
                .collect(),
            Policy::Thompson => {
                let arms = self.arms.clone();
                arms.iter()
                    .map(|(sum, n)| self.dice.beta(1.0 + sum, 1.0 + n - sum))
                    .collect()
            }
            _ => self.random(),
        };
        absent.into_iter().for_each(|absent| worth[absent] = -1.0);
        Ok(Chosen::of(largest(&worth)))
    }

    fn random(&mut self) -> Vec<f64> {
        (0..self.arms.len()).map(|_| self.dice.unit()).collect()
    }

    fn learn(&mut self, choice: &Chosen, reward: f64) -> Result<()> {
        let arm = &mut self.arms[choice.model];
        *arm = (arm.0 + reward, arm.1 + 1.0);
        if let (Some((router, _)), Some(route)) = (&self.router, &choice.route)
            && self.policy != Policy::Static
        {
            router
                .learn(&self.scope, route, reward, 1.0)
                .now_or_never()
                .context("the store answers at once")??;
        }
        Ok(())
    }
}

/// The models as a catalogue: by size alone, or with one number each.
fn catalogue(names: &[String], models: &HashMap<String, Model>, known: Option<&[f64]>) -> String {
    let only: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let row = |(at, name): (usize, &String)| {
        let model = &models[name];
        let is_small = model
            .size
            .trim_end_matches('B')
            .parse::<f64>()
            .is_ok_and(|size| size < 20.0);
        let prior = match known {
            Some(known) => format!("quality = {:.4}", known[at].clamp(0.02, 0.98)),
            None if is_small => "tier = \"local_small\"".to_owned(),
            None => "tier = \"local_large\"".to_owned(),
        };
        format!(
            "[[model]]\nid = {name:?}\nprovider = \"provider-{at}\"\ncontext_tokens = 32768\n\
             input_usd_per_million = {:?}\noutput_usd_per_million = {:?}\noutput_tokens_per_second = 50.0\n\
             first_token_ms = 500\n{prior}\n",
            model.input_price, model.output_price
        )
    };
    let rows: String = names.iter().enumerate().map(row).collect();
    format!("only = [{}]\n{rows}", only.join(", "))
}

/// The names of the models in order, the models by name, the questions.
type Data = (Vec<String>, HashMap<String, Model>, Vec<Question>);

fn read(data: &Path) -> Result<Data> {
    let text = |name: &str| {
        let path = data.join(name);
        std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    };
    let models: HashMap<String, Model> = serde_json::from_str(&text("llmrouter_models.json")?)?;
    let mut names: Vec<String> = models.keys().cloned().collect();
    names.sort();
    let question = |line: &str| -> Result<Question> {
        let line: Line = serde_json::from_str(line)?;
        let score = |name: &String| {
            line.scores
                .get(name)
                .copied()
                .with_context(|| format!("no score of {name}"))
        };
        Ok(Question {
            scores: names.iter().map(score).collect::<Result<_>>()?,
            prompt: line.prompt,
            task: line.task,
        })
    };
    let questions = text("llmrouter.jsonl")?
        .lines()
        .map(question)
        .collect::<Result<_>>()?;
    Ok((names, models, questions))
}

fn means(questions: &[Question]) -> Vec<f64> {
    let models = questions.first().map_or(0, |question| question.scores.len());
    let mean = |model: usize| {
        questions
            .iter()
            .map(|question| question.scores[model])
            .sum::<f64>()
    };
    (0..models)
        .map(|model| mean(model) / questions.len() as f64)
        .collect()
}

fn largest(numbers: &[f64]) -> usize {
    let better = |best: usize, at: usize| if numbers[at] > numbers[best] { at } else { best };
    (0..numbers.len()).reduce(better).unwrap_or(0)
}

/// Xorshift: the same numbers on every machine.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03);
        for _ in 0..8 {
            dice.next();
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.unit() * bound as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.unit().max(1e-300), self.unit());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Marsaglia and Tsang's method, for shapes of at least 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (a, b) = (self.gamma(a), self.gamma(b));
        a / (a + b)
    }
}
