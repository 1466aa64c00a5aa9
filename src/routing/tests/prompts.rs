//! Prompts as developers type them, with the type they should get.

use super::*;

use TaskType::{
    CodeDebugReview as Debug, CodeGeneration as Generate, ExtractionTransformation as Extract, General,
    KnowledgeQa as Answer, PlanningArchitecture as Plan, ReasoningMath as Reason, Summarization as Summarise,
    WritingEditing as Write,
};

const PROMPTS: &[(TaskType, &str)] = &[
    (
        Generate,
        "write a python function that merges two sorted lists without using sorted()",
    ),
    (
        Generate,
        "add a dark mode toggle button to the settings page in react",
    ),
    (Generate, "regex that matches semver incl pre release tags"),
    (
        Generate,
        "can u make me a bash script that backs up all docker volumes every night and keeps the last 7",
    ),
    (
        Generate,
        "Implement an LRU cache in Rust with O(1) get and put, generic over key and value.",
    ),
    (
        Generate,
        "sql query: top 10 customers by revenue last quarter, tables are orders(id, customer_id, total, created_at) and customers(id, name)",
    ),
    (
        Generate,
        "Generate a Dockerfile for a multi-stage Go build, final image distroless",
    ),
    (
        Generate,
        "write unit tests for the UserService class, use jest and mock the repository",
    ),
    (
        Generate,
        "wirte a fucntion that checks if a string is a palindrom",
    ),
    (
        Generate,
        "create a github action that runs clippy and cargo test on every PR",
    ),
    (
        Generate,
        "i need a small CLI in Go which tails a log file and posts errors to a slack webhook",
    ),
    (
        Generate,
        "Scaffold a FastAPI service with /health, JWT login and a postgres connection pool",
    ),
    (
        Debug,
        "why does this throw?\n```js\nconst x = undefined;\nconsole.log(x.foo.bar);\n```",
    ),
    (Debug, "rename a variable in this function"),
    (
        Debug,
        "fix the failing test in tests/test_auth.py, it started failing after the last commit",
    ),
    (
        Debug,
        "Traceback (most recent call last):\n  File \"app.py\", line 12, in <module>\n    main()\n  File \"app.py\", line 8, in main\n    return cfg[\"port\"]\nKeyError: 'port'\n\nwhats going on here",
    ),
    (
        Debug,
        "refactor src/handlers/user.ts into smaller functions without changing behaviour",
    ),
    (
        Debug,
        "review this diff please\ndiff --git a/src/lib.rs b/src/lib.rs\n@@ -1,4 +1,6 @@\n-fn a() {}\n+fn a() -> u8 { 0 }\n",
    ),
    (
        Debug,
        "our flaky test test_reconnect fails about 1 in 50 runs on CI, find the race condition",
    ),
    (
        Debug,
        "explain what this code does\n\ndef f(n):\n    return n if n < 2 else f(n-1) + f(n-2)\n",
    ),
    (
        Debug,
        "the login page crashes on safari with TypeError: undefined is not an object, look at src/auth/login.tsx",
    ),
    (
        Debug,
        "optimise this query, it takes 12 seconds:\nSELECT * FROM orders o JOIN items i ON i.order_id = o.id WHERE o.status = 'open';",
    ),
    (
        Debug,
        "error[E0502]: cannot borrow `v` as mutable because it is also borrowed as immutable, how do i fix it",
    ),
    (
        Debug,
        "debgu the memory leak in our node server, heap grows ~50mb per hour",
    ),
    (Debug, "port this module from javascript to typescript"),
    (Debug, "remove the unused imports in src/main.py"),
    (Reason, "prove that the sum of two odd integers is even"),
    (Reason, "What is 17% of 2,340 plus 12.5?"),
    (
        Reason,
        "A train leaves at 60 mph and another 30 minutes later at 75 mph. How many minutes until the second catches up?",
    ),
    (Reason, "Solve for x: 3x^2 - 12x + 9 = 0"),
    (
        Reason,
        "Three people each say one of the others is lying. If exactly one is a knave, who is it? Think about knights and knaves.",
    ),
    (
        Reason,
        "what's the probability of at least one six in four dice rolls",
    ),
    (Reason, "compute the integral of x * e^x from 0 to 1"),
    (
        Reason,
        "Our A/B test: 480 of 10000 vs 530 of 10000 conversions. Is the difference statistically significant? give the p value",
    ),
    (
        Reason,
        "How many positive integers below 1000 are divisible by neither 3 nor 5?",
    ),
    (
        Plan,
        "how should we migrate our monolith to microservices without downtime",
    ),
    (
        Plan,
        "design a rate limiter for a multi region api gateway, 200k req/s",
    ),
    (
        Plan,
        "Break down the epic 'customers can export their data' into user stories with estimates",
    ),
    (
        Plan,
        "Should we use Kafka or RabbitMQ for order events? compare trade-offs for a team of 4",
    ),
    (
        Plan,
        "Write a migration plan from MySQL 5.7 to Postgres 16 for a 2 TB database with minimal downtime",
    ),
    (
        Plan,
        "propose an architecture for a collaborative text editor that works offline",
    ),
    (
        Plan,
        "plan the rollout of the new auth service in phases, with risks and rollback for each",
    ),
    (
        Plan,
        "we have 6 weeks and 3 engineers, outline a roadmap for adding multi tenant support",
    ),
    (
        Write,
        "draft an email to a customer apologising for yesterday's outage",
    ),
    (
        Write,
        "make this sound more professional: hey guys the deploy broke again lol",
    ),
    (
        Write,
        "Write a blog post announcing our 2.0 release, friendly tone, about 600 words",
    ),
    (
        Write,
        "proofread the following paragraph and correct the grammar: Their going to released it tomorow.",
    ),
    (Write, "write a haiku about merge conflicts"),
    (Write, "Rewrite the README intro so that it speaks to newcomers"),
    (
        Write,
        "help me write a cover letter for a senior backend role at a bank",
    ),
    (
        Write,
        "tell me a short story about a robot that is afraid of the dark",
    ),
    (
        Summarise,
        "summarize this article in 3 bullet points:\nThe city council voted on Tuesday to extend the tram line to the harbour. Construction is to begin next spring.",
    ),
    (
        Summarise,
        "tl;dr of the thread below\nAnn: the build is red again\nBob: it's the linter\nAnn: ok I will pin it",
    ),
    (
        Summarise,
        "summerize the meeting notes for people who were not there",
    ),
    (
        Summarise,
        "Write release notes from these commits: fix login redirect; add csv export; bump deps",
    ),
    (Summarise, "give me the key takeaways of the transcript"),
    (Summarise, "condense this report to one paragraph for the board"),
    (
        Extract,
        "translate to german: The connection was refused by the server.",
    ),
    (
        Extract,
        "extract all email addresses and phone numbers from the text below as json",
    ),
    (
        Extract,
        "convert this csv to a markdown table:\nname,age,city\nann,31,rome\nbob,44,oslo",
    ),
    (
        Extract,
        "classify each of these tickets as bug, feature or question:\n- app crashes on start\n- please add dark mode\n- how do I log in",
    ),
    (Extract, "sort these names alphabetically: Zoe, Adam, Mia"),
    (
        Extract,
        "What is the sentiment of this review, positive or negative? \"Arrived late and broken.\"",
    ),
    (Extract, "Turn the following yaml into json: name: web, port: 80"),
    (Answer, "what is the difference between a mutex and a semaphore?"),
    (Answer, "how does TLS session resumption work"),
    (Answer, "What's the capital of Australia?"),
    (
        Answer,
        "explain the borrow checker to me like i'm a java developer",
    ),
    (Answer, "when was postgres first released and who wrote it"),
    (Answer, "is it safe to store a JWT in localStorage?"),
    (Answer, "how do i undo the last commit in git"),
    (Answer, "what are the best practices for naming kafka topics"),
    (General, "ok thanks"),
    (General, "hmm"),
    (General, "go on then please"),
    (General, "asdf qwer zxcv uiop"),
    (General, "42"),
];

