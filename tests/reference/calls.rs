//! One call by brute force: every world that its undecided request facts can form.
//!
//! Owns: which facts a snapshot leaves undecided and how they depend on each other. A fact is given values only if an
//! evaluation needs it; a fact that was never needed makes no difference, so nothing is lost.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::credential::{
    ACCESS_KEY, ACCESS_KEY_WITH_CODE, CREDENTIAL, Carrying, ROLE_SESSION, ROLE_SESSION_SILENT, ROLE_SESSION_WITH_MFA,
    USER_SESSION, USER_SESSION_WITH_MFA,
};
use super::decide::{Layers, allows};
use super::domains::Domains;
use super::organization::{Facts, Principal};
use super::passing::{
    IDENTITY, NEW_IDENTITY, OTHER_TAG_TRANSITIVE, Passing, TAG_KEYS, TAGS, TRANSITIVE_TAG_KEYS, allows_any, carried,
    is_of_tags, passable, requested, transitive,
};
use super::samples::Samples;
use super::sessions::{self, ANOTHER_WAY, ISSUER};
use super::statement::{Caller, Request};
use super::{Asked, Context, Undecided};

/// The name of the calling role session.
pub const SESSION: &str = "session";
/// The name of the session that the call creates.
pub const SESSION_NAME: &str = "sts:rolesessionname";
/// Whether the call passes tags, and whether it sets a source identity.
pub const PASSES_TAGS: &str = "passes tags";
pub const SETS_IDENTITY: &str = "sets a source identity";
pub const AGE: &str = "aws:multifactorauthage";
pub const ISSUED: &str = "aws:tokenissuetime";

/// Keys that the caller or its environment chooses, and whether a request can be without them.
pub const OPEN: &[(&str, bool)] = &[
    ("aws:requestedregion", false),
    ("aws:sourceip", true),
    ("aws:sourcevpce", true),
    ("sts:externalid", true),
    (SESSION_NAME, false),
];

/// A request that comes through an endpoint has no public address. Source: AWS IAM User Guide, "AWS global condition context keys"
/// (`aws:SourceIp`, `aws:SourceVpce`).
fn is_contradiction(world: &World) -> bool {
    let is_there = |key: &str| matches!(world.get(key), Some(Some(_)));
    is_there("aws:sourceip") && is_there("aws:sourcevpce")
}

/// The caller, and in which ways its session may have been created.
#[derive(Clone, Copy)]
pub enum Asker<'a> {
    Principal(&'a Principal<'a>, &'a [&'static str]),
    Service(&'a str),
    /// AWS, for somebody for whom this identity provider vouches.
    Provider(&'a str),
}

impl Asker<'_> {
    pub fn caller(&self) -> Caller {
        match self {
            Self::Principal(who, _) => who.caller(),
            Self::Service(name) => Caller::Service { name: (*name).to_owned() },
            Self::Provider(name) => Caller::Provider { name: (*name).to_owned() },
        }
    }
}

/// Decided facts; `None` is "the request does not have it".
pub type World = BTreeMap<String, Option<String>>;

/// A call whose world is not settled yet.
pub struct Call<'a> {
    layers: Layers<'a>,
    known: BTreeMap<String, Vec<String>>,
    asker: Asker<'a>,
    role: &'a Principal<'a>,
    /// What the call can pass: only what the role's trust policy lets anybody pass at all.
    pub ways: Vec<Passing>,
}

impl<'a> Call<'a> {
    pub fn new(facts: &Facts<'a>, asker: Asker<'a>, role: &'a Principal<'a>) -> Self {
        let (layers, known) = match asker {
            Asker::Principal(caller, _) => (facts.layers(caller, role), facts.context(caller, role)),
            Asker::Service(name) => (facts.layers_of_role(role), facts.context_of_service(name, role)),
            Asker::Provider(_) => (facts.layers_of_role(role), facts.context_of_provider(role)),
        };
        let ways = ways(asker, layers.trust);
        Self { layers, known, asker, role, ways }
    }

    /// A call of which it is known what it passes.
    pub fn as_it_is(
        facts: &Facts<'a>,
        asker: Asker<'a>,
        role: &'a Principal<'a>,
        passed: BTreeMap<String, Vec<String>>,
    ) -> Self {
        let mut call = Self::new(facts, asker, role);
        call.known.extend(passed);
        call
    }

    /// Whether all of these actions are allowed for the call as it is.
    pub fn allows_all(&self, world: &World, actions: &[&str]) -> Asked<bool> {
        self.allows_each(&self.context(world, Passing::NOTHING), actions.iter().copied())
    }

