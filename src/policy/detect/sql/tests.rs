use super::*;

fn check(sql: &str) -> Vec<String> {
    inspect(sql, "psql").into_iter().map(|effect| effect.id).collect()
}

#[test]
fn statements_that_destroy_are_told_from_those_that_do_not() {
    for (sql, expected) in [
        (
            "drop table users; DROP DATABASE x",
            vec!["sql.drop.table", "sql.drop.database"],
        ),
        ("DROP MATERIALIZED VIEW v", vec!["sql.drop.view"]),
        ("delete from users", vec!["sql.delete.all"]),
        ("DELETE FROM users WHERE 1=1", vec!["sql.delete.all"]),
        ("DELETE FROM users WHERE id = 3 OR 1=1", vec!["sql.delete.all"]),
        ("DELETE FROM users WHERE id > 0", vec!["sql.delete.all"]),
        ("DELETE FROM users WHERE id = id", vec!["sql.delete.all"]),
        ("TRUNCATE users", vec!["sql.truncate"]),
        ("update t set a = 1", vec!["sql.update.all"]),
        ("ALTER TABLE t DROP COLUMN c", vec!["sql.alter.drop"]),
        ("ALTER TABLE t DROP CONSTRAINT c", vec!["sql.alter.constraint"]),
        ("/*!50000 DROP TABLE x */", vec!["sql.drop.table"]),
        (
            "SELECT 1; /* x */ DROP /* y */ TABLE -- z\n users",
            vec!["sql.drop.table"],
        ),
        (
            "DO $$ BEGIN EXECUTE 'drop table x'; END $$",
            vec!["sql.drop.table"],
        ),
        ("EXECUTE IMMEDIATE 'truncate table x'", vec!["sql.truncate"]),
        ("PREPARE s FROM 'DROP TABLE x'", vec!["sql.drop.table"]),
        ("EXPLAIN ANALYZE DELETE FROM users", vec!["sql.delete.all"]),
        (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
            vec!["sql.terminate"],
        ),
        (
            "with x as (delete from t returning *) select * from x",
            vec!["sql.delete.all"],
        ),
        ("SELECT '\\'; DROP TABLE x; --'", vec!["sql.drop.table"]),
        ("\\! rm -rf src", vec!["opaque.exec"]),
        ("frobnicate the users", vec!["opaque.exec"]),
        ("select 'open", vec!["opaque.exec"]),
        ("COPY t TO PROGRAM 'sh'", vec!["opaque.exec"]),
        ("GRANT ALL ON x TO y", vec!["sql.grant"]),
    ] {
        assert_eq!(check(sql), expected, "{sql}");
    }
}

#[test]
fn what_only_reads_or_names_some_rows_passes() {
    for harmless in [
        "SELECT 'drop table x'",
        "-- drop table x\nSELECT 1",
        "DELETE FROM t WHERE id = 7",
        "DELETE FROM t WHERE created_at < now() - interval '30 days'",
        "UPDATE t SET a = 1 WHERE b = 2 AND c IS NOT NULL",
        "/* truncate t; */ select 1",
        "EXPLAIN DELETE FROM t",
        "ALTER TABLE t ALTER COLUMN c DROP NOT NULL",
        "ALTER TABLE t ADD COLUMN c int",
        "CREATE TABLE IF NOT EXISTS t (id int)",
        "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DELETE FROM x; END $$ LANGUAGE plpgsql",
        "INSERT INTO t VALUES ('it''s; drop table x')",
        "\\dt\n\\c app",
        ".tables",
        "SHOW TABLES",
        "PRAGMA table_info(t)",
        "BEGIN; SELECT 1; COMMIT",
        "",
    ] {
        assert_eq!(check(harmless), [] as [&str; 0], "{harmless}");
    }
}
