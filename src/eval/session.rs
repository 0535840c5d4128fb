//! What a role session has from whoever made it.
//!
//! Owns: who can have made the session that calls, and so which keys of `policy::session_keys` it has and with which values;
//! the session tags that a service sets. A session can always have been made by AssumeRole, and then has none of the keys.
//! INVARIANT: whether a service may make a session of a role is decided as any other request is, trust and guardrails.

use std::sync::Arc;

use super::companion;
use super::facts::Domain;
use super::request::{Caller, Carries, Credential, Outside, Request};
use super::samples;
use super::trace::Trace;
use super::truth::{Possible, Test, Truth, Unclear};
use super::worlds::settle;
use crate::arn::{Arn, Named};
use crate::ids::PrincipalIx;
use crate::model::{Document, Estate, Principal};
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::{Base, Comparison, Operator};
use crate::policy::principal::PrincipalEntry;
use crate::policy::session_keys::{SESSION_KEYS, SessionKey, Value, Way, is_lasting_claim, is_service, tagger};
use crate::policy::{Effect, Policy};

/// A maker of sessions and what they have from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issue {
    /// A service principal, or a provider as trusts name it; empty for AssumeRole.
    pub by: Arc<str>,
    /// By key in lower case; other keys are absent.
    pub keys: Vec<(Box<str>, Given)>,
}

/// The values that a key can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Given {
    /// Whether the session may be without it.
    pub absent: bool,
    /// Which texts.
    pub texts: Texts,
}

/// A set of texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Texts {
    /// These.
    OneOf(Vec<String>),
    /// Those of a shape.
    Shaped(Shape),
}

/// Texts that are like one pattern and unlike others.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// One of them fits; all texts where there are none.
    pub like: Vec<String>,
    /// None of them fits.
    pub unlike: Vec<String>,
    /// Patterns are compared as ARNs are.
    pub is_arn: bool,
}

impl Issue {
    /// A session made by AssumeRole: it brings no key.
    fn nobody() -> Self {
        Self { by: "".into(), keys: Vec::new() }
    }

    /// True where this service, or provider, makes such sessions.
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        *self.by == *name || is_service(&self.by, name)
    }

    /// What it gives of a key; `None` where the key is absent.
    #[must_use]
    pub fn given(&self, key: &ContextKey) -> Option<&Given> {
        self.keys.iter().find(|(name, _)| **name == *key.lower()).map(|(_, given)| given)
    }
}

/// What no id and no ARN of AWS has, wildcards and the marks of variables: a policy that names one as it stands names nothing.
pub(super) const WILDCARDS: [char; 5] = ['*', '?', '$', '{', '}'];

impl Shape {
    /// True where any text will do.
    pub(super) fn is_any(&self) -> bool {
        self.like.is_empty() && self.unlike.is_empty()
    }

    /// True for a text of the shape.
    pub(super) fn admits(&self, text: &str) -> bool {
        let fits = |test: &Test| test.holds(&[text]) == Some(true);
        self.is_any() || (!text.contains(WILDCARDS) && self.tests().iter().all(fits))
    }

    /// The shape as tests that all its texts satisfy.
    pub(super) fn tests(&self) -> Vec<Test> {
        let how = if self.is_arn { Comparison::ArnLike } else { Comparison::StringLike };
        let test = |patterns: &[String], negated| Test {
            key: ContextKey::issuer(),
            variable: ContextKey::issuer(),
            scope: 0,
            operator: Operator { base: Base::Compare { how, negated }, if_exists: false, quantifier: None },
            values: patterns.to_vec(),
            undecided: Vec::new(),
            possible: Possible::Any { absent: false },
            exact: None,
        };
        let like = (!self.like.is_empty()).then(|| test(&self.like, false));
        like.into_iter().chain((!self.unlike.is_empty()).then(|| test(&self.unlike, true))).collect()
    }
}

/// The outcomes that tests of keys can have together in a session of one maker; `None` where that is not known.
pub(super) fn outcomes(issue: &Issue, tests: &[&Test]) -> Option<Vec<Vec<bool>>> {
    let mut keys: Vec<&ContextKey> = tests.iter().map(|t| &t.key).collect();
    keys.sort();
    keys.dedup();
    let mut rows = vec![vec![false; tests.len()]];
    for key in keys {
        let own: Vec<(usize, &Test)> = tests.iter().copied().enumerate().filter(|(_, t)| t.key == *key).collect();
        let own_tests: Vec<&Test> = own.iter().map(|(_, test)| *test).collect();
        let mut values: Vec<Vec<String>> = Vec::new();
        let given = issue.given(key);
        if given.is_none_or(|g| g.absent) {
            values.push(Vec::new());
        }
        match given.map(|g| &g.texts) {
            Some(Texts::OneOf(all)) => values.extend(all.iter().map(|text| vec![text.clone()])),
            Some(Texts::Shaped(shape)) => {
                values.extend(samples::shaped(&own_tests, shape)?.into_iter().map(|t| vec![t]))
            }
            None => {}
        }
        let mut next = Vec::new();
        for value in &values {
            let value: Vec<&str> = value.iter().map(String::as_str).collect();
            let outcome = own.iter().map(|(at, t)| Some((*at, t.holds(&value)?))).collect::<Option<Vec<_>>>()?;
            for row in &rows {
                let mut row = row.clone();
                for (at, truth) in &outcome {
                    if let Some(slot) = row.get_mut(*at) {
                        *slot = *truth;
                    }
                }
                next.push(row);
            }
        }
        next.sort();
        next.dedup();
        rows = next;
    }
    Some(rows)
}

