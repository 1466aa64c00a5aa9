//! Weights set by hand for some grams: rules whose sums are signals of the trained heads, and the whole of what
//! is known about stakes and needs.
//!
//! One row is a place, what the phrases speak for, a weight and the phrases (one or two words each, `#name`
//! for a shape of `features`). A phrase counts once, however often it stands in the text. Weights are
//! differences of log-odds: what adds 2.0 makes its side about seven times as likely.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::features::Place;
use super::hash::{ByItself, gram};
use super::sieve::Sieve;
use crate::domain::TaskType;

use Effect::{Harder, Need, Review, Stakes};
use Place::{Anywhere, Lead, Opening};

/// What a phrase speaks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Effect {
    /// One of the eight types.
    Type(TaskType),
    /// A harder task; easier when the weight is negative.
    Harder,
    /// Harm when it goes wrong: 1 is a hint, 2 is enough for high.
    Stakes,
    /// A capability the model needs.
    Need(&'static str),
    /// Judging code rather than changing it.
    Review,
}

/// A phrase at a place, with everything it speaks for.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) place: Place,
    pub(super) phrase: &'static str,
    pub(super) effects: Vec<(Effect, f64)>,
}

impl Row {
    /// What the row adds to one side.
    pub(super) fn weight(&self, side: Effect) -> f64 {
        self.effects
            .iter()
            .filter(|(effect, _)| *effect == side)
            .map(|(_, weight)| weight)
            .sum()
    }
}

/// A row that a text has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) row: &'static Row,
    /// The number of its phrase at its place.
    pub(super) gram: u64,
    /// In a long text many words stand by chance: those that may stand anywhere count less.
    scale: f64,
}

impl Hit {
    /// What it adds to each side.
    pub(super) fn effects(&self) -> impl Iterator<Item = (Effect, f64)> {
        let scale = self.scale;
        self.row
            .effects
            .iter()
            .map(move |(effect, weight)| (*effect, weight * scale))
    }
}

/// The rows found so far, each once, in order of first appearance.
#[derive(Debug)]
pub(super) struct Found {
    rows: Vec<(&'static Row, u64)>,
    /// One bit per row of the lexicon.
    seen: Vec<u64>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            rows: Vec::with_capacity(USUAL_HITS),
            seen: vec![0; LEXICON.rows.len().div_ceil(64)],
        }
    }
}

impl Found {
    /// Looks for a gram.
    pub(super) fn look(&mut self, gram: u64) {
        let Some(&at) = LEXICON.by_gram.get(gram) else {
            return;
        };
        if let (Some(row), Some(seen)) = (LEXICON.rows.get(at), self.seen.get_mut(at / 64)) {
            let bit = 1 << (at % 64);
            if *seen & bit == 0 {
                *seen |= bit;
                self.rows.push((row, gram));
            }
        }
    }

    /// What was found in a text of so many words.
    pub(super) fn hits(&self, words: usize) -> Vec<Hit> {
        let anywhere = (USUAL_WORDS / words.max(1) as f64).sqrt().min(1.0);
        let hit = |(row, gram): &(&'static Row, u64)| Hit {
            row,
            gram: *gram,
            scale: if row.place == Anywhere && !row.phrase.starts_with('#') {
                anywhere
            } else {
                1.0
            },
        };
        self.rows.iter().map(hit).collect()
    }
}

/// Weights are set for texts of up to this many words.
const USUAL_WORDS: f64 = 60.0;
const USUAL_HITS: usize = 64;

struct Lexicon {
    rows: Vec<Row>,
    by_gram: Sieve<usize>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut rows: Vec<Row> = Vec::new();
    let mut by_gram: HashMap<u64, usize, ByItself> = HashMap::default();
    for (place, effect, weight, phrases) in WEIGHTS {
        for phrase in phrases.split(',').map(str::trim) {
            let at = *by_gram.entry(gram(*place, phrase)).or_insert_with(|| {
                rows.push(Row {
                    place: *place,
                    phrase,
                    effects: Vec::new(),
                });
                rows.len() - 1
            });
            if let Some(row) = rows.get_mut(at) {
                row.effects.push((*effect, *weight));
            }
        }
    }
    Lexicon {
        rows,
        by_gram: by_gram.into(),
    }
});

