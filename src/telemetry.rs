//! Logs to stderr. stdout belongs to the stdio transport and is never written here.

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Installs the process-wide subscriber; a second call changes nothing.
pub fn install(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("warn"));
    let filter = without_genai(filter, &log.filter);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(true);
    // A library user or a test may have installed one already: theirs stays.
    let _already_installed = match log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .is_err();
}

/// genai logs pieces of what models answer, as warnings and errors. Nobody gets to see them who does not name it.
fn without_genai(filter: EnvFilter, directives: &str) -> EnvFilter {
    match "genai=off".parse() {
        Ok(off) if !directives.contains("genai") => filter.add_directive(off),
        _ => filter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_genai_logs_is_only_seen_by_who_names_it() {
        let seen = |directives: &str| without_genai(EnvFilter::new(directives), directives).to_string();
        assert!(seen("warn").contains("genai=off"));
        assert!(seen("debug,firstmate=trace").contains("genai=off"));
        assert!(!seen("warn,genai=debug").contains("genai=off"));
    }
}
