//! People by brute force: what each of them reaches, supposing in turn everything that AWS does not say of their sessions.
//!
//! Owns: from the directory to the calls that AWS makes for a person. A call for an assignment passes the user name as the name of
//! the session, and tags as the instance configures them; one for an entitlement must be allowed to set a context, too.
//! Source: IAM Identity Center User Guide, "Attributes for access control", "Referencing permission sets"; AWS IAM User Guide,
//! "Prepare IAM roles" (account access manager).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::calls::{Asker, Call};
use super::credential::Carrying;
use super::directory::{ACCESS, Peopled};
use super::domains::{Known, sts_takes};
use super::graph::{Graph, Passed, Steps, Way};
use super::passing::{TAGS, requested};
use super::paths::{Session, lengths};
use super::worlds::{Pair, Verdict};

/// What is supposed of the sessions that AWS makes for a person, where nothing says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Supposed {
    made: Made,
    is_transitive: bool,
    /// Of two roles of a permission set the second.
    second: bool,
}

/// What AWS passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Made {
    name: String,
    tags: [Option<String>; 2],
    /// A tag of a key that no policy names.
    other: bool,
}

/// A role that a person enters, and by what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    role: usize,
    /// The ARN of the application where it is by an entitlement.
    application: Option<String>,
}

/// What the snapshot says of a person.
pub struct Person {
    pub id: String,
    pub name: String,
    pub is_disabled: bool,
    names: Vec<String>,
    tags: [Vec<Option<String>>; 2],
    other: Vec<bool>,
    entries: [BTreeSet<Entry>; 2],
}

/// The people of an organization.
pub struct Directory<'a> {
    graph: &'a Graph<'a>,
    pub persons: Vec<Person>,
    samples: Samples,
    calls: Steps<'a>,
}

/// How many cases are tried of one person.
pub const CASES: usize = 24;

/// What sessions can be called, and have for tags, in everything that policies tell apart.
struct Samples {
    names: Vec<String>,
    tags: [Vec<Option<String>>; 2],
}

/// What is added to the values that policies distinguish: names and attributes of users.
pub fn values_of(directory: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let users = directory["Instances"][0]["Users"].as_array().unwrap();
    let texts = |key: &str| users.iter().filter_map(|user| user[key].as_str()).map(str::to_owned).collect::<Vec<_>>();
    let names = texts("UserName").into_iter().filter(|name| is_session_name(name)).collect();
    (names, texts("Title").into_iter().chain(texts("NickName")).collect())
}

fn is_session_name(name: &str) -> bool {
    sts_takes(name, "_+=,.@-")
}

impl<'a> Directory<'a> {
    pub fn new(graph: &'a Graph<'a>, of: &Peopled) -> Self {
        let names = graph.samples().names.iter().cloned().collect();
        let tags = TAGS.map(|tag| {
            let values = graph.samples().tags(tag).iter().cloned().map(Some);
            values.chain([None]).collect()
        });
        let calls = graph.later_steps(Passed::Anything);
        let mut directory = Self { graph, persons: Vec::new(), samples: Samples { names, tags }, calls };
        let users = of.directory["Instances"][0]["Users"].as_array().unwrap();
        directory.persons = users.iter().map(|user| directory.person(of, user)).collect();
        directory
    }

    fn person(&self, of: &Peopled, user: &Value) -> Person {
        let instance = &of.directory["Instances"][0];
        let name = user["UserName"].as_str().unwrap();
        let configured = instance.get("AccessControlAttributes").map(|list| list.as_array().unwrap());
        let any = |at: usize| self.samples.tags[at].clone();
        let value = |attribute: &Value| match attribute["Value"]["Source"][0].as_str().unwrap() {
            "${path:title}" => Ok(user["Title"].as_str().map(str::to_owned)),
            "${path:nickName}" => Ok(user["NickName"].as_str().map(str::to_owned)),
            _ => Err("Active Directory has it"),
        };
        // an identity provider may add tags where the instance takes any
        let is_off = instance.get("AccessControlEnabled") == Some(&json!(false));
        let adds = configured.is_none_or(|_| !is_off && user.get("ExternalIds").is_some());
        let own = |key: &str| {
            let mut of_key = configured.into_iter().flatten();
            of_key.find(|attribute| attribute["Key"].as_str().unwrap().eq_ignore_ascii_case(key)).map(value)
        };
        let tags = [0, 1].map(|at| match own(TAGS[at]) {
            Some(Ok(value)) => vec![value],
            Some(Err(_)) => any(at),
            None if adds => any(at),
            None => vec![None],
        });
        let other = match own("floor") {
            Some(Ok(Some(_))) => vec![true],
            _ if adds => vec![false, true],
            _ => vec![false],
        };
        let names = if is_session_name(name) { vec![name.to_owned()] } else { self.samples.names.clone() };
        let entries = [false, true].map(|second| self.entries(of, user, second));
        Person {
            id: user["UserId"].as_str().unwrap().to_owned(),
            name: name.to_owned(),
            is_disabled: user["UserStatus"] == "DISABLED",
            names,
            tags,
            other,
            entries,
        }
    }