const GENERATE: Effect = Effect::Type(TaskType::CodeGeneration);
const DEBUG: Effect = Effect::Type(TaskType::CodeDebugReview);
const REASON: Effect = Effect::Type(TaskType::ReasoningMath);
const PLAN: Effect = Effect::Type(TaskType::PlanningArchitecture);
const WRITE: Effect = Effect::Type(TaskType::WritingEditing);
const SUMMARISE: Effect = Effect::Type(TaskType::Summarization);
const EXTRACT: Effect = Effect::Type(TaskType::ExtractionTransformation);
const ANSWER: Effect = Effect::Type(TaskType::KnowledgeQa);

#[rustfmt::skip]
const WEIGHTS: &[(Place, Effect, f64, &str)] = &[
    // --- New code
    (Lead, GENERATE, 1.8, "implement, scaffold, code, bootstrap, mock, stub"),
    (Lead, GENERATE, 1.0, "create, build, generate, make, add, write, give, set, develop, program"),
    (Lead, GENERATE, 0.8, "wrire, wirte, creat, implment"),
    (Anywhere, GENERATE, 1.4, "a function, a script, a regex, regex, a class, a component, an endpoint, a query, sql query, a program,
        unit test, integration test, a test, dockerfile, docker compose, a module, a struct, a hook, a decorator, a macro, a cli,
        github action, a workflow, boilerplate, a makefile, helm chart, terraform module, a migration, bash script, shell script,
        python script, a fucntion, fucntion that, function that, script that, class that, query that, program that, command that,
        a crud, rest api, test for, tests for, a parser, a linter, a plugin, web app, a bot, one liner, oneliner, landing page"),
    (Anywhere, GENERATE, 0.5, "python, javascript, typescript, rust, golang, java, kotlin, react, sql, html, css, bash, api, endpoint, function, script, class, component, django, flask, postgres, kubernetes, yaml, pytest, jest, zig, haskell, c, regex, button, form, page, app, game, website"),
    (Anywhere, GENERATE, 1.4, "small cli, cli in, small script, small tool, tool that, cli that, cli which, script to, script which, app that, app which, a tool, i need"),
    (Anywhere, GENERATE, -1.0, "i need"),
    (Anywhere, GENERATE, 0.6, "using python, in python, in rust, in typescript, in javascript, in go, in java, in bash, in react, in c, in sql"),
    (Anywhere, GENERATE, 0.4, "returns, takes, accepts, that takes, that returns, that reads, that prints, from scratch"),

    // --- Given code
    (Lead, DEBUG, 2.6, "fix, debug, refactor, rename, optimize, optimise, debgu, refactr, lint, port, rewrite this, profile, simplify, clean, review, dedupe, patch"),
    (Lead, DEBUG, 0.8, "explain, find, improve, speed, change, update, move, remove, replace, extract, inline, split, check, why, investigate, make, upgrade, convert, bump, handle"),
    (Lead, DEBUG, 1.0, "explain this, explain what, why does, why is, why am, what does, whats wrong, what is, make this, make it"),
    (Lead, DEBUG, -0.9, "what is"),
    (Anywhere, DEBUG, 1.6, "this code, this function, this method, this class, this error, this bug, this test, this file, this query, this snippet,
        this script, this diff, this pr, this component, this regex, this module, this endpoint, this loop, this trace, the bug, a bug, the diff, my code,
        this log, this stack, stack trace, stacktrace, pull request, segfault, null pointer, nullpointerexception, keyerror, typeerror, off by,
        memory leak, race condition, fails with, is failing, are failing, failing test, flaky test, flaky, doesnt work, not working, t work, throws, throwing,
        crashes, crash, panics, compile error, borrow checker, wrong with, code review, unused import, cannot borrow, cannot find, not found, fix it, fix this, dead code, type error, merge conflict, build fails,
        stopped working, is undefined, the tests, regression, this commit, this line, root cause, tests fail, fail intermittently, into smaller, rename the, rename a, rename all"),
    (Anywhere, DEBUG, 0.8, "bug, error, exception, failing, broken, refactor, fix, slow, leak, deprecated, warning, variable, fails, failed, traceback, typo, hotfix, undefined, review, codebase, repo"),
    (Anywhere, DEBUG, 2.0, "#diff, #trace"),
    (Anywhere, DEBUG, 1.5, "#code"),
    (Anywhere, DEBUG, 0.6, "#path"),
    (Anywhere, GENERATE, 0.5, "#path"),
    (Anywhere, ANSWER, -1.2, "#code, #path, #diff, #trace"),
    (Anywhere, WRITE, -0.6, "#code"),
    (Anywhere, Review, 1.0, "review, code review, explain, this diff, pull request, audit, #diff, critique, feedback"),

    // --- A determinate answer
    (Lead, REASON, 2.4, "prove, solve, calculate, compute, evaluate, derive, integrate, differentiate, disprove, factor, simplify the, minimize, maximise, maximize"),
    (Lead, REASON, 1.2, "find, determine, how many, how much, what is, if, suppose, let, show that, show, count, given"),
    (Lead, REASON, -0.9, "what is"),
    (Anywhere, REASON, 1.5, "prove that, the probability, probability that, how many, the sum, the value, the remainder, an integer, positive integer, real number,
        prime number, the area, the equation, square root, per hour, mph, the derivative, the integral, expected value, standard deviation, p value, confidence interval,
        truth table, the limit, divisible by, at least, induction, contradiction, logic puzzle, knights and, the eigenvalues, closed form, compound interest,
        how long, how much, in total, altogether, half as, twice as, more than, the polynomial, theorem, lemma, the triangle, percent of, degrees, least common, greatest common, common multiple, next number, is lying, a knave, and knaves, always lies, always tells, tells the, per second, significant, statistically significant"),
    (Anywhere, REASON, 0.9, "probability, integer, equation, polynomial, triangle, matrix, modulo, proof, prove, puzzle, dice, coin, velocity, sum, ratio, percent, fraction, bayes, statistically, deduce, deadlock, invariant, correctness, halting, volume, perimeter, factorial, permutation, logically, riddle, solve, meters, mortgage, velocity, algebra"),
    (Anywhere, REASON, 2.2, "#equation"),
    (Anywhere, REASON, 1.5, "#digits"),
    (Anywhere, REASON, 0.7, "#options"),

    // --- A plan or a decision
    (Lead, PLAN, 2.4, "design, plan, architect, propose, redesign, estimate, outline, decompose, break down, roadmap, brainstorm, sketch"),
    (Lead, PLAN, 1.2, "should we, should, compare, how should, which, choose, migrate, evaluate, decide, break, recommend, weigh, map"),
    (Anywhere, PLAN, 1.5, "architecture, trade offs, tradeoffs, trade off, tradeoff, system design, migration plan, rollout plan, test plan, project plan, migrate from, migrate our, a plan, step plan, rollout, roll out, roadmap,
        milestones, break down, should we, high availability, zero downtime, microservices, monolith, event sourcing, multi tenant, multi region, sharding, scale to,
        capacity planning, data model, schema design, design doc, the design, redesign, sprint, user stories, pros and, options for, approach for, approach to, strategy for, strategy, disaster recovery, phases, work breakdown, adr, rfc, implementation plan, moving from, best way, requirements"),
    (Anywhere, PLAN, 0.6, "scalable, scheduler, queue, kafka, service, system, pipeline, estimate, timeline, team, million users, infrastructure, plan, design, risks, deploy, migrate"),

    // --- Text for a reader
    (Lead, WRITE, 2.2, "draft, rewrite, proofread, reword, rephrase, paraphrase, edit, polish, compose, reply, shorten this, improve the, pretend, roleplay, imagine"),
    (Lead, WRITE, 0.9, "write, tell, make, improve, continue, create, give, respond, act"),
    (Anywhere, WRITE, 2.0, "email, e mail, blog post, blog, an essay, essay, cover letter, letter to, a letter, a story, short story, poem, haiku, tweet, linkedin post, linkedin, announcement, a speech,
        press release, newsletter, the tone, more formal, more friendly, friendlier, more professional, grammar, grammer, spelling, apology, readme, changelog entry, release announcement, product description,
        slogan, tagline, lyrics, song, dialogue, monologue, limerick, toast, resume, bio, documentation for, docs for, user guide, job posting, slack message, commit message, postmortem, fanfic, screenplay, sound more, sounds more, chapter, scene, narrative, character, novel, fiction, paragraph, episode, rap, fan fiction, stand up, comedy, prologue, sonnet, stanza, a scenario"),
    (Anywhere, WRITE, 0.5, "polite, tone, formal, professional, customer, colleague, boss, audience, persuasive, funny, humorous, creative, docstring, wording, style, sentence, setting, protagonist, world"),

    // --- Shorter
    (Lead, SUMMARISE, 3.2, "summarize, summarise, summerize, condense, tldr, recap, summary, sum up, shorten, abridge, boil"),
    (Lead, SUMMARISE, 1.6, "tl, give me, key, main, write release"),
    (Anywhere, SUMMARISE, 2.4, "summarize, summarise, summerize, a summary, summary of, tl dr, tldr, key points, main points, key takeaways, takeaways, executive summary, the gist, in a, release notes, from these, in one, a title, title for, abstract, recap, bullet points, in three, in 3, in brief, highlights, meeting notes, minutes of"),
    (Anywhere, SUMMARISE, -1.7, "in a"),
    (Anywhere, SUMMARISE, 0.5, "#prose, #given, article, transcript, thread, meeting, paper, bullet, sentences, standup, commits"),

    // --- Input determines output
    (Lead, EXTRACT, 2.6, "translate, extract, classify, convert, categorize, categorise, label, tag, parse, sort, rank, transform, reformat, format, tabulate, list all, pull, turn, normalize, normalise, map, anonymize, redact, transcribe, transpose, identify, group, tranlate"),
    (Anywhere, EXTRACT, 1.7, "translate, translation, extract, as json, to json, into json, json with, into csv, to csv, as csv, csv to, to markdown, into a, a table, markdown table, to yaml, yaml to, json to, xml to, into french, to french,
        to german, into german, to spanish, into spanish, to english, into english, to japanese, into japanese, sentiment of, positive or, the sentiment, sentiment, spam or, all email, email addresses, phone numbers, all dates, the names, named entities, categorize, classify, alphabetically,
        into categories, in order, snake case, camel case, camelcase, to uppercase, title case, following list, these items, each of, key value, deduplicate, the following"),
    (Anywhere, EXTRACT, -0.9, "into a, the following, each of"),
    (Anywhere, EXTRACT, 0.6, "#table, #given, rows, columns, csv, fields, table, list, items"),

    // --- Knowledge
    (Lead, ANSWER, 1.1, "what is, what are, what s, what"),
    (Lead, ANSWER, 1.8, "who, when did, when was, where, which, how do, how does, how can, how to, whats, when, describe, difference, is it, does, is there, are there, define, tell me, explain the, explain how, name, why do, why does, why is, why are, is, do, are, explain, was, has, did"),
    (Anywhere, ANSWER, 1.4, "difference between, what is, what are, what does, how does, how do, works, capital of, meaning of, best practice, who was, who is, who wrote, when was, when did, why do, why is, explain the, definition of, example of, in which, which of, what kind, what type, explain how, pros and, is it, in simple, simple terms, like i, history of, known as, how to"),
    (Anywhere, ANSWER, 0.8, "#question, #options"),
    (Anywhere, WRITE, -0.4, "#question"),
    (Lead, ANSWER, -0.8, "explain this, why does, why is, is, what does"),

    // --- What stands in the opening says more about what is wanted than the same words below
    (Opening, GENERATE, 0.6, "function, script, regex, class, component, endpoint, query, dockerfile, unit test, cli, page, app"),
    (Opening, DEBUG, 0.8, "bug, error, fails, failing, refactor, review, fix, crash, this code, this function, slow"),
    (Opening, REASON, 0.6, "prove, how many, how much, probability, solve, equation, calculate, compute"),
    (Opening, PLAN, 0.8, "architecture, migration plan, roadmap, strategy, trade offs, tradeoffs, migrate, rollout, a plan"),
    (Opening, WRITE, 0.8, "email, blog, essay, letter, story, poem, post, article, speech, scene, dialogue, song"),
    (Opening, SUMMARISE, 1.0, "summarize, summarise, summary, tl dr, tldr, key points, takeaways"),
    (Opening, EXTRACT, 0.8, "translate, extract, convert, classify, categorize, into json, to json, the sentiment, sort"),
    (Opening, ANSWER, 0.5, "difference between, how does, how do, what is, explain, who, when"),

    // --- Harder and easier
    (Anywhere, Harder, 1.5, "prove, proof, deadlock, lock free, consensus, byzantine, formally, formal verification, np hard, undecidable, linearizable, distributed system, race condition, zero downtime, redesign, cannot deadlock, compiler, type checker, cryptographic, side channel, memory model, exactly once, backwards compatible, olympiad, theorem"),
    (Anywhere, Harder, 0.9, "architecture, concurrency, concurrent, distributed, scheduler, derive, optimal, optimize, optimise, scalable, multi tenant, multi region, sharding, migrate, migration, security, vulnerability, trade offs, tradeoffs, performance, memory leak, flaky, intermittent, intermittently, heisenbug, segfault, kernel, parser, async, unsafe, lifetime, algorithm, complexity, correctness, design, end to, entire codebase, whole codebase, codebase, across the, legacy, monolith, microservices, event sourcing, induction, probability, polynomial, refactor, root cause, invariant, integral, at scale, million, thousands of, real time, production, from scratch, edge cases, constraints, must not, without changing, without breaking, thread safe"),
    (Anywhere, Harder, 0.4, "and then, also, handle, ensure, must, should, cannot, except, analyze, analyse, evaluate, compare, integrate, multiple, several, each, all, if it, tests, why"),
    (Anywhere, Harder, 0.5, "#numbered, #trace, #equation"),
    (Lead, Harder, -1.6, "rename, translate, list, format, sort, spell, define, reformat, name, bump, tldr, proofread, rephrase, reword, tag, classify, who, capitalize"),
    (Lead, Harder, -0.7, "what is, what s, whats, convert, extract, summarize, summarise, when, where, add, remove, tell, give, is, make, fix, which, replace"),
    (Lead, Harder, 0.9, "prove, redesign, design, architect, derive, investigate, migrate, plan"),
    (Anywhere, Harder, -1.1, "typo, simple, quick, one line, one liner, oneliner, a comment, hello world, spelling, grammar, capital of, haiku, boilerplate, trivial, basic, small, short, tiny, todo list, a variable, variable name, unused import, a log, print statement, docstring, fizzbuzz, reverse a, a string, is even, a title, alphabetically"),

    // --- Stakes
    (Anywhere, Stakes, 2.0, "in production, production database, prod database, prod db, to production, to prod, on prod, in prod, drop table, delete all, rm rf, force push, payment, billing, credit card, bank account, credential, private key, secret key, api key, password, patient, dosage, diagnosis, medication, legal advice, lawsuit, gdpr, hipaa, pci, customer data, personal data, wire transfer, safety critical, medical, contract clause, truncate table, tax return"),
    (Anywhere, Stakes, 1.0, "production, prod, delete, deploy, migrate, migration, security, auth, authentication, authorization, rollback, release, legal, contract, encryption, tokens, permission, permissions, payroll, compliance, drop, outage, incident, invoice, customers"),

    // --- Needs
    (Anywhere, Need("vision"), 1.0, "this image, this screenshot, the screenshot, attached image, this picture, this photo, the photo, this diagram, attached screenshot, the mockup, this mockup, this figma, this chart"),
    (Anywhere, Need("web"), 1.0, "search the, the web, latest news, look online, on google, current price, the internet, todays news, up online"),
    (Anywhere, Need("tools"), 1.0, "run the, run all, execute the, open a, the repo, this repo, the repository, entire codebase, whole codebase, git commit, push it, commit the"),
    (Anywhere, Need("long_context"), 1.0, "entire codebase, whole codebase, entire repository, whole repository, entire book, all files, every file"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::features::Features;

    #[test]
    fn phrases_are_lower_case_and_of_at_most_two_words_or_a_shape() {
        for row in &LEXICON.rows {
            let words = row.phrase.split(' ').count();
            assert!(
                (1..=2).contains(&words) && !row.phrase.is_empty(),
                "{:?}",
                row.phrase
            );
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ';
            assert!(
                row.phrase.trim_start_matches('#').chars().all(fits),
                "{:?}",
                row.phrase
            );
            assert!(
                !row.phrase.starts_with('#') || row.place == Anywhere,
                "{:?}",
                row.phrase
            );
        }
    }

    #[test]
    fn a_phrase_counts_once_at_each_place() {
        let hits = Features::of(&"bug ".repeat(40), None).hits;
        let places: Vec<_> = hits
            .iter()
            .filter(|hit| hit.row.phrase == "bug")
            .map(|hit| hit.row.place)
            .collect();
        assert_eq!(places, [Anywhere, Opening]);
    }
}
