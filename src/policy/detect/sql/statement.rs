//! What one statement does.

use super::lexer::Statement;
use super::words::{begins_statement, narrowed};

/// An effect's name, its family, and the table or whatever else it happens to.
type Found = (String, &'static str, Option<String>);

/// What the statement does.
pub(super) fn effects(statement: &Statement) -> Vec<Found> {
    let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
    let words = without_prefix(&words);
    let has = |word: &str| words.contains(&word);
    let plain = |id: &str, family: &'static str| vec![(id.to_owned(), family, None)];
    let named = |id: &str, after: &[&str]| vec![(id.to_owned(), "destroy", name_after(words, after))];
    match words {
        ["DROP", what, ..] => {
            let what = if matches!(*what, "MATERIALIZED" | "FOREIGN" | "TEMPORARY" | "EXTERNAL") {
                words.get(2).copied().unwrap_or(what)
            } else {
                what
            };
            let kind: String = what.chars().filter(char::is_ascii_alphanumeric).collect();
            named(
                &format!("sql.drop.{}", kind.to_ascii_lowercase()),
                &[what, "EXISTS", "CONCURRENTLY"],
            )
        }
        ["TRUNCATE", ..] => named("sql.truncate", &["TRUNCATE", "TABLE", "ONLY", "EXISTS"]),
        ["DELETE", ..] if !narrowed(words) => named("sql.delete.all", &["DELETE", "FROM", "ONLY"]),
        ["UPDATE", ..] if !narrowed(words) => named("sql.update.all", &["UPDATE", "ONLY"]),
        ["WITH", ..] if has("DELETE") && !has("WHERE") => plain("sql.delete.all", "destroy"),
        ["WITH", ..] if has("UPDATE") && has("SET") && !has("WHERE") => plain("sql.update.all", "destroy"),
        ["ALTER", "TABLE", ..] => altered(words),
        ["ALTER", "SYSTEM" | "DATABASE", ..] if has("SET") || has("RESET") || has("DROP") => {
            plain("sql.alter.drop", "destroy")
        }
        ["CREATE", "OR", "REPLACE", "TABLE" | "DATABASE" | "SCHEMA", ..] => plain("sql.replace", "destroy"),
        ["INSERT", "OVERWRITE", ..] => plain("sql.replace", "destroy"),
        ["GRANT", ..]
            if ["ALL", "SUPERUSER", "ADMIN", "SUPER", "OWNERSHIP", "DBA"]
                .iter()
                .any(|word| has(word)) =>
        {
            plain("sql.grant", "privilege")
        }
        ["REVOKE", ..] => plain("sql.grant", "privilege"),
        ["ALTER" | "CREATE", "USER" | "ROLE" | "LOGIN", ..] | ["SET", "PASSWORD", ..] => {
            plain("sql.role", "privilege")
        }
        ["COPY", ..] if has("PROGRAM") => plain("opaque.exec", "opaque"),
        ["CREATE", .., "LANGUAGE"] => Vec::new(),
        ["LOAD", ..] if !has("DATA") => plain("opaque.exec", "opaque"),
        ["SHUTDOWN", ..] | ["KILL", ..] => plain("sql.stop", "destroy"),
        ["RESET", "MASTER" | "SLAVE" | "REPLICA", ..] | ["PURGE", ..] => plain("sql.logs", "destroy"),
        ["FLUSH", "LOGS", ..] | ["OPTIMIZE" | "VACUUM" | "REINDEX" | "CLUSTER", ..] => Vec::new(),
        ["DETACH", "TABLE" | "DATABASE" | "VIEW", .., "PERMANENTLY"] => plain("sql.drop.table", "destroy"),
        ["MERGE", ..] if has("DELETE") => plain("sql.update.all", "overwrite"),
        ["SELECT" | "CALL" | "PERFORM" | "WITH", ..] => called(words),
        ["EXEC" | "EXECUTE", ..] if has("XP_CMDSHELL") => plain("opaque.exec", "opaque"),
        [first, ..] if !begins_statement(first) => plain("opaque.exec", "opaque"),
        _ => Vec::new(),
    }
}

/// Whether the statement runs the texts in it.
pub(super) fn runs_text(statement: &Statement) -> bool {
    let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
    let has = |word: &str| words.contains(&word);
    match words.as_slice() {
        ["DO", ..] => true,
        [
            "EXEC" | "EXECUTE",
            "IMMEDIATE" | "(" | "@" | "''" | "SP_EXECUTESQL" | "N",
            ..,
        ] => true,
        ["PREPARE", .., "''"] if has("FROM") => true,
        [.., "EXECUTE", "''"] | [.., "EXECUTE", "''", ";"] => true,
        ["BEGIN" | "DECLARE" | "IF", ..] if has("EXECUTE") => true,
        _ => [
            "DBLINK_EXEC",
            "DBLINK",
            "OPENQUERY",
            "QUERY_TO_XML",
            "XP_CMDSHELL",
        ]
        .iter()
        .any(|call| has(call)),
    }
}

/// Without `EXPLAIN ANALYZE`, `BEGIN`, `ELSE` and their like before a statement of a block.
fn without_prefix<'a>(words: &'a [&'a str]) -> &'a [&'a str] {
    let mut rest = words;
    while let [first, next, later @ ..] = rest {
        let label = matches!(*first, "BEGIN" | "ELSE" | "THEN" | "LOOP" | "(") && *next != "TRANSACTION";
        let analyzed = matches!((*first, *next), ("EXPLAIN", "ANALYZE"));
        if label {
            rest = rest.get(1..).unwrap_or_default();
        } else if analyzed {
            rest = later;
        } else {
            break;
        }
    }
    rest
}

fn name_after(words: &[&str], after: &[&str]) -> Option<String> {
    let skipped = ["IF", "EXISTS", "TABLE", "FROM", "ONLY", "CONCURRENTLY"];
    let at = words.iter().position(|word| after.contains(word))?;
    let mut names = words
        .iter()
        .skip(at + 1)
        .filter(|word| !skipped.contains(word) && !after.contains(word));
    let name = names
        .next()
        .filter(|word| !matches!(**word, "(" | "''" | "*" | "@"))?;
    Some(name.trim_matches('"').to_lowercase())
}

fn altered(words: &[&str]) -> Vec<Found> {
    let Some(at) = words
        .iter()
        .position(|word| matches!(*word, "DROP" | "TRUNCATE" | "DELETE"))
    else {
        return Vec::new();
    };
    let (id, family) = match (words.get(at), words.get(at + 1)) {
        (Some(&"DROP"), Some(&("NOT" | "DEFAULT" | "EXPRESSION" | "IDENTITY"))) => return Vec::new(),
        (Some(&"DROP"), Some(&("CONSTRAINT" | "INDEX" | "KEY" | "FOREIGN" | "PRIMARY" | "CHECK"))) => {
            ("sql.alter.constraint", "overwrite")
        }
        (Some(&"DELETE"), _) if narrowed(words) => return Vec::new(),
        _ => ("sql.alter.drop", "destroy"),
    };
    vec![(id.to_owned(), family, name_after(words, &["TABLE"]))]
}

/// Functions that do what no `SELECT` should.
fn called(words: &[&str]) -> Vec<Found> {
    let calls = words.windows(2).filter(|pair| pair.get(1) == Some(&"("));
    let mut found = Vec::new();
    for name in calls.filter_map(|pair| pair.first()) {
        match *name {
            "PG_TERMINATE_BACKEND" | "PG_CANCEL_BACKEND" => {
                found.push(("sql.terminate".to_owned(), "destroy", None));
            }
            "LO_UNLINK"
            | "DROP_CHUNKS"
            | "PG_DROP_REPLICATION_SLOT"
            | "PG_SWITCH_WAL_DROP"
            | "DROPGEOMETRYTABLE" => {
                found.push(("sql.drop.object".to_owned(), "destroy", None));
            }
            "SYS_EXEC" | "SYS_EVAL" | "XP_CMDSHELL" | "PG_EXECUTE_SERVER_PROGRAM" => {
                found.push(("opaque.exec".to_owned(), "opaque", None));
            }
            _ => {}
        }
    }
    found
}
