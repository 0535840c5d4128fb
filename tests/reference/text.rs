//! Patterns: wildcards, policy variables, ARNs.

use super::{Asked, Context};

/// One position of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// Exactly this character.
    Exactly(char),
    /// `?`: any one character.
    One,
    /// `*`: any text.
    Many,
}

impl Piece {
    fn of(c: char) -> Self {
        match c {
            '*' => Self::Many,
            '?' => Self::One,
            other => Self::Exactly(other),
        }
    }

    /// The literal character in the text, for operators without wildcards.
    fn plain(self) -> char {
        match self {
            Self::Exactly(c) => c,
            Self::One => '?',
            Self::Many => '*',
        }
    }
}

/// A pattern without variables.
pub fn pattern(text: &str) -> Vec<Piece> {
    text.chars().map(Piece::of).collect()
}

/// A text that is compared literally.
pub fn literal(pieces: &[Piece]) -> String {
    pieces.iter().map(|p| p.plain()).collect()
}

/// Replaces variables. `None` if one of them has neither value nor default. Before version 2012-10-17 a variable is
/// plain text.
pub fn expand(text: &str, variables: bool, context: &dyn Context) -> Asked<Option<Vec<Piece>>> {
    if !variables {
        return Ok(Some(pattern(text)));
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        pieces.extend(pattern(&rest[..start]));
        let inside = &rest[start + 2..start + length];
        rest = &rest[start + length + 1..];
        let value = match inside {
            "*" | "?" | "$" => Some(inside.to_owned()),
            _ => variable(inside, context)?,
        };
        let Some(value) = value else { return Ok(None) };
        // the value of a variable is never a wildcard
        pieces.extend(value.chars().map(Piece::Exactly));
    }
    pieces.extend(pattern(rest));
    Ok(Some(pieces))
}

/// Like [`expand`], for the Resource element: variables are only replaced after the fifth colon. Before it `${…}` is
/// text.
pub fn expand_resource(text: &str, variables: bool, context: &dyn Context) -> Asked<Option<Vec<Piece>>> {
    let fifth = text.match_indices(':').nth(4).map(|(at, _)| at + 1);
    let (head, tail) = text.split_at(fifth.unwrap_or(text.len()));
    let rest = expand(tail, variables, context)?;
    Ok(rest.map(|rest| pattern(head).into_iter().chain(rest).collect()))
}

/// `key` or `key, 'default'`.
fn variable(inside: &str, context: &dyn Context) -> Asked<Option<String>> {
    let (key, default) = match inside.split_once(", '") {
        Some((key, default)) => (key, default.strip_suffix('\'')),
        None => (inside, None),
    };
    let value = context.values(&key.to_lowercase())?.filter(|v| !v.is_empty());
    Ok(value.map(|v| v[0].clone()).or_else(|| default.map(str::to_owned)))
}

/// Whether a pattern matches the whole text.
pub fn glob(pattern: &[Piece], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Piece::Many, rest)) => (0..=text.len()).any(|from| glob(rest, &text[from..])),
        Some((Piece::One, rest)) => !text.is_empty() && glob(rest, &text[1..]),
        Some((Piece::Exactly(c), rest)) => text.first() == Some(c) && glob(rest, &text[1..]),
    }
}

pub fn glob_text(pattern: &[Piece], text: &str) -> bool {
    glob(pattern, &text.chars().collect::<Vec<_>>())
}

/// The parts of an ARN pattern between colons; the sixth keeps its own colons.
fn parts(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut found = vec![Vec::new()];
    for piece in pieces {
        if *piece == Piece::Exactly(':') && found.len() < 6 {
            found.push(Vec::new());
        } else {
            found.last_mut().unwrap().push(*piece);
        }
    }
    found
}

/// Six parts, each compared on its own.
pub fn arn_like(pieces: &[Piece], arn: &str) -> bool {
    let wanted = parts(pieces);
    let given: Vec<&str> = arn.splitn(6, ':').collect();
    wanted.len() == 6 && given.len() == 6 && wanted.iter().zip(given).all(|(p, t)| glob_text(p, t))
}

/// A pattern of the Resource element: matched by parts, except that one that ends early in `*` extends over the colons.
pub fn resource_like(pieces: &[Piece], arn: &str) -> bool {
    if parts(pieces).len() < 6 && pieces.last() == Some(&Piece::Many) {
        return glob_text(pieces, arn);
    }
    arn_like(pieces, arn)
}

/// `prefix:Name` ignoring case; `*` is every action. Texts with commas or surrounding blanks name nothing.
pub fn action_like(pattern_text: &str, action: &str) -> bool {
    if pattern_text.contains(',') || pattern_text.trim() != pattern_text {
        return false;
    }
    if pattern_text == "*" {
        return true;
    }
    let (Some((service, name)), Some((asked_service, asked_name))) =
        (pattern_text.split_once(':'), action.split_once(':'))
    else {
        return false;
    };
    if !service.eq_ignore_ascii_case(asked_service) {
        return false;
    }
    if !name.contains(['*', '?']) {
        return name.to_lowercase() == asked_name.to_lowercase();
    }
    glob_text(&pattern(&name.to_lowercase()), &asked_name.to_lowercase())
}
