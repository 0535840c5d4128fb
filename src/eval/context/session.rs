//! Context keys that a role session has from its maker.
//!
//! Owns: who can have made the session that calls, and so which keys of `policy::session_keys` it has and with which
//! values; the session tags that a service sets. A session can always have been made by AssumeRole, and then has none
//! of the keys.
//! INVARIANT: whether a service may make a session of a role is decided as any other request is: trust policy, SCPs,
//! RCPs.

use super::domain::{Domain, absent};
use super::estate::EstateContext;
use crate::arn::{Arn, Named};
use crate::eval::credential::Credential;
use crate::eval::question::{Caller, Outside, Question, Resource};
use crate::eval::residual::{Given, Issue, Shape, Texts, Truth, Unclear};
use crate::ids::PrincipalIx;
use crate::model::{Document, Estate, Principal};
use crate::policy::key::ContextKey;
use crate::policy::principal::PrincipalEntry;
use crate::policy::session_keys::{SESSION_KEYS, SessionKey, Value, Way, is_lasting_claim, is_service};
use crate::policy::{Effect, Policy, Statement, sts};

/// A role whose session calls: its trust, and what its ARNs have in common with those of its surroundings.
struct Maker<'c, 'q, 'e> {
    context: &'c EstateContext<'q, 'e>,
    role: PrincipalIx,
    trust: &'e Policy,
}

impl<'e> EstateContext<'_, 'e> {
    /// A key that the session has from its maker.
    pub(super) fn of_session(&self, key: &ContextKey) -> Domain<'e> {
        let issues = match self.question.caller {
            Caller::Principal(ix) => match self.issues(ix, key) {
                Ok(issues) => issues,
                Err(why) => return Domain::Unclear(why),
            },
            Caller::Outside(outside) => issues_outside(outside),
            Caller::Made(_) | Caller::Service(_) | Caller::Provider(_) => return absent(),
        };
        if issues.iter().all(|issue| issue.given(key).is_none()) {
            return absent();
        }
        Domain::Issued(issues.into())
    }

    /// Who can have made the session of a role, AssumeRole first; an error where that is not known for who gives this
    /// key.
    fn issues(&self, ix: PrincipalIx, key: &ContextKey) -> Result<Vec<Issue>, Unclear> {
        let mut issues = vec![Issue::nobody()];
        if self.question.call.by_made_session {
            return Ok(issues);
        }
        let principal = self.estate().principal(ix);
        let Some(facts) = principal.role() else { return Ok(issues) };
        let trust = match facts.trust {
            Document::Parsed(trust) => self.estate().policy(trust),
            Document::Missing(gap) => return Err(Unclear::Gap(gap)),
        };
        let maker = Maker { context: self, role: ix, trust };
        for way in Way::ALL {
            let issue = maker.service(*way, principal);
            if maker.may(&issue, *way, key)? {
                issues.push(issue);
            }
        }
        issues.extend(maker.providers());
        Ok(issues)
    }
}

impl<'e> Maker<'_, '_, 'e> {
    fn estate(&self) -> &'e Estate {
        self.context.estate()
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
            (Truth::False, _) if issue.given(key).is_some() => match truth.unclear_parts().into_iter().next() {
                Some(why) => Err(why.clone()),
                None => unreachable!("only what is unclear makes the two differ"),
            },
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
        let caller = Caller::Service(service);
        let question = Question::new(
            self.estate(),
            &sts::ASSUME_ROLE,
            caller,
            Credential::OF_ROLE,
            Resource::Principal(self.role),
        );
        (self.context.decide)(&question)
    }

    /// Sessions for people of Identity Center: of the roles that it makes, and of those whose trust policy allows
    /// `sts:SetContext`.
    fn carries_people(&self) -> bool {
        let sso = self.estate().principal(self.role).path().starts_with("/aws-reserved/sso.amazonaws.com/");
        let sets = |s: &Statement| s.effect == Effect::Allow && s.actions.matches(&sts::SET_CONTEXT);
        sso || self.trust.statements.iter().any(sets)
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
            keys.push(("aws:federatedprovider".into(), one_value(name)));
        }
        Issue { by: name.into(), keys }
    }
}

/// What a service's sessions of a role in this account have.
fn issue(way: Way, partition: &str, account: &str) -> Issue {
    let own = SESSION_KEYS.iter().filter(|key| key.way == way);
    let keys = own.map(|SessionKey { name, value, .. }| {
        (name.to_ascii_lowercase().into(), values_of(*value, partition, account))
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

/// This value.
fn one_value(text: &str) -> Given {
    Given { absent: false, texts: Texts::OneOf(vec![text.to_owned()]) }
}

/// The values that AWS documents of a key.
fn values_of(value: Value, partition: &str, account: &str) -> Given {
    let filled = |text: &&str| text.replace("{partition}", partition).replace("{account}", account);
    let shaped = |shape: Shape| Texts::Shaped(shape);
    let texts = match value {
        Value::OneOf(all) => Texts::OneOf(all.iter().map(|t| (*t).to_owned()).collect()),
        Value::Arn(all) => {
            let like: Vec<String> = all.iter().map(filled).collect();
            // neither the ids of AWS nor the names of functions and builds hold a colon; one may stand before what
            // follows them: a function's version, a build's number
            let unlike = like.iter().map(|text| format!("{text}:*:*")).collect();
            shaped(Shape { like, unlike, is_arn: true })
        }
        Value::Like(text) => shaped(Shape { like: vec![text.to_owned()], ..Shape::default() }),
        Value::Ipv4 => {
            shaped(Shape { like: vec!["*.*.*.*".to_owned()], unlike: vec!["*:*".to_owned()], ..Shape::default() })
        }
        Value::Sometimes => shaped(Shape::default()),
    };
    Given { absent: matches!(value, Value::Sometimes), texts }
}
