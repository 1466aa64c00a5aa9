//! Answers in words.

use std::fmt::Write as _;

use super::answer::{Entries, Proof, Report, Signed};
use crate::audit::Stored;
use crate::audit::verify::{Kind, Problem};
use crate::cli::screen::{Ink, Screen, cut, padded, visible};
use crate::domain::{ActionResult, AuditEntry, Effect};

impl Signed {
    /// The note as it is, and below it what the tools that check notes are given.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{}\nverifier: {}\n", self.checkpoint, self.verifier)
    }
}

impl Proof {
    /// In lines.
    #[must_use]
    pub fn told(&self) -> String {
        let mut told = format!(
            "entry {}\n{}\n\nleaf {}\nbeside the way to the root, nearest first:\n",
            self.seq,
            visible(&self.leaf),
            self.hash
        );
        for hash in &self.inclusion {
            told.extend(["  ", &hash.to_string(), "\n"]);
        }
        told + &format!("\n{}\nverifier: {}\n", self.checkpoint, self.verifier)
    }
}

impl Report {
    /// In lines; what is wrong stands last.
    #[must_use]
    pub fn told(&self, screen: Screen) -> String {
        let mut told = String::new();
        let mut line = |text: String| told.extend([text.as_str(), "\n"]);
        line(format!(
            "{} read in {}",
            counted(self.entries, "entry", "entries"),
            counted(self.segments, "segment", "segments")
        ));
        match &self.root {
            Some(root) => line(format!("{} of them signed, root {root}", self.signed)),
            None => line("none of them signed yet".to_owned()),
        }
        line(format!(
            "{} and {} checked",
            counted(self.checkpoints, "checkpoint", "checkpoints"),
            counted(self.documents, "fact document", "fact documents")
        ));
        if self.carried > 0 {
            line(format!(
                "{} from before the Merkle log, whose chain was checked, too",
                counted(self.carried, "entry", "entries")
            ));
        }
        if self.agreed > 0 {
            line(format!(
                "agrees with {} kept elsewhere",
                counted(self.agreed, "checkpoint", "checkpoints")
            ));
        }
        if self.problems.is_empty() {
            line(screen.ink(Ink::Strong, "nothing is wrong"));
        }
        for problem in &self.problems {
            line(format!(
                "{}  {}",
                screen.ink(Ink::Warning, &padded(name(problem.kind), 10)),
                about(problem)
            ));
        }
        if !self.problems.is_empty() {
            line(
                "after an entry that cannot be read, rules that ask what went before (limits, flows, labels) follow their \
                 on_error for a day"
                    .to_owned(),
            );
        }
        told
    }
}

