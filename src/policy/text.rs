//! Text in policies that may hold variables: `${key}`, `${key, 'default'}`, and the literals `${*}` `${?}` `${$}`.
//!
//! Owns: splitting and expanding. Does not know values. Under version 2008-10-17 nothing is a variable.
//! Source: AWS IAM User Guide, "IAM policy elements: Variables and tags".

use super::key::ContextKey;
use crate::wildcard;

/// A string of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text(Form);

/// Few texts have variables: the others are no larger than a string.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    Plain(Box<str>),
    Variable(Box<Variable>),
}

/// A text with variables, whole and in pieces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Variable {
    raw: Box<str>,
    segments: Box<[Segment]>,
}

/// A piece of a text with variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// As written; its wildcards are wildcards.
    Plain(Box<str>),
    /// `${*}` and its like: this character and no wildcard.
    Literal(char),
    /// `${key}`.
    Variable {
        /// The key whose value replaces it.
        key: ContextKey,
        /// Used if the key is absent.
        default: Option<Box<str>>,
    },
}

/// A text with values in place of its variables: what is compared with a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern<'a> {
    /// No variables: compared as written.
    Plain(&'a str),
    /// Characters, some of which are wildcards.
    Expanded(Vec<Glyph>),
    /// A variable without value or default: matches nothing.
    Nothing,
}

/// A character of an expanded pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Glyph {
    /// Itself.
    Char(char),
    /// `*`.
    Any,
    /// `?`.
    One,
}

impl Text {
    /// A text as written; `variables` says whether the policy version has variables.
    #[must_use]
    pub fn new(raw: &str, variables: bool) -> Self {
        Self(match (variables && raw.contains("${")).then(|| split(raw)).flatten() {
            Some(segments) => Form::Variable(Box::new(Variable { raw: raw.into(), segments })),
            None => Form::Plain(raw.into()),
        })
    }

    /// As [`Text::new`], for the Resource element: AWS fills in variables only after the fifth colon of an ARN. Before it, `${…}`
    /// is text, its escapes included; no ARN has such text there, so the pattern matches nothing, whatever follows.
    /// Source: AWS IAM User Guide, "IAM policy elements: Variables and tags" (where you can use policy variables).
    #[must_use]
    pub fn of_resource(raw: &str, variables: bool) -> Self {
        if !raw.contains('$') {
            return Self(Form::Plain(raw.into()));
        }
        let fifth = raw.match_indices(':').nth(4).map(|(at, _)| at);
        let first = raw.find("${");
        Self::new(raw, variables && first.zip(fifth).is_some_and(|(variable, colon)| colon < variable))
    }

