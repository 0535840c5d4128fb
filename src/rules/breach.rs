//! A breach of an expectation: who reaches the target, on which way.
//!
//! Owns: who is told together, and the finding that tells it. Together are users of an account, people who have access by the same groups,
//! and roles or providers of one name: they have one cause. The finding names each of them with each role: who is new among them is new, and so is a role that one of them had not.

use std::collections::{BTreeMap, BTreeSet};

use super::common::{TOLD, by_escalation, id_of_group, id_of_person};
use super::context::Context;
use super::expected_workflows::Entry;
use super::outcome::{Found, some_of};
use super::running::Running;
use crate::arn::Arn;
use crate::config::Expectation;
use crate::finding::{Finding, Status, fingerprint, whom};
use crate::graph::query::{self, Reaching, WhoCan};
use crate::graph::{Hop, Source};
use crate::ids::{AccountIx, PersonIx, PrincipalIx};
use crate::model::{People, PrincipalType};
use crate::reserved;

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Broken {
    /// Others than those expected.
    Only,
    /// Those who never should.
    Never,
    /// A user without MFA.
    Mfa,
}

/// Breaches by what makes them one.
pub(super) type Breaches<'s, 'g, 'e> = BTreeMap<(Broken, String), Breach<'s, 'g, 'e>>;

/// Those who break an expectation for one cause.
pub(super) struct Breach<'s, 'g, 'e> {
    how: Broken,
    found: &'s WhoCan<'g, 'e>,
    members: Vec<Member<'s>>,
}

/// One of them.
pub(super) struct Member<'s> {
    pub(super) one: Reaching<'s>,
    /// The role that it comes in over, where others are not meant.
    pub(super) entry: Option<Entry>,
}

impl Member<'_> {
    /// The account that it is in, or comes in by.
    fn home(&self, cx: &Context<'_>) -> Option<AccountIx> {
        let entered = self.entry.as_ref().map(|entry| cx.estate.principal(entry.hop.edge.to).account());
        self.one.source.home(cx.estate).or(entered)
    }

    /// Who it is, by what AWS does not let anybody change, into each role: whoever is accepted with one role is not with a stronger one.
    /// Over a role that others come in over too, with that and its subjects.
    fn identities(&self, cx: &Context<'_>, how: Broken) -> Vec<String> {
        let name = |role| {
            let arn = cx.estate.arn(role);
            reserved::without_suffix(&arn).map_or_else(|| arn.clone(), str::to_owned)
        };
        let who = match (self.one.source, cx.estate.people()) {
            (Source::Person(ix), Some(people)) => id_of_person(people, *ix),
            (Source::PeopleGroup(ix), Some(people)) => format!("group {}", id_of_group(people, *ix)),
            (source, _) => source.name(cx.estate),
        };
        let into = |role| match &self.entry {
            Some(Entry { hop, subjects, .. }) => {
                let entered = hop.edge.to;
                let onward = if role == entered { String::new() } else { format!(" to {}", name(role)) };
                format!("{who} into {} as {}{onward}", name(entered), subjects.join(", "))
            }
            None => format!("{who} into {}", name(role)),
        };
        self.roles(how).into_iter().map(into).collect()
    }

    fn roles(&self, how: Broken) -> BTreeSet<PrincipalIx> {
        match &self.entry {
            _ if how == Broken::Mfa => self.one.roles_without_mfa(),
            Some(entry) => entry.roles.clone(),
            None => self.one.roles(),
        }
    }

    fn hops(&self, found: &WhoCan<'_, '_>) -> Vec<Hop> {
        let Some(Entry { hop, roles, .. }) = &self.entry else { return found.hops(self.one.source) };
        let role = hop.edge.to;
        let beyond = if roles.contains(&role) { Vec::new() } else { found.hops(&Source::Principal(role)) };
        std::iter::once(hop.clone()).chain(beyond).collect()
    }
}

impl<'s, 'g, 'e> Breach<'s, 'g, 'e> {
    pub(super) fn new(how: Broken, found: &'s WhoCan<'g, 'e>) -> Self {
        Self { how, found, members: Vec::new() }
    }

    pub(super) fn add(&mut self, member: Member<'s>) {
        self.members.push(member);
    }

