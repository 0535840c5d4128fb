//! Shapes that a careless engine pays for with the square of their size, each in its purest form.
//!
//! Owns: what each organization has, and the question that hurts. INVARIANT: what an answer has to name grows with the size, not
//! with its square, so that linear time is possible.

use serde_json::{Value, json};

use crate::snapshot::{Account, ORGANIZATION, Snapshot, arn, assume, hub, role, root, trust};

/// One shape.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What grows: its number in a quick run, and in a full one.
    pub(crate) sizes: (usize, usize),
    pub(crate) make: fn(&mut Snapshot, usize),
    pub(crate) question: fn(usize) -> Vec<String>,
    /// The right verdict of a path: who gives up is quick as well.
    pub(crate) verdict: Option<&'static str>,
}

const EVERY_ROLE: &str = "arn:aws:iam::*:role/*";

/// All of them.
pub(crate) const CASES: [Case; 13] = [
    Case {
        name: "(a) a group that may enter every account",
        sizes: (1_000, 10_000),
        make: group,
        question: |_| ask(&["who-can", "ou:/Workloads/Prod", "--format", "table"]),
        verdict: None,
    },
    Case {
        name: "(b) `*` of the organization in every account",
        sizes: (1_000, 10_000),
        make: anybody,
        question: |_| ask(&["who-can", "ou:/Workloads/Prod", "--format", "json"]),
        verdict: None,
    },
    Case {
        name: "(c) roles that trust their account",
        sizes: (1_000, 1_000),
        make: |snapshot, n| clique(snapshot, n, false),
        question: |_| ask(&["who-can", &arn(2, "vault"), "--format", "json"]),
        verdict: None,
    },
    Case {
        name: "(d) a clique of roles that all differ",
        sizes: (2_000, 5_000),
        make: |snapshot, n| clique(snapshot, n, true),
        question: |_| ask(&["who-can", &arn(2, "vault"), "--format", "json"]),
        verdict: None,
    },
    Case {
        name: "(e) a chain, from end to end",
        sizes: (5_000, 10_000),
        make: chain,
        question: |n| ask(&["path", &arn(1, "link-0"), &arn(1, &format!("link-{n}")), "--format", "json"]),
        verdict: Some("allowed"),
    },
    Case {
        name: "(e) a chain, everybody behind its end",
        sizes: (3_000, 10_000),
        make: chain,
        question: |n| ask(&["who-can", &arn(1, &format!("link-{n}")), "--format", "table"]),
        verdict: None,
    },
    Case {
        name: "(f) 50 values of a tag in every trust",
        sizes: (1_000, 5_000),
        make: tags,
        question: |_| ask(&["who-can", "ou:/Workloads/Prod", "--format", "json"]),
        verdict: None,
    },
    Case {
        name: "(g) a chain that pins every session name",
        sizes: (500, 500),
        make: names,
        question: |n| ask(&["path", &arn(1, "link-0"), &arn(1, &format!("link-{n}")), "--format", "json"]),
        verdict: Some("conditional"),
    },
    Case {
        name: "(h) roles that each set a source identity",
        sizes: (2_000, 2_000),
        make: identities,
        question: |_| ask(&["who-can", &arn(2, "vault"), "--format", "json"]),
        verdict: None,
    },
    Case {
        name: "(i) roles that read who made their session",
        sizes: (500, 5_000),
        make: instances,
        question: |_| ask(&["who-can", "ou:/Workloads/Prod", "--format", "json"]),
        verdict: None,
    },
    Case {
        name: "(j) a scanner in every account, and a role open to the organization",
        sizes: (2_000, 10_000),
        make: scanners,
        question: |_| ask(&["path", &arn(1, "scan"), "ou:/Workloads/Prod", "--format", "json"]),
        verdict: Some("allowed"),
    },
    Case {
        name: "(k) a pattern for each of many teams, and roles that match one of them",
        sizes: (1_000, 5_000),
        make: teams,
        question: |_| ask(&["export", "edges", "--format", "csv"]),
        verdict: None,
    },
    Case {
        name: "(l) roles that stay in their account, and a role open to the organization",
        sizes: (2_000, 10_000),
        make: insiders,
        question: |_| ask(&["export", "edges", "--format", "csv"]),
        verdict: None,
    },
];

