//! What `firstmate route report` prints.

use std::fmt::Write as _;

use super::usd;
use crate::cli::policy::answer::minute;
use crate::cli::policy::counted;
use crate::cli::screen::{Ink, Screen, cut, padded};
use crate::routing::report::{Baseline, How, Interval, Line, MAX_ROUTES, Regret, Report, Single, Spent};

/// Columns of a name.
const NAME: usize = 28;
/// Rows of a table.
const MAX_ROWS: usize = 15;

/// The report in words.
#[must_use]
pub fn told(report: &Report, project: &str, screen: Screen) -> String {
    let Some((from, until)) = report.period else {
        return format!(
            "{}: no routing decision on record\n",
            cut(project, screen.room(35).max(20))
        );
    };
    let mut said = format!(
        "{}: {} from {} to {}\n",
        screen.ink(Ink::Strong, &cut(project, 60)),
        counted(report.all.calls, "call"),
        minute(from),
        minute(until)
    );
    if report.is_cut {
        let _written = writeln!(said, "only the newest {MAX_ROUTES} were looked at");
    }
    said += &screen.prose(&money(&report.all, report.spent.as_ref()), 0);
    said += "\n";
    said += &screen.prose(&success(&report.all), 0);
    if let Some(regret) = &report.regret {
        said += &screen.prose(&lost(regret), 0);
    }
    said.push('\n');
    said += &match &report.baseline {
        Some(baseline) => against(baseline, screen),
        None => "No call can be compared with a single model: none has a cost on record and a model with a price.\n"
            .to_owned(),
    };
    said += &singles(&report.singles, screen);
    said += &table("by type", &report.types, screen);
    said += &table("by model", &report.models, screen);
    said
}

fn money(all: &Line, spent: Option<&Spent>) -> String {
    let mut said = format!("expected to cost {}", usd(all.expected_usd));
    if all.priced < all.calls {
        let _written = write!(
            said,
            " ({} of them; the others were recorded without a cost)",
            all.priced
        );
    }
    let _written = match spent {
        None => write!(said, "; what it really cost was reported for none"),
        Some(spent) => write!(
            said,
            "; really cost {} as reported for {}, expected {} for {} of them",
            usd(spent.usd),
            counted(spent.calls, "call"),
            usd(spent.expected_usd),
            spent.expected_calls
        ),
    };
    said
}

fn success(all: &Line) -> String {
    let observed = &all.observed;
    let share = observed.without as f64 / all.calls.max(1) as f64 * 100.0;
    let unknown = format!(
        "{} of {} calls ({share:.0} %) have no outcome: how they went is not known, and they count as nothing",
        observed.without, all.calls
    );
    match &observed.mean {
        None => unknown,
        Some(mean) => format!(
            "observed success {} over {} with an outcome; {unknown}",
            interval(mean),
            counted(observed.calls, "call")
        ),
    }
}

fn lost(regret: &Regret) -> String {
    format!(
        "regret {}: over these {} the likeliest model for each, whatever it costs and whatever the limits were, has a \
         mean chance of {:.3}, observed were {:.3}",
        interval(&regret.regret),
        counted(regret.calls, "call"),
        regret.best_p,
        regret.observed
    )
}

fn interval(mean: &Interval) -> String {
    format!("{:.2} (95 %: {:.2} to {:.2})", mean.value, mean.low, mean.high)
}

fn against(baseline: &Baseline, screen: Screen) -> String {
    let how = match baseline.how {
        How::Named => "named by --baseline".to_owned(),
        How::BestSingle => format!(
            "the best single model: the cheapest that keeps {:.0} % of the best mean chance",
            baseline.quality_target * 100.0
        ),
        How::BestBelowDearest => format!(
            "only the dearest model keeps {:.0} % of the best mean chance; this is the likeliest to succeed of the others",
            baseline.quality_target * 100.0
        ),
    };
    let saved = match baseline.saved.share {
        Some(share) if share >= 0.0 => format!("saved {:.1} %", share * 100.0),
        Some(share) => format!("cost {:.1} % more", -share * 100.0),
        None => "nothing to save: it costs nothing".to_owned(),
    };
    let kept = baseline.quality_kept.map_or(String::new(), |kept| {
        format!(", {:.1} % of its quality", kept * 100.0)
    });
    let mut said = format!(
        "{} {} ({how}; {})\n  {} instead of {}: {}\n  mean chance of success {:.3} instead of {:.3}{kept}\n",
        screen.ink(Ink::Strong, "against"),
        screen.ink(Ink::Strong, &baseline.model),
        counted(baseline.calls, "call"),
        usd(baseline.saved.routed_usd),
        usd(baseline.saved.baseline_usd),
        screen.ink(Ink::Strong, &saved),
        baseline.routed_p,
        baseline.mean_p
    );
    if baseline.is_dearest {
        said += &screen.prose(
            "No model of the catalogue costs more than this one, so nearly any choice would save: compare with another by \
             --baseline.",
            2,
        );
    }
    said + "  Costs are expected ones; chances are what is known now, for both.\n"
}

fn singles(singles: &[Single], screen: Screen) -> String {
    if singles.is_empty() {
        return String::new();
    }
    let head = format!("{} mean p       cost", padded("had one done everything", NAME));
    let mut said = format!("\n{}\n", screen.ink(Ink::Strong, &head));
    for single in singles {
        let _written = writeln!(
            said,
            "{} {:>6.3} {:>10}",
            padded(&cut(&single.model, NAME), NAME),
            single.mean_p,
            single.cost_usd.map_or("?".to_owned(), usd)
        );
    }
    said
}

fn table(title: &str, lines: &[Line], screen: Screen) -> String {
    let head = format!(
        "{} {:>7} {:>10} {:>7} {:>7}  {} {:>6}",
        padded(title, NAME),
        "calls",
        "expected",
        "saved",
        "mean p",
        padded("observed (95 %)", 19),
        "of"
    );
    let mut said = format!("\n{}\n", screen.ink(Ink::Strong, &head));
    for line in lines.iter().take(MAX_ROWS) {
        let mean_p = line.mean_p.map_or("?".to_owned(), |p| format!("{p:.3}"));
        let saved = line.saved.and_then(|saved| saved.share);
        let saved = saved.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0));
        let observed = line.observed.mean.map_or("-".to_owned(), |mean| {
            format!("{:.2} ({:.2} to {:.2})", mean.value, mean.low, mean.high)
        });
        let _written = writeln!(
            said,
            "{} {:>7} {:>10} {saved:>7} {mean_p:>7}  {} {:>6}",
            padded(&cut(&line.name, NAME), NAME),
            line.calls,
            usd(line.expected_usd),
            padded(&observed, 19),
            line.observed.calls
        );
    }
    if lines.len() > MAX_ROWS {
        let more = format!("and {} more", lines.len() - MAX_ROWS);
        let _written = writeln!(said, "{}", screen.ink(Ink::Faint, &more));
    }
    said
}
