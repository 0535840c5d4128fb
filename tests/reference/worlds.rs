//! Three values by brute force: one pair is decided in every world that its undecided request facts can form.
//!
//! Owns: which facts a snapshot leaves undecided and how they depend on each other. A fact is given values only if an
//! evaluation needs it; a fact that was never needed makes no difference, so nothing is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{Layers, allows};
use super::domains::{Domains, Samples};
use super::organization::{Facts, Principal};
use super::passing::{
    IDENTITY, NEW_IDENTITY, Passing, TAG_KEYS, TAGS, TRANSITIVE_TAG_KEYS, carried, is_of_tags, passable, requested,
    transitive,
};
use super::sessions::{self, ANOTHER_WAY, ISSUER};
use super::statement::{Caller, Request};
use super::{Asked, Context, Undecided};

/// The credential that a request is signed with; it decides three context keys at once.
pub const CREDENTIAL: &str = "credential";
/// The name of the calling role session.
pub const SESSION: &str = "session";
/// The name of the session that the call creates.
pub const SESSION_NAME: &str = "sts:rolesessionname";
/// Whether the call passes tags, and whether it sets a source identity.
pub const PASSES_TAGS: &str = "passes tags";
pub const SETS_IDENTITY: &str = "sets a source identity";
pub const AGE: &str = "aws:multifactorauthage";
pub const ISSUED: &str = "aws:tokenissuetime";

const ACCESS_KEY: &str = "access key";
/// A code that is passed to the call itself counts for that call only; the session that it creates has no MFA.
const ACCESS_KEY_WITH_CODE: &str = "access key, and an MFA code in the call";
const USER_SESSION: &str = "session of a user";
const USER_SESSION_WITH_MFA: &str = "session of a user with MFA";
const ROLE_SESSION: &str = "role session";
/// Whether a role session without MFA has the value `false` or no value is not documented: both are tried.
const ROLE_SESSION_SILENT: &str = "role session that says nothing of MFA";
const ROLE_SESSION_WITH_MFA: &str = "role session that inherited MFA";

/// Keys that the caller or its environment chooses, and whether a request can be without them.
pub const OPEN: &[(&str, bool)] = &[
    ("aws:requestedregion", false),
    ("aws:sourceip", true),
    ("aws:sourcevpce", true),
    ("sts:externalid", true),
    (SESSION_NAME, false),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Allowed,
    Conditional,
    Denied,
}

/// Which credentials the caller may use: what counts is whether later hops still have MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrying {
    Anything,
    Mfa,
    NoMfa,
}

/// The ways to sign that a user has: all if they are unknown, and for a user who has none today.
pub fn ways_to_sign(who: &Principal<'_>) -> Vec<&'static str> {
    let all = vec![ACCESS_KEY, ACCESS_KEY_WITH_CODE, USER_SESSION, USER_SESSION_WITH_MFA];
    match who.held {
        Some(held) if !held.key && held.password && held.device => vec![USER_SESSION_WITH_MFA],
        Some(held) if !held.key && held.password => vec![USER_SESSION, USER_SESSION_WITH_MFA],
        // a key also gets sessions; with a device, sessions with MFA too
        _ => all,
    }
}

impl Carrying {
    fn fits(self, credential: &str) -> bool {
        let has_mfa = matches!(credential, USER_SESSION_WITH_MFA | ROLE_SESSION_WITH_MFA);
        match self {
            Self::Anything => true,
            Self::Mfa => has_mfa,
            Self::NoMfa => !has_mfa,
        }
    }
}

/// The caller, and in which ways its session may have been created.
#[derive(Clone, Copy)]
pub enum Asker<'a> {
    Principal(&'a Principal<'a>, &'a [&'static str]),
    Service(&'a str),
}

impl Asker<'_> {
    fn caller(&self) -> Caller {
        match self {
            Self::Principal(who, _) => who.caller(),
            Self::Service(name) => Caller::Service { name: (*name).to_owned() },
        }
    }

    /// What the call can pass.
    fn ways(&self) -> &'static [Passing] {
        match self {
            Self::Service(name) if sessions::always_passes(name) => &[Passing::BOTH],
            _ => &Passing::EVERY,
        }
    }
}

/// Decided facts; `None` is "the request does not have it".
pub type World = BTreeMap<String, Option<String>>;

/// A pair, decided in every world.
pub struct Pair {
    worlds: Vec<(World, bool)>,
}