    /// What it is one with: by ids and by names that AWS does not let anybody change, for the finding is known by it.
    pub(super) fn key(cx: &Context<'_>, how: Broken, source: &Source, entry: Option<&Entry>) -> (Broken, String) {
        let key = match source {
            Source::Principal(ix) => {
                let principal = cx.estate.principal(*ix);
                match principal.kind() {
                    PrincipalType::User => format!("users {}", cx.estate.account(principal.account()).id()),
                    PrincipalType::Role => format!("role {}", principal.name()),
                }
            }
            Source::Provider(arn) => {
                let name = Arn::parse(arn).and_then(|arn| arn.resource.split_once('/')).map(|(_, name)| name);
                let into = entry.map(|entry| cx.estate.principal(entry.hop.edge.to).name());
                let into = into.map_or_else(String::new, |role| format!(" role {role}"));
                format!("provider {}{into}", name.unwrap_or(arn))
            }
            Source::Person(ix) => cx.estate.people().map(|people| of_person(cx, people, *ix)).unwrap_or_default(),
            Source::PeopleGroup(ix) => {
                cx.estate.people().map(|people| format!("group {}", id_of_group(people, *ix))).unwrap_or_default()
            }
            other => other.name(cx.estate),
        };
        (how, key)
    }

    pub(super) fn finding(mut self, cx: &Context<'_>, running: &Running<'_>, expectation: &Expectation) -> Finding {
        let end = |member: &Member<'_>| member.entry.as_ref().map(|entry| entry.hop.edge.to);
        self.members.sort_by_key(|member| (member.one.verdict, member.one.source, end(member)));
        let Some(member) = self.members.first() else { unreachable!("a breach has a member") };
        let first = member.one;
        // a path with MFA would not show a way without
        let hops = if self.how == Broken::Mfa && first.path_needs_mfa() { Vec::new() } else { member.hops(self.found) };
        let what = self.what(cx, &expectation.target, &hops);
        let (verb, are) = if self.members.len() == 1 { ("reaches", "is") } else { ("reach", "are") };
        let how = match self.how {
            Broken::Only => format!(", and {are} not expected to"),
            Broken::Never => ", and never should".to_owned(),
            Broken::Mfa if what.contains(',') => ", without MFA".to_owned(),
            Broken::Mfa => " without MFA".to_owned(),
        };
        let far = if hops.len() > 1 { format!(" in {} hops", hops.len()) } else { String::new() };
        let by = by_escalation(&hops);
        let given = match first.conditions {
            keys if keys.is_empty() || self.how == Broken::Mfa => String::new(),
            // a provider's own keys say nothing to people; the statement is in the evidence
            _ if matches!(first.source, Source::Provider(_)) => String::new(),
            keys => format!(", given {}", keys.join(", ")),
        };
        let message =
            format!("`{}`: {} {verb} {what}{far}{by}{given}{how}{}", expectation.name, self.who(cx), told(expectation));
        let (owner, subject) = self.place(cx, &hops);
        let (_, key) = Self::key(cx, self.how, first.source, member.entry.as_ref());
        let starts = std::iter::once(first.source.name(cx.estate));
        let found = Found {
            message,
            discriminator: format!(
                "{} {key}",
                match self.how {
                    Broken::Only => "only",
                    Broken::Never => "never",
                    Broken::Mfa => "mfa",
                }
            ),
            stands_for: Some(expectation.name.clone()),
            accounts: self.members.iter().filter_map(|member| member.home(cx)).collect(),
            principals: self.identities(cx),
            evidence: hops.iter().flat_map(|hop| query::evidence(cx.estate, hop, first.source)).collect(),
            path: if hops.is_empty() {
                Vec::new()
            } else {
                starts.chain(hops.iter().map(|hop| cx.estate.arn(hop.edge.to))).collect()
            },
            ..Found::default()
        };
        running.of_owner(cx, owner, subject, Status::Open, found)
    }

