//! CSS that its grammar does not know yet, in words of the same length that it knows.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// `code` with what the grammar refuses and browsers take made plain; every byte stays in its place.
pub(super) fn plainer(code: &str) -> String {
    let code = IMPORTANT.replace_all(code, |found: &Captures<'_>| right(found, "!important"));
    let code = ADDRESS.replace_all(&code, |found: &Captures<'_>| {
        let inside = length(found).saturating_sub("url()".len());
        format!("url({})", "x".repeat(inside))
    });
    let code = FILTER.replace_all(&code, |found: &Captures<'_>| "x".repeat(length(found)));
    CONDITION
        .replace_all(&code, |found: &Captures<'_>| left(found, "@media all"))
        .into_owned()
}

fn length(found: &Captures<'_>) -> usize {
    found.get(0).map_or(0, |all| all.len())
}

fn right(found: &Captures<'_>, text: &str) -> String {
    format!("{}{text}", " ".repeat(length(found).saturating_sub(text.len())))
}

fn left(found: &Captures<'_>, text: &str) -> String {
    format!("{text}{}", " ".repeat(length(found).saturating_sub(text.len())))
}

static IMPORTANT: LazyLock<Regex> = LazyLock::new(|| compiled(r"!\s+important\b"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r#"url\((?:"(?:[^"\\\n]|\\(?s:.))*"|'(?:[^'\\\n]|\\(?s:.))*'|[^)"'\s{};][^)"'\s]*)\)"#)
});
// What old versions of one browser were told.
static FILTER: LazyLock<Regex> = LazyLock::new(|| compiled(r"progid:[\w.]+\([^()\n;{}]*\)"));
// Ranges: `@media (width < 14em)`.
static CONDITION: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"@(?:media|container)\b(?:[^{};()]|\([^{};()]*\))*[<>](?:[^{};()]|\([^{};()]*\))*\)|@(?:media|container)\b(?:[^{};()]|\([^{};()]*\))*\([^{};()]*[<>][^{};()]*\)(?:[^{};()]|\([^{};()]*\))*",
    )
});

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and the tests compile them"
)]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}
