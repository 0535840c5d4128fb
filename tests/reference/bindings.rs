//! Ways to escalate, a second time: all their actions under one choice of what the caller chooses, every choice tried.
//!
//! Written from the AWS Service Authorization Reference, for ways that stand for the others: two about the caller itself, of which one is
//! guarded by a policy ARN, three about another role, of which two assume it and one changes whom it trusts, one about a user, and five that
//! start something in a Region under a name, two of them under two.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::statement::{Caller, Request, covers, is_deny, statements};
use super::{Given, strings};

/// The policies that bind a caller.
pub struct Binding<'a> {
    pub identity: Vec<&'a Value>,
    pub boundary: Option<&'a Value>,
    /// Each must allow: one a level.
    pub scps: Vec<&'a Value>,
    /// Of the account of the role.
    pub rcp: Option<&'a Value>,
    pub caller: Caller,
}

/// What the caller chooses, the same for all actions.
#[derive(Clone, Debug)]
pub struct Choice {
    pub region: String,
    pub name: String,
    /// Of the second thing.
    pub second: String,
}

/// One action with what its request says.
#[derive(Clone)]
pub struct Step {
    pub action: &'static str,
    pub resource: String,
    pub keys: Vec<(&'static str, String)>,
    /// The request can pass tags.
    pub is_tagged: bool,
}

/// The organization of the caller.
const ORGANIZATION: &str = "o-example";

/// The ways, by their ids; `target` is the ARN of the role that is meant.
pub fn steps(id: &str, account: &str, target: &str, tags: &BTreeMap<String, String>, choice: &Choice) -> Vec<Step> {
    let regional = |action: &'static str, service: &str, rest: &str| {
        let is_second = matches!(rest, "cluster/" | "trigger/");
        let name = if is_second { &choice.second } else { &choice.name };
        let version = if rest == "task-definition/" { ":1" } else { "" };
        let resource = format!("arn:aws:{service}:{}:{account}:{rest}{name}{version}", choice.region);
        let keys = vec![("aws:requestedregion", choice.region.clone())];
        let is_tagged = ["Create", "Register", "RunTask"].iter().any(|word| action.contains(word));
        Step { action, resource, keys, is_tagged }
    };
    let of_role = |action: &'static str, more: Vec<(&'static str, String)>| {
        let mut keys = more;
        keys.extend(tags.get("team").map(|team| ("iam:resourcetag/team", team.clone())));
        Step { action, resource: target.to_owned(), keys, is_tagged: false }
    };
    let pass = |service: &str| {
        let passed = ("iam:passedtoservice", format!("{service}.amazonaws.com"));
        of_role("iam:PassRole", vec![passed, ("aws:requestedregion", choice.region.clone())])
    };
    let in_iam = || ("aws:requestedregion", "us-east-1".to_owned());
    match id {
        "iam-012" => {
            let boundary = ("iam:permissionsboundary", format!("arn:aws:iam::{account}:policy/of-strong"));
            vec![of_role("iam:UpdateAssumeRolePolicy", vec![in_iam(), boundary])]
        }
        // whose request names no boundary, whether the user has one or not
        "iam-002" => vec![of_role("iam:CreateAccessKey", vec![in_iam()])],
        "iam-009" => {
            let arn = "arn:aws:iam::aws:policy/AdministratorAccess".to_owned();
            vec![of_role("iam:AttachRolePolicy", vec![in_iam(), ("iam:policyarn", arn)])]
        }
        "iam-023" => {
            let boundary = ("iam:permissionsboundary", format!("arn:aws:iam::{account}:policy/of-strong"));
            // it passes no tags: nothing here allows TagSession
            let keys = vec![("aws:requestedregion", choice.region.clone())];
            vec![
                of_role("iam:DeleteRolePermissionsBoundary", vec![in_iam(), boundary]),
                of_role("sts:AssumeRole", keys),
            ]
        }
        "iam-005" => vec![of_role("iam:PutRolePolicy", vec![in_iam()])],
        "iam-017" => {
            let keys = vec![("aws:requestedregion", choice.region.clone())];
            vec![of_role("iam:PutRolePolicy", vec![in_iam()]), of_role("sts:AssumeRole", keys)]
        }
        "codebuild-001" => vec![
            pass("codebuild"),
            regional("codebuild:CreateProject", "codebuild", "project/"),
            regional("codebuild:StartBuild", "codebuild", "project/"),
        ],
        "lambda-001" => vec![
            pass("lambda"),
            regional("lambda:CreateFunction", "lambda", "function:"),
            regional("lambda:InvokeFunction", "lambda", "function:"),
        ],
        "glue-003" => {
            vec![pass("glue"), regional("glue:CreateJob", "glue", "job/"), regional("glue:StartJobRun", "glue", "job/")]
        }
        "glue-004" => vec![
            pass("glue"),
            regional("glue:CreateJob", "glue", "job/"),
            regional("glue:CreateTrigger", "glue", "trigger/"),
        ],
        "ecs-002" => vec![
            pass("ecs-tasks"),
            regional("ecs:CreateCluster", "ecs", "cluster/"),
            regional("ecs:RegisterTaskDefinition", "ecs", "task-definition/"),
            regional("ecs:RunTask", "ecs", "task-definition/"),
        ],
        _ => unreachable!("{id}"),
    }
}