impl Pair {
    /// Whether the role can be assumed by passing nothing, or what the world says, or one of the two: passing is up to
    /// the caller.
    pub fn decide<'a>(facts: &Facts<'a>, samples: &Samples, asker: Asker<'a>, role: &Principal<'a>) -> Self {
        let any = |call: &Call<'_>, world: &World| {
            for passing in asker.ways() {
                if call.is_allowed(world, *passing)? && call.passes_something(world, *passing)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        Self::explore(facts, samples, asker, role, World::new(), any)
    }

    /// The calls that are allowed and pass exactly what they say: what they do not say makes no difference.
    pub fn calls<'a>(facts: &Facts<'a>, samples: &Samples, asker: Asker<'a>, role: &Principal<'a>) -> Self {
        let mut worlds = Vec::new();
        for passing in Passing::EVERY {
            let said = |flag: bool| flag.then(|| "yes".to_owned());
            let start = [(PASSES_TAGS.to_owned(), said(passing.tags)), (SETS_IDENTITY.to_owned(), said(passing.identity))];
            let exactly = |call: &Call<'_>, world: &World| call.is_allowed(world, passing);
            worlds.extend(Self::explore(facts, samples, asker, role, start.into(), exactly).worlds);
        }
        worlds.retain(|(_, allowed)| *allowed);
        Self { worlds }
    }

    fn explore<'a>(
        facts: &Facts<'a>,
        samples: &Samples,
        asker: Asker<'a>,
        role: &Principal<'a>,
        start: World,
        decide_in: impl Fn(&Call<'_>, &World) -> Asked<bool>,
    ) -> Self {
        let (layers, known) = match asker {
            Asker::Principal(caller, _) => (facts.layers(caller, role), facts.context(caller, role)),
            Asker::Service(name) => (facts.layers_of_role(role), facts.context_of_service(name, role)),
        };
        let call = Call { layers: &layers, known: &known, asker, role };
        let caller = if let Asker::Principal(caller, _) = asker { Some(caller) } else { None };
        let mut worlds = Vec::new();
        let mut open = vec![start];
        let mut domains = None;
        while let Some(world) = open.pop() {
            match decide_in(&call, &world) {
                Ok(allowed) => worlds.push((world, allowed)),
                Err(Undecided(fact)) => {
                    let domains = domains.get_or_insert_with(|| Domains::of(&layers, &known, samples, caller));
                    for value in values_of(&fact, domains, asker) {
                        let mut settled = world.clone();
                        settled.insert(fact.clone(), value);
                        open.push(settled);
                    }
                }
            }
        }
        Self { worlds }
    }

    fn carrying(&self, what: Carrying) -> impl Iterator<Item = &(World, bool)> {
        self.worlds.iter().filter(move |(world, _)| match world.get(CREDENTIAL) {
            Some(Some(credential)) => what.fits(credential),
            _ => true,
        })
    }

    /// The same pair with a calling session that was itself created by AssumeRole: no service issued it.
    pub fn of_made_session(&self) -> Self {
        let made =
            |(world, _): &&(World, bool)| world.get(ISSUER).is_none_or(|issuer| issuer.as_deref() == Some(ANOTHER_WAY));
        Self { worlds: self.worlds.iter().filter(made).cloned().collect() }
    }

    /// The worlds in which it is allowed.
    pub fn allowed(&self, what: Carrying) -> impl Iterator<Item = &World> {
        self.carrying(what).filter(|(_, allowed)| *allowed).map(|(world, _)| world)
    }

    pub fn verdict(&self, what: Carrying) -> Verdict {
        let all = self.carrying(what).all(|(_, allowed)| *allowed);
        let any = self.carrying(what).any(|(_, allowed)| *allowed);
        match (all, any) {
            (true, _) => Verdict::Allowed,
            (_, true) => Verdict::Conditional,
            _ => Verdict::Denied,
        }
    }

    /// The facts on which the outcome really depends: two worlds with different outcomes differ in nothing else.
    pub fn conditions(&self, what: Carrying) -> BTreeSet<String> {
        let (yes, no): (Vec<_>, Vec<_>) = self.carrying(what).partition(|(_, allowed)| *allowed);
        let mut found = BTreeSet::new();
        for (a, _) in &yes {
            for (b, _) in &no {
                let mut differing = a.iter().filter(|(fact, value)| b.get(*fact).is_some_and(|other| other != *value));
                if let (Some((fact, _)), None) = (differing.next(), differing.next()) {
                    found.insert(fact.clone());
                }
            }
        }
        found
    }

    /// The worlds of one way to sign.
    fn signed(&self, way: &str) -> Vec<(World, bool)> {
        let by = |(world, _): &&(World, bool)| match world.get(CREDENTIAL) {
            Some(Some(credential)) => credential == way,
            _ => true,
        };
        let without = |(world, allowed): &(World, bool)| {
            let rest = world.iter().filter(|(fact, _)| *fact != CREDENTIAL);
            (rest.map(|(fact, value)| (fact.clone(), value.clone())).collect(), *allowed)
        };
        self.worlds.iter().filter(by).map(without).collect()
    }

    /// What a user gets without MFA, in whichever way: every combination of what the ways require. A user who must use
    /// MFA counts as without if MFA makes no difference; empty if there is no such way.
    fn without_mfa(&self, who: &Principal<'_>) -> Self {
        let ways = ways_to_sign(who);
        let joined = |first: Vec<(World, bool)>, second: Vec<(World, bool)>, how: fn(bool, bool) -> bool| {
            let fits =
                |a: &World, b: &World| a.iter().all(|(fact, value)| b.get(fact).is_none_or(|other| other == value));
            let mut worlds = Vec::new();
            for (a, in_a) in &first {
                for (b, in_b) in second.iter().filter(|(b, _)| fits(a, b)) {
                    let both = a.iter().chain(b).map(|(fact, value)| (fact.clone(), value.clone())).collect();
                    worlds.push((both, how(*in_a, *in_b)));
                }
            }
            worlds
        };
        let worlds = match ways.as_slice() {
            [USER_SESSION_WITH_MFA] => {
                let (without, with) = (self.signed(USER_SESSION), self.signed(USER_SESSION_WITH_MFA));
                let differs = joined(without, with.clone(), |a, b| a != b).iter().any(|(_, differs)| *differs);
                if differs { Vec::new() } else { with }
            }
            [USER_SESSION, _] => self.signed(USER_SESSION),
            _ => joined(self.signed(ACCESS_KEY), self.signed(USER_SESSION), |a, b| a || b),
        };
        Self { worlds }
    }

    /// The best of a user's ways: one without MFA if that is allowed, else one with MFA, which is then a condition.
    pub fn best(&self, who: &Principal<'_>) -> (Verdict, BTreeSet<String>) {
        let alone = self.without_mfa(who);
        if alone.is_possible() {
            return (alone.verdict(Carrying::Anything), alone.conditions(Carrying::Anything));
        }
        let ways = ways_to_sign(who);
        if !ways.iter().any(|way| self.signed(way).iter().any(|(_, allowed)| *allowed)) {
            return (Verdict::Denied, BTreeSet::new());
        }
        // among the ways of the same kind, whether the user has them today or not
        let fits = |credential: &str| ways.len() > 2 || matches!(credential, USER_SESSION | USER_SESSION_WITH_MFA);
        let asked = self.worlds.iter().filter(|(world, _)| match world.get(CREDENTIAL) {
            Some(Some(credential)) => fits(credential),
            _ => true,
        });
        let asked = Self { worlds: asked.cloned().collect() };
        (Verdict::Conditional, asked.conditions(Carrying::Anything))
    }

    /// Whether a user can assume the role without MFA at all.
    pub fn is_possible_without_mfa(&self, who: &Principal<'_>) -> bool {
        self.without_mfa(who).is_possible()
    }

    pub fn is_possible(&self) -> bool {
        self.worlds.iter().any(|(_, allowed)| *allowed)
    }

    pub fn worlds(&self) -> &[(World, bool)] {
        &self.worlds
    }
}