impl Given {
    fn one(text: &str) -> Self {
        Self { absent: false, texts: Texts::OneOf(vec![text.to_owned()]) }
    }

    fn of(value: Value, partition: &str, account: &str) -> Self {
        let filled = |text: &&str| text.replace("{partition}", partition).replace("{account}", account);
        let shaped = |shape: Shape| Texts::Shaped(shape);
        let texts = match value {
            Value::OneOf(all) => Texts::OneOf(all.iter().map(|t| (*t).to_owned()).collect()),
            Value::Arn(all) => {
                let like: Vec<String> = all.iter().map(filled).collect();
                // neither the ids of AWS nor the names of functions and builds hold a colon; one may stand before what follows
                // them: a function's version, a build's number
                let unlike = like.iter().map(|text| format!("{text}:*:*")).collect();
                shaped(Shape { like, unlike, is_arn: true })
            }
            Value::Like(text) => shaped(Shape { like: vec![text.to_owned()], ..Shape::default() }),
            Value::Ipv4 => {
                shaped(Shape { like: vec!["*.*.*.*".to_owned()], unlike: vec!["*:*".to_owned()], ..Shape::default() })
            }
            Value::Sometimes => shaped(Shape::default()),
        };
        Self { absent: matches!(value, Value::Sometimes), texts }
    }
}

/// A role whose session calls: its trust, and what its ARNs have in common with those of its surroundings.
struct Maker<'r, 'e> {
    request: &'r Request<'e>,
    role: PrincipalIx,
    trust: &'e Policy,
}

impl<'e> Request<'e> {
    /// A key that the session has from its maker.
    pub(super) fn of_session(&self, key: &ContextKey) -> Domain<'e> {
        let absent = || Domain::Known(Vec::new());
        let issues = match self.caller {
            Caller::Principal(ix) => match self.issues(ix, key) {
                Ok(issues) => issues,
                Err(why) => return Domain::Unclear(why),
            },
            Caller::Outside(outside) => issues_outside(outside),
            Caller::Service(_) | Caller::Provider(_) => return absent(),
        };
        if issues.iter().all(|issue| issue.given(key).is_none()) {
            return absent();
        }
        Domain::Issued(issues.into())
    }

    /// Who can have made the session of a role, AssumeRole first; an error where that is not known for who gives this key.
    fn issues(&self, ix: PrincipalIx, key: &ContextKey) -> Result<Vec<Issue>, Unclear> {
        let mut issues = vec![Issue::nobody()];
        if self.made {
            return Ok(issues);
        }
        let principal = self.estate.principal(ix);
        let Some(facts) = principal.role() else { return Ok(issues) };
        let trust = match facts.trust {
            Document::Parsed(trust) => self.estate.policy(trust),
            Document::Missing(gap) => return Err(Unclear::Gap(gap)),
        };
        let maker = Maker { request: self, role: ix, trust };
        for way in Way::ALL {
            let issue = maker.service(*way, principal);
            if maker.may(&issue, *way, key)? {
                issues.push(issue);
            }
        }
        issues.extend(maker.providers());
        Ok(issues)
    }

    /// Session tags that the calling service may set; `None` where what it sets is not known.
    pub(super) fn sets_tag(&self, tag: &str) -> Option<bool> {
        let Caller::Service(name) = self.caller else { return None };
        tagger(name).map(|tagger| tagger.sets(tag))
    }

    /// True where every call of the caller carries tags and a source identity.
    pub(super) fn always_carries(&self) -> bool {
        matches!(self.caller, Caller::Service(name) if tagger(name).is_some_and(|t| t.always))
    }

    /// Tags in the request of a service that sets them itself: the trust reads them under both names.
    pub(super) fn of_service_tags(&self, key: &ContextKey) -> Option<Domain<'e>> {
        let free = |absent| Domain::Free { may_be_absent: absent, except: super::facts::Except::Nothing };
        match (key.kind(), self.sets_tag(key.tag())) {
            (KeyKind::PrincipalTag | KeyKind::RequestTag, Some(true)) if self.tags != Carries::No => Some(free(true)),
            (KeyKind::PrincipalTag | KeyKind::RequestTag, Some(_)) => Some(Domain::Known(Vec::new())),
            _ => None,
        }
    }
}

