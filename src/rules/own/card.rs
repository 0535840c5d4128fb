//! The files of users' rules.
//!
//! Owns: the shape of a file, and everything that makes one unusable, with its place. INVARIANT: a file is a rule or an error: none is
//! left out in silence.

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::error::{Source, Wrong};
use super::example::Example;
use super::expression::{Expression, Slot};
use super::fields::{VIEW, root};
use crate::facet::Facet;
use crate::finding::{Reference, RuleCard, Subject};
use crate::rules::error::RuleError;
use crate::severity::{Confidence, Severity};

/// Bytes of a file.
const LARGEST: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    view: Spanned<i64>,
    id: Spanned<String>,
    title: Spanned<String>,
    severity: Severity,
    #[serde(default = "high")]
    confidence: Confidence,
    subject: Spanned<Subject>,
    when: Spanned<String>,
    message: Option<String>,
    summary: Option<String>,
    #[serde(default)]
    risk: String,
    #[serde(default)]
    fix: String,
    #[serde(default)]
    careful: String,
    #[serde(default)]
    references: Vec<Reference>,
    #[serde(default)]
    tests: Vec<Spanned<Example>>,
}

fn high() -> Confidence {
    Confidence::High
}

/// A rule of a user.
#[derive(Clone, Debug)]
pub(in crate::rules) struct OwnRule {
    pub(in crate::rules) card: RuleCard,
    pub(super) expression: Expression,
    /// What a finding says.
    pub(super) message: String,
    pub(super) examples: Vec<(usize, Example)>,
    pub(super) source: Source,
    /// The expression as it is written, and where it begins in the file.
    when: (String, usize),
}

/// All rules of a user, by id.
#[derive(Clone, Debug, Default)]
pub struct OwnRules {
    pub(in crate::rules) rules: Vec<OwnRule>,
}