fn about(problem: &Problem) -> String {
    let Problem {
        first, last, detail, ..
    } = problem;
    let entries = if first == last {
        format!("entry {first}")
    } else {
        format!("entries {first} to {last}")
    };
    match detail.is_empty() {
        true => entries,
        false => format!("{entries}: {}", visible(detail)),
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Changed => "changed",
        Kind::Missing => "missing",
        Kind::Moved => "moved",
        Kind::Added => "added",
        Kind::Facts => "facts",
        Kind::Checkpoint => "checkpoint",
        Kind::Chain => "chain",
        Kind::Forked => "forked",
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

impl Entries {
    /// One line each.
    #[must_use]
    pub fn told(&self, screen: Screen) -> String {
        if self.entries.is_empty() {
            return "nothing was recorded\n".to_owned();
        }
        let widest = self
            .entries
            .iter()
            .map(|entry| entry.seq.to_string().len())
            .max()
            .unwrap_or(0);
        let mut told = String::new();
        for entry in &self.entries {
            let number = format!("{:>widest$}", entry.seq);
            let what = match entry.clone().record() {
                Ok(Some((_, record))) => line(&record.entry, screen, widest),
                Ok(None) => "lost before it came into this log".to_owned(),
                Err(error) => error.to_string(),
            };
            // Writing to a string cannot fail.
            let _written = writeln!(told, "{}  {what}", screen.ink(Ink::Strong, &number));
        }
        told
    }
}

fn line(entry: &AuditEntry, screen: Screen, widest: usize) -> String {
    let at = entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let (word, ink) = match (&entry.outcome, entry.effect) {
        (Some(outcome), _) if outcome.result == ActionResult::Failed => ("failed", Ink::Warning),
        (Some(_), _) => ("done", Ink::Faint),
        (None, Effect::Allow) => ("allow", Ink::Faint),
        (None, Effect::Warn) => ("warn", Ink::Warning),
        (None, Effect::Redact) => ("redact", Ink::Warning),
        (None, Effect::RequireApproval) => ("ask", Ink::Warning),
        (None, Effect::Deny) => ("deny", Ink::Warning),
    };
    let kind = serde_json::to_value(entry.kind)
        .ok()
        .and_then(|kind| kind.as_str().map(str::to_owned));
    let mut what = vec![kind.unwrap_or_default()];
    what.extend(entry.tool.clone());
    if entry.tool.as_ref() != Some(&entry.via) {
        what.push(format!("via {}", entry.via));
    }
    if let Some(outcome) = &entry.outcome {
        what.push(format!("(entry {})", outcome.of));
        what.extend(outcome.code.clone());
    } else if !entry.rules.is_empty() {
        what.push(format!("by {}", entry.rules.join(", ")));
    }
    let fixed = widest + 2 + at.len() + 2 + 6 + 2;
    format!(
        "{}  {}  {}",
        screen.ink(Ink::Faint, &at),
        screen.ink(ink, &padded(word, 6)),
        cut(&what.join(" "), screen.room(fixed))
    )
}

impl Stored {
    /// As one line of JSON, in which entry and facts are objects.
    ///
    /// # Errors
    /// When one of them is no JSON.
    pub fn json_line(&self) -> serde_json::Result<String> {
        #[derive(serde::Serialize)]
        struct Line<'a> {
            seq: u64,
            hash: crate::domain::Digest,
            entry: &'a serde_json::value::RawValue,
            #[serde(skip_serializing_if = "Option::is_none")]
            facts: Option<&'a serde_json::value::RawValue>,
        }
        serde_json::to_string(&Line {
            seq: self.seq,
            hash: self.hash,
            entry: serde_json::from_str(&self.leaf)?,
            facts: self.facts.as_deref().map(serde_json::from_str).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Digest;

    fn screen() -> Screen {
        Screen::terminal(80)
    }

    #[test]
    fn what_is_wrong_is_told_with_its_entries() {
        let problem = |kind, first, last, detail: &str| Problem {
            kind,
            first,
            last,
            detail: detail.to_owned(),
        };
        let mut report = Report {
            origin: "log.example".to_owned(),
            verifier: String::new(),
            entries: 9,
            signed: 9,
            root: Some(Digest::of(b"root")),
            checkpoints: 1,
            documents: 2,
            carried: 3,
            segments: 1,
            agreed: 1,
            problems: vec![
                problem(Kind::Changed, 2, 2, "it is not what was signed"),
                problem(Kind::Missing, 4, 7, ""),
            ],
        };
        insta::assert_snapshot!(report.told(screen()), @r"
        9 entries read in 1 segment
        9 of them signed, root 4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2
        1 checkpoint and 2 fact documents checked
        3 entries from before the Merkle log, whose chain was checked, too
        agrees with 1 checkpoint kept elsewhere
        changed     entry 2: it is not what was signed
        missing     entries 4 to 7
        after an entry that cannot be read, rules that ask what went before (limits, flows, labels) follow their on_error for a day
        ");
        report.problems.clear();
        assert!(report.told(screen()).ends_with("nothing is wrong\n"));
    }

    #[test]
    fn an_entry_is_a_line() {
        let leaf = r#"{"action_sha256":"0000000000000000000000000000000000000000000000000000000000000000","at":"2026-01-01T00:00:07Z","bundle":"0000000000000000000000000000000000000000000000000000000000000000","decision":"deny","kind":"shell","org":"local","principal":"ada","project":"/p","rules":["shell.rm"],"seq":7,"tool":"bash","via":"enforce_policy"}"#;
        let stored = |leaf: &str| Stored {
            seq: 7,
            hash: Digest::of(b"x"),
            leaf: leaf.to_owned(),
            facts: Some("{}".to_owned()),
        };
        let failed = leaf.replace(
            r#""org""#,
            r#""outcome":"failed","outcome_code":"store.io","outcome_of":3,"org""#,
        );
        let entries = Entries {
            entries: vec![
                stored(leaf),
                stored(&failed),
                stored(r#"{"lost":"x","seq":7}"#),
                stored("{}"),
            ],
            total: 9,
        };
        insta::assert_snapshot!(entries.told(screen()), @r"
        7  2026-01-01 00:00:07  deny    shell bash via enforce_policy by shell.rm
        7  2026-01-01 00:00:07  failed  shell bash via enforce_policy (entry 3) store.io
        7  lost before it came into this log
        7  the audit log is damaged: an entry cannot be read: missing field `action_sha256` at line 1 column 2
        ");
        let line = stored(leaf).json_line().unwrap();
        assert!(
            line.starts_with(r#"{"seq":7,"hash":""#) && line.contains(r#""entry":{"action_sha256""#),
            "{line}"
        );
    }
}
