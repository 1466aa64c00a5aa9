//! What can go wrong, and what a client that reads well takes it for.

use std::time::Duration;

use crate::domain::run::FailureClass;

/// What goes wrong with one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Status 429, with `retry-after` where a time is given.
    RateLimit(Option<Duration>),
    /// The same for hours: the account has nothing left.
    Quota,
    /// Status 402.
    PaymentRequired,
    /// Status 500.
    ServerError,
    /// Status 502, with a page of HTML.
    BadGateway,
    /// Status 503 with `retry-after`.
    Unavailable(Duration),
    /// Status 529.
    Overloaded,
    /// Status 401.
    Unauthorized,
    /// Status 404: no such model.
    MissingModel,
    /// Status 400: the question is too large.
    ContextOverflow,
    /// Status 400: the question is wrong.
    BadRequest,
    /// Status 307 to somewhere else.
    Redirect,
    /// The answer, but nothing at all for a while.
    SlowHeader(Duration),
    /// Nothing at all, until the client goes.
    Hang,
    /// The connection is reset before anything comes.
    Reset,
    /// The connection is closed before anything comes.
    Close,
    /// The answer stops half-way, and the protocol of HTTP ends as if that were all.
    Cut,
    /// The connection breaks half-way.
    Break,
    /// Nothing comes any more half-way, until the client goes.
    Stall,
    /// JSON that stops half-way, of the length that was said.
    HalfJson,
    /// A page of HTML with status 200.
    WrongType,
    /// Bytes that are no text in the answer.
    BadUtf8,
    /// Nothing but the frame of an answer: no choices, no content.
    Empty,
    /// An answer without words.
    NoWords,
    /// The model declines in the way of its protocol.
    Refusal,
    /// A filter takes the answer away.
    Filtered,
    /// The answer is as long as it may be.
    Length,
    /// An error with status 200.
    ErrorInPlace,
    /// The answer begins, and an error follows.
    ErrorHalfWay,
    /// More bytes are promised than come.
    TooShort,
    /// Bytes without end, of which nothing can be made.
    Garbage,
    /// An answer without end.
    Endless,
    /// An error without end.
    EndlessError,
    /// No word of what it took. The answer is right.
    NoUsage,
}

impl Fault {
    /// One of each.
    pub const ALL: [Self; 35] = [
        Self::RateLimit(None),
        Self::RateLimit(Some(Duration::from_secs(7))),
        Self::Quota,
        Self::PaymentRequired,
        Self::ServerError,
        Self::BadGateway,
        Self::Unavailable(Duration::from_secs(3)),
        Self::Overloaded,
        Self::Unauthorized,
        Self::MissingModel,
        Self::ContextOverflow,
        Self::BadRequest,
        Self::Redirect,
        Self::SlowHeader(Duration::from_millis(100)),
        Self::Hang,
        Self::Reset,
        Self::Close,
        Self::Cut,
        Self::Break,
        Self::Stall,
        Self::HalfJson,
        Self::WrongType,
        Self::BadUtf8,
        Self::Empty,
        Self::NoWords,
        Self::Refusal,
        Self::Filtered,
        Self::Length,
        Self::ErrorInPlace,
        Self::ErrorHalfWay,
        Self::TooShort,
        Self::Garbage,
        Self::Endless,
        Self::EndlessError,
        Self::NoUsage,
    ];

    /// What it is for a client that reads well and is patient for longer than it is slow; `None` where there is an
    /// answer all the same. `streams` when the answer is wanted in pieces.
    #[must_use]
    pub fn class(self, streams: bool) -> Option<FailureClass> {
        Some(match self {
            Self::RateLimit(_) => FailureClass::RateLimited,
            Self::Quota | Self::PaymentRequired => FailureClass::Quota,
            Self::ServerError
            | Self::BadGateway
            | Self::Unavailable(_)
            | Self::Overloaded
            | Self::ErrorInPlace
            | Self::ErrorHalfWay => FailureClass::Overloaded,
            Self::Unauthorized => FailureClass::Authentication,
            Self::MissingModel => FailureClass::MissingModel,
            Self::ContextOverflow => FailureClass::ContextOverflow,
            Self::BadRequest => FailureClass::BadRequest,
            Self::Hang | Self::Stall => FailureClass::Timeout,
            Self::Reset | Self::Close => FailureClass::Connection,
            // Half of an answer that comes at once is JSON that ends early.
            Self::Cut | Self::Break | Self::HalfJson | Self::TooShort | Self::Length => {
                FailureClass::Truncated
            }
            Self::WrongType | Self::Redirect | Self::Empty | Self::NoWords | Self::Garbage => {
                FailureClass::BadAnswer
            }
            // Read at once, what is no text is replaced, and the answer stands.
            Self::BadUtf8 if !streams => return None,
            Self::BadUtf8 | Self::Endless => FailureClass::BadAnswer,
            Self::EndlessError => FailureClass::BadAnswer,
            Self::Refusal | Self::Filtered => FailureClass::Refused,
            Self::SlowHeader(_) | Self::NoUsage => return None,
        })
    }

    /// Whether the same question, asked again, may be answered: what a host is expected to recover from.
    #[must_use]
    pub fn passes(self) -> bool {
        !matches!(
            self,
            Self::Quota
                | Self::PaymentRequired
                | Self::Unauthorized
                | Self::MissingModel
                | Self::ContextOverflow
                | Self::BadRequest
                | Self::Redirect
        )
    }
}