impl OwnRules {
    /// Reads every `.toml` file of a directory.
    ///
    /// # Errors
    /// If the directory or a file cannot be read, or holds no rule that can be used; `taken` tells which ids are built in.
    pub fn read(dir: &Path, taken: impl Fn(&str) -> bool) -> Result<Self, RuleError> {
        let unreadable = |path: &Path, error: std::io::Error| {
            let next = "name a directory of files `*.toml`, one rule each";
            Wrong::new("the rules cannot be read", error.to_string(), next).at(path, None)
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(|error| unreadable(dir, error))? {
            let path = entry.map_err(|error| unreadable(dir, error))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
        files.sort();
        if files.is_empty() {
            let next = "put rules into it, or leave --rules out";
            return Err(Wrong::new("there is no rule", "the directory has no file `*.toml`", next).at(dir, None));
        }
        let mut rules: Vec<OwnRule> = Vec::new();
        for path in files {
            let text = text_of(&path).map_err(|error| unreadable(&path, error))?;
            if text.len() as u64 > LARGEST {
                let why = format!("a rule has at most {LARGEST} bytes");
                return Err(Wrong::new("the file is too large", why, "split it").at(&path, None));
            }
            let (rule, id_at) = OwnRule::parse(path, text)?;
            let same = rules.iter().find(|other| other.card.id == rule.card.id);
            let other = match (taken(&rule.card.id), same) {
                (true, _) => Some("a rule of rolehop".to_owned()),
                (_, Some(other)) => Some(other.source.path.display().to_string()),
                _ => None,
            };
            if let Some(other) = other {
                let what = format!("the id `{}` is taken", rule.card.id);
                let wrong = Wrong::new(what, format!("{other} has it"), "give the rule another id");
                return Err(rule.source.wrong(Some(id_at.start), wrong));
            }
            rules.push(rule);
        }
        rules.sort_by(|a, b| a.card.id.cmp(&b.card.id));
        Ok(Self { rules })
    }

    /// Their cards, by id.
    pub fn cards(&self) -> impl Iterator<Item = &RuleCard> {
        self.rules.iter().map(|rule| &rule.card)
    }

    /// One card.
    #[must_use]
    pub fn card(&self, id: &str) -> Option<&RuleCard> {
        self.cards().find(|card| card.id == id)
    }

    /// The file of a rule and its expression.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<(&Path, &str)> {
        let rule = self.rules.iter().find(|rule| rule.card.id == id)?;
        Some((&rule.source.path, &rule.when.0))
    }
}

impl OwnRule {
    /// The rule, and where its id stands.
    fn parse(path: PathBuf, text: String) -> Result<(Self, Range<usize>), RuleError> {
        let source = Source { path, text };
        let file: File = toml::from_str(&source.text).map_err(|error| {
            let why = error.message().to_owned();
            let next = "docs/own-rules.md has the keys of a rule";
            source.wrong(error.span().map(|span| span.start), Wrong::new("the rule cannot be read", why, next))
        })?;
        if *file.view.get_ref() != VIEW {
            let why = format!("this version of rolehop has view {VIEW}");
            let wrong = Wrong::new("the view of the rule is not known", why, format!("write `view = {VIEW}`"));
            return Err(source.wrong(Some(file.view.span().start), wrong));
        }
        let id = file.id.get_ref();
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if id.len() > 100 || !id.split('-').all(is_word) {
            let why = "an id is lower-case words and digits with a `-` between";
            let wrong = Wrong::new(format!("`{id}` is no id of a rule"), why, "such as `deploy-role-without-owner`");
            return Err(source.wrong(Some(file.id.span().start), wrong));
        }
        let title = in_one_line(file.title.get_ref());
        if title.is_empty() {
            let wrong = Wrong::new("the rule has no title", "findings would say nothing", "say what it finds");
            return Err(source.wrong(Some(file.title.span().start), wrong));
        }
        let subject = *file.subject.get_ref();
        if root(subject).is_none() {
            let why = "rules of your own judge `role`, `user`, `group`, `policy`, `edge` or `account`";
            let wrong = Wrong::new("this kind of subject cannot be judged", why, "choose one of these");
            return Err(source.wrong(Some(file.subject.span().start), wrong));
        }
        let (when, as_written) = start_of(&source.text, &file.when);
        let expression = Expression::parse(file.when.get_ref(), subject).map_err(|(at, wrong)| {
            let within = file.when.get_ref().char_indices().nth(at).map_or(0, |(byte, _)| byte);
            source.wrong(Some(if as_written { when + within } else { when }), wrong)
        })?;
        let examples = file.tests.into_iter().map(|test| (test.span().start, test.into_inner())).collect();
        let facets = if subject == Subject::Account { Vec::new() } else { vec![Facet::AuthorizationDetails] };
        let card = RuleCard {
            id: file.id.get_ref().clone(),
            summary: file.summary.map_or_else(|| format!("{title}."), |summary| in_one_line(&summary)),
            severity: file.severity,
            confidence: file.confidence,
            subject,
            facets,
            across: false,
            proof: Vec::new(),
            risk: in_one_line(&file.risk),
            fix: in_one_line(&file.fix),
            fix_for: Default::default(),
            careful: in_one_line(&file.careful),
            special_case_of: None,
            maps: Default::default(),
            parameters: toml::Table::new(),
            references: file.references,
            title,
        };
        let message = file.message.map_or_else(|| card.title.clone(), |message| in_one_line(&message));
        let rule = Self { card, expression, message, examples, source, when: (file.when.into_inner(), when) };
        let defect = rule.examples.iter().find_map(|(at, example)| Some((*at, example.defect(subject)?)));
        if let Some((at, wrong)) = defect {
            return Err(rule.source.wrong(Some(at), wrong));
        }
        Ok((rule, file.id.span()))
    }

    /// True if the expression names such a fact.
    pub(super) fn names(&self, is: impl Fn(&str) -> bool) -> bool {
        self.expression.slots.iter().any(|slot| match slot {
            Slot::Fact(field) | Slot::Tag(field, _) | Slot::HasTag(field, _) => is(field.name),
        })
    }

    /// An error that only a subject showed.
    pub(super) fn wrong_at_work(&self, why: String) -> RuleError {
        let next = "correct the expression; `rolehop rules test` runs the examples in its file";
        self.source.wrong(Some(self.when.1), Wrong::new("the expression cannot be evaluated", why, next))
    }
}

/// A text that may stand over several lines in the file.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of a file, not much of it if it is too large; a device or a pipe is no file.
fn text_of(path: &Path) -> std::io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Where a text begins in the file, and whether its characters stand there as they are, without escapes.
fn start_of(text: &str, value: &Spanned<String>) -> (usize, bool) {
    let span = value.span();
    let within = text.get(span.clone()).and_then(|written| written.find(value.get_ref().as_str()));
    (span.start + within.unwrap_or_default(), within.is_some())
}
