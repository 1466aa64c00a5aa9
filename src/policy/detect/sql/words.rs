//! What the words of a statement say: whether a condition narrows it, and whether it is one.

/// Whether a WHERE says more than "all rows".
pub(super) fn narrowed(words: &[&str]) -> bool {
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
pub(super) fn begins_statement(word: &str) -> bool {
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