/// Whether the caller can sign so: a user only in its own ways, with or without MFA as is asked for.
pub fn is_signed(world: &World, who: &Principal<'_>, what: Carrying) -> bool {
    match world.get(CREDENTIAL) {
        Some(Some(credential)) if who.is_user => {
            ways_to_sign(who).contains(&credential.as_str()) && what.fits(credential)
        }
        _ => true,
    }
}

/// A call whose world is not settled yet.
struct Call<'a> {
    layers: &'a Layers<'a>,
    known: &'a BTreeMap<String, Vec<String>>,
    asker: Asker<'a>,
    role: &'a Principal<'a>,
}

impl Call<'_> {
    fn is_allowed(&self, world: &World, passing: Passing) -> Asked<bool> {
        let who = self.asker.caller();
        let context = InWorld { world, known: self.known, asker: self.asker, passing };
        for action in passing.actions() {
            if !allows(self.layers, &Request { caller: &who, action, resource: self.role.arn, context: &context })? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the call passes anything of what it is said to pass, and no other source identity than the one that the
    /// caller has.
    fn passes_something(&self, world: &World, passing: Passing) -> Asked<bool> {
        let context = InWorld { world, known: self.known, asker: self.asker, passing };
        if passing.identity
            && let Some(own) = context.values(IDENTITY)?
            && context.values(NEW_IDENTITY)? != Some(own)
        {
            return Ok(false);
        }
        Ok(!passing.tags || context.values(TAG_KEYS)?.is_some())
    }
}

struct InWorld<'a> {
    world: &'a World,
    known: &'a BTreeMap<String, Vec<String>>,
    asker: Asker<'a>,
    passing: Passing,
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
            Asker::Service(_) => "",
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
        if key == NEW_IDENTITY {
            return if self.passing.identity { Ok(self.settled(key)?.map(|v| vec![v])) } else { Ok(None) };
        }
        if !self.passing.tags {
            return Ok(None);
        }
        if let Asker::Service(name) = self.asker
            && sessions::always_passes(name)
        {
            return Ok((key == TAG_KEYS).then(|| vec![sessions::TAG_OF_CERTIFICATE.to_owned()]));
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
        if is_tag && who.may_be_tagged || key == IDENTITY && who.may_have_identity { self.settled(key) } else { Ok(None) }
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
        return domains.values(fact).unwrap_or_else(any);
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
