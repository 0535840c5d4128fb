//! `cut`: as few removals as any, and none of the ways left.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a command that cannot be run has failed its test"
)]

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use program::{Ended, run_in};
use proptest::prelude::*;
use rolehop::answer::{PrincipalKind, Verdict};
use rolehop::change::ChangeError;
use rolehop::cut::{Asked, cut};
use rolehop::graph::query::{Targets, who_can};
use rolehop::graph::{SelectError, TrustGraph};
use rolehop::model::{BuildError, Estate};
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::edit::{DocumentAt, Edit, Holder, Removal};
use serde_json::{Value, json};

const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];

/// Whatever goes wrong.
#[derive(Debug)]
struct Failed(#[expect(dead_code, reason = "shown by a test that fails")] String);

impl From<SelectError> for Failed {
    fn from(error: SelectError) -> Self {
        Self(error.to_string())
    }
}

impl From<ChangeError> for Failed {
    fn from(error: ChangeError) -> Self {
        Self(format!("{error:?}"))
    }
}

impl From<BuildError> for Failed {
    fn from(error: BuildError) -> Self {
        Self(error.to_string())
    }
}

impl From<Infallible> for Failed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn at() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

/// What a small organization is made of: everything by number.
#[derive(Clone, Debug)]
struct World {
    /// For each of four roles, the statements of its trust policy: which of the others each lets in.
    trusts: Vec<Vec<Vec<usize>>>,
    /// For each of four roles, the statements of its inline policy: which roles each allows to assume.
    inline: Vec<Vec<Vec<usize>>>,
    /// For each of two users, whether it is in the group, and has the managed policy.
    users: Vec<(bool, bool)>,
    /// The statements of the group's inline policy, and of the managed policy.
    group: Vec<Vec<usize>>,
    managed: Vec<Vec<usize>>,
}

/// Roles 0 and 1 are in the first account, 2 and 3 in the second, which is the target.
const ROLES: usize = 4;

fn role(number: usize) -> String {
    format!("arn:aws:iam::{}:role/r{number}", ACCOUNTS[number / 2])
}

/// Roles 0 to 3, then users 4 and 5 of the first account.
fn principal(number: usize) -> String {
    if number < ROLES { role(number) } else { format!("arn:aws:iam::{}:user/u{}", ACCOUNTS[0], number - ROLES) }
}

fn allows(statements: &[Vec<usize>]) -> Value {
    let statement = |roles: &Vec<usize>| json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles.iter().map(|at| role(*at)).collect::<Vec<_>>()});
    json!({"Version": "2012-10-17", "Statement": statements.iter().map(statement).collect::<Vec<_>>()})
}

