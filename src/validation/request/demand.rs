//! What can be demanded of an answer, and decided without understanding it.

use super::super::syntax::Language;

/// One thing that an answer has to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Demand {
    /// So many of something.
    Count(Unit, Bound),
    /// These words have to be in it, so often.
    Contain(String, Bound),
    /// This may not be in it.
    Avoid(Avoided),
    /// It begins with these words.
    Begin(String),
    /// It ends with these words.
    End(String),
    /// The paragraph of that number begins with these words.
    ParagraphBegins(usize, String),
    /// It is set or built in this way.
    Format(Format),
    /// It is one of these, and nothing else.
    OneOf(Vec<String>),
    /// Its prose is in this language.
    Prose(whatlang::Lang),
    /// Its code is in this language.
    Code(Language),
    /// Its code has this name.
    Identifier(String),
    /// Its code has this function with these parameters.
    Signature(String, Vec<String>),
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Words,
    Characters,
    Sentences,
    Paragraphs,
    Lines,
    Bullets,
    Items,
    Sections,
    CodeBlocks,
    Placeholders,
    Highlights,
    Questions,
    CapitalWords,
}

impl Unit {
    /// Its name, in the plural.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Characters => "characters",
            Self::Sentences => "sentences",
            Self::Paragraphs => "paragraphs",
            Self::Lines => "lines",
            Self::Bullets => "bullet points",
            Self::Items => "items",
            Self::Sections => "sections",
            Self::CodeBlocks => "code blocks",
            Self::Placeholders => "placeholders",
            Self::Highlights => "highlighted sections",
            Self::Questions => "questions",
            Self::CapitalWords => "words in capitals",
        }
    }
}

/// How many are right, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) least: usize,
    pub(super) most: usize,
}

impl Bound {
    pub(super) const SOME: Self = Self::from(1);

    pub(super) const fn exactly(count: usize) -> Self {
        Self {
            least: count,
            most: count,
        }
    }

    pub(super) const fn from(least: usize) -> Self {
        Self {
            least,
            most: usize::MAX,
        }
    }

    pub(super) const fn up_to(most: usize) -> Self {
        Self { least: 0, most }
    }

    /// About `count`: a quarter more or less.
    pub(super) fn about(count: usize) -> Self {
        Self {
            least: count - count / 4,
            most: count.saturating_add(count / 4),
        }
    }

    pub(super) fn has(self, count: usize) -> bool {
        (self.least..=self.most).contains(&count)
    }

    /// The bound in words.
    pub(super) fn words(self) -> String {
        match (self.least, self.most) {
            (least, usize::MAX) => format!("at least {least}"),
            (0, most) => format!("at most {most}"),
            (least, most) if least == most => format!("exactly {least}"),
            (least, most) => format!("{least} to {most}"),
        }
    }
}

/// What is not to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Avoided {
    /// These words.
    Words(String),
    /// Any character of a kind, by its name.
    Mark(Mark),
    Lists,
    Headings,
    CodeBlocks,
    Links,
    Markdown,
}

/// Kinds of characters that people forbid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Comma,
    Exclamation,
    Question,
    Semicolon,
    Dash,
    Emoji,
    Digit,
}

impl Mark {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Exclamation => "exclamation mark",
            Self::Question => "question mark",
            Self::Semicolon => "semicolon",
            Self::Dash => "dash",
            Self::Emoji => "emoji",
            Self::Digit => "digit",
        }
    }

    pub(super) fn is(self, c: char) -> bool {
        match self {
            Self::Comma => matches!(c, ',' | '，' | '、'),
            Self::Exclamation => matches!(c, '!' | '！'),
            Self::Question => matches!(c, '?' | '？'),
            Self::Semicolon => matches!(c, ';' | '；'),
            Self::Dash => matches!(c, '—' | '–'),
            Self::Emoji => {
                matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{1f1e6}'..='\u{1f1ff}')
            }
            Self::Digit => c.is_ascii_digit(),
        }
    }
}

/// How the whole is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Yaml,
    Table,
    Bulleted,
    Numbered,
    CodeBlock,
    PlainText,
    Lowercase,
    Uppercase,
    DoubleQuoted,
    AngleTitle,
    TwoResponses,
}