/// None of these was trained on.
#[test]
fn at_least_90_percent_of_prompts_get_their_type_as_likeliest_and_95_percent_of_the_sure_ones() {
    let router = router();
    let asked = PROMPTS.iter().filter(|(expected, _)| *expected != General);
    let assessed: Vec<_> = asked
        .map(|(expected, prompt)| (*expected, *prompt, router.assess(prompt)))
        .collect();
    let wrong = |got: &dyn Fn(&Assessment) -> TaskType| -> Vec<String> {
        let wrong = assessed
            .iter()
            .filter(|(expected, _, assessment)| got(assessment) != *expected);
        wrong
            .map(|(expected, prompt, assessment)| {
                let line = prompt.lines().next().unwrap_or_default();
                format!("{expected}: {line}\n  {:?}", assessment.task_types)
            })
            .collect()
    };
    assert!(assessed.len() >= 60);
    let likeliest = wrong(&|assessment| assessment.likeliest);
    assert!(likeliest.len() * 10 <= assessed.len(), "{}", likeliest.join("\n"));
    let unsure = assessed
        .iter()
        .filter(|(_, _, got)| got.task_type == General)
        .count();
    assert!(
        unsure * 4 <= assessed.len(),
        "{unsure} of {} are general",
        assessed.len()
    );
    let sure = wrong(&|assessment| assessment.task_type).len() - unsure;
    assert!(sure * 20 <= assessed.len() - unsure, "{sure} wrong ones are sure");
}

