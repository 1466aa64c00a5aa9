//! What one statement does.

use super::lexer::Statement;

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

/// Whether a WHERE says more than "all rows".
fn narrowed(words: &[&str]) -> bool {
    let Some(at) = words.iter().position(|word| *word == "WHERE") else {
        return words.contains(&"LIMIT") || words.contains(&"USING") && words.contains(&"ON");
    };
    let condition = words.get(at + 1..).unwrap_or_default();
    let end = condition
        .iter()
        .position(|word| matches!(*word, "RETURNING" | "ORDER" | "LIMIT"))
        .unwrap_or(condition.len());
    let condition: Vec<&str> = condition
        .iter()
        .take(end)
        .copied()
        .filter(|word| !matches!(*word, "(" | ")"))
        .collect();
    // One part that always holds makes an OR hold, all of them make an AND.
    condition
        .split(|word| *word == "OR")
        .all(|part| part.split(|word| *word == "AND").any(|part| !always(part)))
}

/// Whether a condition holds of every row.
fn always(condition: &[&str]) -> bool {
    let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    match condition {
        [] | ["TRUE"] | [_, "LIKE", "''"] | [_, "IS", "NOT", "NULL"] => true,
        [one] => number(one) && *one != "0",
        [left, "=", right] if left == right => *left != "''" || condition.len() == 3,
        [left, "<" | ">", "=", right] | [left, "<", ">", right] if number(left) && number(right) => true,
        [left, "<" | ">", right] if number(left) && number(right) => true,
        [left, ">", right] | [left, ">", "=", right] => left.ends_with("ID") && matches!(*right, "0" | "1"),
        _ => false,
    }
}

/// Whether a statement of some dialect begins like this.
fn begins_statement(word: &str) -> bool {
    const FIRST: [&str; 104] = [
        "SELECT",
        "WITH",
        "VALUES",
        "TABLE",
        "FROM",
        "SHOW",
        "EXPLAIN",
        "DESCRIBE",
        "DESC",
        "USE",
        "SET",
        "RESET",
        "BEGIN",
        "START",
        "COMMIT",
        "END",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "ABORT",
        "CREATE",
        "ALTER",
        "DROP",
        "TRUNCATE",
        "INSERT",
        "UPDATE",
        "DELETE",
        "MERGE",
        "REPLACE",
        "UPSERT",
        "COPY",
        "LOAD",
        "IMPORT",
        "EXPORT",
        "UNLOAD",
        "GRANT",
        "REVOKE",
        "DENY",
        "ANALYZE",
        "VACUUM",
        "REINDEX",
        "CLUSTER",
        "OPTIMIZE",
        "CHECK",
        "REPAIR",
        "CHECKSUM",
        "REFRESH",
        "COMMENT",
        "SECURITY",
        "LOCK",
        "UNLOCK",
        "LISTEN",
        "NOTIFY",
        "UNLISTEN",
        "DECLARE",
        "FETCH",
        "MOVE",
        "CLOSE",
        "OPEN",
        "PREPARE",
        "EXECUTE",
        "EXEC",
        "DEALLOCATE",
        "DISCARD",
        "CALL",
        "DO",
        "IF",
        "WHILE",
        "FOR",
        "LOOP",
        "RETURN",
        "RAISE",
        "PRINT",
        "PERFORM",
        "CASE",
        "PRAGMA",
        "ATTACH",
        "DETACH",
        "INSTALL",
        "SUMMARIZE",
        "PIVOT",
        "FLUSH",
        "KILL",
        "PURGE",
        "HANDLER",
        "CHANGE",
        "STOP",
        "BINLOG",
        "RENAME",
        "DELIMITER",
        "SOURCE",
        "STATUS",
        "HELP",
        "QUIT",
        "EXIT",
        "GO",
        "DBCC",
        "BACKUP",
        "RESTORE",
        "BATCH",
        "APPLY",
        "SYSTEM",
        "EXISTS",
        "ELSE",
    ];
    const MORE: [&str; 14] = [
        "REASSIGN",
        "CHECKPOINT",
        "INITIATE",
        "MSCK",
        "CACHE",
        "UNCACHE",
        "LIST",
        "PUT",
        "GET",
        "REMOVE",
        "UNDROP",
        "WATCH",
        "ELSEIF",
        "EXCEPTION",
    ];
    FIRST.contains(&word)
        || MORE.contains(&word)
        || word.starts_with('"')
        || matches!(word, "(" | ")" | "''" | "@" | "*" | "," | ".")
}
