//! Pages that a reader can check a rule against.
//!
//! Owns: which addresses may be a link. Does not know which pages there are (`rules`). INVARIANT: a [`PageUrl`] is reached over HTTPS,
//! and has neither blanks nor control characters, quotes of attributes, angle brackets, bars and backticks; what rolehop brings and
//! what users write in rules of their own pass the same check.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A page that a reader can check a rule against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Title of the page.
    pub title: String,
    /// Its address, if one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<PageUrl>,
}

/// The address of a page: `https://`, a host, and what RFC 3986 allows behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PageUrl(String);

/// Bytes of an address; browsers take no more.
const LONGEST: usize = 2_000;

impl PageUrl {
    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PageUrl {
    type Error = String;

    /// # Errors
    /// If the text is no address that may be a link: what is wrong with it.
    fn try_from(url: String) -> Result<Self, Self::Error> {
        let Some(behind) = url.strip_prefix("https://") else {
            return Err("the address of a page begins with `https://`".to_owned());
        };
        if url.len() > LONGEST {
            return Err(format!("the address of a page has at most {LONGEST} bytes"));
        }
        if let Some(other) = url.chars().find(|c| !is_of_address(*c)) {
            return Err(format!("the address of a page has {other:?}, which must be percent-encoded"));
        }
        // what stands before an `@` looks like the host that is called, and is not
        let host = behind.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() || host.contains('@') {
            return Err("the address of a page has its host right after `https://`".to_owned());
        }
        Ok(Self(url))
    }
}

/// The characters of RFC 3986: unreserved, reserved, and the percent sign.
fn is_of_address(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_could_do_harm_is_no_link() {
        let refused = [
            "",
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "http://wiki.example/",
            "HTTPS://wiki.example/",
            "//wiki.example/",
            "file:///etc/passwd",
            " https://wiki.example/",
            "https://",
            "https:///page",
            "https://?page",
            "https://docs.aws.amazon.com@evil.example/",
            "https://wiki.example/a b",
            "https://wiki.example/a\nb",
            "https://wiki.example/\u{1b}[2J",
            "https://wiki.example/\u{202e}gpj",
            "https://wiki.example/\"onclick=alert(1)",
            "https://wiki.example/><script>",
            "https://wiki.example/a|b",
            "https://wiki.example/`a`",
            "https://wiki.example/ä",
        ];
        for url in refused {
            assert!(PageUrl::try_from(url.to_owned()).is_err(), "{url:?}");
        }
        assert!(PageUrl::try_from(format!("https://wiki.example/{}", "a".repeat(LONGEST))).is_err());
    }

    #[test]
    fn an_address_of_a_page_is_kept_as_it_is_written() {
        for url in ["https://wiki.example", "https://wiki.example:8443/a_(b)?c=d&e=%20'#f-g", "https://[::1]/~a"] {
            assert_eq!(PageUrl::try_from(url.to_owned()).unwrap().as_str(), url);
        }
    }
}
