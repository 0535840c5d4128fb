//! People of Identity Center: who comes in and what becomes of them, and what is said where they are not known.
//!
//! Small organizations, each about one fact; random ones for what must hold of all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot build its world has failed"
)]

use std::collections::{BTreeMap, BTreeSet};

use rolehop::answer::{GroupName, Grouping, PrincipalKind, ReachRow, Verdict, Who};
use rolehop::graph::query::{self, Limits, Targets, WhoCan};
use serde_json::{Value, json};

#[path = "people/access.rs"]
mod access;
#[path = "people/administered.rs"]
mod administered;
#[path = "people/differences.rs"]
mod differences;
#[path = "people/groups.rs"]
mod groups;
#[path = "people/laws.rs"]
mod laws;
#[path = "people/told.rs"]
mod told;
#[path = "people/world.rs"]
mod world;

use world::{DEV, HOME, INSTANCE, PROD, SUFFIX, World, assigned, member, names, reserved, target};

#[test]
fn members_of_an_assigned_group_come_in_and_go_on_by_the_role_of_exactly_that_name() {
    let targets = || vec![target("deploy", Value::Null), reserved(PROD, "AdminReadOnly", SUFFIX)];
    let admin = World::new(targets(), &["Admin", "AdminReadOnly"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert_eq!(names(&admin.people("prod/deploy")), ["ada", "eve"]);
    // nobody is assigned the set whose name begins alike
    assert!(admin.people("prod/AWSReservedSSO_AdminReadOnly_0123456789abcdef").is_empty());
    let path = admin.path("ada@example.com", "prod/deploy");
    assert_eq!((path.verdict, path.hop_count), (Verdict::Allowed, Some(2)));
    assert_eq!(path.hops[0].kind, "assignment");
    assert_eq!(path.hops[0].via.as_ref().unwrap().words(), "group team, permission set Admin");
    let odd = ["Data_Read", "Rôle"];
    let odd = World::new(targets(), &odd, odd.map(|set| assigned(DEV, set, "USER", "u-ada")).to_vec());
    assert_eq!(odd.can("Ada Lovelace").answers.len(), 3);
}

#[test]
fn a_disabled_user_reaches_what_a_user_who_is_not_there_reaches() {
    let assignments = || vec![assigned(DEV, "Admin", "GROUP", "g-team"), assigned(DEV, "Admin", "USER", "u-bob")];
    let world = World::new(vec![target("deploy", Value::Null)], &["Admin"], assignments());
    assert_eq!(names(&world.people("prod/deploy")), ["ada", "eve"]);
    let bob = world.can("bob");
    assert!(bob.answers.is_empty() && bob.proven && bob.note.is_some());
}

#[test]
fn attributes_of_people_decide_what_tags_of_their_sessions_decide() {
    let ops = json!({"StringEquals": {"aws:PrincipalTag/Job": "ops"}});
    let world = World::new(vec![target("ops", ops)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    // without a configuration no session has tags
    assert!(world.people("prod/ops").is_empty());
    let of = |source: &str| {
        let attributes = json!([{"Key": "job", "Value": {"Source": [source]}}]);
        world.clone().with("AccessControlAttributes", attributes).people("prod/ops")
    };
    assert_eq!(of("${path:title}"), BTreeMap::from([("ada".to_owned(), Verdict::Allowed)]));
    let unknown = of("${path:enterprise.department}");
    assert_eq!(names(&unknown), ["ada", "eve"]);
    assert!(unknown.values().all(|verdict| *verdict == Verdict::Unknown), "{unknown:?}");
}

#[test]
fn an_identity_provider_may_send_attributes_also_where_none_is_mapped() {
    let ops = json!({"StringEquals": {"aws:PrincipalTag/Job": "ops"}});
    let untagged = json!({"Null": {"aws:PrincipalTag/Job": "true"}});
    let targets = vec![target("ops", ops), target("untagged", untagged)];
    let world = World::new(targets, &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
    let external = |world: World| {
        let mut ada = world.instance["Users"][0].clone();
        ada["ExternalIds"] = json!([{"Issuer": "https://scim.aws.com/abc", "Id": "00u1"}]);
        world.with("Users", json!([ada]))
    };
    let of = |world: &World, role: &str| world.people(role).get("ada").copied();
    for enabled in [Value::Null, json!(true)] {
        let enabled = external(world.clone()).with("AccessControlEnabled", enabled);
        let found = [of(&enabled, "prod/ops"), of(&enabled, "prod/untagged")];
        assert_eq!(found, [Some(Verdict::Unknown), Some(Verdict::Unknown)]);
    }
    // users of the store itself bring nothing, and without a configuration nobody does
    for world in [
        world.clone().with("AccessControlEnabled", json!(true)),
        external(world).with("AccessControlEnabled", json!(false)),
    ] {
        assert_eq!([of(&world, "prod/ops"), of(&world, "prod/untagged")], [None, Some(Verdict::Allowed)]);
    }
}

#[test]
fn of_names_that_differ_in_case_alone_the_very_name_is_meant() {
    let user = |id: &str, name: &str| json!({"UserId": id, "UserName": name});
    let group = |id: &str, name: &str| json!({"GroupId": id, "DisplayName": name});
    let assignments = vec![assigned(DEV, "Admin", "GROUP", "g-1"), assigned(DEV, "AdminReadOnly", "GROUP", "g-2")];
    let world = World::new(Vec::new(), &["Admin", "AdminReadOnly"], assignments)
        .with("Users", json!([user("u-1", "Ada"), user("u-2", "ada")]))
        .with("Groups", json!([group("g-1", "Ops"), group("g-2", "ops")]))
        .with("GroupMemberships", json!([member("g-1", "u-1"), member("g-2", "u-2")]));
    let role = |who: &str| world.can(who).answers.iter().map(|one| one.role.clone()).collect::<Vec<_>>();
    for (exact, id) in
        [("Ada (d-1)", "u-1"), ("ada (d-1)", "u-2"), ("group Ops (d-1)", "g-1"), ("group ops (d-1)", "g-2")]
    {
        assert_eq!(role(exact), role(id), "{exact}");
    }
    for either in ["ada", "ADA (d-1)", "group OPS (d-1)"] {
        let error = world.ask(|graph| query::can(graph, either).unwrap_err()).to_string();
        assert!(error.contains("fits 2"), "{either}: {error}");
    }
}

#[test]
fn what_another_role_of_the_target_asks_for_makes_no_way_of_a_person_conditional() {
    let pay = || target("pay", json!({"StringEquals": {"aws:PrincipalTag/Job": "ops"}}));
    let assignments = || vec![assigned(DEV, "Admin", "GROUP", "g-team")];
    let attributes = json!([{"Key": "Job", "Value": {"Source": ["${path:title}"]}}]);
    let asks =
        [json!({"StringEquals": {"identitystore:UserId": "u-ada"}}), json!({"Null": {"identitystore:UserId": "true"}})];
    for of_other in asks {
        let targets = vec![pay(), target("other", of_other)];
        let world = World::new(targets, &["Admin"], assignments()).with("AccessControlAttributes", attributes.clone());
        assert_eq!(world.path("ada", "prod/pay").verdict, Verdict::Allowed);
        let answer = world.who_can("prod");
        let ada = answer.answers.iter().find(|one| one.principal == "ada").unwrap();
        let parts = answer.targets_of(ada);
        let of_pay = parts.iter().find(|part| part.roles.iter().any(|role| role.ends_with("role/pay"))).unwrap();
        assert_eq!((of_pay.verdict, of_pay.conditions.as_slice()), (Verdict::Allowed, [].as_slice()));
        // eve has another title
        let eve = answer.answers.iter().find(|one| one.principal == "eve");
        let reaches_pay =
            |part: &rolehop::answer::ReachedAlike| part.roles.iter().any(|role| role.ends_with("role/pay"));
        assert!(eve.is_none_or(|eve| !answer.targets_of(eve).iter().any(reaches_pay)));
    }
}

#[test]
fn an_account_that_is_not_in_the_snapshot_may_let_people_in() {
    const ELSEWHERE: &str = "666666666666";
    let of = |principal: &str, id: &str| {
        vec![assigned(DEV, "Admin", "USER", "u-eve"), assigned(ELSEWHERE, "Admin", principal, id)]
    };
    let why = "account 666666666666 is not in the snapshot";
    for (principal, id) in [("USER", "u-ada"), ("GROUP", "g-team")] {
        let world = World::new(Vec::new(), &["Admin"], of(principal, id));
        let ada = world.can("ada");
        assert!(!ada.proven && ada.gaps.iter().any(|gap| gap.reason == why), "{:?}", ada.gaps);
        assert_eq!(world.can("eve").proven, principal == "USER");
        assert_eq!(world.can("group team").proven, principal == "USER");
    }
}

#[test]
fn an_answer_that_rests_on_tags_that_are_not_known_is_not_proven_and_says_why() {
    let ops = json!({"StringEquals": {"aws:PrincipalTag/Job": "ops"}});
    let open = target("open", Value::Null);
    let world = World::new(vec![target("ops", ops), open], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    let with = |source: &str| {
        world.clone().with("AccessControlAttributes", json!([{"Key": "job", "Value": {"Source": [source]}}]))
    };
    for (source, proven) in [("${path:title}", true), ("${path:enterprise.department}", false)] {
        for target in ["prod/ops", "prod"] {
            let answer = with(source).who_can(target);
            assert_eq!(
                (answer.proven, answer.gaps.is_empty()),
                (proven, proven),
                "{source} {target}: {:?}",
                answer.gaps
            );
        }
        let answer = with(source).can("ada");
        assert_eq!((answer.proven, answer.gaps.is_empty()), (proven, proven), "{source}: {:?}", answer.gaps);
        assert!(
            answer.gaps.iter().all(|gap| gap.reason.contains("the tag `Job`") || gap.reason.contains("the tag `job`"))
        );
    }
}

#[test]
fn the_name_of_a_session_is_the_user_name() {
    let ada = json!({"StringLike": {"aws:userid": "*:ada"}});
    let world = World::new(vec![target("adas", ada)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert_eq!(world.people("prod/adas"), BTreeMap::from([("ada".to_owned(), Verdict::Allowed)]));
    let path = world.path("ada", "prod/adas");
    assert_eq!((path.verdict, path.conditions.len()), (Verdict::Allowed, 0));
    assert_eq!(world.path("eve", "prod/adas").verdict, Verdict::Denied);
}

#[test]
fn mfa_of_people_is_not_seen_by_aws() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let world = World::new(vec![target("mfa", mfa)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert!(world.people("prod/mfa").is_empty());
    assert!(world.who_can("dev").mfa_of_people.is_some());
}

#[test]
fn where_identity_center_was_not_read_people_are_unknown_and_nothing_is_proven() {
    let mut world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert!(world.who_can("prod/deploy").proven);
    let by_provider = |world: &World| {
        let answer = world.who_can("prod/deploy");
        answer.answers.iter().any(|answer| answer.kind == PrincipalKind::Federated)
    };
    assert!(!by_provider(&world));
    world.without_people = true;
    let answer = world.who_can("prod/deploy");
    assert!(!answer.proven && by_provider(&world));
    assert!(answer.gaps.iter().any(|gap| gap.reason == "people unknown: Identity Center was not read"));
}

#[test]
fn what_was_not_read_of_a_role_stays_a_way_in_that_is_unknown() {
    let world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
    let unread = json!([{"AccountId": DEV, "PermissionSetArn": format!("{INSTANCE}/Admin"), "Reason": "throttled"}]);
    let cut = world.clone().with("UnreadAssignments", unread);
    let answer = cut.who_can("prod/deploy");
    let verdicts: BTreeMap<_, _> = answer.answers.iter().map(|a| (a.kind, a.verdict)).collect();
    assert_eq!(
        (verdicts[&PrincipalKind::Person], verdicts[&PrincipalKind::Federated]),
        (Verdict::Allowed, Verdict::Unknown)
    );
    assert!(!answer.proven);
    // a path of somebody who is not assigned may be there
    assert_eq!(cut.path("eve", "prod/deploy").verdict, Verdict::Unknown);
    assert_eq!(world.path("eve", "prod/deploy").verdict, Verdict::Denied);
}

#[test]
fn a_group_whose_members_were_not_read_is_shown_as_such() {
    let world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-cut")])
            .with("UnreadGroups", json!([{"GroupId": "g-cut", "Reason": "denied"}]));
    assert_eq!(world.people("prod/deploy"), BTreeMap::from([("group cut".to_owned(), Verdict::Unknown)]));
    let answer = world.who_can("prod/deploy");
    assert!(!answer.proven && answer.gaps.iter().any(|gap| gap.reason.contains("`cut`")));
}

#[test]
fn two_roles_of_one_permission_set_are_both_shown_and_unknown() {
    let mut world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
    world.roles.get_mut(DEV).unwrap().push(reserved(DEV, "Admin", "fedcba9876543210"));
    let can = world.can("ada");
    let of_dev: Vec<_> = can.answers.iter().filter(|answer| answer.account == DEV).map(|a| a.verdict).collect();
    assert_eq!(of_dev, [Verdict::Unknown, Verdict::Unknown]);
}

#[test]
fn a_second_instance_with_users_of_the_same_name_takes_no_part() {
    let mut world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
    world.others.push(json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-2", "IdentityStoreId": "d-2",
        "PermissionSetsEnabled": false, "Users": [{"UserId": "u-ada", "UserName": "ada"}], "Groups": [], "GroupMemberships": []}));
    assert_eq!(names(&world.people("prod/deploy")), ["ada (d-1)"]);
    let error = world.ask(|graph| query::can(graph, "ada").unwrap_err().to_string());
    assert_eq!(error, "`ada` fits 2 names");
    assert!(world.can("ada (d-2)").answers.is_empty());
}

#[test]
fn users_of_an_account_instance_that_were_not_read_leave_nothing_open() {
    let world = |other: Value| {
        let mut world =
            World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
        world.others.push(other);
        let (can, who_can) = (world.can("ada"), world.who_can("prod/deploy"));
        (can.proven, who_can.proven)
    };
    let of = |owner: &str| json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-2", "IdentityStoreId": "d-2", "OwnerAccountId": owner});
    let mut told = of(HOME);
    told["PermissionSetsEnabled"] = json!(false);
    assert_eq!((world(told), world(of(DEV))), ((true, true), (true, true)));
    // that of the management account may be the organization's
    assert!(!world(of(HOME)).0);
}

#[test]
fn each_role_is_told_with_what_leads_into_it() {
    let assignments = vec![assigned(DEV, "Admin", "GROUP", "g-team"), assigned(DEV, "AdminReadOnly", "USER", "u-ada")];
    let world = World::new(vec![target("deploy", Value::Null)], &["Admin", "AdminReadOnly"], assignments);
    let told = world.ask(|graph| {
        let found = WhoCan::new(graph, "dev", &Targets::new(), &Limits::default()).unwrap();
        let (answer, vias) = (found.answer(), found.vias());
        let ada = answer.answers.iter().find(|one| one.principal.starts_with("ada")).unwrap();
        ["Admin", "AdminReadOnly"].map(|set| {
            let role = format!("arn:aws:iam::{DEV}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_{set}_{SUFFIX}");
            vias.to(&ada.principal, &role).map(|via| via.words())
        })
    });
    let both = ["group team, permission set Admin", "assigned directly, permission set AdminReadOnly"];
    assert_eq!(told, both.map(|via| Some(via.to_owned())));
}

#[test]
fn a_group_of_five_hundred_is_one_edge() {
    let users: Vec<Value> =
        (0..500).map(|at| json!({"UserId": format!("u-{at}"), "UserName": format!("user-{at}")})).collect();
    let members: Vec<Value> = (0..500).map(|at| member("g-team", &format!("u-{at}"))).collect();
    let world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")])
            .with("Users", json!(users))
            .with("GroupMemberships", json!(members));
    assert_eq!(world.people("prod/deploy").len(), 500);
    let edges = world.ask(|graph| graph.all().iter().map(Vec::len).sum::<usize>());
    assert_eq!(edges, 2);
    let rows = world.ask(|graph| query::edges(graph, false));
    assert_eq!(rows.iter().filter(|row| row.kind == "assignment").count(), 500);
}

#[test]
fn people_of_several_groups_that_are_put_together_are_counted_once() {
    let groups: Vec<String> = (0..6).map(|at| format!("g-{at}")).collect();
    let listed: Vec<Value> = groups.iter().map(|id| json!({"GroupId": id, "DisplayName": id})).collect();
    let members: Vec<Value> = groups.iter().flat_map(|id| [member(id, "u-ada"), member(id, "u-eve")]).collect();
    let assignments = groups.iter().map(|id| assigned(DEV, "Admin", "GROUP", id)).collect();
    let world = World::new(vec![target("deploy", Value::Null)], &["Admin"], assignments)
        .with("Groups", json!(listed))
        .with("GroupMemberships", json!(members));
    let of = |grouping| {
        world.ask(|graph| {
            let found = WhoCan::new(graph, "prod/deploy", &Targets::new(), &Limits::default()).unwrap();
            let people = found.summary(grouping).groups.into_iter().filter(|row| row.who == Who::People);
            people.map(|row| row.principals).collect::<Vec<_>>()
        })
    };
    assert_eq!(of(Grouping::Every), [2; 6]);
    assert_eq!(of(Grouping::Near(1)), [2; 4]);
}

/// Whoever takes the person out of the group has not closed the way.
#[test]
fn an_assignment_of_a_persons_own_is_told_beside_that_of_a_group() {
    let twice = || vec![assigned(DEV, "Admin", "GROUP", "g-team"), assigned(DEV, "Admin", "USER", "u-ada")];
    let ways = |assignments: Vec<Value>, sets: &[&str], target_of: &str| {
        let world = World::new(vec![target("deploy", Value::Null)], sets, assignments);
        world.ask(|graph| {
            let found = WhoCan::new(graph, target_of, &Targets::new(), &Limits::default()).unwrap();
            let people = found.summary(Grouping::Every).groups.into_iter().filter(|row| row.who == Who::People);
            let told = |row: ReachRow| match row.name {
                GroupName::Via(via) => format!("{} {via}", row.principals),
                other => format!("{other:?}"),
            };
            people.map(told).collect::<BTreeSet<_>>()
        })
    };
    let both = ["1 assigned directly, permission set Admin", "2 group team, permission set Admin"];
    for place in ["prod/deploy", "dev"] {
        let told = ways(twice(), &["Admin"], place);
        assert_eq!(told, both.map(str::to_owned).into(), "{place}");
    }
    let group = ways(vec![assigned(DEV, "Admin", "GROUP", "g-team")], &["Admin"], "dev");
    assert_eq!(group, ["2 group team, permission set Admin".to_owned()].into());
}

#[test]
fn people_whose_sessions_are_read_by_a_policy_stand_in_the_table() {
    let signed_in = json!({"Null": {"identitystore:UserId": "false"}});
    let world =
        World::new(vec![target("deploy", signed_in)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert_eq!(names(&world.people("prod/deploy")), ["ada", "eve"]);
    let rows = world.ask(|graph| {
        let found = WhoCan::new(graph, "prod/deploy", &Targets::new(), &Limits::default()).unwrap();
        found.summary(Grouping::Every).groups
    });
    let people: usize = rows.iter().filter(|row| row.who == Who::People).map(|row| row.principals).sum();
    assert_eq!(people, 2);
}

/// The team may go on to the roles of prod that are named after the title of each.
fn by_title(attributes: Value) -> World {
    let targets = ["ops-data", "dev-data"].map(|name| target(name, Value::Null)).to_vec();
    let mut world = World::new(targets, &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    let statement = &mut world.roles.get_mut(DEV).unwrap()[0]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0];
    statement["Resource"] = json!("arn:aws:iam::*:role/${aws:PrincipalTag/team}-data");
    world.with("AccessControlAttributes", attributes)
}

#[test]
fn a_variable_in_a_resource_is_the_tag_of_each_person() {
    let world = by_title(json!([{"Key": "team", "Value": {"Source": ["${path:title}"]}}]));
    assert_eq!(world.people("prod/ops-data"), BTreeMap::from([("ada".to_owned(), Verdict::Allowed)]));
    assert_eq!(world.people("prod/dev-data"), BTreeMap::from([("eve".to_owned(), Verdict::Allowed)]));
}

#[test]
fn a_tag_of_which_the_source_is_not_seen_is_named_where_it_decides() {
    let world = by_title(json!([{"Key": "team", "Value": {"Source": ["${path:unheard.of}"]}}]));
    let path = world.path("eve", "prod/dev-data");
    assert_eq!(path.verdict, Verdict::Unknown);
    let reasons: Vec<&str> = path.gaps.iter().map(|gap| gap.reason.as_str()).collect();
    assert!(reasons.iter().all(|reason| reason.contains("the tag `team` of a person's session")), "{reasons:?}");
    assert!(!reasons.is_empty());
}
