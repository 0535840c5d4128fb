//! One rule: a card's file, a function, and what ties them together.
//!
//! Owns: the row that a family's table holds, and how parameters become typed. Does not know which rules there are.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::judge::Judge;
use super::outcome::Data;
use super::running::{Judged, Needs, Running};
use crate::finding::Subject;
use crate::ids::AccountIx;

/// The text of a card, and its path.
#[derive(Clone, Copy)]
pub(super) struct CardFile {
    /// Relative to the repository.
    pub(super) path: &'static str,
    pub(super) text: &'static str,
}

/// The card of a rule by `family/id`; a missing file does not compile.
macro_rules! card_file {
    ($name:literal) => {
        $crate::rules::rule::CardFile {
            path: concat!("rules/", $name, ".toml"),
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $name, ".toml")),
        }
    };
}
pub(super) use card_file;

/// A rule without parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

/// A rule in its family's table: `P` are its parameters, `S` what it prepares from them.
pub(super) struct Row<P, S> {
    card: CardFile,
    prepare: fn(&Context<'_>, P) -> S,
    judge: Judge<S>,
    needs: Needs,
    /// Whether somebody asked for the rule, where it judges nothing by itself.
    is_asked: Option<fn(&S) -> bool>,
    reads: Reads,
}

impl<P> Row<P, P> {
    /// A rule that needs nothing but its parameters.
    pub(super) const fn new(card: CardFile, judge: Judge<P>) -> Self {
        Self::prepared(card, |_, parameters| parameters, judge)
    }
}

impl<P, S> Row<P, S> {
    /// A rule that computes something once, beside other rules, before it judges its subjects.
    pub(super) const fn prepared(card: CardFile, prepare: fn(&Context<'_>, P) -> S, judge: Judge<S>) -> Self {
        let needs = Needs { data: None, whole_accounts: false, of_organization: false };
        Self { card, prepare, judge, needs, is_asked: None, reads: Reads::Estate }
    }

    /// Judges nothing, and misses no data, unless its parameters ask for something.
    pub(super) const fn where_asked(mut self, is_asked: fn(&S) -> bool) -> Self {
        self.is_asked = Some(is_asked);
        self
    }

    /// Reads what is worked out once for all rules.
    pub(super) const fn after(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// Lets a function decide whether an account can be judged, instead of requiring the card's facets.
    pub(super) const fn reading(mut self, data: fn(&Context<'_>, AccountIx) -> Data) -> Self {
        self.needs.data = Some(data);
        self
    }

    /// As [`Row::reading`], of a rule about the organization's own data, which are there whether or not the management account was to be
    /// read.
    pub(super) const fn of_organization(mut self, data: fn(&Context<'_>, AccountIx) -> Data) -> Self {
        self.needs.of_organization = true;
        self.reading(data)
    }

    /// Judges only roles of accounts that were read completely, not every role that was read.
    pub(super) const fn of_whole_accounts(mut self) -> Self {
        self.needs.whole_accounts = true;
        self
    }
}

/// What rules read that is worked out once for all of them, on all cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// Nothing but the estate, and what can be worked out subject by subject.
    Estate,
    /// Every edge, before the first subject is judged.
    Edges,
    /// How people reach roles without MFA, while subjects are judged.
    PathsWithoutMfa,
    /// The policies that customers write, account by account, while these are judged.
    Policies,
    /// Who can escalate to what, account by account, while subjects are judged.
    Climbs,
}

/// A row of any types.
pub(super) trait Rule: Sync {
    fn card(&self) -> CardFile;

    /// What its function judges.
    fn subject(&self) -> Subject;

    /// What has to be there before it.
    fn reads(&self) -> Reads;

    /// Fails if the parameters do not fit the rule.
    fn check_parameters(&self, parameters: toml::Table) -> Result<(), toml::de::Error>;

    /// Reads the parameters and does the work that is done once.
    fn prepare<'r>(
        &'r self,
        cx: &Context<'_>,
        parameters: toml::Table,
    ) -> Result<Box<dyn Prepared + 'r>, toml::de::Error>;
}

/// A rule with its parameters.
pub(super) trait Prepared: Send + Sync {
    /// Judges every subject.
    fn run(&self, cx: &Context<'_>, rule: &Running<'_>) -> Judged;
}

struct Ready<'r, P, S> {
    row: &'r Row<P, S>,
    state: S,
}

impl<P: DeserializeOwned, S: Send + Sync> Rule for Row<P, S> {
    fn card(&self) -> CardFile {
        self.card
    }

    fn subject(&self) -> Subject {
        self.judge.subject()
    }

    fn reads(&self) -> Reads {
        if matches!(self.judge, Judge::Policy(..)) { Reads::Policies } else { self.reads }
    }

    fn check_parameters(&self, parameters: toml::Table) -> Result<(), toml::de::Error> {
        parameters.try_into::<P>().map(|_| ())
    }

    fn prepare<'r>(
        &'r self,
        cx: &Context<'_>,
        parameters: toml::Table,
    ) -> Result<Box<dyn Prepared + 'r>, toml::de::Error> {
        let state = (self.prepare)(cx, parameters.try_into()?);
        Ok(Box::new(Ready { row: self, state }))
    }
}

impl<P, S: Send + Sync> Prepared for Ready<'_, P, S> {
    fn run(&self, cx: &Context<'_>, rule: &Running<'_>) -> Judged {
        if self.row.is_asked.is_some_and(|is_asked| !is_asked(&self.state)) {
            let mut judged = Judged::default();
            judged.counts.not_applicable = 1;
            return judged;
        }
        self.row.judge.run(cx, rule, &self.row.needs, &self.state)
    }
}
