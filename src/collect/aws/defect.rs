//! Errors found below the SDK: answers that cannot be used, hosts that do not answer, calls that are not allowed.
//!
//! Owns: these errors, which travel inside the SDK's own errors and are found again in `error`.

use super::text::one_line;

/// Why an answer of AWS cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Defect {
    #[error("truncated response: the answer ends before `</{0}Response>`")]
    Truncated(&'static str),
    #[error("truncated response: `IsTruncated` stands in it {0} times instead of once")]
    PageMark(usize),
    #[error("a web page{0} and not an answer of AWS: a proxy or a sign-in page answered in its place")]
    WebPage(String),
    #[error("the answer is not one of {0}")]
    Foreign(&'static str),
    #[error("truncated response: the answer is no JSON object")]
    NotJson,
    #[error("the answer is not well-formed XML")]
    NotXml,
    #[error("the answer lacks `{0}`")]
    Lacks(&'static str),
    #[error("an entry of `{}` lacks `{field}`", entry.trim_end_matches("/member"))]
    EntryLacks { entry: &'static str, field: &'static str },
    #[error("status {0} without an error code: the answer is empty, cut, or not one of AWS")]
    NoCode(u16),
    #[error("response too large: more than {0} bytes")]
    TooLarge(usize),
    #[error("list too large: its pages have more than {0} bytes together, which no account's have")]
    ListTooLarge(u64),
}

impl Defect {
    /// True if the answer is whole but lacks something.
    pub(crate) fn is_lack(&self) -> bool {
        matches!(self, Self::Lacks(_) | Self::EntryLacks { .. })
    }

    /// A web page, the name of its server, and the variable that names the proxy it came through.
    pub(crate) fn web_page(server: Option<&str>, through: Option<&str>) -> Self {
        let of = server.map_or_else(String::new, |name| format!(" of `{}`", one_line(name)));
        let through = through.map_or_else(String::new, |name| format!(" through {}", one_line(name)));
        Self::WebPage(format!("{of}{through}"))
    }

    /// The same defect, with the server it came from, if known.
    pub(crate) fn seen_at(self, server: Option<&str>, through: Option<&str>) -> Self {
        if matches!(self, Self::WebPage(_)) { Self::web_page(server, through) } else { self }
    }
}

/// A host did not answer in several attempts in a row.
#[derive(Debug, thiserror::Error)]
#[error("{attempts} attempts in a row had no answer from {host}: {why}")]
pub(crate) struct NoAnswer {
    pub(crate) host: String,
    pub(crate) attempts: u32,
    pub(crate) why: String,
}

/// Requests arrive too late in several attempts in a row.
#[derive(Debug, thiserror::Error)]
#[error(
    "RequestExpired, attempt after attempt: they come in too long after they were signed: a slow proxy, or a clock that is off"
)]
pub(crate) struct Late;

/// AWS throttles an account endlessly.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Throttled(pub(crate) String);

/// A call that is not on the list was about to be signed: a bug in rolehop, stopped before it had any effect.
#[derive(Debug, thiserror::Error)]
#[error("{service} {operation} is not one of the read-only calls that rolehop may make")]
pub(crate) struct NotAllowed {
    pub(crate) service: String,
    pub(crate) operation: String,
}
