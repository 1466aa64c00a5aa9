//! What a SQL script destroys, read from its words with strings and comments left out.

use super::shell::Effect;

/// What the statements in `text` destroy or grant; `program` is what sends them.
#[must_use]
pub fn inspect(text: &str, program: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for statement in statements(text).iter().take(MAX_STATEMENTS) {
        let words: Vec<&str> = statement.iter().map(String::as_str).collect();
        let has = |word: &str| words.contains(&word);
        let found = match words.as_slice() {
            ["DROP", what, ..] => Some((format!("sql.drop.{}", what.to_ascii_lowercase()), "destroy")),
            ["TRUNCATE", ..] => Some(("sql.truncate".to_owned(), "destroy")),
            ["DELETE", ..] if !narrowed(&words) => Some(("sql.delete.all".to_owned(), "destroy")),
            ["UPDATE", ..] if !narrowed(&words) => Some(("sql.update.all".to_owned(), "destroy")),
            ["WITH", ..] if has("DELETE") && !has("WHERE") => Some(("sql.delete.all".to_owned(), "destroy")),
            ["ALTER", "TABLE", ..] if has("DROP") => Some(("sql.alter.drop".to_owned(), "destroy")),
            ["GRANT", ..] if has("ALL") || has("SUPERUSER") || has("ADMIN") => {
                Some(("sql.grant".to_owned(), "privilege"))
            }
            ["ALTER" | "CREATE", "USER" | "ROLE", ..] => Some(("sql.role".to_owned(), "privilege")),
            ["COPY", ..] if has("PROGRAM") => Some(("opaque.exec".to_owned(), "opaque")),
            _ => None,
        };
        effects.extend(found.map(|(id, family)| Effect::new(&id, family, program)));
    }
    effects
}

const MAX_STATEMENTS: usize = 1_000;

/// Whether a WHERE says more than "all rows".
fn narrowed(words: &[&str]) -> bool {
    match words.iter().position(|word| *word == "WHERE") {
        None => words.contains(&"LIMIT"),
        Some(at) => !matches!(
            words.get(at + 1..),
            Some(["TRUE" | "1"] | ["1", "=", "1"] | ["TRUE", ..])
        ),
    }
}

/// Each statement's words in upper case; what is quoted becomes one word `''`.
fn statements(text: &str) -> Vec<Vec<String>> {
    let mut statements = vec![Vec::new()];
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_word = !(character.is_alphanumeric() || character == '_');
        if ends_word && !word.is_empty() {
            push(&mut statements, std::mem::take(&mut word));
        }
        match (character, characters.peek()) {
            ('-', Some('-')) | ('#', _) => skip(&mut characters, |next| next == '\n'),
            ('/', Some('*')) => {
                let mut before = ' ';
                characters.next();
                skip(&mut characters, |next| {
                    std::mem::replace(&mut before, next) == '*' && next == '/'
                });
            }
            ('\'' | '"' | '`', _) => {
                skip(&mut characters, |next| next == character);
                push(&mut statements, "''".to_owned());
            }
            (';', _) => statements.push(Vec::new()),
            ('=' | '<' | '>', _) => push(&mut statements, character.to_string()),
            _ if ends_word => {}
            _ => word.extend(character.to_uppercase()),
        }
    }
    if !word.is_empty() {
        push(&mut statements, word);
    }
    statements
}

/// Passes over characters up to and with the one that is the `end`.
fn skip(characters: &mut impl Iterator<Item = char>, mut end: impl FnMut(char) -> bool) {
    for character in characters {
        if end(character) {
            break;
        }
    }
}

fn push(statements: &mut [Vec<String>], word: String) {
    if let Some(statement) = statements.last_mut()
        && statement.len() < 10_000
    {
        statement.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str) -> Vec<String> {
        inspect(sql, "psql").into_iter().map(|effect| effect.id).collect()
    }

    #[test]
    fn statements_that_destroy_are_told_from_those_that_do_not() {
        assert_eq!(
            check("drop table users; DROP DATABASE x"),
            ["sql.drop.table", "sql.drop.database"]
        );
        assert_eq!(check("delete from users"), ["sql.delete.all"]);
        assert_eq!(check("DELETE FROM users WHERE 1=1"), ["sql.delete.all"]);
        assert_eq!(check("TRUNCATE users"), ["sql.truncate"]);
        assert_eq!(check("update t set a = 1"), ["sql.update.all"]);
        assert_eq!(check("ALTER TABLE t DROP COLUMN c"), ["sql.alter.drop"]);
        for harmless in [
            "SELECT 'drop table x'",
            "-- drop table x\nSELECT 1",
            "DELETE FROM t WHERE id = 7",
            "/* truncate t; */ select 1",
            "",
        ] {
            assert_eq!(check(harmless), [] as [&str; 0], "{harmless}");
        }
    }
}
