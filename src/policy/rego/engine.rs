//! A policy in Rego, read once and evaluated over the facts of each action.
//!
//! It is pure like the packs: the network, the clock, random numbers and the environment are not built in. It is
//! interpreted, because the interpreter says when a call fails; the bytecode of the same engine takes that for "does not
//! match", which would let an action pass that the policy could not judge. It is compiled all the same when it is read,
//! because that finds what is called and not built in.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use regorus::languages::rego::compiler::Compiler;
use regorus::utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source};
use regorus::{Engine, Value};

use super::said::{self, item};
use super::{EFFECTS, Said};
use crate::domain::Effect;
use crate::policy::error::{Error, Place};
use crate::policy::facts::Facts;
use crate::policy::pack::Source;
use crate::policy::pack::case::Case;
use crate::policy::pack::trial::{Failure, Trial};

/// Longest time for one set and one action; fifty plain rules take some tenths of a millisecond.
const MAX_TIME: Duration = Duration::from_millis(250);
/// Steps between two looks at the clock.
const LOOK_EVERY: NonZeroU32 = NonZeroU32::MIN.saturating_add(63);
/// The rule that holds a policy's tests.
const TESTS: &str = "tests";

/// A policy, ready to be evaluated.
pub struct Policy {
    name: String,
    /// The file's name without its ending, which rules are named after.
    stem: String,
    /// Copied for each evaluation, which is cheap: what was read is shared.
    engine: Engine,
    /// `data.team`, which stands in front of the names of its rules.
    package: String,
    /// The sets that it defines.
    sets: Vec<(&'static str, Effect)>,
    /// The line of its tests.
    tests: Option<u64>,
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, sets, .. } = self;
        f.debug_struct("Policy")
            .field("name", name)
            .field("sets", sets)
            .finish_non_exhaustive()
    }
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// When it is no Rego, calls what is not built in, or defines none of the four sets.
    pub fn read(source: &Source) -> Result<Self, Error> {
        keep_time();
        let refused = |detail: &str| Error::Pack {
            pack: source.name.clone(),
            at: said::place(detail),
            detail: said::problem(detail),
        };
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(true);
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: MAX_TIME,
            check_interval: LOOK_EVERY,
        });
        let package = engine.add_policy(source.name.clone(), source.text.clone());
        let package = package.map_err(|error| refused(&error.to_string()))?;
        let declared = |name: &str| {
            let declared = engine.has_declared_rule_rooted_at(&source.name, name);
            declared.map_err(|error| refused(&error.to_string()))
        };
        let mut sets = Vec::new();
        for (name, effect) in EFFECTS {
            if declared(name)? {
                sets.push((name, effect));
            }
        }
        let has_tests = declared(TESTS)?;
        let names = sets.iter().map(|(name, _)| *name);
        let names = names.chain(has_tests.then_some(TESTS));
        let paths: Vec<String> = names.map(|name| format!("{package}.{name}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let Some(first) = paths.first().filter(|_| !sets.is_empty()) else {
            return Err(refused("it defines none of deny, hold, redact, warn"));
        };
        let compiled = engine.compile_with_entrypoint(&regorus::Rc::from(*first));
        let compiled = compiled.map_err(|error| refused(&error.to_string()))?;
        if let Err(error) = Compiler::compile_from_policy(&compiled, &paths) {
            return Err(refused(&error.to_string()));
        }
        Ok(Self {
            stem: stem(&source.name),
            name: source.name.clone(),
            engine,
            package,
            sets,
            tests: has_tests.then(|| line_of(&source.text, TESTS)),
        })
    }

    /// What it says about an action. When it cannot be asked, that is a denial.
    pub(super) fn judge(&self, facts: &Facts) -> Vec<Said> {
        let all = self.input(facts).and_then(|input| {
            let mut engine = self.asked(input);
            let sets = self.sets.iter().map(|set| self.members(set, &mut engine, facts));
            sets.collect::<Result<Vec<_>, _>>()
        });
        match all {
            Ok(said) => said.into_iter().flatten().collect(),
            Err(problem) => vec![Said {
                id: format!("{}.error", self.stem),
                effect: Effect::Deny,
                why: format!("The policy {} could not judge this: {problem}.", self.name),
                fix: "Have whoever wrote the policy mend it; until then this is not permitted.".to_owned(),
                finding: None,
            }],
        }
    }

    /// The name of its file.
    pub(in crate::policy) fn name(&self) -> &str {
        &self.name
    }

    /// Its sets as rules.
    pub(super) fn sets(&self) -> Vec<(String, Effect)> {
        let named = |(name, effect): &(&str, Effect)| (format!("{}.{name}", self.stem), *effect);
        self.sets.iter().map(named).collect()
    }

    /// Runs its tests: `tests := {"deny": {"match": [..], "no_match": [..]}}` with actions as in packs.
    pub(in crate::policy) fn trials(&self) -> Result<Vec<Trial>, Error> {
        let at = Place {
            line: self.tests.unwrap_or(1),
            column: 1,
        };
        let refused = |detail: String| Error::Pack {
            pack: self.name.clone(),
            at: Some(at),
            detail,
        };
        let cases = match self.tests {
            Some(_) => self
                .run(TESTS, &mut self.asked(Value::new_object()))
                .map_err(|problem| refused(format!("its tests cannot be read: {problem}")))?,
            None => serde_json::Value::Null,
        };
        let mut trials = Vec::new();
        for set in &self.sets {
            let (name, _) = set;
            let mut trial = Trial {
                rule: format!("{}.{name}", self.stem),
                n_tests: 0,
                failures: Vec::new(),
            };
            for (key, matches) in [("match", true), ("no_match", false)] {
                let written = cases.get(name).and_then(|cases| cases.get(key));
                let written = written.and_then(serde_json::Value::as_array);
                for (number, case) in written.into_iter().flatten().enumerate() {
                    trial.n_tests += 1;
                    let case = format!("{name}.{key}[{number}]: {}", self.tried(set, case, matches));
                    if !case.ends_with(": ") {
                        trial.failures.push(Failure { at, detail: case });
                    }
                }
            }
            trials.push(trial);
        }
        Ok(trials)
    }

    /// What is wrong about a test; nothing when it passes.
    fn tried(&self, set: &(&'static str, Effect), case: &serde_json::Value, matches: bool) -> String {
        let facts = serde_json::from_value::<Case>(case.clone())
            .map_err(|error| error.to_string())
            .and_then(|case| case.facts());
        let said = facts.and_then(|facts| self.members(set, &mut self.asked(self.input(&facts)?), &facts));
        match said {
            Err(problem) => problem,
            Ok(said) if said.is_empty() != matches => String::new(),
            Ok(_) if matches => "does not match an action it must match".to_owned(),
            Ok(_) => "matches an action it must not match".to_owned(),
        }
    }

    fn members(&self, set: &(&str, Effect), engine: &mut Engine, facts: &Facts) -> Result<Vec<Said>, String> {
        let (name, effect) = set;
        let members = match self.run(name, engine)? {
            serde_json::Value::Null | serde_json::Value::Bool(false) => Vec::new(),
            serde_json::Value::Array(members) => members,
            // `deny if ..`: that it holds is all there is to say.
            serde_json::Value::Bool(true) => vec![serde_json::Value::String(String::new())],
            _ => return Err(format!("`{name}` is neither a set nor true")),
        };
        let said = members.iter().map(|member| {
            item(&self.stem, name, *effect, member, facts).ok_or_else(|| {
                format!("a member of `{name}` is neither a text, {{msg, rule, fix}} nor a finding")
            })
        });
        said.collect()
    }

    fn input(&self, facts: &Facts) -> Result<Value, String> {
        let facts = serde_json::to_value(facts).map_err(|error| error.to_string())?;
        Ok(Value::from(facts))
    }

    fn asked(&self, input: Value) -> Engine {
        let mut engine = self.engine.clone();
        engine.set_input(input);
        engine
    }

    fn run(&self, rule: &str, engine: &mut Engine) -> Result<serde_json::Value, String> {
        let said = engine.eval_rule(format!("{}.{rule}", self.package));
        match said.map_err(|error| said::problem(&error.to_string()))? {
            Value::Undefined => Ok(serde_json::Value::Null),
            value => serde_json::to_value(value).map_err(|error| error.to_string()),
        }
    }
}

/// `a/team.rego` is `team`.
fn stem(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.trim_end_matches(".rego").to_owned()
}

fn line_of(text: &str, rule: &str) -> u64 {
    let line = text.lines().position(|line| line.starts_with(rule));
    line.map_or(1, |line| line as u64 + 1)
}

/// The time since the first policy was read. Without it the limit on time would never be reached.
struct SinceStart;

impl TimeSource for SinceStart {
    fn now(&self) -> Option<Duration> {
        static START: OnceLock<Instant> = OnceLock::new();
        Some(START.get_or_init(Instant::now).elapsed())
    }
}

fn keep_time() {
    // A second time it is refused, and the first, which is the same, stays.
    let _kept = set_time_source(&SinceStart).is_ok();
}
