//! The forms of one answer: groups, counts, CSV and filters say of `who-can` and `can` what the whole answer says.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an organization that cannot be built has failed its test"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use rolehop::answer::{
    GroupName, Grouping, PrincipalKind, ReachRow, ReachSummary, ReachedRow, SummarySize, Verdict, Who, WhoCanAnswer,
};
use rolehop::generate::{Spec, write};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Limits, ReachFilter, Targets, WhoCan};
use rolehop::model::{Document, Estate};
use rolehop::snapshot::Snapshot;
use serde_json::json;

use support::{DEV, HUB, PROD, VENDOR, World, may_assume, role, root, trusts, trusts_if, user};

/// A generated organization in which users, roles, services, providers and outside accounts reach roles in many ways.
fn organization() -> (tempfile::TempDir, Estate) {
    let dir = tempfile::tempdir().unwrap();
    let into = dir.path().join("organization");
    write(&Spec { hub_users: 60, ..Spec::new(24, 30) }, &into).unwrap();
    let estate = Estate::build(&Snapshot::open(&into).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
    (dir, estate)
}

fn ask<'g, 'e>(graph: &'g TrustGraph<'e>, target: &str) -> WhoCan<'g, 'e> {
    WhoCan::new(graph, target, &Targets::new(), &Limits::default()).unwrap()
}

/// Principal, role, verdict and conditions of every line of an access list.
type Line = (String, String, Verdict, Vec<String>);

fn lines(answer: &WhoCanAnswer) -> BTreeSet<Line> {
    let of = |found| answer.targets_of(found).iter().map(move |alike| (found, alike));
    let line = |principal: &String, role: &str, verdict, conditions: &Vec<String>| {
        (principal.clone(), role.to_owned(), verdict, conditions.clone())
    };
    let lines = answer.answers.iter().flat_map(of).flat_map(|(found, alike)| {
        alike.roles.iter().map(move |role| line(&found.principal, role, alike.verdict, &alike.conditions))
    });
    let all: Vec<Line> = lines.collect();
    let distinct: BTreeSet<Line> = all.iter().cloned().collect();
    assert_eq!(all.len(), distinct.len(), "a principal and a role are told once");
    distinct
}

fn needs_mfa(line: &Line) -> bool {
    line.2 == Verdict::Unknown || line.3.iter().any(|key| key.starts_with("aws:MultiFactorAuth"))
}

fn roles<'a>(lines: impl Iterator<Item = &'a Line>) -> usize {
    lines.map(|(_, role, ..)| role).collect::<BTreeSet<_>>().len()
}

#[test]
fn every_grouping_counts_every_principal_and_role_of_the_answer() {
    let (_dir, estate) = organization();
    let graph = TrustGraph::new(&estate);
    let found = ask(&graph, "ou:/Workloads/Prod");
    let answer = found.answer();
    let lines = lines(&answer);
    assert!(lines.len() > 1_000 && answer.answers.len() > 100, "{} lines", lines.len());
    let of_sort: BTreeMap<(Verdict, &Vec<String>), BTreeSet<&String>> =
        lines.iter().fold(BTreeMap::new(), |mut all, (principal, _, verdict, conditions)| {
            all.entry((*verdict, conditions)).or_insert_with(BTreeSet::new).insert(principal);
            all
        });
    let groupings = [Grouping::Near(20), Grouping::Near(60), Grouping::Near(usize::MAX), Grouping::Every];
    let summaries = groupings.map(|grouping| found.summary(grouping));
    for summary in &summaries {
        assert_eq!(summary.principals(), answer.answers.len());
        assert_eq!((summary.ways as usize, summary.reached), (lines.len(), roles(lines.iter())));
        assert_eq!(summary.size.0, answer.resolved.len());
        let mut counted = BTreeMap::<(Verdict, &Vec<String>), usize>::new();
        for row in &summary.groups {
            *counted.entry((row.verdict, &row.conditions)).or_default() += row.principals;
            assert!(row.each.0 <= row.each.1 && row.each.1 <= row.roles && row.hops.0 <= row.hops.1, "{row:?}");
            let [example, at] = [&row.examples.0, &row.examples.1];
            assert_eq!((example.len(), at.len()), (row.principals.min(3), row.roles.min(3)), "{row:?}");
            assert!(lines.iter().any(|l| l.0 == example[0] && l.2 == row.verdict && l.3 == row.conditions), "{row:?}");
        }
        let expected = of_sort.iter().map(|(sort, principals)| (*sort, principals.len())).collect();
        assert_eq!(counted, expected, "each principal is in one group of its verdict and conditions");
    }
    let sizes = summaries.each_ref().map(|summary| summary.groups.len());
    assert!(sizes[0] < sizes[3] && sizes[3] < sizes[2], "{sizes:?}");
    for row in &summaries[2].groups {
        assert_eq!(
            row.each,
            (row.roles, row.roles),
            "where there is room, the principals of a group reach the same: {row:?}"
        );
    }
    assert!(summaries[0].groups.iter().any(|row| matches!(row.name, GroupName::Others(2..))));
}