impl World {
    fn write(&self, dir: &Path) {
        fs::create_dir_all(dir.join("accounts")).unwrap();
        let accounts: Vec<Value> = ACCOUNTS
            .iter()
            .map(|id| json!({"Id": id, "Name": format!("a{id}"), "State": "ACTIVE", "ParentId": "r-1"}))
            .collect();
        let organization = json!({
            "Organization": {"Id": "o-1", "MasterAccountId": ACCOUNTS[0], "FeatureSet": "CONSOLIDATED_BILLING"},
            "Roots": [{"Id": "r-1", "Name": "Root"}], "OrganizationalUnits": [], "Accounts": accounts, "Policies": [],
        });
        fs::write(dir.join("organization.json"), organization.to_string()).unwrap();
        for (at, id) in ACCOUNTS.iter().enumerate() {
            let roles: Vec<Value> = (at * 2..at * 2 + 2).map(|number| self.role(number)).collect();
            let arn = format!("arn:aws:iam::{id}:policy/m");
            let first = at == 0;
            let account = json!({
                "RoleDetailList": roles,
                "UserDetailList": if first { self.user_list(&arn) } else { json!([]) },
                "GroupDetailList": if first { json!([{"GroupName": "g", "Arn": format!("arn:aws:iam::{id}:group/g"),
                    "AttachedManagedPolicies": [],
                    "GroupPolicyList": [{"PolicyName": "gp", "PolicyDocument": allows(&self.group)}]}]) } else { json!([]) },
                "Policies": if first { json!([{"PolicyName": "m", "Arn": arn, "DefaultVersionId": "v1",
                    "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": allows(&self.managed)}]}]) }
                    else { json!([]) },
            });
            fs::write(dir.join(format!("accounts/{id}.json")), account.to_string()).unwrap();
        }
    }

    fn role(&self, number: usize) -> Value {
        let trusts = self.trusts[number].iter().map(|who| {
            json!({"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"AWS": who.iter().map(|at| principal(*at)).collect::<Vec<_>>()}})
        });
        json!({"RoleName": format!("r{number}"), "Arn": role(number), "AttachedManagedPolicies": [], "Tags": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trusts.collect::<Vec<_>>()},
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": allows(&self.inline[number])}]})
    }

    fn user_list(&self, arn: &str) -> Value {
        let users = self.users.iter().enumerate().map(|(at, (in_group, has_managed))| {
            let groups: &[&str] = if *in_group { &["g"] } else { &[] };
            let attached = if *has_managed { vec![json!({"PolicyName": "m", "PolicyArn": arn})] } else { Vec::new() };
            json!({"UserName": format!("u{at}"), "Arn": principal(ROLES + at), "UserPolicyList": [], "Tags": [],
                "GroupList": groups, "AttachedManagedPolicies": attached})
        });
        Value::Array(users.collect())
    }

    /// Everything that could be removed.
    fn removals(&self) -> Vec<Removal> {
        let id = |at: usize| ACCOUNTS[at].parse().unwrap();
        let statements = |place: DocumentAt, count: usize| {
            (0..count as u32).map(move |statement| Removal::Statement(place.clone(), statement))
        };
        let mut all = Vec::new();
        for number in 0..ROLES {
            let (account, name) = (id(number / 2), format!("r{number}"));
            let trust = DocumentAt::Trust(account, name.as_str().into());
            all.extend(statements(trust, self.trusts[number].len()));
            let inline = DocumentAt::Inline(account, Holder::Role(name.into()), "p".into());
            all.extend(statements(inline, self.inline[number].len()));
        }
        let group = DocumentAt::Inline(id(0), Holder::Group("g".into()), "gp".into());
        all.extend(statements(group, self.group.len()));
        let managed = DocumentAt::Managed(id(0), format!("arn:aws:iam::{}:policy/m", ACCOUNTS[0]).into());
        all.extend(statements(managed, self.managed.len()));
        for (at, (in_group, has_managed)) in self.users.iter().enumerate() {
            let user = format!("u{at}");
            if *in_group {
                all.push(Removal::Membership(id(0), user.as_str().into(), "g".into()));
            }
            if *has_managed {
                all.push(Removal::Attachment(id(0), Holder::User(user.into()), "m".into(), false));
            }
        }
        all
    }
}

/// Who reaches which role of the target, services left out.
fn ways(snapshot: &Snapshot, removed: &[Removal]) -> BTreeSet<(String, String)> {
    ways_to(snapshot, removed, ACCOUNTS[1])
}

/// Who reaches a role of the other account.
fn ways_beside(snapshot: &Snapshot, removed: &[Removal]) -> BTreeSet<(String, String)> {
    (0..2).flat_map(|number| ways_to(snapshot, removed, &role(number))).collect()
}

fn ways_to(snapshot: &Snapshot, removed: &[Removal], target: &str) -> BTreeSet<(String, String)> {
    let edits: Vec<Edit> = removed.iter().cloned().map(Edit::Remove).collect();
    let estate = Estate::build(&snapshot.edited(&edits).unwrap(), at()).unwrap();
    let found = who_can(&TrustGraph::new(&estate), target, &Targets::new()).unwrap();
    let mut all = BTreeSet::new();
    for group in found.groups.iter().filter(|group| group.kind != PrincipalKind::Service) {
        for part in group.targets.iter().filter(|part| part.verdict != Verdict::Unknown) {
            let roles: Vec<&str> = part.roles.iter().collect();
            all.extend(
                group.principals.iter().flat_map(|who| roles.iter().map(|role| (who.clone(), (*role).to_owned()))),
            );
        }
    }
    all
}

fn combinations(count: usize, of: usize, then: &mut dyn FnMut(&[usize]) -> bool) -> bool {
    fn go(
        from: usize,
        count: usize,
        of: usize,
        chosen: &mut Vec<usize>,
        then: &mut dyn FnMut(&[usize]) -> bool,
    ) -> bool {
        if chosen.len() == of {
            return then(chosen);
        }
        (from..count).any(|next| {
            chosen.push(next);
            let found = go(next + 1, count, of, chosen, then);
            chosen.pop();
            found
        })
    }
    go(0, count, of, &mut Vec::new(), then)
}

fn statements(of: std::ops::Range<usize>, most: usize) -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::btree_set(of, 1..3).prop_map(|set| set.into_iter().collect()), 0..most)
}

