//! The languages that are known, and the words by which people call them.

/// What a block says it is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    /// JavaScript with or without JSX.
    JavaScript,
    /// TypeScript with or without JSX.
    TypeScript,
    Rust,
    Go,
    Java,
    Php,
    Ruby,
    /// A script for a POSIX shell or bash.
    Shell,
    /// What a terminal shows: prompts, commands and what they printed.
    Console,
    Css,
    Html,
    C,
    Cpp,
    CSharp,
    Sql,
    Toml,
    Yaml,
    Json,
    /// JSON with comments and trailing commas, as editors' settings are.
    Jsonc,
    /// A JSON value on each line.
    JsonLines,
    Markdown,
    /// Text with no syntax to break: output, logs, prose.
    Plain,
    /// Known by name only.
    Other(String),
    /// It does not say.
    Unlabelled,
}

impl Language {
    /// Reads a fence's info string, or the name a caller uses.
    pub(crate) fn from_label(label: &str) -> Self {
        let word = label
            .trim_start_matches(['{', '.', ' '])
            .split([' ', '\t', ',', '{', '}', ':', ';', '('])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match word.strip_prefix("language-").unwrap_or(&word) {
            "" => Self::Unlabelled,
            "python" | "py" | "python3" | "py3" | "pycon" | "ipython" | "python-repl" | "gyp" => Self::Python,
            "javascript" | "js" | "jsx" | "mjs" | "cjs" | "node" | "nodejs" | "ecmascript" => {
                Self::JavaScript
            }
            "typescript" | "ts" | "tsx" | "mts" | "cts" => Self::TypeScript,
            "rust" | "rs" => Self::Rust,
            "go" | "golang" => Self::Go,
            "java" => Self::Java,
            "php" | "php7" | "php8" => Self::Php,
            "ruby" | "rb" => Self::Ruby,
            "sh" | "bash" | "shell" | "shellscript" | "ksh" => Self::Shell,
            "console" | "shell-session" | "shellsession" | "sh-session" | "bash-session" | "terminal" => {
                Self::Console
            }
            "css" => Self::Css,
            "html" | "htm" | "xhtml" => Self::Html,
            "c" | "h" => Self::C,
            "cpp" | "c++" | "cc" | "cxx" | "hpp" | "hxx" => Self::Cpp,
            "csharp" | "c#" | "cs" => Self::CSharp,
            "sql" | "mysql" | "postgresql" | "postgres" | "sqlite" | "plpgsql" => Self::Sql,
            "toml" => Self::Toml,
            "yaml" | "yml" => Self::Yaml,
            "json" => Self::Json,
            "jsonc" => Self::Jsonc,
            "jsonl" | "ndjson" | "jsonlines" => Self::JsonLines,
            "markdown" | "md" => Self::Markdown,
            "text" | "txt" | "plain" | "plaintext" | "output" | "log" | "none" | "ascii" => Self::Plain,
            other => Self::Other(other.chars().take(40).collect()),
        }
    }

    /// The name in rule ids and in `coverage`.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Rust => "rust",
            Self::Go => "go",
            Self::Java => "java",
            Self::Php => "php",
            Self::Ruby => "ruby",
            Self::Shell => "shell",
            Self::Console => "console",
            Self::Css => "css",
            Self::Html => "html",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::CSharp => "csharp",
            Self::Sql => "sql",
            Self::Toml => "toml",
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::Jsonc => "jsonc",
            Self::JsonLines => "jsonl",
            Self::Markdown => "markdown",
            Self::Plain => "text",
            Self::Other(name) => name,
            Self::Unlabelled => "unknown",
        }
    }
}