#[test]
fn what_groups_need_is_asked_of_those_that_are_shown_and_nothing_else_differs() {
    let (_dir, estate) = organization();
    let graph = TrustGraph::new(&estate);
    let found = ask(&graph, "ou:/Workloads/Prod");
    let whole = found.summary(Grouping::Every);
    let needs = |of: &[ReachRow]| of.iter().filter(|row| !row.needs.is_empty()).count();
    let shown = whole.groups.iter().position(|row| !row.needs.is_empty()).unwrap() + 1;
    let of_shown = found.summary_of_size(SummarySize { groups: shown, ..SummarySize::EVERY }, Grouping::Every);
    assert_eq!(of_shown.groups[..shown], whole.groups[..shown]);
    assert_eq!(needs(&of_shown.groups[shown..]), 0);
    assert!(needs(&whole.groups[shown..]) > 0, "the rest has some to ask");
    let without = |mut summary: ReachSummary| {
        summary.groups.iter_mut().for_each(|row| row.needs.clear());
        summary
    };
    assert_eq!(without(of_shown), without(whole));
}

#[test]
fn counts_are_those_of_the_answer() {
    let (_dir, estate) = organization();
    let graph = TrustGraph::new(&estate);
    let found = ask(&graph, "ou:/Workloads/Prod");
    let (answer, summary) = (found.answer(), found.summary(Grouping::Near(20)));
    let lines = lines(&answer);
    let kinds = [
        (Who::Users, vec![PrincipalKind::User]),
        (Who::Outsiders, vec![PrincipalKind::Account, PrincipalKind::Public]),
        (Who::Federated, vec![PrincipalKind::Federated]),
        (Who::Roles, vec![PrincipalKind::Role]),
    ];
    for (who, kinds) in kinds {
        let those: BTreeSet<&String> =
            answer.answers.iter().filter(|a| kinds.contains(&a.kind)).map(|a| &a.principal).collect();
        let own = || lines.iter().filter(|line| those.contains(&line.0));
        let count = summary.counts.iter().find(|count| count.who == who).unwrap();
        assert_eq!((count.principals, count.roles), (those.len(), roles(own())), "{who:?}");
        let without_mfa = || own().filter(|line| !needs_mfa(line));
        let users = without_mfa().map(|line| &line.0).collect::<BTreeSet<_>>().len();
        let expected = (who == Who::Users).then(|| (users, roles(without_mfa())));
        assert_eq!(count.without_mfa, expected, "{who:?}");
        assert!(who != Who::Users || users > 0 && users < those.len() + 1);
    }
}

#[test]
fn a_trust_policy_closes_the_ways_that_end_in_its_roles() {
    let (_dir, estate) = organization();
    let graph = TrustGraph::new(&estate);
    let found = ask(&graph, "ou:/Workloads/Prod");
    let lines = lines(&found.answer());
    let trust = |arn: &str| match estate.principal(estate.principal_by_arn(arn).unwrap()).role().unwrap().trust {
        Document::Parsed(ix) => ix,
        Document::Missing(_) => panic!("every trust policy was read"),
    };
    let mut ways = BTreeMap::new();
    for (_, role, ..) in &lines {
        *ways.entry(trust(role)).or_insert(0_u64) += 1;
    }
    let most = *ways.values().max().unwrap();
    let closing = found.summary(Grouping::Near(20)).closing;
    assert_eq!(closing.iter().map(|c| c.ways).collect::<Vec<_>>().first(), Some(&most));
    for closing in closing {
        let own = trust(&closing.role);
        let copies = lines.iter().filter(|line| trust(&line.1) == own);
        assert_eq!((ways[&own], roles(copies)), (closing.ways, closing.copies));
    }
}