    /// Who reaches what. Of very many, one line each, with a digest of the roles: what grows by both does not cost a line for each pair.
    fn identities(&self, cx: &Context<'_>) -> BTreeSet<String> {
        let pairs: usize = self.members.iter().map(|member| member.roles(self.how).len()).sum();
        let of = |member: &Member<'_>| match member.identities(cx, self.how) {
            each if pairs <= TOLD => each,
            each => {
                let who = each.first().map_or("", |one| whom(one));
                let all: BTreeSet<&str> = each.iter().map(String::as_str).collect();
                let text = all.iter().copied().collect::<Vec<_>>().join("\n");
                vec![format!("{who} into {} roles {}", all.len(), fingerprint("", "", &text))]
            }
        };
        self.members.iter().flat_map(of).collect()
    }

    /// The role, or how many with the one that the path ends at; by whom, where others do not reach it.
    fn what(&self, cx: &Context<'_>, target: &str, hops: &[Hop]) -> String {
        let roles: BTreeSet<PrincipalIx> = self.members.iter().flat_map(|member| member.roles(self.how)).collect();
        if let (Some(role), 1) = (roles.first(), roles.len()) {
            return cx.shown(*role);
        }
        let end = hops.last().map(|hop| hop.edge.to).filter(|end| roles.contains(end));
        if self.members.iter().all(|member| member.roles(self.how).len() == roles.len()) {
            let example = end.map_or_else(String::new, |end| format!(", {} among them", cx.shown(end)));
            return format!("{} roles of {target}{example}", roles.len());
        }
        let by = end.zip(self.members.first());
        let by = by.map_or_else(String::new, |(end, one)| format!(", {} by {}", cx.shown(end), Self::name(cx, one)));
        format!("{} roles of {target} between them{by}", roles.len())
    }

    fn name(cx: &Context<'_>, member: &Member<'_>) -> String {
        match (member.one.source, &member.entry) {
            (Source::Principal(ix), _) => cx.shown(*ix),
            (Source::Everyone, _) => "anybody".to_owned(),
            (Source::Account(id), _) => format!("account {id}"),
            (Source::Service(name), _) => format!("the service {name}"),
            (source, None) => short(cx, &source.name(cx.estate)),
            (source, Some(Entry { subjects, .. })) => {
                let subjects = if subjects.is_empty() { "any subject".to_owned() } else { some_of(subjects) };
                format!("{}, {subjects},", short(cx, &source.name(cx.estate)))
            }
        }
    }

    fn who(&self, cx: &Context<'_>) -> String {
        let names: Vec<String> = self.members.iter().map(|member| Self::name(cx, member)).collect();
        match names.as_slice() {
            [one] => one.clone(),
            all => format!("{} principals ({})", all.len(), some_of(all)),
        }
    }

    /// The account and the subject: who it is if there is one, the group that all are in, or the role that all come in by, else the
    /// account that they come into.
    fn place(&self, cx: &Context<'_>, hops: &[Hop]) -> (Option<AccountIx>, String) {
        let principals: Vec<PrincipalIx> = self
            .members
            .iter()
            .filter_map(|member| if let Source::Principal(ix) = member.one.source { Some(*ix) } else { None })
            .collect();
        if let Some(first) = principals.first() {
            let account = cx.estate.principal(*first).account();
            let is_user = cx.estate.principal(*first).kind() == PrincipalType::User;
            if principals.len() == 1 || !is_user {
                return (Some(account), cx.estate.arn(*first));
            }
            let shared = cx
                .estate
                .principal(*first)
                .groups()
                .iter()
                .find(|group| principals.iter().all(|ix| cx.estate.principal(*ix).groups().contains(group)));
            let subject = shared.map_or_else(|| cx.root_arn(account), |group| cx.group_arn(account, group));
            return (Some(account), subject);
        }
        let entered: BTreeSet<PrincipalIx> = match self.members.as_slice() {
            [_] => hops.first().map(|hop| hop.edge.to).into_iter().collect(),
            all => all.iter().filter_map(|member| Some(member.hops(self.found).first()?.edge.to)).collect(),
        };
        let accounts: BTreeSet<AccountIx> = entered.iter().map(|role| cx.estate.principal(*role).account()).collect();
        match (entered.first(), accounts.first()) {
            (Some(role), Some(account)) if entered.len() == 1 => (Some(*account), cx.estate.arn(*role)),
            (_, Some(account)) if accounts.len() == 1 => (Some(*account), cx.root_arn(*account)),
            _ => (None, "*".to_owned()),
        }
    }
}

/// The groups that a person has access by, where there are some; else the person.
fn of_person(cx: &Context<'_>, people: &People, ix: PersonIx) -> String {
    let person = people.person(ix);
    let groups = person.groups().iter().filter(|group| cx.groups_with_access().contains(group));
    let groups: BTreeSet<String> = groups.map(|group| id_of_group(people, *group)).collect();
    if groups.is_empty() {
        return id_of_person(people, ix);
    }
    format!("people of {}", groups.into_iter().collect::<Vec<_>>().join(", "))
}

/// `prod-data/oidc-provider/token.actions.githubusercontent.com`: with the account's name, if the snapshot has it.
fn short(cx: &Context<'_>, name: &str) -> String {
    let Some(arn) = Arn::parse(name) else { return name.to_owned() };
    let account = arn.account_id().and_then(|id| cx.estate.account_by_id(id));
    account.map_or_else(|| name.to_owned(), |ix| format!("{}/{}", cx.account_name(ix), arn.resource))
}

/// Who answers for an expectation, and why it is so.
fn told(expectation: &Expectation) -> String {
    match (&expectation.owner, &expectation.reason) {
        (Some(owner), Some(reason)) => format!("; owner {owner}: {reason}"),
        (Some(owner), None) => format!("; owner {owner}"),
        (None, Some(reason)) => format!("; {reason}"),
        (None, None) => String::new(),
    }
}