#[test]
fn what_asks_for_nothing_is_general() {
    for (_, prompt) in PROMPTS.iter().filter(|(expected, _)| *expected == General) {
        assert_eq!(router().assess(prompt).task_type, General, "{prompt}");
    }
}

#[test]
fn easy_prompts_come_out_easier_than_hard_ones() {
    let easy = [
        "rename a variable in this function",
        "fix the typo in the readme",
        "What's the capital of Australia?",
        "translate to german: good morning",
        "sort these names alphabetically: Zoe, Adam, Mia",
        "write a hello world program in go",
        "add a comment above the loop",
        "remove the unused imports in src/main.py",
    ];
    let hard = [
        "prove the scheduler cannot deadlock, and redesign it if it can",
        "design a lock free queue and prove it linearizable",
        "migrate our monolith to microservices with zero downtime and without breaking the public api",
        "find the race condition behind this intermittent crash in the async scheduler",
        "derive the optimal sharding strategy for a multi region database at scale",
        "implement a type checker for a language with lifetimes from scratch",
    ];
    let router = router();
    let score = |task: &str| router.assess(task).difficulty.score.unwrap();
    for easy in easy {
        for hard in hard {
            assert!(
                score(easy) < score(hard),
                "{easy}: {}, {hard}: {}",
                score(easy),
                score(hard)
            );
        }
    }
}

#[test]
fn a_version_number_is_no_arithmetic_and_a_failing_suite_is_debugging() {
    let kind = |task: &str| router().assess(task).likeliest;
    assert_ne!(
        kind("Upgrade React 17 to 19 across our monorepo"),
        TaskType::ReasoningMath
    );
    assert_eq!(
        kind(
            "Our CI is flaky: the integration tests fail intermittently with a timeout, find the root cause"
        ),
        TaskType::CodeDebugReview
    );
}

#[test]
fn stakes_needs_and_workflow_follow_the_words() {
    let router = router();
    let check = |task: &str, stakes: Stakes, needs: &[&str], workflow: &str| {
        let got = router.assess(task);
        assert_eq!(
            (got.stakes, &got.needs[..], got.suggested_workflow),
            (stakes, needs, workflow),
            "{task}"
        );
    };
    check(
        "write a python function that reverses a list",
        Stakes::Low,
        &[],
        "code_change",
    );
    check(
        "delete all users from the production database with a sql script",
        Stakes::High,
        &[],
        "code_change",
    );
    check("review this pull request", Stakes::Low, &[], "code_review");
    check(
        "design the architecture of a distributed scheduler",
        Stakes::Low,
        &[],
        "research",
    );
    check(
        "search the web for the latest news on rust and summarize it",
        Stakes::Low,
        &["web"],
        "none",
    );
    check("draft an email about the deploy", Stakes::Medium, &[], "none");
}