#[test]
fn filters_leave_out_what_they_say_and_nothing_else() {
    let (_dir, estate) = organization();
    let graph = TrustGraph::new(&estate);
    let all = lines(&ask(&graph, "ou:/Workloads/Prod").answer());
    let filtered = |filter: ReachFilter| {
        let mut found = ask(&graph, "ou:/Workloads/Prod");
        found.retain(&filter);
        (found.answer(), found.summary(Grouping::Every))
    };
    let every = [Who::Users, Who::Outsiders, Who::Federated, Who::Carriers, Who::Roles, Who::Services];
    let mut parts = BTreeSet::new();
    for who in every {
        let (answer, summary) = filtered(ReachFilter { who: BTreeSet::from([who]), ..ReachFilter::default() });
        assert!(summary.counts.iter().all(|count| count.who == who) && !summary.groups.is_empty(), "{who:?}");
        let part = lines(&answer);
        assert!(parts.is_disjoint(&part));
        parts.extend(part);
    }
    assert_eq!(parts, all);
    for verdict in [Verdict::Allowed, Verdict::Conditional] {
        let (answer, summary) = filtered(ReachFilter { verdicts: BTreeSet::from([verdict]), ..ReachFilter::default() });
        let expected: BTreeSet<Line> = all.iter().filter(|line| line.2 == verdict).cloned().collect();
        assert_eq!(lines(&answer), expected);
        assert!(summary.groups.iter().all(|row| row.verdict == verdict));
        // what a filter left out is no answer's best
        assert!(answer.answers.iter().all(|a| a.verdict == verdict));
        let shown = |a: &rolehop::answer::Reacher| a.path.is_empty() || a.path.len() == a.hop_count + 1;
        assert!(answer.answers.iter().all(shown));
    }
}