impl<'e> Maker<'_, 'e> {
    fn estate(&self) -> &'e Estate {
        self.request.estate
    }

    fn service(&self, way: Way, principal: &Principal) -> Issue {
        let account = self.estate().account(principal.account());
        issue(way, account.partition(), &account.id().to_string())
    }

    /// Whether this maker may make sessions of the role. Where that is not known it is an error for keys that it gives.
    fn may(&self, issue: &Issue, way: Way, key: &ContextKey) -> Result<bool, Unclear> {
        let named = self.services().find(|name| is_service(way.service(), name));
        let truth = match named {
            Some(name) => self.enters(name),
            None => Truth::False,
        };
        if way == Way::IdentityCenter && self.carries_people() {
            return Ok(true);
        }
        match (truth.assuming(false), truth.assuming(true)) {
            (_, Truth::False) => Ok(false),
            (Truth::False, _) if issue.given(key).is_some() => Err(truth
                .unclear_parts()
                .into_iter()
                .next()
                .cloned()
                .unwrap_or_else(|| Unclear::Undocumented("".into()))),
            _ => Ok(true),
        }
    }

    /// Services that some statement lets in.
    fn services(&self) -> impl Iterator<Item = &'e str> + '_ {
        let allows = self.trust.statements.iter().filter(|s| s.effect == Effect::Allow);
        let entries = allows.filter_map(|s| s.principal.as_ref()).flat_map(|c| &c.entries);
        entries.filter_map(|entry| match entry {
            PrincipalEntry::Service(name) => Some(&**name),
            _ => None,
        })
    }

    /// Whether a service may assume the role.
    fn enters(&self, service: &'e str) -> Truth {
        let action = assume_role();
        let caller = Caller::Service(service);
        let request = Request::new(self.estate(), action, caller, Credential::OF_ROLE, self.role);
        settle(companion::decide(&request, &mut Trace::off()))
    }

    /// Sessions for people of Identity Center: of its own roles, and of those whose trust lets a context be set.
    fn carries_people(&self) -> bool {
        static SET_CONTEXT: std::sync::LazyLock<Action> =
            std::sync::LazyLock::new(|| Action::named("sts", "SetContext"));
        let sso = self.estate().principal(self.role).path().starts_with("/aws-reserved/sso.amazonaws.com/");
        let sets = |s: &&crate::policy::Statement| s.effect == Effect::Allow && s.actions.matches(&SET_CONTEXT);
        sso || self.trust.statements.iter().any(|s| sets(&s))
    }

    /// Identity providers that some statement names, and the claims that stay in their sessions.
    fn providers(&self) -> Vec<Issue> {
        let allows = self.trust.statements.iter().filter(|s| s.effect == Effect::Allow);
        let entries = allows.filter_map(|s| s.principal.as_ref()).flat_map(|c| &c.entries);
        let mut found: Vec<Issue> = entries
            .filter_map(|entry| match entry {
                PrincipalEntry::Federated(name) => Some(Self::provider(name)),
                _ => None,
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }

    fn provider(name: &str) -> Issue {
        let claims = match Arn::parse(name).map(|a| a.named()) {
            Some(Named::SamlProvider { .. }) => "saml".to_owned(),
            Some(Named::OidcProvider { issuer }) => issuer.to_lowercase(),
            _ => name.to_lowercase(),
        };
        let lasting = ["amr", "app_id", "aud", "id", "namequalifier", "sub", "sub_type", "user_id"];
        let given = || Given { absent: true, texts: Texts::Shaped(Shape::default()) };
        let mut keys: Vec<(Box<str>, Given)> = lasting
            .iter()
            .map(|claim| format!("{claims}:{claim}"))
            .filter(|key| is_lasting_claim(key))
            .map(|key| (key.into(), given()))
            .collect();
        if claims != "saml" {
            keys.push(("aws:federatedprovider".into(), Given::one(name)));
        }
        Issue { by: name.into(), keys }
    }
}

/// What a service's sessions of a role in this account have.
fn issue(way: Way, partition: &str, account: &str) -> Issue {
    let own = SESSION_KEYS.iter().filter(|key| key.way == way);
    let keys = own.map(|SessionKey { name, value, .. }| {
        (name.to_ascii_lowercase().into(), Given::of(*value, partition, account))
    });
    Issue { by: way.service().into(), keys: keys.collect() }
}

/// Of somebody outside nothing is known but, at times, the account: its session may be anybody's.
fn issues_outside(outside: Outside<'_>) -> Vec<Issue> {
    let account = match outside {
        Outside::Principal(arn, _) if matches!(Arn::parse(arn).map(|a| a.named()), Some(Named::User { .. })) => {
            return vec![Issue::nobody()];
        }
        Outside::Principal(_, id) | Outside::Account(id) => id.to_string(),
        Outside::Anyone => "*".to_owned(),
    };
    let services = Way::ALL.iter().map(|way| issue(*way, "*", &account));
    std::iter::once(Issue::nobody()).chain(services).collect()
}

fn assume_role() -> &'static Action {
    static ASSUME_ROLE: std::sync::LazyLock<Action> = std::sync::LazyLock::new(|| Action::named("sts", "AssumeRole"));
    &ASSUME_ROLE
}