impl Binding<'_> {
    /// Whether some choice lets every action through.
    pub fn is_open(&self, id: &str, account: &str, target: &str, tags: &BTreeMap<String, String>) -> bool {
        let steps = |choice: &Choice| steps(id, account, target, tags, choice);
        let is_open = self.choices().iter().any(|choice| steps(choice).iter().all(|step| self.allows_tagged(step)));
        is_open && (id != "iam-012" || self.lets_in(account, target))
    }

    /// Whether a request is allowed with some tag, or without.
    fn allows_tagged(&self, step: &Step) -> bool {
        let tagged = |tag: Option<&str>| {
            let mut step = step.clone();
            step.keys.extend(tag.map(|tag| ("aws:requesttag/team", tag.to_owned())));
            self.allows(&step)
        };
        tagged(None) || step.is_tagged && ["a", "b"].iter().any(|tag| tagged(Some(tag)))
    }

    /// Whether somebody can assume a role whose trust policy the caller wrote: itself, somebody of an account of its own outside the
    /// organization, or whom Google vouches for; by a session of any name.
    fn lets_in(&self, account: &str, target: &str) -> bool {
        let stranger = "123450987654";
        let of = |account: &str, name: &str| {
            let organization = if account == stranger { "o-stranger" } else { ORGANIZATION };
            vec![
                ("aws:principalarn", format!("arn:aws:iam::{account}:role/{name}")),
                ("aws:principalaccount", account.to_owned()),
                ("aws:principalorgid", organization.to_owned()),
            ]
        };
        let (assume, web) = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity");
        let google = vec![("aws:federatedprovider", "accounts.google.com".to_owned())];
        let entrants = [
            (assume, of(account, "who"), true),
            (assume, of(stranger, "ok"), false),
            (assume, of(stranger, "other"), false),
            (web, google, false),
        ];
        entrants.into_iter().flat_map(|entrant| ["ok", "other"].map(|session| (entrant.clone(), session))).any(
            |((action, mut keys, is_caller), session)| {
                keys.push(("sts:rolesessionname", session.to_owned()));
                keys.push(("aws:principalisawsservice", "false".to_owned()));
                let step = Step { action, resource: target.to_owned(), keys, is_tagged: false };
                let refused = self.rcp.is_some_and(|rcp| self.has(rcp, true, &step));
                let own = self.identity.iter().chain(&self.boundary).chain(&self.scps);
                let held = is_caller && own.into_iter().any(|document| self.has(document, true, &step));
                let guarded = !is_caller || self.scps.iter().all(|document| self.has(document, false, &step));
                !refused && !held && guarded
            },
        )
    }

    /// Every Region, name and tag that some policy tells from others, and one more of each.
    fn choices(&self) -> Vec<Choice> {
        let regions = ["us-east-1", "eu-west-1", "ap-south-2"];
        let documents = self.identity.iter().chain(&self.boundary).chain(&self.scps);
        let mut names = BTreeSet::from(["something".to_owned()]);
        for statement in documents.flat_map(|document| statements(document).1) {
            for resource in strings(&statement["Resource"]) {
                let last = resource.rsplit([':', '/']).next().unwrap_or_default().to_owned();
                names.insert(last.replace('*', "1"));
                names.insert(last.replace('*', ""));
            }
        }
        names.remove("");
        let mut all = Vec::new();
        for region in regions {
            for name in &names {
                all.extend(names.iter().map(|second| Choice {
                    region: region.to_owned(),
                    name: name.clone(),
                    second: second.clone(),
                }));
            }
        }
        all
    }

    /// Whether some role or user can be made, by which the caller has what it likes: of any name that nothing has, with any boundary, and
    /// with a tag or without, given at once or afterwards.
    pub fn makes_principal(&self, is_role: bool, account: &str, exists: &[String], boundaries: &[String]) -> bool {
        let kind = if is_role { "role" } else { "user" };
        let of_aws = "arn:aws:iam::aws:policy/AdministratorAccess".to_owned();
        let bounds: Vec<Option<&String>> =
            [None, Some(&of_aws)].into_iter().chain(boundaries.iter().map(Some)).collect();
        let names = ["new-1", "team/x", "something", "team/new-1"];
        let free = names.into_iter().filter(|name| !exists.iter().any(|own| own == name.rsplit('/').next().unwrap()));
        free.flat_map(|name| bounds.iter().map(move |bound| (name, *bound))).any(|(name, bound)| {
            let resource = format!("arn:aws:iam::{account}:{kind}/{name}");
            let step = |action: &'static str, keys: Vec<(&'static str, String)>, tag: Option<&str>| {
                let mut keys = keys;
                keys.push(("aws:requestedregion", "us-east-1".to_owned()));
                keys.extend(tag.map(|tag| ("iam:resourcetag/team", tag.to_owned())));
                self.allows(&Step { action, resource: resource.clone(), keys, is_tagged: false })
            };
            let bounded = || bound.map(|arn| ("iam:permissionsboundary", arn.clone()));
            let passed = |tag: Option<&str>| tag.map(|tag| ("aws:requesttag/team", tag.to_owned()));
            let creates = |tag: Option<&str>| {
                let action = if is_role { "iam:CreateRole" } else { "iam:CreateUser" };
                step(action, bounded().into_iter().chain(passed(tag)).collect(), None)
            };
            let tags = |tag: &str| {
                let action = if is_role { "iam:TagRole" } else { "iam:TagUser" };
                step(action, passed(Some(tag)).into_iter().collect(), None)
            };
            let rest: &[Then] = if is_role {
                &[|bound| {
                    let policy = ("iam:policyarn", "arn:aws:iam::aws:policy/AdministratorAccess".to_owned());
                    let bound = bound.map(|arn| ("iam:permissionsboundary", arn.clone()));
                    ("iam:AttachRolePolicy", bound.into_iter().chain([policy]).collect())
                }]
            } else {
                &[
                    |bound| {
                        let bound = bound.map(|arn| ("iam:permissionsboundary", arn.clone()));
                        ("iam:PutUserPolicy", bound.into_iter().collect())
                    },
                    |_| ("iam:CreateAccessKey", Vec::new()),
                ]
            };
            let then = |each: &dyn Fn(ByTag<'_>) -> bool| {
                rest.iter().all(|of| {
                    let (action, keys) = of(bound);
                    each(&|tag| step(action, keys.clone(), tag))
                })
            };
            let plain = creates(None) && then(&|does| does(None));
            let tagged = ["a", "b"].into_iter().any(|tag| {
                let at_once = creates(Some(tag)) && then(&|does| does(Some(tag)));
                let later = creates(None) && then(&|does| does(None) || does(Some(tag)));
                tags(tag) && (at_once || later)
            });
            (plain || tagged) && (!is_role || self.lets_in(account, &resource))
        })
    }

    /// Whether one action is allowed.
    pub fn allows(&self, step: &Step) -> bool {
        let mut all = self.identity.iter().chain(&self.boundary).chain(&self.scps);
        !all.any(|document| self.has(document, true, step))
            && self.identity.iter().any(|document| self.has(document, false, step))
            && self.boundary.is_none_or(|document| self.has(document, false, step))
            && self.scps.iter().all(|document| self.has(document, false, step))
    }

    /// Whether a document has a Deny, or an Allow, that covers the action.
    fn has(&self, document: &Value, deny: bool, step: &Step) -> bool {
        let values = step.keys.iter().map(|(key, value)| ((*key).to_owned(), vec![value.clone()])).collect();
        let context = Given { values, session: "session".to_owned() };
        let request =
            Request { caller: &self.caller, action: step.action, resource: &step.resource, context: &context };
        let (variables, all) = statements(document);
        all.into_iter().any(|one| is_deny(one) == deny && covers(one, variables, &request).unwrap())
    }
}

/// What follows after somebody was made: an action with its keys, by the boundary.
type Then = fn(Option<&String>) -> (&'static str, Vec<(&'static str, String)>);

/// Whether an action is allowed on somebody who has this tag, or none.
type ByTag<'a> = &'a dyn Fn(Option<&str>) -> bool;