/// A user without MFA and one with, a vendor, a provider and a role that reach roles of two accounts.
fn small() -> World {
    let mut world = World::of_organization();
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let external = json!({"StringEquals": {"sts:ExternalId": "x"}});
    world.role(PROD, "open", trusts(root(HUB)), &[]);
    world.role(PROD, "with-mfa", trusts_if(root(HUB), mfa), &[]);
    world.role(PROD, "vendor", trusts_if(root(VENDOR), external), &[]);
    world.role(DEV, "ci", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
    world.role(PROD, "deploy", trusts(json!({"AWS": role(DEV, "ci")})), &[]);
    for name in ["ann", "bob"] {
        world.user(HUB, name, &[may_assume(&[&role(PROD, "open"), &role(PROD, "with-mfa")])]);
    }
    world
}

fn summary_of(world: &World) -> ReachSummary {
    let estate = world.estate();
    ask(&TrustGraph::new(&estate), PROD).summary(Grouping::Near(20))
}

#[test]
fn the_widest_risk_comes_first() {
    let summary = summary_of(&small());
    let rows: Vec<_> =
        summary.groups.iter().map(|row| (row.who, row.principals, row.roles, row.verdict, row.without_mfa)).collect();
    let expected = [
        (Who::Users, 2, 1, Verdict::Allowed, true),
        (Who::Outsiders, 1, 1, Verdict::Conditional, false),
        (Who::Users, 2, 1, Verdict::Conditional, false),
        (Who::Roles, 1, 1, Verdict::Allowed, false),
        (Who::Services, 1, 1, Verdict::Allowed, false),
    ];
    assert_eq!(rows, expected);
    assert_eq!(summary.groups[0].examples.0, [user(HUB, "ann"), user(HUB, "bob")]);
    assert_eq!((summary.size, summary.reached, summary.ways), ((4, 1), 4, 7));
}

fn rolehop(world: &World, columns: &str, arguments: &[&str]) -> Output {
    let dir = world.write();
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().env("COLUMNS", columns).args(arguments).args(["--no-config", "--snapshot"]).arg(dir.path());
    command.output().unwrap()
}

fn printed(world: &World, arguments: &[&str]) -> String {
    String::from_utf8(rolehop(world, "80", arguments).stdout).unwrap()
}

#[test]
fn of_whom_nothing_is_known_nothing_is_claimed() {
    let mut world = World::of_organization();
    let mut damaged = trusts(root(HUB));
    damaged["Statement"][0].as_object_mut().unwrap().remove("Action");
    world.role(PROD, "damaged", damaged, &[]);
    for name in ["ann", "bob"] {
        world.user(HUB, name, &[may_assume(&[&role(PROD, "damaged")])]);
    }
    let first = |world: &World, arguments: &[&str]| printed(world, arguments).lines().next().unwrap().to_owned();
    // somebody who was not thought of may be among whom a damaged statement trusts
    assert_eq!(
        first(&world, &["who-can", "prod"]),
        "nobody is known to reach prod (1 role in 1 account); 3 principals may: NOT proven, data is missing"
    );
    assert!(!printed(&world, &["who-can", "prod"]).contains("MFA"));
    assert_eq!(
        first(&world, &["can", "hub/ann"]),
        "hub/user/ann is not known to reach any role; it may reach 1 role in 1 account: NOT proven, data is missing"
    );
    // beside what is known
    world.role(PROD, "open", trusts(root(HUB)), &[]);
    world.user(HUB, "eve", &[may_assume(&[&role(PROD, "open")])]);
    let beside = first(&world, &["who-can", "prod"]);
    assert!(beside.starts_with("at least 1 principal reaches prod (2 roles in 1 account); "), "{beside}");
    assert!(beside.ends_with(" more may"), "{beside}");
}

#[test]
fn the_table_says_how_many_and_names_groups() {
    insta::assert_snapshot!(printed(&small(), &["who-can", "prod"]), @r"
    5 principals reach prod (4 roles in 1 account)

      - 2 users reach 2 roles, 1 without MFA
      - 1 outsider reaches 1 role
      - 1 role reaches 1 role
      - 1 AWS service reaches 1 role

    VERDICT      WHO                         REACHES             HOPS  NEEDS
    allowed      hub/user/ann, hub/user/bob  prod/role/open      1     nothing
    conditional  account 999988887777        prod/role/vendor    1     external id
    conditional  hub/user/ann, hub/user/bob  prod/role/with-mfa  1     MFA
    allowed      dev/role/ci                 prod/role/deploy    1     nothing
    allowed      ec2.amazonaws.com           prod/role/deploy    2     nothing
    ");
}

#[test]
fn an_access_list_has_a_line_for_each_principal_and_role() {
    let world = small();
    let estate = world.estate();
    let all = lines(&ask(&TrustGraph::new(&estate), PROD).answer());
    let text = printed(&world, &["who-can", "prod", "-f", "csv"]);
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        header.join(","),
        "principal,kind,account,account_name,role,role_account,role_account_name,verdict,hops,conditions,via"
    );
    let told: BTreeSet<(String, String, String, String)> = rows
        .records()
        .map(|row| {
            let row = row.unwrap();
            let cell = |at: usize| row[at].to_owned();
            assert_eq!((&row[5], &row[6]), (PROD, "prod"));
            (cell(0), cell(4), cell(7), cell(9))
        })
        .collect();
    let expected =
        all.into_iter().map(|(from, to, verdict, needs)| (from, to, verdict.as_str().to_owned(), needs.join(";")));
    assert_eq!(told, expected.collect());
    let expanded = printed(&world, &["who-can", "prod", "--expand"]);
    assert_eq!(expanded.lines().count(), told.len());
    assert!(expanded.contains("hub/user/ann"), "{expanded}");
}

#[test]
fn markdown_is_a_table_that_no_name_breaks() {
    let mut world = small();
    world.role(PROD, "a_b", trusts(json!({"AWS": role(DEV, "ci")})), &[]);
    insta::assert_snapshot!(printed(&world, &["who-can", "prod", "-f", "markdown"]), @r"
    ### 5 principals reach prod (5 roles in 1 account)

    - 2 users reach 2 roles, 1 without MFA
    - 1 outsider reaches 1 role
    - 1 role reaches 2 roles
    - 1 AWS service reaches 2 roles

    | verdict | who | reaches | hops | needs |
    | --- | --- | --- | --- | --- |
    | allowed | hub/user/ann, hub/user/bob | prod/role/open | 1 | nothing |
    | conditional | account 999988887777 | prod/role/vendor | 1 | external id |
    | conditional | hub/user/ann, hub/user/bob | prod/role/with-mfa | 1 | MFA |
    | allowed | dev/role/ci | prod/role/a\_b, prod/role/deploy | 1 | nothing |
    | allowed | ec2.amazonaws.com | prod/role/a\_b, prod/role/deploy | 2 | nothing |
    ");
}

#[test]
fn options_choose_whom_the_answer_is_about() {
    let world = small();
    let count = |options: &[&str]| {
        let output = rolehop(&world, "80", &[&["who-can", "prod", "-f", "csv"], options].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().count() - 1
    };
    assert_eq!(count(&[]), 7);
    assert_eq!(count(&["--kind", "user"]), 4);
    assert_eq!(count(&["--kind", "user,service"]), 5);
    assert_eq!(count(&["--kind", "external"]), 1);
    assert_eq!(count(&["--external-only"]), 1);
    assert_eq!(count(&["--account", "hub"]), 4);
    assert_eq!(count(&["--account", DEV, "--verdict", "allowed"]), 1);
    assert_eq!(count(&["--verdict", "conditional"]), 3);
    let nothing = rolehop(&world, "80", &["who-can", "prod", "--account", "no-such-*"]);
    assert_eq!(nothing.status.code(), Some(2), "{}", String::from_utf8_lossy(&nothing.stderr));
}

#[test]
fn no_line_is_wider_than_the_terminal_and_the_next_command_can_be_pasted() {
    let output = rolehop(&small(), "80", &["who-can", "prod"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let next = said.lines().find(|line| line.starts_with("Next: ")).unwrap();
    let words = shlex_words(next.trim_start_matches("Next: "));
    assert_eq!(words[..4], ["rolehop", "path", "hub/user/ann", "prod/role/open"]);
    assert!(words.contains(&"--snapshot".to_owned()) && words.contains(&"--no-config".to_owned()), "{next}");
}

fn shlex_words(line: &str) -> Vec<String> {
    let output = std::process::Command::new("sh").args(["-c", &format!("printf '%s\\n' {line}")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn what_a_principal_reaches_is_told_in_groups_and_as_a_list() {
    let (dir, estate) = organization();
    let graph = TrustGraph::new(&estate);
    let owner = "management/organization-owner";
    let answer = query::can(&graph, owner).unwrap();
    assert!(answer.answers.len() > 60, "{}", answer.answers.len());
    for grouping in [Grouping::Near(0), Grouping::Near(20), Grouping::Near(usize::MAX), Grouping::Every] {
        let groups = answer.groups(grouping);
        let told: BTreeSet<&String> = groups.iter().flat_map(|group| &group.roles).map(|one| &one.role).collect();
        assert_eq!(told.len(), answer.answers.len());
        assert_eq!(groups.iter().map(|group| group.roles.len()).sum::<usize>(), answer.answers.len());
        let alike = |group: &ReachedRow<'_>| {
            group.roles.iter().all(|one| one.verdict == group.verdict && one.conditions == group.conditions)
        };
        assert!(groups.iter().all(alike));
    }
    assert!(answer.groups(Grouping::Near(20)).len() < answer.answers.len() / 2);
    let run = |options: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        let snapshot = dir.path().join("organization");
        command.env_clear().args(["can", owner, "--no-config", "--snapshot"]).arg(snapshot).args(options);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let screen = run(&[]);
    assert!(screen.lines().count() < 30, "{screen}");
    assert_eq!(run(&["--expand"]).lines().count(), answer.answers.len());
    let list = run(&["-f", "csv"]);
    assert_eq!(list.lines().count(), answer.answers.len() + 1);
    let header = "principal,role,role_account,role_account_name,verdict,hops,conditions,administrator\n";
    assert!(list.starts_with(header), "{list}");
    let conditional = answer.answers.iter().filter(|one| one.verdict == Verdict::Conditional).count();
    assert_eq!(run(&["-f", "csv", "--verdict", "conditional"]).lines().count(), conditional + 1);
    let markdown = run(&["-f", "markdown", "--account", "identity"]);
    assert!(markdown.contains("| verdict | role | hops | needs |"), "{markdown}");
    assert!(markdown.lines().skip(4).all(|line| line.contains("identity/role/")), "{markdown}");
}

#[test]
fn a_selector_of_the_target_that_matches_nothing_is_told() {
    let dir = small().write();
    let config = dir.path().join("rolehop.toml");
    std::fs::write(&config, "version = 1\n[targets.live]\naccounts = [\"prod\", \"prdo\"]\n").unwrap();
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().args(["who-can", "live", "--snapshot"]).arg(dir.path()).arg("--config").arg(config);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`prdo` matches nothing (did you mean `prod`"), "{said}");
    assert!(!said.contains("`prod` matches nothing"), "{said}");
}

#[test]
fn accounts_that_may_be_among_those_that_are_asked_for_leave_the_answer_open() {
    // the tags of accounts were not read
    let world = small();
    for question in [["who-can", "prod"], ["can", "hub/ann"]] {
        let output = rolehop(&world, "80", &[&question[..], &["--account", "tag:env=live"]].concat());
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(4), "{out}{err}");
        assert!(out.contains("NOT proven") && out.contains("account tags were not read"), "{out}");
    }
}

#[test]
fn what_a_shell_would_expand_is_quoted_in_the_next_command() {
    let mut world = World::of_organization();
    world.role(PROD, "open", trusts(json!({"AWS": "*"})), &[]);
    let said = String::from_utf8(rolehop(&world, "80", &["who-can", "prod"]).stderr).unwrap();
    let next = said.lines().find_map(|line| line.strip_prefix("Next: ")).unwrap();
    assert_eq!(shlex_words(next)[..4], ["rolehop", "path", "*", "prod/role/open"]);
}

#[test]
fn who_asks_for_people_gets_no_jobs_and_pods_and_who_asks_for_machines_does() {
    let (_dir, estate) = organization();
    let graph = TrustGraph::new(&estate);
    let shown = |who: &[Who], workloads| {
        let mut found = ask(&graph, "ou:/Workloads/Prod");
        found.retain(&ReachFilter { who: who.iter().copied().collect(), workloads, ..ReachFilter::default() });
        found.answer().answers.iter().map(|answer| answer.principal.clone()).collect::<BTreeSet<String>>()
    };
    let is_job =
        |name: &String| name.contains("token.actions.githubusercontent.com") || name == "pods.eks.amazonaws.com";
    let brought = [Who::Federated, Who::Carriers];
    let all = shown(&brought, None);
    let (jobs, others): (BTreeSet<String>, BTreeSet<String>) = all.into_iter().partition(is_job);
    assert!(!jobs.is_empty(), "the organization has a GitHub provider");
    let people = shown(&brought, Some(false));
    assert!(others.is_subset(&people) && people.is_disjoint(&jobs));
    let machines = shown(&[Who::Roles], Some(true));
    assert!(jobs.is_subset(&machines) && shown(&[Who::Roles], None).is_subset(&machines));
}

#[test]
fn whoever_may_be_people_or_programs_is_shown_to_both_who_ask() {
    let mut world = World::of_organization();
    let (bob, ci) = ("arn:aws:iam::999988887777:user/bob", "arn:aws:iam::999988887777:role/ci");
    let provider = |name: &str| format!("arn:aws:iam::{PROD}:{name}");
    let calls = json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]);
    let anywhere = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": calls,
        "Principal": {"Service": "rolesanywhere.amazonaws.com"}}]});
    world.role(PROD, "bob", trusts(json!({"AWS": bob})), &[]);
    world.role(PROD, "ci", trusts(json!({"AWS": ci})), &[]);
    world.role(PROD, "vendor", trusts(root(VENDOR)), &[]);
    world.role(PROD, "public", trusts(json!({"AWS": "*"})), &[]);
    world.role(PROD, "anywhere", anywhere, &[]);
    let federated = |action: &str, provider: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Principal": {"Federated": provider}}]});
    let oidc = provider("oidc-provider/login.acme.example");
    world.role(PROD, "oidc", federated("sts:AssumeRoleWithWebIdentity", &oidc), &[]);
    world.role(PROD, "saml", federated("sts:AssumeRoleWithSAML", &provider("saml-provider/corp")), &[]);
    let shown = |option: &str| {
        let output = rolehop(&world, "200", &["who-can", "prod", "-f", "csv", option]);
        let text = String::from_utf8(output.stdout).unwrap();
        let targets: Vec<&str> =
            text.lines().filter_map(|line| line.split(',').nth(4)?.split(":role/").nth(1)).collect();
        let is_there = |name: &&str| targets.contains(name);
        ["anywhere", "bob", "ci", "oidc", "public", "saml", "vendor"].into_iter().filter(is_there).collect::<Vec<_>>()
    };
    assert_eq!(shown("--people"), ["anywhere", "bob", "ci", "oidc", "public", "saml", "vendor"]);
    assert_eq!(shown("--machines"), ["anywhere", "ci", "oidc", "public", "vendor"]);
    let gate = rolehop(&world, "200", &["who-can", "prod/bob", "--people", "--expect-none"]);
    assert_ne!(gate.status.code(), Some(0));
}

#[test]
fn an_answer_says_what_was_asked_for_where_that_leaves_something_out() {
    let world = small();
    let out = |arguments: &[&str]| String::from_utf8(rolehop(&world, "400", arguments).stdout).unwrap();
    let first = |arguments: &[&str]| out(arguments).lines().next().unwrap_or_default().to_owned();
    let all = first(&["who-can", "prod"]);
    assert!(!all.starts_with("nobody") && !all.contains("asked"), "{all}");
    let narrow = first(&["who-can", "prod", "--kind", "service", "--account", "dev", "--max-hops", "1"]);
    assert!(narrow.starts_with("nobody reaches prod ("), "{narrow}");
    assert!(narrow.ends_with("), as far as asked: --max-hops 1 --kind service --account dev"), "{narrow}");
    assert!(first(&["who-can", "prod", "--people"]).ends_with(", as far as asked: --people"));
    let can = first(&["can", "hub/ann", "--ou", "/Dev", "--verdict", "unknown"]);
    assert_eq!(can, "hub/user/ann reaches no role, as far as asked: --ou /Dev --verdict unknown");
    assert!(out(&["can", "hub/ann", "--ou", "/Dev", "-f", "markdown"]).contains("as far as asked: --ou /Dev"));
}

/// No policy asks for MFA, but whoever has no key and signs in with a device comes with it.
#[test]
fn the_device_that_sign_in_asks_for_is_told() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(HUB)), &[]);
    for name in ["key", "device"] {
        world.user(HUB, name, &[may_assume(&["*"])]);
    }
    let row = |name: &str, cells: [&str; 4]| {
        json!({"user": name, "arn": user(HUB, name), "password_enabled": cells[0], "mfa_active": cells[1],
            "access_key_1_active": cells[2], "access_key_2_active": cells[3]})
    };
    world.account(HUB)["CredentialReport"] =
        json!([row("key", ["false", "false", "true", "false"]), row("device", ["true", "true", "false", "false"])]);
    let shown = String::from_utf8(rolehop(&world, "400", &["who-can", "prod", "--kind", "user"]).stdout).unwrap();
    let needs = |name: &str| {
        let line = shown.lines().find(|line| line.contains(name)).unwrap();
        line.rsplit("  ").next().unwrap().trim().to_owned()
    };
    assert_eq!([needs("hub/user/device"), needs("hub/user/key")], ["MFA at sign-in", "nothing"], "{shown}");
}

#[test]
fn a_way_that_is_open_without_mfa_alone_does_not_need_it() {
    let mut world = World::of_organization();
    let without = json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}});
    let service = || trusts(json!({"Service": "ec2.amazonaws.com"}));
    world.role(DEV, "x", service(), &[may_assume(&[&role(PROD, "t")])]);
    world.role(PROD, "t", trusts_if(root(DEV), without), &[]);
    let expanded = printed(&world, &["who-can", "prod/t", "--expand"]);
    let ways: Vec<&str> = expanded.lines().filter(|line| line.contains("dev/role/x")).collect();
    assert!(!ways.is_empty() && ways.iter().all(|line| line.ends_with("needs only without MFA")), "{expanded}");
    // as many roles as the cell of a group is asked about no more
    for at in 0..10 {
        let name = format!("t{at}");
        let without = json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}});
        world.role(PROD, &name, trusts_if(root(DEV), without), &[]);
    }
    world.role(DEV, "y", service(), &[may_assume(&["*"])]);
    let table = printed(&world, &["who-can", "prod"]);
    let rows: Vec<&str> = table.lines().filter(|line| line.contains("dev/role/y")).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.ends_with("only without MFA")), "{table}");
}
