//! Three values by brute force: one pair is decided in every world that its undecided request facts can make.
//!
//! Owns: which facts a snapshot leaves open, and the values worth trying. A fact is only given values where an evaluation
//! asks for it; what was never asked for makes no difference, so nothing is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{Layers, allows};
use super::organisation::{Facts, Organisation, Principal};
use super::statement::Request;
use super::{Asked, Context, Undecided};

/// The credential that a request is signed with; it settles three context keys at once.
pub const CREDENTIAL: &str = "credential";
/// The name of the calling role session.
pub const SESSION: &str = "session";
const AGE: &str = "aws:multifactorauthage";
const ISSUED: &str = "aws:tokenissuetime";

const ACCESS_KEY: &str = "access key";
const USER_SESSION: &str = "session of a user";
const USER_SESSION_WITH_MFA: &str = "session of a user with MFA";
const ROLE_SESSION: &str = "role session";
/// Whether a role session without MFA says `false` or nothing is not documented: both are tried.
const ROLE_SESSION_SILENT: &str = "role session that says nothing of MFA";
const ROLE_SESSION_WITH_MFA: &str = "role session that inherited MFA";

/// Keys that the caller or its surroundings choose, and whether a request can be without them.
const OPEN: &[(&str, bool)] = &[
    ("aws:requestedregion", false),
    ("aws:sourceip", true),
    ("aws:sourcevpce", true),
    ("sts:externalid", true),
    ("sts:rolesessionname", false),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Allowed,
    Conditional,
    Denied,
}

/// With which credentials the caller may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrying {
    Anything,
    Mfa,
    NoMfa,
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

/// Settled facts; nothing stands for "the request is without it".
pub type World = BTreeMap<String, Option<String>>;

/// The values worth trying for every open fact.
pub type Domains = BTreeMap<String, Vec<Option<String>>>;

/// A pair, decided in every world.
pub struct Pair {
    worlds: Vec<(World, bool)>,
}