    /// True if it contains a variable or an escape that is filled in.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.segments().is_some()
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Plain(raw) => raw,
            Form::Variable(text) => &text.raw,
        }
    }

    pub(super) fn segments(&self) -> Option<&[Segment]> {
        match &self.0 {
            Form::Plain(_) => None,
            Form::Variable(text) => Some(&text.segments),
        }
    }

    /// The keys of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &ContextKey> {
        self.segments().unwrap_or_default().iter().filter_map(|s| match s {
            Segment::Variable { key, .. } => Some(key),
            Segment::Plain(_) | Segment::Literal(_) => None,
        })
    }

    /// The key whose value is the whole text.
    #[must_use]
    pub fn only_variable(&self) -> Option<&ContextKey> {
        match self.segments()? {
            [Segment::Variable { key, default: None }] => Some(key),
            _ => None,
        }
    }

    /// Puts values in place of variables.
    pub fn expand<'a>(&'a self, value: impl Fn(&ContextKey) -> Option<String>) -> Pattern<'a> {
        let Some(segments) = self.segments() else { return Pattern::Plain(self.as_str()) };
        let mut glyphs = Vec::with_capacity(self.as_str().len());
        for segment in segments {
            match segment {
                Segment::Plain(text) => glyphs.extend(text.chars().map(Glyph::read)),
                Segment::Literal(c) => glyphs.push(Glyph::Char(*c)),
                Segment::Variable { key, default } => {
                    match value(key).or_else(|| default.as_deref().map(str::to_owned)) {
                        Some(text) => glyphs.extend(text.chars().map(Glyph::Char)),
                        None => return Pattern::Nothing,
                    }
                }
            }
        }
        Pattern::Expanded(glyphs)
    }

    /// The text with values in place of variables, as a text without any: matches at least what it matches with them. `None`
    /// where it matches nothing.
    #[must_use]
    pub fn filled(&self, value: impl Fn(&ContextKey) -> Option<String>) -> Option<String> {
        match self.expand(value) {
            Pattern::Plain(text) => Some(text.to_owned()),
            Pattern::Expanded(glyphs) => Some(glyphs.into_iter().map(Glyph::as_char).collect()),
            Pattern::Nothing => None,
        }
    }

    /// The text with `*` in place of every variable: matches at least what the text could match with any values.
    #[must_use]
    pub fn widest(&self) -> Box<str> {
        let Some(segments) = self.segments() else { return self.as_str().into() };
        segments
            .iter()
            .map(|s| match s {
                Segment::Plain(text) => text.to_string(),
                Segment::Literal(_) | Segment::Variable { .. } => "*".to_owned(),
            })
            .collect::<String>()
            .into()
    }
}

impl Pattern<'_> {
    /// True if the whole of `text` matches, with wildcards.
    #[must_use]
    pub fn globs(&self, text: &str) -> bool {
        match self {
            Self::Plain(pattern) => wildcard::matches(pattern, text),
            Self::Expanded(glyphs) => globs(glyphs, text),
            Self::Nothing => false,
        }
    }

    /// True if it contains a wildcard.
    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        match self {
            Self::Plain(text) => wildcard::has_wildcard(text),
            Self::Expanded(glyphs) => glyphs.iter().any(|g| matches!(g, Glyph::Any | Glyph::One)),
            Self::Nothing => false,
        }
    }

    /// True if it consists of `*` only, and so matches every text.
    #[must_use]
    pub fn is_all(&self) -> bool {
        match self {
            Self::Plain(text) => !text.is_empty() && text.bytes().all(|b| b == b'*'),
            Self::Expanded(glyphs) => !glyphs.is_empty() && glyphs.iter().all(|g| *g == Glyph::Any),
            Self::Nothing => false,
        }
    }

    /// Its characters, each a wildcard or literal.
    #[must_use]
    pub fn glyphs(&self) -> Vec<Glyph> {
        match self {
            Self::Plain(text) => text.chars().map(Glyph::read).collect(),
            Self::Expanded(glyphs) => glyphs.clone(),
            Self::Nothing => Vec::new(),
        }
    }

    /// True if it contains a `*` or `?` that is not a wildcard.
    #[must_use]
    pub fn has_literal_wildcard(&self) -> bool {
        matches!(self, Self::Expanded(glyphs) if glyphs.iter().any(|g| matches!(g, Glyph::Char('*' | '?'))))
    }

    /// The text of the pattern, for operators without wildcards; `None` if it matches nothing.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        match self {
            Self::Plain(text) => Some((*text).to_owned()),
            Self::Expanded(glyphs) => Some(glyphs.iter().map(|g| g.as_char()).collect()),
            Self::Nothing => None,
        }
    }

    /// The pattern split at its colons into at most `n` parts; the last keeps its colons. `None` if it matches nothing.
    #[must_use]
    pub fn split(&self, n: usize) -> Option<Vec<Pattern<'_>>> {
        match self {
            Self::Plain(text) => Some(text.splitn(n, ':').map(Pattern::Plain).collect()),
            Self::Expanded(glyphs) => {
                Some(glyphs.splitn(n, |g| *g == Glyph::Char(':')).map(|p| Pattern::Expanded(p.to_vec())).collect())
            }
            Self::Nothing => None,
        }
    }
}