    /// Every outcome, in the worlds that tell them apart.
    pub fn explore(
        &self,
        samples: &Samples,
        start: World,
        decide_in: impl Fn(&Self, &World) -> Asked<bool>,
    ) -> Vec<(World, bool)> {
        let caller = if let Asker::Principal(caller, _) = self.asker { Some(caller) } else { None };
        let mut worlds = Vec::new();
        let mut open = vec![start];
        let mut domains = None;
        while let Some(world) = open.pop() {
            match decide_in(self, &world) {
                Ok(allowed) => worlds.push((world, allowed)),
                Err(Undecided(fact)) => {
                    let domains =
                        domains.get_or_insert_with(|| Domains::of(&self.layers, &self.known, samples, caller));
                    for value in values_of(&fact, domains, self.asker) {
                        let mut settled = world.clone();
                        settled.insert(fact.clone(), value);
                        if !is_contradiction(&settled) {
                            open.push(settled);
                        }
                    }
                }
            }
        }
        worlds
    }

    /// Whether it is allowed by passing nothing, or what the world says, or one of the two: passing is up to the caller.
    pub fn is_allowed_somehow(&self, world: &World) -> Asked<bool> {
        for passing in self.ways.iter().copied() {
            let context = self.context(world, passing);
            if self.allows_with(&context, passing)? && self.passes_something(world, passing)? {
                return Ok(true);
            }
            // no policy asks what is passed, so that every other way ends in the same way
            if passing == Passing::NOTHING && !context.asks_passed.get() {
                return Ok(false);
            }
        }
        Ok(false)
    }

    pub fn is_allowed(&self, world: &World, passing: Passing) -> Asked<bool> {
        self.allows_with(&self.context(world, passing), passing)
    }

    fn context<'c>(&'c self, world: &'c World, passing: Passing) -> InWorld<'c> {
        InWorld { world, known: &self.known, asker: self.asker, passing, asks_passed: Cell::new(false) }
    }

    fn allows_with(&self, context: &InWorld<'_>, passing: Passing) -> Asked<bool> {
        self.allows_each(context, passing.actions())
    }

    fn allows_each<'n>(&self, context: &InWorld<'_>, actions: impl Iterator<Item = &'n str>) -> Asked<bool> {
        let who = self.asker.caller();
        for action in actions {
            if !allows(&self.layers, &Request { caller: &who, action, resource: self.role.arn, context })? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the call passes anything of what it is said to pass, and no other source identity than the one that the
    /// caller has.
    fn passes_something(&self, world: &World, passing: Passing) -> Asked<bool> {
        let context = self.context(world, passing);
        if passing.identity {
            let Some(new) = context.values(NEW_IDENTITY)? else { return Ok(false) };
            if context.values(IDENTITY)?.is_some_and(|own| own != new) {
                return Ok(false);
            }
        }
        Ok(!passing.tags || context.values(TAG_KEYS)?.is_some())
    }
}

fn ways(asker: Asker<'_>, trust: Option<&Value>) -> Vec<Passing> {
    if let Asker::Service(name) = asker
        && sessions::always_passes(name)
    {
        return vec![Passing::BOTH];
    }
    let lets = |action| trust.is_some_and(|trust| allows_any(trust, action));
    Passing::EVERY.into_iter().filter(|passing| passing.actions().skip(1).all(lets)).collect()
}

struct InWorld<'a> {
    world: &'a World,
    known: &'a BTreeMap<String, Vec<String>>,
    asker: Asker<'a>,
    passing: Passing,
    /// Whether anybody asked what the call passes.
    asks_passed: Cell<bool>,
}

impl InWorld<'_> {
    fn settled(&self, fact: &str) -> Asked<Option<String>> {
        self.world.get(fact).cloned().ok_or_else(|| Undecided(fact.to_owned()))
    }

    fn credential(&self) -> Asked<String> {
        Ok(self.settled(CREDENTIAL)?.unwrap_or_default())
    }

    fn id(&self) -> &str {
        match self.asker {
            Asker::Principal(who, _) => who.id,
            Asker::Service(_) | Asker::Provider(_) => "",
        }
    }

    /// Keys that a role session has from the service that created it.
    fn brought(&self, key: &str) -> Asked<Option<String>> {
        match self.asker {
            Asker::Principal(who, ways) if !who.is_user && ways.iter().any(|way| sessions::brings(way, key)) => {
                let issuer = self.settled(ISSUER)?.unwrap_or_default();
                if sessions::brings(&issuer, key) { self.settled(key) } else { Ok(None) }
            }
            _ => Ok(None),
        }
    }
}