fn ask(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A thousand accounts have 500 members, ten thousand 5,000: what the largest account may have. Both sizes that are compared have
/// the same people, so that the answer grows with the accounts alone.
fn members(accounts: usize) -> usize {
    if accounts > 1_000 { 5_000 } else { 500 }
}

fn group(snapshot: &mut Snapshot, accounts: usize) {
    snapshot.add(hub(members(accounts), 1, EVERY_ROLE));
    for at in 1..=accounts {
        let roles = vec![role(at, "entry", &trust(&root(0), &[], Value::Null), &[], "none")];
        snapshot.add(Account { roles, ..Account::default() });
    }
}

/// Eight silent roles an account, of which none may enter another one.
fn anybody(snapshot: &mut Snapshot, accounts: usize) {
    snapshot.add(hub(20, 1, EVERY_ROLE));
    let inside = json!({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}});
    for at in 1..=accounts {
        let own = |n: usize| role(at, &format!("app-{n}"), &trust(&root(at), &[], Value::Null), &[], "none");
        let mut roles: Vec<Value> = (0..8).map(own).collect();
        roles.push(role(at, "open", &trust("*", &[], inside.clone()), &[], "none"));
        snapshot.add(Account { roles, ..Account::default() });
    }
}

/// Everybody may assume everybody, and all may assume the vault.
fn clique(snapshot: &mut Snapshot, roles: usize, differ: bool) {
    snapshot.add(hub(1, 1, "arn:aws:iam::*:role/none"));
    let member = |n: usize| {
        let own =
            json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::bucket-{n}/*")});
        let statements = if differ { vec![assume("*"), own] } else { vec![assume("*")] };
        role(1, &format!("member-{n}"), &trust(&root(1), &[], Value::Null), &statements, "none")
    };
    snapshot.add(Account { roles: (0..roles).map(member).collect(), ..Account::default() });
    vault(snapshot, Value::Null);
}

/// The role of the third account that the second one is trusted with.
fn vault(snapshot: &mut Snapshot, condition: Value) {
    let role = role(2, "vault", &trust(&root(1), &["sts:SetSourceIdentity"], condition), &[], "none");
    snapshot.add(Account { roles: vec![role], ..Account::default() });
}

fn chain(snapshot: &mut Snapshot, hops: usize) {
    links(snapshot, hops, &|_| Value::Null);
}

/// Each call has one name that it may give, and asks for the one that the call before gave.
fn names(snapshot: &mut Snapshot, hops: usize) {
    links(snapshot, hops, &|at| {
        let own = json!({"sts:RoleSessionName": format!("name-{at}")});
        match at {
            0 | 1 => json!({"StringEquals": own}),
            _ => json!({"StringEquals": own, "StringLike": {"aws:userid": format!("*:name-{}", at - 1)}}),
        }
    });
}

fn links(snapshot: &mut Snapshot, hops: usize, condition: &dyn Fn(usize) -> Value) {
    snapshot.add(hub(1, 1, "arn:aws:iam::*:role/none"));
    let link = |at: usize| {
        let before = if at == 0 { root(0) } else { arn(1, &format!("link-{}", at - 1)) };
        let next = assume(&arn(1, &format!("link-{}", at + 1)));
        role(1, &format!("link-{at}"), &trust(&before, &[], condition(at)), &[next], "none")
    };
    snapshot.add(Account { roles: (0..=hops).map(link).collect(), ..Account::default() });
}

/// People of fifty teams enter the roles of their team, and from there the data of their team.
fn tags(snapshot: &mut Snapshot, accounts: usize) {
    const TEAMS: usize = 50;
    snapshot.add(hub(100, TEAMS, "arn:aws:iam::*:role/app"));
    let own = json!({"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}});
    for at in 1..=accounts {
        let team = format!("team-{}", at % TEAMS);
        let app = trust(&root(0), &["sts:TagSession"], own.clone());
        let data = trust(&root(at), &["sts:TagSession"], own.clone());
        let grant = assume(&arn(at, "data"));
        let roles = vec![role(at, "app", &app, &[grant], &team), role(at, "data", &data, &[], &team)];
        snapshot.add(Account { roles, ..Account::default() });
    }
}

/// Ten people enter each of the roles under their own name, and the vault asks for it.
fn identities(snapshot: &mut Snapshot, roles: usize) {
    snapshot.add(hub(10, 1, "arn:aws:iam::*:role/desk-*"));
    let own = json!({"StringEquals": {"sts:SourceIdentity": "${aws:username}"}});
    let desk = |n: usize| {
        let trust = trust(&root(0), &["sts:SetSourceIdentity"], own.clone());
        role(1, &format!("desk-{n}"), &trust, &[assume(&arn(2, "vault"))], "none")
    };
    snapshot.add(Account { roles: (0..roles).map(desk).collect(), ..Account::default() });
    vault(snapshot, json!({"StringLike": {"aws:SourceIdentity": "person-*"}}));
}

/// An instance may enter the data of its account, a session that AssumeRole made may not: the first call of a path is its own.
fn instances(snapshot: &mut Snapshot, accounts: usize) {
    snapshot.add(hub(1, 1, "arn:aws:iam::*:role/none"));
    for at in 1..=accounts {
        let mut trusted = trust(&root(at), &[], Value::Null);
        trusted["Principal"] = json!({"Service": "ec2.amazonaws.com"});
        let mut grant = assume(&arn(at, "data"));
        grant["Condition"] = json!({"ArnLike": {"ec2:SourceInstanceARN": "arn:aws:ec2:*:*:instance/*"}});
        let data = trust(&root(at), &[], Value::Null);
        let roles = vec![role(at, "app", &trusted, &[grant], "none"), role(at, "data", &data, &[], "none")];
        snapshot.add(Account { roles, ..Account::default() });
    }
}

/// The same scanner was rolled out to every account, and may enter the open role of every other one: each pair is an edge.
fn scanners(snapshot: &mut Snapshot, accounts: usize) {
    snapshot.add(hub(1, 1, "arn:aws:iam::*:role/none"));
    let inside = json!({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}});
    for at in 1..=accounts {
        let scan = role(at, "scan", &trust(&root(0), &[], Value::Null), &[assume("arn:aws:iam::*:role/open")], "none");
        let open = role(at, "open", &trust("*", &[], inside.clone()), &[], "none");
        snapshot.add(Account { roles: vec![scan, open], ..Account::default() });
    }
}

/// As many teams as accounts: each may enter the roles that carry its name, wherever they are.
fn teams(snapshot: &mut Snapshot, accounts: usize) {
    snapshot.add(hub(1, 1, "arn:aws:iam::*:role/none"));
    let desk = |team: usize| {
        let grant = assume(&format!("arn:aws:iam::*:role/team-{team}-*"));
        role(1, &format!("desk-{team}"), &trust(&root(0), &[], Value::Null), &[grant], "none")
    };
    snapshot.add(Account { roles: (0..accounts).map(desk).collect(), ..Account::default() });
    for at in 2..accounts + 2 {
        let own = |n: usize| {
            let team = (at * 10 + n) % accounts;
            role(at, &format!("team-{team}-{n}"), &trust(&root(1), &[], Value::Null), &[], "none")
        };
        snapshot.add(Account { roles: (0..10).map(own).collect(), ..Account::default() });
    }
}

/// Each account has a role that may assume whatever its own account has, and a role that is open to the organization.
fn insiders(snapshot: &mut Snapshot, accounts: usize) {
    snapshot.add(hub(1, 1, "arn:aws:iam::*:role/none"));
    let inside = json!({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}});
    let mut own = assume("*");
    own["Condition"] = json!({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}});
    for at in 1..=accounts {
        let insider = role(at, "insider", &trust(&root(0), &[], Value::Null), &[own.clone()], "none");
        let open = role(at, "open", &trust("*", &[], inside.clone()), &[], "none");
        snapshot.add(Account { roles: vec![insider, open], ..Account::default() });
    }
}
