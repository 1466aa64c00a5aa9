//! What is the same, and what only looks so.

use super::*;

fn check(one: &str, other: &str, same: bool) {
    let (one_is, other_is) = (Essence::of(one), Essence::of(other));
    assert_eq!(one_is.is_same(&other_is), same, "{one:?} {other:?}");
}

#[test]
fn case_punctuation_plurals_and_emphasis_do_not_make_another_lesson() {
    for (one, other) in [
        (
            "Retry the deploy when the cache is cold.",
            "retry the deploy, when the cache is cold!!",
        ),
        (
            "Retry the deploys when caches are cold",
            "Just retry deploy when the cache are cold",
        ),
        (
            "Run migrations first - then restart",
            "Run migrations first; then restart",
        ),
        (
            "The \"worker\" leaks memory (slowly)",
            "The worker leaks memory, slowly",
        ),
        (
            "Don't re-run `build_all` in src/main.rs",
            "DONT RERUN BUILDALL IN SRCMAINRS",
        ),
        (
            "Batches of queries fill both caches at 10% load",
            "A batch of query fill both cache - at 10% load!",
        ),
        (
            "Pass \"-v\" twice (or --verbose), then read build.log",
            "PASS -v TWICE, OR --VERBOSE; THEN READ BUILD.LOG!!!",
        ),
    ] {
        check(one, other, true);
    }
}

#[test]
fn names_numbers_order_negation_and_signs_do() {
    for (one, other) in [
        (
            "The payment service retries three times",
            "The billing service retries three times",
        ),
        (
            "The service listens on port 8080 there",
            "The service listens on port 8081 there",
        ),
        (
            "Start the api before the worker now",
            "Start the worker before the api now",
        ),
        ("Do retry the deploy at once", "Do not retry the deploy at once"),
        (
            "It fails when x < 5 in the loop",
            "It fails when x > 5 in the loop",
        ),
        ("Call rm with -f on the build", "Call rm with f on the build"),
        ("Return if !ready in the loop", "Return if ready in the loop"),
        ("Growth of 5% breaks the budget", "Growth of 5 breaks the budget"),
        (
            "Pin the parser to version 1.2 now",
            "Pin the parser to version 12 now",
        ),
        ("Fix it", "Fix it!"),
        (
            "It fails when x != 5 in the loop",
            "It fails when x = 5 in the loop",
        ),
        ("The area is a * b at most", "The area is a / b at most"),
        ("Write the client in C# for now", "Write the client in C for now"),
        ("A seat costs €5 in the shop", "A seat costs £5 in the shop"),
        (
            "✅ Share one connection per worker",
            "❌ Share one connection per worker",
        ),
        (
            "Keep the secret in .env of the repository",
            "Keep the secret in env of the repository",
        ),
        (
            "Open the ports 80-443 on the host",
            "Open the ports 80, 443 on the host",
        ),
        (
            "Wait 1 2 seconds between the retries",
            "Wait 12 seconds between the retries",
        ),
        ("Push with --force to the branch", "Push with force to the branch"),
        ("Set the offset to (-5) for now", "Set the offset to (5) for now"),
        (
            "The operator restarts the worker nightly",
            "The operation restarts the worker nightly",
        ),
        (
            "Load the important module at the start",
            "Load the import module at the start",
        ),
        (
            "Deployed the api before the worker",
            "Deploy the api before the worker",
        ),
        (
            "Ask GET /users for the whole list",
            "Ask GET /user for the whole list",
        ),
        (
            "Talk to the proxy by https only",
            "Talk to the proxy by http only",
        ),
        ("Commit with -a in the hook", "Commit with -an in the hook"),
        (
            "Use tabs in the whole repository?",
            "Use tabs in the whole repository.",
        ),
    ] {
        check(one, other, false);
    }
}

#[test]
fn numbers_negations_and_opposites_leave_the_shape() {
    for (one, other) in [
        (
            "The service listens on port 8080 there",
            "the service listens on port 8081 there",
        ),
        ("Do retry the deploy at once", "Do not retry the deploy at once"),
        (
            "Restart the worker before the api",
            "Restart the worker after the api",
        ),
        (
            "Retrying is enabled by default here",
            "Retrying is disabled by default here",
        ),
    ] {
        assert_eq!(
            Essence::of(one).shape,
            Essence::of(other).shape,
            "{one:?} {other:?}"
        );
        check(one, other, false);
    }
    let others = ["The payment service retries", "The billing service retries"].map(Essence::of);
    assert_ne!(others[0].shape, others[1].shape);
}

#[test]
fn lists_are_sorted() {
    assert!(FILLERS.is_sorted() && NEGATIONS.is_sorted() && NO_PLURALS.is_sorted());
}
