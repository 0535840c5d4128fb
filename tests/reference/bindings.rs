//! Ways to escalate, a second time: all their actions under one choice of what the caller chooses, every choice tried.
//!
//! Written from the AWS Service Authorization Reference, for eight ways that stand for the others: two about the caller itself, of which one is
//! guarded by a policy ARN, three about another role, of which two assume it, and three that start something in a Region under a name.

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
    pub caller: Caller,
}

/// What the caller chooses, the same for all actions.
#[derive(Clone, Debug)]
pub struct Choice {
    pub region: String,
    pub name: String,
    pub tag: Option<String>,
}

/// One action with what its request says.
pub struct Step {
    pub action: &'static str,
    pub resource: String,
    pub keys: Vec<(&'static str, String)>,
}

/// The eight ways, by their ids; `target` is the ARN of the role that is meant.
pub fn steps(id: &str, account: &str, target: &str, tags: &BTreeMap<String, String>, choice: &Choice) -> Vec<Step> {
    let regional = |action: &'static str, service: &str, rest: &str| {
        let resource = format!("arn:aws:{service}:{}:{account}:{rest}{}", choice.region, choice.name);
        let mut keys = vec![("aws:requestedregion", choice.region.clone())];
        if action.contains("Create") {
            keys.extend(choice.tag.clone().map(|tag| ("aws:requesttag/team", tag)));
        }
        Step { action, resource, keys }
    };
    let of_role = |action: &'static str, more: Vec<(&'static str, String)>| {
        let mut keys = more;
        keys.extend(tags.get("team").map(|team| ("iam:resourcetag/team", team.clone())));
        Step { action, resource: target.to_owned(), keys }
    };
    let pass = |service: &str| {
        let passed = ("iam:passedtoservice", format!("{service}.amazonaws.com"));
        of_role("iam:PassRole", vec![passed, ("aws:requestedregion", choice.region.clone())])
    };
    let in_iam = || ("aws:requestedregion", "us-east-1".to_owned());
    match id {
        "iam-012" => vec![of_role("iam:UpdateAssumeRolePolicy", vec![in_iam()])],
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
        _ => unreachable!("{id}"),
    }
}

impl Binding<'_> {
    /// Whether some choice lets every action through.
    pub fn is_open(&self, id: &str, account: &str, target: &str, tags: &BTreeMap<String, String>) -> bool {
        self.choices()
            .iter()
            .any(|choice| steps(id, account, target, tags, choice).iter().all(|step| self.allows(step)))
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
        let tags = [None, Some("a".to_owned()), Some("b".to_owned())];
        let mut all = Vec::new();
        for region in regions {
            for name in &names {
                all.extend(tags.iter().map(|tag| Choice {
                    region: region.to_owned(),
                    name: name.clone(),
                    tag: tag.clone(),
                }));
            }
        }
        all
    }

    /// Whether one action is allowed.
    pub fn allows(&self, step: &Step) -> bool {
        let values = step.keys.iter().map(|(key, value)| ((*key).to_owned(), vec![value.clone()])).collect();
        let context = Given { values, session: "session".to_owned() };
        let request =
            Request { caller: &self.caller, action: step.action, resource: &step.resource, context: &context };
        let has = |document: &Value, deny: bool| {
            let (variables, all) = statements(document);
            all.into_iter().any(|one| is_deny(one) == deny && covers(one, variables, &request).unwrap())
        };
        let mut all = self.identity.iter().chain(&self.boundary).chain(&self.scps);
        !all.any(|document| has(document, true))
            && self.identity.iter().any(|document| has(document, false))
            && self.boundary.is_none_or(|document| has(document, false))
            && self.scps.iter().all(|document| has(document, false))
    }
}