prop_compose! {
    fn worlds()(
        trusts in prop::collection::vec(statements(0..6, 3), ROLES),
        inline in prop::collection::vec(statements(0..4, 2), ROLES),
        users in prop::collection::vec(any::<(bool, bool)>(), 2),
        group in statements(0..4, 3),
        managed in statements(0..4, 3),
    ) -> World {
        World { trusts, inline, users, group, managed }
    }
}

/// That the cut of the second account leaves no way, and that no smaller one does.
fn is_smallest(world: &World) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    let snapshot = Snapshot::open(dir.path()).unwrap();
    let estate = Estate::build(&snapshot, at()).unwrap();
    let graph = TrustGraph::new(&estate);
    let targets = Targets::new();
    let none = BTreeSet::new();
    let asked = Asked {
        target: ACCOUNTS[1],
        targets: &targets,
        keep: &[],
        principals: &[],
        accounts: &none,
        without_mfa: false,
        machines: false,
    };
    let open = |edits: &[Edit]| -> Result<Estate, Failed> {
        Ok(Estate::build(&snapshot.edited(edits).map_err(|error| Failed(error.to_string()))?, at())?)
    };
    let found = cut(&graph, &asked, &open).unwrap();
    let before = ways(&snapshot, &[]);
    prop_assert_eq!(found.ways as usize, before.len());
    prop_assert!(found.verified && found.is_smallest);
    prop_assert_eq!(found.closed, found.ways);
    let all = world.removals();
    // the removals that it names leave no way, by the options that make them
    let removed: Vec<Removal> = found
        .removals
        .iter()
        .map(|removal| {
            let resolve = match removal.option {
                "--remove-statement" => rolehop::change::statement,
                "--detach" => rolehop::change::attachment,
                _ => rolehop::change::membership,
            };
            resolve(&graph, &removal.value).unwrap()
        })
        .collect();
    prop_assert!(removed.iter().all(|removal| all.contains(removal)));
    prop_assert_eq!(ways(&snapshot, &removed), BTreeSet::new());
    // what each takes away alone, and all of them together
    let beside = ways_beside(&snapshot, &[]);
    for (named, removal) in found.removals.iter().zip(&removed) {
        let alone = std::slice::from_ref(removal);
        prop_assert_eq!(named.closes, Some((before.len() - ways(&snapshot, alone).len()) as u64));
        prop_assert_eq!(named.others, Some((beside.len() - ways_beside(&snapshot, alone).len()) as u64));
    }
    prop_assert_eq!(found.others as usize, beside.len() - ways_beside(&snapshot, &removed).len());
    // and no fewer do
    for size in 0..found.removals.len().min(3) {
        let closes = |chosen: &[usize]| {
            let removed: Vec<Removal> = chosen.iter().map(|at| all[*at].clone()).collect();
            ways(&snapshot, &removed).is_empty()
        };
        let smaller = combinations(all.len(), size, &mut |chosen| closes(chosen));
        prop_assert!(
            !smaller,
            "{size} removals are enough, and {} were found: {:?}",
            found.removals.len(),
            found.removals
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_is_as_small_as_the_smallest_set_of_removals_that_leaves_no_way(world in worlds()) {
        is_smallest(&world)?;
    }
}

#[test]
fn what_a_role_of_the_target_reaches_is_closed_where_nobody_enters_that_role() {
    // the user's way into one role is the only way into the other
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4]], vec![vec![2]]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, false), (false, false)],
        group: vec![vec![2]],
        managed: vec![],
    };
    is_smallest(&world).unwrap();
}