impl Glyph {
    /// A character as written: `*` and `?` are wildcards.
    pub(super) fn read(c: char) -> Self {
        match c {
            '*' => Self::Any,
            '?' => Self::One,
            c => Self::Char(c),
        }
    }

    /// As it is written.
    pub(crate) fn as_char(self) -> char {
        match self {
            Self::Char(c) => c,
            Self::Any => '*',
            Self::One => '?',
        }
    }
}

/// Splits a text at each `${…}`; `None` if there is none, or a brace is never closed (then everything is literal).
fn split(raw: &str) -> Option<Box<[Segment]>> {
    let mut segments = Vec::new();
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once("${") {
        let (inside, tail) = after.split_once('}')?;
        if !before.is_empty() {
            segments.push(Segment::Plain(before.into()));
        }
        segments.push(variable(inside));
        rest = tail;
    }
    if !rest.is_empty() {
        segments.push(Segment::Plain(rest.into()));
    }
    Some(segments.into())
}

fn variable(inside: &str) -> Segment {
    match inside {
        "*" => return Segment::Literal('*'),
        "?" => return Segment::Literal('?'),
        "$" => return Segment::Literal('$'),
        _ => {}
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let text = default.trim();
            (key, Some(text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or(text).into()))
        }
        None => (inside, None),
    };
    Segment::Variable { key: ContextKey::new(key.trim()), default }
}

/// As `wildcard::matches`, over characters that are marked as wildcard or literal.
fn globs(pattern: &[Glyph], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut p = 0;
    let mut t = 0;
    let mut retry = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Glyph::Any) => {
                retry = Some((p, t));
                p += 1;
            }
            Some(Glyph::One) => (p, t) = (p + 1, t + 1),
            Some(Glyph::Char(c)) if text.get(t) == Some(c) => (p, t) = (p + 1, t + 1),
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    (p, t) = (star + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|g| *g == Glyph::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(raw: &str, value: Option<&str>) -> Option<String> {
        Text::new(raw, true).expand(|_| value.map(str::to_owned)).literal()
    }

    #[test]
    fn variables_take_values_and_defaults() {
        assert_eq!(expand("user/${aws:username}/x", Some("ann")).as_deref(), Some("user/ann/x"));
        assert_eq!(expand("${aws:PrincipalTag/team, 'none'}", None).as_deref(), Some("none"));
        assert_eq!(expand("${aws:username}", None), None);
    }

    #[test]
    fn a_value_brings_no_wildcards_of_its_own() {
        let text = Text::new("role/${aws:username}-*", true);
        let pattern = text.expand(|_| Some("a*".to_owned()));
        assert!(pattern.globs("role/a*-1"));
        assert!(!pattern.globs("role/abc-1"));
        assert!(!Text::new("${*}", true).expand(|_| None).globs("x"));
    }

    #[test]
    fn a_resource_takes_variables_after_the_fifth_colon_alone() {
        let of = |raw: &str| Text::of_resource(raw, true).expand(|_| Some("1".into())).literal().unwrap();
        assert_eq!(of("arn:aws:iam::1:role/${aws:username}"), "arn:aws:iam::1:role/1");
        assert_eq!(of("arn:aws:s3:::${aws:username}"), "arn:aws:s3:::1");
        for text in [
            "arn:aws:iam::${aws:PrincipalAccount}:role/x",
            "arn:aws:iam::${aws:PrincipalAccount}:role/${aws:username}",
            "arn:aws:iam::${*}:role/x",
            "arn:${aws:username}*",
            "${aws:username}",
        ] {
            assert_eq!(of(text), text);
            assert_eq!(Text::of_resource(text, true).variables().count(), 0);
        }
    }

    #[test]
    fn the_old_version_has_no_variables() {
        assert_eq!(
            Text::new("${aws:username}", false).expand(|_| Some("ann".into())).literal().unwrap(),
            "${aws:username}"
        );
    }
}