impl InWorld<'_> {
    /// Keys of what the call passes.
    fn passed(&self, key: &str) -> Asked<Option<Vec<String>>> {
        self.asks_passed.set(true);
        if key == NEW_IDENTITY {
            return if self.passing.identity { Ok(self.settled(key)?.map(|v| vec![v])) } else { Ok(None) };
        }
        if !self.passing.tags {
            return Ok(None);
        }
        if let Asker::Service(name) = self.asker
            && sessions::always_passes(name)
        {
            // AWS does not document whether it marks one as transitive
            let has = match key {
                TAG_KEYS => true,
                TRANSITIVE_TAG_KEYS => self.settled(OTHER_TAG_TRANSITIVE)?.is_some(),
                _ => false,
            };
            return Ok(has.then(|| vec![sessions::TAG_OF_CERTIFICATE.to_owned()]));
        }
        if key != TAG_KEYS && key != TRANSITIVE_TAG_KEYS {
            let is_named = TAGS.iter().any(|tag| key == requested(tag));
            return if is_named { Ok(self.settled(key)?.map(|v| vec![v])) } else { Ok(None) };
        }
        let mut keys = Vec::new();
        for (fact, tag) in passable() {
            if self.settled(&fact)?.is_some() && (key == TAG_KEYS || self.settled(&transitive(tag))?.is_some()) {
                keys.push(tag.to_owned());
            }
        }
        Ok((!keys.is_empty()).then_some(keys))
    }

    /// Keys that the calling session has from the call that created it.
    fn carried(&self, key: &str) -> Asked<Option<String>> {
        let Asker::Principal(who, _) = self.asker else { return Ok(None) };
        let is_tag = TAGS.iter().any(|tag| key == carried(tag));
        if is_tag && who.may_be_tagged || key == IDENTITY && who.may_have_identity {
            self.settled(key)
        } else {
            Ok(None)
        }
    }
}

impl Context for InWorld<'_> {
    fn values(&self, key: &str) -> Asked<Option<Vec<String>>> {
        if let Some(values) = self.known.get(key) {
            return Ok(Some(values.clone()));
        }
        if key == NEW_IDENTITY || is_of_tags(key) {
            return self.passed(key);
        }
        // nobody is asked for an external id who does not call by himself
        if let Asker::Provider(_) = self.asker {
            let open = OPEN.iter().any(|(open, _)| *open == key) && key != "sts:externalid";
            return Ok(if open { self.settled(key)?.map(|v| vec![v]) } else { None });
        }
        if let Asker::Service(name) = self.asker {
            let open = OPEN.iter().any(|(open, _)| *open == key) || sessions::belongs_to_service(name, key);
            return Ok(if open { self.settled(key)?.map(|v| vec![v]) } else { None });
        }
        let value = match key {
            "aws:multifactorauthpresent" => match self.credential()?.as_str() {
                ACCESS_KEY | ROLE_SESSION_SILENT => None,
                USER_SESSION | ROLE_SESSION => Some("false".to_owned()),
                _ => Some("true".to_owned()),
            },
            AGE if self.credential()? == ACCESS_KEY_WITH_CODE => Some("0".to_owned()),
            AGE if Carrying::Mfa.fits(&self.credential()?) => self.settled(AGE)?,
            ISSUED if !matches!(self.credential()?.as_str(), ACCESS_KEY | ACCESS_KEY_WITH_CODE) => {
                self.settled(ISSUED)?
            }
            "aws:userid" => Some(format!("{}:{}", self.id(), self.session_name()?)),
            key if sessions::is_brought(key) => self.brought(key)?,
            key if key == IDENTITY || key.starts_with("aws:principaltag/") => self.carried(key)?,
            open if OPEN.iter().any(|(name, _)| *name == open) => self.settled(open)?,
            _ => None,
        };
        Ok(value.map(|v| vec![v]))
    }

    fn session_name(&self) -> Asked<String> {
        Ok(self.settled(SESSION)?.unwrap_or_default())
    }
}

fn values_of(fact: &str, domains: &Domains<'_>, asker: Asker<'_>) -> Vec<Option<String>> {
    let owned = |all: Vec<String>| all.into_iter().map(Some).collect();
    let Asker::Principal(caller, ways) = asker else {
        // only `Null` tests it: any value will do
        let any = || vec![Some("something-else".to_owned()), None];
        let mut values = domains.values(fact).unwrap_or_else(any);
        let is_there = fact == NEW_IDENTITY && matches!(asker, Asker::Service(name) if sessions::always_passes(name));
        values.retain(|value| value.is_some() || !is_there);
        return values;
    };
    if fact == ISSUER {
        return owned(ways.iter().chain(&[ANOTHER_WAY]).map(|way| (*way).to_owned()).collect());
    }
    if sessions::is_brought(fact) {
        return owned(sessions::values(fact, caller.account));
    }
    if fact != CREDENTIAL {
        return domains.values(fact).unwrap_or_else(|| panic!("no values of `{fact}`"));
    }
    let all: &[&str] = match caller.is_user {
        true => &[ACCESS_KEY, ACCESS_KEY_WITH_CODE, USER_SESSION, USER_SESSION_WITH_MFA],
        false => &[ROLE_SESSION, ROLE_SESSION_SILENT, ROLE_SESSION_WITH_MFA],
    };
    all.iter().map(|c| Some((*c).to_owned())).collect()
}