#[test]
fn a_membership_and_a_policy_of_which_others_allow_all_are_said_to_be_redundant() {
    // the trust policy is the other user's, too
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4, 5]], vec![]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, true), (false, true)],
        group: vec![vec![2]],
        managed: vec![vec![2, 3]],
    };
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    let asked = ["cut", ACCOUNTS[1], "--principal", "u0", "--keep", "u1", "--snapshot", ".", "--no-config", "--json"];
    let found: Value = serde_json::from_str(&run_in(dir.path(), &[], &asked).succeeded().out).unwrap();
    let remarks = |kind: &str| {
        let all = found["removals"].as_array().unwrap();
        all.iter().find(|removal| removal["kind"] == kind).unwrap_or_else(|| panic!("{found:#}"))["remarks"].clone()
    };
    assert_eq!(remarks("membership"), json!(["redundant: m allows all that it allows"]));
    // the policy allows one role more than the group
    assert_eq!(remarks("attachment"), json!([]));
}

#[test]
fn machines_are_cut_without_people_and_users() {
    let count = |arguments: &[&str]| {
        let ended = on_demo(&[&["prod", "--json"], arguments].concat()).succeeded();
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        (found["ways"].as_u64().unwrap(), found)
    };
    let (all, _) = count(&[]);
    let (of_machines, found) = count(&["--machines"]);
    assert!(of_machines > 0 && of_machines < all, "{found:#}");
    assert_eq!(found["closed"], found["ways"]);
    let stays = found["stays"].as_array().unwrap().iter().find(|stay| stay["why"] == "not-asked").unwrap();
    assert_eq!(stays["ways"], all - of_machines);
    let people = stays["principals"].as_array().unwrap();
    assert!(
        people.contains(&json!("ada@acme.example"))
            && people.iter().any(|who| who.as_str().unwrap().contains(":user/"))
    );
    assert!(people.iter().all(|who| !who.as_str().unwrap().contains(":role/ci-runner")), "{people:?}");
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo")
}

fn on_demo(arguments: &[&str]) -> Ended {
    let (snapshot, config) = (demo(), demo().join("rolehop.toml"));
    let mut all = vec!["cut", "--snapshot", snapshot.to_str().unwrap(), "--config", config.to_str().unwrap()];
    all.extend_from_slice(arguments);
    run_in(tempfile::tempdir().unwrap().path(), &[], &all)
}

/// `--keep` for the administrators of the demo, who sign in with MFA.
const ADMINISTRATORS: [&str; 4] = ["--keep", "security/group/admins", "--keep", "group Platform Engineering"];

#[test]
fn prod_of_the_demo_is_closed_to_all_but_its_administrators_by_what_cut_names() {
    let ended = on_demo(&[&["prod", "--json"], &ADMINISTRATORS[..]].concat()).succeeded();
    let found: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&found["ways"], &found["closed"]), (&json!(23), &json!(23)), "{found}");
    assert_eq!(
        (&found["is_smallest"], &found["verified"], &found["proven"]),
        (&json!(true), &json!(true), &json!(true))
    );
    let removals = found["removals"].as_array().unwrap();
    let named: Vec<&str> = removals.iter().map(|removal| removal["value"].as_str().unwrap()).collect();
    for value in [
        "prod-core/role/deploy-admin:trust#0",
        "security/group/operators:assume-operate#0",
        "prod-core/role/monitor:trust#0",
        "prod-data/role/etl-deploy:trust#0",
        "tim@acme.example:AdministratorAccess:prod-data",
    ] {
        assert!(named.contains(&value), "{named:?}");
    }
    let closes: Vec<u64> = removals.iter().map(|removal| removal["closes"].as_u64().unwrap()).collect();
    assert!(closes.is_sorted_by(|one, next| one >= next), "{closes:?}");
    // tried together, they leave the administrators and services alone
    let mut arguments = vec!["what-if", "--json", "--only", "paths"];
    for removal in removals {
        arguments.extend([removal["option"].as_str().unwrap(), removal["value"].as_str().unwrap()]);
    }
    let (snapshot, config) = (demo(), demo().join("rolehop.toml"));
    arguments.extend(["--snapshot", snapshot.to_str().unwrap(), "--config", config.to_str().unwrap()]);
    let tried = run_in(snapshot.parent().unwrap(), &[], &arguments).succeeded();
    let tried: Value = serde_json::from_str(&tried.out).unwrap();
    let of_target = |key: &str| tried["paths"][0]["ways"][key].as_u64().unwrap();
    assert_eq!((of_target("new"), of_target("easier")), (0, 0));
    let stays = |why: &str| {
        let all = found["stays"].as_array().unwrap();
        all.iter().find(|stay| stay["why"] == why).map_or(0, |stay| stay["ways"].as_u64().unwrap())
    };
    let beside: u64 = found["also"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|also| also["target"] == "prod")
        .map(|also| also["ways"].as_u64().unwrap())
        .sum();
    assert_eq!(of_target("lost"), 23 + beside);
    assert_eq!(of_target("unchanged"), stays("kept") + stays("service") - beside);
    assert_eq!(stays("kept"), 8);
}

