//! What a command or a query would do.

pub mod shell;
pub mod sql;
