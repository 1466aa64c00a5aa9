//! Commands: how many are denied, how many need approval; beside it a list of patterns.

use std::collections::BTreeMap;

use firstmate::domain::{Action, ActionKind, Effect};
use firstmate::policy::{Bundle, Facts};
use regex::RegexSet;
use serde_json::json;

use crate::report::{Report, share};
use crate::rows::Command;

/// The list first thought of.
const NAIVE: [&str; 14] = [
    r"\brm\s+-\w*[rf]",
    r"\bgit\s+push\b.*(--force|-f\b)",
    r"\bgit\s+(reset\s+--hard|clean\s+-\w*f)",
    r"(?i)\bdrop\s+(table|database|schema)\b",
    r"(?i)\bdelete\s+from\b",
    r"(?i)\btruncate\b",
    r"\bdd\s+.*of=/dev/",
    r"\bmkfs",
    r"\|\s*(sudo\s+)?(ba|z)?sh\b",
    r"\b(delete|destroy|remove|purge|prune|drop|terminate)\b",
    r"\bchmod\s+-R\s+777",
    r">\s*/dev/sd",
    r"\bshutdown\b|\breboot\b",
    r"\bsudo\b",
];

#[derive(Debug, Default)]
struct Count {
    denied: usize,
    asked: usize,
    naive: usize,
    all: usize,
}

pub(crate) fn measure(file: &str, rows: &[Command], report: &mut Report) {
    let bundle = Bundle::builtin();
    let naive = RegexSet::new(NAIVE).unwrap_or_else(|_| RegexSet::empty());
    let mut counts: BTreeMap<(&str, bool), Count> = BTreeMap::new();
    for row in rows {
        let destructive = row.label == "destructive" || row.label == 1;
        let facts = Facts::of(
            &Action::new(ActionKind::Shell).with_content(row.command.clone()),
            None,
        );
        let effect = bundle.evaluate(&facts).effect;
        let count = counts.entry((&row.pack, destructive)).or_default();
        count.all += 1;
        count.denied += usize::from(effect == Effect::Deny);
        count.asked += usize::from(effect == Effect::RequireApproval);
        count.naive += usize::from(naive.is_match(&row.command));
        if (effect >= Effect::RequireApproval) != destructive {
            report.tell(|| format!("{effect:?}: {}", row.command));
        }
    }
    let columns = [
        "pack",
        "label",
        "denied",
        "asked",
        "stopped",
        "of",
        "share",
        "naive list",
    ];
    report.table(format!("Commands: {file}"), &columns);
    for label in [true, false] {
        let mut all = Count::default();
        for ((pack, _), count) in counts.iter().filter(|((_, found), _)| *found == label) {
            report.row(cells(pack, label, count));
            all.denied += count.denied;
            all.asked += count.asked;
            all.naive += count.naive;
            all.all += count.all;
        }
        if all.all > 0 {
            report.row(cells("all", label, &all));
        }
    }
}

fn cells(pack: &str, destructive: bool, count: &Count) -> Vec<serde_json::Value> {
    let stopped = count.denied + count.asked;
    vec![
        json!(pack),
        json!(if destructive { "destructive" } else { "safe" }),
        json!(count.denied),
        json!(count.asked),
        json!(stopped),
        json!(count.all),
        json!(share(stopped, count.all)),
        json!(share(count.naive, count.all)),
    ]
}