    /// Every role that a person may be let into.
    fn entries(&self, of: &Peopled, user: &Value, second: bool) -> BTreeSet<Entry> {
        let instance = &of.directory["Instances"][0];
        let is = |kind: &str, id: &Value| match kind {
            "USER" => *id == user["UserId"],
            _ => {
                let mut members = instance["GroupMemberships"].as_array().unwrap().iter();
                members.any(|member| member["GroupId"] == *id && member["MemberId"]["UserId"] == user["UserId"])
            }
        };
        let principals = &self.graph.facts.principals;
        let mut found = BTreeSet::new();
        for assigned in instance["AccountAssignments"].as_array().unwrap() {
            if !is(assigned["PrincipalType"].as_str().unwrap(), &assigned["PrincipalId"]) {
                continue;
            }
            let sets = instance["PermissionSets"].as_array().unwrap();
            let Some(set) = sets.iter().find(|set| set["PermissionSetArn"] == assigned["PermissionSetArn"]) else {
                continue;
            };
            let start = format!("AWSReservedSSO_{}_", set["Name"].as_str().unwrap());
            let roles: Vec<usize> = (0..principals.len())
                .filter(|at| principals[*at].account == assigned["AccountId"].as_str().unwrap())
                .filter(|at| principals[*at].name.strip_prefix(&start).is_some_and(|rest| rest.len() == 16))
                .collect();
            let role = if second { roles.last() } else { roles.first() };
            found.extend(role.map(|role| Entry { role: *role, application: None }));
        }
        for application in of.access.iter().flat_map(|file| file["Applications"].as_array().unwrap()) {
            for entitlement in application["Entitlements"].as_array().unwrap() {
                let what = &entitlement["PrincipalRole"];
                let for_user = what.get("UserId").is_some_and(|id| is("USER", id));
                if for_user || what.get("GroupId").is_some_and(|id| is("GROUP", id)) {
                    let role = principals.iter().position(|p| p.arn == what["RoleArn"].as_str().unwrap());
                    let application = application["ApplicationArn"].as_str().map(str::to_owned);
                    found.extend(role.map(|role| Entry { role, application }));
                }
            }
        }
        found
    }

    /// Everything that may be so of the sessions that assignments, or entitlements, make; of very much a part.
    fn suppositions(&self, person: &Person, entitled: bool) -> Vec<Supposed> {
        // nothing can be passed on of somebody who has nothing
        let has_none = person.tags == [[None], [None]] && person.other == [false];
        let (names, tags, other) = match entitled {
            true if has_none => (&self.samples.names, &person.tags, &person.other),
            true => (&self.samples.names, &self.samples.tags, &vec![false, true]),
            false => (&person.names, &person.tags, &person.other),
        };
        let seconds: &[bool] =
            if entitled || person.entries[0] == person.entries[1] { &[false] } else { &[false, true] };
        let mut all = Vec::new();
        for name in names {
            for team in &tags[0] {
                for env in &tags[1] {
                    for other in other {
                        let made = Made { name: name.clone(), tags: [team.clone(), env.clone()], other: *other };
                        let is_tagged = made.other || made.tags != [None, None];
                        for is_transitive in [false, true].into_iter().filter(|is| is_tagged || !is) {
                            let with = |second: &bool| Supposed { made: made.clone(), is_transitive, second: *second };
                            all.extend(seconds.iter().map(with));
                        }
                    }
                }
            }
        }
        // odd, so that both sides of every choice of two are among them
        let step = all.len().div_ceil(CASES) | 1;
        all.into_iter().step_by(step).collect()
    }