impl Pair {
    pub fn decide(facts: &Facts<'_>, domains: &Domains, caller: &Principal<'_>, role: &Principal<'_>) -> Self {
        let layers = facts.layers(caller, role);
        let known = facts.context(caller, role);
        let mut worlds = Vec::new();
        let mut open = vec![World::new()];
        while let Some(world) = open.pop() {
            match decide_in(&world, &layers, &known, caller, role) {
                Ok(allowed) => worlds.push((world, allowed)),
                Err(Undecided(fact)) => {
                    for value in values_of(&fact, domains, caller) {
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

    pub fn verdict(&self, what: Carrying) -> Verdict {
        let all = self.carrying(what).all(|(_, allowed)| *allowed);
        let any = self.carrying(what).any(|(_, allowed)| *allowed);
        match (all, any) {
            (true, _) => Verdict::Allowed,
            (_, true) => Verdict::Conditional,
            _ => Verdict::Denied,
        }
    }

    /// The facts on which the outcome really depends: two worlds differ in nothing else and in their outcome.
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

    pub fn worlds(&self) -> &[(World, bool)] {
        &self.worlds
    }
}

fn decide_in(
    world: &World,
    layers: &Layers<'_>,
    known: &BTreeMap<String, Vec<String>>,
    caller: &Principal<'_>,
    role: &Principal<'_>,
) -> Asked<bool> {
    let who = caller.caller();
    let context = InWorld { world, known, caller };
    allows(layers, &Request { caller: &who, action: "sts:AssumeRole", resource: role.arn, context: &context })
}

struct InWorld<'a> {
    world: &'a World,
    known: &'a BTreeMap<String, Vec<String>>,
    caller: &'a Principal<'a>,
}

impl InWorld<'_> {
    fn settled(&self, fact: &str) -> Asked<Option<String>> {
        self.world.get(fact).cloned().ok_or_else(|| Undecided(fact.to_owned()))
    }

    fn credential(&self) -> Asked<String> {
        Ok(self.settled(CREDENTIAL)?.unwrap_or_default())
    }
}

impl Context for InWorld<'_> {
    fn values(&self, key: &str) -> Asked<Option<Vec<String>>> {
        if let Some(values) = self.known.get(key) {
            return Ok(Some(values.clone()));
        }
        let value = match key {
            "aws:multifactorauthpresent" => match self.credential()?.as_str() {
                ACCESS_KEY | ROLE_SESSION_SILENT => None,
                USER_SESSION | ROLE_SESSION => Some("false".to_owned()),
                _ => Some("true".to_owned()),
            },
            AGE if Carrying::Mfa.fits(&self.credential()?) => self.settled(AGE)?,
            ISSUED if self.credential()? != ACCESS_KEY => self.settled(ISSUED)?,
            "aws:userid" => Some(format!("{}:{}", self.caller.id, self.session_name()?)),
            open if OPEN.iter().any(|(name, _)| *name == open) => self.settled(open)?,
            _ => None,
        };
        Ok(value.map(|v| vec![v]))
    }

    fn session_name(&self) -> Asked<String> {
        Ok(self.settled(SESSION)?.unwrap_or_default())
    }
}

fn values_of(fact: &str, domains: &Domains, caller: &Principal<'_>) -> Vec<Option<String>> {
    if fact != CREDENTIAL {
        return domains[fact].clone();
    }
    let all = match caller.is_user {
        true => [ACCESS_KEY, USER_SESSION, USER_SESSION_WITH_MFA],
        false => [ROLE_SESSION, ROLE_SESSION_SILENT, ROLE_SESSION_WITH_MFA],
    };
    all.iter().map(|c| Some((*c).to_owned())).collect()
}

/// Every value that some document of the organisation can tell from another, and one that none names.
pub fn domains(organisation: &Organisation) -> Domains {
    let mut texts = Texts::default();
    texts.read(&organisation.organization);
    organisation.accounts.values().for_each(|a| texts.read(a));
    let mut domains = Domains::new();
    for (key, may_be_absent) in OPEN {
        let mut values = texts.instances(key);
        values.extend(match *key {
            "aws:sourceip" => ["203.0.113.77", "2620:0:1::1"].map(str::to_owned).to_vec(),
            _ => vec!["something-else".to_owned()],
        });
        let absent = may_be_absent.then_some(None);
        domains.insert((*key).to_owned(), values.into_iter().map(Some).chain(absent).collect());
    }
    let mut ages: BTreeSet<i64> = texts.of(AGE).iter().flat_map(|t| around(t)).collect();
    ages.insert(10);
    domains.insert(AGE.to_owned(), ages.iter().map(|a| Some(a.to_string())).collect());
    let issued = ["2026-11-19T01:00:00Z", "2026-11-19T23:30:00Z"];
    domains.insert(ISSUED.to_owned(), issued.iter().map(|t| Some((*t).to_owned())).collect());
    let mut sessions = texts.sessions.clone();
    for (_, session) in texts.of("aws:userid").iter().filter_map(|t| t.split_once(':')) {
        sessions.extend(instances(session));
    }
    sessions.insert("some-session".to_owned());
    domains.insert(SESSION.to_owned(), sessions.into_iter().map(Some).collect());
    domains
}

fn around(threshold: &str) -> [i64; 3] {
    let at: i64 = threshold.parse().unwrap();
    [at - 1, at, at + 1]
}

/// What the documents of an organisation say of each key.
#[derive(Default)]
struct Texts {
    by_key: BTreeMap<String, BTreeSet<String>>,
    /// What a variable may stand for: names, tag values and defaults.
    names: BTreeSet<String>,
    variables: BTreeSet<String>,
    sessions: BTreeSet<String>,
}

impl Texts {
    fn read(&mut self, value: &serde_json::Value) {
        use serde_json::Value;
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    if let ("UserName" | "RoleName" | "Value", Value::String(name)) = (key.as_str(), inner) {
                        self.names.insert(name.clone());
                    }
                    if let ("Condition", Value::Object(block)) = (key.as_str(), inner) {
                        for (key, values) in block.values().filter_map(Value::as_object).flatten() {
                            self.by_key.entry(key.to_lowercase()).or_default().extend(super::strings(values));
                        }
                    }
                    self.read(inner);
                }
            }
            Value::Array(all) => all.iter().for_each(|v| self.read(v)),
            Value::String(text) => self.read_text(text),
            _ => {}
        }
    }

    fn read_text(&mut self, text: &str) {
        if let Some((_, session)) = text.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
            self.sessions.insert(session.to_owned());
        }
        for inside in text.split("${").skip(1).filter_map(|rest| rest.split('}').next()) {
            let mut words = inside.split(", '");
            self.variables.extend(words.next().map(str::to_lowercase));
            self.names.extend(words.next().map(|w| w.trim_end_matches('\'').to_owned()));
        }
    }

    fn of(&self, key: &str) -> BTreeSet<String> {
        self.by_key.get(key).cloned().unwrap_or_default()
    }

    fn instances(&self, key: &str) -> BTreeSet<String> {
        let texts = self.of(key);
        if key == "aws:sourceip" {
            return texts.iter().flat_map(|t| ends_of_network(t)).collect();
        }
        let mut found = BTreeSet::new();
        let concrete: Vec<String> = texts.iter().flat_map(|t| self.without_variables(t)).collect();
        for text in &concrete {
            found.extend(instances(text));
            // two patterns may have a text in common that neither spells
            for other in &concrete {
                found.extend(common(text, other).iter().flat_map(|t| instances(t)));
            }
        }
        if self.variables.contains(key) {
            found.extend(self.names.iter().cloned());
        }
        found.retain(|t| t.len() > 1);
        found
    }

    fn without_variables(&self, text: &str) -> Vec<String> {
        let Some((before, rest)) = text.split_once("${") else { return vec![text.to_owned()] };
        let (_, after) = rest.split_once('}').unwrap();
        let specials = ["*", "?", "$"].map(str::to_owned);
        self.names.iter().chain(&specials).flat_map(|n| self.without_variables(&format!("{before}{n}{after}"))).collect()
    }
}

