//! Harmless texts: how many have a finding of an injection, and how many are not simply allowed.

use std::collections::BTreeMap;

use firstmate::detect::Class;
use firstmate::domain::{Action, ActionKind, Effect};
use firstmate::policy::{Bundle, Facts};
use serde_json::json;

use crate::report::{Report, share};
use crate::rows::Prompt;

pub(crate) fn measure(file: &str, rows: &[Prompt], report: &mut Report) {
    let bundle = Bundle::builtin();
    let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for row in rows {
        let facts = Facts::of(
            &Action::new(ActionKind::ModelRequest).with_content(row.text.clone()),
            None,
        );
        let effect = bundle.evaluate(&facts).effect;
        let injected = facts
            .findings
            .iter()
            .find(|found| matches!(found.class, Class::Unicode | Class::Structure | Class::Url));
        for source in [row.source.as_str(), "all"] {
            let count = counts.entry(source).or_default();
            count[0] += usize::from(injected.is_some());
            count[1] += usize::from(effect > Effect::Allow);
            count[2] += usize::from(effect >= Effect::Redact);
            count[3] += 1;
        }
        if let Some(found) = injected {
            report.tell(|| {
                format!(
                    "{file}: {} in {:?}",
                    found.detector,
                    row.text.chars().take(80).collect::<String>()
                )
            });
        } else if effect > Effect::Allow {
            let rules = bundle.evaluate(&facts).rules;
            report.tell(|| {
                format!(
                    "{file}: {effect:?} by {:?}",
                    rules.iter().map(|rule| &rule.matched).collect::<Vec<_>>()
                )
            });
        }
    }
    let columns = [
        "source",
        "injection found",
        "of",
        "share",
        "warned or more",
        "changed or more",
    ];
    report.table(format!("Harmless prompts: {file}"), &columns);
    for (source, [injected, warned, changed, all]) in counts {
        report.row(vec![
            json!(source),
            json!(injected),
            json!(all),
            json!(share(injected, all)),
            json!(warned),
            json!(changed),
        ]);
    }
}
