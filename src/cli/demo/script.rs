//! What the demo's host knows and hands in. The server judges it like anything else.

use serde_json::{Value, json};

pub(super) const TASK: &str =
    "Fix the bug in invoice.py: total() charges customers more, not less, when they have a discount.";

pub(super) const BUGGY_FILE: &str = "\
def total(prices, discount=0.0):
    \"\"\"The sum of the prices less the discount, a share between 0 and 1.\"\"\"
    return sum(prices) * (1 + discount)
";

pub(super) const FIXED_FILE: &str = "\
def total(prices, discount=0.0):
    \"\"\"The sum of the prices less the discount, a share between 0 and 1.\"\"\"
    if not 0 <= discount <= 1:
        raise ValueError(f\"discount {discount} is not between 0 and 1\")
    return sum(prices) * (1 - discount)
";

pub(super) const LESSON: &str = "Discounts in invoice.py are shares to take off: multiply by (1 - discount), and refuse values outside 0 to 1.";

/// Shares no whole word with the lesson but `invoice`'s file and the stem of `multiply`.
pub(super) const QUERY: &str = "multiplying the invoice with a discounted share";

pub(super) fn understanding() -> Value {
    json!({
        "goal": "total() takes the discount off the sum instead of adding it",
        "cause": "invoice.py line 3 multiplies by (1 + discount)",
        "acceptance": ["total([100.0], 0.2) returns 80.0", "total([100.0]) returns 100.0"],
        "files": [{"path": "invoice.py", "why": "the sign of the discount is wrong"}],
        "risks": ["a caller may pass a percentage instead of a share"],
    })
}

/// The change with a closing bracket left out.
pub(super) fn wrong_change() -> String {
    change(&FIXED_FILE.replace("(1 - discount)", "(1 - discount"))
}

/// What the host hands in for a step of the template `code_change`, once it does it right.
pub(super) fn output(step: &str) -> Option<Value> {
    Some(match step {
        "understand" => understanding(),
        "implement" => json!(change(FIXED_FILE)),
        "review" => json!({
            "verdict": "approve",
            "criteria": [
                {"criterion": "total([100.0], 0.2) returns 80.0", "met": true, "evidence": "invoice.py line 5"},
                {"criterion": "total([100.0]) returns 100.0", "met": true, "evidence": "the default discount is 0.0"},
            ],
            "findings": [],
            "looked_at": ["invoice.py"],
        }),
        "finish" => json!(
            "A discount now lowers the total.\n\nThe review had no findings. Nothing was run: this demo is a host without \
             Python. Nothing else stays open."
        ),
        _ => return None,
    })
}

fn change(file: &str) -> String {
    format!("invoice.py\n\n```python\n{file}```\n\nNothing was run: this demo is a host without Python.\n")
}
