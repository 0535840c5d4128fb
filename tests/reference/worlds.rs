//! Three values by brute force: one pair is decided in every world that its undecided request facts can form.
//!
//! Owns: which facts a snapshot leaves undecided and how they depend on each other. A fact is given values only if an
//! evaluation needs it; a fact that was never needed makes no difference, so nothing is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{Layers, allows};
use super::domains::{Domains, domains_of};
use super::organization::{Facts, Principal};
use super::sessions::{self, ANOTHER_WAY, ISSUER};
use super::statement::{Caller, Request};
use super::{Asked, Context, Undecided};

/// The credential that a request is signed with; it decides three context keys at once.
pub const CREDENTIAL: &str = "credential";
/// The name of the calling role session.
pub const SESSION: &str = "session";
/// The name of the session that the call creates.
pub const SESSION_NAME: &str = "sts:rolesessionname";
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

    /// Every action that must be allowed.
    fn actions(&self) -> &'static [&'static str] {
        match self {
            Self::Principal(..) => &["sts:AssumeRole"],
            Self::Service(name) => sessions::actions(name),
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
    pub fn decide<'a>(facts: &Facts<'a>, names: &BTreeSet<String>, asker: Asker<'a>, role: &Principal<'a>) -> Self {
        let (layers, known) = match asker {
            Asker::Principal(caller, _) => (facts.layers(caller, role), facts.context(caller, role)),
            Asker::Service(name) => (facts.layers_of_role(role), facts.context_of_service(name, role)),
        };
        let mut worlds = Vec::new();
        let mut open = vec![World::new()];
        let mut domains = None;
        while let Some(world) = open.pop() {
            match decide_in(&world, &layers, &known, asker, role) {
                Ok(allowed) => worlds.push((world, allowed)),
                Err(Undecided(fact)) => {
                    let domains = domains.get_or_insert_with(|| domains_of(&layers, &known, names));
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

    /// The names of the calling and of the new session with which it is allowed; `None` is any name.
    pub fn names(&self, what: Carrying) -> BTreeSet<(Option<&str>, Option<&str>)> {
        fn named<'a>(world: &'a World, fact: &str) -> Option<&'a str> {
            world.get(fact).and_then(Option::as_deref)
        }
        let allowed = self.carrying(what).filter(|(_, allowed)| *allowed);
        allowed.map(|(world, _)| (named(world, SESSION), named(world, SESSION_NAME))).collect()
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

    /// The pair restricted to those ways of a user that carry MFA on, or to those that do not.
    pub fn by_ways(&self, who: &Principal<'_>, what: Carrying) -> Self {
        if !who.is_user {
            return Self { worlds: self.worlds.clone() };
        }
        let ways = ways_to_sign(who);
        let has = |(world, _): &&(World, bool)| match world.get(CREDENTIAL) {
            Some(Some(credential)) => ways.contains(&credential.as_str()) && what.fits(credential),
            _ => true,
        };
        Self { worlds: self.worlds.iter().filter(has).cloned().collect() }
    }

    fn is_possible(&self) -> bool {
        self.worlds.iter().any(|(_, allowed)| *allowed)
    }

    pub fn worlds(&self) -> &[(World, bool)] {
        &self.worlds
    }
}

fn decide_in(
    world: &World,
    layers: &Layers<'_>,
    known: &BTreeMap<String, Vec<String>>,
    asker: Asker<'_>,
    role: &Principal<'_>,
) -> Asked<bool> {
    let who = asker.caller();
    let context = InWorld { world, known, asker };
    for action in asker.actions() {
        if !allows(layers, &Request { caller: &who, action, resource: role.arn, context: &context })? {
            return Ok(false);
        }
    }
    Ok(true)
}

struct InWorld<'a> {
    world: &'a World,
    known: &'a BTreeMap<String, Vec<String>>,
    asker: Asker<'a>,
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

impl Context for InWorld<'_> {
    fn values(&self, key: &str) -> Asked<Option<Vec<String>>> {
        if let Some(values) = self.known.get(key) {
            return Ok(Some(values.clone()));
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
            open if OPEN.iter().any(|(name, _)| *name == open) => self.settled(open)?,
            _ => None,
        };
        Ok(value.map(|v| vec![v]))
    }

    fn session_name(&self) -> Asked<String> {
        Ok(self.settled(SESSION)?.unwrap_or_default())
    }
}

fn values_of(fact: &str, domains: &Domains, asker: Asker<'_>) -> Vec<Option<String>> {
    let owned = |all: Vec<String>| all.into_iter().map(Some).collect();
    let Asker::Principal(caller, ways) = asker else {
        // only `Null` tests it: any value will do
        let any = || vec![Some("something-else".to_owned()), None];
        return domains.get(fact).cloned().unwrap_or_else(any);
    };
    if fact == ISSUER {
        return owned(ways.iter().chain(&[ANOTHER_WAY]).map(|way| (*way).to_owned()).collect());
    }
    if sessions::is_brought(fact) {
        return owned(sessions::values(fact, caller.account));
    }
    if fact != CREDENTIAL {
        return domains[fact].clone();
    }
    let all: &[&str] = match caller.is_user {
        true => &[ACCESS_KEY, ACCESS_KEY_WITH_CODE, USER_SESSION, USER_SESSION_WITH_MFA],
        false => &[ROLE_SESSION, ROLE_SESSION_SILENT, ROLE_SESSION_WITH_MFA],
    };
    all.iter().map(|c| Some((*c).to_owned())).collect()
}