/// Texts that a pattern describes, in both cases.
fn instances(pattern: &str) -> BTreeSet<String> {
    let plain = [pattern.to_owned(), pattern.replace('*', ""), pattern.replace('*', "qq").replace('?', "q")];
    let both = plain.iter().flat_map(|t| [t.clone(), t.to_uppercase()]);
    both.map(|t| t.replace('?', "q")).collect()
}

/// For two patterns of one star each: what begins as both and ends as both.
fn common(a: &str, b: &str) -> Option<String> {
    let ((start_a, end_a), (start_b, end_b)) = (a.split_once('*')?, b.split_once('*')?);
    let longer = |x: &str, y: &str| if x.len() > y.len() { x.to_owned() } else { y.to_owned() };
    Some(format!("{}*{}", longer(start_a, start_b), longer(end_a, end_b)))
}

/// The first and the last address of a network.
fn ends_of_network(text: &str) -> Vec<String> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let (base, bits) = text.split_once('/').unwrap_or((text, "128"));
    let bits: u32 = bits.parse().unwrap();
    let last: IpAddr = match base.parse().unwrap() {
        IpAddr::V4(a) => Ipv4Addr::from_bits(a.to_bits() | u32::MAX.checked_shr(bits).unwrap_or(0)).into(),
        IpAddr::V6(a) => Ipv6Addr::from_bits(a.to_bits() | u128::MAX.checked_shr(bits).unwrap_or(0)).into(),
    };
    vec![base.to_owned(), last.to_string()]
}