    /// The best path of a person to each role, in every supposed case: by assignments, and by entitlements. Every path starts
    /// with one of the two.
    pub fn ways(&self, person: &Person) -> [Vec<BTreeMap<usize, Way>>; 2] {
        [false, true].map(|entitled| {
            let mut entries = person.entries.iter().flatten();
            if person.is_disabled || !entries.any(|entry| entry.application.is_some() == entitled) {
                return vec![BTreeMap::new()];
            }
            let cases = self.suppositions(person, entitled);
            cases.iter().map(|case| self.ways_in(person, case, entitled)).collect()
        })
    }

    fn ways_in(&self, person: &Person, case: &Supposed, entitled: bool) -> BTreeMap<usize, Way> {
        let Supposed { made, is_transitive, second } = case;
        let entries = person.entries[usize::from(*second)].iter();
        let (mut surely, mut perhaps) = (BTreeMap::new(), BTreeMap::new());
        for entry in entries.filter(|entry| entry.application.is_some() == entitled) {
            let pair = self.enters(entry, made, *is_transitive);
            let session = || {
                let tag = |at: usize| {
                    made.tags[at].as_ref().map(|value| (self.graph.sample(TAGS[at], value), *is_transitive))
                };
                Session::made(entry.role, self.graph.sample_name(&made.name), [tag(0), tag(1)])
            };
            match pair.verdict(Carrying::Anything) {
                Verdict::Denied => continue,
                Verdict::Allowed => _ = surely.insert(session(), entry.role),
                Verdict::Conditional => {}
            }
            perhaps.insert(session(), entry.role);
        }
        let mut best = BTreeMap::new();
        let mut take = |to: usize, way: Way| {
            best.entry(to).and_modify(|known: &mut Way| *known = (*known).min(way)).or_insert(way);
        };
        for (session, role) in &surely {
            take(*role, Way { verdict: Verdict::Allowed, hops: 1 });
            for (to, hops) in self.graph.allowed_after(session) {
                take(to, Way { verdict: Verdict::Allowed, hops: hops + 1 });
            }
        }
        perhaps.values().for_each(|role| take(*role, Way { verdict: Verdict::Conditional, hops: 1 }));
        for (session, hops) in lengths(perhaps.into_keys().collect(), |at| self.graph.after(at, &self.calls)) {
            take(session.of(), Way { verdict: Verdict::Conditional, hops: hops + 1 });
        }
        best
    }

    /// Whether the role lets AWS in for the person.
    fn enters(&self, entry: &Entry, made: &Made, is_transitive: bool) -> Pair {
        let facts = &self.graph.facts;
        let role = &facts.principals[entry.role];
        let mut passed = Known::new();
        passed.insert("sts:rolesessionname".to_owned(), vec![made.name.clone()]);
        let mut keys = Vec::new();
        for (tag, value) in TAGS.iter().zip(&made.tags) {
            if let Some(value) = value {
                passed.insert(requested(tag), vec![value.clone()]);
                keys.push((*tag).to_owned());
            }
        }
        keys.extend(made.other.then(|| "floor".to_owned()));
        let is_tagged = !keys.is_empty();
        if is_tagged && is_transitive {
            passed.insert("sts:transitivetagkeys".to_owned(), keys.clone());
        }
        if is_tagged {
            passed.insert("aws:tagkeys".to_owned(), keys);
        }
        let Some(application) = &entry.application else {
            passed.insert("saml:aud".to_owned(), vec!["https://signin.aws.amazon.com/saml".to_owned()]);
            let provider = format!("arn:aws:iam::{}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE", role.account);
            let mut actions = vec!["sts:AssumeRoleWithSAML"];
            actions.extend(is_tagged.then_some("sts:TagSession"));
            return Pair::of(
                &Call::as_it_is(facts, Asker::Provider(&provider), role, passed),
                self.graph.samples(),
                &actions,
            );
        };
        passed.insert("aws:sourcearn".to_owned(), vec![application.clone()]);
        let id = application.split(':').nth(4).unwrap();
        let account = facts.account(id);
        passed.insert("aws:sourceaccount".to_owned(), vec![account.to_owned()]);
        passed.insert("aws:sourceorgid".to_owned(), vec!["o-ours".to_owned()]);
        passed.insert("aws:sourceorgpaths".to_owned(), vec![facts.path(account)]);
        let mut actions = vec!["sts:AssumeRole", "sts:SetContext"];
        actions.extend(is_tagged.then_some("sts:TagSession"));
        Pair::of(&Call::as_it_is(facts, Asker::Service(ACCESS), role, passed), self.graph.samples(), &actions)
    }
}