#[test]
fn two_changes_close_prod_of_the_demo_to_everybody_who_is_not_accepted_one_by_one() {
    let accepted = [
        "group Auditors",
        "tim@acme.example",
        "management/user/ismail",
        "management/role/rolehop-scanner",
        "999988887777",
        "prod-data/oidc-provider/token.actions.githubusercontent.com",
    ];
    let accepted: Vec<&str> = accepted.iter().flat_map(|who| ["--keep", who]).collect();
    let ended = on_demo(&[&["prod", "--json"], &ADMINISTRATORS[..], &accepted].concat()).succeeded();
    let found: Value = serde_json::from_str(&ended.out).unwrap();
    let named: Vec<&Value> = found["removals"].as_array().unwrap().iter().map(|removal| &removal["value"]).collect();
    assert_eq!(named, ["prod-core/role/deploy-admin:trust#0", "security/group/operators:assume-operate#0"]);
    assert_eq!(
        (&found["closed"], &found["is_smallest"], &found["verified"]),
        (&found["ways"], &json!(true), &json!(true))
    );
}

#[test]
fn what_is_kept_is_not_removed_and_what_rests_on_it_alone_is_said_to_stay() {
    let ended =
        on_demo(&["prod", "--keep", "dmitri.ops", "--principal", "carla.ops", "--principal", "dmitri.ops", "--json"]);
    let found: Value = serde_json::from_str(&ended.succeeded().out).unwrap();
    let values: Vec<&Value> = found["removals"].as_array().unwrap().iter().map(|removal| &removal["value"]).collect();
    assert_eq!(values, [&json!("security/user/carla.ops:operators")], "the membership is hers alone");
    // both enter by one statement of the role that the hub assumes
    let ended = on_demo(&[
        "prod-core/role/deploy-admin",
        "--keep",
        "dev-sandbox/role/ci-runner",
        "--principal",
        "deploy-hub",
        "--json",
    ]);
    let found: Value = serde_json::from_str(&ended.succeeded().out).unwrap();
    assert_eq!(found["removals"], json!([]), "{found}");
    let shared = found["stays"].as_array().unwrap().iter().find(|stay| stay["why"] == "shared").unwrap();
    assert_eq!(shared["ways"], 1);
}

#[test]
fn missing_data_is_told_and_no_unknown_way_is_called_closed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("accounts")).unwrap();
    for file in ["organization.json", "identity-center.json", "account-access.json"] {
        fs::copy(demo().join(file), dir.path().join(file)).unwrap();
    }
    for entry in fs::read_dir(demo().join("accounts")).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("222222222201.json") {
            fs::copy(&path, dir.path().join("accounts").join(path.file_name().unwrap())).unwrap();
        }
    }
    let config = demo().join("rolehop.toml");
    let ended =
        run_in(dir.path(), &[], &["cut", "prod", "--json", "--snapshot", ".", "--config", config.to_str().unwrap()]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let found: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(found["proven"], false);
    assert!(!found["gaps"].as_array().unwrap().is_empty());
}

#[test]
fn a_name_that_is_not_there_is_an_error() {
    on_demo(&["prod", "--keep", "nobody"]).failed(2, "E401");
    on_demo(&["prd"]).failed(2, "E401");
    assert!(on_demo(&["prod", "--account", "securty"]).failed(2, "E300").contains("did you mean `security`?"));
    assert!(on_demo(&["prod", "--keep", "security/group/admin"]).failed(2, "E401").contains("did you mean `admins`?"));
}
